"""What the desk gives to a live stream: a model to label with, and a place for what is kept."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from perser_gui.desk.engine import Engine
from perser_gui.desk.predicting import View, applies, carried, generic_profile
from perser_gui.errors import PerserError
from perser_gui.live.live_model import Head, LiveModel
from perser_gui.live.stretch import write_wav
from perser_gui.progress import Progress
from perser_gui.records import Clip, FloatArray, Profile, Waveform

if TYPE_CHECKING:
    from perser_gui.model.checkpoint import Checkpoint

RECORDINGS = "recordings"
LONGEST_FILE_NAME = 100
"""Folder, beside the ratings, of utterances that became clips; one folder a session."""


def live_model(engine: Engine, view: View, voice: Sequence[Clip], progress: Progress) -> LiveModel:
    """Return the model behind a live readout, over the words of the view.

    `voice` are clips of the speaker, if the library has some; without them the stream
    learns the speaker's statistics as it goes.

    Raises:
        PerserError: if the model cannot be loaded, or a clip of `voice` cannot be read.
    """
    model = engine.model(progress.part(0.0, 0.6))
    theta = model.checkpoint
    library = None
    if voice:
        from perser_gui.model.normalization import RunningStatistics

        library = RunningStatistics.of(engine.features(voice, progress.part(0.6, 1.0)).values())
    own = view.profile if view.profile is not None and applies(view, theta.digest) else None
    return LiveModel(
        words=view.emotions.words,
        encoder=model.encoder,
        normalization=theta.normalization,
        generic=_head(theta, generic_profile(theta, view.emotions), view.generic),
        yours=None if own is None else _head(theta, own, view, voice[0].voice if voice else ""),
        listener=view.listener if own is not None else None,
        library=library,
    )


def _head(theta: Checkpoint, profile: Profile, view: View, speaker: str = "") -> Head:
    from perser_gui.adaptation import get_adapter, heard

    adapter = get_adapter(profile.adapter)

    def probabilities(x: FloatArray) -> FloatArray:
        voices = [speaker] * len(x) if speaker else ()
        return carried(heard(adapter, theta, profile, x, voices), profile.classes, view)

    return probabilities


def write_recording(
    folder: Path, session: str, sound: Waveform, now: datetime, name: str = ""
) -> Path:
    """Write an utterance that is to be kept as a new file, and return where it is.

    It is called `name`, else by the time; a name that stands for a file already gets a number.

    Raises:
        PerserError: if it cannot be written.
    """
    place = folder / RECORDINGS / (_file_name(session) or "live")
    stem = _file_name(name) or now.strftime("%Y-%m-%d %H.%M.%S")
    path = place / f"{stem}.wav"
    number = 2
    while path.exists():
        path = place / f"{stem} ({number}).wav"
        number += 1
    try:
        write_wav(path, sound, private=True)
    except (OSError, RuntimeError) as error:
        raise PerserError(
            f"The utterance could not be kept in {place}; please check the disk and its "
            "permissions."
        ) from error
    return path


def _file_name(text: str) -> str:
    """Return what a file can be called on any system: letters, digits, spaces, dots, hyphens."""
    return re.sub(r"[^\w .-]", "_", text)[:LONGEST_FILE_NAME].strip(" .")
