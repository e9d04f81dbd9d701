"""Labels of other programs in and out, checked with readers that are not those of the program."""

from __future__ import annotations

import contextlib
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perser_gui.corpora.table import RatingsTable
from perser_gui.errors import PerserError
from perser_gui.exchange.annotations import Label, Recording
from perser_gui.exchange.labels import kind_of, read_labels, write_labels
from perser_gui.records import Rating

FORMS = {
    "textgrid": "call.TextGrid",
    "eaf": "call.eaf",
    "audacity": "call.Ana.txt",
    "label-studio": "labels.json",
}


def rating(*words: str, answer: str = "skip", **more: object) -> Rating:
    said = "emotion" if words else answer
    return Rating(1, 1, "c", said, words, **more)  # type: ignore[arg-type]


def recording(folder: Path, *, both: bool = True) -> Recording:
    labels = [
        Label("Ana", 0.5, 1.25, rating("happy", "sad")),
        Label("Ana", 2.0, 3.5, rating("wistful")),
        Label("Ana", 4.0, 5.0, rating(answer="cant-tell")),
    ]
    if both:
        labels += [
            Label("Zoë", 0.0, 10.0, rating("calm", "sad", shares=(0.75, 0.25))),
            Label("Zoë", 0.5, 1.25, rating("angry")),
        ]
    return Recording(folder / "call.wav", 10.0, tuple(sorted(labels, key=lambda one: one.start)))


def written(folder: Path, form: str, *, both: bool = True) -> Path:
    one = recording(folder, both=both and form != "audacity")
    path = folder / FORMS.get(form, form)
    (path,) = write_labels(path, [one], form, names={one.path: "call.wav"})
    return path


def said(table: RatingsTable) -> set[tuple[object, ...]]:
    return {
        (
            Path(row.file).stem,
            row.listener,
            row.emotions,
            row.shares,
            row.extra.get("answer"),
            round(float(row.extra.get("start", 0)), 3),
            round(float(row.extra.get("end", 10)), 3),
        )
        for row in table
    }


def expected(one: Recording) -> set[tuple[object, ...]]:
    return {
        (
            "call",
            label.listener,
            label.rating.emotions,
            label.rating.shares,
            None if label.rating.emotions else label.rating.answer,
            label.start,
            label.end,
        )
        for label in one.labels
    }


@pytest.mark.parametrize("form", [*FORMS, "audformat"])
def test_labels_come_back_as_they_went_out(tmp_path: Path, form: str) -> None:
    path = written(tmp_path, form)
    one = recording(tmp_path, both=form != "audacity")
    assert kind_of(path) == form
    assert said(read_labels(path)) == expected(one)


def test_a_textgrid_has_a_tier_for_each_listener_in_another_programs_eyes(tmp_path: Path) -> None:
    from pympi import Praat

    grid = Praat.TextGrid(str(written(tmp_path, "textgrid")), codec="utf-8")
    tiers = {tier.name: [i for i in tier.get_all_intervals() if i[2]] for tier in grid.get_tiers()}
    assert tiers == {
        "Zoë": [(0.0, 10.0, "calm:0.75;sad:0.25")],
        "Zoë (2)": [(0.5, 1.25, "angry")],
        "Ana": [(0.5, 1.25, "happy;sad"), (2.0, 3.5, "wistful"), (4.0, 5.0, "cant-tell")],
    }


def test_an_eaf_has_tiers_participants_and_its_recording_in_another_programs_eyes(
    tmp_path: Path,
) -> None:
    root = ElementTree.parse(written(tmp_path, "eaf")).getroot()
    slots = {s.get("TIME_SLOT_ID"): int(s.get("TIME_VALUE", "")) for s in root.iter("TIME_SLOT")}
    tiers = {
        (tier.get("TIER_ID"), tier.get("PARTICIPANT")): [
            (slots[a.get("TIME_SLOT_REF1")], slots[a.get("TIME_SLOT_REF2")],
             a.findtext("ANNOTATION_VALUE"))
            for a in tier.iter("ALIGNABLE_ANNOTATION")
        ]
        for tier in root.iter("TIER")
    }  # fmt: skip
    assert tiers == {
        ("Zoë", "Zoë"): [(0, 10000, "calm:0.75;sad:0.25")],
        ("Zoë (2)", "Zoë"): [(500, 1250, "angry")],
        ("Ana", "Ana"): [(500, 1250, "happy;sad"), (2000, 3500, "wistful"),
                         (4000, 5000, "cant-tell")],
    }  # fmt: skip
    (media,) = root.iter("MEDIA_DESCRIPTOR")
    assert media.get("RELATIVE_MEDIA_URL") == "./call.wav"


