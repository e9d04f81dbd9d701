"""The Live view over a driven source: what it shows, and what becomes of a correction."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from perser_gui.audio.devices import Device
from perser_gui.audio.speech import SpeechRules
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.live import LiveModel
from perser_gui.live import live_engine as engine_module
from perser_gui.live import stream as stream_module
from perser_gui.records import Clip
from perser_gui.ui.shell.window import MainWindow

from ..fake_desk import FakeDesk
from ..fake_player import FakePlayer

RATE = 16_000
WORDS = EmotionSet.default().words
MARGINS = 2 * SpeechRules().margin


class LoudDetector:
    """Loud is speech."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._waiting, self.probability, self.frames = np.zeros(0, np.float32), 0.0, 0

    def feed(self, samples):
        self._waiting = np.concatenate((self._waiting, samples))
        count = len(self._waiting) // 512
        found = np.abs(self._waiting[: count * 512].reshape(count, 512)).mean(axis=1) > 0.02
        self._waiting = self._waiting[count * 512 :]
        return found.astype(np.float32)


class Desk(FakeDesk):
    """A desk that can go live: everyone's model says angry, Ada's sad once she has a profile."""

    def __init__(self) -> None:
        super().__init__(clips=3)
        self.kept: list[tuple[str, float]] = []
        self.full = False

    def live_model(self, listener, progress, *, voice=()):
        from perser_gui.model.normalization import SpeakerNormalization

        def saying(word: str):
            row = np.full(len(WORDS), 0.02, np.float32)
            row[WORDS.index(word)] = 0.86
            return lambda x: np.tile(row, (len(x), 1))

        class Encoder:
            id = "fake"

            def embed(self, waveform):
                return np.zeros((1, 2), np.float32)

        own = self.current_profile(listener) is not None
        return LiveModel(
            words=next(p for p in self.people if p.id == listener).emotions.words,
            encoder=Encoder(),
            normalization=SpeakerNormalization.identity(1, 2),
            generic=saying("angry"),
            yours=saying("sad") if own else None,
            listener="Ada" if own else None,
        )

    def keep_recording(self, sound, session, progress, *, name=""):
        if self.full:
            raise PerserError("The utterance could not be kept; please check the disk.")
        clip = Clip(f"{1000 + len(self.kept):064x}", Path(f"/live/{len(self.kept)}.wav"), 1.0)
        self.kept.append((clip.content, sound.seconds))
        self.library.append(clip)
        return clip


class Microphone:
    """A microphone that says what it is told to."""

    name = "Desk Microphone"
    overflows = 0

    def __init__(self) -> None:
        self.problem: str | None = None
        self.connected = True
        self.ready = threading.Event()
        self.on_block = self.on_lost = None
        self.place = 0

    def start(self, on_block, on_lost):
        if not self.connected:
            raise PerserError("No microphone was found; please connect one and try again.")
        self.on_block, self.on_lost, self.place = on_block, on_lost, 0
        self.ready.set()

    def stop(self):
        self.on_block = None
        self.ready.clear()

    def age(self, seconds):
        return 0.123

    def returned(self):
        return self.connected

    def say(self, *parts: np.ndarray) -> None:
        for block in np.array_split(np.concatenate(parts), 100):
            self.on_block(block, self.place / RATE)
            self.place += len(block)


def quiet(seconds: float) -> np.ndarray:
    return np.full(round(seconds * RATE), 0.001, np.float32)


def speech(seconds: float) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    return (0.3 * np.sin(2 * np.pi * 300 * t)).astype(np.float32)


@pytest.fixture
def microphone() -> Microphone:
    return Microphone()


@pytest.fixture
def desk() -> Desk:
    return Desk()


@pytest.fixture
def found() -> list[Device]:
    return [Device("pulse:desk", "Desk Microphone", "input", True)]


