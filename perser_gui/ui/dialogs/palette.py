"""The command palette: every action, view, listener, clip and recent file, by a few letters."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QEvent, QModelIndex, QObject, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QListView,
    QSizePolicy,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from perser_gui.bidi import isolated
from perser_gui.ui.acts.calling_up import Everything, Search, Thing
from perser_gui.ui.look import icons, theme
from perser_gui.ui.look.theme import FIGURES
from perser_gui.ui.widgets import SearchField, column, label
from perser_gui.ui.widgets.announcing import announce

THING = Qt.ItemDataRole.UserRole + 1


class _Found(QAbstractListModel):
    """What goes with the letters typed, best first."""

    def __init__(self) -> None:
        super().__init__()
        self.things: list[Thing] = []

    def show(self, things: Sequence[Thing]) -> None:
        self.beginResetModel()
        self.things = list(things)
        self.endResetModel()

    def rowCount(self, parent: Any = QModelIndex()) -> int:  # noqa: N802, B008
        return 0 if parent.isValid() else len(self.things)

    def data(self, index: Any, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        thing = self.things[index.row()]
        if role == THING:
            return thing
        if role == Qt.ItemDataRole.DisplayRole:
            return thing.title
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return said(thing)
        return None


def said(thing: Thing) -> str:
    """Return a thing as a screen reader says it."""
    return ", ".join(part for part in (thing.title, thing.kind, thing.detail) if part)


class _ThingDelegate(QStyledItemDelegate):
    """Draws a thing in one line: icon, title, and what it is at the right."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Any) -> QSize:  # noqa: N802
        return QSize(theme.px(200), theme.px(34))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Any) -> None:
        thing: Thing = index.data(THING)
        t = theme.tokens()
        painter.save()
        painter.setLayoutDirection(FIGURES)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = option.rect.adjusted(theme.px(4), 1, -theme.px(4), -1)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(t.accent_soft))
            painter.drawRoundedRect(box, theme.px(6), theme.px(6))
        side = theme.px(16)
        mark = icons.pixmap(thing.icon or "forward", t.muted, side)
        painter.drawPixmap(box.left() + theme.px(10), box.center().y() - side // 2, mark)
        inner = box.adjusted(theme.px(36), 0, -theme.px(12), 0)
        small = theme.font("caption")
        tail = "  ·  ".join(part for part in (thing.detail, thing.kind) if part)
        tail = QFontMetricsF(small).elidedText(
            tail, Qt.TextElideMode.ElideMiddle, inner.width() * 0.5
        )
        room = inner.width() - QFontMetricsF(small).horizontalAdvance(tail) - theme.px(12)
        painter.setFont(small)
        painter.setPen(QColor(t.muted))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignRight, tail)
        font = theme.font("body", QFont.Weight.Medium)
        painter.setFont(font)
        painter.setPen(QColor(t.text))
        title = QFontMetricsF(font).elidedText(thing.title, Qt.TextElideMode.ElideMiddle, room)
        painter.drawText(inner, middle | Qt.AlignmentFlag.AlignLeft, isolated(title))
        painter.restore()


class Palette(QDialog):
    """One line to type in and what goes with it; Enter does the thing that is marked.

    `chosen` is that thing, once it was accepted.
    """

    def __init__(self, parent: QWidget | None, things: Iterable[Thing]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Find anything")
        self.setModal(True)
        self.chosen: Thing | None = None
        self._everything = Everything(things)
        self._slices: Any = iter(())
        self._search = Search(self._everything, "")
        self.field = SearchField("An action, a clip, a listener, a view…")
        self.field.setAccessibleName("Find anything")
        self.field.setAccessibleDescription("Up and Down choose, Enter does it, Escape closes")
        self.field.textChanged.connect(self.look)
        self.field.installEventFilter(self)
        self.model = _Found()
        self.view = QListView()
        self.view.setModel(self.model)
        self.view.setItemDelegate(_ThingDelegate(self.view))
        self.view.setUniformItemSizes(True)
        self.view.setProperty("framed", "true")
        self.view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.view.setAccessibleName("What was found")
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.clicked.connect(self.accept)
        self.nothing = label("Nothing is called like that.", "muted")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        grows = QSizePolicy.Policy.Expanding
        self.nothing.setSizePolicy(grows, grows)
        self.nothing.hide()
        self.setLayout(
            column(self.field, self.view, self.nothing, gap=8, margins=(12, 12, 12, 10), wide=1)
        )
        self.resize(theme.px(640), theme.px(420))
        self._timer = QTimer(self)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._go_on)
        self.look("")

    def look(self, text: str) -> None:
        """Look for what goes with these letters, a slice at a time."""
        self._search = Search(self._everything, text)
        self._slices = self._search.slices()
        self._timer.start()
        self._go_on()

    @property
    def looking(self) -> bool:
        """Whether not everything has been looked at yet."""
        return self._timer.isActive()

    def _go_on(self) -> None:
        if next(self._slices, self) is not self:
            return
        self._timer.stop()
        found = self._search.found
        self.model.show(found)
        self.nothing.setVisible(not found)
        self.view.setVisible(bool(found))
        if found:
            self._mark(0)
        else:
            announce(self.field, self.nothing.text())

    def _mark(self, row: int) -> None:
        row = min(max(row, 0), self.model.rowCount() - 1)
        if row >= 0:
            self.view.setCurrentIndex(self.model.index(row))
            announce(self.field, said(self.model.things[row]))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Move the mark, do or close while the keyboard stays in the line."""
        if watched is self.field and isinstance(event, QKeyEvent):
            steps = {
                Qt.Key.Key_Down: 1,
                Qt.Key.Key_Up: -1,
                Qt.Key.Key_PageDown: 8,
                Qt.Key.Key_PageUp: -8,
            }
            step = steps.get(Qt.Key(event.key()))
            if step is not None:
                if event.type() == QEvent.Type.KeyPress:
                    self._mark(self.view.currentIndex().row() + step)
                return True
            if event.key() == Qt.Key.Key_Escape:
                if event.type() == QEvent.Type.KeyPress:
                    self.reject()
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if event.type() == QEvent.Type.KeyPress:
                    self.accept()
                return True
        return super().eventFilter(watched, event)

    def accept(self) -> None:
        """Choose what is marked, once everything has been looked at."""
        while self.looking:
            self._go_on()
        row = self.view.currentIndex().row()
        if 0 <= row < self.model.rowCount():
            self.chosen = self.model.things[row]
            super().accept()

    def done(self, result: int) -> None:
        """Look no further."""
        self._timer.stop()
        super().done(result)
