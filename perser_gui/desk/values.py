"""What the desk hands to both doors: small frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from perser_gui.records import Clip, Listener, Prediction, Rating, Scores, Verdict
from perser_gui.store import ProfileRecord


@dataclass(frozen=True)
class ClipRow:
    """A clip on the list, what a listener said about it, and whether its file is gone."""

    clip: Clip
    rating: Rating | None = None
    missing: bool = False


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
class ImportedRatings:
    """What came out of a ratings table: whose, how many, and what was left out."""

    listeners: list[Listener]
    ratings: int
    problems: list[str]


@dataclass(frozen=True)
class PredictedFiles:
    """Files that were predicted, and pairs of the listener's and everyone's prediction.

    `problems` are sentences about files left out, `notes` about the whole run.
    """

    clips: list[Clip]
    pairs: list[tuple[Prediction, Prediction]]
    problems: list[str]
    notes: list[str]
