"""What the lanes of a timeline show of an utterance: plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LaneMark:
    """One utterance in one lane: its words and colour; `own` if the listener said it."""

    text: str
    words: tuple[str, ...]
    colour: str
    own: bool = False


@dataclass(frozen=True)
class LaneUtterance:
    """What the timeline shows of a clip: from `start` to `end` (s), your mark and everyone's."""

    content: str
    start: float
    end: float
    you: LaneMark | None
    generic: LaneMark | None

    @property
    def differs(self) -> bool:
        """Whether the two lanes name another emotion."""
        if self.you is None or self.generic is None:
            return False
        if not self.you.words or not self.generic.words:
            return False
        return self.generic.words[0] not in self.you.words
