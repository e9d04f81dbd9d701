"""What is remembered of a stream, and what is written when somebody asks for it."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.errors import PerserError
from perser_gui.live import LiveModel, LiveOptions, RecentSound, Stretch
from perser_gui.records import Waveform

from .conftest import RATE, quiet, readouts, run, speech, spoken, stream_of


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def sound() -> np.ndarray:
    return np.concatenate((quiet(1), speech(1.5), quiet(1)))


def test_a_stretch_is_saved_as_sound_readouts_and_labels(
    personal: LiveModel, sound: np.ndarray, tmp_path: Path
) -> None:
    stream, stretch = stream_of(personal), Stretch(LiveOptions())
    events = run(stream, sound)
    for event in events:
        stretch.note(event)
    (told,) = spoken(events)
    stretch.mark("here")
    stretch.say(told, ("sad",))
    stretch.say(told, ("angry", "sad"))
    written = stretch.save(tmp_path / "talk.wav", stream.waveform(0.5, 3.5), 0.5)
    samples, rate = soundfile.read(written[0])
    assert (len(samples), rate) == (3 * RATE, RATE)
    assert samples == pytest.approx(sound[8000:], abs=1e-4)
    table = rows(written[1])
    assert [float(r["time"]) for r in table] == pytest.approx(list(np.arange(1, 13) * 0.25))
    filled = next(r for r in table if r["yours sad"])
    readout = next(r for r in readouts(events) if r.yours is not None)
    assert float(filled["yours sad"]) == pytest.approx(
        float(readout.yours[readout.words.index("sad")]), abs=1e-4
    )
    heard, mark = rows(written[2])
    assert heard["label"] == "angry;sad"
    assert heard["yours"] == told.emotion
    assert float(heard["start"]) == pytest.approx(told.start - 0.5, abs=1e-3)
    assert (mark["kind"], mark["text"], float(mark["start"])) == ("mark", "here", 3.0)


def test_nothing_to_save_is_said(tmp_path: Path) -> None:
    with pytest.raises(PerserError, match="no sound to save"):
        Stretch(LiveOptions()).save(tmp_path / "x.wav", Waveform(np.zeros(0, np.float32), RATE), 0)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    sound = Waveform(np.zeros(RATE, np.float32), RATE)
    with pytest.raises(PerserError, match="could not be written"):
        Stretch(LiveOptions()).save(tmp_path / "file" / "x.wav", sound, 0)


def test_no_more_events_are_held_than_sound(model: LiveModel) -> None:
    stretch = Stretch(LiveOptions(memory=30))
    for event in run(stream_of(model), quiet(60)):
        stretch.note(event)
    assert len(stretch.readouts) == 121
    assert stretch.readouts[-1].time == 60


def test_recent_sound_is_what_was_written_last() -> None:
    recent, written = RecentSound(100), np.arange(1000, dtype=np.float32)
    place = 0
    for size in (1, 7, 99, 100, 101, 250, 3, 60):
        recent.write(written[place : place + size])
        place += size
        expected = written[max(0, place - 100) : place]
        assert recent.read(0, 10_000) == pytest.approx(expected)
        assert recent.oldest == max(0, place - 100)
    assert recent.read(place - 5, place - 2) == pytest.approx(written[place - 5 : place - 2])
    assert len(recent.read(place, place + 5)) == 0
