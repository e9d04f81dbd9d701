"""`perser doctor`: is everything there, and does it work."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import typer

from perser_gui import paths
from perser_gui.cli import terminal
from perser_gui.cli.at_desk import CHECKPOINT
from perser_gui.errors import PerserError
from perser_gui.files import why_not_written
from perser_gui.version import __version__

if TYPE_CHECKING:
    from perser_gui.store.rescue import Rescued

State = Literal["ok", "missing", "broken"]


@dataclass(frozen=True)
class Finding:
    """One thing looked at: "missing" hinders a part of the program, "broken" all of it."""

    name: str
    state: State
    detail: str


def command(
    checkpoint: str = typer.Option(CHECKPOINT, help="Name or folder of everyone's model."),
    check: bool = typer.Option(
        False, "--check", help="Look at every row, profile and backup of the store instead."
    ),
    repair: bool = typer.Option(
        False,
        "--repair",
        help="Rescue what can be read into a new database; the damaged one stays beside it.",
    ),
    json: bool = typer.Option(False, "--json", help="Print one JSON document."),
) -> None:
    """Look at torch, the model, the encoder, the store, sound, ffmpeg and the window.

    The exit status is 2 if something is broken that labelling or adapting needs.
    """
    if check or repair:
        _whole_store(repair=repair, json=json)
        return
    findings = [
        _looked("program", _program),
        _looked("torch", _torch),
        _looked("model", lambda: _model(checkpoint)),
        _looked("encoder", lambda: _encoder(checkpoint)),
        _looked("store", _store),
        _looked("cache", _cache),
        _looked("sound", _sound, hinders="missing"),
        _looked("ffmpeg", _ffmpeg, hinders="missing"),
        _looked("window", _window, hinders="missing"),
    ]
    if json:
        terminal.emit_json(
            {
                "ok": not any(finding.state == "broken" for finding in findings),
                "checks": findings,
            }
        )
    else:
        rows = [[finding.name, finding.state, finding.detail] for finding in findings]
        terminal.say(terminal.table(["part", "state", ""], rows))
    broken = [finding.name for finding in findings if finding.state == "broken"]
    if broken:
        raise PerserError(f"Not in order: {', '.join(broken)}; see the lines above.")


def _looked(name: str, look: Callable[[], str], hinders: State = "broken") -> Finding:
    try:
        return Finding(name, "ok", look())
    except PerserError as error:
        return Finding(name, hinders, str(error))
    except ImportError as error:
        return Finding(name, hinders, f"{error}; please install the program again.")


def _program() -> str:
    return f"perser-gui {__version__}, Python {platform.python_version()}, {platform.platform()}"


def _torch() -> str:
    import torch

    from perser_gui.adaptation.placing import choose_device

    device = choose_device("auto")
    return f"torch {torch.__version__}, device {device}, {torch.get_num_threads()} threads"


def _model(checkpoint: str) -> str:
    from perser_gui.model.checkpoint import load_checkpoint

    loaded = load_checkpoint(checkpoint)
    trained = "meta-trained" if loaded.rates is not None else "not meta-trained"
    return f"{loaded.name} {loaded.digest[:16]}, {len(loaded.classes)} classes, {trained}"


def _encoder(checkpoint: str) -> str:
    """Embed two seconds of noise with the checkpoint's encoder."""
    import numpy as np

    from perser_gui.model.checkpoint import load_checkpoint
    from perser_gui.records import Waveform
    from perser_gui.upstream.encoders import encoder_name, load_encoder

    loaded = load_checkpoint(checkpoint)
    encoder = load_encoder(encoder_name(loaded.encoder, loaded.training))
    noise = np.random.default_rng(0).normal(0, 0.1, 32000).astype(np.float32)
    encoder.embed(Waveform(noise, 16000))
    start = time.perf_counter()
    features = encoder.embed(Waveform(noise, 16000))
    factor = (time.perf_counter() - start) / 2
    if not np.isfinite(features).all():
        raise PerserError(f"{encoder.id} gives values that are no numbers on {encoder.device}.")
    return f"{encoder.id} on {encoder.device}, {factor:.3f} s per second of audio"


