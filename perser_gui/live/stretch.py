"""What happened in the last minutes of a stream, and writing it down when that is asked for."""

from __future__ import annotations

import csv
import io
import threading
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from perser_gui.cells import neutral
from perser_gui.errors import PerserError
from perser_gui.files import appearing, write_whole
from perser_gui.live.readouts import Event, LiveOptions, Readout, Utterance
from perser_gui.records import FloatArray, Waveform

_MOST_MARKS = 500


@dataclass(frozen=True)
class Mark:
    """A moment that somebody pointed at, and what they said about it."""

    time: float
    text: str = ""


@dataclass(frozen=True)
class StretchLabel:
    """How a listener labelled an utterance."""

    utterance: int
    emotions: tuple[str, ...]


class Stretch:
    """Readouts, utterances, marks and labels of the last minutes; bounded like the sound."""

    def __init__(self, options: LiveOptions) -> None:
        self._memory = options.memory
        self._lock = threading.Lock()
        self._readouts: deque[Readout] = deque()
        self._utterances: deque[Utterance] = deque(maxlen=round(options.memory / 0.25))
        self._marks: deque[Mark] = deque(maxlen=_MOST_MARKS)
        self._said: deque[StretchLabel] = deque(maxlen=_MOST_MARKS)

    def note(self, event: Event) -> None:
        """Remember an event."""
        with self._lock:
            if isinstance(event, Readout):
                self._readouts.append(event)
                while self._readouts[0].time < event.time - self._memory:
                    self._readouts.popleft()
            elif isinstance(event, Utterance):
                self._utterances.append(event)

    def mark(self, text: str = "") -> Mark:
        """Mark the present moment, and return the mark."""
        with self._lock:
            mark = Mark(self._readouts[-1].time if self._readouts else 0.0, text)
            self._marks.append(mark)
        return mark

    def say(self, utterance: Utterance, emotions: Iterable[str]) -> None:
        """Remember how an utterance was labelled; a later label replaces an earlier one."""
        with self._lock:
            kept = [said for said in self._said if said.utterance != utterance.number]
            self._said = deque(
                [*kept, StretchLabel(utterance.number, tuple(emotions))], _MOST_MARKS
            )

    @property
    def readouts(self) -> list[Readout]:
        """The latest readouts, oldest first."""
        with self._lock:
            return list(self._readouts)

    @property
    def utterances(self) -> list[Utterance]:
        """The latest utterances, oldest first."""
        with self._lock:
            return list(self._utterances)

    @property
    def marks(self) -> list[Mark]:
        """The latest marks, oldest first."""
        with self._lock:
            return list(self._marks)

    def label(self, utterance: Utterance) -> tuple[str, ...]:
        """Return how an utterance was labelled; nothing if it was not."""
        with self._lock:
            found = (said for said in self._said if said.utterance == utterance.number)
            return next((said.emotions for said in found), ())

    def save(self, path: Path, sound: Waveform, start: float) -> list[Path]:
        """Write sound that began at `start` (s) as `path` (wav) with two tables beside it.

        `...-readout.csv` has a row per look, `...-labels.csv` one per utterance and mark;
        times in both count from the beginning of the sound.

        Raises:
            PerserError: when there is nothing to save, or it cannot be written.
        """
        if not len(sound.samples):
            raise PerserError("There is no sound to save yet; please listen for a while first.")
        end = start + sound.seconds
        written = [
            path.with_suffix(".wav"),
            path.with_name(f"{path.stem}-readout.csv"),
            path.with_name(f"{path.stem}-labels.csv"),
        ]
        readouts = [r for r in self.readouts if start < r.time <= end + 1e-6]
        try:
            write_wav(written[0], sound)
            write_whole(written[1], _readout_table(readouts, start))
            write_whole(written[2], self._label_table(start, end))
        except (OSError, RuntimeError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise PerserError(
                f"{path} could not be written ({reason}); please choose another place."
            ) from error
        return written

    def _label_table(self, start: float, end: float) -> str:
        rows: list[list[object]] = []
        for heard in self.utterances:
            if heard.end > start and heard.start < end:
                yours = heard.emotion if heard.yours is not None else ""
                generic = heard.words[int(np.argmax(heard.generic))]
                said = ";".join(self.label(heard))
                times = (_time(heard.start - start), _time(heard.end - start))
                rows.append(["utterance", *times, said, yours, generic, ""])
        for mark in self.marks:
            if start <= mark.time <= end:
                at = _time(mark.time - start)
                rows.append(["mark", at, at, "", "", "", mark.text])
        rows.sort(key=lambda row: float(str(row[1])))
        return _table(["kind", "start", "end", "label", "yours", "everyones", "text"], rows)


def write_wav(path: Path, sound: Waveform, *, private: bool = False) -> None:
    """Write sound as 16-bit wav, whole or not at all; `private`: for its owner only.

    Raises:
        OSError: when it cannot be written; libsndfile raises a `RuntimeError`.
    """
    import soundfile

    samples = np.clip(sound.samples, -1.0, 1.0)
    with appearing(path, private=private) as stream:  # the header is whole before the fsync
        soundfile.write(stream, samples, sound.rate, subtype="PCM_16", format="WAV")


def _readout_table(readouts: list[Readout], start: float) -> str:
    words = tuple(dict.fromkeys(word for readout in readouts for word in readout.words))
    header = ["time", "state", "level_db", *(f"yours {w}" for w in words)]
    header += [f"everyones {w}" for w in words]
    rows = [
        [
            _time(r.time - start),
            r.state,
            f"{r.level_db:.1f}",
            *_cells(r, r.yours, words),
            *_cells(r, r.generic, words),
        ]
        for r in readouts
    ]
    return _table(header, rows)


def _cells(readout: Readout, values: FloatArray | None, words: tuple[str, ...]) -> list[str]:
    if values is None:
        return [""] * len(words)
    by_word = dict(zip(readout.words, values.tolist(), strict=True))
    return [f"{by_word[word]:.4f}" if word in by_word else "" for word in words]


def _time(seconds: float) -> str:
    return f"{max(seconds, 0.0):.3f}"


def _table(header: list[str], rows: Iterable[Iterable[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([neutral(cell) for cell in header])
    writer.writerows([neutral(str(cell)) for cell in row] for row in rows)
    return out.getvalue()
