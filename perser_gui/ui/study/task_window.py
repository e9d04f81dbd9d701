"""What a listener of a study sees, and nothing else: instructions, a clip, the words, pauses."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Slot
from PySide6.QtGui import QCloseEvent, QFont, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from perser_gui.emotions import EmotionSet
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.taking_part import TakingPart
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import ElidedLabel, column, label, row, text_button
from perser_gui.ui.widgets.digits import digit_of
from perser_gui.ui.widgets.emotion_grid import EmotionGrid, WordArea
from perser_gui.ui.widgets.fitting_area import FittingArea
from perser_gui.ui.widgets.tips import tip
from perser_gui.ui.widgets.typed_on import LABELS_BY_KEY
from perser_gui.ui.widgets.word_field import WordField

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
SECONDS_EACH = 4.0
"""Seconds for thinking and pressing, beside hearing, in what is told of how long it takes."""

UNHEARD = "Trial run without sound: no answer is kept from here on."
TRIAL_RUN = "This was a trial run without sound; no answer of it was kept."

FEW = 15
WIDEST, HIGHEST = 1200, 820
"""What a trial with up to `FEW` words takes of a large screen (px), so that all is in sight."""


class TaskWindow(QDialog):
    """Covers the desk while somebody takes part in a study; there are no predictions here."""

    def __init__(self, parent: QWidget | None, part: TakingPart, *, minutes: float = 0.0) -> None:
        super().__init__(parent)
        self._part = part
        self._minutes = minutes
        self.setModal(True)
        self.setObjectName("page")
        sitting = part.sitting
        assert sitting is not None
        study = sitting.study
        self.setWindowTitle(study.name)
        self.setProperty(LABELS_BY_KEY, True)
        self._build_top(study.name, sitting.listener.name)
        self._build_trial(study.words, study.intensity)
        self.instructions, self.begin_button = self._instructions_page()
        self.silent_button = text_button("Go through it without sound")
        self.silent_button.setToolTip("A trial run to see the task: no answer is kept from here on")
        self.silent_button.clicked.connect(part.rehearse)
        self.pause_page, self.go_on_button = self._message_page("Time for a pause", "Go on · Enter")
        self.done_page, self.close_button = self._message_page("Thank you", "Close · Enter")
        self.problem_page, self.again_button = self._message_page(
            "This did not work", "Try again · Enter", self.silent_button
        )
        self._pages = QStackedWidget()
        pages = (self.instructions, self.trial_page, self.pause_page, self.done_page)
        for page in (*pages, self.problem_page):
            self._pages.addWidget(page)
        self.begin_button.clicked.connect(part.go_on)
        self.go_on_button.clicked.connect(part.go_on)
        self.again_button.clicked.connect(part.try_again)
        self.close_button.clicked.connect(part.leave)
        above = (self._top, self.progress, self.unheard)
        if len(study.words) <= FEW:  # in line with the trial below
            for one in above:
                one.setMaximumWidth(theme.px(WIDEST))
        self.setLayout(
            column(*map(row, above), self._pages, gap=10, margins=(28, 18, 28, 22), wide=len(above))
        )
        self.setMinimumSize(theme.px(640), theme.px(460))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(False)  # Enter answers, wherever the keyboard stands
        part.over.connect(self.accept)
        self.show_part()

    def take(self, changes: Changes) -> None:
        """Show how the sitting goes on."""
        if changes.sitting:
            self.show_part()

    # -- building ------------------------------------------------------------------------

    def _build_top(self, study: str, listener: str) -> None:
        self.place = label("", "caption")
        self.leave_button = text_button("Go on another day · Esc")
        self.leave_button.setToolTip("What you answered is kept; you go on at the next clip")
        self.leave_button.clicked.connect(self._stop)
        self._top = QWidget()
        who = label(listener, "muted")
        name = ElidedLabel("title")
        name.setText(study)
        name.setToolTip(tip(study))
        name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        line = row(name, who, 1, self.place, self.leave_button)
        line.addStrut(self.leave_button.sizeHint().height())  # nothing below moves at the end
        self._top.setLayout(line)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("How far you are")
        self.unheard = label(UNHEARD, "strong", wrap=True, tone="danger")
        self.unheard.setAlignment(Qt.AlignmentFlag.AlignCenter)

    def _build_trial(self, words: tuple[str, ...], steps: int) -> None:
        part = self._part
        self.play_button = text_button("Play again · Space", icon="play")
        self.play_button.clicked.connect(part.play)
        self.hint = label("", "muted")
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.ask = label("", "display", wrap=True)
        self.ask.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.grid = EmotionGrid()
        self.grid.show_emotions(EmotionSet.of(words))
        self.grid.chosen.connect(part.choose)
        self.word_field = WordField()
        self.word_field.chosen.connect(part.choose)
        self.word_field.narrowed.connect(self.grid.show_meant)
        self.word_field.left.connect(self.setFocus)
        self._words = WordArea(self.grid)
        self.steps: list[QPushButton] = []
        for step in range(1, steps + 1):
            button = text_button(str(step))
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
            button.setMaximumHeight(theme.px(72))
            button.clicked.connect(lambda _=False, step=step: part.say_strength(step))
            self.steps.append(button)
        self._strength = QWidget()
        ends = row(label("barely", "muted"), 1, label("very strong", "muted"))
        scale = column(row(*self.steps), ends, 1)
        scale.setStretch(0, 100)  # the steps may become high before there is room below
        self._strength.setLayout(scale)
        self._answer = QStackedWidget()
        self._answer.addWidget(self._words)
        self._answer.addWidget(self._strength)
        self.unsure_button = text_button("Can't tell · 0")
        self.unsure_button.clicked.connect(part.cant_tell)
        self.correct_button = text_button("Correct the last answer · Backspace", icon="undo")
        self.correct_button.clicked.connect(part.correct)
        self.next_button = text_button("Next · Enter", icon="forward", kind="primary")
        self.next_button.clicked.connect(part.confirm)
        bottom = row(self.unsure_button, self.correct_button, self.word_field, 1, self.next_button)
        inside = QWidget()
        few = len(words) <= FEW
        if few:
            self._answer.setMinimumHeight(theme.px(150))
            self._answer.setMaximumHeight(theme.px(260))
        heard = row(1, self.play_button, 1)
        room = (1, heard, self.hint, self.ask, self._answer, 1, bottom)
        lines = column(*room, gap=14)
        inside.setLayout(lines)
        if few:
            inside.setMaximumSize(theme.px(WIDEST), theme.px(HIGHEST))
        else:
            lines.setStretch(4, 8)
        self.trial_page = QWidget()
        self.trial_page.setLayout(row(inside))

    def _instructions_page(self) -> tuple[QWidget, QPushButton]:
        sitting = self._part.sitting
        assert sitting is not None
        text = label(sitting.study.instructions or "Listen, and say what you hear.", wrap=True)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        text.setFont(theme.font("title", QFont.Weight.Normal))
        holder = QWidget()
        holder.setLayout(column(text))
        area = FittingArea(holder, least=60, beside=330)
        left = sitting.total - sitting.done
        facts = [f"{left:,} clip{'s' if left != 1 else ''}" + (" left" if sitting.done else "")]
        if self._minutes:
            facts.append(f"about {max(1, round(self._minutes))} min")
        facts.append("every answer is kept at once: you may stop at any time and go on later")
        button = text_button("Go on · Enter" if sitting.done else "Begin · Enter", kind="primary")
        card = QFrame()
        card.setObjectName("panel")
        card.setMaximumWidth(theme.px(720))
        card.setLayout(
            column(
                label("What to do", "display"),
                area,
                label(" · ".join(facts), "muted", wrap=True),
                row(button, 1),
                gap=16,
                margins=(28, 24, 28, 26),
            )
        )
        page, middle = QWidget(), row(1, card, 1)
        middle.setStretch(1, 100)  # as wide as it may be before there is room beside it
        page.setLayout(column(1, middle, 1))
        return page, button

    def _message_page(
        self, title: str, act: str, *others: QPushButton
    ) -> tuple[QWidget, QPushButton]:
        heading = label(title, "display", wrap=True)
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text = label("", "muted", wrap=True)
        text.setObjectName("said")
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        button = text_button(act, kind="primary")
        page = QWidget()
        page.setLayout(column(1, heading, text, row(1, button, *others, 1), 1, gap=14))
        return page, button

    # -- what is shown -------------------------------------------------------------------

    @Slot()
    def show_part(self) -> None:
        """Show where the listener is."""
        part, sitting = self._part, self._part.sitting
        if sitting is None:
            return
        self.progress.setRange(0, sitting.total)
        self.progress.setValue(sitting.done)
        number = part.trial.number if part.trial is not None else sitting.done
        self.place.setText(f"{number:,} of {sitting.total:,}" if number else "")
        are = "is" if sitting.done == 1 else "are"
        kept = ", and kept" if not part.rehearsing else ""
        left = f"{sitting.done:,} of {sitting.total:,} {are} answered{kept}."
        end = TRIAL_RUN if part.rehearsing else "Your answers are kept."
        self.unheard.setVisible(part.rehearsing and part.phase != "done")
        self.silent_button.setVisible(part.may_rehearse)
        pages = {
            "instructions": (self.instructions, ""),
            "trial": (self.trial_page, ""),
            "pause": (self.pause_page, f"{left} Esc leaves; you can go on another day."),
            "done": (self.done_page, f"That was the last clip. {end}"),
            "problem": (self.problem_page, part.problem),
        }
        if part.phase not in pages:
            return
        page, said = pages[part.phase]
        for text in page.findChildren(QWidget, "said"):
            text.setText(said)  # type: ignore[attr-defined]
        self.leave_button.setVisible(part.phase != "done")
        if self._pages.currentWidget() is not page:
            self._pages.setCurrentWidget(page)
            self.setFocus()
        if part.phase == "trial":
            self._show_trial()

    def _show_trial(self) -> None:
        part, sitting = self._part, self._part.sitting
        assert sitting is not None
        study = sitting.study
        able = part.may_answer
        self.ask.setText("How strong is it?" if part.asks_strength else _question(able, part))
        hints = []
        if part.replays_left is not None:
            again = part.replays_left
            hints.append(f"Can be played {again} more time{'s' if again != 1 else ''}")
        if study.second_word and able and not part.asks_strength:
            hints.append("Shift adds a second word")
        self.hint.setText(" · ".join(hints))
        self.play_button.setEnabled(part.may_play)
        self._answer.setCurrentWidget(self._strength if part.asks_strength else self._words)
        self.grid.show_words(part.words, able=able)
        for button in self.steps:
            button.setEnabled(able)
        self.unsure_button.setVisible(study.cant_tell and not part.asks_strength)
        self.unsure_button.setEnabled(able)
        first = part.trial is None or part.trial.number == 1
        self.correct_button.setEnabled(not part.saving and (not first or part.asks_strength))
        self.next_button.setVisible(study.second_word and not part.asks_strength)
        self.next_button.setEnabled(able and bool(part.words))

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Keep the keyboard for answers, and not for the first button."""
        super().showEvent(event)
        self.setFocus()

    # -- keys ----------------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Take keys before a button with the focus does."""
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Answer by digits, play, correct, go on and stop by keys."""
        part, key = self._part, event.key()
        digit = digit_of(event)
        if event.isAutoRepeat():
            event.accept()
        elif key == Qt.Key.Key_Escape:
            self._stop()
        elif key == Qt.Key.Key_F11:
            self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)
        elif part.phase == "trial":
            if digit is not None:
                part.choose_by_number(digit[0], second=digit[1])
            elif key in ENTER:
                part.confirm()
            elif key == Qt.Key.Key_Space:
                part.play()
            elif key == Qt.Key.Key_Backspace:
                part.correct()
            elif key == Qt.Key.Key_W and part.may_answer and not part.asks_strength:
                held = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                assert part.sitting is not None
                self.word_field.begin(part.sitting.study.words, second=held)
        elif key in ENTER:
            button = {
                "instructions": self.begin_button,
                "pause": self.go_on_button,
                "problem": self.again_button,
                "done": self.close_button,
            }.get(part.phase)
            if button is not None:
                button.click()

    @Slot()
    def _stop(self) -> None:
        """Pause first, so that a slip of the finger does not end it; from anywhere else, leave."""
        if self._part.phase == "trial":
            self._part.pause()
        else:
            self._part.leave()

    def reject(self) -> None:
        """Leave by the way that keeps everything in order."""
        self._part.leave()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """Leave; what was answered is kept."""
        self._part.leave()
        event.accept()


def _question(able: bool, part: TakingPart) -> str:
    if part.saving:
        return "Keeping your answer…"
    if able:
        return "How would you label this?"
    return "Listen…" if part.playing or part.plays else "One moment…"
