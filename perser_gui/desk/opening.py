"""From files and folders to clips on the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from perser_gui import paths
from perser_gui.desk.values import OpenedClips
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip
from perser_gui.store import Store

LISTENED_SECONDS = 120.0
"""A clip up to this long is decoded when it is opened, to warn of silence and clipping."""

STARTER = ("resources", "starter")


def open_clips(
    store: Store,
    files: Sequence[Path],
    progress: Progress,
    speakers: Mapping[Path, str] | None = None,
) -> OpenedClips:
    """Read files and folders, and put what is audio on the list, all at once at the end.

    A file that cannot be read becomes a sentence in `problems` and stops nothing.
    `speakers` says who speaks in a file, where that is known.

    Raises:
        Cancelled: nothing was put on the list.
    """
    from perser_gui.audio.decode import content_hash, find_audio, open_waveform, probe

    clips: dict[str, Clip] = {}
    problems: list[str] = []
    warnings: list[str] = []
    found, missing = _existing(files)
    problems.extend(missing)
    audio = find_audio(found)
    problems.extend(_without_audio(found, audio))
    known = store.clips_by_content()
    voices = {**_starter_speakers(audio), **(speakers or {})}
    for number, path in enumerate(audio):
        progress.report(number / len(audio), path.name)
        try:
            content = content_hash(path)
            before = known.get(content)
            seconds = before.seconds if before else probe(path).seconds
            if before is None and seconds <= LISTENED_SECONDS:
                waveform = open_waveform(path)
                seconds = waveform.seconds
                warnings.extend(waveform.warnings)
        except PerserError as error:
            problems.append(str(error))
            continue
        clips[content] = Clip(
            content=content,
            path=path,
            seconds=seconds,
            speaker=voices.get(path),
            source=str(path.parent),
            synthetic=_is_starter(path),
        )
    progress.check()
    store.add_clips(clips.values())
    progress.report(1.0, "")
    stored = store.clips_by_content(list(clips))
    return OpenedClips(list(stored.values()), problems, warnings)


def starter_clips() -> list[Path]:
    """Return the clips that ship with the program; none if they were left out of it."""
    folder = _starter_folder()
    return sorted((*folder.glob("*.flac"), *folder.glob("*.wav"))) if folder else []


def starter_ratings() -> Path | None:
    """Return the table of an example listener's ratings of the starter clips."""
    folder = _starter_folder()
    table = folder / "ratings.csv" if folder else None
    return table if table and table.exists() else None


def _starter_folder() -> Path | None:
    try:
        return paths.shipped(*STARTER).resolve()
    except PerserError:
        return None


def _is_starter(path: Path) -> bool:
    folder = _starter_folder()
    return folder is not None and path.parent == folder


def _starter_speakers(audio: Iterable[Path]) -> dict[Path, str]:
    """Return who speaks in the starter clips among `audio`."""
    starters = [path for path in audio if _is_starter(path)]
    table = starter_ratings()
    if not starters or table is None:
        return {}
    from perser_gui.corpora.ratings import read_ratings

    speakers = {Path(row.file).name: row.speaker for row in read_ratings(table) if row.speaker}
    return {path: speakers[path.name] for path in starters if path.name in speakers}


def _existing(files: Sequence[Path]) -> tuple[list[Path], list[str]]:
    found: list[Path] = []
    problems: list[str] = []
    for file in files:
        path = Path(file).expanduser().absolute()
        if path.exists():
            found.append(path.resolve())
        else:
            problems.append(f"{path} was not found; please check the path.")
    return found, problems


def _without_audio(given: Sequence[Path], audio: Sequence[Path]) -> list[str]:
    """Say of each given path that no audio came out of it."""
    inside = {parent for path in audio for parent in (path, *path.parents)}
    return [
        f"{path} holds no audio that can be read (wav, flac, ogg, mp3); please choose another."
        for path in given
        if path not in inside
    ]
