"""Finding one of many things by a few letters of what it is called."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice

from perser_gui.bidi import bare

SLICE = 400
"""Things looked at in one go: some milliseconds of work."""

MOST = 80
"""Things that are found at most."""

FEW = 5
"""Things that are found at most where letters stand scattered in them, and nothing else is."""

MOST_BEGINNINGS = 12
"""Letters of a word that may be beginnings of several; more are looked for as they stand."""

LOOSE = 4
"""Letters that stand over more than so many times their number are in no order that one sees."""

SHORT = 2
"""So few letters are looked for in titles alone: kinds of things hold nearly all of them."""

ALSO = {
    "adapt": "train personalize",
    "add-listener": "new person annotator rater",
    "backup": "save copy",
    "cutting": "segments stereo",
    "delete-listener": "remove person",
    "emotions": "add word new rename merge category",
    "export": "save csv table results",
    "export-ratings": "save csv table annotations",
    "export-blind": "save csv table annotations hidden predictions",
    "export-seen": "save csv table annotations",
    "history": "versions go back",
    "import-ratings": "csv table annotations",
    "record": "microphone",
    "restore": "restore recover",
    "settings": "preferences options",
    "shortcuts": "help",
    "suggest": "active learning",
    "theme": "night colours",
    "view-compare": "agreement kappa",
    "view-live": "microphone",
    "view-studies": "experiment participants",
}
"""Other words that a command, by its id, is looked for by."""


@dataclass(frozen=True)
class Thing:
    """Something that can be called up: an action, a view, a listener, a clip, a recent file."""

    kind: str
    title: str
    act: Callable[[], object]
    detail: str = ""
    """A key, a folder, a duration: what is shown beside the title."""
    icon: str = ""
    also: str = ""
    """Other words that it is found by."""

    @property
    def folded(self) -> str:
        """What is searched in, without letter case: its title, and below it all else."""
        return bare(f"{self.title}\n{self.kind} {self.also}").rstrip().casefold()


def score(words: Sequence[str], text: str) -> float | None:
    """Return how well a folded text goes with folded words; None if one of them is not in it.

    A word may be the beginning of one, beginnings of several in their order ("exp pr", "ep"), or a
    part; the better it fits, the higher the score, most of all if the words stand together. One or
    two letters are looked for in the title alone, and one where a word begins, except in scripts
    without capitals and among figures, where one says much.

    >>> score(["exp"], "export predictions") > score(["exp"], "an expert")
    True
    >>> score(["ep"], "export predictions") > score(["ep"], "keep")
    True
    >>> score(["xprd"], "export predictions") is None
    True
    """
    title = text.partition("\n")[0]
    total = -0.02 * len(text) if words else 0.0
    for word in words:
        found = _fit(word, text if len(word) > SHORT else title)
        if found is None:
            return None
        total += found
    together = len(words) > 1 and " ".join(words) in text
    return total + 50.0 if together else total


def scattered(words: Sequence[str], text: str) -> float | None:
    """Return how closely the letters of words stand in a title in their order; None if not so.

    The first letter of each begins a word, there are more than two of them, and they do not stand
    over more than `LOOSE` times their number.

    >>> scattered(["exprd"], "export predictions") > scattered(["exprd"], "expect a ride")
    True
    >>> scattered(["xprd"], "export predictions") is None
    True
    """
    title = text.partition("\n")[0]
    if any(_spread(word, title, 0) is None for word in words):
        return None
    total = 0.0
    for word in words:
        if (found := _fit(word, title)) is not None:
            total += found
            continue
        spans = [_spread(word, title, at.start()) for at in _beginning(word[0]).finditer(title)]
        closest = min((span for span in spans if span is not None), default=None)
        if len(word) <= SHORT or closest is None or closest > LOOSE * len(word):
            return None
        total -= closest - len(word)
    return total


def _fit(word: str, text: str) -> float | None:
    place = text.find(word)
    if place == 0 or (text[:1] == word[0] and text.replace(" ", "").startswith(word)):
        return 100.0  # "backup" is the beginning of "back up"
    inside = place
    while place > 0:
        if _begins(text, place):
            return 80.0
        place = text.find(word, place + 1)
    if 1 < len(word) <= MOST_BEGINNINGS and _spread(word, text, 0) is not None:
        found = _beginnings(word).search(text)
        if found is not None:
            return 60.0 if any(map(str.isalnum, text[: found.start()])) else 70.0
    return 40.0 if inside > 0 and (len(word) > 1 or word == word.upper()) else None


def _begins(text: str, place: int) -> bool:
    """Whether a word or a number begins at a place of a text."""
    if not text[place].isalnum():
        return False
    before = text[place - 1] if place else " "
    return not before.isalnum() or before.isdigit() != text[place].isdigit()


@lru_cache(64)
def _beginning(letter: str) -> re.Pattern[str]:
    """Return what finds a letter where a word begins."""
    return re.compile(rf"(?<![^\W_]){re.escape(letter)}")


@lru_cache(64)
def _beginnings(word: str) -> re.Pattern[str]:
    """Return what finds beginnings of words that make up a word, with at most one left out between.

    >>> bool(_beginnings("sayla").search("save all your labels"))
    True
    >>> bool(_beginnings("sals").search("save all your labels"))
    False
    """
    further = r"(?:[^\W_]*+[\W_]++(?:[^\W_]++[\W_]++)?)?"
    return re.compile(r"(?<![^\W_])" + further.join(re.escape(letter) for letter in word))


def _spread(word: str, text: str, start: int) -> int | None:
    """Return over how many letters those of a word are spread, from a place on; None if not."""
    first = text.find(word[0], start)
    place = first
    for letter in word:
        place = text.find(letter, place)
        if place < 0:
            return None
        place += 1
    return place - first


class Everything:
    """All things there are, put together only as far as somebody has looked."""

    def __init__(self, things: Iterable[Thing]) -> None:
        self._coming = iter(things)
        self.things: list[Thing] = []
        self.folded: list[str] = []

    def reach(self, count: int) -> int:
        """Put together so many things, or all; return how many there are then."""
        new = list(islice(self._coming, max(0, count - len(self.things))))
        self.things += new
        self.folded += [thing.folded for thing in new]
        return min(count, len(self.things))


class Search:
    """Looks through many things, a slice at a time, so that nobody waits for it."""

    def __init__(self, everything: Everything, text: str) -> None:
        self._all = everything
        self._words = text.casefold().split()
        self._hits: list[tuple[float, int]] = []
        self._scattered: list[tuple[float, int]] = []

    def slices(self) -> Iterator[None]:
        """Look through everything; control comes back after every slice."""
        begin = 0
        while True:
            end = self._all.reach(begin + SLICE)
            if end == begin:
                return
            for place in range(begin, end):
                value = score(self._words, self._all.folded[place])
                if value is not None:
                    self._hits.append((value, -place))
            self._hits = heapq.nlargest(MOST, self._hits)
            if not self._hits:
                self._look_closer(range(begin, end))
            begin = end
            yield

    def _look_closer(self, places: range) -> None:
        """Keep the few titles in which the letters at least follow each other."""
        for place in places:
            value = scattered(self._words, self._all.folded[place])
            if value is not None:
                self._scattered.append((value, -place))
        self._scattered = heapq.nlargest(FEW, self._scattered)

    @property
    def found(self) -> list[Thing]:
        """The best ones so far, equally good ones in their order; scattered letters if none is."""
        hits = self._hits or self._scattered
        return [self._all.things[-place] for _, place in sorted(hits, reverse=True)]
