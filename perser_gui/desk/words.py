"""Which of a listener's present words an earlier rating stands for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.records import Rating


def present_words(
    words: Iterable[str], emotions: EmotionSet, renamed: Sequence[tuple[str, str]] = ()
) -> tuple[str, ...]:
    """Return the words of `emotions` that the words of a rating stand for now, each once.

    What a word stands for says `EmotionSet.meaning`; words that stand for none are left out.

    >>> present_words(("Anger", "wistful"), EmotionSet.of(("angry", "sad")))
    ('angry',)
    """
    found = (emotions.meaning(word, renamed) for word in words)
    return tuple(dict.fromkeys(emotion.word for emotion in found if emotion is not None))


def said_now(
    words: Iterable[str], emotions: EmotionSet, renamed: Sequence[tuple[str, str]] = ()
) -> tuple[str, ...]:
    """Return what a rating says in present words; a word that is gone stays as it was said.

    >>> said_now(("Anger", "wistful"), EmotionSet.of(("angry", "sad")))
    ('angry', 'wistful')
    """
    said = (present_words((word,), emotions, renamed) or (word,) for word in words)
    return tuple(dict.fromkeys(word for one in said for word in one))


def in_words(rating: Rating, words_of: Callable[[str], str | None]) -> Rating:
    """Return a rating in other words; those that become none are left out, with their share.

    >>> rating = Rating(1, 1, "ab12", "emotion", ("joy", "glee", "fear"), shares=(0.5, 0.1, 0.4))
    >>> said = in_words(rating, {"joy": "happy", "glee": "happy"}.get)
    >>> said.emotions, said.shares
    (('happy',), ())
    """
    amounts: dict[str, float] = {}
    shares = rating.shares or (1.0,) * len(rating.emotions)
    for word, share in zip(rating.emotions, shares, strict=True):
        other = words_of(word)
        if other is not None:
            amounts[other] = amounts.get(other, 0.0) + share
    total = sum(amounts.values())
    kept = tuple(a / total for a in amounts.values()) if rating.shares and total > 0 else ()
    return replace(rating, emotions=tuple(amounts), shares=kept if len(kept) > 1 else ())


def spelled(words: Iterable[str], emotions: EmotionSet, listener: str) -> tuple[str, ...]:
    """Return words in the spelling of the listener's set.

    Raises:
        PerserError: for a word that is not in the set.
    """
    result = []
    for word in words:
        emotion = emotions.find(word)
        if emotion is None:
            raise PerserError(
                f"“{word}” is not one of the emotions of {listener} "
                f"({', '.join(emotions.words)}); please add it to them first."
            )
        result.append(emotion.word)
    return tuple(dict.fromkeys(result))


def renamed_words(before: EmotionSet, after: EmotionSet) -> dict[str, str]:
    """Return what was renamed between two sets, old word to new word.

    A word was renamed when it is gone and a new one has its colour and its classes.

    >>> words = EmotionSet.of(("happy", "sad"))
    >>> renamed_words(words, words.renamed("happy", "joy"))
    {'happy': 'joy'}
    """
    gone = [e for e in before.emotions if after.find(e.word) is None]
    new = {(e.colour, e.sources): e.word for e in after.emotions if before.find(e.word) is None}
    return {e.word: new[(e.colour, e.sources)] for e in gone if (e.colour, e.sources) in new}


def check_words(emotions: EmotionSet) -> None:
    """Refuse words that a table could not hold.

    Raises:
        PerserError: for a word with a semicolon or control characters, or a very long one.
    """
    for word in emotions.words:
        if ";" in word or not word.isprintable() or len(word) > 100:
            raise PerserError(
                f"The emotion “{word[:40]}” cannot be used; please keep it under 100 characters, "
                "without semicolons."
            )
