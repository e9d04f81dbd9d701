"""Rows of lists leave room above and below their text, in every size of text."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QApplication, QListWidget

from perser_gui.records import Rating
from perser_gui.ui.dialogs.label_history import LabelHistoryDialog
from perser_gui.ui.look import theme


def room(view: QListWidget) -> int:
    """Return what a row has above and below its text together (px)."""
    return view.visualItemRect(view.item(0)).height() - view.fontMetrics().height()


@pytest.mark.parametrize("size", [1.0, 1.5])
def test_no_text_touches_the_edges_of_its_row(window, size: float) -> None:
    window.workbench.choose(text_size=size)
    said = [Rating(1, 1, "a", "emotion", ("sad",), created="2026-11-28T00:10:00+00:00")]
    dialog = LabelHistoryDialog(window, "a.wav", said)
    dialog.show()
    studies = window.study_page.list
    for view in (studies, window.compare.people, dialog.list):
        window.show_view("studies" if view is studies else "compare")
        QApplication.processEvents()
        if view is studies:
            with QSignalBlocker(studies):
                studies.addItem("Kitchen table, first round")
        assert room(view) >= theme.px(12), view.accessibleName()
    dialog.close()
