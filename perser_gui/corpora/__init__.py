"""Readers of rated and acted speech corpora; each yields the one ratings table.

The names here are looked up when they are first used: who needs one table needs no other reader.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perser_gui.late_names import late

if TYPE_CHECKING:
    from perser_gui.corpora.ratings import read_ratings, write_ratings
    from perser_gui.corpora.readers import READERS, read_corpus
    from perser_gui.corpora.table import RatingRow, RatingsTable

_HOMES = {
    "perser_gui.corpora.ratings": ("read_ratings", "write_ratings"),
    "perser_gui.corpora.readers": ("READERS", "read_corpus"),
    "perser_gui.corpora.table": ("RatingRow", "RatingsTable"),
}
__getattr__, __dir__ = late(__name__, _HOMES)

__all__ = [
    "READERS",
    "RatingRow",
    "RatingsTable",
    "read_corpus",
    "read_ratings",
    "write_ratings",
]
