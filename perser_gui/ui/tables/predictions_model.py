"""The clips of the Predictions view as Qt's tables want them, and how a cell is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QItemSelection,
    QModelIndex,
    QPersistentModelIndex,
    QRectF,
    Qt,
)
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from perser_gui.bidi import isolated, isolated_path
from perser_gui.ui.acts.known_rows import (
    CLIP,
    COLUMNS,
    DISAGREEMENT,
    DURATION,
    GENERIC,
    LABEL,
    UNCERTAINTY,
    YOURS,
    Show,
)
from perser_gui.ui.acts.noted import Places
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.wording import (
    HIDDEN,
    clip_name,
    duration_text,
    rating_text,
    shares_text,
    shorter,
)
from perser_gui.ui.look import theme
from perser_gui.ui.look.emotion_colours import colour_of
from perser_gui.ui.look.theme import FIGURES
from perser_gui.ui.widgets.bars import percent
from perser_gui.ui.widgets.roles import CONTENT
from perser_gui.ui.widgets.tips import tip

Index = QModelIndex | QPersistentModelIndex

SHARE = Qt.ItemDataRole.UserRole + 2
"""A number 0..1 of a cell, for the bar behind it."""
COLOUR = Qt.ItemDataRole.UserRole + 3

FIRST, BESIDE = 16, 10
"""What is free before the text of the first column, below the title of the view, and beside that
of the others (px)."""

DOT, AFTER_DOT = 8, 7
"""The side of the dot in an emotion's colour, and what is free behind it (px)."""

NONE_IN_USE = "none in use"
"""What stands in the place of one's own model's prediction where there is no such model."""

_EXPLAINED = {
    CLIP: "the name of the file; for an utterance with its times",
    DURATION: "how long the clip is",
    LABEL: "how you labelled it",
    YOURS: "what your model says, and how sure it is",
    GENERIC: "what everyone's model says, and how sure it is",
    DISAGREEMENT: "how far your model is from everyone's on this clip",
    UNCERTAINTY: "how far the likeliest word is from certain: 100 % where all are as likely",
}


