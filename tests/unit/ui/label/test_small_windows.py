"""In small windows nothing lies on anything else, no word is a sliver, and all can be pressed."""

from __future__ import annotations

from itertools import combinations, pairwise

import pytest
from PySide6.QtCore import QPoint, QRect
from PySide6.QtWidgets import QApplication, QPushButton

from perser_gui.desk import Suggestion
from perser_gui.emotions import EmotionSet
from perser_gui.ui.look import theme
from perser_gui.ui.shell.frame import LEAST

from ..fake_desk import FakeDesk, recording_of


@pytest.mark.parametrize("words", [8, 12, 40])
@pytest.mark.parametrize("size", [(1000, 650), LEAST])
def test_label_view_holds_together(open_window, qtbot, size, words: int) -> None:
    desk = FakeDesk(clips=0)
    desk.library = recording_of(60.0, 6)
    desk.set_emotions(1, EmotionSet.of([f"feeling {n}" for n in range(words)]))
    window = open_window(desk, size=size)
    QApplication.processEvents()
    panel = window.label_panel

    def place(widget) -> QRect:
        return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())

    parts = [
        panel.timeline,
        panel.stage,
        panel._transport,
        panel._prompt,
        panel.words,
        panel._answers,
    ]
    for one, other in combinations(parts, 2):
        assert not place(one).intersects(place(other)), (one, other)
    assert all(place(panel).contains(place(part)) for part in parts)
    buttons = panel.grid.buttons
    assert all(button.height() >= theme.px(36) for button in buttons)
    whole = [b for b in buttons if place(panel.words).contains(place(b))]
    assert len(whole) >= min(words, 8 if size != LEAST else 6)
    for button in window.findChildren(QPushButton):
        if button.isVisible() and button.text() and panel.isAncestorOf(button):
            needed = button.fontMetrics().horizontalAdvance(button.text())
            assert needed <= button.width() - 8, button.text()
    panels = [window.clips, panel, window.model_panel]
    for one, other in combinations(panels, 2):
        assert not place(one).intersects(place(other))


VIEWS = ("label", "predictions", "compare", "live", "studies")


@pytest.mark.parametrize("size", [(800, 650), (640, 480)])
def test_in_a_window_that_is_too_narrow_the_whole_view_is_scrolled_to(open_window, size) -> None:
    window = open_window(FakeDesk(clips=4), size=size)
    assert (window.width(), window.height()) == size
    for view in VIEWS:
        window.show_view(view)
        QApplication.processEvents()
        shown, reach = window.views.currentWidget(), window.reach
        least = shown.minimumSizeHint()
        assert shown.width() >= least.width(), view
        assert shown.height() >= least.height(), view
        hidden = max(window.views.width() - reach.viewport().width(), 0)
        assert reach.horizontalScrollBar().maximum() == hidden, view
        hidden = max(window.views.height() - reach.viewport().height(), 0)
        assert reach.verticalScrollBar().maximum() == hidden, view
    window.show_view("label")
    QApplication.processEvents()
    panels = [window.clips, window.label_panel, window.model_panel]
    for left, right in pairwise(panels):
        assert left.geometry().right() < right.geometry().left()
    assert panels[-1].geometry().right() <= window.label_view.rect().right()


def test_what_takes_the_keyboard_comes_into_sight_in_a_narrow_window(open_window, qtbot) -> None:
    window = open_window(FakeDesk(clips=4), size=(800, 650))
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)

    def seen(widget) -> bool:
        box = QRect(widget.mapTo(window.reach.viewport(), QPoint(0, 0)), widget.size())
        return window.reach.viewport().rect().contains(box)

    adapter = window.model_panel.adapter
    window.clips.search.setFocus()
    assert not seen(adapter.parentWidget()) or not seen(window.clips.search)
    adapter.setFocus()
    assert seen(adapter)
    window.clips.search.setFocus()
    assert seen(window.clips.search)


