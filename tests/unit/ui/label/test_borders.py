"""Borders of utterances at the desk: shown in context, moved by keys and pointer, split, merged."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from perser_gui.ui.dialogs.merging import MergeDialog

from ..fake_desk import FakeDesk, recording_of
from ..fake_player import FakePlayer

SHIFT, CONTROL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def settle(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)


@pytest.fixture
def call(open_window, qtbot):
    """A window over a recording of 60 s with six utterances of 5 s; the third is at hand."""
    desk = FakeDesk(clips=1)
    desk.library += recording_of(60.0, 6)
    window = open_window(desk)
    window.desk = desk
    window.workbench.go_to(desk.library[3].content, play=False)  # 20 to 25 s
    settle(qtbot, window)
    return window


def spans(window) -> list[tuple[float, float]]:
    return [(c.span.start, c.span.end) for c in window.desk.library if c.span]


def opened(window, qtbot):
    QTest.keyClick(window, Qt.Key.Key_B)
    qtbot.waitUntil(lambda: window.listening.sound.within is not None)
    settle(qtbot, window)
    return window.label_panel.strip


def test_the_utterance_is_shown_with_three_seconds_of_its_recording_around_it(call, qtbot):
    strip = opened(call, qtbot)
    sound = call.listening.sound
    assert (sound.offset, sound.within) == (17.0, pytest.approx((3.0, 8.0)))
    assert strip.isVisible()
    assert call.label_panel.borders.isChecked()
    assert (strip.start.value(), strip.end.value()) == (20.0, 25.0)
    assert strip.length.text() == "5.000 s"
    assert call.label_panel.waveform.visible_range() == pytest.approx((0.0, 11.0), abs=0.01)
    axis = call.label_panel.waveform._axis
    assert axis.tickStrings([3.0], 1.0, 1.0) == ["20"]
    assert call.label_panel.clock.text().strip().startswith("0.0")
    QTest.keyClick(call, Qt.Key.Key_B)
    settle(qtbot, call)
    assert call.listening.sound.within is None
    assert not strip.isVisible()
    assert not call.label_panel.borders.isChecked()


def test_keys_move_the_borders_by_ten_milliseconds_and_enter_keeps_them(call, qtbot):
    opened(call, qtbot)
    clip = call.session.current
    call.labelling.label_clip(clip, ("sad",))
    for key, held in ((Qt.Key.Key_Left, SHIFT), (Qt.Key.Key_Right, CONTROL)):
        for _ in range(3):
            QTest.keyClick(call, key, held)
    assert (call.borders.edit.start, call.borders.edit.end) == pytest.approx((19.97, 25.03))
    assert spans(call)[2] == (20.0, 25.0)
    QTest.keyClick(call, Qt.Key.Key_Return)
    settle(qtbot, call)
    assert spans(call)[2] == (19.97, 25.03)
    assert call.session.current_clip.span.start == 19.97
    assert call.session.rating(call.session.current).emotions == ("sad",)
    qtbot.waitUntil(lambda: call.listening.sound.within is not None)
    assert "moved" in call.notice.text.text()
    call.notice.hide()


def test_escape_forgets_moved_borders_and_then_closes(call, qtbot):
    opened(call, qtbot)
    QTest.keyClick(call, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(call, Qt.Key.Key_Escape)
    assert call.borders.open
    assert not call.borders.edit.changed
    QTest.keyClick(call, Qt.Key.Key_Escape)
    assert not call.borders.open
    settle(qtbot, call)
    assert spans(call)[2] == (20.0, 25.0)


def test_the_pointer_drags_a_border_in_either_picture_as_far_as_there_is_room(call, qtbot):
    opened(call, qtbot)
    lines = call.label_panel.waveform._borders._lines
    for number in range(2):  # the outline, then the spectrogram
        lines[number][0].setValue(1.5 + number)
        assert call.borders.edit.start == pytest.approx(18.5 + number)
        assert [pair[0].value() for pair in lines] == pytest.approx([1.5 + number] * 2)
    lines[0][1].setValue(2.55)  # would be too short
    assert call.borders.edit.end == pytest.approx(19.6)
    assert lines[0][1].value() == pytest.approx(2.6)
    call.borders.put(2.0, 59.0)
    assert (call.borders.edit.start, call.borders.edit.end) == (15.0, 30.0)


def test_numbers_are_typed_as_well(call, qtbot):
    strip = opened(call, qtbot)
    strip.start.setValue(18.25)
    assert call.borders.edit.start == 18.25
    strip.end.setValue(99.0)
    assert strip.end.value() == 30.0
    strip.apply.click()
    settle(qtbot, call)
    assert spans(call)[2] == (18.25, 30.0)
    call.notice.hide()


def test_moved_borders_are_kept_when_one_goes_to_another_utterance(call, qtbot):
    opened(call, qtbot)
    QTest.keyClick(call, Qt.Key.Key_Left, SHIFT)
    QTest.keyClick(call, Qt.Key.Key_D)
    settle(qtbot, call)
    assert spans(call)[2] == (19.99, 25.0)
    assert call.session.current_clip.span.start == 30.0
    assert call.borders.edit.clip.span.start == 30.0
    call.notice.hide()


def test_space_plays_the_utterance_and_context_a_second_around_it(call, qtbot):
    opened(call, qtbot)
    QTest.keyClick(call, Qt.Key.Key_Space)
    settle(qtbot, call)
    player = FakePlayer.made[-1]
    assert player.calls[-1][:2] == pytest.approx((3.0, 8.0))
    QTest.keyClick(call, Qt.Key.Key_C)
    settle(qtbot, call)
    assert player.calls[-1][:2] == pytest.approx((2.0, 9.0))
    player.position = 2.5
    qtbot.waitUntil(lambda: call.listening.position == 2.5)
    assert call.label_panel.clock.text().strip().startswith("-0.5")
    assert call.label_panel.timeline._head == pytest.approx(19.5)
    call.listening.pause()
    settle(qtbot, call)


def test_context_is_heard_without_opening_the_borders_first(call, qtbot):
    QTest.keyClick(call, Qt.Key.Key_C)
    qtbot.waitUntil(lambda: call.listening.playing)
    settle(qtbot, call)
    assert FakePlayer.made[-1].calls[-1][:2] == pytest.approx((2.0, 9.0))
    call.listening.pause()
    settle(qtbot, call)


@pytest.mark.parametrize("within", [False, True])
def test_the_utterance_is_split_at_the_playhead(call, qtbot, within):
    if within:
        opened(call, qtbot)
    lead = call.listening.sound.within[0] if within else 0.0
    call.listening.seek(lead + 2.0)
    QTest.keyClick(call, Qt.Key.Key_K)
    settle(qtbot, call)
    assert spans(call)[2:4] == [(20.0, 22.0), (22.0, 25.0)]
    assert call.session.current_clip.span.start == 20.0
    call.notice.hide()


def test_two_utterances_with_the_same_label_are_merged_without_a_question(call, qtbot):
    for clip in call.session.utterances(call.session.current_clip.recording)[2:4]:
        call.labelling.label_clip(clip.content, ("sad",))
    settle(qtbot, call)
    QTest.keyClick(call, Qt.Key.Key_J)
    settle(qtbot, call)
    assert spans(call)[2] == (20.0, 35.0)
    assert call.desk.merged == [None]
    call.notice.hide()


@pytest.mark.parametrize("choice", [0, 1, 2])
def test_with_different_labels_it_is_asked_which_one_stays(call, qtbot, monkeypatch, choice):
    clips = call.session.utterances(call.session.current_clip.recording)[2:4]
    for clip, word in zip(clips, ("sad", "happy"), strict=True):
        call.labelling.label_clip(clip.content, (word,))
    settle(qtbot, call)
    shown = []

    def answer(dialog) -> bool:
        shown.extend(one.text() for one in dialog.choices)
        assert dialog.chosen == 2
        dialog.choices[choice].setChecked(True)
        dialog.deleteLater()
        return True

    monkeypatch.setattr(MergeDialog, "exec", answer)
    QTest.keyClick(call, Qt.Key.Key_J)
    settle(qtbot, call)
    assert "sad" in shown[0]
    assert "happy" in shown[1]
    assert call.desk.merged == [[clips[0].content, clips[1].content, ""][choice]]
    call.notice.hide()


def test_the_last_utterance_has_nothing_to_merge_with(call, qtbot):
    call.workbench.go_to(call.desk.library[-1].content, play=False)
    settle(qtbot, call)
    QTest.keyClick(call, Qt.Key.Key_J)
    assert "no utterance after" in call.notice.text.text()
    call.notice.hide()


def test_a_whole_recording_says_that_it_has_no_borders(call, qtbot):
    call.workbench.go_to(call.desk.library[0].content, play=False)
    settle(qtbot, call)
    QTest.keyClick(call, Qt.Key.Key_B)
    assert not call.borders.open
    assert "cut the recording first" in call.notice.text.text()
    assert not call.label_panel.borders.isVisible()
    call.notice.hide()


def test_an_utterance_whose_label_is_not_saved_stays_as_it_is(call, qtbot):
    call.desk.fail_ratings = True
    call.labelling.label_clip(call.session.current, ("sad",))
    settle(qtbot, call)
    call.listening.seek(2.0)
    QTest.keyClick(call, Qt.Key.Key_K)
    settle(qtbot, call)
    assert spans(call)[2] == (20.0, 25.0)
    call.desk.fail_ratings = False
    call.labelling.retry_saving()
    settle(qtbot, call)
    call.notice.hide()
