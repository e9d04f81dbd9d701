"""What is in the recordings of a corpus, and not only whether they are there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from perser_gui.audio.decode import open_waveform
from perser_gui.audio.hashes import content_hash
from perser_gui.corpora.table import RatingsTable
from perser_gui.errors import PerserError
from perser_gui.progress import Progress


@dataclass(frozen=True)
class CheckedAudio:
    """The recordings of a corpus, opened one by one.

    `heard` of the files could be decoded, `seconds` long together; `absent` are not there.
    `damaged` holds a sentence for each file that cannot be decoded, `doubtful` one for each
    that can be and is silent, cut off or overdriven, and `same` the names of files with the
    same bytes. `disagreeing` are those of them that one listener labelled differently.
    """

    heard: int
    seconds: float
    absent: tuple[str, ...]
    damaged: tuple[str, ...]
    doubtful: tuple[str, ...]
    same: tuple[tuple[str, ...], ...]
    disagreeing: tuple[tuple[str, ...], ...]

    def sentences(self) -> list[str]:
        """Return what is wrong, most of it by an example."""
        found = []
        for files, what in (
            (self.absent, "not there"),
            (self.damaged, "damaged"),
            (self.doubtful, "doubtful"),
        ):
            if files:
                found.append(f"{len(files):,} recordings are {what}, such as: {files[0]}")
        if self.same:
            first = " and ".join(self.same[0][:3])
            found.append(f"{len(self.same):,} recordings stand under several names: {first}.")
        if self.disagreeing:
            first = " and ".join(self.disagreeing[0][:3])
            found.append(
                f"{len(self.disagreeing):,} of them are labelled differently by one listener: "
                f"{first}."
            )
        return found


def check_audio(table: RatingsTable, progress: Progress) -> CheckedAudio:
    """Decode every recording of a table and compare their bytes.

    Raises:
        Cancelled: if the progress was cancelled.
    """
    absent: list[str] = []
    damaged: list[str] = []
    doubtful: list[str] = []
    by_hash: dict[str, list[str]] = {}
    seconds = 0.0
    heard = 0
    files = {row.file: table.path(row) for row in table}
    for number, (file, path) in enumerate(files.items()):
        progress.report(number / len(files), f"Listening to {path.name}")
        if not _is_there(path):
            absent.append(file)
            continue
        try:
            by_hash.setdefault(content_hash(path), []).append(file)
            sound = open_waveform(path)
        except PerserError as error:
            damaged.append(str(error))
            continue
        heard += 1
        seconds += sound.seconds
        doubtful += [f"{file}: {warning}" for warning in sound.warnings[:1]]
    progress.report(1.0, "")
    same = tuple(tuple(names) for names in by_hash.values() if len(names) > 1)
    said: dict[str, dict[str, set[frozenset[str]]]] = {}
    for row in table:
        said.setdefault(row.file, {}).setdefault(row.listener, set()).add(frozenset(row.emotions))
    return CheckedAudio(
        heard=heard,
        seconds=round(seconds, 3),
        absent=tuple(absent),
        damaged=tuple(damaged),
        doubtful=tuple(doubtful),
        same=same,
        disagreeing=tuple(names for names in same if _disagree([said[name] for name in names])),
    )


def _disagree(said: list[dict[str, set[frozenset[str]]]]) -> bool:
    answers: dict[str, set[frozenset[str]]] = {}
    for one in said:
        for listener, words in one.items():
            answers.setdefault(listener, set()).update(words)
    return any(len(words) > 1 for words in answers.values())


def _is_there(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
