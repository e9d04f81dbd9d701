"""What a screen reader and an eye miss in a window: controls without a name, words cut off."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QAccessible, QAccessibleInterface
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractScrollArea,
    QAbstractSpinBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QMenu,
    QScrollArea,
    QWidget,
)

from perser_gui.ui.widgets import ElidedLabel

NAMELESS_ROLES = {QAccessible.Role.NoRole, QAccessible.Role.Client}
"""What Qt calls a control of which it knows nothing."""


def visible_widgets(root: QWidget) -> Iterator[QWidget]:
    """Yield the visible widgets below, and with, a window or dialog."""
    for widget in (root, *root.findChildren(QWidget)):
        if widget.isVisible() and not isinstance(widget, QMenu):
            yield widget


def told(widget: QWidget) -> str:
    """Return what names a widget in a report."""
    chain, parent = [], widget
    while parent is not None and len(chain) < 4:
        chain.append(type(parent).__name__)
        parent = parent.parentWidget()
    text = widget.text() if hasattr(widget, "text") and callable(widget.text) else ""
    return f"{' < '.join(chain)} “{widget.accessibleName() or text}”"


def is_control(widget: QWidget) -> bool:
    """Whether the keyboard can stand on a widget that is not part of another control."""
    if widget.focusPolicy() == Qt.FocusPolicy.NoFocus or widget.isWindow():
        return False
    parent = widget.parentWidget()
    inside = isinstance(parent, QComboBox | QAbstractSpinBox | QLineEdit)
    inside = inside or (isinstance(parent, QAbstractScrollArea) and widget is parent.viewport())
    return not inside and not isinstance(widget, QScrollArea)


def interface(widget: QWidget) -> QAccessibleInterface:
    """Return what a screen reader sees of a widget."""
    found = QAccessible.queryAccessibleInterface(widget)
    assert found is not None
    return found


def without_name(root: QWidget) -> list[str]:
    """Return the controls that a screen reader could not call by a name and a kind."""
    faults = []
    for widget in visible_widgets(root):
        if not is_control(widget):
            continue
        seen = interface(widget)
        if not seen.text(QAccessible.Text.Name).strip():
            faults.append(f"no name: {told(widget)}")
        if seen.role() in NAMELESS_ROLES:
            faults.append(f"no role: {told(widget)}")
        if isinstance(widget, QAbstractButton) and widget.isCheckable():
            state = seen.state()
            if not state.checkable or bool(state.checked) != widget.isChecked():
                faults.append(f"no state: {told(widget)}")
    return faults


def cut_off(root: QWidget) -> list[str]:
    """Return labels and buttons whose words do not fit, and controls that overlap others."""
    faults = []
    for widget in visible_widgets(root):
        if isinstance(widget, ElidedLabel) or widget.visibleRegion().isEmpty():
            continue
        if isinstance(widget, QLabel) and widget.text() and widget.pixmap().isNull():
            faults += _label_faults(widget)
        elif isinstance(widget, QAbstractButton) and widget.text() and type(widget).__module__:
            hint = widget.minimumSizeHint().expandedTo(widget.sizeHint())
            if widget.width() + 1 < hint.width() and "Emotion" not in type(widget).__name__:
                faults.append(f"cut at {widget.width()} of {hint.width()} px: {told(widget)}")
        if is_control(widget) and not _inside(widget, root):
            faults.append(f"sticks out: {told(widget)}")
    return faults


def _label_faults(label: QLabel) -> list[str]:
    if label.wordWrap():
        needed = label.heightForWidth(label.width())
        fits = label.height() + 1 >= needed
        return [] if fits else [f"cut at {label.height()} of {needed} px high: {told(label)}"]
    needed = label.sizeHint().width()
    fits = label.width() + 1 >= needed
    return [] if fits else [f"cut at {label.width()} of {needed} px: {told(label)}"]


def _inside(widget: QWidget, root: QWidget) -> bool:
    """Whether a control lies in its window (what is in a scrolled area may be scrolled to)."""
    parent = widget.parentWidget()
    while parent is not None and parent is not root:
        if isinstance(parent, QAbstractScrollArea | QAbstractItemView):
            return True
        parent = parent.parentWidget()
    corner = widget.mapTo(root, QPoint(0, 0))
    return bool(root.rect().adjusted(-1, -1, 1, 1).contains(QRect(corner, widget.size())))
