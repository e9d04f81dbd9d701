"""The page of all settings; each says in a sentence what it does and when it counts."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QCheckBox, QFrame, QSpinBox, QWidget

from perser_gui.settings import Settings
from perser_gui.ui.acts.adapter_choices import ADAPTERS
from perser_gui.ui.acts.listening import SPEEDS
from perser_gui.ui.dialogs.questions import CHANNELS, VOICES, Question
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import ElidedLabel, column, icon_button, label, row, text_button
from perser_gui.ui.widgets.menu_parts import RoomyBox
from perser_gui.ui.widgets.scrolled_panel import PageArea
from perser_gui.ui.widgets.text_fields import padded
from perser_gui.ui.widgets.tips import tip

THEMES = {"system": "As the system", "dark": "Dark", "light": "Light"}
SIZES = {0.85: "Smaller", 1.0: "As the system", 1.15: "Larger", 1.3: "Large", 1.6: "Very large"}
CONTRASTS = {"system": "As the system", "more": "More", "usual": "Usual"}
DIRECTIONS = {"system": "As the system", "ltr": "Left to right", "rtl": "Right to left"}
DEVICES = {"auto": "By itself", "cpu": "Processor (CPU)", "cuda": "Graphics card (CUDA)"}
SPEECH = {
    "usual": "Usual",
    "soft": "Also soft voices",
    "noisy": "Only clear voices",
}

AT_ONCE = "Takes effect at once."


class SettingsPage(Question):
    """Shows the settings; `changed` carries the name of a field and its new value.

    `reset_wanted` asks for the defaults of everything on the page.
    """

    changed = Signal(str, object)
    reset_wanted = Signal()
    keys_wanted = Signal()
    words_wanted = Signal()

    def __init__(
        self, parent: QWidget | None, settings: Settings, places: Mapping[str, Path]
    ) -> None:
        super().__init__(parent, "Settings", "", "Close")
        self.cancel_button.hide()
        self.controls: dict[str, QWidget] = {}
        self._area = PageArea(gap=10)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body.addWidget(self._area)
        self.reset = text_button("Back to the defaults…")
        self.reset.setAutoDefault(False)
        self.reset.clicked.connect(self.reset_wanted)
        self.buttons.insertWidget(0, self.reset)
        self._places = dict(places)
        self.show_settings(settings)
        self.resize(theme.px(760), theme.px(600))

    def show_settings(self, settings: Settings) -> None:
        """Show these values (after a reset, all of them anew)."""
        self.controls = {}
        parts = [
            self._look(settings),
            self._listening(settings),
            self._labelling(settings),
            self._clips(settings),
            self._machine(settings),
            self._keeping(settings),
        ]
        holder = QWidget()
        holder.setLayout(column(*parts, 1, gap=14))
        self._area.setWidget(holder)
        boxes = [one for one in self.controls.values() if isinstance(one, RoomyBox | QSpinBox)]
        width = max(box.sizeHint().width() for box in boxes)
        for box in boxes:  # on two common edges, whatever stands in them
            box.setFixedWidth(width)

    # -- groups ----------------------------------------------------------------------------

    def _look(self, s: Settings) -> QWidget:
        return _group(
            "Look",
            self._choice("theme", "Theme", f"Dark or light. {AT_ONCE}", THEMES, s.theme),
            self._choice(
                "text_size",
                "Text size",
                "Text and panels grow at once, the gaps between them at the next start.",
                SIZES,
                s.text_size,
            ),
            self._choice(
                "contrast",
                "Contrast",
                f"More contrast for text, outlines and pictures of sound. {AT_ONCE}",
                CONTRASTS,
                s.contrast,
            ),
            self._choice(
                "direction",
                "Direction",
                f"Where rows begin; your words and names read their own way in any case. {AT_ONCE}",
                DIRECTIONS,
                s.direction,
            ),
            self._toggle(
                "animate",
                "Motion",
                "Menus and lists may glide and the text cursor may blink. " + AT_ONCE,
                s.animate,
            ),
        )

    def _listening(self, s: Settings) -> QWidget:
        speeds = {speed: f"{speed:g}×" for speed in SPEEDS}
        return _group(
            "Playing",
            self._toggle(
                "auto_play_next",
                "Auto-play",
                f"The next clip plays by itself. {AT_ONCE}",
                s.auto_play_next,
            ),
            self._toggle("loop", "Loop", f"A clip begins again at its end. {AT_ONCE}", s.loop),
            self._choice(
                "speed",
                "Speed",
                f"How fast clips play; the pitch stays. {AT_ONCE}",
                speeds,
                s.speed,
            ),
            self._toggle(
                "level_match",
                "All clips equally loud",
                f"Quiet clips are played louder; what the model hears stays. {AT_ONCE}",
                s.level_match,
            ),
            self._toggle(
                "show_spectrogram",
                "Spectrogram",
                f"Show it below the waveform. {AT_ONCE}",
                s.show_spectrogram,
            ),
        )

    def _labelling(self, s: Settings) -> QWidget:
        adapters = {name: texts[0] for name, texts in ADAPTERS.items()}
        keys = text_button("Change keys…")
        keys.clicked.connect(self.keys_wanted)
        words = text_button("Your words…")
        words.clicked.connect(self.words_wanted)
        for button in (keys, words):
            button.setAutoDefault(False)
        return _group(
            "Labelling and your model",
            self._toggle(
                "blind_first",
                "Label blind at first",
                "New listeners see no predictions of a clip before they have labelled it, until "
                "the first adaptation. Counts for listeners added from now on.",
                s.blind_first,
            ),
            self._toggle(
                "adapt_as_i_go",
                "Adapt as I go",
                f"Adapt after every label. {AT_ONCE}",
                s.adapt_as_i_go,
            ),
            self._choice(
                "adapter",
                "Way of adapting",
                "Counts at the next adaptation.",
                adapters,
                s.adapter,
            ),
            _line("Keys", "Every command's keys. Count at once.", keys),
            _line("Words", "Your words with their colours and keys. Count at once.", words),
        )

    def _clips(self, s: Settings) -> QWidget:
        return _group(
            "Adding clips",
            self._number(
                "cut_above",
                "Cut recordings longer than",
                "At their pauses, into utterances. Counts for what you add from now on.",
                (0, 3600, 5),
                s.cut_above,
                " s",
                "never",
            ),
            self._choice(
                "voices",
                "Count as one voice",
                "Clips without a known speaker. Counts for what you add from now on.",
                VOICES,
                s.voices,
            ),
            self._choice(
                "channels",
                "Of several channels, hear",
                "Counts for what you add from now on.",
                CHANNELS,
                s.channels,
            ),
            self._choice(
                "speech",
                "Speech detection",
                "What is taken for speech when recordings are cut and in Live. Counts for what you "
                "add from now on, and when you start listening the next time.",
                SPEECH,
                s.speech,
            ),
        )

    def _machine(self, s: Settings) -> QWidget:
        return _group(
            "This computer",
            self._choice(
                "device",
                "Compute on",
                "Adapting uses it from the next time on; reading clips needs a restart.",
                DEVICES,
                s.device,
            ),
            self._number(
                "threads",
                "Processor threads",
                f"For the model. {AT_ONCE}",
                (0, max(os.cpu_count() or 1, 1), 1),
                s.threads,
                "",
                "by itself",
            ),
        )

    def _keeping(self, s: Settings) -> QWidget:
        rows = [
            self._number(
                "backups_kept",
                "Backups kept",
                "Automatic ones; the oldest go when the next one is made.",
                (2, 200, 1),
                s.backups_kept,
                "",
                "",
            )
        ]
        rows += [_place(name, path) for name, path in self._places.items()]
        return _group("What is kept, and where", *rows)

    # -- rows ------------------------------------------------------------------------------

    def _choice(
        self, name: str, title: str, sentence: str, texts: Mapping[Any, str], value: object
    ) -> QWidget:
        box = RoomyBox()
        for key, text in texts.items():
            box.addItem(text, key)
        place = box.findData(value)
        if place < 0:
            box.addItem(str(value), value)
            place = box.count() - 1
        box.setCurrentIndex(place)
        box.activated.connect(lambda _: self.changed.emit(name, box.currentData()))
        return self._with(name, title, sentence, box)

    def _toggle(self, name: str, title: str, sentence: str, value: bool) -> QWidget:
        box = QCheckBox("On")
        box.setChecked(value)
        box.toggled.connect(lambda on: self.changed.emit(name, on))
        return self._with(name, title, sentence, box)

    def _number(
        self,
        name: str,
        title: str,
        sentence: str,
        span: tuple[int, int, int],
        value: float,
        suffix: str,
        lowest: str,
    ) -> QWidget:
        box = padded(QSpinBox())
        box.setRange(span[0], span[1])
        box.setSingleStep(span[2])
        box.setSuffix(suffix)
        box.setSpecialValueText(lowest)
        box.setValue(min(max(round(value), span[0]), span[1]))
        box.setKeyboardTracking(False)
        kind = float if isinstance(value, float) else int
        box.valueChanged.connect(lambda number: self.changed.emit(name, kind(number)))
        return self._with(name, title, sentence, box)

    def _with(self, name: str, title: str, sentence: str, control: QWidget) -> QWidget:
        control.setAccessibleName(title)
        control.setAccessibleDescription(sentence)
        self.controls[name] = control
        return _line(title, sentence, control)


def _line(title: str, sentence: str, control: QWidget) -> QWidget:
    text = column(label(title, "strong"), label(sentence, "caption", wrap=True), gap=1)
    result = QWidget()
    result.setLayout(row(text, control, gap=16, wide=0))
    return result


def _place(title: str, path: Path) -> QWidget:
    """Return a row that shows a folder, opens it, and copies its path."""
    where = ElidedLabel("caption")
    where.setText(str(path))
    where.setToolTip(tip(str(path)))
    opens = text_button("Open", f"Open the folder of {title.lower()}")
    opens.setAccessibleName(f"Open the folder of {title.lower()}")
    opens.setAutoDefault(False)
    opens.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))
    copies = icon_button("copy", f"Copy the path of {title.lower()}")
    copies.clicked.connect(lambda: QGuiApplication.clipboard().setText(str(path)))
    text = column(label(title, "strong"), where, gap=1)
    result = QWidget()
    result.setLayout(row(text, opens, copies, gap=8, wide=0))
    return result


def _group(title: str, *rows: QWidget) -> QWidget:
    card = QFrame()
    card.setObjectName("card")
    card.setLayout(column(*rows, gap=12, margins=(16, 12, 16, 12)))
    holder = QWidget()
    parts: Sequence[QWidget] = (label(title, "section"), card)
    holder.setLayout(column(*parts, gap=6))
    return holder
