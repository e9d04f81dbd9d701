"""Simulated listeners: made-up people who rate acted clips with habits of their own.

Nobody heard anything here. A simulated listener is a random-utility model: every class gets a
utility for every clip, and the class with the highest one is the answer. The utility adds up
what the clip shows (vote shares of the CREMA-D voices, and how clearly it is acted), how
everybody hears this one clip, the listener's own inclinations, and chance. Populations are
calibrated on measured facts about real listeners; `tests/unit/corpora/test_simulated.py` shows
that they reproduce them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.emotions import CLASSES, class_of
from perser_gui.errors import PerserError

Numbers = npt.NDArray[np.float64]

NEUTRAL = CLASSES.index("neutral")

_SIMULATED = "simulated"

_VOTED = ("angry", "disgusted", "fearful", "happy", "neutral", "sad")
VOICE_VOTES: dict[str, tuple[float, ...]] = {
    "angry": (0.532, 0.211, 0.051, 0.019, 0.176, 0.011),
    "disgusted": (0.121, 0.286, 0.092, 0.028, 0.377, 0.096),
    "fearful": (0.064, 0.063, 0.321, 0.030, 0.383, 0.139),
    "happy": (0.070, 0.075, 0.082, 0.290, 0.450, 0.033),
    "neutral": (0.039, 0.059, 0.050, 0.020, 0.762, 0.070),
    "sad": (0.019, 0.070, 0.116, 0.013, 0.531, 0.250),
}
"""Shares of 68,568 votes on the voices of CREMA-D (Cao et al. 2014) by what was acted; the
columns are `angry, disgusted, fearful, happy, neutral, sad`."""

_EXTRA_SHARES: dict[str, dict[str, float]] = {
    # CREMA-D knows none of these words: calm is heard much like neutral, surprise between joy
    # and fear, boredom much like neutral or sad.
    "calm": {"calm": 0.45, "neutral": 0.4, "sad": 0.1, "happy": 0.03},
    "surprised": {"surprised": 0.45, "happy": 0.15, "fearful": 0.15, "neutral": 0.17},
    "bored": {"bored": 0.45, "neutral": 0.33, "sad": 0.12, "calm": 0.06},
}
_RARE = 0.02
"""The share of a class in rows that say nothing about it."""

_OWN_WORDS: dict[str, tuple[str, ...]] = {
    "neutral": ("matter-of-fact", "plain"),
    "calm": ("tender", "at ease"),
    "happy": ("playful", "warm"),
    "sad": ("wistful", "weary"),
    "angry": ("impatient", "stern"),
    "fearful": ("tense", "unsure"),
    "disgusted": ("put off", "scornful"),
    "surprised": ("taken aback", "curious"),
    "bored": ("listless", "blasé"),
}
"""Words that no checkpoint knows, which simulated listeners may use for a class."""


@dataclass(frozen=True, kw_only=True)
class Population:
    """How a population of simulated listeners hears; utilities are in units of log odds.

    Attributes:
        votes: how much the vote shares of CREMA-D count: 1 as there, 0 not at all.
        clarity: what the acted class gets on top, in clips of full intensity.
        shared: size of what all listeners hear alike in one clip beyond its class.
        private: size of chance, anew for every listener and clip.
        neutral: mean inclination to call anything neutral.
        neutral_spread: its standard deviation between listeners.
        class_spread: standard deviation between listeners of the inclination to every class.
        confusion: largest share of one class's evidence that a listener credits to another.
        sensitivity: how strongly a weaker intensity takes evidence away, at most; the listener's
            own value lies between 0 and this.
        missing: probability that a listener has no word for a class (neutral stays).
        own_words: probability that a listener uses a word that no checkpoint knows for a class.
        cannot_tell: largest share of clips that a listener gives no emotion to.
    """

    votes: float = 1.0
    clarity: float = 0.0
    shared: float = 0.5
    private: float = 1.0
    neutral: float = 0.0
    neutral_spread: float = 0.0
    class_spread: float = 0.0
    confusion: float = 0.0
    sensitivity: float = 1.0
    missing: float = 0.0
    own_words: float = 0.0
    cannot_tell: float = 0.0

    def scaled(self, severity: float) -> Population:
        """Return a population whose listeners differ `severity` times as much from each other."""
        return replace(
            self,
            private=self.private * severity,
            neutral=self.neutral * severity,
            neutral_spread=self.neutral_spread * severity,
            class_spread=self.class_spread * severity,
            confusion=min(self.confusion * severity, 1.0),
        )


POPULATIONS: dict[str, Population] = {
    "acted": Population(
        votes=0.35,
        clarity=2.6,
        shared=1.0,
        private=0.75,
        neutral=0.2,
        neutral_spread=0.7,
        class_spread=0.55,
        confusion=0.4,
    ),
    "crema-d": Population(votes=1.0, shared=0.7, private=0.7, class_spread=0.3, neutral_spread=0.4),
    "natural": Population(
        votes=0.8,
        shared=0.9,
        private=1.2,
        neutral=1.9,
        neutral_spread=2.5,
        class_spread=0.9,
        confusion=0.4,
    ),
}
"""Populations by the facts they are calibrated on: `acted` (three raters of 800 acted clips:
kappa .57 to .71), `crema-d` (vote shares of its voices), `natural` (26 raters of unacted speech:
share of neutral .03 to .94, agreement .13 to .51)."""


@dataclass(frozen=True)
class Habits:
    """One simulated listener: inclinations [C], mixing of evidence [C, C], and their words."""

    name: str
    inclination: Numbers
    mixing: Numbers
    sensitivity: float
    cannot_tell: float
    words: tuple[str | None, ...]


def simulate_listeners(
    tables: Sequence[RatingsTable],
    *,
    listeners: int,
    ratings: int,
    severity: float = 1.0,
    seed: int = 0,
    population: Population | str = "acted",
) -> list[RatingsTable]:
    """Let simulated listeners rate the clips of acted corpora; the same seed, the same ratings.

    Every listener `simulated-001`, ... rates `ratings` clips, in equal parts of every table as
    far as it has them. The tables returned have the files, speakers and roots of those given.
    The people of another seed are others, and have other names (see `simulated_name`).
    `severity` 0 makes everybody hear alike; 1 is as far apart as the population's real raters.

    Raises:
        PerserError: for an unknown population, or a table without any class that is known.
    """
    people = _population(population).scaled(severity)
    habits = [
        replace(
            draw_habits(people, simulated_name(number), seed), name=simulated_name(number, seed)
        )
        for number in range(1, listeners + 1)
    ]
    share = max(1, -(-ratings // max(len(tables), 1)))
    simulated = []
    for number, table in enumerate(tables):
        shown, rows = _shown(table)
        shared = _shared_evidence(table, rows, people)
        heard: list[RatingRow] = []
        for place, each in enumerate(habits):
            random = np.random.default_rng([seed, 2, number, place])
            chosen = np.sort(random.permutation(len(rows))[:share])
            heard += _rate(each, people, shown[chosen], shared[chosen], rows, chosen, random)
        note = f"The ratings of {table.source or 'this table'} are simulated: nobody heard them."
        simulated.append(RatingsTable(tuple(heard), table.root, table.source, (note,)))
    return simulated


def simulated_name(number: int, seed: int = 0) -> str:
    """Return what the `number`-th simulated listener of a seed is called.

    >>> simulated_name(7), simulated_name(7, seed=3)
    ('simulated-007', 'simulated-3-007')
    """
    return f"{_SIMULATED}-{number:03d}" if seed == 0 else f"{_SIMULATED}-{seed}-{number:03d}"


def is_simulated(listener: str) -> bool:
    """Return whether a listener is simulated, which their name says wherever it goes."""
    return listener.startswith(_SIMULATED)


def draw_habits(population: Population, name: str, seed: int = 0) -> Habits:
    """Return one listener of a population; the name and the seed decide."""
    random = np.random.default_rng([seed, 1, *_key(name)])
    count = len(CLASSES)
    inclination = population.class_spread * random.standard_normal(count)
    inclination[NEUTRAL] += population.neutral + population.neutral_spread * random.normal()
    mixing = np.eye(count)
    first, second = random.permutation(count)[:2]
    mixing[first, second] = population.confusion * random.random()
    missing = random.random(count) < population.missing
    missing[NEUTRAL] = False
    strange = random.random(count) < population.own_words
    pick = random.integers(0, 2, count)
    words = tuple(
        None if missing[c] else _OWN_WORDS[word][pick[c]] if strange[c] else word
        for c, word in enumerate(CLASSES)
    )
    return Habits(
        name=name,
        inclination=inclination,
        mixing=mixing,
        sensitivity=population.sensitivity * float(random.random()),
        cannot_tell=population.cannot_tell * float(random.random()),
        words=words,
    )


def log_shares() -> Numbers:
    """Return log vote shares [acted, heard] over `CLASSES`, CREMA-D's where it knows the word."""
    shares = np.full((len(CLASSES), len(CLASSES)), _RARE)
    for acted, row in VOICE_VOTES.items():
        for word, share in zip(_VOTED, row, strict=True):
            shares[CLASSES.index(acted), CLASSES.index(word)] = share
    for acted, known in _EXTRA_SHARES.items():
        for word, share in known.items():
            shares[CLASSES.index(acted), CLASSES.index(word)] = share
    logs: Numbers = np.log(shares / shares.sum(1, keepdims=True))
    return logs


