"""Which clips have all words of a search in their names, labels or predictions."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from perser_gui.records import NO_SPEECH, UNSURE, Clip, Prediction, Rating

if TYPE_CHECKING:
    from perser_gui.desk import ClipRow


class ClipSearch:
    """Remembers the texts of clips, so that a hundred thousand are searched while one types."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def forget(self) -> None:
        """Read the texts anew at the next search: there are other clips."""
        self._texts = {}

    def found(
        self,
        rows: Sequence[ClipRow],
        words: Sequence[str],
        ratings: Mapping[str, Rating],
        prediction_of: Callable[[str], Prediction | None],
        vocabulary: Iterable[str],
    ) -> Sequence[ClipRow]:
        """Return the rows that have all words (in small letters), in their order.

        `vocabulary` are the words that predictions can name: only if a word of the search is
        part of one of these, or of a label, does it have to be looked for there.
        """
        if not words:
            return rows
        if not self._texts:
            self._texts = {row.clip.content: _text(row.clip) for row in rows}
        said = {word for rating in ratings.values() for word in rating.emotions}
        known = [one.casefold() for one in (*vocabulary, *said, UNSURE, NO_SPEECH)]
        for word in words:
            spoken = any(word in one for one in known)
            rows = [
                row
                for row in rows
                if word in self._text_of(row.clip)
                or (spoken and word in _said(row.clip.content, ratings, prediction_of))
            ]
        return rows

    def _text_of(self, clip: Clip) -> str:
        text = self._texts.get(clip.content)
        if text is None:
            text = self._texts[clip.content] = _text(clip)
        return text


def _said(
    content: str,
    ratings: Mapping[str, Rating],
    prediction_of: Callable[[str], Prediction | None],
) -> str:
    """Return what you and the models say of a clip, in small letters."""
    rating, prediction = ratings.get(content), prediction_of(content)
    words = (*(rating.emotions if rating else ()), prediction.said if prediction else "")
    return " ".join(words).casefold()


def _text(clip: Clip) -> str:
    parts = (clip.path.name, clip.path.parent.name, clip.speaker or "", clip.source)
    return "\n".join(parts).casefold()
