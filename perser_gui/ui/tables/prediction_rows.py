"""Facts of all clips in columns of numbers, quick to sort and to filter; no Qt.

A hundred thousand clips are read once; after that a new label or prediction changes only
its own places.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat
from typing import Literal

import numpy as np
import numpy.typing as npt

from perser_gui.records import NO_SPEECH, UNSURE, Prediction
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.wording import rating_text

Numbers = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]

COLUMNS = (
    "Clip",
    "Duration",
    "Your label",
    "Your model",
    "Everyone's",
    "Disagreement",
    "Uncertainty",
)
CLIP, DURATION, LABEL, YOURS, GENERIC, DISAGREEMENT, UNCERTAINTY = range(7)

Show = Literal[
    "all", "unlabelled", "labelled", "differs", "disagrees", "unsure", "speechless", "unread"
]
SHOWS: dict[Show, str] = {
    "all": "All clips",
    "unlabelled": "Without your label",
    "labelled": "With your label",
    "differs": "Prediction differs from your label",
    "disagrees": "Your model differs from everyone's",
    "unsure": "The model is unsure",
    "speechless": "No speech",
    "unread": "Missing or not readable",
}

NONE = -1
"""The code of no label, no prediction."""
SPEECHLESS = -2
"""The code of a prediction that nobody speaks."""
_ABSTAIN = {UNSURE: 1, NO_SPEECH: 2}


class _Texts:
    """Each text that occurs once, with a number for it."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._codes: dict[str, int] = {}

    def code(self, text: str) -> int:
        found = self._codes.get(text)
        if found is None:
            found = self._codes[text] = len(self.texts)
            self.texts.append(text)
        return found

    def ranks(self) -> Numbers:
        """Return the place of each text in the order of the alphabet."""
        ranks = np.empty(len(self.texts))
        order = sorted(range(len(self.texts)), key=lambda i: self.texts[i].casefold())
        ranks[order] = np.arange(len(order))
        return ranks

    def having(self, part: str) -> Codes:
        """Return the numbers of the texts that have a part (in small letters) in them."""
        found = [i for i, text in enumerate(self.texts) if part in text.casefold()]
        return np.array(found, np.int32)


class _Read:
    """Predictions of some clips in columns; `table` and `classes` where all have the same words."""

    def __init__(self, count: int) -> None:
        self.codes = np.full(count, NONE, np.int32)
        self.shares, self.uncertainty = np.full(count, np.nan), np.full(count, np.nan)
        self.unsure = np.zeros(count, bool)
        self.classes: tuple[str, ...] = ()
        self.table: npt.NDArray[np.float32] | None = None


