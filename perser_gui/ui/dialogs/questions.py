"""The questions that the desk asks; none of them does anything by itself."""

from __future__ import annotations

import platform
import traceback

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QLayout,
    QLineEdit,
    QPlainTextEdit,
    QScrollArea,
    QSpinBox,
    QWidget,
)

from perser_gui import __version__
from perser_gui.emotions import EmotionSet
from perser_gui.ui.acts.shortcuts import COMMANDS, FIXED, readable
from perser_gui.ui.dialogs.page import FRAME, Page
from perser_gui.ui.look import icons, theme
from perser_gui.ui.look.following import follow
from perser_gui.ui.widgets import column, label, row, text_button
from perser_gui.ui.widgets.menu_parts import RoomyBox
from perser_gui.ui.widgets.text_fields import padded


class Question(Page):
    """A dialog in the house's manner: title, a sentence, a body, two buttons."""

    def __init__(self, parent: QWidget | None, title: str, sentence: str, accept: str) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self.body = column(gap=10)
        self.problem = label("", "caption", wrap=True, tone="danger")
        self.problem.hide()
        self.accept_button = text_button(accept, kind="primary")
        self.accept_button.setDefault(True)
        self.accept_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.accept_button.clicked.connect(self.accept)
        self.cancel_button = text_button("Cancel")
        self.cancel_button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.cancel_button.clicked.connect(self.reject)
        parts = [label(title, "title", wrap=True)]
        if sentence:
            parts.append(label(sentence, "muted", wrap=True))
        self.buttons = row(1, self.cancel_button, self.accept_button)
        self.setLayout(
            column(*parts, self.body, self.problem, self.buttons, gap=12, margins=(22, 20, 22, 18))
        )
        self.setMinimumWidth(theme.px(400))

    def put_below(self, parts: QLayout) -> None:
        """Add a layout that is filled already, on a widget of its own.

        Put straight into the layout of a dialog, PySide would ask it for its items; see
        `focus_order` for what comes of that.
        """
        holder = QWidget()
        parts.setContentsMargins(0, 0, 0, 0)
        holder.setLayout(parts)
        self.body.addWidget(holder)

    def keep_room_for_problem(self) -> None:
        """Leave room for a sentence of two lines, so that nothing moves when there is one."""
        self.problem.show()
        self.problem.setMinimumHeight(2 * self.problem.fontMetrics().lineSpacing())
        self.problem.setAlignment(Qt.AlignmentFlag.AlignTop)


class NameDialog(Question):
    """Asks for a pseudonym."""

    def __init__(self, parent: QWidget | None, title: str, accept: str, name: str = "") -> None:
        super().__init__(
            parent,
            title,
            "A pseudonym is enough; it stays on this computer and in what you export.",
            accept,
        )
        self.field = QLineEdit(name)
        self.field.setAccessibleName("Pseudonym")
        self.field.setPlaceholderText("Pseudonym")
        self.field.setMaxLength(60)
        self.field.selectAll()
        self.field.textChanged.connect(self._check)
        self.body.addWidget(self.field)
        self.field.setFocus()
        self._check()

    def _check(self) -> None:
        self.accept_button.setEnabled(bool(self.field.text().strip()))

    @property
    def name(self) -> str:
        """The pseudonym that was typed."""
        return self.field.text().strip()


VOICES = {
    "folder": "those of one folder",
    "file": "those of one file",
    "all": "all that are added together",
}
"""Which clips without a known speaker count as one voice, by the value of the setting."""

CHANNELS = {
    "mix": "all channels together",
    "each": "each channel, as a speaker of its own",
    "1": "only channel 1 (left)",
    "2": "only channel 2 (right)",
}
"""What is heard of a recording with several channels, by the value of the setting."""


