"""Sound in and out: decoding, speech detection, pictures of sound, playback, microphone.

Nothing here needs torch or Qt. Importing this package does not load PortAudio or the
speech detector; both are loaded when they are first used.
"""

from perser_gui.audio.containers import AUDIO_SUFFIXES
from perser_gui.audio.decode import (
    RATE,
    AudioInfo,
    content_hash,
    find_audio,
    open_waveform,
    probe,
    stream_blocks,
)
from perser_gui.audio.playback import Player, audio_available
from perser_gui.audio.pyramid import WaveformPyramid

__all__ = [
    "AUDIO_SUFFIXES",
    "RATE",
    "AudioInfo",
    "Player",
    "WaveformPyramid",
    "audio_available",
    "content_hash",
    "find_audio",
    "open_waveform",
    "probe",
    "stream_blocks",
]
