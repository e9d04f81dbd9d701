"""What a worker does with a shard: fetch, hear, label, write."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import numpy.typing as npt

from perser_gui.bulk.manifest import ManifestRow, Shard
from perser_gui.bulk.output import Output
from perser_gui.desk.cutting import ABOVE, Cutting
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import (
    NO_SPEECH,
    UNSURE,
    Clip,
    Features,
    FloatArray,
    clip_part,
    is_decided,
)

if TYPE_CHECKING:
    from perser_gui.desk.predicting import View
    from perser_gui.model.checkpoint import Checkpoint
    from perser_gui.upstream.encoders import Encoder

Kind = Literal["predict", "embed"]


@dataclass(frozen=True)
class BulkTask:
    """Everything that a worker must know, wherever it runs.

    `model` names a checkpoint to predict with, an encoder to embed with; `view` whose words
    and profile to predict through. `out` is the address of the results, `about` goes into every
    file of them. With `half` features are stored in half precision.
    """

    kind: Kind
    model: str
    out: str
    about: Mapping[str, str]
    view: View | None = None
    device: str = "auto"
    cut_above: float = ABOVE
    half: bool = False


@dataclass(frozen=True)
class Told:
    """What came of a shard: how many of its rows were done, how many failed, seconds of audio."""

    number: int
    done: int
    failed: int
    seconds: float


class Worker:
    """Loads the model once and does shards, one after the other."""

    def __init__(self, task: BulkTask) -> None:
        self._task = task
        self._output = Output(task.out)
        self._theta: Checkpoint | None = None
        self._encoder = self._loaded()

    def work(self, shard: Shard) -> Told:
        """Do a shard and write its results.

        Raises:
            PerserError: if they cannot be written.
        """
        failures: dict[int, str] = {}
        heard: list[tuple[ManifestRow, int, Clip, Features]] = []
        scratch = Path(tempfile.mkdtemp(prefix="perser-bulk-"))
        try:
            for portion in _portions(shard.rows):
                heard += self._heard(portion, scratch, failures)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
        rows = self._embedded(heard) if self._task.kind == "embed" else self._predicted(heard)
        reasons = [
            {"row": row.number, "file": row.file, "reason": failures[row.number]}
            for row in shard.rows
            if row.number in failures
        ]
        self._output.write(shard.number, rows, reasons, self._task.about)
        seconds = sum(clip.seconds for _, _, clip, _ in heard)
        return Told(shard.number, len(shard.rows) - len(failures), len(failures), seconds)

    def _loaded(self) -> Encoder:
        from perser_gui.desk.engine import Engine
        from perser_gui.upstream.encoders import load_encoder

        if self._task.kind == "embed":
            return load_encoder(self._task.model, device=self._task.device)
        with tempfile.TemporaryDirectory() as nowhere:
            model = Engine(self._task.model, Path(nowhere), self._task.device).model(Progress())
        self._theta = model.checkpoint
        return model.encoder

    def _heard(
        self, rows: Sequence[ManifestRow], scratch: Path, failures: dict[int, str]
    ) -> list[tuple[ManifestRow, int, Clip, Features]]:
        """Return every clip of the rows with its features; note down which rows failed."""
        from perser_gui.upstream.embed import embed_clips

        with contextlib.ExitStack() as stack:
            clips: list[tuple[ManifestRow, int, Clip]] = []
            for row in rows:
                try:
                    path = stack.enter_context(_at_hand(row.file, scratch))
                    found = _clips(row, path, self._task.cut_above)
                except PerserError as error:
                    failures[row.number] = str(error).replace(str(scratch), "")
                    continue
                clips += [(row, part, clip) for part, clip in enumerate(found)]
            # A worker has one core: a thread that decodes ahead would take that of another one.
            ahead = self._encoder.device != "cpu"
            result = embed_clips([clip for _, _, clip in clips], self._encoder, ahead=ahead)
        heard = []
        for row, part, clip in clips:
            if clip.content in result.features:
                heard.append((row, part, clip, result.features[clip.content]))
            else:
                told = [one for one in result.problems if str(clip.path) in one]
                failures[row.number] = (told or [f"{row.file} could not be embedded."])[0]
        return [one for one in heard if one[0].number not in failures]

    def _embedded(
        self, heard: Sequence[tuple[ManifestRow, int, Clip, Features]]
    ) -> list[dict[str, Any]]:
        return [
            {
                **_place(row, part, clip),
                "speech": features.speech,
                "features": _halved(features) if self._task.half else features.layers.ravel(),
            }
            for row, part, clip, features in heard
        ]

    def _predicted(
        self, heard: Sequence[tuple[ManifestRow, int, Clip, Features]]
    ) -> list[dict[str, Any]]:
        from perser_gui.desk.predicting import applies, probabilities

        theta, view = self._theta, self._task.view
        assert theta is not None
        assert view is not None
        mine = view if applies(view, theta.digest) else view.generic
        names = [f"{row.number} {part}" for row, part, _, _ in heard]
        voices = [row.voice for row, _, _, _ in heard]
        x = dict(zip(names, self._normalized(heard), strict=True))
        yours = probabilities(theta, mine, x, names, Progress(), voices)
        generics = probabilities(theta, view.generic, x, names, Progress(), voices)
        words = view.emotions.words
        return [
            {
                **_place(row, part, clip),
                "listener": (mine.listener or "") if mine.profile else "",
                "speech": features.speech is not False,
                **_said(words, own, "", speech=features.speech is not False),
                **_said(words, other, "generic", speech=features.speech is not False),
            }
            for (row, part, clip, features), own, other in zip(heard, yours, generics, strict=True)
        ]

    def _normalized(
        self, heard: Sequence[tuple[ManifestRow, int, Clip, Features]]
    ) -> list[FloatArray]:
        """Return features normalized by their voice's; clips without speech do not count for it."""
        from perser_gui.model.normalization import RunningStatistics

        assert self._theta is not None
        statistics: dict[str, RunningStatistics] = {}
        counted: set[tuple[str, str]] = set()
        for row, _, clip, features in heard:
            if features.speech is not False and (row.voice, clip.content) not in counted:
                counted.add((row.voice, clip.content))
                statistics.setdefault(row.voice, RunningStatistics()).update(features.layers)
        normalization = self._theta.normalization
        return [
            normalization.transform(features.layers, statistics.get(row.voice))
            for row, _, _, features in heard
        ]


