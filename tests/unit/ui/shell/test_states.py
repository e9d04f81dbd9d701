"""What the window says is so: whose model labels, what is under way, what is over."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.records import NO_CLEAR_WORD, Prediction
from perser_gui.ui.tables.predictions_model import YOURS

from ..fake_desk import FakeDesk
from ..fake_player import FakePlayer


def settle(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)


def shown(window) -> list[str]:
    return [bar.text.text() for bar in window.notice.bars]


class KnowsSomeWords(FakeDesk):
    """Labels by everyone's model where a profile lacks one of the words, as the real desk does."""

    def compare(self, clips, listener, progress):
        record, words = self.current_profile(listener), self.people[0].emotions.words
        fits = record is not None and set(words) <= set(record.profile.classes)
        pairs = super().compare(clips, listener, progress)
        return pairs if fits else [(replace(mine, listener=None), all_) for mine, all_ in pairs]


def test_the_header_says_adapted_only_while_the_profile_labels(open_window, qtbot) -> None:
    desk = KnowsSomeWords(clips=4)
    window = open_window(desk)
    state = window.model_panel.state
    assert state.text().startswith("Everyone's model")
    window.labelling.label("happy")
    settle(qtbot, window)
    window.personalization.adapt()
    qtbot.waitUntil(lambda: bool(window.session.yours))
    settle(qtbot, window)
    assert state.text().startswith("Adapted to you")
    window.workbench.set_emotions(EmotionSet.of((*window.session.emotions.words, "wistful")))
    qtbot.waitUntil(lambda: len(window.session.generic) == 4 and not window.session.yours)
    settle(qtbot, window)
    assert state.text().startswith("Everyone's model")
    assert "adapt again" in state.text()
    assert "not in use" in window.model_panel.result_text.text()
    window.show_view("predictions")
    rows = window.predictions.table.rows
    assert rows.index(0, YOURS).data() == "none in use"


def test_a_file_that_is_back_in_its_place_is_heard_and_predicted_at_once(
    open_window, qtbot, tmp_path: Path
) -> None:
    desk = FakeDesk(clips=2)
    lost = tmp_path / "lost.wav"
    desk.library[0] = replace(desk.library[0], path=lost)
    content = desk.library[0].content
    desk.missing = {content}
    window = open_window(desk)
    window.workbench.go_to(content)
    settle(qtbot, window)
    assert "no longer where it was" in window.label_panel._waiting.text()
    assert "missing" in window.model_panel.legend.text()
    assert content not in window.session.generic
    lost.write_bytes(b"sound")
    desk.missing = set()
    qtbot.waitUntil(lambda: window.listening.sound is not None)
    assert window.label_panel.stage.currentWidget() is window.label_panel.waveform
    qtbot.waitUntil(lambda: content in window.session.generic)
    assert "missing" not in window.model_panel.legend.text()


def test_a_clip_found_elsewhere_forgets_why_it_could_not_be_heard(window, desk, qtbot) -> None:
    content = window.session.current
    window.session.unpredictable[content] = "clip 00000.wav is gone."
    window.session.generic.pop(content)
    desk.library[0] = replace(desk.library[0], path=Path("/elsewhere/clip 00000.wav"))
    window.workbench.noticing.refresh()
    qtbot.waitUntil(lambda: content in window.session.generic)
    assert "gone" not in window.model_panel.legend.text()


@pytest.mark.parametrize("words", [("a", "b"), tuple("abcdefgh")])
def test_words_that_are_level_are_no_prediction(words: tuple[str, ...]) -> None:
    even = Prediction("c", words, np.full(len(words), 1 / len(words), np.float32))
    assert (even.tied, even.word, even.said) == (True, "", NO_CLEAR_WORD)


def test_a_single_word_is_told() -> None:
    alone = Prediction("c", ("sad",), np.ones(1, np.float32))
    assert (alone.word, alone.said) == ("sad", "sad")


class Level(FakeDesk):
    def _prediction(self, clip, listener, words_of=None):
        found = super()._prediction(clip, listener, words_of)
        share = np.full(len(found.classes), 1 / len(found.classes), np.float32)
        return replace(found, probabilities=share)


def test_a_tie_of_all_words_is_shown_as_no_clear_word_everywhere(open_window, qtbot) -> None:
    window = open_window(Level(clips=3))
    assert window.model_panel.legend.text().startswith("No clear word")
    window.labelling.label("happy")
    settle(qtbot, window)
    assert not window.session.differs(window.session.current)
    index = window.clips.model.index(0)
    assert NO_CLEAR_WORD in index.data(Qt.ItemDataRole.ToolTipRole)


