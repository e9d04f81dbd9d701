"""The Predictions view: every clip with your label, your model and everyone's, sortable."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QShowEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QHeaderView,
    QStackedWidget,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
)

from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.wording import clip_name, duration_text, rating_text
from perser_gui.ui.look import theme
from perser_gui.ui.look.emotion_colours import colour_of
from perser_gui.ui.widgets import EmptyState, column, label, row, text_button
from perser_gui.ui.widgets.bars import percent
from perser_gui.ui.widgets.roles import CONTENT
from perser_gui.ui.widgets.tips import tip

Index = QModelIndex | QPersistentModelIndex

COLUMNS = ("Clip", "Duration", "Your label", "Your model", "Everyone's", "Disagreement")
CLIP, DURATION, LABEL, YOURS, GENERIC, DISAGREEMENT = range(6)

SHARE = Qt.ItemDataRole.UserRole + 2
"""A probability or disagreement 0..1 of a cell, for the bar behind it."""
COLOUR = Qt.ItemDataRole.UserRole + 3


class PredictionsModel(QAbstractTableModel):
    """All clips of a session, in an order of its own."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._order: list[str] = []
        self._sorted_by = (DISAGREEMENT, Qt.SortOrder.DescendingOrder)

    @Slot()
    def refresh(self) -> None:
        """Show the session's clips anew, in the order chosen."""
        self.beginResetModel()
        self._order = [r.clip.content for r in self._session.rows]
        self._arrange()
        self.endResetModel()

    def touch(self) -> None:
        """Redraw all cells; the order stays until the next sort."""
        if self._order:
            last = self.index(len(self._order) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; clips without a value come last."""
        self._sorted_by = (column, order)
        self.beginResetModel()
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        column, order = self._sorted_by
        keyed = [(self._key(content, column), content) for content in self._order]
        known = [pair for pair in keyed if pair[0] is not None]
        unknown = [content for key, content in keyed if key is None]
        known.sort(key=lambda pair: pair[0], reverse=order == Qt.SortOrder.DescendingOrder)
        self._order = [content for _, content in known] + unknown

    def _key(self, content: str, column: int) -> Any:
        session = self._session
        clip = session.clip(content)
        if clip is None:
            return None
        if column == CLIP:
            return (clip.path.name.casefold(), clip.span.start if clip.span else 0.0)
        if column == DURATION:
            return clip.seconds
        if column == LABEL:
            return rating_text(session.rating(content)) or None
        if column == DISAGREEMENT:
            return session.disagreement(content)
        prediction = (session.yours if column == YOURS else session.generic).get(content)
        if prediction is None or prediction.speechless:
            return None
        return (prediction.emotion, float(prediction.probabilities.max()))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """How many clips there are."""
        return 0 if parent.isValid() else len(self._order)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """How many facts are told about a clip."""
        return 0 if parent.isValid() else len(COLUMNS)

    def headerData(  # noqa: N802
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        """Return the titles of the columns."""
        if orientation == Qt.Orientation.Horizontal:
            if role == Qt.ItemDataRole.DisplayRole:
                return COLUMNS[section]
            if role == Qt.ItemDataRole.ToolTipRole and section == DISAGREEMENT:
                return "How far your model is from everyone's on this clip"
            if role == Qt.ItemDataRole.TextAlignmentRole:
                return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, the share or the colour of a cell."""
        content = self._order[index.row()]
        session = self._session
        clip = session.clip(content)
        if role == CONTENT:
            return content
        if clip is None:
            return None
        column = index.column()
        if column in (YOURS, GENERIC):
            found = (session.yours if column == YOURS else session.generic).get(content)
            if found is None:
                return (
                    self._without(content, column) if role == Qt.ItemDataRole.DisplayRole else None
                )
            if found.speechless:
                return found.said if role == Qt.ItemDataRole.DisplayRole else None
            best = float(found.probabilities.max())
            if role == Qt.ItemDataRole.DisplayRole:
                return f"{found.said}  {percent(best)}"
            return {SHARE: best, COLOUR: colour_of(session.emotions, found.emotion)}.get(role)
        if column == DISAGREEMENT:
            value = session.disagreement(content)
            if role == SHARE:
                return value
            return ("" if value is None else percent(value)) if role == 0 else None
        if column == LABEL:
            rating = session.rating(content)
            if role == COLOUR and rating is not None and rating.emotions:
                return colour_of(session.emotions, rating.emotions[0])
            return rating_text(rating) if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(str(clip.path))
        if role == Qt.ItemDataRole.DisplayRole:
            return clip_name(clip) if column == CLIP else duration_text(clip.seconds)
        return None

    def _without(self, content: str, column: int) -> str:
        row = self._session.row(content)
        if row is not None and row.missing:
            return "file missing" if column == GENERIC else ""
        if content in self._session.unpredictable:
            return "cannot be read" if column == GENERIC else ""
        return "…" if column == GENERIC else "not adapted yet"


class _CellDelegate(QStyledItemDelegate):
    """Draws a cell with a thin bar for its share and a dot in the emotion's colour."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        t = theme.tokens()
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(rect, QColor(t.accent_soft if selected else t.surface))
        painter.setPen(QColor(t.border))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        box = rect.adjusted(theme.px(10), 0, -theme.px(10), 0)
        colour = index.data(COLOUR)
        if colour:
            side = theme.px(8)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawEllipse(QRectF(box.left(), box.center().y() - side / 2, side, side))
            box.adjust(side + theme.px(7), 0, 0, 0)
        share = index.data(SHARE)
        text = index.data() or ""
        if share is not None and index.column() == DISAGREEMENT:
            track = QRectF(
                box.left(), box.center().y() - 2, max(box.width() - theme.px(52), 8), theme.px(5)
            )
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(t.pressed))
            painter.drawRoundedRect(track, 2.5, 2.5)
            painter.setBrush(QColor(t.accent_ink))
            painter.drawRoundedRect(
                QRectF(track.left(), track.top(), track.width() * share, track.height()), 2.5, 2.5
            )
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        else:
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        weight = QFont.Weight.Medium if index.column() in (CLIP, LABEL) else QFont.Weight.Normal
        font = theme.font("body", weight)
        painter.setFont(font)
        quiet = index.column() == DURATION or (colour is None and index.column() != CLIP)
        painter.setPen(QColor(t.muted if quiet else t.text))
        elided = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideMiddle, box.width())
        painter.drawText(box, flags, elided)
        painter.restore()


class _Table(QTableView):
    """A table that leaves letters and digits to the window; Enter opens the clip."""

    opened = Signal(str)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            content = self.currentIndex().data(CONTENT)
            if content is not None:
                self.opened.emit(content)
        elif event.text() and not event.text().isspace() and event.text().isprintable():
            event.ignore()
        else:
            super().keyPressEvent(event)


class PredictionsView(QFrame):
    """The table of all clips, sorted by disagreement at first, with export."""

    clip_wanted = Signal(str)
    export_wanted = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session = session
        self._stale = True
        self.model = PredictionsModel(session)
        self.table = _Table()
        self.table.setModel(self.model)
        self.table.setItemDelegate(_CellDelegate(self.table))
        self.table.setSortingEnabled(True)
        self.table.horizontalHeader().setSortIndicator(DISAGREEMENT, Qt.SortOrder.DescendingOrder)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setShowGrid(False)
        self.table.setWordWrap(False)
        self.table.verticalHeader().hide()
        self.table.verticalHeader().setDefaultSectionSize(theme.px(34))
        header = self.table.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(CLIP, QHeaderView.ResizeMode.Stretch)
        for column_, width in ((DURATION, 84), (LABEL, 150), (YOURS, 170), (GENERIC, 170)):
            self.table.setColumnWidth(column_, theme.px(width))
        self.table.setColumnWidth(DISAGREEMENT, theme.px(160))
        self.table.setAccessibleName("Predictions of all clips")
        self.table.doubleClicked.connect(self._double_clicked)
        self.table.opened.connect(self.clip_wanted)
        self.summary = label("", "caption")
        self.refresh_button = text_button("Sort again", "Put new predictions in their place")
        self.refresh_button.clicked.connect(self.refresh)
        export = text_button("Export CSV…", "Ctrl+E", icon="export")
        export.clicked.connect(self.export_wanted)
        self.export_button = export
        head = row(
            label("Predictions", "title"),
            self.summary,
            1,
            self.refresh_button,
            export,
            margins=(16, 12, 14, 10),
        )
        self._empty = EmptyState(
            "table", "No clips yet", "Add clips first; their predictions appear here."
        )
        self._pages = QStackedWidget()
        self._pages.addWidget(self.table)
        self._pages.addWidget(self._empty)
        whole = column(head, self._pages, gap=0)
        whole.setContentsMargins(1, 1, 1, 6)
        self.setLayout(whole)

    def take(self, changes: Changes) -> None:
        """Show other clips anew; of those that are there, only what changed."""
        if changes.clips:
            self.refresh()
        elif changes.ratings or changes.predictions:
            self.touch()

    @Slot()
    def refresh(self) -> None:
        """Show and sort everything anew (only while the view is visible)."""
        if not self.isVisible():
            self._stale = True
            return
        self._stale = False
        self.model.refresh()
        self._pages.setCurrentIndex(0 if self._session.rows else 1)
        self.export_button.setEnabled(bool(self._session.rows))
        self._summarize()

    def touch(self) -> None:
        """Redraw after new predictions or labels; the order stays under the reader's eyes."""
        if not self.isVisible():
            self._stale = True
            return
        self.model.touch()
        self._summarize()

    def _summarize(self) -> None:
        session = self._session
        total, done = len(session.rows), len(session.generic)
        differ = sum(
            1
            for content, yours in session.yours.items()
            if content in session.generic and session.generic[content].word != yours.word
        )
        parts = [f"{done:,} of {total:,} clips predicted"]
        if session.yours:
            parts.append(f"your model names another emotion on {differ:,}")
        self.summary.setText("  ·  ".join(parts))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Catch up with what happened while the view was hidden."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    def _double_clicked(self, index: QModelIndex) -> None:
        self.clip_wanted.emit(index.data(CONTENT))
