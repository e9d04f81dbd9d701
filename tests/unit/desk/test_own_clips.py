"""The starter clips stay out of real work, and folders tell their voices."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from perser_gui.desk import Desk, opening
from perser_gui.progress import Progress
from perser_gui.testing import write_tone


@pytest.fixture
def starters(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Three tones that ship with the program."""
    folder = tmp_path / "starter"
    paths = [write_tone(folder / f"s{n}.wav", 900 + 50 * n) for n in range(3)]
    monkeypatch.setattr(opening, "_starter_folder", lambda: folder.resolve())
    return paths


def test_starter_clips_are_neither_suggested_nor_looked_at_beside_ones_own(
    desk: Desk, audio: Path, starters: list[Path]
) -> None:
    ana = desk.add_listener("Ana")
    shipped = [clip.content for clip in desk.open_clips(starters, Progress()).clips]
    assert desk.suggest_next(ana.id, Progress()).clip in shipped  # there is nothing else
    own = [clip.content for clip in desk.open_clips([audio], Progress()).clips]
    assert desk.suggest_next(ana.id, Progress()).clip in own
    for place, content in enumerate([*own[:4], shipped[0]]):
        desk.rate(ana.id, content, emotions=["sad" if place % 2 else "happy"])
    record = desk.adapt(ana.id, progress=Progress()).record
    assert record is not None
    recipe = json.loads(record.profile.recipe)
    assert shipped[0] in recipe["rated"]
    assert not set(shipped) & set(recipe["others"])


def test_starter_clips_that_were_removed_are_known_to_have_been_there(
    desk: Desk, starters: list[Path]
) -> None:
    assert not desk.has_had_starters()
    shipped = desk.open_clips(starters, Progress()).clips
    desk.remove_clips([clip.content for clip in shipped])
    assert desk.clips() == []
    assert desk.has_had_starters()


def test_a_folder_of_emodb_comes_with_its_speakers(desk: Desk, tmp_path: Path) -> None:
    for n, name in enumerate(("03a01Fa", "03a02Wb", "16b10Wb")):
        write_tone(tmp_path / "wav" / f"{name}.wav", 300 + 40 * n)
    opened = desk.open_clips([tmp_path / "wav"], Progress())
    assert [clip.speaker for clip in opened.clips] == ["emodb-03", "emodb-03", "emodb-16"]
