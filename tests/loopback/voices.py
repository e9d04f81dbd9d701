"""Speaks clips into the virtual microphone and compares what is said of them with their files."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from perser_gui.audio.decode import open_waveform
from perser_gui.desk import Desk
from perser_gui.live import (
    Readout,
    Utterance,
)
from perser_gui.progress import Progress

from .server import RATE, Loopback, wait_until

GAP = 0.7
CLIPS = 20


def shuffled(files: Sequence[Path], count: int) -> list[Path]:
    """Return some files in no particular order; corpora are sorted by emotion."""
    order = np.random.default_rng(0).permutation(len(files))
    return [files[place] for place in order[:count]]


def assert_labelled_as_files(
    loopback: Loopback,
    listening,
    desk: Desk,
    files: Sequence[Path],
    tmp_path: Path,
    *,
    voice_known: bool = True,
    at_least: float = 0.9,
) -> None:
    """Speak whole clips of one speaker into the microphone, and predict the same files offline.

    An utterance is compared with what `perser predict` says of the clip that it belongs to.
    That knows all clips of the speaker; so does the stream with `voice_known`, as with
    `perser live --same-speaker`. Otherwise it gets to know the voice, and only what was said
    after half of the weight lay on it (eight utterances) is compared.
    """
    folder = tmp_path / "spoken"
    folder.mkdir()
    for path in files:
        shutil.copy(path, folder)
    predicted = desk.predict_files([folder], None, Progress())
    offline = {
        clip.path.name: generic
        for clip, (_, generic) in zip(predicted.clips, predicted.pairs, strict=True)
    }
    model = desk.live_model(None, Progress(), voice=[folder] if voice_known else ())
    _, events = listening(model)
    gap = np.zeros(round(GAP * RATE), np.float32)
    same: list[bool] = []
    apart: list[float] = []
    pieces = 0
    for path in files:
        before = len(events.of(Utterance))
        loopback.speak(np.concatenate((gap, open_waveform(path).samples, gap)))
        wait_until(lambda n=before: len(events.of(Utterance)) > n)
        new = events.of(Utterance)[before:]
        pieces += len(new) > 1
        for utterance in new:
            theirs = offline[path.name]
            assert utterance.words == theirs.classes
            if voice_known or utterance.voice_clips > model.prior_clips:
                same.append(utterance.generic.argmax() == theirs.probabilities.argmax())
                apart.append(float(np.abs(utterance.generic - theirs.probabilities).mean()))
    figures = (
        f"{len(files)} clips ({pieces} in more than one piece), {len(same)} utterances compared: "
        f"{np.mean(same):.3f} labelled alike, probabilities {np.mean(apart):.4f} apart"
    )
    sys.stderr.write(f"\n{figures}\n")
    assert len(same) >= len(files) - (0 if voice_known else model.prior_clips)
    assert np.mean(same) >= at_least, figures
    assert np.mean(apart) < 0.05, figures
    assert events.of(Readout)[-1].overflows == 0
