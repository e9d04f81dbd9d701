"""The whole way once: the starter clips, an example listener, adapted and looked at."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from perser_gui.desk.desk import Desk
from perser_gui.desk.opening import starter_ratings
from perser_gui.desk.values import Adaptation
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, Listener, Prediction


@dataclass(frozen=True)
class Shown:
    """A clip that was not learnt from: what the example listener says, and both models."""

    clip: Clip
    label: tuple[str, ...]
    yours: Prediction
    generic: Prediction


@dataclass(frozen=True)
class Demonstration:
    """What came of it: the listener, how many ratings were learnt from, and the other clips."""

    listener: Listener
    learnt: int
    adaptation: Adaptation
    shown: tuple[Shown, ...]


def demonstrate(
    desk: Desk, *, learnt: int, adapter: str, seed: int, progress: Progress
) -> Demonstration:
    """Adapt to `learnt` of the example listener's ratings, drawn by seed; predict the others.

    The predictions are the adapted model's whether or not it is found to help.

    Raises:
        PerserError: if the starter clips are missing, or too many ratings are asked for.
    """
    from perser_gui.corpora.ratings import read_ratings

    table = starter_ratings()
    if table is None:
        raise PerserError(
            "The starter clips are missing from this installation; please install it again."
        )
    rows = read_ratings(table).rows
    if learnt >= len(rows):
        raise PerserError(
            f"There are {len(rows)} ratings; please learn from fewer, so that some are left to see."
        )
    opened = desk.open_clips([table.parent], progress.part(0.0, 0.2))
    clips = {clip.path.name: clip for clip in opened.clips}
    words = EmotionSet.of(dict.fromkeys(word for row in rows for word in row.emotions))
    listener = desk.add_listener(rows[0].listener, words)
    order = np.random.default_rng(seed).permutation(len(rows)).tolist()
    for index in order[:learnt]:
        row = rows[index]
        desk.rate(listener.id, clips[Path(row.file).name].content, emotions=row.emotions)
    desk.embed([clip.content for clip in opened.clips], progress.part(0.2, 0.8))
    result = desk.adapt(listener.id, adapter=adapter, seed=seed, progress=progress.part(0.8, 0.95))
    if result.record is not None:
        desk.make_current(listener.id, result.record.id)
    left = [(clips[Path(rows[i].file).name], rows[i].emotions) for i in sorted(order[learnt:])]
    pairs = desk.compare([clip.content for clip, _ in left], listener.id, progress.part(0.95, 1))
    shown = tuple(
        Shown(clip, label, yours, generic)
        for (clip, label), (yours, generic) in zip(left, pairs, strict=True)
    )
    return Demonstration(listener, learnt, result, shown)
