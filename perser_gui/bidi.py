"""Words and names of people, in sentences that run the other way than they do."""

from __future__ import annotations

import re
import unicodedata

FIRST_STRONG, END = "\u2068", "\u2069"


def runs_left(text: str) -> bool:
    """Whether a text runs from right to left: its first letter says so.

    >>> runs_left("54 of 55?"), runs_left("55 שמח"), runs_left("19 %")
    (False, True, False)
    """
    kinds = (unicodedata.bidirectional(sign) for sign in text)
    return next((kind for kind in kinds if kind in ("L", "R", "AL")), "L") != "L"


def isolated(text: str) -> str:
    """Return a text so that it changes no order around it; what reads left to right is unchanged.

    Without it a word in Hebrew or Arabic draws the numbers and signs beside it to its other side.

    >>> isolated("calm"), isolated("שמח") == "\u2068שמח\u2069"
    ('calm', True)
    """
    if any(unicodedata.bidirectional(sign) in ("R", "AL", "AN") for sign in text):
        return f"{FIRST_STRONG}{text}{END}"
    return text


def in_order(text: str) -> str:
    """Return a text whose signs at its ends stay there where the lines around it run left.

    >>> in_order("Add") == "Add", in_order("1×") == "\u20681×\u2069"
    (True, True)
    >>> in_order(isolated("עצוב 2")) == isolated("עצוב 2")
    True
    """
    if text[:1] == FIRST_STRONG and text.find(END) == len(text) - 1:
        return text
    ends = text[:1] + text[-1:]
    if all(unicodedata.bidirectional(sign) in ("L", "R", "AL") for sign in ends):
        return text
    return f"{FIRST_STRONG}{text}{END}"


def isolated_path(path: object) -> str:
    """Return a path in which each name changes no order around it, so that folders stay in order.

    >>> isolated_path("/home/שמח/b.wav") == "/home/\u2068שמח\u2069/b.wav"
    True
    """
    return re.sub(r"[^/\\]+", lambda name: isolated(name[0]), str(path))


def bare(text: str) -> str:
    """Return a text without the marks of `isolated`, as it is searched and copied.

    >>> bare(isolated("שמח")) == "שמח"
    True
    """
    return text.replace(FIRST_STRONG, "").replace(END, "")
