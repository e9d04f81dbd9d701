"""The figure of an evaluation: macro-F1 and gain against the number of ratings."""

from __future__ import annotations

import io
from collections.abc import Sequence
from pathlib import Path

from perser_gui.evaluation.metrics import Interval
from perser_gui.evaluation.results import GENERIC, Summary
from perser_gui.files import write_whole

COLOURS = (
    "#2E8B70",
    "#8B5FC7",
    "#E07A3A",
    "#0891B2",
    "#A67C48",
    "#C2558F",
    "#6E9B34",
    "#B8860B",
    "#5C6BC0",
    "#7A3E3E",
    "#3B7A8C",
    "#9A4F9E",
    "#4E7A4E",
    "#C97B84",
    "#7D7D2E",
    "#466A9F",
)
_OWN_COLOURS = {GENERIC: "#6B7280", "fine-tune": "#2563EB", "meta-perser": "#D6493E"}

FAR_BELOW = -0.1
"""Adapters that lose more than this everywhere are left out of plots."""


def colour_of(adapters: Sequence[str]) -> dict[str, str]:
    """Return one colour per adapter: a fixed one for the common ones, then in order."""
    others = [name for name in adapters if name not in _OWN_COLOURS]
    spare = {name: COLOURS[i % len(COLOURS)] for i, name in enumerate(others)}
    return {name: _OWN_COLOURS.get(name) or spare[name] for name in adapters}


def far_below(summary: Sequence[Summary]) -> list[str]:
    """Return the adapters whose gains would leave no room for the others in a plot."""
    best: dict[str, float] = {}
    for item in summary:
        gain = item.gain_over_generic.mean
        best[item.adapter] = max(best.get(item.adapter, -1.0), gain)
    return [name for name, gain in best.items() if gain < FAR_BELOW]


def write_figure(summary: Sequence[Summary], path: Path, people: str = "listeners") -> None:
    """Draw learning curves with 95 % intervals into a PNG file, without any display.

    `people` is whom they are over, and stands above the curves.

    Raises:
        PerserError: if the file cannot be written.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 4.6), dpi=120, layout="constrained")
    FigureCanvasAgg(figure)
    left, right = figure.subplots(1, 2)
    adapters = list(dict.fromkeys(item.adapter for item in summary))
    colours = colour_of(adapters)
    shots = sorted({item.shots for item in summary})
    spread = min(0.012, 0.06 / len(adapters)) * (shots[-1] - shots[0] or 1)
    hidden = far_below(summary)
    count = max(item.listeners for item in summary)
    figure.suptitle(f"{count:,} {people}, means with 95 % intervals", fontsize=10)
    for number, adapter in enumerate(adapters):
        cells = [item for item in summary if item.adapter == adapter]
        shift = spread * (number - (len(adapters) - 1) / 2)
        x = [item.shots + shift for item in cells]
        if adapter in hidden:
            continue
        _curve(left, x, [c.intervals["macro_f1"] for c in cells], adapter, colours[adapter])
        if adapter != GENERIC:
            _curve(right, x, [c.gain_over_generic for c in cells], adapter, colours[adapter])
    if hidden:
        figure.text(0.01, 0.99, f"far below, not drawn: {', '.join(hidden)}", va="top", fontsize=7)
    right.axhline(0, color=colours[GENERIC], linewidth=1)
    left.set_ylabel("macro-F1 on this listener's ratings")
    right.set_ylabel("gain in macro-F1 over everyone's model")
    for axes in (left, right):
        axes.set_xlabel("ratings to learn from")
        axes.set_xticks(shots)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
    figure.legend(
        *left.get_legend_handles_labels(),
        loc="outside lower center",
        ncols=6,
        frameon=False,
        fontsize=8,
    )
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    write_whole(path, buffer.getvalue())


def _curve(
    axes: object, x: Sequence[float], values: Sequence[Interval], name: str, colour: str
) -> None:
    middle = [value.mean for value in values]
    below = [max(value.mean - value.low, 0) for value in values]
    above = [max(value.high - value.mean, 0) for value in values]
    axes.errorbar(  # type: ignore[attr-defined]
        x,
        middle,
        yerr=[below, above],
        label=name,
        color=colour,
        marker="o",
        markersize=4,
        linewidth=1.6,
        capsize=2.5,
    )
