"""Microphones and loudspeakers under the names that people know them by."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from perser_gui.audio import portaudio
from perser_gui.audio.pulse import Kind, meant_for, pulse_devices
from perser_gui.errors import PerserError

# The same device is listed once per sound system; the first of these that is there counts.
_SYSTEMS = ("Windows WASAPI", "Core Audio", "ALSA", "JACK Audio Connection Kit", "OSS")
_ALSA_PLUGINS = re.compile(
    "(sysdefault|default|pulse|pipewire|jack|oss|null|spdif|hdmi|iec958|front|rear|center_lfe|side|"
    r"surround\d\d|dmix|dsnoop|lavrate|samplerate|speexrate|upmix|vdownmix|speex|a52|usbstream)(:.*)?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Device:
    """A microphone or loudspeaker.

    `key` is what to remember it by, `name` what to show. `index` is PortAudio's
    number (None: the default), `pulse` PulseAudio's name where the choice is made there.
    """

    key: str
    name: str
    kind: Kind
    is_default: bool = False
    index: int | None = None
    pulse: str = ""


def devices(kind: Kind = "input", *, refresh: bool = False) -> list[Device]:
    """Return the connected microphones (or, with `"output"`, loudspeakers), the default first.

    With `refresh` newly plugged ones are found too, unless a stream is open.

    Raises:
        PerserError: when PortAudio is missing.
    """
    portaudio.library()
    if refresh:
        portaudio.rescan()
    found = _pulse_devices(kind) or _portaudio_devices(kind)
    return sorted(found, key=lambda device: (not device.is_default, device.name.casefold()))


def find_device(choice: Device | str | None, kind: Kind = "input") -> Device:
    """Return the device with this key or name; None or an empty text is the system's default.

    Raises:
        PerserError: when it is not connected, or there is no device at all.
    """
    if isinstance(choice, Device):
        return choice
    if not choice:
        info = portaudio.default_device(kind)
        default = next((d for d in devices(kind) if d.is_default), None)
        return default or Device("", _readable(str(info["name"]), kind), kind, is_default=True)
    found = next((d for d in devices(kind) if choice in (d.key, d.name)), None)
    if found is None:
        what = "microphone" if kind == "input" else "loudspeaker"
        name = choice.partition(":")[2] or choice
        raise PerserError(
            f"The {what} “{name}” is not connected; please connect it or choose another one."
        )
    return found


def open_stream(
    device: Device,
    *,
    rates: Iterable[int],
    latency: float,
    callback: Callable[..., None],
    finished: Callable[[], None],
) -> Any:
    """Open (not start) a float32 stream with one channel, or two where one is refused.

    `rates` (Hz) are tried in turn, before the device's own for a loudspeaker and for what
    goes through PulseAudio (which converts in any case, and faster), after it for any
    other microphone.

    Raises:
        PerserError: when the device refuses all of it.
    """
    sound = portaudio.library()
    make = sound.InputStream if device.kind == "input" else sound.OutputStream
    try:
        info = (
            portaudio.default_device(device.kind)
            if device.index is None
            else sound.query_devices(device.index, device.kind)
        )
    except (sound.PortAudioError, ValueError) as error:
        raise portaudio.explain(error, device.kind, device.name) from error
    own = round(info["default_samplerate"])
    own_first = device.kind == "input" and not device.pulse
    tried = dict.fromkeys((own, *rates) if own_first else (*rates, own))
    problem: Exception | None = None
    for channels in range(1, min(2, int(info[f"max_{device.kind}_channels"])) + 1):
        for rate in tried:
            try:
                with meant_for(device.kind, device.pulse) if device.pulse else nullcontext():
                    stream = make(
                        samplerate=rate,
                        channels=channels,
                        dtype="float32",
                        device=device.index,
                        latency=latency,
                        callback=callback,
                        finished_callback=finished,
                    )
            except sound.PortAudioError as error:
                problem = problem or error
            else:
                portaudio.opened(stream)
                return stream
    if problem is None:
        missing = device.kind == "input"
        raise PerserError(portaudio.NO_MICROPHONE if missing else portaudio.NO_SPEAKER)
    raise portaudio.explain(problem, device.kind, device.name) from problem


def _portaudio_devices(kind: Kind) -> list[Device]:
    sound = portaudio.library()
    systems = [str(system["name"]) for system in sound.query_hostapis()]
    listed: list[dict[str, Any]] = [
        info for info in sound.query_devices() if info[f"max_{kind}_channels"] > 0
    ]
    present = {systems[info["hostapi"]] for info in listed}
    system = next((name for name in _SYSTEMS if name in present), None)
    try:
        default = int(sound.query_devices(kind=kind)["index"])
    except (sound.PortAudioError, ValueError):
        default = -1
    found: dict[str, Device] = {}
    for info in listed:
        raw = str(info["name"])
        mine = info["index"] == default
        if not mine and system is not None and systems[info["hostapi"]] != system:
            continue
        if not mine and _ALSA_PLUGINS.fullmatch(raw):
            continue
        device = Device(raw, _readable(raw, kind), kind, mine, int(info["index"]))
        found.setdefault(device.name, device)
    return list(found.values())


def _readable(name: str, kind: Kind) -> str:
    """Return a device's name without the sound system's own codes.

    >>> _readable("HDA Intel PCH: ALC257 Analog (hw:0,0)", "input")
    'HDA Intel PCH: ALC257 Analog'
    """
    if _ALSA_PLUGINS.fullmatch(name):
        return "System default microphone" if kind == "input" else "System default loudspeaker"
    return re.sub(r"\s*\((?:plug)?hw:[^)]*\)", "", name).strip() or name


def _pulse_devices(kind: Kind) -> list[Device]:
    """Return what PulseAudio knows, where PortAudio's sound goes through it."""
    sound = portaudio.library()
    numbers = [int(info["index"]) for info in sound.query_devices() if info["name"] == "pulse"]
    if not numbers:
        return []
    return [
        Device(
            f"pulse:{found.name}",
            found.description,
            kind,
            found.is_default,
            numbers[0],
            found.name,
        )
        for found in pulse_devices(kind)
    ]
