"""Where utterances begin and end, put right by a listener, and which labels go along.

A label says how a stretch of sound was heard. When the stretch changes, it follows by these
rules (decision 28): moved borders keep it; of two halves the larger one keeps it; two stretches
that become one keep it if both had the same, or only one had any.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from perser_gui.errors import PerserError
from perser_gui.records import Clip, Rating, Span, clip_part

SHORTEST = 0.1
"""Seconds that an utterance lasts at least."""

_SLACK = 0.0005  # times are kept to the millisecond


def span_of(clip: Clip) -> Span:
    """Return where an utterance lies.

    Raises:
        PerserError: if it is a whole recording.
    """
    if clip.span is None:
        raise PerserError(
            f"{clip.path.name} is a whole recording; please cut it into utterances first."
        )
    return clip.span


def recording_of(clip: Clip) -> Clip:
    """Return the recording (or the channel of it) that an utterance is part of."""
    span = span_of(clip)
    content = clip.content.partition("@")[0]
    return replace(clip, content=content, seconds=span.of, span=None)


def part_of(clip: Clip, start: float, end: float) -> Clip:
    """Return another part of the same recording, by the same speaker."""
    return replace(
        clip_part(recording_of(clip), start, end), speaker=clip.speaker, source=clip.source
    )


def room_of(clip: Clip, clips: Sequence[Clip]) -> tuple[float, float]:
    """Return how far the borders of an utterance can move (s): to its neighbours.

    Where it overlaps with a neighbour already, that border cannot move outwards.
    """
    span = span_of(clip)
    same = clip.content.partition("@")[0]
    others = [
        one.span
        for one in clips
        if one.span is not None
        and one.content != clip.content
        and one.content.partition("@")[0] == same
    ]
    before = [min(one.end, span.start) for one in others if one.start <= span.start]
    after = [max(one.start, span.end) for one in others if one.start > span.start]
    return max(before, default=0.0), min(after, default=span.of)


def next_to(clip: Clip, clips: Sequence[Clip]) -> Clip | None:
    """Return the utterance after this one on the same channel, or None."""
    span = span_of(clip)
    same = clip.content.partition("@")[0]
    later = [
        one
        for one in clips
        if one.span is not None
        and one.content.partition("@")[0] == same
        and (one.span.start, one.span.end) > (span.start, span.end)
    ]
    return min(later, key=lambda one: one.span.start if one.span else 0.0, default=None)


def moved(clip: Clip, start: float, end: float, clips: Sequence[Clip]) -> Clip:
    """Return an utterance with other borders (s).

    Raises:
        PerserError: if it would be too short, or reach out of its room.
    """
    low, high = room_of(clip, clips)
    if end - start < SHORTEST - _SLACK:
        raise PerserError(
            f"An utterance lasts at least {1000 * SHORTEST:.0f} ms; please leave more of it."
        )
    if start < low - _SLACK or end > high + _SLACK:
        raise PerserError(
            "The border would reach into the next utterance, or out of the recording; "
            "please keep it outside, or merge the two."
        )
    return part_of(clip, max(start, low), min(end, high))


def halves(clip: Clip, at: float) -> tuple[Clip, Clip]:
    """Return the two parts of an utterance before and after a time in its recording (s).

    Raises:
        PerserError: if one of them would be too short.
    """
    span = span_of(clip)
    if not span.start + SHORTEST - _SLACK <= at <= span.end - SHORTEST + _SLACK:
        raise PerserError(
            f"Each part must last at least {1000 * SHORTEST:.0f} ms; please put the playhead "
            "further inside the utterance."
        )
    return part_of(clip, span.start, at), part_of(clip, at, span.end)


def joined(first: Clip, second: Clip) -> Clip:
    """Return one utterance from the beginning of the first to the end of the second.

    Raises:
        PerserError: if they are not parts of the same channel of the same recording.
    """
    one, other = span_of(first), span_of(second)
    if recording_of(first).content != recording_of(second).content:
        raise PerserError("Only utterances of the same recording and channel can be merged.")
    return part_of(first, min(one.start, other.start), max(one.end, other.end))


def larger(clips: Sequence[Clip]) -> Clip:
    """Return the longest of some clips, the first of several."""
    return max(clips, key=lambda clip: round(1000 * clip.seconds))


def label_of_joined(
    first: Clip, second: Clip, ratings: Mapping[str, Rating]
) -> tuple[Rating | None, bool]:
    """Return which rating two utterances keep as one, and whether that can be doubted.

    It can where both carry answers that differ; then it is that of the larger part. A clip
    that was only skipped carries none beside one that was labelled.
    """
    own = [rating for clip in (first, second) if (rating := ratings.get(clip.content)) is not None]
    said = [rating for rating in own if rating.answer != "skip"] or own[:1]
    if len(said) < 2:
        return (said[0] if said else None), False
    if (said[0].answer, set(said[0].emotions)) == (said[1].answer, set(said[1].emotions)):
        return said[0], False
    return ratings[larger((first, second)).content], True
