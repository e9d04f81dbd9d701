"""How strongly labels speak for habits of the listener's own: a wager against everyone's model.

Whoever doubts that a listener differs from everyone's model says: the labels are drawn by
everyone's model, made as sure or as unsure as one likes. The wager is the ratio of two
likelihoods: above, predictions of each label from the labels before it alone, averaged over
several kinds of habit (words exchanged, words said more readily, a word for what sounds alike);
below, everyone's model with the sureness that suits the labels best,
chosen in hindsight. If the doubter is right, the ratio is at most a martingale that starts at
1, so that it ever reaches X in at most one listener of X, whether one looks once or after
every label (Ville's inequality; "universal inference", Wasserman, Ramdas & Balakrishnan 2020).
Labels drawn evenly at random belong to what the doubter says: everyone's model without any
sureness. A label of several emotions counts with its shares, which only lowers the ratio on
average (Jensen).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from perser_gui.records import FloatArray

Array = npt.NDArray[np.float64]

SURENESS: Array = np.concatenate([[0.0], np.geomspace(0.05, 4.0, 40)])
"""Exponents of a model's probabilities among which the one that suits the labels is chosen."""

MOST = 1e12
"""The strongest evidence that is told."""

_LEAST = 1e-12
_WAGERED = np.array([0.25, 0.5, 1.0, 2.0])
"""Exponents of everyone's probabilities that the wager spreads over."""
_TABLES = ((1.0, 0.8), (3.0, 0.8), (3.0, 0.95), (8.0, 0.9))
"""Priors of a confusion table: how many labels each row counts as, and its share unchanged."""
_READINESS = (2.0, 8.0)
"""Labels that everyone's use of all the words together counts as, where uses are compared."""
_STAYS, _ASTRAY = 0.15, 0.02
"""Where one word is said for another: how often not after all, and how often any word."""
_STRENGTHS = (2.0, 4.0, 8.0, 16.0)
"""Logits that a word gains where a clip lies exactly as the clips that had it."""


def evidence(generic: FloatArray, targets: FloatArray, views: Sequence[FloatArray] = ()) -> float:
    """Return the highest stand of the wager over the labels [K, C], in their order; 1 at first.

    `generic` [K, C] are everyone's probabilities. `views` [K, W] are features of the clips in
    which those alike lie in the same direction. No adapter takes part: trying another one
    changes nothing about what the labels say.
    """
    stands = log_stands(generic, targets, views)
    return float(np.exp(np.clip(stands.max(initial=0.0), 0.0, np.log(MOST))))


def log_stands(generic: FloatArray, targets: FloatArray, views: Sequence[FloatArray] = ()) -> Array:
    """Return the log of the wager's stand after each label [K]."""
    if not len(targets) or targets.shape[1] < 2:
        return np.zeros(len(targets))
    log_p, shares = log_probabilities(generic), targets.astype(np.float64)
    gains = [_tables(log_p, shares), _readiness(log_p, shares), _one_pair(log_p, shares)]
    gains += [_alike(log_p, shares, view.astype(np.float64)) for view in views]
    doubter = np.cumsum(_scores(sharpened(log_p, SURENESS), shares), axis=1).max(axis=0)
    return np.asarray(_mean(np.stack([_mean(gain) for gain in gains])) - doubter)


def log_probabilities(probabilities: FloatArray) -> Array:
    """Return log probabilities in float64 that are never minus infinity."""
    values = np.maximum(np.asarray(probabilities, np.float64), _LEAST)
    return np.asarray(np.log(values / values.sum(axis=-1, keepdims=True)))


def sharpened(log_p: Array, exponents: Array) -> Array:
    """Return log probabilities [B, K, C] raised to each exponent [B] and normalized again."""
    raised = exponents[:, None, None] * log_p[None]
    return np.asarray(raised - np.logaddexp.reduce(raised, axis=-1, keepdims=True))


def _scores(log_q: Array, shares: Array) -> Array:
    """Return the log-likelihood [B, K] of each label."""
    return np.asarray((log_q * shares).sum(axis=-1))


