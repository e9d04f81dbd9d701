"""A folder for a colleague, and what another desk makes of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.desk import Desk
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Profile
from perser_gui.testing import write_tone

from .test_importing import said


def test_a_packed_folder_is_all_that_another_desk_needs(
    desk: Desk, audio: Path, tmp_path: Path
) -> None:
    write_tone(audio / "more" / "0.wav", 700)
    desk.open_clips([audio], Progress())
    ana = desk.add_listener("Ana")
    for number, row in enumerate(desk.clips()):
        desk.rate(ana.id, row.clip.content, emotions=["sad" if number % 2 else "happy"])
    profile = Profile("fine-tune", "b" * 64, ana.emotions.words, {})
    desk._store.add_profile(ana.id, profile, current=True)
    folder = tmp_path / "for you"
    assert desk.pack(folder, ana.id, Progress()) == 12
    assert sorted(path.name for path in folder.iterdir()) == [
        "README.txt",
        "clips",
        "model.safetensors",
        "ratings.csv",
    ]
    assert (folder / "clips" / "0 (2).wav").is_file()
    moved = folder.rename(tmp_path / "elsewhere")
    for path in sorted(audio.rglob("*.wav")):
        path.unlink()
    other = Desk.open(data_dir=tmp_path / "other", cache_dir=tmp_path / "cache")
    imported = other.import_ratings(moved, moved, Progress())
    assert (imported.ratings, imported.problems) == (9, [])
    back = imported.listeners[0]
    words = sorted((kind, emotions) for _, kind, emotions, _ in said(desk, ana.id))
    assert sorted((kind, emotions) for _, kind, emotions, _ in said(other, back.id)) == words
    record = other.current_profile(back.id)
    assert record is not None
    assert record.profile.adapter == "fine-tune"
    assert any("Ana's model" in note for note in imported.understood.notes)
    other.close()


def test_nothing_is_packed_by_halves(desk: Desk, clips: list[str], tmp_path: Path) -> None:
    ana = desk.add_listener("Ana")
    with pytest.raises(PerserError, match="nothing to pack"):
        desk.pack(tmp_path / "p", ana.id, Progress())
    for clip in clips:
        desk.rate(ana.id, clip, emotions=["sad"])
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("mine")
    with pytest.raises(PerserError, match="there already"):
        desk.pack(tmp_path / "full", ana.id, Progress())
    desk.clips()[0].clip.path.unlink()
    with pytest.raises(PerserError, match="1 of 8 recordings"):
        desk.pack(tmp_path / "p", ana.id, Progress())
    assert not (tmp_path / "p").exists()
    assert (tmp_path / "full" / "mine.txt").read_text() == "mine"
    assert [p.name for p in tmp_path.iterdir() if "packing" in p.name] == []
