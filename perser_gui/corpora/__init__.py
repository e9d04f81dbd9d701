"""Readers of rated and acted speech corpora; each yields the one ratings table.

The names here are looked up when they are first used: who needs one table needs no other reader.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from perser_gui.corpora.ratings import read_ratings, write_ratings
    from perser_gui.corpora.readers import READERS, read_corpus
    from perser_gui.corpora.table import RatingRow, RatingsTable

_HOME_OF = {
    "READERS": "perser_gui.corpora.readers",
    "RatingRow": "perser_gui.corpora.table",
    "RatingsTable": "perser_gui.corpora.table",
    "read_corpus": "perser_gui.corpora.readers",
    "read_ratings": "perser_gui.corpora.ratings",
    "write_ratings": "perser_gui.corpora.ratings",
}

__all__ = [
    "READERS",
    "RatingRow",
    "RatingsTable",
    "read_corpus",
    "read_ratings",
    "write_ratings",
]


def __getattr__(name: str) -> Any:
    """Return a public name from the module it is at home in, and keep it."""
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME_OF[name]), name)
    globals()[name] = value
    return value
