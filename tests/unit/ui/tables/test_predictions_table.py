"""The table of predictions: search, filters, sorting, labelling in place, copy, a large library."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtGui import QFont, QFontMetrics
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolButton

from perser_gui.emotions import EmotionSet
from perser_gui.records import NO_SPEECH, UNSURE, Prediction
from perser_gui.ui.acts.changes import ALL, Changes, Which
from perser_gui.ui.acts.known_rows import (
    CLIP,
    COLUMNS,
    DISAGREEMENT,
    DURATION,
    GENERIC,
    LABEL,
    SHOWS,
    UNCERTAINTY,
    YOURS,
    KnownRows,
)
from perser_gui.ui.acts.prediction_queue import AGAIN
from perser_gui.ui.look import theme
from perser_gui.ui.tables.predictions_table import ROW
from perser_gui.ui.tables.predictions_view import WIDEST_SEARCH
from perser_gui.ui.widgets.file_questions import FileDialog

from ..fake_desk import FakeDesk


def settle(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)


def opened(window):
    window.show_view("predictions")
    return window.predictions


def choose(view, *rows: int) -> list[str]:
    table, flags = view.table, QItemSelectionModel.SelectionFlag
    table.selectionModel().clearSelection()
    table.selectionModel().setCurrentIndex(view.model.index(rows[0], 0), flags.NoUpdate)
    for row in rows:
        table.selectionModel().select(view.model.index(row, 0), flags.Select | flags.Rows)
    return view.table.chosen()


def probabilities(words, **shares: float) -> np.ndarray:
    rest = (1 - sum(shares.values())) / (len(words) - len(shares))
    return np.array([shares.get(word, rest) for word in words], np.float32)


@pytest.fixture
def varied(window):
    """A window in which the models say different things of twelve clips; their contents."""
    session = window.session
    words = session.emotions.words
    clips = list(session.visible)

    def say(model, clip, abstain="", **shares):
        model[clip] = Prediction(clip, words, probabilities(words, **shares), "Ada", "x", abstain)

    for clip in clips:
        say(session.generic, clip, sad=0.8)
    say(session.generic, clips[0], NO_SPEECH, sad=0.8)
    say(session.generic, clips[1], UNSURE, happy=0.2)
    for clip in clips[2:5]:
        say(session.yours, clip, sad=0.7)
    say(session.yours, clips[5], angry=0.9)
    window.labelling.label_clip(clips[3], ("happy",))
    window.labelling.label_clip(clips[4], ("sad",))
    window.workbench.tell(Changes(predictions=ALL))
    return clips


def test_each_filter_shows_the_clips_that_it_names(window, varied, qtbot):
    settle(qtbot, window)
    view = opened(window)
    shown = {}
    for kind in SHOWS:
        view.kind.setCurrentIndex(view.kind.findData(kind))
        shown[kind] = {varied.index(clip) for clip in view.model.contents()}
    everything = set(range(12))
    assert shown == {
        "all": everything,
        "unlabelled": everything - {3, 4},
        "labelled": {3, 4},
        "differs": {3},
        "disagrees": {5},
        "unsure": {1},
        "speechless": {0},
        "unread": set(),
    }


def test_a_word_filters_by_label_and_by_prediction_and_search_by_both_and_by_name(
    window, varied, qtbot
):
    settle(qtbot, window)
    view = opened(window)
    view.word.setCurrentIndex(view.word.findData("happy"))
    assert {varied.index(c) for c in view.model.contents()} == {1, 3}
    view.word.setCurrentIndex(0)
    view.search.setText("ANGRY")
    qtbot.waitUntil(lambda: view.model.rowCount() == 1)
    assert view.model.contents() == [varied[5]]
    view.search.setText("clip 0001")
    qtbot.waitUntil(lambda: view.model.rowCount() == 3)
    assert {varied.index(c) for c in view.model.contents()} == {1, 10, 11}
    assert "3 shown" in view.chosen_text.text()
    view.search.setText("no such clip")
    qtbot.waitUntil(lambda: view.model.rowCount() == 0)
    assert view._nothing.isVisible()
    view.show_all()
    assert view.model.rowCount() == 12


def test_the_numbers_of_the_table_are_those_of_each_clip_by_itself(window, varied, qtbot):
    settle(qtbot, window)
    opened(window)
    rows = window.session.known
    for place, clip in enumerate(window.session.rows.contents):
        expected = window.session.disagreement(clip)
        got = rows.disagreement(place)
        assert got == (None if expected is None else pytest.approx(expected, abs=1e-6))
    count = len(window.session.emotions.words)
    by_hand = 1 - (0.9 - 1 / count) / (1 - 1 / count)
    places = window.session.rows.places
    assert rows.uncertainty(places[varied[5]]) == pytest.approx(by_hand, abs=1e-6)
    assert rows.uncertainty(places[varied[0]]) is None
    assert rows.disagreeing == 1


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_every_column_sorts_both_ways_with_unknown_last(window, varied, qtbot, column):
    settle(qtbot, window)
    view = opened(window)
    session = window.session

    def fact(clip):
        row = session.row(clip)
        prediction = (session.yours if column == YOURS else session.generic).get(clip)
        said = prediction is not None and not prediction.speechless
        place = session.rows.places[clip]
        rating = session.rating(clip)
        return {
            CLIP: row.clip.path.name,
            1: row.clip.seconds,
            LABEL: rating.emotions[0] if rating else None,
            YOURS: prediction.emotion if said else None,
            GENERIC: prediction.emotion if said else None,
            DISAGREEMENT: session.disagreement(clip),
            UNCERTAINTY: session.known.uncertainty(place),
        }[column]

    for order in (Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder):
        view.table.horizontalHeader().setSortIndicator(column, order)
        found = [fact(clip) for clip in view.model.contents()]
        known = [value for value in found if value is not None]
        assert found[: len(known)] == known
        assert known == sorted(known, reverse=order == Qt.SortOrder.DescendingOrder)
        assert len(found) == 12


def test_word_keys_label_the_chosen_rows_and_one_undo_takes_it_back(window, desk, qtbot):
    view = opened(window)
    clips = choose(view, 1, 4, 6)
    QTest.keyClick(view.table, Qt.Key.Key_3)
    settle(qtbot, window)
    assert {r.clip: r.emotions for r in desk.ratings(1)} == dict.fromkeys(clips, ("happy",))
    assert "Labelled 3 clips" in window.notice.text.text()
    assert view.model.contents()[1] == clips[0]  # the order stays under the reader's eyes
    QTest.keyClick(view.table, Qt.Key.Key_5, Qt.KeyboardModifier.ShiftModifier)
    settle(qtbot, window)
    assert {r.emotions for r in desk.ratings(1)} == {("happy", "angry")}
    for _ in range(2):
        QTest.keyClick(view.table, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        settle(qtbot, window)
    assert desk.ratings(1) == []
    window.notice.hide()


def test_rows_that_a_filter_hides_are_never_labelled(window, varied, desk, qtbot):
    settle(qtbot, window)
    view = opened(window)
    view.table.selectAll()
    view.kind.setCurrentIndex(view.kind.findData("unsure"))
    assert view.table.chosen() == [varied[1]]
    before = len(desk.log)
    QTest.keyClick(view.table, Qt.Key.Key_0)
    settle(qtbot, window)
    assert [(r.clip, r.answer) for r in desk.log[before:]] == [(varied[1], "cant-tell")]


def test_without_a_choice_nothing_is_labelled_and_it_is_said(window, desk, qtbot):
    view = opened(window)
    view.table.selectionModel().clearSelection()
    QTest.keyClick(view.table, Qt.Key.Key_3)
    assert not desk.log
    assert "Choose clips" in window.notice.text.text()
    window.notice.hide()


def test_delete_clears_the_labels_of_the_chosen_rows(window, desk, qtbot):
    view = opened(window)
    choose(view, 0, 1, 2)
    QTest.keyClick(view.table, Qt.Key.Key_2)
    choose(view, 1, 2)
    QTest.keyClick(view.table, Qt.Key.Key_Delete)
    settle(qtbot, window)
    assert len(desk.ratings(1)) == 1
    window.notice.hide()


def test_what_is_called_up_here_is_done_with_the_rows_chosen_here(window, desk, qtbot):
    """And not with the clip at hand in the list, which is out of sight."""
    view = opened(window)
    at_hand = window.session.current
    labelled = choose(view, 1, 2, 3)
    assert at_hand not in labelled
    QTest.keyClick(view.table, Qt.Key.Key_2)
    settle(qtbot, window)
    told = {thing.title: thing for thing in window.commands.program.things()}
    choose(view, 1)
    told["Clear the label"].act()
    settle(qtbot, window)
    assert sorted(rating.clip for rating in desk.ratings(1)) == sorted(labelled[1:])
    removed = choose(view, 2, 3)
    told["Remove from the list"].act()
    qtbot.waitUntil(lambda: all(window.session.row(clip) is None for clip in removed))
    assert window.view_name == "predictions"
    assert window.session.row(at_hand) is not None
    view.table.selectionModel().clearSelection()
    count = len(window.session.rows)
    told["Remove from the list"].act()
    settle(qtbot, window)
    assert len(window.session.rows) == count
    assert "Choose clips" in window.notice.text.text()
    window.notice.hide()


def test_space_plays_the_row_and_moving_takes_the_clip_at_hand(window, qtbot):
    from ..fake_player import FakePlayer

    view = opened(window)
    view.table.setFocus()
    choose(view, 2)
    QTest.keyClick(view.table, Qt.Key.Key_Down)
    clip = view.model.contents()[3]
    assert window.session.current == clip
    assert window.views.currentWidget() is view
    QTest.keyClick(view.table, Qt.Key.Key_Space)
    settle(qtbot, window)
    assert window.listening.playing
    assert FakePlayer.made[-1].waveform.seconds == pytest.approx(
        window.session.clip(clip).seconds, abs=0.01
    )
    QTest.keyClick(view.table, Qt.Key.Key_Space)
    assert not window.listening.playing
    settle(qtbot, window)


def test_what_is_chosen_stays_chosen_through_sorting_and_a_new_clip(window, desk, qtbot):
    view = opened(window)
    clips = set(choose(view, 0, 5, 9))
    view.table.horizontalHeader().setSortIndicator(CLIP, Qt.SortOrder.DescendingOrder)
    assert set(view.table.chosen()) == clips
    extra = replace(desk.library[0], content="e" * 64)
    desk.library.append(extra)
    window.workbench.reread()
    settle(qtbot, window)
    assert view.model.rowCount() == 13
    assert set(view.table.chosen()) == clips


def test_chosen_rows_are_copied_as_a_table(window, varied, qtbot):
    settle(qtbot, window)
    view = opened(window)
    view.table.horizontalHeader().setSortIndicator(CLIP, Qt.SortOrder.AscendingOrder)
    choose(view, 3, 5)
    QTest.keyClick(view.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == list(COLUMNS)
    assert [line.split("\t")[0] for line in lines[1:]] == ["clip 00003.wav", "clip 00005.wav"]
    assert lines[1].split("\t")[2:5] == ["happy", "sad 70 %", "sad 80 %"]


def test_only_the_chosen_rows_are_exported(window, qtbot, tmp_path, monkeypatch):
    target = tmp_path / "some.csv"
    monkeypatch.setattr(FileDialog, "ask", lambda _: [target])
    view = opened(window)
    clips = choose(view, 2, 7)
    qtbot.waitUntil(view.export_chosen.isEnabled)
    view.export_chosen.click()
    settle(qtbot, window)
    assert target.read_text().splitlines()[1:] == clips
    assert "2 clips" in window.notice.text.text()
    view.export_button.click()
    settle(qtbot, window)
    assert len(target.read_text().splitlines()) == 13
    window.notice.hide()


def test_the_shown_rows_are_exported_in_their_order_beside_all(
    window, varied, qtbot, tmp_path, monkeypatch
):
    settle(qtbot, window)
    target = tmp_path / "shown.csv"
    monkeypatch.setattr(FileDialog, "ask", lambda _: [target])
    view = opened(window)
    assert not view.export_shown.isVisible()
    assert view.export_button.text() == "Export all…"
    view.table.horizontalHeader().setSortIndicator(CLIP, Qt.SortOrder.DescendingOrder)
    view.search.setText("clip 0000")
    qtbot.waitUntil(lambda: view.model.rowCount() == 10)
    view.kind.setCurrentIndex(view.kind.findData("unlabelled"))
    assert view.export_shown.isVisible()
    assert view.export_shown.text() == "Export the 8 shown…"
    assert view.export_button.text() == "Export all 12…"
    wanted = [varied[place] for place in (9, 8, 7, 6, 5, 2, 1, 0)]
    view.export_shown.click()
    settle(qtbot, window)
    assert target.read_text().splitlines()[1:] == wanted
    target.unlink()
    menu = view.table.menu()
    next(a for a in menu.actions() if a.text() == "Export the 8 shown…").trigger()
    settle(qtbot, window)
    assert target.read_text().splitlines()[1:] == wanted
    menu.deleteLater()
    view.show_all()
    assert not view.export_shown.isVisible()
    assert view.export_button.text() == "Export all…"
    window.notice.hide()


@pytest.mark.parametrize("size", [(910, 500), (1000, 650), (1280, 800)])
@pytest.mark.parametrize("text", [1.0, 1.4])
def test_headings_are_whole_and_say_more_when_one_points_at_them(window, qtbot, size, text):
    look = theme.install(QApplication.instance())
    view = opened(window)
    window.resize(*size)
    look.choose_text_size(text)
    try:
        QApplication.processEvents()
        header = view.table.horizontalHeader()
        metrics = QFontMetrics(theme.font("caption", QFont.Weight.DemiBold))
        for column, title in enumerate(COLUMNS):
            if view.table.isColumnHidden(column):  # where large text leaves no room for it
                assert text > 1
                continue
            view.table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
            inside = header.sectionSize(column) - theme.px(10 + 25 + 1)
            assert inside >= metrics.horizontalAdvance(title), (title, inside)
            said = view.model.headerData(
                column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole
            )
            assert said.startswith(f"{title}: ")
        assert header.textElideMode() == Qt.TextElideMode.ElideRight
    finally:
        look.choose_text_size(1.0)


def test_without_an_own_model_the_words_of_labels_have_its_room(window, varied, qtbot):
    view, session = opened(window), window.session
    window.resize(1000, 650)
    QApplication.processEvents()
    table = view.table
    usual = [table.columnWidth(column) for column in range(len(COLUMNS))]
    metrics = QFontMetrics(theme.font("body", QFont.Weight.Medium))
    word = "overwhelmed a bit"
    room = metrics.horizontalAdvance(word) + theme.px(35)
    assert usual[LABEL] < room < usual[LABEL] + 60
    session.yours = {}
    session.listener = replace(session.listener, emotions=EmotionSet.of((word, "sad")))
    window.workbench.tell(Changes(predictions=ALL, emotions=True))
    assert view.model.index(0, YOURS).data() == "none in use"
    assert usual[LABEL] < room <= table.columnWidth(LABEL)
    quiet = QFontMetrics(theme.font("body"))
    assert table.columnWidth(YOURS) >= quiet.horizontalAdvance("none in use") + theme.px(20)
    assert table.columnWidth(CLIP) >= usual[CLIP]
    session.blind = True
    window.workbench.tell(Changes(predictions=ALL))
    said = quiet.horizontalAdvance("hidden until you label it")
    assert table.columnWidth(YOURS) >= said + theme.px(20)


def test_the_columns_of_a_very_wide_table_stand_together(window, varied, qtbot):
    view = opened(window)
    window.resize(2560, 1440)
    QApplication.processEvents()
    assert view.table.columnWidth(CLIP) < 0.4 * view.table.viewport().width()


def test_rows_and_the_search_line_grow_with_the_text(window, varied, qtbot):
    look = theme.install(QApplication.instance())
    view = opened(window)
    window.show_view("label")
    look.choose_text_size(1.5)
    try:
        window.show_view("predictions")
        QApplication.processEvents()
        assert view.table.rowHeight(0) == theme.px(ROW) > ROW
        assert view.search.textMargins().left() == theme.px(22) > 22
    finally:
        look.choose_text_size(1.0)


def test_the_fields_stand_together_in_a_very_wide_table(window, varied, qtbot):
    view = opened(window)
    window.resize(2560, 1440)
    QApplication.processEvents()
    assert view.search.width() == theme.px(WIDEST_SEARCH)
    assert view.kind.x() - view.search.geometry().right() <= theme.px(12)
    assert view.kind.width() <= view.kind.sizeHint().width()
    window.resize(1280, 800)
    QApplication.processEvents()
    assert view.chosen_text.geometry().right() >= view.export_button.geometry().right() - 12


def test_the_cross_of_the_search_line_is_drawn_as_large_as_it_is_shown(window, qtbot):
    for button in opened(window).search.findChildren(QToolButton):
        side = button.iconSize().width()
        assert [size.width() for size in button.icon().availableSizes()] == [2 * side]


@pytest.mark.parametrize("shade", ["light", "dark"])
@pytest.mark.parametrize("contrast", ["usual", "more"])
def test_the_mark_of_the_clip_at_hand_is_seen_on_the_chosen_row(
    window, varied, qtbot, shade: str, contrast: str
):
    look = theme.install(QApplication.instance())
    view = opened(window)
    look.choose(shade)
    look.choose_contrast(contrast)
    try:
        view.table.go_to(window.session.current)
        view.table.clearFocus()
        QApplication.processEvents()
        box = view.table.visualRect(view.table.currentIndex())
        image = view.table.viewport().grab().toImage()
        mark, ground = (image.pixelColor(QPoint(box.left() + x, box.center().y())) for x in (2, 8))
        assert theme.contrast(mark, ground) >= 3.0
    finally:
        look.choose_contrast("system")
        look.choose("system")


def test_of_the_summary_whole_parts_are_left_out(window, varied, qtbot):
    view = opened(window)
    summary = view.summary
    whole = summary.text()
    summary.resize(summary.fontMetrics().horizontalAdvance(whole) - 4, 20)
    assert summary.shown() == f"{whole.rpartition('  ·  ')[0]}  ·  …"
    summary.resize(2_000, 20)
    assert summary.shown() == whole


@pytest.mark.parametrize("shade", ["light", "dark"])
def test_the_arrow_of_what_ascends_points_up(window, qtbot, shade: str):
    look = theme.install(QApplication.instance())
    view = opened(window)
    look.choose(shade)
    try:
        header = view.table.horizontalHeader()
        for order, up in (
            (Qt.SortOrder.AscendingOrder, True),
            (Qt.SortOrder.DescendingOrder, False),
        ):
            header.setSortIndicator(LABEL, order)
            QApplication.processEvents()
            end = header.sectionViewportPosition(LABEL) + header.sectionSize(LABEL)
            image = header.grab().toImage()
            ground = image.pixelColor(end - 25, 3).lightness()
            spans = []
            for y in range(3, header.height() - 4):
                ink = [
                    x
                    for x in range(end - 17, end - 2)
                    if abs(image.pixelColor(x, y).lightness() - ground) > 60
                ]
                if ink:
                    spans.append(ink[-1] - ink[0])
            assert len(spans) >= 4
            assert (spans[0] < spans[-1]) == up, spans
    finally:
        look.choose("system")


def test_the_menu_offers_the_words_and_sorting_by_each_column(window, desk, qtbot):
    view = opened(window)
    choose(view, 0, 1)
    menu = view.table.menu()
    labels, sorting = (a.menu() for a in menu.actions() if a.menu() is not None)
    assert labels.title() == "Label 2 clips"
    labels.actions()[4].trigger()
    settle(qtbot, window)
    assert [r.emotions for r in desk.ratings(1)] == [(window.session.emotions.words[4],)] * 2
    sorting.actions()[CLIP].trigger()
    assert view.model.sorted_by == (CLIP, Qt.SortOrder.AscendingOrder)
    sorting.actions()[CLIP].trigger()
    assert view.model.sorted_by == (CLIP, Qt.SortOrder.DescendingOrder)
    menu.deleteLater()
    window.notice.hide()


def test_search_is_reached_by_its_key_and_left_by_down_and_escape(window, qtbot):
    view = opened(window)
    QTest.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    assert view.search.hasFocus()
    QTest.keyClicks(view.search, "00003")
    assert view.search.text() == "00003"
    QTest.keyClick(view.search, Qt.Key.Key_Down)
    assert view.table.hasFocus()
    qtbot.waitUntil(lambda: view.model.rowCount() == 1)
    view.search.setFocus()
    QTest.keyClick(view.search, Qt.Key.Key_Escape)
    assert view.search.text() == ""
    QTest.keyClick(view.search, Qt.Key.Key_Escape)
    assert view.table.hasFocus()
    qtbot.waitUntil(lambda: view.model.rowCount() == 12)


def test_a_few_new_labels_do_not_read_a_large_library_again(qtbot, open_window):
    window = open_window(FakeDesk(clips=300))
    view = opened(window)
    asked = []
    genuine = KnownRows._label_code

    def counted(rows, rating):
        asked.append(rating.clip)
        return genuine(rows, rating)

    KnownRows._label_code = counted
    try:
        clips = choose(view, 0, 1)
        QTest.keyClick(view.table, Qt.Key.Key_1)
        settle(qtbot, window)
    finally:
        KnownRows._label_code = genuine
    assert set(asked) == set(clips)
    window.notice.hide()


def test_a_word_is_typed_by_its_first_letters_for_the_chosen_rows(window, desk, qtbot):
    view = opened(window)
    clips = choose(view, 1, 2)
    QTest.keyClick(view.table, Qt.Key.Key_W)
    assert view.word_field.hasFocus()
    QTest.keyClicks(view.word_field, "su")
    settle(qtbot, window)
    assert {r.clip: r.emotions for r in desk.ratings(1)} == dict.fromkeys(clips, ("surprised",))
    window.notice.hide()


def test_ten_thousand_rows_never_hold_up_the_main_thread(open_window, qtbot, watchdog):
    desk = FakeDesk(clips=10_000)
    window = open_window(desk, model=False)
    session = window.session
    words = session.emotions.words
    shares = np.random.default_rng(0).dirichlet(np.ones(len(words)), 10_000).astype(np.float32)
    window.grab()  # what is drawn for the first time draws icons and fonts
    with watchdog:
        for start in range(0, 10_000, AGAIN):  # as predictions come
            portion = [clip.content for clip in desk.library[start : start + AGAIN]]
            for clip, share in zip(portion, shares[start:], strict=False):
                session.generic[clip] = Prediction(clip, words, share)
                session.yours[clip] = Prediction(clip, words, share[::-1].copy(), "Ada")
            window.workbench.tell(Changes(predictions=Which.of(*portion)))
            qtbot.wait(1)
        view = opened(window)
        qtbot.waitUntil(lambda: view.model.rowCount() == 10_000)
        for column in range(len(COLUMNS)):
            view.table.horizontalHeader().setSortIndicator(column, Qt.SortOrder.AscendingOrder)
            qtbot.wait(1)
        for kind in SHOWS:
            view.kind.setCurrentIndex(view.kind.findData(kind))
            qtbot.wait(1)
        view.search.setText("clip 0099")
        qtbot.waitUntil(lambda: view.model.rowCount() < 200)
        view.show_all()
        qtbot.wait(1)
        view.table.selectAll()
        qtbot.wait(1)
    assert watchdog.blocks == []
    assert view.table.count_chosen == 10_000


def test_a_click_on_uncertainty_shows_the_most_uncertain_on_top(window, varied, qtbot):
    window.show_view("predictions")
    table = window.predictions.table
    header = table.horizontalHeader()
    for column in (UNCERTAINTY, DISAGREEMENT):
        where = header.sectionViewportPosition(column) + header.sectionSize(column) // 2
        spot = QPoint(where, header.height() // 2)
        table.scrollToBottom()
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        assert table.rows.sorted_by == (column, Qt.SortOrder.DescendingOrder)
        assert table.verticalScrollBar().value() == 0
        QTest.mouseClick(header.viewport(), Qt.MouseButton.LeftButton, pos=spot)
        assert table.rows.sorted_by == (column, Qt.SortOrder.AscendingOrder)


@pytest.mark.parametrize("size", [(640, 480), (760, 520), (910, 500)])
def test_a_filtered_table_fits_a_narrow_window(open_window, desk, qtbot, size) -> None:
    window = open_window(desk, size=size)
    view = opened(window)
    for text in ("", "clip 0000"):
        view.search.setText(text)
        qtbot.waitUntil(lambda text=text: view.model.rowCount() == (10 if text else 12))
        qtbot.waitUntil(lambda text=text: is_whole(window, view, filtered=bool(text)))
        qtbot.wait(50)
        is_whole(window, view, filtered=bool(text))  # and stays so
    assert view.export_shown.accessibleName() == "Export the 10 shown…"


def is_whole(window, view, *, filtered: bool) -> None:
    """Nothing needs moving sideways, and no button is cut."""
    assert view.export_shown.isVisible() == filtered
    assert window.reach.horizontalScrollBar().maximum() == 0
    assert view.table.horizontalScrollBar().maximum() == 0
    shown = [view.export_shown] if filtered else []
    for button in [view.export_chosen, view.export_button, view.refresh_button, *shown]:
        assert button.width() >= button.minimumSizeHint().width(), button.text()
        assert view.rect().contains(button.mapTo(view, button.rect().bottomRight()))


def test_a_wider_table_shows_all_columns_again(open_window, desk, qtbot) -> None:
    window = open_window(desk, size=(640, 480))
    view = opened(window)
    qtbot.waitUntil(lambda: view.table.isColumnHidden(DURATION))
    assert not view.table.isColumnHidden(YOURS)
    window.resize(1280, 800)
    qtbot.waitUntil(lambda: not view.table.isColumnHidden(DURATION))
