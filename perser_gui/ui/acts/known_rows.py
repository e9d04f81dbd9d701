"""What is known of all clips in columns of numbers, quick to search, to filter and to sort; no Qt.

A label or a prediction that comes changes only its own places. What is hidden while one labels
blind is kept here, too, and told of by nothing that is shown.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from itertools import repeat
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from perser_gui.clip_table import ClipTable
from perser_gui.records import NO_CLEAR_WORD, NO_SPEECH, UNSURE, Prediction, Rating
from perser_gui.ui.acts.noted import (
    NONE,
    SPEECHLESS,
    Codes,
    Mask,
    Noted,
    Numbers,
    Places,
    SaidColumns,
    TextCodes,
    distances,
    ranked,
    tied,
)
from perser_gui.ui.acts.wording import rating_text

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
    "differs": "Prediction differs",
    "disagrees": "Your model differs from everyone's",
    "unsure": "The model is unsure",
    "speechless": "No speech",
    "unread": "Missing or not readable",
}

_YOURS, _GENERIC = 0, 1


class Knowledge(Protocol):
    """What is known of clips: the session, as far as it is needed here."""

    rows: ClipTable
    ratings: Noted[Rating]
    yours: Noted[Prediction]
    generic: Noted[Prediction]
    unpredictable: dict[str, str]
    blind: bool
    composing: str | None


class KnownRows:
    """What is known of the clips of a session, in the session's order."""

    def __init__(self, knowledge: Knowledge) -> None:
        self._known = knowledge
        self._words, self._labels, self._shown = TextCodes(), TextCodes(), TextCodes()
        self._label_words: list[frozenset[str]] = []
        self._code_of: dict[tuple[str, tuple[str, ...]], int] = {}  # most labels say the same
        self._rows: ClipTable | None = None
        self._seen: list[object] = [None, None, None]

    def __len__(self) -> int:
        return len(self._known.rows)

    # -- reading -------------------------------------------------------------------------

    def read(self) -> None:
        """Take over what changed since the last time; of new clips, all that is known."""
        known = self._known
        if known.rows is not self._rows:
            self._rows = known.rows
            count = len(known.rows)
            self._label = np.full(count, NONE, np.int32)
            self._answered = np.zeros(count, bool)
            self._models = (SaidColumns(count), SaidColumns(count))
            self._apart = np.full(count, np.nan)
            self._seen = [None, None, None]
        if self._is_new(0, known.ratings):
            self._label.fill(NONE)
            self._answered.fill(False)
            self._read_labels(known.ratings)
        elif known.ratings.changed:
            self._read_labels(known.ratings.changed)
        known.ratings.changed.clear()
        both = (known.yours, known.generic)
        new = [self._is_new(1 + number, model) for number, model in enumerate(both)]
        if any(new):
            for said in self._models:
                said.forget()
            self._apart.fill(np.nan)
            self._read_models({**known.yours, **known.generic})
        elif known.yours.changed or known.generic.changed:
            self._read_models(known.yours.changed | known.generic.changed)
        for model in both:
            model.changed.clear()

    def _is_new(self, number: int, given: object) -> bool:
        before, self._seen[number] = self._seen[number], given
        return before is not given

    def _read_labels(self, contents: Collection[str]) -> None:
        places, ratings = self._known.rows.places, self._known.ratings
        for content in contents:
            place = places.get(content)
            if place is not None:
                rating = ratings.get(content)
                self._label[place] = self._label_code(rating)
                self._answered[place] = rating is not None and rating.answer != "skip"

    def _label_code(self, rating: Rating | None) -> int:
        if rating is None:
            return NONE
        said = (rating.answer, rating.emotions)
        code = self._code_of.get(said)
        if code is None:
            code = self._code_of[said] = self._labels.code(rating_text(rating))
            if code == len(self._label_words):
                self._label_words.append(frozenset(rating.emotions))
        return code

    def _read_models(self, contents: Iterable[str]) -> None:
        known = self._known
        own = [content for content in contents if content in known.rows.places]
        where = np.array([known.rows.places[content] for content in own], np.intp)
        if not len(where):
            return
        yours = [known.yours.get(content) for content in own]
        generic = [known.generic.get(content) for content in own]
        tables = []
        for said, found in zip(self._models, (yours, generic), strict=True):
            said.forget(where)
            tables.append(self._read_model(said, where, found))
        self._apart[where] = distances(yours, generic, *tables)

    def _read_model(
        self, said: SaidColumns, where: Places, found: Sequence[Prediction | None]
    ) -> npt.NDArray[np.float32] | None:
        """Read predictions; return them in a table [N, C] if all have the same words."""
        there = np.array([i for i, one in enumerate(found) if one is not None], np.intp)
        some = [one for one in found if one is not None]
        vocabularies = set({id(one.classes): one.classes for one in some}.values())
        if len(vocabularies) != 1:
            for words in vocabularies:
                fits = [one.classes == words for one in some]
                own = [one for one, fit in zip(some, fits, strict=True) if fit]
                self._read_table(said, where[there[fits]], own)
            return None
        whole = np.full((len(found), len(some[0].classes)), np.nan, np.float32)
        whole[there] = self._read_table(said, where[there], some)
        return whole

    def _read_table(
        self, said: SaidColumns, where: Places, some: Sequence[Prediction]
    ) -> npt.NDArray[np.float32]:
        """Read predictions over the same words; return their probabilities [N, C]."""
        classes = some[0].classes
        whole = np.array([one.probabilities for one in some])
        abstain = np.array([one.abstain for one in some])
        for why in set(abstain.tolist()):
            own = abstain == why
            places, table = where[own], whole[own]
            said.unsure[places] = why == UNSURE
            if why == NO_SPEECH:
                said.words[places], said.shown[places] = SPEECHLESS, self._shown.code(why)
                continue
            best, share = table.argmax(axis=1), table.max(axis=1).astype(float)
            level = tied(table)
            texts = [f"{word} ({why})" if why else word for word in classes]
            said.words[places] = self._words.codes(classes)[best]
            shown = self._shown.codes(texts)[best]
            said.shown[places] = np.where(level, self._shown.code(NO_CLEAR_WORD), shown)
            said.told[places] = ~level
            said.shares[places] = share
            chance = 1.0 / len(classes)
            doubt = 1.0 - (share - chance) / (1.0 - chance) if chance < 1 else 1.0 - share
            said.doubt[places] = np.clip(doubt, 0.0, 1.0)
        return whole

    # -- what may be shown ---------------------------------------------------------------

    @property
    def hidden(self) -> Mask:
        """Of which clips the models' words stay hidden until the listener labels them, bool [N]."""
        self.read()
        known = self._known
        if not known.blind:
            return np.zeros(len(self), bool)
        hidden = ~self._answered
        place = known.rows.places.get(known.composing or "")
        if place is not None:
            hidden[place] = True
        return hidden

    def _codes(self, model: int) -> Codes:
        """Return the word that a model says of each clip."""
        self.read()
        words = self._models[model].words
        return np.where(self.hidden, NONE, words) if self._known.blind else words

    def _best(self, mine: npt.NDArray[Any], generics: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Return what is known of your model's word, or of everyone's where there is none."""
        return np.where(self._models[_YOURS].words == NONE, generics, mine)

    @property
    def best(self) -> Codes:
        """The word that is to be shown of each clip: yours, or everyone's without one."""
        return np.asarray(self._best(self._codes(_YOURS), self._codes(_GENERIC)), np.int32)

    def _of_best(self, name: str) -> npt.NDArray[Any]:
        self.read()
        return self._best(*(getattr(said, name) for said in self._models))

    @property
    def _apart_shown(self) -> Numbers:
        self.read()
        return np.where(self.hidden, np.nan, self._apart) if self._known.blind else self._apart

    @property
    def _doubt_shown(self) -> Numbers:
        doubt = self._of_best("doubt")
        return np.where(self.hidden, np.nan, doubt) if self._known.blind else doubt

    def disagreement(self, place: int) -> float | None:
        """Return how far your model is from everyone's on a clip, 0..1."""
        self.read()
        return None if self._hides(place) else _number(self._apart[place])

    def uncertainty(self, place: int) -> float | None:
        """Return how far the likeliest word is from certain, 0..1; at chance it is 1."""
        self.read()
        mine = self._models[_YOURS].words[place] != NONE
        doubt = self._models[_YOURS if mine else _GENERIC].doubt[place]
        return None if self._hides(place) else _number(doubt)

    def _hides(self, place: int) -> bool:
        known = self._known
        composed = known.rows.contents[place] == known.composing
        return known.blind and (composed or not self._answered[place])

    @property
    def disagreeing(self) -> int:
        """On how many clips your model names another word than everyone's."""
        return int(np.count_nonzero(self._disagrees()))

    def _disagrees(self) -> Mask:
        yours, generic = self._codes(_YOURS), self._codes(_GENERIC)
        return np.asarray((yours != NONE) & (generic != NONE) & (yours != generic), bool)

    @property
    def labelled(self) -> Mask:
        """Which clips have an answer of the listener, bool [N]."""
        self.read()
        return np.not_equal(self._label, NONE)

    @property
    def differs(self) -> Mask:
        """Where the prediction names a word that is not in the label, bool [N]."""
        best, label = self.best, self._label
        if not self._label_words or not self._words.texts:
            return np.zeros(len(self), bool)
        has = np.array(
            [[not own or word in own for word in self._words.texts] for own in self._label_words]
        )
        known = (label >= 0) & (best >= 0) & self._of_best("told")
        return np.asarray(known & ~has[np.maximum(label, 0), np.maximum(best, 0)], bool)

    # -- choosing ------------------------------------------------------------------------

    def shown(self, text: str = "", show: Show = "all", word: str = "") -> Mask:
        """Return which clips have all words of a text, are of a kind, and carry an emotion word.

        `word` counts where it is your label, or the prediction (yours, else everyone's).
        """
        mask = self._of_kind(show)
        if word:
            labels = [i for i, own in enumerate(self._label_words) if word in own]
            mask = mask & (np.isin(self._label, labels) | (self.best == self._words.code(word)))
        return mask & self.having(text) if text.split() else mask

    def having(self, text: str) -> Mask:
        """Return which clips have all words of a text in names, labels or predictions, bool [N]."""
        self.read()
        texts, mask = self._known.rows.texts, np.ones(len(self), bool)
        shown = np.where(self.hidden, NONE, self._of_best("shown"))
        for part in text.casefold().split():
            own = np.fromiter(map(str.__contains__, texts, repeat(part)), bool, len(self))
            own |= np.isin(self._label, self._labels.having(part))
            mask &= own | np.isin(shown, self._shown.having(part))
        return mask

    def _of_kind(self, show: Show) -> Mask:
        if show == "unlabelled":
            return ~self.labelled
        if show == "labelled":
            return self.labelled
        if show == "differs":
            return self.differs
        if show == "disagrees":
            return self._disagrees()
        if show == "unsure":
            return np.asarray(self._of_best("unsure") & ~self.hidden, bool)
        if show == "speechless":
            return np.equal(self.best, SPEECHLESS)
        if show == "unread":
            unread, places = self._known.rows.gone.copy(), self._known.rows.places
            unread[[places[c] for c in self._known.unpredictable if c in places]] = True
            return unread
        return np.ones(len(self), bool)

    def order(self, column: int, *, descending: bool = False) -> Places:
        """Return the places of all clips sorted by a column; those without a value come last."""
        return sorted_by(self._key(column), descending=descending)

    def _key(self, column: int) -> Numbers:
        self.read()
        if column == CLIP:
            return self._known.rows.by_name
        if column == DURATION:
            return self._known.rows.seconds
        if column == LABEL:
            return self.label_ranks
        if column == DISAGREEMENT:
            return self._apart_shown
        if column == UNCERTAINTY:
            return self._doubt_shown
        model = column - YOURS
        ranks = 2.0 * ranked(self._words.ranks(), self._codes(model))
        return np.asarray(ranks + self._models[model].shares, float)

    @property
    def label_ranks(self) -> Numbers:
        """Numbers in the order of the labels' texts, float64 [N], NaN without one."""
        self.read()
        return ranked(self._labels.ranks(), self._label)

    @property
    def best_ranks(self) -> tuple[Numbers, Numbers]:
        """Numbers in the order of the words to be shown, and their shares, NaN without one."""
        best = self.best
        shares = np.where(best >= 0, self._of_best("shares"), np.nan)
        return ranked(self._words.ranks(), best), shares


def sorted_by(key: npt.NDArray[Any], *, descending: bool = False) -> Places:
    """Return places in the order of their keys; who has none (NaN) comes last either way."""
    return np.argsort(-key if descending else key, kind="stable")


def _number(value: float) -> float | None:
    return None if np.isnan(value) else float(value)
