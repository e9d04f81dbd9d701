"""What is said beside a label: strength, shares and a note, by keys and by mouse."""

from __future__ import annotations

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QFontMetricsF
from PySide6.QtWidgets import QApplication

from perser_gui.records import Rating
from perser_gui.ui.look import theme
from perser_gui.ui.shell.window import MainWindow
from perser_gui.ui.widgets import share_bar

from ..fake_desk import FakeDesk

ALT, CONTROL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
LEFT = Qt.MouseButton.LeftButton


def standing(desk: FakeDesk) -> Rating:
    """The label that counts; an empty one as long as none is saved."""
    return (desk.ratings(1) or [Rating(0, 1, "", "skip")])[-1]


def test_a_strength_is_given_by_a_key_and_by_mouse_and_undone(
    window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    row = window.label_panel.beside
    assert not row.strength.isEnabled()
    window.labelling.label("happy")
    qtbot.keyClick(window, Qt.Key.Key_4, ALT)
    qtbot.waitUntil(lambda: standing(desk).intensity == 4.0)
    assert row.strength.shown == 4.0
    assert standing(desk).emotions == ("happy",)
    middle_of_second = QPoint(row.strength.width() * 3 // 10, row.strength.height() // 2)
    qtbot.mouseClick(row.strength, LEFT, pos=middle_of_second)
    qtbot.waitUntil(lambda: standing(desk).intensity == 2.0)
    qtbot.mouseClick(row.strength, LEFT, pos=middle_of_second)
    qtbot.waitUntil(lambda: standing(desk).intensity is None)
    window.labelling.undo()
    qtbot.waitUntil(lambda: row.strength.shown == 2.0)


def test_a_note_is_written_between_two_labels_without_a_hand_on_the_mouse(
    window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    window.activateWindow()
    window.clips.view.setFocus()
    window.labelling.label("sad")
    note = window.label_panel.beside.note
    qtbot.keyClick(window, Qt.Key.Key_E)
    assert window.focusWidget() is note
    qtbot.keyClicks(note, "3 sighs")  # digits and letters are text here
    qtbot.keyClick(note, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: standing(desk).note == "3 sighs")
    assert window.focusWidget() is window.clips.view
    assert standing(desk).emotions == ("sad",)
    qtbot.keyClick(window, Qt.Key.Key_E)
    qtbot.keyClicks(note, " and more")
    qtbot.keyClick(note, Qt.Key.Key_Escape)
    assert note.text() == "3 sighs"
    window.labelling.label("calm")
    qtbot.waitUntil(lambda: standing(desk).emotions == ("calm",))
    assert standing(desk).note == "3 sighs"


def test_a_note_being_written_goes_to_the_clip_it_was_begun_for(
    window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    window.activateWindow()
    first = window.session.current
    window.labelling.label("sad")
    window.label_panel.beside.write_note(window.clips.view)
    qtbot.keyClicks(window.label_panel.beside.note, "quiet")
    window.workbench.move(+1)
    qtbot.waitUntil(lambda: [r.note for r in desk.ratings(1)] == ["quiet"])
    assert desk.ratings(1)[0].clip == first
    assert window.label_panel.beside.note.text() == ""


def test_several_words_are_chosen_by_mouse_and_their_shares_by_dragging(
    window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    buttons = window.label_panel.grid.buttons
    qtbot.mouseClick(buttons[0], LEFT)
    qtbot.mouseClick(buttons[2], LEFT, CONTROL)
    words = (buttons[0].emotion.word, buttons[2].emotion.word)
    qtbot.waitUntil(lambda: standing(desk).emotions == words)
    bar = window.label_panel.beside.shares
    assert bar.isVisible()
    assert bar.shares == (0.5, 0.5)
    middle = bar.height() // 2
    qtbot.mousePress(bar, LEFT, pos=QPoint(bar.width() // 2, middle))
    qtbot.mouseMove(bar, QPoint(round(bar.width() * 0.75), middle))
    qtbot.mouseRelease(bar, LEFT, pos=QPoint(round(bar.width() * 0.75), middle))
    qtbot.waitUntil(lambda: standing(desk).shares == pytest.approx((0.75, 0.25)))
    clip = window.session.current
    qtbot.keyClick(bar, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: standing(desk).shares == pytest.approx((0.8, 0.2)))
    assert window.session.current == clip
    assert f"{words[0]} " in bar.accessibleDescription()
    qtbot.mouseClick(buttons[4], LEFT, CONTROL)
    qtbot.waitUntil(lambda: len(standing(desk).emotions) == 3)
    assert standing(desk).shares == ()
    qtbot.mouseClick(buttons[2], LEFT, CONTROL)
    qtbot.mouseClick(buttons[4], LEFT, CONTROL)
    qtbot.waitUntil(lambda: standing(desk).emotions == words[:1])
    assert not bar.isVisible()


def test_nothing_can_be_said_beside_a_label_that_is_not_there(
    window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    with qtbot.waitSignal(window.workbench.notice):
        qtbot.keyClick(window, Qt.Key.Key_3, ALT)
    with qtbot.waitSignal(window.workbench.notice):
        qtbot.keyClick(window, Qt.Key.Key_E)
    assert desk.log == []


def test_a_label_that_cannot_be_saved_keeps_what_was_said_beside_it(
    window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    desk.fail_ratings = True
    window.labelling.label("happy")
    window.labelling.amend(intensity=5.0)
    window.labelling.amend(note="loud")
    qtbot.waitUntil(lambda: window.labelling.save_state == "failed")
    qtbot.waitUntil(lambda: not window.runner.busy)
    desk.fail_ratings = False
    window.labelling.retry_saving()
    qtbot.waitUntil(lambda: window.labelling.save_state == "saved")
    kept = desk.ratings(1)[0]
    assert (kept.emotions, kept.intensity, kept.note) == (("happy",), 5.0, "loud")


def test_a_strength_on_another_scale_is_shown_as_it_is(window: MainWindow) -> None:
    scale = window.label_panel.beside.strength
    scale.show_value(62.5)
    assert scale.accessibleDescription() == "strength 62.5"


@pytest.mark.parametrize("size", [(910, 500), (1000, 650), (1280, 800)])
@pytest.mark.parametrize("words", [("happy", "surprised"), ("disgusted", "surprised", "fearful")])
def test_every_word_of_several_shows_its_share(
    window: MainWindow, qtbot, monkeypatch: pytest.MonkeyPatch, size, words
) -> None:
    drawn: list[str] = []
    genuine = share_bar.with_share

    def noted(*given) -> str:
        drawn.append(genuine(*given))
        return drawn[-1]

    monkeypatch.setattr(share_bar, "with_share", noted)
    window.resize(*size)
    window.labelling.label(words[0])
    for word in words[1:]:
        window.labelling.label(word, second=True)
    row = window.label_panel.beside
    for _ in range(5):
        QApplication.processEvents()
    drawn.clear()
    row.shares.grab()
    share = f"{100 / len(words):.0f} %"
    assert len(drawn) == len(words)
    assert all(text.endswith(share) for text in drawn), drawn
    assert share in row.shares.toolTip()
    assert words[-1] in row.shares.toolTip()
    assert row.shares.width() >= row.shares.minimumSizeHint().width()
    assert row.strength.width() >= row.strength.minimumSizeHint().width()
    places = [one.geometry() for one in (row.strength, row.shares, row.note)]
    assert all(a.right() < b.left() for a, b in pairwise(places))
    assert row.rect().contains(row.note.geometry())
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_a_word_is_cut_before_its_share_is(qtbot) -> None:
    metrics = QFontMetricsF(theme.font("caption"))
    whole = metrics.horizontalAdvance("surprised 50 %")
    texts = [
        share_bar.with_share("surprised", 0.5, metrics, room) for room in range(int(whole) + 2)
    ]
    assert texts[-1] == "surprised 50 %"
    assert texts[0] == ""
    assert texts.index("50 %") < texts.index(next(text for text in texts if "… 50 %" in text))
    for room, text in enumerate(texts):
        assert metrics.horizontalAdvance(text) <= room
        assert text in ("", "50") or text.endswith("50 %")
