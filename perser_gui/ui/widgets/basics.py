"""Labels, buttons and layouts in the house's manner."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TypeVar

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QPushButton,
    QSizePolicy,
    QStyle,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from perser_gui.bidi import bare, in_order, runs_left
from perser_gui.ui.look import icons, theme
from perser_gui.ui.widgets.tips import tip as as_it_is

Box = TypeVar("Box", QHBoxLayout, QVBoxLayout)
APART = "\N{NO-BREAK SPACE}\N{NO-BREAK SPACE}·  "
"""Stands between facts; a line that is broken there never begins with the dot."""

Item = QWidget | QLayout | int
"""What a row or a column is filled with; an int is a stretch."""


def row(
    *items: Item, gap: float = 8, margins: Sequence[float] = (), wide: int | None = None
) -> QHBoxLayout:
    """Return a horizontal layout; the item at `wide` takes the room that is left."""
    return _filled(QHBoxLayout(), items, gap, margins, wide)


def column(
    *items: Item, gap: float = 8, margins: Sequence[float] = (), wide: int | None = None
) -> QVBoxLayout:
    """Return a vertical layout; the item at `wide` takes the room that is left."""
    return _filled(QVBoxLayout(), items, gap, margins, wide)


def _filled(
    layout: Box, items: Sequence[Item], gap: float, margins: Sequence[float], wide: int | None
) -> Box:
    layout.setSpacing(theme.px(gap) if gap else 0)
    layout.setContentsMargins(*(round(theme.px(m)) if m else 0 for m in (margins or (0,) * 4)))
    for item in items:
        if isinstance(item, int):
            layout.addStretch(item)
        elif isinstance(item, QLayout):
            layout.addLayout(item)
        else:
            layout.addWidget(item)
    if wide is not None:
        layout.setStretch(wide, 1)
    return layout


def refill(layout: QHBoxLayout | QVBoxLayout, parts: Iterable[QWidget]) -> None:
    """Put other widgets first in the layout of a widget; those that were there go, stretches stay.

    The layout is not asked for its items: see `focus_order`.
    """
    holder = layout.parentWidget()
    for old in holder.children() if holder is not None else ():
        if isinstance(old, QWidget) and layout.indexOf(old) >= 0:
            layout.removeWidget(old)
            old.hide()
            old.deleteLater()
    for place, part in enumerate(parts):
        layout.insertWidget(place, part)


class DirectedLabel(QLabel):
    """A label whose lines begin where rows begin; Qt puts them where their own text begins."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self._wished = self.alignment()
        self._align()

    def setAlignment(self, alignment: Qt.AlignmentFlag) -> None:  # noqa: N802
        """Begin or end lines at the left or the right of rows that begin at the left."""
        self._wished = alignment
        self._align()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the direction of rows."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._align()

    def _align(self) -> None:
        meant = QStyle.visualAlignment(self.layoutDirection(), self._wished)
        super().setAlignment(meant | Qt.AlignmentFlag.AlignAbsolute)


def label(text: str = "", role: str = "", *, wrap: bool = False, tone: str = "") -> QLabel:
    """Return a label with a role of the style sheet (caption, muted, title, display...)."""
    result = DirectedLabel(text)
    result.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        result.setProperty("role", role)
    if tone:
        result.setProperty("tone", tone)
    if wrap:
        result.setWordWrap(True)
        result.setMinimumWidth(theme.px(60))
    return result


