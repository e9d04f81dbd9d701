"""How well the voice of a live stream is known, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

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
