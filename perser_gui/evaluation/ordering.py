"""Support in the order in which the desk would ask for it, beside that of random draws."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from perser_gui.corpora.ratings import RatingsTable
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.evaluation.episode_lists import Episode, EpisodeList
from perser_gui.evaluation.metrics import Array
from perser_gui.evaluation.results import ORDERS, RANDOM, SUGGESTED
from perser_gui.evaluation.runner import EvaluationMaterial, emotion_set, targets_of
from perser_gui.progress import Progress
from perser_gui.records import FloatArray

if TYPE_CHECKING:
    from perser_gui.model.checkpoint import Checkpoint


def check_orders(orders: Sequence[str]) -> tuple[str, ...]:
    """Return the orders without repetition, random first.

    Raises:
        PerserError: if there is none, or one that is not known.
    """
    unknown = [order for order in orders if order not in ORDERS]
    if unknown or not orders:
        named = unknown[0] if unknown else ""
        raise PerserError(
            f"“{named}” is no order of support; please use one of {', '.join(ORDERS)}, or both."
        )
    return tuple(order for order in ORDERS if order in orders)


def in_orders(
    episodes: EpisodeList,
    orders: Sequence[str],
    material: EvaluationMaterial,
    theta: Checkpoint,
    *,
    shared_words: bool = False,
    progress: Progress | None = None,
) -> EpisodeList:
    """Return the episodes of the wanted orders; suggested ones that are missing are asked for.

    Of every repeat, the suggested support begins with the same clip as the random one (the one
    that happened to be at hand); each further clip is the one that `suggest` names, which sees
    the listener's pool, the labels so far and what the listener's model makes of both. Pool and
    test set are those of the random episodes, and so is the seed of the adapters.

    Raises:
        PerserError: if there are no random episodes to begin from, or none of a wanted order.
        Cancelled: if `progress` was cancelled.
    """
    there = {episode.order for episode in episodes.episodes}
    found = [episode for episode in episodes.episodes if episode.order in orders]
    if SUGGESTED in orders and SUGGESTED not in there:
        found += _suggested(episodes, material, theta, shared_words, progress or Progress())
    missing = set(orders) - {episode.order for episode in found}
    if missing:
        raise PerserError(
            f"The episode list holds no {missing.pop()} draws; please draw the episodes anew."
        )
    return replace(episodes, episodes=tuple(found))


def _suggested(
    episodes: EpisodeList,
    material: EvaluationMaterial,
    theta: Checkpoint,
    shared_words: bool,
    progress: Progress,
) -> list[Episode]:
    drawn: dict[str, dict[int, list[Episode]]] = {}
    for episode in episodes.episodes:
        if episode.order == RANDOM:
            drawn.setdefault(episode.listener, {}).setdefault(episode.repeat, []).append(episode)
    rated = material.table.latest()
    by_listener = rated.by_listener()
    voices = {row.file: row.speaker or row.file.rpartition("/")[0] for row in rated.rows}
    found = []
    for number, plan in enumerate(episodes.plans):
        progress.report(number / len(episodes.plans), f"Asking {plan.listener} by suggestion")
        ratings = by_listener[plan.listener]
        words = emotion_set(rated if shared_words else ratings, theta.classes)
        asked = _Asked.of(plan.pool, ratings, words, material, theta, voices)
        for repeats in drawn.get(plan.listener, {}).values():
            progress.check()
            longest = max(repeats, key=lambda episode: episode.shots)
            order = asked.order(longest)
            found += [
                replace(each, order=SUGGESTED, support=order[: each.shots]) for each in repeats
            ]
    return found


@dataclass(frozen=True)
class _Asked:
    """One listener's pool: features [P, L, W] and targets [P, C]."""

    words: EmotionSet
    theta: Checkpoint
    files: tuple[str, ...]
    x: FloatArray
    targets: FloatArray
    voices: tuple[str, ...]
    spoken: tuple[bool, ...]

    @classmethod
    def of(
        cls,
        pool: Sequence[str],
        ratings: RatingsTable,
        words: EmotionSet,
        material: EvaluationMaterial,
        theta: Checkpoint,
        voices: Mapping[str, str],
    ) -> _Asked:
        targets = targets_of(ratings, words)
        said: Array = np.stack([targets[file] for file in pool])
        return cls(
            words,
            theta,
            tuple(pool),
            material.stack(pool),
            said.astype(np.float32),
            tuple(voices[file] for file in pool),
            tuple(material.contents[file] not in material.speechless for file in pool),
        )

    def order(self, drawn: Episode) -> tuple[str, ...]:
        """Return as many files as were drawn, in the order in which they would be asked for."""
        from perser_gui.adaptation.asking import AMONG, Pool, so_far, suggest
        from perser_gui.adaptation.protocol import Support

        place = {file: i for i, file in enumerate(self.files)}
        known = [place[drawn.support[0]]]
        open_to = [i for i, spoken in enumerate(self.spoken) if spoken and i not in known]
        if len(open_to) > AMONG:
            chosen = np.random.default_rng(drawn.seed).choice(len(open_to), AMONG, replace=False)
            open_to = [open_to[i] for i in sorted(chosen)]
        while len(known) < drawn.shots:
            waiting, labelled = (tuple(self.voices[i] for i in part) for part in (open_to, known))
            support = Support(
                self.x[known],
                self.targets[known],
                self.words,
                self.x[open_to],
                voices=labelled,
                unlabelled_voices=waiting,
            )
            p = so_far(self.theta, support, self.x[[*open_to, *known]], (*waiting, *labelled))
            choice = suggest(
                Pool(
                    words=self.words.words,
                    features=self.x[open_to],
                    probabilities=p[: len(open_to)],
                    voices=waiting,
                    labelled=support.x,
                    targets=support.targets,
                    labelled_probabilities=p[len(open_to) :],
                    labelled_voices=labelled,
                )
            )
            if choice is None:  # more shots than clips to choose among
                rest = [place[file] for file in drawn.support if place[file] not in known]
                known += rest[: drawn.shots - len(known)]
                break
            known.append(open_to.pop(choice.ranked[0]))
        return tuple(self.files[i] for i in known)
