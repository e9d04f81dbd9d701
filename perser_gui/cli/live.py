"""`perser live`: how would you label what the microphone hears, while it hears it."""

from __future__ import annotations

import contextlib
import queue
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from perser_gui.cli import terminal
from perser_gui.cli.at_desk import CHECKPOINT, at_desk, known_listener
from perser_gui.errors import PerserError
from perser_gui.live.readouts import Readout, Status

if TYPE_CHECKING:
    from perser_gui.live import LiveEngine, LiveStream
    from perser_gui.live.readouts import Event
    from perser_gui.progress import Progress
    from perser_gui.records import FloatArray

RATE = 16_000

_WAITING = 256
"""Events that may wait for the terminal; of more, the oldest are left out."""


def command(
    listener: str | None = typer.Option(
        None, help="Show how this listener would label it, beside everyone's model."
    ),
    seconds: float | None = typer.Option(
        None, min=0.1, help="End after so long (default: at Ctrl+C)."
    ),
    microphone: str | None = typer.Option(
        None, help="Name of the microphone (default: the system's; --microphones lists them)."
    ),
    microphones: bool = typer.Option(False, "--microphones", help="List the microphones and end."),
    file: Path | None = typer.Option(
        None, help="Listen to this recording instead, as fast as the computer can."
    ),
    same_speaker: list[Path] = typer.Option(
        [], metavar="PATH", help="Clips of the speaker, so that the voice is known from the start."
    ),
    window: float = typer.Option(2.0, help="Seconds of sound that each readout looks at."),
    hop: float = typer.Option(0.25, help="Seconds between two readouts."),
    smoothing: float = typer.Option(
        1.0, help="Calmness in seconds: after so long, 63 % of a change is shown."
    ),
    save: Path | None = typer.Option(
        None, help="Keep the last minutes: this wav file, and two tables beside it."
    ),
    device: str = typer.Option("auto", help="Where to compute: auto, cpu or cuda."),
    checkpoint: str = typer.Option(CHECKPOINT, help="Name or folder of everyone's model."),
    json: bool = typer.Option(False, "--json", help="One JSON line a readout and an utterance."),
) -> None:
    """Label the microphone's sound over the listener's own words, a few times a second.

    Every utterance gets a final label when it ends. Nothing is kept on disk without --save.
    """
    if microphones:
        _list_microphones(json=json)
        return
    from perser_gui.live import LiveEngine, LiveOptions, LiveStream, MicrophoneSource, Stretch

    options = LiveOptions(window=window, hop=hop, smoothing=smoothing)
    show = _show_json if json else _show_text
    with at_desk(checkpoint, device) as desk, terminal.working() as progress:
        owner = known_listener(desk, listener) if listener is not None else None
        model = desk.live_model(owner.id if owner else None, progress, voice=same_speaker)
        if owner is not None and model.yours is None:
            terminal.note(f"{owner.name} has no profile in use yet; everyone's model is shown.")
        if file is not None:
            stream, stretch = LiveStream(options, model), Stretch(options)
            for event in _heard_in_file(stream, file, seconds, progress):
                stretch.note(event)
                show(event)
        else:
            inbox = _Inbox()
            source = MicrophoneSource(microphone)
            engine = LiveEngine(source, inbox.put, model=model, options=options)
            stream, stretch = engine.stream, engine.stretch
            for event in inbox.heard(engine, seconds, progress):
                show(event)
        if save is not None:
            for path in stretch.save(save, *stream.remembered()):
                terminal.note(f"{path} was written.")


class _Inbox:
    """Brings events from the engine's thread to the terminal's, without piling them up."""

    def __init__(self) -> None:
        self._events: queue.Queue[Event] = queue.Queue(_WAITING)

    def put(self, event: Event) -> None:
        while True:
            try:
                self._events.put_nowait(event)
            except queue.Full:
                with contextlib.suppress(queue.Empty):
                    self._events.get_nowait()
            else:
                return

    def heard(
        self, engine: LiveEngine, seconds: float | None, progress: Progress
    ) -> Iterator[Event]:
        """Yield events until the time is over or Ctrl+C, and then what was still under way.

        Raises:
            PerserError: when there is no microphone to begin with, or the readout failed.
        """
        began: float | None = None
        engine.start()
        try:
            while not progress.cancelled:
                if began is not None and seconds is not None and self._over(engine, began, seconds):
                    break
                with contextlib.suppress(queue.Empty):
                    event = self._events.get(timeout=0.1)
                    if isinstance(event, Status):
                        if event.kind == "listening" and began is None:
                            began = time.monotonic()
                        if event.kind == "ended" or (event.kind == "lost" and began is None):
                            raise PerserError(event.sentence)
                    yield event
        finally:
            engine.close()
        while not self._events.empty():
            yield self._events.get_nowait()

    def _over(self, engine: LiveEngine, began: float, seconds: float) -> bool:
        """Whether so much sound was heard, or, with a lost device, so much time went by."""
        gone = time.monotonic() - began
        return engine.stream.seconds >= seconds + 0.05 or gone > seconds + 2.0


