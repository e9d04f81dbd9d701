"""Where rows begin at the right, figures and spans of time still read as what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np
import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QApplication, QStyleOptionViewItem, QWidget

from perser_gui.bidi import FIRST_STRONG, in_order
from perser_gui.emotions import EmotionSet
from perser_gui.evaluation.side_by_side import Hearing, compared
from perser_gui.ui.acts.known_rows import DISAGREEMENT
from perser_gui.ui.tables.compare_pictures import MatrixPicture
from perser_gui.ui.widgets import ElidedLabel, SearchField, label, text_button
from perser_gui.ui.widgets.bars import ScoreChange
from perser_gui.ui.widgets.emotion_button import EmotionButton

SIZE = 300, 60


@pytest.fixture
def directions(qapp: QApplication) -> Iterator[Callable[[Callable[[], QWidget]], list[QImage]]]:
    """Draws a widget where rows begin at the left, then where they begin at the right."""

    def drawn(make: Callable[[], QWidget]) -> list[QImage]:
        pictures = []
        for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
            qapp.setLayoutDirection(direction)
            widget = make()
            widget.resize(*SIZE)
            widget.ensurePolished()
            pictures.append(widget.grab().toImage())
            widget.deleteLater()
        return pictures

    yield drawn
    qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)


def scores() -> ScoreChange:
    picture = ScoreChange()
    picture.show_scores([("sad", "#6468A8", 0.19, 0.27)])
    return picture


def button() -> EmotionButton:
    made = EmotionButton(EmotionSet.default().emotions[0], "1")
    made.show_state("first", 12)
    return made


def matrix() -> MatrixPicture:
    picture = MatrixPicture()
    people = [Hearing(name, {"a": ("sad",), "b": ("calm",)}) for name in ("Ada", "Bo")]
    picture.show_comparison(compared(people, resamples=2))
    return picture


@pytest.mark.parametrize("make", [scores, button, matrix])
def test_a_picture_with_figures_is_the_same_in_both_directions(directions, make) -> None:
    left, right = directions(make)
    assert left == right


def test_a_clip_of_the_list_is_the_same_in_both_directions(window) -> None:
    """Nothing lies on anything else, and a span of time runs from its beginning to its end."""
    view = window.clips.view
    index = view.model().index(0, 0)
    pictures = []
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        image = QImage(240, 54, QImage.Format.Format_RGB32)
        image.fill(Qt.GlobalColor.white)
        painter = QPainter(image)
        painter.setLayoutDirection(direction)
        option = QStyleOptionViewItem()
        option.rect = image.rect()
        option.direction = direction
        view.itemDelegate().paint(painter, option, index)
        painter.end()
        pictures.append(image)
    assert pictures[0] == pictures[1]


def ink(image: QImage) -> tuple[int, int]:
    """Return the first and the last column in which something stands."""
    ground = image.pixel(image.width() // 2, 1)
    columns = [
        x
        for x in range(image.width())
        if any(image.pixel(x, y) != ground for y in range(4, image.height() - 4))
    ]
    return columns[0], columns[-1]


def profile(image: QImage) -> np.ndarray:
    """Return how much stands in each column [W]."""
    ground = QColor(image.pixel(image.width() // 2, 1)).lightness()
    dark = [
        sum(abs(image.pixelColor(x, y).lightness() - ground) for y in range(image.height()))
        for x in range(image.width())
    ]
    return np.array(dark, float)


def test_a_text_on_one_line_begins_at_the_side_where_rows_begin(directions) -> None:
    def make() -> ElidedLabel:
        made = ElidedLabel()
        made.setText("54 of 55?")
        return made

    left, right = directions(make)
    first, last = ink(left)
    assert first < 5
    there = ink(right)
    assert there[1] > SIZE[0] - 6
    assert there[1] - there[0] == last - first
    alike = np.corrcoef(profile(left)[first : last + 1], profile(right)[there[0] : there[1] + 1])
    assert alike[0, 1] > 0.9, "the same letters in the same order"


def test_the_magnifier_of_a_search_stands_where_its_text_begins(directions) -> None:
    margins = []

    def make() -> SearchField:
        field = SearchField("Search")
        margins.append(field.textMargins())
        return field

    directions(make)
    assert margins[0].left() > 0 == margins[0].right()
    assert margins[1].right() > 0 == margins[1].left()


def test_the_arrow_of_sorting_stands_behind_its_heading(window) -> None:
    """In both directions a heading is drawn alike, as the cells below it are."""
    window.show_view("predictions")
    table = window.predictions.table
    pictures = []
    for direction in (Qt.LayoutDirection.LeftToRight, Qt.LayoutDirection.RightToLeft):
        QApplication.setLayoutDirection(direction)
        QApplication.processEvents()
        header = table.horizontalHeader()
        left = header.sectionViewportPosition(DISAGREEMENT)
        box = QRect(left, 0, header.sectionSize(DISAGREEMENT), header.height() - 1)
        pictures.append(header.viewport().grab(box).toImage())
    QApplication.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert pictures[0].size() == pictures[1].size()
    first, last = ink(pictures[0])
    there = ink(pictures[1])
    assert abs(there[0] - first) <= 1
    assert abs(there[1] - last) <= 2
    dark = [int((profile(picture) > 0).sum()) for picture in pictures]
    assert abs(dark[0] - dark[1]) <= 4


@pytest.mark.parametrize("text", ["Export all…", "Can't tell · 0", "(none)", "1×"])
def test_the_signs_at_the_ends_of_a_button_stay_where_they_are_written(directions, text) -> None:
    left, right = directions(lambda: text_button(text))
    assert left == right
    assert text_button(text).text() == text


def test_lines_of_text_begin_where_rows_begin_and_figures_end_there(directions) -> None:
    left, right = (ink(picture) for picture in directions(lambda: label("clips with your label")))
    assert left[0] < 10
    assert right[1] > SIZE[0] - 10

    def figure() -> QWidget:
        made = label("12")
        made.setAlignment(Qt.AlignmentFlag.AlignRight)
        return made

    left, right = (ink(picture) for picture in directions(figure))
    assert left[1] > SIZE[0] - 10
    assert right[0] < 10


def test_a_label_follows_when_the_direction_is_changed(qapp: QApplication, window) -> None:
    shown = window.model_panel.rated_text
    before = shown.alignment()
    try:
        window.workbench.choose(direction="rtl")
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        assert shown.alignment() & Qt.AlignmentFlag.AlignRight
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert shown.alignment() == before


def test_the_speed_is_written_with_its_sign_behind(qapp: QApplication, window) -> None:
    speed = window.label_panel.speed
    text = speed.itemData(speed.currentIndex(), Qt.ItemDataRole.DisplayRole)
    assert speed.currentText() == "1×"
    assert text == in_order("1×")
    assert text.startswith(FIRST_STRONG)


def test_the_panels_stand_in_the_order_of_rows_at_once(qapp: QApplication, window) -> None:
    def order() -> list[int]:
        return [panel.x() for panel in (window.clips, window.label_panel, window.model_panel)]

    assert order() == sorted(order())
    try:
        qapp.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
        assert order() == sorted(order(), reverse=True)
    finally:
        qapp.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
    assert order() == sorted(order())