def test_a_long_file_stands_on_the_list_while_it_is_cut_and_is_counted_then(
    open_window, qtbot
) -> None:
    desk = FakeDesk(clips=0)
    desk.opening.clear()
    window = open_window(desk, model=False)
    window.workbench.open_paths([Path("/calls/call.wav")])
    model = window.clips.model
    assert window.clips.view.isVisible()
    assert model.rowCount() == 1
    qtbot.waitUntil(lambda: "%" in model.index(0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert model.index(0).data() == "call.wav"
    assert window.session.current is None
    desk.opening.set()
    qtbot.waitUntil(lambda: len(window.session.rows) == 6)
    assert model.rowCount() == 7  # the head of the recording, and its utterances
    qtbot.waitUntil(
        lambda: any("6 utterances were added from call.wav" in s for s in shown(window))
    )


def test_a_file_that_is_not_read_after_all_leaves_the_list(open_window, desk, qtbot) -> None:
    desk.opening.clear()
    window = open_window(desk, model=False)
    rows = window.clips.model.rowCount()
    window.workbench.open_paths([Path("/calls/one.wav"), Path("/calls/two.wav")])
    assert window.clips.model.rowCount() == rows + 2
    QTest.keyClick(window, Qt.Key.Key_Escape)
    desk.opening.set()
    qtbot.waitUntil(lambda: window.clips.model.rowCount() == rows)


class Slow(FakeDesk):
    """Hears clips only while the gate is open."""

    def compare(self, clips, listener, progress):
        while not self.gate.wait(0.005):
            progress.check()
        return super().compare(clips, listener, progress)


def test_how_many_clips_the_model_has_heard_is_seen_in_the_label_view(open_window, qtbot) -> None:
    desk = Slow(clips=40)
    desk.gate.clear()
    window = open_window(desk, model=False)
    window.personalization.load()
    panel = window.model_panel
    qtbot.waitUntil(lambda: "hears your clips" in panel.state.text())
    assert "0 of 40" in panel.state.text()
    assert panel.loading.isVisible()
    assert panel.legend.text() == "The model has not heard this clip yet."
    desk.gate.set()
    qtbot.waitUntil(lambda: len(window.session.generic) == 40)
    qtbot.waitUntil(lambda: not panel.loading.isVisible())


def test_an_adaptation_is_seen_and_stopped_from_every_view(window, desk, qtbot) -> None:
    window.labelling.label("happy")
    settle(qtbot, window)
    desk.gate.clear()
    window.personalization.adapt()
    qtbot.waitUntil(lambda: window.personalization.adapt_state.phase == "running")
    panel = window.model_panel
    for button in (panel.stop_button, panel.cancel_button):
        assert not panel.scroller.isAncestorOf(button)
        assert window.rect().contains(button.mapTo(window, button.rect().bottomRight()))
    assert window.under_way.isHidden()
    for view in ("predictions", "compare", "live"):
        window.show_view(view)
        assert window.under_way.isVisible(), view
        assert window.under_way.stop.isVisible(), view
    QTest.mouseClick(window.under_way.cancel, Qt.MouseButton.LeftButton)
    desk.gate.set()
    qtbot.waitUntil(lambda: window.personalization.adapt_state.phase == "idle")
    assert window.under_way.isHidden()


def test_a_warning_about_the_loudspeaker_goes_when_it_is_heard_again(
    window, qtbot, monkeypatch
) -> None:
    def broken(self, *args, **options) -> None:
        raise PerserError("No loudspeaker was found.")

    genuine = FakePlayer.play
    monkeypatch.setattr(FakePlayer, "play", broken)
    window.listening.toggle()
    qtbot.waitUntil(lambda: "No loudspeaker was found." in shown(window))
    monkeypatch.setattr(FakePlayer, "play", genuine)
    window.listening.toggle()
    qtbot.waitUntil(lambda: shown(window) == [])


@pytest.mark.parametrize("name", ["A", "Somebody with a rather long pseudonym " * 3, "שם ארוך"])
def test_the_views_stay_where_they_are_whatever_the_listener_is_called(
    window, desk, qtbot, name: str
) -> None:
    before = [b.mapTo(window, b.rect().topLeft()) for b in window.top_bar.buttons()]
    window.workbench.rename_listener(1, name.strip()[:60])
    settle(qtbot, window)
    window.top_bar._show_name()
    assert [b.mapTo(window, b.rect().topLeft()) for b in window.top_bar.buttons()] == before
    assert window.top_bar.listener_menu.layoutDirection() == Qt.LayoutDirection.LeftToRight
