"""One press about several clips: saved together, kept when it fails, undone together."""

from __future__ import annotations

from ..fake_desk import FakeDesk, recording_of


def settle(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)


def words(window) -> list[tuple[str, ...]]:
    return [r.emotions for r in window.session.ratings.values()]


def test_one_press_labels_several_clips_and_one_undo_takes_it_back(window, desk, qtbot):
    clips = window.session.visible[2:7]
    window.labelling.label_all(clips, "sad")
    assert set(window.session.ratings) == set(clips)
    settle(qtbot, window)
    assert [r.clip for r in desk.ratings(1)] == clips
    assert len(desk.acts) == 1
    window.labelling.undo()
    settle(qtbot, window)
    assert window.session.ratings == {}
    window.labelling.redo()
    settle(qtbot, window)
    assert words(window) == [("sad",)] * 5


def test_clips_that_carry_the_label_already_are_not_labelled_again(window, desk, qtbot):
    clips = window.session.visible[:3]
    window.labelling.label_clip(clips[1], ("sad",))
    window.labelling.label_all(clips, "sad")
    settle(qtbot, window)
    assert [r.clip for r in desk.log] == [clips[1], clips[0], clips[2]]


def test_labels_of_one_press_that_cannot_be_saved_wait_and_are_saved_by_retry(window, desk, qtbot):
    clips = window.session.visible[:4]
    desk.fail_ratings = True
    window.labelling.label_all(clips, "calm")
    settle(qtbot, window)
    assert window.labelling.save_state == "failed"
    assert set(window.session.ratings) == set(clips)
    # a later press about one of them takes its place; the others wait on
    window.labelling.label_clip(clips[0], ("angry",))
    settle(qtbot, window)
    desk.fail_ratings = False
    window.labelling.retry_saving()
    settle(qtbot, window)
    assert window.labelling.save_state == "saved"
    assert {r.clip: r.emotions for r in desk.ratings(1)} == {
        clips[0]: ("angry",),
        **dict.fromkeys(clips[1:], ("calm",)),
    }


def test_undo_forgets_labels_of_one_press_that_were_never_saved(window, desk, qtbot):
    clips = window.session.visible[:4]
    desk.fail_ratings = True
    window.labelling.label_all(clips, "calm")
    settle(qtbot, window)
    window.labelling.undo()
    settle(qtbot, window)
    assert window.session.ratings == {}
    assert window.session.unsaved == []
    desk.fail_ratings = False
    window.labelling.redo()
    settle(qtbot, window)
    assert {r.clip for r in desk.ratings(1)} == set(clips)


def test_clearing_several_labels_is_one_act(window, desk, qtbot):
    clips = window.session.visible[:4]
    window.labelling.label_all(clips[:2], "calm")
    window.labelling.clear_all(clips)
    settle(qtbot, window)
    assert window.session.ratings == {}
    assert desk.ratings(1) == []


def test_a_second_word_is_added_to_each_label_by_one_press(window, desk, qtbot):
    clips = window.session.visible[:3]
    window.labelling.label_clip(clips[0], ("calm",))
    window.labelling.label_clip(clips[1], ("sad",))
    window.labelling.label_all(clips, "sad", second=True)
    settle(qtbot, window)
    assert {r.clip: r.emotions for r in desk.ratings(1)} == {
        clips[0]: ("calm", "sad"),
        clips[1]: ("sad",),
        clips[2]: ("sad",),
    }
    window.labelling.label_all(clips, None)
    settle(qtbot, window)
    assert {r.answer for r in desk.ratings(1)} == {"cant-tell"}


def test_an_undo_says_which_utterance_of_a_recording_it_was(open_window, qtbot):
    desk = FakeDesk()
    desk.library = recording_of(60.0, 6)
    window = open_window(desk)
    window.labelling.label("happy")
    qtbot.waitUntil(lambda: window.labelling.save_state == "saved")
    window.labelling.undo()
    qtbot.waitUntil(lambda: "Undone" in window.notice.text.text())
    assert "call.wav" in window.notice.text.text()
    assert "0:00.0" in window.notice.text.text()
