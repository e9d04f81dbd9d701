"""A row of buttons that say less, or step aside, where there is too little room for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QSizePolicy, QToolButton, QWidget

from perser_gui.ui.widgets.basics import DirectedLabel, Item, row


@runtime_checkable
class Shortening(Protocol):
    """A widget that knows by itself how to do with less room."""

    def shorten(self, less: bool) -> None:
        """Do with less room, or with as much as it likes."""


@dataclass(frozen=True)
class Less:
    """What a widget of a row gives up: its text for a shorter one, or all of itself (None).

    What can `shorten` by itself does so instead.
    """

    widget: QWidget
    short: str | None = None


class Line(DirectedLabel):
    """A text on one line, on several where a row is too narrow for that."""

    def __init__(self, text: str, role: str) -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("role", role)

    def shorten(self, less: bool) -> None:
        """Use several lines, or one."""
        self.setWordWrap(less)


class ShrinkingRow(QWidget):
    """A row; `less` says what is given up for want of room, the first thing first.

    What steps aside must be reached in another way as well, such as by a key.
    """

    def __init__(
        self, *items: Item, less: Sequence[Less] = (), gap: float = 8, wide: int | None = None
    ) -> None:
        super().__init__()
        self._fitted = -1
        self._adjusting = False
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self._less: list[Less] = []
        self._widgets: list[QWidget] = []
        self._aside: set[QWidget] = set()
        if items:
            self.fill(*items, less=less, gap=gap, wide=wide)

    def fill(
        self, *items: Item, less: Sequence[Less] = (), gap: float = 8, wide: int | None = None
    ) -> None:
        """Put the parts in; once. The one at `wide` takes the room that is left."""
        self._less = list(less)
        self._long = {one.widget: _text(one.widget) for one in self._less}
        self._widgets = [item for item in items if isinstance(item, QWidget)]
        line = row(*items, gap=gap, wide=wide)
        self._line, self._gap = line, line.spacing()
        self.setLayout(line)
        for widget in self._widgets:
            widget.installEventFilter(self)

    def say(self, widget: QWidget, text: str) -> None:
        """Give a button another text for when there is room."""
        self._long[widget] = text
        self.adjust()

    def adjust(self) -> None:
        """Give up as much as has to be, and no more."""
        if self._adjusting:
            return
        self._adjusting = True
        try:
            self._adjust()
        finally:
            self._adjusting = False

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Fit again when somebody else shows or hides a part."""
        if event.type() in (QEvent.Type.ShowToParent, QEvent.Type.HideToParent):
            self.adjust()
        return super().eventFilter(watched, event)

    def _adjust(self) -> None:
        self._fitted = self.width()
        for one in self._less:
            if isinstance(one.widget, Shortening):
                one.widget.shorten(False)
            _write(one.widget, self._long[one.widget])
            if one.widget in self._aside:
                self._aside.discard(one.widget)
                one.widget.show()
        for one in self._less:
            if self._wanted() <= self.width():
                break
            if isinstance(one.widget, Shortening):
                one.widget.shorten(True)
            elif one.short is None:
                if not one.widget.isHidden():
                    self._aside.add(one.widget)
                    one.widget.hide()
            else:
                _write(one.widget, one.short)

    def _wanted(self) -> int:
        shown = [w for w in self._widgets if not w.isHidden()]
        widths = [max(w.sizeHint().width(), w.minimumWidth()) for w in shown]
        return sum(widths) + self._gap * (len(widths) + 1)

    def minimumSizeHint(self) -> QSize:  # noqa: N802
        """As high as its widgets; it copes with any width that is sensible."""
        return QSize(0, self._line.minimumSize().height())

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fit into another width."""
        super().resizeEvent(event)
        if self.width() != self._fitted:
            self.adjust()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Fit again with another size of text."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.adjust()


def _text(widget: QWidget) -> str:
    return widget.text() if isinstance(widget, QAbstractButton) else ""


def _write(widget: QWidget, text: str) -> None:
    if not isinstance(widget, QAbstractButton) or widget.text() == text:
        return
    widget.setText(text)
    if isinstance(widget, QToolButton):
        style = Qt.ToolButtonStyle
        widget.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if text else style.ToolButtonIconOnly
        )
