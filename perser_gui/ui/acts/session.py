"""What the desk shows right now: listener, clips, ratings, predictions, the clip at hand.

Plain state without Qt and without threads; the workbench changes it, the panels read it.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np

from perser_gui.bidi import isolated
from perser_gui.clip_table import ClipRow, ClipTable
from perser_gui.emotions import EmotionSet
from perser_gui.records import Answer, Clip, Listener, Prediction, Rating
from perser_gui.ui.acts.known_rows import KnownRows
from perser_gui.ui.acts.noted import Mask, Noted, Places, Waiting, distance

Kind = Literal["all", "unlabelled", "labelled", "differs", "missing"]

KINDS: dict[Kind, str] = {
    "all": "All clips",
    "unlabelled": "Without your label",
    "labelled": "With your label",
    "differs": "Prediction differs",
    "missing": "File missing",
}

SHOWN_COMING = 5
"""Of files that are added together, so many are shown on the list before they are read."""

FEW = 2
"""Fewer examples than this and an emotion is named as lacking."""


@dataclass(frozen=True)
class RatingRequest:
    """A rating as the listener gave it, on its way to the store."""

    listener: int
    clip: str
    emotions: tuple[str, ...]
    answer: Answer | Literal["cleared"]
    number: int = 0
    """The place of the press among all presses."""
    when: str = ""
    """When it was pressed, in UTC."""
    blind: bool | None = None
    """Whether it was given without a model's word for the clip in sight."""
    intensity: float | None = None
    shares: tuple[float, ...] = ()
    note: str = ""
    beside: tuple[str, ...] = ()
    """What it says beside the words of a label that is there: intensity, shares, note."""

    def as_rating(self) -> Rating | None:
        """Return it as a rating that has no id yet; None if it takes the label away."""
        if self.answer == "cleared":
            return None
        return Rating(
            0,
            self.listener,
            self.clip,
            self.answer,
            self.emotions,
            self.intensity,
            shares=self.shares,
            note=self.note,
            blind=self.blind,
        )

    def about(self, other: RatingRequest) -> bool:
        """Whether both are of one listener about one clip."""
        return (self.listener, self.clip) == (other.listener, other.clip)

    @property
    def said(self) -> str:
        """How to speak of it."""
        if self.beside:
            names = {"intensity": "strength"}
            return f"the change of the {names.get(self.beside[0], self.beside[0])}"
        if self.answer == "emotion":
            return f"the label “{' + '.join(map(isolated, self.emotions))}”"
        others = {"skip": "the skip", "cleared": "clearing a label"}
        return others.get(self.answer, "the answer “can't tell”")


