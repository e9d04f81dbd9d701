"""Starting the desk as a program."""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from PySide6.QtCore import QSettings, QTimer
from PySide6.QtWidgets import QApplication

from perser_gui import __version__, paths
from perser_gui.memory import be_sparing
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.look import theme
from perser_gui.ui.shell.garbage import Garbage
from perser_gui.ui.shell.window import MainWindow

if TYPE_CHECKING:
    from perser_gui.desk import Desk


def parser() -> argparse.ArgumentParser:
    """Return the parser of the desk's arguments."""
    result = argparse.ArgumentParser(
        prog="perser-gui", description="Hear emotion your own way: label, adapt, compare."
    )
    result.add_argument("paths", nargs="*", type=Path, help="audio files or folders to add")
    result.add_argument(
        "--starter", action="store_true", help="add the synthetic clips that ship with the program"
    )
    result.add_argument(
        "--trial",
        action="store_true",
        help="do the main job once by itself, in a home of its own, and say whether it went well",
    )
    result.add_argument("--version", action="version", version=f"perser-gui {__version__}")
    return result


def run(argv: Sequence[str], opened: Callable[[MainWindow], None] | None = None) -> int:
    """Show the window and stay until it is closed; return the exit status."""
    wanted = parser().parse_args(list(argv))
    if wanted.trial:
        from perser_gui.ui.shell.trial import tried

        return tried(lambda begin: run(["--starter"], begin))
    be_sparing()
    application = QApplication.instance() or QApplication([sys.argv[0] if sys.argv else "perser"])
    assert isinstance(application, QApplication)
    application.setApplicationName("perser-gui")
    application.setApplicationDisplayName("perser")
    application.setDesktopFileName("perser-gui")
    theme.install(application)
    _keep_qts_memory()
    window = MainWindow(_open_desk)
    if wanted.starter:
        window.workbench.offer_starter_clips()
    if wanted.paths:
        paths = [path.absolute() for path in wanted.paths]
        window.workbench.open_paths(paths)
    window.became_ready.connect(window.commands.program.tour.offer)
    window.workbench.changed.connect(_settle)
    garbage = Garbage(application)
    before = sys.excepthook
    sys.excepthook = _reporter(window, before)
    try:
        window.show()
        QTimer.singleShot(0, window.start)
        if opened is not None:
            opened(window)
        status = application.exec()
    finally:
        sys.excepthook = before
        gc.unfreeze()
        window.close()
        window.deleteLater()
        garbage.stop()
    return status


def _keep_qts_memory() -> None:
    """Keep what Qt's dialog for files remembers with the program's settings.

    Otherwise it stands among those that all programs of this computer share, where the places and
    folders of this one are nobody else's concern; and a home that was given holds everything. On
    Windows and macOS, whose own dialogs are shown, it has no effect.
    """
    QSettings.setPath(
        QSettings.Format.NativeFormat, QSettings.Scope.UserScope, str(paths.config_dir())
    )


def _settle(changes: Changes) -> None:
    """Look for garbage no longer among what torch brought: it held the window up each time."""
    if changes.model:
        gc.freeze()


def _open_desk() -> Desk:
    from perser_gui.desk import Desk
    from perser_gui.settings import load_settings

    settings = load_settings()
    return Desk.open(checkpoint=settings.checkpoint, device=settings.device, later=True)


Hook = Callable[[type[BaseException], BaseException, TracebackType | None], object]


def _reporter(window: MainWindow, before: Hook) -> Hook:
    """Return an exception hook that also shows the report dialog."""

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        before(kind, error, trace)
        if isinstance(error, Exception) and not window._closing:
            window.report(error)

    return hook
