"""Predictions, comparison, history, reports and the picture of the sound."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLineEdit, QToolButton

from perser_gui.errors import PerserError
from perser_gui.evaluation.agreement import Estimate
from perser_gui.evaluation.side_by_side import AgainstModels
from perser_gui.records import Waveform
from perser_gui.ui.acts.known_rows import CLIP, DISAGREEMENT, LABEL, YOURS
from perser_gui.ui.dialogs.history import HistoryDialog
from perser_gui.ui.dialogs.questions import ReportDialog
from perser_gui.ui.label.outline import _columns
from perser_gui.ui.tables.compare_view import models_text
from perser_gui.ui.widgets.time_axis import time_text

from ..fake_desk import FakeDesk


def settle(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)


def cells(view, column) -> list[str]:
    model = view.model
    return [model.index(i, column).data() for i in range(model.rowCount())]


def test_the_table_lists_every_clip_with_label_and_both_predictions(window, qtbot):
    window.labelling.label_by_key(3)
    settle(qtbot, window)
    window.personalization.adapt()
    settle(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    view = window.predictions
    assert view.isVisible()
    assert len(cells(view, CLIP)) == 12
    assert cells(view, LABEL).count("happy") == 1
    assert all("84 %" in text for text in cells(view, YOURS))
    assert "yours names another emotion on 12" in view.summary.text()
    assert "another emotion than everyone's on 12" in view.summary.toolTip()


def test_the_table_sorts_by_disagreement_with_unknown_last(window, qtbot):
    session = window.session
    for i, content in enumerate(session.visible[:3]):
        own = session.generic[content].probabilities.copy()
        own[:2] = own[:2][::-1] if i else own[:2]
        session.yours[content] = type(session.generic[content])(
            content, session.generic[content].classes, own
        )
    window.show_view("predictions")
    window.predictions.model.sort(DISAGREEMENT, Qt.SortOrder.DescendingOrder)
    found = [session.disagreement(c) for c in window.predictions.model.contents()]
    known = [value for value in found if value is not None]
    assert found[: len(known)] == sorted(known, reverse=True)
    assert len(known) == 3


def test_enter_in_the_table_opens_the_clip_in_the_label_view(window, qtbot):
    window.show_view("predictions")
    table = window.predictions.table
    table.setCurrentIndex(window.predictions.model.index(4, 0))
    wanted = window.predictions.model.contents()[4]
    QTest.keyClick(table, Qt.Key.Key_Return)
    assert window.session.current == wanted
    assert window.views.currentWidget() is window._view_names["label"]


def test_digits_do_not_label_while_another_view_is_open(window, desk, qtbot):
    window.show_view("compare")
    QTest.keyClick(window, Qt.Key.Key_3)
    settle(qtbot, window)
    assert not desk.log


def test_predictions_and_labels_are_exported(window, qtbot, tmp_path):
    window.exchange.export_predictions(tmp_path / "p.csv")
    window.exchange.export_ratings(tmp_path / "r.csv")
    settle(qtbot, window)
    assert (tmp_path / "p.csv").read_text().startswith("clip,")
    assert (tmp_path / "r.csv").exists()
    assert "Saved" in window.notice.text.text()
    window.notice.hide()


def test_a_table_that_cannot_be_imported_says_why(window, qtbot, tmp_path):
    window.exchange.import_ratings(tmp_path / "r.csv", tmp_path)
    settle(qtbot, window)
    assert "no column" in window.notice.text.text()
    assert not window.clips._reading.isVisible()


def test_the_comparison_shows_everyones_model_and_another_listener(open_window, qtbot):
    desk = FakeDesk(clips=12, listeners=("Ada", "Bo"))
    words = desk.people[0].emotions.words
    for i, clip in enumerate(desk.library[:8]):
        desk.rate(1, clip.content, emotions=(words[i],))
        desk.rate(2, clip.content, emotions=(words[i if i < 6 else 0],))
    window = open_window(desk)
    window.show_view("compare")
    settle(qtbot, window)
    matrix = window.compare.matrix
    assert matrix.text("Ada", "everyone's model") == "100 %"
    assert matrix.text("Ada", "Bo") == "75 %"
    matrix._go((0, 1))
    assert matrix.pair == ("Ada", "Bo")
    assert [(p.mine, p.theirs) for p in window.compare.swaps] == [
        ("disgusted", "neutral"),
        ("surprised", "neutral"),
    ]


def test_hear_one_plays_a_clip_where_two_differ_and_then_the_next(open_window, qtbot):
    desk = FakeDesk(clips=12, listeners=("Ada", "Bo", "Cy"))
    words = desk.people[0].emotions.words
    for clip in desk.library[:6]:
        desk.rate(1, clip.content, emotions=(words[0],))
        desk.rate(2, clip.content, emotions=(words[1],))
        desk.rate(3, clip.content, emotions=(words[0],))
    window = open_window(desk)
    window.show_view("compare")
    settle(qtbot, window)
    matrix = window.compare.matrix
    matrix.setFocus()
    QTest.keyClick(matrix, Qt.Key.Key_Right)
    assert matrix.pair == ("Ada", "Cy")
    QTest.keyClick(matrix, Qt.Key.Key_Left)
    assert matrix.pair == ("Ada", "Bo")
    (swap,) = window.compare.swaps
    settle(qtbot, window)

    def hear() -> list[QAbstractButton]:
        buttons = window.compare.findChildren(QAbstractButton)
        return [b for b in buttons if b.text() == "Hear one" and b.isVisible()]

    for turn in (0, 1):
        qtbot.waitUntil(lambda: len(hear()) == 1, timeout=5_000)
        hear()[0].click()
        settle(qtbot, window)
        assert window.session.current == swap.clips[turn]
        assert window.listening.playing
        assert window.view_name == "compare"
    window.compare.people.item(2).setCheckState(Qt.CheckState.Unchecked)
    settle(qtbot, window)
    assert window.beside.compared.found.names == ("Ada", "Bo", "everyone's model")
    window.compare.models.setChecked(False)
    settle(qtbot, window)
    assert window.beside.compared.found.names == ("Ada", "Bo")


def test_a_wish_that_overtakes_an_equal_one_is_shown_and_one_alone_is_told_what_to_choose(
    open_window, qtbot
):
    desk = FakeDesk(clips=4, listeners=("Ada", "Bo"))
    for clip in desk.library:
        desk.rate(1, clip.content, emotions=("sad",))
        desk.rate(2, clip.content, emotions=("sad",))
    window = open_window(desk)
    window.show_view("compare")
    settle(qtbot, window)
    window.beside.choose([1], models=False)
    settle(qtbot, window)
    assert "Choose two listeners or more" in window.compare.hint
    window.beside.choose([1, 2], models=False)
    window.beside.refresh()  # before the first is through; it says the same
    settle(qtbot, window)
    assert window.compare.hint == ""
    assert window.compare.matrix.text("Ada", "Bo") == "100 %"


def test_of_a_deleted_listener_nothing_stays_in_the_comparison(open_window, qtbot):
    desk = FakeDesk(clips=12, listeners=("Ada", "Bo", "Cy"))
    words = desk.people[0].emotions.words
    for listener in (1, 2, 3):
        desk.rate(listener, desk.library[0].content, emotions=(words[listener],))
    window = open_window(desk)
    window.show_view("compare")
    settle(qtbot, window)
    assert window.beside.compared.found.names == ("Ada", "Bo", "Cy", "everyone's model")
    whole = desk.comparison
    asked = []

    def comparison(listeners, progress, **options):
        asked.append(tuple(listeners))
        gone = set(listeners) - {p.id for p in desk.people}
        if gone:
            raise PerserError("This listener is not there any more; please choose one.")
        return whole(listeners, progress, **options)

    desk.comparison = comparison
    desk.people.pop()  # by another program
    window.compare.refresh()
    settle(qtbot, window)
    assert asked == [(1, 2)]  # whom the store does not know any more is not asked for
    window.workbench.noticing.refresh()
    settle(qtbot, window)
    assert [p.name for p in window.session.listeners] == ["Ada", "Bo"]
    assert window.compare.people.count() == 2
    assert window.beside.compared.found.names == ("Ada", "Bo", "everyone's model")
    assert window.beside.problem == ""


def ticked(window) -> list[str]:
    people = window.compare.people
    items = [people.item(place) for place in range(people.count())]
    return [one.text() for one in items if one.checkState() == Qt.CheckState.Checked]


def test_the_first_pair_has_clips_in_common_and_who_said_nothing_is_left_out(open_window, qtbot):
    desk = FakeDesk(clips=12, listeners=("Ada", "Bo", "Cy", "Di", "Eve"))
    for listener, clips in ((1, (0, 1)), (2, (2, 3)), (4, (3, 4)), (5, (5,))):
        for clip in clips:
            desk.rate(listener, desk.library[clip].content, emotions=("sad",))
    desk.rate(3, desk.library[0].content, answer="skip")
    window = open_window(desk)
    window.show_view("compare")
    settle(qtbot, window)
    assert ticked(window) == ["Ada", "Bo", "Di", "Eve"]
    assert window.beside.compared.found.names == ("Ada", "Bo", "Di", "Eve", "everyone's model")
    matrix = window.compare.matrix
    assert matrix.pair == ("Bo", "Di")
    assert window.compare.pair_title.text().startswith("Bo and Di: the same emotion on 1 of 1")
    assert "only one clip: too few" in window.compare.overall.text()
    window.compare.models.setChecked(False)
    settle(qtbot, window)
    assert (ticked(window), matrix.pair) == (["Ada", "Bo", "Di", "Eve"], ("Bo", "Di"))
    desk.rate(3, desk.library[0].content, emotions=("sad",))  # who begins to label is ticked, too
    window.compare.refresh()
    settle(qtbot, window)
    assert ticked(window) == ["Ada", "Bo", "Cy", "Di", "Eve"]
    assert matrix.pair == ("Ada", "Cy")
    matrix._go((0, 1))  # a pair that was chosen stays, whatever they have in common
    window.compare.refresh()
    settle(qtbot, window)
    assert matrix.pair == ("Ada", "Bo")
    window.compare.people.item(2).setCheckState(Qt.CheckState.Unchecked)
    settle(qtbot, window)
    assert ticked(window) == ["Ada", "Bo", "Di", "Eve"]
    window.compare.people.item(1).setCheckState(Qt.CheckState.Unchecked)
    settle(qtbot, window)
    assert matrix.pair == ("Ada", "Di")  # none of who is left has clips in common


def test_where_no_two_have_clips_in_common_the_first_pair_is_with_the_model(open_window, qtbot):
    desk = FakeDesk(clips=12, listeners=("Ada", "Bo"))
    for listener in (1, 2):
        desk.rate(listener, desk.library[listener].content, emotions=("sad",))
    window = open_window(desk)
    window.show_view("compare")
    settle(qtbot, window)
    assert window.compare.matrix.pair == ("Ada", "everyone's model")


def test_what_went_wrong_before_is_not_said_while_listeners_are_compared(open_window, qtbot):
    desk = FakeDesk(clips=12, listeners=("Ada", "Bo"))
    desk.rate(1, desk.library[0].content, emotions=(desk.people[0].emotions.words[0],))
    window = open_window(desk)
    window.beside.problem = "No."
    window.show_view("compare")
    assert window.compare.hint == ""
    assert window.compare.empty.title.text() == "Comparing…"
    settle(qtbot, window)
    assert window.beside.compared is not None


def test_a_lonely_listener_is_told_how_to_get_a_comparison(window, qtbot):
    window.show_view("compare")
    qtbot.waitUntil(lambda: bool(window.compare.hint), timeout=5_000)
    assert "Label some clips" in window.compare.hint
    settle(qtbot, window)
    assert not window.compare.save.isEnabled()  # what is not there to see is not there to save


def test_who_is_alone_without_models_is_told_how_others_come_here(open_window, qtbot):
    desk = FakeDesk(clips=12)
    desk.rate(1, desk.library[0].content, emotions=(desk.people[0].emotions.words[0],))
    window = open_window(desk)
    window.show_view("compare")
    window.beside.choose([1], models=False)
    settle(qtbot, window)
    qtbot.waitUntil(lambda: "no other listener yet" in window.compare.hint)
    assert "drop a table with labels of others" in window.compare.hint


def test_the_history_offers_every_profile_but_the_one_in_use(window, qtbot):
    window.labelling.label_by_key(1)
    for _ in range(2):
        settle(qtbot, window)
        window.personalization.adapt()
    settle(qtbot, window)
    dialog = HistoryDialog(window, window.personalization.history)
    assert set(dialog.buttons_by_record) == {1, None}
    dialog.buttons_by_record[1].click()
    assert (dialog.result(), dialog.chosen) == (1, 1)
    dialog.deleteLater()


def test_an_unexpected_fault_shows_a_report_that_can_be_copied(window, desk, qtbot, monkeypatch):
    def broken(*_, **__):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(desk, "adapt", broken)
    window.labelling.label_by_key(1)
    window.personalization.adapt()
    settle(qtbot, window)
    dialog = next(w for w in window.findChildren(ReportDialog))
    dialog.copy_button.click()
    copied = QApplication.clipboard().text()
    assert "ZeroDivisionError" in copied
    assert copied.startswith("perser-gui ")
    dialog.close()


def test_every_control_can_be_named_by_a_screen_reader(window):
    nameless = [
        w
        for kind in (QAbstractButton, QLineEdit, QComboBox)
        for w in window.findChildren(kind)
        if w.isVisible()
        and not (w.accessibleName() or getattr(w, "text", str)() or w.toolTip())
        and w.parent() is not None
        and w.parent().metaObject().className() not in ("QTableView", "_Table", "SearchField")
        and w.metaObject().className() not in ("QLineEditIconButton",)
    ]
    assert nameless == []


def test_focus_walks_by_tab_to_the_emotion_buttons_and_space_chooses(window, desk, qtbot):
    button = window.label_panel.grid.buttons[6]
    for _ in range(60):
        QTest.keyClick(window.focusWidget(), Qt.Key.Key_Tab)
        if window.focusWidget() is button:
            break
    assert window.focusWidget() is button
    QTest.keyClick(button, Qt.Key.Key_Space)
    settle(qtbot, window)
    assert desk.ratings(1)[0].emotions == ("disgusted",)


def test_the_outline_covers_each_column_between_its_low_and_its_high():
    xs = np.array([0.5, 1.5, 2.5])
    covered = _columns(xs, np.array([1.0, 0.0, 2.0]), np.array([3.0, 4.0, 2.5]), 3, 4)
    assert covered.shape == (4, 3)
    assert covered[:, 0].tolist() == [0, 255, 255, 0]
    assert covered[:, 1].tolist() == [255] * 4
    assert covered[2, 2] == 127


def test_zoom_shows_less_around_the_playhead_and_fit_shows_all(window):
    view = window.label_panel.waveform
    seconds = window.session.current_clip.seconds
    view.show_playhead(0.5)
    view.zoom(0.5)
    start, end = view.visible_range()
    assert end - start == pytest.approx(seconds / 2, rel=0.01)
    assert start <= 0.5 <= end
    view.zoom(1e-9)
    start, end = view.visible_range()
    assert end - start == pytest.approx(0.02, rel=0.05)
    view.fit()
    assert view.visible_range() == pytest.approx((0.0, seconds), abs=0.01)


def test_a_marked_part_is_what_plays_and_a_click_clears_it(window, qtbot):
    from ..fake_player import FakePlayer

    view = window.label_panel.waveform
    view._marked((0.2, 0.6))
    window.listening.toggle()
    settle(qtbot, window)
    assert FakePlayer.made[-1].calls[-1][:2] == (0.2, 0.6)
    window.listening.pause()
    view._clicked(0.8)
    assert window.listening.region is None
    assert window.listening.position == pytest.approx(0.8)
    settle(qtbot, window)


def test_the_spectrogram_is_drawn_by_a_worker_for_the_stretch_in_view(window, qtbot):
    view = window.label_panel.waveform
    with qtbot.waitSignal(window.listening.spectrogram_drawn, timeout=5_000) as drawn:
        window.label_panel.spectrogram.setChecked(True)
    assert drawn.args[0].end == pytest.approx(window.session.current_clip.seconds, abs=0.1)
    qtbot.waitUntil(lambda: view._image.image is not None, timeout=2_000)
    loudest = view._image.image.mean(axis=1).argmax()
    assert 100 < drawn.args[0].frequencies[loudest] < 350
    window.label_panel.spectrogram.setChecked(False)
    settle(qtbot, window)


def test_a_long_recording_is_shown_before_it_is_decoded(open_window, desk, qtbot, tmp_path):
    import soundfile

    from perser_gui.records import Clip

    path = tmp_path / "long.wav"
    rate, seconds = 8_000, 300
    soundfile.write(path, np.full(rate * seconds, 0.25, np.float32), rate)
    desk.library.insert(0, Clip("f" * 64, path, float(seconds)))
    window = open_window(desk)
    settle(qtbot, window)
    assert window.listening.sound.content == "f" * 64
    assert isinstance(window.listening.sound.waveform, Waveform)
    assert window.listening.sound.waveform.seconds == pytest.approx(seconds, abs=0.1)
    _, _lows, highs = window.listening.sound.outline.view(0, seconds, 100)
    assert highs.max() == pytest.approx(0.25, abs=0.01)


def test_times_read_as_people_write_them():
    assert [time_text(t, s) for t, s in ((0.25, 0.05), (3, 1), (64, 5), (3661.5, 0.5))] == [
        "0.25",
        "3",
        "1:04",
        "61:01.5",
    ]


def test_the_emotion_button_adds_a_second_word_with_shift(window, desk, qtbot):
    first, second = window.label_panel.grid.buttons[0], window.label_panel.grid.buttons[4]
    QTest.mouseClick(first, Qt.MouseButton.LeftButton)
    QTest.mouseClick(
        second,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.ShiftModifier,
        QPointF(10, 10).toPoint(),
    )
    settle(qtbot, window)
    assert desk.ratings(1)[0].emotions == ("neutral", "angry")


def test_the_cross_that_clears_a_search_goes_with_its_text(window, qtbot) -> None:
    view = window.predictions
    window.show_view("predictions")
    cross = view.search.findChild(QToolButton)
    view.search.setText("no clip is called so")
    qtbot.waitUntil(lambda: cross.property("opacity") == 1.0)
    qtbot.waitUntil(lambda: not view.model.rowCount())
    view.show_all()
    qtbot.waitUntil(lambda: cross.property("opacity") == 0.0)
    assert view.model.rowCount() == 12
    assert view.export_shown.isHidden()
    other = window.clips.search
    window.show_view("label")
    window.workbench.search("voice")
    assert other.text() == "voice"
    cross = other.findChild(QToolButton)
    qtbot.waitUntil(lambda: cross.property("opacity") == 1.0)
    window.workbench.search("")
    qtbot.waitUntil(lambda: cross.property("opacity") == 0.0)


def test_what_is_counted_stands_in_the_singular_where_it_is_one(open_window) -> None:
    window = open_window(FakeDesk(clips=1))
    window.show_view("predictions")
    assert window.predictions.summary.text().startswith("1 of 1 clip predicted")
    one = AgainstModels("Ada", 1, 1, 1, Estimate(0.0, 0.0, 0.0, 1), Estimate(0.0, 0.0, 0.0, 1))
    assert "1 of 1 clip ·" in models_text(one)
    assert "on 1 label it did not learn" in models_text(one)
