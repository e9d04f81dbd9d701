"""A study from its definition to the table of agreement, without any door."""

from __future__ import annotations

import csv
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from perser_gui.corpora.ratings import read_ratings
from perser_gui.desk import Desk
from perser_gui.desk.comparing import table_comparison
from perser_gui.desk.studies.definition import Study, read_study, write_study
from perser_gui.desk.studies.sitting import Sitting
from perser_gui.desk.studies.studying import StudyState
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.progress import Progress

PLAN = Study("Tones", ("high", "low"), (), repeats=2, gap=2, break_after=4, intensity=5)


@pytest.fixture
def state(desk: Desk, audio: Path) -> StudyState:
    study, clips, problems = desk.study_of_files(PLAN, [audio], Progress())
    assert problems == []
    return desk.keep_study(study, clips)


def stems(audio: Path) -> dict[str, str]:
    """Return the name of each file by the hash of its bytes."""
    return {hashlib.sha256(p.read_bytes()).hexdigest(): p.stem for p in audio.glob("*.wav")}


def test_the_clips_of_a_study_come_onto_nobodys_list(
    desk: Desk, state: StudyState, audio: Path
) -> None:
    assert desk.clips() == []
    ana = desk.join_study(state.id, "Ana")
    assert desk.sound_left(ana) == pytest.approx(
        sum(desk.waveform(trial.clip).seconds for trial in ana.trials)
    )
    answer_all(desk, ana, heard(ana, audio, desk), until=2)
    assert desk.clips(ana.listener.id) == []
    assert len(desk.ratings(ana.listener.id)) == 2


def test_a_clip_that_stands_on_the_list_already_stays_there(desk: Desk, audio: Path) -> None:
    opened = desk.open_clips([audio / "3.wav"], Progress())
    study, clips, _ = desk.study_of_files(PLAN, [audio], Progress())
    desk.keep_study(study, clips)
    assert [row.clip for row in desk.clips()] == opened.clips


def heard(sitting: Sitting, audio: Path, desk: Desk) -> dict[int, str]:
    """Return what is true of the clip of each trial: odd files are low."""
    names = stems(audio)
    return {t.number: "low" if int(names[t.clip]) % 2 else "high" for t in sitting.trials}


def answer_all(desk: Desk, sitting: Sitting, words: dict[int, str], until: int = 99) -> Sitting:
    while (trial := sitting.next) is not None and trial.number <= until:
        sitting = desk.answer_trial(
            sitting,
            trial.number,
            words=[words[trial.number]],
            intensity=trial.number % 5 + 1,
            begun="2026-01-02T03:04:05.000+00:00",
            seconds=1.25,
            plays=2,
        )
    return sitting


def test_a_study_of_files_names_them_as_any_computer_can_find_them(
    state: StudyState, audio: Path
) -> None:
    study = state.study
    assert [clip.file for clip in study.clips] == [f"{n}.wav" for n in range(8)]
    assert all(len(clip.content) == 64 for clip in study.clips)
    assert study.trials == 10


def test_leaving_and_coming_back_goes_on_at_exactly_the_next_trial(
    desk: Desk, state: StudyState, audio: Path
) -> None:
    ana = desk.join_study(state.id, "Ana")
    assert ana.listener.emotions.words == ("high", "low")
    words = heard(ana, audio, desk)
    answer_all(desk, ana, words, until=4)
    again = desk.join_study(state.id, "ana")
    assert again.trials == ana.trials
    assert again.done == 4
    assert again.next is not None
    assert again.next.number == 5
    assert [again.pause_after(n) for n in (3, 4, 8, 10)] == [False, True, True, False]
    whole = answer_all(desk, again, words)
    assert whole.next is None
    assert desk.sitting(state.id, ana.listener.id).done == 10