@pytest.fixture
def window(
    desk: Desk, microphone: Microphone, found: list[Device], qtbot, monkeypatch
) -> Iterator[MainWindow]:
    monkeypatch.setattr(stream_module, "SpeechDetector", LoudDetector)
    monkeypatch.setattr(engine_module, "RETRY_SECONDS", 0.02)
    opened = MainWindow(lambda: desk, make_player=FakePlayer, make_source=lambda key: microphone)
    opened.live.microphones.list_devices = lambda: list(found)
    opened.show()
    with qtbot.waitSignal(opened.became_ready, timeout=20_000):
        opened.start()
    qtbot.waitUntil(lambda: opened.personalization.state == "ready", timeout=5_000)
    opened.show_view("live")
    qtbot.waitUntil(lambda: opened.live.microphones.devices is not None, timeout=5_000)
    yield opened
    opened.close()
    opened.deleteLater()
    QApplication.processEvents()


Listen = Callable[[], None]


@pytest.fixture
def listen(window: MainWindow, microphone: Microphone, qtbot) -> Listen:
    def begin() -> None:
        QTest.mouseClick(window.live_view.begin, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: microphone.ready.is_set(), timeout=5_000)
        qtbot.waitUntil(lambda: window.live.model is not None, timeout=5_000)

    return begin


def talk(window: MainWindow, microphone: Microphone, qtbot, seconds: float = 2.5) -> None:
    """Say something and wait for the utterance."""
    count = len(window.live.utterances)
    microphone.say(quiet(0.5), speech(seconds), quiet(1.0))
    qtbot.waitUntil(lambda: len(window.live.utterances) > count, timeout=5_000)


def settle(qtbot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)


def test_before_it_listens_it_says_that_nothing_is_kept(window):
    view = window.live_view
    assert view.pages.currentWidget() is view.welcome
    assert "nothing is kept unless you ask" in view.welcome.hint.text()
    assert [view.device.itemText(i) for i in range(view.device.count())] == [
        "System default",
        "Desk Microphone",
    ]


def test_without_a_microphone_it_explains_itself_and_looks_again(window, found, qtbot):
    view, device = window.live_view, found.pop()
    window.live.microphones.look()
    qtbot.waitUntil(lambda: view.pages.currentWidget() is view.nothing, timeout=5_000)
    assert "Connect a microphone" in view.nothing.hint.text()
    assert not view.begin.isVisible()
    found.append(device)
    QTest.mouseClick(view.refresh, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: view.pages.currentWidget() is view.welcome, timeout=5_000)
    assert view.begin.isVisible()


def test_a_readout_shows_the_label_latency_and_load(window, microphone, listen, qtbot):
    listen()
    microphone.say(quiet(0.5))
    qtbot.waitUntil(lambda: window.live_view.emotion.text() == "No speech", timeout=5_000)
    microphone.say(speech(2.4))
    qtbot.waitUntil(lambda: window.live_view.emotion.text() == "angry", timeout=5_000)
    view = window.live_view
    assert view.caption.text() == "How everyone's model labels this"
    assert "123 ms behind the sound" in view.figures.text()
    assert "every" in view.figures.text()
    shown = {word: other for word, _, other in view.bars.values()}
    assert shown["angry"] > 0.5


def test_yours_stands_beside_everyones_after_an_adaptation_without_a_break(
    window, microphone, listen, qtbot
):
    listen()
    talk(window, microphone, qtbot)
    window.live.that_was("sad")
    settle(qtbot, window)
    window.personalization.adapt()
    qtbot.waitUntil(
        lambda: window.live.model is not None and window.live.model.yours is not None,
        timeout=5_000,
    )
    engine = window.live.engine
    microphone.say(quiet(0.5), speech(2.4))
    qtbot.waitUntil(lambda: window.live_view.emotion.text() == "sad", timeout=5_000)
    assert window.live_view.caption.text() == "How you would label this"
    assert "everyone's: angry" in window.live_view.share.text()
    assert window.live.engine is engine
    assert engine.stream.seconds == pytest.approx(4.0 + 2.9)


