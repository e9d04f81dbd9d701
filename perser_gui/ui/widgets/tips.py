"""Tooltips that show a text as it is: a word or a file's name is never taken for HTML."""

from __future__ import annotations

import html


def tip(text: str) -> str:
    """Return what a tooltip has to be given to show a text as it is."""
    if "<" not in text:  # without a tag, Qt takes nothing for HTML
        return text
    return f"<span>{html.escape(text)}</span>".replace("\n", "<br>")
