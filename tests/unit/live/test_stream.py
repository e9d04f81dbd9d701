"""From sound to readouts and utterances, without threads and without a device."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perser_gui.errors import PerserError
from perser_gui.live import LiveModel, LiveOptions
from perser_gui.live.live_model import tempered
from perser_gui.model.normalization import RunningStatistics
from perser_gui.records import Waveform

from .conftest import RATE, quiet, readouts, run, speech, spoken, stream_of


def conversation() -> np.ndarray:
    return np.concatenate((quiet(1), speech(1.5), quiet(1), speech(2.5, 900), quiet(1)))


def test_there_is_a_readout_every_hop(model: LiveModel) -> None:
    events = readouts(run(stream_of(model), conversation()))
    assert [r.time for r in events] == pytest.approx(list(np.arange(1, 29) * 0.25))
    assert {r.hop for r in events} == {0.25}
    assert sum(r.skipped for r in events) == 0


def test_a_readout_does_not_depend_on_the_size_of_the_blocks(model: LiveModel) -> None:
    small = run(stream_of(model), conversation(), block=37)
    large = run(stream_of(model), conversation(), block=2000)
    assert len(readouts(small)) == len(readouts(large))
    for one, other in zip(readouts(small), readouts(large), strict=True):
        assert one.state == other.state
        if one.generic is not None and other.generic is not None:
            assert one.generic == pytest.approx(other.generic, abs=1e-6)
    assert [(u.start, u.end) for u in spoken(small)] == [(u.start, u.end) for u in spoken(large)]


def test_silence_is_no_speech_and_costs_no_encoding(model: LiveModel) -> None:
    class Refusing:
        id = "refusing"

        def embed(self, waveform: Waveform) -> np.ndarray:
            raise AssertionError("silence was encoded")

    events = run(stream_of(replace(model, encoder=Refusing())), quiet(5))
    assert {r.state for r in readouts(events)} == {"no speech"}
    assert {r.best for r in readouts(events)} == {None}
    assert spoken(events) == []


def test_speech_is_found_where_it_is(model: LiveModel) -> None:
    events = run(stream_of(model), conversation())
    found = [(u.number, u.start, u.end) for u in spoken(events)]
    assert [f[0] for f in found] == [1, 2]
    assert found[0][1:] == pytest.approx((0.9, 2.6), abs=0.07)
    assert found[1][1:] == pytest.approx((3.4, 6.1), abs=0.07)
    inside = [r for r in readouts(events) if 1.6 < r.time < 2.5 or 4.1 < r.time < 6]
    assert all(r.generic is not None and r.speaking_since is not None for r in inside)


def test_too_little_speech_is_unsure_and_says_nothing(model: LiveModel) -> None:
    events = readouts(run(stream_of(model, least=0.5), conversation()))
    early = [r for r in events if 1.1 < r.time < 1.39]
    assert [(r.state, r.generic) for r in early] == [("unsure", None)]


def test_an_even_distribution_is_unsure_and_a_clear_one_is_not(model: LiveModel) -> None:
    def leaning(share: float):
        return lambda x: np.tile(np.array([share] + [(1 - share) / 7] * 7, np.float32), (len(x), 1))

    sound = np.concatenate((quiet(1), speech(3)))
    for share, state in ((0.3, "unsure"), (0.4, "speech")):
        stream = stream_of(replace(model, generic=leaning(share)), smoothing=0)
        assert {r.state for r in readouts(run(stream, sound)) if r.time > 3.2} == {state}


def test_the_window_reaches_back_to_the_beginning_of_speech_and_no_further(
    model: LiveModel,
) -> None:
    lengths: list[float] = []

    class Measuring:
        id = "measuring"

        def embed(self, waveform: Waveform) -> np.ndarray:
            lengths.append(waveform.seconds)
            return model.encoder.embed(waveform)

    sound = np.concatenate((quiet(1), speech(4)))
    run(stream_of(replace(model, encoder=Measuring()), window=2.0), sound)
    assert lengths[0] == pytest.approx(0.6, abs=0.07)
    assert np.diff(lengths[:5]) == pytest.approx([0.25] * 4)
    assert lengths[-4:] == pytest.approx([2.0] * 4)


def test_the_first_value_is_the_models_own_and_later_ones_follow_in_seconds(
    model: LiveModel,
) -> None:
    sound = np.concatenate((quiet(1), speech(2, 300), speech(3, 3000)))
    plain = readouts(run(stream_of(model, smoothing=0.0), sound))
    smooth = readouts(run(stream_of(model, smoothing=1.0), sound))
    raw = [r.generic for r in plain if r.generic is not None]
    found = [r.generic for r in smooth if r.generic is not None]
    expected = raw[0]
    for value, shown in zip(raw[1:], found[1:], strict=True):
        expected = expected + (1 - np.exp(-0.25)) * (value - expected)
        assert shown == pytest.approx(expected, abs=1e-5)
    assert found[0] == pytest.approx(raw[0])


def test_an_utterance_is_labelled_as_a_file_of_the_same_sound(model: LiveModel) -> None:
    """The second one with the statistics of both, as when both files are predicted together."""
    stream = stream_of(model)
    told = spoken(run(stream, conversation()))
    sounds = [stream.waveform(u.start, u.end) for u in told]
    features = {str(i): model.encoder.embed(sound) for i, sound in enumerate(sounds)}
    normalized = model.normalization.apply(features, dict.fromkeys(features, "me"))
    assert told[1].generic == pytest.approx(model.generic(normalized["1"][None])[0], abs=1e-5)
    alone = model.normalization.apply({"0": features["0"]}, {"0": "me"})
    assert told[0].generic == pytest.approx(model.generic(alone["0"][None])[0], abs=1e-5)
    assert [u.voice_clips for u in told] == [1, 2]


def test_with_the_librarys_statistics_every_utterance_is_as_in_the_library(
    model: LiveModel,
) -> None:
    stream = stream_of(model)
    sounds = [stream.waveform(u.start, u.end) for u in spoken(run(stream, conversation()))]
    features = {str(i): model.encoder.embed(sound) for i, sound in enumerate(sounds)}
    library = RunningStatistics.of(features.values())
    told = spoken(run(stream_of(replace(model, library=library)), conversation()))
    normalized = model.normalization.apply(features, dict.fromkeys(features, "me"))
    for i, utterance in enumerate(told):
        offline = model.generic(normalized[str(i)][None])[0]
        assert utterance.generic == pytest.approx(offline, abs=1e-5)
    assert library.count == 2  # the stream has not added to it


def test_the_voice_settles_with_every_utterance_and_can_be_forgotten(model: LiveModel) -> None:
    stream = stream_of(model)
    last = readouts(run(stream, conversation()))[-1]
    assert last.voice_clips == 2
    assert last.settled == pytest.approx(2 / (2 + model.prior_clips))
    stream.forget_voice()
    assert readouts(run(stream, quiet(0.5)))[-1].voice_clips == 0


def test_yours_stands_beside_everyones(personal: LiveModel) -> None:
    events = run(stream_of(personal), conversation())
    shown = next(r for r in readouts(events) if r.yours is not None)
    assert shown.yours == pytest.approx(shown.generic[::-1])
    assert shown.best == (shown.words[int(shown.yours.argmax())], float(shown.yours.max()))
    assert {u.listener for u in spoken(events)} == {"Ada"}


def test_without_a_model_speech_is_found_but_not_labelled(model: LiveModel) -> None:
    stream = stream_of(None)
    events = run(stream, conversation())
    assert {r.state for r in readouts(events)} == {"no speech", "unsure"}
    assert spoken(events) == []
    stream.model = model
    assert len(spoken(run(stream, conversation()))) == 2


def test_a_late_step_looks_at_the_latest_hop_only_and_says_how_many_it_left_out(
    model: LiveModel,
) -> None:
    stream = stream_of(model)
    stream.feed(np.concatenate((quiet(1), speech(2.1))))
    late = stream.step()
    assert (late.time, late.skipped, late.hop) == (3.0, 11, 3.0)
    assert late.generic is not None
    stream.feed(speech(0.15))
    assert stream.step().time == 3.25
    assert stream.skipped == 11
    assert stream.step() is None


def test_load_is_the_share_of_the_hop_that_computing_takes(model: LiveModel) -> None:
    now = [0.0]

    class Slow:
        id = "slow"

        def embed(self, waveform: Waveform) -> np.ndarray:
            now[0] += 0.1
            return model.encoder.embed(waveform)

    stream = stream_of(replace(model, encoder=Slow()))
    stream._clock = lambda: now[0]
    events = [r for r in readouts(run(stream, speech(14))) if r.generic is not None]
    assert events[-1].compute_ms == pytest.approx(100)
    assert events[-1].load == pytest.approx(0.4, abs=0.02)


def test_memory_is_bounded_and_old_sound_is_forgotten(model: LiveModel) -> None:
    stream = stream_of(model, memory=30)
    for _ in range(5):
        run(stream, conversation())
    assert stream.seconds == 35
    assert stream.waveform(0, 10).seconds == pytest.approx(5)
    assert stream.waveform(20, 22).seconds == pytest.approx(2)


def test_sound_forgotten_before_it_was_looked_at_starts_anew(model: LiveModel) -> None:
    stream = stream_of(model, memory=30)
    stream.feed(speech(1))
    for _ in range(40):
        stream.feed(quiet(1))
    stream.feed(np.concatenate((speech(1), quiet(1))))
    events = run(stream, quiet(1))
    assert events[0].time == pytest.approx(43.0, abs=0.25)
    assert [u.start for u in spoken(events)] == pytest.approx([40.9], abs=0.1)


def test_an_interruption_ends_the_utterance_and_the_next_is_apart(model: LiveModel) -> None:
    stream = stream_of(model)
    run(stream, np.concatenate((quiet(1), speech(1))))
    stream.interrupt()
    told = spoken(run(stream, np.concatenate((speech(1), quiet(1)))))
    assert [(u.start, u.end) for u in told] == [
        (pytest.approx(0.9, abs=0.05), pytest.approx(2.0, abs=0.05)),
        (pytest.approx(2.0, abs=0.05), pytest.approx(3.1, abs=0.05)),
    ]


def test_after_an_interruption_nothing_of_what_was_shown_before_remains(
    personal: LiveModel,
) -> None:
    """With the greatest calmness, the first value after a break is the window's own."""
    low, high = speech(2, 250), np.concatenate((quiet(0.2), speech(2, 3500)))
    library = RunningStatistics.of([personal.features(low), personal.features(high)])
    personal = replace(personal, library=library)
    interrupted = stream_of(personal, smoothing=60.0)
    before = readouts(run(interrupted, low))[-1]
    interrupted.interrupt()
    after = next(r for r in readouts(run(interrupted, high)) if r.generic is not None)
    fresh = stream_of(personal, smoothing=60.0)
    alone = next(r for r in readouts(run(fresh, high)) if r.generic is not None)
    assert after.generic == pytest.approx(alone.generic, abs=1e-5)
    assert after.yours == pytest.approx(alone.yours, abs=1e-5)
    assert not np.allclose(before.generic, alone.generic, atol=1e-3)


