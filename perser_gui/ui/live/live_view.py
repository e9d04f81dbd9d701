"""The Live view: what the microphone hears, and how you would label it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, QTimer, Signal, Slot
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QStackedWidget, QWidget

from perser_gui.bidi import isolated
from perser_gui.records import Prediction
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.live_session import LiveSession
from perser_gui.ui.acts.session import Session
from perser_gui.ui.live.correction import Correction
from perser_gui.ui.live.readout_menu import ReadoutMenu
from perser_gui.ui.live.settling import dress_word, settling_text
from perser_gui.ui.look import theme
from perser_gui.ui.look.following import follow
from perser_gui.ui.widgets import (
    EmptyState,
    ProbabilityBars,
    column,
    icon_button,
    label,
    line,
    row,
    text_button,
)
from perser_gui.ui.widgets.bars import percent
from perser_gui.ui.widgets.basics import APART, restyle
from perser_gui.ui.widgets.berth import Berth
from perser_gui.ui.widgets.emotion_button import choice_of
from perser_gui.ui.widgets.fitting_area import FittingArea
from perser_gui.ui.widgets.level_bar import LevelBar
from perser_gui.ui.widgets.menu_parts import RoomyBox
from perser_gui.ui.widgets.scrolled_panel import ScrolledPanel
from perser_gui.ui.widgets.shrinking_row import Less, ShrinkingRow
from perser_gui.ui.widgets.tips import tip

if TYPE_CHECKING:
    from perser_gui.live import Readout, Utterance
    from perser_gui.ui.live.live_plots import LivePlots

FRAME_MS = 50
"""Milliseconds between two pictures of the waveform."""

DEFAULT_DEVICE = "System default"
READOUT = "How often, over how much sound, how calmly"


class LiveView(QWidget):
    """Device and level above, sound and bands in the middle, the readout at the right."""

    save_wanted = Signal()

    def __init__(self, live: LiveSession, session: Session) -> None:
        super().__init__()
        self._live, self._session = live, session
        self.plots: LivePlots | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._advance)
        self._build_head()
        self._build_stage()
        self._build_readout()
        self.berth = Berth(self.pages)
        left = QFrame()
        left.setObjectName("panel")
        left.setLayout(
            column(
                self._head,
                self.pages,
                self.berth,
                self._banner,
                self._foot,
                gap=10,
                margins=(16, 12, 16, 12),
                wide=1,
            )
        )
        side = ScrolledPanel(self._side)
        side.setFixedWidth(theme.px(330))
        self.setLayout(row(left, side, gap=10, wide=0))
        live.read.connect(self.show_readout)
        self.show_status()
        self.show_emotions()

    # -- building --------------------------------------------------------------------------

    def _build_head(self) -> None:
        self.device = RoomyBox()
        self.device.setAccessibleName("Microphone")
        self.device.setMinimumWidth(theme.px(150))
        self.device.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.device.activated.connect(self._device_chosen)
        self.refresh = icon_button("retry", "Look for microphones again")
        self.refresh.clicked.connect(self._live.microphones.look)
        self.level = LevelBar()
        self.test = text_button("Test", "Record three seconds and play them back")
        self.test.clicked.connect(self._live.microphones.test)
        self.pause = text_button("Pause", "Give the microphone back for a while (P)", icon="pause")
        self.pause.clicked.connect(self._live.toggle_pause)
        self.end = text_button("Stop", "End listening and forget what was heard", icon="stop")
        self.end.clicked.connect(self._live.stop)
        self._head = row(self.device, self.refresh, self.test, self.level, self.pause, self.end)
        self._head.setStretch(3, 1)
        self.banner = label("", wrap=True)
        self._banner = QFrame()
        self._banner.setObjectName("notice")
        self._banner.setLayout(row(self.banner, margins=(12, 7, 12, 7)))
        self._banner.hide()

    def _build_stage(self) -> None:
        again = text_button("Look again", icon="retry")
        again.clicked.connect(self._live.microphones.look)
        self.nothing = EmptyState("microphone", "No microphone", "", again)
        self.begin = text_button("Start listening", icon="microphone", kind="primary")
        self.begin.clicked.connect(self._live.start)
        self.welcome = EmptyState(
            "microphone",
            "Listen live",
            "See how you would label what the microphone hears, beside everyone's model. "
            "Sound stays in memory for five minutes and is then forgotten; nothing is kept "
            "unless you ask for it.",
            self.begin,
        )
        self._stage = QWidget()
        self._stage_column = column(gap=0)
        self._stage.setLayout(self._stage_column)
        self.pages = QStackedWidget()
        for page in (self.welcome, self.nothing, self._stage):
            self.pages.addWidget(page)
        self.mark = text_button("Mark", "Mark this moment (M)")
        self.mark.clicked.connect(self._live.mark)
        self.save = text_button(
            "Save the stretch…", "Sound and tables of the last minutes", icon="export"
        )
        self.save.clicked.connect(self.save_wanted)
        self.voice = text_button(
            "New speaker", "Somebody else speaks now: get to know the voice anew"
        )
        self.voice.clicked.connect(self._live.new_voice)
        self.readout = text_button("Readout", READOUT, icon="speed")
        self.readout.setMenu(ReadoutMenu(self._live, self.readout))
        self.figures = label("", "caption", wrap=True)
        self.figures.setMinimumWidth(theme.px(150))
        self.figures.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        parts = (self.mark, self.save, self.voice, self.readout, self.figures)
        less = (Less(self.readout, ""), Less(self.save, "Save…"), Less(self.save, ""))
        self._foot = ShrinkingRow(*parts, less=(*less, Less(self.figures)))

    def _build_readout(self) -> None:
        self.caption = label("How you would label this", "caption")
        self.emotion = label("—", "display")
        self._dress = partial(dress_word, self.emotion, self._session)
        follow(self.emotion, self._dress)
        self.share = label("", "muted", wrap=True)
        self.bars = ProbabilityBars()
        self.legend = label("Thick: your model · thin: everyone's", "caption")
        self.settling = label("", "caption", wrap=True)
        self._correction = Correction()
        self.that_hint, self.grid = self._correction.hint, self._correction.grid
        self.word_field, self.earlier = self._correction.word_field, self._correction.earlier
        self.grid.chosen.connect(self._live.that_was)
        self.earlier.activated.connect(self._utterance_chosen)
        self._side = QWidget()
        self._side.setLayout(
            column(
                self.caption,
                self.emotion,
                self.share,
                FittingArea(self.bars, least=9 * 23, beside=504),
                self.legend,
                self.settling,
                line(),
                self._correction,
                1,
                gap=7,
                margins=(18, 16, 18, 14),
            )
        )

    # -- what is shown ---------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Show what changed of the stream, the microphones and the listener's words."""
        if changes.microphones:
            self.show_devices()
        if changes.stream or changes.model:
            self.show_status()
        if changes.microphone_test:
            self.show_test()
        if changes.emotions:
            self.show_emotions()
        elif changes.utterances:
            self.show_utterances()

    def show_emotions(self) -> None:
        """Show the listener's words."""
        self.grid.show_emotions(self._session.emotions)
        if self.plots is not None:
            self.plots.show_emotions(self._session.emotions)
        self.show_utterances()

    def show_devices(self) -> None:
        """Show the microphones there are."""
        with QSignalBlocker(self.device):
            self.device.clear()
            self.device.addItem(DEFAULT_DEVICE, "")
            for device in self._live.microphones.devices or []:
                self.device.addItem(device.name, device.key)
            place = self.device.findData(self._live.microphones.device)
            if place < 0:
                key = self._live.microphones.device
                self.device.addItem(f"{key.partition(':')[2]} (not connected)", key)
                place = self.device.count() - 1
            self.device.setCurrentIndex(place)
        self.show_status()

    def show_status(self) -> None:
        """Show what the stream is doing, and what stands in its way."""
        live, status = self._live, self._live.status
        none = live.microphones.devices is not None and not live.microphones.devices
        page = self._stage if live.running else self.nothing if none else self.welcome
        self.nothing.hint.setText(
            live.microphones.no_device
            or "Connect a microphone or a headset, then press Look again. "
            "Labelling clips works without one."
        )
        self.pages.setCurrentWidget(page)
        for button in (self.pause, self.end):
            button.setVisible(live.running)
        for button in (self.mark, self.save, self.voice):
            button.setEnabled(live.running)
        self.pause.setText("Go on" if live.paused else "Pause")
        self.test.setEnabled(not none and not live.microphones.testing and not live.paused)
        if status is not None and status.kind == "lost":
            self._say("danger", status.sentence)
        elif live.paused:
            self._say("info", "Paused: the microphone is not in use.")
        elif live.running and live.model is None:
            self._say("info", "The model is still loading; sound and speech are shown already.")
        else:
            self._say("", "")
        if not live.running:
            self._clear_readout()
        self.show_utterances()
        self._run_timer()

    def _say(self, tone: str, sentence: str) -> None:
        self.banner.setText(sentence)
        self._banner.setVisible(bool(sentence))
        restyle(self._banner, tone=tone)

    @Slot(object)
    def show_readout(self, readout: Readout) -> None:
        """Show the latest look at the stream."""
        best = readout.best
        personal = self._live.model is not None and self._live.model.yours is not None
        self.caption.setText(
            "How you would label this" if personal else "How everyone's model labels this"
        )
        if readout.state == "speech" and best is not None:
            self.emotion.setText(best[0])
            text = percent(best[1])
            if readout.yours is not None and readout.generic is not None:
                word = isolated(readout.words[int(readout.generic.argmax())])
                text += f" · everyone's: {word} {percent(float(readout.generic.max()))}"
            self.share.setText(text)
        else:
            self.emotion.setText("Unsure" if readout.state == "unsure" else "No speech")
            short = readout.state == "unsure" and best is None
            self.share.setText("too little speech yet" if short else "")
        self._dress()
        self.bars.show_predictions(
            self._session.emotions,
            None if readout.yours is None else Prediction("", readout.words, readout.yours),
            None if readout.generic is None else Prediction("", readout.words, readout.generic),
        )
        self.legend.setVisible(personal)
        self.settling.setText(settling_text(readout))
        self.figures.setText(
            f"{readout.latency_ms:.0f} ms behind the sound{APART}{percent(readout.load)} busy"
            f"{APART}every {readout.hop:.2g} s"
        )
        self.readout.setToolTip(tip(f"{READOUT}\n{self.figures.text()}"))
        if readout.problem and (self._live.status is None or self._live.status.kind != "lost"):
            self._say("warning", readout.problem)
        elif self._banner.isVisible() and self._live.model is not None and not self._live.paused:
            self._say("", "")
        if self.plots is not None and self._live.engine is not None:
            self.plots.show_readouts(self._live.engine.stretch.readouts)
            self.plots.show_marks(self._live.engine.stretch.marks)

    def _clear_readout(self) -> None:
        self.emotion.setText("—")
        self._dress()
        for text in (self.share, self.settling, self.figures):
            text.setText("")
        self.legend.hide()
        self.bars.show_predictions(self._session.emotions, None, None)
        self.level.show_level(-90.0, -90.0, False)
        if self.plots is not None:
            self.plots.clear()

    def show_utterances(self) -> None:
        """Show what can be labelled, and how it was."""
        live = self._live
        meant = live.meant if live.running else None
        with QSignalBlocker(self.earlier):
            self.earlier.clear()
            self.earlier.addItem("The last utterance", None)
            for utterance in reversed(live.utterances if live.running else ()):
                self.earlier.addItem(self._described(utterance), utterance.number)
            number = live.chosen.number if live.chosen is not None else None
            self.earlier.setCurrentIndex(max(self.earlier.findData(number), 0) if number else 0)
        self.earlier.setVisible(meant is not None)
        self.grid.setEnabled(meant is not None)
        said = live.said(meant) if meant is not None else ()
        counts = self._session.counts()
        for button in self.grid.buttons:
            word = button.emotion.word
            button.show_state(choice_of(word, said), counts.get(word, 0))
        if meant is None:
            self.that_hint.setText(
                "When somebody has spoken, say here how you would label it; "
                "the utterance then becomes a clip of yours, and your label counts."
            )
        elif said:
            words = " and ".join(map(isolated, said))
            self.that_hint.setText(f"You said {words}. It is a clip of yours now.")
        else:
            self.that_hint.setText(f"{self._described(meant)}. How would you label it?")

    def _described(self, utterance: Utterance) -> str:
        said = self._live.said(utterance)
        word = "you: " + ", ".join(map(isolated, said)) if said else isolated(utterance.emotion)
        minutes, seconds = divmod(utterance.start, 60)
        return f"{int(minutes)}:{seconds:04.1f}, {utterance.seconds:.1f} s – {word}"

    def show_test(self) -> None:
        """Show how the microphone test goes."""
        self.test.setText("Speak now …" if self._live.microphones.testing else "Test")
        self.show_status()
        if self._live.microphones.test_result:
            self._say("info", self._live.microphones.test_result)

    # -- acts ------------------------------------------------------------------------------

    @Slot(int)
    def _device_chosen(self, place: int) -> None:
        self._live.choose_device(self.device.itemData(place) or "")

    @Slot(int)
    def _utterance_chosen(self, place: int) -> None:
        found = (u for u in self._live.utterances if u.number == self.earlier.itemData(place))
        self._live.choose(next(found, None))

    @Slot()
    def _advance(self) -> None:
        engine = self._live.engine
        if engine is None or self.plots is None:
            return
        meter = engine.stream.level
        self.level.show_level(meter.rms_db, meter.peak_db, meter.clipped)
        self.plots.advance(engine)

    # -- shown and hidden ------------------------------------------------------------------

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802
        """Look for microphones, and draw."""
        super().showEvent(event)
        if self.plots is None:
            QTimer.singleShot(0, self, self._make_plots)  # the page comes first
        if self._live.microphones.devices is None:
            self._live.microphones.look()
        self._run_timer()

    @Slot()
    def _make_plots(self) -> None:
        if self.plots is None:
            from perser_gui.ui.live.live_plots import LivePlots

            self.plots = LivePlots()
            self.plots.show_emotions(self._session.emotions)
            self._stage_column.addWidget(self.plots)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802
        """Let no timer run while nothing is seen; listening goes on."""
        self._timer.stop()
        super().hideEvent(event)

    def _run_timer(self) -> None:
        if self._live.running and not self._live.paused and self.isVisible():
            self._timer.start()
        else:
            self._timer.stop()
