"""From ratings tables to features: every clip is hashed, embedded once, and found again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from perser_gui.audio import content_hash, probe
from perser_gui.corpora import RatingsTable
from perser_gui.emotions import CLASSES
from perser_gui.errors import PerserError
from perser_gui.metatraining.copies import embed_copies
from perser_gui.metatraining.data import Material, material_of
from perser_gui.progress import Progress
from perser_gui.records import Clip, FloatArray
from perser_gui.upstream.cache import FeatureCache
from perser_gui.upstream.embed import embed_clips
from perser_gui.upstream.encoders import load_encoder


@dataclass(frozen=True)
class EmbeddedTables:
    """Features {content hash: [L, W]}, the content of each path, and what is to be said.

    `copies` holds, where they were asked for, each clip's copies {content hash: [n, L, W]}.
    """

    features: Mapping[str, FloatArray]
    contents: Mapping[str, str]
    encoder: str
    notes: tuple[str, ...]
    encoder_name: str = ""
    copies: Mapping[str, FloatArray] = field(default_factory=dict)

    def material(
        self,
        tables: Sequence[RatingsTable],
        simulated: Sequence[RatingsTable] = (),
        classes: Sequence[str] = CLASSES,
    ) -> Material:
        """Bind tables over these files to their features; clips are named by content hash."""
        material = material_of(
            tables,
            self.features,
            encoder=self.encoder,
            encoder_name=self.encoder_name,
            simulated=simulated,
            classes=classes,
            name_of=lambda table, file: self.contents.get(str(_place(table, file))),
        )
        if not self.copies:
            return material
        copies = np.stack([self.copies[name] for name in material.clips.names])
        return replace(material, copies=copies)


def embed_tables(
    tables: Sequence[RatingsTable],
    upstream: str = "bundled",
    *,
    device: str = "auto",
    cache: FeatureCache | None = None,
    copies: int = 0,
    progress: Progress | None = None,
) -> EmbeddedTables:
    """Embed every file of the tables; those that cannot be are left out and noted.

    With `copies`, as many copies of each under other recording conditions are embedded too.

    Raises:
        PerserError: if the encoder cannot be loaded, or no file can be embedded.
        Cancelled: if the user cancelled; what was embedded until then is in the cache.
    """
    progress = progress or Progress()
    encoder = load_encoder(upstream, device=device, progress=progress.part(0.0, 0.05))
    clips, contents, problems = _hashed(tables, progress.part(0.05, 0.2))
    share = 1.0 / (1 + 2 * copies)
    part = progress.part(0.2, 0.2 + 0.8 * share)
    result = embed_clips(clips, encoder, cache, part, speech=False)
    problems += result.problems
    features = {content: each.layers for content, each in result.features.items()}
    made: dict[str, FloatArray] = {}
    if copies:
        voices = _voices(tables, contents)
        named = {c.content: (c, voices[c.content]) for c in clips if c.content in features}
        part = progress.part(0.2 + 0.8 * share, 1.0)
        made, missing = embed_copies(named, encoder, copies, cache=cache, progress=part)
        problems += missing
        features = {content: layers for content, layers in features.items() if content in made}
    if not features:
        first = f" The first of them: {problems[0]}" if problems else ""
        raise PerserError(
            f"None of the {sum(len(t.files) for t in tables)} files could be embedded; "
            f"please check the folders of the corpora.{first}"
        )
    notes = [note for table in tables for note in table.notes]
    if problems:
        notes.append(f"{len(problems)} clips were left out; the first: {problems[0]}")
    said = (*notes, *result.notes)
    return EmbeddedTables(features, contents, encoder.id, said, encoder.name, made)


def _voices(tables: Sequence[RatingsTable], contents: Mapping[str, str]) -> dict[str, str]:
    """Return who speaks in each clip, by content; a folder stands for a voice that is not named."""
    voices: dict[str, str] = {}
    for table in tables:
        for row in table.rows:
            content = contents.get(str(_place(table, row.file)))
            if content is not None:
                voices.setdefault(content, row.speaker or row.file.rpartition("/")[0])
    return voices


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
