"""Listeners of the desk beside each other, with their models and everyone's."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from perser_gui.corpora.ratings import read_ratings
from perser_gui.desk import Desk
from perser_gui.desk.comparing import table_comparison, write_comparison
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, clip_part

WORDS = EmotionSet.of(("happy", "sad", "calm"))
SAID = {"Ana": "hhssccc-", "Bo": "hssschc-", "Cy": "hhs-sccs"}
LETTERS = {"h": "happy", "s": "sad", "c": "calm"}


@pytest.fixture
def people(desk: Desk, clips: list[str]) -> list[int]:
    numbers = []
    for name, said in SAID.items():
        owner = desk.add_listener(name, WORDS)
        numbers.append(owner.id)
        for clip, letter in zip(clips, said, strict=True):
            if letter != "-":
                desk.rate(owner.id, clip, emotions=[LETTERS[letter]])
    return numbers


def test_three_listeners_are_compared_two_by_two_and_all_together(
    desk: Desk, people: list[int], clips: list[str]
) -> None:
    found = desk.comparison(people, Progress(), models=False).found
    assert found.names == ("Ana", "Bo", "Cy")
    pair = found.pair("Ana", "Bo")
    assert pair is not None
    assert (pair.count, pair.same) == (7, 5)
    assert [(s.mine, s.theirs, s.clips) for s in pair.swaps] == [
        ("calm", "happy", (clips[5],)),
        ("happy", "sad", (clips[1],)),
    ]
    assert found.shared == 7
    assert found.overall.alpha.clips == 7
    assert found.models == ()


def test_everyones_model_is_one_of_them_and_an_own_model_another(
    desk: Desk, people: list[int], clips: list[str]
) -> None:
    adapted = desk.adapt(people[0], adapter="fine-tune", progress=Progress())
    assert adapted.record is not None
    desk.make_current(people[0], adapted.record.id)
    desk.rate(people[0], clips[7], emotions=["sad"])
    compared = desk.comparison(people[:2], Progress())
    found = compared.found
    assert found.names == ("Ana", "Bo", "everyone's model", "Ana's model")
    assert found.kinds == ("listener", "listener", "model", "model")
    (beside,) = found.models
    pairs = {y.clip: (y.word, e.word) for y, e in desk.compare(clips, people[0], Progress())}
    assert beside.name == "Ana"
    assert beside.clips == 8
    assert beside.differ == sum(own != other for own, other in pairs.values())
    assert beside.unlearned == 1  # the label that came after the adaptation
    assert beside.own.value == float(pairs[clips[7]][0] == "sad")
    assert beside.generic.value == float(pairs[clips[7]][1] == "sad")
    generic = found.pair("Ana", "everyone's model")
    labels = {r.clip: r.emotions[0] for r in desk.ratings(people[0])}
    assert generic is not None
    assert generic.same == sum(labels[clip] == pairs[clip][1] for clip in clips)


def test_a_listener_may_be_called_like_the_model(desk: Desk, clips: list[str]) -> None:
    owner = desk.add_listener("everyone's model", WORDS)
    desk.rate(owner.id, clips[0], emotions=["sad"])
    found = desk.comparison([owner.id], Progress()).found
    assert len(set(found.names)) == 2


def test_utterances_of_a_recording_become_a_strip(desk: Desk, people: list[int]) -> None:
    whole = Clip("d" * 64, Path("/calls/long call.wav"), 60.0)
    parts = [clip_part(whole, 10.0 * n, 10.0 * n + 4) for n in range(5)]
    desk._store.add_clips(parts)
    for place, part in enumerate(parts[:4]):
        desk.rate(people[0], part.content, emotions=["sad"])
        desk.rate(people[1], part.content, emotions=["sad" if place % 2 else "calm"])
    found = desk.comparison(people, Progress(), models=False).found
    (strip,) = found.strips
    assert (strip.name, strip.seconds) == ("long call.wav", 60.0)
    assert [m.disagreement for m in strip.moments[:4]] == [1.0, 0.0, 1.0, 0.0]
    assert strip.moments[4].words == {}
    assert [m.start for m in strip.moments] == [0.0, 10.0, 20.0, 30.0, 40.0]


def test_what_is_written_is_what_was_found(desk: Desk, people: list[int], tmp_path: Path) -> None:
    compared = desk.comparison(people, Progress())
    folder = tmp_path / "out"
    written = write_comparison(folder, compared)
    assert sorted(written) == sorted(folder.iterdir())
    document = json.loads((folder / "comparison.json").read_text(encoding="utf-8"))
    assert document["overall"]["alpha"]["value"] == compared.found.overall.alpha.value
    with (folder / "pairs.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(r["first"], r["second"]) for r in rows] == [
        (p.first, p.second) for p in compared.found.pairs
    ]
    assert [float(r["share"]) for r in rows] == [p.share for p in compared.found.pairs]
    with (folder / "confusion.csv").open(newline="", encoding="utf-8") as stream:
        cells = list(csv.DictReader(stream))
    assert sum(int(c["clips"]) for c in cells) == sum(p.count for p in compared.found.pairs)
    drawing = ElementTree.parse(folder / "agreement.svg").getroot()
    texts = {(t.text or "").strip() for t in drawing.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Ana", "Bo", "Cy", "71 %"} <= texts
    assert (folder / "agreement.png").read_bytes().startswith(b"\x89PNG")
    again = tmp_path / "again"
    write_comparison(again, compared)
    for path in written:
        assert (again / path.name).read_bytes() == path.read_bytes(), path.name


def test_a_name_of_dollars_and_tags_is_drawn_as_it_is(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    rows = ["file,listener,emotion"]
    for who in ("$x^2$ <b>", "../up"):
        rows += [f"{n}.wav,{who},{'sad' if n else 'calm'}" for n in range(3)]
    table.write_text("\n".join(rows))
    written = write_comparison(tmp_path / "out", table_comparison([read_ratings(table)]))
    assert all(path.parent == tmp_path / "out" for path in written)
    svg = (tmp_path / "out" / "agreement.svg").read_text(encoding="utf-8")
    assert "$x^2$ &lt;b&gt;" in svg


def test_a_table_gives_the_same_figures_as_the_desk(
    desk: Desk, people: list[int], tmp_path: Path
) -> None:
    path = tmp_path / "labels.csv"
    desk.export_ratings(path, *people)
    ours = desk.comparison(people, Progress(), models=False).found
    theirs = table_comparison([read_ratings(path)]).found
    assert theirs.overall.alpha.value == pytest.approx(ours.overall.alpha.value)
    assert [(p.first, p.second, p.count, p.same, p.kappa, p.counts) for p in theirs.pairs] == [
        (p.first, p.second, p.count, p.same, p.kappa, p.counts) for p in ours.pairs
    ]
    only = table_comparison([read_ratings(path)], ["cy", "ana"]).found
    assert only.names == ("Cy", "Ana")
    with pytest.raises(PerserError, match="no listener called Dee"):
        table_comparison([read_ratings(path)], ["Dee"])


def test_a_second_answer_in_a_table_is_a_repeat(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(
        "file,listener,emotion\n1.wav,Ana,sad\n2.wav,Ana,calm\n1.wav,Ana,sad\n2.wav,Ana,sad\n"
    )
    (found,) = table_comparison([read_ratings(path)]).found.consistency
    assert (found.count, found.same) == (2, 1)
