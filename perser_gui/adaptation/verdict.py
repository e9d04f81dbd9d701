"""Whether a model is closer to how a listener labels than everyone's: the one rule of it.

Everyone's model and another are scored on the same labels, each label by a model that did not
learn it, by the log of the probability that the label gets. Each model is first made as sure of
itself as the other labels suggest (one exponent), because being less sure is no habit: with
labels drawn at random it raises every score. Shown is the geometric mean of those
probabilities: how well the labels are foreseen. See `docs/adr/0008-when-a-gain-is-a-gain.md` for
the reasons and the error rates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from perser_gui.adaptation.evidence import SURENESS, highest, log_stands
from perser_gui.adaptation.gradient import folds_of
from perser_gui.adaptation.listener import generic_logits, hidden_features, probabilities_of
from perser_gui.adaptation.protocol import Adapter, Support
from perser_gui.adaptation.scores import (
    LEAVE_ONE_OUT,
    held_out_probabilities,
    scores,
)
from perser_gui.adaptation.wagers import Array, HeardClasses, log_probabilities, sharpened
from perser_gui.emotions import EmotionSet
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.classes import NEW, listener_classes
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Outcome, Scores, Verdict, WordScore

Use = Literal["new", "present", "everyone"]
"""Which model is used from now on: the one just made, the one in use before, or everyone's."""

CONVINCING = 6.0
"""Evidence that is asked for. It is proved that chance reaches it in at most one listener of six,
and was measured that it does in one of 20 or fewer, with all kinds of listeners without habits and
a look after each of 40 labels (see ADR 8)."""

SEEN = 0.9
"""Share of chance that the interval covers."""

WORTH = float(np.log(1.2))
"""A gain worth waiting for: labels a fifth more probable (mean difference of log scores)."""

FEWEST, PLENTY = 20, 100
"""Labels below which a difference that was not seen may still come, and beyond which it would
have been seen if it mattered."""

TRUSTED = "used_unless_worse"
"""Key of a checkpoint's training values: names of adapters that were measured to lose nothing on
average, so that their profiles may be used as long as they are not seen to be worse. Without
it, none may before it is seen to be closer."""

_EXPONENTS: Array = np.concatenate([[1.0], SURENESS])
_PRIOR: Array = np.log(np.gradient(SURENESS)) - 0.5 * (SURENESS - 1) ** 2
_PRIOR = np.concatenate([[np.log(0.9)], np.log(0.1) + _PRIOR - np.logaddexp.reduce(_PRIOR)])
"""How sure a model may have to be made, and how likely that is (logs): .9, as it is."""

_DRAWS = 2000
_SPAN = 1.6449
"""Half width of the interval in standard errors, and what is added for a power of .8."""
_POWER = 0.8416
_T95 = (6.314, 2.920, 2.353, 2.132, 2.015, 1.943, 1.895, 1.860, 1.833)
"""Upper 5 % points of Student's t for 1 to 9 degrees of freedom."""


@dataclass(frozen=True)
class Present:
    """The profile in use before, as far as it can be scored on the present labels.

    `probabilities` [K, C] are its own for the labelled clips, right for those that it did not
    learn; `learned` [K] marks the others, which its `adapter` is made again for, without each of
    them in turn and with as many `steps` as it took.
    """

    adapter: Adapter
    probabilities: FloatArray
    learned: np.ndarray
    steps: int
    same_labels: bool = False


@dataclass(frozen=True)
class Judged:
    """What the labels say of the new profile and of the present one, and which is to be used.

    `before` and `after` are plain scores of everyone's model and of the new profile.
    """

    new: Verdict
    present: Verdict | None
    use: Use
    before: Scores
    after: Scores


