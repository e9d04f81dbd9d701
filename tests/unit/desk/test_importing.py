"""Ratings tables in and out."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.desk import Desk
from perser_gui.desk.values import Understood, UnderstoodListener
from perser_gui.emotions import EmotionSet
from perser_gui.errors import Cancelled, PerserError
from perser_gui.progress import Progress


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "ratings.csv"
    path.write_text(
        "file,listener,emotion,speaker,intensity,answer\n"
        "0.wav,Ana,joy,actor-1,0.5,\n"
        "1.wav,Ana,wistful;sad,actor-2,,\n"
        "2.wav,Ana,,,,skip\n"
        "3.wav,Ana,,,,cant-tell\n"
        "0.wav,Ben,bored,actor-1,,\n"
        "gone.wav,Ben,bored,,,\n"
    )
    return path


def said(desk: Desk, listener: int) -> list[tuple[str, str, tuple[str, ...], float | None]]:
    names = {row.clip.content: row.clip.path.name for row in desk.clips()}
    return [(names[r.clip], r.answer, r.emotions, r.intensity) for r in desk.ratings(listener)]


def test_a_table_brings_its_listeners_words_clips_and_answers(
    desk: Desk, table: Path, audio: Path
) -> None:
    imported = desk.import_ratings(table, audio, Progress())
    ana, ben = imported.listeners
    assert (ana.emotions.words, ben.emotions.words) == (("joy", "wistful", "sad"), ("bored",))
    assert said(desk, ana.id) == [
        ("0.wav", "emotion", ("joy",), 0.5),
        ("1.wav", "emotion", ("wistful", "sad"), None),
        ("2.wav", "skip", (), None),
        ("3.wav", "cant-tell", (), None),
    ]
    assert {row.clip.path.name: row.clip.speaker for row in desk.clips()}["1.wav"] == "actor-2"
    assert imported.ratings == 5
    (problem,) = imported.problems
    assert "gone.wav" in problem


def test_importing_again_repeats_nothing(desk: Desk, table: Path, audio: Path) -> None:
    desk.import_ratings(table, audio, Progress())
    again = desk.import_ratings(table, audio, Progress())
    assert again.ratings == 0
    assert len(desk.listeners()) == 2


def test_a_label_given_since_the_plan_was_made_is_never_replaced_unsaid(
    desk: Desk, table: Path, audio: Path
) -> None:
    ana = desk.import_ratings(table, audio, Progress()).listeners[0].id
    clip = desk.ratings(ana)[0].clip
    desk.rate(ana, clip, emotions=["sad"])
    plan = desk.plan_import(table, audio, Progress())
    assert plan.understood.replaced == 1
    desk.rate(ana, clip, emotions=["wistful"])
    before = desk.ratings(ana)
    with pytest.raises(PerserError, match="Meanwhile Ana labelled 1 of these clips otherwise"):
        desk.carry_out(plan)
    assert desk.ratings(ana) == before
    desk.carry_out(desk.plan_import(table, audio, Progress()))
    assert next(r for r in desk.ratings(ana) if r.clip == clip).emotions == ("joy",)


def test_a_listener_who_came_since_the_plan_was_made_keeps_what_they_said(
    desk: Desk, table: Path, audio: Path
) -> None:
    plan = desk.plan_import(table, audio, Progress())
    ana = desk.import_ratings(table, audio, Progress()).listeners[0].id
    desk.carry_out(plan)  # what it says stands there already: nothing is lost
    clip = desk.ratings(ana)[0].clip
    desk.rate(ana, clip, emotions=["sad"])
    with pytest.raises(PerserError, match="nothing was imported"):
        desk.carry_out(plan)
    assert next(r for r in desk.ratings(ana) if r.clip == clip).emotions == ("sad",)


def test_one_persons_ratings_can_be_imported_alone(desk: Desk, table: Path, audio: Path) -> None:
    desk.import_ratings(table, audio, Progress(), listener="ben")
    assert [listener.name for listener in desk.listeners()] == ["Ben"]
    with pytest.raises(PerserError, match=r"Cleo.*Ana, Ben"):
        desk.import_ratings(table, audio, Progress(), listener="Cleo")


def test_only_words_that_mean_nothing_known_are_added_to_a_listeners_set(
    desk: Desk, table: Path, audio: Path
) -> None:
    ana = desk.add_listener("ana", EmotionSet.of(("happy", "sad")))
    desk.import_ratings(table, audio, Progress())
    assert desk.listener(ana.id).emotions.words == ("happy", "sad", "wistful")
    assert desk.counts(ana.id) == {"happy": 1, "sad": 1, "wistful": 1}
    assert desk.ratings(ana.id)[0].emotions == ("happy",)


def test_cancelling_an_import_leaves_nothing(desk: Desk, table: Path, audio: Path) -> None:
    progress = Progress(lambda done, _message: done > 0.4 and progress.cancel())
    with pytest.raises(Cancelled):
        desk.import_ratings(table, audio, progress)
    assert (desk.listeners(), desk.clips()) == ([], [])


def test_a_table_without_any_of_its_files_is_refused(
    desk: Desk, table: Path, tmp_path: Path
) -> None:
    with pytest.raises(PerserError, match=r"0\.wav"):
        desk.import_ratings(table, tmp_path / "elsewhere", Progress())
    assert desk.listeners() == []


def test_two_files_with_the_same_bytes_keep_a_rating_each(
    desk: Desk, audio: Path, tmp_path: Path
) -> None:
    (audio / "copy.wav").write_bytes((audio / "0.wav").read_bytes())
    path = tmp_path / "r.csv"
    path.write_text("file,listener,emotion\n0.wav,Ana,joy\ncopy.wav,Ana,sad\n")
    imported = desk.import_ratings(path, audio, Progress())
    assert imported.ratings == 2
    ana = imported.listeners[0].id
    said = {row.clip.path.name: row.rating.emotions for row in desk.clips(ana) if row.rating}
    assert said == {"0.wav": ("joy",), "copy.wav": ("sad",)}
    assert desk.import_ratings(path, audio, Progress()).ratings == 0


def test_ratings_survive_the_way_out_and_in_again(
    desk: Desk, table: Path, audio: Path, tmp_path: Path
) -> None:
    ana = desk.import_ratings(table, audio, Progress()).listeners[0]
    desk.rate(ana.id, desk.ratings(ana.id)[0].clip, emotions=["sad"])
    desk.export_ratings(tmp_path / "out.csv", ana.id)
    other = Desk.open(data_dir=tmp_path / "other", cache_dir=tmp_path / "cache")
    imported = other.import_ratings(tmp_path / "out.csv", tmp_path, Progress())
    assert imported.problems == []
    back = imported.listeners[0]
    assert said(other, back.id) == said(desk, ana.id)
    assert {r.clip.content: r.clip.speaker for r in other.clips()} == {
        row.clip.content: row.clip.speaker for row in desk.clips(ana.id) if row.rating
    }
    other.close()


def test_files_below_the_tables_folder_are_named_relative_to_it(
    desk: Desk, table: Path, audio: Path
) -> None:
    ana = desk.import_ratings(table, audio, Progress()).listeners[0]
    desk.export_ratings(audio / "out.csv", ana.id)
    lines = (audio / "out.csv").read_text().splitlines()
    assert lines[1].startswith("0.wav,Ana,joy")


def test_clips_that_moved_are_known_by_their_content(
    desk: Desk, table: Path, audio: Path, tmp_path: Path
) -> None:
    ana = desk.import_ratings(table, audio, Progress()).listeners[0]
    desk.export_ratings(tmp_path / "out.csv", ana.id)
    audio.rename(tmp_path / "moved")
    desk.open_clips([tmp_path / "moved"], Progress())
    ben = desk.add_listener("Cleo")
    text = (tmp_path / "out.csv").read_text().replace(",Ana,", ",Cleo,")
    (tmp_path / "out.csv").write_text(text)
    imported = desk.import_ratings(tmp_path / "out.csv", tmp_path, Progress())
    assert (imported.problems, imported.ratings) == ([], 4)
    assert len(desk.ratings(ben.id)) == 4


def test_a_listener_without_ratings_has_nothing_to_save(desk: Desk, tmp_path: Path) -> None:
    ana = desk.add_listener("Ana")
    with pytest.raises(PerserError, match="Ana"):
        desk.export_ratings(tmp_path / "out.csv", ana.id)
    assert not (tmp_path / "out.csv").exists()


def test_adapting_to_a_table_imports_it_and_names_the_ratings_it_rests_on(
    desk: Desk, audio: Path, tmp_path: Path
) -> None:
    path = tmp_path / "r.csv"
    rows = [f"{n}.wav,Ana,{'sad' if n % 2 else 'happy'}" for n in range(6)]
    path.write_text("file,listener,emotion\n" + "\n".join(rows) + "\n")
    imported, result = desk.adapt_to_table(
        path, audio, "Ana", adapter="fine-tune", progress=Progress()
    )
    (ana,) = imported.listeners
    assert imported.ratings == 6
    assert result.record is not None
    assert result.record.profile.ratings == tuple(r.id for r in desk.ratings(ana.id))
    direct = desk.adapt(ana.id, adapter="fine-tune", progress=Progress())
    assert direct.after == result.after


def test_cancelling_the_adaptation_to_a_table_leaves_not_even_the_import(
    desk: Desk, table: Path, audio: Path
) -> None:
    progress = Progress(lambda done, _message: done > 0.9 and progress.cancel())
    with pytest.raises(Cancelled):
        desk.adapt_to_table(table, audio, "Ana", adapter="fine-tune", progress=progress)
    assert (desk.listeners(), desk.clips()) == ([], [])


def test_before_an_import_nothing_is_said_to_have_happened() -> None:
    one = UnderstoodListener("Ana", False, 2, 2, 0, ())
    found = Understood("a table", 3, (one,), {}, 1)
    assert found.outcome(done=False, called="label") == [
        "2 earlier labels of the same clips would be replaced.",
        "1 row would be left out.",
    ]
    assert found.outcome() == [
        "2 earlier ratings of the same clips were replaced.",
        "1 row was left out.",
    ]
