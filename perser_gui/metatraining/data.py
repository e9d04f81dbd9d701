"""What training sees: clips as arrays, and who labelled which of them how.

A `Clips` table holds the frozen encoder's statistics row by row; a `ListenerRatings` is one
listener's ratings as rows and targets; `Material` binds them. `Material.without` takes a
held-out listener out of everything before anything is computed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from perser_gui.corpora import RatingsTable
from perser_gui.corpora.simulated import is_simulated
from perser_gui.emotions import CLASSES, EmotionSet
from perser_gui.errors import PerserError
from perser_gui.model.losses import class_weights, counts_of
from perser_gui.model.normalization import RunningStatistics, SpeakerNormalization
from perser_gui.records import FloatArray

Rows = npt.NDArray[np.int64]
"""Indices of clips."""

Kind = Literal["acted", "real", "simulated"]
"""Where a listener's labels come from: an actor's instruction, a person, or a simulation."""

ACTED = "acted"

_TOGETHER_SEED = 7
"""Draws which clips of a voice are normalized together where only few are heard of it."""


@dataclass(frozen=True)
class Clips:
    """N clips: unique `names`, statistics `x` [N, L, W], who speaks, from which corpus.

    `dialogues` groups clips that must not stand on both sides of an episode; it is the
    clip's own name where the corpus knows no dialogues. `encoder` is the id of the encoder,
    `encoder_name` what `load_encoder` takes to get it again (empty: not known).
    """

    names: tuple[str, ...]
    x: FloatArray
    voices: tuple[str, ...]
    corpora: tuple[str, ...]
    dialogues: tuple[str, ...]
    encoder: str
    encoder_name: str = ""

    def __post_init__(self) -> None:
        sizes = {len(self.names), len(self.x), len(self.voices), len(self.corpora)}
        if sizes != {len(self.dialogues)}:
            raise ValueError("clips need a name, features, voice, corpus and dialogue each")
        if len(set(self.names)) != len(self.names):
            raise ValueError("two clips have the same name")

    def __len__(self) -> int:
        return len(self.names)

    def index(self) -> dict[str, int]:
        """Return the row of each clip by name."""
        return {name: row for row, name in enumerate(self.names)}

    def take(self, rows: Rows) -> Clips:
        """Return the clips of these rows, in this order."""
        return Clips(
            tuple(self.names[i] for i in rows),
            self.x[rows],
            tuple(self.voices[i] for i in rows),
            tuple(self.corpora[i] for i in rows),
            tuple(self.dialogues[i] for i in rows),
            self.encoder,
            self.encoder_name,
        )


@dataclass(frozen=True)
class ListenerRatings:
    """One listener's ratings: clip `rows` [n] and `targets` [n, C], each row summing to one."""

    listener: str
    rows: Rows
    targets: FloatArray
    kind: Kind = "real"


@dataclass(frozen=True)
class Labels:
    """Labels aggregated over listeners: `rows` [n], mean `targets` [n, C], and whose they are."""

    rows: Rows
    targets: FloatArray
    listeners: frozenset[str]

    def counts(self) -> npt.NDArray[np.int64]:
        """Return how many clips choose each class (share above 1/C)."""
        return counts_of(self.targets)

    def weights(self) -> npt.NDArray[np.float64]:
        """Return the class weights [C] of these labels.

        They are worked out among the classes that occur; one that does not is never met in
        training, and its neutral weight of one serves listeners who bring it later.
        """
        counts = self.counts()
        present = counts > 0
        weights = np.ones(len(counts))
        weights[present] = class_weights(counts[present], len(self.rows))
        return weights


