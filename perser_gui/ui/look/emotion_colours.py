"""The colour of an emotion word."""

from __future__ import annotations

from perser_gui.emotions import COLOURS, EmotionSet, class_of
from perser_gui.ui.look import theme


def colour_of(emotions: EmotionSet, word: str) -> str:
    """Return the colour of a word, also of one that left the listener's set."""
    emotion = emotions.find(word)
    if emotion is not None:
        return emotion.colour
    return COLOURS.get(class_of(word) or "", theme.tokens().muted)
