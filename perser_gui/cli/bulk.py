"""`--manifest` and `--engine` of `perser predict` and `perser embed`: many files, many workers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from perser_gui.cli import terminal
from perser_gui.cli.at_desk import at_desk, known_listener
from perser_gui.errors import Cancelled, PerserError
from perser_gui.progress import Progress

if TYPE_CHECKING:
    from perser_gui.bulk import BulkTask, Manifest


@dataclass(frozen=True)
class Shards:
    """Options of work that is done in shards."""

    manifest: str | None = typer.Option(
        None,
        metavar="TABLE",
        help="Do the files that this table names instead: CSV or Parquet, here or at any address "
        "of fsspec (s3://, gs://, https://), with a column file and, if you like, speaker, start, "
        "end.",
    )
    engine: str | None = typer.Option(
        None,
        metavar="local|ray",
        help="Do it in shards that a killed run takes up again: by processes of this machine, or "
        "actors of a Ray cluster (the one at RAY_ADDRESS). --out is then a folder of Parquet "
        "files.",
    )
    workers: int | None = typer.Option(None, min=1, help="How many workers (default: one a core).")
    shard_rows: int = typer.Option(
        256, min=1, help="Rows that a worker does before it writes them."
    )

    def wanted(self, *, channel: str, voices: str = "folder") -> bool:
        """Whether the work is to be done in shards.

        Raises:
            PerserError: if it is, and something is asked for that shards cannot do.
        """
        asked = self.manifest is not None or self.engine is not None
        if asked and (channel != "mix" or voices != "folder"):
            raise PerserError(
                "--channel and --voices do not go with --manifest or --engine; please name the "
                "speakers in the column “speaker” of a manifest."
            )
        return asked


def predict(
    files: Sequence[Path],
    shards: Shards,
    out: Path | None,
    *,
    listener: str | None,
    checkpoint: str,
    device: str,
    cut_above: float,
    as_json: bool,
) -> None:
    """Predict the rows through a listener's eyes, or everyone's."""
    from perser_gui.bulk import BulkTask

    address = _address(out)
    with terminal.working() as progress:
        rows = _rows(files, shards)
        with at_desk(checkpoint, device) as desk:
            owner = known_listener(desk, listener) if listener is not None else None
            number = owner.id if owner else None
            view = desk.view(number)
            provenance = desk.provenance(number, progress)
        about = {name: json.dumps(value, sort_keys=True) for name, value in provenance.items()}
        task = BulkTask("predict", checkpoint, address, about, view, device, cut_above)
        _run(rows, task, shards, progress, as_json=as_json)


def embed(
    files: Sequence[Path],
    shards: Shards,
    out: Path | None,
    *,
    encoder: str,
    device: str,
    cut_above: float,
    half: bool,
    as_json: bool,
) -> None:
    """Embed the rows."""
    from perser_gui.bulk import BulkTask
    from perser_gui.upstream.encoders import load_encoder

    address = _address(out)
    with terminal.working() as progress:
        rows = _rows(files, shards)
        loaded = load_encoder(encoder, device=device)
        shape = {"layers": str(loaded.layers), "width": str(loaded.width)}
        about = {"encoder": loaded.id, **shape, **({"numbers": "float16"} if half else {})}
        task = BulkTask("embed", encoder, address, about, None, device, cut_above, half)
        _run(rows, task, shards, progress, as_json=as_json)


def _address(out: Path | None) -> str:
    if out is None:
        raise PerserError("Many results need a folder; please say which with --out DIR.")
    text = str(out)
    # A Path makes one slash of the two in s3://bucket.
    scheme, mark, rest = text.partition(":/")
    if not mark or len(scheme) < 2:
        return text
    return f"{scheme}:///{rest}" if scheme == "file" else f"{scheme}://{rest}"


def _rows(files: Sequence[Path], shards: Shards) -> Manifest:
    from perser_gui.audio import find_audio
    from perser_gui.bulk.manifest import from_files, read_manifest

    if shards.manifest is not None:
        if files:
            raise PerserError("Please name either files or a manifest, not both.")
        return read_manifest(shards.manifest, shards.shard_rows)
    found = [str(path) for path in find_audio([Path(file).absolute() for file in files])]
    if not found:
        raise PerserError("There are no files here to be heard; please name others.")
    return from_files(found, shards.shard_rows)


def _run(
    rows: Manifest,
    task: BulkTask,
    shards: Shards,
    progress: Progress,
    *,
    as_json: bool,
) -> None:
    from perser_gui.bulk import run_bulk

    engine, workers = shards.engine or "local", shards.workers
    try:
        finished = run_bulk(rows, task, engine=engine, workers=workers, progress=progress)
    except Cancelled:
        terminal.note(f"What was done is in {task.out}; the same command goes on from there.")
        raise
    if finished.failed and not finished.done + finished.before:
        raise PerserError(f"No row could be done; {task.out}/failed says of each one why.")
    if as_json:
        terminal.emit_json({"out": task.out, **task.about, **asdict(finished)})
        return
    rows_were = "row was" if finished.done == 1 else "rows were"
    terminal.say(
        f"{finished.done} {rows_were} done and {finished.failed} failed in {finished.seconds:.1f} s"
        + (f"; {finished.before} were done before" if finished.before else "")
        + f". The results are in {task.out}."
    )
    if finished.failed:
        terminal.note(f"What failed, and why, is in {task.out}/failed.")
