"""Emotion words: the checkpoint's classes, synonyms, and each listener's own set."""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from perser_gui.errors import PerserError

CLASSES: tuple[str, ...] = (
    "neutral",
    "calm",
    "happy",
    "sad",
    "angry",
    "fearful",
    "disgusted",
    "surprised",
    "bored",
)
"""The classes that checkpoints are trained on, in the order of their outputs.

New ones are added at the end: a checkpoint that was trained on fewer has the first of them.
"""

COLOURS: dict[str, str] = {
    "neutral": "#797C82",
    "calm": "#2996AD",
    "happy": "#F55819",
    "sad": "#656AAC",
    "angry": "#E00622",
    "fearful": "#9360FA",
    "disgusted": "#71A052",
    "surprised": "#A9857C",
    "bored": "#8B6E4A",
}
"""One colour per class; words of the listener's own take the next of `SPARE_COLOURS`.

Any two are told apart by the colour-blind too (CIEDE2000 of 9.9 and more in all three kinds), and
each stands out 3:1 from light and from dark panels: a test measures both.
"""

SPARE_COLOURS: tuple[str, ...] = ("#BA4970", "#D75B90", "#9685D7", "#81949C", "#CB1FC6", "#469161")

MOST_COLOURS = 64
"""So many words have a colour that no other one has."""


@functools.lru_cache(maxsize=1)
def spare_colours() -> tuple[str, ...]:
    """Return the colours of words beyond the classes: `SPARE_COLOURS`, then more by a rule.

    Each further one is, among those that stand out 3:1 from light and from dark panels, the one
    that is farthest (CIE 1976) from every colour before it.
    """
    steps = np.arange(0, 256, 15)
    pool = np.stack(np.meshgrid(steps, steps, steps, indexing="ij"), -1).reshape(-1, 3)
    light = _linear(pool) @ _LUMINANCE
    pool = pool[(light > 0.16) & (light < 0.29)]
    places = _lab(pool)
    fixed = [*COLOURS.values(), *SPARE_COLOURS]
    known = _lab(np.array([[int(c[i : i + 2], 16) for i in (1, 3, 5)] for c in fixed]))
    far = np.linalg.norm(places[:, None] - known[None], axis=2).min(1)
    more = []
    for _ in range(MOST_COLOURS - len(fixed)):
        best = int(far.argmax())
        more.append("#{:02X}{:02X}{:02X}".format(*pool[best]))
        far = np.minimum(far, np.linalg.norm(places - places[best], axis=1))
    return (*SPARE_COLOURS, *more)


_LUMINANCE = np.array([0.2126, 0.7152, 0.0722])


def _linear(rgb: npt.NDArray[np.int_]) -> npt.NDArray[np.float64]:
    """Return sRGB values of 0..255 [N, 3] as linear light of 0..1."""
    share = rgb / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def _lab(rgb: npt.NDArray[np.int_]) -> npt.NDArray[np.float64]:
    """Return sRGB values of 0..255 [N, 3] as CIELAB [N, 3]."""
    xyz = _linear(rgb) @ _TO_XYZ.T / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack(
        (116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])), axis=1
    )


_TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])

_SYNONYMS: dict[str, tuple[str, ...]] = {
    "neutral": ("neu", "n", "none", "no emotion", "neutral state", "neutrality", "normal"),
    "calm": ("cal", "calmness", "calmed", "relaxed", "serene", "serenity", "peaceful", "tranquil"),
    "happy": (
        "hap",
        "h",
        "happiness",
        "joy",
        "joyful",
        "glad",
        "cheerful",
        "amused",
        "amusement",
        "excited",
        "excitement",
        "exc",
        "elated",
        "elation",
        "delight",
        "delighted",
    ),
    "sad": ("s", "sadness", "sorrow", "unhappy", "unhappiness", "grief", "sorrowful"),
    "angry": (
        "ang",
        "a",
        "anger",
        "mad",
        "furious",
        "fury",
        "annoyed",
        "annoyance",
        "irritated",
        "irritation",
        "frustrated",
        "frustration",
        "fru",
        "rage",
        "hot anger",
        "cold anger",
    ),
    "fearful": (
        "fea",
        "f",
        "fear",
        "afraid",
        "scared",
        "anxious",
        "anxiety",
        "fearfulness",
        "frightened",
        "terrified",
        "terror",
        "panic",
    ),
    "disgusted": ("dis", "d", "disgust", "contempt"),
    "surprised": (
        "sur",
        "ps",
        "surprise",
        "pleasant surprise",
        "pleasantly surprised",
        "pleasant surprised",
        "astonished",
        "astonishment",
        "amazed",
        "amazement",
    ),
    # L is the letter of EMO-DB (Langeweile)
    "bored": ("bor", "b", "l", "boredom", "boring", "ennui", "uninterested", "disinterested"),
}