def judge(
    adapter: Adapter,
    generic: Adapter,
    theta: Checkpoint,
    support: Support,
    *,
    steps: int | None = None,
    present: Present | None = None,
    seed: int = 0,
    device: str = "cpu",
    progress: Progress | None = None,
) -> Judged:
    """Score everyone's model, the present profile and a new one of `adapter` on the labels.

    `steps` is how many steps the new profile took, if it was stopped before its end.
    """
    before = generic_probabilities(generic, theta, support)
    folds = folds_of(support.count, seed=seed, recordings=support.recordings)
    after = held_out_probabilities(
        stopped(adapter, steps),
        theta,
        support,
        folds,
        seed=seed,
        device=device,
        progress=progress,
    )
    strength = evidence_of(theta, before, support)
    classes = support.classes.words
    protocol = LEAVE_ONE_OUT if len(folds) == support.heard else f"{len(folds)}-fold"
    same = support.recordings
    new = verdict(before, after, support.targets, classes, strength, protocol, same)
    shown, other = None, None
    if present is not None:
        other = present_probabilities(present, theta, support, seed=seed, device=device)
        shown = verdict(before, other, support.targets, classes, strength, protocol, same)
    return Judged(
        new=new,
        present=shown,
        use=chosen(
            new,
            shown,
            stays=present is not None
            and other is not None
            and _stays(after, other, support, same_labels=present.same_labels),
            trusted=adapter.name in theta.training.get(TRUSTED, ()),
        ),
        before=scores(before, support.targets, classes, protocol),
        after=scores(after, support.targets, classes, protocol),
    )


def weigh(
    present: Present,
    generic: Adapter,
    theta: Checkpoint,
    support: Support,
    *,
    seed: int = 0,
    device: str = "cpu",
) -> Verdict:
    """Score a profile of the history on the labels that there are now, by the same rule."""
    before = generic_probabilities(generic, theta, support)
    after = present_probabilities(present, theta, support, seed=seed, device=device)
    strength = evidence_of(theta, before, support)
    words, same = support.classes.words, support.recordings
    return verdict(before, after, support.targets, words, strength, LEAVE_ONE_OUT, same)


def evidence_of(theta: Checkpoint, generic: FloatArray, support: Support) -> float:
    """Return how strongly the labels speak for habits of the listener's own."""
    return highest(stands_of(theta, generic, support))


def stands_of(theta: Checkpoint, generic: FloatArray, support: Support) -> Array:
    """Return the log of the wager's stand after each recording's label.

    `generic` [K, C] is what everyone's model gives to the listener's words. Of the labels of one
    recording, the wager is on the last one.
    """
    last = {key: row for row, key in enumerate(support.recordings or range(support.count))}
    rows = sorted(last.values())
    x = support.x[rows]
    views = (x.reshape(len(rows), -1), hidden_features(theta, x)) if rows else ()
    return log_stands(generic[rows], support.targets[rows], views, heard_of(theta, support, rows))


def heard_of(theta: Checkpoint, support: Support, rows: Sequence[int]) -> HeardClasses | None:
    """Return what everyone's model hears in these clips among its own classes.

    None if each of these has a word of the listener's, and each word a class: then it says
    nothing that the words do not say.
    """
    laid = listener_classes(support.classes, theta.classes, theta.untaught)
    words = np.zeros((len(theta.classes), len(laid.words)))
    for source, owner in zip(laid.sources, laid.owners, strict=True):
        if source != NEW:
            words[source, owner] = 1.0
    nameless = words.sum(axis=1) == 0
    if not rows or not (laid.unknown or nameless.any()):
        return None
    words[np.ix_(nameless, laid.unknown or range(len(laid.words)))] = 1.0
    words /= words.sum(axis=1, keepdims=True)
    every = generic_logits(theta, EmotionSet.of(theta.classes), support.x[list(rows)])
    return HeardClasses(probabilities_of(every).astype(np.float64), words, laid.unknown)


