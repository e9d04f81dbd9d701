"""From a ratings table and a folder of audio to the features an evaluation runs on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from perser_gui.corpora.acted import audio_files
from perser_gui.corpora.ratings import RatingsTable
from perser_gui.errors import PerserError
from perser_gui.evaluation.runner import EvaluationMaterial
from perser_gui.progress import Progress
from perser_gui.records import Clip

if TYPE_CHECKING:
    from perser_gui.model.checkpoint import Checkpoint
    from perser_gui.upstream.cache import FeatureCache
    from perser_gui.upstream.encoders import Encoder


@dataclass(frozen=True)
class Located:
    """Where the files of a table are, and those that are nowhere."""

    paths: dict[str, Path]
    missing: tuple[str, ...]


def locate(files: Sequence[str], folder: Path) -> Located:
    """Find each file in a folder: as written, with another ending, or by its name further down.

    A name that stands in several sub-folders is not guessed at.

    Raises:
        PerserError: if the folder is missing.
    """
    paths: dict[str, Path] = {}
    absent = []
    for file in files:
        path = folder / file
        if _is_file(path):
            paths[file] = path
        else:
            absent.append(file)
    if not absent and folder.is_dir():
        return Located(paths, ())
    by_path: dict[str, str] = {}
    by_name: dict[str, str | None] = {}
    for name, stem in audio_files(folder):
        by_path.setdefault(name.rpartition(".")[0], name)
        by_name[stem] = None if stem in by_name else name
    missing = []
    for file in absent:
        bare = file.rpartition(".")[0] or file
        found = by_path.get(bare) or by_path.get(file) or by_name.get(Path(bare).name)
        if found:
            paths[file] = folder / found
        else:
            missing.append(file)
    return Located(paths, tuple(missing))


def hashed(files: Sequence[str], folder: Path, progress: Progress | None = None) -> dict[str, str]:
    """Return the hash of the bytes of each file that is in a folder.

    Raises:
        PerserError: if the folder is missing, or holds none of the files.
        Cancelled: if `progress` was cancelled.
    """
    from perser_gui.audio import content_hash

    progress = progress or Progress()
    located = locate(files, folder)
    if not located.paths:
        raise PerserError(
            f"None of the {len(files)} files of the ratings are in {folder} "
            f"(the first is {files[0]}); please check the folder."
        )
    contents = {}
    for number, (file, path) in enumerate(located.paths.items()):
        progress.report(number / len(located.paths), f"Reading {path.name}")
        contents[file] = content_hash(path)
    return contents


def prepare(
    table: RatingsTable,
    audio: Path,
    theta: Checkpoint,
    encoder: Encoder,
    *,
    cache: FeatureCache | None = None,
    progress: Progress | None = None,
) -> EvaluationMaterial:
    """Return the ratings whose clips could be heard, with normalized features.

    Features are normalized per speaker (the column `speaker`, else the clip's folder) with
    all clips of that speaker in the table, shrunk to the checkpoint; no rating is looked at.
    Ratings of clips without speech are kept as they were given, but such clips say nothing
    about their speaker.

    Raises:
        PerserError: if no clip of the table can be used, or encoder and checkpoint do not fit.
        Cancelled: if `progress` was cancelled.
    """
    from perser_gui.audio import content_hash, probe
    from perser_gui.upstream.embed import embed_clips

    progress = progress or Progress()
    if theta.encoder != encoder.id:
        raise PerserError(
            f"The checkpoint {theta.name} was trained on the encoder {theta.encoder}, "
            f"not on {encoder.id}; please choose that encoder."
        )
    notes = list(table.notes)
    rated = RatingsTable(tuple(row for row in table.rows if row.emotions), table.root, table.source)
    if len(rated) < len(table):
        notes.append(f"{len(table) - len(rated)} ratings name no emotion and were left out.")
    located = locate(rated.files, audio)
    if located.missing:
        notes.append(
            f"{len(located.missing)} of {len(rated.files)} files are not in {audio} "
            f"(the first is {located.missing[0]}); their ratings were left out."
        )
    if not located.paths:
        raise PerserError(
            f"None of the {len(rated.files)} files of the ratings are in {audio} "
            f"(the first is {rated.files[0]}); please check the folder."
        )
    speakers = {row.file: row.speaker for row in reversed(rated.rows) if row.speaker}
    clips: dict[str, Clip] = {}
    for number, (file, path) in enumerate(located.paths.items()):
        progress.report(0.1 * number / len(located.paths), f"Reading {path.name}")
        try:
            seconds = probe(path).seconds
            clips[file] = Clip(content_hash(path), path, seconds, speakers.get(file))
        except PerserError as error:
            notes.append(str(error))
    found = embed_clips(list(clips.values()), encoder, cache, progress.part(0.1, 1.0))
    notes += [*found.problems, *found.notes]
    contents = {
        file: clip.content for file, clip in clips.items() if clip.content in found.features
    }
    if not contents:
        raise PerserError(f"None of the clips in {audio} can be used; {notes[-1]}")
    speechless = {content for content, item in found.features.items() if item.speech is False}
    if speechless:
        notes.append(f"Nobody speaks in {len(speechless)} clips; their ratings are kept.")
    voices = {clip.content: clip.voice for clip in clips.values()}
    features = theta.normalization.apply(
        {content: item.layers for content, item in found.features.items()},
        {content: voice for content, voice in voices.items() if content not in speechless},
    )
    usable = rated.where(lambda row: row.file in contents)
    return EvaluationMaterial(
        usable, contents, features, tuple(notes), voices, frozenset(speechless)
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
