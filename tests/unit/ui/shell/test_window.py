"""The desk's window, driven by keys as a listener would."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from perser_gui import paths
from perser_gui.bidi import bare
from perser_gui.errors import PerserError
from perser_gui.settings import load_settings
from perser_gui.ui.clips.clip_rows import ClipDelegate
from perser_gui.ui.shell.window import FEW_CLIPS, MainWindow

from ..fake_desk import FakeDesk
from ..fake_player import FakePlayer

KEYS = [Qt.Key.Key_0, *(getattr(Qt.Key, f"Key_{n}") for n in range(1, 10))]


def press(window, key, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    QTest.keyClick(window.focusWidget() or window, key, modifier)


def settle(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)


def words_of(desk: FakeDesk) -> dict[str, tuple[str, ...]]:
    return {r.clip: r.emotions for r in desk.ratings(1)}


def test_a_digit_key_saves_the_emotion_of_that_place_for_the_clip_at_hand(window, desk, qtbot):
    clip = window.session.current
    press(window, KEYS[3])
    settle(qtbot, window)
    assert words_of(desk) == {clip: ("happy",)}
    assert window.label_panel.grid.buttons[2].choice == "first"
    assert window.label_panel.saving.state == "saved"


def test_shift_and_a_digit_add_a_second_emotion_and_take_it_away_again(window, desk, qtbot):
    clip = window.session.current
    press(window, KEYS[3])
    press(window, KEYS[5], Qt.KeyboardModifier.ShiftModifier)
    settle(qtbot, window)
    assert words_of(desk) == {clip: ("happy", "angry")}
    assert window.label_panel.grid.buttons[4].choice == "second"
    press(window, KEYS[5], Qt.KeyboardModifier.ShiftModifier)
    settle(qtbot, window)
    assert words_of(desk) == {clip: ("happy",)}


def test_zero_answers_that_one_cannot_tell_and_s_skips_and_goes_on(window, desk, qtbot):
    first = window.session.current
    press(window, KEYS[0])
    settle(qtbot, window)
    press(window, Qt.Key.Key_Return)
    second = window.session.current
    press(window, Qt.Key.Key_S)
    settle(qtbot, window)
    answers = {r.clip: r.answer for r in desk.ratings(1)}
    assert answers == {first: "cant-tell", second: "skip"}
    assert window.session.current not in (first, second)
    assert window.session.rated == 0


def test_enter_goes_to_the_next_clip_without_a_label_and_plays_it(window, desk, qtbot):
    first = window.session.current
    press(window, KEYS[1])
    press(window, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert window.session.current == window.session.visible[1] != first
    player = FakePlayer.made[-1]
    assert player.playing
    assert player.waveform.seconds == pytest.approx(window.session.current_clip.seconds)


def test_enter_without_a_label_stays_and_says_what_to_press(window, qtbot):
    first = window.session.current
    press(window, Qt.Key.Key_Return)
    assert window.session.current == first
    assert f"1–{len(window.session.emotions.words)}" in window.notice.text.text()
    window.notice.hide()


@pytest.mark.parametrize(
    ("back", "modifier"),
    [
        (Qt.Key.Key_Backspace, Qt.KeyboardModifier.NoModifier),
        (Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier),
    ],
)
def test_undo_withdraws_the_latest_label_and_returns_to_its_clip(
    window, desk, qtbot, back, modifier
):
    first = window.session.current
    press(window, KEYS[1])
    press(window, Qt.Key.Key_Return)
    press(window, KEYS[2])
    settle(qtbot, window)
    second = window.session.current
    press(window, back, modifier)
    settle(qtbot, window)
    assert words_of(desk) == {first: ("neutral",)}
    press(window, back, modifier)
    settle(qtbot, window)
    assert words_of(desk) == {}
    assert window.session.current == first != second
    assert all(button.choice == "" for button in window.label_panel.grid.buttons)


def test_arrows_and_letters_move_through_the_list(window):
    visible = window.session.visible
    for key, place in (
        (Qt.Key.Key_Right, 1),
        (Qt.Key.Key_D, 2),
        (Qt.Key.Key_Down, 3),
        (Qt.Key.Key_Left, 2),
        (Qt.Key.Key_A, 1),
        (Qt.Key.Key_Up, 0),
    ):
        press(window, key)
        assert window.session.current == visible[place]


def test_typing_in_the_search_field_neither_labels_nor_moves(window, desk, qtbot):
    first = window.session.current
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert window.clips.search.hasFocus()
    QTest.keyClicks(window.clips.search, "0001 sad")
    settle(qtbot, window)
    assert window.session.text == "0001 sad"
    assert not desk.ratings(1)
    window.clips.search.clear()
    assert window.session.current == first


def test_space_plays_and_pauses_and_the_playhead_follows_the_players_clock(window, qtbot):
    press(window, Qt.Key.Key_Space)
    settle(qtbot, window)
    player = FakePlayer.made[-1]
    assert player.playing
    player.position = 0.42
    qtbot.waitUntil(lambda: window.listening.position == pytest.approx(0.42), timeout=2_000)
    assert window.label_panel.waveform._heads[0].value() == pytest.approx(0.42)
    press(window, Qt.Key.Key_Space)
    settle(qtbot, window)
    assert not player.playing
    assert not window.listening.playing
    press(window, Qt.Key.Key_Space)
    settle(qtbot, window)
    assert player.calls[-1] == ("seek", 0.42)
    player.end()
    qtbot.waitUntil(lambda: not window.listening.playing, timeout=2_000)


def test_loop_and_speed_are_remembered_for_the_next_start(window, desk, qtbot, open_window):
    press(window, Qt.Key.Key_L)
    press(window, Qt.Key.Key_Comma)
    press(window, Qt.Key.Key_Space)
    settle(qtbot, window)
    assert FakePlayer.made[-1].calls[-1] == (0.0, None, True, 0.75)  # None: to the end
    window.listening.pause()
    window.close()
    assert (load_settings().loop, load_settings().speed) == (True, 0.75)
    again = open_window(desk)
    assert again.label_panel.loop.isChecked()
    assert bare(again.label_panel.speed.currentText()) == "0.75×"


def test_a_computer_without_sound_says_so_once_and_still_labels(open_window, desk, qtbot):
    window = open_window(desk)

    def no_player():
        raise PerserError("No loudspeaker was found; connect one to hear the clips.")

    window.listening.loudspeaker._make_player = no_player
    press(window, Qt.Key.Key_Space)
    settle(qtbot, window)
    assert "No loudspeaker" in window.notice.text.text()
    assert not window.listening.playing
    window.notice.hide()
    press(window, KEYS[1])
    press(window, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert window.notice.isHidden()
    assert len(desk.ratings(1)) == 1


def test_a_label_that_cannot_be_saved_stays_visible_until_retry_saves_it(window, desk, qtbot):
    clip = window.session.current
    desk.fail_ratings = True
    press(window, KEYS[1])
    settle(qtbot, window)
    saving = window.label_panel.saving
    assert saving.state == "failed"
    assert "1 label not saved" in saving.text.text()
    assert saving.button.isVisible()
    assert window.session.rating(clip).emotions == ("neutral",)
    desk.fail_ratings = False
    saving.button.click()
    settle(qtbot, window)
    assert saving.state == "saved"
    assert words_of(desk) == {clip: ("neutral",)}


def test_undo_of_a_label_that_was_never_saved_forgets_it(window, desk, qtbot):
    clip = window.session.current
    desk.fail_ratings = True
    press(window, KEYS[1])
    settle(qtbot, window)
    press(window, Qt.Key.Key_Backspace)
    settle(qtbot, window)
    assert window.session.rating(clip) is None
    assert window.label_panel.saving.state == "saved"
    assert not desk.log


def test_dropped_files_are_added_and_one_is_at_hand(open_window, qtbot):
    desk = FakeDesk(clips=0)
    window = open_window(desk)
    assert window.label_panel._pages.currentWidget() is window.label_panel.welcome
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/tmp/one.wav"), QUrl.fromLocalFile("/tmp/two.wav")])
    event = QDropEvent(
        QPointF(50, 50),
        Qt.DropAction.CopyAction,
        mime,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    window.dropEvent(event)
    settle(qtbot, window)
    assert [c.path for c in desk.library] == [Path("/tmp/one.wav"), Path("/tmp/two.wav")]
    assert window.label_panel.name.text() == "one.wav"


def test_the_first_start_offers_the_starter_clips_and_opens_them(open_window, qtbot):
    desk = FakeDesk(clips=0, listeners=())
    window = open_window(desk)
    assert [p.name for p in desk.people] == ["Listener 1"]
    assert window.label_panel.starter_button.isVisible()
    window.label_panel.starter_button.click()
    settle(qtbot, window)
    assert len(window.session.rows) == 3
    assert window.session.current is not None


def test_a_missing_file_is_marked_and_explained_and_not_predicted(open_window, desk, qtbot):
    missing = desk.library[1].content
    desk.missing.add(missing)
    window = open_window(desk)
    press(window, Qt.Key.Key_Right)
    settle(qtbot, window)
    assert window.session.current == missing
    assert "no longer where it was" in window.label_panel._waiting.text()
    assert missing not in window.session.generic


def test_a_filter_of_unlabelled_clips_keeps_the_clip_at_hand_until_one_moves_on(window, qtbot):
    window.workbench.show_kind("unlabelled")
    first = window.session.current
    press(window, KEYS[1])
    settle(qtbot, window)
    assert first in window.session.visible
    press(window, Qt.Key.Key_Return)
    settle(qtbot, window)
    assert first not in window.session.visible
    assert len(window.session.visible) == 11


def test_another_listener_starts_with_own_labels_and_own_model(window, desk, qtbot):
    press(window, KEYS[1])
    settle(qtbot, window)
    window.workbench.add_listener("Bo")
    settle(qtbot, window)
    assert window.session.listener.name == "Bo"
    assert not window.session.ratings
    assert window.top_bar.listener.text() == "Bo"
    window.workbench.switch_listener(1)
    settle(qtbot, window)
    assert window.session.rated == 1


def test_a_name_that_is_taken_is_refused_with_a_plain_sentence(window, qtbot):
    window.workbench.add_listener("Ada")
    settle(qtbot, window)
    assert "exists already" in window.notice.text.text()
    assert window.session.listener.name == "Ada"


def test_closing_ends_all_work_and_closes_the_store(window, desk):
    window.close()
    assert desk.closed
    assert load_settings().listener == 1
    assert not load_settings().first_start


def test_of_ten_thousand_clips_only_those_in_sight_are_painted(open_window, qtbot, monkeypatch):
    """How long opening and scrolling take is measured by `benchmarks/library_scale.py`."""
    painted = []
    genuine = ClipDelegate.paint

    def paint(self, painter, option, index):
        painted.append(index.row())
        genuine(self, painter, option, index)

    monkeypatch.setattr(ClipDelegate, "paint", paint)
    desk = FakeDesk(clips=10_000)
    window = open_window(desk, model=False)
    assert window.clips.model.rowCount() == 10_000
    bar = window.clips.view.verticalScrollBar()
    seen = set()
    for step in range(60):
        painted.clear()
        bar.setValue(bar.maximum() * step // 60)
        window.clips.view.viewport().repaint()
        assert 5 < len(painted) < 60
        seen.update(painted)
    assert len(seen) > 500


def test_labelling_never_blocks_the_main_thread(window, desk, qtbot, watchdog):
    settle(qtbot, window)
    with watchdog:
        for number in (1, 2, 3, 4, 5):
            press(window, KEYS[number])
            qtbot.waitUntil(lambda n=number: len(desk.log) == n)
            press(window, Qt.Key.Key_Return)
            settle(qtbot, window)
    assert not watchdog.blocks
    assert "MainThread" not in desk.threads


@pytest.mark.parametrize("size", [(1100, 700), (1600, 1000)])
@pytest.mark.parametrize("dark", [True, False])
def test_no_text_is_clipped_at_common_sizes(open_window, desk, qtbot, size, dark):
    from PySide6.QtWidgets import QLabel, QPushButton

    window = open_window(desk, size=size)
    window.theme.choose("dark" if dark else "light")
    window.labelling.label_by_key(1)
    settle(qtbot, window)
    window.personalization.adapt()
    settle(qtbot, window)
    QApplication.processEvents()
    clipped = []
    for button in window.findChildren(QPushButton):
        if button.isVisible() and button.text():
            needed = button.fontMetrics().horizontalAdvance(button.text())
            if not button.icon().isNull():
                needed += button.iconSize().width() + 4
            if needed > button.width() - 8:
                clipped.append(button.text())
    for label in window.findChildren(QLabel):
        plain = type(label) is QLabel and label.isVisible() and not label.wordWrap()
        if plain and label.text() and label.sizeHint().width() > label.width() + 1:
            clipped.append(label.text())
    window.theme.choose("system")
    assert not clipped


def test_large_system_text_is_not_clipped_either(open_window, desk, qtbot, qapp):
    from PySide6.QtGui import QFont
    from PySide6.QtWidgets import QPushButton

    from perser_gui.ui.look import theme

    chosen = theme.install(qapp)
    before = QFont(chosen._system_font)
    large = QFont(before)
    large.setPointSizeF(14.0)
    chosen.use_font(large)
    try:
        window = open_window(desk, size=(1600, 1000))
        window.labelling.label_by_key(1)
        settle(qtbot, window)
        QApplication.processEvents()
        clipped = [
            button.text()
            for button in window.findChildren(QPushButton)
            if button.isVisible()
            and button.text()
            and button.fontMetrics().horizontalAdvance(button.text()) > button.width() - 8
        ]
        assert not clipped
        assert window.label_panel.grid.buttons[0].height() >= 75
    finally:
        chosen.use_font(before)


def test_what_draws_the_waveform_is_not_waited_for_until_the_desk_is_open(desk, qtbot):
    go_on = threading.Event()

    def slowly() -> FakeDesk:
        assert go_on.wait(60)
        return desk

    window = MainWindow(slowly, make_player=FakePlayer, load_model=False)
    qtbot.addWidget(window)
    window.show()
    window.start()
    try:
        qtbot.waitUntil(lambda: window.label_panel.waveform is not None, timeout=30_000)
        assert not window.workbench.is_ready
        with qtbot.waitSignal(window.became_ready, timeout=30_000):
            go_on.set()
        assert window.session.current is not None
    finally:
        go_on.set()
        window.close()


def test_where_there_are_many_clips_they_are_listed_first(desk, qtbot, monkeypatch, tmp_path):
    go_on = threading.Event()

    def slowly() -> FakeDesk:
        assert go_on.wait(60)
        return desk

    monkeypatch.setenv("PERSER_HOME", str(tmp_path))
    with open(paths.data_dir() / paths.DATABASE, "wb") as database:
        database.truncate(FEW_CLIPS)
    window = MainWindow(slowly, make_player=FakePlayer, load_model=False)
    qtbot.addWidget(window)
    began: list[str] = []
    prepare = window._prepare_plots
    monkeypatch.setattr(
        window,
        "_prepare_plots",
        lambda: (began.append(window.session.current), prepare()),
    )
    window.show()
    window.start()
    try:
        assert not began
        with qtbot.waitSignal(window.became_ready, timeout=30_000):
            go_on.set()
        assert len(began) == 1
        assert began[0] is not None
        assert window.label_panel.waveform is not None
    finally:
        go_on.set()
        window.close()
