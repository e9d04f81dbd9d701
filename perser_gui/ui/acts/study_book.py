"""What one can do with studies at the desk: make, take in, hand on, let take part, evaluate."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from perser_gui.bidi import isolated, isolated_path
from perser_gui.errors import PerserError
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.early import needs_desk
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.desk.comparing import Compared
    from perser_gui.desk.studies.definition import Study
    from perser_gui.desk.studies.sitting import Sitting
    from perser_gui.desk.studies.studying import StudyState
    from perser_gui.progress import Progress


class StudyBook(QObject):
    """The studies on this computer, as far as they were read, and the acts with them."""

    joined = Signal(object, float)
    """A listener wants to begin or go on (a `Sitting`), and how long (s) what waits sounds."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._bench = workbench
        self._runner = workbench.runner
        self.states: list[StudyState] = []
        self.agreements: dict[int, Compared] = {}

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    def state(self, study: int | None) -> StudyState | None:
        """Return a study by its number, or None."""
        return next((one for one in self.states if one.id == study), None)

    @needs_desk
    def refresh(self) -> None:
        """Read again how far everybody has come."""
        desk = self._bench.desk

        def done(states: list[StudyState]) -> None:
            self.states = states
            self.agreements = {}
            self._bench.tell(Changes(studies=True))

        self._runner.run(lambda progress: desk.studies(), lane=Lane.STORE, done=done)

    @needs_desk
    def make(
        self,
        study: Study,
        paths: Sequence[Path],
        *,
        contents: Sequence[str] = (),
        blocks: bool,
        groups: str,
        out: Path | None = None,
        refused: Callable[[PerserError], None] | None = None,
    ) -> None:
        """Make a study of files and folders, or of clips on the list; write its file to `out`.

        `refused` is told why it cannot be made as described; without it a notice says so.
        """
        desk, cut = self._bench.desk, self._bench.settings.cut_above
        left_out: list[str] = []

        def work(progress: Progress) -> StudyState:
            from perser_gui.desk.studies.definition import write_study

            if contents:
                made, clips = desk.study_of_clips(study, contents, blocks=blocks, groups=groups)
            else:
                made, clips, problems = desk.study_of_files(
                    study, list(paths), progress, cut_above=cut, blocks=blocks, groups=groups
                )
                left_out.extend(problems)
            state = desk.keep_study(made, clips)
            if out is not None:
                write_study(out, made)
            return state

        self._add(work, "Making the study", left_out, refused)

    @needs_desk
    def take_in(self, file: Path, audio: Path) -> None:
        """Add a study that was made elsewhere, with its clips from a folder."""
        desk = self._bench.desk

        def work(progress: Progress) -> StudyState:
            from perser_gui.desk.studies.definition import read_study

            return desk.add_study(read_study(file), audio, progress)

        self._add(work, "Reading the study")

    def _add(
        self,
        work: Callable[[Progress], StudyState],
        label: str,
        left_out: Sequence[str] = (),
        refused: Callable[[PerserError], None] | None = None,
    ) -> None:
        def done(state: StudyState) -> None:
            self._bench.opening.emit(1.0, "")
            count = state.study.trials
            told = f"{isolated(state.study.name)}: {count:,} trials for each listener."
            if left_out:
                more = f" ({len(left_out) - 1:,} more)" if len(left_out) > 1 else ""
                self._bench.notice.emit("warning", f"{told} {left_out[0]}{more}")
            else:
                self._said(told)
            self.refresh()
            self._bench.reread()

        def failed(error: Exception) -> None:
            self._bench.opening.emit(1.0, "")
            if refused is not None and isinstance(error, PerserError):
                refused(error)
            else:
                self._runner.fail(error)

        self._runner.run(
            work,
            lane=Lane.FILES,
            label=label,
            done=done,
            failed=failed,
            cancelled=lambda: self._bench.opening.emit(1.0, ""),
            reported=lambda share, text: self._bench.opening.emit(min(share, 0.99), text),
        )

    @needs_desk
    def join(self, study: int, name: str) -> None:
        """Let a listener take part, from their first trial or where they left.

        Whoever leaves before the first answer, or goes through it without sound, leaves nothing.
        """
        desk = self._bench.desk

        def work(progress: Progress) -> tuple[Sitting, float]:
            sitting = desk.sitting_of(study, name)
            return sitting, desk.sound_left(sitting)

        self._runner.run(work, lane=Lane.STORE, done=lambda found: self.joined.emit(*found))

    @needs_desk
    def remove(self, study: int) -> None:
        """Forget a study that nobody has answered to."""
        desk = self._bench.desk
        self._runner.run(
            lambda progress: desk.remove_study(study),
            lane=Lane.STORE,
            done=lambda _: self.refresh(),
        )

    @needs_desk
    def export(self, study: int, path: Path, *, definition: bool = False) -> None:
        """Write all answers as one table, or the study itself as its portable file."""
        desk, state = self._bench.desk, self.state(study)
        if state is None:
            return

        def work(progress: Progress) -> int:
            if not definition:
                return desk.export_study(path, study)
            from perser_gui.desk.studies.definition import write_study

            write_study(path, state.study)
            return len(state.study.clips)

        what = "clips" if definition else "answers"
        self._runner.run(
            work,
            lane=Lane.FILES,
            label=f"Writing {path.name}",
            done=lambda count: self._said(f"Saved {count:,} {what} to {isolated_path(path)}."),
        )

    @needs_desk
    def compute_agreement(self, study: int, folder: Path | None = None) -> None:
        """Say how far the listeners of a study agree; write tables and figures to a folder."""
        desk = self._bench.desk

        def work(progress: Progress) -> Compared:
            found = desk.study_agreement(study)
            if folder is not None:
                from perser_gui.desk.comparing import write_comparison

                write_comparison(folder, found)
            return found

        def done(found: Compared) -> None:
            self.agreements[study] = found
            self._bench.tell(Changes(studies=True))
            if folder is not None:
                self._said(f"Tables and figures are in {isolated_path(folder)}.")

        self._runner.run(work, lane=Lane.FILES, label="Comparing", done=done)

    def _said(self, sentence: str) -> None:
        self._bench.notice.emit("success", sentence)
