"""Several listeners beside each other: who is compared, what came of it, written to a folder."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from perser_gui.bidi import isolated_path
from perser_gui.errors import PerserError
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.early import needs_desk
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.personalization import Personalization
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.desk.comparing import Compared
    from perser_gui.progress import Progress

AT_FIRST = 8
"""Listeners that are compared until others are chosen: who is at the desk, and the first others.

Who has not labelled anything is left out.
"""


class Beside(QObject):
    """The comparison of listeners; while one is computed, only the latest wish counts."""

    def __init__(self, workbench: Workbench, personalization: Personalization) -> None:
        super().__init__(workbench)
        self._bench = workbench
        self._model = personalization
        self._running = self._wanted = self._untold = False
        self._chosen: set[int] | None = None
        self._at_first: list[int] = []
        self._shown = 0
        self.models = True
        self.compared: Compared | None = None
        self.problem = ""

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    @property
    def chosen(self) -> list[int]:
        """Who is compared, by number: whoever is at the desk first."""
        chosen = self._at_first if self._chosen is None else self._chosen
        return [number for number in self._numbers if number in chosen]

    @property
    def _numbers(self) -> list[int]:
        """All listeners, by number: whoever is at the desk first."""
        session = self._bench.session
        own = [session.listener.id] if session.listener is not None else []
        return list(dict.fromkeys([*own, *(person.id for person in session.listeners)]))

    @property
    def running(self) -> bool:
        """Whether a comparison is being made."""
        return self._running

    def choose(self, listeners: Iterable[int] | None, *, models: bool) -> None:
        """Compare these (None: the same as before), with or without the models."""
        self._chosen = set(listeners) if listeners is not None else self._chosen
        self.models = models
        self.refresh()

    def forget(self) -> None:
        """Choose anew, after listeners have come or gone; of who has gone nothing stays."""
        people = self._bench.session.listeners
        if self._chosen is not None and not self._chosen <= {person.id for person in people}:
            self._chosen = None
        found = self.compared.found if self.compared is not None else None
        shown = zip(found.names, found.kinds, strict=True) if found is not None else ()
        if {name for name, kind in shown if kind == "listener"} - {one.name for one in people}:
            self.compared = None

    def refresh(self) -> None:
        """Compare again, with what there is now."""
        if not self._bench.is_ready:
            return
        if self._running:
            self._wanted = True
            return
        self._running = True
        if self.problem or self.compared is None:  # what was said of another comparison is over
            self.problem = ""
            self._bench.tell(Changes(comparison=True))
        if self._chosen is None:
            self._find_labelled()
        else:
            self._compare()

    def _find_labelled(self) -> None:
        """Choose, for the first, those who have labelled something; then compare."""
        desk, numbers = self._bench.desk, self._numbers

        def work(progress: Progress) -> list[int]:
            there = {person.id for person in desk.listeners()}
            known = (one for one in numbers if one in there)
            labelled = (one for one in known if any(r.emotions for r in desk.ratings(one)))
            return list(islice(labelled, AT_FIRST))

        def done(found: list[int]) -> None:
            if found != self._at_first:
                self._at_first = found
                self._bench.tell(Changes(comparison=True))
            self._compare()

        def failed(error: Exception) -> None:
            self._running = False
            self._bench.runner.fail(error)

        self._bench.runner.run(work, lane=Lane.FILES, done=done, failed=failed)

    def _compare(self) -> None:
        desk, chosen = self._bench.desk, self.chosen or self._numbers[:1]
        models = self.models and self._model.state == "ready"

        def work(progress: Progress) -> tuple[Compared, int]:
            there = {person.id for person in desk.listeners()}  # one may have been deleted
            wanted = [number for number in chosen if number in there]
            compared = desk.comparison(wanted, progress, models=models)
            return compared, hash(repr(compared))

        def done(result: tuple[Compared, int]) -> None:
            compared, mark = result
            same = mark == self._shown and self.compared is not None
            self.compared, self.problem, self._shown = compared, "", mark
            over(same=same)

        def failed(error: Exception) -> None:
            self.compared, self.problem, self._shown = None, str(error), 0
            over()
            if not isinstance(error, PerserError):
                self._bench.runner.fail(error)

        def over(*, same: bool = False) -> None:
            self._running = False
            again, self._wanted = self._wanted, False
            self._untold = self._untold or not same  # of a wish that another one overtook
            if again:
                self.refresh()
            elif self._untold:
                self._untold = False
                self._bench.tell(Changes(comparison=True))

        self._bench.runner.run(
            work,
            lane=Lane.COMPUTE if models else Lane.FILES,
            label="Comparing",
            done=done,
            failed=failed,
            cancelled=over,
        )

    @needs_desk
    def save(self, folder: Path) -> None:
        """Write tables (CSV), figures (SVG and PNG) and the whole comparison to a folder."""
        compared = self.compared
        if compared is None:
            return

        def work(progress: Progress) -> int:
            from perser_gui.desk.comparing import write_comparison

            return len(write_comparison(folder, compared))

        self._bench.runner.run(
            work,
            lane=Lane.FILES,
            label=f"Writing to {folder.name}",
            done=lambda count: self._bench.notice.emit(
                "success", f"Saved {count} tables and figures to {isolated_path(folder)}."
            ),
        )
