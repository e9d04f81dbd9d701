from __future__ import annotations

import numpy as np
import pytest

from perser_gui.model.normalization import RunningStatistics, SpeakerNormalization

RNG = np.random.default_rng(4)
CLIPS = {f"c{i}": RNG.normal(3, 2, (2, 5)).astype(np.float32) for i in range(12)}


def test_running_statistics_equal_mean_and_variance_of_all_clips_at_once() -> None:
    statistics = RunningStatistics.of(CLIPS.values())
    stack = np.stack(list(CLIPS.values())).astype(np.float64)
    assert statistics.count == 12
    assert np.allclose(statistics.mean, stack.mean(0))
    assert np.allclose(statistics.variance, stack.var(0))


def test_a_speakers_statistics_are_shrunk_towards_the_prior_by_n_over_n_plus_n0() -> None:
    prior = SpeakerNormalization(
        np.full((2, 5), 1.0, np.float32), np.full((2, 5), 4.0, np.float32), n0=8.0
    )
    stack = np.stack(list(CLIPS.values())).astype(np.float64)
    mean = (12 * stack.mean(0) + 8 * 1.0) / 20
    scale = np.sqrt((12 * stack.var(0) + 8 * 16.0) / 20)
    applied = prior.apply(CLIPS, dict.fromkeys(CLIPS, "speaker"))
    assert np.allclose(applied["c3"], (CLIPS["c3"] - mean) / scale, atol=1e-5)


def test_clips_without_a_known_voice_take_the_prior_alone() -> None:
    prior = SpeakerNormalization(np.full((2, 5), 1.0, np.float32), np.full((2, 5), 4.0, np.float32))
    applied = prior.apply(CLIPS, {"c0": "a", "c1": "a"})
    assert np.allclose(applied["c5"], (CLIPS["c5"] - 1) / 4, atol=1e-6)


def test_the_live_way_clip_by_clip_ends_where_the_whole_set_does() -> None:
    prior = SpeakerNormalization.identity(2, 5)
    running = RunningStatistics()
    for features in CLIPS.values():
        running.update(features)
    whole = prior.apply(CLIPS, dict.fromkeys(CLIPS, "s"))
    assert np.allclose(prior.transform(CLIPS["c7"], running), whole["c7"], atol=1e-6)


def test_an_own_offset_and_loudness_of_a_speaker_disappears() -> None:
    prior = SpeakerNormalization(np.zeros((2, 5), np.float32), np.ones((2, 5), np.float32), n0=1e-6)
    louder = {name: 7 * value - 30 for name, value in CLIPS.items()}
    voices = dict.fromkeys(CLIPS, "s")
    for name, value in prior.apply(louder, voices).items():
        assert np.allclose(value, prior.apply(CLIPS, voices)[name], atol=1e-3)


def test_the_prior_is_fitted_so_that_every_speaker_counts_the_same() -> None:
    features = {"a": np.full((1, 1), 0.0), "b": np.full((1, 1), 2.0)}
    features |= {f"n{i}": np.full((1, 1), 9.0 + i % 2) for i in range(50)}
    voices = {name: "few" if name in "ab" else "many" for name in features}
    fitted = SpeakerNormalization.fit(
        {k: v.astype(np.float32) for k, v in features.items()}, voices
    )
    assert fitted.mean[0, 0] == pytest.approx((1.0 + 9.5) / 2)
    assert fitted.scale[0, 0] == pytest.approx(np.sqrt((1.0 + 0.25) / 2))


def test_a_speaker_with_one_clip_says_nothing_about_how_much_a_voice_varies() -> None:
    many = {name: np.full((1, 1), v, np.float32) for name, v in zip("abc", (0, 2, 4), strict=True)}
    voices = {**dict.fromkeys("abc", "ada"), "d": "bo", "e": "cy"}
    single = {"d": np.full((1, 1), 9, np.float32), "e": np.full((1, 1), 7, np.float32)}
    fitted = SpeakerNormalization.fit({**many, **single}, voices)
    assert fitted.mean[0, 0] == pytest.approx((2 + 9 + 7) / 3)
    assert fitted.scale[0, 0] == pytest.approx(np.sqrt(8 / 3))


def test_broken_and_constant_features_do_no_harm_to_the_rest() -> None:
    clips = dict(CLIPS, broken=np.full((2, 5), np.nan, np.float32))
    prior = SpeakerNormalization.identity(2, 5)
    voices = dict.fromkeys(clips, "s")
    assert np.allclose(prior.apply(clips, voices)["c1"], prior.apply(CLIPS, voices)["c1"])
    constant = {name: np.ones((1, 1), np.float32) for name in "xyz"}
    fitted = SpeakerNormalization.fit(constant, dict.fromkeys(constant, "s"))
    assert np.isfinite(fitted.apply(constant, dict.fromkeys(constant, "s"))["x"]).all()
