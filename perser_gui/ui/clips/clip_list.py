"""The list of clips: a model over the session, and the view that keys and mouse move in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from PySide6.QtCore import (
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QStringListModel,
    Qt,
    Signal,
)
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView

from perser_gui.bidi import isolated
from perser_gui.ui.acts.clip_texts import clip_facts, recording_text
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.wording import clip_name, duration_text
from perser_gui.ui.widgets.roles import COMING, CONTENT, RECORDING
from perser_gui.ui.widgets.tips import tip

Index = QModelIndex | QPersistentModelIndex


class ClipListModel(QStringListModel):
    """The visible clips of a session; reads, never changes it.

    Before the first utterance of a recording stands a row that only heads it. How many rows
    there are is kept by Qt's own list: laying out ten thousand of them asks for it so often
    that an answer in Python would hold the window up.
    """

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._shown: list[str] = []
        self._heads: dict[int, str] = {}
        self._coming: list[str] = []
        self._progress = ""
        self._row_of: dict[str, int] | None = None

    def refresh(self) -> None:
        """Show another selection of clips."""
        self._coming = list(self._session.coming)
        shown, heads = [""] * len(self._coming), {}
        before: str | None = None
        recording_of = self._session.recording_of
        if not recording_of:
            shown = shown + self._session.visible if shown else self._session.visible
        else:
            for content in self._session.visible:
                recording = recording_of.get(content)
                if recording is not None and recording != before:
                    heads[len(shown)] = recording
                    shown.append("")
                before = recording
                shown.append(content)
        self._shown, self._heads, self._row_of = shown, heads, None
        there, count = self.rowCount(), len(shown)
        if count > there:
            self.setStringList([""] * count)  # quicker by far than to insert them
            return
        self.beginResetModel()
        blocked = self.blockSignals(True)
        self.removeRows(count, there - count)
        self.blockSignals(blocked)
        self.endResetModel()

    def row_of(self, content: str | None) -> int:
        """Return the row of a clip, or -1."""
        if content is None or self._shown is self._session.visible:
            return self._session.place(content)
        if self._row_of is None:
            self._row_of = {clip: row for row, clip in enumerate(self._shown) if clip}
        return self._row_of.get(content, -1)

    def rows_under(self, head: int) -> range:
        """Return the rows of the utterances that a recording's head stands above."""
        end = head + 1
        while end < len(self._shown) and end not in self._heads and self._is_part(end):
            end += 1
        return range(head + 1, end)

    def _is_part(self, row: int) -> bool:
        clip = self._session.clip(self._shown[row])
        return clip is not None and clip.span is not None

    def touch(self, contents: Iterable[str]) -> None:
        """Redraw some clips; without any, all of them."""
        wanted = list(contents)
        if not self._shown:
            return
        if not wanted:
            self.dataChanged.emit(self.index(0), self.index(len(self._shown) - 1))
            return
        for content in wanted:
            row = self.row_of(content)
            if row >= 0:
                self.dataChanged.emit(self.index(row), self.index(row))
        for row in self._heads:
            self.dataChanged.emit(self.index(row), self.index(row))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return name, tooltip or spoken text of a row."""
        if not index.isValid() or index.row() >= len(self._shown):
            return None
        recording = self._heads.get(index.row())
        if role == RECORDING:
            return recording
        if index.row() < len(self._coming):
            return self._of_coming(self._coming[index.row()], first=not index.row()).get(role)
        if recording is not None:
            return self._of_recording(recording, role)
        content = self._shown[index.row()]
        if role == CONTENT:
            return content
        row = self._session.row(content)
        if row is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return clip_name(row.clip)
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip("\n".join(clip_facts(self._session, content)))
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return ", ".join(clip_facts(self._session, content))
        return None

    def _of_recording(self, recording: str, role: int) -> Any:
        clips = self._session.utterances(recording)
        if not clips or clips[0].span is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return clips[0].path.name
        facts = [
            isolated(clips[0].path.name),
            duration_text(clips[0].span.of),
            recording_text(self._session, recording),
        ]
        if role == Qt.ItemDataRole.ToolTipRole:
            return tip("\n".join([*facts, "A click selects all its utterances"]))
        return ", ".join(facts) if role == Qt.ItemDataRole.AccessibleTextRole else None

    def show_progress(self, text: str) -> None:
        """Show how far what is being read is."""
        self._progress = text
        if self._coming:
            self.dataChanged.emit(self.index(0), self.index(len(self._coming) - 1))

    def _of_coming(self, name: str, *, first: bool) -> dict[int, str]:
        """Return what a row shows of a file that is not read yet."""
        state = self._progress if first else "waits to be read"
        said = f"{isolated(name)}, {state}"
        return {
            Qt.ItemDataRole.DisplayRole: name,
            COMING: state,
            Qt.ItemDataRole.ToolTipRole: tip(said),
            Qt.ItemDataRole.AccessibleTextRole: said,
        }

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let keys pass over the heads of recordings."""
        if index.row() in self._heads or index.row() < len(self._coming):
            return Qt.ItemFlag.NoItemFlags
        never = Qt.ItemFlag.ItemNeverHasChildren
        return Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | never


