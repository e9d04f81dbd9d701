"""A recording in place of a live source, as fast as the computer can: every hop, none skipped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from perser_gui.audio.decode import RATE
from perser_gui.live.readouts import Readout, Utterance
from perser_gui.live.stream import LiveStream
from perser_gui.records import FloatArray


def through(stream: LiveStream, blocks: Iterable[FloatArray]) -> Iterator[Readout | Utterance]:
    """Yield what a stream makes of 16 kHz blocks, and of the speech under way at their end."""
    size = round(stream.options.hop * RATE)
    for block in blocks:
        for start in range(0, len(block), size):
            stream.feed(block[start : start + size])
            while (event := stream.step()) is not None:
                yield event
    yield from stream.finish()
