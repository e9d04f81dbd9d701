"""From ratings tables to features: every clip is hashed, embedded once, and found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from perser_gui.audio import content_hash, probe
from perser_gui.corpora import RatingsTable
from perser_gui.emotions import CLASSES
from perser_gui.errors import PerserError
from perser_gui.metatraining.data import Material, material_of
from perser_gui.progress import Progress
from perser_gui.records import Clip, FloatArray
from perser_gui.upstream.cache import FeatureCache
from perser_gui.upstream.embed import embed_clips
from perser_gui.upstream.encoders import load_encoder


@dataclass(frozen=True)
class EmbeddedTables:
    """Features {content hash: [L, W]}, the content of each path, and what is to be said."""

    features: Mapping[str, FloatArray]
    contents: Mapping[str, str]
    encoder: str
    notes: tuple[str, ...]
    encoder_name: str = ""

    def material(
        self,
        tables: Sequence[RatingsTable],
        simulated: Sequence[RatingsTable] = (),
        classes: Sequence[str] = CLASSES,
    ) -> Material:
        """Bind tables over these files to their features; clips are named by content hash."""
        return material_of(
            tables,
            self.features,
            encoder=self.encoder,
            encoder_name=self.encoder_name,
            simulated=simulated,
            classes=classes,
            name_of=lambda table, file: self.contents.get(str(_place(table, file))),
        )


def embed_tables(
    tables: Sequence[RatingsTable],
    upstream: str = "bundled",
    *,
    device: str = "auto",
    cache: FeatureCache | None = None,
    progress: Progress | None = None,
) -> EmbeddedTables:
    """Embed every file of the tables; those that cannot be are left out and noted.

    Raises:
        PerserError: if the encoder cannot be loaded, or no file can be embedded.
        Cancelled: if the user cancelled; what was embedded until then is in the cache.
    """
    progress = progress or Progress()
    encoder = load_encoder(upstream, device=device, progress=progress.part(0.0, 0.05))
    clips, contents, problems = _hashed(tables, progress.part(0.05, 0.2))
    result = embed_clips(clips, encoder, cache, progress.part(0.2, 1.0))
    problems += result.problems
    if not result.features:
        first = f" The first of them: {problems[0]}" if problems else ""
        raise PerserError(
            f"None of the {sum(len(t.files) for t in tables)} files could be embedded; "
            f"please check the folders of the corpora.{first}"
        )
    notes = [note for table in tables for note in table.notes]
    if problems:
        notes.append(f"{len(problems)} clips were left out; the first: {problems[0]}")
    features = {content: each.layers for content, each in result.features.items()}
    return EmbeddedTables(features, contents, encoder.id, (*notes, *result.notes), encoder.name)


def _hashed(
    tables: Sequence[RatingsTable], progress: Progress
) -> tuple[list[Clip], dict[str, str], list[str]]:
    clips: dict[str, Clip] = {}
    contents: dict[str, str] = {}
    problems = []
    files = [(table, file) for table in tables for file in table.files]
    for number, (table, file) in enumerate(files):
        if number % 50 == 0:
            progress.report(number / len(files), f"Looking at clip {number + 1} of {len(files)}")
        path = _place(table, file)
        if str(path) in contents:
            continue
        try:
            content = content_hash(path)
            if content not in clips:
                clips[content] = Clip(content, path, probe(path).seconds)
        except PerserError as error:
            problems.append(str(error))
            continue
        contents[str(path)] = content
    return list(clips.values()), contents, problems


def _place(table: RatingsTable, file: str) -> Path:
    path = Path(file)
    return path if table.root is None or path.is_absolute() else table.root / path
