"""What is spoken into the microphone is labelled as the files are: sound in real time."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.desk import Desk
from perser_gui.desk.opening import starter_clips

from .server import Loopback
from .voices import CLIPS, assert_labelled_as_files, shuffled

pytestmark = pytest.mark.loopback


@pytest.mark.slow
def test_clips_spoken_into_the_microphone_are_labelled_as_predict_labels_the_files(
    loopback: Loopback, listening, desk: Desk, tmp_path: Path
) -> None:
    # The bundled model is unsure of synthetic voices, and 30 ms more or less decide a near tie.
    files = [path for path in starter_clips() if "ben" in path.name or "clara" in path.name]
    chosen = shuffled(files, CLIPS)
    assert_labelled_as_files(loopback, listening, desk, chosen, tmp_path, at_least=0.8)


@pytest.mark.slow
@pytest.mark.corpora
def test_a_voice_that_has_settled_is_labelled_as_predict_labels_the_files(
    loopback: Loopback, listening, desk: Desk, tmp_path: Path, corpora: Path
) -> None:
    files = sorted(corpora.glob("ravdess/03-01-*-11.flac"))
    if not files:
        pytest.skip("PERSER_CORPORA has no RAVDESS")
    chosen = shuffled(files, 20)
    # Some dozen clips are compared, and a near tie or two of them may go either way.
    assert_labelled_as_files(
        *(loopback, listening, desk, chosen, tmp_path), voice_known=False, at_least=0.8
    )