def verdict(
    before: FloatArray,
    after: FloatArray,
    targets: FloatArray,
    words: Sequence[str],
    strength: float,
    protocol: str = "",
    recordings: Sequence[int] = (),
) -> Verdict:
    """Return what probabilities [K, C] of labels that were not learned say of a model.

    `recordings` [K] says which recording each label is of: those of one count as one label,
    with the mean of their log scores; empty: each of its own.
    """
    if not len(targets):
        return Verdict("too early", 0, 0.0, 0.0, 0.0, 1.0, 1.0, FEWEST, protocol)
    old_rows, new_rows = (suited_logs(p, targets, recordings) for p in (before, after))
    old, new = _by_recording(old_rows, recordings), _by_recording(new_rows, recordings)
    count = len(old)
    low, high = interval(new - old)
    start = float(old.mean())
    shown = Verdict(
        outcome="too early",
        count=count,
        before=float(np.exp(start)),
        after=float(np.exp(new.mean())),
        low=float(np.exp(min(start + low, 0.0))),
        high=float(np.exp(min(start + high, 0.0))),
        evidence=strength,
        protocol=protocol,
        words=_by_word(old_rows, new_rows, targets, words, recordings),
    )
    gains = plain_logs(after, targets) - plain_logs(before, targets)
    plain = float(_by_recording(gains, recordings).sum())
    outcome, more = _outcome(shown, new - old, (low, high), as_it_is=plain)
    return Verdict(**{**vars(shown), "outcome": outcome, "more": more})


def chosen(new: Verdict, present: Verdict | None, *, stays: bool, trusted: bool) -> Use:
    """Say which model is used: the one rule of adapting, stopping and adapting as one goes.

    A profile is used only if it is seen to be closer than everyone's model. Of two that are,
    the new one, unless the present one `stays`. A `trusted` learner's profile may be used too
    as long as nothing speaks against it.
    """
    if present is not None and present.outcome == "closer" and (stays or new.outcome != "closer"):
        return "present"
    if new.outcome == "closer" or (trusted and new.outcome != "further away"):
        return "new"
    return "everyone"


def stopped(adapter: Adapter, steps: int | None) -> Adapter:
    """Return the adapter as it is when it is stopped after so many steps, if it takes steps."""
    limit = getattr(adapter, "limited", None)
    if steps is None or limit is None:
        return adapter
    limited: Adapter = limit(steps)
    return limited


def generic_probabilities(generic: Adapter, theta: Checkpoint, support: Support) -> FloatArray:
    """Return everyone's probabilities [K, C] of the labelled clips."""
    nothing = support.only([])
    profile = generic.adapt(theta, nothing)
    return generic.probabilities(theta, profile, support.x)


def present_probabilities(
    present: Present, theta: Checkpoint, support: Support, *, seed: int = 0, device: str = "cpu"
) -> FloatArray:
    """Return the present profile's probabilities [K, C], each without its own label."""
    learned = np.flatnonzero(present.learned)
    result = present.probabilities.copy()
    if len(learned):
        left = support.only(learned.tolist())
        result[learned] = held_out_probabilities(
            stopped(present.adapter, present.steps),
            theta,
            left,
            folds_of(len(learned), seed=seed, recordings=left.recordings),
            seed=seed,
            device=device,
        )
    return result


def plain_logs(probabilities: FloatArray, targets: FloatArray) -> Array:
    """Return the log score [K] of each label by a model as it is."""
    return np.asarray((log_probabilities(probabilities) * targets).sum(axis=1))


def suited_logs(
    probabilities: FloatArray, targets: FloatArray, recordings: Sequence[int] = ()
) -> Array:
    """Return the log score [K] of each label by a model as sure as the other labels suggest.

    `recordings` [K] says which recording each label is of (empty: each of its own); the labels
    of the same one are not among the others. A model is taken to be as sure as it should be,
    until several labels say otherwise.
    """
    log_p = log_probabilities(probabilities)
    raised = (sharpened(log_p, _EXPONENTS) * targets).sum(axis=-1)
    of = np.unique(recordings or range(len(targets)), return_inverse=True)[1]
    each = np.stack([_by_recording(row, recordings) for row in raised])
    others = _PRIOR[:, None] + each.sum(axis=1, keepdims=True) - each
    weights = others - np.logaddexp.reduce(others, axis=0)
    return np.asarray(np.logaddexp.reduce(weights[:, of] + raised, axis=0))


