"""What presses become in the store, and when they were made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from perser_gui.records import Rating, Said
from perser_gui.ui.acts.session import RatingRequest

if TYPE_CHECKING:
    from perser_gui.desk import Desk, UnsavedLabel


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
    clips = [one.clip for one in requests]
    if first.answer == "cleared":
        if len(clips) > 1:
            desk.clear_all(first.listener, clips)
        else:
            desk.clear(first.listener, first.clip)
        return []
    if len(requests) > 1:
        return desk.rate_all(first.listener, [_said(one) for one in requests])
    if first.beside and _stands(desk, first):
        changes = {name: getattr(first, name) for name in first.beside}
        return [desk.amend(first.listener, first.clip, **changes)]
    said = _said(first)
    return [
        desk.rate(
            first.listener,
            first.clip,
            emotions=said.emotions,
            answer=said.answer,
            intensity=said.intensity,
            shares=said.shares,
            note=said.note,
            blind=said.blind,
        )
    ]


def _stands(desk: Desk, one: RatingRequest) -> bool:
    """Whether the words that something is said beside are on the disk already."""
    for rating in desk.ratings(one.listener):
        if rating.clip == one.clip:
            return (rating.answer, rating.emotions) == (one.answer, one.emotions)
    return False


def _said(one: RatingRequest) -> Said:
    assert one.answer != "cleared"
    return Said(
        one.clip,
        one.emotions,
        one.answer,
        one.intensity,
        one.shares,
        note=one.note,
        blind=one.blind,
    )


def as_unsaved(request: RatingRequest) -> UnsavedLabel:
    """Return a press as it is kept for the next start."""
    from perser_gui.desk import UnsavedLabel

    one, more = request, (request.intensity, request.shares, request.note, request.blind)
    return UnsavedLabel(one.listener, one.clip, one.emotions, one.answer, "", *more)


def of_unsaved(kept: UnsavedLabel) -> RatingRequest:
    """Return what `as_unsaved` was given."""
    return RatingRequest(
        kept.listener,
        kept.clip,
        kept.emotions,
        kept.answer,
        blind=kept.blind,
        intensity=kept.intensity,
        shares=kept.shares,
        note=kept.note,
    )


def words_after(before: Rating | None, word: str, second: bool) -> tuple[str, ...]:
    """Return what is said with one more press of a word; `second` adds or removes it."""
    words = before.emotions if before is not None else ()
    if not second or not words:
        return (word,)
    if word in words:
        return tuple(w for w in words if w != word) or (word,)
    return (*words, word)


def keys_said(keys: Sequence[str]) -> str:
    """Return how to speak of the keys of words: as a range where they are digits in order.

    >>> keys_said(("1", "2", "3", "")), keys_said(("Q", "2", "3"))
    ('1–3', 'the key of a word (Q, 2, 3)')
    """
    there = [key for key in keys if key]
    if there == [str(number) for number in range(1, len(there) + 1)]:
        return f"1–{len(there)}" if len(there) > 1 else "1"
    return f"the key of a word ({', '.join(there[:9])}{', …' if len(there) > 9 else ''})"
