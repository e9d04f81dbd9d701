"""In which order the list shows clips: as they were added, or by what is known of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Slot

from perser_gui.clip_table import ClipTable
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.known_rows import sorted_by
from perser_gui.ui.acts.noted import Places
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.progress import Progress

Order = Literal["added", "name", "duration", "unlabelled", "label", "prediction", "unsure"]

ORDERS: dict[Order, str] = {
    "added": "As added",
    "name": "Name",
    "duration": "Duration",
    "unlabelled": "Without your label first",
    "label": "Your label",
    "prediction": "Prediction",
    "unsure": "Unsure first",
}

OF_PREDICTIONS = ("prediction", "unsure")
"""Orders that can be told only when clips are predicted."""


def arranged(session: Session, order: Order, backwards: bool) -> Places | None:
    """Return the places of the clips in an order; None: as they were added.

    What has no value comes last, utterances stay together: a recording stands where its first
    utterance in that order would.
    """
    rows = session.rows
    if order == "added":
        return np.arange(len(rows))[::-1] if backwards else None
    return _together(rows, sorted_by(_key(session, order), descending=backwards))


def _key(session: Session, order: Order) -> npt.NDArray[Any]:
    """Return numbers in this order, [N]; NaN for what has no value."""
    known = session.known
    if order == "name":
        return session.rows.by_name
    if order == "duration":
        return session.rows.seconds
    if order == "unlabelled":
        return known.labelled.astype(float)
    if order == "label":
        return known.label_ranks
    ranks, shares = known.best_ranks
    return shares if order == "unsure" else 2.0 * ranks - shares


def _together(rows: ClipTable, order: Places) -> Places:
    """Return places so that the utterances of each recording follow its first one."""
    if not rows.parts:
        return order
    group = np.arange(len(rows))
    for places in rows.parts.values():
        group[places] = places[0]
    groups, first = np.unique(group[order], return_index=True)
    found = np.empty(len(rows), np.intp)
    found[groups] = first
    return order[np.argsort(found[group[order]], kind="stable")]


def _prepared(rows: ClipTable) -> Callable[[Progress], object]:
    """Return the work of making clips ready to be searched and sorted."""
    return lambda progress: rows.prepared()


class ClipOrder(QObject):
    """The order that was chosen; it is remembered, and kept while one labels."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._bench, self._session = workbench, workbench.session
        self._complete = False
        wanted = workbench.settings.clip_order
        self.order: Order = cast(Order, wanted) if wanted in get_args(Order) else "added"
        self.backwards = workbench.settings.clip_order_backwards
        self._session.arrange = self._arranged
        workbench.changed.connect(self.take)

    def _arranged(self) -> Places | None:
        return arranged(self._session, self.order, self.backwards)

    def choose(self, order: Order, *, backwards: bool) -> None:
        """Show the list in another order, or in the same one anew; remembered."""
        self.order, self.backwards = order, backwards
        self._bench.choose(clip_order=order, clip_order_backwards=backwards)
        self._again()

    @Slot(object)
    def take(self, changes: Changes) -> None:
        """Arrange once more when what the order is about is known of all clips."""
        if changes.clips:
            self._bench.runner.run(_prepared(self._session.rows), lane=Lane.UPKEEP)
        if changes.blind and self.order in OF_PREDICTIONS:
            self._again()
        elif changes.predictions and self.order in OF_PREDICTIONS:
            heard, there = self._session.heard
            complete = heard >= there
            if complete and not self._complete:
                self._again()
            self._complete = complete

    def _again(self) -> None:
        self._session.rearrange()
        self._bench.tell(Changes(visible=True))
