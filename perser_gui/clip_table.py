"""Long lists of clips, quick to read: columns as the store holds them; each clip made when asked.

A hundred thousand clips take as long as their columns do to read. Names to search and the order of
the alphabet are worked out once for all clips, when they are first needed or `prepared`.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt

from perser_gui.records import IDENTITY, Clip, Rating, Span

Facts = tuple[Any, ...]
"""Content, path, seconds, speaker, source, synthetic, and start, end and length of its span.

Paths and sources that are no valid text are bytes.
"""
_CONTENT, _PATH, _SECONDS, _SPEAKER, _SOURCE, _START = 0, 1, 2, 3, 4, 6


@dataclass(frozen=True)
class ClipRow:
    """A clip on the list, what a listener said about it, and whether its file is gone."""

    clip: Clip
    rating: Rating | None = None
    missing: bool = False


def clip_of(facts: Facts) -> Clip:
    """Return the clip of these facts."""
    content, path, seconds, speaker, source, synthetic, start, end, of = facts
    span = None if start is None else Span(start, end, of)
    return Clip(content, _path(path), seconds, speaker, text_of(source), bool(synthetic), span)


def text_of(stored: str | bytes) -> str:
    """Return a path as text, also one that is no valid text."""
    return os.fsdecode(stored)


@lru_cache(maxsize=1 << 16)
def _path(stored: str | bytes) -> Path:
    """Return a path; taking paths apart is most of the time of reading a long list."""
    return Path(text_of(stored))


class ClipColumns(Sequence[Clip]):
    """Clips in an order, each made when it is asked for; equal to any list of the same clips."""

    def __init__(self, facts: Sequence[Facts]) -> None:
        self.facts = facts
        self._made: dict[int, Clip] = {}

    @classmethod
    def of(cls, clips: Iterable[Clip]) -> ClipColumns:
        """Return clips that are made already."""
        given = list(clips)
        columns = cls([_facts(clip) for clip in given])
        columns._made = dict(enumerate(given))
        return columns

    def __len__(self) -> int:
        return len(self.facts)

    @overload
    def __getitem__(self, place: int) -> Clip: ...

    @overload
    def __getitem__(self, place: slice) -> list[Clip]: ...

    def __getitem__(self, place: int | slice) -> Clip | list[Clip]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if place < 0:
            place += len(self)
        made = self._made.get(place)
        if made is None:
            made = self._made[place] = clip_of(self.facts[place])
        return made

    def __iter__(self) -> Iterator[Clip]:
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        if isinstance(other, ClipColumns):
            return self is other or self.facts is other.facts or self.facts == other.facts
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    @cached_property
    def contents(self) -> list[str]:
        """The identities of all clips."""
        return [one[_CONTENT] for one in self.facts]

    @cached_property
    def paths(self) -> list[str]:
        """The paths of all clips, as text."""
        return [p if isinstance(p := one[_PATH], str) else text_of(p) for one in self.facts]

    @cached_property
    def spoken(self) -> list[int]:
        """The places of the utterances of recordings."""
        return [place for place, one in enumerate(self.facts) if one[_START] is not None]

    def recording(self, place: int) -> str:
        """Return the recording of a clip."""
        return IDENTITY.split(self.facts[place][_CONTENT], maxsplit=1)[0]

    def together(self) -> ClipColumns:
        """Return the same clips, but the utterances of each recording together, by time.

        They stand where the first of them stood.
        """
        parts: dict[str, list[int]] = {}
        for place in self.spoken:
            parts.setdefault(self.recording(place), []).append(place)
        if not parts:
            return self
        facts, ordered = self.facts, list[int]()
        for place, one in enumerate(facts):
            if one[_START] is None:
                ordered.append(place)
            elif own := parts.pop(self.recording(place), None):
                ordered += sorted(own, key=lambda part: facts[part][_START])
        if ordered == list(range(len(facts))):
            return self
        return ClipColumns([facts[place] for place in ordered])


class ClipTable(Sequence[ClipRow]):
    """The clips on the list of a listener, in columns; equal to any list of the same rows."""

    def __init__(
        self,
        clips: ClipColumns,
        ratings: Mapping[str, Rating] | None = None,
        missing: Collection[int] = (),
    ) -> None:
        """Take clips, what was said about them, and the places of those whose files are gone."""
        self.clips = clips
        self.missing = frozenset(missing)
        self._ratings = ratings or {}

    @classmethod
    def of(cls, rows: Iterable[ClipRow]) -> ClipTable:
        """Return rows as a table; a table as it is."""
        if isinstance(rows, cls):
            return rows
        given = list(rows)
        return cls(
            ClipColumns.of(row.clip for row in given),
            {row.clip.content: row.rating for row in given if row.rating is not None},
            [place for place, row in enumerate(given) if row.missing],
        )

    def __len__(self) -> int:
        return len(self.clips)

    @overload
    def __getitem__(self, place: int) -> ClipRow: ...

    @overload
    def __getitem__(self, place: slice) -> list[ClipRow]: ...

    def __getitem__(self, place: int | slice) -> ClipRow | list[ClipRow]:
        if isinstance(place, slice):
            return [self[i] for i in range(*place.indices(len(self)))]
        if place < 0:
            place += len(self)
        clip = self.clips[place]
        return ClipRow(clip, self._ratings.get(clip.content), place in self.missing)

    def __iter__(self) -> Iterator[ClipRow]:
        return map(self.__getitem__, range(len(self)))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and list(self) == list(other)

    __hash__ = None  # type: ignore[assignment]

    def same_clips(self, other: ClipTable) -> bool:
        """Whether these are the same clips in the same places, and the same files are gone."""
        return self.missing == other.missing and self.clips == other.clips

    # -- one clip ------------------------------------------------------------------------

    @property
    def contents(self) -> list[str]:
        """The identities of all clips, in order."""
        return self.clips.contents

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each clip stands."""
        return {content: place for place, content in enumerate(self.contents)}

    def row(self, content: str | None) -> ClipRow | None:
        """Return the row of a clip, or None."""
        place = self.places.get(content) if content is not None else None
        return None if place is None else self[place]

    # -- recordings ----------------------------------------------------------------------

    @cached_property
    def recording_of(self) -> dict[str, str]:
        """The recording of each utterance; whole clips are not in it."""
        contents, recording = self.contents, self.clips.recording
        return {contents[place]: recording(place) for place in self.clips.spoken}

    @cached_property
    def parts(self) -> dict[str, list[int]]:
        """The places of the utterances of each recording, in their order."""
        found: dict[str, list[int]] = {}
        for place in self.clips.spoken:
            found.setdefault(self.recording_of[self.contents[place]], []).append(place)
        return found

    # -- columns -------------------------------------------------------------------------

    @cached_property
    def seconds(self) -> npt.NDArray[np.float64]:
        """How long each clip is, float64 [N], in seconds."""
        return np.array([one[_SECONDS] for one in self.clips.facts], float)

    @cached_property
    def starts(self) -> npt.NDArray[np.float64]:
        """Where each utterance begins, float64 [N], in seconds; 0 for whole clips."""
        starts = np.zeros(len(self))
        for place in self.clips.spoken:
            starts[place] = self.clips.facts[place][_START]
        return starts

    @cached_property
    def gone(self) -> npt.NDArray[np.bool_]:
        """Whether the file of each clip is gone, bool [N]."""
        gone = np.zeros(len(self), bool)
        gone[list(self.missing)] = True
        return gone

    @cached_property
    def names(self) -> list[str]:
        """The names of the files, in small letters."""
        return [path.rpartition(os.sep)[2].casefold() for path in self.clips.paths]

    @cached_property
    def texts(self) -> list[str]:
        """What a search looks at: name, folder, speaker and source, in small letters."""
        folders = dict[str, str]()
        sources = dict[str | bytes, str]()
        texts = []
        for facts, path, name in zip(self.clips.facts, self.clips.paths, self.names, strict=True):
            parent = path.rpartition(os.sep)[0]
            folder = folders.get(parent)
            if folder is None:
                folder = folders[parent] = Path(parent).name.casefold()
            given = facts[_SOURCE]
            source = sources.get(given)
            if source is None:
                source = sources[given] = text_of(given).casefold()
            speaker = (facts[_SPEAKER] or "").casefold()
            texts.append(f"{name}\n{folder}\n{speaker}\n{source}")
        return texts

    @cached_property
    def by_name(self) -> npt.NDArray[np.float64]:
        """Numbers, float64 [N], whose order is that of the names, and of the times under one."""
        names, count = self.names, len(self)
        order = sorted(range(count), key=names.__getitem__)
        in_order = [names[place] for place in order]
        other = np.array([False, *map(str.__ne__, in_order, in_order[1:])][:count], bool)
        ranks = np.empty(count)
        ranks[order] = np.cumsum(other)
        longest = max(float(self.starts.max(initial=0.0)), 0.0) + 1.0
        return np.asarray(ranks + self.starts / longest, float)

    def found(self) -> ClipTable:
        """Return this table, its clips ready to be found; for a worker to call."""
        _ = self.contents, self.places, self.recording_of, self.parts
        return self

    def prepared(self) -> ClipTable:
        """Return this table, ready to be searched and sorted at once; for a worker to call."""
        _ = self.found().texts, self.by_name, self.seconds, self.starts
        return self


def _facts(clip: Clip) -> Facts:
    span = clip.span
    times = (None, None, None) if span is None else (span.start, span.end, span.of)
    return (
        *(clip.content, str(clip.path), clip.seconds, clip.speaker, clip.source, clip.synthetic),
        *times,
    )