def _store() -> str:
    from perser_gui.store import Store

    store = Store(paths.data_dir())
    try:
        listeners = store.listeners()
        ratings = sum(len(store.ratings(listener.id)) for listener in listeners)
        _write_test(store.path.parent)
        return f"{store.path}: {len(listeners)} listeners, {ratings} ratings"
    finally:
        store.close()


def _whole_store(*, repair: bool, json: bool) -> None:
    from perser_gui.store import check_store, repair_store

    folder = paths.data_dir()
    found = check_store(folder)
    rescued = repair_store(folder) if repair else None
    if json:
        terminal.emit_json({"check": found, "repair": rescued})
    else:
        for problem in found.problems:
            terminal.say(problem)
        if found.orphans and not repair:
            terminal.say(f"{len(found.orphans)} weight files belong to no profile (--repair).")
        if rescued is not None:
            _say_rescued(rescued)
        elif not found.problems:
            terminal.say(f"The store is whole: {found.ratings:,} rows of ratings.")
    if found.problems and not repair:
        raise PerserError("The store is not whole; see the lines above (--repair rescues).")


def _say_rescued(rescued: Rescued) -> None:
    if rescued.swept:
        terminal.say(f"{rescued.swept} weight files that belonged to no profile were removed.")
    if rescued.damaged is not None:
        kept = ", ".join(f"{count:,} {name}" for name, count in rescued.kept.items())
        lost = ", ".join(f"{count:,} {name}" for name, count in rescued.lost.items())
        terminal.say(f"Rescued: {kept}. Lost: {lost or 'nothing that could be seen'}.")
        terminal.say(f"The damaged database is kept at {rescued.damaged}.")
    for label in rescued.unsure:
        said = f" ({' + '.join(label.said)})" if label.said else ""
        terminal.say(f"{label.fate}: the label of {label.file} by {label.listener}{said}")
    if rescued.unsure:
        terminal.say(
            "Please label these again. What is in doubt was taken off, because it may have been "
            "replaced or taken back; undoing (Ctrl+Z) at the desk brings it back."
        )


def _cache() -> str:
    folder = paths.cache_dir()
    _write_test(folder)
    return str(folder)


def _write_test(folder: Path) -> None:
    try:
        with tempfile.TemporaryFile(dir=folder) as stream:
            stream.write(b"perser")
    except OSError as error:
        raise PerserError(
            f"{folder} cannot be written: {why_not_written(error)} "
            "PERSER_HOME names another folder."
        ) from error


def _sound() -> str:
    from perser_gui.audio.playback import audio_available

    problem = audio_available()
    if problem is not None:
        raise PerserError(problem)
    return "PortAudio with a device"


def _ffmpeg() -> str:
    """Look for the program that decodes video, m4a and other kinds of sound."""
    from perser_gui.audio import ffmpeg

    version = ffmpeg.version() if ffmpeg.available() else ""
    if not version:
        raise PerserError(
            "Video, m4a, aac, wma and telephone codecs need the programs ffmpeg and ffprobe, "
            f"which were not found; to get them: {ffmpeg.how_to_get_it()}."
        )
    return f"ffmpeg {version}: video, m4a, aac, wma and telephone codecs can be opened"


def _window() -> str:
    """Try the window system in a process of its own, which may fail hard without a display."""
    try:
        version = importlib.metadata.version("PySide6-Essentials")
    except importlib.metadata.PackageNotFoundError as error:
        raise PerserError("PySide6-Essentials is not installed; please install it.") from error
    done = subprocess.run(_loads_qt(), capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
        raise PerserError(f"Qt {version} does not load: {reason}")
    display = sys.platform != "linux" or any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    )
    return f"Qt {version}" + ("" if display else ", but there is no display here")


def _loads_qt() -> list[str]:
    """Return a command that ends well if Qt loads; in a bundle there is no Python to be asked."""
    if getattr(sys, "frozen", False):
        program = Path(sys.executable)
        return [str(program.with_name(f"perser-gui{program.suffix}")), "--version"]
    return [sys.executable, "-c", "import PySide6.QtWidgets"]
