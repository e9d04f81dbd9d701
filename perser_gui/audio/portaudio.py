"""The door to PortAudio: loaded when first needed, and every failure told in plain words."""

from __future__ import annotations

import contextlib
import threading
from typing import Any

from perser_gui.errors import PerserError

NO_LIBRARY = (
    "Sound is not available because the PortAudio library was not found; "
    "please install it (on Debian or Ubuntu: sudo apt install libportaudio2)."
)
NO_SPEAKER = "No loudspeaker or headphones were found; please connect one to hear the clips."
NO_MICROPHONE = "No microphone was found; please connect one and try again."

lock = threading.RLock()
"""Held while PortAudio is started anew or a stream is opened for a chosen device."""

_open_streams: set[int] = set()

# PortAudio's own numbers (PaErrorCode).
_INVALID_RATE = -9997
_DEVICE_UNAVAILABLE = -9985
_INVALID_DEVICE = -9996
_HOST_ERROR = -9999


def library() -> Any:
    """Return the sounddevice module.

    Raises:
        PerserError: when PortAudio is not installed or cannot start.
    """
    with lock:
        try:
            import sounddevice
        except (OSError, ImportError) as error:
            raise PerserError(NO_LIBRARY) from error
        return sounddevice


def default_device(kind: str) -> dict[str, Any]:
    """Return PortAudio's description of the default `"output"` or `"input"` device.

    Raises:
        PerserError: when there is none.
    """
    missing = NO_SPEAKER if kind == "output" else NO_MICROPHONE
    sound = library()
    try:
        found: dict[str, Any] = sound.query_devices(kind=kind)
    except (sound.PortAudioError, ValueError) as error:
        raise PerserError(missing) from error
    if found[f"max_{kind}_channels"] < 1:
        raise PerserError(missing)
    return found


def opened(stream: Any) -> None:
    """Note that a stream is open, so that `rescan` leaves PortAudio alone."""
    with lock:
        _open_streams.add(id(stream))


def close(stream: Any) -> None:
    """End and close a stream, whatever state its device is in."""
    sound = library()
    with contextlib.suppress(sound.PortAudioError):
        stream.abort(ignore_errors=True)
        stream.close(ignore_errors=True)
    with lock:
        _open_streams.discard(id(stream))


def rescan() -> bool:
    """Look for devices that were plugged in since; False while a stream is open.

    PortAudio makes its list of devices once, when it starts, so it is started anew.
    """
    sound = library()
    with lock:
        if _open_streams:
            return False
        with contextlib.suppress(sound.PortAudioError):
            sound._terminate()
        try:
            sound._initialize()
        except sound.PortAudioError as error:
            raise PerserError(
                "The sound system of this computer does not answer; "
                "please restart it or log in again."
            ) from error
    return True


def explain(error: Exception, kind: str, name: str = "") -> PerserError:
    """Return what a failure to open or start a stream means for the person in front of it."""
    code = next((a for a in error.args[1:] if isinstance(a, int)), 0)
    what = "microphone" if kind == "input" else "loudspeaker"
    device = f"The {what} “{name}”" if name else f"The {what}"
    text = " ".join(str(part) for part in error.args).lower()
    if "permission" in text or "access denied" in text or "not permitted" in text:
        return PerserError(
            f"{device} may not be used by this program; please allow it in the privacy "
            "settings of this computer."
        )
    if code == _INVALID_RATE:
        return PerserError(
            f"{device} accepts no sample rate that can be used; please choose another one."
        )
    if code == _DEVICE_UNAVAILABLE or "busy" in text:
        return PerserError(
            f"{device} is in use by another program or was unplugged; "
            "please close that program or choose another device."
        )
    if code == _INVALID_DEVICE:
        return PerserError(NO_MICROPHONE if kind == "input" else NO_SPEAKER)
    return PerserError(
        f"{device} could not be started; please check that it is connected, or choose another one."
    )
