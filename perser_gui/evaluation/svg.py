"""Plots of the report as inline SVG: no script, no font, no network.

Colours that depend on a light or dark page are CSS classes, which the report defines.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from perser_gui.evaluation.metrics import Interval

WIDTH, HEIGHT = 520, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 14, 44


@dataclass(frozen=True)
class Series:
    """One curve: a value with its interval at each x."""

    name: str
    colour: str
    points: tuple[tuple[float, Interval], ...]


def curves(series: Sequence[Series], *, title: str, x: str, y: str, zero: bool = False) -> str:
    """Return a plot of curves with intervals; `zero` draws the line of no gain."""
    values = [v for s in series for _, i in s.points for v in (i.low, i.high)] + [0.0] * zero
    steps = ticks(min(values, default=0.0), max(values, default=1.0))
    places = sorted({px for s in series for px, _ in s.points})
    left, right = (places[0], places[-1]) if places else (0, 1)
    margin = (right - left) * 0.06 or 1.0

    def at_x(value: float) -> float:
        return _scaled(value, left - margin, right + margin, _LEFT, WIDTH - _RIGHT)

    def at_y(value: float) -> float:
        return _scaled(value, steps[0], steps[-1], HEIGHT - _BOTTOM, _TOP)

    parts = [_grid(steps, at_y), *(_tick(at_x(px), px) for px in places)]
    if zero:
        parts.append(
            f'<line class="zero" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" '
            f'y1="{at_y(0):.1f}" y2="{at_y(0):.1f}"/>'
        )
    for number, item in enumerate(series):
        shift = min(5.0, 22.0 / len(series)) * (number - (len(series) - 1) / 2)
        parts.append(_curve(item, [at_x(px) + shift for px, _ in item.points], at_y))
    parts += [_label(x, (WIDTH + _LEFT) / 2, HEIGHT - 8), _upright(y)]
    return _figure(title, WIDTH, HEIGHT, parts)


def gain_strips(rows: Sequence[tuple[str, str, Sequence[float]]], *, title: str, x: str) -> str:
    """Return one strip per adapter (name, colour, gains): a mark for each listener."""
    height = _TOP + 46 * max(len(rows), 1) + _BOTTOM
    values = [value for _, _, gains in rows for value in gains] + [0.0]
    steps = ticks(min(values), max(values))
    left = 150

    def at(value: float) -> float:
        return _scaled(value, steps[0], steps[-1], left, WIDTH - 2 * _RIGHT)

    parts = [
        f'<line class="{"zero" if not step else "grid"}" x1="{at(step):.1f}" x2="{at(step):.1f}" '
        f'y1="{_TOP}" y2="{height - _BOTTOM}"/>'
        f'<text x="{at(step):.1f}" y="{height - _BOTTOM + 16}" text-anchor="middle">'
        f"{step:+.2f}</text>"
        for step in steps
    ]
    for number, (name, colour, gains) in enumerate(rows):
        middle = _TOP + 46 * number + 23
        parts.append(
            f'<text x="{left - 10}" y="{middle + 4}" text-anchor="end">{escape(name)}</text>'
        )
        for place, gain in enumerate(gains):
            # marks fan out around the middle so that equal gains stay countable
            offset = 12 * math.sin(place * 2.4)
            parts.append(
                f'<circle cx="{at(gain):.1f}" cy="{middle + offset:.1f}" r="3.2" '
                f'fill="{colour}" fill-opacity="0.65"/>'
            )
        if gains:
            mean = sum(gains) / len(gains)
            parts.append(
                f'<line stroke="{colour}" stroke-width="3" x1="{at(mean):.1f}" '
                f'x2="{at(mean):.1f}" y1="{middle - 17}" y2="{middle + 17}"/>'
            )
    parts.append(_label(x, (WIDTH + left) / 2, height - 8))
    return _figure(title, WIDTH, height, parts)


def ticks(low: float, high: float) -> list[float]:
    """Return about five round numbers from below `low` to above `high`.

    >>> ticks(0.31, 0.58)
    [0.3, 0.4, 0.5, 0.6]
    """
    if not (math.isfinite(low) and math.isfinite(high)) or high - low < 1e-9:
        high = low = low if math.isfinite(low) else 0.0
        low, high = low - 0.05, high + 0.05
    rough = (high - low) / 4
    size = 10.0 ** math.floor(math.log10(rough))
    step = next(size * m for m in (1, 2, 5, 10) if size * m >= rough)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * place, 10) + 0.0 for place in range(first, last + 1)]


def _scaled(value: float, low: float, high: float, start: float, end: float) -> float:
    return start + (value - low) / ((high - low) or 1.0) * (end - start)


def _grid(steps: Sequence[float], at_y: object) -> str:
    assert callable(at_y)
    return "".join(
        f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{at_y(s):.1f}" '
        f'y2="{at_y(s):.1f}"/><text x="{_LEFT - 7}" y="{at_y(s) + 4:.1f}" '
        f'text-anchor="end">{s:.2f}</text>'
        for s in steps
    )


def _tick(x: float, value: float) -> str:
    return f'<text x="{x:.1f}" y="{HEIGHT - _BOTTOM + 17}" text-anchor="middle">{value:g}</text>'


def _curve(item: Series, xs: Sequence[float], at_y: object) -> str:
    assert callable(at_y)
    ys = [at_y(value.mean) for _, value in item.points]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, ys, strict=True))
    bars = "".join(
        f'<line stroke="{item.colour}" x1="{x:.1f}" x2="{x:.1f}" '
        f'y1="{at_y(value.low):.1f}" y2="{at_y(value.high):.1f}"/>'
        for x, (_, value) in zip(xs, item.points, strict=True)
    )
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3.5" fill="{item.colour}"><title>'
        f"{escape(item.name)}, {place:g} ratings: {value.mean:.3f} "
        f"({value.low:.3f} to {value.high:.3f})</title></circle>"
        for x, y, (place, value) in zip(xs, ys, item.points, strict=True)
    )
    path = f'<polyline fill="none" stroke="{item.colour}" stroke-width="1.6" points="{line}"/>'
    return path + bars + dots


def _label(text: str, x: float, y: float) -> str:
    return f'<text x="{x:.0f}" y="{y}" text-anchor="middle">{escape(text)}</text>'


def _upright(text: str) -> str:
    middle = (HEIGHT - _BOTTOM + _TOP) / 2
    return (
        f'<text transform="translate(14 {middle:.0f}) rotate(-90)" text-anchor="middle">'
        f"{escape(text)}</text>"
    )


def _figure(title: str, width: int, height: int, parts: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
        + "".join(parts)
        + "</svg>"
    )