def normalized(word: str) -> str:
    """Return a word in the form that words are compared in (NFKC, lower case, single spaces)."""
    return " ".join(unicodedata.normalize("NFKC", word).replace("_", " ").lower().split())


_BY_WORD = {normalized(word): name for name, words in _SYNONYMS.items() for word in (name, *words)}


def class_of(word: str) -> str | None:
    """Return the class of `CLASSES` that a word is a synonym of, or None for a new word.

    >>> class_of("Anger"), class_of("wistful")
    ('angry', None)
    """
    return _BY_WORD.get(normalized(word))


def is_key(key: str) -> bool:
    """Whether a text names a key that a word can have: one printed sign but 0, or F1 to F24.

    >>> is_key("Q"), is_key("F5"), is_key("Ctrl+Q"), is_key("0")
    (True, True, False, False)
    """
    if len(key) == 1:
        return key.isprintable() and not key.isspace() and key != "0"
    return re.fullmatch("F([1-9]|1[0-9]|2[0-4])", key) is not None


@dataclass(frozen=True)
class Emotion:
    """One word of a listener: its colour, and the checkpoint classes it stands for.

    `sources` is empty for a word the checkpoint does not know, and has several
    entries for a word that merges classes. `key` is the key that the listener chose for it, as it
    is printed on it ("Q", "7", "F5"); empty: the digit of its place, if that is free.
    """

    word: str
    colour: str
    sources: tuple[str, ...] = ()
    key: str = ""


