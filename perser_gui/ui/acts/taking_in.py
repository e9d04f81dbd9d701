"""Labels of a table, or of another program, taken in after they were shown; and packed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from perser_gui.bidi import isolated, isolated_path
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.desk import ImportedRatings
    from perser_gui.desk.importing import PlannedImport


class TakingIn(QObject):
    """Reads labels without writing anything, and writes them once that is confirmed."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._bench = workbench
        self._runner = workbench.runner

    def plan(
        self,
        path: Path,
        audio: Path,
        listener: str | None,
        shown: Callable[[PlannedImport], None],
        failed: Callable[[Exception], None],
    ) -> None:
        """Read a file with labels and the recordings it names; `shown` gets what it would bring."""
        desk = self._bench.desk
        self._runner.run(
            lambda progress: desk.plan_import(path, audio, progress, listener=listener),
            lane=Lane.FILES,
            label=f"Reading {path.name}",
            done=shown,
            failed=failed,
        )

    def carry_out(self, plan: PlannedImport) -> None:
        """Write what was shown; a notice says what came of it."""
        desk, bench = self._bench.desk, self._bench

        def done(result: ImportedRatings) -> None:
            names = ", ".join(isolated(person.name) for person in result.listeners) or "nobody"
            many = "label" if result.ratings == 1 else "labels"
            sentences = [f"Imported {result.ratings:,} {many} of {names}."]
            sentences += result.understood.outcome(called="label")
            bench.notice.emit("warning" if result.problems else "success", " ".join(sentences))
            bench.reread()

        self._runner.run(
            lambda progress: desk.carry_out(plan),
            lane=Lane.STORE,
            label="Importing labels",
            done=done,
        )

    def pack(self, folder: Path) -> None:
        """Write the listener's clips, labels and model into a folder for somebody else."""
        desk, listener = self._bench.desk, self._bench.session.listener
        assert listener is not None

        def done(files: int) -> None:
            self._bench.notice.emit(
                "success",
                f"Packed {files:,} files into {isolated_path(folder)}. "
                "Import that folder on another computer.",
            )

        self._runner.run(
            lambda progress: desk.pack(folder, listener.id, progress),
            lane=Lane.FILES,
            label=f"Packing {folder.name}",
            done=done,
        )
