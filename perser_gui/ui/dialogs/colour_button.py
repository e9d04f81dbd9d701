"""The button that shows the colour of a word and offers others."""

from __future__ import annotations

from collections.abc import Container

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QToolButton

from perser_gui.bidi import isolated
from perser_gui.emotions import COLOURS, SPARE_COLOURS
from perser_gui.ui.look import theme
from perser_gui.ui.widgets.menu_parts import Menu

NAMES: dict[str, str] = {
    **{colour: f"as {word}" for word, colour in COLOURS.items()},
    **dict(
        zip(
            SPARE_COLOURS,
            ("dark rose", "rose", "lavender", "steel", "magenta", "green"),
            strict=True,
        )
    ),
}
"""What each offered colour is called, for those who do not see it."""


class ColourButton(QToolButton):
    """Shows a colour; a press offers those that no other word has."""

    chosen = Signal(str)

    def __init__(self, word: str, colour: str, taken: Container[str]) -> None:
        super().__init__()
        self.setProperty("kind", "flat")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.setIcon(_disc(colour))
        self.setAccessibleName(f"Colour of {isolated(word)}: {NAMES.get(colour, colour)}")
        self.setToolTip("Choose another colour")
        self.offers = Menu(self)
        for offered, name in NAMES.items():
            action = QAction(_disc(offered), name, self.offers)
            action.setCheckable(True)
            action.setChecked(offered == colour)
            action.setEnabled(offered == colour or offered not in taken)
            action.setData(offered)
            action.triggered.connect(self._take)
            self.offers.addAction(action)
        self.setMenu(self.offers)

    def _take(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.chosen.emit(str(action.data()))


def _disc(colour: str) -> QIcon:
    side = theme.px(14)
    pixmap = QPixmap(side * 2, side * 2)
    pixmap.setDevicePixelRatio(2)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(1, 1, side - 2, side - 2)
    painter.end()
    return QIcon(pixmap)
