"""The first tour: six sentences at the controls that they speak of, in a minute."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import cast

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.widgets.callout import Callout
from perser_gui.ui.widgets.text_fields import takes_text


@dataclass(frozen=True)
class Step:
    """One sentence, and where it points: at the first of these controls that can be seen."""

    title: str
    sentence: str
    anchors: Callable[[Frame], Sequence[QWidget]]
    of_clip: bool = False
    """Whether it speaks of what stands there only while a clip is at hand."""


def _to_clips(window: Frame) -> Sequence[QWidget]:
    """Return what leads to a first clip, or to one of those on the list."""
    if window.session.rows:
        return (window.clips.view, window.clips.search)
    return (window.label_panel.starter_button, window.clips.add)


STEPS: tuple[Step, ...] = (
    Step(
        "Add clips",
        "Drop files or folders anywhere in the window, or press Add. The starter clips are "
        "synthetic voices to try everything with.",
        lambda w: (w.clips.add,) if w.session.rows else _to_clips(w),
    ),
    Step(
        "Listen",
        "Space plays and pauses, R begins anew, L loops. The wheel zooms into the picture, and a "
        "drag marks a part to hear.",
        lambda w: (w.label_panel.play, w.label_panel),
        of_clip=True,
    ),
    Step(
        "Say how you would label it",
        "Press the key on a word; with Shift it becomes a second one. 0 is “can't tell”, "
        "Ctrl+Z takes back. Each label is saved as you press. Enter turns this card; after the "
        "tour it goes on to the next clip.",
        lambda w: (w.label_panel.grid, w.label_panel),
        of_clip=True,
    ),
    Step(
        "Adapt",
        "After a handful of labels, Ctrl+T makes everyone's model yours, and says whether it "
        "comes closer to your labels. Every version is kept.",
        lambda w: (w.model_panel.adapt_button, w.model_panel),
    ),
    Step(
        "See the rest",
        "Five pages, Ctrl+1 to Ctrl+5: Label, Predictions (all clips in a table), Compare (where "
        "you and others differ), Live (through the microphone) and Studies.",
        lambda w: (w.top_bar.segments,),
    ),
    Step(
        "Everything else",
        "Ctrl+K finds any action, clip or listener by a few letters; ? shows all keys. This tour "
        "stands in the menu, to be taken again.",
        lambda w: (w.top_bar.menu_button,),
    ),
)


FIRST = "First something to hear: press “Try the starter clips”, or add files of your own. "
"""Begins every step that speaks of clips while there are none."""

NOT_AT_HAND = "First choose a clip in the list. "
"""Begins a step that speaks of the clip at hand while there is none."""


class Tour(QObject):
    """Walks through the steps; Enter, arrows and Esc are its own, labelling and playing go on."""

    def __init__(self, window: Frame) -> None:
        super().__init__(window)
        self._window = window
        self.card: Callout | None = None
        self.place = -1
        """The step that is shown; -1: none, -2: the offer."""
        self._first = ""
        """What the step says has to come first; empty: nothing."""
        window.workbench.changed.connect(self.take)

    @property
    def acts(self) -> dict[str, Callable[[], object]]:
        """The acts by the id of their command."""
        return {"tour": self.start}

    @property
    def shown(self) -> bool:
        """Whether the tour, or its offer, is on the screen."""
        return self.card is not None and self.card.isVisible()

    @Slot()
    def offer(self) -> None:
        """Offer the tour to whoever is here for the first time."""
        settings = self._window.workbench.settings
        if not settings.first_start or settings.toured:
            return
        self.place = -2
        card = self._made()
        card.next_button.setText("&Take it")
        card.back_button.hide()
        card.skip_button.setText("Not now")
        card.moor(
            "New here?",
            "A tour of one minute shows where everything is. It stays in the menu.",
            self._window.lasting,
            lambda: self._window.seen_of(self._window),
        )

    def take(self, changes: Changes) -> None:
        """Follow what happens: the offer goes when one labels, steps wait for the first clip."""
        if self.place == -2 and changes.ratings:
            self.end()
        elif self.place >= 0 and (changes.clips or changes.current or changes.visible):
            QTimer.singleShot(0, self, self._look_again)  # once every panel shows it

    @Slot()
    def _look_again(self) -> None:
        """Go on once what a step asked for first is there; else point at what is there now."""
        if self.place < 0 or self.card is None:
            return
        before, now = self._first, self._needed_first(STEPS[self.place])
        if before == now:
            anchor = self.card.anchor
            if anchor is None or not anchor.isVisible():
                self.show_step(self.place)
        else:
            done = self.place == 0 and not now
            self.show_step(self.place + 1 if done else self.place)

    def _needed_first(self, step: Step) -> str:
        """Return what to do before a step can be followed; empty: nothing."""
        session = self._window.session
        if not session.rows and (step.of_clip or step is STEPS[0]):
            return FIRST
        return NOT_AT_HAND if step.of_clip and session.current is None else ""

    @Slot()
    def start(self) -> None:
        """Begin the tour, or begin it anew."""
        self.show_step(0)

    def show_step(self, place: int) -> None:
        """Show one of the steps; beyond the last the tour ends."""
        if place >= len(STEPS):
            self.end()
            return
        self.place = max(place, 0)
        step, window = STEPS[self.place], self._window
        if window.views.currentWidget() is not window.label_view:
            window.show_view("label")
        card = self._made()
        last = self.place == len(STEPS) - 1
        card.next_button.setText("&Done" if last else "&Next")
        card.back_button.setVisible(self.place > 0)
        card.skip_button.setText("&Skip the tour")
        card.skip_button.setVisible(not last)
        self._first = self._needed_first(step)
        wanted = _to_clips(window) if self._first else step.anchors(window)
        anchors = [one for one in wanted if one.isVisible()]
        card.point(
            anchors[0] if anchors else None,
            step.title,
            self._first + step.sentence,
            f"{self.place + 1} of {len(STEPS)}",
            keep_clear=self._kept_clear(),
        )

    @Slot()
    def end(self) -> None:
        """Put the tour away; it is not offered again."""
        if self.card is not None:
            card, self.card = self.card, None
            self._watch(False)
            card.hide_all()
            card.ring.deleteLater()
            card.deleteLater()
        self.place = -1
        self._window.workbench.choose(toured=True)

    def _watch(self, on: bool) -> None:
        """See the keys of the window and of what has the keyboard, and nothing of anything else."""
        app = cast("QApplication", QApplication.instance())
        if on:
            self._window.installEventFilter(self)
            app.focusChanged.connect(self._follow)
            self._follow(None, QApplication.focusWidget())
        else:
            app.focusChanged.disconnect(self._follow)
            self._follow(QApplication.focusWidget(), None)
            self._window.removeEventFilter(self)

    @Slot(QWidget, QWidget)
    def _follow(self, old: QWidget | None, new: QWidget | None) -> None:
        if old is not None and old is not self._window:
            old.removeEventFilter(self)
        if new is not None and new is not self._window:
            new.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Take the keys of the tour before the page behind it gets them."""
        kinds = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)
        if event.type() not in kinds or not isinstance(event, QKeyEvent):
            return False
        act = {
            Qt.Key.Key_Return: self._forward,
            Qt.Key.Key_Enter: self._forward,
            Qt.Key.Key_Right: self._forward,
            Qt.Key.Key_Left: self._back,
            Qt.Key.Key_Escape: self.end,
        }.get(Qt.Key(event.key()))
        if self.place == -2 and act != self.end:  # the offer waits; the page goes on behind it
            return False
        if act is None or not self._takes(watched, event):
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress:
            act()
        return True

    def _takes(self, watched: QObject, event: QKeyEvent) -> bool:
        """Whether a key at a widget is the tour's: nothing else is open, and nobody types."""
        held = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if self.place == -1 or held or self.card is None or not isinstance(watched, QWidget):
            return False
        if QApplication.activePopupWidget() or QApplication.activeModalWidget():
            return False
        own = self.card.isAncestorOf(watched)
        return watched.window() is self._window and not own and not takes_text(watched)

    def _made(self) -> Callout:
        if self.card is None:
            self._watch(True)
            card = self.card = Callout(self._window)
            card.forward.connect(self._forward)
            card.back.connect(self._back)
            card.ended.connect(self.end)
        return self.card

    @Slot()
    def _forward(self) -> None:
        self.show_step(0 if self.place < 0 else self.place + 1)

    @Slot()
    def _back(self) -> None:
        if self.place > 0:
            self.show_step(self.place - 1)

    def _kept_clear(self) -> list[QWidget]:
        """Return what a card must not cover: all that one labels with, and what models say."""
        panel = self._window.label_panel
        parts = [panel.grid, panel.play, panel.confirm, panel.unsure, panel.starter_button]
        return [*parts, self._window.model_panel.bars_area]
