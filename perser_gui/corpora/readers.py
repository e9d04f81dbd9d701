"""All readers of corpora by the kinds that `KIND:PATH` may name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from perser_gui.corpora.acted import read_emodb, read_nemo, read_ravdess
from perser_gui.corpora.audformat_db import read_audformat
from perser_gui.corpora.crema_d import read_crema_d
from perser_gui.corpora.folder import read_folder
from perser_gui.corpora.iemocap import read_iemocap
from perser_gui.corpora.msp import read_msp_improv, read_msp_podcast
from perser_gui.corpora.table import RatingsTable
from perser_gui.errors import PerserError

READERS: dict[str, Callable[[Path], RatingsTable]] = {
    "ravdess": read_ravdess,
    "emodb": read_emodb,
    "nemo": read_nemo,
    "crema-d": read_crema_d,
    "iemocap": read_iemocap,
    "msp-improv": read_msp_improv,
    "msp-podcast": read_msp_podcast,
    "audformat": read_audformat,
    "folder": read_folder,
}
"""The kinds of corpora that `KIND:PATH` may name."""


def read_corpus(
    specification: str, audio: Path | None = None, fewest: int | None = None
) -> RatingsTable:
    """Read a corpus given as `KIND:PATH`, for example `ravdess:/data/RAVDESS`.

    `audio` is the folder that the files of a ratings table (`folder:TABLE.csv`) are in, by
    default the table's own; other kinds know where theirs are. Listeners with fewer than
    `fewest` ratings are left out: by default nobody, but in MSP-Podcast those whom no model
    could be adapted to and tested on.

    Raises:
        PerserError: for an unknown kind, a missing path, or files that are not that corpus.
    """
    kind, colon, path = specification.partition(":")
    reader = READERS.get(kind.strip().lower())
    if not colon or not path.strip() or reader is None:
        raise PerserError(
            f"“{specification}” names no corpus; please write KIND:PATH "
            f"with one of the kinds {', '.join(READERS)}."
        )
    place = Path(path.strip()).expanduser()
    if reader is read_msp_podcast and fewest is not None:
        return read_msp_podcast(place, fewest)
    table = read_folder(place, audio) if reader is read_folder else reader(place)
    return table if fewest is None else with_enough(table, fewest)


def with_enough(table: RatingsTable, fewest: int) -> RatingsTable:
    """Return a table without the listeners who gave fewer than `fewest` ratings, and a note.

    Raises:
        PerserError: if nobody gave so many.
    """
    given = Counter(row.listener for row in table.rows)
    few = sum(count < fewest for count in given.values())
    if few == len(given):
        raise PerserError(
            f"No listener of {table.source} gave {fewest} ratings; the most are "
            f"{max(given.values())}."
        )
    kept = table.where(lambda row: given[row.listener] >= fewest)
    note = f"{few:,} listeners with fewer than {fewest} ratings were left out."
    return replace(kept, notes=(*kept.notes, note)) if few else kept