def test_an_audformat_database_has_a_rater_for_each_listener_in_its_own_librarys_eyes(
    tmp_path: Path,
) -> None:
    audformat = pytest.importorskip("audformat")
    database = audformat.Database.load(str(written(tmp_path, "audformat")))
    assert set(database.raters) == {"Ana", "Zoë"}
    table = database["emotion"].get()
    assert sorted(table["Ana"].dropna()) == ["cant-tell", "happy;sad", "wistful"]


def test_label_studio_keeps_what_a_table_keeps(tmp_path: Path) -> None:
    full = rating("calm", "sad", shares=(0.75, 0.25), intensity=0.5, dimensions=(("valence", 2.0),))
    one = Recording(tmp_path / "a.wav", 2.0, (Label("Ana", 0.0, 2.0, full),))
    write_labels(tmp_path / "l.json", [one], "label-studio", names={one.path: "a.wav"})
    (row,) = read_labels(tmp_path / "l.json").rows
    assert (row.emotions, row.shares, row.intensity) == (("calm", "sad"), (0.75, 0.25), 0.5)
    assert row.extra == {"valence": "2"}


@pytest.mark.parametrize("form", [*FORMS, "audformat"])
def test_what_stands_beside_a_label_goes_out_and_comes_back(tmp_path: Path, form: str) -> None:
    if form == "audformat":
        pytest.importorskip("audformat")
    given = [
        (0.5, 1.25, rating("happy", "sad", intensity=4.0, blind=True, note="a, b = {c}\n“d”;")),
        (2.0, 3.5, rating("wistful", blind=False, dimensions=(("valence", -1.5),))),
        (4.0, 5.0, rating(answer="cant-tell", note="a dog barks")),
        (6.0, 7.0, rating("sad", intensity=0.25)),
        (8.0, 9.0, rating("calm")),
    ]
    one = Recording(tmp_path / "call.wav", 10.0, tuple(Label("Ana", *label) for label in given))
    path = tmp_path / FORMS.get(form, form)
    (path,) = write_labels(path, [one], form, names={one.path: "call.wav"})
    table = read_labels(path, listener="Ana" if form == "audacity" else None)
    rows = sorted(table, key=lambda row: float(row.extra["start"]))
    assert [row.listener for row in rows] == ["Ana"] * 5
    assert [row.emotions for row in rows] == [r.emotions for _, _, r in given]
    assert [row.intensity for row in rows] == [4.0, None, None, 0.25, None]
    assert [row.extra.get("note", "") for row in rows] == [r.note for _, _, r in given]
    assert [row.extra.get("blind") for row in rows] == ["yes", "no", None, None, None]
    assert [row.extra.get("valence") for row in rows] == [None, "-1.5", None, None, None]


def test_a_tier_that_is_called_like_one_beside_another_is_read_alone(tmp_path: Path) -> None:
    path = tmp_path / "call.TextGrid"
    path.write_text(LONG.replace('"Ben"', '"Ben [note]"'))
    assert [(r.listener, r.emotions) for r in read_labels(path)] == [("Ben [note]", ("angry",))]


def test_a_label_track_with_braces_of_somebody_elses_is_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "call.Ana.txt"
    path.write_text("0\t1\tsad {intensity=4, note=quiet}\n1\t2\tsad {blind=perhaps}\n")
    first, second = read_labels(path).rows
    assert (first.emotions, first.intensity, first.extra["note"]) == (("sad",), 4.0, "quiet")
    assert (second.emotions, second.extra.get("blind")) == (("sad",), None)