def interval(differences: Array) -> tuple[float, float]:
    """Return the 90 % interval of a mean, by drawing with replacement, widened for few values.

    Drawing keeps the skewness of differences that are large for a few labels only; what it
    lacks with few values (the spread's own uncertainty) is made up for as Student's t does.
    """
    count, mean = len(differences), float(differences.mean())
    if count < 2:
        return -np.inf, np.inf
    drawn = np.random.default_rng(count).integers(0, count, (_DRAWS, count))
    low, high = np.quantile(differences[drawn].mean(axis=1), [(1 - SEEN) / 2, (1 + SEEN) / 2])
    free = count - 1
    student = _T95[free - 1] if free <= len(_T95) else _SPAN + 1.5237 / free + 1.413 / free**2
    wider = student / _SPAN * np.sqrt(count / free)
    return mean + wider * float(low - mean), mean + wider * float(high - mean)


def _outcome(
    shown: Verdict, d: Array, bounds: tuple[float, float], *, as_it_is: float
) -> tuple[Outcome, int]:
    """Return the outcome and how many more labels are wanted.

    A gain needs evidence of habits, and a model that does better than everyone's both when each
    is as sure as the labels suggest and as it is (`as_it_is`, the difference of the plain log
    scores); one that is further away does worse in both ways. What cannot be read off the figures,
    in tenths of a percent, is not called a difference. Habits mostly show by `FEWEST` labels; from
    there on, as many are wanted as the differences scatter.
    """
    moved = round(1000 * shown.after) - round(1000 * shown.before)
    if shown.evidence >= CONVINCING and moved > 0 and as_it_is > 0:
        return "closer", 0
    if shown.count >= FEWEST // 2 and bounds[1] < 0 and moved < 0 and as_it_is < 0:
        return "further away", 0
    needed = FEWEST
    if shown.count >= FEWEST:
        effect = max(WORTH, abs(float(d.mean())))
        wanted = ((_SPAN + _POWER) * float(d.std(ddof=1)) / effect) ** 2
        needed = min(int(np.ceil(wanted)), PLENTY)
    if shown.count < needed:
        return "too early", needed - shown.count
    return "no difference", 0


def _by_word(
    old: Array, new: Array, targets: FloatArray, words: Sequence[str], recordings: Sequence[int]
) -> dict[str, WordScore]:
    """Return the scores on the labels of each word that occurs, and of how many recordings."""
    result = {}
    of = np.asarray(recordings or range(len(targets)))
    for column, word in enumerate(words):
        share = targets[:, column].astype(np.float64)
        if share.sum() > 0:
            named = share > 0
            _, place, sizes = np.unique(of[named], return_inverse=True, return_counts=True)
            share[named] /= sizes[place]
            mean = [float(np.exp((share * one).sum() / share.sum())) for one in (old, new)]
            result[word] = WordScore(mean[0], mean[1], len(sizes))
    return result


def _by_recording(logs: Array, recordings: Sequence[int]) -> Array:
    """Return the mean of log scores [K] over the labels of each recording."""
    if not recordings:
        return logs
    _, of, sizes = np.unique(recordings, return_inverse=True, return_counts=True)
    return np.asarray(np.bincount(of, weights=logs) / sizes)


def _stays(new: FloatArray, present: FloatArray, support: Support, *, same_labels: bool) -> bool:
    """Whether a present profile holds out against a new one on the same labels.

    It does if it is seen to be better; where both learned the very same labels, if it is no worse.
    """
    d = plain_logs(present, support.targets) - plain_logs(new, support.targets)
    d = _by_recording(d, support.recordings)
    return bool(d.mean() >= 0) if same_labels else interval(d)[0] > 0
