"""The row of tools below the picture of a sound: moving, playing, and what is shown."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtGui import QFontMetrics

from perser_gui.ui.acts.borders import Borders
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.listening import SPEEDS, Listening
from perser_gui.ui.acts.workbench import Workbench
from perser_gui.ui.label.sound_menu import SoundButton
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import icon_button, label
from perser_gui.ui.widgets.menu_parts import RoomyBox
from perser_gui.ui.widgets.shrinking_row import Less, ShrinkingRow


class Transport(ShrinkingRow):
    """Its choices are remembered; what steps aside for want of room has a key."""

    def __init__(self, bench: Workbench, listening: Listening, borders: Borders) -> None:
        super().__init__()
        self._bench, self._listening = bench, listening
        self.previous = icon_button("previous", "Previous clip (Left or A)")
        self.play = icon_button("play", "Play or pause (Space)")
        self.play.setAccessibleName("Play or pause")
        self.next = icon_button("next", "Next clip (Right or D)")
        self.clock = label("", "caption")
        self.clock.setFont(theme.font("caption"))
        self.clock.setMinimumWidth(
            QFontMetrics(theme.font("caption")).horizontalAdvance("  00.0 / 00.0 s ")
        )
        self.loop = icon_button("loop", "Loop (L)", checkable=True)
        self.speed = RoomyBox()
        self.speed.setToolTip("Playing speed (, and . change it); the pitch stays")
        self.speed.setAccessibleName("Playing speed")
        self.speed.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.speed.setFixedWidth(theme.px(76))
        for value in SPEEDS:
            self.speed.addItem(f"{value:g}×", value)
        self.speed.currentIndexChanged.connect(self._speed_chosen)
        self.autoplay = icon_button(
            "forward", "Play the next clip by itself", checkable=True, text="Auto-play"
        )
        self.autoplay.toggled.connect(lambda on: bench.choose(auto_play_next=on))
        self.loop.toggled.connect(listening.set_loop)
        self.sound = SoundButton(listening.loudspeaker)
        self.borders = icon_button(
            "borders", "Borders of this utterance in its recording (B)", checkable=True
        )
        self._borders = borders
        self.borders.clicked.connect(borders.toggle)
        self.spectrogram = icon_button("spectrogram", "Spectrogram (G)", checkable=True)
        self.spectrogram.toggled.connect(lambda on: bench.choose(show_spectrogram=on))
        self.zoom_out = icon_button("zoom-out", "Zoom out (-)")
        self.zoom_in = icon_button("zoom-in", "Zoom in (+); the wheel zooms too")
        self.fit = icon_button("fit", "Show the whole clip (F)")
        self.fill(
            self.previous,
            self.play,
            self.next,
            self.clock,
            1,
            self.autoplay,
            self.loop,
            self.speed,
            self.sound,
            self.borders,
            self.spectrogram,
            self.zoom_out,
            self.zoom_in,
            self.fit,
            less=(
                Less(self.autoplay, ""),
                Less(self.fit),
                Less(self.zoom_out),
                Less(self.zoom_in),
                Less(self.autoplay),
                Less(self.loop),
                Less(self.spectrogram),
            ),
            gap=4,
        )

    def take(self, changes: Changes) -> None:
        """Show other choices of the sound, and whether borders are shown."""
        self.sound.take(changes)
        if changes.borders or changes.current:
            with QSignalBlocker(self.borders):
                self.borders.setChecked(self._borders.open)
            self.borders._tint()

    def show_settings(self) -> None:
        """Show the remembered toggles."""
        chosen = self._bench.settings
        for button, value in (
            (self.loop, chosen.loop),
            (self.autoplay, chosen.auto_play_next),
            (self.spectrogram, chosen.show_spectrogram),
        ):
            with QSignalBlocker(button):
                button.setChecked(value)
            button._tint()
        with QSignalBlocker(self.speed):
            nearest = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - chosen.speed))
            self.speed.setCurrentIndex(nearest)

    @Slot()
    def _speed_chosen(self) -> None:
        self._listening.set_speed(float(self.speed.currentData()))
