"""A card that points at a control of the window, without standing in anybody's way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QBoxLayout, QFrame, QWidget

from perser_gui.ui.look import theme
from perser_gui.ui.widgets.announcing import announce
from perser_gui.ui.widgets.basics import column, label, row, text_button
from perser_gui.ui.widgets.berth import Berth

GAP = 10

WIDTH, WIDEST = 330, 620
"""How wide (px) a card is beside a control, and at most in a berth."""


class _Ring(QWidget):
    """A ring around what a card speaks of; presses go through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.tokens().focus), 3))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), theme.px(9), theme.px(9))
        painter.end()


class Callout(QFrame):
    """A title, a sentence and three buttons beside a control; it never takes the keyboard.

    The buttons are reached by Tab, or by Alt with the letter that is underlined.
    """

    forward = Signal()
    back = Signal()
    ended = Signal()

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self.setObjectName("callout")
        self.ring = _Ring(window)
        self.title = label("", "strong", wrap=True)
        self.text = label("", wrap=True)
        self.place = label("", "caption")
        self.next_button = text_button("&Next", kind="primary")
        self.back_button = text_button("&Back")
        self.skip_button = text_button("&Skip the tour", kind="link")
        self.next_button.clicked.connect(self.forward)
        self.back_button.clicked.connect(self.back)
        self.skip_button.clicked.connect(self.ended)
        said = column(row(self.title, self.place, wide=0), self.text, gap=8)
        buttons = row(self.skip_button, 1, self.back_button, self.next_button)
        self._parts = column(said, buttons, gap=8, margins=(16, 12, 14, 12), wide=0)
        self.setLayout(self._parts)
        self._berths: Sequence[Berth] = ()
        self._sight: Callable[[], QRect] = QRect
        self._anchor: QWidget | None = None
        self._clear: Sequence[QWidget] = ()
        window.installEventFilter(self)
        self.hide()

    def point(
        self,
        anchor: QWidget | None,
        title: str,
        sentence: str,
        place: str,
        *,
        keep_clear: Sequence[QWidget] = (),
    ) -> None:
        """Say a sentence about a control; `keep_clear` are controls not to be covered."""
        self._leave(self._berths)
        self._berths, self._anchor, self._clear = (), anchor, keep_clear
        self._say(title, sentence, place)

    def moor(
        self, title: str, sentence: str, berths: Sequence[Berth], sight: Callable[[], QRect]
    ) -> None:
        """Say a sentence where it covers nothing: in the first of some berths that has room.

        `sight` is the part of the window that shows what stands in them; the last one takes it
        anyway.
        """
        self._berths, self._sight = berths, sight
        self._anchor, self._clear = None, ()
        for berth in berths:
            berth.gives.installEventFilter(self)
        self._say(title, sentence, "")

    def _say(self, title: str, sentence: str, place: str) -> None:
        self.title.setText(title)
        self.text.setText(sentence)
        self.place.setText(place)
        self.setAccessibleName(f"{title} {place}".strip())
        self.setAccessibleDescription(sentence)
        self.show()
        self.arrange()
        announce(self, f"{title}. {sentence}")

    @property
    def anchor(self) -> QWidget | None:
        """The control that it points at."""
        return self._anchor

    def hide_all(self) -> None:
        """Show neither card nor ring, and give back the room of a berth."""
        self.hide()
        self._leave(self._berths)
        self._berths = ()
        self.ring.hide()

    def arrange(self) -> None:
        """Stand beside the control, inside the window, and beside what is kept clear."""
        if self.isHidden():
            return
        window = self.parentWidget()
        assert window is not None
        if self._berths:
            self._stand_in_berth(window)
            return
        layout, width = self._laid_out(wide=False), theme.px(WIDTH)
        self.setFixedWidth(width)
        size = QSize(width, layout.totalHeightForWidth(width))
        anchor = self._rect(self._anchor) if self._anchor is not None else None
        whole = window.rect().adjusted(GAP, GAP, -GAP, -GAP)
        taken = [self._rect(one) for one in self._clear if one.isVisible()]
        if anchor is not None:
            taken.append(anchor)
        best = min(
            _places(anchor, size, whole),
            key=lambda spot: _covered(QRect(spot, size), taken, whole),
        )
        self.setGeometry(QRect(best, size))
        if anchor is not None:
            self.ring.setGeometry(anchor.adjusted(-5, -5, 5, 5))
            self.ring.show()
            self.ring.raise_()
        else:
            self.ring.hide()
        self.raise_()

    def _laid_out(self, *, wide: bool) -> QBoxLayout:
        """Put the buttons below what is said, or beside it where it is wide."""
        ways = QBoxLayout.Direction
        self._parts.setDirection(ways.LeftToRight if wide else ways.TopToBottom)
        self._parts.activate()
        return self._parts

    def _stand_in_berth(self, window: QWidget) -> None:
        sight = self._sight()
        for berth in self._berths:
            width = min(berth.width_there, theme.px(WIDEST))
            layout = self._laid_out(wide=width > theme.px(1.3 * WIDTH))
            fits = width >= layout.minimumSize().width() and berth.in_sight(window, sight)
            height = layout.totalHeightForWidth(width)
            if berth is self._berths[-1] or (fits and height <= berth.height_there):
                self._leave([one for one in self._berths if one is not berth])
                berth.take(height)
                self.setFixedWidth(width)
                self.setGeometry(berth.place_in(window, width, height))
                break
        self.ring.hide()
        self.raise_()

    @staticmethod
    def _leave(berths: Sequence[Berth]) -> None:
        for berth in berths:
            berth.take(0)

    def _rect(self, widget: QWidget) -> QRect:
        window = self.parentWidget()
        assert window is not None
        return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Follow the window, or what gives way, when it gets another size or page."""
        kinds = (QEvent.Type.Resize, QEvent.Type.LayoutRequest)
        if watched is self.parentWidget() and event.type() in kinds:
            self.arrange()
        elif self._berths and event.type() in (*kinds, QEvent.Type.Show, QEvent.Type.Hide):
            QTimer.singleShot(0, self, self.arrange)  # once the whole column stands
        return super().eventFilter(watched, event)


def _places(anchor: QRect | None, size: QSize, whole: QRect) -> list[QPoint]:
    """Return where a card may stand: beside the control first, then in the corners."""
    right, bottom = whole.right() - size.width(), whole.bottom() - size.height()
    corners = [
        QPoint(right, bottom),
        QPoint(whole.left(), bottom),
        QPoint(right, whole.top() + 60),
        QPoint(whole.left(), whole.top() + 60),
        QPoint((whole.left() + right) // 2, (whole.top() + bottom) // 2),
    ]
    if anchor is None:
        return corners
    x = min(max(anchor.left(), whole.left()), right)
    y = min(max(anchor.top(), whole.top()), bottom)
    beside = [
        QPoint(x, anchor.bottom() + GAP),
        QPoint(anchor.right() + GAP, y),
        QPoint(anchor.left() - GAP - size.width(), y),
        QPoint(x, anchor.top() - GAP - size.height()),
    ]
    return [*beside, *corners]


def _covered(spot: QRect, taken: Sequence[QRect], whole: QRect) -> int:
    """Return how many pixels of what is kept clear, or of outside, a card would cover."""
    outside = spot.width() * spot.height() - _area(spot.intersected(whole))
    return 4 * outside + sum(_area(spot.intersected(one)) for one in taken)


def _area(rect: QRect) -> int:
    return max(rect.width(), 0) * max(rect.height(), 0)