@dataclass(frozen=True)
class Material:
    """Clips, their listeners, and the classes that targets are over.

    `copies` [N, n, L, W] are n more recordings of every clip, each under another condition;
    pre-training learns from them, and nobody rates them.
    """

    clips: Clips
    listeners: tuple[ListenerRatings, ...]
    classes: tuple[str, ...] = CLASSES
    copies: FloatArray | None = None

    def without(self, held_out: Collection[str], *, unseen: bool = False) -> Material:
        """Return the material as if `held_out` listeners had never rated anything.

        `unseen` also removes every clip that one of them rated, whoever else rated it, so
        that they are later tested on utterances that training never met.

        Raises:
            PerserError: for a name that is no listener of this material.
        """
        names = {listening.listener for listening in self.listeners}
        strangers = sorted(set(held_out) - names)
        if strangers:
            raise PerserError(
                f"“{strangers[0]}” cannot be held out: there are no ratings by that listener; "
                "please check the name."
            )
        kept = tuple(each for each in self.listeners if each.listener not in held_out)
        material = replace(self, listeners=kept)
        if not unseen:
            return material
        theirs = [each.rows for each in self.listeners if each.listener in held_out]
        gone = np.zeros(len(self.clips), dtype=bool)
        gone[np.concatenate(theirs) if theirs else []] = True
        return material.keep(~gone)

    def keep(self, mask: npt.NDArray[np.bool_]) -> Material:
        """Return the material with only the clips [N] for which `mask` is true."""
        rows = np.flatnonzero(mask)
        position = np.full(len(self.clips), -1, dtype=np.int64)
        position[rows] = np.arange(len(rows))
        listeners = []
        for each in self.listeners:
            inside = position[each.rows] >= 0
            if inside.any():
                listeners.append(
                    replace(each, rows=position[each.rows[inside]], targets=each.targets[inside])
                )
        copies = None if self.copies is None else self.copies[rows]
        return replace(self, clips=self.clips.take(rows), listeners=tuple(listeners), copies=copies)

    def aggregated(self) -> Labels:
        """Return each clip's label averaged over everybody who rated it.

        Simulated listeners are left out, unless there is nobody else.

        Raises:
            PerserError: if nobody rated anything.
        """
        total = np.zeros((len(self.clips), len(self.classes)))
        votes = np.zeros(len(self.clips))
        counted = [e for e in self.listeners if e.kind != "simulated"] or list(self.listeners)
        for each in counted:
            np.add.at(total, each.rows, each.targets)
            np.add.at(votes, each.rows, 1.0)
        rows = np.flatnonzero(votes)
        if not len(rows):
            raise PerserError(
                "There are no labels to pre-train on; please give a corpus whose ratings use "
                f"some of the words {', '.join(self.classes)}."
            )
        targets = (total[rows] / votes[rows, None]).astype(np.float32)
        return Labels(rows, targets, frozenset(each.listener for each in counted))

    def notes(self) -> tuple[str, ...]:
        """Return a sentence about simulated listeners, if there are any."""
        made_up = sum(each.kind == "simulated" for each in self.listeners)
        if not made_up:
            return ()
        return (
            f"{made_up} of {len(self.listeners)} listeners are simulated: nobody heard the clips.",
        )

    def raters(self) -> tuple[ListenerRatings, ...]:
        """Return the listeners whose hearing can be learned: all but acted labels."""
        return tuple(each for each in self.listeners if each.kind != "acted")


