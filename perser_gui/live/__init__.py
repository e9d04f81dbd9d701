"""The live readout: from a stream of sound to how a listener would label it. No Qt, no disk.

`LiveStream` does the work and has neither threads nor clocks; `LiveEngine` runs it behind a
source of sound, such as a microphone. Importing this package loads neither torch nor PortAudio.
"""

from perser_gui.live.live_engine import LiveEngine
from perser_gui.live.live_model import LiveModel
from perser_gui.live.readouts import LiveOptions, Readout, Status, Utterance
from perser_gui.live.recent import RecentSound
from perser_gui.live.stream import LiveStream
from perser_gui.live.stream_sources import MicrophoneSource, SampleSource, Source
from perser_gui.live.stretch import Stretch

__all__ = [
    "LiveEngine",
    "LiveModel",
    "LiveOptions",
    "LiveStream",
    "MicrophoneSource",
    "Readout",
    "RecentSound",
    "SampleSource",
    "Source",
    "Status",
    "Stretch",
    "Utterance",
]
