"""A comparison of listeners as one document, as tables, and as figures (SVG and PNG)."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from perser_gui.evaluation.agreement import Estimate
from perser_gui.evaluation.side_by_side import Comparison

Row = dict[str, str | int | float | bool | None]
Table = tuple[tuple[str, ...], list[Row]]
"""The columns of a table and its rows."""

OVERALL = {
    "alpha": "Krippendorff's alpha",
    "fleiss": "Fleiss' kappa",
    "cohen": "mean Cohen's kappa",
    "share": "pairs of answers that are the same",
}
"""What the figures over all listeners are called."""


HELD_OUT = (
    "Two by two, an own model counts, for each label that it learned from, with what it says when "
    "it is made without that label."
)
"""What is said beside own models, which would else be asked about what they learned."""


def comparison_document(found: Comparison) -> dict[str, Any]:
    """Return a comparison as JSON data; figures that cannot be given are null."""
    document = _plain(asdict(found))
    for pair in document["pairs"]:
        pair["share"] = pair["same"] / pair["count"] if pair["count"] else None
    return dict(document)


def comparison_tables(found: Comparison, clips: Mapping[str, str]) -> dict[str, Table]:
    """Return the tables by the name of their file; `clips` says what each clip is called.

    Tables with nothing to tell are left out.
    """
    tables: dict[str, Table] = {
        "overall": (("figure", "value", "low", "high", "clips"), overall_rows(found)),
        "pairs": (("first", "second", "clips", "same", "share", "kappa"), pair_rows(found)),
        "confusion": (
            ("first", "second", "first_says", "second_says", "clips"),
            [
                {
                    "first": pair.first,
                    "second": pair.second,
                    "first_says": mine,
                    "second_says": theirs,
                    "clips": count,
                }
                for pair in found.pairs
                for mine, counts in zip(pair.words, pair.counts, strict=True)
                for theirs, count in zip(pair.words, counts, strict=True)
            ],
        ),
        "swaps": (
            ("first", "second", "first_says", "second_says", "clips", "other_way", "which"),
            [
                {
                    "first": pair.first,
                    "second": pair.second,
                    "first_says": swap.mine,
                    "second_says": swap.theirs,
                    "clips": len(swap.clips),
                    "other_way": swap.reverse,
                    "which": "; ".join(clips.get(clip, clip) for clip in swap.clips),
                }
                for pair in found.pairs
                for swap in pair.swaps
            ],
        ),
        "consistency": (CONSISTENCY, consistency_rows(found)),
        "models": (MODELS, model_rows(found)),
        "strip": (
            ("recording", "clip", "start", "end", "disagreement", *found.names),
            [
                {
                    "recording": strip.name,
                    "clip": clips.get(moment.clip, moment.clip),
                    "start": moment.start,
                    "end": moment.end,
                    "disagreement": moment.disagreement,
                    **{name: ";".join(moment.words.get(name, ())) for name in found.names},
                }
                for strip in found.strips
                for moment in strip.moments
            ],
        ),
    }
    return {name: table for name, table in tables.items() if table[1]}


def overall_rows(found: Comparison) -> list[Row]:
    """Return a row for each figure over all listeners."""
    return [
        {"figure": title, **_estimate(getattr(found.overall, name))}
        for name, title in OVERALL.items()
    ]


def pair_rows(found: Comparison) -> list[Row]:
    """Return a row for each pair."""
    return [
        {
            "first": pair.first,
            "second": pair.second,
            "clips": pair.count,
            "same": pair.same,
            "share": pair.share if pair.count else None,
            "kappa": pair.kappa,
        }
        for pair in found.pairs
    ]


CONSISTENCY = ("listener", "repeats", "same", "share", "low", "high", "kappa")
"""The columns of `consistency_rows`."""


def consistency_rows(found: Comparison) -> list[Row]:
    """Return a row for each listener who heard clips again."""
    return [
        {
            "listener": one.name,
            "repeats": one.count,
            "same": one.same,
            "share": one.share.value,
            "low": one.share.low,
            "high": one.share.high,
            "kappa": one.kappa,
        }
        for one in found.consistency
    ]


MODELS = (
    *("listener", "clips", "differ", "unlearned"),
    *("own", "own_low", "own_high", "generic", "generic_low", "generic_high"),
    *("before", "after", "outcome"),
)
"""The columns of `model_rows`."""


def model_rows(found: Comparison) -> list[Row]:
    """Return a row for each listener with a model of their own."""
    return [
        {
            "listener": one.name,
            "clips": one.clips,
            "differ": one.differ,
            "unlearned": one.unlearned,
            "own": one.own.value,
            "own_low": one.own.low,
            "own_high": one.own.high,
            "generic": one.generic.value,
            "generic_low": one.generic.low,
            "generic_high": one.generic.high,
            "before": one.before,
            "after": one.after,
            "outcome": one.outcome,
        }
        for one in found.models
    ]


def _estimate(value: Estimate) -> Row:
    return {"value": value.value, "low": value.low, "high": value.high, "clips": value.clips}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def said_of(figure: Estimate) -> str:
    """Return a figure with its interval for a line of text.

    >>> said_of(Estimate(0.5, 0.25, 0.75, 12))
    '0.50 (0.25 to 0.75)'
    >>> said_of(Estimate(0.5, math.nan, math.nan, 1))
    '0.50, from one clip'
    """
    if math.isnan(figure.value):
        return "—"
    if math.isnan(figure.low):
        return f"{figure.value:.2f}, from one clip"
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"


def columns_of(rows: Sequence[Row], columns: Sequence[str]) -> list[list[object]]:
    """Return the cells of rows in the order of columns, for a table on the terminal."""
    return [[_blank(row.get(name)) for name in columns] for row in rows]


def _blank(value: object) -> object:
    return None if isinstance(value, float) and math.isnan(value) else value