class PredictionsModel(QAbstractTableModel):
    """The clips of a session that a search lets through, in an order of their own."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.known = session.known
        self._clips = session.rows
        self.sorted_by = (DISAGREEMENT, Qt.SortOrder.DescendingOrder)
        self.text, self.word = "", ""
        self.kind: Show = "all"
        self._order: Places = np.zeros(0, np.intp)

    @property
    def filtered(self) -> bool:
        """Whether a search or a filter is in use."""
        return bool(self.text.strip() or self.kind != "all" or self.word)

    def touch(self) -> None:
        """Show other labels and predictions; who stands where stays until the next sort."""
        if len(self._order):
            last = self.index(len(self._order) - 1, len(COLUMNS) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort by a column; clips without a value come last."""
        self.sorted_by = (column, order)
        self.arrange()

    def search(self, text: str, kind: Show, word: str) -> None:
        """Show only clips with these words, of this kind, with this emotion (empty: any)."""
        self.text, self.kind, self.word = text, kind, word
        self.arrange()

    def arrange(self) -> None:
        """Search and sort anew."""
        self.beginResetModel()
        self._arrange()
        self.endResetModel()

    def _arrange(self) -> None:
        self._clips = self._session.rows
        column, direction = self.sorted_by
        order = self.known.order(column, descending=direction == Qt.SortOrder.DescendingOrder)
        shown = self.known.shown(self.text, self.kind, self.word)
        self._order = order[shown[order]]

    # -- which clips stand where ---------------------------------------------------------

    def contents(self, rows: Iterable[int] | None = None) -> list[str]:
        """Return the clips in some rows (None: in all), from top to bottom."""
        places = self._order if rows is None else self._order[np.fromiter(rows, np.intp)]
        contents = self._clips.contents
        return [contents[place] for place in places.tolist()]

    def row_of(self, content: str | None) -> int:
        """Return the row of a clip, or -1."""
        place = self._clips.places.get(content) if content is not None else None
        if place is None:
            return -1
        found = np.flatnonzero(self._order == place)
        return int(found[0]) if len(found) else -1

    def selection_of(self, contents: Sequence[str]) -> QItemSelection:
        """Return the rows of some clips as a selection; those that are not shown drop out."""
        selection = QItemSelection()
        places = [p for p in map(self._clips.places.get, contents) if p is not None]
        chosen = np.zeros(len(self._clips), bool)
        chosen[places] = True
        edges = np.flatnonzero(np.diff(np.r_[False, chosen[self._order], False].astype(np.int8)))
        last = len(COLUMNS) - 1
        for first, end in edges.reshape(-1, 2).tolist():
            selection.select(self.index(first, 0), self.index(end - 1, last))
        return selection

    # -- what Qt asks --------------------------------------------------------------------

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: N802, B008
        """How many clips are shown."""
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
            if role == Qt.ItemDataRole.ToolTipRole:
                return f"{COLUMNS[section]}: {_EXPLAINED[section]}"
            if role == Qt.ItemDataRole.TextAlignmentRole:
                flag = Qt.AlignmentFlag  # as the cells below are drawn, in both directions
                return int(flag.AlignLeft | flag.AlignVCenter | flag.AlignAbsolute)
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return the text, the share or the colour of a cell."""
        place = int(self._order[index.row()])
        content = self._clips.contents[place]
        session = self._session
        clip = session.clip(content)
        if role == CONTENT:
            return content
        if clip is None:
            return None
        column = index.column()
        if column in (YOURS, GENERIC):
            return self._prediction(content, column, role)
        if column in (DISAGREEMENT, UNCERTAINTY):
            known = self.known
            of_place = known.disagreement if column == DISAGREEMENT else known.uncertainty
            value = of_place(session.rows.places[content])
            if role == SHARE:
                return value
            shown = role == Qt.ItemDataRole.DisplayRole
            return ("" if value is None else percent(value)) if shown else None
        if column == LABEL:
            rating = session.rating(content)
            if role == COLOUR and rating is not None and rating.emotions:
                return colour_of(session.emotions, rating.emotions[0])
            if role == Qt.ItemDataRole.ToolTipRole and rating is not None and rating.shares:
                return tip(shares_text(rating))
            return rating_text(rating) if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip(isolated_path(clip.path))
        if role == Qt.ItemDataRole.DisplayRole:
            return clip_name(clip) if column == CLIP else duration_text(clip.seconds)
        return None

    def _prediction(self, content: str, column: int, role: int) -> Any:
        session = self._session
        own = column == YOURS
        found = session.yours_of(content) if own else session.generic_of(content)
        shown = role == Qt.ItemDataRole.DisplayRole
        if found is None:
            return self._without(content, column) if shown else None
        if not found.word:
            return found.said if shown else None
        best = float(found.probabilities.max())
        if shown:
            return f"{isolated(found.said)}  {percent(best)}"
        return {SHARE: best, COLOUR: colour_of(session.emotions, found.emotion)}.get(role)

    def _without(self, content: str, column: int) -> str:
        row = self._session.row(content)
        if row is not None and row.missing:
            return "file missing" if column == GENERIC else ""
        if self._session.hides(content):
            return HIDDEN
        if content in self._session.unpredictable:
            return "cannot be read" if column == GENERIC else ""
        return "…" if column == GENERIC else NONE_IN_USE


class CellDelegate(QStyledItemDelegate):
    """Draws a cell with a thin bar for its share and a dot in the emotion's colour."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw one cell; the clip at hand has a mark at its left."""
        t = theme.tokens()
        painter.save()
        painter.setLayoutDirection(FIGURES)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = QRectF(option.rect)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.fillRect(rect, QColor(t.accent_soft if selected else t.surface))
        painter.setPen(QColor(t.border))
        painter.drawLine(rect.bottomLeft(), rect.bottomRight())
        column = index.column()
        if column == CLIP and index.data(CONTENT) == self._session.current:
            room = rect.height() * 0.22
            bar = QRectF(rect.left() + 1, rect.top() + room, 3, rect.height() - 2 * room)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(t.accent_ink))
            painter.drawRoundedRect(bar, 1.5, 1.5)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.setPen(QPen(QColor(t.focus), 1.5))
            painter.drawRoundedRect(rect.adjusted(2, 2, -2, -3), theme.px(4), theme.px(4))
        before = theme.px(FIRST if column == CLIP else BESIDE)
        box = rect.adjusted(before, 0, -theme.px(BESIDE), 0)
        colour = index.data(COLOUR)
        if colour:
            side = theme.px(DOT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(colour))
            painter.drawEllipse(QRectF(box.left(), box.center().y() - side / 2, side, side))
            box.adjust(side + theme.px(AFTER_DOT), 0, 0, 0)
        share = index.data(SHARE)
        flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
        if share is not None and column in (DISAGREEMENT, UNCERTAINTY):
            self._draw_share(painter, box, share)
            flags = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight
        weight = QFont.Weight.Medium if column in (CLIP, LABEL) else QFont.Weight.Normal
        font = theme.font("body", weight)
        painter.setFont(font)
        quiet = column == DURATION or (colour is None and column != CLIP)
        painter.setPen(QColor(t.muted if quiet else t.text))
        text = fitted(index.data() or "", QFontMetricsF(font), box.width())
        painter.drawText(box, flags, text)
        painter.restore()

    @staticmethod
    def _draw_share(painter: QPainter, box: QRectF, share: float) -> None:
        t = theme.tokens()
        width = max(box.width() - theme.px(52), 8)
        track = QRectF(box.left(), box.center().y() - 2, width, theme.px(5))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(t.pressed))
        painter.drawRoundedRect(track, 2.5, 2.5)
        painter.setBrush(QColor(t.accent_ink))
        filled = QRectF(track.left(), track.top(), track.width() * share, track.height())
        painter.drawRoundedRect(filled, 2.5, 2.5)


def text_width(text: str, *, dotted: bool = False) -> int:
    """Return how wide a cell must be for a text (px), with a dot before a word where `dotted`."""
    weight = QFont.Weight.Medium if dotted else QFont.Weight.Normal
    inside = QFontMetricsF(theme.font("body", weight)).horizontalAdvance(text)
    dot = DOT + AFTER_DOT if dotted else 0
    return math.ceil(inside + theme.px(2 * BESIDE + dot)) + 1


def fitted(text: str, metrics: QFontMetricsF, width: float) -> str:
    """Return a cell's text in so much room (px): what stands before two spaces is shortened.

    So the times of an utterance and a percent figure stay whole, as long as there is room for
    them.
    """
    first, gap, tail = text.rpartition("  ")
    middle = Qt.TextElideMode.ElideMiddle
    room = width - metrics.horizontalAdvance(gap + tail)
    if metrics.horizontalAdvance(text) <= width or room < metrics.horizontalAdvance("m…m"):
        return metrics.elidedText(text, middle, width)
    for said in (first, shorter(first)):
        if metrics.horizontalAdvance(said) <= room:
            return f"{said}{gap}{tail}"
    return f"{metrics.elidedText(first, Qt.TextElideMode.ElideRight, room)}{gap}{tail}"
