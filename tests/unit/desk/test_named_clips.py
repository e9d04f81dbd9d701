"""Which part of a file a row of a table names."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.desk import Desk
from perser_gui.progress import Progress
from perser_gui.testing import write_tone


@pytest.mark.parametrize(
    ("end", "kept"), [("2", 2.0), ("2.04", 2.0), ("2.06", None), ("3", None), ("6.5", None)]
)
def test_a_part_may_end_a_rounding_beyond_its_recording_and_no_more(
    desk: Desk, tmp_path: Path, end: str, kept: float | None
) -> None:
    write_tone(tmp_path / "two.wav", 300, seconds=2.0)
    table = tmp_path / "r.csv"
    table.write_text(
        f"file,listener,emotion,start,end\ntwo.wav,Ana,sad,0.5,1.5\ntwo.wav,Ana,happy,1,{end}\n"
    )
    imported = desk.import_ratings(table, tmp_path, Progress())
    spans = [(c.span.start, c.span.end) for c in (r.clip for r in desk.clips()) if c.span]
    assert spans == [(0.5, 1.5), *([(1.0, kept)] if kept else [])]
    assert len(imported.problems) == (0 if kept else 1)
    if not kept:
        assert f"lasts 2.00 s and has no part from 1 to {end} s" in imported.problems[0]