class PredictionRows:
    """What the table shows of the clips of a session, in the session's order."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._words = _Texts()
        self._labels = _Texts()
        self._label_words: list[frozenset[str]] = []
        self.renew()

    def __len__(self) -> int:
        return len(self.contents)

    # -- reading -------------------------------------------------------------------------

    def renew(self) -> None:
        """Read all clips anew."""
        rows = self._session.rows
        count = len(rows)
        self.contents = [row.clip.content for row in rows]
        self._place = {content: i for i, content in enumerate(self.contents)}
        self._names = [row.clip.path.name.casefold() for row in rows]
        self._texts: list[str] | None = None
        self._name_ranks: Numbers | None = None
        self._starts = np.array([r.clip.span.start if r.clip.span else 0.0 for r in rows])
        self._seconds = np.array([row.clip.seconds for row in rows])
        self._missing = np.array([row.missing for row in rows], bool)
        self._label = np.full(count, NONE, np.int32)
        self._yours, self._generic = (np.full(count, NONE, np.int32) for _ in range(2))
        self._shares = np.full((2, count), np.nan)
        self._disagreement, self._uncertainty = (np.full(count, np.nan) for _ in range(2))
        self._unsure = np.zeros(count, bool)
        self._differs = np.zeros(count, bool)
        self.touch()

    def touch(self, contents: Iterable[str] | None = None) -> None:
        """Take over labels and predictions of some clips (None: of all)."""
        places: Sequence[int] = (
            range(len(self.contents))
            if contents is None
            else [self._place[c] for c in contents if c in self._place]
        )
        if not len(places):
            return
        session = self._session
        where = np.array(places, np.intp)
        own = [self.contents[place] for place in places]
        if session.ratings or self._labels.texts:
            self._label[where] = [self._label_code(content) for content in own]
        yours = self._read([session.yours_of(content) for content in own])
        generic = self._read([session.generic_of(content) for content in own])
        self._yours[where], self._generic[where] = yours.codes, generic.codes
        self._shares[0, where], self._shares[1, where] = yours.shares, generic.shares
        self._disagreement[where] = self._distances(own, yours, generic)
        mine = yours.codes != NONE
        self._unsure[where] = np.where(mine, yours.unsure, generic.unsure)
        self._uncertainty[where] = np.where(mine, yours.uncertainty, generic.uncertainty)
        self._differs[where] = self._other_words(where)

    def _label_code(self, content: str) -> int:
        rating = self._session.ratings.get(content)
        if rating is None:
            return NONE
        code = self._labels.code(rating_text(rating))
        if code == len(self._label_words):
            self._label_words.append(frozenset(rating.emotions))
        return code

    def _read(self, found: Sequence[Prediction | None]) -> _Read:
        """Return predictions in columns."""
        count = len(found)
        read = _Read(count)
        places = np.array([i for i, one in enumerate(found) if one is not None], np.intp)
        some = [one for one in found if one is not None]
        abstain = np.array([_ABSTAIN.get(one.abstain, 0) for one in some], np.int8)
        read.unsure[places] = abstain == 1
        kinds = {one.classes for one in some}
        for classes in kinds:
            own = np.ones(len(some), bool)
            those = some
            if len(kinds) > 1:
                own = np.array([one.classes == classes for one in some], bool)
                those = [one for one in some if one.classes == classes]
            words = np.array([self._words.code(word) for word in classes], np.int32)
            table = np.array([one.probabilities for one in those])
            if len(kinds) == 1:
                read.classes = classes
                read.table = np.full((count, len(classes)), np.nan, np.float32)
                read.table[places] = table
            silent = abstain[own] == 2
            share, chance = table.max(axis=1), 1.0 / len(classes)
            read.codes[places[own]] = np.where(silent, SPEECHLESS, words[table.argmax(axis=1)])
            read.shares[places[own]] = np.where(silent, np.nan, share)
            doubt = np.clip(1.0 - (share - chance) / (1.0 - chance), 0.0, 1.0)
            read.uncertainty[places[own]] = np.where(silent, np.nan, doubt)
        return read

    def _distances(self, contents: Sequence[str], yours: _Read, generic: _Read) -> Numbers:
        """Return how far both models are from each other (total variation), NaN if unknown."""
        if not (yours.codes != NONE).any():
            return np.full(len(contents), np.nan)
        if yours.classes != generic.classes or yours.table is None or generic.table is None:
            values = map(self._session.disagreement, contents)
            return np.array([np.nan if value is None else value for value in values])
        apart = np.abs(yours.table - generic.table).sum(axis=1) / 2
        return np.where(yours.codes == SPEECHLESS, np.nan, np.clip(apart, 0.0, 1.0))

    def _other_words(self, where: Places) -> Mask:
        """Return where the prediction names a word that is not in the label."""
        label, best = self._label[where], self._best[where]
        if not self._label_words or not self._words.texts:
            return np.zeros(len(where), bool)
        has = np.array(
            [[not own or word in own for word in self._words.texts] for own in self._label_words]
        )
        known = (label >= 0) & (best >= 0)
        return np.asarray(known & ~has[np.maximum(label, 0), np.maximum(best, 0)], bool)

    # -- facts ---------------------------------------------------------------------------

    @property
    def _best(self) -> Codes:
        return np.where(self._yours == NONE, self._generic, self._yours).astype(np.int32)

    def disagreement(self, place: int) -> float | None:
        """Return how far your model is from everyone's on a clip, 0..1."""
        return _known(self._disagreement[place])

    def uncertainty(self, place: int) -> float | None:
        """Return how far the likeliest word is from certain, 0..1; at chance it is 1."""
        return _known(self._uncertainty[place])

    @property
    def predicted(self) -> int:
        """How many clips everyone's model has labelled."""
        return int(np.count_nonzero(self._generic != NONE))

    @property
    def disagreeing(self) -> int:
        """On how many clips your model names another word than everyone's."""
        return int(np.count_nonzero(self._disagrees()))

    def _disagrees(self) -> Mask:
        both = (self._yours != NONE) & (self._generic != NONE)
        return np.asarray(both & (self._yours != self._generic), bool)

    def place(self, content: str) -> int | None:
        """Return where a clip stands."""
        return self._place.get(content)

    # -- choosing ------------------------------------------------------------------------

    def shown(self, text: str = "", show: Show = "all", word: str = "") -> Mask:
        """Return which clips have all words of a text, are of a kind, and carry an emotion word.

        `word` counts where it is your label, or the prediction (yours, else everyone's).
        """
        mask = self._of_kind(show)
        best = self._best
        if word:
            labels = [i for i, own in enumerate(self._label_words) if word in own]
            mask = mask & (np.isin(self._label, labels) | (best == self._words.code(word)))
        for part in text.casefold().split():
            stands = np.fromiter(
                map(str.__contains__, self._searchable(), repeat(part)), bool, len(self)
            )
            stands |= np.isin(self._label, self._labels.having(part))
            mask = mask & (stands | np.isin(best, self._words.having(part)))
        return mask

    def _of_kind(self, show: Show) -> Mask:
        if show == "unlabelled":
            return np.equal(self._label, NONE)
        if show == "labelled":
            return np.not_equal(self._label, NONE)
        if show == "differs":
            return self._differs
        if show == "disagrees":
            return self._disagrees()
        if show == "unsure":
            return self._unsure
        if show == "speechless":
            return np.equal(self._best, SPEECHLESS)
        if show == "unread":
            unread = [c in self._session.unpredictable for c in self.contents]
            return np.asarray(self._missing | np.array(unread, bool), bool)
        return np.ones(len(self), bool)

    def _searchable(self) -> list[str]:
        if self._texts is None:
            clips = [row.clip for row in self._session.rows]
            self._texts = [
                f"{name}\n{clip.path.parent.name}\n{clip.speaker or ''}\n{clip.source}".casefold()
                for name, clip in zip(self._names, clips, strict=True)
            ]
        return self._texts

    def order(self, column: int, *, descending: bool = False) -> Places:
        """Return the places of all clips sorted by a column; those without a value come last."""
        key = self._key(column)  # NaN sorts last, with either sign
        return np.argsort(-key if descending else key, kind="stable")

    def _key(self, column: int) -> Numbers:
        if column == CLIP:
            return self._by_name()
        if column == DURATION:
            return self._seconds
        if column == LABEL:
            return _ranked(self._labels.ranks(), self._label)
        if column == DISAGREEMENT:
            return self._disagreement
        if column == UNCERTAINTY:
            return self._uncertainty
        codes = self._yours if column == YOURS else self._generic
        ranks = 2.0 * _ranked(self._words.ranks(), codes)
        return np.asarray(ranks + self._shares[column - YOURS], float)

    def _by_name(self) -> Numbers:
        if self._name_ranks is None:
            order = sorted(range(len(self)), key=self._names.__getitem__)
            ranks = np.empty(len(self))
            names = [self._names[i] for i in order]
            other = np.array([False, *map(str.__ne__, names, names[1:])][: len(self)])
            ranks[order] = np.cumsum(other)
            longest = max(float(self._starts.max(initial=0.0)), 0.0) + 1.0
            self._name_ranks = ranks + self._starts / longest
        return self._name_ranks


def _ranked(ranks: Numbers, codes: Codes) -> Numbers:
    """Return the rank of each code, NaN where there is none."""
    if not len(ranks):
        return np.full(len(codes), np.nan)
    return np.asarray(np.where(codes >= 0, ranks[np.maximum(codes, 0)], np.nan), float)


def _known(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
