"""The words of a listener as they are typed: by first letters, or by their number."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

from perser_gui.emotions import EmotionSet

MOST_LETTERS = 3
"""A word that needs more first letters than this to be told apart shows its number instead."""


def plain(text: str) -> str:
    """Return a text as it is compared: without case and accents.

    >>> plain("Écœuré ")
    'ecœure'
    """
    return flat(text.strip())


def flat(text: str) -> str:
    """Return a text without case and accents, with its spaces."""
    spread = unicodedata.normalize("NFKD", text.casefold())
    return "".join(sign for sign in spread if not unicodedata.combining(sign))


def matching(words: Sequence[str], typed: str) -> list[str]:
    """Return the words that begin with what was typed, or whose number does.

    >>> matching(("calm", "sad", "content"), "c"), matching(("calm", "sad"), "2")
    (['calm', 'content'], ['sad'])
    """
    wanted = plain(typed)
    if not wanted:
        return list(words)
    found = [word for word in words if plain(word).startswith(wanted)]
    if not found and wanted.isdecimal():
        found = [word for n, word in enumerate(words, start=1) if str(n).startswith(wanted)]
    return found


def meant(words: Sequence[str], typed: str) -> str | None:
    """Return the word that Enter takes: the one that was typed in full, or the first that fits.

    >>> meant(("sadness", "sad"), "sad"), meant(("calm", "sad"), "x")
    ('sad', None)
    """
    if not plain(typed):
        return None
    found = matching(words, typed)
    whole = [word for word in found if plain(word) == plain(typed)]
    numbered = [word for word in found if str(words.index(word) + 1) == plain(typed)]
    return next(iter([*whole, *numbered, *found]), None)


def keys_of(emotions: EmotionSet, leader: str = "") -> list[str]:
    """Return what to press for each word: its key, or after the `leader` a few letters.

    Without a leader, words that have no key of their own show the letters alone.

    >>> keys_of(EmotionSet.of([*"abcdefghi", "joy", "jealous", "proud"]), "W")[8:]
    ['9', 'W jo', 'W je', 'W p']
    """
    before = f"{leader} " if leader else ""
    return [
        key or before + _letters_of(emotions.words, place)
        for place, key in enumerate(emotions.keys)
    ]


def _letters_of(words: Sequence[str], place: int) -> str:
    letters = plain(words[place])
    for count in range(1, MOST_LETTERS + 1):
        if matching(words, letters[:count]) == [words[place]]:
            return letters[:count]
    return str(place + 1)
