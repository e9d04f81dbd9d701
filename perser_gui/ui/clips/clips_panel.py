"""The left panel: add, search and filter clips, and the list itself."""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import (
    QFrame,
    QProgressBar,
    QSizePolicy,
    QStackedWidget,
    QToolButton,
    QWidget,
)

from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.clip_order import ORDERS, ClipOrder
from perser_gui.ui.acts.session import KINDS
from perser_gui.ui.acts.workbench import Workbench
from perser_gui.ui.clips.clip_list import ClipListModel, ClipListView
from perser_gui.ui.clips.clip_rows import ClipDelegate
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import (
    EmptyState,
    SearchField,
    column,
    icon_button,
    label,
    row,
    text_button,
)
from perser_gui.ui.widgets.berth import Berth
from perser_gui.ui.widgets.menu_parts import Menu, RoomyBox


class ClipsPanel(QFrame):
    """Shows the session's clips; presses go to the workbench, what is dropped to the window."""

    search_left = Signal()

    def __init__(self, bench: Workbench, order: ClipOrder) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._bench, session = bench, bench.session
        self._session = session
        self._order = order
        self._had_clips = False
        self.count = label("", "caption")
        self.add = icon_button("add", "Add files or a folder (Ctrl+O)", text="Add")
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.search = SearchField("Search clips")
        self.search.setAccessibleName("Search clips")
        self.search.setToolTip("Words of the name, the speaker or the label (Ctrl+F)")
        self.search.asked.connect(bench.search)
        self.search.left.connect(self.search_left)
        self.search.entered.connect(self.enter_list)
        self.kind = RoomyBox()
        self.kind.setAccessibleName("Which clips to show")
        self.kind.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        for name, text in KINDS.items():
            self.kind.addItem(text, name)
        self.kind.currentIndexChanged.connect(self._kind_chosen)
        self.sort = icon_button("sort", "Order of the list")
        self.sort.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.sort.setMenu(self._order_menu())
        self.model = ClipListModel(session)
        self.view = ClipListView()
        self._painter_of_rows = ClipDelegate(session)
        self.view.setItemDelegate(self._painter_of_rows)
        self.view.setModel(self.model)
        self.view.wanted.connect(bench.go_to)
        starter = text_button(
            "Starter clips",
            "Synthetic speech that ships with the program",
            icon="waveform",
        )
        starter.clicked.connect(bench.open_starter_clips)
        self._empty = EmptyState(
            "folder",
            "No clips yet",
            "Drop sound, video or folders here, or press Add. Long recordings are cut into "
            "their utterances. Clips of one folder count as one voice, unless their names tell "
            "who speaks; the Add menu lets you say otherwise.",
            starter,
        )
        self.all_button = text_button("Show all clips")
        self.all_button.clicked.connect(self._show_all)
        hint = "No clip has these words or is of this kind."
        self._nothing = EmptyState("search", "Nothing matches", hint, self.all_button)
        self._pages = QStackedWidget()
        for page in (self.view, self._empty, self._nothing):
            self._pages.addWidget(page)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress_text = label("", "caption")
        self._reading = QWidget()
        self.cancel = icon_button("close", "Stop reading and add nothing (Esc)")
        self.cancel.clicked.connect(bench.cancel_opening)
        self._reading.setLayout(
            row(
                column(self.progress_text, self.progress, gap=4),
                self.cancel,
                gap=6,
                margins=(14, 6, 8, 10),
                wide=0,
            )
        )
        self._reading.hide()
        head = row(label("Clips", "title"), self.count, 1, self.add, margins=(14, 10, 10, 4))
        fields = column(
            self.search, row(self.kind, self.sort, gap=2, wide=0), gap=6, margins=(14, 0, 12, 8)
        )
        self.berth, self.lasting = Berth(self._pages), Berth(self._pages, keeps=True)
        parts = (head, fields, self._pages, self.lasting, self.berth, self._reading)
        whole = column(*parts, gap=0, wide=2)
        whole.setContentsMargins(1, 1, 1, 6)
        self.setLayout(whole)
        self.refresh()

    def set_add_menu(self, actions: Iterable[QAction]) -> None:
        """Say what the Add button offers."""
        menu = Menu(self.add)
        menu.addActions(list(actions))
        self.add.setMenu(menu)

    def _order_menu(self) -> Menu:
        """Return the orders that the list can have; the one chosen has a mark."""
        menu = Menu(self.sort)
        chosen = QActionGroup(menu)
        for name, text in ORDERS.items():
            action = menu.addAction(text)
            action.setData(name)
            action.setCheckable(True)
            action.setChecked(name == self._order.order)
            chosen.addAction(action)
        menu.addSeparator()
        backwards = menu.addAction("The other way round")
        backwards.setCheckable(True)
        backwards.setChecked(self._order.backwards)

        def choose() -> None:
            order = chosen.checkedAction().data()
            self._order.choose(order, backwards=backwards.isChecked())

        chosen.triggered.connect(choose)
        backwards.triggered.connect(choose)
        return menu

    def take(self, changes: Changes) -> None:
        """Show what changed on the list."""
        if changes.clips or changes.visible:
            self.refresh()
        elif changes.current:
            self.show_current()
        if changes.emotions or changes.predictions.all:
            self.touch([])
        elif changes.ratings or changes.predictions:
            self.touch([*changes.ratings.clips, *changes.predictions.clips])

    def refresh(self) -> None:
        """Show the session's clips anew."""
        blocker = QSignalBlocker(self.view)
        self.model.refresh()
        del blocker
        total, shown = len(self._session.rows), len(self._session.visible)
        self.count.setText(f"{shown:,} of {total:,}" if shown != total else f"{total:,}")
        self._pages.setCurrentWidget(
            self.view if shown or self._session.coming else self._nothing if total else self._empty
        )
        if shown and not self._had_clips:
            self._had_clips = True
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)
        self.search.setEnabled(bool(total))
        self.kind.setEnabled(bool(total))
        if self.search.text() != self._session.text:
            self.search.show_text(self._session.text)
        with QSignalBlocker(self.kind):
            self.kind.setCurrentIndex(list(KINDS).index(self._session.kind))
        self.show_current()

    @Slot()
    def _show_all(self) -> None:
        self._bench.show_all()
        self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_current(self) -> None:
        """Mark the clip at hand."""
        self.view.show_current(self.model.row_of(self._session.current))

    def touch(self, contents: list[str]) -> None:
        """Redraw some clips."""
        self.model.touch(contents)

    @Slot(float, str)
    def show_opening(self, fraction: float, message: str) -> None:
        """Show how far reading new clips is."""
        self._reading.setVisible(fraction < 1.0)
        self.progress.setValue(round(1000 * fraction))
        self.model.show_progress(f"being read, {fraction:.0%}")
        metrics = self.progress_text.fontMetrics()
        self.progress_text.setText(
            metrics.elidedText(
                message or "Reading clips",
                Qt.TextElideMode.ElideMiddle,
                self.width() - theme.px(74),
            )
        )

    @Slot()
    def enter_list(self) -> None:
        """Give the keyboard to the list, if it shows any clips."""
        if self._session.visible:
            self.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def selected(self) -> list[str]:
        """Return the selected clips, or the one at hand."""
        found, current = self.view.chosen(), self._session.current
        return found or ([current] if current else [])

    @Slot()
    def _kind_chosen(self) -> None:
        self._bench.show_kind(self.kind.currentData())
