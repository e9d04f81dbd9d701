"""The centre: hear the clip at hand and say how you would label it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLabel,
    QSizePolicy,
    QStackedWidget,
    QWidget,
)

from perser_gui.bidi import isolated, isolated_path
from perser_gui.desk.cutting import ABOVE
from perser_gui.ui.acts.blind_mode import BlindMode
from perser_gui.ui.acts.borders import Borders
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.labelling import Labelling
from perser_gui.ui.acts.listening import Listening
from perser_gui.ui.acts.personalization import Personalization
from perser_gui.ui.acts.shortcuts import BY_ID, readable
from perser_gui.ui.acts.wording import duration_text, length_text, span_text
from perser_gui.ui.label.beside_row import BesideRow
from perser_gui.ui.label.borders_strip import BordersStrip
from perser_gui.ui.label.legend import Legend
from perser_gui.ui.label.timeline import Timeline
from perser_gui.ui.label.transport import Transport
from perser_gui.ui.look import icons, theme
from perser_gui.ui.look.following import follow
from perser_gui.ui.widgets import (
    ElidedLabel,
    EmptyState,
    SaveIndicator,
    column,
    icon_button,
    label,
    row,
    text_button,
)
from perser_gui.ui.widgets.emotion_grid import EmotionGrid, WordArea, connect_field
from perser_gui.ui.widgets.shrinking_row import Less, Line, ShrinkingRow
from perser_gui.ui.widgets.tips import tip
from perser_gui.ui.widgets.word_field import WordField

if TYPE_CHECKING:
    from perser_gui.ui.label.waveform import WaveformView

LOW = 490
TIGHT = 620
SHORT = 520
"""A panel of less height than this says less, so that all of it can be seen."""
CHOOSE = "Choose a clip in the list."
ALL_HIDDEN = "Clear the search or choose another filter to see your clips."
BLIND_TIP = "Label blind: predictions stay hidden until you label the clip (Ctrl+B)"


class LabelPanel(QFrame):
    """Shows the clip at hand and its answers; presses go to the acts, questions are signals."""

    files_wanted = Signal()

    def __init__(
        self,
        labelling: Labelling,
        personalization: Personalization,
        listening: Listening,
        blind: BlindMode,
        borders: Borders,
    ) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._bench = labelling.bench
        self._labelling, self._model, self._listening = labelling, personalization, listening
        self._blind = blind
        self._borders = borders
        self.strip = BordersStrip(borders)
        session = self._session = self._bench.session
        self.waveform: WaveformView | None = None
        self.timeline = Timeline(session)
        self.legend = Legend()
        self._build_head()
        self._build_transport()
        self._build_answers()
        self.stage = QStackedWidget()
        self.stage.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.stage.setMinimumHeight(theme.px(44))
        self._waiting = label("", "muted", wrap=True)
        self._waiting.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stage.addWidget(self._waiting)
        work = QWidget()
        rooms = column(
            self._head,
            column(self.timeline, self.legend, gap=1),
            self.stage,
            self.strip,
            self._reason,
            self._transport,
            self._prompt,
            self.words,
            self.beside,
            self._answers,
            gap=10,
            margins=(16, 12, 16, 14),
        )
        rooms.setStretch(2, 1)
        self._rooms = rooms
        work.setLayout(rooms)
        self._work = work
        starter = text_button("Try the starter clips", icon="waveform", kind="primary")
        starter.clicked.connect(self._bench.open_starter_clips)
        files = text_button("Add your own files", icon="add")
        files.clicked.connect(self.files_wanted)
        self.welcome = EmptyState(
            "waveform",
            "A model that hears emotion the way you do",
            "Listen to a clip, press the key of the emotion you hear, and after a handful of "
            "clips adapt the model to your labels. Everything stays on this computer.",
            starter,
            files,
        )
        self.starter_button = starter
        self._choose = EmptyState("waveform", "No clip at hand", "")
        self._pages = QStackedWidget()
        for page in (work, self.welcome, self._choose):
            self._pages.addWidget(page)
        whole = column(self._pages, gap=0)
        whole.setContentsMargins(1, 1, 1, 1)
        self.setLayout(whole)

    def _build_head(self) -> None:
        self.name = ElidedLabel("title")
        self.facts = label("", "caption")
        self.place = label("", "caption")
        self._head = QWidget()
        self._head.setLayout(column(row(self.name, self.place, wide=0), self.facts, gap=2))
        self._reason_icon = QLabel()
        follow(self._reason_icon, self._dress_reason)
        self._reason_text = label("", wrap=True)
        self._reason = QFrame()
        self._reason.setObjectName("notice")
        self._reason.setLayout(
            row(self._reason_icon, self._reason_text, gap=8, margins=(10, 6, 10, 6), wide=1)
        )
        self._reason.hide()

    def _build_transport(self) -> None:
        self._transport = tools = Transport(self._bench, self._listening, self._borders)
        self.previous, self.play, self.next = tools.previous, tools.play, tools.next
        self.clock, self.autoplay, self.loop = tools.clock, tools.autoplay, tools.loop
        self.speed, self.borders, self.spectrogram = tools.speed, tools.borders, tools.spectrogram
        self.sound = tools.sound
        self.zoom_out, self.zoom_in, self.fit = tools.zoom_out, tools.zoom_in, tools.fit

    def _build_answers(self) -> None:
        self.saving = SaveIndicator()
        self.saving.retry.connect(self._labelling.retry_saving)
        self.blind = icon_button("blind", BLIND_TIP, checkable=True, text="Blind")
        self.blind.toggled.connect(self._blind.choose)
        self.word_field = WordField()
        self.question = Line("How would you label this?", "strong")
        self.word_field.narrowed.connect(lambda _: self.question.hide())
        self.word_field.left.connect(self.question.show)
        self._prompt = ShrinkingRow(
            self.question,
            self.word_field,
            self.blind,
            self.saving,
            less=(Less(self.blind, ""), Less(self.saving), Less(self.question)),
            wide=0,
        )
        self.grid = EmotionGrid()
        self.grid.offers_words = True
        self.grid.chosen.connect(self._labelling.choose)
        self.words = WordArea(self.grid)
        self.beside = BesideRow(self._labelling)
        connect_field(self.word_field, self.grid, self.words)
        self.unsure = text_button("Can't tell · 0", "No emotion can be told (0)", checkable=True)
        self.unsure.clicked.connect(self._labelling.cant_tell)
        self.skip = text_button("Skip · S", "Pass over this clip (S)")
        self.undo = text_button("Undo", "Undo what you did last (Backspace, Ctrl+Z)", icon="undo")
        self.suggest = text_button(
            "Suggest", "Take the clip that would teach the model most (N)", icon="suggest"
        )
        self.confirm = text_button(
            "Next · Enter",
            "On to the next clip without your label; it plays at once (Enter)",
            icon="forward",
            kind="primary",
        )
        self.confirm.clicked.connect(self._labelling.confirm)
        self._answers = ShrinkingRow(
            self.unsure,
            self.skip,
            self.undo,
            1,
            self.suggest,
            self.confirm,
            less=(
                Less(self.undo, ""),
                Less(self.suggest, ""),
                Less(self.confirm, "Next"),
                Less(self.unsure, "Can't tell"),
                Less(self.skip, "Skip"),
                Less(self.undo),
            ),
        )

    # -- what is shown -------------------------------------------------------------------

    def attach_waveform(self, view: WaveformView) -> None:
        """Take the picture of the sound; it comes after the window is shown."""
        self.waveform = view
        self.stage.addWidget(view)
        self.strip.waveform = view
        self.show_settings()
        self.show_picture()

    def take(self, changes: Changes) -> None:
        """Show what changed of the clip at hand, its sound and its answers."""
        if changes.emotions:
            self.grid.show_emotions(self._session.emotions)
        if changes.clips or changes.current:
            self.show_clip()
            self.show_picture()
        elif changes.emotions or changes.ratings:
            self.show_rating()
        if changes.sound:
            self.show_picture()
        self.strip.take(changes)
        self._transport.take(changes)
        if changes.playing:
            self.play.set_icon("pause" if self._listening.playing else "play")
        if changes.suggestion:
            self._show_reason()
        if changes.saving:
            self._show_saving()
        if changes.settings and not changes.by(self):
            self.show_settings()
        if changes.blind or changes.listener:
            with QSignalBlocker(self.blind):
                self.blind.setChecked(self._session.blind)
            self.blind._tint()
        if "spectrogram_scale" in changes.settings and self.waveform is not None:
            self.waveform.redraw_spectrogram()
        if changes.visible:
            self.starter_button.setVisible(not self._session.coming)
            self._show_choice()
        self.timeline.take(changes)
        self._fit_height()

    def show_clip(self) -> None:
        """Show the clip at hand: name, facts and answers."""
        session = self._session
        clip = session.current_clip
        self._show_reason()
        self._show_choice()
        self.starter_button.setVisible(not session.coming)
        shows = QSizePolicy.Policy.Ignored if clip is None else QSizePolicy.Policy.Preferred
        self._work.setSizePolicy(QSizePolicy.Policy.Preferred, shows)  # hidden, it needs no height
        if clip is None:
            self._pages.setCurrentWidget(self._choose if session.rows else self.welcome)
            return
        self._pages.setCurrentWidget(self._work)
        self.name.setText(clip.path.name)
        self.name.setToolTip(tip(isolated_path(clip.path)))
        facts = [duration_text(clip.seconds)]
        if clip.span is not None:
            facts.insert(0, span_text(clip.span))
        elif clip.seconds > ABOVE and not session.current_utterances:
            facts.append(f"{BY_ID['cut'].title}: {readable(BY_ID['cut'].keys[0])}")
        if clip.speaker:
            facts.append(f"speaker {isolated(clip.speaker)}")
        folder = str(clip.path.parent) if clip.span is not None else clip.source
        if folder:
            facts.append(isolated(Path(folder).name))
        if clip.synthetic:
            facts.append("synthetic speech")
        self.facts.setText("  ·  ".join(facts))
        self.borders.setVisible(clip.span is not None)
        self._show_place()
        self.show_clock(0.0)
        self.show_rating()

    def _show_choice(self) -> None:
        """Say what leads to a clip while none is at hand; of an empty list none can be chosen."""
        some = bool(self._session.visible)
        self._choose.hint.setText(CHOOSE if some else ALL_HIDDEN)

    def _show_place(self) -> None:
        session = self._session
        place = session.place(session.current)
        total = len(session.visible)
        self.place.setText(f"{place + 1:,} of {total:,}" if place >= 0 else "")

    def show_rating(self) -> None:
        """Show how the clip at hand is labelled."""
        session = self._session
        rating = session.rating(session.current)
        self.grid.show_rating(rating, session.counts())
        self.unsure.setChecked(rating is not None and rating.answer == "cant-tell")
        self.beside.show_rating(rating)
        self.undo.setEnabled(session.listener is not None)
        self._show_place()

    def _dress_reason(self) -> None:
        mark = icons.pixmap("suggest", theme.tokens().accent_ink, theme.px(17))
        self._reason_icon.setPixmap(mark)

    def _show_reason(self) -> None:
        """Say why this clip was suggested, if it was."""
        suggestion = self._model.suggestion
        self._reason.setVisible(suggestion is not None)
        if suggestion is not None:
            self._reason_text.setText(suggestion.reason)

    def show_picture(self) -> None:
        """Show the picture of the sound at hand, that it is being read, or why it cannot be."""
        sound, current = self._listening.sound, self._session.current
        problem = self._listening.problem
        there = sound is not None and sound.content == current and not problem
        if there and self.waveform is not None:
            self.waveform.show_sound(sound)
            self.stage.setCurrentWidget(self.waveform)
        else:
            self._waiting.setText(problem or ("Reading the clip…" if current else ""))
            self.stage.setCurrentWidget(self._waiting)

    def _show_saving(self) -> None:
        labelling, session = self._labelling, self._session
        failed = labelling.save_state == "failed"
        count = len(session.unsaved) if failed else len(session.ratings)
        why = labelling.read_only or labelling.save_problem
        self.saving.show_state(labelling.save_state, count, why)

    @Slot(float)
    def show_clock(self, seconds: float) -> None:
        """Show the time of the playhead."""
        clip = self._session.current_clip
        total = clip.seconds if clip is not None else 0.0
        marked = self._listening.region
        part = f"  ·  marked {length_text(marked[1] - marked[0])}" if marked else ""
        self.clock.setText(f"  {seconds:.1f} / {duration_text(total)}{part}")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802
        """Stand closer together where the window is low."""
        super().resizeEvent(event)
        self._fit_height()

    def _fit_height(self) -> None:
        """Leave room for the picture: what is said beside a label gives way to a tall one."""
        height, tall = self.height(), self._bench.settings.show_spectrogram
        tight = height < theme.px(TIGHT) and (tall or self._borders.open)
        full = not self.timeline.isHidden()
        low = tight or height < theme.px(LOW + (160 if full else 0))
        self.facts.setVisible(not low)
        self.beside.setVisible(not tight)
        self.legend.setVisible(height >= theme.px(TIGHT) and not self.timeline.isHidden())
        self._rooms.setSpacing(theme.px(6 if low else 10))
        self.stage.setMinimumHeight(theme.px(110 if tall else 44 if low else 96))
        more = full and (tall or not self._reason.isHidden())  # stands above the words
        short = height < theme.px(SHORT) and more
        self.words.show_fewer(short or (low and self.strip.isVisible()))
        lines, inner = self._reason.layout(), self.width() - 2 * theme.px(16) - 2
        if not self._reason.isHidden() and lines is not None and inner > 0:  # all of its lines
            self._reason.setMinimumHeight(lines.totalHeightForWidth(inner))

    def show_settings(self) -> None:
        """Show the remembered choices."""
        self._transport.show_settings()
        if self.waveform is not None:
            chosen = self._bench.settings
            self.waveform.show_pitch(chosen.show_pitch)
            self.waveform.show_spectrogram(chosen.show_spectrogram)
