"""What stands beside the words of a label: strength, valence, whether it was made blind, a note.

Other programs keep a text for each label and nothing else. So TextGrids and EAFs get tiers of
their own for it, `Ana [note]` beside `Ana`, with the same times; an audformat table gets columns,
`Ana.note` beside `Ana`; a label track gets it in braces
behind the words, `sad {intensity=4, blind=yes, note=quiet}`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from perser_gui.cells import escaped, unescaped
from perser_gui.corpora.blind import blind_cell, blind_of
from perser_gui.corpora.columns import BLIND, DIMENSIONS, NOTE
from perser_gui.corpora.fields import is_number
from perser_gui.corpora.table import RatingRow
from perser_gui.records import Rating

INTENSITY = "intensity"
BESIDE = (INTENSITY, *DIMENSIONS, BLIND, NOTE)
"""What can stand beside a label, by name; a note comes last, since it may hold anything."""

_TIER = re.compile(rf"(.+) \[({'|'.join(BESIDE)})\]", re.DOTALL)


def beside(rating: Rating) -> dict[str, str]:
    """Return what a rating says beside its words, as text in one line, by name.

    >>> beside(Rating(1, 1, "ab12", "emotion", ("sad",), 4.0, note="so quiet", blind=True))
    {'intensity': '4', 'blind': 'yes', 'note': 'so quiet'}
    """
    found = {} if rating.intensity is None else {INTENSITY: f"{rating.intensity:g}"}
    found |= {name: f"{value:g}" for name, value in rating.dimensions if name in DIMENSIONS}
    found |= blind_cell(rating.blind)
    return found | ({NOTE: escaped(rating.note)} if rating.note else {})


def with_beside(row: RatingRow, said: Mapping[str, str]) -> RatingRow:
    """Return a row with what `beside` gave; what is no number or no answer is left out."""
    numbers = {n: v for n, v in said.items() if n in (INTENSITY, *DIMENSIONS) and is_number(v)}
    extra = {name: f"{float(numbers[name]):g}" for name in DIMENSIONS if name in numbers}
    extra |= blind_cell(blind_of({BLIND: said.get(BLIND, "").lower()}))
    if said.get(NOTE):
        extra[NOTE] = unescaped(said[NOTE])
    intensity = float(numbers[INTENSITY]) if INTENSITY in numbers else row.intensity
    return replace(row, intensity=intensity, extra={**row.extra, **extra})


def tier_name(tier: str, name: str) -> str:
    """Return what the tier beside another one is called, for a name of `BESIDE`."""
    return f"{tier} [{name}]"


def tier_beside(tier: str, tiers: Iterable[str]) -> tuple[str, str] | None:
    """Return beside which of the tiers this one stands, and what it holds; None for others.

    >>> tier_beside("Ana [note]", ["Ana", "Ana [note]"]), tier_beside("Ben [note]", ["Ana"])
    (('Ana', 'note'), None)
    """
    found = _TIER.fullmatch(tier)
    return (found[1], found[2]) if found is not None and found[1] in set(tiers) else None


def column_beside(column: str, columns: Collection[str]) -> tuple[str, str] | None:
    """Return beside which column of a database this one stands, and what it holds.

    >>> column_beside("Ana.note", ["Ana"]), column_beside("note", ["Ana"])
    (('Ana', 'note'), None)
    """
    own, point, name = column.rpartition(".")
    return (own, name) if point and name in BESIDE and own in columns else None


def in_braces(said: Mapping[str, str]) -> str:
    r"""Return what stands beside a label as text behind it; nothing for nothing.

    >>> in_braces({"blind": "no", "note": "a, b = {c}"})
    ' {blind=no, note=a, b = \\x7bc\\x7d}'
    """
    if not said:
        return ""
    parts = [f"{name}={_braceless(said[name])}" for name in BESIDE if name in said]
    return f" {{{', '.join(parts)}}}"


def out_of_braces(text: str) -> tuple[str, dict[str, str]]:
    """Return the label of a text and what stands in braces behind it, if that is understood.

    >>> out_of_braces("sad {intensity=4, note=quiet, slow}"), out_of_braces("sad {?}")
    (('sad', {'intensity': '4', 'note': 'quiet, slow'}), ('sad {?}', {}))
    """
    label, brace, rest = text.rstrip().rpartition(" {")
    if not brace or not rest.endswith("}"):
        return text, {}
    said: dict[str, str] = {}
    rest = rest[:-1]
    while rest:
        name, sign, rest = rest.partition("=")
        if not sign or name not in BESIDE or name in said:
            return text, {}
        said[name], rest = (rest, "") if name == NOTE else _first(rest)
    return label, {name: value.strip() for name, value in said.items()}


def beside_each(
    tiers: Mapping[str, Sequence[tuple[float, float, str]]],
) -> dict[str, dict[tuple[int, int], dict[str, str]]]:
    """Return what stands beside the labels of each tier, by their times (ms)."""
    found: dict[str, dict[tuple[int, int], dict[str, str]]] = {}
    for name, intervals in tiers.items():
        place = tier_beside(name, tiers)
        if place is not None:
            labels = found.setdefault(place[0], {})
            for start, end, text in intervals:
                if text.strip():
                    labels.setdefault(milliseconds(start, end), {})[place[1]] = text.strip()
    return found


def milliseconds(start: float, end: float) -> tuple[int, int]:
    """Return times (s) as they are told apart: in thousandths."""
    return round(1000 * start), round(1000 * end)


def _first(rest: str) -> tuple[str, str]:
    value, _, rest = rest.partition(", ")
    return value, rest


def _braceless(text: str) -> str:
    return text.replace("{", "\\x7b").replace("}", "\\x7d")