def test_several_recordings_go_into_a_folder_and_come_back_as_one_import(tmp_path: Path) -> None:
    recordings = [
        Recording(tmp_path / name, 2.0, (Label("Ana", 0.0, 2.0, rating(word)),))
        for name, word in (("s1/a.wav", "sad"), ("s2/a.wav", "happy"), ("a.flac", "calm"))
    ]
    names = {one.path: one.path.relative_to(tmp_path).as_posix() for one in recordings}
    for form in ("textgrid", "eaf", "audacity"):
        folder = tmp_path / form
        write_labels(folder, recordings, form, names=names)
        assert kind_of(folder) == "folder"
        table = read_labels(folder)
        assert sorted(row.emotions[0] for row in table) == ["calm", "happy", "sad"]
        with pytest.raises(PerserError, match="3 recordings"):
            write_labels(tmp_path / FORMS[form], recordings, form, names=names)


LONG = """File type = "ooTextFile"
Object class = "TextGrid"

xmin = 0
xmax = 3
tiers? <exists>
size = 3
item []:
    item [1]:
        class = "IntervalTier"
        name = "words"
        xmin = 0
        xmax = 3
        intervals: size = 1
        intervals [1]:
            xmin = 0
            xmax = 3
            text = "happy"
    item [2]:
        class = "IntervalTier"
        name = "Ben"
        xmin = 0
        xmax = 3
        intervals: size = 2
        intervals [1]:
            xmin = 0
            xmax = 1.5
            text = "生气/angry"
        intervals [2]:
            xmin = 1.5
            xmax = 3
            text = ""
    item [3]:
        class = "TextTier"
        name = "clicks"
        xmin = 0
        xmax = 3
        points: size = 1
        points [1]:
            number = 1
            mark = "sad"
"""


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_textgrid_of_praat_gives_its_labels_and_says_what_was_not_taken(
    tmp_path: Path, encoding: str
) -> None:
    path = tmp_path / "call.TextGrid"
    path.write_bytes(LONG.encode(encoding))
    table = read_labels(path)
    assert [(r.file, r.listener, r.emotions) for r in table] == [("call", "Ben", ("angry",))]
    assert "call.TextGrid: the tier “words” was not taken." in table.notes
    assert any("1 point tiers" in note for note in table.notes)
    assert [row.listener for row in read_labels(path, listener="Zoë")] == ["Zoë"]


def test_a_label_track_as_audacity_writes_it_needs_a_name(tmp_path: Path) -> None:
    path = tmp_path / "call.txt"
    path.write_text("0,500000\t1,250000\thappy\n\\\t100,0\t4000,0\n2.0\t2.0\tclick\n3\t4\t\n")
    with pytest.raises(PerserError, match="--listener"):
        read_labels(path)
    (row,) = read_labels(path, listener="Ana").rows
    assert (row.listener, row.emotions) == ("Ana", ("happy",))
    assert (row.extra["start"], row.extra["end"]) == ("0.500000", "1.250000")
    named = path.rename(tmp_path / "call.Zo%C3%AB.txt")
    table = read_labels(named)
    assert [(r.file, r.listener) for r in table] == [("call", "Zoë")]
    assert "1 labels without length were left out" in " ".join(table.notes)


def test_exports_of_label_studio_in_both_its_forms_are_read(tmp_path: Path) -> None:
    path = tmp_path / "export.json"
    path.write_text(json.dumps([{
        "id": 1, "data": {"audio": "/data/upload/1/0a1b2c3d-call.wav"},
        "annotations": [
            {"completed_by": {"email": "ben@example.org"}, "result": [
                {"type": "choices", "value": {"choices": ["Happy", "Sad"]}},
                {"type": "rating", "value": {"rating": 3}},
                {"type": "labels", "value": {"start": 1, "end": 2.5, "labels": ["Anger"]}}]},
            {"completed_by": 7, "result": [{"value": {"choices": ["Other"]}}]},
            {"completed_by": 8, "was_cancelled": True, "result": []},
        ]}]))  # fmt: skip
    table = read_labels(path)
    assert [(r.listener, r.emotions, r.extra.get("start")) for r in table] == [
        ("ben@example.org", ("Happy", "Sad"), None),
        ("ben@example.org", ("Anger",), "1.000000"),
        ("annotator 7", (), None),
    ]
    assert "1 annotations were skipped" in " ".join(table.notes)
    path.write_text(json.dumps([{
        "audio": "s3://bucket/call.wav", "id": 1, "annotator": 2,
        "sentiment": {"choices": ["happy", "sad"]},
        "label": [{"start": 1.0, "end": 2.0, "labels": ["sad"]}]}]))  # fmt: skip
    assert [(r.listener, r.emotions) for r in read_labels(path)] == [
        ("annotator 2", ("happy", "sad")),
        ("annotator 2", ("sad",)),
    ]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("part", [0.1, 0.5, 0.9, 0.97])