class CuttingDialog(Question):
    """Asks how files become clips: cut where, whose voice, and which channel."""

    def __init__(
        self,
        parent: QWidget | None,
        seconds: float,
        voices: str = "folder",
        channels: str = "mix",
    ) -> None:
        super().__init__(
            parent,
            "Cutting, voices and channels",
            "A recording that lasts longer is cut at its pauses when you add it, and each "
            "utterance is labelled by itself. A clip is heard against the others of its voice. "
            "Clips on the list stay as they are until they are added again.",
            "Use this",
        )
        self.field = padded(QSpinBox())
        self.field.setAccessibleName("Cut recordings longer than, in seconds; 0 means never")
        self.field.setFixedWidth(theme.px(96))
        self.field.setRange(0, 3600)
        self.field.setSingleStep(5)
        self.field.setSuffix(" s")
        self.field.setSpecialValueText("never")
        self.field.setValue(round(seconds) if 0 <= seconds <= 3600 else 0)
        hint = label("0 means never", "caption")
        self.voices = _choice("Clips that count as one voice", VOICES, voices)
        self.channels = _choice("Channels that are heard", CHANNELS, channels)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.px(12))
        grid.setVerticalSpacing(theme.px(10))
        grid.addWidget(label("Cut recordings longer than"), 0, 0)
        grid.addLayout(row(self.field, hint, 1), 0, 1)
        grid.addWidget(label("Count as one voice"), 1, 0)
        grid.addWidget(self.voices, 1, 1)
        grid.addWidget(label("Of several channels, hear"), 2, 0)
        grid.addWidget(self.channels, 2, 1)
        self.put_below(grid)
        self.field.setFocus()

    @property
    def seconds(self) -> float:
        """The length that was chosen; 0 for never."""
        return float(self.field.value())


def _choice(name: str, texts: dict[str, str], value: str) -> RoomyBox:
    """Return a box with one line for each value that a setting can have."""
    box = RoomyBox()
    box.setAccessibleName(name)
    for key, text in texts.items():
        box.addItem(text, key)
    box.setCurrentIndex(max(0, box.findData(value)))
    return box


def ask_discard(parent: QWidget, count: int, problem: str) -> bool:
    """Ask whether to close although labels could not be saved."""
    asked = Question(
        parent,
        "Labels not saved",
        f"{count} label{'s' if count > 1 else ''} could not be saved: {problem}",
        "Close",
    )
    later = "If you close now, you are asked at the next start whether to save them."
    asked.body.addWidget(label(later, wrap=True))
    asked.accept_button.setProperty("kind", "danger")
    asked.accept_button.setDefault(False)
    asked.cancel_button.setText("Stay")
    asked.cancel_button.setDefault(True)
    asked.cancel_button.setFocus()
    return bool(asked.exec())


class ReportDialog(Page):
    """Says that the program made a mistake, with everything that helps to find it."""

    def __init__(self, parent: QWidget | None, error: BaseException, unsaved: int = 0) -> None:
        super().__init__(parent)
        self.setWindowTitle("Something went wrong")
        self.details = details_of(error)
        mark = QLabel()
        follow(
            mark,
            lambda: mark.setPixmap(icons.pixmap("alert", theme.tokens().danger, theme.px(28))),
        )
        text = QPlainTextEdit(self.details)
        text.setReadOnly(True)
        text.setAccessibleName("Details")
        text.setMinimumHeight(theme.px(180))
        self.copy_button = text_button("Copy details", icon="copy")
        self.copy_button.clicked.connect(self.copy)
        close = text_button("Close", kind="primary")
        close.clicked.connect(self.accept)
        labels = "1 label is" if unsaved == 1 else f"{unsaved} labels are"
        saved = f"{labels} not saved yet" if unsaved else "Your labels are saved"
        said = label(
            f"This is a fault of perser-gui, not yours. {saved}. "
            "You can go on, or close and start again.",
            "muted",
            wrap=True,
        )
        self.setLayout(
            column(
                row(mark, label("Something went wrong", "title"), 1, gap=10),
                said,
                text,
                row(self.copy_button, 1, close),
                gap=12,
                margins=(22, 20, 22, 18),
            )
        )
        self.resize(theme.px(620), theme.px(400))

    def copy(self) -> None:
        """Put the details on the clipboard."""
        QGuiApplication.clipboard().setText(self.details)
        self.copy_button.setText("Copied")


