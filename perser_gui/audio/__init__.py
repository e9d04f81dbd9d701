"""Sound in and out: decoding, speech detection, pictures of sound, playback, microphone.

Nothing here needs torch or Qt. Importing this package does not load PortAudio or the
speech detector; both are loaded when they are first used.
"""

from perser_gui.audio.decode import (
    RATE,
    AudioInfo,
    open_clip,
    open_waveform,
    probe,
    stream_blocks,
)
from perser_gui.audio.devices import Device
from perser_gui.audio.endings import AUDIO_SUFFIXES
from perser_gui.audio.folders import FoundAudio, find_audio, look_for_audio, passed_over_sentence
from perser_gui.audio.hashes import content_hash
from perser_gui.audio.microphone import Microphone, microphone_available
from perser_gui.audio.playback import Player, audio_available
from perser_gui.audio.pyramid import WaveformPyramid
from perser_gui.audio.samples import FileSamples, MemorySamples
from perser_gui.audio.spectrogram import Spectrogram, SpectrogramView
from perser_gui.audio.speech import (
    Segment,
    Segmenter,
    SpeechDetector,
    SpeechRules,
    speech_segments,
    utterances,
)

__all__ = [
    "AUDIO_SUFFIXES",
    "RATE",
    "AudioInfo",
    "Device",
    "FileSamples",
    "FoundAudio",
    "MemorySamples",
    "Microphone",
    "Player",
    "Segment",
    "Segmenter",
    "Spectrogram",
    "SpectrogramView",
    "SpeechDetector",
    "SpeechRules",
    "WaveformPyramid",
    "audio_available",
    "content_hash",
    "find_audio",
    "look_for_audio",
    "microphone_available",
    "open_clip",
    "open_waveform",
    "passed_over_sentence",
    "probe",
    "speech_segments",
    "stream_blocks",
    "utterances",
]
