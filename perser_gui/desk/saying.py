"""What is said of a verdict, in the same words wherever it is shown."""

from __future__ import annotations

from perser_gui.records import Outcome, Verdict

TITLES: dict[Outcome, str] = {
    "closer": "Closer to how you label",
    "no difference": "No difference seen",
    "further away": "Further from how you label",
    "too early": "Too early to tell",
}
"""The outcomes, as a heading."""


FORESEEN = "how well your labels are foreseen"
"""What the figure of a verdict is called (agreement is the share of same answers of two)."""


def title(verdict: Verdict) -> str:
    """Return the outcome as a heading; when it is too early, with how many labels are wanted.

    >>> title(Verdict("too early", 8, 0.3, 0.4, 0.2, 0.6, 2.0, more=12))
    'Too early to tell: 12 more labels'
    """
    wanted = f": {verdict.more} more {labels(verdict.more)}" if verdict.more else ""
    return TITLES[verdict.outcome] + wanted


def change(verdict: Verdict) -> str:
    """Return how well everyone's model and yours foresee your labels.

    >>> change(Verdict("closer", 20, 0.312, 0.381, 0.33, 0.44, 50.0))
    '31 → 38 %'
    """
    return " → ".join(both(verdict)).replace(" %", "", 1)


def both(verdict: Verdict) -> tuple[str, str]:
    """Return everyone's figure and yours; in tenths where a difference would not show otherwise.

    >>> both(Verdict("closer", 20, 0.312, 0.314, 0.29, 0.34, 50.0))
    ('31.2 %', '31.4 %')
    """
    told = verdict.outcome in ("closer", "further away")
    same = round(100 * verdict.before) == round(100 * verdict.after)
    if told and same:
        return f"{100 * verdict.before:.1f} %", f"{100 * verdict.after:.1f} %"
    return percent(verdict.before), percent(verdict.after)


def between(verdict: Verdict) -> str:
    """Return the interval of your model's figure.

    >>> between(Verdict("closer", 20, 0.312, 0.381, 0.33, 0.44, 50.0))
    '33 to 44 %'
    """
    return f"{round(100 * verdict.low)} to {percent(verdict.high)}"


def figures(verdict: Verdict) -> str:
    """Return the figures with the interval of yours and the labels they rest on, for a line.

    >>> figures(Verdict("closer", 9, 0.312, 0.381, 0.33, 0.44, 50.0)).partition(": ")[2]
    "31 % (everyone's) → 38 % (yours, likely 33 to 44 %), 9 labels"
    """
    generic, yours = both(verdict)
    counted = f"{verdict.count} {labels(verdict.count)}"
    shown = f"{generic} (everyone's) → {yours} (yours, likely {between(verdict)})"
    return f"{FORESEEN}: {shown}, {counted}"


def percent(share: float) -> str:
    """Return a share of 1 in whole percent.

    >>> percent(0.385)
    '38 %'
    """
    return f"{round(100 * share)} %"


def labels(count: int) -> str:
    """Return the noun for so many labels."""
    return "label" if count == 1 else "labels"


EXPLAINED = (
    "How well your labels are foreseen is the probability that a model gives to a label before it "
    "learned it: the geometric mean over your labels, with each model as sure of itself as your "
    "other labels suggest."
)
"""What the figures mean, in full."""
