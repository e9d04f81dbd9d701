"""Asking PulseAudio, or PipeWire in its place, which devices there are and when one goes.

PortAudio sees the whole of PulseAudio as a single device; the names that people know,
the choice among them and the news of an unplugged microphone (whose recordings
PulseAudio silently moves to another source) come from its `pactl` program.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal

from perser_gui.audio import portaudio

Kind = Literal["input", "output"]

_WORDS = {"input": "source", "output": "sink"}
_VARIABLES = {"input": "PULSE_SOURCE", "output": "PULSE_SINK"}


@dataclass(frozen=True)
class PulseDevice:
    """A source or sink: its `name` for programs, its `description` for people."""

    name: str
    description: str
    is_default: bool


def pulse_devices(kind: Kind) -> list[PulseDevice]:
    """Return the microphones, or the loudspeakers; nothing without PulseAudio."""
    word = _WORDS[kind]
    default = _field(_told("info"), f"Default {word.capitalize()}")
    listing = _told("list", f"{word}s")
    found = []
    for part in re.split(rf"^{word.capitalize()} #", listing, flags=re.MULTILINE)[1:]:
        name = _field(part, "Name")
        if not name or _field(part, "Monitor of Sink") not in ("", "n/a"):
            continue
        found.append(PulseDevice(name, _field(part, "Description") or name, name == default))
    return found


@contextmanager
def meant_for(kind: Kind, name: str) -> Iterator[None]:
    """While a stream is being opened, tell PulseAudio which device it is for."""
    variable = _VARIABLES[kind]
    with portaudio.lock:
        before = os.environ.get(variable)
        os.environ[variable] = name
        try:
            yield
        finally:
            if before is None:
                del os.environ[variable]
            else:
                os.environ[variable] = before


class Watch:
    """Calls `on_gone`, once and from its own thread, when a source is removed."""

    def __init__(self, name: str, on_gone: Callable[[], None]) -> None:
        self._on_gone = on_gone
        self._closed = False
        self._process: subprocess.Popen[str] | None = None
        program = shutil.which("pactl")
        if program is None:
            return
        try:
            self._process = subprocess.Popen(
                [program, "subscribe"],
                env={**os.environ, "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
                errors="replace",
            )
        except OSError:
            return
        number = _number("source", name)
        self._thread = threading.Thread(
            target=self._follow, args=(number,), name="microphone watch", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """End the watch without a call."""
        self._closed = True
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        if threading.current_thread() is not self._thread:
            self._thread.join()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def _follow(self, number: str) -> None:
        process = self._process
        if process is None or process.stdout is None:
            return
        for line in process.stdout:
            if re.search(rf"'remove' on source #{number}\b", line):
                break
        # The news also end when the sound system itself has ended.
        if not self._closed:
            self._on_gone()


def _number(word: str, name: str) -> str:
    for line in _told("list", "short", f"{word}s").splitlines():
        fields = line.split("\t")
        if len(fields) > 1 and fields[1] == name:
            return fields[0]
    return "none"


def _field(text: str, label: str) -> str:
    found = re.search(rf"^\s*{label}: (.*)$", text, re.MULTILINE)
    return found[1].strip() if found is not None else ""


def _told(*words: str) -> str:
    """Return what pactl prints, or nothing when it is missing or fails."""
    program = shutil.which("pactl")
    if program is None:
        return ""
    try:
        done = subprocess.run(
            [program, *words],
            env={**os.environ, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return done.stdout if done.returncode == 0 else ""