def _mean(gains: Array) -> Array:
    """Return the log of the mean over the first axis of likelihoods given as logs [B, K]."""
    return np.asarray(np.logaddexp.reduce(gains, axis=0) - np.log(len(gains)))


def _tables(log_p: Array, shares: Array) -> Array:
    """Wager on a table of how the listener words what everyone hears, learned as it goes."""
    words = shares.shape[1]
    heard = np.exp(sharpened(log_p, _WAGERED))
    prior = np.stack([n * (a * np.eye(words) + (1 - a) / words) for n, a in _TABLES])
    counts = np.repeat(prior[None], len(_WAGERED), axis=0)
    gains = np.zeros((len(_WAGERED), len(_TABLES), len(shares)))
    for number, share in enumerate(shares):
        joint = heard[:, None, number, :, None] * counts / counts.sum(axis=-1, keepdims=True)
        said = joint.sum(axis=-2)
        gains[..., number] = (share * np.log(said)).sum(axis=-1)
        counts = counts + joint * (share / said)[..., None, :]
    return np.cumsum(gains.reshape(-1, len(shares)), axis=1)


def _readiness(log_p: Array, shares: Array) -> Array:
    """Wager on how readily the listener says each word, compared with everyone's model so far."""
    words, heard = shares.shape[1], np.exp(sharpened(log_p, _WAGERED))
    said_before = np.cumsum(shares, axis=0) - shares
    heard_before = np.cumsum(heard, axis=1) - heard
    rows = []
    for prior in _READINESS:
        ratio = (said_before + prior / words) / (heard_before + prior / words)
        raised = np.log(heard * ratio)
        raised = raised - np.logaddexp.reduce(raised, axis=-1, keepdims=True)
        rows.append(np.cumsum(_scores(raised, shares), axis=1))
    return np.concatenate(rows)


def _one_pair(log_p: Array, shares: Array) -> Array:
    """Wager on one word being said for another, or on two being exchanged: any pair may be it."""
    words, heard = shares.shape[1], np.exp(sharpened(log_p, _WAGERED))
    one, other = (~np.eye(words, dtype=bool)).nonzero()
    moved, across = (1 - _STAYS) * heard[..., one], (1 - _STAYS) * heard[..., other]

    def said(p: Array) -> Array:
        return np.asarray(np.log((1 - _ASTRAY) * p + _ASTRAY / words))

    same = (shares * said(heard)).sum(axis=-1)[..., None]
    rows = []
    for back in (np.zeros_like(across), across):
        first = shares[:, one] * (said(heard[..., one] - moved + back) - said(heard[..., one]))
        second = shares[:, other] * (
            said(heard[..., other] + moved - back) - said(heard[..., other])
        )
        gains = np.cumsum(same + first + second, axis=1)
        rows.append(np.logaddexp.reduce(gains, axis=-1) - np.log(len(one)))
    return np.concatenate(rows)


def _alike(log_p: Array, shares: Array, view: Array) -> Array:
    """Wager that a clip gets the word of those clips, labelled before it, that it is most like."""
    length = np.sqrt((view**2).sum(axis=1, keepdims=True))
    view = view / np.maximum(length, _LEAST)
    likeness = np.tril(view @ view.T, -1)
    before = np.cumsum(shares, axis=0) - shares
    usual = likeness.sum(axis=1, keepdims=True) / np.arange(1, len(view) + 1)[:, None]
    pull = (likeness @ shares - usual * before) / (before + 1)
    prior = _READINESS[0] / shares.shape[1]
    heard = np.exp(log_p)
    ready = np.log((before + prior) / (np.cumsum(heard, axis=0) - heard + prior))
    rows = []
    for sure in (0.5, 1.0):
        for strength in _STRENGTHS:
            for readily in (0.0, 1.0):
                raised = sure * log_p + strength * pull + readily * ready
                raised = raised - np.logaddexp.reduce(raised, axis=-1, keepdims=True)
                rows.append(np.cumsum(_scores(raised, shares)))
    return np.stack(rows)
