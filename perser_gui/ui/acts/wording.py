"""Clips, times and ratings in words, the same wherever they are shown or spoken."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from perser_gui.bidi import isolated
from perser_gui.paths import shown
from perser_gui.records import NO_CLEAR_WORD, UNSURE, Clip, Rating, Span

if TYPE_CHECKING:
    from perser_gui.desk import OpenedClips


HIDDEN = "hidden until you label it"
"""What stands in the place of a prediction while its clip is labelled blind."""


def shorter(said: str) -> str:
    """Return what a model says of a clip for a place that has too little room for all of it.

    >>> shorter("calm (unsure)"), shorter("no clear word"), shorter("calm")
    ('calm ?', 'unclear', 'calm')
    """
    return "unclear" if said == NO_CLEAR_WORD else said.replace(f" ({UNSURE})", " ?")


MOST_NAMED = 3
"""Emotions that are named where several lack examples."""


def lacking_text(words: Sequence[str], counts: Mapping[str, int]) -> str:
    """Say which emotions (emptiest first) have no example yet, or few; at most a few by name.

    >>> lacking_text(["sad", "calm", "happy"], {"sad": 0, "calm": 0, "happy": 1})
    'No example yet: sad, calm'
    """
    without = [word for word in words if not counts[word]]
    told = without or list(words)
    shown = told[:MOST_NAMED] if len(told) > MOST_NAMED + 1 else told
    named = ", ".join(isolated(word) for word in shown)
    more = f" and {len(told) - len(shown)} more" if len(shown) < len(told) else ""
    return f"{'No example yet' if without else 'Few examples'}: {named}{more}"


def counted(count: int, one: str) -> str:
    """Return a number with what is counted, one of which is called `one`.

    >>> counted(1, "clip"), counted(1200, "clip")
    ('1 clip', '1,200 clips')
    """
    return f"{count:,} {one}{'s' if count != 1 else ''}"


def sieve_text(text: str, *filters: str) -> str:
    """Say which search and which filters (empty: none) let only some clips through.

    >>> sieve_text("anna"), sieve_text("", "With your label", "calm")
    ('the search “anna”', 'the filters “With your label” and “calm”')
    >>> sieve_text(" anna ", "With your label", "")
    'the search “anna” and the filter “With your label”'
    """
    named = [f"“{isolated(one)}”" for one in filters if one]
    parts = [f"the search “{isolated(text.strip())}”"] if text.strip() else []
    if named:
        parts.append(f"the filter{'s' if len(named) > 1 else ''} {' and '.join(named)}")
    return " and ".join(parts)


def duration_text(seconds: float) -> str:
    """Return a duration as people read it.

    >>> duration_text(3.21), duration_text(75.0)
    ('3.2 s', '1:15')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def length_text(seconds: float) -> str:
    """Return how long a stretch is, to the millisecond.

    >>> length_text(0.0834), length_text(2.5), length_text(75.25)
    ('83 ms', '2.500 s', '1:15.250')
    """
    thousandths = round(1000 * seconds)
    if thousandths < 1000:
        return f"{thousandths} ms"
    if thousandths < 60_000:
        return f"{thousandths / 1000:.3f} s"
    minutes, rest = divmod(thousandths, 60_000)
    return f"{minutes}:{rest / 1000:06.3f}"


def clock_text(seconds: float) -> str:
    """Return a time in a recording to the tenth of a second.

    >>> clock_text(64.21), clock_text(3725.0)
    ('1:04.2', '1:02:05.0')
    """
    minutes, tenths = divmod(round(10 * seconds), 600)
    hours, minutes = divmod(minutes, 60)
    rest = f"{tenths // 10:02d}.{tenths % 10}"
    return f"{hours}:{minutes:02d}:{rest}" if hours else f"{minutes}:{rest}"


def span_text(span: Span) -> str:
    """Return where an utterance lies in its recording.

    >>> span_text(Span(64.2, 68.0, 90.0))
    '1:04.2 – 1:08.0'
    """
    return f"{clock_text(span.start)} – {clock_text(span.end)}"


