"""What training may see of the listeners and clips that a model is tested on.

Two axes, as in the published experiments: the annotator is `seen` in training or `held-out`,
and the utterances are `seen` there under other listeners or `unseen` by everybody.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from perser_gui.corpora.ratings import RatingsTable
from perser_gui.corpora.simulated import simulated_name
from perser_gui.errors import PerserError
from perser_gui.evaluation.episode_lists import (
    DISJOINT,
    EpisodeList,
    draw_episodes,
    group_value,
    require_known,
)

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
class ScenarioParts:
    """A table divided: what training may see, and the tested listeners' ratings.

    Rows of `test` are marked `train` (to adapt from) or `test` in their split.
    """

    train: RatingsTable
    test: RatingsTable

    def met(self, contents: Mapping[str, str] | None = None) -> tuple[int, int, int, int]:
        """Return what training does see: tested listeners, of how many, tested clips, of how many.

        A scenario only allows it; a clip that nobody else rated is not seen all the same. A clip
        is seen under another name too where `contents` (file to hash of its bytes) tells.
        """
        people = set(self.test.listeners)
        clips = {_clip(row.file, contents) for row in self.test if row.split == "test"}
        heard = {_clip(row.file, contents) for row in self.train}
        return len(people & set(self.train.listeners)), len(people), len(clips & heard), len(clips)


def divide(
    table: RatingsTable,
    *,
    listeners: int,
    scenario: Scenario,
    shots: int = 20,
    seed: int = 0,
    disjoint: str = "dialogue",
    contents: Mapping[str, str] | None = None,
    most: int = 0,
    apart: str = "",
    share: float = 0.25,
) -> ScenarioParts:
    """Choose listeners to test on by the seed, and give training what the scenario allows.

    A seen annotator's ratings outside of their test set may be trained on, a held-out one's
    never. Unseen utterances are the test clips of a seen annotator, and all clips of a
    held-out one. `most` keeps a random part of the training ratings (0: all), so that
    scenarios can be compared at equal amounts of training. Who is tested on what does not
    depend on the scenario.

    `apart` names what training and test must not share (speaker, session, corpus, sentence or
    dialogue): a `share` of its values is drawn for the test, listeners are tested on these and
    adapt from the others, and nothing of them is trained on.

    Raises:
        PerserError: if too few listeners have enough ratings, or fewer than `most` are left
            to train on.
    """
    reserved = _values_to_test(table, apart, share, seed) if apart else frozenset()
    if apart:
        table = replace(
            table,
            rows=tuple(
                replace(row, split="test" if group_value(row, apart) in reserved else "train")
                for row in table.rows
            ),
        )
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
    if apart:
        train = train.where(lambda row: group_value(row, apart) not in reserved)
    train = _thinned(train, most, seed)
    parts = ScenarioParts(train, replace(table, rows=marked))
    check_training(train, episodes, scenario, contents)
    check_apart(parts, apart)
    return parts


def check_apart(parts: ScenarioParts, apart: str) -> None:
    """Refuse training ratings of a speaker, session, ... (`apart`; empty: none) that is tested on.

    Raises:
        PerserError: naming it.
    """
    tested = {group_value(row, apart) for row in parts.test if row.split == "test" and apart}
    for row in parts.train:
        if apart and group_value(row, apart) in tested:
            raise PerserError(
                f"Leakage: the {apart} {group_value(row, apart)} is tested on and yet trained on."
            )


def _values_to_test(table: RatingsTable, apart: str, share: float, seed: int) -> frozenset[str]:
    if apart not in DISJOINT:
        raise PerserError(
            f"“{apart}” is nothing to keep apart; please use one of {', '.join(DISJOINT)}."
        )
    require_known(table, apart)
    values = sorted({group_value(row, apart) for row in table.rows})
    count = max(1, round(share * len(values)))
    if not 0 < share < 1 or count >= len(values):
        raise PerserError(
            f"There are {len(values)} values of “{apart}”, of which a share of {share:g} cannot be "
            "kept for the test; please give a share between 0 and 1 that leaves some to train on."
        )
    chosen = np.random.default_rng([seed, 606]).permutation(len(values))[:count]
    return frozenset(values[i] for i in chosen)


def _thinned(table: RatingsTable, most: int, seed: int) -> RatingsTable:
    if not most:
        return table
    if len(table) < most:
        raise PerserError(
            f"Only {len(table):,} ratings are left to train on in this scenario, not {most:,}; "
            "please keep fewer."
        )
    kept = np.random.default_rng([seed, most, 505]).permutation(len(table))[:most]
    return replace(table, rows=tuple(table.rows[i] for i in sorted(kept)))


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


@dataclass(frozen=True)
class Seen:
    """What of a test a checkpoint met in training; None where it does not say what it met."""

    listeners: frozenset[str] | None
    clips: frozenset[str] | None


def seen_in_training(theta: Checkpoint, episodes: EpisodeList, contents: Mapping[str, str]) -> Seen:
    """Return the tested listeners and test clips (files) that a checkpoint met in training.

    Checkpoints say so by `training["listeners"]` and by `training["contents"]`, the first 16
    digits of the SHA-256 of every training clip. The simulated listeners of a training
    configuration are among the former, whether or not they are named there.
    """
    training = theta.training
    listeners = clips = None
    if "listeners" in training:
        made_up = _mapping(_mapping(training.get("meta")).get("simulated"))
        count, seed = int(made_up.get("listeners", 0)), int(made_up.get("seed", 0))
        trained = {str(name) for name in training["listeners"]}
        trained |= {simulated_name(number, seed) for number in range(1, count + 1)}
        listeners = frozenset(plan.listener for plan in episodes.plans) & trained
    if "contents" in training:
        heard = set(map(str, training["contents"]))
        tested = {file for plan in episodes.plans for file in plan.test}
        clips = frozenset(file for file in tested if contents[file][:16] in heard)
    return Seen(listeners, clips)


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


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
    seen = seen_in_training(theta, episodes, contents)
    for name, found in (("listeners", seen.listeners), ("clips", seen.clips)):
        if name not in unseen:
            continue
        if found is None:
            raise PerserError(
                f"The checkpoint {theta.name} does not say which {name} it was trained on, "
                "so it cannot be shown that they are unseen."
            )
        if found:
            what = f"{len(found)} tested {name}"
            raise PerserError(
                f"Leakage: {theta.name} was trained on "
                f"{what if name == 'clips' else 'ratings of ' + what}, {min(found)} among them."
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