def test_another_encoder_begins_the_voice_anew_and_another_head_does_not(
    model: LiveModel, personal: LiveModel
) -> None:
    stream = stream_of(model)
    assert readouts(run(stream, conversation()))[-1].voice_clips == 2
    stream.model = personal
    assert readouts(run(stream, quiet(0.3)))[-1].voice_clips == 2
    stream.model = replace(model, encoder=replace(model.encoder, id="another-encoder"))
    assert readouts(run(stream, quiet(0.3)))[-1].voice_clips == 0
    told = spoken(run(stream, conversation()))
    assert [u.voice_clips for u in told] == [1, 2]


def test_finishing_labels_the_speech_under_way(model: LiveModel) -> None:
    stream = stream_of(model)
    run(stream, np.concatenate((quiet(1), speech(1.2))))
    (told,) = stream.finish()
    assert (told.start, told.end) == pytest.approx((0.9, 2.2), abs=0.05)


def test_samples_that_are_no_numbers_do_no_harm(model: LiveModel) -> None:
    sound = conversation()
    sound[20_000:20_100] = np.nan
    events = run(stream_of(model), sound)
    assert all(np.isfinite(r.generic).all() for r in readouts(events) if r.generic is not None)
    assert len(spoken(events)) == 2


def test_the_beginning_of_speech_is_calmed_and_utterances_are_not(model: LiveModel) -> None:
    """After a second the logits are divided by 1.75, later they are the head's own."""
    sure = np.array([0.93] + [0.01] * 7, np.float32)
    certain = replace(model, generic=lambda x: np.tile(sure, (len(x), 1)))
    events = run(stream_of(certain, smoothing=0), np.concatenate((quiet(1), speech(3), quiet(1))))
    found = {r.time: r.generic for r in readouts(events) if r.generic is not None}
    assert found[2.0] == pytest.approx(tempered(sure, 1.75), abs=0.02)
    assert found[3.25] == pytest.approx(sure)
    assert spoken(events)[0].generic == pytest.approx(sure)


