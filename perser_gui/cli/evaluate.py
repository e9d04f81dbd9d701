"""`perser evaluate`: how much do adapters gain from a few ratings, and whom do they harm."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from perser_gui import paths
from perser_gui.cli import terminal
from perser_gui.cli.option_groups import grouped
from perser_gui.errors import PerserError

if TYPE_CHECKING:
    from perser_gui.evaluation.evaluate import Request


@dataclass(frozen=True)
class EvaluateOptions:
    """What is evaluated, and how."""

    ratings: Path = typer.Option(
        ...,
        help="Table of ratings: file,listener,emotion[,speaker][,split] and more; `perser export "
        "TABLE.csv --listener NAME` writes one.",
    )
    audio: Path | None = typer.Option(
        None, help="Folder that the files of the table are in (default: the table's folder)."
    )
    out: Path = typer.Option(..., help="Folder for results.json, results.csv, figure and report.")
    shots: str = typer.Option("5,10,20", help="How many ratings to learn from, joined by commas.")
    repeats: int = typer.Option(20, help="How often support is drawn anew for each listener.")
    order: str = typer.Option(
        "random",
        help="Which ratings: random draws, suggested (as the desk would ask), or random,suggested.",
    )
    adapters: str = typer.Option(
        "generic,fine-tune,meta-perser", help="Adapters joined by commas, or “all”."
    )
    seed: int = typer.Option(0, help="Equal seeds give equal draws and equal results.")
    checkpoint: str = typer.Option("perser-base", help="Name or folder of the checkpoint.")
    device: str = typer.Option("auto", help="auto, cpu or cuda.")
    disjoint: str = typer.Option(
        "dialogue",
        help="What support and test must not share: dialogue, speaker, session, corpus, sentence.",
    )
    episodes: Path | None = typer.Option(None, help="Use this saved episodes.json.")
    listeners: int = typer.Option(0, help="Evaluate at most so many listeners (0: all).")
    shared_words: bool = typer.Option(
        False, help="Give every listener all emotion words of the table, not only their own."
    )
    library: bool = typer.Option(
        True, help="Show adapters the listener's other clips, without ratings."
    )
    unseen: str = typer.Option(
        "", help="Refuse a checkpoint that was trained on these: listeners, clips, or both."
    )
    ratings_made: str = typer.Option(
        "any",
        help="Which ratings: any, those made blind, or those made with a prediction in sight "
        "(seen), as the column blind says.",
    )
    timings: bool = typer.Option(
        True, help="Write seconds into results.json; without, equal runs give equal bytes."
    )
    report: bool = typer.Option(False, help="Write report.html, one self-contained page.")

    def request(self) -> Request:
        """Return it as the evaluation takes it.

        Raises:
            PerserError: if the shots are no numbers.
        """
        from perser_gui.evaluation.evaluate import Request

        return Request(
            ratings=self.ratings,
            audio=self.audio or self.ratings.absolute().parent,
            out=self.out,
            shots=_numbers(self.shots),
            repeats=self.repeats,
            orders=_words(self.order),
            adapters=_words(self.adapters),
            seed=self.seed,
            checkpoint=self.checkpoint,
            device=self.device,
            disjoint=self.disjoint,
            episodes=self.episodes,
            most_listeners=self.listeners,
            shared_words=self.shared_words,
            use_library=self.library,
            unseen=_words(self.unseen),
            made=self.ratings_made,
            timings=self.timings,
            report=self.report,
            cache=paths.cache_dir() / "features",
        )


@grouped
def command(
    asked: EvaluateOptions,
    json: bool = typer.Option(False, "--json", help="Print results.json to stdout."),
) -> None:
    """Adapt to every listener of a table from a few of their ratings and test on others.

    For each listener a test set is laid aside that never serves as support. Every adapter
    sees the same draws. Scores are means over listeners with 95 % intervals.
    """
    with terminal.working() as progress:
        from perser_gui.desk.named_clips import refuse_parts
        from perser_gui.evaluation.evaluate import evaluate

        request = asked.request()
        refuse_parts(asked.ratings)
        found = evaluate(request, progress)
    for sentence in found["notes"]:
        terminal.note(sentence)
    if json:
        terminal.emit_json(found)
        return
    terminal.say(summary_table(found))
    terminal.say("")
    terminal.say(f"Intervals are 95 % over {_over(found)}. Everything is in {asked.out}.")


def summary_table(found: Mapping[str, Any]) -> str:
    """Return the summary of `results.json` as a plain table, one line an adapter and shots."""
    header = ["adapter", "shots", "macro-F1", "95 %", "gain", "95 %", "UAR", "accuracy"]
    header += ["NLL", "ECE", "helped", "harmed", "listeners"]
    several = any(item["order"] != "random" for item in found["summary"])
    if several:
        header = ["order", *header, "over random", "95 %"]
    rows = []
    for item in found["summary"]:
        score, gain = item["macro_f1"], item["gain_over_generic"]
        rows.append(
            [
                *([item["order"]] if several else []),
                item["adapter"],
                item["shots"],
                score["mean"],
                f"{score['low']:.3f}..{score['high']:.3f}",
                f"{gain['mean']:+.3f}",
                f"{gain['low']:+.3f}..{gain['high']:+.3f}",
                *(item[name]["mean"] for name in ("uar", "accuracy", "nll", "ece")),
                f"{item['share_helped']:.0%}",
                f"{item['share_harmed']:.0%}",
                item["listeners"],
                *(_over_random(item) if several else []),
            ]
        )
    return terminal.table(header, rows)


def _over_random(item: Mapping[str, Any]) -> list[str]:
    found = item["gain_over_random"]
    if found is None:
        return ["", ""]
    return [f"{found['mean']:+.3f}", f"{found['low']:+.3f}..{found['high']:+.3f}"]


def _over(found: Mapping[str, Any]) -> str:
    single = found["summary"][0]["interval_over"] == "repeats"
    if single:
        return "repeats, there being one listener"
    from perser_gui.evaluation.results import people_of

    return people_of({row["listener"] for row in found["rows"]})


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _numbers(text: str) -> list[int]:
    try:
        numbers = [int(part) for part in text.split(",") if part.strip()]
    except ValueError:
        numbers = []
    if not numbers or min(numbers) < 1 or max(numbers) > 100_000:
        raise PerserError(f"“{text}” are no numbers of shots; please write for example 5,10,20.")
    return numbers