def test_a_file_that_is_cut_off_is_refused_or_gives_labels_that_were_in_it(
    tmp_path: Path, form: str, part: float
) -> None:
    path = written(tmp_path, form)
    content = path.read_bytes()
    path.write_bytes(content[: round(part * len(content))])
    if form in ("audacity", "textgrid"):  # formats that do not say how they end
        with contextlib.suppress(PerserError):
            assert {row.listener for row in read_labels(path)} <= {"Ana", "Zoë"}
        return
    with pytest.raises(PerserError) as caught:
        read_labels(path)
    assert str(path) in str(caught.value)


Lie = Callable[[str], str]
LIES: dict[str, tuple[str, Lie]] = {
    "times that run backwards in a TextGrid": (
        "textgrid",
        lambda text: text.replace("xmax = 1.25", "xmax = 0.25"),
    ),
    "a time that is no number in a TextGrid": (
        "textgrid",
        lambda text: text.replace("xmax = 1.25", "xmax = soon"),
    ),
    "another class than it says": ("textgrid", lambda text: text.replace("IntervalTier", "Sound")),
    "a time slot that is not there in an EAF": (
        "eaf",
        lambda text: text.replace('TIME_SLOT_REF1="', 'TIME_SLOT_REF1="x'),
    ),
    "times that run backwards in an EAF": (
        "eaf",
        lambda text: text.replace('TIME_VALUE="0"', 'TIME_VALUE="99999999"'),
    ),
    "entities in an EAF": (
        "eaf",
        lambda text: text.replace(
            "?>", '?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>', 1
        ),
    ),
    "times that run backwards in a label track": (
        "audacity",
        lambda text: text.replace("0.500000\t1.250000", "1.250000\t0.500000"),
    ),
    "a label track without times": ("audacity", lambda text: text.replace("0.500000", "soon")),
    "times that run backwards in Label Studio": (
        "label-studio",
        lambda text: text.replace('"start": 0.5', '"start": 7.5'),
    ),
    "a task without audio": (
        "label-studio",
        lambda text: text.replace('"audio": "call.wav"', '"other": "call"'),
    ),
    "no tasks": ("label-studio", lambda _: '{"a": 1}'),
    "a list of numbers": ("label-studio", lambda _: "[1, 2]"),
}  # fmt: skip


@pytest.mark.parametrize("lie", LIES)
def test_a_file_that_lies_is_refused_in_one_sentence(tmp_path: Path, lie: str) -> None:
    form, change = LIES[lie]
    path = written(tmp_path, form)
    text = path.read_text(encoding="utf-8")
    changed = change(text)
    assert changed != text
    path.write_text(changed, encoding="utf-8")
    with pytest.raises(PerserError) as caught:
        read_labels(path, listener="Ana")
    assert str(path) in str(caught.value)


def test_what_holds_no_labels_is_called_by_what_it_is(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert kind_of(tmp_path / "empty") is None
    with pytest.raises(PerserError, match="holds no labels"):
        read_labels(tmp_path / "empty")
    (tmp_path / "b.TextGrid").write_bytes(b"ooBinaryFile\x08TextGrid")
    with pytest.raises(PerserError, match="binary TextGrid"):
        read_labels(tmp_path / "b.TextGrid")
    (tmp_path / "w.TextGrid").write_text(LONG.replace('"Ben"', '"phones"'))
    with pytest.raises(PerserError, match=r"its tiers are “words”, “phones”"):
        read_labels(tmp_path / "w.TextGrid")


@given(data=st.data(), form=st.sampled_from(sorted(FORMS)))
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_no_damage_raises_anything_but_a_perser_error(
    tmp_path: Path, data: st.DataObject, form: str
) -> None:
    content = bytearray(written(tmp_path, form).read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[at] = data.draw(st.integers(0, 255))
        else:
            del content[at : at + data.draw(st.integers(1, 40))]
            content = content or bytearray(b"x")
    path = tmp_path / FORMS[form]
    path.write_bytes(bytes(content))
    try:
        table = read_labels(path, listener="Ana")
    except PerserError:
        return
    assert all(row.file and row.listener for row in table)
