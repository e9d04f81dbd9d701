"""In which order the list shows clips: as they were added, or by what is known of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from PySide6.QtCore import QObject, Slot

from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.wording import rating_text
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.desk import ClipRow

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


def arranged(
    session: Session, rows: Sequence[ClipRow], order: Order, backwards: bool
) -> list[ClipRow]:
    """Return rows in an order; what has no value comes last, utterances stay together.

    A recording stands where its first utterance in that order would.
    """
    if order == "added":
        return list(reversed(rows)) if backwards else list(rows)
    keys = [_key(session, row, order) for row in rows]
    known = [i for i, key in enumerate(keys) if key is not None]
    known.sort(key=lambda i: keys[i], reverse=backwards)
    unknown = [i for i, key in enumerate(keys) if key is None]
    groups: dict[str, list[ClipRow]] = {}
    for i in (*known, *unknown):
        clip = rows[i].clip
        group = clip.recording if clip.span is not None else clip.content
        groups.setdefault(group, []).append(rows[i])
    return [row for group in groups.values() for row in group]


def _key(session: Session, row: ClipRow, order: Order) -> Any:
    clip = row.clip
    start = clip.span.start if clip.span is not None else 0.0
    if order == "name":
        return (clip.path.name.casefold(), start)
    if order == "duration":
        return clip.seconds
    if order == "unlabelled":
        return clip.content in session.ratings
    if order == "label":
        return rating_text(session.rating(clip.content)).casefold() or None
    prediction = session.best_prediction(clip.content)
    if prediction is None or prediction.speechless:
        return None
    best = float(prediction.probabilities.max())
    return best if order == "unsure" else (prediction.emotion.casefold(), -best)


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

    def _arranged(self, rows: Sequence[ClipRow]) -> list[ClipRow]:
        return arranged(self._session, rows, self.order, self.backwards)

    def choose(self, order: Order, *, backwards: bool) -> None:
        """Show the list in another order, or in the same one anew; remembered."""
        self.order, self.backwards = order, backwards
        self._bench.choose(clip_order=order, clip_order_backwards=backwards)
        self._again()

    @Slot(object)
    def take(self, changes: Changes) -> None:
        """Arrange once more when what the order is about is known of all clips."""
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
