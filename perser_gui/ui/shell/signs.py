"""What is under way, seen from every view: the open microphone, and work that can be stopped."""

from __future__ import annotations

from PySide6.QtCore import QSize, Signal, Slot
from PySide6.QtWidgets import QFrame, QProgressBar, QPushButton

from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.live_session import LiveSession
from perser_gui.ui.acts.personalization import Personalization
from perser_gui.ui.look import icons, theme
from perser_gui.ui.look.following import follow
from perser_gui.ui.widgets import icon_button, label, row


class OpenMicrophone(QPushButton):
    """Says in every view that the microphone is open; a click closes it."""

    def __init__(self, live: LiveSession) -> None:
        super().__init__("Listening")
        self._live = live
        self.setProperty("kind", "recording")
        self.setAccessibleName("The microphone is open; press to stop listening")
        self.setToolTip("The microphone is open. A click ends listening; nothing of it is kept.")
        self.clicked.connect(live.stop)
        follow(self, self._dress)
        self.hide()

    def _dress(self) -> None:
        side = theme.px(15)
        self.setIconSize(QSize(side, side))
        self.setIcon(icons.icon("microphone", theme.tokens().danger, side))

    @Slot(object)
    def take(self, changes: Changes) -> None:
        """Show whether the microphone is in use."""
        if changes.stream:
            self.setVisible(self._live.running and not self._live.paused)


class UnderWay(QFrame):
    """How far an adaptation or the reading of clips is, with what ends it.

    It is shown where the panels that say the same are not.
    """

    opening_cancelled = Signal()

    def __init__(self, model: Personalization) -> None:
        super().__init__()
        self.setObjectName("underWay")
        self._model = model
        self._opening = (1.0, "")
        self._view = "label"
        self.text = label("", "caption")
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress.setMinimumWidth(theme.px(20))  # gives way to the text in a narrow window
        self.progress.setMaximumWidth(theme.px(54))
        self.stop = icon_button("stop", "Stop and keep best (Ctrl+Shift+T)")
        self.stop.clicked.connect(model.stop)
        self.cancel = icon_button("close", "Cancel and discard (Esc)")
        self.cancel.clicked.connect(self._cancel)
        parts = (self.text, self.progress, self.stop, self.cancel)
        self.setLayout(row(*parts, gap=6, margins=(10, 0, 4, 0)))
        self.hide()

    @Slot(object)
    def take(self, changes: Changes) -> None:
        """Show how far an adaptation is."""
        if changes.adapting:
            self._show()

    @Slot(float, str)
    def show_opening(self, fraction: float, message: str) -> None:
        """Show how far reading new clips is; 1.0 when it is over."""
        self._opening = (fraction, message)
        self._show()

    @Slot(str)
    def show_view(self, name: str) -> None:
        """Another view is open."""
        self._view = name
        self._show()

    @property
    def _adapting(self) -> bool:
        return self._model.adapt_state.phase != "idle"

    def _show(self) -> None:
        reading = self._opening[0] < 1.0
        self.setVisible(self._view != "label" and (self._adapting or reading))
        fraction = self._model.adapt_state.fraction if self._adapting else self._opening[0]
        self.text.setText("Adapting" if self._adapting else "Reading clips")
        self.progress.setAccessibleName(self.text.text())
        self.progress.setValue(round(1000 * fraction))
        self.stop.setVisible(self._adapting)
        self.stop.setEnabled(self._model.adapt_state.phase == "running")

    def _cancel(self) -> None:
        if self._adapting:
            self._model.cancel()
        else:
            self.opening_cancelled.emit()
