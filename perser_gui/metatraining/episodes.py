"""Episodes: which of a listener's ratings support an adaptation, and which question it.

Every meta-batch is a function of the seed and its number alone, so a run that was killed goes on
with the very same episodes, and every rank of a distributed run knows all of them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from perser_gui.errors import MISFIT, PerserError
from perser_gui.files import write_whole
from perser_gui.metatraining.data import Clips, ListenerRatings, Rows
from perser_gui.metatraining.vocabularies import Vocabulary, VocabularyConfig, draw_vocabulary
from perser_gui.records import FloatArray

Sets = Literal["auto", "csmt_same", "csmt_overlap", "csmt_pooled", "split"]
"""How support and query share a listener's ratings.

`csmt_same`: one set serves both loops. `csmt_overlap`: both are drawn from all of them,
independently. `csmt_pooled`: the query comes from everybody's ratings. `split`: no utterance
(nor dialogue) stands on both sides. `auto`: the algorithm's own, `csmt_overlap` where none is.
"""

Domain = Literal["any", "corpus", "voice"]
"""What an episode is confined to: nothing, clips of one corpus, or clips of one speaker."""


@dataclass(frozen=True, kw_only=True)
class EpisodeConfig:
    """What episodes are like.

    Attributes:
        sets: see `Sets`.
        shots: numbers of support clips K, one drawn per episode.
        query: query clips Q, at most.
        listeners: episodes of a meta-batch, each of another listener while there are enough.
        together: episodes computed at once; they share a start and a vocabulary, and gradients
            are summed in this grain, so that results do not depend on the number of processes.
        domain: see `Domain`.
        unlabelled: clips without rating that an adaptation may look at, at most.
        renormalize: whether speaker statistics come from the episode's clips alone, as in the
            small library of a new listener.
        channel: size of a random change of gain and offset per feature and episode, in
            standard deviations, made before speakers are normalized (implies `renormalize`).
        vocabulary: how often a listener's words differ from the checkpoint's classes.
    """

    sets: Sets = "auto"
    shots: tuple[int, ...] = (4, 8, 16, 32)
    query: int = 64
    listeners: int = 8
    together: int = 4
    domain: Domain = "any"
    unlabelled: int = 0
    renormalize: bool = False
    channel: float = 0.0
    vocabulary: VocabularyConfig = field(default_factory=VocabularyConfig)

    def __post_init__(self) -> None:
        if self.sets not in get_args(Sets) or self.domain not in get_args(Domain):
            raise PerserError(
                f"Unknown episodes “{self.sets}” or domain “{self.domain}”; use one of "
                f"{', '.join(get_args(Sets))} and one of {', '.join(get_args(Domain))}."
            )
        if not self.shots or min(self.shots) < 1 or min(self.query, self.listeners) < 1:
            raise PerserError("Episodes need shots, query and listeners of at least 1.")
        if self.together < 1 or self.listeners % self.together:
            raise PerserError(
                f"{self.listeners} listeners a meta-batch cannot be computed {self.together} at "
                "a time; please let `together` divide `listeners`."
            )
        if self.unlabelled < 0 or self.channel < 0:
            raise PerserError("Episodes cannot have negative `unlabelled` or `channel`.")


@dataclass(frozen=True)
class TrainingEpisode:
    """One adaptation and its test: clip rows and targets over the chunk's words.

    Shapes: `support` [K], `support_targets` [K, C], `query` [Q], `query_targets` [Q, C],
    `unlabelled` [N]. `query_listeners` names whose ratings the query's targets are when they
    are not all of `listener`. `seed` draws what is random inside (the channel).
    """

    listener: str
    support: Rows
    support_targets: FloatArray
    query: Rows
    query_targets: FloatArray
    unlabelled: Rows
    query_listeners: tuple[str, ...] = ()
    seed: int = 0


@dataclass(frozen=True)
class Chunk:
    """Episodes computed at once: they share a rotation (a start) and a vocabulary."""

    rotation: int
    vocabulary: Vocabulary
    episodes: tuple[TrainingEpisode, ...]


class EpisodeSampler:
    """Draws episodes of some listeners; stateless but for its arguments."""

    def __init__(
        self,
        clips: Clips,
        listeners: Sequence[ListenerRatings],
        config: EpisodeConfig,
        *,
        classes: Sequence[str],
        rotations: npt.NDArray[np.int64] | None = None,
        seed: int = 0,
    ) -> None:
        """Prepare to draw; `rotations` [N] is the rotation of each clip (None: all 0).

        Raises:
            PerserError: if no listener has ratings enough for an episode.
        """
        self._clips, self._config, self._classes, self._seed = clips, config, classes, seed
        self._rotation_of = np.zeros(len(clips), np.int64) if rotations is None else rotations
        self._corpora, self._voices = np.array(clips.corpora), np.array(clips.voices)
        self._pools = self._confined(listeners)
        self._usable = sorted(self._pools)
        if not self._usable:
            raise PerserError(
                f"No listener has {min(config.shots) + 2} ratings or more, which an episode "
                "needs; please give more ratings or fewer shots."
            )

    @property
    def listeners(self) -> tuple[str, ...]:
        """The listeners with ratings enough, sorted."""
        return tuple(sorted({pool.listener for pools in self._pools.values() for pool in pools}))

    def meta_batch(self, number: int) -> tuple[Chunk, ...]:
        """Return meta-batch `number` (from 0)."""
        random = np.random.default_rng([self._seed, 1, number])
        chunks = self._config.listeners // self._config.together
        fresh: dict[int, list[int]] = {}
        return tuple(self._chunk(random, fresh) for _ in range(chunks))

    def _chunk(self, random: np.random.Generator, fresh: dict[int, list[int]]) -> Chunk:
        rotation = int(random.choice(self._usable))
        vocabulary = draw_vocabulary(random, self._config.vocabulary, self._classes)
        pools, episodes = self._pools[rotation], []
        able = [n for n, pool in enumerate(pools) if self._worded(pool, vocabulary)]
        if not able:
            vocabulary, able = Vocabulary.plain(self._classes), list(range(len(pools)))
        for _ in range(self._config.together):
            left = [n for n in fresh.get(rotation, []) if n in able]
            if not left:
                left = random.permutation(able).tolist()
            pool = pools[left.pop()]
            fresh[rotation] = left
            shots = int(random.choice(self._config.shots))
            episodes.append(self.draw(random, pool, pools, shots, vocabulary, self._config.sets))
        return Chunk(rotation, vocabulary, tuple(episodes))

    def _worded(self, pool: ListenerRatings, vocabulary: Vocabulary) -> bool:
        """Whether the vocabulary leaves a listener ratings enough for an episode."""
        said = (vocabulary.targets(pool.targets).sum(1) > 0).sum()
        return bool(said >= min(self._config.shots) + 2)

    def draw(
        self,
        random: np.random.Generator,
        pool: ListenerRatings,
        pools: Sequence[ListenerRatings],
        shots: int,
        vocabulary: Vocabulary,
        sets: Sets,
    ) -> TrainingEpisode:
        """Return one episode of the ratings in `pool`, inside its domain and vocabulary.

        Ratings that the vocabulary has no word for are not drawn. Where the domain leaves too
        few of the others, it is not heeded.
        """
        inside = self._in_domain(random, pool)
        said = vocabulary.targets(pool.targets).sum(1) > 0
        heard = inside[said[inside]]
        if len(heard) < min(self._config.shots) + 2:
            heard = np.flatnonzero(said)
        support, query = self._parted(random, pool, heard, shots, sets)
        rows, targets = pool.rows[query], vocabulary.targets(pool.targets[query])
        names: tuple[str, ...] = ()
        if sets == "csmt_pooled":
            rows, targets, names = self._pooled(random, pools, vocabulary)
        taken = np.concatenate([pool.rows[support], rows])
        return TrainingEpisode(
            listener=pool.listener,
            support=pool.rows[support],
            support_targets=vocabulary.targets(pool.targets[support]),
            query=rows,
            query_targets=targets,
            unlabelled=self._unlabelled(random, pool.rows[inside], taken),
            query_listeners=names,
            seed=int(random.integers(2**31)),
        )

    def _confined(self, listeners: Sequence[ListenerRatings]) -> dict[int, list[ListenerRatings]]:
        """Return each rotation's listeners with their ratings of its clips."""
        fewest = min(self._config.shots) + 2
        pools: dict[int, list[ListenerRatings]] = {}
        for each in listeners:
            of = self._rotation_of[each.rows]
            for rotation in np.unique(of).tolist():
                mask = of == rotation
                if rotation >= 0 and mask.sum() >= fewest:
                    part = ListenerRatings(
                        each.listener, each.rows[mask], each.targets[mask], each.kind
                    )
                    pools.setdefault(rotation, []).append(part)
        return pools

    def _in_domain(self, random: np.random.Generator, pool: ListenerRatings) -> Rows:
        """Return positions in `pool` of one corpus or voice, where it has ratings enough."""
        everything = np.arange(len(pool.rows))
        if self._config.domain == "any":
            return everything
        keys = self._corpora if self._config.domain == "corpus" else self._voices
        own = keys[pool.rows]
        names, counts = np.unique(own, return_counts=True)
        names = names[counts >= min(self._config.shots) + 2]
        return np.flatnonzero(own == random.choice(names)) if len(names) else everything

    def _parted(
        self,
        random: np.random.Generator,
        pool: ListenerRatings,
        heard: Rows,
        shots: int,
        sets: Sets,
    ) -> tuple[Rows, Rows]:
        """Return positions of support and query among the positions `heard`."""
        if sets == "split":
            return self._split(random, pool, heard, shots)
        support = random.permutation(heard)[:shots]
        if sets == "csmt_same":
            return support, support
        return support, random.permutation(heard)[: self._config.query]

    def _split(
        self, random: np.random.Generator, pool: ListenerRatings, heard: Rows, shots: int
    ) -> tuple[Rows, Rows]:
        order = random.permutation(heard)
        dialogues = np.array([self._clips.dialogues[row] for row in pool.rows[order]])
        shots = min(shots, len(order) - 1)
        while shots > 1 and np.isin(dialogues, dialogues[:shots]).all():
            shots //= 2
        apart = ~np.isin(dialogues, dialogues[:shots])
        if not apart.any():
            raise PerserError(
                f"All ratings of {pool.listener} are of one dialogue, so that none can test an "
                "adaptation; please leave this listener out."
            )
        return order[:shots], order[apart][: self._config.query]

    def _pooled(
        self, random: np.random.Generator, pools: Sequence[ListenerRatings], vocabulary: Vocabulary
    ) -> tuple[Rows, FloatArray, tuple[str, ...]]:
        """Return rows, targets and listeners of a query from everybody's ratings."""
        rows, targets, names = [], [], []
        sizes = np.array([len(pool.rows) for pool in pools], dtype=float)
        for _ in range(20 * self._config.query):
            pool = pools[int(random.choice(len(pools), p=sizes / sizes.sum()))]
            position = int(random.integers(len(pool.rows)))
            target = vocabulary.targets(pool.targets[[position]])[0]
            if target.sum() > 0:
                rows.append(pool.rows[position])
                targets.append(target)
                names.append(pool.listener)
            if len(rows) == self._config.query:
                break
        return np.array(rows, dtype=np.int64), np.stack(targets), tuple(names)

    def _unlabelled(self, random: np.random.Generator, rows: Rows, taken: Rows) -> Rows:
        """Return clips of the listener's library, the tested ones included, labels unseen."""
        if not self._config.unlabelled:
            return np.array([], dtype=np.int64)
        library = np.union1d(rows, taken)
        return random.permutation(library)[: self._config.unlabelled]


