"""What the player plays is recorded from the loudspeaker and compared with the file."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.audio import open_waveform
from perser_gui.audio.playback import Player, audio_available
from perser_gui.records import Waveform

from .server import RATE, Loopback, sound_server, wait_until
from .signals import chirp, likeness

pytestmark = pytest.mark.loopback


class Finish:
    """Waits for the player to say that it is done."""

    def __init__(self) -> None:
        self._done = threading.Event()

    def __call__(self) -> None:
        self._done.set()

    def wait(self) -> None:
        assert self._done.wait(20), "the player never said that it is done"
        self._done.clear()


def test_what_is_played_leaves_the_loudspeaker_whole(loopback: Loopback, tmp_path: Path) -> None:
    soundfile.write(tmp_path / "chirp.flac", chirp(2.0).samples, RATE)
    waveform = open_waveform(tmp_path / "chirp.flac")
    assert audio_available() is None
    heard, done = loopback.record_speaker(), Finish()
    player = Player(on_finished=done)
    player.load(waveform)
    player.play()
    done.wait()
    player.close()
    assert likeness(heard.stop(), waveform.samples).score > 0.99


def test_the_position_is_what_is_heard(loopback: Loopback) -> None:
    """The recorder's clock says when the clip began; the position must agree with it."""
    waveform = chirp(3.0)
    heard = loopback.record_speaker()
    player = Player()
    player.load(waveform)
    player.play()
    seen = []
    while (position := player.position) < 2.5:
        seen.append((len(heard.samples()) / RATE, position))
        time.sleep(0.02)
    player.close()
    began = likeness(heard.stop(), waveform.samples[: 2 * RATE]).start / RATE
    errors = [recorded - began - position for recorded, position in seen if position > 0.2]
    positions = [position for _, position in seen]
    assert positions == sorted(positions)
    # The recorder hands over its file in pieces, so single readings may lag.
    assert abs(float(np.median(errors))) < 0.1
    steps = np.diff(positions[20:])
    assert float(np.max(steps)) < 0.25


def test_a_part_is_played_from_its_start_to_its_end(loopback: Loopback) -> None:
    waveform = chirp(3.0)
    heard, done = loopback.record_speaker(), Finish()
    player = Player(on_finished=done)
    player.load(waveform)
    player.play(start=1.0, end=1.5)
    done.wait()
    assert player.position == pytest.approx(1.5)
    player.close()
    recorded = heard.stop()
    assert likeness(recorded, waveform.samples[RATE : 3 * RATE // 2]).score > 0.99
    assert np.count_nonzero(np.abs(recorded) > 0.01) / RATE < 0.52


def test_a_loop_goes_on_until_it_is_stopped(loopback: Loopback) -> None:
    waveform = chirp(0.4)
    heard = loopback.record_speaker()
    player = Player()
    player.load(waveform)
    player.play(loop=True)
    wait_until(lambda: np.count_nonzero(np.abs(heard.samples()) > 0.01) > 1.4 * RATE)
    player.stop()
    assert player.position == 0.0
    player.close()
    thrice = np.tile(waveform.samples, 3)
    assert likeness(heard.stop(), thrice).score > 0.97


@pytest.mark.parametrize("speed", [0.5, 1.5])
def test_another_speed_changes_the_length_and_not_the_pitch(
    loopback: Loopback, speed: float
) -> None:
    tone = 0.5 * np.sin(2 * np.pi * 440 * np.arange(RATE) / RATE)
    heard, done = loopback.record_speaker(), Finish()
    player = Player(on_finished=done)
    player.load(Waveform(tone.astype(np.float32), RATE))
    player.play(speed=speed)
    done.wait()
    player.close()
    recorded = heard.stop()
    loud = np.flatnonzero(np.abs(recorded) > 0.05)
    assert (loud[-1] - loud[0]) / RATE == pytest.approx(1.0 / speed, abs=0.06)
    middle = recorded[loud[0] + 2000 : loud[0] + 8000] * np.hanning(6000)
    spectrum = np.abs(np.fft.rfft(middle, 1 << 16))
    assert np.argmax(spectrum) * RATE / (1 << 16) == pytest.approx(440, abs=3)


def test_pausing_keeps_the_place_and_resuming_goes_on(loopback: Loopback) -> None:
    waveform = chirp(2.0)
    heard, done = loopback.record_speaker(), Finish()
    player = Player(on_finished=done)
    player.load(waveform)
    player.play()
    wait_until(lambda: player.position > 0.8)
    player.pause()
    place = player.position
    assert not player.playing
    assert 0.8 < place < 1.2
    player.resume()
    done.wait()
    player.close()
    assert player.position == pytest.approx(2.0)
    # What was cut short in the loudspeaker is heard again: nothing is skipped.
    rest = waveform.samples[round((place + 0.02) * RATE) :]
    assert likeness(heard.stop(), rest).score > 0.97


def test_the_next_clip_takes_the_place_of_the_one_that_plays(loopback: Loopback) -> None:
    """How soon it sounds is measured by `benchmarks/sound_latency.py`."""
    first, then = chirp(20.0), chirp(1.0)
    heard, done = loopback.record_speaker(), Finish()
    player = Player(on_finished=done)
    player.load(first)
    player.play()
    wait_until(lambda: player.position > 0.1)
    player.load(then)
    player.play()
    done.wait()
    player.close()
    sound = heard.stop()
    assert likeness(sound, then.samples).score > 0.97
    assert likeness(sound, first.samples[-RATE:]).score < 0.5, "the first went on to its end"


def test_sound_goes_on_at_the_default_when_its_loudspeaker_is_unplugged(
    loopback: Loopback,
) -> None:
    module = loopback.pactl(
        *("load-module", "module-null-sink", "sink_name=ci_phones", f"rate={RATE}", "channels=1"),
        "sink_properties=\"device.description='Desk Headphones'\"",
    )
    waveform = chirp(3.0)
    heard, done = loopback.record_speaker(), Finish()
    player = Player(device="Desk Headphones", on_finished=done)
    player.load(waveform)
    player.play()
    wait_until(lambda: player.position > 0.2)
    assert not np.any(heard.samples())
    loopback.pactl("unload-module", module)
    done.wait()
    player.close()
    assert likeness(heard.stop(), waveform.samples[2 * RATE :]).score > 0.9


def test_a_sound_system_that_dies_is_told_in_a_plain_sentence(loopback: Loopback) -> None:
    told: list[str] = []
    lost = threading.Event()

    def remember(sentence: str) -> None:
        told.append(sentence)
        lost.set()

    player = Player(on_lost=remember)
    player.load(chirp(10.0))
    with sound_server() as other, other.awake("ci_spk"):
        player.play()
        wait_until(lambda: player.position > 0.1)
        other.process.terminate()
        other.process.wait(timeout=20)
        assert lost.wait(10)
        assert not player.playing
        assert "The loudspeaker was lost" in told[0]
    done = Finish()
    player.on_finished = done
    player.play(start=9.5)  # the session's sound server is there again
    done.wait()
    player.close()
