"""From files and folders to clips on the list."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from perser_gui import paths
from perser_gui.desk.cutting import Cutting, parts_by_recording
from perser_gui.desk.identities import Identities
from perser_gui.desk.values import OpenedClips
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, Waveform, clip_channel
from perser_gui.store import Store

LISTENED_SECONDS = 120.0
"""A clip up to this long is decoded when it is opened, to warn of silence and clipping."""

STARTER = ("resources", "starter")


Voices = Literal["folder", "file", "all"]
"""Which unlabelled clips count as one voice: those of a folder, of a file, or all of them."""


@dataclass(frozen=True)
class Intake:
    """How files become clips.

    `cutting` says which recordings are cut into utterances (None: none), `voices` whose
    clips count as one voice where no speaker is known. `channels` is "mix" (all channels
    averaged), "each" (a clip and a speaker for each channel, as in calls), or the number of
    one channel, counted from 1.
    """

    cutting: Cutting | None = None
    voices: Voices = "folder"
    channels: str = "mix"

    def __post_init__(self) -> None:
        if self.voices not in get_args(Voices):
            raise PerserError(
                f"There is no “{self.voices}” to share a voice; please choose "
                f"{', '.join(get_args(Voices))}."
            )
        number = self.channels.isascii() and self.channels.isdigit() and int(self.channels) > 0
        if self.channels not in ("mix", "each") and not number:
            raise PerserError(
                f"“{self.channels}” is no channel; please choose mix, each, or a number from 1."
            )


def open_clips(
    store: Store, files: Sequence[Path], progress: Progress, intake: Intake | None = None
) -> OpenedClips:
    """Read files and folders, and put what is audio on the list, all at once at the end.

    A file that cannot be read becomes a sentence in `problems` and stops nothing. Long
    recordings are put there as their utterances, and channels apart, if `intake` says so.

    Raises:
        Cancelled: nothing was put on the list.
    """
    read = read_clips(files, store.clips_by_content(), progress, intake=intake)
    progress.check()
    store.add_clips(read.clips)
    stored = store.clips_by_content([clip.content for clip in read.clips])
    return OpenedClips(list(stored.values()), read.problems, [*read.warnings, *read.notes])


@dataclass(frozen=True)
class ReadClips:
    """The files by path, and plain sentences about those that are no clips.

    `parts` holds what those became that are not one clip: their channels and utterances.
    `warnings` are sentences about single recordings, `notes` about what was not taken as one
    might think, such as files that were passed over.
    """

    by_path: dict[Path, Clip]
    problems: list[str]
    warnings: list[str]
    parts: dict[Path, list[Clip]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def clips(self) -> list[Clip]:
        """The clips in order; of a recording that was taken apart its parts."""
        found = (
            clip for path, whole in self.by_path.items() for clip in self.parts.get(path) or [whole]
        )
        return list({clip.content: clip for clip in found}.values())


def read_clips(
    files: Sequence[Path],
    known: Mapping[str, Clip],
    progress: Progress,
    speakers: Mapping[Path, str] | None = None,
    intake: Intake | None = None,
) -> ReadClips:
    """Read files and folders without putting them on the list.

    A clip in `known` (by content) is not decoded again and keeps its speaker;
    `speakers` says who speaks in a file, where that is known.
    """
    walk = Walk(files, known, speakers, intake)
    for _ in walk.arriving(progress):
        continue  # the sounds are not wanted
    return walk.read()


class Walk:
    """One walk over files: what is known beforehand, and what has been found so far."""

    def __init__(
        self,
        files: Sequence[Path],
        known: Mapping[str, Clip],
        speakers: Mapping[Path, str] | None = None,
        intake: Intake | None = None,
    ) -> None:
        """Look for files and folders; the arguments are those of `read_clips`."""
        from perser_gui.audio.folders import look_for_audio

        given = [Path(os.path.abspath(Path(file).expanduser())) for file in files]
        found = look_for_audio(given)
        taken = intake or Intake()
        self._files = found.files
        self._passed_over = found.passed_over
        self._identities = Identities(known.values(), found.files)
        self._by_path: dict[Path, Clip] = {}
        self._parts: dict[Path, list[Clip]] = {}
        self._problems = [
            *_empty_folders(given, found.files, found.passed_over),
            *(
                f"{path} may not be looked into; please check its permissions."
                for path in found.unreadable
            ),
        ]
        self._warnings: list[str] = []
        self._notes: list[str] = []
        self._known = known
        self._by_sound = {clip.heard: clip for clip in known.values()}
        self._speakers = {
            **(_named_speakers(found.files) if taken.voices == "folder" else {}),
            **_starter_speakers(found.files),
            **(speakers or {}),
        }
        self._intake = taken
        self._all = _common_folder(found.files) if taken.voices == "all" else ""
        cut = taken.cutting is not None
        self._cut_before = parts_by_recording(known.values()) if cut else {}

    def arriving(self, progress: Progress) -> Iterator[tuple[Clip, Waveform | None]]:
        """Read file by file, and yield each clip with its sound, if it was decoded on the way.

        Raises:
            Cancelled: if the progress was cancelled.
        """
        for number, path in enumerate(self._files):
            progress.report(number / len(self._files), f"Reading {path.name}")
            share = progress.part(number / len(self._files), (number + 1) / len(self._files))
            try:
                clips, sound = self._read(path, share)
            except PerserError as error:
                self._problems.append(str(error))
                continue
            for clip in clips:
                yield clip, sound if clip.content == self._by_path[path].content else None
        progress.report(1.0, "")

    def read(self) -> ReadClips:
        """Return what has been read."""
        from perser_gui.audio.folders import passed_over_sentence

        over = passed_over_sentence(self._passed_over) if self._by_path else ""
        notes = [*self._notes, *filter(None, [over]), *self._identities.sentences()]
        return ReadClips(self._by_path, self._problems, self._warnings, self._parts, notes)

    def _read(self, path: Path, progress: Progress) -> tuple[Sequence[Clip], Waveform | None]:
        """Return the clips of one file, and the sound of all of it if it was decoded.

        Raises:
            PerserError: if it cannot be read.
            Cancelled: if the progress was cancelled.
        """
        from perser_gui.audio.decode import open_waveform, probe
        from perser_gui.audio.hashes import content_hash

        sha256 = content_hash(path)
        same = self._by_sound.get(sha256)
        seconds = same.seconds if same else 0.0
        channels, told = 1, list[str]()
        if same is None or self._intake.channels != "mix":
            info = probe(path)
            seconds, channels = info.seconds, info.channels
            told = list(info.warnings)
        sound = None
        if same is None and seconds <= LISTENED_SECONDS:
            sound = open_waveform(path)
            seconds = sound.seconds
            told.extend(sound.warnings)
        whole = self._identities.identified(
            Clip(sha256, path, seconds, source=self._source(path), synthetic=_is_starter(path))
        )
        before = self._known.get(whole.content) or same
        speaker = self._speakers.get(path) or (before.speaker if before else None)
        whole = replace(whole, speaker=speaker)
        parts = self._cut([*self._channels(whole, channels)], progress, sound)
        self._by_path[path] = whole
        self._warnings.extend(dict.fromkeys(told))
        if parts != [whole]:
            self._parts[path] = parts
        return parts, sound

    def _source(self, path: Path) -> str:
        return {"folder": str(path.parent), "file": str(path), "all": self._all}[
            self._intake.voices
        ]

    def _channels(self, whole: Clip, channels: int) -> Iterator[Clip]:
        wanted = self._intake.channels
        if wanted == "mix" or (channels == 1 and wanted in ("each", "1")):
            yield whole
        elif wanted == "each":
            yield from (clip_channel(whole, number) for number in range(1, channels + 1))
        elif int(wanted) <= channels:
            yield clip_channel(whole, int(wanted))
        else:
            have = "one channel" if channels == 1 else f"{channels} channels"
            raise PerserError(
                f"{whole.path} has {have}, not {wanted}; please choose another channel."
            )

    def _cut(self, clips: list[Clip], progress: Progress, sound: Waveform | None) -> list[Clip]:
        cutting = self._intake.cutting
        if cutting is None or not cutting.wants(clips[0].seconds):
            return clips
        found: list[Clip] = []
        standing = self._cut_before.get(clips[0].recording, ())
        for number, clip in enumerate(clips):
            share = progress.part(number / len(clips), (number + 1) / len(clips))
            own = [part for part in standing if part.channel == clip.channel]
            parts = cutting.utterances(clip, own, share, sound)
            if not parts:
                where = f"channel {clip.channel} of {clip.path.name}" if clip.channel else ""
                self._notes.append(
                    f"No speech was found in {where or clip.path.name}, so it was not cut."
                )
            found.extend(parts or ([clip] if len(clips) == 1 else []))
        return sorted(found, key=lambda one: one.span.start if one.span else 0.0) or clips


def _common_folder(files: Sequence[Path]) -> str:
    """Return what stands for the one voice of all these files."""
    try:
        return os.path.commonpath(files) if files else ""
    except ValueError:  # on several drives
        return str(files[0])


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


def _named_speakers(audio: Iterable[Path]) -> dict[Path, str]:
    """Return who speaks in the files of folders whose names tell it."""
    from perser_gui.corpora.named_voices import voices_by_name

    folders: dict[Path, list[Path]] = {}
    for path in audio:
        folders.setdefault(path.parent, []).append(path)
    return {
        folder / name: voice
        for folder, paths in folders.items()
        for name, voice in voices_by_name(path.name for path in paths).items()
    }


def _starter_speakers(audio: Iterable[Path]) -> dict[Path, str]:
    """Return who speaks in the starter clips among `audio`."""
    starters = [path for path in audio if _is_starter(path)]
    table = starter_ratings()
    if not starters or table is None:
        return {}
    from perser_gui.corpora.ratings import read_ratings

    speakers = {Path(row.file).name: row.speaker for row in read_ratings(table) if row.speaker}
    return {path: speakers[path.name] for path in starters if path.name in speakers}


def _empty_folders(
    given: Sequence[Path], audio: Sequence[Path], passed_over: Mapping[str, int]
) -> list[str]:
    """Say of each folder that no audio came out of it, and what is in it instead."""
    from perser_gui.audio.folders import passed_over_sentence

    inside = {parent for path in audio for parent in path.parents}
    empty = [path for path in given if path.is_dir() and path not in inside]
    only = passed_over_sentence(passed_over) if len(given) == 1 else ""
    return [
        f"{path} holds no sound or video that can be read; please choose another."
        + (f" {only}" if only else "")
        for path in empty
    ]