def test_nobody_takes_part_before_the_first_answer(
    desk: Desk, state: StudyState, monkeypatch: pytest.MonkeyPatch
) -> None:
    def nobody() -> bool:
        return not desk.listeners() and not desk.study_named("Tones").sittings

    ana = desk.sitting_of(state.id, "  Ana ")
    assert (ana.listener.name, ana.listener.emotions.words) == ("Ana", ("high", "low"))
    assert desk.sound_left(ana) > 0
    for trial in ana.trials:
        ana = ana.rehearsed(trial.number, ["high"], intensity=1)
    assert ana.next is None
    assert nobody()  # a trial run leaves nothing

    ana = desk.sitting_of(state.id, "Ana")
    with monkeypatch.context() as patch:

        def refuse(*_: object, **__: object) -> None:
            raise PerserError("The disk is full.")

        patch.setattr(desk._store, "answer_trial", refuse)
        with pytest.raises(PerserError, match="disk is full"):
            desk.answer_trial(ana, 1, words=["high"], intensity=1)
    assert nobody()  # all of it or nothing, also where it ends in the middle

    kept = desk.answer_trial(ana, 1, words=["high"], intensity=1)
    assert kept.trials == ana.trials
    assert [one.name for one in desk.listeners()] == ["Ana"]
    assert desk.sitting_of(state.id, "ana") == desk.sitting(state.id, kept.listener.id) == kept
    assert desk.answer_trial(kept, 2, words=["low"], intensity=1).done == 2


def test_who_began_in_two_windows_goes_on_in_the_order_of_the_first(
    desk: Desk, state: StudyState
) -> None:
    planned = desk.sitting_of(state.id, "Ana")
    assert desk.join_study(state.id, "Ana").trials == planned.trials
    assert desk.answer_trial(planned, 1, words=["high"], intensity=1).done == 1
    late = desk.sitting_of(state.id, "Bo")
    other = replace(late, trials=late.trials[::-1])
    desk.answer_trial(other, 1, words=["high"], intensity=1)
    with pytest.raises(PerserError, match="another window"):
        desk.answer_trial(late, 1, words=["high"], intensity=1)
    assert desk.sitting_of(state.id, "Bo").done == 1


@pytest.mark.parametrize("name", ["", "x" * 500])
def test_a_name_that_cannot_be_a_listeners_is_refused_at_once(
    desk: Desk, state: StudyState, name: str
) -> None:
    with pytest.raises(PerserError, match="name"):
        desk.sitting_of(state.id, name)


def test_answers_are_ratings_made_blind_and_the_latest_about_a_clip_feeds_adaptation(
    desk: Desk, state: StudyState, audio: Path
) -> None:
    ana = desk.join_study(state.id, "Ana")
    words = heard(ana, audio, desk)
    again = next(t for t in ana.trials if t.time == 2)
    words[again.number] = {"high": "low", "low": "high"}[words[again.number]]
    answer_all(desk, ana, words)
    ratings = {r.clip: r for r in desk.ratings(ana.listener.id)}
    assert len(ratings) == 8
    assert ratings[again.clip].emotions == (words[again.number],)
    assert all(rating.blind for rating in ratings.values())
    adapted = desk.adapt(ana.listener.id, adapter="fine-tune", progress=Progress())
    assert adapted.record is not None
    assert len(adapted.record.profile.ratings) == 8


def test_the_results_are_one_table_with_every_answer_that_counts(
    desk: Desk, state: StudyState, audio: Path, tmp_path: Path
) -> None:
    ana = desk.join_study(state.id, "Ana")
    words = heard(ana, audio, desk)
    sitting = answer_all(desk, ana, words)
    desk.answer_trial(sitting, 3, answer="cant-tell", seconds=2.0, plays=1)
    path = tmp_path / "results.csv"
    assert desk.export_study(path, state.id) == 10
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [int(row["trial"]) for row in rows] == list(range(1, 11))
    assert [row["emotion"] for row in rows] == ["" if n == 3 else words[n] for n in range(1, 11)]
    assert rows[2]["answer"] == "cant-tell"
    assert [row["corrections"] for row in rows] == ["1" if n == 2 else "0" for n in range(10)]
    assert rows[0]["intensity"] == "2.0"
    assert (rows[0]["response_s"], rows[0]["plays"]) == ("1.25", "2")
    assert sorted(row["presentation"] for row in rows) == ["1"] * 8 + ["2"] * 2
    table = read_ratings(path)
    assert {row.emotions for row in table.rows} >= {("high",), ("low",)}


