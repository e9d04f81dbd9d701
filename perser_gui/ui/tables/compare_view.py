"""The Compare view: any number of listeners beside each other, their models, and everyone's."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QAction, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from perser_gui.bidi import isolated
from perser_gui.evaluation.comparing_output import HELD_OUT, OVERALL, said_of
from perser_gui.evaluation.side_by_side import (
    AgainstModels,
    Comparison,
    PairAgreement,
    Strip,
    Swap,
)
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.comparing_people import Beside
from perser_gui.ui.acts.wording import counted
from perser_gui.ui.look import theme
from perser_gui.ui.look.emotion_colours import colour_of
from perser_gui.ui.look.following import follow
from perser_gui.ui.tables.compare_pictures import MatrixPicture, StripPicture
from perser_gui.ui.widgets import ElidedLabel, EmptyState, column, label, row, text_button
from perser_gui.ui.widgets.basics import refill
from perser_gui.ui.widgets.berth import Berth
from perser_gui.ui.widgets.lists import short_name
from perser_gui.ui.widgets.scrolled_panel import scrolled
from perser_gui.ui.widgets.spread import Spread
from perser_gui.ui.widgets.tips import tip

MOST_SWAPS = 12
ONE_SHARED = (
    "Two or more listeners labelled only one clip: too few to say how far they agree over all."
)
WIDEST = 1100
"""A column that is read is no wider than this (px), however wide the window is."""

BESIDE = 1200
"""From this width on (px) differences stand beside the agreement, not below it."""


class CompareView(QWidget):
    """Who is compared at the left; at the right agreement, differences, consistency, models."""

    clip_wanted = Signal(str)
    hear_wanted = Signal(str)
    save_wanted = Signal()

    def __init__(self, beside: Beside) -> None:
        super().__init__()
        self._beside = beside
        self._session = beside.bench.session
        self._stale = True
        self._heard: dict[tuple[str, str, str, str], int] = {}
        self.swaps: tuple[Swap, ...] = ()
        self.people = QListWidget()
        self.people.setAccessibleName("Listeners that are compared")
        self.people.setProperty("plain", "true")
        self.people.itemChanged.connect(self._chosen)
        self.models = QCheckBox("Models, too")
        self.models.setToolTip("Everyone's model, and the own model of each listener")
        self.models.setChecked(beside.models)
        self.models.toggled.connect(lambda on: self._beside.choose(None, models=on))
        self.save = text_button("Save tables and figures…", icon="export")
        self.save.clicked.connect(self.save_wanted)
        self.berth = Berth(self.people)
        left = QFrame()
        left.setObjectName("panel")
        left.setLayout(
            column(
                label("Listeners", "title"),
                self.people,
                self.berth,
                self.models,
                self.save,
                gap=10,
                margins=(16, 14, 16, 14),
                wide=1,
            )
        )
        left.setFixedWidth(theme.px(240))
        self.overall = label("", "muted", wrap=True)
        self.matrix = MatrixPicture()
        self.matrix.chosen.connect(self._show_pair)
        self.pair_title = label("", "strong", wrap=True)
        self._swaps, self._more = _Lines(), _Lines()
        inside = QWidget()
        self.spread = Spread(
            _part(label("The same emotion, two by two", "title"), self.overall, self.matrix),
            _part(self.pair_title, self._swaps),
            self._more,
            from_width=BESIDE,
            widest=WIDEST,
        )
        inside.setLayout(column(self.spread, margins=(20, 14, 20, 14)))
        area = scrolled(inside, sideways=True)
        self.save.setEnabled(False)
        self.empty = EmptyState("compare", "Nothing to compare yet", "")
        self._pages = QStackedWidget()
        self._pages.addWidget(self.empty)
        self._pages.addWidget(area)
        right = QFrame()
        right.setObjectName("panel")
        right.setLayout(column(self._pages, margins=(1, 1, 1, 1)))
        self.setLayout(row(left, right, gap=10, wide=1))

    def take(self, changes: Changes) -> None:
        """Compare anew when labels, models or listeners are others."""
        if changes.listener:
            self._beside.forget()
        told = (changes.listener, changes.ratings, changes.profile, changes.model)
        if any(told) or changes.predictions.all:
            self.refresh()
        if changes.comparison:
            self.show_comparison()

    def refresh(self) -> None:
        """Compare anew (only while the view is visible)."""
        self._stale = not self.isVisible()
        if self._stale:
            return
        self._show_people()
        self._beside.refresh()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Catch up with what happened while the view was hidden."""
        super().showEvent(event)
        if self._stale:
            self.refresh()

    @property
    def hint(self) -> str:
        """What is missing for a comparison, if it is."""
        return self.empty.hint.text() if self._pages.currentIndex() == 0 else ""

    # -- who is compared -----------------------------------------------------------------

    def _show_people(self) -> None:
        chosen = set(self._beside.chosen)
        with QSignalBlocker(self.people):
            self.people.clear()
            for person in self._session.listeners:
                item = QListWidgetItem(short_name(person.name, self.people), self.people)
                item.setToolTip(tip(person.name))
                item.setData(Qt.ItemDataRole.UserRole, person.id)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
                on = person.id in chosen
                item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

    @Slot()
    def _chosen(self) -> None:
        items = [self.people.item(n) for n in range(self.people.count())]
        on = [i for i in items if i.checkState() == Qt.CheckState.Checked]
        numbers = [int(item.data(Qt.ItemDataRole.UserRole)) for item in on]
        self._beside.choose(numbers, models=self.models.isChecked())

    # -- what came of it -----------------------------------------------------------------

    def show_comparison(self) -> None:
        """Show the latest comparison, or what is missing for one."""
        self._show_people()
        with QSignalBlocker(self.models):
            self.models.setChecked(self._beside.models)
        compared = self._beside.compared
        others = len(self._session.listeners) > 1
        hint = self._beside.problem or _missing(compared.found if compared else None, others)
        self.save.setEnabled(compared is not None and not hint)
        if hint or compared is None:
            waits = compared is None and self._beside.running
            self.empty.title.setText("Comparing…" if waits else "Nothing to compare yet")
            self.empty.hint.setText("" if waits else hint)
            self._pages.setCurrentIndex(0)
            self.swaps = ()
            return
        found = compared.found
        self._pages.setCurrentIndex(1)
        figures = [
            f"{title} {said_of(getattr(found.overall, name))}" for name, title in OVERALL.items()
        ]
        clips = f"on {found.shared:,} clips that two or more listeners labelled, 95 % intervals"
        if found.consistency:
            clips += "; of a clip heard again in a study the first answer counts"
        some = not math.isnan(found.overall.alpha.value)
        text = f"{' · '.join(figures)} — {clips}" if some else ""
        self.overall.setText(ONE_SHARED if found.shared == 1 else text)
        self.overall.setVisible(bool(self.overall.text()))
        self.matrix.show_comparison(found)
        self._show_more(found)
        pair = self.matrix.pair
        if pair is not None:
            self._show_pair(*pair)

    @Slot(str, str)
    def _show_pair(self, first: str, second: str) -> None:
        compared = self._beside.compared
        pair = compared.found.pair(first, second) if compared is not None else None
        if pair is None:
            return
        self.swaps = pair.swaps
        self.pair_title.setText(pair_text(pair))
        lines: list[QWidget] = [self._swap_line(pair, swap) for swap in pair.swaps[:MOST_SWAPS]]
        if not lines and pair.count:
            lines = [label("No differences.", "muted")]
        self._swaps.show_lines(lines)

    def _swap_line(self, pair: PairAgreement, swap: Swap) -> QFrame:
        there = [clip for clip in swap.clips if self._session.row(clip) is not None]
        hear = text_button("Hear one", "Play a clip of these; again: the next", kind="link")
        hear.clicked.connect(lambda: self._hear(pair, swap))
        show = text_button("Show", "Open a clip of these in the Label view", kind="link")
        show.clicked.connect(lambda: self.clip_wanted.emit(there[0]))
        show.setEnabled(bool(there))
        times = label(f"{len(swap.clips)}×", "strong")
        times.setMinimumWidth(theme.px(34))
        parts: list[QWidget | int] = [
            times,
            _caption(f"{isolated(pair.first)} says"),
            self._chip(swap.mine),
            _caption(f"{isolated(pair.second)} says"),
            self._chip(swap.theirs),
        ]
        if swap.reverse:
            parts.append(_caption(f"and {swap.reverse}× the other way round", tone="warning"))
        card = QFrame()
        card.setObjectName("card")
        card.setLayout(row(*parts, 1, hear, show, gap=9, margins=(12, 6, 8, 6)))
        said = f"{len(swap.clips)}× {pair.first}: {swap.mine}, {pair.second}: {swap.theirs}"
        for text, act, able in (
            ("Hear one", hear.click, True),
            ("Show", show.click, bool(there)),
            ("Copy", lambda: QApplication.clipboard().setText(said), True),
        ):
            entry = QAction(text, card)
            entry.triggered.connect(act)
            entry.setEnabled(able)
            card.addAction(entry)
        card.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        return card

    def _hear(self, pair: PairAgreement, swap: Swap) -> None:
        key = (pair.first, pair.second, swap.mine, swap.theirs)
        turn = self._heard.get(key, 0)
        self._heard[key] = turn + 1
        self.hear_wanted.emit(swap.clips[turn % len(swap.clips)])

    def _chip(self, word: str) -> QLabel:
        result = label(word)

        def dress() -> None:
            colour = colour_of(self._session.emotions, word)
            fill = theme.mix(colour, theme.tokens().raised, 0.75)
            result.setStyleSheet(
                f"background: {fill.name()}; color: {theme.ink(colour, fill).name()};"
                f"border-radius: {theme.px(9)}px; padding: {theme.px(2)}px {theme.px(9)}px;"
                "font-weight: 600;"
            )

        follow(result, dress)
        return result

    def _show_more(self, found: Comparison) -> None:
        lines: list[QWidget] = []
        if found.consistency:
            lines.append(label("Own consistency, on clips heard again in a study", "strong"))
            lines += [
                _line(one.name, f"{said_of(one.share)} · {one.same} of {one.count}")
                for one in found.consistency
            ]
        if found.models:
            lines.append(label("Own model beside everyone's", "strong"))
            lines += [_line(one.name, models_text(one)) for one in found.models]
            lines.append(label(HELD_OUT, "caption", wrap=True))
        for strip in found.strips:
            lines.append(
                label(f"{isolated(strip.name)}: who says what, and where they differ", "strong")
            )
            colour = partial(colour_of, self._session.emotions)
            picture = StripPicture(self._unseen_left_out(strip, found), found, colour)
            picture.wanted.connect(self.hear_wanted)
            lines.append(picture)
        self._more.show_lines(lines)

    def _unseen_left_out(self, strip: Strip, found: Comparison) -> Strip:
        """Hide what models say of utterances that whoever is at the desk has not labelled yet."""
        models = {n for n, kind in zip(found.names, found.kinds, strict=True) if kind == "model"}
        moments = tuple(
            moment
            if self._session.rating(moment.clip) is not None
            else replace(moment, words={n: w for n, w in moment.words.items() if n not in models})
            for moment in strip.moments
        )
        return replace(strip, moments=moments)


