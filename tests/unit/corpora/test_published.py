"""Readers of published corpora, on made-up files in the exact format."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.corpora import RatingsTable, crema_d, iemocap, msp, read_corpus
from perser_gui.corpora.audformat_db import read_audformat
from perser_gui.corpora.crema_d import read_crema_d
from perser_gui.corpora.iemocap import read_iemocap
from perser_gui.corpora.msp import read_msp_improv, read_msp_podcast
from perser_gui.desk.named_clips import name_of
from perser_gui.errors import PerserError

from . import fixtures
from .test_fuzz import read


def test_crema_d_keeps_quick_voice_ratings_only(tmp_path: Path) -> None:
    fixtures.crema_d(tmp_path)
    table = read_crema_d(tmp_path)
    assert [(r.listener, r.file, r.emotions, r.intensity) for r in table] == [
        ("crema-d-412", "AudioWAV/1099_XYZ_HAP_XX.wav", ("happy",), 63.0),
        ("crema-d-413", "AudioWAV/1098_XYZ_ANG_HI.wav", ("angry",), None),
        ("crema-d-414", "AudioWAV/1097_ABC_SAD_LO.wav", ("sad",), 63.0),
    ]
    assert table.rows[0].speaker == "crema-d-1099"
    assert table.rows[1].extra == {"sentence": "XYZ", "level": "HI", "acted": "angry"}


def test_crema_d_says_what_it_left_out_and_what_is_missing(tmp_path: Path) -> None:
    fixtures.crema_d(tmp_path)
    notes = " ".join(read_crema_d(tmp_path).notes)
    assert "10 voice ratings, fewer than the 73,254" in notes
    assert "8 voice ratings in time, fewer than the 68,568" in notes
    assert "2 lines left out, with the listener, clip or emotion blank or unknown" in notes
    assert "1 lines left out, standing twice" in notes
    assert "3 of 3 rated files have no audio here (the first is AudioWAV/1099_XYZ" in notes
    (tmp_path / "finishedEmoResponses.csv").unlink()
    table = read_crema_d(tmp_path)
    assert len(table) == 4
    assert any("slow answers could not be left out" in note for note in table.notes)


def test_a_rater_with_unprintable_characters_is_left_out(tmp_path: Path) -> None:
    rows = [fixtures.CREMA_HEADER, fixtures.crema_row(17), fixtures.crema_row(18, "4\x1b[2J")]
    (tmp_path / "finishedResponses.csv").write_text("\n".join(rows), encoding="latin-1")
    table = read_crema_d(tmp_path)
    assert table.listeners == ("crema-d-412",)
    assert any("blank or unknown (the first is" in note for note in table.notes)


def test_a_complete_crema_d_has_nothing_to_say(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crema_d, "VOICE_RATINGS", 1)
    rows = [fixtures.CREMA_HEADER, fixtures.crema_row(17)]
    (tmp_path / "finishedResponses.csv").write_text("\n".join(rows), encoding="latin-1")
    (tmp_path / "finishedEmoResponses.csv").write_text(
        fixtures.FIRST_CLICK_HEADER, encoding="latin-1"
    )
    (tmp_path / "AudioMP3").mkdir()
    (tmp_path / "AudioMP3" / "1099_XYZ_HAP_XX.mp3").touch()
    table = read_crema_d(tmp_path)
    assert (table.notes, table.rows[0].file) == ((), "AudioMP3/1099_XYZ_HAP_XX.mp3")


def test_iemocap_keeps_every_rater_with_all_their_emotions(tmp_path: Path) -> None:
    fixtures.iemocap(tmp_path)
    table = read_iemocap(tmp_path)
    assert [(r.file.rpartition("/")[2], r.listener, r.emotions) for r in table] == [
        ("Ses09F_impro09_F004.wav", "iemocap-E2", ("angry", "frustrated")),
        ("Ses09F_impro09_F004.wav", "iemocap-E4", ("neutral",)),
        ("Ses09F_impro09_F004.wav", "iemocap-F9", ("sad",)),
        ("Ses09F_impro09_M002.wav", "iemocap-E2", ("neutral",)),
        ("Ses09F_impro09_M002.wav", "iemocap-E4", ()),
        ("Ses09F_impro09_M002.wav", "iemocap-E1", ()),
    ]
    first, second = table.rows[0], table.rows[4]
    assert first.file.startswith("Session5/sentences/wav/Ses09F_impro09/")
    assert (first.speaker, second.speaker) == ("iemocap-F9", "iemocap-M9")
    assert first.extra == {
        "dialogue": "Ses09F_impro09",
        "session": "9",
        "dialogue_start": "3.1000",
        "dialogue_end": "5.2000",
        "valence": "2",
        "activation": "3",
        "dominance": "3",
    }
    assert "dominance" not in table.rows[1].extra
    assert second.extra["comment"] == "sarcastic é"
    notes = " ".join(table.notes)
    assert "2 turns in session 5, fewer than the 2,170" in notes
    assert "1 lines left out, not understood" in notes


def test_a_complete_iemocap_is_checked_down_to_its_consensus(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fixtures.iemocap(tmp_path)
    monkeypatch.setattr(iemocap, "FILES", 1)
    monkeypatch.setattr(iemocap, "TURNS", {"5": 2})
    monkeypatch.setattr(iemocap, "CONSENSUS", {"xxx": 1, "neu": 2})
    notes = read_iemocap(tmp_path).notes
    assert notes[0].endswith("1 turns agreed to be neu, fewer than the 2 of the complete corpus.")
    assert not any("agreed to be xxx" in note for note in notes)


def test_msp_improv_turns_activation_round_and_drops_copies(tmp_path: Path) -> None:
    fixtures.msp_improv(tmp_path)
    table = read_msp_improv(tmp_path)
    assert [(r.listener[-1], r.emotions, r.speaker) for r in table] == [
        ("1", ("happy",), "msp-improv-F09"),
        ("2", ("neutral",), "msp-improv-F09"),
        ("2", ("sad",), "msp-improv-M09"),
        ("3", (), "msp-improv-M09"),
    ]
    first = table.rows[0]
    assert first.file == "Audio/session9/S99A/P/MSP-IMPROV-S99A-F09-P-FM07.wav"
    assert (first.extra["activation"], first.extra["valence"]) == ("4", "4")
    assert "dominance" not in first.extra
    assert first.extra["secondary"] == "excited,happy"
    assert first.extra["session"] == "09"
    assert table.rows[3].extra["other"] == "weary"
    notes = " ".join(table.notes)
    assert "1 ratings stood twice" in notes
    assert "1 rated clips have no audio" in notes
    assert "2 lines left out, with the rater or the emotion blank" in notes


def test_raters_under_a_damaged_clip_are_not_given_to_the_clip_before(tmp_path: Path) -> None:
    fixtures.msp_podcast(tmp_path)
    path = tmp_path / "Labels" / "labels.txt"
    path.write_text(path.read_text().replace("MSP-PODCAST_9999_0002.wav", "MSP-PODCAST_99\x01"))
    table = read_msp_podcast(tmp_path, fewest=1)
    assert table.files == ("Audios/MSP-PODCAST_9999_0001.wav",)
    assert len(table) == 2
    assert any("3 lines left out, standing under no clip" in note for note in table.notes)


def test_a_blank_primary_emotion_is_not_replaced_by_the_secondary_ones(tmp_path: Path) -> None:
    line = "W1; ; Happy,Excited; A:5; V:6; D:4;\nW2; Sad; ; A:5;\nW3; A:5; V:6;\n"
    (tmp_path / "labels.txt").write_text("MSP-PODCAST_9999_0001.wav; H; A:4.2;\n" + line)
    table = read_msp_podcast(tmp_path, fewest=1)
    assert [(r.listener, r.emotions, r.extra) for r in table] == [
        ("msp-podcast-W2", ("sad",), {"activation": "5"})
    ]
    assert any("2 lines left out, with the rater or the emotion blank" in n for n in table.notes)


def test_msp_podcast_keeps_workers_with_enough_ratings(tmp_path: Path) -> None:
    fixtures.msp_podcast(tmp_path)
    table = read_msp_podcast(tmp_path, fewest=2)
    assert [(r.file, r.listener, r.emotions) for r in table] == [
        ("Audios/MSP-PODCAST_9999_0001.wav", "msp-podcast-WORKER0000042", ("happy",)),
        ("Audios/MSP-PODCAST_9999_0002.wav", "msp-podcast-WORKER0000042", ("contemptuous",)),
    ]
    assert [(r.speaker, r.split) for r in table] == [("msp-podcast-77", "train"), (None, "test")]
    assert any("2 workers with fewer than 2" in note for note in table.notes)
    everyone = read_msp_podcast(tmp_path, fewest=1)
    assert len(everyone) == 4
    assert everyone.rows[1].emotions == ()
    assert everyone.rows[1].extra["other"] == "proud of it"
    assert everyone.rows[3].extra == {
        "activation": "4",
        "dominance": "4",
        "secondary": "neutral,concerned",
    }


def test_msp_podcast_of_full_size_takes_little_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tracemalloc

    blocks, raters = 20_000, 5
    with (tmp_path / "labels.txt").open("w", encoding="latin-1") as stream:
        for clip in range(blocks):
            stream.write(f"MSP-PODCAST_{clip // 100:04}_{clip % 100:04}.wav; N; A:4; V:4; D:4;\n")
            stream.writelines(
                f"WORKER{clip * raters + r:07}; Neutral; Neutral; A:4; V:4; D:4;\n"
                for r in range(raters)
            )
            stream.write("WORKER9999999; Happy; Happy; A:4; V:4; D:4;\n\n")
    monkeypatch.setattr(msp, "PODCAST_FILES", blocks)
    tracemalloc.start()
    table = read_msp_podcast(tmp_path, fewest=10)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (len(table), table.listeners) == (blocks, ("msp-podcast-WORKER9999999",))
    assert not any("rated files, " in note for note in table.notes)
    assert peak < 60e6


def test_audformat_raters_are_listeners_and_machines_are_not(tmp_path: Path) -> None:
    fixtures.audformat_db(tmp_path / "made-up")
    table = read_audformat(tmp_path / "made-up")
    assert [(r.file, r.listener, r.emotions, r.speaker) for r in table] == [
        ("a.wav", "r1", ("anger",), "made-up-3"),
        ("a.wav", "r2", ("neutral",), "made-up-3"),
        ("b.wav", "r1", ("joy",), "made-up-4"),
        ("a.wav", "gold-standard", ("joy",), "made-up-3"),
    ]
    assert (table.rows[0].split, table.rows[0].extra["loudness"]) == ("train", "0.5")
    notes = " ".join(table.notes)
    assert "emotion.guess holds ratings of a machine" in notes
    assert "1 rows of parts are about parts of files" in notes


def test_a_database_written_by_audformat_is_read(tmp_path: Path) -> None:
    audformat = pytest.importorskip("audformat")
    db = audformat.Database("made-up")
    db.schemes["emotion"] = audformat.Scheme(labels=["happy", "sad"])
    db.schemes["speaker"] = audformat.Scheme("str")
    db.raters["ann"] = audformat.Rater(audformat.define.RaterType.HUMAN)
    index = audformat.filewise_index(["audio/1.wav", "audio/2.wav"])
    db["ratings"] = audformat.Table(index)
    db["ratings"]["ann"] = audformat.Column(scheme_id="emotion", rater_id="ann")
    db["ratings"]["ann"].set(["happy", "sad"])
    db["ratings"]["speaker"] = audformat.Column(scheme_id="speaker")
    db["ratings"]["speaker"].set(["x", "y"])
    for storage in ("csv", "parquet"):
        root = tmp_path / storage
        db.save(root, storage_format=storage)
        table = read_audformat(root)
        assert [(r.file, r.listener, r.emotions, r.speaker) for r in table] == [
            ("audio/1.wav", "ann", ("happy",), f"{storage}-x"),
            ("audio/2.wav", "ann", ("sad",), f"{storage}-y"),
        ]


def test_a_hostile_database_header_runs_no_code(tmp_path: Path) -> None:
    fixtures.audformat_db(tmp_path)
    mark = tmp_path / "ran"
    (tmp_path / "db.yaml").write_text(
        f"name: !!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path"
        f" ['{mark}']]\n",
        encoding="utf-8",
    )
    with pytest.raises(PerserError, match=r"db\.yaml, line 1"):
        read_audformat(tmp_path)
    assert not mark.exists()


def test_a_table_that_is_only_a_pickle_is_not_opened(tmp_path: Path) -> None:
    fixtures.audformat_db(tmp_path)
    (tmp_path / "db.emotion.csv").rename(tmp_path / "db.emotion.pkl")
    with pytest.raises(PerserError, match=r"emotion is in neither .*csv nor .*parquet"):
        read_audformat(tmp_path)


def test_a_folder_is_read_by_its_only_table(tmp_path: Path) -> None:
    fixtures.folder(tmp_path)
    (tmp_path / "ratings.csv").rename(tmp_path / "mine.csv")
    assert read_corpus(f"folder:{tmp_path}").rows[0].emotions == ("happy", "sad")
    assert read_corpus(f"folder:{tmp_path / 'mine.csv'}").root == tmp_path
    (tmp_path / "more.csv").write_text("x", encoding="utf-8")
    with pytest.raises(PerserError, match="holds 2 tables"):
        read_corpus(f"folder:{tmp_path}")


@pytest.mark.parametrize("kind", ["crema-d", "iemocap", "msp-podcast", "audformat", "folder"])
def test_rated_files_without_audio_are_counted_until_all_are_there(
    tmp_path: Path, kind: str
) -> None:
    def table() -> RatingsTable:
        place = tmp_path / "corpus"
        return (
            read_msp_podcast(place, 1) if kind == "msp-podcast" else read_corpus(f"{kind}:{place}")
        )

    fixtures.MAKERS[kind](tmp_path / "corpus")
    first = table()
    missing = [row for row in first.files if not (tmp_path / "corpus" / row).exists()]
    said = f"{len(missing)} of {len(first.files)} rated files have no audio here "
    assert any(f"{said}(the first is {missing[0]})." in note for note in first.notes)
    for file in missing:
        path = tmp_path / "corpus" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert not any("no audio here" in note for note in table().notes)


@pytest.mark.parametrize("kind", sorted(fixtures.MAKERS))
def test_every_kind_reads_its_fixture_and_names_an_empty_or_missing_folder(
    tmp_path: Path, kind: str
) -> None:
    fixtures.MAKERS[kind](tmp_path / "corpus")
    if kind == "msp-podcast":
        assert len(read_msp_podcast(tmp_path / "corpus", fewest=1)) == 4
    else:
        assert len(read_corpus(f"{kind}:{tmp_path / 'corpus'}")) > 0
    (tmp_path / "empty").mkdir()
    for place in (tmp_path / "empty", tmp_path / "none"):
        with pytest.raises(PerserError, match=place.name):
            read_corpus(f"{kind}:{place}")


@pytest.mark.parametrize("kind", fixtures.MAKERS)
def test_no_column_of_a_corpus_is_taken_for_a_part_of_a_file(kind: str, tmp_path: Path) -> None:
    """Importing ratings reads `start` and `end` as times within the row's own file."""
    fixtures.MAKERS[kind](tmp_path)
    for row in read(kind, tmp_path).rows:
        assert name_of(row)[:3] == (row.file, "", "")
