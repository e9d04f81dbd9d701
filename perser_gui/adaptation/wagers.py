"""What may be wagered on a listener's labels: one kind of habit each, foreseen label by label.

Every wager foresees each label from the labels before it and from the clips, and returns the log
of the probability that it gave to all labels so far, one row per variant [B, K]. `log_p` [K, C]
is what everyone's model gives to the listener's words, `shares` [K, C] the labels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

LEAST = 1e-12

_SURENESS = np.array([0.25, 0.5, 1.0, 2.0])
_LIKELY = np.array([0.1, 0.2, 0.45, 0.25])
"""Exponents of everyone's probabilities that a wager spreads over, and how much on each."""
_TABLES = ((1.0, 0.8), (3.0, 0.8), (3.0, 0.95))
"""Priors of a table: how many labels each row counts as, and its share that is as expected."""
_READINESS = (2.0, 8.0)
"""Labels that everyone's use of all the words together counts as, where uses are compared."""
_STAYS, _ASTRAY = 0.1, 0.03
"""Where one word is said for another: how often not after all, and how often any word."""
_LEANINGS = (1.5, 3.0)
"""Logits by which one word may be said more readily than everyone's model says it."""
_STRENGTHS = (2.0, 4.0, 8.0, 16.0)
"""Logits that a word gains where a clip lies exactly as the clips that had it."""


@dataclass(frozen=True)
class HeardClasses:
    """What everyone's model hears among all of its classes, and what stands for them.

    `probabilities` [K, A] are over its A classes; `words` [A, C] says which of the listener's
    words may stand for each, rows summing to 1; `unknown` are the words that it does not know.
    """

    probabilities: Array
    words: Array
    unknown: tuple[int, ...] = ()


def log_probabilities(probabilities: npt.ArrayLike) -> Array:
    """Return log probabilities in float64 that are never minus infinity."""
    values = np.maximum(np.asarray(probabilities, np.float64), LEAST)
    return np.asarray(np.log(values / values.sum(axis=-1, keepdims=True)))


def normalized(log_q: Array) -> Array:
    """Return log probabilities that sum to one over the last axis."""
    return np.asarray(log_q - np.logaddexp.reduce(log_q, axis=-1, keepdims=True))


def sharpened(log_p: Array, exponents: Array) -> Array:
    """Return log probabilities [B, K, C] raised to each exponent [B] and normalized again."""
    return normalized(exponents[:, None, None] * log_p[None])


def mixed(gains: Array, weights: npt.ArrayLike | None = None) -> Array:
    """Return the log of the weighted mean over the first axis of likelihoods given as logs."""
    share = np.ones(len(gains)) if weights is None else np.asarray(weights, np.float64)
    share = np.log(share / share.sum()).reshape(-1, *[1] * (gains.ndim - 1))
    return np.asarray(np.logaddexp.reduce(gains + share, axis=0))


def foreseen(log_q: Array, shares: Array) -> Array:
    """Return the log-likelihood [..., K] of all labels up to each one."""
    return np.cumsum((log_q * shares).sum(axis=-1), axis=-1)


def rewording(log_p: Array, shares: Array) -> Array:
    """Wager on a table of how the listener words what everyone hears, learned as it goes."""
    words = np.eye(shares.shape[1])
    return _table(log_p, words, shares)


def other_classes(heard: HeardClasses, shares: Array) -> Array:
    """Wager on the same for all classes of everyone's model, with a word in the listener's or not.

    A class that no word of the listener's stands for may be what an unknown word is said for.
    """
    return _table(log_probabilities(heard.probabilities), heard.words, shares)


def readiness(log_p: Array, shares: Array) -> Array:
    """Wager on how readily the listener says each word, compared with everyone's model so far."""
    words, heard = shares.shape[1], np.exp(sharpened(log_p, _SURENESS))
    said_before = np.cumsum(shares, axis=0) - shares
    heard_before = np.cumsum(heard, axis=1) - heard
    rows = []
    for prior in _READINESS:
        ratio = (said_before + prior / words) / (heard_before + prior / words)
        rows.append(foreseen(normalized(np.log(heard * ratio)), shares))
    return mixed(np.stack(rows, axis=1), _LIKELY)