def _heard_in_file(
    stream: LiveStream, file: Path, seconds: float | None, progress: Progress
) -> Iterator[Event]:
    from perser_gui.audio.decode import stream_blocks
    from perser_gui.live.through import through

    def blocks() -> Iterator[FloatArray]:
        left = None if seconds is None else round(seconds * RATE)
        for block in stream_blocks(file, RATE, block_seconds=1.0):
            progress.check()
            yield block if left is None else block[:left]
            left = None if left is None else left - min(left, len(block))
            if left == 0:
                return

    yield from through(stream, blocks())


def _list_microphones(*, json: bool) -> None:
    from perser_gui.audio.devices import devices

    found = devices("input", refresh=True)
    if json:
        rows = [{"name": d.name, "key": d.key, "default": d.is_default} for d in found]
        terminal.emit_json({"microphones": rows})
    elif found:
        for device in found:
            terminal.say(device.name + (" (the system's default)" if device.is_default else ""))
    else:
        terminal.note("No microphone was found; please connect one and try again.")


# -- what is shown -------------------------------------------------------------------------


def _show_json(event: Event) -> None:
    if isinstance(event, Status):
        document: dict[str, Any] = {
            "type": "status",
            "status": event.kind,
            "sentence": event.sentence,
            "microphone": event.device,
        }
    elif isinstance(event, Readout):
        best = event.best
        document = {
            "type": "readout",
            "time": event.time,
            "state": event.state,
            "emotion": best[0] if best and event.state == "speech" else None,
            "yours": _by_word(event.words, event.yours),
            "everyones": _by_word(event.words, event.generic),
            "speech_probability": round(event.speech_probability, 3),
            "level_db": round(event.level_db, 1),
            "clipping": event.clipping,
            "hop_s": event.hop,
            "skipped": event.skipped,
            "latency_ms": round(event.latency_ms, 1),
            "compute_ms": round(event.compute_ms, 1),
            "load": round(event.load, 3),
            "overflows": event.overflows,
            "voice_clips": event.voice_clips,
            "settled": round(event.settled, 3),
            "problem": event.problem,
        }
    else:
        document = {
            "type": "utterance",
            "number": event.number,
            "start": round(event.start, 3),
            "end": round(event.end, 3),
            "emotion": event.emotion,
            "listener": event.listener,
            "yours": _by_word(event.words, event.yours),
            "everyones": _by_word(event.words, event.generic),
            "voice_clips": event.voice_clips,
        }
    terminal.emit_json_line(document)


def _show_text(event: Event) -> None:
    shown = sys.stderr.isatty()
    if isinstance(event, Status):
        if event.sentence:
            terminal.note(event.sentence)
        elif event.kind == "listening":
            terminal.note(f"Listening to {event.device}. Ctrl+C ends.")
    elif isinstance(event, Readout):
        if shown:
            sys.stderr.write(f"\r\x1b[K{_line(event)[:110]}")
            sys.stderr.flush()
    else:
        if shown:
            sys.stderr.write("\r\x1b[K")
        share = float(event.probabilities.max())
        line = f"{event.start:8.2f} – {event.end:8.2f}  {event.emotion}  {share:.0%}"
        if event.yours is not None:
            generic = event.words[int(event.generic.argmax())]
            line += f"   (everyone's: {generic} {float(event.generic.max()):.0%})"
        terminal.say(line)


def _line(readout: Readout) -> str:
    best = readout.best
    said = f"{best[0]} {best[1]:.0%}" if best and readout.state == "speech" else readout.state
    line = f"{readout.time:7.2f} s  {said:24s} {readout.level_db:5.0f} dB"
    return f"{line}  {readout.problem}" if readout.problem else line


def _by_word(words: tuple[str, ...], values: FloatArray | None) -> dict[str, float] | None:
    if values is None:
        return None
    return {word: round(value, 5) for word, value in zip(words, values.tolist(), strict=True)}