def test_that_was_makes_the_utterance_a_clip_and_a_rating(window, microphone, desk, listen, qtbot):
    listen()
    assert not window.live_view.grid.isEnabled()
    talk(window, microphone, qtbot)
    qtbot.waitUntil(lambda: window.live_view.grid.isEnabled(), timeout=5_000)
    button = window.live_view.grid.buttons[WORDS.index("sad")]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(qtbot, window)
    (kept,) = desk.kept
    assert kept[1] == pytest.approx(2.5 + MARGINS, abs=0.1)
    (rating,) = desk.ratings(1)
    assert (rating.clip, rating.emotions) == (kept[0], ("sad",))
    assert window.session.row(kept[0]) is not None
    assert "You said sad" in window.live_view.that_hint.text()


def test_a_second_thought_replaces_the_label_and_keeps_one_clip(
    window, microphone, desk, listen, qtbot
):
    listen()
    talk(window, microphone, qtbot)
    window.live.that_was("sad")
    window.live.that_was("happy")
    settle(qtbot, window)
    window.live.that_was("angry", True)
    settle(qtbot, window)
    assert len({content for content, _ in desk.kept}) == 1
    assert desk.ratings(1)[0].emotions == ("happy", "angry")


def test_digits_label_the_last_utterance_and_an_earlier_one_can_be_chosen(
    window, microphone, desk, listen, qtbot
):
    listen()
    talk(window, microphone, qtbot)
    talk(window, microphone, qtbot, 1.5)
    QTest.keyClick(window, Qt.Key.Key_3)
    settle(qtbot, window)
    assert [r.emotions for r in desk.ratings(1)] == [(WORDS[2],)]
    assert desk.kept[0][1] == pytest.approx(1.5 + MARGINS, abs=0.1)
    view = window.live_view
    view._utterance_chosen(view.earlier.findData(1))
    QTest.keyClick(window, Qt.Key.Key_4)
    settle(qtbot, window)
    assert desk.kept[1][1] == pytest.approx(2.5 + MARGINS, abs=0.1)


def test_nothing_is_kept_unless_asked(window, microphone, desk, listen, qtbot, home):
    listen()
    talk(window, microphone, qtbot)
    window.live.stop()
    settle(qtbot, window)
    assert desk.kept == []
    assert [p for p in home.rglob("*") if p.suffix in (".wav", ".csv")] == []
    assert not window.live_view.grid.isEnabled()


def test_an_utterance_that_cannot_be_kept_is_said(window, microphone, desk, listen, qtbot):
    listen()
    talk(window, microphone, qtbot)
    desk.full = True
    window.live.that_was("sad")
    settle(qtbot, window)
    assert "could not be kept" in window.notice.text.text()
    assert "How would you label it?" in window.live_view.that_hint.text()
    assert desk.ratings(1) == []


def test_a_lost_microphone_shows_a_banner_and_it_goes_when_it_is_back(
    window, microphone, listen, qtbot
):
    listen()
    microphone.connected = False
    microphone.on_lost("The microphone “Desk Microphone” was lost; please connect it again.")
    view = window.live_view
    qtbot.waitUntil(lambda: "was lost" in view.banner.text(), timeout=5_000)
    assert view._banner.isVisible()
    microphone.connected = True
    qtbot.waitUntil(lambda: not view._banner.isVisible(), timeout=5_000)
    microphone.say(quiet(0.5))
    qtbot.waitUntil(lambda: window.live.readout is not None, timeout=5_000)


def test_what_is_wrong_with_the_input_is_a_banner(window, microphone, listen, qtbot):
    listen()
    microphone.problem = "The microphone “Desk Microphone” delivers nothing but zeros."
    microphone.say(np.zeros(RATE, np.float32))
    qtbot.waitUntil(lambda: "nothing but zeros" in window.live_view.banner.text(), timeout=5_000)


