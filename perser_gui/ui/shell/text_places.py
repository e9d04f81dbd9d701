"""Where texts are written, in all windows of the program, and how such places are left."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication, QKeyEvent, QMouseEvent, QWindow
from PySide6.QtWidgets import QApplication, QDialog, QWidget

from perser_gui.ui.widgets.text_fields import takes_text, writes_text
from perser_gui.ui.widgets.typed_on import LABELS_BY_KEY, typed_on

_KEYS = (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress)


class TextPlaces(QObject):
    """Keeps the rest of a text from the window, whichever dialog, list or field it was meant for.

    It sees keys and clicks as they come from the system, at the window that has the keyboard and
    at lists and menus over it, and nothing that goes on between widgets.
    """

    kept = Signal()
    """A key was the rest of a text, and did nothing; told once for each text."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._at: QWindow | None = None
        """The window that has the keyboard, while one of the program has it."""
        self._mouse = False
        """Whether the last thing that was pressed is the mouse."""

    def start(self) -> None:
        """Begin to watch; call once the window is shown."""
        application = QGuiApplication.instance()
        assert isinstance(application, QGuiApplication)
        application.focusWindowChanged.connect(self._moved)
        self._moved(QGuiApplication.focusWindow())

    @Slot(QWindow)
    def _moved(self, window: QWindow | None) -> None:
        """Another window has the keyboard: a text in the one before has come to its end."""
        if window is self._at:
            return
        if self._at is not None:
            typed_on.left()
        self._at = window
        if window is not None:
            window.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Note keys and clicks; keep what is the rest of a text."""
        if event.type() in _KEYS and isinstance(event, QKeyEvent):
            return self._key(event)
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(event, QMouseEvent):
            self._mouse = True
            self._clicked(event)
        elif event.type() == QEvent.Type.Hide and _is_popup(watched):
            self._popup_closed()
        return False

    def _popup_closed(self) -> None:
        """A list or menu is gone: what was typed there goes on if no key has chosen from it."""
        if self._mouse:
            typed_on.left()
        typed_on.writing = False

    def _key(self, event: QKeyEvent) -> bool:
        popup, at = QApplication.activePopupWidget(), QApplication.focusWidget()
        if popup is None and not takes_text(at):
            return self._keeps(event)
        if event.type() == QEvent.Type.KeyPress:
            self._mouse = False
            typed_on.written(event)
            handle = popup.windowHandle() if popup is not None else None
            if handle is not None:
                handle.installEventFilter(self)
        return False

    def _keeps(self, event: QKeyEvent) -> bool:
        """Whether a key at no field is the rest of a text."""
        if event.type() == QEvent.Type.KeyPress:
            self._mouse = typed_on.writing = False
        if not typed_on.goes_on(event):
            return False
        event.accept()
        if event.type() == QEvent.Type.KeyPress and typed_on.tell_once():
            self.kept.emit()
        return True

    def _clicked(self, event: QMouseEvent) -> None:
        """A click in a dialog with a field may close it; one beside a field leaves it."""
        window = QApplication.activeWindow()
        if QApplication.activePopupWidget() is not None or window is None:
            return
        if isinstance(window, QDialog) and not window.property(LABELS_BY_KEY):
            typed_on.writing = any(
                writes_text(part) for part in window.findChildren(QWidget) if part.isVisible()
            )
            return
        field = QApplication.focusWidget()
        clicked = window.childAt(window.mapFromGlobal(event.globalPosition().toPoint()))
        if field is None or not takes_text(field):
            typed_on.writing = False
        elif clicked is not field and not (clicked and field.isAncestorOf(clicked)):
            typed_on.left()


def _is_popup(window: QObject) -> bool:
    return isinstance(window, QWindow) and window.type() == Qt.WindowType.Popup
