"""The live readout: from a stream of sound to how a listener would label it. No Qt, no disk.

`LiveStream` does the work and has neither threads nor clocks; `LiveEngine` runs it behind a
source of sound, such as a microphone. Importing this package loads neither torch nor PortAudio.
"""

from perser_gui.live.engine import LiveEngine
from perser_gui.live.model import LiveModel
from perser_gui.live.recent import RecentSound
from perser_gui.live.sources import MicrophoneSource, SampleSource, Source
from perser_gui.live.stream import LiveStream
from perser_gui.live.stretch import Stretch
from perser_gui.live.values import LiveOptions, Readout, Status, Utterance

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