def clip_name(clip: Clip) -> str:
    """Return the name of a clip: that of its file, with its channel and an utterance's times."""
    name = isolated(shown(clip.path.name))
    if clip.channel is not None:
        name += f"  channel {clip.channel}"
    return name if clip.span is None else f"{name}  {span_text(clip.span)}"


def label_fact(rating: Rating | None) -> str:
    """Return how a clip is labelled and what was said beside the words.

    >>> label_fact(Rating(1, 1, "ab12", "emotion", ("sad",), 4.0, note="quiet", blind=True))
    'your label: sad, intensity 4, made blind, note: quiet'
    """
    if rating is None:
        return "no label yet"
    parts = [f"your label: {shares_text(rating)}"]
    if rating.intensity is not None:
        parts.append(f"intensity {rating.intensity:g}")
    if rating.blind:
        parts.append("made blind")
    if rating.note:
        parts.append(f"note: {isolated(rating.note)}")
    return ", ".join(parts)


def shares_text(rating: Rating) -> str:
    """Return a rating in words, with how much of each was heard where that was said.

    >>> shares_text(Rating(1, 1, "ab12", "emotion", ("happy", "sad"), shares=(0.7, 0.3)))
    'happy 70 % + sad 30 %'
    """
    if not rating.shares:
        return rating_text(rating)
    pairs = zip(rating.emotions, rating.shares, strict=True)
    return " + ".join(f"{isolated(word)} {100 * share:.0f} %" for word, share in pairs)


def rating_text(rating: Rating | None) -> str:
    """Return a rating in words, empty for none."""
    if rating is None:
        return ""
    return {"cant-tell": "can't tell", "skip": "skipped"}.get(
        rating.answer, " + ".join(isolated(word) for word in rating.emotions)
    )


def problems_sentence(opened: OpenedClips) -> tuple[str, str] | None:
    """Say (tone, sentence) what could not be read or is not as one might think, if anything."""
    problems, warnings = list(opened.problems), list(opened.warnings)
    said = []
    if problems:
        more = f" {len(problems) - 1} more could not be read." if len(problems) > 1 else ""
        said.append(problems[0] + more)
    if warnings:
        more = f" ({len(warnings) - 1} more)" if len(warnings) > 1 else ""
        said.append(warnings[0] + more)
    if not opened.clips and not said:
        said.append("No sound or video was found there.")
    return ("warning" if problems else "info", " ".join(said)) if said else None


def added_sentence(opened: OpenedClips, new: Sequence[Clip]) -> str:
    """Say how many of the opened clips are new on the list, and as how many voices they count."""
    cut = _cut_sentence(opened)
    if cut or not opened.clips:
        return " ".join(cut)
    count = len(new or opened.clips)
    what = "1 clip" if count == 1 else f"{count:,} clips"
    if not new:
        return f"{what} on the list already."
    said = f"{what} added"
    voices = len({clip.voice for clip in opened.clips})
    if len(opened.clips) < 2:
        return f"{said}."
    many = "one voice" if voices == 1 else f"{voices:,} voices"
    if voices_guessed(opened.clips):
        some = any(clip.speaker is not None for clip in opened.clips)
        which, they = ("some of them", "all") if some else ("them", "they")
        return f"{said}. Nothing says who speaks in {which}: {they} are taken as {many}."
    return f"{said}, taken as {many}, as is known of them."


def voices_guessed(clips: Sequence[Clip]) -> bool:
    """Whether it is a guess that clips are of one voice: nobody said who speaks in them."""
    unknown = [clip for clip in clips if clip.speaker is None and clip.span is None]
    return len(unknown) > 1


def _cut_sentence(opened: OpenedClips) -> list[str]:
    parts = [clip for clip in opened.clips if clip.span is not None]
    recordings = {clip.recording for clip in parts}
    if not parts:
        return []
    name = (
        isolated(parts[0].path.name) if len(recordings) == 1 else f"{len(recordings):,} recordings"
    )
    many = "utterance was" if len(parts) == 1 else "utterances were"
    return [
        f"{len(parts):,} {many} added from {name}, each to be labelled by itself. The timeline "
        "shows where they lie."
    ]