def _population(population: Population | str) -> Population:
    if isinstance(population, Population):
        return population
    if population not in POPULATIONS:
        raise PerserError(
            f"There is no population of simulated listeners “{population}”; "
            f"please use one of {', '.join(POPULATIONS)}."
        )
    return POPULATIONS[population]


def _shown(table: RatingsTable) -> tuple[npt.NDArray[np.int64], list[RatingRow]]:
    """Return what was acted [N] and the rows, one per clip, of clips with a known class."""
    acted, rows = [], []
    for row in {row.file: row for row in reversed(table.rows)}.values():
        name = class_of(row.emotions[0]) if row.emotions else None
        if name is not None:
            acted.append(CLASSES.index(name))
            rows.append(row)
    if not rows:
        raise PerserError(
            f"{table.source or 'The table'} has no clip with one of the words "
            f"{', '.join(CLASSES)}, so that nobody can be simulated to hear it."
        )
    order = sorted(range(len(rows)), key=lambda i: rows[i].file)
    return np.array([acted[i] for i in order], dtype=np.int64), [rows[i] for i in order]


def _shared_evidence(table: RatingsTable, rows: Sequence[RatingRow], people: Population) -> Numbers:
    """Return what everybody hears alike in every clip beyond its class, [N, C].

    It hangs on the clip alone, so that other listeners of another run hear it too.
    """
    return np.stack(
        [
            people.shared
            * np.random.default_rng(_key(f"{table.source}/{row.file}")).gumbel(size=len(CLASSES))
            for row in rows
        ]
    )


