from __future__ import annotations

import pytest
from PySide6.QtGui import QTextDocument

from perser_gui.ui.widgets.tips import tip


@pytest.mark.parametrize(
    "text", ['<img src="file:///etc/passwd">', "<b>angry</b>", "a & b", "a <i>b</i>\nc", "happy"]
)
def test_a_tooltip_shows_a_word_as_it_is_and_opens_nothing(text: str, qapp: object) -> None:
    shown = tip(text)
    if shown == text:
        return
    document = QTextDocument()
    document.setHtml(shown)
    assert document.toPlainText() == text
    assert "<img" not in shown