def evaluation_chunks(
    sampler: EpisodeSampler,
    *,
    shots: Sequence[int],
    repeats: int,
    seed: int,
    listeners: Sequence[str] | None = None,
) -> list[tuple[int, Chunk]]:
    """Return (shots, chunk) pairs of strictly split episodes, the same for the same seed.

    Every usable listener (or those named) gets `repeats` episodes for each number of shots;
    a chunk holds the repeats of one listener.
    """
    chunks = []
    plain = Vocabulary.plain(sampler._classes)
    for rotation in sampler._usable:
        pools = sampler._pools[rotation]
        for position, pool in enumerate(pools):
            if listeners is not None and pool.listener not in listeners:
                continue
            for count in shots:
                random = np.random.default_rng([seed, 2, rotation, position, count])
                episodes = tuple(
                    sampler.draw(random, pool, pools, count, plain, "split") for _ in range(repeats)
                )
                chunks.append((count, Chunk(rotation, plain, episodes)))
    return chunks


def write_episodes(path: Path, chunks: Sequence[Chunk], clips: Clips) -> None:
    """Save episodes as JSON lines of clip names, so that any method can be run on them."""
    lines = []
    for chunk in chunks:
        for each in chunk.episodes:
            record = {
                "rotation": chunk.rotation,
                "listener": each.listener,
                "words": chunk.vocabulary.as_dict(),
                "support": [clips.names[i] for i in each.support],
                "query": [clips.names[i] for i in each.query],
                "unlabelled": [clips.names[i] for i in each.unlabelled],
                "query_listeners": list(each.query_listeners),
                "seed": each.seed,
            }
            lines.append(json.dumps(record, ensure_ascii=False))
    write_whole(path, "\n".join(lines) + "\n")


