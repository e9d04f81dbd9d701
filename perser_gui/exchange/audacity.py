"""Audacity's label tracks: a line for each label, a file for each listener."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote, unquote

from perser_gui.audio.endings import AUDIO_SUFFIXES
from perser_gui.corpora.answers import Reading
from perser_gui.corpora.beside import beside, in_braces, out_of_braces, tier_name
from perser_gui.corpora.ratings import read_text
from perser_gui.corpora.table import RatingRow
from perser_gui.errors import PerserError
from perser_gui.exchange.annotations import (
    MAX_BYTES,
    Recording,
    Tier,
    file_of,
    rows_of_tiers,
    text_of,
)


def looks_like_labels(text: str) -> bool:
    """Whether a text begins as a label track does: two times and a label, parted by tabs."""
    for line in text.splitlines()[:50]:
        if not line.strip() or line.startswith("\\"):
            continue
        return _interval(line) is not None
    return False


def read_audacity(
    path: Path, folder: Path, listener: str | None, reading: Reading
) -> tuple[list[RatingRow], list[str]]:
    """Return the ratings of a label track, and sentences about what was left out.

    `call.ana.txt` holds Ana's labels of the recording `call`; `listener` goes before that.

    Raises:
        PerserError: if a line is no label, or nobody is named.
    """
    intervals, points = [], 0
    for number, line in enumerate(read_text(path, limit=MAX_BYTES).splitlines(), start=1):
        if not line.strip() or line.startswith("\\"):  # frequencies of the label above
            continue
        interval = _interval(line)
        if interval is None:
            raise PerserError(
                f"{path}, line {number}: this is no label of Audacity (start, end and text, "
                "parted by tabs); please export the labels again."
            )
        if interval[0] == interval[1]:
            points += 1
        else:
            intervals.append(interval)
    file = file_of(path, folder)
    name, point, who = file.rpartition(".")
    if point and f".{who.lower()}" not in AUDIO_SUFFIXES and "/" not in who:
        file, named = name, unquote(who)
    else:
        named = ""
    if listener is None and not named:
        raise PerserError(
            f"{path} does not say who labelled; please say it with --listener, or call the file "
            f"{path.stem}.NAME.txt."
        )
    tiers = _tiers(intervals, listener or named)
    rows, notes = rows_of_tiers(path, file, tiers, listener, reading)
    if points:
        notes.append(f"{path.name}: {points} labels without length were left out.")
    return rows, notes


def audacity_of(recording: Recording, listener: str) -> bytes:
    """Return one listener's labels of a recording as a label track."""
    lines = [
        f"{label.start:.6f}\t{label.end:.6f}\t"
        f"{text_of(label.rating)}{in_braces(beside(label.rating))}\n"
        for label in sorted(recording.labels, key=lambda one: (one.start, one.end))
        if label.listener == listener
    ]
    return "".join(lines).encode("utf-8")


def file_name(stem: str, listener: str) -> str:
    """Return what a listener's label track of a recording is called."""
    return f"{stem}.{quote(listener, safe=' ()-_').replace('.', '%2E')}.txt"


def _tiers(intervals: Sequence[tuple[float, float, str]], listener: str) -> list[Tier]:
    """Return the labels as a tier, and what stands in braces behind them as others."""
    labels: list[tuple[float, float, str]] = []
    others: dict[str, list[tuple[float, float, str]]] = {}
    for start, end, text in intervals:
        label, said = out_of_braces(text)
        labels.append((start, end, label))
        for name, value in said.items():
            others.setdefault(name, []).append((start, end, value))
    tiers = [Tier("labels", tuple(labels), listener)]
    return tiers + [Tier(tier_name("labels", n), tuple(own), listener) for n, own in others.items()]


def _interval(line: str) -> tuple[float, float, str] | None:
    parts = line.split("\t", 2)
    if len(parts) < 2:
        return None
    try:
        start, end = (float(part.strip().replace(",", ".")) for part in parts[:2])
    except ValueError:
        return None
    if not (math.isfinite(start) and math.isfinite(end) and 0 <= start <= end):
        return None
    return start, end, parts[2] if len(parts) > 2 else ""
