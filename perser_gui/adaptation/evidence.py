"""How strongly labels speak for habits of the listener's own: a wager against everyone's model.

Whoever doubts that a listener differs from everyone's model says: the labels are drawn by
everyone's model, made as sure or as unsure as one likes. The wager is the ratio of two
likelihoods: above, predictions of each label from the labels before it alone, averaged over
several kinds of habit (`wagers.py`: words exchanged, words said more readily, a word for what
sounds alike or for a class that has no word of the listener's); below, everyone's model with the
sureness that suits the labels best, chosen in hindsight. If the doubter is right, the ratio is at
most a martingale that starts at 1, so that it ever reaches X in at most one listener of X, whether
one looks once or after every label (Ville's inequality; "universal inference", Wasserman, Ramdas &
Balakrishnan 2020). Labels drawn evenly at random belong to what the doubter says: everyone's model
without any sureness. A label of several emotions counts with its shares, which only lowers the
ratio on average (Jensen).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from perser_gui.adaptation.wagers import (
    Array,
    HeardClasses,
    alike,
    foreseen,
    leaning,
    log_probabilities,
    mixed,
    one_for_another,
    other_classes,
    readiness,
    rewording,
    sharpened,
)
from perser_gui.records import FloatArray

SURENESS: Array = np.concatenate([[0.0], np.geomspace(0.05, 4.0, 40)])
"""Exponents of a model's probabilities among which the one that suits the labels is chosen."""

MOST = 1e12
"""The strongest evidence that is told."""

_TABLE, _EXCHANGED, _INSTEAD, _READY, _LEANING, _ALIKE = 0.12, 0.3, 0.12, 0.12, 0.12, 0.1
"""How much is staked on each kind of habit (`_ALIKE`: in each view), before it is made to sum to
one. Much on words exchanged, because there are so many pairs that could be."""
_CLASSES, _UNKNOWN = 0.3, 0.3
"""The same for classes without a word among the listener's, and for words that are not known."""


def evidence(
    generic: FloatArray,
    targets: FloatArray,
    views: Sequence[FloatArray] = (),
    heard: HeardClasses | None = None,
) -> float:
    """Return the highest stand of the wager over the labels [K, C], in their order; 1 at first.

    `generic` [K, C] are everyone's probabilities. `views` [K, W] are features of the clips in
    which those alike lie in the same direction, `heard` what everyone's model hears among its
    own classes, where these are not the listener's. No adapter takes part: trying another one
    changes nothing about what the labels say.
    """
    return highest(log_stands(generic, targets, views, heard))


def highest(stands: Array) -> float:
    """Return the highest of stands [K] given as logs, at least 1."""
    return float(np.exp(np.clip(stands.max(initial=0.0), 0.0, np.log(MOST))))


def log_stands(
    generic: FloatArray,
    targets: FloatArray,
    views: Sequence[FloatArray] = (),
    heard: HeardClasses | None = None,
) -> Array:
    """Return the log of the wager's stand after each label [K]."""
    if not len(targets) or targets.shape[1] < 2:
        return np.zeros(len(targets))
    log_p, shares = log_probabilities(generic), targets.astype(np.float64)
    staked = [
        (_TABLE, rewording(log_p, shares)),
        (_EXCHANGED, one_for_another(log_p, shares, both=True)),
        (_INSTEAD, one_for_another(log_p, shares, both=False)),
        (_READY, readiness(log_p, shares)),
        (_LEANING, leaning(log_p, shares)),
        *((_ALIKE, alike(log_p, shares, view.astype(np.float64))) for view in views),
    ]
    if heard is not None:
        staked.append((_CLASSES, other_classes(heard, shares)))
        if heard.unknown:
            staked.append((_UNKNOWN, leaning(log_p, shares, heard.unknown)))
    gained = mixed(np.stack([mixed(rows) for _, rows in staked]), [stake for stake, _ in staked])
    doubter = foreseen(sharpened(log_p, SURENESS), shares).max(axis=0)
    return np.asarray(gained - doubter)
