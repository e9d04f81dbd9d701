"""A whole meta-training run: from a configuration to a checkpoint that adapters can use."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from perser_gui.adaptation.film import with_listener_embedding
from perser_gui.adaptation.inner import InnerOptions
from perser_gui.adaptation.other_listeners import with_listener_heads
from perser_gui.adaptation.protocol import Support
from perser_gui.adaptation.verdict import TRUSTED
from perser_gui.corpora import read_corpus
from perser_gui.emotions import CLASSES, EmotionSet
from perser_gui.errors import PerserError
from perser_gui.files import write_whole
from perser_gui.metatraining.algorithms import Plan, plan
from perser_gui.metatraining.config import TrainingConfig
from perser_gui.metatraining.data import Material, normalized
from perser_gui.metatraining.development import DevelopmentScores, development_scores
from perser_gui.metatraining.distributed import Ranks, joined
from perser_gui.metatraining.embedding import embed_tables
from perser_gui.metatraining.episodes import EpisodeSampler, write_episodes
from perser_gui.metatraining.leakage import check_listeners, check_stage, check_unseen
from perser_gui.metatraining.outer import Learned
from perser_gui.metatraining.preparation import (
    Parts,
    development_chunks,
    parted,
    plain_episodes,
    prepared_stage,
    simulated_tables,
)
from perser_gui.metatraining.stage import Stage, Table
from perser_gui.metatraining.state import load_state
from perser_gui.metatraining.trainer import MetaTrainer, Trained
from perser_gui.metatraining.tuning import tuned_fine_tune
from perser_gui.model.checkpoint import Checkpoint, Variant, save_checkpoint
from perser_gui.model.checkpoint_folders import classes_of
from perser_gui.progress import Progress
from perser_gui.upstream.cache import FeatureCache

RESULT = "result.json"
SHOWN = 64
"""How many ratings of a training listener their carried output layer rests on."""


def meta_train(
    config: TrainingConfig,
    out: Path,
    *,
    cache: FeatureCache | None = None,
    resume: bool = False,
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run a configuration, alone or under torchrun, and return the result as plain values.

    `out` receives the checkpoint, `state.safetensors` to resume from, `curves.csv`, the
    development `episodes.jsonl`, the pre-trained starts and `result.json`.

    Raises:
        PerserError: for anything that is wrong with the configuration, corpora, or processes.
        Cancelled: if the user cancelled; the last saved state stays and can be resumed.
    """
    progress = progress or Progress()
    plan(config.meta, config.episodes)
    if not config.data.corpora:
        raise PerserError("The configuration names no corpora; please set them in [data].")
    hint = f"the last saved state is in {out}; please start the same command again with --resume."
    with joined(config.run, hint) as ranks:
        audio = Path(config.data.audio).expanduser() if config.data.audio else None
        tables = [read_corpus(each, audio) for each in config.data.corpora]
        with ranks.one_after_the_first():
            embedded = embed_tables(
                tables,
                config.data.upstream,
                device="auto" if ranks.world == 1 else ranks.device,
                cache=cache,
                copies=config.pretrain.copies,
                progress=progress.part(0.0, 0.2),
            )
        classes = classes_of(config.data.checkpoint) if config.data.checkpoint else CLASSES
        material = embedded.material(tables, simulated_tables(tables, config), classes)
        return train_material(
            material,
            config,
            out,
            ranks=ranks,
            resume=resume,
            notes=(*embedded.notes, *material.notes()),
            progress=progress.part(0.2, 1.0),
        )


