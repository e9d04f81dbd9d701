"""What is spoken into the microphone by people is labelled as the files are: sound in real time."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.desk import Desk

from .server import Loopback
from .voices import CLIPS, assert_labelled_as_files, shuffled

pytestmark = pytest.mark.loopback


@pytest.mark.slow
@pytest.mark.corpora
@pytest.mark.parametrize("pattern", ["ravdess/03-01-*-11.flac", "emodb/08*.flac"])
def test_human_voices_too_are_labelled_as_predict_labels_the_files(
    loopback: Loopback, listening, desk: Desk, tmp_path: Path, corpora: Path, pattern: str
) -> None:
    files = sorted(corpora.glob(pattern))
    if not files:
        pytest.skip(f"PERSER_CORPORA has no {pattern}")
    assert_labelled_as_files(loopback, listening, desk, shuffled(files, CLIPS), tmp_path)