def leaning(log_p: Array, shares: Array, words: tuple[int, ...] | None = None) -> Array:
    """Wager on one word being said much more readily from the start: any one of `words`."""
    chosen = range(shares.shape[1]) if words is None else words
    rows = []
    for more in _LEANINGS:
        pushed = sharpened(log_p, _SURENESS)[None].repeat(len(chosen), axis=0)
        for place, word in enumerate(chosen):
            pushed[place, :, :, word] += more
        rows.append(mixed(foreseen(normalized(pushed), shares)))
    return mixed(np.stack(rows, axis=1), _LIKELY)


def one_for_another(log_p: Array, shares: Array, *, both: bool) -> Array:
    """Wager on one word being said for another, or on two exchanged (`both`): any pair may be."""
    words, heard = shares.shape[1], np.exp(sharpened(log_p, _SURENESS))
    one, other = (~np.eye(words, dtype=bool)).nonzero()
    moved = (1 - _STAYS) * heard[..., one]
    back = (1 - _STAYS) * heard[..., other] if both else np.zeros_like(moved)

    def said(p: Array) -> Array:
        return np.asarray(np.log((1 - _ASTRAY) * p + _ASTRAY / words))

    same = (shares * said(heard)).sum(axis=-1)[..., None]
    first = shares[:, one] * (said(heard[..., one] - moved + back) - said(heard[..., one]))
    second = shares[:, other] * (said(heard[..., other] + moved - back) - said(heard[..., other]))
    gains = np.cumsum(same + first + second, axis=1)
    return mixed(np.logaddexp.reduce(gains, axis=-1) - np.log(len(one)), _LIKELY)[None]


def alike(log_p: Array, shares: Array, view: Array) -> Array:
    """Wager that a clip gets the word of those clips, labelled before it, that it is most like.

    `view` [K, W] are features of the clips in which those alike lie in the same direction.
    """
    length = np.sqrt((view**2).sum(axis=1, keepdims=True))
    view = view / np.maximum(length, LEAST)
    likeness = np.tril(view @ view.T, -1)
    before = np.cumsum(shares, axis=0) - shares
    usual = likeness.sum(axis=1, keepdims=True) / np.arange(1, len(view) + 1)[:, None]
    pull = (likeness @ shares - usual * before) / (before + 1)
    prior = _READINESS[0] / shares.shape[1]
    heard = np.exp(log_p)
    ready = np.log((before + prior) / (np.cumsum(heard, axis=0) - heard + prior))
    rows = [
        foreseen(normalized(sure * log_p + strength * pull + readily * ready), shares)
        for sure in (0.5, 1.0)
        for strength in _STRENGTHS
        for readily in (0.0, 1.0)
    ]
    return np.stack(rows)


def _table(log_heard: Array, expected: Array, shares: Array) -> Array:
    """Wager on a table [A, C] from what is heard to what is said, that begins as `expected`."""
    heard = np.exp(sharpened(log_heard, _SURENESS))
    even = np.full_like(expected, 1 / shares.shape[1])
    prior = np.stack([size * (kept * expected + (1 - kept) * even) for size, kept in _TABLES])
    counts = np.repeat(prior[None], len(_SURENESS), axis=0)
    gains = np.zeros((len(_SURENESS), len(_TABLES), len(shares)))
    for number, share in enumerate(shares):
        joint = heard[:, None, number, :, None] * counts / counts.sum(axis=-1, keepdims=True)
        said = joint.sum(axis=-2)
        gains[..., number] = (share * np.log(said)).sum(axis=-1)
        counts = counts + joint * (share / said)[..., None, :]
    return mixed(np.cumsum(gains, axis=-1), _LIKELY)
