from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.audio import content_hash, open_waveform
from perser_gui.errors import Cancelled, PerserError
from perser_gui.paths import shipped
from perser_gui.progress import Progress
from perser_gui.records import Clip, FloatArray, Waveform, clip_part
from perser_gui.upstream import FeatureCache, embed_clips
from perser_gui.upstream import embed as embedding

from .conftest import LoudnessEncoder, MakeFile


@pytest.fixture
def cache(tmp_path: Path) -> FeatureCache:
    return FeatureCache(tmp_path / "features")


def test_every_clip_gets_the_features_of_its_own_file(
    make_file: MakeFile, cache: FeatureCache
) -> None:
    clips = [make_file(0.3 + 0.2 * seed, seed) for seed in range(7)]
    encoder = LoudnessEncoder()
    result = embed_clips(clips, encoder, cache)
    assert result.problems == ()
    assert list(result.features) == [clip.content for clip in clips]
    for clip in clips:
        found = result.features[clip.content]
        assert found.encoder == encoder.id
        assert found.seconds == pytest.approx(clip.seconds)
        expected = LoudnessEncoder().embed(open_waveform(clip.path))
        np.testing.assert_array_equal(found.layers, expected)


def test_silence_around_speech_does_not_count(tmp_path: Path) -> None:
    sound = open_waveform(shipped("resources", "starter", "synthetic-anna-1.flac"))
    silence = np.zeros(2 * sound.rate, np.float32)
    clips = []
    for name, parts in (("tight", (silence[:4000],)), ("wide", (silence,))):
        path = tmp_path / f"{name}.wav"
        soundfile.write(path, np.concatenate((*parts, sound.samples, *parts)), sound.rate)
        clips.append(Clip(content_hash(path), path, open_waveform(path).seconds))
    tight, wide = embed_clips(clips, LoudnessEncoder()).features.values()
    assert wide.seconds == pytest.approx(tight.seconds, abs=0.07)
    np.testing.assert_allclose(tight.layers, wide.layers, rtol=0.05)


def test_a_second_time_nothing_is_computed_even_if_the_files_are_gone(
    make_file: MakeFile, cache: FeatureCache
) -> None:
    clips = [make_file(seed=seed) for seed in range(3)]
    first = embed_clips(clips, LoudnessEncoder(), cache)
    for clip in clips:
        clip.path.unlink()
    encoder = LoudnessEncoder()
    second = embed_clips(clips, encoder, cache)
    assert encoder.embedded == 0
    assert second.problems == ()
    for clip in clips:
        np.testing.assert_array_equal(
            first.features[clip.content].layers, second.features[clip.content].layers
        )


def test_cached_features_of_the_wrong_size_are_computed_again(
    make_file: MakeFile, cache: FeatureCache
) -> None:
    class Wider(LoudnessEncoder):
        width = 4

        def embed(self, waveform: Waveform) -> FloatArray:
            return np.tile(super().embed(waveform), (1, 2))

    clips = [make_file()]
    embed_clips(clips, LoudnessEncoder(), cache)
    result = embed_clips(clips, Wider(), cache)
    assert result.features[clips[0].content].layers.shape == (1, 4)


def test_the_same_clip_twice_is_embedded_once(make_file: MakeFile) -> None:
    encoder = LoudnessEncoder()
    result = embed_clips([make_file(), make_file()], encoder)
    assert encoder.embedded == 1
    assert len(result.features) == 1


def test_bad_clips_become_problems_that_name_them_and_hold_up_nobody(
    make_file: MakeFile, tmp_path: Path
) -> None:
    good = [make_file(seed=1), make_file(seed=2)]
    junk = tmp_path / "junk.wav"
    junk.write_bytes(b"RIFF but not really")
    gone = Clip("0" * 64, tmp_path / "gone.wav", 1.0)
    changed = Clip("1" * 64, good[0].path, 0.5)
    from perser_gui.audio import content_hash

    clips = [good[0], Clip(content_hash(junk), junk, 1.0), gone, changed, good[1]]
    result = embed_clips(clips, LoudnessEncoder())
    assert set(result.features) == {clip.content for clip in good}
    assert len(result.problems) == 3
    assert "junk.wav" in result.problems[0]
    assert "gone.wav" in result.problems[1]
    assert "has changed since it was added" in result.problems[2]


def test_a_clip_that_the_encoder_refuses_is_told_apart_from_its_batch(
    make_file: MakeFile,
) -> None:
    class Picky(LoudnessEncoder):
        batch_seconds = 60.0

        def embed_batch(
            self, waveforms: Sequence[Waveform], *, progress: Progress | None = None
        ) -> list[FloatArray]:
            if any(waveform.seconds > 0.9 for waveform in waveforms):
                raise PerserError("Too long for me.")
            return super().embed_batch(waveforms)

    clips = [make_file(0.5, 1), make_file(1.0, 2), make_file(0.6, 3)]
    result = embed_clips(clips, Picky())
    assert set(result.features) == {clips[0].content, clips[2].content}
    assert result.problems == (f"{clips[1].path}: Too long for me.",)


