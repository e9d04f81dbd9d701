"""What the desk says back: notices, the state of saving, and hints where nothing is yet."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QSizePolicy, QWidget

from perser_gui.ui.look import icons, theme
from perser_gui.ui.widgets.basics import IconButton, column, label, restyle, row, text_button
from perser_gui.ui.widgets.tips import tip

_OFFERS = {"undo": "Undo", "redo": "Do again", "retry": "Retry"}
_ICONS = {"info": "info", "success": "check", "warning": "alert", "danger": "alert"}


def _tone_colour(tone: str) -> str:
    t = theme.tokens()
    colours = {"success": t.success, "warning": t.warning, "danger": t.danger}
    return colours.get(tone, t.accent_ink)


class NoticeBar(QFrame):
    """One sentence above the work; successes and hints leave by themselves, problems stay.

    A command may go with it, such as an undo of what the sentence says.
    """

    wanted = Signal(str)
    """The command of the button was asked for."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("notice")
        self.tone = "info"
        self._icon = QLabel()
        self.text = label("", wrap=True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.button: QPushButton = text_button("", kind="link")
        self.button.clicked.connect(self._want)
        self.button.hide()
        self._command = ""
        self._close = IconButton("close", "Close this message")
        self._close.clicked.connect(self.hide)
        self.setLayout(
            row(self._icon, self.text, self.button, self._close, margins=(12, 4, 6, 4), wide=1)
        )
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @Slot(str, str)
    def say(self, tone: str, sentence: str) -> None:
        """Show a sentence in a tone: info, success, warning or danger."""
        self.offer(tone, sentence, "")

    @Slot(str, str, str)
    def offer(self, tone: str, sentence: str, command: str) -> None:
        """Show a sentence and a button for a command (its id; empty: none)."""
        self._command = command
        self.button.setText(_OFFERS.get(command, ""))
        self.button.setVisible(bool(command))
        self.tone = tone
        self.text.setText(sentence)
        self.setAccessibleName(sentence)
        restyle(self, tone=tone)
        self._tint()
        self.show()
        self._timer.stop()
        if tone in ("info", "success"):
            self._timer.start(7000)

    @Slot()
    def _want(self) -> None:
        command = self._command
        self.hide()
        self.wanted.emit(command)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Let no timer run while nothing is shown."""
        self._timer.stop()
        super().hideEvent(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Tint the icon anew when the palette changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        self._icon.setPixmap(icons.pixmap(_ICONS[self.tone], _tone_colour(self.tone), theme.px(18)))


class SaveIndicator(QWidget):
    """Says whether every rating is on disk; a failed one offers Retry."""

    retry = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.state = "saved"
        self._icon = QLabel()
        self.text = label("", "caption")
        self.button: QPushButton = text_button("Retry", "Try to save again", kind="link")
        self.button.clicked.connect(self.retry)
        self.setLayout(row(self._icon, self.text, self.button, gap=5))
        self.show_state("saved", 0, "")

    def show_state(self, state: str, count: int, problem: str) -> None:
        """Show `saved`, `saving` or `failed`, with how many ratings are saved or waiting."""
        self.state = state
        texts = {
            "saved": "All labels saved" if count else "Labels are saved as you press",
            "saving": "Saving…",
            "failed": f"{count} label{'s' if count != 1 else ''} not saved",
        }
        self.text.setText(texts[state])
        self.setToolTip(tip(problem))
        self.setAccessibleName(f"{texts[state]} {problem}".strip())
        self.button.setVisible(state == "failed")
        restyle(self.text, tone="danger" if state == "failed" else "")
        self._tint()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Tint the icon anew when the palette changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        t = theme.tokens()
        name, colour = {
            "saved": ("check", t.success),
            "saving": ("retry", t.muted),
            "failed": ("alert", t.danger),
        }[self.state]
        self._icon.setPixmap(icons.pixmap(name, colour, theme.px(15)))


class EmptyState(QWidget):
    """An icon, a title, a hint and buttons, where there is nothing to show yet."""

    def __init__(self, icon: str, title: str, hint: str, *buttons: QPushButton) -> None:
        super().__init__()
        self._name = icon
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label(title, "title", wrap=True)
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint = label(hint, "muted", wrap=True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        actions = row(1, *buttons, 1, gap=10)
        self.setLayout(
            column(1, self._icon, self.title, self.hint, actions, 1, gap=10, margins=(20,) * 4)
        )
        self._tint()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Tint the icon anew when the palette changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        self._icon.setPixmap(icons.pixmap(self._name, theme.tokens().faint, theme.px(40)))
