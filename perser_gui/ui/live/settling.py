"""The word that a live stream is labelled with, and how well its voice is known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel

from perser_gui.ui.acts.session import Session
from perser_gui.ui.look import theme
from perser_gui.ui.widgets.bars import percent

if TYPE_CHECKING:
    from perser_gui.live import Readout


def settling_text(readout: Readout) -> str:
    """Say how many utterances the speaker's statistics rest on, and how settled they are."""
    if not readout.voice_clips:
        return "The voice is not known yet; it settles with every utterance."
    count = readout.voice_clips
    utterances = "utterance" if count == 1 else "utterances"
    return f"Voice known from {count} {utterances}: {percent(readout.settled)} settled."


def dress_word(large: QLabel, session: Session) -> None:
    """Write the large word in its colour, and what is no word quietly."""
    word = session.emotions.find(large.text())
    ink = theme.ink(word.colour).name() if word is not None else theme.tokens().muted
    large.setStyleSheet(f"color: {ink};")
