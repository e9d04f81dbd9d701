"""Taking labels, predictions and models out of the desk, and labels and models in."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from perser_gui.bidi import isolated, isolated_path
from perser_gui.records import Listener
from perser_gui.ui.acts.early import needs_desk
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.desk import ImportedRatings


class Exchange(QObject):
    """The acts of importing and exporting; a notice says what came of them."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._bench = workbench
        self._runner = workbench.runner

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    @needs_desk
    def export_predictions(self, path: Path, clips: Sequence[str] | None = None) -> None:
        """Write the predictions of some clips (None: of all) as JSON or CSV, by the name."""
        desk, listener = self._bench.desk, self._listener()
        form = "json" if path.suffix.lower() == ".json" else "csv"
        of = "" if clips is None else f" of {len(clips):,} clip{'s' if len(clips) != 1 else ''}"
        self._runner.run(
            lambda progress: desk.export_predictions(path, listener, form, progress, clips=clips),
            lane=Lane.COMPUTE,
            label=f"Writing {path.name}",
            done=lambda _: self._said(f"Saved the predictions{of} to {isolated_path(path)}."),
        )

    @needs_desk
    def export_ratings(
        self, path: Path, form: str | None = None, *, bom: bool = False, made: str = "any"
    ) -> None:
        """Write the listener's labels as a table, or in the format of another program.

        `made` (any, blind, seen) limits them to those made without a prediction in sight, or
        with one.
        """
        desk, listener = self._bench.desk, self._listener()

        def done(files: list[Path]) -> None:
            many = f" ({len(files):,} files)" if len(files) > 1 else ""
            which = {"blind": " that were made blind", "seen": " made with a prediction in sight"}
            self._said(f"Saved your labels{which.get(made, '')} to {isolated_path(path)}{many}.")

        self._runner.run(
            lambda progress: desk.export_ratings(path, listener, form=form, bom=bom, made=made),
            lane=Lane.FILES,
            label=f"Writing {path.name}",
            done=done,
        )

    @needs_desk
    def export_model(self, path: Path) -> None:
        """Write the profile in use, to take it to another computer."""
        desk, listener = self._bench.desk, self._listener()
        self._runner.run(
            lambda progress: desk.export_profile(path, listener),
            lane=Lane.FILES,
            label=f"Writing {path.name}",
            done=lambda _: self._said(f"Saved your model to {isolated_path(path)}."),
        )

    @needs_desk
    def import_model(self, path: Path) -> None:
        """Add the listener of an exported model, and continue as them."""
        desk = self._bench.desk

        def done(listener: Listener) -> None:
            self._said(f"The model of {isolated(listener.name)} was imported.")
            self._bench.reread(listener.id)

        self._runner.run(
            lambda progress: desk.import_profile(path),
            lane=Lane.FILES,
            label=f"Reading {path.name}",
            done=done,
        )

    @needs_desk
    def import_ratings(self, path: Path, audio: Path) -> None:
        """Add the labels of a table, with the clips they are about."""
        desk, bench = self._bench.desk, self._bench
        bench.acted.emit()

        def done(result: ImportedRatings) -> None:
            bench.opening.emit(1.0, "")
            names = ", ".join(isolated(person.name) for person in result.listeners) or "nobody"
            text = f"Imported {result.ratings} labels of {names}."
            if result.problems:
                more = len(result.problems) - 1
                text += f" {result.problems[0]}" + (f" ({more} more)" if more else "")
            bench.offered.emit("warning" if result.problems else "success", text, "undo")
            bench.reread()

        def failed(error: Exception) -> None:
            bench.opening.emit(1.0, "")
            bench.runner.fail(error)

        self._runner.run(
            lambda progress: desk.import_ratings(path, audio, progress),
            lane=Lane.FILES,
            label=f"Reading {path.name}",
            done=done,
            failed=failed,
            cancelled=lambda: bench.opening.emit(1.0, ""),
            reported=lambda fraction, message: bench.opening.emit(min(fraction, 0.99), message),
        )

    def _listener(self) -> int:
        listener = self._bench.session.listener
        assert listener is not None
        return listener.id

    def _said(self, sentence: str) -> None:
        self._bench.notice.emit("success", sentence)
