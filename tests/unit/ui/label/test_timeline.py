"""A long recording at the desk: its utterances in the list, and the timeline over it."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from perser_gui.desk.opening import Intake
from perser_gui.records import Clip
from perser_gui.settings import load_settings
from perser_gui.ui.dialogs.questions import CHANNELS, VOICES, CuttingDialog
from perser_gui.ui.label import timeline as timeline_module
from perser_gui.ui.widgets.roles import CONTENT, RECORDING

from ..fake_desk import FakeDesk, recording_of


@pytest.fixture
def desk() -> FakeDesk:
    """Two clips, a recording of a minute in six utterances, and two clips more."""
    desk = FakeDesk(clips=4)
    desk.library[2:2] = recording_of(60.0, 6)
    return desk


@pytest.fixture
def at_call(window):
    """The window with the first utterance of the recording at hand."""
    window.workbench.choose(auto_play_next=False)
    window.workbench.go_to(window.session.rows[2].clip.content)
    QApplication.processEvents()
    return window


def parts(window) -> list[str]:
    return [row.clip.content for row in window.session.rows if row.clip.span is not None]


def click(timeline, seconds: float) -> None:
    x = round(timeline.scale.x_of(seconds))
    QTest.mouseClick(timeline, Qt.MouseButton.LeftButton, pos=QPoint(x, 30))


def settle(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)


def test_utterances_stand_under_the_head_of_their_recording(window):
    model = window.clips.model
    rows = [model.index(row) for row in range(model.rowCount())]
    heads = [index.row() for index in rows if index.data(RECORDING) is not None]
    assert heads == [2]
    assert rows[2].data() == "call.wav"
    assert "6 utterances" in rows[2].data(Qt.ItemDataRole.AccessibleTextRole)
    assert [index.data(CONTENT) for index in rows[3:9]] == parts(window)
    assert rows[4].data() == "call.wav  0:10.0 – 0:15.0"
    assert window.clips.count.text() == "10"


def test_arrow_keys_pass_over_the_head_of_a_recording(window, qtbot):
    window.workbench.go_to(window.session.rows[1].clip.content, play=False)
    window.clips.view.setFocus()
    QTest.keyClick(window.clips.view, Qt.Key.Key_Down)
    assert window.session.current == parts(window)[0]
    QTest.keyClick(window.clips.view, Qt.Key.Key_Up)
    assert window.session.current == window.session.rows[1].clip.content


def test_a_click_on_a_head_selects_the_recording_and_remove_takes_all_of_it(window, desk, qtbot):
    view = window.clips.view
    head = view.visualRect(window.clips.model.index(2)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=head)
    assert window.clips.selected() == parts(window)
    window.commands.trigger("remove")
    settle(qtbot, window)
    assert [clip.span for clip in desk.library] == [None] * 4
    assert window.clips.model.rowCount() == 4


def test_a_filter_shows_a_head_only_above_utterances_that_remain(at_call, qtbot):
    at_call.labelling.label_by_key(1)
    settle(qtbot, at_call)
    at_call.workbench.show_kind("labelled")
    model = at_call.clips.model
    assert model.rowCount() == 2
    assert "1 labelled" in model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    at_call.workbench.search("clip 0")
    assert model.rowCount() == 0


def test_the_timeline_shows_only_where_the_clip_at_hand_is_part_of_a_recording(window):
    timeline = window.label_panel.timeline
    window.workbench.go_to(window.session.rows[0].clip.content, play=False)
    assert not timeline.isVisible()
    window.workbench.go_to(parts(window)[3], play=False)
    assert timeline.isVisible()
    assert [(one.start, one.end) for one in timeline.utterances] == [
        (10.0 * i, 10.0 * i + 5.0) for i in range(6)
    ]
    assert timeline.view == (0.0, 60.0)


def test_an_utterance_is_drawn_in_the_colour_of_your_label_above_everyones(at_call, qtbot):
    timeline, session = at_call.label_panel.timeline, at_call.session
    at_call.workbench.go_to(parts(at_call)[4], play=False)
    at_call.labelling.label("angry")
    settle(qtbot, at_call)
    at_call.workbench.go_to(parts(at_call)[0], play=False)
    picture = timeline.grab().toImage()
    ratio = timeline.devicePixelRatioF()
    you, generic = timeline.scale.lanes

    def pixel(seconds: float, y: float) -> QColor:
        return picture.pixelColor(
            round(timeline.scale.x_of(seconds) * ratio), round((y + 3) * ratio)
        )

    drawn = pixel(41.0, you.top())
    said = QColor(session.emotions.find("angry").colour)
    assert abs(drawn.hue() - said.hue()) < 12
    shown = timeline.utterances[4]
    assert shown.you.own
    assert shown.generic.words == (session.generic[shown.content].emotion,)
    guessed = QColor(session.emotions.find(shown.generic.words[0]).colour)
    hues = abs(pixel(41.0, generic.top()).hue() - guessed.hue())
    assert guessed.saturation() < 60 or hues < 25
    assert pixel(47.5, you.top()) != drawn


def test_your_models_prediction_stands_where_you_have_not_labelled(at_call, qtbot):
    timeline = at_call.label_panel.timeline
    assert timeline.utterances[2].you is None
    at_call.labelling.label_by_key(1)
    at_call.personalization.adapt()
    settle(qtbot, at_call)
    shown = timeline.utterances[2]
    assert shown.you.words == (at_call.session.yours[shown.content].emotion,)
    assert not shown.you.own
    assert shown.differs
    assert "your label: neutral" in timeline.caption()
    assert "everyone's model" in timeline.caption()


def test_a_click_goes_to_the_utterance_and_beside_one_to_the_nearest(at_call):
    timeline = at_call.label_panel.timeline
    click(timeline, 32.0)
    assert at_call.session.current == parts(at_call)[3]
    click(timeline, 49.2)
    assert at_call.session.current == parts(at_call)[5]
    click(timeline, 46.0)
    assert at_call.session.current == parts(at_call)[4]


def test_the_timeline_is_reached_and_used_by_keys_alone(at_call):
    at_call.setFocus()
    QTest.keyClick(at_call, Qt.Key.Key_T)
    timeline = at_call.label_panel.timeline
    assert timeline.hasFocus()
    for key, place in (("Right", 1), ("Right", 2), ("Left", 1), ("End", 5), ("Home", 0)):
        QTest.keyClick(timeline, getattr(Qt.Key, f"Key_{key}"))
        assert at_call.session.current == parts(at_call)[place]
    QTest.keyClick(timeline, "+")
    start, end = timeline.view
    assert end - start == pytest.approx(30.0)
    QTest.keyClick(timeline, Qt.Key.Key_End)
    assert timeline.view[0] <= 50.0 < 55.0 <= timeline.view[1]
    QTest.keyClick(timeline, "-")
    assert timeline.view == (0.0, 60.0)
    QTest.keyClick(timeline, "1")
    assert at_call.session.rating(parts(at_call)[5]).emotions == ("neutral",)


def test_keys_on_the_timeline_leave_the_list_of_other_clips_alone(at_call):
    at_call.workbench.go_to(parts(at_call)[-1], play=False)
    timeline = at_call.label_panel.timeline
    timeline.setFocus()
    QTest.keyClick(timeline, Qt.Key.Key_Right)
    assert at_call.session.current == parts(at_call)[-1]


def test_the_wheel_zooms_around_the_pointer(at_call):
    timeline = at_call.label_panel.timeline
    place = QPointF(timeline.scale.x_of(45.0), 30.0)
    turn = QWheelEvent(
        place,
        timeline.mapToGlobal(place),
        QPoint(0, 0),
        QPoint(0, 480),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(timeline, turn)
    start, end = timeline.view
    assert end - start == pytest.approx(60 * 0.85**4)
    assert timeline.scale.x_of(45.0) == pytest.approx(place.x())


def test_a_long_recording_is_added_in_utterances_and_the_window_says_so(window, desk, qtbot):
    desk.library = []
    window.workbench.open_paths([Path("/calls/call.wav")])
    settle(qtbot, window)
    assert desk.limits == [20.0]
    assert "6 utterances" in window.notice.text.text()
    assert len(parts(window)) == 6


def test_the_limit_is_asked_for_remembered_and_used(window, desk, qtbot, monkeypatch):
    monkeypatch.setattr(CuttingDialog, "exec", lambda dialog: dialog.field.setValue(0) or True)
    window.commands.trigger("cutting")
    window.workbench.open_paths([Path("/calls/call.wav")])
    settle(qtbot, window)
    assert desk.limits == [0.0]
    window.close()
    assert load_settings().cut_above == 0.0


def test_voices_and_channels_are_asked_for_remembered_and_used(window, desk, qtbot, monkeypatch):
    def answer(dialog):
        dialog.voices.setCurrentText("those of one file")
        dialog.channels.setCurrentText("each channel, as a speaker of its own")
        return True

    monkeypatch.setattr(CuttingDialog, "exec", answer)
    window.commands.trigger("cutting")
    window.workbench.open_paths([Path("/calls/a.wav")])
    settle(qtbot, window)
    assert desk.intakes == [("file", "each")]
    window.close()
    assert (load_settings().voices, load_settings().channels) == ("file", "each")


def test_every_choice_of_the_dialog_is_one_that_the_desk_takes(window):
    for voices in VOICES:
        for channels in CHANNELS:
            dialog = CuttingDialog(window, 20.0, voices, channels)
            chosen = (dialog.voices.currentData(), dialog.channels.currentData())
            assert chosen == (voices, channels)
            Intake(voices=voices, channels=channels)
    assert CuttingDialog(window, 20.0, "nobody", "99").channels.currentData() == "mix"


def test_a_whole_recording_on_the_list_is_cut_in_its_place_when_asked(open_window, qtbot):
    desk = FakeDesk(clips=2)
    desk.library.append(Clip("f" * 64, Path("/calls/call.wav"), 60.0, source="/calls"))
    window = open_window(desk)
    window.workbench.go_to("f" * 64, play=False)
    assert "Cut into utterances" in window.label_panel.facts.text()
    window.commands.trigger("cut")
    settle(qtbot, window)
    assert len(parts(window)) == 6
    assert window.session.row("f" * 64) is None


def test_a_whole_recording_with_a_label_stays_beside_its_utterances(open_window, qtbot):
    desk = FakeDesk(clips=2)
    desk.library.append(Clip("f" * 64, Path("/calls/call.wav"), 60.0, source="/calls"))
    window = open_window(desk)
    window.workbench.go_to("f" * 64, play=False)
    window.labelling.label_by_key(1)
    window.commands.trigger("cut")
    settle(qtbot, window)
    assert len(parts(window)) == 6
    assert window.session.rating("f" * 64).emotions == ("neutral",)
    assert window.session.row("f" * 64) is not None
    assert window.label_panel.timeline.isVisible()


@pytest.mark.parametrize("by_key", [True, False])
def test_cancelling_while_clips_are_read_leaves_the_list_as_it_was(window, desk, qtbot, by_key):
    desk.opening.clear()
    before = list(window.session.visible)
    window.workbench.open_paths([Path("/calls/other.wav")])
    qtbot.waitUntil(lambda: window.clips.cancel.isVisible())
    if by_key:
        QTest.keyClick(window, Qt.Key.Key_Escape)
    else:
        window.clips.cancel.click()
    settle(qtbot, window)
    assert window.session.visible == before
    assert not window.clips.cancel.isVisible()
    assert "as it was" in window.notice.text.text()


def test_without_a_recording_the_key_of_the_timeline_says_what_it_is_for(window):
    window.workbench.go_to(window.session.rows[0].clip.content, play=False)
    window.commands.trigger("timeline")
    assert "long recording" in window.notice.text.text()


def test_the_empty_list_says_that_long_recordings_are_cut(open_window):
    window = open_window(FakeDesk(clips=0))
    assert "cut into" in window.clips._empty.hint.text()


def test_labelling_an_hours_recording_never_blocks_the_main_thread(open_window, qtbot, watchdog):
    desk = FakeDesk(clips=0)
    desk.library = recording_of(3600.0, 900)
    window = open_window(desk)
    qtbot.waitUntil(lambda: len(window.session.generic) == 900, timeout=20_000)
    settle(qtbot, window)
    with watchdog:
        for number in (1, 2, 3, 4, 5):
            window.labelling.label_by_key(number)
            qtbot.waitUntil(lambda n=number: len(desk.log) == n)
            window.labelling.confirm()
            settle(qtbot, window)
    assert len(window.session.ratings) == 5
    assert not watchdog.blocks
    assert "MainThread" not in desk.threads


@pytest.mark.parametrize("seconds", [7200.0, float("nan"), -1.0, 1e300])
def test_a_limit_that_somebody_wrote_by_hand_does_not_break_the_question(window, seconds):
    assert CuttingDialog(window, seconds).seconds == 0.0


def test_ten_thousand_utterances_are_drawn_once_however_the_playhead_moves(
    open_window, qtbot, monkeypatch
):
    drawn = []
    genuine = timeline_module.draw_lanes

    def draw_lanes(painter, scale, utterances, *order):
        drawn.append(len(utterances))
        genuine(painter, scale, utterances, *order)

    monkeypatch.setattr(timeline_module, "draw_lanes", draw_lanes)
    desk = FakeDesk(clips=0)
    desk.library = recording_of(36_000.0, 10_000)
    window = open_window(desk, model=False)
    timeline = window.label_panel.timeline
    assert len(timeline.utterances) == 10_000
    timeline.repaint()
    assert drawn[-1] == 10_000
    drawn.clear()
    for step in range(10):
        timeline.show_playhead(float(step))
        timeline.repaint()
    assert drawn == []
