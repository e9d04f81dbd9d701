"""The figures of a comparison, as SVG and as PNG, without any display."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from perser_gui.evaluation.side_by_side import Comparison, PairAgreement, Strip

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_CONFUSIONS = 15
"""Pairs whose confusion is drawn (all of six ways of labelling); the tables have all."""

MOST_MOMENTS = 4000
"""Utterances of a recording up to which each is drawn by itself."""

_CAPTION = 8


def comparison_figures(
    found: Comparison, colours: Mapping[str, str] | None = None
) -> dict[str, dict[str, bytes]]:
    """Return the figures by name, each as `svg` and `png`.

    `colours` are those of the words; equal comparisons give equal bytes.
    """
    drawn: dict[str, Figure] = {}
    if len(found.names) > 1:
        drawn["agreement"] = _matrix(found)
    for pair in [p for p in found.pairs if p.count][:MOST_CONFUSIONS]:
        drawn[f"confusion {pair.first} and {pair.second}"] = _confusion(pair)
    if any(one.count for one in found.consistency):
        drawn["consistency"] = _consistency(found)
    if any(one.unlearned for one in found.models):
        drawn["models"] = _models(found)
    for strip in found.strips:
        drawn[f"strip {strip.name}"] = _strip(strip, found.names, colours or {})
    return {name: _written(figure) for name, figure in drawn.items()}


def _figure(width: float, height: float) -> tuple[Figure, Any]:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    return figure, figure.subplots()


def _written(figure: Figure) -> dict[str, bytes]:
    from matplotlib import rc_context

    written = {}
    with rc_context({"svg.hashsalt": "perser", "svg.fonttype": "none", "text.parse_math": False}):
        for form, metadata in (
            ("svg", {"Date": None, "Creator": None}),
            ("png", {"Software": None}),
        ):
            stream = io.BytesIO()
            figure.savefig(stream, format=form, metadata=metadata)
            written[form] = stream.getvalue()
    return written


def _plain_text(axes: Any) -> None:
    """Let no name be taken for a formula, and hide the lines that say nothing."""
    for text in (*axes.get_xticklabels(), *axes.get_yticklabels(), *axes.texts, axes.title):
        text.set_parse_math(False)
    axes.spines[["top", "right"]].set_visible(False)


def _heat(
    axes: Any,
    values: np.ndarray,
    names: tuple[Sequence[str], Sequence[str]],
    text: Callable[[int, int], str],
    top: float,
) -> None:
    axes.imshow(np.ma.masked_invalid(values), cmap="Blues", vmin=0, vmax=top, aspect="auto")
    rows, columns = names
    axes.set_xticks(range(len(columns)), columns, rotation=35, ha="right", fontsize=_CAPTION)
    axes.set_yticks(range(len(rows)), rows, fontsize=_CAPTION)
    axes.tick_params(length=0)
    for i in range(len(rows)):
        for j in range(len(columns)):
            dark = np.isfinite(values[i, j]) and values[i, j] > 0.6 * top
            axes.text(
                j,
                i,
                text(i, j),
                ha="center",
                va="center",
                fontsize=7,
                color="white" if dark else "#222222",
            )
    _plain_text(axes)


def _matrix(found: Comparison) -> Figure:
    size = len(found.names)
    figure, axes = _figure(2.6 + 0.75 * size, 2.0 + 0.55 * size)
    values, texts = np.full((size, size), np.nan), {}
    for i, first in enumerate(found.names):
        for j, second in enumerate(found.names):
            pair = found.pair(first, second) if i != j else None
            if pair is not None and pair.count:
                values[i, j] = pair.share
                kappa = "" if math.isnan(pair.kappa) else f"\nκ {pair.kappa:.2f}"
                texts[i, j] = f"{100 * pair.share:.0f} %{kappa}"
    _heat(axes, values, (found.names, found.names), lambda i, j: texts.get((i, j), "–"), 1.0)
    axes.set_title("The same emotion on shared clips, and Cohen's kappa", fontsize=9)
    return figure


def _confusion(pair: PairAgreement) -> Figure:
    size = len(pair.words)
    figure, axes = _figure(2.6 + 0.5 * size, 2.0 + 0.4 * size)
    values = np.array(pair.counts, dtype=float).reshape(size, size)
    _heat(
        axes,
        values,
        (pair.words, pair.words),
        lambda i, j: f"{pair.counts[i][j]}" if pair.counts[i][j] else "",
        max(1.0, float(values.max(initial=0.0))),
    )
    axes.set_xlabel(f"{pair.second} says", fontsize=_CAPTION, parse_math=False)
    axes.set_ylabel(f"{pair.first} says", fontsize=_CAPTION, parse_math=False)
    axes.set_title(f"{pair.count} clips, the same on {pair.same}", fontsize=9)
    return figure


def _consistency(found: Comparison) -> Figure:
    rows = [one for one in found.consistency if one.count]
    figure, axes = _figure(6, 1.4 + 0.35 * len(rows))
    for place, one in enumerate(rows):
        _bar(axes, place, one.share.value, one.share.low, one.share.high, "#2E8B70")
    labels = [f"{one.name} ({one.same} of {one.count})" for one in rows]
    _shares(axes, labels, "said the same when a clip came again, 95 % interval")
    return figure


def _models(found: Comparison) -> Figure:
    rows = [one for one in found.models if one.unlearned]
    figure, axes = _figure(6.4, 1.5 + 0.5 * len(rows))
    for place, one in enumerate(rows):
        _bar(axes, place - 0.14, one.own.value, one.own.low, one.own.high, "#2E8B70", "own model")
        _bar(
            axes,
            place + 0.14,
            one.generic.value,
            one.generic.low,
            one.generic.high,
            "#6B7280",
            "everyone's model",
        )
    labels = [f"{one.name} ({one.unlearned} clips)" for one in rows]
    _shares(axes, labels, "says what the listener says, on labels the own model did not learn")
    handles, names = axes.get_legend_handles_labels()
    figure.legend(handles[:2], names[:2], loc="outside upper right", ncols=2, fontsize=7)
    return figure


def _bar(
    axes: Any, place: float, value: float, low: float, high: float, colour: str, label: str = ""
) -> None:
    axes.errorbar(
        [value],
        [place],
        xerr=[[max(value - low, 0)], [max(high - value, 0)]],
        color=colour,
        marker="o",
        markersize=5,
        capsize=3,
        linestyle="none",
        label=label or None,
    )


def _shares(axes: Any, labels: Sequence[str], title: str) -> None:
    axes.set_yticks(range(len(labels)), labels, fontsize=_CAPTION)
    axes.set_ylim(len(labels) - 0.5, -0.5)
    axes.set_xlim(0, 1)
    axes.set_xlabel(title, fontsize=_CAPTION)
    axes.grid(axis="x", alpha=0.25)
    _plain_text(axes)


def _strip(strip: Strip, names: Sequence[str], colours: Mapping[str, str]) -> Figure:
    """Draw one lane for each name, a mark in the colour of its word; below, the disagreement."""
    from perser_gui.emotions import COLOURS, SPARE_COLOURS, class_of

    words = list(dict.fromkeys(w for m in strip.moments for own in m.words.values() for w in own))
    spare = iter(SPARE_COLOURS * (1 + len(words)))
    shown = {w: colours.get(w) or COLOURS.get(class_of(w) or "") or next(spare) for w in words}
    lanes = [name for name in names if any(name in moment.words for moment in strip.moments)]
    figure, axes = _figure(10, 1.8 + 0.34 * (len(lanes) + 2))
    for lane, name in enumerate(lanes):
        there = [m for m in strip.moments if m.words.get(name)][:MOST_MOMENTS]
        axes.broken_barh(
            [(m.start, m.end - m.start) for m in there],
            (lane - 0.38, 0.76),
            facecolors=[shown[m.words[name][0]] for m in there],
        )
    known = [m for m in strip.moments if math.isfinite(m.disagreement)]
    base = len(lanes) + 0.9
    axes.bar(
        [m.start for m in known],
        [-m.disagreement for m in known],
        width=[m.end - m.start for m in known],
        bottom=base,
        align="edge",
        color="#D6493E",
    )
    axes.axhline(base, color="#888888", linewidth=0.6)
    axes.set_yticks([*range(len(lanes)), base - 0.45], [*lanes, "disagreement"], fontsize=_CAPTION)
    axes.set_ylim(base + 0.1, -0.6)
    axes.set_xlim(0, max(strip.seconds, 0.001))
    axes.set_xlabel("seconds", fontsize=_CAPTION)
    axes.set_title(strip.name, fontsize=9, parse_math=False)
    from matplotlib.patches import Patch

    figure.legend(
        [Patch(color=colour) for colour in shown.values()],
        list(shown),
        loc="outside lower center",
        ncols=min(9, max(1, len(shown))),
        frameon=False,
        fontsize=7,
    )
    _plain_text(axes)
    return figure
