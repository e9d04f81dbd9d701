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

    What was heard of a clip is compared with what `perser predict` says of its file: the mean over
    the utterances in it by their lengths, since somebody who pauses is heard in pieces. The file's
    prediction knows all clips of the speaker; so does the stream with `voice_known`, as with
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
    engine, events = listening(model)
    gap = np.zeros(round(GAP * RATE), np.float32)
    begun: list[float] = []

    def spoken_in(place: int) -> list[Utterance]:
        """The utterances of a clip, by when they were heard: a late piece is not the next one's."""
        stop = begun[place + 1] if place + 1 < len(begun) else float("inf")
        middles = [(u, (u.start + u.end) / 2) for u in events.of(Utterance)]
        return [u for u, middle in middles if begun[place] <= middle < stop]

    for path in files:
        begun.append(engine.stream.sound.written / RATE)
        loopback.speak(np.concatenate((gap, open_waveform(path).samples, gap)))
        wait_until(lambda: spoken_in(len(begun) - 1))
    wait_until(lambda said=engine.stream.sound.written / RATE: events.of(Readout)[-1].time > said)
    same: list[bool] = []
    apart: list[float] = []
    pieces = 0
    for place, path in enumerate(files):
        theirs, said = offline[path.name], spoken_in(place)
        assert all(utterance.words == theirs.classes for utterance in said)
        pieces += len(said) > 1
        if voice_known or said[0].voice_clips > model.prior_clips:
            heard = np.average([u.generic for u in said], axis=0, weights=[u.seconds for u in said])
            same.append(heard.argmax() == theirs.probabilities.argmax())
            apart.append(float(np.abs(heard - theirs.probabilities).mean()))
    figures = (
        f"{len(files)} clips ({pieces} in more than one piece), {len(same)} compared: "
        f"{np.mean(same):.3f} labelled alike, probabilities {np.mean(apart):.4f} apart"
    )
    sys.stderr.write(f"\n{figures}\n")
    assert len(same) >= len(files) - (0 if voice_known else model.prior_clips)
    assert np.mean(same) >= at_least, figures
    assert np.mean(apart) < 0.035, figures
    assert events.of(Readout)[-1].overflows == 0
