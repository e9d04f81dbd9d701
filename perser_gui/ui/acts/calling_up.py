"""Finding one of many things by a few letters of what it is called."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from perser_gui.bidi import bare

SLICE = 400
"""Things looked at in one go: some milliseconds of work."""

MOST = 80
"""Things that are found at most."""

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
        """What is searched in, without letter case."""
        return bare(f"{self.title} {self.kind} {self.also}").rstrip().casefold()


def score(words: Sequence[str], text: str) -> float | None:
    """Return how well a folded text goes with folded words; None if one of them is not in it.

    A word may be a beginning, a part, the initials, or letters of the text in their order;
    the better it fits, the higher the score, most of all if the words stand together.

    >>> score(["exp"], "export predictions action") > score(["exp"], "the next person clip")
    True
    >>> score(["ep"], "export predictions action") is not None
    True
    >>> score(["xyz"], "export predictions action") is None
    True
    """
    total = -0.02 * len(text) if words else 0.0
    for word in words:
        found = _fit(word, text)
        if found is None:
            return None
        total += found
    together = len(words) > 1 and " ".join(words) in text
    return total + 50.0 if together else total


def _fit(word: str, text: str) -> float | None:
    place = text.find(word)
    if place == 0 or (text[:1] == word[0] and text.replace(" ", "").startswith(word)):
        return 100.0  # "backup" is the beginning of "back up"
    if place > 0:
        return 80.0 if not text[place - 1].isalnum() or f" {word}" in text else 60.0
    initials = "".join(part[0] for part in text.split())
    if word in initials:
        return 50.0 if initials.startswith(word) else 40.0
    start = first = text.find(word[0])
    for letter in word:
        start = text.find(letter, start)
        if start < 0:
            return None
        start += 1
    return max(1.0, 30.0 - (start - first - len(word)))


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
            begin = end
            yield

    @property
    def found(self) -> list[Thing]:
        """The best ones so far; equally good ones in their order."""
        return [self._all.things[-place] for _, place in sorted(self._hits, reverse=True)]
