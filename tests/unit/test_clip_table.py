"""Long lists of clips in columns: the same as lists of clips, each made when it is asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from perser_gui import clip_table
from perser_gui.clip_table import ClipColumns, ClipRow, ClipTable
from perser_gui.desk.moved_files import gone
from perser_gui.records import Clip, Rating, clip_part
from perser_gui.store import Store


def clips(folder: Path, count: int = 6) -> list[Clip]:
    return [
        Clip(f"{i:064x}", folder / f"Clip {9 - i}.wav", 1.0 + i, f"Speaker {i}", str(folder))
        for i in range(count)
    ]


def test_what_the_store_lists_are_the_clips_that_were_added(tmp_path: Path) -> None:
    given = [*clips(tmp_path), replace(clips(tmp_path)[0], content="a" * 64, synthetic=True)]
    given.append(clip_part(Clip("b" * 64, tmp_path / "\udcff.wav", 9.0), 1.0, 2.5))
    store = Store(tmp_path / "data")
    try:
        store.add_clips(given)
        listed = store.clips()
        assert listed == given
        assert listed[-1].span == given[-1].span
        assert [listed[-2], *listed[1:3]] == [given[-2], *given[1:3]]
        with pytest.raises(IndexError):
            listed[len(given)]
    finally:
        store.close()


def test_a_clip_is_made_only_when_it_is_asked_for(tmp_path: Path, monkeypatch) -> None:
    store = Store(tmp_path / "data")
    made = []
    genuine = clip_table.clip_of

    def counted(facts):
        made.append(facts[0])
        return genuine(facts)

    monkeypatch.setattr(clip_table, "clip_of", counted)
    try:
        store.add_clips(clips(tmp_path))
        table = ClipTable(store.clips().together()).prepared()
        assert made == []
        assert table.row(f"{3:064x}") == ClipRow(clips(tmp_path)[3])
        assert table[3].clip is table[3].clip
        assert made == [f"{3:064x}"]
    finally:
        store.close()


def test_utterances_stand_together_where_the_first_of_them_stood(tmp_path: Path) -> None:
    whole = Clip("c" * 64, tmp_path / "call.wav", 9.0)
    early, late = clip_part(whole, 1.0, 2.0), clip_part(whole, 4.0, 5.0)
    first, second, *_ = clips(tmp_path)
    ordered = ClipColumns.of([first, late, second, early]).together()
    assert ordered == [first, early, late, second]
    table = ClipTable(ordered)
    assert table.recording_of == {early.content: "c" * 64, late.content: "c" * 64}
    assert table.parts == {"c" * 64: [1, 2]}


def test_names_and_texts_are_in_small_letters_and_names_have_an_order(tmp_path: Path) -> None:
    folder = tmp_path / "Béla"
    table = ClipTable(ClipColumns.of(clips(folder)))
    assert table.texts[0] == f"clip 9.wav\nbéla\nspeaker 0\n{str(folder).casefold()}"
    assert sorted(range(6), key=table.by_name.__getitem__) == [5, 4, 3, 2, 1, 0]


def test_a_table_tells_ratings_and_missing_files(tmp_path: Path) -> None:
    own = clips(tmp_path)
    rating = Rating(1, 1, own[1].content, "emotion", ("sad",))
    rows = [ClipRow(c, rating if i == 1 else None, i == 2) for i, c in enumerate(own)]
    table = ClipTable.of(rows)
    assert table == rows
    assert table.gone.tolist() == [False, False, True, False, False, False]
    assert table.same_clips(ClipTable.of(rows))
    assert not table.same_clips(ClipTable.of([ClipRow(clip) for clip in own]))


@pytest.mark.parametrize("count", [3, 40])
def test_files_that_are_gone_are_found_in_small_and_in_large_folders(
    tmp_path: Path, count: int
) -> None:
    files = [tmp_path / f"{i}.wav" for i in range(count)]
    for file in files:
        file.touch()
    files[1].unlink()
    (tmp_path / "loose.wav").symlink_to(tmp_path / "nowhere")
    asked = [*map(str, files), str(tmp_path / "loose.wav"), str(tmp_path / "no" / "such.wav")]
    assert gone(asked) == [1, count, count + 1]
