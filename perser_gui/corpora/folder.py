"""A folder of clips with its own ratings table."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from perser_gui.corpora.ratings import RatingsTable, read_ratings
from perser_gui.corpora.reading import is_file, without_audio
from perser_gui.errors import PerserError


def read_folder(path: Path | str, audio: Path | None = None) -> RatingsTable:
    """Read `ratings.csv`, or the only CSV or TSV file, of a folder; or a table given itself.

    Files are relative to the folder, or to `audio`. The corpus is called after the table, or,
    where that is just called `ratings`, after its folder.

    Raises:
        PerserError: if there is no table or more than one, or it is damaged.
    """
    place = Path(path)
    if is_file(place):
        return _read(place, audio)
    for name in ("ratings.csv", "ratings.tsv"):
        if is_file(place / name):
            return _read(place / name, audio)
    try:
        tables = sorted(p for p in place.iterdir() if p.suffix.lower() in (".csv", ".tsv"))
    except (OSError, ValueError) as error:
        raise PerserError(
            f"{str(place)!r} is not a folder; please give a folder with clips and ratings.csv."
        ) from error
    if len(tables) != 1:
        found = "no table" if not tables else f"{len(tables)} tables"
        raise PerserError(f"{place} holds {found}; please put the ratings into a file ratings.csv.")
    return _read(tables[0], audio)


def _read(path: Path, audio: Path | None) -> RatingsTable:
    table = read_ratings(path, root=audio)
    assert table.root is not None
    folder = path.absolute().parent.name
    named = folder if path.stem.lower() == "ratings" and folder else table.source
    return replace(table, source=named, notes=without_audio(table.root, table.files))