def test_other_words_from_the_next_hop_on(model: LiveModel) -> None:
    stream = stream_of(model)
    run(stream, np.concatenate((quiet(1), speech(1))))
    two = replace(model, words=("a", "b"), generic=lambda x: model.generic(x)[:, :2])
    stream.model = two
    after = [r for r in readouts(run(stream, speech(1))) if r.generic is not None]
    assert {(r.words, r.generic.shape) for r in after} == {(("a", "b"), (2,))}


@pytest.mark.parametrize(
    ("name", "value"), [("window", 0.1), ("window", 20), ("hop", 0.0), ("memory", 1)]
)
def test_options_that_cannot_work_are_refused(name: str, value: float) -> None:
    with pytest.raises(PerserError, match=f"The {name} of"):
        LiveOptions(**{name: value})


def test_clipping_and_level_are_told(model: LiveModel) -> None:
    loud = np.clip(5 * speech(1), -1, 1)
    events = readouts(run(stream_of(model), np.concatenate((quiet(1), loud))))
    assert not events[2].clipping
    assert events[2].level_db == pytest.approx(-60, abs=3)
    assert events[-1].clipping
    assert events[-1].peak_db == pytest.approx(0, abs=0.1)
    assert RATE == 16_000


def test_window_hop_and_calmness_change_under_way(model: LiveModel) -> None:
    stream = stream_of(model, hop=0.25, smoothing=1.0)
    before = readouts(run(stream, quiet(1.0)))
    assert [r.time for r in before] == pytest.approx([0.25, 0.5, 0.75, 1.0])
    stream.adjust(replace(stream.options, hop=0.5, window=3.0, smoothing=0.0, memory=60.0))
    after = readouts(run(stream, speech(2.0)))
    assert [r.time for r in after] == pytest.approx([1.5, 2.0, 2.5, 3.0])
    assert [r.hop for r in after] == pytest.approx([0.5] * 4)
    assert (stream.options.window, stream.options.memory) == (3.0, 300.0)
    # Without calmness the readout is that of the last window alone.
    alone = stream_of(model, hop=0.5, smoothing=0.0, window=3.0)
    fresh = readouts(run(alone, np.concatenate((quiet(1.0), speech(2.0)))))
    assert after[-1].generic == pytest.approx(fresh[-1].generic, abs=1e-6)


def test_a_shorter_hop_under_way_leaves_nothing_out(model: LiveModel) -> None:
    stream = stream_of(model, hop=1.0)
    run(stream, quiet(1.9))
    stream.adjust(replace(stream.options, hop=0.25))
    after = readouts(run(stream, quiet(0.6)))
    assert [r.time for r in after] == pytest.approx([1.75, 2.0, 2.25, 2.5])
    assert [r.skipped for r in after] == [0, 0, 0, 0]