@dataclass(frozen=True)
class EmotionSet:
    """The emotion words of one listener, in their order; it gives the first nine their digits."""

    emotions: tuple[Emotion, ...]

    @classmethod
    def default(cls, classes: Sequence[str] = CLASSES) -> EmotionSet:
        """Return a checkpoint's own classes as words; by default those of new checkpoints."""
        return cls.of(classes, classes)

    @classmethod
    def of(cls, words: Iterable[str], known: Sequence[str] = CLASSES) -> EmotionSet:
        """Build a set from words, mapping synonyms onto the classes `known` to the checkpoint.

        Two words that are synonyms of one class both start from that class. A known
        class without a word is dropped: adding calm to neutral, its nearest, was measured
        to mistake more on corpora without calm clips than it saved.

        Raises:
            PerserError: for an empty set, an empty word, or a word that stands twice.
        """
        cleaned = [" ".join(word.split()) for word in words]
        seen: set[str] = set()
        for word in cleaned:
            key = normalized(word)
            if not key:
                raise PerserError("An emotion needs a name; please give the empty one a word.")
            if key in seen:
                raise PerserError(f"The emotion “{word}” stands twice; please keep one of them.")
            seen.add(key)
        if not cleaned:
            raise PerserError("An emotion set needs at least one emotion.")
        claimed = {word: class_of(word) for word in cleaned}
        spare = itertools.cycle(spare_colours())
        used: set[str] = set()
        emotions = []
        for word in cleaned:
            source = claimed[word]
            sources: tuple[str, ...] = ()
            if source is not None and source in known:
                sources = (source,)
            colour = COLOURS.get(source or "")
            if colour is None or colour in used:
                colour = next(spare)
            used.add(colour)
            emotions.append(Emotion(word, colour, sources))
        return cls(tuple(emotions))

    @property
    def words(self) -> tuple[str, ...]:
        """The words, in order."""
        return tuple(emotion.word for emotion in self.emotions)

    @functools.cached_property
    def keys(self) -> tuple[str, ...]:
        """The key of each word: the one chosen for it, else the digit of its place, if any is left.

        >>> EmotionSet((Emotion("joy", "#A67C48"), Emotion("sad", "#3B7DD8", key="1"))).keys
        ('', '1')
        """
        free = dict.fromkeys("123456789")
        found: list[str] = []
        for emotion in self.emotions:  # a key that was chosen twice is the first one's
            chosen = emotion.key.upper()
            found.append("" if chosen in found else chosen)
            free.pop(chosen, None)
        for place, key in enumerate(found):
            if not key and (digit := str(place + 1)) in free:
                found[place] = digit
        return tuple(found)

    def find(self, word: str) -> Emotion | None:
        """Return the emotion with this word (letter case and spacing do not matter), or None."""
        return self._by_word.get(normalized(word))

    def meaning(self, word: str, renamed: Sequence[tuple[str, str]] = ()) -> Emotion | None:
        """Return what a word stands for that was said earlier or by somebody else, or None.

        A word of the set stands for itself; one that was renamed (pairs of old and new, in
        order) for its latest name; any other for the set's first word of the same class.

        >>> EmotionSet.of(("joy", "sad")).meaning("Happiness").word
        'joy'
        """
        own = self.find(word)
        if own is not None:
            return own
        latest = word
        for old, new in renamed:
            if normalized(old) == normalized(latest):
                latest = new
        return self.find(latest) or self._by_class.get(class_of(latest) or "")

    def target(
        self, words: Sequence[str], shares: Sequence[float] = ()
    ) -> npt.NDArray[np.float64] | None:
        """Return what was said of a clip as a distribution [C] over the words of this set.

        Several words count alike unless `shares` weighs them. None if none of them means
        anything here.

        >>> EmotionSet.of(("joy", "sad", "calm")).target(("happy", "sad"))
        array([0.5, 0.5, 0. ])
        """
        target = np.zeros(len(self.emotions))
        for word, share in zip(words, shares or (1.0,) * len(words), strict=True):
            meant = self.meaning(word)
            if meant is not None:
                place = self._places[normalized(meant.word)]
                target[place] = target[place] + share if shares else 1.0
        total = target.sum()
        return target / total if total > 0 else None

    @functools.cached_property
    def _by_word(self) -> dict[str, Emotion]:
        return {normalized(e.word): e for e in reversed(self.emotions)}

    @functools.cached_property
    def _by_class(self) -> dict[str, Emotion]:
        """The first word that stands for each class; else the first that is a synonym of it."""
        named = {class_of(e.word) or "": e for e in reversed(self.emotions)}
        standing = {source: e for e in reversed(self.emotions) for source in e.sources}
        return {name: e for name, e in {**named, **standing}.items() if name}

    @functools.cached_property
    def _places(self) -> dict[str, int]:
        return {normalized(e.word): i for i, e in enumerate(self.emotions)}

    def known(self) -> EmotionSet:
        """Return the set whose words without a class take the one they are synonyms of, if free.

        So a listener's own word is understood once checkpoints know its class.

        >>> EmotionSet((Emotion("boredom", "#A67C48"),)).known().emotions[0].sources
        ('bored',)
        """
        taken = {source for emotion in self.emotions for source in emotion.sources}
        found = []
        for emotion in self.emotions:
            name = class_of(emotion.word)
            if not emotion.sources and name is not None and name not in taken:
                taken.add(name)
                emotion = replace(emotion, sources=(name,))
            found.append(emotion)
        return EmotionSet(tuple(found))

    def renamed(self, old: str, new: str) -> EmotionSet:
        """Return the set with one word renamed; what it stands for stays."""
        changed = tuple(
            replace(e, word=new) if normalized(e.word) == normalized(old) else e
            for e in self.emotions
        )
        EmotionSet.of(e.word for e in changed)
        return EmotionSet(changed)