def train_material(
    material: Material,
    config: TrainingConfig,
    out: Path,
    *,
    ranks: Ranks | None = None,
    resume: bool = False,
    notes: Sequence[str] = (),
    progress: Progress | None = None,
) -> dict[str, Any]:
    """Run a configuration on material that is already embedded; see `meta_train`."""
    ranks, progress = ranks or Ranks(), progress or Progress()
    chosen = plan(config.meta, config.episodes)
    parts = parted(
        material,
        config.data.held_out,
        unseen=config.data.unseen,
        development=config.data.development,
        seed=config.run.seed,
    )
    names = config.data.held_out
    check_listeners(parts.training, parts.development, names)
    check_unseen(parts.material, parts.unseen_clips)
    fingerprint = f"{config.fingerprint()}-{parts.digest()}"
    if resume:
        load_state(out, fingerprint)
    with ranks.one_after_the_first():
        stage = prepared_stage(
            parts,
            config,
            out / "starts",
            fingerprint=fingerprint,
            reuse=resume or not ranks.first,
            progress=progress,
        )
    check_stage(stage, names, parts.unseen_clips)
    dtype = torch.float64 if config.run.precision == "float64" else torch.float32
    table = Table(stage, chosen.episodes, device=ranks.device, dtype=dtype)
    sampler = EpisodeSampler(
        stage.clips,
        parts.training,
        chosen.episodes,
        classes=material.classes,
        rotations=stage.rotations,
        seed=config.run.seed,
    )
    development = development_chunks(parts.development, stage, chosen, config)
    if ranks.first:
        out.mkdir(parents=True, exist_ok=True)
        write_episodes(out / "episodes.jsonl", [c for _, c in development], stage.clips)
    trainer = MetaTrainer(
        table,
        sampler,
        development,
        meta=config.meta,
        chosen=chosen,
        inner=config.inner,
        run=config.run,
        ranks=ranks,
        folder=out,
        fingerprint=fingerprint,
        held_out=names,
    )
    trained = trainer.train(resume=resume, progress=progress.part(0.3, 0.95))
    plain = _without_priors(config.inner)
    tuned = tuned_fine_tune(table, development, options=plain, ranks=ranks, progress=progress)
    checkpoint = _saying_who(_checkpoint(stage.final, trained, config, chosen, tuned), parts)
    if not config.output.variant:
        checkpoint = _with_listeners(checkpoint, parts, config.output.training_listeners)
    tested = _held_out_scores(material, parts, checkpoint, trained, config, chosen, ranks)
    result = _result(parts, trained, tuned, tested, checkpoint, notes)
    if ranks.first:
        save_checkpoint(replace(checkpoint, card={**checkpoint.card, "meta": result}), out)
        write_whole(out / RESULT, json.dumps(result, indent=1) + "\n")
    ranks.wait()
    return result


def _anywhere(config: TrainingConfig) -> TrainingConfig:
    """Return the configuration without the folders of this machine, only their last names."""
    corpora = []
    for corpus in config.data.corpora:
        kind, _, path = corpus.partition(":")
        corpora.append(f"{kind}:{Path(path).name}")
    data = replace(
        config.data,
        corpora=tuple(corpora),
        audio="",
        checkpoint=Path(config.data.checkpoint).name if config.data.checkpoint else "",
    )
    return replace(config, data=data)


def _without_priors(inner: InnerOptions) -> InnerOptions:
    """Return the options of plain fine-tuning: the mean loss alone, nothing that holds it back.

    Nor anything that only candidates which are weighed have.
    """
    step = ("steps", "order", "form", "shots_reference", "balance", "sharpness")
    rest = ("class_weighted", "smoothing", "new_scale", "new_bias")
    return InnerOptions(**{name: getattr(inner, name) for name in (*step, *rest)})


def _checkpoint(
    final: Checkpoint, trained: Trained, config: TrainingConfig, chosen: Plan, tuned: Any
) -> Checkpoint:
    """Return the final start, moved, with the rates; or the given checkpoint with a variant."""
    moved = {
        name: (value + trained.learned.moved[name].to("cpu", value.dtype)).contiguous()
        for name, value in final.parameters.items()
    }
    rates = {name: rho.to("cpu", torch.float32) for name, rho in trained.learned.rates.items()}
    inner = config.inner.as_dict()
    facts = {"meta": _anywhere(config).as_dict(), "sets": chosen.episodes.sets}
    if config.output.variant:
        variant = Variant(moved if chosen.learn_start else {}, rates, inner)
        return replace(final, variants={**final.variants, config.output.variant: variant})
    return replace(
        final,
        name=config.output.name,
        parameters=moved,
        rates=rates,
        training={
            **final.training,
            **facts,
            **({TRUSTED: list(trusted)} if (trusted := config.output.used_unless_worse) else {}),
            "learner": config.meta.algorithm,
            "inner": inner,
            "fine-tune-tuned": {k: v for k, v in tuned.items() if k != "macro_f1"},
        },
    )