def _part(*widgets: QWidget) -> QWidget:
    result = QWidget()
    result.setLayout(column(*widgets, gap=10))
    return result


class _Lines(QWidget):
    """Widgets below each other, replaced all at once."""

    def __init__(self) -> None:
        super().__init__()
        self._column = column(gap=6)
        self.setLayout(self._column)

    def show_lines(self, lines: Sequence[QWidget]) -> None:
        refill(self._column, lines)


def pair_text(pair: PairAgreement) -> str:
    """Return how two agree, as a line of text."""
    both = f"{isolated(pair.first)} and {isolated(pair.second)}"
    if not pair.count:
        return f"{both} have no labelled clip in common."
    kappa = "" if math.isnan(pair.kappa) else f", kappa {pair.kappa:.2f}"
    clips = "clip" if pair.count == 1 else "clips"
    return (
        f"{both}: the same emotion on {pair.same} of {pair.count} shared "
        f"{clips} ({100 * pair.share:.0f} %{kappa})"
    )


def models_text(one: AgainstModels) -> str:
    """Return how the own model does beside everyone's, as a line of text."""
    parts = [f"they differ on {one.differ:,} of {counted(one.clips, 'clip')}"]
    if one.unlearned:
        parts.append(
            f"on {counted(one.unlearned, 'label')} it did not learn: own {said_of(one.own)}, "
            f"everyone's {said_of(one.generic)}"
        )
    if one.outcome:
        parts.append(f"when it was made: {one.outcome}")
    return " · ".join(parts)


NOBODY_ELSE = (
    "There is no other listener yet: add one in the menu of listeners above, or drop a table with "
    "labels of others into the window."
)


def _missing(found: Comparison | None, others: bool) -> str:
    if found is None or not any(found.labelled):
        return "Label some clips to see where you and everyone's model differ."
    if len(found.names) < 2:
        if others:
            return "Choose two listeners or more in the list, or the models, too."
        return NOBODY_ELSE
    return ""


def _words_of(strip: Strip) -> set[str]:
    return {word for moment in strip.moments for words in moment.words.values() for word in words}


def _caption(text: str, tone: str = "") -> QLabel:
    """Return a text that is shortened where a line has no room for all of it."""
    result = ElidedLabel("caption")
    result.setText(text)
    result.setToolTip(tip(text))
    result.setProperty("tone", tone)
    result.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
    return result


def _line(name: str, said: str) -> QWidget:
    line = QWidget()
    title = label(name)
    title.setMinimumWidth(theme.px(120))
    line.setLayout(row(title, label(said, "muted", wrap=True), gap=12, wide=1))
    return line
