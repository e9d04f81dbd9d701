from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from perser_gui.audio.speech import (
    FRAME_SECONDS,
    Segment,
    Segmenter,
    SpeechDetector,
    SpeechRules,
    speech_segments,
    spoken,
    utterances,
)
from perser_gui.errors import Cancelled
from perser_gui.progress import Progress

from .conftest import RATE, voice, waveform

SILENCE = np.zeros(RATE, np.float32)

# What the original network (silero_vad.jit of silero-vad 6.2.3, evaluated with torch)
# answers to half a second of silence, 1.2 s of `voice` and half a second of silence.
ORIGINAL = np.array(
    [
        0.0017,
        0.0059,
        0.0054,
        0.0047,
        0.0068,
        0.9869,
        0.8856,
        0.9991,
        0.9932,
        0.9996,
        0.9947,
        0.9998,
        0.9964,
        1.0,
        0.1259,
        0.0088,
        0.0076,
    ]
)


def sentence() -> np.ndarray:
    return np.concatenate((SILENCE[: RATE // 2], voice(1.2), SILENCE[: RATE // 2]))


def test_the_probabilities_are_those_of_the_original_network() -> None:
    probabilities = SpeechDetector().feed(sentence())
    assert np.abs(probabilities[::4] - ORIGINAL).max() < 0.05


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 3000), min_size=1, max_size=30))
def test_chunks_of_any_size_give_the_same_probabilities(sizes: list[int]) -> None:
    sound = sentence()[: sum(sizes)]
    whole, streamed = SpeechDetector(), SpeechDetector()
    expected = whole.feed(sound)
    found, place = [], 0
    for size in sizes:
        found.append(streamed.feed(sound[place : place + size]))
        place += size
    assert np.allclose(np.concatenate(found), expected, atol=1e-5)
    assert streamed.frames == len(sound) // 512
    assert streamed.seconds == pytest.approx(len(expected) * FRAME_SECONDS)
    if len(expected):
        assert streamed.probability == pytest.approx(float(expected[-1]), abs=1e-5)


def test_after_a_reset_nothing_is_remembered() -> None:
    detector = SpeechDetector()
    first = detector.feed(sentence())
    detector.reset()
    assert np.array_equal(detector.feed(sentence()), first)


@pytest.mark.parametrize("kind", ["silence", "white noise", "hum", "clicks"])
def test_what_is_not_speech_is_not_taken_for_it(kind: str) -> None:
    random = np.random.default_rng(0)
    sound = {
        "silence": np.zeros(5 * RATE),
        "white noise": random.normal(0, 0.05, 5 * RATE),
        "hum": 0.2 * np.sin(2 * np.pi * 50 * np.arange(5 * RATE) / RATE),
        "clicks": (random.uniform(size=5 * RATE) < 1e-4).astype(float),
    }[kind]
    probabilities = SpeechDetector().feed(sound.astype(np.float32))
    assert (probabilities < 0.5).mean() >= 0.95
    assert speech_segments(waveform(sound)) == []


@pytest.mark.parametrize("rate", [RATE, 44_100])
def test_speech_is_found_between_silences(rate: int) -> None:
    quiet = np.zeros(rate, np.float32)
    sound = np.concatenate((quiet, voice(1.0, rate), quiet))
    (segment,) = speech_segments(waveform(sound, rate))
    assert segment.start == pytest.approx(1.0, abs=0.15)
    assert 0.6 < segment.seconds < 1.3


