"""What training may see of the listeners and clips that a model is tested on.

Two axes, as in the published experiments: the annotator is `seen` in training or `held-out`,
and the utterances are `seen` there under other listeners or `unseen` by everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from perser_gui.corpora.ratings import RatingsTable
from perser_gui.errors import PerserError
from perser_gui.evaluation.protocol import EpisodeList, draw_episodes

if TYPE_CHECKING:
    from perser_gui.model.checkpoint import Checkpoint

ANNOTATOR = ("seen", "held-out")
UTTERANCE = ("seen", "unseen")


@dataclass(frozen=True)
class Scenario:
    """Whether training knows the tested annotators, and the clips they are tested on."""

    annotator: str = "held-out"
    utterance: str = "unseen"

    def __post_init__(self) -> None:
        if self.annotator not in ANNOTATOR or self.utterance not in UTTERANCE:
            raise PerserError(
                f"“{self.annotator}, {self.utterance}” is no scenario; the annotator is "
                f"{' or '.join(ANNOTATOR)}, the utterances are {' or '.join(UTTERANCE)}."
            )


@dataclass(frozen=True)
class Parts:
    """A table divided: what training may see, and the tested listeners' ratings.

    Rows of `test` are marked `train` (to adapt from) or `test` in their split.
    """

    train: RatingsTable
    test: RatingsTable


def divide(
    table: RatingsTable,
    *,
    listeners: int,
    scenario: Scenario,
    shots: int = 20,
    seed: int = 0,
    disjoint: str = "dialogue",
    contents: Mapping[str, str] | None = None,
) -> Parts:
    """Choose listeners to test on by the seed, and give training what the scenario allows.

    A seen annotator's ratings outside of their test set may be trained on, a held-out one's
    never. Unseen utterances are the test clips of a seen annotator, and all clips of a
    held-out one.

    Raises:
        PerserError: if too few listeners have enough ratings, or nothing is left to train on.
    """
    drawn = draw_episodes(
        table, shots=(shots,), repeats=1, seed=seed, disjoint=disjoint, contents=contents
    )
    able = [plan.listener for plan in drawn.plans]
    if not 0 < listeners <= len(able):
        raise PerserError(
            f"{listeners} listeners cannot be tested on; {len(able)} have enough ratings "
            f"for {shots} shots and a test."
        )
    order = np.random.default_rng([seed, len(able)]).permutation(len(able))
    chosen = {able[i] for i in order[:listeners]}
    plans = tuple(plan for plan in drawn.plans if plan.listener in chosen)
    episodes = replace(drawn, plans=plans, episodes=())
    tested = {(plan.listener, file) for plan in plans for file in plan.test}
    marked = tuple(
        replace(row, split="test" if (row.listener, row.file) in tested else "train")
        for row in table.rows
        if row.listener in chosen
    )
    train = training_part(table, episodes, scenario, contents)
    check_training(train, episodes, scenario, contents)
    return Parts(train, replace(table, rows=marked))


def training_part(
    table: RatingsTable,
    episodes: EpisodeList,
    scenario: Scenario,
    contents: Mapping[str, str] | None = None,
) -> RatingsTable:
    """Return the ratings that training may see before a model is tested on these episodes.

    Raises:
        PerserError: if nothing is left.
    """
    listeners, cells, clips = _reserved(episodes, scenario, contents or {})
    kept = table.where(
        lambda row: (
            row.listener not in listeners
            and (row.listener, _clip(row.file, contents)) not in cells
            and _clip(row.file, contents) not in clips
        )
    )
    if not kept.rows:
        raise PerserError(
            "Nothing is left to train on in this scenario; please test on fewer listeners, "
            "or let utterances be seen under others."
        )
    return kept


def check_training(
    train: RatingsTable,
    episodes: EpisodeList,
    scenario: Scenario,
    contents: Mapping[str, str] | None = None,
) -> None:
    """Refuse training ratings that the scenario reserves for the test.

    Raises:
        PerserError: naming the listener or the clip.
    """
    listeners, cells, clips = _reserved(episodes, scenario, contents or {})
    for row in train.rows:
        clip = _clip(row.file, contents)
        if row.listener in listeners:
            raise PerserError(f"Leakage: {row.listener} is held out and yet trained on.")
        if clip in clips:
            raise PerserError(f"Leakage: {row.file} is to be unseen and yet trained on.")
        if (row.listener, clip) in cells:
            raise PerserError(
                f"Leakage: {row.listener} is tested on {row.file}, which is trained on."
            )


def check_checkpoint(
    theta: Checkpoint,
    episodes: EpisodeList,
    contents: Mapping[str, str],
    unseen: Collection[str],
) -> None:
    """Refuse a checkpoint that was trained on tested `listeners` or `clips`, as `unseen` asks.

    Raises:
        PerserError: saying how many, or that the checkpoint does not tell.
    """
    for name, key in (("listeners", "listeners"), ("clips", "contents")):
        if name in unseen and key not in theta.training:
            raise PerserError(
                f"The checkpoint {theta.name} does not say which {name} it was trained on, "
                "so it cannot be shown that they are unseen."
            )
    if "listeners" in unseen:
        known = {plan.listener for plan in episodes.plans} & set(theta.training["listeners"])
        if known:
            raise PerserError(
                f"Leakage: {theta.name} was trained on ratings of {len(known)} tested listeners, "
                f"{min(known)} among them."
            )
    if "clips" in unseen:
        heard = set(theta.training["contents"])
        both = {f for plan in episodes.plans for f in plan.test if contents[f][:16] in heard}
        if both:
            raise PerserError(
                f"Leakage: {theta.name} was trained on {len(both)} tested clips, "
                f"{min(both)} among them."
            )


def _clip(file: str, contents: Mapping[str, str] | None) -> str:
    return (contents or {}).get(file, file)


def _reserved(
    episodes: EpisodeList, scenario: Scenario, contents: Mapping[str, str]
) -> tuple[set[str], set[tuple[str, str]], set[str]]:
    """Return listeners, (listener, clip) pairs and clips that training must not see."""
    held = scenario.annotator == "held-out"
    listeners = {plan.listener for plan in episodes.plans} if held else set()
    cells = {
        (plan.listener, _clip(file, contents)) for plan in episodes.plans for file in plan.test
    }
    clips: set[str] = set()
    if scenario.utterance == "unseen":
        for plan in episodes.plans:
            files = (*plan.pool, *plan.test) if held else plan.test
            clips |= {_clip(file, contents) for file in files}
    return listeners, cells, clips
