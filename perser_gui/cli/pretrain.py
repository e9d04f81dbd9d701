"""`perser pretrain`: everybody's model, from corpora with labels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from perser_gui.cli import terminal
from perser_gui.cli.option_groups import grouped
from perser_gui.progress import Progress

if TYPE_CHECKING:
    from perser_gui.model.checkpoint import Checkpoint


@dataclass(frozen=True)
class PretrainOptions:
    """What everybody's model is trained on, and how."""

    corpus: list[str] = typer.Option(
        ..., "--corpus", help="A corpus as KIND:PATH; may be given several times."
    )
    out: Path = typer.Option(..., "--out", help="The folder that the checkpoint is written to.")
    audio: Path | None = typer.Option(
        None, "--audio", help="The folder that the files of a ratings table (folder:T.csv) are in."
    )
    upstream: str = typer.Option("bundled", "--upstream", help="The encoder of the clips.")
    config: Path | None = typer.Option(
        None, "--config", help="A TOML file whose table [pretrain] holds training values."
    )
    name: str = typer.Option("", "--name", help="The checkpoint's name (default: the folder's).")
    hold_out: list[str] = typer.Option(
        [], "--hold-out", help="A listener whose ratings take no part; may be repeated."
    )
    folds: int = typer.Option(5, "--folds", help="Speaker folds of the report; 0: no report.")
    seeds: int = typer.Option(1, "--seeds", help="How many seeds the report averages.")
    seed: int | None = typer.Option(None, "--seed", help="The seed of the shipped head.")
    device: str = typer.Option("auto", "--device", help="Where clips are embedded.")


@grouped
def command(
    asked: PretrainOptions,
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Train everybody's model on the labels of one or more corpora and measure it."""
    from perser_gui.model.checkpoint import save_checkpoint

    with terminal.working() as progress:
        checkpoint, figures, notes = _trained(asked, progress)
    card: dict[str, object] = {"encoder": asked.upstream, "notes": list(notes)}
    if figures is not None:
        from perser_gui.metatraining.pretrain_report import as_sentences

        card["figures"] = figures
        card["sentences"] = as_sentences(figures)
    save_checkpoint(replace(checkpoint, card=card), asked.out)
    if json:
        terminal.emit_json(
            {
                "out": asked.out,
                "name": checkpoint.name,
                "digest": checkpoint.digest,
                "classes": checkpoint.classes,
                "clips": len(checkpoint.training["contents"]),
                "listeners": checkpoint.training["listeners"],
                "epochs": checkpoint.training["epochs"],
                "figures": figures,
                "notes": notes,
            }
        )
        return
    for note in notes:
        terminal.note(note)
    _tell(figures or {})
    terminal.say(f"{checkpoint.name} was written to {asked.out}.")


def _trained(
    asked: PretrainOptions, progress: Progress
) -> tuple[Checkpoint, dict[str, Any] | None, tuple[str, ...]]:
    """Return the model, the figures of its report if one is wanted, and what is to be noted."""
    from perser_gui import paths
    from perser_gui.corpora import read_corpus
    from perser_gui.metatraining.config import read_config
    from perser_gui.metatraining.embedding import embed_tables
    from perser_gui.metatraining.pretrain import PretrainConfig, pretrain
    from perser_gui.metatraining.pretrain_report import report
    from perser_gui.upstream.cache import FeatureCache

    chosen = read_config(asked.config).pretrain if asked.config is not None else PretrainConfig()
    if asked.seed is not None:
        chosen = replace(chosen, seed=asked.seed)
    tables = [read_corpus(each, asked.audio) for each in asked.corpus]
    embedded = embed_tables(
        tables,
        asked.upstream,
        device=asked.device,
        cache=FeatureCache(paths.cache_dir() / "features"),
        copies=chosen.copies,
        progress=progress.part(0.0, 0.4),
    )
    material = embedded.material(tables).without(asked.hold_out)
    part = progress.part(0.4, 0.9)
    figures = (
        report(material, chosen, folds=asked.folds, seeds=asked.seeds, progress=part)
        if asked.folds
        else None
    )
    name, part = asked.name or asked.out.name, progress.part(0.9, 1.0)
    checkpoint = pretrain(material, chosen, name=name, progress=part)
    return checkpoint, figures, (*embedded.notes, *material.notes())


def _tell(figures: Mapping[str, Any]) -> None:
    """Say how well new speakers and a new corpus are recognized."""
    for key, title in (
        ("speaker_independent", "New speakers"),
        ("leave_one_corpus_out", "New corpus"),
    ):
        rows = [
            [corpus, each["uar"], each["macro_f1"], each["accuracy"], each["count"]]
            for corpus, each in (figures.get(key) or {}).items()
        ]
        if rows:
            terminal.say(title)
            terminal.say(terminal.table(["corpus", "UAR", "macro-F1", "accuracy", "clips"], rows))