def test_what_is_spoken_is_the_sound_from_the_first_word_to_the_last() -> None:
    pause = SILENCE[: RATE // 2]
    samples = np.concatenate((SILENCE, voice(1.2), pause, voice(1.2), SILENCE, SILENCE))
    found = spoken(waveform(samples))
    (first, *_, last) = speech_segments(waveform(samples))
    assert first.end < last.start
    assert found.seconds == pytest.approx(2.9 + 2 * SpeechRules().margin, abs=0.15)
    assert found.samples.tobytes() in samples.tobytes()


def test_where_nothing_is_spoken_everything_counts() -> None:
    noise = waveform(np.random.default_rng(0).normal(0, 0.1, RATE).astype(np.float32))
    assert spoken(noise) is noise


def test_an_empty_waveform_has_no_speech() -> None:
    assert speech_segments(waveform(np.zeros(0))) == []


def test_a_recording_is_cut_at_its_pauses(tmp_path: Path) -> None:
    said = [SILENCE, voice(1.0), SILENCE, voice(1.0, hertz=180), SILENCE, voice(0.8), SILENCE]
    sound = np.concatenate(said)
    soundfile.write(tmp_path / "talk.wav", sound, RATE)
    told: list[float] = []
    found = utterances(
        tmp_path / "talk.wav", progress=Progress(lambda fraction, _: told.append(fraction))
    )
    assert [segment.start for segment in found] == pytest.approx([1.0, 3.0, 5.0], abs=0.2)
    assert found == speech_segments(waveform(sound))
    assert told[-1] == pytest.approx(1.0)


def test_looking_for_utterances_can_be_cancelled(tmp_path: Path) -> None:
    soundfile.write(tmp_path / "talk.wav", sentence(), RATE)
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        utterances(tmp_path / "talk.wav", progress=progress)


# -- the rules -------------------------------------------------------------------------------


def frames(*parts: tuple[float, float]) -> list[float]:
    """Probabilities from (seconds, probability)."""
    return [p for seconds, p in parts for _ in range(round(seconds / FRAME_SECONDS))]


RULES = SpeechRules(pause=0.32, shortest=0.16, margin=0.064, longest=8.0)


def segments(probabilities: list[float], rules: SpeechRules = RULES) -> list[Segment]:
    segmenter = Segmenter(rules)
    return segmenter.feed(probabilities) + segmenter.finish()


def test_a_segment_has_margins_and_ends_with_a_pause() -> None:
    (segment,) = segments(frames((0.64, 0.0), (0.96, 1.0), (0.96, 0.0)))
    assert segment.start == pytest.approx(0.64 - 0.064)
    assert segment.end == pytest.approx(1.6 + 0.064)


def test_a_short_pause_does_not_end_a_segment_and_a_doubt_does_not_begin_one() -> None:
    assert len(segments(frames((1.0, 1.0), (0.256, 0.0), (1.0, 1.0)))) == 1
    assert len(segments(frames((1.0, 1.0), (0.64, 0.0), (1.0, 1.0)))) == 2
    assert segments(frames((1.0, 0.45))) == []
    # Once begun, speech goes on above the lower threshold.
    assert len(segments(frames((0.5, 1.0), (1.0, 0.45), (0.5, 1.0)))) == 1


def test_a_burst_is_left_out() -> None:
    assert segments(frames((0.5, 0.0), (0.128, 1.0), (0.5, 0.0))) == []


def test_long_speech_is_cut_where_it_is_least_certain() -> None:
    found = segments(frames((5.12, 1.0), (0.032, 0.6), (6.4, 1.0), (1.0, 0.0)))
    assert len(found) == 2
    assert found[0].end == found[1].start == pytest.approx(5.12, abs=0.04)
    assert all(segment.seconds <= RULES.longest + 0.01 for segment in found)


def test_the_end_of_the_recording_ends_the_segment() -> None:
    segmenter = Segmenter(RULES)
    assert segmenter.feed(frames((0.5, 0.0), (1.0, 1.0))) == []
    assert segmenter.speaking_since == pytest.approx(0.48 + 0.032 - 0.064, abs=0.04)
    (segment,) = segmenter.finish(1.49)
    assert segment.end == pytest.approx(1.49)
    assert segmenter.speaking_since is None


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.floats(0.03, 3.0), st.floats(0, 1)), max_size=12))
def test_segments_are_in_order_and_apart_whatever_comes(parts: list[tuple[float, float]]) -> None:
    probabilities = frames(*parts)
    found = segments(probabilities)
    borders = [border for segment in found for border in (segment.start, segment.end)]
    assert borders == sorted(borders)
    assert all(0 <= border <= len(probabilities) * FRAME_SECONDS + 1e-9 for border in borders)
    assert all(segment.seconds <= RULES.longest + 2 * RULES.margin for segment in found)
    one_by_one, segmenter = [], Segmenter(RULES)
    for probability in probabilities:
        one_by_one += segmenter.feed([probability])
    assert one_by_one + segmenter.finish() == found
