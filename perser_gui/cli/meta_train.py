"""`perser meta-train`: learn from many listeners how to adapt to a new one."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import typer

from perser_gui.cli import terminal


def command(
    config: Path | None = typer.Argument(None, help="A TOML file with the run's configuration."),
    out: Path = typer.Option(..., "--out", help="The folder of checkpoint and state."),
    corpus: list[str] = typer.Option(
        [], "--corpus", help="A corpus as KIND:PATH, in place of those of the configuration."
    ),
    audio: Path | None = typer.Option(
        None, "--audio", help="The folder that the files of a ratings table (folder:T.csv) are in."
    ),
    upstream: str = typer.Option("", "--upstream", help="The encoder of the clips."),
    checkpoint: str = typer.Option(
        "", "--checkpoint", help="A checkpoint to start from, in place of pre-training."
    ),
    learner: str = typer.Option(
        "",
        "--learner",
        help="meta-perser, meta-perser-published, maml, fomaml, meta-sgd or reptile, in place of "
        "the configuration's; with --checkpoint it is added to that checkpoint, beside the "
        "learners it holds.",
    ),
    resume: bool = typer.Option(False, "--resume", help="Go on from the state in the folder."),
    seed: int | None = typer.Option(None, "--seed", help="The seed of the run."),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Meta-train a checkpoint; runs under torchrun on several processes as well.

    torchrun --nproc-per-node N -m perser_gui.cli meta-train CONFIG --out DIR
    """
    import os
    from dataclasses import replace

    from perser_gui import paths
    from perser_gui.metatraining.config import TrainingConfig, read_config
    from perser_gui.metatraining.meta_train import meta_train
    from perser_gui.upstream.cache import FeatureCache

    chosen = read_config(config) if config is not None else TrainingConfig()
    data = chosen.data
    if corpus:
        data = replace(data, corpora=tuple(corpus))
    if audio is not None:
        data = replace(data, audio=str(audio))
    if upstream:
        data = replace(data, upstream=upstream)
    if checkpoint:
        data = replace(data, checkpoint=checkpoint)
    meta, output = chosen.meta, chosen.output
    if learner:
        meta = replace(meta, algorithm=cast(Any, learner))
        output = replace(output, variant=learner if checkpoint else "")
    run = chosen.run if seed is None else replace(chosen.run, seed=seed)
    with terminal.working() as progress:
        result = meta_train(
            replace(chosen, data=data, meta=meta, output=output, run=run),
            out,
            cache=FeatureCache(paths.cache_dir() / "features"),
            resume=resume,
            progress=progress,
        )
    if os.environ.get("RANK", "0") != "0":
        return
    if json:
        terminal.emit_json(result)
        return
    for note in result["notes"]:
        terminal.note(note)
    terminal.say(summary(result))
    terminal.say(f"{result['checkpoint']} was written to {out}.")


def summary(result: dict[str, Any]) -> str:
    """Return macro-F1 by shots of each model on development and held-out listeners."""
    models = [(f"development: {k}", v) for k, v in result["development"].items()]
    if result["held_out"]:
        models += [(f"held out: {k}", result["held_out"][k]) for k in ("generic", "adapted")]
    shots = list(models[0][1]["macro_f1_by_shots"])
    rows = [
        [name.replace("_", " "), *(each["macro_f1_by_shots"][k] for k in shots), each["nll"]]
        for name, each in models
    ]
    return terminal.table(["macro-F1", *(f"K = {k}" for k in shots), "NLL"], rows)
