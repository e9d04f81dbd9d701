"""Sentences beside the work: they cover nothing, no button moves, and most leave by themselves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QAction, QEnterEvent, QHideEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QGridLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QWidget,
)

from perser_gui.bidi import in_order
from perser_gui.ui.look import icons, theme
from perser_gui.ui.widgets.basics import IconButton, column, label, restyle, text_button
from perser_gui.ui.widgets.berth import Berth

MOST = 3
"""So many notices are shown at once."""

WIDEST, NARROW = 620, 360
"""Pixels: a notice is no wider; a narrower one has its buttons below the sentence."""

STAY = {"info": 7000, "success": 7000, "warning": 15000}
"""How long (ms) a notice stays while one could read it; others stay until they are closed."""

ONLY_HERE = {"voices": 20_000, "problems": 20_000}
"""How long (ms) one stays whose command is nowhere else to be had."""

_OFFERS = {
    "undo": "Undo",
    "redo": "Do again",
    "retry": "Retry",
    "voices": "Change…",
    "problems": "Show",
    "keep-hidden": "Keep them hidden",
}
OF_THE_LAST = ("undo", "redo")
"""Commands that act on what was done last, whatever the notice with their button says."""

OF_A_LISTENER = (*OF_THE_LAST, "keep-hidden")
"""Commands that act on the listener at hand."""

_ICONS = {"info": "info", "success": "check", "warning": "alert", "danger": "alert"}


def _tone_colour(tone: str) -> str:
    t = theme.tokens()
    colours = {"success": t.success, "warning": t.warning, "danger": t.danger}
    return colours.get(tone, t.accent_ink)


class NoticeBar(QFrame):
    """One sentence and perhaps a command, such as an undo of what the sentence says.

    Time counts only while its window is in use and the pointer is elsewhere; an error stays
    until it is closed.
    """

    wanted = Signal(str)
    """The command of the button was asked for."""
    over = Signal()
    """It was closed, or its time is over."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.tone = "info"
        self.topic = ""
        self.waits = False
        """Whether it stays until it is answered or closed."""
        self._icon = QLabel()
        self.text = label("", wrap=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.button: QPushButton = text_button("", kind="link")
        self.button.clicked.connect(self._want)
        self.command = ""
        """The id of what its button does; empty where there is no button."""
        self._close = IconButton("close", "Close this message")
        self._close.clicked.connect(self.over)
        self._narrow: tuple[bool, bool] | None = None
        self._parts = QGridLayout()
        self._parts.setContentsMargins(*(theme.px(side) for side in (12, 4, 6, 4)))
        self._parts.setHorizontalSpacing(theme.px(8))
        self._parts.setVerticalSpacing(0)
        self._parts.setColumnStretch(1, 1)
        self.setLayout(self._parts)
        self._arrange()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.over)
        self.act, copy, close = (QAction(text, self) for text in ("", "Copy", "Close"))
        self.act.triggered.connect(self._want)
        copy.triggered.connect(lambda: QApplication.clipboard().setText(self.text.text()))
        close.triggered.connect(self.over)
        self.addActions([self.act, copy, close])
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    def offer(self, tone: str, sentence: str, command: str = "", topic: str = "") -> None:
        """Show a sentence and a button for a command (its id; empty: none)."""
        self.command, self.tone, self.topic = command, tone, topic
        self.button.setText(_OFFERS.get(command, ""))
        self.button.setVisible(bool(command))
        self.act.setText(in_order(_OFFERS.get(command, "")))
        self.act.setVisible(bool(command))
        self.text.setText(sentence)
        self.setAccessibleName(sentence)
        restyle(self, tone=tone)
        self._tint()
        self.go_on()

    def fit(self, width: int) -> int:
        """Be so wide (px), and return how high it is then."""
        narrow = width < theme.px(NARROW)
        self._arrange(narrow=narrow, tight=narrow and self._beside_the_icon() > width)
        self.setFixedWidth(width)
        self._parts.activate()
        return self.heightForWidth(width)

    def _beside_the_icon(self) -> int:
        """Return how wide (px) it must be for its buttons to stand below the sentence."""
        margins, gap = self._parts.contentsMargins(), self._parts.horizontalSpacing()
        parts = (self._icon, self.button, self._close)
        wide = sum(part.sizeHint().width() for part in parts)
        return wide + 2 * gap + margins.left() + margins.right()

    def _arrange(self, *, narrow: bool = False, tight: bool = False) -> None:
        """Put the buttons beside the sentence, or below it where that would be squeezed.

        Where even this is tight, they begin below the icon.
        """
        if (narrow, tight) == self._narrow:
            return
        self._narrow = narrow, tight
        parts, middle = self._parts, Qt.AlignmentFlag.AlignVCenter
        parts.addWidget(self._icon, 0, 0, Qt.AlignmentFlag.AlignTop if narrow else middle)
        if narrow:
            parts.addWidget(self.text, 0, 1, 1, 3)
            first = 0 if tight else 1
            parts.addWidget(self.button, 1, first, 1, 3 - first, Qt.AlignmentFlag.AlignLeading)
            parts.addWidget(self._close, 1, 3, Qt.AlignmentFlag.AlignTrailing)
        else:
            parts.addWidget(self.text, 0, 1)
            parts.addWidget(self.button, 0, 2, middle)
            parts.addWidget(self._close, 0, 3, middle)

    def go_on(self) -> None:
        """Let its time run, if it has one."""
        if self.tone in STAY and not self.waits and not self.underMouse():
            self._timer.start(max(STAY[self.tone], ONLY_HERE.get(self.command, 0)))

    def hold(self) -> None:
        """Let it stay for the time being."""
        self._timer.stop()

    @Slot()
    def _want(self) -> None:
        command = self.command
        self.over.emit()
        self.wanted.emit(command)

    def enterEvent(self, event: QEnterEvent) -> None:  # noqa: N802
        """Stay while it is pointed at."""
        super().enterEvent(event)
        self.hold()

    def leaveEvent(self, event: QEvent) -> None:  # noqa: N802
        """Begin to leave again."""
        super().leaveEvent(event)
        if self.tone in STAY and not self.waits:
            self._timer.start(max(STAY[self.tone], ONLY_HERE.get(self.command, 0)))

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Let no timer run while nothing is shown."""
        self.hold()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Tint the icon anew when the palette changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        self._icon.setPixmap(icons.pixmap(_ICONS[self.tone], _tone_colour(self.tone), theme.px(18)))


class Notices(QWidget):
    """The notices of a window, in the first berth that has room for the newest; that is lowest.

    The last berth takes them whatever their height. `sight` is the part of the page that is
    seen. A notice may have a topic: another one of the same topic takes its place, and `settle`
    takes it away when what it warned of is over.
    """

    wanted = Signal(str)
    """The command of a notice was asked for."""

    def __init__(self, page: QWidget, berths: Sequence[Berth], sight: Callable[[], QRect]) -> None:
        super().__init__(page)
        self._page, self._berths, self._sight = page, berths, sight
        self._bars: list[NoticeBar] = []
        self._none = QLabel()
        self._column = column(gap=6)
        self.setLayout(self._column)
        self.hide()
        for moved in (page, *berths, *(berth.gives for berth in berths)):
            self.watch(moved)

    def watch(self, widget: QWidget) -> None:
        """Stand anew when this widget is moved or becomes larger or smaller."""
        widget.installEventFilter(self)

    @property
    def bars(self) -> list[NoticeBar]:
        """The notices that are shown, the newest last."""
        return list(self._bars)

    @property
    def text(self) -> QLabel:
        """The sentence of the newest notice."""
        return self._bars[-1].text if self._bars else self._none

    @property
    def tone(self) -> str:
        """The tone of the newest notice; empty where there is none."""
        return self._bars[-1].tone if self._bars else ""

    @Slot(str, str)
    def say(self, tone: str, sentence: str) -> None:
        """Show a sentence in a tone: info, success, warning or danger."""
        self.offer(tone, sentence)

    def offer(self, tone: str, sentence: str, command: str = "", topic: str = "") -> None:
        """Show a sentence, a button for a command (its id; empty: none), about a topic."""
        for bar in self.bars:
            if bar.text.text() == sentence or (topic and bar.topic == topic):
                self._take_away(bar)
        if command in OF_THE_LAST:
            self.withdraw(*OF_THE_LAST)
        while len(self._bars) >= MOST:
            gone = next(
                (bar for bar in self._bars if not (bar.tone == "danger" or bar.waits)),
                self._bars[0],
            )
            self._take_away(gone)
        bar = NoticeBar()
        bar.over.connect(lambda: self._take_away(bar))
        bar.wanted.connect(self.wanted)
        self._bars.append(bar)
        self._column.addWidget(bar)
        bar.offer(tone, sentence, command, topic)
        self._stand()

    @Slot(str, str, str)
    def ask(self, tone: str, sentence: str, command: str) -> None:
        """Show a sentence and a button for a command, until one or the other is answered."""
        self.offer(tone, sentence, command)
        self._bars[-1].waits = True
        self._bars[-1].hold()

    @Slot(str)
    def settle(self, topic: str) -> None:
        """Take away what was said about a topic: it is over."""
        for bar in self.bars:
            if bar.topic == topic:
                self._take_away(bar)

    def withdraw(self, *commands: str) -> None:
        """Take away what offers one of these commands: it would not do what it says any more."""
        for bar in self.bars:
            if bar.command in commands:
                self._take_away(bar)

    def hide(self) -> None:
        """Take all notices away."""
        for bar in self.bars:
            self._take_away(bar)
        super().hide()

    def hold(self) -> None:
        """Let all of them stay while nobody is at the window."""
        for bar in self._bars:
            bar.hold()

    def go_on(self) -> None:
        """Somebody is at the window again."""
        for bar in self._bars:
            if not bar.isHidden():
                bar.go_on()

    def _take_away(self, bar: NoticeBar) -> None:
        if bar in self._bars:
            self._bars.remove(bar)
            self._column.removeWidget(bar)
            bar.hold()
            bar.hide()
            bar.deleteLater()
            self._stand()

    def _stand(self) -> None:
        """Stand where there is room, as high as the sentences need."""
        if not self._bars:
            super().hide()
            self._leave_all_but(None)
            return
        berth, width = self._chosen_berth()
        for bar in self._bars:
            bar.fit(width)
        height = self._fit(width, berth.height_there)
        self._column.activate()
        self._leave_all_but(berth)
        berth.take(height)
        self.setGeometry(berth.place_in(self._page, width, height))
        self.show()
        self.raise_()

    def _leave_all_but(self, kept: Berth | None) -> None:
        for berth in self._berths:
            if berth is not kept:
                berth.take(0)

    def _chosen_berth(self) -> tuple[Berth, int]:
        """Return where the newest has room, and how wide (px) it is there."""
        newest, sight = self._bars[-1], self._sight()
        for berth in self._berths:
            last = berth is self._berths[-1]
            width = min(berth.width_there, theme.px(WIDEST))
            if last or (
                berth.in_sight(self._page, sight) and newest.fit(width) <= berth.height_there
            ):
                return berth, width
        raise AssertionError("there is a last berth")

    def _fit(self, width: int, room: int) -> int:
        """Show as many as the room (px) is high enough for, and return how high they are.

        The newest is always shown, and before the others what went wrong; the rest waits.
        """
        newest = self._bars[-1]
        kept, height = [newest], newest.fit(width)
        others = self._bars[-2::-1]
        for bar in sorted(others, key=lambda one: one.tone != "danger"):
            more = bar.fit(width) + self._column.spacing()
            if height + more <= room:
                kept.append(bar)
                height += more
        for bar in self._bars:
            if bar.isHidden() != (bar not in kept):
                bar.setVisible(bar in kept)
                if bar in kept and self._page.isVisible():
                    bar.go_on()
                else:
                    bar.hold()
        return height

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Follow the page."""
        if self._bars and event.type() in (
            QEvent.Type.Resize,
            QEvent.Type.Move,
            QEvent.Type.Show,
            QEvent.Type.Hide,
        ):
            QTimer.singleShot(0, self, self._stand)
        return False
