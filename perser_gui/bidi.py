"""Words and names of people, in sentences that run the other way than they do."""

from __future__ import annotations

import unicodedata

FIRST_STRONG, END = "\u2068", "\u2069"


def isolated(text: str) -> str:
    """Return a text so that it changes no order around it; what reads left to right is unchanged.

    Without it a word in Hebrew or Arabic draws the numbers and signs beside it to its other side.

    >>> isolated("calm"), isolated("שמח") == "\u2068שמח\u2069"
    ('calm', True)
    """
    if any(unicodedata.bidirectional(sign) in ("R", "AL", "AN") for sign in text):
        return f"{FIRST_STRONG}{text}{END}"
    return text
