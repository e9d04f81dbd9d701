"""The order in which Tab goes through a window: as the eye reads it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QLayout,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QWidget,
)


def reading_order(widget: QWidget) -> Iterator[QWidget]:
    """Yield a widget and all that its layouts hold, from the top left on."""
    yield widget
    if isinstance(widget, QScrollArea):
        inner = widget.widget()
        if inner is not None:
            yield from reading_order(inner)
    elif isinstance(widget, QSplitter | QStackedWidget):
        for place in range(widget.count()):
            page = widget.widget(place)
            if page is not None:
                yield from reading_order(page)
    else:
        layout = widget.layout()
        if layout is not None:
            yield from _in_layout(layout)


def _in_layout(layout: QLayout) -> Iterator[QWidget]:
    for place in range(layout.count()):
        item = layout.itemAt(place)
        if item is None:
            continue
        inner, below = item.widget(), item.layout()
        if inner is not None:
            yield from reading_order(inner)
        elif below is not None:
            yield from _in_layout(below)


def chain(widget: QWidget) -> list[QWidget]:
    """Let Tab go through everything in a widget in the order of reading; return that order."""
    stops = [
        one
        for one in reading_order(widget)
        if one is not widget and one.focusPolicy() & Qt.FocusPolicy.TabFocus
    ]
    for before, after in pairwise(stops):
        QWidget.setTabOrder(before, after)
    return stops