def read_episodes(
    path: Path, clips: Clips, listeners: Sequence[ListenerRatings], classes: Sequence[str]
) -> list[Chunk]:
    """Read episodes saved by `write_episodes`, one chunk per episode.

    Raises:
        PerserError: if the file is missing or damaged, or names clips or listeners not here.
    """
    row_of = clips.index()
    ratings = {
        each.listener: dict(zip(each.rows.tolist(), each.targets, strict=True))
        for each in listeners
    }
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [_episode(json.loads(line), row_of, ratings, classes) for line in lines if line]
    except OSError as error:
        raise PerserError(f"{path} cannot be read ({error.strerror}).") from error
    except MISFIT as error:
        raise PerserError(
            f"{path} does not fit these clips and listeners ({error}); "
            "please write the episodes again."
        ) from error


def _episode(
    record: Mapping[str, object],
    row_of: Mapping[str, int],
    ratings: Mapping[str, Mapping[int, FloatArray]],
    classes: Sequence[str],
) -> Chunk:
    vocabulary = Vocabulary.from_dict(record["words"], classes)
    listener = str(record["listener"])

    def rows(key: str) -> Rows:
        names = record[key]
        if not isinstance(names, list):
            raise TypeError(f"{key} is no list")
        return np.array([row_of[str(name)] for name in names], dtype=np.int64)

    support, query = rows("support"), rows("query")
    others = record["query_listeners"]
    whose = [str(name) for name in others] if isinstance(others, list) and others else None
    asked = [
        ratings[listener if whose is None else whose[i]][int(row)] for i, row in enumerate(query)
    ]
    episode = TrainingEpisode(
        listener,
        support,
        vocabulary.targets(np.stack([ratings[listener][int(row)] for row in support])),
        query,
        vocabulary.targets(np.stack(asked)),
        rows("unlabelled"),
        tuple(whose or ()),
        int(str(record["seed"])),
    )
    return Chunk(int(str(record["rotation"])), vocabulary, (episode,))
