"""What the desk says back: the state of saving, and hints where nothing is yet."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QWidget

from perser_gui.ui.look import icons, theme
from perser_gui.ui.widgets.basics import column, label, restyle, row, text_button
from perser_gui.ui.widgets.tips import tip

ROUND = 20
"""What is free around a hint (px), where there is room."""

WIDEST_HINT = 620
"""No wider than one reads (px)."""


class SaveIndicator(QWidget):
    """Says whether every rating is on disk; a failed one offers Retry."""

    retry = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.state, self._short = "saved", False
        self._icon = QLabel()
        self.text = label("", "caption")
        self.button: QPushButton = text_button("Retry", "Try to save again", kind="link")
        self.button.clicked.connect(self.retry)
        self.setLayout(row(1, self._icon, self.text, self.button, gap=5))
        self.show_state("saved", 0, "")

    def shorten(self, less: bool) -> None:
        """Leave out the words that say that all is well; the mark stays, and the words as a tip."""
        self._short = less
        self.text.setHidden(less and self.state == "saved")

    def show_state(self, state: str, count: int, problem: str) -> None:
        """Show `saved`, `saving`, `failed` or `read-only`, with how many are saved or waiting."""
        self.state = state
        texts = {
            "saved": "All labels saved" if count else "Labels are saved as you press",
            "saving": "Saving…",
            "failed": f"{count} label{'s' if count != 1 else ''} not saved",
            "read-only": "Labels can be read only",
        }
        self.text.setText(texts[state])
        self.setToolTip(tip(problem or texts[state]))
        self.shorten(self._short)
        self.setAccessibleName(f"{texts[state]} {problem}".strip())
        self.button.setVisible(state == "failed")
        restyle(self.text, tone={"failed": "danger", "read-only": "warning"}.get(state, ""))
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
            "read-only": ("alert", t.warning),
        }[self.state]
        self._icon.setPixmap(icons.pixmap(name, colour, theme.px(15)))


class EmptyState(QWidget):
    """An icon, a title, a hint and buttons, where there is nothing to show yet.

    Where it is narrow the buttons stand below each other; where it is low the icon goes, and then
    what is free above and below.
    """

    def __init__(self, icon: str, title: str, hint: str, *buttons: QPushButton) -> None:
        super().__init__()
        self._name = icon
        self._icon = QLabel()
        self._icon.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.title = label(title, "title", wrap=True)
        self.title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint = label(hint, "muted", wrap=True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.hint.setMaximumWidth(theme.px(WIDEST_HINT))
        self._buttons = buttons
        self._actions = row(1, *buttons, 1, gap=10)
        parts = (1, self._icon, self.title, row(self.hint), self._actions, 1)
        self._parts = column(*parts, gap=10, margins=(ROUND,) * 4)
        self.setLayout(self._parts)
        self._tint()

    @property
    def blank(self) -> int:
        """So high (px) is what stands empty below all of it."""
        return self.height() - self.childrenRect().bottom() - 1

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep words whole where there is little room."""
        super().resizeEvent(event)
        side, parts = theme.px(ROUND), self._parts
        parts.setContentsMargins(side, side, side, side)
        there = [one.sizeHint().width() for one in self._buttons if not one.isHidden()]
        beside = sum(there) + self._actions.spacing() * (len(there) + 1)
        ways, narrow = QBoxLayout.Direction, beside > self.width() - 2 * side
        self._actions.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)
        parts.invalidate()
        mark = self._icon.sizeHint().height() + parts.spacing()
        needed = parts.totalHeightForWidth(self.width()) + (mark if self._icon.isHidden() else 0)
        over = needed - self.height()
        self._icon.setVisible(over <= 0)
        if over > 0:
            over -= mark
            edge = min(max(side - (over + 1) // 2, theme.px(2)), side)
            parts.setContentsMargins(side, edge, side, edge)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Tint the icon anew when the palette changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange:
            self._tint()

    def _tint(self) -> None:
        self._icon.setPixmap(icons.pixmap(self._name, theme.tokens().faint, theme.px(40)))
