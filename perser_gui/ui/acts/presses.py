"""What presses become in the store, and when they were made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from perser_gui.records import Rating, Said
from perser_gui.ui.acts.session import RatingRequest

if TYPE_CHECKING:
    from perser_gui.desk import Desk


class PressClock:
    """Tells the time of presses so that no two have the same, and a later one a later time."""

    def __init__(self) -> None:
        self._last = datetime.now(UTC)

    def moment(self) -> str:
        """Return the time of a press now, in UTC."""
        self._last = max(self._last + timedelta(microseconds=1), datetime.now(UTC))
        return self._last.isoformat(timespec="microseconds")


def kept_by(desk: Desk, requests: Sequence[RatingRequest]) -> list[Rating]:
    """Write what one press said; return the ratings that came of it."""
    with desk.as_of(requests[0].when):
        return _kept(desk, requests)


def _kept(desk: Desk, requests: Sequence[RatingRequest]) -> list[Rating]:
    first = requests[0]
    if len(requests) > 1:
        if first.answer == "cleared":
            desk.clear_all(first.listener, [one.clip for one in requests])
            return []
        answer = first.answer
        said = [Said(one.clip, one.emotions, answer) for one in requests]
        return desk.rate_all(first.listener, said)
    if first.answer == "cleared":
        desk.clear(first.listener, first.clip)
        return []
    return [desk.rate(first.listener, first.clip, emotions=first.emotions, answer=first.answer)]


def words_after(before: Rating | None, word: str, second: bool) -> tuple[str, ...]:
    """Return what is said with one more press of a word; `second` adds or removes it."""
    words = before.emotions if before is not None else ()
    if not second or not words:
        return (word,)
    if word in words:
        return tuple(w for w in words if w != word) or (word,)
    return (words[0], word)