def test_a_notice_stands_within_a_narrow_window(open_window) -> None:
    window = open_window(FakeDesk(clips=4), size=(640, 480))
    window.reach.horizontalScrollBar().setValue(9999)
    window.notice.say("warning", "Something is so.")
    QApplication.processEvents()
    assert window.page.rect().contains(window.notice.geometry())
    assert window.notice.isVisible()


def test_what_has_room_is_not_scrolled_to(open_window, qtbot) -> None:
    """Qt would ask for the height that the views would like to have, not for what they need."""
    window = open_window(FakeDesk(clips=4), size=(960, 540))
    window.predictions.search.setText("no clip is called so")
    for view in ("predictions", "compare", "studies", "live"):
        window.show_view(view)
        for _ in range(10):
            QApplication.processEvents()
        least = window.views.currentWidget().minimumSizeHint().height()
        over = max(least - window.reach.viewport().height(), 0)
        assert window.reach.verticalScrollBar().maximum() == over, view
        assert view == "live" or not over, view
    qtbot.waitUntil(lambda: not window.predictions._typing.isActive())


def test_why_a_clip_was_suggested_lies_on_nothing(open_window, qtbot) -> None:
    desk = FakeDesk(clips=0)
    desk.library = recording_of(60.0, 6)
    window = open_window(desk, size=(960, 540))
    panel = window.label_panel
    suggested = Suggestion(
        desk.library[-1].content, "Your model can hardly decide between words here. " * 3
    )
    desk.suggest_next = lambda listener, progress, blind=False: suggested
    window.personalization.suggest()
    qtbot.waitUntil(panel._reason.isVisible)
    for _ in range(20):
        QApplication.processEvents()
    parts = [panel.stage, panel._reason, panel._transport, panel._prompt, panel.words, panel.beside]
    for upper, lower in pairwise(parts):
        assert upper.geometry().bottom() < lower.geometry().top(), (upper, lower)
    assert panel._reason_text.height() >= panel._reason_text.heightForWidth(
        panel._reason_text.width()
    )


@pytest.mark.parametrize("width", [1000, 960])
def test_what_is_under_way_is_said_in_whole_words(open_window, width: int) -> None:
    window = open_window(FakeDesk(clips=4), size=(width, 600))
    window.show_view("predictions")
    window.personalization._set_adapt("running", 0.4, "Step 3 of 8")
    QApplication.processEvents()
    sign = window.under_way
    assert sign.isVisible()
    assert sign.text.width() >= sign.text.sizeHint().width()
    assert sign.cancel.geometry().right() <= sign.rect().right()
    window.personalization._set_adapt("idle", 0.0, "")
    sign.show_opening(0.4, "Reading")
    QApplication.processEvents()
    assert sign.text.width() >= sign.text.sizeHint().width()
    sign.show_opening(1.0, "")


def test_the_label_view_is_whole_on_a_usual_screen_at_double_size(open_window, qtbot) -> None:
    window = open_window(FakeDesk(clips=12), size=(960, 540))
    window.labelling.label("happy")
    qtbot.waitUntil(lambda: not window.runner.busy)
    for _ in range(20):
        QApplication.processEvents()
    assert window.reach.verticalScrollBar().maximum() == 0
    panel = window.label_panel
    window.begin_word()
    for _ in range(20):
        QApplication.processEvents()
    field = panel.word_field
    hint = field.fontMetrics().horizontalAdvance(field.placeholderText())
    assert hint <= field.width() - 2 * theme.px(8)
    field.finish()


def test_neither_a_recording_with_its_spectrogram_nor_an_empty_list_makes_it_scroll(
    open_window, qtbot
) -> None:
    desk = FakeDesk(clips=0)
    desk.library = recording_of(60.0, 6)
    window = open_window(desk, size=(960, 540))
    window.workbench.choose(show_spectrogram=True)

    def hidden() -> int:
        for _ in range(20):
            QApplication.processEvents()
        return window.reach.verticalScrollBar().maximum()

    assert hidden() == 0
    window.workbench.search("no clip is called so")
    assert hidden() == 0
