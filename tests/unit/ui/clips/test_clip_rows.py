"""A row of the list of clips keeps within itself, and a name in it reads its own way."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QStyleOptionViewItem

from perser_gui.bidi import isolated
from perser_gui.emotions import EmotionSet
from perser_gui.ui.acts.clip_texts import recording_text
from perser_gui.ui.look import theme

from ..fake_desk import FakeDesk, recording_of

HEBREW = "שיחה עם סבתא.flac"


def drawn(window, row: int, width: int) -> QImage:
    """Return a row of the list as it is drawn in so much room (px)."""
    view = window.clips.view
    image = QImage(width + 60, 54, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.tokens().surface))
    painter = QPainter(image)
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, width, 54)
    view.itemDelegate().paint(painter, option, view.model().index(row, 0))
    painter.end()
    return image


def test_a_long_word_beside_a_missing_file_ends_within_its_row(open_window, qtbot) -> None:
    desk = FakeDesk(clips=3)
    lost = desk.library[1].content
    desk.missing = {lost}
    desk.set_emotions(1, EmotionSet.of(["overwhelmed and quietly hopeful", "sad"]))
    window = open_window(desk)
    window.labelling.label_clip(lost, ("overwhelmed and quietly hopeful",))
    qtbot.waitUntil(lambda: window.session.rating(lost) is not None)
    image = drawn(window, 1, 200)
    ground = QColor(theme.tokens().surface).rgb()
    edge = 200 - theme.px(12)
    right = [(x, y) for x in range(edge, 260) for y in range(54) if image.pixel(x, y) != ground]
    assert right == []


def test_a_name_that_runs_left_reads_as_it_does_elsewhere(open_window) -> None:
    desk = FakeDesk(clips=3)
    desk.library[1] = replace(desk.library[1], path=Path(f"/voices/{HEBREW}"))
    window = open_window(desk)
    image = drawn(window, 1, 400)

    def expected(name: str) -> QImage:
        other = QImage(image.size(), QImage.Format.Format_RGB32)
        other.fill(QColor(theme.tokens().surface))
        painter = QPainter(other)
        painter.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("body", theme.QFont.Weight.Medium))
        painter.setPen(QColor(theme.tokens().text))
        left, top = theme.px(16), 1 + theme.px(6)
        half = (54 - 2 - 2 * theme.px(6)) / 2
        box = QRect(left, top, 300, round(half))
        painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)
        painter.end()
        return other

    top = QRect(0, 0, 300, 27)
    assert image.copy(top) == expected(isolated(HEBREW)).copy(top)
    assert image.copy(top) != expected(HEBREW).copy(top)


def test_in_little_room_a_recording_says_shortly_how_much_is_labelled(open_window) -> None:
    desk = FakeDesk(clips=0)
    desk.library = recording_of(60.0, 20)
    window = open_window(desk)
    recording = desk.library[0].recording
    assert recording_text(window.session, recording) == "20 utterances · 0 labelled"
    assert recording_text(window.session, recording, short=True) == "0 of 20 labelled"
