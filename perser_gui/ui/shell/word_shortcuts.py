"""The keys that a listener chose for their words, as the window takes them."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication

from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.shell.keyboard import LABELLING, label_by_place
from perser_gui.ui.widgets.text_fields import takes_text


class WordShortcuts(QObject):
    """Labels by the keys that are no digits, in the views in which digits label.

    Digits are told by their place on the keyboard, so the window takes them itself; letters,
    signs and F-keys are what the layout makes of them. Shift adds a further word.
    """

    renewed = Signal()
    """Other keys are words now."""

    def __init__(self, window: Frame) -> None:
        super().__init__(window)
        self._window = window
        self._keys: tuple[str, ...] = ()
        self._shortcuts: list[QShortcut] = []
        window.workbench.changed.connect(self.take)
        window.view_shown.connect(self._enable)

    @property
    def keys(self) -> frozenset[str]:
        """The keys that are words here, with Shift and without, as portable key texts."""
        own = [key for key in self._keys if key and not key.isdecimal()]
        return frozenset((*own, *(f"Shift+{key}" for key in own)))

    @Slot(object)
    def take(self, changes: Changes) -> None:
        """Follow the words of the listener."""
        keys = self._window.session.emotions.keys
        if not (changes.emotions or changes.listener) or keys == self._keys:
            return
        self._keys = keys
        for old in self._shortcuts:
            old.setEnabled(False)
            old.deleteLater()
        self._shortcuts = []
        for place, key in enumerate(keys):
            if key and not key.isdecimal():
                self._add(key, place, second=False)
                self._add(f"Shift+{key}", place, second=True)
        self._enable(self._window.view_name)
        self.renewed.emit()

    def _add(self, key: str, place: int, *, second: bool) -> None:
        shortcut = QShortcut(QKeySequence(key), self._window)
        shortcut.setContext(Qt.ShortcutContext.WindowShortcut)
        shortcut.setAutoRepeat(False)
        shortcut.activated.connect(partial(self._label, place, second))
        self._shortcuts.append(shortcut)

    def _label(self, place: int, second: bool) -> None:
        if not takes_text(QApplication.focusWidget()):  # F-keys are no text, and no label there
            label_by_place(self._window, place, second=second)

    @Slot(str)
    def _enable(self, view: str) -> None:
        for shortcut in self._shortcuts:
            shortcut.setEnabled(view in LABELLING)