def test_features_that_are_no_numbers_are_a_problem_and_not_cached(
    make_file: MakeFile, cache: FeatureCache
) -> None:
    class Broken(LoudnessEncoder):
        def embed(self, waveform: Waveform) -> FloatArray:
            return np.full((1, 2), np.nan, np.float32)

    clip = make_file()
    result = embed_clips([clip], Broken(), cache)
    assert result.features == {}
    assert "finite" in result.problems[0]
    assert not cache._path(clip.content, Broken.id).exists()


def test_cancelling_stops_between_clips_and_keeps_what_is_done(
    make_file: MakeFile, cache: FeatureCache
) -> None:
    clips = [make_file(0.9, seed) for seed in range(6)]
    progress = Progress()

    class Cancelling(LoudnessEncoder):
        def embed(self, waveform: Waveform) -> FloatArray:
            if self.embedded == 2:
                progress.cancel()
            return super().embed(waveform)

    encoder = Cancelling()
    with pytest.raises(Cancelled):
        embed_clips(clips, encoder, cache, progress)
    assert encoder.embedded == 3
    assert sum(cache.get(clip.content, encoder.id) is not None for clip in clips) == 3


def test_cancelling_does_not_wait_for_a_slow_decoder(
    make_file: MakeFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    release = threading.Event()
    progress = Progress()

    def slow(clip: Clip) -> Waveform:
        progress.cancel()
        release.wait(30)
        raise PerserError("never mind")

    monkeypatch.setattr(embedding, "open_clip", slow)
    try:
        with pytest.raises(Cancelled):
            embed_clips([make_file()], LoudnessEncoder(), None, progress)
        assert not release.is_set()
    finally:
        release.set()


def test_progress_rises_to_one_and_counts_cached_clips(
    make_file: MakeFile, cache: FeatureCache
) -> None:
    clips = [make_file(0.9, seed) for seed in range(4)]
    embed_clips(clips[:2], LoudnessEncoder(), cache)
    seen: list[tuple[float, str]] = []
    progress = Progress(lambda share, text: seen.append((share, text)))
    embed_clips(clips, LoudnessEncoder(), cache, progress)
    assert seen == [(0.5, "Clip 3 of 4"), (0.75, "Clip 4 of 4"), (1.0, "4 clips ready")]


def test_notes_of_the_encoder_and_of_the_cache_are_passed_on(
    make_file: MakeFile, tmp_path: Path
) -> None:
    class Noted(LoudnessEncoder):
        notes = ("The GPU was full.",)

    blocked = tmp_path / "file"
    blocked.touch()
    result = embed_clips([make_file()], Noted(), FeatureCache(blocked))
    assert len(result.features) == 1
    assert result.notes[0] == "The GPU was full."
    assert "cannot be kept" in result.notes[1]


def test_no_clips_at_all_give_nothing() -> None:
    assert embed_clips([], LoudnessEncoder()).features == {}


def speech_and_noise(folder: Path) -> list[Clip]:
    sound = open_waveform(shipped("resources", "starter", "synthetic-anna-1.flac"))
    noise = np.random.default_rng(0).normal(0, 0.1, 2 * sound.rate)
    clips = []
    for name, samples in (("speech", sound.samples), ("noise", noise)):
        path = folder / f"{name}.wav"
        soundfile.write(path, samples, sound.rate)
        clips.append(Clip(content_hash(path), path, open_waveform(path).seconds))
    return clips


def test_whether_anybody_speaks_is_found_and_kept_with_the_features(
    tmp_path: Path, cache: FeatureCache
) -> None:
    clips = speech_and_noise(tmp_path)
    both = [*clips, clip_part(clips[0], 0.3, 1.2), clip_part(clips[1], 0.2, 1.9)]
    found = embed_clips(both, LoudnessEncoder(), cache).features
    assert [found[clip.content].speech for clip in both] == [True, False, True, False]
    for clip in clips:
        clip.path.unlink()
    again = embed_clips(both, LoudnessEncoder(), cache).features
    assert [again[clip.content].speech for clip in both] == [True, False, True, False]


def test_features_of_an_older_version_learn_whether_anybody_speaks_without_the_encoder(
    tmp_path: Path, cache: FeatureCache
) -> None:
    clips = speech_and_noise(tmp_path)
    first = embed_clips(clips, LoudnessEncoder(), cache).features
    for found in first.values():
        cache.put(replace(found, speech=None))
    encoder = LoudnessEncoder()
    unasked = embed_clips(clips, encoder, cache, speech=False).features
    assert [unasked[clip.content].speech for clip in clips] == [None, None]
    upgraded = embed_clips(clips, encoder, cache)
    assert [upgraded.features[clip.content].speech for clip in clips] == [True, False]
    assert encoder.embedded == 0
    for clip in clips:
        np.testing.assert_array_equal(
            upgraded.features[clip.content].layers, first[clip.content].layers
        )
        kept = cache.get(clip.heard, encoder.id)
        assert kept is not None
        assert kept.speech is not None
        cache.put(replace(kept, speech=None))
        clip.path.unlink()
    gone = embed_clips(clips, encoder, cache)
    assert (gone.problems, len(gone.features)) == ((), 2)
    assert {found.speech for found in gone.features.values()} == {None}
