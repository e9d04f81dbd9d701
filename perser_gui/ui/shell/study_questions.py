"""The questions before an act with a study, and the window of whoever takes part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Slot

from perser_gui.errors import PerserError
from perser_gui.ui.dialogs.study_dialog import NewStudyDialog, Offer, TakePartDialog
from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.study.task_window import SECONDS_EACH, TaskWindow

if TYPE_CHECKING:
    from perser_gui.desk.studies.sitting import Sitting


class StudyQuestions(QObject):
    """Connects the page of studies to what it is for."""

    def __init__(self, window: Frame) -> None:
        super().__init__(window)
        self._window = window
        self._book = window.study_book
        self.task: TaskWindow | None = None
        page = window.study_page
        page.new_wanted.connect(self.ask_new)
        page.file_wanted.connect(self.ask_file)
        page.part_wanted.connect(self.ask_part)
        page.export_wanted.connect(self.ask_export)
        page.figures_wanted.connect(self.ask_figures)
        page.remove_wanted.connect(self._book.remove)
        self._book.joined.connect(self.begin)
        window.taking_part.over.connect(self._over)

    @Slot()
    def ask_new(self) -> None:
        """Ask what a new study asks."""
        words = self._window.session.emotions.words
        self._describe(NewStudyDialog(self._window, words, self.offers(), self._window.files))

    def offers(self) -> list[Offer]:
        """Return which clips of the list a study can have; the first is offered.

        That is all of them, unless one comes from the list or the table and has just seen others
        shown or chosen there: what was left standing in a view that is not open is never taken
        unasked. Files that are missing are left out.
        """
        window, session = self._window, self._window.session
        rows = [row.clip.content for row in session.rows]
        lost = {row.clip.content for row in session.rows if row.missing}
        whole = list(session.visible) if len(session.visible) == len(rows) else rows
        there = [content for content in whole if content not in lost]
        table = window.predictions
        in_list, in_table = list(session.visible), table.model.contents()
        chosen_in_list = set(window.clips.view.chosen())
        chosen_in_table = set(table.table.chosen())
        by_list, by_table = window.sieve("label"), window.sieve("predictions")
        some = (
            ("label", "chosen in the list", "", [c for c in in_list if c in chosen_in_list]),
            ("predictions", "chosen in Predictions", "",
             [c for c in in_table if c in chosen_in_table]),
            ("label", "shown in the list", by_list, in_list),
            ("predictions", "shown in Predictions", by_table, in_table if by_table else []),
        )  # fmt: skip
        seen = window.came_from if window.view_name == "studies" else window.view_name
        before, after = list[Offer](), list[Offer]()
        for view, what, by, clips in some:
            kept = [content for content in clips if content not in lost]
            if 1 < len(kept) < len(there):
                said = f"{len(kept):,} of {len(there):,} clips: those {what}"
                (before if view == seen else after).append(Offer(said, kept, by))
        if there:
            all_of = "the clip" if len(there) == 1 else f"all {len(there):,} clips"
            before.append(Offer(f"{all_of} on the list", there))
        return before + after

    def _describe(self, dialog: NewStudyDialog) -> None:
        """Make what a dialog describes; where that cannot be, ask again with all that it holds."""
        if not dialog.exec():
            dialog.deleteLater()
            return

        def refused(error: PerserError) -> None:
            dialog.problem.setText(str(error))
            QTimer.singleShot(0, self, lambda: self._describe(dialog))

        self._book.make(
            dialog.study,
            dialog.paths,
            contents=dialog.contents,
            blocks=dialog.blocks.isChecked(),
            groups=dialog.groups,
            refused=refused,
        )

    @Slot()
    def ask_file(self) -> None:
        """Ask for the file of a study, and where its clips are."""
        files = self._window.files
        path = files.file(
            "studies", "A study from a file", "Studies (*.json *.toml);;All files (*)"
        )
        if path is None:
            return
        folder = files.folder("clips", "The folder with its clips", start=path.parent)
        if folder is not None:
            self._book.take_in(path, folder)

    @Slot(int)
    def ask_part(self, study: int) -> None:
        """Ask who takes part."""
        state = self._book.state(study)
        if state is None:
            return
        taking = [s.listener.name for s in state.sittings if s.next is not None]
        finished = {s.listener.name for s in state.sittings if s.next is None}
        known = [one.name for one in self._window.session.listeners]
        names = dict.fromkeys((*taking, *state.study.listeners, *known))
        waiting = [name for name in names if name not in finished]
        own = self._window.session.listener
        at_hand = own.name if own is not None and own.name in waiting else ""
        dialog = TakePartDialog(self._window, state.study.name, waiting, at_hand)
        if dialog.exec():
            self._book.join(study, dialog.name)

    @Slot(int, bool)
    def ask_export(self, study: int, definition: bool) -> None:
        """Ask where to write the answers, or the study itself."""
        state = self._book.state(study)
        if state is None:
            return
        name, files = state.study.name, self._window.files
        if definition:
            to = files.to_save("studies", "Export the study", f"{name}.json", "Study (*.json)")
        else:
            to = files.to_save(
                "tables",
                "Export the answers",
                f"{name} answers.csv",
                "Table (*.csv);;Excel (*.xlsx);;Parquet (*.parquet)",
            )
        if to is not None:
            self._book.export(study, to.path, definition=definition)

    @Slot(int)
    def ask_figures(self, study: int) -> None:
        """Ask for the folder of tables and figures."""
        folder = self._window.files.folder("tables", "A folder for tables and figures")
        if folder is not None:
            self._book.compute_agreement(study, folder)

    @Slot(object, float)
    def begin(self, sitting: Sitting, sound: float) -> None:
        """Cover the desk with the task of a listener, whose clips last `sound` seconds."""
        window, part = self._window, self._window.taking_part
        if self.task is not None:
            return
        window.listening.pause()
        left = sum(trial.number not in sitting.answers for trial in sitting.trials)
        seconds = sound + SECONDS_EACH * left
        part.begin(sitting)
        self.task = TaskWindow(window, part, minutes=seconds / 60)
        window.workbench.changed.connect(self.task.take)
        self.task.setGeometry(window.geometry())
        if window.isMaximized() or window.isFullScreen():
            self.task.setWindowState(window.windowState())
        self.task.open()

    @Slot()
    def _over(self) -> None:
        task, self.task = self.task, None
        if task is not None:
            task.hide()
            task.deleteLater()
        self._book.refresh()
        self._window.workbench.reread()
