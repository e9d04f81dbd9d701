"""How loud a clip is, and by how much to play it louder or softer; features never see this."""

from __future__ import annotations

import numpy as np

from perser_gui.records import FloatArray, Waveform

TARGET_DB = -23.0
"""Loudness of level-matched playing, in dB of full scale (root mean square where it is loud)."""

MOST_DB = 20.0
"""A clip is made louder by no more than this, so that silence does not become noise."""

CEILING = 0.98
"""The largest sample after it; a clip is made louder only as far as its peaks allow."""

_BLOCK_SECONDS = 0.4
_ABSOLUTE_DB = -70.0
_RELATIVE_DB = -10.0


def loudness_db(waveform: Waveform) -> float:
    """Return the loudness of a clip in dB of full scale; -inf for silence.

    It is the mean power of blocks of 400 ms, of those that are not much softer than the others
    (the gates of ITU-R BS.1770-4, without its weighting of frequencies): pauses do not count.
    """
    powers = _block_powers(waveform.samples, max(round(_BLOCK_SECONDS * waveform.rate), 1))
    heard = powers[powers > 10 ** (_ABSOLUTE_DB / 10)]
    if not len(heard):
        return float("-inf")
    gate = float(heard.mean()) * 10 ** (_RELATIVE_DB / 10)
    return float(10 * np.log10(heard[heard > gate].mean()))


def matching_gain(waveform: Waveform, target_db: float = TARGET_DB) -> float:
    """Return the factor that brings a clip to a loudness, within limits; 1 for silence.

    >>> quiet = Waveform(0.01 * np.sin(np.arange(16000) / 5).astype(np.float32), 16000)
    >>> round(matching_gain(quiet), 2)
    10.0
    """
    loudness = loudness_db(waveform)
    peak = float(np.abs(waveform.samples).max(initial=0.0))
    if not np.isfinite(loudness) or peak <= 0:
        return 1.0
    gain = 10 ** (min(target_db - loudness, MOST_DB) / 20)
    return float(min(gain, max(CEILING / peak, min(gain, 1.0))))


def level_matched(waveform: Waveform) -> Waveform:
    """Return a clip as loud as the others, to be played; the clip itself stays as it is."""
    gain = np.float32(matching_gain(waveform))
    return Waveform(waveform.samples * gain, waveform.rate, waveform.warnings)


def _block_powers(samples: FloatArray, block: int) -> FloatArray:
    """Return the mean power of each whole block, and of what is left if it is the only one."""
    whole = len(samples) // block * block
    if not whole:
        return np.array([np.mean(np.square(samples))] if len(samples) else [], np.float32)
    blocks = samples[:whole].reshape(-1, block)
    return np.asarray(np.einsum("ij,ij->i", blocks, blocks) / block, np.float32)
