"""`perser corpora`: what can be read, what is in a copy, and downloads on request."""

from __future__ import annotations

import sys
from pathlib import Path

import typer

from perser_gui.cli import terminal
from perser_gui.errors import PerserError

group = typer.Typer(help="Read, check and download speech corpora.", no_args_is_help=True)


@group.command("list")
def list_kinds(json: bool = typer.Option(False, "--json", help="Print one JSON document.")) -> None:
    """List the kinds of corpora that KIND:PATH may name, and which can be downloaded."""
    from perser_gui.corpora import READERS
    from perser_gui.corpora.download import CORPORA

    rows = [
        {
            "kind": kind,
            "download": kind in CORPORA,
            "licence": CORPORA[kind].licence if kind in CORPORA else "",
        }
        for kind in READERS
    ]
    if json:
        terminal.emit_json(rows)
        return
    cells = [[r["kind"], "yes" if r["download"] else "", r["licence"]] for r in rows]
    terminal.say(terminal.table(["kind", "download", "licence"], cells))


@group.command("check")
def check(
    corpus: str = typer.Argument(help="KIND:PATH, for example ravdess:~/RAVDESS."),
    fewest: int | None = typer.Option(
        None, min=1, help="Leave out listeners with fewer ratings (K to learn from and Q to test)."
    ),
    quick: bool = typer.Option(
        False, "--quick", help="Do not listen: only see which recordings are there."
    ),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Read a corpus and say what is in it, what is missing, and which recordings are no good.

    Every recording is decoded, which takes about a minute for an hour of sound.
    """
    from perser_gui.corpora import read_corpus
    from perser_gui.corpora.checking import check_audio

    table = read_corpus(corpus, fewest=fewest)
    with terminal.working() as progress:
        audio = None if quick else check_audio(table, progress)
    found = {
        "corpus": corpus,
        "ratings": len(table),
        "files": len(table.files),
        "listeners": len(table.listeners),
        "speakers": len(table.speakers),
        "emotions": table.counts(),
        "notes": list(table.notes),
        "audio": audio,
    }
    if json:
        terminal.emit_json(found)
        return
    for name in ("ratings", "files", "listeners", "speakers"):
        terminal.say(f"{name:10} {found[name]:>9,}")
    terminal.say("")
    counts = list(table.counts().items())
    terminal.say(terminal.table(["emotion", "ratings"], counts))
    if audio is not None:
        terminal.say("")
        terminal.say(
            f"{audio.heard:,} recordings were listened to, {audio.seconds / 60:.1f} minutes."
        )
    for sentence in (*table.notes, *(audio.sentences() if audio else ())):
        terminal.note(sentence)


@group.command("table")
def table(
    corpus: str = typer.Argument(help="KIND:PATH, for example ravdess:~/RAVDESS."),
    out: Path = typer.Option(..., help="The CSV file to write."),
    fewest: int | None = typer.Option(
        None, min=1, help="Leave out listeners with fewer ratings (K to learn from and Q to test)."
    ),
) -> None:
    """Write a corpus as a ratings table, which perser evaluate and adapt read."""
    from perser_gui.corpora import read_corpus, write_ratings

    found = read_corpus(corpus, fewest=fewest)
    write_ratings(found, out)
    for sentence in found.notes:
        terminal.note(sentence)
    terminal.say(f"{len(found):,} ratings of {len(found.files):,} files are in {out}.")


@group.command("simulate")
def simulate(
    corpus: list[str] = typer.Option(..., help="Acted corpus KIND:PATH; may be repeated."),
    out: Path = typer.Option(..., help="The CSV file to write."),
    listeners: int = typer.Option(20, help="How many simulated listeners."),
    ratings: int = typer.Option(60, help="How many ratings each of them gives."),
    severity: float = typer.Option(1.0, help="How far apart they hear: 0 alike, 1 as people."),
    population: str = typer.Option("acted", help="acted, crema-d or natural."),
    seed: int = typer.Option(0, help="Equal seeds give equal ratings."),
) -> None:
    """Let simulated listeners rate acted corpora and write a ratings table.

    Nobody heard anything: simulated listeners stand in for people where none are at hand.
    """
    from perser_gui.corpora import read_corpus, write_ratings
    from perser_gui.corpora.ratings import joined
    from perser_gui.corpora.simulated import simulate_listeners

    if listeners < 1 or ratings < 1 or seed < 0:
        raise PerserError("Listeners and ratings must be at least 1, the seed at least 0.")
    simulated = simulate_listeners(
        [read_corpus(one) for one in corpus],
        listeners=listeners,
        ratings=ratings,
        severity=severity,
        seed=seed,
        population=population,
    )
    found = joined(simulated)
    write_ratings(found, out)
    terminal.say(
        f"{len(found):,} simulated ratings of {len(found.listeners)} listeners are in {out}; "
        f"their files are relative to {found.root}."
    )


@group.command("split")
def split(
    ratings: Path = typer.Option(..., help="A ratings table."),
    out: Path = typer.Option(..., help="The folder for train.csv and test.csv."),
    listeners: int = typer.Option(5, help="How many listeners to test on, drawn by the seed."),
    annotator: str = typer.Option("held-out", help="Tested listeners in training: seen, held-out."),
    utterance: str = typer.Option("unseen", help="Tested clips in training: seen, unseen."),
    shots: int = typer.Option(20, help="How many ratings have to be left to adapt from."),
    disjoint: str = typer.Option("dialogue", help="What support and test must not share."),
    most: int = typer.Option(
        0, help="Train on so many ratings, drawn by the seed, to compare scenarios (0: all)."
    ),
    apart: str = typer.Option(
        "",
        help="What training and test must not share: speaker, session, corpus, sentence, dialogue.",
    ),
    share: float = typer.Option(0.25, help="With --apart: the share of them that is tested on."),
    audio: Path | None = typer.Option(
        None, help="Folder of the files, to find the same clip under two names."
    ),
    seed: int = typer.Option(0, help="Equal seeds give equal parts."),
) -> None:
    """Divide a ratings table into what training may see and what is tested.

    test.csv keeps the mark of every rating, and perser evaluate tests on those marked test.
    Which listeners and clips are tested hangs on the seed, not on the scenario, so that the
    scenarios of one seed can be compared.
    """
    from perser_gui.corpora import read_ratings, write_ratings
    from perser_gui.evaluation.prepare import hashed
    from perser_gui.evaluation.scenarios import Scenario, divide

    if most < 0 or seed < 0:
        raise PerserError("The ratings to train on and the seed must be at least 0.")
    table = read_ratings(ratings)
    with terminal.working() as progress:
        contents = hashed(table.files, audio, progress) if audio is not None else None
    parts = divide(
        table,
        listeners=listeners,
        scenario=Scenario(annotator, utterance),
        shots=shots,
        seed=seed,
        disjoint=disjoint,
        contents=contents,
        most=most,
        apart=apart,
        share=share,
    )
    write_ratings(parts.train, out / "train.csv")
    write_ratings(parts.test, out / "test.csv")
    terminal.say(
        f"{len(parts.train):,} ratings to train on and {len(parts.test):,} of "
        f"{len(parts.test.listeners)} tested listeners are in {out}."
    )
    people, of_people, clips, of_clips = parts.met(contents)
    terminal.say(
        f"Training sees {people} of {of_people} tested listeners and {clips:,} of {of_clips:,} "
        "tested clips."
    )


@group.command("get")
def get(
    name: str = typer.Argument(help="crema-d, ravdess or emodb."),
    to: Path = typer.Option(..., help="The folder to put it into."),
    accept_licence: bool = typer.Option(
        False, "--accept-licence", help="Accept the licence that is shown, without being asked."
    ),
) -> None:
    """Download a corpus from where its authors offer it, after showing its licence."""
    from perser_gui.corpora import read_corpus
    from perser_gui.corpora.download import corpus_named, download

    corpus = corpus_named(name)
    if to.exists() and not to.is_dir():
        raise PerserError(f"{to} is a file; please give a folder.")
    terminal.note(corpus.title)
    terminal.note(f"Licence: {corpus.licence} ({corpus.licence_url})")
    terminal.note(corpus.terms)
    terminal.note(f"Please cite: {corpus.citation}")
    terminal.note(f"From: {corpus.archive.url}")
    if not corpus.archive.digest:
        terminal.note(
            "Its authors publish no checksum of the archive; the checksums inside it are verified."
        )
    if not accept_licence and not (sys.stdin.isatty() and typer.confirm("Accept?", err=True)):
        raise PerserError(
            "Nothing was downloaded, because the licence was not accepted; "
            "add --accept-licence to accept it."
        )
    with terminal.working() as progress:
        download(corpus, to, progress)
    found = read_corpus(f"{corpus.kind}:{to}")
    for sentence in found.notes:
        terminal.note(sentence)
    terminal.say(f"{len(found):,} ratings of {len(found.files):,} files are in {to}.")
