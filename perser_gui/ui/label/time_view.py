"""A stretch of time: the wheel zooms, a drag marks a part, a click moves the playhead."""

from __future__ import annotations

from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal


class TimeView(pg.ViewBox):  # type: ignore[misc]  # pyqtgraph carries no types
    """Time runs across; wheel zooms, a drag marks a part, a click moves the playhead."""

    clicked = Signal(float)
    marked = Signal(object)

    def __init__(self) -> None:
        super().__init__(enableMenu=False, defaultPadding=0.0)
        self.setMouseEnabled(x=True, y=False)
        self._anchor = 0.0

    def wheelEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802
        """Zoom around the pointer; with Shift or a sideways wheel, pan."""
        delta = event.delta()
        if event.orientation() == Qt.Orientation.Horizontal or (
            event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        ):
            start, end = self.viewRange()[0]
            self.translateBy(x=-(end - start) * delta / 1200)
        else:
            centre = self.mapSceneToView(event.scenePos())
            self.scaleBy(x=0.85 ** (delta / 120), center=centre)
        event.accept()

    def mouseClickEvent(self, event: Any) -> None:  # noqa: N802
        """Move the playhead."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.clicked.emit(self.mapSceneToView(event.scenePos()).x())
            event.accept()

    def mouseDragEvent(self, event: Any, axis: int | None = None) -> None:  # noqa: N802
        """Mark a part with the left button; pan with any other."""
        if event.button() != Qt.MouseButton.LeftButton:
            super().mouseDragEvent(event, axis=0)
            return
        event.accept()
        if event.isStart():
            self._anchor = self.mapSceneToView(event.buttonDownScenePos()).x()
        here = self.mapSceneToView(event.scenePos()).x()
        self.marked.emit((min(self._anchor, here), max(self._anchor, here)))