def test_two_listeners_from_start_to_agreement_counted_by_hand(
    desk: Desk, state: StudyState, audio: Path, tmp_path: Path
) -> None:
    """Ana is right throughout; Bo hears clips 0 and 1 the other way, and one of his repeats."""
    ana = desk.join_study(state.id, "Ana")
    answer_all(desk, ana, heard(ana, audio, desk))
    bo = desk.join_study(state.id, "Bo")
    assert [t.clip for t in bo.trials] != [t.clip for t in ana.trials]
    names = {content: int(stem) for content, stem in stems(audio).items()}
    words = heard(bo, audio, desk)
    other = {"high": "low", "low": "high"}
    again = next(t for t in bo.trials if t.time == 2)
    for trial in bo.trials:
        if names[trial.clip] < 2:
            words[trial.number] = other[words[trial.number]]
    words[again.number] = other[words[again.number]]
    answer_all(desk, bo, words)

    found = desk.study_agreement(state.id).found
    pair = found.pair("Ana", "Bo")
    assert pair is not None
    assert (pair.count, pair.same) == (8, 6)
    assert pair.counts == ((3, 1), (1, 3))
    assert pair.kappa == pytest.approx(0.5)  # 6/8 agree, 1/2 by chance
    # alpha: 16 values, 8 of each; observed 2 * 2 / 16, expected 2 * 8 * 8 / (16 * 15)
    assert found.overall.alpha.value == pytest.approx(1 - (4 / 16) / (128 / 240))
    assert found.overall.alpha.low < found.overall.alpha.value < found.overall.alpha.high
    assert [(one.name, one.count, one.same) for one in found.consistency] == [
        ("Ana", 2, 2),
        ("Bo", 2, 1),
    ]
    path = tmp_path / "results.csv"
    desk.export_study(path, state.id)
    from_table = table_comparison([read_ratings(path)]).found
    assert from_table.overall == found.overall
    assert [(c.name, c.count, c.same) for c in from_table.consistency] == [
        (c.name, c.count, c.same) for c in found.consistency
    ]
    listeners = [one.id for one in desk.listeners()]
    beside = desk.comparison(listeners, Progress(), models=False).found
    assert [(one.name, one.count, one.same) for one in beside.consistency] == [
        (c.name, c.count, c.same) for c in found.consistency
    ]
    same = beside.pair("Ana", "Bo")  # of a repeated clip the first answer, everywhere
    assert same is not None
    assert (same.count, same.same, same.kappa) == (pair.count, pair.same, pair.kappa)
    assert beside.overall.alpha.value == pytest.approx(found.overall.alpha.value)


def test_a_study_goes_to_another_computer_and_gives_the_same_order(
    desk: Desk, state: StudyState, audio: Path, tmp_path: Path, checkpoint: Path
) -> None:
    file = tmp_path / "tones.json"
    write_study(file, state.study)
    moved = tmp_path / "elsewhere" / "deep"
    moved.parent.mkdir()
    audio.rename(moved)
    (moved / "3.wav").rename(moved / "other name.wav")
    other = Desk.open(
        data_dir=tmp_path / "data2", cache_dir=tmp_path / "cache2", checkpoint=str(checkpoint)
    )
    try:
        taken = other.add_study(read_study(file), moved.parent, Progress())
        assert taken.study == state.study
        there = other.join_study(taken.id, "Ana")
        here = desk.join_study(state.id, "Ana")
        assert there.trials == here.trials
        assert other.add_study(read_study(file), moved.parent, Progress()).id == taken.id
    finally:
        other.close()


def test_clips_that_are_missing_or_changed_are_refused(
    desk: Desk, state: StudyState, audio: Path, tmp_path: Path
) -> None:
    desk._store.remove_study(state.id)
    copy = replace(state.study, name="Copy")
    (audio / "3.wav").write_bytes((audio / "2.wav").read_bytes()[:-200])
    (audio / "5.wav").unlink()
    empty = Desk.open(data_dir=tmp_path / "fresh", cache_dir=tmp_path / "cache3")
    try:
        with pytest.raises(PerserError, match=r"5\.wav"):
            empty.add_study(copy, audio, Progress())
        (audio / "5.wav").write_bytes((audio / "6.wav").read_bytes())
        with pytest.raises(PerserError, match="not the very same sound"):
            empty.add_study(copy, audio, Progress())
        assert empty.studies() == []
        assert empty.clips() == []
    finally:
        empty.close()


