"""Long recordings are cut into utterances that are rated, predicted and kept like clips."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile

from perser_gui.audio import open_waveform, speech
from perser_gui.audio.speech import Segment
from perser_gui.desk import Desk
from perser_gui.desk.cutting import Cutting
from perser_gui.desk.opening import starter_clips
from perser_gui.errors import Cancelled, PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, clip_part
from perser_gui.testing import write_tone

RATE = 16_000


@pytest.fixture
def call(tmp_path: Path) -> tuple[Path, list[tuple[float, float]]]:
    """A recording of 30 s: starter clips between pauses, and where each was put (s)."""
    rng = np.random.default_rng(5)
    parts, places, now = [], [], 0.0
    for path in starter_clips()[:20]:
        samples = open_waveform(path).samples
        pause = (1e-4 * rng.standard_normal(round(1.5 * RATE))).astype(np.float32)
        parts += [pause, samples]
        places.append((now + 1.5, now + 1.5 + len(samples) / RATE))
        now += 1.5 + len(samples) / RATE
        if now > 30:
            break
    path = tmp_path / "calls" / "call.wav"
    path.parent.mkdir()
    soundfile.write(path, np.concatenate(parts), RATE)
    return path, places


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Speech is found from 1 to 3, 5 to 9 and 21 to 23.5 s; the files that were looked at."""
    asked: list[Path] = []

    def found(
        path: Path,
        rules: object = None,
        progress: Progress | None = None,
        *,
        channel: int | None = None,
        sound: object = None,
    ) -> list[Segment]:
        asked.append(Path(path))
        (progress or Progress()).report(0.5, "Looking for speech")
        return [Segment(1.0, 3.0), Segment(5.0, 9.0), Segment(21.0, 23.5)]

    monkeypatch.setattr(speech, "utterances", found)
    return asked


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Twenty-four seconds of a tone that rises, so that every part sounds different."""
    time = np.arange(24 * RATE) / RATE
    path = tmp_path / "long" / "talk.flac"
    path.parent.mkdir()
    soundfile.write(path, 0.3 * np.sin(2 * np.pi * (200 + 40 * time) * time), RATE)
    return path


def spans(clips: list[Clip]) -> list[tuple[float, float]]:
    return [(clip.span.start, clip.span.end) for clip in clips if clip.span is not None]


def test_each_utterance_of_a_recording_becomes_a_clip_where_somebody_speaks(
    desk: Desk, call: tuple[Path, list[tuple[float, float]]]
) -> None:
    path, places = call
    opened = desk.open_clips([path], Progress())
    assert len(opened.clips) >= len(places) - 2
    for start, end in spans(opened.clips):
        inside = [min(end, b) - max(start, a) for a, b in places]
        assert max(inside) > 0.6 * (end - start)
    assert all(clip.span is not None and clip.span.of > 30 for clip in opened.clips)
    assert {clip.voice for clip in opened.clips} == {str(path)}
    assert [row.clip for row in desk.clips()] == opened.clips
    assert opened.problems == []


def test_a_clip_up_to_the_limit_stays_whole(desk: Desk, tmp_path: Path, spoken: list[Path]) -> None:
    path = write_tone(tmp_path / "short.wav", 300, seconds=19.9)
    (clip,) = desk.open_clips([path], Progress()).clips
    assert clip.span is None
    assert clip.voice == str(tmp_path)
    assert spoken == []


def test_the_limit_is_a_wish_and_zero_cuts_nothing(
    desk: Desk, recording: Path, spoken: list[Path]
) -> None:
    (whole,) = desk.open_clips([recording], Progress(), cut_above=0).clips
    assert whole.span is None
    assert spans(desk.open_clips([recording], Progress(), cut_above=30).clips) == []
    assert len(desk.open_clips([recording], Progress(), cut_above=23).clips) == 3


def test_an_utterance_sounds_like_its_stretch_of_the_recording(
    desk: Desk, recording: Path, spoken: list[Path]
) -> None:
    clips = desk.open_clips([recording], Progress()).clips
    assert spans(clips) == [(1.0, 3.0), (5.0, 9.0), (21.0, 23.5)]
    whole = open_waveform(recording).samples
    assert np.array_equal(desk.waveform(clips[1].content).samples, whole[5 * RATE : 9 * RATE])


def test_utterances_are_rated_adapted_to_and_still_there_after_a_restart(
    desk: Desk, recording: Path, spoken: list[Path], checkpoint: Path, tmp_path: Path
) -> None:
    first, second, _ = desk.open_clips([recording], Progress()).clips
    ana = desk.add_listener("Ana")
    desk.rate(ana.id, first.content, emotions=["happy"])
    desk.rate(ana.id, second.content, emotions=["sad"])
    assert desk.adapt(ana.id, progress=Progress()).record is not None
    desk.close()
    again = Desk.open(
        data_dir=tmp_path / "data", cache_dir=tmp_path / "cache", checkpoint=str(checkpoint)
    )
    rows = again.clips(ana.id)
    again.close()
    assert [row.clip.span for row in rows[:2]] == [first.span, second.span]
    assert [row.rating.emotions if row.rating else () for row in rows] == [("happy",), ("sad",), ()]


def test_features_of_each_utterance_are_its_own_and_cached(
    desk: Desk, recording: Path, spoken: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from perser_gui.upstream import embed

    clips = desk.open_clips([recording], Progress()).clips
    assert desk.embed([clip.content for clip in clips], Progress()) == []
    features = desk._engine.known_features(clips)
    assert len({layers.tobytes() for layers in features.values()}) == 3
    monkeypatch.setattr(embed, "open_clip", None)
    desk._engine._features.clear()
    assert desk.embed([clip.content for clip in clips], Progress()) == []


def test_a_recording_is_read_once_to_check_it_for_all_its_utterances(
    desk: Desk, recording: Path, spoken: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from perser_gui.upstream import embed

    clips = desk.open_clips([recording], Progress()).clips
    read: list[Path] = []
    hashed = embed.content_hash
    monkeypatch.setattr(embed, "content_hash", lambda path: read.append(path) or hashed(path))
    desk.embed([clip.content for clip in clips], Progress())
    assert read == [recording]


def test_a_recording_that_changed_is_not_taken_for_what_was_rated(
    desk: Desk, recording: Path, spoken: list[Path]
) -> None:
    clips = desk.open_clips([recording], Progress()).clips
    soundfile.write(recording, np.zeros(24 * RATE), RATE)
    problems = desk.embed([clip.content for clip in clips], Progress())
    assert len(problems) == 3
    assert "has changed" in problems[0]


def test_cancelling_while_a_recording_is_cut_leaves_the_list_as_it_was(
    desk: Desk, audio: Path, recording: Path, spoken: list[Path]
) -> None:
    progress = Progress(lambda _, said: progress.cancel() if "Looking" in said else None)
    with pytest.raises(Cancelled):
        desk.open_clips([audio, recording], progress)
    assert desk.clips() == []


def test_progress_rises_to_the_end_and_names_the_recording(
    desk: Desk, call: tuple[Path, list[tuple[float, float]]]
) -> None:
    seen: list[tuple[float, str]] = []
    desk.open_clips([call[0]], Progress(lambda share, said: seen.append((share, said))))
    shares = [share for share, _ in seen]
    assert shares == sorted(shares)
    assert len([share for share in shares if 0 < share < 1]) >= 3
    assert any("call.wav" in said for share, said in seen if 0 < share < 1)


def test_where_a_recording_was_cut_is_remembered_and_damage_costs_only_time(
    desk: Desk, recording: Path, spoken: list[Path], tmp_path: Path
) -> None:
    first = desk.open_clips([recording], Progress()).clips
    assert desk.open_clips([recording], Progress()).clips == first
    assert len(spoken) == 1
    (kept,) = (tmp_path / "cache" / "utterances").iterdir()
    assert kept.stat().st_mode & 0o077 == 0, "it is for its owner only"
    for damage in ('{"a": 1}', "[[5, 3]]", "[[0, 9e9]]", "[[NaN, 1]]", "[" * 9999, "\0"):
        kept.write_text(damage, encoding="utf-8")
        assert desk.open_clips([recording], Progress()).clips == first
    assert len(spoken) == 7


def test_an_utterance_that_is_known_keeps_its_borders_when_the_rest_is_cut(
    desk: Desk, recording: Path, spoken: list[Path]
) -> None:
    (whole,) = desk.open_clips([recording], Progress(), cut_above=0).clips
    own = clip_part(whole, 4.8, 8.7)
    desk._store.add_clips([own])
    ana = desk.add_listener("Ana")
    desk.rate(ana.id, own.content, emotions=["happy"])
    clips = desk.open_clips([recording], Progress()).clips
    assert spans(clips) == [(1.0, 3.0), (4.8, 8.7), (21.0, 23.5)]
    (rating,) = desk.ratings(ana.id)
    assert (rating.clip, rating.emotions) == (own.content, ("happy",))


@pytest.mark.parametrize(("start", "again"), [(6.9, False), (7.3, True), (8.2, True)])
def test_what_overlaps_a_known_utterance_by_less_than_half_is_cut_too(
    desk: Desk, recording: Path, spoken: list[Path], start: float, again: bool
) -> None:
    """Speech lies from 5 to 9 s; the known utterance reaches from `start` to 13 s."""
    (whole,) = desk.open_clips([recording], Progress(), cut_above=0).clips
    own = clip_part(whole, start, 13.0)
    desk._store.add_clips([own])
    clips = desk.open_clips([recording], Progress()).clips
    found = [(1.0, 3.0), *([(5.0, 9.0)] if again else []), (start, 13.0), (21.0, 23.5)]
    assert spans(clips) == found


def test_known_utterances_learn_who_speaks_and_where_their_recording_lies(
    desk: Desk, recording: Path, spoken: list[Path], tmp_path: Path
) -> None:
    (whole,) = desk.open_clips([recording], Progress(), cut_above=0).clips
    named = replace(clip_part(whole, 4.8, 8.7), speaker="Bea")
    nameless = clip_part(whole, 21.2, 23.4)
    moved = replace(whole, path=tmp_path / "elsewhere.flac", speaker="Cy")
    parts = Cutting().utterances(moved, [named, nameless], Progress())
    assert [(part.span.start, part.speaker) for part in parts if part.span] == [
        (1.0, "Cy"),
        (4.8, "Bea"),
        (21.2, "Cy"),
    ]
    assert {(part.path, part.source) for part in parts} == {(moved.path, str(moved.path))}


def test_what_begins_in_the_last_moment_of_a_recording_is_no_utterance(
    desk: Desk, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (whole,) = desk.open_clips([recording], Progress(), cut_above=0).clips
    end = whole.seconds

    def found(*_: object, **__: object) -> list[Segment]:
        return [Segment(1.0, 2.0), Segment(end - 0.5, end + 0.3), Segment(end - 0.01, end + 0.6)]

    monkeypatch.setattr(speech, "utterances", found)
    assert spans(Cutting().utterances(whole, [], Progress())) == [(1.0, 2.0), (end - 0.5, end)]


def test_the_utterances_of_a_recording_stand_together_in_their_order(
    desk: Desk, audio: Path, recording: Path, spoken: list[Path]
) -> None:
    (whole,) = desk.open_clips([recording], Progress(), cut_above=0).clips
    desk._store.add_clips([clip_part(whole, 21.0, 23.5)])
    desk.open_clips([audio], Progress())
    desk.open_clips([recording], Progress())
    listed = [row.clip for row in desk.clips()]
    assert listed[0] == whole
    assert spans(listed[1:4]) == [(1.0, 3.0), (5.0, 9.0), (21.0, 23.5)]
    assert [clip.path.parent for clip in listed[4:]] == [audio] * 8


def test_a_recording_that_moved_takes_its_utterances_and_their_ratings_along(
    desk: Desk, recording: Path, spoken: list[Path], tmp_path: Path
) -> None:
    clips = desk.open_clips([recording], Progress()).clips
    ana = desk.add_listener("Ana")
    desk.rate(ana.id, clips[2].content, emotions=["sad"])
    moved = recording.rename(tmp_path / "elsewhere.flac")
    assert {row.missing for row in desk.clips()} == {True}
    assert {clip.path for clip in desk.open_clips([moved], Progress()).clips} == {moved}
    rows = desk.clips(ana.id)
    assert {row.missing for row in rows} == {False}
    assert rows[2].rating is not None


def test_a_long_file_without_speech_stays_whole_and_says_so(desk: Desk, tmp_path: Path) -> None:
    path = write_tone(tmp_path / "hum.wav", 120, seconds=21)
    opened = desk.open_clips([path], Progress())
    assert [clip.span for clip in opened.clips] == [None]
    assert opened.warnings == ["No speech was found in hum.wav, so it was not cut."]


def test_a_damaged_recording_is_one_sentence_and_the_rest_still_opens(
    desk: Desk, audio: Path, recording: Path
) -> None:
    data = bytearray(recording.read_bytes())
    third = len(data) // 3
    data[third : 2 * third] = bytes(third)
    recording.write_bytes(data)
    opened = desk.open_clips([recording, audio], Progress())
    assert len(opened.clips) == 8
    (problem,) = opened.problems
    assert "talk.flac" in problem


def test_predictions_of_a_recording_come_by_utterance_and_leave_the_list_alone(
    desk: Desk, recording: Path, spoken: list[Path]
) -> None:
    found = desk.predict_files([recording], None, Progress())
    assert spans(found.clips) == [(1.0, 3.0), (5.0, 9.0), (21.0, 23.5)]
    assert len(found.pairs) == 3
    assert desk.clips() == []
    assert len(desk.predict_files([recording], None, Progress(), cut_above=0).pairs) == 1


def test_exported_predictions_say_where_each_utterance_lies(
    desk: Desk, recording: Path, audio: Path, spoken: list[Path], tmp_path: Path
) -> None:
    desk.open_clips([recording, audio / "0.wav"], Progress())
    ana = desk.add_listener("Ana")
    desk.export_predictions(tmp_path / "p.json", ana.id, "json", Progress())
    rows = json.loads((tmp_path / "p.json").read_text())["predictions"]
    times = [(row["start"], row["end"], row["seconds"]) for row in rows]
    assert times == [(1.0, 3.0, 2.0), (5.0, 9.0, 4.0), (21.0, 23.5, 2.5), (0.0, 0.4, 0.4)]


def test_labels_of_utterances_come_back_from_the_table_they_were_exported_to(
    desk: Desk, recording: Path, spoken: list[Path], checkpoint: Path, tmp_path: Path
) -> None:
    clips = desk.open_clips([recording], Progress()).clips
    ana = desk.add_listener("Ana")
    for clip, word in zip(clips, ("happy", "sad", "angry"), strict=True):
        desk.rate(ana.id, clip.content, emotions=[word])
    desk.export_ratings(tmp_path / "labels.csv", ana.id)
    other = Desk.open(data_dir=tmp_path / "other", cache_dir=tmp_path / "cache")
    imported = other.import_ratings(tmp_path / "labels.csv", tmp_path, Progress())
    rows = other.clips(imported.listeners[0].id)
    assert other.import_ratings(tmp_path / "labels.csv", tmp_path, Progress()).ratings == 0
    other.close()
    assert imported.ratings == 3
    assert [row.clip.content for row in rows] == [clip.content for clip in clips]
    assert [row.rating.emotions for row in rows if row.rating] == [("happy",), ("sad",), ("angry",)]


def test_a_table_can_name_any_part_of_a_file_and_the_whole_of_it(
    desk: Desk, recording: Path
) -> None:
    table = recording.parent / "r.csv"
    table.write_text(
        "file,listener,emotion,start,end\n"
        "talk.flac,Ana,happy,2,4.5\ntalk.flac,Ana,sad,22,\ntalk.flac,Ana,angry,,\n"
        "talk.flac,Ana,sad,3,2\ntalk.flac,Ana,sad,20,99\ntalk.flac,Ana,sad,x,3\n"
    )
    imported = desk.import_ratings(table, recording.parent, Progress())
    said = {rating.clip: rating.emotions for rating in desk.ratings(imported.listeners[0].id)}
    clips = [row.clip for row in desk.clips()]
    assert [clip.span is None for clip in clips] == [True, False, False]
    assert spans(clips) == [(2.0, 4.5), (22.0, 24.0)]
    assert [said[clip.content] for clip in clips] == [("angry",), ("happy",), ("sad",)]
    assert len(imported.problems) == 3
    assert "20 to 99 s" in imported.problems[1]


def test_evaluating_refuses_a_table_of_parts_instead_of_mixing_them_up(tmp_path: Path) -> None:
    from perser_gui.desk.named_clips import refuse_parts

    table = tmp_path / "r.csv"
    table.write_text("file,listener,emotion,start\na.wav,Ana,sad,1\nb.wav,Ana,sad,2\n")
    refuse_parts(table)
    table.write_text("file,listener,emotion,start\na.wav,Ana,sad,1\na.wav,Ana,sad,2\n")
    with pytest.raises(PerserError, match=r"parts of a\.wav"):
        refuse_parts(table)
