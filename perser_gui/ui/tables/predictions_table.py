"""The table of predictions: what its keys and its menu do."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import (
    QEvent,
    QItemSelectionModel,
    QItemSelectionRange,
    QPoint,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QAction,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QApplication, QHeaderView, QTableView

from perser_gui.ui.acts.known_rows import (
    CLIP,
    COLUMNS,
    DISAGREEMENT,
    DURATION,
    GENERIC,
    LABEL,
    UNCERTAINTY,
    YOURS,
)
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.wording import HIDDEN
from perser_gui.ui.look import theme
from perser_gui.ui.tables.predictions_model import (
    FIRST,
    NONE_IN_USE,
    CellDelegate,
    PredictionsModel,
    text_width,
)
from perser_gui.ui.widgets.menu_parts import Menu
from perser_gui.ui.widgets.roles import CONTENT

LARGEST_FIRST = (DISAGREEMENT, UNCERTAINTY)
"""Columns in which the largest number is most worth a look."""

NARROWEST, WIDEST, USUAL = 0.72, 2.0, 1000
"""Columns are so many times as wide as usual, in tables narrower or wider than usual (px)."""

WIDTHS = {DURATION: 72, LABEL: 112, YOURS: 184, GENERIC: 184, DISAGREEMENT: 120, UNCERTAINTY: 108}

FIRST_OUT, LEAST_CLIP = (DURATION, UNCERTAINTY), 100
"""Columns that are left out, in this order, where the clip would have less than this (px)."""

ROW = 34
"""The height of a row (px)."""

AROUND_HEADING = 38
"""What is beside a heading: the space before it, and after it that of the arrow of sorting (px)."""


class PredictionsTable(QTableView):
    """Rows that can be chosen, played, labelled, copied; letters and digits go to the window."""

    opened = Signal(str)
    """Enter or a double click: open this clip in the Label view."""
    moved = Signal(str)
    """The user went to the row of this clip."""
    chosen_changed = Signal()
    cleared = Signal()
    """Delete: take back the labels of the chosen clips."""
    label_wanted = Signal(str)
    """A word, or empty for “can't tell”."""
    play_wanted = Signal()
    export_wanted = Signal()
    """Export the chosen clips."""
    shown_export_wanted = Signal()
    """Export the clips that search and filters let through."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._arranging = self._drawn = self._fitting = False
        self.further: Callable[[Menu, Sequence[str]], None] | None = None
        """Adds to the menu what is done elsewhere with clips."""
        self.rows = PredictionsModel(session)
        self.setModel(self.rows)
        self._delegate = CellDelegate(session)
        self.setItemDelegate(self._delegate)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)
        self.setCornerButtonEnabled(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(theme.px(ROW))
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        header.setSectionsClickable(True)
        header.setSortIndicatorShown(True)
        header.setSortIndicator(DISAGREEMENT, Qt.SortOrder.DescendingOrder)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(CLIP, QHeaderView.ResizeMode.Stretch)
        # Qt asks for every row whether a whole column is chosen, to draw its title otherwise.
        header.setSelectionModel(QItemSelectionModel(self.rows, self))
        self._sorted_before = self.rows.sorted_by[0]
        header.sortIndicatorChanged.connect(self.sort_by)
        header.sectionClicked.connect(self._clicked)
        self._place_arrow()
        self._factor = 0.0
        self._fitted_for: tuple[bool, bool, tuple[str, ...]] | None = None
        self.fit_columns()
        header.sectionResized.connect(self._column_drawn)
        self.setAccessibleName("Predictions of all clips")
        self.doubleClicked.connect(lambda index: self.opened.emit(index.data(CONTENT)))
        self._telling = QTimer(self)
        self._telling.setSingleShot(True)
        self._telling.timeout.connect(self.chosen_changed)
        model = self.selectionModel()
        model.currentRowChanged.connect(self._went)
        model.selectionChanged.connect(lambda *_: self._telling.start(0))

    # -- the columns ---------------------------------------------------------------------

    def _place_arrow(self) -> None:
        """Keep the arrow of sorting behind its heading, which reads from left to right."""
        left = f"{{ subcontrol-position: center left; left: {theme.px(4)}px; right: 0px; }}"
        arrows = "QHeaderView::up-arrow, QHeaderView::down-arrow"  # Qt mirrors both where it is set
        self.horizontalHeader().setStyleSheet(f"{arrows} {left}" if self.isRightToLeft() else "")

    def fit_columns(self) -> None:
        """Share the width among the columns, as long as nobody has drawn one.

        In a wide table all have more. While no model of one's own is in use, its column is as wide
        as what it says; the words of labels, and the names of clips, have the room.
        """
        factor = min(max(self.viewport().width() / theme.px(USUAL), NARROWEST), WIDEST)
        session = self._session
        own, blind, words = bool(session.yours), session.blind, session.emotions.words
        widths = self._widths(factor)
        if not self._drawn:
            self._leave_out(widths)
        if self._drawn or (
            self._fitted_for == (own, blind, words) and abs(factor - self._factor) < 0.02
        ):
            return
        self._factor, self._fitted_for, self._fitting = factor, (own, blind, words), True
        self.horizontalHeader().setMinimumSectionSize(self._heading(CLIP) + theme.px(FIRST))
        for column, width in widths.items():
            self.setColumnWidth(column, width)
        self._fitting = False

    def _widths(self, factor: float) -> dict[int, int]:
        """Return how wide the columns are (px), but that of the clip, which takes the rest."""
        session = self._session
        own, blind, words = bool(session.yours), session.blind, session.emotions.words
        widths = {c: max(theme.px(w * factor), self._heading(c)) for c, w in WIDTHS.items()}
        if not own:
            usual = widths[YOURS]
            said = text_width(HIDDEN if blind else NONE_IN_USE)
            widths[YOURS] = min(usual, max(said, self._heading(YOURS)))
            widest = max((text_width(word, dotted=True) for word in words), default=0)
            spare = usual - widths[YOURS]
            widths[LABEL] += min(spare, max(0, widest - widths[LABEL]))
        return {column: round(width) for column, width in widths.items()}

    def _leave_out(self, widths: dict[int, int]) -> None:
        """Hide what can be done without where not all columns are seen at once."""
        over = sum(widths.values()) + theme.px(LEAST_CLIP) - self.viewport().width()
        for column in FIRST_OUT:
            hidden = over > 0
            if self.isColumnHidden(column) != hidden:
                self._fitting = True
                self.setColumnHidden(column, hidden)
                self._fitting = False
            over -= widths[column]

    def _heading(self, column: int) -> int:
        """How wide a column must be for its whole heading, with the arrow of sorting (px)."""
        metrics = QFontMetrics(theme.font("caption", QFont.Weight.DemiBold))
        return metrics.horizontalAdvance(COLUMNS[column]) + theme.px(AROUND_HEADING)

    @Slot(int)
    def _column_drawn(self, column: int) -> None:
        if column in WIDTHS and not self._fitting:
            self._drawn = True

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fit the columns into another width."""
        super().resizeEvent(event)
        self.fit_columns()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Fit the columns to text of another size, and the arrow to where rows begin."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.LayoutDirectionChange:
            self._place_arrow()
        if event.type() == QEvent.Type.StyleChange:
            self.verticalHeader().setDefaultSectionSize(theme.px(ROW))
        if event.type() == QEvent.Type.StyleChange and self.isVisible():
            self._factor = 0.0
            self.fit_columns()

    # -- what is chosen ------------------------------------------------------------------

    def chosen(self) -> list[str]:
        """Return the chosen clips, from top to bottom."""
        return self.rows.contents(self._chosen_rows())

    @property
    def count_chosen(self) -> int:
        """How many clips are chosen."""
        return sum(one.height() for one in self._ranges())

    def _chosen_rows(self) -> list[int]:
        return sorted({r for one in self._ranges() for r in range(one.top(), one.bottom() + 1)})

    def _ranges(self) -> list[QItemSelectionRange]:
        return self.selectionModel().selection().toList()

    def current(self) -> str | None:
        """Return the clip whose row the keyboard stands on."""
        index = self.currentIndex()
        return index.data(CONTENT) if index.isValid() else None

    def go_to(self, content: str | None) -> None:
        """Go to the row of a clip, if it is shown, without telling; chosen rows stay chosen."""
        row = self.rows.row_of(content)
        if row >= 0 and content != self.current():
            index, model = self.rows.index(row, CLIP), self.selectionModel()
            flags = QItemSelectionModel.SelectionFlag.NoUpdate
            if not model.isSelected(index):
                flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
                flags |= QItemSelectionModel.SelectionFlag.Rows
            self._arranging = True
            model.setCurrentIndex(index, flags)
            self.scrollTo(index)
            self._arranging = False

    @Slot()
    def _went(self) -> None:
        content = self.current()
        if content is not None and not self._arranging:
            self.moved.emit(content)
        self.viewport().update()

    # -- arranging -----------------------------------------------------------------------

    @Slot(int, Qt.SortOrder)
    def sort_by(self, column: int, order: Qt.SortOrder) -> None:
        """Sort by a column and show the top; what is chosen stays chosen."""
        self._sorted_before = self.rows.sorted_by[0]
        self._keeping(lambda: self.rows.sort(column, order))
        self.scrollToTop()

    @Slot(int)
    def _clicked(self, column: int) -> None:
        """Begin with what is most worth a look where another column of shares was clicked."""
        if column != self._sorted_before and column in LARGEST_FIRST:
            self.horizontalHeader().setSortIndicator(column, Qt.SortOrder.DescendingOrder)

    def arrange(self) -> None:
        """Search and sort anew; what is chosen stays chosen."""
        self._keeping(self.rows.arrange)

    def search(self, text: str, kind: str, word: str) -> None:
        """Show only some clips; those of the chosen that are still shown stay chosen."""
        self._keeping(lambda: self.rows.search(text, kind, word))  # type: ignore[arg-type]

    def _keeping(self, act: object) -> None:
        assert callable(act)
        chosen, current = self.chosen(), self.current()
        self._arranging = True
        act()
        model = self.selectionModel()
        row = self.rows.row_of(current)
        if row >= 0:
            index = self.rows.index(row, CLIP)
            model.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
            self.scrollTo(index)
        else:
            self.scrollToTop()
        flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
        model.select(self.rows.selection_of(chosen), flags)
        self._arranging = False
        self._telling.start(0)

    # -- keys and menu -------------------------------------------------------------------

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Open, clear, copy; leave what is printable to the window."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            content = self.current()
            if content is not None:
                self.opened.emit(content)
        elif event.key() == Qt.Key.Key_Delete and not event.modifiers():
            self.cleared.emit()
        elif event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.text() and not event.text().isspace() and event.text().isprintable():
            event.ignore()
        else:
            super().keyPressEvent(event)

    @Slot()
    def copy(self) -> None:
        """Copy the chosen rows as a table that spreadsheets take."""
        lines = ["\t".join(COLUMNS)]
        for row in self._chosen_rows():
            cells = (self.rows.index(row, column).data() or "" for column in range(len(COLUMNS)))
            lines.append("\t".join(" ".join(str(cell).split()) for cell in cells))
        if len(lines) > 1:
            QApplication.clipboard().setText("\n".join(lines) + "\n")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802
        """Offer what can be done with the chosen clips."""
        where = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            box = self.visualRect(self.currentIndex())
            where = self.viewport().mapToGlobal(box.bottomLeft() + QPoint(theme.px(20), 0))
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(where)

    def menu(self) -> Menu:
        """Return the menu for the chosen clips."""
        menu = Menu(self)
        many = self.count_chosen
        some = bool(many)
        current = self.current()

        def add(target: Menu, text: str, act: object, enabled: bool = True) -> QAction:
            action = target.addAction(text)
            action.triggered.connect(act)
            action.setEnabled(enabled)
            return action

        add(menu, "Play\tSpace", self.play_wanted.emit, current is not None)
        add(menu, "Open in Label\tEnter", lambda: self.opened.emit(current), current is not None)
        labels = menu.addMenu("Label" if many == 1 else f"Label {many:,} clips")
        labels.setEnabled(some)
        emotions = self._session.emotions
        for word, own in zip(emotions.words, emotions.keys, strict=True):
            key = f"\t{own}" if own else ""
            shown = word.replace("&", "&&") + key
            add(labels, shown, lambda _=False, word=word: self.label_wanted.emit(word))
        labels.addSeparator()
        add(labels, "Can't tell\t0", lambda: self.label_wanted.emit(""))
        add(menu, "Clear the label\tDel", self.cleared.emit, some)
        menu.addSeparator()
        sorting = menu.addMenu("Sort by")
        column = self.rows.sorted_by[0]
        for number, name in enumerate(COLUMNS):
            action = add(sorting, name, lambda _=False, number=number: self._sort_again(number))
            action.setCheckable(True)
            action.setChecked(number == column)
        menu.addSeparator()
        add(menu, "Choose all\tCtrl+A", self.selectAll, bool(self.rows.rowCount()))
        add(menu, "Copy\tCtrl+C", self.copy, some)
        add(menu, "Export the chosen…", self.export_wanted.emit, some)
        listed = self.rows.rowCount()
        if self.rows.filtered and listed != len(self._session.rows):
            add(menu, f"Export the {listed:,} shown…", self.shown_export_wanted.emit, listed > 0)
        if self.further is not None and some:
            self.further(menu, self.chosen())
        return menu

    def _sort_again(self, column: int) -> None:
        """Sort by a column; by the same one, the other way round."""
        before, order = self.rows.sorted_by
        down, up = Qt.SortOrder.DescendingOrder, Qt.SortOrder.AscendingOrder
        other = up if order == down else down
        first = down if column in LARGEST_FIRST else up
        self.horizontalHeader().setSortIndicator(column, other if column == before else first)
