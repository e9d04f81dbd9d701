"""Pictures of every view, dialog, menu and empty state, dark and light, to be looked at.

    python docs/every_picture.py FOLDER [--sizes 1000x650,1280x800,2560x1440,200%] [--only views]

Views are taken in both palettes in every size. Dialogs and menus are taken by themselves in both
palettes at 1280x800, and in the other sizes over the window, as one meets them on such a screen.
It works in an isolated home with the starter clips and a recording glued from them, without a
screen (`QT_QPA_PLATFORM=offscreen` unless something else is set). Every command of the window
is asked for, so that a dialog that is new is on the pictures as well.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path[:0] = [str(ROOT), str(ROOT / "docs")]

SIZES = "1000x650,1280x800,2560x1440,200%"
DOUBLE = (960, 540)
"""The window at 200 %: a screen of 1920 x 1080 at double size."""
USUAL = "1280x800"
PARTS = ("empty", "views", "states", "studies", "dialogs", "menus")


def main() -> int:
    """Take the pictures, each size in a process of its own; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--only", default="", help=f"some of: {','.join(PARTS)}")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    parts = wanted.only.split(",") if wanted.only else list(PARTS)
    if set(parts) - set(PARTS):
        parser.error(f"--only takes some of: {','.join(PARTS)}")
    if wanted.one:
        return take(wanted.folder, wanted.one, parts)
    codes = []
    for size in wanted.sizes.split(","):
        environment = dict(os.environ)
        if size.endswith("%"):
            environment["QT_SCALE_FACTOR"] = str(int(size[:-1]) / 100)
        with tempfile.TemporaryDirectory(prefix="perser-pictures-") as home:
            environment["PERSER_HOME"] = home
            if environment["QT_QPA_PLATFORM"] == "offscreen":
                screen = screen_for(Path(home), size)
                environment["QT_QPA_PLATFORM"] = f"offscreen:configfile={screen}"
            command = [sys.executable, __file__, str(wanted.folder), "--one", size]
            command += ["--only", ",".join(parts)]
            codes.append(subprocess.run(command, env=environment, check=False).returncode)
    return max(codes)


def screen_for(folder: Path, size: str) -> Path:
    """Describe a screen that a window of this size fits on, with the frame it would have."""
    width, height = (1920, 1080) if size.endswith("%") else map(int, size.split("x"))
    room = (0, 0) if size.endswith("%") else (40, 80)
    screen = {"name": "one", "x": 0, "y": 0, "logicalDpi": 96, "logicalBaseDpi": 96, "dpr": 1}
    screen |= {"width": width + room[0], "height": height + room[1]}
    path = folder / "screen.json"
    path.write_text(json.dumps({"screens": [screen]}))
    return path


def take(folder: Path, size: str, parts: list[str]) -> int:
    """Open the desk in one size and take all pictures of it."""
    from PySide6.QtCore import QTimer

    from perser_gui.settings import Settings, save_settings
    from perser_gui.ui import main as open_desk
    from perser_gui.ui.shell.window import MainWindow
    from perser_gui.ui.widgets.file_questions import FileDialog

    setattr(FileDialog, "ask", lambda _: [])  # noqa: B010
    save_settings(Settings(theme="light", auto_play_next=False, first_start=False))
    folder.mkdir(parents=True, exist_ok=True)
    faults: list[BaseException] = []

    def opened(window: MainWindow) -> None:
        width, height = DOUBLE if size.endswith("%") else map(int, size.split("x"))
        window.resize(width, height)
        steps = everything(Camera(window, folder, size), parts)

        def step() -> None:
            try:
                wait = next(steps)
            except StopIteration:
                window.close()
                return
            except Exception as fault:
                faults.append(fault)
                window.close()
                raise
            QTimer.singleShot(wait, step)

        QTimer.singleShot(50, step)

    return open_desk([], opened=opened) or int(bool(faults))


class Camera:
    """Takes pictures of one window, and waits until it is at rest."""

    def __init__(self, window, folder: Path, size: str) -> None:
        self.window, self._folder, self._size = window, folder, size
        self.usual = size == USUAL

    def shoot(self, name: str, widget=None) -> None:
        """Write a picture of the window, or of a widget: alone, or over the window."""
        alone = widget is None or self.usual
        picture = (widget or self.window).grab() if alone else self._over(widget)
        path = self._folder / f"{self._size.replace('%', 'pc')} {name}.png"
        picture.save(str(path))
        sys.stdout.write(f"{path}\n")

    def _over(self, widget):
        from PySide6.QtGui import QColor, QPainter

        ground, front = self.window.grab(), widget.grab()
        place = widget.mapToGlobal(widget.rect().topLeft())
        place -= self.window.mapToGlobal(self.window.rect().topLeft())
        painter = QPainter(ground)
        painter.fillRect(ground.rect(), QColor(0, 0, 0, 60))
        painter.drawPixmap(place, front)
        painter.setPen(QColor("#888888"))
        painter.drawRect(widget.rect().translated(place).adjusted(-1, -1, 0, 0))
        painter.end()
        return ground

    def both(self, name: str) -> Iterator[int]:
        """Take a picture of the window in light and one in dark."""
        yield from self.settled()
        for shade in ("light", "dark"):
            self.window.theme.choose(shade)
            yield 250
            self.shoot(f"{name} {shade}")
        self.window.theme.choose("light")
        yield 100

    def settled(self) -> Iterator[int]:
        """Wait until what is shown stands in its place; a stream may go on meanwhile."""
        for _ in range(50):
            if not self.window.runner.busy:
                break
            yield 100
        yield 300

    def quiet(self) -> Iterator[int]:
        """Wait until nothing is under way."""
        while self.window.runner.busy:
            yield 100


def everything(camera: Camera, parts: list[str]) -> Iterator[int]:
    """Go through everything, as far as it is wanted."""
    import picture_dialogs
    import picture_states
    import picture_studies
    import picture_views

    window = camera.window
    while not window.workbench.is_ready or window.label_panel.waveform is None:
        yield 100
    if "empty" in parts:
        yield from picture_views.empty(camera)
    window.workbench.open_starter_clips()
    yield 300
    yield from camera.quiet()
    while window.personalization.state != "ready":
        yield 100
    yield from picture_views.work(camera)
    for name, taken in (
        ("views", picture_views.views),
        ("dialogs", picture_dialogs.dialogs),
        ("menus", picture_dialogs.menus),
        ("studies", picture_studies.studies),
        ("states", picture_states.states),
    ):
        if name in parts:
            yield from taken(camera)


if __name__ == "__main__":
    sys.exit(main())