@pytest.mark.parametrize(
    ("given", "about"),
    [
        ({"words": ["green"], "intensity": 1}, "“green”"),
        ({"words": ["high", "low"], "intensity": 1}, "one word"),
        ({"words": ["high"]}, "how strong"),
        ({"words": ["high"], "intensity": 6}, "how strong"),
        ({"words": [], "intensity": 1}, "one word"),
        ({"answer": "skip"}, "“skip”"),
    ],
)
def test_an_answer_that_the_study_does_not_allow_is_not_kept(
    desk: Desk, state: StudyState, given: dict[str, object], about: str
) -> None:
    ana = desk.join_study(state.id, "Ana")
    with pytest.raises(PerserError, match=about):
        desk.answer_trial(ana, 1, **given)  # type: ignore[arg-type]
    assert desk.sitting(state.id, ana.listener.id).done == 0


def test_an_existing_listener_keeps_their_words(desk: Desk, state: StudyState) -> None:
    own = desk.add_listener("Ana", EmotionSet.of(("happy", "sad")))
    sitting = desk.join_study(state.id, "Ana")
    assert sitting.listener.id == own.id
    assert desk.listener(own.id).emotions.words == ("happy", "sad")
    desk.answer_trial(sitting, 1, words=["high"], intensity=1)
    assert desk.study_results(state.id)[0]["emotion"] == "high"


def test_expected_listeners_get_their_own_places_and_others_come_behind(
    desk: Desk, audio: Path
) -> None:
    plan = replace(PLAN, listeners=("p1", "p2"))
    study, clips, _ = desk.study_of_files(plan, [audio], Progress())
    number = desk.keep_study(study, clips).id
    for name in ("Zoe", "p2", "Yan", "p1"):
        desk.join_study(number, name)
    places = {
        desk.listener(one.listener).name: one.place for one in desk._store.study_listeners(number)
    }
    assert places == {"p1": 0, "p2": 1, "Zoe": 2, "Yan": 3}


def test_groups_and_blocks_come_from_folders(desk: Desk, audio: Path) -> None:
    for number in range(8):
        folder = audio / ("low" if number % 2 else "high")
        folder.mkdir(exist_ok=True)
        (audio / f"{number}.wav").rename(folder / f"{number}.wav")
    plan = replace(PLAN, repeats=0, order="balanced")
    study, _, _ = desk.study_of_files(plan, [audio], Progress(), groups="folder", blocks=True)
    assert {clip.group for clip in study.clips} == {clip.block for clip in study.clips}
    assert {clip.group for clip in study.clips} == {"low", "high"}
    with pytest.raises(PerserError, match="folder or speaker"):
        desk.study_of_files(plan, [audio], Progress(), groups="colour")


def test_impossible_repeats_are_said_when_the_study_is_made(desk: Desk, audio: Path) -> None:
    with pytest.raises(PerserError, match="smaller gap"):
        desk.study_of_files(replace(PLAN, gap=30), [audio], Progress())


def test_what_is_not_there_is_said(desk: Desk, state: StudyState) -> None:
    with pytest.raises(PerserError, match="known: Tones"):
        desk.study_named("Other")
    with pytest.raises(PerserError, match="no study 99"):
        desk.join_study(99, "Ana")
    zoe = desk.add_listener("Zoe")
    with pytest.raises(PerserError, match="Zoe does not take part"):
        desk.sitting(state.id, zoe.id)
    with pytest.raises(PerserError, match="Nobody has answered"):
        desk.export_study(Path("x.csv"), state.id)
    assert json.loads(desk._store.studies()[0].definition)["name"] == "Tones"


def test_a_study_of_clips_on_the_list_holds_those_in_the_order_asked_for(
    desk: Desk, audio: Path
) -> None:
    plan = replace(PLAN, order="listed", repeats=0, gap=0)
    whole, known, _ = desk.study_of_files(plan, [audio], Progress())
    desk.keep_study(replace(whole, name="All"), known)
    wanted = [known[3].content, known[0].content]
    study, clips = desk.study_of_clips(plan, [*wanted, "gone"])
    assert [clip.content for clip in clips] == wanted
    assert [clip.file for clip in study.clips] == [known[3].path.name, known[0].path.name]
    with pytest.raises(PerserError, match="known no more"):
        desk.study_of_clips(plan, ["gone"])
    with pytest.raises(PerserError, match="no groups"):
        desk.study_of_clips(plan, wanted, groups="colour")
