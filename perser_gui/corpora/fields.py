"""Numbers, times and shares as spreadsheets of many countries write them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping

from perser_gui.corpora.answers import says_nothing
from perser_gui.corpora.blind import blind_cell, blind_read
from perser_gui.corpora.columns import BLIND, DIMENSIONS, OPTIONAL, REQUIRED
from perser_gui.errors import PerserError

_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:[.,]\d+)?)")


def extra_of(place: str, values: Mapping[str, str], skip: Collection[str]) -> dict[str, str]:
    """Return what a row holds beyond the columns of ours; `skip` are columns of answers."""
    used = {*REQUIRED, *OPTIONAL, "shares", *skip, ""}
    extra = {name: value for name, value in values.items() if value and name not in used}
    if extra.get("answer", "").lower() == "emotion":
        del extra["answer"]
    for name in DIMENSIONS:
        if name in extra and number_of(place, name, extra[name]) is None:
            del extra[name]
        elif name in extra and not is_number(extra[name]):
            extra[name] = f"{number_of(place, name, extra[name]):g}"
    if BLIND in extra:
        extra |= blind_cell(blind_read(place, extra.pop(BLIND)))
    return extra


def put_times(place: str, values: dict[str, str]) -> None:
    """Put the times of a row into `start` and `end`, in seconds, as numbers are written here."""
    for name in ("start", "end"):
        per_thousand = values.pop(f"{name}_ms", "")
        if per_thousand and not values.get(name):
            value = number_of(place, name, per_thousand)
            values[name] = "" if value is None else f"{value / 1000:g}"
        text = values.get(name, "")
        if says_nothing(text) or text.lower() in ("nat", "inf"):
            values[name] = ""
        elif text and not is_number(text):
            clock = _CLOCK.fullmatch(text)
            if clock:
                hours, minutes = int(clock[1] or 0), int(clock[2])
                seconds = 3600 * hours + 60 * minutes + float(clock[3].replace(",", "."))
                values[name] = f"{seconds:.6f}".rstrip("0").rstrip(".")
            else:
                values[name] = plain_number(text)
    duration = values.pop("duration", "")
    if duration and values.get("start") and not values.get("end"):
        length = number_of(place, "duration", duration)
        start = number_of(place, "start", values["start"])
        if length is not None and start is not None:
            values["end"] = f"{start + length:.6f}".rstrip("0").rstrip(".")
    elif duration:
        values["duration"] = duration


def shares_of(place: str, text: str) -> tuple[float, ...]:
    """Return the shares of a cell, joined by `;`, made to add up to 1.

    Raises:
        PerserError: naming `place`, if they are no numbers.
    """
    if not text:
        return ()
    shares = [number_of(place, "shares", part) for part in text.split(";")]
    numbers = [share for share in shares if share is not None]
    if len(numbers) < len(shares) or min(numbers) < 0 or sum(numbers) <= 0:
        raise PerserError(f"{place}: the shares “{text[:40]}” are no numbers joined by “;”.")
    total = sum(numbers)
    return tuple(round(number / total, 6) for number in numbers)


def is_number(text: str) -> bool:
    """Whether a text is a finite number as it is written here."""
    try:
        return math.isfinite(float(text)) and "_" not in text
    except ValueError:
        return False


def plain_number(text: str) -> str:
    """Return a number with a decimal comma, or signs between thousands, as it is written here.

    >>> plain_number("0,5"), plain_number("1.234,5"), plain_number("1,234.5")
    ('0.5', '1234.5', '1234.5')
    """
    text = re.sub(r"(?<=\d)[\u00a0\u202f' ](?=\d{3})", "", text)
    comma, point = text.rfind(","), text.rfind(".")
    if comma > point:
        text = text.replace(".", "").replace(",", ".", 1)
    elif comma >= 0:
        text = text.replace(",", "")
    return text


def number_of(place: str, name: str, text: str) -> float | None:
    """Return the number in a field, None for a blank one or one without an answer.

    Raises:
        PerserError: naming `place` and the field, if it is no number.
    """
    if not text or (says_nothing(text) and text.lower() != "nan"):
        return None
    plain = text if is_number(text) else plain_number(text)
    if not is_number(plain):
        raise PerserError(f"{place}: the {name} “{text[:40]}” is not a number.")
    return float(plain)
