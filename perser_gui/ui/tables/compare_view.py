"""The Compare view: where you differ from everyone's model and from other listeners."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QScrollArea, QSizePolicy, QWidget

from perser_gui.records import Rating
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.swaps import Pair, Swaps, swaps
from perser_gui.ui.look import theme
from perser_gui.ui.look.emotion_colours import colour_of
from perser_gui.ui.widgets import EmptyState, column, label, row, text_button

MOST_PAIRS = 12


class CompareView(QWidget):
    """Two cards: everyone's model, and another listener, each beside your labels."""

    clip_wanted = Signal(str)
    other_wanted = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._others: dict[int, list[Rating]] = {}
        self._stale = True
        self.model_card = _Card("You and everyone's model", session)
        self.other_card = _Card("You and another listener", session)
        self.other = QComboBox()
        self.other.setAccessibleName("The other listener")
        self.other.setMinimumWidth(theme.px(160))
        self.other.activated.connect(self._other_chosen)
        self.other_card.head.addWidget(self.other)
        for card in (self.model_card, self.other_card):
            card.clip_wanted.connect(self.clip_wanted)
        self.setLayout(row(self.model_card, self.other_card, gap=10))

    def take(self, changes: Changes) -> None:
        """Compare anew when labels, predictions or listeners are others."""
        if changes.listener:
            self.forget()
        elif changes.ratings or changes.predictions:
            self.refresh()

    def refresh(self) -> None:
        """Compare anew (only while the view is visible)."""
        if not self.isVisible():
            self._stale = True
            return
        self._stale = False
        session = self._session
        mine = {clip: rating.emotions for clip, rating in session.ratings.items()}
        generic = {clip: (p.word,) for clip in mine if (p := session.generic_of(clip)) and p.word}
        self._show(
            self.model_card,
            swaps(mine, generic),
            "everyone's model says",
            "Label some clips to see where you and everyone's model differ.",
        )
        self._show_others(mine)

    def show_ratings(self, listener: int, ratings: Sequence[Rating]) -> None:
        """Take over the labels of another listener."""
        self._others[listener] = list(ratings)
        self.refresh()

    def forget(self) -> None:
        """Drop what was read of other listeners."""
        self._others = {}
        self.refresh()

    def _show_others(self, mine: Mapping[str, Sequence[str]]) -> None:
        session = self._session
        others = [p for p in session.listeners if session.listener and p.id != session.listener.id]
        wanted = self.other.currentData()
        with QSignalBlocker(self.other):
            self.other.clear()
            for person in others:
                self.other.addItem(person.name, person.id)
            self.other.setCurrentIndex(max(self.other.findData(wanted), 0) if others else -1)
        self.other.setVisible(bool(others))
        chosen = self.other.currentData()
        if chosen is None:
            self.other_card.show_hint("There is no other listener yet; add one at the top left.")
            return
        if chosen not in self._others:
            self.other_wanted.emit(chosen)
            return
        theirs = {rating.clip: rating.emotions for rating in self._others[chosen]}
        self._show(
            self.other_card,
            swaps(mine, theirs),
            f"{self.other.currentText()} says",
            "You have not labelled the same clips yet.",
        )

    def _show(self, card: _Card, found: Swaps, theirs: str, nothing: str) -> None:
        if not found.count:
            card.show_hint(nothing)
        else:
            card.show_agreement(found, theirs)

    @Slot()
    def _other_chosen(self) -> None:
        self.refresh()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Catch up with what happened while the view was hidden."""
        super().showEvent(event)
        if self._stale:
            self.refresh()


class _Card(QFrame):
    """One comparison: a figure, and the pairs of emotions that differ."""

    clip_wanted = Signal(str)

    def __init__(self, title: str, session: Session) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._session = session
        self.head = row(label(title, "title"), 1, margins=(18, 14, 16, 4))
        self.figure = label("", "display")
        self.text = label("", "muted", wrap=True)
        self._list = QScrollArea()
        self._list.setWidgetResizable(True)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        figures = row(self.figure, self.text, gap=14, margins=(18, 0, 18, 8))
        figures.setStretch(1, 1)
        whole = column(self.head, figures, self._list, gap=6)
        whole.setContentsMargins(1, 1, 1, 8)
        self.setLayout(whole)
        self.pairs: list[Pair] = []
        self.hint = ""

    def show_hint(self, sentence: str) -> None:
        """Say what is missing for a comparison."""
        self.figure.hide()
        self.text.hide()
        self.pairs = []
        self.hint = sentence
        self._list.setWidget(EmptyState("compare", "Nothing to compare yet", sentence))

    def show_agreement(self, found: Swaps, theirs: str) -> None:
        """Show a share and the most frequent differences."""
        self.figure.setText(f"{100 * found.share:.0f} %")
        self.hint = ""
        self.figure.show()
        self.text.show()
        clips = "clip" if found.count == 1 else "clips"
        self.text.setText(f"the same emotion on {found.same} of {found.count} shared {clips}")
        self.pairs = list(found.pairs[:MOST_PAIRS])
        rows: list[QWidget] = [self._row(pair, theirs) for pair in self.pairs]
        if not rows:
            rows = [label("No differences.", "muted")]
        holder = QWidget()
        holder.setLayout(column(*rows, 1, gap=6, margins=(18, 0, 16, 4)))
        self._list.setWidget(holder)

    def _row(self, pair: Pair, theirs: str) -> QFrame:
        times = label(f"{len(pair.clips)}×", "strong")
        times.setMinimumWidth(theme.px(34))
        says = label(theirs, "caption")
        says.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        show = text_button("Hear one", "Open a clip of these in the Label view", kind="link")
        show.clicked.connect(lambda: self.clip_wanted.emit(pair.clips[0]))
        result = QFrame()
        result.setObjectName("card")
        parts: list[QWidget | int] = [times, self._chip(pair.mine), says, self._chip(pair.theirs)]
        if pair.reverse and pair.mine < pair.theirs:
            parts.append(
                label(f"and {pair.reverse}× the other way round", "caption", tone="warning")
            )
        result.setLayout(row(*parts, 1, show, gap=9, margins=(12, 7, 8, 7)))
        return result

    def _chip(self, word: str) -> QLabel:
        colour = colour_of(self._session.emotions, word)
        fill = theme.mix(colour, theme.tokens().raised, 0.75)
        result = label(word)
        result.setStyleSheet(
            f"background: {fill.name()}; color: {theme.ink(colour, fill).name()};"
            f"border-radius: {theme.px(9)}px; padding: {theme.px(2)}px {theme.px(9)}px;"
            "font-weight: 600;"
        )
        return result
