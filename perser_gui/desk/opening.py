"""From files and folders to clips on the list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from perser_gui import paths
from perser_gui.desk.cutting import Cutting, parts_by_recording
from perser_gui.desk.values import OpenedClips
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip
from perser_gui.store import Store

LISTENED_SECONDS = 120.0
"""A clip up to this long is decoded when it is opened, to warn of silence and clipping."""

STARTER = ("resources", "starter")


def open_clips(
    store: Store, files: Sequence[Path], progress: Progress, cutting: Cutting | None = None
) -> OpenedClips:
    """Read files and folders, and put what is audio on the list, all at once at the end.

    A file that cannot be read becomes a sentence in `problems` and stops nothing. Long
    recordings are put there as their utterances, if `cutting` says so.

    Raises:
        Cancelled: nothing was put on the list.
    """
    read = read_clips(files, store.clips_by_content(), progress, cutting=cutting)
    progress.check()
    store.add_clips(read.clips)
    stored = store.clips_by_content([clip.content for clip in read.clips])
    return OpenedClips(list(stored.values()), read.problems, [*read.notes, *read.warnings])


@dataclass(frozen=True)
class ReadClips:
    """The files by path, and plain sentences about those that are no clips.

    `utterances` holds the parts of those that were cut, `notes` sentences about those that
    should have been.
    """

    by_path: dict[Path, Clip]
    problems: list[str]
    warnings: list[str]
    utterances: dict[Path, list[Clip]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def clips(self) -> list[Clip]:
        """The clips, each content once, in order; of a recording that was cut its utterances."""
        found = (
            clip
            for path, whole in self.by_path.items()
            for clip in self.utterances.get(path) or [whole]
        )
        return list({clip.content: clip for clip in found}.values())


def read_clips(
    files: Sequence[Path],
    known: Mapping[str, Clip],
    progress: Progress,
    speakers: Mapping[Path, str] | None = None,
    cutting: Cutting | None = None,
) -> ReadClips:
    """Read files and folders without putting them on the list.

    A clip in `known` (by content) is not decoded again and keeps its speaker;
    `speakers` says who speaks in a file, where that is known. `cutting` says which
    recordings are cut into utterances (None: none).
    """
    from perser_gui.audio.decode import content_hash, find_audio, open_waveform, probe

    clips: dict[Path, Clip] = {}
    problems: list[str] = []
    warnings: list[str] = []
    utterances: dict[Path, list[Clip]] = {}
    notes: list[str] = []
    parts = parts_by_recording(known.values()) if cutting is not None else {}
    given = [Path(file).expanduser().absolute() for file in files]
    audio = find_audio(given)
    problems.extend(_empty_folders(given, audio))
    voices = {**_starter_speakers(audio), **(speakers or {})}
    for number, path in enumerate(audio):
        progress.report(number / len(audio), f"Reading {path.name}")
        try:
            content = content_hash(path)
            before = known.get(content)
            seconds = before.seconds if before else probe(path).seconds
            if before is None and seconds <= LISTENED_SECONDS:
                waveform = open_waveform(path)
                seconds = waveform.seconds
                warnings.extend(waveform.warnings)
            whole = Clip(
                content=content,
                path=path,
                seconds=seconds,
                speaker=voices.get(path) or (before.speaker if before else None),
                source=str(path.parent),
                synthetic=_is_starter(path),
            )
            if cutting is not None and cutting.wants(seconds):
                share = progress.part(number / len(audio), (number + 1) / len(audio))
                utterances[path] = cutting.utterances(whole, parts.get(content, ()), share)
                if not utterances[path]:
                    notes.append(f"No speech was found in {path.name}, so it was not cut.")
        except PerserError as error:
            problems.append(str(error))
            continue
        clips[path] = whole
    progress.report(1.0, "")
    return ReadClips(clips, problems, warnings, utterances, notes)


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
    return folder is not None and path.parent.resolve() == folder


def _starter_speakers(audio: Iterable[Path]) -> dict[Path, str]:
    """Return who speaks in the starter clips among `audio`."""
    starters = [path for path in audio if _is_starter(path)]
    table = starter_ratings()
    if not starters or table is None:
        return {}
    from perser_gui.corpora.ratings import read_ratings

    speakers = {Path(row.file).name: row.speaker for row in read_ratings(table) if row.speaker}
    return {path: speakers[path.name] for path in starters if path.name in speakers}


def _empty_folders(given: Sequence[Path], audio: Sequence[Path]) -> list[str]:
    """Say of each folder that no audio came out of it."""
    inside = {parent for path in audio for parent in path.parents}
    return [
        f"{path} holds no audio that can be read (wav, flac, ogg, mp3); please choose another."
        for path in given
        if path.is_dir() and path not in inside
    ]