def test_pausing_gives_the_microphone_back(window, microphone, listen, qtbot):
    listen()
    QTest.keyClick(window, Qt.Key.Key_P)
    qtbot.waitUntil(lambda: not microphone.ready.is_set(), timeout=5_000)
    assert window.live_view.pause.text() == "Go on"
    assert "not in use" in window.live_view.banner.text()
    QTest.mouseClick(window.live_view.pause, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: microphone.ready.is_set(), timeout=5_000)


def test_marks_and_the_stretch_are_saved_where_one_says(
    window, microphone, listen, qtbot, tmp_path
):
    listen()
    talk(window, microphone, qtbot)
    QTest.keyClick(window, Qt.Key.Key_M)
    window.live.save(tmp_path / "talk.wav")
    settle(qtbot, window)
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["talk-labels.csv", "talk-readout.csv", "talk.wav"]
    assert "mark," in (tmp_path / "talk-labels.csv").read_text()
    assert "Saved talk.wav" in window.notice.text.text()


def test_the_microphone_test_plays_back_what_was_heard(window, microphone, listen, qtbot):
    listen()
    QTest.mouseClick(window.live_view.test, Qt.MouseButton.LeftButton)
    assert window.live_view.test.text() == "Speak now …"
    microphone.say(speech(3.5))
    qtbot.waitUntil(lambda: not window.live.microphones.testing, timeout=5_000)
    settle(qtbot, window)
    assert 3.0 <= FakePlayer.made[-1].waveform.seconds <= 3.5
    assert FakePlayer.made[-1].playing
    assert "what the microphone heard" in window.live.microphones.test_result


@pytest.mark.parametrize(
    ("loud", "begins"),
    [(1.0, "The microphone hears you; it"), (0.0, "Hardly anything was heard")],
)
def test_the_microphone_is_tested_where_nothing_can_be_played(
    window, microphone, listen, qtbot, monkeypatch, loud, begins
):
    def refuse(player: FakePlayer) -> None:
        raise PerserError("No loudspeaker was found.")

    monkeypatch.setattr(FakePlayer, "play", refuse)
    listen()
    QTest.mouseClick(window.live_view.test, Qt.MouseButton.LeftButton)
    microphone.say(loud * speech(3.5))
    qtbot.waitUntil(lambda: not window.live.microphones.testing, timeout=5_000)
    settle(qtbot, window)
    said = window.live.microphones.test_result
    assert said.startswith(begins)
    assert said.endswith("it cannot be played to you: No loudspeaker was found.")


@pytest.mark.flaky(reruns=2, reruns_delay=1)  # a stream in real time; a busy machine may be late
def test_the_pictures_follow_the_stream_and_stop_when_hidden(window, microphone, listen, qtbot):
    listen()
    talk(window, microphone, qtbot)
    view = window.live_view
    view._advance()
    assert view.plots._taken >= 3.9 * RATE
    band = view.plots._bands[1]
    drawn = band.mapRectToParent(band.boundingRect())
    assert (drawn.left(), drawn.right()) == pytest.approx((0.0, 4.0), abs=0.3)
    assert view.plots._columns[:, 1].max() == pytest.approx(0.3, abs=0.01)
    assert view._timer.isActive()
    window.show_view("label")
    assert not view._timer.isActive()
    assert window.live.running


def test_another_listeners_words_are_used_from_the_next_hop_on(
    window, desk, microphone, listen, qtbot
):
    listen()
    window.workbench.set_emotions(window.session.emotions.renamed("angry", "furious"))
    settle(qtbot, window)
    qtbot.waitUntil(lambda: "furious" in window.live.model.words, timeout=5_000)
    microphone.say(quiet(0.5), speech(2.4))
    qtbot.waitUntil(lambda: window.live_view.emotion.text() == "furious", timeout=5_000)


