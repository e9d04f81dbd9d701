"""`perser pretrain`: everybody's model, from corpora with labels."""

from __future__ import annotations

from pathlib import Path

import typer

from perser_gui.cli import terminal


def command(
    corpus: list[str] = typer.Option(
        ..., "--corpus", help="A corpus as KIND:PATH; may be given several times."
    ),
    out: Path = typer.Option(..., "--out", help="The folder that the checkpoint is written to."),
    audio: Path | None = typer.Option(
        None, "--audio", help="The folder that the files of a ratings table (folder:T.csv) are in."
    ),
    upstream: str = typer.Option("bundled", "--upstream", help="The encoder of the clips."),
    config: Path | None = typer.Option(
        None, "--config", help="A TOML file whose table [pretrain] holds training values."
    ),
    name: str = typer.Option("", "--name", help="The checkpoint's name (default: the folder's)."),
    hold_out: list[str] = typer.Option(
        [], "--hold-out", help="A listener whose ratings take no part; may be repeated."
    ),
    folds: int = typer.Option(5, "--folds", help="Speaker folds of the report; 0: no report."),
    seeds: int = typer.Option(1, "--seeds", help="How many seeds the report averages."),
    seed: int | None = typer.Option(None, "--seed", help="The seed of the shipped head."),
    device: str = typer.Option("auto", "--device", help="Where clips are embedded."),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Train everybody's model on the labels of one or more corpora and measure it."""
    from dataclasses import replace

    from perser_gui import paths
    from perser_gui.corpora import read_corpus
    from perser_gui.metatraining.config import read_config
    from perser_gui.metatraining.embedding import embed_tables
    from perser_gui.metatraining.pretrain import PretrainConfig, pretrain
    from perser_gui.metatraining.pretrain_report import as_sentences, report
    from perser_gui.model.checkpoint import save_checkpoint
    from perser_gui.upstream.cache import FeatureCache

    chosen = read_config(config).pretrain if config is not None else PretrainConfig()
    if seed is not None:
        chosen = replace(chosen, seed=seed)
    with terminal.working() as progress:
        tables = [read_corpus(each, audio) for each in corpus]
        embedded = embed_tables(
            tables,
            upstream,
            device=device,
            cache=FeatureCache(paths.cache_dir() / "features"),
            copies=chosen.copies,
            progress=progress.part(0.0, 0.4),
        )
        material = embedded.material(tables).without(hold_out)
        figures = (
            report(material, chosen, folds=folds, seeds=seeds, progress=progress.part(0.4, 0.9))
            if folds
            else None
        )
        checkpoint = pretrain(
            material, chosen, name=name or out.name, progress=progress.part(0.9, 1.0)
        )
    notes = (*embedded.notes, *material.notes())
    card: dict[str, object] = {"encoder": upstream, "notes": list(notes)}
    if figures is not None:
        card["figures"] = figures
        card["sentences"] = as_sentences(figures)
    save_checkpoint(replace(checkpoint, card=card), out)
    document = {
        "out": out,
        "name": checkpoint.name,
        "digest": checkpoint.digest,
        "classes": checkpoint.classes,
        "clips": len(checkpoint.training["contents"]),
        "listeners": checkpoint.training["listeners"],
        "epochs": checkpoint.training["epochs"],
        "figures": figures,
        "notes": notes,
    }
    if json:
        terminal.emit_json(document)
        return
    for note in notes:
        terminal.note(note)
    for key, title in (
        ("speaker_independent", "New speakers"),
        ("leave_one_corpus_out", "New corpus"),
    ):
        rows = [
            [corpus_name, each["uar"], each["macro_f1"], each["accuracy"], each["count"]]
            for corpus_name, each in ((figures or {}).get(key) or {}).items()
        ]
        if rows:
            terminal.say(title)
            terminal.say(terminal.table(["corpus", "UAR", "macro-F1", "accuracy", "clips"], rows))
    terminal.say(f"{checkpoint.name} was written to {out}.")
