"""Every setting that a person may choose is on the page, says what it does, and counts."""

from __future__ import annotations

from dataclasses import fields, replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QCheckBox, QComboBox, QSpinBox

from perser_gui.adaptation.placing import use_threads
from perser_gui.audio.speech import SENSITIVITIES
from perser_gui.settings import Settings, load_settings
from perser_gui.ui.dialogs import settings_page
from perser_gui.ui.dialogs.settings_page import SettingsPage
from perser_gui.ui.look import theme
from perser_gui.ui.look.tokens import DARK_CONTRAST
from perser_gui.ui.shell.program import ON_THE_PAGE

ELSEWHERE = {
    *("listener", "window", "first_start", "toured", "recent", "folders", "keys", "checkpoint"),
    *("clip", "clip_order", "clip_order_backwards"),
    *(
        "volume",
        "spectrogram_scale",
        "show_pitch",
        "playback_device",
        "microphone",
        "live_window",
        "live_hop",
        "live_smoothing",
    ),
}
"""Settings that are chosen where they are used."""


@pytest.fixture
def page(qtbot) -> SettingsPage:
    page = SettingsPage(None, Settings(), {"The cache": Path("/cache")})
    qtbot.addWidget(page)
    return page


def test_every_setting_is_on_the_page_or_has_its_place_elsewhere(page: SettingsPage) -> None:
    assert set(page.controls) == set(ON_THE_PAGE)
    assert not set(ON_THE_PAGE) & ELSEWHERE
    left = {f.name for f in fields(Settings)} - set(ON_THE_PAGE) - ELSEWHERE
    assert left == set()


def test_every_control_has_a_name_and_a_sentence_that_says_when_it_counts(
    page: SettingsPage,
) -> None:
    for name, control in page.controls.items():
        assert control.accessibleName(), name
        sentence = control.accessibleDescription()
        assert sentence.endswith("."), name
        told = ("at once", "next", "restart", "from now on", "When", "when")
        assert any(word in sentence for word in told), (name, sentence)


def other(control: object) -> object:
    """Choose another value than the one shown; return it."""
    if isinstance(control, QCheckBox):
        control.click()
        return control.isChecked()
    if isinstance(control, QComboBox):
        place = (control.currentIndex() + 1) % control.count()
        control.setCurrentIndex(place)
        control.activated.emit(place)
        return control.currentData()
    assert isinstance(control, QSpinBox)
    up = control.value() < control.maximum()
    control.setValue(control.value() + (1 if up else -1))
    return control.value()


def test_each_control_changes_its_own_setting_and_is_remembered(window, qtbot) -> None:
    program = window.commands.program
    page = SettingsPage(window, window.workbench.settings, {})
    qtbot.addWidget(page)
    page.changed.connect(program.choose)
    chosen = {name: other(control) for name, control in list(page.controls.items())}
    for name, value in chosen.items():
        assert getattr(window.workbench.settings, name) == value, name
        assert getattr(Settings(), name) != value, name
    qtbot.waitUntil(lambda: not window.runner.busy)
    kept = load_settings()
    assert {name: getattr(kept, name) for name in chosen} == chosen
    program.reset()
    assert all(
        getattr(window.workbench.settings, name) == getattr(Settings(), name) for name in chosen
    )
    qtbot.waitUntil(lambda: not window.runner.busy)
    assert load_settings() == replace(window.workbench.settings)


def test_look_and_playing_count_at_once(window, qapp) -> None:
    program, look = window.commands.program, window.theme
    try:
        program.choose("theme", "dark")
        program.choose("contrast", "more")
        assert look.tokens is DARK_CONTRAST
        before = theme.type_scale().body
        program.choose("text_size", 1.3)
        assert theme.type_scale().body == pytest.approx(1.3 * before, abs=0.02)
        program.choose("direction", "rtl")
        assert QApplication.layoutDirection() == Qt.LayoutDirection.RightToLeft
        program.choose("animate", False)
        assert QApplication.cursorFlashTime() == 0
        assert "widget-animation-duration: 0" in qapp.styleSheet()
        program.choose("auto_play_next", False)
        assert not window.label_panel.autoplay.isChecked()
        program.choose("speed", 0.5)
        assert window.label_panel.speed.currentData() == 0.5
        program.choose("show_spectrogram", True)
        assert window.label_panel.spectrogram.isChecked()
        program.choose("adapt_as_i_go", True)
        assert window.model_panel.as_i_go.isChecked()
    finally:
        program.reset()
    assert not look.strong
    assert QApplication.cursorFlashTime() > 0
    assert "widget-animation-duration" not in qapp.styleSheet()


def test_threads_count_at_once_in_the_models_worker(window, qtbot, monkeypatch) -> None:
    import threading

    import perser_gui.adaptation.placing as device

    used: list[tuple[int, str]] = []
    monkeypatch.setattr(
        device, "use_threads", lambda n: used.append((n, threading.current_thread().name))
    )
    window.commands.program.choose("threads", 2)
    qtbot.waitUntil(lambda: bool(used))
    assert used[0][0] == 2
    assert used[0][1].startswith("perser-compute")


def test_as_many_threads_are_used_as_were_asked_for() -> None:
    import torch

    before = torch.get_num_threads()
    try:
        use_threads(before + 1)
        assert torch.get_num_threads() == before + 1
        use_threads(0)
        assert torch.get_num_threads() == before
    finally:
        torch.set_num_threads(before)


def test_the_page_offers_every_way_of_finding_speech() -> None:
    assert set(settings_page.SPEECH) == set(SENSITIVITIES)
    soft, usual, noisy = (SENSITIVITIES[n].threshold for n in ("soft", "usual", "noisy"))
    assert soft < usual < noisy


def test_all_boxes_stand_on_two_common_edges(page: SettingsPage) -> None:
    page.show()
    QApplication.processEvents()
    boxes = [box for box in page.controls.values() if isinstance(box, QComboBox | QSpinBox)]
    places = {(box.mapTo(page, box.rect().topLeft()).x(), box.width()) for box in boxes}
    assert len(boxes) > 8
    assert len(places) == 1
    assert all(box.width() >= box.sizeHint().width() for box in boxes)