def material_of(
    tables: Sequence[RatingsTable],
    features: Mapping[str, FloatArray],
    *,
    encoder: str,
    encoder_name: str = "",
    simulated: Sequence[RatingsTable] = (),
    classes: Sequence[str] = CLASSES,
    name_of: Callable[[RatingsTable, str], str | None] | None = None,
) -> Material:
    """Bind ratings tables to features {clip name: [L, W]}.

    `name_of` gives the name of a table's file among the features (default: the path as a
    string), None for a file without. Clips without features, and words that none of
    `classes` stands for, are left out. Listeners of one name in two tables are one listener,
    except `acted` labels, which are told apart by corpus. A clip's corpus is the column
    `corpus` of its row where there is one, else its table's. Listeners of `tables` who are
    called simulated are so, like those of `simulated`.

    Raises:
        PerserError: if nothing remains.
    """
    find = name_of or _path_name
    clips: dict[str, tuple[str, str, str]] = {}
    ratings: dict[tuple[str, Kind], dict[str, npt.NDArray[np.float64]]] = {}
    words = EmotionSet.of(classes, classes)
    for table, made in [(t, False) for t in tables] + [(t, True) for t in simulated]:
        names = {file: find(table, file) for file in table.files}
        own = table.source or (table.root.name if table.root is not None else "")
        for row in table.latest():
            name = names[row.file]
            source = row.extra.get("corpus") or own
            target = words.target(row.emotions)
            if name is None or name not in features or target is None:
                continue
            voice = row.speaker or f"{source}:{row.file.rpartition('/')[0]}"
            dialogue = row.extra.get("dialogue") or name
            clips.setdefault(name, (voice, source, dialogue))
            acted = row.listener == ACTED and not made
            simulation = made or is_simulated(row.listener)
            kind: Kind = "simulated" if simulation else "acted" if acted else "real"
            listener = f"{ACTED} ({source})" if acted else row.listener
            ratings.setdefault((listener, kind), {})[name] = target
    if not clips:
        raise PerserError(
            "None of the ratings has both audio and one of the words "
            f"{', '.join(classes)}; please check the corpus."
        )
    order = {name: i for i, name in enumerate(clips)}
    first = np.stack([np.asarray(features[name], dtype=np.float32) for name in clips])
    voices, corpora, dialogues = zip(*clips.values(), strict=True)
    listeners = tuple(
        ListenerRatings(
            listener,
            np.array([order[name] for name in heard], dtype=np.int64),
            np.stack(list(heard.values())).astype(np.float32),
            kind,
        )
        for (listener, kind), heard in ratings.items()
    )
    table_of_clips = Clips(tuple(clips), first, voices, corpora, dialogues, encoder, encoder_name)
    return Material(table_of_clips, listeners, tuple(classes))


def fit_normalization(clips: Clips, rows: Rows, n0: float = 8.0) -> SpeakerNormalization:
    """Measure the normalization's prior on the clips of these rows, every speaker alike."""
    features = {clips.names[i]: clips.x[i] for i in rows}
    voices = {clips.names[i]: clips.voices[i] for i in rows}
    return SpeakerNormalization.fit(features, voices, n0)


def normalized(clips: Clips, normalization: SpeakerNormalization) -> FloatArray:
    """Return the features [N, L, W] of all clips, normalized per voice."""
    result = np.empty_like(clips.x)
    by_voice: dict[str, list[int]] = {}
    for row, voice in enumerate(clips.voices):
        by_voice.setdefault(voice, []).append(row)
    for rows in by_voice.values():
        statistics = RunningStatistics.of(clips.x[rows])
        result[rows] = normalization.transform(clips.x[rows], statistics)
    return result


def normalized_copies(
    clips: Clips,
    copies: FloatArray,
    normalization: SpeakerNormalization,
    together: Sequence[int] = (),
) -> FloatArray:
    """Return copies [N, n, L, W], each normalized among its voice's copies of that number.

    `together` [n] says among how many of them, drawn by lot; 0 or empty: among all.
    """
    parts = []
    for number in range(copies.shape[1]):
        some = together[number] if together else 0
        voices = _some_together(clips.voices, some, number) if some else clips.voices
        heard = replace(clips, x=copies[:, number], voices=voices)
        parts.append(normalized(heard, normalization))
    return np.stack(parts, axis=1)


def _some_together(voices: Sequence[str], some: int, seed: int) -> tuple[str, ...]:
    """Return names of voices [N] that tell a voice's clips apart, `some` drawn under each name."""
    names = [""] * len(voices)
    seen: dict[str, int] = {}
    for place in np.random.default_rng([_TOGETHER_SEED, seed]).permutation(len(voices)):
        voice = voices[place]
        names[place] = f"{voice}#{seen.get(voice, 0) // some}"
        seen[voice] = seen.get(voice, 0) + 1
    return tuple(names)


def voices_of(clips: Clips, rows: Iterable[int]) -> dict[str, list[str]]:
    """Return the voices among these rows by corpus, each once, sorted."""
    found: dict[str, set[str]] = {}
    for row in rows:
        found.setdefault(clips.corpora[row], set()).add(clips.voices[row])
    return {corpus: sorted(names) for corpus, names in sorted(found.items())}


def _path_name(table: RatingsTable, file: str) -> str | None:
    return file if table.root is None else str(table.root / file)
