"""How clips sound: volume, the loudspeaker that was chosen, one that is gone, equal loudness."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from perser_gui.audio.devices import Device
from perser_gui.audio.loudness import TARGET_DB, loudness_db
from perser_gui.errors import PerserError

from ..fake_player import FakePlayer

GONE = "The loudspeaker “Desk” is not connected; please connect it or choose another one."


def settle(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)


def play(window, qtbot) -> FakePlayer:
    window.listening.play_from_start()
    settle(qtbot, window)
    return FakePlayer.made[-1]


def played(wave) -> float:
    """Return up to where the picture shows a sound as played (s)."""
    return wave._outline._playhead


@pytest.fixture
def unplugged(monkeypatch):
    """The loudspeakers of these keys cannot be opened."""
    gone: set[str] = set()
    genuine = FakePlayer.play

    def playing(player, *args, **options):
        if player.device in gone:
            raise PerserError(GONE)
        genuine(player, *args, **options)

    monkeypatch.setattr(FakePlayer, "play", playing)
    return gone


def test_the_volume_is_changed_by_keys_and_slider_at_once_and_remembered(window, qtbot):
    player = play(window, qtbot)
    QTest.keyClick(window, Qt.Key.Key_Down, Qt.KeyboardModifier.ControlModifier)
    assert (player.volume, window.workbench.settings.volume) == (0.9, 0.9)
    button = window.label_panel.sound
    assert button.volume.value() == 90
    button.volume.setValue(0)
    assert player.volume == 0.0
    assert button.accessibleName() == "Sound, volume 0 %"
    for _ in range(12):
        QTest.keyClick(window, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    assert window.workbench.settings.volume == 1.0
    window.listening.pause()
    settle(qtbot, window)


def test_a_loudspeaker_is_chosen_from_those_that_are_connected(window, qtbot):
    speaker = window.listening.loudspeaker
    found = [Device("a", "Built-in", "output", True), Device("d", "Desk & chair", "output")]
    speaker._list_devices = lambda: found
    told = qtbot.waitSignal(
        window.workbench.changed, check_params_cb=lambda changes: changes.loudspeakers
    )
    with told:
        window.label_panel.sound.menu_.aboutToShow.emit()
    actions = window.label_panel.sound.devices.actions()
    assert [a.text() for a in actions] == ["System default", "Built-in", "Desk && chair"]
    assert actions[0].isChecked()
    player = play(window, qtbot)
    assert player.device is None
    actions[2].trigger()
    settle(qtbot, window)
    assert player.device == "d"
    assert window.workbench.settings.playback_device == "d"
    speaker._list_devices = lambda: found[:1]
    told = qtbot.waitSignal(
        window.workbench.changed, check_params_cb=lambda changes: changes.loudspeakers
    )
    with told:
        window.label_panel.sound.menu_.aboutToShow.emit()
    assert window.label_panel.sound.devices.actions()[-1].text() == "d (not connected)"
    window.listening.pause()
    settle(qtbot, window)


def test_a_chosen_loudspeaker_that_is_gone_falls_back_with_a_notice_said_once(
    window, qtbot, unplugged
):
    unplugged.add("desk")
    window.workbench.choose(playback_device="desk")
    said = []
    window.workbench.warned.connect(lambda tone, sentence, about: said.append(sentence))
    player = play(window, qtbot)
    assert player.playing
    assert player.device is None
    play(window, qtbot)
    assert len(said) == 1
    assert "default loudspeaker plays" in said[0]
    assert window.workbench.settings.playback_device == "desk"
    unplugged.clear()  # it is connected again, and is used at once
    assert play(window, qtbot).device == "desk"
    window.listening.pause()
    settle(qtbot, window)


def test_a_loudspeaker_lost_while_it_plays_goes_on_elsewhere_from_the_same_place(
    window, qtbot, unplugged
):
    window.workbench.choose(playback_device="desk")
    player = play(window, qtbot)
    player.position, player.playing = 0.4, False
    unplugged.add("desk")
    player.on_lost("The loudspeaker was lost; please connect it and play again.")
    qtbot.waitUntil(lambda: player.playing)
    settle(qtbot, window)
    assert player.device is None
    assert player.calls[-1] == ("seek", 0.4)
    assert window.listening.playing
    player.playing = False
    player.on_lost("The loudspeaker was lost; please connect it and play again.")
    qtbot.waitUntil(lambda: not window.listening.playing)
    settle(qtbot, window)


def test_without_any_loudspeaker_it_is_said_why_nothing_is_heard(window, qtbot, unplugged):
    unplugged.add(None)
    said = []
    window.workbench.warned.connect(lambda tone, sentence, about: said.append(sentence))
    play(window, qtbot)
    assert said == [GONE]
    assert not window.listening.playing
    button = window.label_panel.sound
    assert button.accessibleName() == f"Nothing can be heard here: {GONE}"
    assert "Nothing can be heard here" in button.toolTip()
    unplugged.clear()  # one is connected
    play(window, qtbot)
    assert button.accessibleName() == "Sound, volume 100 %"
    assert "Nothing" not in button.toolTip()
    window.listening.pause()
    settle(qtbot, window)


def test_what_cannot_be_heard_is_not_shown_as_played(window, qtbot, unplugged):
    unplugged.add(None)
    wave, listening = window.label_panel.waveform, window.listening
    listening.seek(0.0)
    play(window, qtbot)
    assert listening.position == 0.0
    assert played(wave) == 0.0
    listening.seek(0.3)
    listening.toggle()
    settle(qtbot, window)
    assert listening.position == 0.3
    assert played(wave) == 0.3
    assert window.label_panel.clock.text().strip().startswith("0.3 /")


def test_a_lost_loudspeaker_leaves_the_playhead_where_it_broke_off(window, qtbot, unplugged):
    player = play(window, qtbot)
    player.position = 0.4
    qtbot.waitUntil(lambda: window.listening.position == 0.4)
    player.playing = False
    unplugged.add(None)
    player.on_lost("The loudspeaker was lost; please connect it and play again.")
    qtbot.waitUntil(lambda: not window.listening.playing)
    settle(qtbot, window)
    assert played(window.label_panel.waveform) == 0.4


def test_equal_loudness_changes_what_is_played_and_nothing_else(window, qtbot):
    clip = window.listening.sound.waveform
    before = clip.samples.copy()
    player = play(window, qtbot)
    assert player.waveform is clip
    window.label_panel.sound.match.trigger()
    settle(qtbot, window)
    assert player.playing
    assert loudness_db(player.waveform) == pytest.approx(TARGET_DB, abs=0.1)
    assert window.listening.sound.waveform is clip
    np.testing.assert_array_equal(clip.samples, before)
    window.listening.pause()
    settle(qtbot, window)