def details_of(error: BaseException) -> str:
    """Return what a report needs: versions and the traceback."""
    trace = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return (
        f"perser-gui {__version__}, Python {platform.python_version()}, "
        f"{platform.system()} {platform.release()}\n\n{trace}"
    )


class ShortcutSheet(Page):
    """All keys on one page."""

    def __init__(
        self,
        parent: QWidget | None,
        keys: dict[str, tuple[str, ...]],
        emotions: EmotionSet | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        self.edit_wanted = False
        groups: dict[str, list[tuple[str, str]]] = {"Label": list(FIXED.items())}
        if emotions is not None and any(emotion.key for emotion in emotions.emotions):
            own = zip(emotions.keys, emotions.words, strict=True)
            groups["Label"] = [*FIXED.items()][2:]  # which digit is which word stands below
            groups["Your words"] = [
                *((key, word) for key, word in own if key),
                ("Shift+key", "Add another emotion"),
            ]
        for command in COMMANDS:
            if keys.get(command.id):
                shown = "   ".join(readable(key) for key in keys[command.id])
                groups.setdefault(command.group, []).append((shown, command.title))
        width = max(_caps_width(shown) for rows in groups.values() for shown, _ in rows)
        room = (parent or self).screen().availableGeometry().width() - FRAME.width() - theme.px(62)
        columns = _columns(groups, width, 2)
        if columns.sizeHint().width() > room:
            columns = _columns(groups, width, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(columns)
        area.setMinimumSize(columns.sizeHint() + QSize(theme.px(14), 2))
        self.edit_button = text_button("Change keys…", icon="edit")
        self.edit_button.clicked.connect(self._edit)
        close = self.close_button = text_button("Close", kind="primary")
        close.clicked.connect(self.accept)
        close.setDefault(True)
        close.setFocus()
        self.setLayout(
            column(
                label("Keyboard shortcuts", "title"),
                area,
                row(self.edit_button, 1, close),
                gap=16,
                margins=(24, 20, 24, 18),
            )
        )

    def _edit(self) -> None:
        self.edit_wanted = True
        self.accept()


def _caps(keys: str) -> QHBoxLayout:
    """Return the keys as they are printed, side by side."""
    return row(*(label(key, "key") for key in keys.split("   ")), 1, gap=4)


def _caps_width(keys: str) -> int:
    """Return how wide keys are, beside each other."""
    holder = QWidget()
    holder.setLayout(_caps(keys))
    return holder.sizeHint().width()


def _columns(groups: dict[str, list[tuple[str, str]]], width: int, count: int) -> QWidget:
    """Return the groups in so many columns, about as high as each other."""
    parts: list[list[QWidget]] = [[] for _ in range(count)]
    sizes = [0] * count
    for title, rows in groups.items():
        side = sizes.index(min(sizes))
        parts[side].append(_group(title, rows, width))
        sizes[side] += len(rows) + 2
    columns = QWidget()
    columns.setLayout(row(*(column(*part, 1, gap=16) for part in parts), gap=32))
    return columns


def _group(title: str, rows: list[tuple[str, str]], width: int) -> QWidget:
    grid = QGridLayout()
    grid.setHorizontalSpacing(theme.px(14))
    grid.setVerticalSpacing(theme.px(5))
    grid.setContentsMargins(0, 0, 0, 0)
    grid.setColumnMinimumWidth(0, width)
    grid.setColumnMinimumWidth(1, theme.px(210))
    grid.setColumnStretch(1, 1)
    for i, (keys, text) in enumerate(rows):
        grid.addLayout(_caps(keys), i, 0)
        grid.addWidget(label(text), i, 1)
    holder = QWidget()
    holder.setLayout(column(label(title, "section"), grid, gap=6))
    return holder
