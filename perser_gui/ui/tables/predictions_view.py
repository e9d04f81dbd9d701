"""The Predictions view: every clip with your label, your model and everyone's, to work on."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QComboBox, QFrame, QSizePolicy, QStackedWidget, QWidget

from perser_gui.bidi import isolated
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.known_rows import SHOWS
from perser_gui.ui.acts.labelling import Labelling
from perser_gui.ui.acts.wording import counted
from perser_gui.ui.look import theme
from perser_gui.ui.tables.predictions_table import PredictionsTable
from perser_gui.ui.widgets import (
    ElidedLabel,
    EmptyState,
    SearchField,
    column,
    label,
    row,
    text_button,
)
from perser_gui.ui.widgets.berth import Berth
from perser_gui.ui.widgets.menu_parts import RoomyBox
from perser_gui.ui.widgets.tips import tip
from perser_gui.ui.widgets.word_field import WordField

MANY_ROWS = 5_000
"""Of more clips than this the view opens before it reads them."""

OTHER = "yours names another emotion"

WIDEST_SEARCH, WIDEST_WORD = 900, 190
"""The line to search in, and the box of words, are no wider than so (px)."""

SEARCH_AFTER = 120
"""Milliseconds after the last letter typed before the search begins."""


class PredictionsView(QFrame):
    """The table of all clips: search, filter, sort, play, label, copy, export."""

    clip_wanted = Signal(str)
    """Open this clip in the Label view."""
    play_wanted = Signal()
    export_wanted = Signal()
    """Export all clips."""
    chosen_export_wanted = Signal(list)
    """Export these clips."""

    def __init__(self, labelling: Labelling) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._labelling = labelling
        self._bench = labelling.bench
        self._session = self._bench.session
        self._stale = True
        self.table = PredictionsTable(self._session)
        self.model = self.table.rows
        self.table.opened.connect(self.clip_wanted)
        self.table.moved.connect(lambda clip: self._bench.go_to(clip, play=False))
        self.table.play_wanted.connect(self.play_wanted)
        self.table.cleared.connect(self.clear)
        self.table.label_wanted.connect(self._label_from_menu)
        self.table.export_wanted.connect(self._export_chosen)
        self.table.shown_export_wanted.connect(self._export_shown)
        self.table.chosen_changed.connect(self._summarize)
        self._build_head()
        self._empty = EmptyState(
            "table", "No clips yet", "Add clips first; their predictions appear here."
        )
        clear = text_button("Show all clips")
        clear.clicked.connect(self.show_all)
        self._nothing = EmptyState(
            "search", "Nothing matches", "No clip has these words or is of this kind.", clear
        )
        self._pages = QStackedWidget()
        for page in (self.table, self._empty, self._nothing):
            self._pages.addWidget(page)
        self.berth = Berth(self._pages)
        whole = column(self._head, self._fields, self._pages, self.berth, gap=0, wide=2)
        whole.setContentsMargins(1, 1, 1, 6)
        self.setLayout(whole)

    def _build_head(self) -> None:
        self.summary = ElidedLabel("caption", Qt.TextElideMode.ElideRight)
        self.summary.between = "  ·  "  # half a number reads like another number
        self.refresh_button = text_button("Sort again", "Put new predictions in their place")
        self.refresh_button.clicked.connect(self.arrange)
        self.export_chosen = text_button(
            "Export chosen…", "Write the chosen clips to a file", icon="export"
        )
        self.export_chosen.clicked.connect(self._export_chosen)
        self.export_shown = text_button(
            "Export the shown…", "Write the clips that are shown, in their order", icon="export"
        )
        self.export_shown.clicked.connect(self._export_shown)
        self.export_shown.hide()
        self.export_button = text_button(
            "Export all…", "Write all clips to a file (Ctrl+E)", icon="export"
        )
        self.export_button.clicked.connect(self.export_wanted)
        self.word_field = WordField()
        self.word_field.chosen.connect(lambda word, second: self.label(word, second=second))
        self._title = label("Predictions", "title")
        self._head = QWidget()
        self._head.setMinimumWidth(1)  # it says less in a narrow window, and never widens it
        line = row(
            self._title,
            self.summary,
            self.word_field,
            self.refresh_button,
            self.export_chosen,
            self.export_shown,
            self.export_button,
            margins=(16, 12, 14, 6),
            wide=1,
        )
        self._head.setLayout(line)
        self.search = SearchField("Search name, folder, speaker, label")
        self.search.setAccessibleName("Search the predictions")
        for leaving in (self.search.left, self.search.entered, self.word_field.left):
            leaving.connect(self.into_table)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(SEARCH_AFTER)
        self._typing.timeout.connect(self._search)
        self.search.asked.connect(lambda _: self._typing.start())
        self.kind = RoomyBox()
        self.kind.setAccessibleName("Which clips to show in the table")
        for name, text in SHOWS.items():
            self.kind.addItem(text, name)
        self.kind.setMinimumWidth(theme.px(96))
        self.kind.currentIndexChanged.connect(self._search)
        self.word = RoomyBox()
        self.word.setAccessibleName("Which emotion to show in the table")
        self.word.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.word.setMinimumWidth(theme.px(96))
        self.word.addItem("Any emotion", "")
        self.word.currentIndexChanged.connect(self._search)
        self.chosen_text = label("", "caption")
        self.chosen_text.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        self._fields = row(
            self.search, self.kind, self.word, self.chosen_text, 1, margins=(16, 0, 14, 8)
        )
        self.search.setMaximumWidth(theme.px(WIDEST_SEARCH))
        self.word.setMaximumWidth(theme.px(WIDEST_WORD))
        self._fields.setStretch(0, 1000)  # it has all the room before any is left beside it

    # -- what is shown -------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Show other clips anew; of those that are there, only what changed."""
        if changes.clips or changes.emotions:
            self.refresh()
        elif changes.ratings or changes.predictions:
            self.touch()
        if changes.current or changes.clips:
            self.show_current()

    @Slot()
    def refresh(self) -> None:
        """Read all clips anew (only while the view is visible)."""
        if not self.isVisible():
            self._stale = True
            return
        self._stale = False
        self._offer_words()
        self.table.fit_columns()
        self.table.arrange()
        self._show_page()

    def touch(self) -> None:
        """Redraw after new predictions or labels; the order stays under the reader's eyes."""
        self._session.known.read()  # while they are few, whether or not the view is visible
        if not self.isVisible():
            self._stale = True
            return
        self.table.fit_columns()
        self.model.touch()
        self._summarize()

    @Slot()
    def show_current(self) -> None:
        """Go to the clip at hand."""
        if self.isVisible():
            self.table.go_to(self._session.current)
            self.table.viewport().update()

    @Slot()
    def arrange(self) -> None:
        """Search and sort anew, after new labels and predictions."""
        self.table.arrange()
        self._show_page()

    @Slot()
    def into_table(self) -> None:
        """Put the keyboard into the table."""
        self.table.setFocus(Qt.FocusReason.ShortcutFocusReason)

    @Slot()
    def show_all(self) -> None:
        """Take back search and filters."""
        for field in (self.kind, self.word):
            with QSignalBlocker(field):
                field.setCurrentIndex(0)
        self.search.show_text("")
        self._search()
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot()
    def _search(self) -> None:
        self._typing.stop()
        self.table.search(self.search.text(), self.kind.currentData(), self.word.currentData())
        self._show_page()

    def _offer_words(self) -> None:
        words = self._session.emotions.words
        known = [self.word.itemData(i) for i in range(1, self.word.count())]
        if known == list(words):
            return
        chosen = self.word.currentData()
        with QSignalBlocker(self.word):
            while self.word.count() > 1:
                self.word.removeItem(1)
            for word in words:
                self.word.addItem(isolated(word), word)
            self.word.setCurrentIndex(max(self.word.findData(chosen), 0))
        self.model.word = self.word.currentData()

    def _show_page(self) -> None:
        clips, shown = bool(self._session.rows), self.model.rowCount()
        page = self.table if shown else self._nothing if clips else self._empty
        self._pages.setCurrentWidget(page)
        able = (self.search, self.kind, self.word, self.refresh_button, self.export_button)
        for field in able:
            field.setEnabled(clips)
        self._summarize()

    @Slot()
    def _summarize(self) -> None:
        session = self._session
        total = len(session.rows)
        parts = [f"{len(session.generic):,} of {counted(total, 'clip')} predicted"]
        if session.yours:
            other = session.known.disagreeing
            parts.append(f"{OTHER} on {other:,}")
        hidden = session.count_hidden()
        if hidden:
            parts.append(f"{hidden:,} hidden until you label {'them' if hidden != 1 else 'it'}")
        self.summary.setText(self.summary.between.join(parts) if total else "")
        whole = self.summary.text().replace(OTHER, f"{OTHER} than everyone's")
        self.summary.setToolTip(tip(whole))
        shown, chosen = self.model.rowCount(), self.table.count_chosen
        texts = [f"{shown:,} shown"] if shown != total else []
        if chosen:
            texts.append(f"{chosen:,} chosen")
        self.chosen_text.setText(" · ".join(texts))
        self.chosen_text.setVisible(bool(texts))
        self.export_chosen.setEnabled(bool(chosen))
        part = shown != total and self.model.filtered
        self.export_shown.setVisible(part and bool(shown))
        self._fit_head()

    def _fit_head(self) -> None:
        """Write on the buttons as much as there is room for; a screen reader says all of it."""
        total, shown = len(self._session.rows), self.model.rowCount()
        part = shown != total and self.model.filtered
        texts = {
            self.export_chosen: ("Export chosen…", "Chosen…"),
            self.export_shown: (f"Export the {shown:,} shown…", f"The {shown:,} shown…"),
            self.export_button: (f"Export all {total:,}…", f"All {total:,}…")
            if part
            else ("Export all…", "All…"),
        }
        self._title.show()
        self.refresh_button.setText("Sort again")
        for button, (long, _) in texts.items():
            button.ensurePolished()  # or its width would be another one
            button.setText(long)
            button.setAccessibleName(long)
        if self._wanted_of_head() > self.width():
            self._title.hide()  # the view that is open is marked above
        if self._wanted_of_head() > self.width():
            for button, (_, short) in texts.items():
                button.setText(short)
        if self._wanted_of_head() > self.width():
            self.refresh_button.setText("Sort")

    def _wanted_of_head(self) -> int:
        """How wide (px) the head must be for what is written on it now."""
        layout = self._head.layout()
        assert layout is not None
        layout.invalidate()
        return layout.minimumSize().width()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Fit the head into another width."""
        super().resizeEvent(event)
        self._fit_head()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Catch up with what happened while the view was hidden."""
        super().showEvent(event)
        if self._stale and len(self._session.rows) > MANY_ROWS:
            QTimer.singleShot(0, self._catch_up)  # the view opens first
        else:
            self._catch_up()

    @Slot()
    def _catch_up(self) -> None:
        if self._stale:
            self.refresh()
        self.show_current()

    # -- what is done with the chosen clips ----------------------------------------------

    def label_by_key(self, number: int, *, second: bool = False) -> None:
        """Do what a word's key does for the chosen clips: words count from 1; 0 is can't tell."""
        words = self._session.emotions.words
        if number == 0:
            self._label(None)
        elif number <= len(words):
            self.label(words[number - 1], second=second)

    def label(self, word: str, *, second: bool = False) -> None:
        """Say how you would label the chosen clips; one Undo takes all of it back."""
        self._label(word, second)

    @Slot(str)
    def _label_from_menu(self, word: str) -> None:
        self._label(word or None)

    def _label(self, word: str | None, second: bool = False) -> None:
        clips = self.chosen()
        if clips:
            said = self._labelling.label_all(clips, word, second=second)
            if len(clips) > 1 and said:
                what = f"“{isolated(word)}”" if word is not None else "“can't tell”"
                text = f"Labelled {said:,} clip{'s' if said != 1 else ''} {what}."
                self._bench.offered.emit("info", text, "undo")

    @Slot()
    def clear(self) -> None:
        """Take back the labels of the chosen clips."""
        clips = self.chosen()
        if clips and (gone := self._labelling.clear_all(clips)):
            text = f"Cleared {gone:,} label{'s' if gone != 1 else ''}."
            self._bench.offered.emit("info", text, "undo")

    def chosen(self) -> list[str]:
        """Return the chosen clips; says what to do first where there is none."""
        chosen = self.table.chosen()
        if not chosen:
            self._bench.notice.emit("info", "Choose clips in the table first.")
        return chosen

    @Slot()
    def _export_chosen(self) -> None:
        self.chosen_export_wanted.emit(self.table.chosen())

    @Slot()
    def _export_shown(self) -> None:
        self.chosen_export_wanted.emit(self.model.contents())
