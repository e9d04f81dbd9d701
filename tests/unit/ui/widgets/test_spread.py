"""Parts of a page stand beside each other where there is room, and below each other else."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget

from perser_gui.ui.look import theme
from perser_gui.ui.widgets import label
from perser_gui.ui.widgets.spread import Spread


def shown(qtbot, width: float) -> tuple[Spread, list[QWidget]]:
    """Return a spread of three parts that is so wide, and its parts."""
    parts: list[QWidget] = [label(text, wrap=True) for text in ("first", "second", "third")]
    spread = Spread(*parts, from_width=1000, widest=600, apart=20)
    qtbot.addWidget(spread)
    spread.resize(theme.px(width), 300)
    spread.show()
    for _ in range(10):
        QApplication.processEvents()
    return spread, parts


def test_the_second_part_stands_beside_the_others_from_a_width_on(qtbot) -> None:
    spread, (first, second, third) = shown(qtbot, 999)
    assert not spread.wide
    assert first.y() < second.y() < third.y()
    assert first.x() == second.x() == third.x() == 0
    spread.resize(theme.px(1000), 300)
    QApplication.processEvents()
    assert spread.wide
    assert second.y() == first.y() < third.y()
    assert second.x() >= first.geometry().right() + theme.px(20)
    assert abs(first.width() - second.width()) <= 1


def test_no_column_is_wider_than_one_reads_and_what_is_left_over_is_at_the_end(qtbot) -> None:
    spread, (first, second, _) = shown(qtbot, 2000)
    assert first.width() <= theme.px(600)
    assert second.geometry().right() <= theme.px(1220)
    spread.setLayoutDirection(Qt.LayoutDirection.RightToLeft)
    for _ in range(10):
        QApplication.processEvents()
    assert first.geometry().right() == spread.width() - 1
    assert second.x() > theme.px(700)
