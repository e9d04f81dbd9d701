"""`perser embed`: compute features of clips ahead of time, and save them if asked."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING

import typer

from perser_gui.cli import bulk, terminal
from perser_gui.cli.at_desk import CHANNEL, CUT_ABOVE
from perser_gui.cli.option_groups import grouped
from perser_gui.errors import PerserError
from perser_gui.records import Clip, FloatArray

if TYPE_CHECKING:
    from perser_gui.upstream import Encoder


@grouped
def command(
    files: list[Path] = typer.Argument(
        None, metavar="PATH...", help="Audio files and folders.", show_default=False
    ),
    *,
    encoder: str = typer.Option(
        "bundled", help="bundled, bundled-light or huggingface:FOLDER-OR-ID."
    ),
    out: Path | None = typer.Option(
        None, help="Write all features to one safetensors file, keyed by content hash."
    ),
    cut_above: float = CUT_ABOVE,
    channel: str = CHANNEL,
    device: str = typer.Option("auto", help="auto, cpu or cuda."),
    shards: bulk.Shards,
    half: bool = typer.Option(
        False, "--half", help="Store the features of many files in half precision: half the room."
    ),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Compute the per-layer statistics of clips once; later commands find them in the cache."""
    if shards.wanted(channel=channel):
        bulk.embed(
            files or [],
            shards,
            out,
            encoder=encoder,
            device=device,
            cut_above=cut_above,
            half=half,
            as_json=json,
        )
        return
    if half:
        raise PerserError("--half goes with --manifest or --engine only; please leave it away.")
    if not files:
        raise PerserError("Please name audio files or folders, or a --manifest of them.")
    from perser_gui import paths
    from perser_gui.desk.cutting import FOLDER, Cutting
    from perser_gui.desk.opening import Intake, Walk
    from perser_gui.upstream.cache import FeatureCache
    from perser_gui.upstream.embed import embed_arriving
    from perser_gui.upstream.encoders import load_encoder

    with terminal.working() as progress:
        intake = Intake(Cutting(cut_above, paths.cache_dir() / FOLDER), channels=channel)
        walk = Walk(files, {}, intake=intake)
        loaded = load_encoder(encoder, device=device, progress=progress.part(0.0, 0.1))
        cache = FeatureCache(paths.cache_dir() / "features")
        start = perf_counter()
        arriving = walk.arriving(progress.part(0.1, 1.0))
        result = embed_arriving(arriving, loaded, cache, progress)
        seconds = perf_counter() - start
        read = walk.read()
    problems = [*read.problems, *result.problems]
    for sentence in dict.fromkeys((*problems, *read.warnings, *read.notes, *result.notes)):
        terminal.note(sentence)
    if not result.features:
        raise PerserError("No clip could be embedded.")
    if out is not None:
        _write(out, {one.content: one.layers for one in result.features.values()}, loaded.id)
    clips = [clip for clip in read.clips if clip.content in result.features]
    _tell(clips, problems, loaded, seconds, as_json=json)


def _tell(
    clips: Sequence[Clip], problems: list[str], encoder: Encoder, seconds: float, *, as_json: bool
) -> None:
    """Say which clips were embedded, in how many seconds."""
    from perser_gui import paths

    rows = [
        {
            "file": paths.shown(clip.path),
            "content": clip.heard,
            "start": clip.span.start if clip.span else 0.0,
            "end": clip.span.end if clip.span else round(clip.seconds, 3),
            "seconds": round(clip.seconds, 3),
            "layers": encoder.layers,
            "width": encoder.width,
        }
        for clip in clips
    ]
    if as_json:
        terminal.emit_json(
            {
                "encoder": encoder.id,
                "device": str(encoder.device),
                "seconds": round(seconds, 3),
                "clips": rows,
                "problems": problems,
            }
        )
        return
    terminal.say(
        terminal.table(
            ["file", "content", "start", "seconds", "shape"],
            [
                [row["file"], str(row["content"])[:12], row["start"], row["seconds"],
                 f"{row['layers']}x{row['width']}"]
                for row in rows
            ],
        )
    )  # fmt: skip
    terminal.say(f"\n{len(rows)} clips by {encoder.id} on {encoder.device} in {seconds:.1f} s.")


def _write(path: Path, features: dict[str, FloatArray], encoder: str) -> None:
    from safetensors.numpy import save

    from perser_gui.files import write_whole

    write_whole(path, save(features, metadata={"encoder": encoder}))
