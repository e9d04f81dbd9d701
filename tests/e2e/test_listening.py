"""How clips sound and look, through the real door: pitch, frequencies, volume, loudness."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton

from perser_gui.audio import playback, portaudio
from perser_gui.audio.loudness import TARGET_DB, loudness_db
from perser_gui.desk import Desk
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.settings import Settings, load_settings, save_settings
from perser_gui.testing import write_tone
from perser_gui.ui.shell.window import MainWindow

from .desk_session import Condition, act, press, ready
from .every_action import SilentPlayer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


def silent_players(monkeypatch: pytest.MonkeyPatch) -> list[SilentPlayer]:
    """Let nothing be heard; return the players, as they come to be made."""
    from perser_gui.ui.acts import loudspeaker

    made: list[SilentPlayer] = []

    def player() -> SilentPlayer:
        made.append(SilentPlayer())
        return made[-1]

    monkeypatch.setattr(loudspeaker, "_system_player", player)
    return made


def test_pitch_volume_and_loudness_are_chosen_by_keys_and_remembered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = silent_players(monkeypatch)
    save_settings(Settings(auto_play_next=False, toured=True))
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier

    def first_day(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        view = window.label_panel.waveform
        assert view is not None
        press(window, Qt.Key.Key_I)  # the pitch brings the spectrogram along
        yield lambda: view._pitch.getData()[0] is not None and not window.runner.busy
        times, heights = view._pitch.getData()
        voiced = np.isfinite(heights)
        assert 0.2 < voiced.mean() < 1.0  # the starter clips speak, with pauses
        bands = view._bands
        hertz = np.interp(heights[voiced], bands.place_of(bands._frequencies), bands._frequencies)
        assert 80 < np.median(hertz) < 450
        assert times[-1] <= window.session.current_clip.seconds + 0.1
        before = view._image.image.copy()
        press(window, Qt.Key.Key_G, shift)
        yield lambda: view._image.image.shape != before.shape
        press(window, Qt.Key.Key_Down, control)
        window.commands.trigger("level-match")
        press(window, Qt.Key.Key_Space)
        yield lambda: window.listening.playing and bool(made)
        yield lambda: not window.runner.busy
        assert made[0].volume == 0.9
        assert loudness_db(made[0].loaded) == pytest.approx(TARGET_DB, abs=1.0)
        press(window, Qt.Key.Key_Space)
        yield lambda: not window.runner.busy

    assert act(first_day, ["--starter"]) == 0
    chosen = load_settings()
    assert (chosen.volume, chosen.level_match) == (0.9, True)
    assert (chosen.show_pitch, chosen.show_spectrogram) == (True, True)
    assert chosen.spectrogram_scale == "linear"

    def second_day(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        view = window.label_panel.waveform
        assert view is not None
        yield lambda: view._pitch.getData()[0] is not None
        assert window.label_panel.sound.volume.value() == 90
        assert window.label_panel.sound.match.isChecked()

    assert act(second_day, []) == 0


def test_without_a_loudspeaker_nothing_is_shown_as_played(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_there(*_: object) -> None:
        raise PerserError(portaudio.NO_SPEAKER)

    monkeypatch.setattr(playback, "find_device", none_there)
    monkeypatch.setattr(portaudio, "rescan", lambda: False)
    save_settings(Settings(auto_play_next=True, toured=True, blind_first=False))

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        warned: list[str] = []
        window.workbench.warned.connect(lambda tone, sentence, about: warned.append(sentence))
        yield lambda: window.listening.sound is not None
        for key in (Qt.Key.Key_Space, Qt.Key.Key_1):  # by hand, and the next clip by itself
            before = len(warned)
            press(window, key)
            yield lambda key=key, before=before: key == Qt.Key.Key_1 or len(warned) > before
            yield lambda: not window.runner.busy and window.listening.sound is not None
            assert not window.listening.playing
            assert window.listening.position == 0.0
            assert window.label_panel.clock.text().strip().startswith("0.0 /")
        assert warned == [portaudio.NO_SPEAKER]  # said once, not at each clip
        assert portaudio.NO_SPEAKER in window.label_panel.sound.accessibleName()

    assert act(script, ["--starter"]) == 0


def test_a_clip_that_two_differ_about_is_heard_wherever_it_is_known_or_it_is_said_why_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = silent_players(monkeypatch)
    save_settings(Settings(auto_play_next=False, toured=True))
    for number, name in enumerate(("first", "second", "third", "fourth")):
        write_tone(tmp_path / f"{name}.wav", 300.0 + 100 * number, seconds=1.0 + number)
    desk = Desk.open()
    people = [desk.add_listener(name) for name in ("Ada", "Bo")]
    clips = {clip.path.stem: clip for clip in desk.open_clips([tmp_path], Progress()).clips}
    for person, word in zip(people, ("happy", "sad"), strict=True):
        for name in ("first", "second", "third"):
            desk.rate(person.id, clips[name].content, emotions=(word,))
    desk.remove_clips([clips["second"].content, clips["third"].content])
    desk.close()
    clips["third"].path.unlink()

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        compare, listening = window.compare, window.listening
        window.workbench.go_to(clips["fourth"].content, play=False)
        yield lambda: listening.sound is not None and not window.runner.busy
        window.beside.choose([one.id for one in people], models=False)
        window.show_view("compare")
        yield lambda: len(compare.swaps) == 1 and not window.runner.busy
        (swap,) = compare.swaps
        assert set(swap.clips) == {clips[n].content for n in ("first", "second", "third")}

        def hear() -> list[QAbstractButton]:
            buttons = compare.findChildren(QAbstractButton)
            return [b for b in buttons if b.text() == "Hear one" and b.isVisible()]

        def told() -> list[str]:
            return [bar.text.text() for bar in window.notice.bars if bar.tone == "warning"]

        for content in swap.clips:
            yield lambda: len(hear()) == 1
            assert hear()[0].isEnabled()
            hear()[0].click()
            yield lambda: not window.runner.busy
            if content == clips["third"].content:
                assert ["third.wav" in text for text in told()] == [True]
                assert not listening.loudspeaker.playing
                continue
            assert told() == []
            assert listening.loudspeaker.playing
            seconds = 1.0 if content == clips["first"].content else 2.0
            assert len(made[0].loaded.samples) == pytest.approx(16_000 * seconds, abs=400)
            if content == clips["second"].content:  # what is shown stays, and so does its playhead
                assert window.session.current != content
                place = listening.position
                listening.loudspeaker.moved.emit(0.7)
                assert listening.position == place
                window.commands.trigger("play")  # the key that plays stops it
                yield lambda: not window.runner.busy
                assert not listening.loudspeaker.playing
                assert not made[0].playing

    assert act(script, []) == 0
