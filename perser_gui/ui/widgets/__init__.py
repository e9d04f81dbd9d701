"""The small building blocks of the window; each paints from the tokens in use."""

from perser_gui.ui.widgets.bars import CountStrip, ProbabilityBars, ScoreChange
from perser_gui.ui.widgets.basics import (
    ElidedLabel,
    IconButton,
    column,
    icon_button,
    label,
    line,
    row,
    text_button,
)
from perser_gui.ui.widgets.emotion_button import EmotionButton
from perser_gui.ui.widgets.feedback import EmptyState, SaveIndicator
from perser_gui.ui.widgets.notices import Notices
from perser_gui.ui.widgets.text_fields import SearchField

__all__ = [
    "CountStrip",
    "ElidedLabel",
    "EmotionButton",
    "EmptyState",
    "IconButton",
    "Notices",
    "ProbabilityBars",
    "SaveIndicator",
    "ScoreChange",
    "SearchField",
    "column",
    "icon_button",
    "label",
    "line",
    "row",
    "text_button",
]
