"""What the user chose, remembered between starts in one small JSON file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from perser_gui import paths
from perser_gui.files import write_whole


@dataclass(frozen=True)
class Settings:
    """Remembered choices; every field has a default, and unknown keys are ignored."""

    listener: int | None = None
    theme: str = "system"
    auto_play_next: bool = True
    adapt_as_i_go: bool = False
    loop: bool = False
    speed: float = 1.0
    volume: float = 1.0
    show_spectrogram: bool = False
    spectrogram_scale: str = "mel"
    """How frequencies lie in it: "mel", as they are heard, or "linear"."""
    show_pitch: bool = False
    """Whether the pitch is drawn into the spectrogram."""
    adapter: str = "meta-perser"
    device: str = "auto"
    checkpoint: str = "perser-base"
    playback_device: str = ""
    level_match: bool = False
    """Whether clips are played as loud as each other; what is heard by the model stays."""
    microphone: str = ""
    live_window: float = 2.0
    live_hop: float = 0.25
    live_smoothing: float = 1.0
    keys: tuple[tuple[str, str], ...] = ()
    window: str = ""
    first_start: bool = True
    cut_above: float = 20.0
    """Recordings longer than this (s) are cut into utterances when added; 0: never."""
    voices: str = "folder"
    """Which unlabelled clips count as one voice when added: of a "folder", a "file", or "all"."""
    channels: str = "mix"
    """What is heard of several channels when added: the "mix", "each" by itself, or a number."""
    text_size: float = 1.0
    """How large text is, as a multiple of the size that the system asks for."""
    direction: str = "system"
    """Where lines and rows begin: as the "system" has it, "ltr" or "rtl"."""
    contrast: str = "system"
    """As the "system" asks for, always "more", or always the "usual"."""
    animate: bool = True
    """Whether menus, lists and the text cursor may move by themselves."""
    blind_first: bool = True
    """Whether a new listener labels without seeing predictions until the first adaptation."""
    threads: int = 0
    """Processor threads of the model; 0: as many as torch thinks right."""
    backups_kept: int = 20
    """Automatic backups that are kept at most."""
    speech: str = "usual"
    """How easily speech is found, a name in `perser_gui.audio.speech.SENSITIVITIES`."""
    clip_order: str = "added"
    """In which order the list shows clips, a name in `perser_gui.ui.acts.clip_order.ORDERS`."""
    clip_order_backwards: bool = False
    recent: tuple[tuple[str, str], ...] = ()
    """What was added last, latest first: "file" or "folder", and the path."""
    folders: tuple[tuple[str, str], ...] = ()
    """Where files of a kind were asked for last: the kind, and the folder."""
    clip: str = ""
    """The clip that was at hand last, by its content."""
    toured: bool = False
    """Whether the tour was shown, to its end or not."""

    def with_(self, **changes: Any) -> Settings:
        """Return a copy with some fields changed."""
        return replace(self, **changes)


LARGEST = 10**9
"""Larger numbers, infinite ones and what is no number are none that was chosen."""


def settings_file() -> Path:
    """Return the path of the settings file."""
    return paths.config_dir() / "settings.json"


def load_settings(path: Path | None = None) -> Settings:
    """Read the settings; what is missing, damaged or of the wrong kind takes its default."""
    try:
        raw = json.loads((path or settings_file()).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return Settings()
    if not isinstance(raw, dict):
        return Settings()
    default = Settings()
    kept: dict[str, Any] = {}
    for item in fields(Settings):
        if item.name in raw:
            value = _fitting(raw[item.name], getattr(default, item.name))
            if value is not None:
                kept[item.name] = value
    return replace(default, **kept)


def save_settings(
    settings: Settings, path: Path | None = None, *, read: Settings | None = None
) -> None:
    """Write the settings so that a crash leaves either the old file or the new one.

    With the settings that were `read` before, only what is another since is written: the rest
    stays as a second window may have written it.

    Raises:
        PerserError: if they cannot be written.
    """
    target = path or settings_file()
    if read is not None:
        names = [item.name for item in fields(Settings)]
        mine = {n: getattr(settings, n) for n in names if getattr(settings, n) != getattr(read, n)}
        settings = load_settings(target).with_(**mine)
    write_whole(target, json.dumps(asdict(settings), indent=1), private=True)


def _fitting(value: Any, default: Any) -> Any:
    """Return `value` in the kind of `default`, or None when it is of another kind."""
    if isinstance(default, bool) or isinstance(value, bool):
        return value if isinstance(value, bool) and isinstance(default, bool) else None
    if default is None:
        return value if isinstance(value, int) and -LARGEST < value < LARGEST else None
    if isinstance(default, float):
        fits = isinstance(value, int | float) and -LARGEST < value < LARGEST
        return float(value) if fits else None
    if isinstance(default, tuple):
        pairs = isinstance(value, list) and all(
            isinstance(p, list) and len(p) == 2 and all(isinstance(s, str) for s in p)
            for p in value
        )
        return tuple((p[0], p[1]) for p in value) if pairs else None
    return value if isinstance(value, type(default)) else None
