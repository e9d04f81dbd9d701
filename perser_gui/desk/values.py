"""What the desk hands to both doors: small frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, Literal

from perser_gui.records import Clip, Listener, Prediction, Scores, Verdict

if TYPE_CHECKING:
    from perser_gui.store import ProfileRecord


class Kept(Enum):
    """What stands for a part of a rating that stays as it is."""

    KEPT = "kept"


KEPT: Final = Kept.KEPT


@dataclass(frozen=True)
class OpenedClips:
    """The clips that were put on the list, in order, and plain sentences about the others."""

    clips: list[Clip]
    problems: list[str]
    warnings: list[str]


@dataclass(frozen=True)
class ModelInfo:
    """Everyone's model as it was loaded: `digest` names its exact weights."""

    checkpoint: str
    encoder: str
    classes: tuple[str, ...]
    device: str
    digest: str


@dataclass(frozen=True)
class Adaptation:
    """What came of an adaptation.

    `verdict` says how the new profile compares with everyone's model, `present` how the one
    that was in use does on the same labels (None: there was none that applies). `use` is which
    model the listener has now; `helped` is that the new one is in use because it is seen to be
    closer. `record` is the new profile in the history, `message` for the listener to read;
    `consequence` is that part of it that stands in neither the verdict's heading nor figures.
    `before` and `after` are plain scores of everyone's model and of the new profile.
    """

    record: ProfileRecord | None
    before: Scores
    after: Scores
    helped: bool
    message: str
    verdict: Verdict
    present: Verdict | None = None
    use: Literal["new", "present", "everyone"] = "everyone"
    consequence: str = ""


@dataclass(frozen=True)
class Suggestion:
    """The clip that is worth labelling next, and why in one sentence."""

    clip: str
    reason: str


@dataclass(frozen=True)
class UnderstoodWord:
    """A word of a table and how often it stands there.

    `own` is the word of the listener's set that it counts for (blank: it is new to them),
    `means` the class that the models know it as (blank: none).
    """

    word: str
    count: int
    own: str
    means: str


@dataclass(frozen=True)
class UnderstoodListener:
    """What a table says of one listener.

    `ratings` are those that would be written, `replaced` earlier answers about the same clips
    that do not count then, `repeated` rows that say nothing new, `without` rows that name no
    emotion. `new` is whether the listener would be added.
    """

    name: str
    new: bool
    ratings: int
    replaced: int
    repeated: int
    words: tuple[UnderstoodWord, ...]
    without: int = 0


@dataclass(frozen=True)
class Understood:
    """What was made of a table of labels, to be shown before it is taken over.

    `found` says how many files were found in which way, `left_out` how many of the rows name
    no clip that is there, with the reasons in `problems`; `notes` are sentences about what
    took understanding.
    """

    source: str
    rows: int
    listeners: tuple[UnderstoodListener, ...]
    found: Mapping[str, int]
    left_out: int
    notes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def ratings(self) -> int:
        """How many ratings would be written."""
        return sum(one.ratings for one in self.listeners)

    @property
    def replaced(self) -> int:
        """How many earlier answers would not count any more."""
        return sum(one.replaced for one in self.listeners)

    @property
    def repeated(self) -> int:
        """How many rows say what is known already."""
        return sum(one.repeated for one in self.listeners)

    def outcome(self, *, done: bool = True, called: str = "rating") -> list[str]:
        """Return the sentences to say once it is `done`, or before, beside how many ratings.

        They are `called` ratings at the terminal and labels at the desk.
        """
        sentences = []
        if self.replaced:
            many = self.replaced != 1
            were = ("were" if many else "was") if done else "would be"
            sentences.append(
                f"{self.replaced:,} earlier {called}{'s' if many else ''} of the same "
                f"clip{'s' if many else ''} {were} replaced."
            )
        if self.repeated:
            were = "rows say" if self.repeated != 1 else "row says"
            sentences.append(f"{self.repeated:,} {were} what is known already.")
        if self.left_out:
            rows = "rows" if self.left_out != 1 else "row"
            were = ("were" if self.left_out != 1 else "was") if done else "would be"
            sentences.append(f"{self.left_out:,} {rows} {were} left out.")
        if set(self.found) - {"where the table says"}:
            ways = ", ".join(f"{count:,} {way}" for way, count in self.found.items())
            sentences.append(f"Files were found: {ways}.")
        return sentences


@dataclass(frozen=True)
class ImportedRatings:
    """What came out of a ratings table: whose, how many, and what was left out.

    `understood` says what was made of it.
    """

    listeners: list[Listener]
    ratings: int
    problems: list[str]
    understood: Understood


@dataclass(frozen=True)
class PredictedFiles:
    """Files that were predicted, and pairs of the listener's and everyone's prediction.

    `problems` are sentences about files left out, `notes` about the whole run.
    """

    clips: list[Clip]
    pairs: list[tuple[Prediction, Prediction]]
    problems: list[str]
    notes: list[str]
