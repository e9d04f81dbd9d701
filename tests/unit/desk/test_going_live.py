"""What the desk gives to a live stream, and what it keeps of one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.audio import open_waveform
from perser_gui.desk import Desk
from perser_gui.desk.opening import starter_clips
from perser_gui.errors import PerserError
from perser_gui.model.normalization import RunningStatistics
from perser_gui.progress import Progress
from perser_gui.records import Waveform


def tone(hertz: float) -> Waveform:
    t = np.arange(16_000) / 16_000
    return Waveform((0.3 * np.sin(2 * np.pi * hertz * t)).astype(np.float32), 16_000)


def test_the_live_model_predicts_clips_as_the_desk_does(
    desk: Desk, clips: list[str], audio: Path
) -> None:
    model = desk.live_model(None, Progress(), voice=[audio])
    assert model.library is not None
    assert model.library.count == 8
    offline = desk.predict(clips, None, Progress())
    for content, prediction in zip(clips, offline, strict=True):
        features = model.features(desk.waveform(content).samples)
        yours, generic = model.probabilities(features, RunningStatistics())
        assert generic == pytest.approx(prediction.probabilities, abs=1e-5)
        assert yours is None


def test_the_listeners_profile_stands_beside_everyones_once_there_is_one(
    desk: Desk, clips: list[str], audio: Path
) -> None:
    ada = desk.add_listener("Ada")
    assert desk.live_model(ada.id, Progress()).yours is None
    for number, content in enumerate(clips):
        desk.rate(ada.id, content, emotions=("happy" if number % 2 else "sad",))
    result = desk.adapt(ada.id, adapter="fine-tune", progress=Progress())
    desk.make_current(ada.id, result.record.id)
    model = desk.live_model(ada.id, Progress(), voice=[audio])
    assert model.listener == "Ada"
    (pair,) = desk.compare(clips[:1], ada.id, Progress())
    features = model.features(desk.waveform(clips[0]).samples)
    found = model.probabilities(features, RunningStatistics())
    for mine, theirs in zip(found, pair, strict=True):
        assert mine == pytest.approx(theirs.probabilities, abs=1e-5)


def test_a_kept_utterance_is_a_clip_that_can_be_rated_and_learned_from(desk: Desk) -> None:
    ada = desk.add_listener("Ada")
    kept = [
        desk.keep_recording(tone(200 + 100 * number), "Live 12:00", Progress())
        for number in range(3)
    ]
    assert len({clip.path for clip in kept}) == 3
    assert {clip.voice for clip in kept} == {str(kept[0].path.parent)}
    assert kept[0].path.is_relative_to(desk.store_path.parent)
    assert soundfile.info(kept[0].path).frames == 16_000
    desk.rate(ada.id, kept[0].content, emotions=("sad",))
    (rating,) = desk.ratings(ada.id)
    assert rating.clip == kept[0].content
    assert [row.clip.content for row in desk.clips(ada.id)] == [clip.content for clip in kept]
    assert not any(row.missing for row in desk.clips())


def test_a_recording_that_cannot_be_written_is_said_and_leaves_nothing(desk: Desk) -> None:
    (desk.store_path.parent / "recordings").write_text("in the way")
    with pytest.raises(PerserError, match="could not be kept"):
        desk.keep_recording(tone(200), "Live", Progress())
    assert desk.clips() == []


def test_clips_of_the_speaker_that_cannot_be_read_are_named(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "broken.wav").write_bytes(b"no sound")
    with pytest.raises(PerserError, match=r"broken\.wav"):
        desk.live_model(None, Progress(), voice=[tmp_path / "broken.wav"])


def test_silence_around_the_speakers_clips_does_not_colour_the_voice(
    desk: Desk, tmp_path: Path
) -> None:
    means = []
    for seconds in (0.0, 2.0):
        folder = tmp_path / f"{seconds}"
        folder.mkdir()
        for path in starter_clips()[:3]:
            sound = open_waveform(path)
            around = np.zeros(round((0.5 + seconds) * sound.rate), np.float32)
            padded = np.concatenate((around, sound.samples, around))
            soundfile.write(folder / f"{path.stem}.wav", padded, sound.rate)
        library = desk.live_model(None, Progress(), voice=[folder]).library
        assert library is not None
        means.append(library.mean)
    apart = np.abs(means[0] - means[1]).mean() / np.abs(means[0]).mean()
    assert apart < 0.05  # with the silence left in: 0.33


def test_a_recorded_clip_has_the_name_it_was_given_and_is_its_owners_alone(desk: Desk) -> None:
    names = ("angry / again?", "angry / again?", " ..", "../../x")
    kept = [desk.keep_recording(tone(200 + 20 * n), "a/b", Progress(), name=name)
            for n, name in enumerate(names)]  # fmt: skip
    paths = [clip.path for clip in kept]
    folder = desk.store_path.parent / "recordings" / "a_b"
    assert {path.parent for path in paths} == {folder}
    assert [path.name for path in paths[:2]] == ["angry _ again_.wav", "angry _ again_ (2).wav"]
    assert paths[3].name == "_.._x.wav"
    assert all(path.stat().st_mode & 0o077 == 0 for path in paths)
    assert len({clip.voice for clip in kept}) == 1
    assert [row.clip for row in desk.clips()] == kept
