"""Where speech was is drawn in colour, however many readouts are shown at once."""

from __future__ import annotations

import numpy as np

from perser_gui.live import Readout
from perser_gui.ui.live.live_plots import LivePlots


def coloured(plots: LivePlots) -> set[int]:
    """Return the columns of the waveform, of 25 ms each, that are drawn as speech."""
    return set(np.flatnonzero(plots._columns[:, 2]).tolist())


def test_an_utterance_is_in_colour_also_where_the_latest_readout_finds_nobody_speaking(
    qtbot,
) -> None:
    plots = LivePlots()
    qtbot.addWidget(plots)
    plots._columns = np.zeros((400, 3), np.float32)  # ten seconds of sound
    plots._taken = 160_000
    shares = np.array([0.5, 0.5], np.float32)
    said = [
        Readout(time, "speech", ("sad", "calm"), None, shares, speaking_since=2.0)
        for time in (2.5, 3.0, 3.5)
    ]
    silence = Readout(9.0, "no speech")
    plots.show_readouts([*said, silence])
    assert coloured(plots) == set(range(80, 140))


def test_while_somebody_speaks_the_sound_is_in_colour_up_to_now(qtbot) -> None:
    plots = LivePlots()
    qtbot.addWidget(plots)
    plots._columns = np.zeros((400, 3), np.float32)
    plots._taken = 160_000
    plots.show_readouts([Readout(9.5, "unsure", speaking_since=9.0)])
    assert coloured(plots) == set(range(360, 400))