def _halved(features: Features) -> npt.NDArray[np.float16]:
    """Return features [L * W] in half precision.

    Raises:
        PerserError: if they do not fit.
    """
    with np.errstate(over="ignore"):
        halved = features.layers.ravel().astype(np.float16)
    if not np.isfinite(halved).all():
        raise PerserError(
            "The features of this encoder are too large for half precision; "
            "please embed without --half, into another folder."
        )
    return halved


def _said(
    words: Sequence[str], row: FloatArray, whose: str, *, speech: bool
) -> dict[str, str | float | None]:
    """Return the columns of one prediction; without speech no emotion but the reason."""
    before = f"{whose} " if whose else ""
    abstain = NO_SPEECH if not speech else "" if is_decided(row) else UNSURE
    return {
        whose or "prediction": words[int(np.argmax(row))] if speech else "",
        f"{before}abstain": abstain,
        **{
            f"{before}p({word})": float(p) if speech else None
            for word, p in zip(words, row, strict=True)
        },
    }


def given_up(task: BulkTask, shard: Shard, reason: str) -> Told:
    """Write down that no row of a shard could be done, and why."""
    reasons = [{"row": row.number, "file": row.file, "reason": reason} for row in shard.rows]
    Output(task.out).write(shard.number, [], reasons, task.about)
    return Told(shard.number, 0, len(reasons), 0.0)


PORTION = 64
"""Rows whose files are fetched and embedded together."""


def _portions(rows: Sequence[ManifestRow]) -> Iterator[Sequence[ManifestRow]]:
    for start in range(0, len(rows), PORTION):
        yield rows[start : start + PORTION]


@contextlib.contextmanager
def _at_hand(address: str, scratch: Path) -> Iterator[Path]:
    """Give the path of a file; one that lies elsewhere is fetched, and removed afterwards."""
    if "://" not in address:
        yield Path(address)
        return
    import fsspec

    handle, name = tempfile.mkstemp(PurePath(address.split("?")[0]).suffix, dir=scratch)
    fetched = Path(name)
    try:
        with open(handle, "wb") as target:
            try:
                with fsspec.open(address, "rb") as source:
                    shutil.copyfileobj(source, target, 2**20)
            except Exception as error:  # whatever a file system of some address may raise
                raise PerserError(f"{address} cannot be fetched: {error}") from error
        yield fetched
    finally:
        fetched.unlink(missing_ok=True)


def _clips(row: ManifestRow, path: Path, cut_above: float) -> list[Clip]:
    """Return the clips of a row: its file or part, or the utterances of a long recording."""
    from perser_gui.audio.decode import probe
    from perser_gui.audio.hashes import content_hash

    whole = Clip(content_hash(path), path, probe(path).seconds, row.speaker, row.voice)
    if row.start is not None or row.end is not None:
        start, end = row.start or 0.0, whole.seconds if row.end is None else row.end
        if not 0 <= start < end <= whole.seconds + 0.1:
            raise PerserError(
                f"{row.file} is {whole.seconds:g} s long and has no part "
                f"from {start:g} to {end:g} s."
            )
        return [clip_part(whole, start, min(end, whole.seconds))]
    cutting = Cutting(cut_above)
    if cutting.wants(whole.seconds):
        parts = cutting.utterances(whole, (), Progress())
        return [replace(part, source=row.voice) for part in parts] or [whole]
    return [whole]


def _place(row: ManifestRow, part: int, clip: Clip) -> dict[str, Any]:
    return {
        "row": row.number,
        "part": part,
        "file": row.file,
        "start": clip.span.start if clip.span else 0.0,
        "end": clip.span.end if clip.span else round(clip.seconds, 3),
        "speaker": row.speaker or "",
        "content": clip.content,
    }
