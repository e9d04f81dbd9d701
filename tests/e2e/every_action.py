"""Everything that can be pressed in the window: collected, pressed, and its questions answered."""

from __future__ import annotations

import sys
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import shiboken6
from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QApplication,
    QComboBox,
    QDialog,
    QMenu,
    QWidget,
)

from perser_gui.records import Waveform
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.shell.window import MainWindow
from perser_gui.ui.widgets.file_questions import FileDialog

from .wrapped import borrowed

VIEWS = ("label", "predictions", "compare", "live", "studies")


@dataclass(frozen=True)
class Press:
    """One thing to press: what a report calls it, and the act."""

    name: str
    act: Callable[[], object]


class SilentPlayer:
    """A loudspeaker that is never heard: what it plays stays at its beginning."""

    def __init__(self) -> None:
        self.on_finished = self.on_lost = None
        self.playing, self.loop = False, False
        self.position, self.speed, self.volume = 0.0, 1.0, 1.0
        self.loaded: Waveform | None = None

    def load(self, waveform: Waveform) -> None:
        self.playing, self.position, self.loaded = False, 0.0, waveform

    def play(
        self, start: float = 0.0, end: float | None = None, loop: bool = False, speed: float = 1.0
    ) -> None:
        self.playing, self.position = True, start

    def seek(self, seconds: float) -> None:
        self.position = seconds

    def pause(self) -> None:
        self.playing = False

    def close(self) -> None:
        self.playing = False


class Faults:
    """Every exception that anything in the window raises, with what was pressed before."""

    def __init__(self, monkeypatch) -> None:
        self.pressed = ""
        self.found: list[tuple[str, BaseException]] = []
        monkeypatch.setattr(sys, "excepthook", self._hook)
        monkeypatch.setattr(MainWindow, "report", lambda window, error: self.note(error))

    def _hook(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        self.note(error)

    def note(self, error: BaseException) -> None:
        if all(error is not known for _, known in self.found):
            self.found.append((self.pressed, error))

    def told(self) -> list[str]:
        """Return what was pressed and what came of it, with the last lines of the traceback."""
        return [
            f"{name}: {''.join(traceback.format_exception(error)[-3:])}"
            for name, error in self.found
        ]


class Answers(QObject):
    """Answers every dialog: takes it, or sends it away; file dialogs get paths of `folder`.

    Before it answers, every button inside is pressed, but those that end the dialog.
    """

    def __init__(self, monkeypatch, folder: Path, audio: Path) -> None:
        super().__init__()
        self.take = True
        self.seen: set[str] = set()
        self.borrowed: dict[str, Counter[str]] = {}
        """What of Qt's own Python knew by address when a dialog was seen first."""
        self._pressed: set[int] = set()
        save = folder / "saved"
        save.mkdir(exist_ok=True)
        monkeypatch.setattr(FileDialog, "ask", lambda dialog: self._files(dialog, save, audio))
        self._looking = False

    def start(self) -> None:
        self._looking = True
        self._look()

    def stop(self) -> None:
        self._looking = False

    @staticmethod
    def _newest(folder: Path) -> Path:
        files = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime)
        return files[-1] if files else folder / "none.csv"

    def _files(self, dialog: FileDialog, save: Path, audio: Path) -> list[Path]:
        assert isinstance(dialog.shown.parent(), QWidget)
        mode = dialog.shown.fileMode().name
        self.seen.add(mode)
        if not self.take:
            return []
        if mode == "Directory":
            return [audio.parent]
        if mode == "ExistingFiles":
            return [audio]
        return [save / dialog.suggested if dialog.suggested else self._newest(save)]

    def _look(self) -> None:
        if not self._looking:
            return
        # each time another timer: one that repeats is silent while a dialog it opened is up
        QTimer.singleShot(5, self, self._look)
        popup = QApplication.activePopupWidget()
        if popup is not None:
            popup.close()
            return
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QDialog):
            return
        if type(dialog).__name__ not in self.seen and borrowed():
            self.borrowed[type(dialog).__name__] = borrowed()
        self.seen.add(type(dialog).__name__)
        accept = getattr(dialog, "accept_button", None)
        if self.take and id(dialog) not in self._pressed:
            self._pressed.add(id(dialog))
            ends = {accept, getattr(dialog, "cancel_button", None)}
            for button in dialog.findChildren(QAbstractButton):
                if shiboken6.isValid(button) and button not in ends and button.isEnabled():
                    button.click()
                if not shiboken6.isValid(dialog) or not dialog.isVisible():
                    return
            for box in dialog.findChildren(QComboBox):
                if shiboken6.isValid(box) and box.count() > 1:
                    box.activated.emit(1)
            return
        if self.take and isinstance(accept, QAbstractButton) and accept.isEnabled():
            accept.click()
        else:
            dialog.reject()


def quiet(window: MainWindow) -> bool:
    """Whether all that was begun has ended (an adaptation that is held up aside)."""
    waiting = [
        task
        for lane in Lane
        if lane is not Lane.COMPUTE or window.personalization.adapt_state.phase == "idle"
        for task in window.runner.pending(lane)
    ]
    return not waiting and QApplication.activeModalWidget() is None


def pressable(window: MainWindow) -> Iterator[Press]:
    """Everything there is to press in the window as it is shown now, but Quit."""
    for name, action in window.commands.actions.items():
        if name == "quit":
            continue
        yield Press(f"command {name}", action.trigger)
        for key in action.shortcuts():
            yield Press(f"key {key.toString()}", lambda key=key: _type(window, key))
    for number in range(10):
        for shift in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ShiftModifier):
            yield Press(
                f"digit {number} {shift.name}",
                lambda number=number, shift=shift: QTest.keyClick(
                    window, Qt.Key(Qt.Key.Key_0 + number), shift
                ),
            )
    commands = list(window.commands.actions.values())
    for menu in window.findChildren(QMenu):
        for action in menu.actions():
            if action not in commands and not action.isSeparator():
                yield Press(f"menu {action.text()}", _if_alive(action, action.trigger))
    for button in window.findChildren(QAbstractButton):
        if not button.isVisible():
            continue
        title = button.accessibleName() or button.text() or button.toolTip()
        yield Press(f"button {title}", _if_shown(button, button.click))
    for box in window.findChildren(QComboBox):
        if not box.isVisible():
            continue
        for place in range(min(box.count(), 4)):
            yield Press(f"choice {box.accessibleName()} {place}", _choose(box, place))


def _type(window: MainWindow, keys: QKeySequence) -> None:
    combination = keys[0]
    QTest.keyClick(
        QApplication.focusWidget() or window, combination.key(), combination.keyboardModifiers()
    )


def _if_alive(thing: QAction, act: Callable[[], object]) -> Callable[[], object]:
    return lambda: act() if shiboken6.isValid(thing) and thing.isEnabled() else None


def _if_shown(button: QAbstractButton, act: Callable[[], object]) -> Callable[[], object]:
    def press() -> None:
        if shiboken6.isValid(button) and button.isVisible() and button.isEnabled():
            act()

    return press


def _choose(box: QComboBox, place: int) -> Callable[[], object]:
    def choose() -> None:
        if shiboken6.isValid(box) and box.isVisible() and box.isEnabled() and place < box.count():
            box.setCurrentIndex(place)
            box.activated.emit(place)

    return choose
