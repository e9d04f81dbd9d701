"""Names that begin alike show what tells them apart."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.clip_table import ClipRow
from perser_gui.records import Clip
from perser_gui.ui.acts.session import Session
from perser_gui.ui.clips.short_names import ShortNames, common_beginning


def session_of(*paths: str) -> Session:
    session = Session()
    session.replace_rows([ClipRow(Clip(f"{i:064x}", Path(p), 1.0)) for i, p in enumerate(paths)])
    return session


@pytest.mark.parametrize(
    ("names", "shared"),
    [
        (["03-01-01-01-01.wav", "03-01-02-01-01.wav"], "03-01-"),
        (["interview_anna.wav", "interview_anton.wav"], "interview_"),
        (["a 1.wav", "a 2.wav"], ""),
        (["alone in its folder.wav"], ""),
    ],
)
def test_what_names_have_in_common_ends_at_a_sign_between_parts(names, shared) -> None:
    assert common_beginning(names) == shared


def test_only_clips_of_the_same_folder_are_compared() -> None:
    session = session_of("/one/take_0001_x.wav", "/one/take_0002_x.wav", "/two/take_0003_x.wav")
    names = ShortNames(session)
    assert names.of(Path("/one/take_0001_x.wav")) == "…0001_x.wav"
    assert names.of(Path("/two/take_0003_x.wav")) == "take_0003_x.wav"


def test_another_list_of_clips_is_looked_at_anew() -> None:
    session = session_of("/one/take_01.wav", "/one/take_02.wav")
    names = ShortNames(session)
    assert names.of(Path("/one/take_01.wav")) == "…01.wav"
    session.replace_rows([ClipRow(Clip("0" * 64, Path("/one/take_01.wav"), 1.0))])
    assert names.of(Path("/one/take_01.wav")) == "take_01.wav"