@dataclass
class Session:
    """The state behind the window."""

    listeners: list[Listener] = field(default_factory=list)
    listener: Listener | None = None
    model_words: EmotionSet = field(default_factory=EmotionSet.default)
    rows: ClipTable = field(default_factory=lambda: ClipTable.of([]))
    ratings: Noted[Rating] = field(default_factory=Noted)
    yours: Noted[Prediction] = field(default_factory=Noted)
    generic: Noted[Prediction] = field(default_factory=Noted)
    unpredictable: dict[str, str] = field(default_factory=dict)
    coming: list[str] = field(default_factory=list)
    """What is being read and will be on the list: names of files and folders."""
    blind: bool = False
    """Whether predictions of clips without a label are hidden from the listener."""
    seen: set[str] = field(default_factory=set)
    """Clips whose predictions were in sight at some time."""
    composing: str | None = None
    """The clip whose label is not complete yet, so that it stays hidden."""
    current: str | None = None
    text: str = ""
    kind: Kind = "all"
    visible: list[str] = field(default_factory=list)
    arrange: Callable[[], Places | None] = lambda: None
    """Returns the places of the rows in the order in which the list shows them; None: as they are.
    """
    unsaved: list[RatingRequest] = field(default_factory=list)
    known: KnownRows = field(init=False)
    """What is known of all clips, in columns."""
    _shown_of: ClipTable = field(default_factory=lambda: ClipTable.of([]))
    """The clips that `visible` was chosen from."""
    _where: Places | None = None
    """Where each of those stands among the visible ones, or -1; None: where it stands anyway."""
    _order: Places | None = None
    _waiting: Waiting = field(default_factory=Waiting)

    def __post_init__(self) -> None:
        self.known = KnownRows(self)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("ratings", "yours", "generic") and not isinstance(value, Noted):
            value = Noted(value)
        super().__setattr__(name, value)

    # -- clips -----------------------------------------------------------------

    def replace_rows(self, rows: Iterable[ClipRow]) -> None:
        """Take over the clips; the clip at hand stays if it is still there."""
        before, self.rows = self.rows, ClipTable.of(rows)
        for content in list(self.unpredictable):  # a file that is elsewhere now is heard anew
            old, new = before.row(content), self.row(content)
            if old is None or new is None or _where(old) != _where(new):
                del self.unpredictable[content]
        if self.current not in self.rows.places:
            self.current = None
        self.rearrange()

    def rearrange(self) -> None:
        """Put the clips into the order that is chosen."""
        self._order = self.arrange()
        self.refilter()

    @property
    def missing(self) -> int:
        """How many clips' files are not where they were."""
        return len(self.rows.missing)

    @property
    def recording_of(self) -> Mapping[str, str]:
        """The recording of each utterance on the list; whole clips are not in it."""
        return self.rows.recording_of

    def announce(self, paths: Sequence[Path]) -> list[str]:
        """Show files and folders on the list before they are read; return what is shown."""
        names = [path.name or str(path) for path in paths][:SHOWN_COMING]
        self.coming += names
        return names

    def arrived(self, names: Sequence[str]) -> None:
        """Show no longer as coming what has been read, or will not be."""
        for name in names:
            self.coming.remove(name)

    @property
    def heard(self) -> tuple[int, int]:
        """How many clips the model has heard, and how many there are for it to hear."""
        there = len(self.rows) - self.missing
        return min(len(self.generic) + len(self.unpredictable), there), there

    def row(self, content: str | None) -> ClipRow | None:
        """Return the row of a clip, or None."""
        return self.rows.row(content)

    def clip(self, content: str | None) -> Clip | None:
        """Return a clip, or None."""
        place = self.rows.places.get(content) if content is not None else None
        return self.rows.clips[place] if place is not None else None

    @property
    def current_clip(self) -> Clip | None:
        """The clip at hand."""
        return self.clip(self.current)

    def utterances(self, recording: str | None) -> list[Clip]:
        """Return the utterances of a recording, in their order; none if it was not cut."""
        places = self.rows.parts.get(recording, []) if recording is not None else []
        return [self.rows.clips[place] for place in places]

    @property
    def current_utterances(self) -> list[Clip]:
        """The utterances of the recording that the clip at hand is, or is part of."""
        clip = self.current_clip
        return self.utterances(clip.recording) if clip is not None else []

    def labelled(self, clips: Iterable[Clip]) -> int:
        """Return how many of these clips have an answer of the listener."""
        return sum(1 for clip in clips if clip.content in self.ratings)

    def place(self, content: str | None) -> int:
        """Return where a clip stands among the visible ones, or -1."""
        if content is None:
            return -1
        place = self._shown_of.places.get(content, -1)
        return place if place < 0 or self._where is None else int(self._where[place])

    # -- filter ----------------------------------------------------------------

    def refilter(self) -> bool:
        """Recompute which clips are visible; return whether that changed.

        The clip at hand stays visible while it is at hand, so that labelling it
        does not make it vanish from a list of unlabelled clips.
        """
        before, contents = self.visible, self.rows.contents
        held = self.rows.places.get(self.current or "") if self.place(self.current) >= 0 else None
        mask = self._fitting()
        if mask is not None and held is not None:
            mask[held] = True
        if self.text.split():
            found = self.known.having(self.text)
            mask = found if mask is None else mask & found
        if mask is None and self._order is None:
            self.visible, self._where = contents, None
        else:
            order = np.arange(len(contents)) if self._order is None else self._order
            shown = order if mask is None else order[mask[order]]
            self.visible = [contents[place] for place in shown.tolist()]
            self._where = np.full(len(contents), -1, np.intp)
            self._where[shown] = np.arange(len(shown))
        self._shown_of = self.rows
        return self.visible != before

    def _fitting(self) -> Mask | None:
        """Return which clips are of the kind that is shown, bool [N]; None: all are."""
        if self.kind == "all":
            return None
        if self.kind == "missing":
            return self.rows.gone.copy()
        if self.kind == "unlabelled":
            return ~self.known.labelled
        return self.known.labelled if self.kind == "labelled" else self.known.differs

    # -- ratings ---------------------------------------------------------------

    @property
    def emotions(self) -> EmotionSet:
        """The emotion words of the listener (those of the model while there is none)."""
        return self.listener.emotions if self.listener is not None else self.model_words

    def rating(self, content: str | None) -> Rating | None:
        """Return the listener's current rating of a clip, saved or on its way."""
        return self.ratings.get(content) if content is not None else None

    def replace_ratings(self, ratings: Iterable[Rating]) -> None:
        """Take over the stored ratings; those not saved yet stay on top of them."""
        self.note_seen(self.ratings)
        self.ratings = Noted((rating.clip, rating) for rating in ratings)
        for request in self.unsaved:
            self.show_request(request)

    def replace_blind(self, blind: bool) -> None:
        """Hide predictions of clips without a label from now on, or show them."""
        self.note_seen(self.generic)
        self.blind = blind
        self.composing = None

    def show_request(self, request: RatingRequest) -> None:
        """Show a label that is on its way as if it were saved."""
        if self.listener is None or request.listener != self.listener.id:
            return
        self.note_seen([request.clip])
        rating = request.as_rating()
        if rating is None:
            self.ratings.pop(request.clip, None)
        else:
            self.ratings[request.clip] = rating

    def counts(self) -> dict[str, int]:
        """Return how many clips carry each of the listener's words."""
        found = Counter(word for r in self.ratings.values() for word in r.emotions)
        return {word: found.get(word, 0) for word in self.emotions.words}

    @property
    def rated(self) -> int:
        """How many clips carry an emotion of the current set (what adaptation learns from)."""
        words = set(self.emotions.words)
        return sum(1 for r in self.ratings.values() if words.intersection(r.emotions))

    def lacking(self) -> list[str]:
        """Return the emotions with fewer than `FEW` examples, emptiest first."""
        counts = self.counts()
        return sorted((w for w, n in counts.items() if n < FEW), key=lambda w: counts[w])

    # -- predictions -----------------------------------------------------------

    def hides(self, content: str | None) -> bool:
        """Whether the models' words for a clip stay hidden until the listener labelled it."""
        if not self.blind or content is None:
            return False
        rating = self.ratings.get(content)
        return rating is None or rating.answer == "skip" or content == self.composing

    def count_hidden(self) -> int:
        """Return of how many clips on the list the models' words are hidden."""
        return int(np.count_nonzero(self.known.hidden)) if self.blind else 0

    def note_seen(self, contents: Iterable[str]) -> None:
        """Remember of which of these clips the models' words are in sight now."""
        self.seen.update(c for c in contents if c in self.generic and not self.hides(c))

    def made_blind(self, content: str) -> bool:
        """Whether a label given now is given without a model's word in sight."""
        self.note_seen([content])
        return self.blind and content not in self.seen

    def yours_of(self, content: str | None) -> Prediction | None:
        """Return your model's prediction of a clip, if there is one to be shown."""
        return None if content is None or self.hides(content) else self.yours.get(content)

    def generic_of(self, content: str | None) -> Prediction | None:
        """Return everyone's prediction of a clip, if there is one to be shown."""
        return None if content is None or self.hides(content) else self.generic.get(content)

    def best_prediction(self, content: str | None) -> Prediction | None:
        """Return what is to be shown: your prediction of a clip, or everyone's without one."""
        return self.yours_of(content) or self.generic_of(content)

    def differs(self, content: str) -> bool:
        """Whether the prediction is another emotion than the listener's label."""
        rating, prediction = self.ratings.get(content), self.best_prediction(content)
        if rating is None or prediction is None or not rating.emotions or not prediction.word:
            return False
        return prediction.word not in rating.emotions

    def disagreement(self, content: str) -> float | None:
        """Return how far your model is from everyone's on a clip, 0..1 (total variation)."""
        apart = distance(self.yours_of(content), self.generic_of(content))
        return None if np.isnan(apart) else apart

    def forget_predictions(self) -> None:
        """Know nothing any more of what the models say."""
        self.yours, self.generic, self.unpredictable = Noted(), Noted(), {}

    def unpredicted(self, most: int | None = None) -> list[str]:
        """Return the clips that wait for a prediction: at hand first, then in list order.

        No more than `most`.
        """
        generic, unpredictable, rows = self.generic, self.unpredictable, self.rows
        waiting = self._waiting.clips(rows.contents, rows.missing, generic, unpredictable)
        row, at_hand = self.row(self.current), list[str]()
        if row is not None and not row.missing and row.clip.content not in generic:
            at_hand = [row.clip.content] if row.clip.content not in unpredictable else []
        others = (content for content in waiting if content not in at_hand)
        return list(itertools.islice(itertools.chain(at_hand, others), most))

    # -- moving ----------------------------------------------------------------

    def neighbour(self, step: int) -> str | None:
        """Return the visible clip `step` places away, or None at the ends."""
        if not self.visible:
            return None
        place = self.place(self.current)
        if place < 0:
            return self.visible[0]
        target = place + step
        return self.visible[target] if 0 <= target < len(self.visible) else None

    def next_unlabelled(self) -> str | None:
        """Return the next visible clip without a label, from here on and around."""
        if not self.visible:
            return None
        start = self.place(self.current) + 1
        for place in itertools.chain(range(start, len(self.visible)), range(start)):
            content = self.visible[place]
            gone = self.rows.places[content] in self.rows.missing
            if content != self.current and content not in self.ratings and not gone:
                return content
        return None


def _where(row: ClipRow) -> tuple[object, bool]:
    """Where the file of a clip is, and whether it is there."""
    return row.clip.path, row.missing
