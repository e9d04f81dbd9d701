"""The bar at the top: who listens, which view, and what concerns the whole program."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QFont, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QFrame,
    QGridLayout,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QWidget,
)

from perser_gui import paths
from perser_gui.bidi import isolated
from perser_gui.records import Listener
from perser_gui.ui.look import theme
from perser_gui.ui.look.following import follow
from perser_gui.ui.widgets import icon_button, label, row, text_button
from perser_gui.ui.widgets.menu_parts import Menu
from perser_gui.ui.widgets.tips import tip

LEAST = 56
"""A name has so much room (px) before the program's own gives way to it."""


class _Avatar(QWidget):
    """The first letter of a pseudonym in a disc."""

    def __init__(self) -> None:
        super().__init__()
        self._letter = ""
        side = theme.px(26)
        self.setFixedSize(side, side)

    def show_name(self, name: str) -> None:
        self._letter = next((sign for sign in name if sign.isalnum()), name[:1]).upper()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        t = theme.tokens()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.mix(t.accent, t.surface, 0.15))
        painter.drawEllipse(self.rect().adjusted(1, 1, -1, -1))
        painter.setPen(theme.readable_on(t.accent))
        painter.setFont(theme.font("body", QFont.Weight.DemiBold))
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._letter)
        painter.end()


class TopBar(QFrame):
    """Listener, views, theme, shortcuts, menu."""

    listener_wanted = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("topBar")
        self._mark = label()
        self._avatar = _Avatar()
        self.listener = icon_button("down", "Who is listening: switch, add, rename", text="…")
        self.listener.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.listener.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.listener_menu = Menu(self.listener)
        self.listener.setMenu(self.listener_menu)
        self._views = QButtonGroup(self)
        self.segments = QFrame()
        self.segments.setObjectName("segments")
        self._row_of_views = row(gap=2, margins=(3, 3, 3, 3))
        self.segments.setLayout(self._row_of_views)
        self.theme_button = icon_button("moon", "Dark or light (Ctrl+Shift+D)")
        self.help = icon_button("keyboard", "Keyboard shortcuts (?)")
        self.menu_button = icon_button("menu", "Menu")
        self.menu_button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.menu = Menu(self.menu_button)
        self.menu_button.setMenu(self.menu)
        self._program = label("perser", "title")
        self._left = QWidget()
        self._left.setLayout(row(self._mark, self._program, self._avatar, self.listener, 1, gap=8))
        self._right = QWidget()
        self._signs = row(gap=8)
        tools = row(self.theme_button, self.help, self.menu_button, gap=2)
        self._right.setLayout(row(1, self._signs, tools, gap=8))
        self._name = "…"
        layout = QGridLayout()
        layout.setContentsMargins(theme.px(16), theme.px(8), theme.px(12), theme.px(8))
        layout.setHorizontalSpacing(theme.px(12))
        for place, part in enumerate((self._left, self.segments, self._right)):
            layout.addWidget(part, 0, place, Qt.AlignmentFlag.AlignVCenter)
            layout.setColumnStretch(place, 0 if part is self.segments else 1)
        # Both sides take the same room, so the views stay put, as long as signs are whole.
        self._left.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.setLayout(layout)
        self._turn()
        follow(self._mark, self._show_mark)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Follow the direction of rows."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._turn()

    def _turn(self) -> None:
        """Put the arrow of the listener behind the name, wherever rows begin."""
        other = Qt.LayoutDirection.LeftToRight
        if self.layoutDirection() == other:
            other = Qt.LayoutDirection.RightToLeft
        self.listener.setLayoutDirection(other)
        self.listener_menu.setLayoutDirection(self.layoutDirection())  # not as the button

    def add_sign(self, sign: QWidget) -> None:
        """Show something at the right, before the tools, when it has to be shown."""
        self._signs.addWidget(sign)

    def add_view(self, name: str, action: QAction) -> QPushButton:
        """Add a view to the segments; the action opens it."""
        button = text_button(
            action.text(),
            f"{action.text()} ({action.shortcut().toString()})",
            kind="segment",
            checkable=True,
        )
        button.setProperty("view", name)
        self._views.addButton(button)
        button.clicked.connect(action.trigger)
        self._row_of_views.addWidget(button)
        return button

    def show_view(self, name: str) -> None:
        """Mark the view that is open."""
        for button in self._views.buttons():
            button.setChecked(button.property("view") == name)

    def show_listener(
        self, listener: Listener | None, people: Iterable[Listener], acts: Iterable[QAction]
    ) -> None:
        """Show who listens and who else could."""
        name = self._name = listener.name if listener is not None else "…"
        self._avatar.show_name(name)
        self._show_name()
        self.listener.setAccessibleName(f"Listener: {isolated(name)}")
        self.listener.setToolTip(tip(f"{isolated(name)} is listening: switch, add, rename"))
        self.listener_menu.clear()
        for person in people:
            action = self.listener_menu.addAction(isolated(person.name.replace("&", "&&")))
            action.setCheckable(True)
            action.setChecked(listener is not None and person.id == listener.id)
            action.setData(person.id)
            action.triggered.connect(self._listener_chosen)
        self.listener_menu.addSeparator()
        self.listener_menu.addActions(list(acts))

    def _show_name(self) -> None:
        """Write as much of the name as there is room for; in a narrow window it has all of it."""
        metrics, gap = self.listener.fontMetrics(), theme.px(8)
        room = self._left.width() - self._mark.sizeHint().width() - gap - theme.px(48)
        before = (self._avatar, self._program)
        needed = [one.sizeHint().expandedTo(one.minimumSize()).width() + gap for one in before]
        for one, wide in zip(before, needed, strict=True):
            one.setVisible(room - wide >= theme.px(LEAST))
            room -= wide if one.isVisible() else 0
        width = min(max(room, theme.px(40)), theme.px(180))
        shown = metrics.elidedText(self._name, Qt.TextElideMode.ElideRight, width)
        self.listener.setText(shown)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fit the name into the room there is."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._show_name)

    def _listener_chosen(self) -> None:
        action = self.sender()
        if isinstance(action, QAction):
            self.listener_wanted.emit(int(action.data()))

    def show_theme(self, dark: bool) -> None:
        """Offer the other palette."""
        self.theme_button.set_icon("sun" if dark else "moon")

    def _show_mark(self) -> None:
        side = theme.px(26)
        mark = QPixmap(str(paths.shipped("resources", "icons", "perser-gui.svg")))
        if not mark.isNull():
            scaled = mark.scaled(
                QSize(side * 2, side * 2),
                Qt.AspectRatioMode.KeepAspectRatio,
                Qt.TransformationMode.SmoothTransformation,
            )
            scaled.setDevicePixelRatio(2.0)
            self._mark.setPixmap(scaled)

    def buttons(self) -> list[QAbstractButton]:
        """Return the buttons of the views."""
        return self._views.buttons()