def test_reading_out_does_not_block_the_window(window, microphone, listen, qtbot, watchdog):
    listen()
    talk(window, microphone, qtbot)
    with watchdog:
        for _ in range(5):
            microphone.say(quiet(0.5), speech(1.5))
            QTest.qWait(60)
    assert watchdog.blocks == []


def test_closing_the_window_gives_the_microphone_back(window, microphone, listen):
    listen()
    window.close()
    assert microphone.on_block is None


def test_another_microphone_takes_over_without_losing_what_was_heard(
    window, microphone, listen, found, qtbot
):
    listen()
    talk(window, microphone, qtbot)
    other = Microphone()
    window.live._make_source = lambda key: other
    found.append(Device("pulse:usb", "USB Headset", "input"))
    window.live.microphones.look()
    view = window.live_view
    qtbot.waitUntil(lambda: view.device.findData("pulse:usb") >= 0, timeout=5_000)
    engine = window.live.engine
    view._device_chosen(view.device.findData("pulse:usb"))
    qtbot.waitUntil(lambda: other.ready.is_set(), timeout=5_000)
    assert not microphone.ready.is_set()
    talk(window, other, qtbot, 1.5)
    assert window.live.engine is engine
    lengths = [u.seconds - MARGINS for u in window.live.utterances]
    assert lengths == pytest.approx([2.5, 1.5], abs=0.1)


def test_the_readout_menu_changes_the_hop_under_way_and_is_remembered(
    window, microphone, listen, qtbot
):
    listen()
    microphone.say(quiet(0.25))
    qtbot.waitUntil(lambda: window.live.readout is not None, timeout=5_000)
    assert window.live.readout.hop == pytest.approx(0.25)
    menu = window.live_view.readout.menu()
    menu.show_chosen()
    assert menu.groups["hop"].checkedAction().data() == ("hop", 0.25)
    menu.groups["hop"].actions()[2].trigger()
    microphone.say(quiet(0.5))
    qtbot.waitUntil(lambda: window.live.readout.time == pytest.approx(0.75), timeout=5_000)
    assert window.live.readout.hop == pytest.approx(0.5)
    assert window.workbench.settings.live_hop == 0.5
    window.live.stop()
    settle(qtbot, window)
    listen()
    assert window.live.engine.stream.options.hop == 0.5


def test_a_test_under_way_ends_with_the_stream(window, microphone, listen, qtbot):
    listen()
    window.live.microphones.test()
    assert window.live.microphones.testing
    window.live.stop()
    assert not window.live.microphones.testing
    assert window.live_view.test.text() == "Test"


def test_an_open_microphone_is_seen_in_every_view_and_a_click_closes_it(
    window, microphone, listen, qtbot
):
    sign = window.microphone_sign
    assert sign.isHidden()
    window.show_view("live")
    listen()
    for view in ("label", "predictions", "compare", "live"):
        window.show_view(view)
        assert sign.isVisible(), view
    window.live.toggle_pause()
    assert sign.isHidden()
    window.live.toggle_pause()
    assert sign.isVisible()
    window.show_view("label")
    QTest.mouseClick(sign, Qt.MouseButton.LeftButton)
    assert not window.live.running
    assert sign.isHidden()


def test_the_times_of_the_first_seconds_do_not_stand_on_each_other(
    window, microphone, listen, qtbot
):
    window.show_view("live")
    listen()
    microphone.say(quiet(3.0))
    qtbot.waitUntil(lambda: window.live_view.plots is not None)
    axis = window.live_view.plots._axis
    qtbot.waitUntil(lambda: window.live_view.plots._now >= 2.5)
    window.live_view.plots.grab()
    paper = QPixmap(10, 10)
    painter = QPainter(paper)
    specs = axis.generateDrawSpecs(painter)
    painter.end()
    boxes = sorted((rect for rect, _, text in specs[2] if text), key=lambda rect: rect.left())
    assert boxes
    assert all(a.right() <= b.left() for a, b in itertools.pairwise(boxes))