AHEAD = 2
"""So many clips after the one at hand are in sight."""


class ClipListView(QListView):
    """The list; letters, digits and Enter are left to the window's commands."""

    wanted = Signal(str)
    """The user clicked or moved to this clip."""

    def __init__(self) -> None:
        super().__init__()
        self.setUniformItemSizes(True)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setAccessibleName("Clips")
        self._under_mouse = -1

    def show_current(self, row: int) -> None:
        """Move the mark to a row without asking for it again; what comes next is in sight, too.

        Under the mouse nothing moves.
        """
        index = self.model().index(row, 0)
        blocked = self.blockSignals(True)
        self.setCurrentIndex(index)
        self.blockSignals(blocked)
        if index.isValid():
            head = self.model().index(row - 1, 0).data(RECORDING) is not None
            near = [row + AHEAD, row - 1] if row != self._under_mouse else [row - 1] * head
            for other in (*near, row):
                beside = self.model().index(max(0, min(other, self.model().rowCount() - 1)), 0)
                self.scrollTo(beside, QAbstractItemView.ScrollHint.EnsureVisible)
        self._under_mouse = -1
        self.viewport().update()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Keep the clip at hand in sight when a notice takes room below."""
        super().resizeEvent(event)
        there, before = self.visualRect(self.currentIndex()), event.oldSize().height()
        if self.viewport().height() <= there.bottom() and 0 <= there.top() < before:
            self.scrollTo(self.currentIndex(), QAbstractItemView.ScrollHint.EnsureVisible)

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: N802
        """Ask for the clip that mouse or arrows chose."""
        super().currentChanged(current, previous)
        content = current.data(CONTENT)
        if content is not None and not self.signalsBlocked():
            self.wanted.emit(content)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802
        """Select all utterances of the recording whose head was pressed."""
        index = self.indexAt(event.position().toPoint())
        self._under_mouse = index.row()
        if event.button() == Qt.MouseButton.RightButton:
            event.accept()  # the menu chooses, and plays nothing
            return
        if index.data(RECORDING) is None or event.button() != Qt.MouseButton.LeftButton:
            super().mousePressEvent(event)
            return
        self._choose_under(index)
        event.accept()

    def _choose_under(self, index: Index) -> None:
        model = self.model()
        assert isinstance(model, ClipListModel)
        rows = model.rows_under(index.row())
        chosen = QItemSelection(model.index(rows[0]), model.index(rows[-1]))
        self.selectionModel().select(chosen, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    def chosen(self) -> list[str]:
        """Return the clips that are chosen, in no order."""
        found = [index.data(CONTENT) for index in self.selectedIndexes()]
        return [content for content in found if content is not None]

    def choose_at(self, place: QPoint) -> None:
        """Choose the clip at a place, or all utterances of the recording there, if it is none."""
        index = self.indexAt(place)
        if index.data(RECORDING) is not None:
            self._choose_under(index)
        elif index.data(CONTENT) is not None and not self.selectionModel().isSelected(index):
            flags = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().select(index, flags)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: N802
        """Take the focus without choosing the first clip."""
        blocked = self.blockSignals(True)
        super().focusInEvent(event)
        self.blockSignals(blocked)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Keep the keys that move; leave the others to the window."""
        moving = {
            Qt.Key.Key_Up,
            Qt.Key.Key_Down,
            Qt.Key.Key_PageUp,
            Qt.Key.Key_PageDown,
            Qt.Key.Key_Home,
            Qt.Key.Key_End,
        }
        if event.key() in moving:
            super().keyPressEvent(event)
        else:
            event.ignore()
