"""A folder for a colleague: the clips, the ratings that name them, and the model in use."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from perser_gui.corpora.ratings import RatingsTable, write_ratings
from perser_gui.desk.exporting import table_row
from perser_gui.desk.importing import MODEL
from perser_gui.errors import PerserError
from perser_gui.files import not_written, write_whole
from perser_gui.progress import Progress
from perser_gui.records import Clip, Listener, Rating
from perser_gui.store import SharedProfile, write_shared

CLIPS, TABLE, NOTE = "clips", "ratings.csv", "README.txt"
"""What lies in such a folder."""

_NOTE = """This folder was packed by perser-gui. It holds {count} recordings, what {name} answered
about them (ratings.csv) and, if there was one, the model made from that (model.safetensors).

To take it in: drop ratings.csv on the window of perser-gui, choose Import a folder with labels,
or run

    perser import "{folder}"
"""


def pack(
    folder: Path,
    listener: Listener,
    ratings: Sequence[Rating],
    clips: Mapping[str, Clip],
    profile: SharedProfile | None,
    progress: Progress,
) -> int:
    """Write a new folder with all that another desk needs; all of it or nothing.

    Returns how many files are in it.

    Raises:
        PerserError: if there is nothing to pack, the folder is there already or cannot be
            written, or a recording is gone.
        Cancelled: nothing was written.
    """
    if not ratings:
        raise PerserError(f"{listener.name} has not rated anything yet; there is nothing to pack.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise PerserError(f"{folder} is there already; please give a new folder.")
    paths = list(dict.fromkeys(clips[rating.clip].path for rating in ratings))
    gone = [path for path in paths if not path.is_file()]
    if gone:
        raise PerserError(
            f"{gone[0]} was not found, so {len(gone):,} of {len(paths):,} recordings cannot be "
            "packed; please put it back, or open it from where it is now."
        )
    names = _names(paths)
    temporary = folder.with_name(f".{folder.name}.packing")
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        (temporary / CLIPS).mkdir(parents=True)
        for number, path in enumerate(paths):
            progress.report(number / len(paths), f"Copying {path.name}")
            shutil.copy2(path, temporary / names[path])
        rows = []
        for rating in ratings:
            clip = clips[rating.clip]
            rows.append(table_row(listener, rating, clip, temporary, names[clip.path]))
        write_ratings(RatingsTable(tuple(rows), temporary), temporary / TABLE)
        if profile is not None:
            write_shared(temporary / MODEL, profile)
        text = _NOTE.format(count=len(paths), name=listener.name, folder=folder.name)
        write_whole(temporary / NOTE, text)
        progress.check()
        if folder.is_dir():
            folder.rmdir()
        temporary.rename(folder)
    except OSError as error:
        raise not_written(folder, error) from error
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    return len(paths) + 2 + (profile is not None)


def _names(paths: Sequence[Path]) -> dict[Path, str]:
    """Return what each recording is called in the folder; names that stand twice get a number."""
    taken: set[str] = set()
    names = {}
    for path in paths:
        name, number = path.name, 1
        while name.casefold() in taken:
            number += 1
            name = f"{path.stem} ({number}){path.suffix}"
        taken.add(name.casefold())
        names[path] = f"{CLIPS}/{name}"
    return names
