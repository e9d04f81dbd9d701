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
            yield from _in_layout(layout, widget)


def _in_layout(layout: QLayout, holder: QWidget) -> Iterator[QWidget]:
    """Yield what a layout holds, in its order, without asking it for its items.

    An item that Python has once seen stays in the table of what Python knows after Qt deleted it.
    What Qt puts at that address later is then taken for it, and the program crashes.
    """
    parts = [one for one in holder.children() if isinstance(one, QWidget)]
    places = {layout.indexOf(one): one for one in parts}
    below = {layout.indexOf(one): one for one in layout.children() if isinstance(one, QLayout)}
    for place in sorted({*places, *below} - {-1}):
        if place in places:
            yield from reading_order(places[place])
        else:
            yield from _in_layout(below[place], holder)


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