def _rate(
    habits: Habits,
    people: Population,
    acted: npt.NDArray[np.int64],
    shared: Numbers,
    rows: Sequence[RatingRow],
    chosen: npt.NDArray[np.int64],
    random: np.random.Generator,
) -> list[RatingRow]:
    evidence = people.votes * log_shares()[acted]
    evidence[np.arange(len(acted)), acted] += people.clarity
    strength = np.array([rows[i].intensity if rows[i].intensity else 1.0 for i in chosen])
    strength = np.clip(strength, 0.0, 1.0) ** habits.sensitivity
    middle = evidence.mean(1, keepdims=True)
    evidence = middle + (evidence - middle) * strength[:, None]
    utility = (evidence + shared) @ habits.mixing + habits.inclination
    utility = utility + people.private * random.gumbel(size=utility.shape)
    utility[:, _absent(habits, acted)] = -np.inf
    answers = utility.argmax(1)
    blank = random.random(len(answers)) < habits.cannot_tell
    rated = []
    for place, index in enumerate(chosen):
        word = habits.words[answers[place]]
        emotions = () if blank[place] or word is None else (word,)
        rated.append(replace(rows[index], listener=habits.name, emotions=emotions, intensity=None))
    return rated


def _absent(habits: Habits, acted: npt.NDArray[np.int64]) -> npt.NDArray[np.bool_]:
    """Return which classes are no answer: no word for them, or not offered with these clips.

    Listeners of acted speech choose among the words of the corpus.
    """
    offered = np.isin(np.arange(len(CLASSES)), acted)
    worded = np.array([word is not None for word in habits.words])
    kept = offered & worded
    return ~kept if kept.any() else ~offered


def _key(text: str) -> list[int]:
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
    return [int.from_bytes(digest[i : i + 4], "big") for i in (0, 4, 8)]
