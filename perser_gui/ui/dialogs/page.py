"""What every dialog of the house has in common: what Enter does, and the order of its parts."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QComboBox,
    QDialog,
    QLineEdit,
    QScrollArea,
)

from perser_gui.ui.look import theme
from perser_gui.ui.widgets.focus_order import chain
from perser_gui.ui.widgets.menu_key import asks_for_menu, open_menu_at
from perser_gui.ui.widgets.typed_on import typed_on

_ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
FRAME = QSize(16, 48)
"""What the system draws around a dialog, and a margin."""
LEAST = 90
"""What scrolls is never made lower than this."""
MOST = 0.85
"""What even the whole screen does not show scrolls in so much of the screen's height."""
SMALL = 640
"""Of a screen that is lower than this it takes all it needs."""
KEEPS_ENTER = "keepsEnter"
"""A line with this property does something of its own on Enter; the dialog stays open."""

ANSWERS = "answers"
"""In a box with this property Enter gives the dialog's answer; Space and arrows choose."""


class Page(QDialog):
    """A dialog in which Enter does what is highlighted, and Tab goes as one reads.

    Enter presses the button that has the focus, opens the box that has it, and elsewhere presses
    the button that is drawn as the answer. Ctrl+Enter gives that answer from anywhere.
    """

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Press or open what has the focus; else let the dialog answer."""
        at = self.focusWidget()
        typed_on.unused(event)
        if asks_for_menu(event):
            if at is not None:
                open_menu_at(at)
        elif event.key() in _ENTER and not event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if isinstance(at, QAbstractButton):
                at.click()
            elif isinstance(at, QComboBox) and not (at.isEditable() or at.property(ANSWERS)):
                at.showPopup()
            elif not (isinstance(at, QLineEdit) and at.property(KEEPS_ENTER)):
                super().keyPressEvent(event)
        elif event.key() in _ENTER:
            answer = getattr(self, "accept_button", None)
            if isinstance(answer, QAbstractButton):
                answer.click()
        else:
            super().keyPressEvent(event)

    def done(self, result: int) -> None:
        """Close; who is in the middle of a text types no labels with the rest of it."""
        typed_on.closed()
        super().done(result)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Put the parts in the order of reading, and be no larger than the screen."""
        super().showEvent(event)
        chain(self)
        middle = self._middle()
        self._fit_text()
        self._fit_screen()
        self._stay_around(middle)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Stay on the screen also when a sentence that comes later needs more room."""
        super().resizeEvent(event)
        low = self.frameGeometry().bottom() > self.screen().availableGeometry().bottom()
        if self.isVisible() and low and event.size().height() > event.oldSize().height():
            QTimer.singleShot(0, self, self._come_back)

    @Slot()
    def _come_back(self) -> None:
        middle = self._middle()
        self._fit_screen()
        self._stay_around(middle)

    def _middle(self) -> QPoint:
        """The middle of what the screen shows of the dialog."""
        return self.frameGeometry().intersected(self.screen().availableGeometry()).center()

    def _stay_around(self, middle: QPoint) -> None:
        """Grow to all sides alike, but never out of the screen."""
        screen, place = self.screen().availableGeometry(), self.frameGeometry()
        place.moveCenter(middle)
        left = max(min(place.left(), screen.right() - place.width()), screen.left())
        top = max(min(place.top(), screen.bottom() - place.height()), screen.top())
        self.move(left, top)

    def _fit_text(self) -> None:
        """Be as high as the texts are at this width; Qt guesses by a narrower one."""
        layout = self.layout()
        if layout is None or not layout.hasHeightForWidth():
            return
        if not self.testAttribute(Qt.WidgetAttribute.WA_Resized):
            width = max(self.width(), self.minimumWidth())
            self.resize(width, layout.totalHeightForWidth(width))

    def _fit_screen(self) -> None:
        """Let what scrolls be as high as it needs to be, as far as the screen has room for it."""
        room = self.screen().availableGeometry().size() - FRAME
        for area in self.findChildren(QAbstractScrollArea):
            over, least = self.sizeHint().height() - room.height(), theme.px(LEAST)
            if over > 0 and area.minimumHeight() > least:
                area.setMinimumHeight(max(area.minimumHeight() - over, least))
                self._renew()
        hidden = max((_hidden(area) for area in self.findChildren(QScrollArea)), default=0)
        whole = room.height() < theme.px(SMALL) or self.height() + hidden <= room.height()
        most = max(round((1.0 if whole else MOST) * room.height()), self.height())
        self.resize(self.width(), min(self.height() + hidden, most))
        self.resize(self.size().expandedTo(self.minimumSizeHint()).boundedTo(room))

    def _renew(self) -> None:
        layout = self.layout()
        if layout is not None:
            layout.invalidate()
            layout.activate()


def _hidden(area: QScrollArea) -> int:
    """How much of what it holds an area does not show (px)."""
    inner = area.widget()
    if inner is None or not area.isVisible():
        return 0
    width = area.viewport().width()
    wanted = inner.heightForWidth(width) if inner.hasHeightForWidth() else -1
    return max((wanted if wanted > 0 else inner.sizeHint().height()) - area.viewport().height(), 0)
