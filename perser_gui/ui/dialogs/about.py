"""What the program is: its version, the licences of all its parts, the cards of its models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QTextDocument, QTextTable
from PySide6.QtWidgets import (
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QStackedWidget,
    QTextBrowser,
    QWidget,
)

from perser_gui import __version__
from perser_gui.ui.dialogs.page import Page
from perser_gui.ui.look import icons, theme
from perser_gui.ui.widgets import column, label, row, text_button
from perser_gui.ui.widgets.tips import tip

if TYPE_CHECKING:
    from perser_gui.desk.bundled import Ingredient, ModelCard

CARD = "model card"


class AboutDialog(Page):
    """Says what the program is made of; everything can be read here, without a network."""

    diagnostics_wanted = Signal()

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About perser")
        self.setModal(True)
        mark = QLabel()
        side = theme.px(40)
        mark.setPixmap(icons.icon("perser-gui", size=side).pixmap(side, side))
        said = column(
            label(f"perser-gui {__version__}", "title"),
            label(
                "Labels, adapts and compares on this computer; nothing leaves it. It says how you "
                "would label a voice, never what anybody feels. Its code is under the MIT licence; "
                "its models and parts have their own.",
                "muted",
                wrap=True,
            ),
            gap=2,
        )
        self.diagnostics = text_button(
            "Copy diagnostics",
            "Versions, devices and sizes; no names, no labels, no paths",
            icon="copy",
        )
        self.diagnostics.setAutoDefault(False)
        self.diagnostics.clicked.connect(self.diagnostics_wanted)
        close = text_button("Close", kind="primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        self.list = QListWidget()
        self.list.setAccessibleName("Parts of the program")
        self.list.setFixedWidth(theme.px(250))
        self.list.setProperty("framed", "true")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._chosen)
        self.title = label("Reading…", "strong", wrap=True)
        self.licence = QPlainTextEdit()
        self.licence.setReadOnly(True)
        self.licence.setAccessibleName("Licence")
        self.card = QTextBrowser()
        self.card.setAccessibleName("Model card")
        self.card.setOpenLinks(False)
        self.card.anchorClicked.connect(_open)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.licence)
        self._pages.addWidget(self.card)
        self._parts: list[Ingredient | ModelCard | None] = []
        right = column(self.title, self._pages, gap=6, wide=1)
        self.setLayout(
            column(
                row(mark, said, gap=14, wide=1),
                row(self.list, right, gap=12, wide=1),
                row(self.diagnostics, 1, close),
                gap=14,
                margins=(22, 20, 22, 18),
                wide=1,
            )
        )
        self.resize(theme.px(860), theme.px(590))

    def show_parts(self, parts: Sequence[Ingredient], cards: Sequence[ModelCard]) -> None:
        """Show what the program is made of, once it has been read."""
        self.list.clear()
        self._parts = []
        self._head("Model cards")
        for card in cards:
            self._add(card.name, card)
        bundled = [part for part in parts if part.kind != "a library"]
        self._head("Licences: bundled")
        for part in bundled:
            self._add(f"{part.name}  ·  {part.licence}", part)
        self._head("Licences: libraries")
        for part in parts:
            if part.kind == "a library":
                self._add(f"{part.name} {part.version}", part)
        self.list.setCurrentRow(1 if cards else 0)

    def _head(self, text: str) -> None:
        item = QListWidgetItem(text)
        item.setFlags(Qt.ItemFlag.NoItemFlags)
        item.setFont(theme.font("caption"))
        self.list.addItem(item)
        self._parts.append(None)

    def _add(self, text: str, part: Ingredient | ModelCard) -> None:
        item = QListWidgetItem(text)
        item.setToolTip(tip(text))
        self.list.addItem(item)
        self._parts.append(part)

    def _chosen(self, place: int) -> None:
        from perser_gui.desk.bundled import ModelCard

        part = self._parts[place] if 0 <= place < len(self._parts) else None
        if part is None:
            return
        if isinstance(part, ModelCard):
            self.title.setText(f"{part.name}: {CARD}")
            self.card.setMarkdown(part.text)
            _tidy(self.card.document())
            self._pages.setCurrentWidget(self.card)
            return
        version = f" {part.version}" if part.version else ""
        self.title.setText(f"{part.name}{version}, {part.kind}: {part.licence}")
        self.licence.setPlainText(part.text or "It brings no text of its licence.")
        self._pages.setCurrentWidget(self.licence)


def _tidy(text: QTextDocument) -> None:
    """Give tables room above, and take away heads in which nothing stands."""
    for frame in text.rootFrame().childFrames():
        if not isinstance(frame, QTextTable):
            continue
        look = frame.format()
        look.setTopMargin(theme.px(8))
        look.setBottomMargin(theme.px(8))
        frame.setFormat(look)
        head = [frame.cellAt(0, place) for place in range(frame.columns())]
        if all(cell.firstCursorPosition() == cell.lastCursorPosition() for cell in head):
            frame.removeRows(0, 1)


def _open(url: QUrl) -> None:
    """Open a link outside if it leads to the web; files of the source tree are not here."""
    if url.scheme() in ("http", "https"):
        QDesktopServices.openUrl(url)
