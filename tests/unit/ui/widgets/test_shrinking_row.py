"""A row gives up as much as has to be, whoever shows or hides a part of it."""

from __future__ import annotations

from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from perser_gui.ui.widgets import icon_button
from perser_gui.ui.widgets.shrinking_row import Less, ShrinkingRow


def test_a_part_that_somebody_hides_or_shows_gives_and_takes_room(qtbot) -> None:
    talking = icon_button("forward", "Play the next clip by itself", text="Auto-play")
    other, last = icon_button("borders", "Borders"), icon_button("fit", "All")
    row = ShrinkingRow(talking, other, last, less=(Less(talking, ""), Less(last)))
    page = QWidget()
    QVBoxLayout(page).addWidget(row)
    qtbot.addWidget(page)
    other.hide()
    page.resize(600, 60)
    page.show()
    QApplication.processEvents()
    just = sum(w.sizeHint().width() for w in (talking, last)) + 3 * row._gap
    page.resize(page.width() - row.width() + just, page.height())
    QApplication.processEvents()
    assert talking.text() == "Auto-play"
    other.show()
    QApplication.processEvents()
    assert talking.text() == ""
    assert not last.isHidden()
    other.hide()
    QApplication.processEvents()
    assert talking.text() == "Auto-play"
    assert row.layout().minimumSize().width() <= row.width()