def _saying_who(checkpoint: Checkpoint, parts: Parts) -> Checkpoint:
    """Return the checkpoint with everybody and every clip that this run learned or chose by.

    Development listeners pick the best epoch, so the checkpoint knows them too.
    """
    people = (*parts.training, *parts.development)
    names = parts.material.clips.names
    listeners = {each.listener for each in people}.union(checkpoint.training.get("listeners", ()))
    contents = {names[row][:16] for each in people for row in each.rows}.union(
        checkpoint.training.get("contents", ())
    )
    training = {"listeners": sorted(listeners), "contents": sorted(contents)}
    return replace(checkpoint, training={**checkpoint.training, **training})


def _with_listeners(checkpoint: Checkpoint, parts: Parts, most: int) -> Checkpoint:
    """Return the checkpoint with what adapters need that borrow from training listeners."""
    if not most or len(parts.training) < 2:
        return checkpoint
    x = normalized(parts.material.clips, checkpoint.normalization)
    plain = EmotionSet.of(checkpoint.classes, known=checkpoint.classes)
    supports = [
        Support(x[each.rows[:SHOWN]], each.targets[:SHOWN], plain) for each in parts.training[:most]
    ]
    return with_listener_embedding(with_listener_heads(checkpoint, supports), supports)


def _held_out_scores(
    material: Material,
    parts: Parts,
    checkpoint: Checkpoint,
    trained: Trained,
    config: TrainingConfig,
    chosen: Plan,
    ranks: Ranks,
) -> dict[str, Any] | None:
    """Test the finished model on the held-out listeners, before and after adaptation."""
    if not parts.held_out:
        return None
    zeros = np.zeros(len(material.clips), np.int64)
    start = replace(checkpoint, variants={})
    if config.output.variant:
        own = checkpoint.variants[config.output.variant].parameters
        start = replace(start, parameters=own or checkpoint.parameters)
    stage = Stage(material.clips, (start,), zeros, start)
    table = Table(
        stage, plain_episodes(chosen.episodes, config.development.shots), device=ranks.device
    )
    chunks = development_chunks(parts.held_out, stage, chosen, config)
    nothing = {name: torch.zeros_like(value) for name, value in table.bases[0].items()}
    rates = {name: rho.to(table.dtype) for name, rho in trained.learned.rates.items()}
    learned = Learned(nothing, rates)
    before, after = (
        development_scores(table, learned, chunks, config.inner, ranks=ranks, adapted=adapted)
        for adapted in (False, True)
    )
    return {
        "scenario": "unseen utterances" if config.data.unseen else "seen utterances",
        "listeners": [each.listener for each in parts.held_out],
        "generic": _scores(before),
        "adapted": _scores(after),
    }


def _result(
    parts: Parts,
    trained: Trained,
    tuned: dict[str, Any],
    tested: dict[str, Any] | None,
    checkpoint: Checkpoint,
    notes: Sequence[str],
) -> dict[str, Any]:
    return {
        "checkpoint": checkpoint.name,
        "digest": checkpoint.digest,
        "clips": len(parts.material.clips),
        "training_listeners": len(parts.training),
        "development_listeners": len(parts.development),
        "epochs": trained.epochs,
        "best_epoch": trained.epoch,
        "development": {
            "generic": _scores(trained.generic),
            "before_meta_training": _scores(trained.before),
            "meta_trained": _scores(trained.after),
        },
        "fine_tune_tuned": tuned,
        "rates": {
            name: [round(float(rate), 6) for rate in rho.exp().flatten(1).mean(1)]
            if rho.dim() > 1
            else [round(float(rate), 6) for rate in rho.exp()]
            for name, rho in trained.learned.rates.items()
        },
        "held_out": tested,
        "notes": list(notes),
    }


def _scores(found: DevelopmentScores) -> dict[str, Any]:
    return {
        "macro_f1": round(found.macro_f1, 4),
        "nll": round(found.nll, 4),
        "macro_f1_by_shots": {str(k): round(v, 4) for k, v in found.by_shots.items()},
    }
