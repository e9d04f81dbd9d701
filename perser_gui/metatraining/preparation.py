"""What comes before the outer loop: who trains, who chooses, who is held out, and the starts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from perser_gui.corpora import RatingsTable
from perser_gui.errors import MISFIT, PerserError
from perser_gui.files import write_whole
from perser_gui.metatraining.algorithms import Plan
from perser_gui.metatraining.config import TrainingConfig
from perser_gui.metatraining.data import ListenerRatings, Material
from perser_gui.metatraining.episodes import (
    Chunk,
    EpisodeConfig,
    EpisodeSampler,
    evaluation_chunks,
)
from perser_gui.metatraining.leakage import check_labels
from perser_gui.metatraining.stage import Stage, build_stage
from perser_gui.metatraining.vocabularies import VocabularyConfig
from perser_gui.model.checkpoint import load_checkpoint, save_checkpoint
from perser_gui.progress import Progress

ROTATIONS = "rotations.json"


@dataclass(frozen=True)
class Parts:
    """Material without the held-out listeners, and its listeners dealt into two parts."""

    material: Material
    training: tuple[ListenerRatings, ...]
    development: tuple[ListenerRatings, ...]
    held_out: tuple[ListenerRatings, ...]
    unseen_clips: frozenset[str]

    def digest(self) -> str:
        """Return a short hash of the clips and of what every listener said about them."""
        sha = hashlib.sha256()
        for name in self.material.clips.names:
            sha.update(name.encode())
        for each in (*self.training, *self.development):
            sha.update(each.listener.encode() + each.rows.tobytes() + each.targets.tobytes())
        return sha.hexdigest()[:16]

    def learned_from(self) -> Material:
        """Return what pre-training may see: neither held-out nor development listeners."""
        return self.material.without([each.listener for each in self.development])


def parted(
    material: Material,
    held_out: Sequence[str],
    *,
    unseen: bool = False,
    development: float = 0.2,
    seed: int = 0,
) -> Parts:
    """Take the held-out listeners out of the material and choose the development listeners.

    Raises:
        PerserError: if fewer than two listeners remain.
    """
    theirs = tuple(each for each in material.listeners if each.listener in held_out)
    rest = material.without(held_out, unseen=unseen)
    raters = sorted(each.listener for each in rest.raters())
    if len(raters) < 2:
        raise PerserError(
            f"Meta-training needs at least two listeners besides those held out, and there are "
            f"{len(raters)}; please give a corpus with ratings by listener, or let some be "
            "simulated."
        )
    random = np.random.default_rng([seed, 404])
    count = min(max(1, round(development * len(raters))), len(raters) - 1)
    chosen = set(random.choice(raters, size=count, replace=False).tolist())
    unseen_clips = {material.clips.names[row] for each in theirs for row in each.rows}
    return Parts(
        material=rest,
        training=tuple(each for each in rest.raters() if each.listener not in chosen),
        development=tuple(each for each in rest.raters() if each.listener in chosen),
        held_out=theirs,
        unseen_clips=frozenset(unseen_clips if unseen else ()),
    )


def simulated_tables(tables: Sequence[RatingsTable], config: TrainingConfig) -> list[RatingsTable]:
    """Return the ratings of the configuration's simulated listeners, none when it has none."""
    wanted = config.simulated
    if not wanted.listeners:
        return []
    from perser_gui.corpora.simulated import simulate_listeners

    return list(
        simulate_listeners(
            tables,
            listeners=wanted.listeners,
            ratings=wanted.ratings,
            severity=wanted.severity,
            seed=wanted.seed,
            population=wanted.population,
        )
    )


def prepared_stage(
    parts: Parts,
    config: TrainingConfig,
    folder: Path,
    *,
    fingerprint: str,
    reuse: bool,
    progress: Progress,
) -> Stage:
    """Pre-train the starts, or read those that this run (or its first process) has saved."""
    material = parts.learned_from()
    check_labels(material.aggregated(), config.data.held_out)
    final = load_checkpoint(config.data.checkpoint) if config.data.checkpoint else None
    if final is not None and final.encoder != material.clips.encoder:
        raise PerserError(
            f"The checkpoint {final.name} expects features of {final.encoder}, and the clips were "
            f"embedded with {material.clips.encoder}; please choose its encoder as upstream."
        )
    saved = _saved_stage(parts, folder, fingerprint) if reuse else None
    if saved is not None:
        return saved
    built = build_stage(
        material,
        config.pretrain,
        config.meta.cross_fit,
        folds=config.meta.folds,
        final=final,
        progress=progress.part(0.0, 0.3),
    )
    stage = replace(built, clips=parts.material.clips)
    for number, start in enumerate(stage.starts):
        save_checkpoint(replace(start, name=f"start-{number}"), folder / str(number))
    save_checkpoint(stage.final, folder / "final")
    facts = {"fingerprint": fingerprint, "rotations": stage.rotations.tolist()}
    write_whole(folder / ROTATIONS, json.dumps(facts))
    return stage


def _saved_stage(parts: Parts, folder: Path, fingerprint: str) -> Stage | None:
    """Return the starts that a run of this fingerprint saved whole, or None."""
    path = folder / ROTATIONS
    if not path.is_file():
        return None
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
        if facts["fingerprint"] != fingerprint:
            return None
        rotations = np.array(facts["rotations"], dtype=np.int64)
    except (OSError, *MISFIT):
        return None
    final = load_checkpoint(folder / "final")
    starts = tuple(load_checkpoint(folder / str(r)) for r in range(int(rotations.max()) + 1))
    return Stage(parts.material.clips, starts if len(starts) > 1 else (final,), rotations, final)


def development_chunks(
    listeners: Sequence[ListenerRatings], stage: Stage, chosen: Plan, config: TrainingConfig
) -> list[tuple[int, Chunk]]:
    """Return the (shots, chunk) pairs of evaluation episodes of these listeners."""
    wanted = config.development
    sampler = EpisodeSampler(
        stage.clips,
        listeners,
        plain_episodes(chosen.episodes, wanted.shots),
        classes=stage.final.classes,
        rotations=stage.rotations,
        seed=config.run.seed,
    )
    names = sampler.listeners[: wanted.listeners or None]
    return evaluation_chunks(
        sampler,
        shots=wanted.shots,
        repeats=wanted.repeats,
        seed=config.run.seed,
        listeners=names,
    )


def plain_episodes(episodes: EpisodeConfig, shots: tuple[int, ...]) -> EpisodeConfig:
    """Return what evaluation episodes are like: strictly split, in the classes' own words."""
    return replace(episodes, sets="split", shots=shots, channel=0.0, vocabulary=VocabularyConfig())