def restyle(widget: QWidget, **properties: object) -> None:
    """Set dynamic properties and let the style sheet see them."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def line() -> QFrame:
    """Return a hairline between two areas."""
    result = QFrame()
    result.setObjectName("line")
    return result


class IconButton(QToolButton):
    """A flat button with an icon that follows the palette; focus comes by Tab only."""

    def __init__(self, icon: str, tip: str, *, checkable: bool = False, text: str = "") -> None:
        super().__init__()
        self._name = icon
        self._size = 18
        self.setProperty("kind", "flat")
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName(text or tip.split(" (")[0])
        self.setToolTip(as_it_is(tip))
        if text:
            self.setText(text)
            self.setProperty("wide", "true")
            self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.toggled.connect(self._tint)
        self._tint()

    def setText(self, text: str) -> None:  # noqa: N802
        """Write a text; signs at its ends stay there where rows begin at the right."""
        super().setText(in_order(text))

    def text(self) -> str:
        """Return the text as it was written."""
        return bare(super().text())

    def sizeHint(self) -> QSize:  # noqa: N802
        """As wide as icon and text: Qt leaves two more spaces free, on one side only."""
        hint = super().sizeHint()
        if self.toolButtonStyle() == Qt.ToolButtonStyle.ToolButtonTextBesideIcon:
            hint.setWidth(hint.width() - 2 * self.fontMetrics().horizontalAdvance(" "))
        return hint

    def set_icon(self, name: str) -> None:
        """Show another icon."""
        if name != self._name:
            self._name = name
            self._tint()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Tint the icon anew when the palette changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        t = theme.tokens()
        colour = t.accent_ink if self.isCheckable() and self.isChecked() else t.text
        side = theme.px(self._size)
        self.setIconSize(QSize(side, side))
        self.setIcon(icons.icon(self._name, colour, side))


def icon_button(icon: str, tip: str, *, checkable: bool = False, text: str = "") -> IconButton:
    """Return an `IconButton`."""
    return IconButton(icon, tip, checkable=checkable, text=text)


class _TextButton(QPushButton):
    """A push button whose icon follows the palette."""

    def __init__(self, text: str, icon: str) -> None:
        super().__init__()
        self.setText(text)
        self._name = icon
        self._tint()

    def setText(self, text: str) -> None:  # noqa: N802
        """Write a text; “…” at its end stays there where rows begin at the right."""
        super().setText(in_order(text))

    def text(self) -> str:
        """Return the text as it was written."""
        return bare(super().text())

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        if not self._name:
            return
        t = theme.tokens()
        kind = self.property("kind")
        colour = {"primary": t.on_accent, "danger": t.danger, "link": t.accent_ink}.get(
            kind, t.text
        )
        side = theme.px(17)
        self.setIconSize(QSize(side, side))
        self.setIcon(icons.icon(self._name, colour, side))


def text_button(
    text: str, tip: str = "", *, icon: str = "", kind: str = "", checkable: bool = False
) -> QPushButton:
    """Return a push button; `kind` is primary, danger, flat, link or segment."""
    result = _TextButton(text, icon)
    if kind:
        result.setProperty("kind", kind)
        result._tint()
    result.setCheckable(checkable)
    result.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if tip:
        result.setToolTip(as_it_is(tip))
    result.setAccessibleName(text)
    return result


def activate_focused(button: QWidget | None) -> bool:
    """Press the button the keyboard stands on, if it is one; return whether it did."""
    if isinstance(button, QAbstractButton) and button.isEnabled():
        button.click()
        return True
    return False


class ElidedLabel(QLabel):
    """A label of one line that shortens its text in the middle instead of clipping it."""

    def __init__(self, role: str = "", mode: Qt.TextElideMode = Qt.TextElideMode.ElideMiddle):
        super().__init__()
        self._mode = mode
        if role:
            self.setProperty("role", role)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setMinimumWidth(theme.px(40))
        self.between = ""
        """What stands between the parts of the text, where only whole parts are left out."""

    def shown(self) -> str:
        """Return the text as it is drawn, shortened to the width there is."""
        text, metrics, room = self.text(), self.fontMetrics(), self.width()
        if self.between and metrics.horizontalAdvance(text) > room:
            parts = text.split(self.between)
            for count in range(len(parts) - 1, 0, -1):
                fewer = self.between.join((*parts[:count], "…"))
                if metrics.horizontalAdvance(fewer) <= room:
                    return fewer
        return metrics.elidedText(text, self._mode, room)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        """Draw the text, shortened to the width there is."""
        painter = QPainter(self)
        text = self.shown()
        painter.setPen(self.palette().color(self.foregroundRole()))
        other = Qt.LayoutDirection.RightToLeft
        painter.setLayoutDirection(other if runs_left(text) else Qt.LayoutDirection.LeftToRight)
        begins = Qt.AlignmentFlag.AlignLeft
        if self.layoutDirection() == other:
            begins = Qt.AlignmentFlag.AlignRight
        absolute = begins | Qt.AlignmentFlag.AlignAbsolute
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignVCenter | absolute, text)
        painter.end()
