"""Which keys are labels, which are text, and where the keyboard goes after a click."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication

from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.shell.text_places import TextPlaces
from perser_gui.ui.widgets.callout import Callout
from perser_gui.ui.widgets.digits import alt_digit_of, digit_of
from perser_gui.ui.widgets.text_fields import edits_text, takes_text
from perser_gui.ui.widgets.typed_on import typed_on

LABELLING = ("label", "predictions", "live")
"""The views in which digits are labels."""


class Keyboard(QObject):
    """Takes the keys of the window that are no commands, before and after the commands.

    Digits label whatever the layout of the keyboard: they come before commands, since on some
    layouts the keys of the digits also type the sign of a command.
    """

    def __init__(self, window: Frame) -> None:
        super().__init__(window)
        self._window = window
        self._rest = False
        self._texts = TextPlaces(window)
        self._texts.kept.connect(self._say_kept)

    def start(self) -> None:
        """Watch where is clicked; call once the window is shown."""
        handle = self._window.windowHandle()
        if handle is not None:
            handle.installEventFilter(self)
        self._texts.start()

    def overrides(self, event: QKeyEvent) -> bool:
        """Whether a key is text or a label, and so no command."""
        self._rest = typed_on.goes_on(event)
        if self._rest:
            return True
        if takes_text(QApplication.focusWidget()):
            return edits_text(event)
        return self._digit(event) is not None or self._strength(event) is not None

    def press(self, event: QKeyEvent) -> bool:
        """Label by a digit, or move in the list; return whether the key meant that."""
        if self._rest:
            self._rest = False
            if typed_on.tell_once():
                self._say_kept()
            return True
        found = self._digit(event)
        if found is not None:
            if not event.isAutoRepeat():
                self._label(*found)
            return True
        strength = self._strength(event)
        if strength is not None:
            self._window.labelling.strength_by_key(strength)
            return True
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and self._window.view_name == "label" and not _held(event):
            self._window.workbench.move(step)
            return True
        return False

    @Slot()
    def _say_kept(self) -> None:
        """Say that a key did nothing, so that whoever meant it presses it again."""
        self._window.workbench.notice.emit(
            "info", "That key came right after a text, and did nothing. Press it again to label."
        )

    def _label(self, digit: int, second: bool) -> None:
        """Label with the word that has this digit; 0 is can't tell."""
        keys = self._window.session.emotions.keys
        if digit == 0:
            label_by_place(self._window, -1)
        elif str(digit) in keys:
            label_by_place(self._window, keys.index(str(digit)), second=second)

    def _digit(self, event: QKeyEvent) -> tuple[int, bool] | None:
        return digit_of(event) if self._window.view_name in LABELLING else None

    def _strength(self, event: QKeyEvent) -> int | None:
        return alt_digit_of(event) if self._window.view_name == "label" else None

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Take the keyboard out of a field of text when something else is clicked."""
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            field = QApplication.focusWidget()
            clicked = self._window.childAt(event.position().toPoint())
            if (
                field is not None
                and takes_text(field)
                and clicked is not None
                and clicked is not field
                and not field.isAncestorOf(clicked)
                and not takes_text(clicked)
            ):
                self._window.focus_home()
        return False


def label_by_place(window: Frame, place: int, *, second: bool = False) -> None:
    """Label what is at hand in the view that is open with the word at a place (-1: can't tell)."""
    if window.view_name == "label" and covered(window, place):
        window.workbench.notice.emit(
            "info", "The card covers that word: nothing was labelled. Esc puts the card away."
        )
        return
    label = {
        "label": window.labelling.label_by_key,
        "predictions": window.predictions.label_by_key,
        "live": window.live.label_by_key,
    }.get(window.view_name)
    if label is not None:
        label(place + 1, second=second)


def covered(window: Frame, place: int) -> bool:
    """Whether a card lies over the button of the word at a place (-1: can't tell)."""
    panel = window.label_panel
    if place >= len(panel.grid.buttons):
        return False
    button = panel.unsure if place < 0 else panel.grid.buttons[place]
    over = window.childAt(button.mapTo(window, button.rect().center()))
    while over is not None and not isinstance(over, Callout):
        over = over.parentWidget()
    return over is not None


def _held(event: QKeyEvent) -> bool:
    return bool(event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier)
