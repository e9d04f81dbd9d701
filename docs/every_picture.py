"""Pictures of every view, dialog and empty state, dark and light, in four sizes, to be looked at.

    python docs/every_picture.py FOLDER [--sizes 1000x650,1280x800,2560x1440,200%] [--only views]

Works in an isolated home with the starter clips and a recording glued from them, without a
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
NO_DIALOG = {
    "quit",
    "theme",
    "view-label",
    "view-predictions",
    "view-compare",
    "view-live",
    "view-studies",
    "starter",
    "adapt",
    "remove",
    "skip",
    "next",
    "undo",
    "redo",
    "cut",
    "split",
    "merge",
    "suggest",
    "clear",
    "confirm",
}
MANY = [f"{kind} {what}" for what in ("joy", "grief", "calm", "rage") for kind in "abcdefghij"]


def main() -> int:
    """Take the pictures, each size in a process of its own; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--sizes", default=SIZES)
    parser.add_argument("--only", choices=("views", "dialogs"), default="")
    parser.add_argument("--one", help=argparse.SUPPRESS)
    wanted = parser.parse_args()
    if wanted.one:
        return take(wanted.folder, wanted.one, wanted.only)
    codes = []
    for size in wanted.sizes.split(","):
        environment = dict(os.environ)
        if size.endswith("%"):
            environment["QT_SCALE_FACTOR"] = str(int(size[:-1]) / 100)
        with tempfile.TemporaryDirectory(prefix="perser-pictures-") as home:
            environment["PERSER_HOME"] = home
            if environment["QT_QPA_PLATFORM"] == "offscreen":
                screen = large_screen(Path(home), size)
                environment["QT_QPA_PLATFORM"] = f"offscreen:configfile={screen}"
            command = [sys.executable, __file__, str(wanted.folder), "--one", size]
            command += ["--only", wanted.only] if wanted.only else []
            codes.append(subprocess.run(command, env=environment, check=False).returncode)
    return max(codes)


def large_screen(folder: Path, size: str) -> Path:
    """Describe a screen that a window of this size fits on; without one, it would be small."""
    width, height = (1920, 1080) if size.endswith("%") else (2600, 1500)
    screen = {"name": "one", "x": 0, "y": 0, "width": width, "height": height, "logicalDpi": 96}
    path = folder / "screen.json"
    path.write_text(json.dumps({"screens": [{**screen, "logicalBaseDpi": 96, "dpr": 1}]}))
    return path


def take(folder: Path, size: str, only: str) -> int:
    """Open the desk in one size and take all pictures of it."""
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QFileDialog

    from perser_gui.settings import Settings, save_settings
    from perser_gui.ui import main as open_desk
    from perser_gui.ui.shell.window import MainWindow

    for name, nothing in (
        ("getOpenFileName", ("", "")),
        ("getOpenFileNames", ([], "")),
        ("getSaveFileName", ("", "")),
        ("getExistingDirectory", ""),
    ):
        setattr(QFileDialog, name, lambda *_, nothing=nothing, **__: nothing)
    save_settings(Settings(theme="light", auto_play_next=False, first_start=False))
    folder.mkdir(parents=True, exist_ok=True)
    faults: list[BaseException] = []

    def opened(window: MainWindow) -> None:
        width, height = DOUBLE if size.endswith("%") else map(int, size.split("x"))
        window.resize(width, height)
        steps = Pictures(window, folder, size.replace("%", "pc"), only).steps()

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


class Pictures:
    """What is done in the window, picture by picture."""

    def __init__(self, window, folder: Path, size: str, only: str) -> None:
        self._window, self._folder, self._size, self._only = window, folder, size, only
        self._taken = 0

    def _shoot(self, name: str, widget=None) -> None:
        path = self._folder / f"{self._size} {name}.png"
        (widget or self._window).grab().save(str(path))
        sys.stdout.write(f"{path}\n")

    def _both(self, name: str) -> Iterator[int]:
        """Take a picture in light and one in dark."""
        for shade in ("light", "dark"):
            self._window.theme.choose(shade)
            yield 250
            self._shoot(f"{name} {shade}")
        self._window.theme.choose("light")
        yield 100

    def _quiet(self) -> Iterator[int]:
        while self._window.runner.busy:
            yield 100

    def steps(self) -> Iterator[int]:
        """Go through everything."""
        window = self._window
        while not window.workbench.is_ready or window.label_panel.waveform is None:
            yield 100
        if self._only != "dialogs":
            yield from self._empty_views()
        window.workbench.open_starter_clips()
        yield 300
        yield from self._quiet()
        while window.personalization.state != "ready":
            yield 100
        yield from self._work()
        if self._only != "dialogs":
            yield from self._views()
        if self._only != "views":
            yield from self._dialogs()

    def _empty_views(self) -> Iterator[int]:
        for name in list(self._window._view_names):
            self._window.show_view(name)
            yield 300
            yield from self._both(f"empty {name}")
        self._window.show_view("label")

    def _work(self) -> Iterator[int]:
        """Label, adapt, and let a second listener hear the same."""
        from screenshots import chosen_clips, glued

        window, session = self._window, self._window.session
        _, said = chosen_clips(None, Path(os.environ["PERSER_HOME"]))
        words = session.emotions.words
        for row in session.rows[:14]:
            word = said.get(row.clip.path.name, words[0])
            window.labelling.label_clip(row.clip.content, (word if word in words else words[0],))
            yield 20
        yield from self._quiet()
        desk = window.workbench.desk
        jon = desk.add_listener("Jon")
        for number, row in enumerate(session.rows[:14]):
            desk.rate(jon.id, row.clip.content, emotions=[words[number % len(words)]])
        window.workbench.reread()
        yield from self._quiet()
        window.personalization.adapt()
        yield from self._quiet()
        window.workbench.open_paths([glued([row.clip.path for row in session.rows[:20]])])
        yield from self._quiet()
        window.notice.hide()

    def _views(self) -> Iterator[int]:
        window, session, bench = self._window, self._window.session, self._window.workbench
        bench.go_to(session.rows[3].clip.content)
        yield 400
        yield from self._both("label")
        window.notice.offer("info", "Undone: the label “happy” of starter 03.flac.", "redo")
        window.notice.say("warning", "This clip is very quiet; turn up what it was recorded with.")
        window.notice.say("danger", "1 label is not saved: the disk is full; free some space.")
        yield 200
        yield from self._both("label with notices")
        window.notice.hide()
        parts = session.utterances(session.rows[-1].clip.recording)
        for number, part in enumerate(parts[:8]):
            window.labelling.label_clip(part.content, (session.emotions.words[number % 5],))
        yield from self._quiet()
        bench.go_to(parts[min(8, len(parts) - 1)].content)
        window.label_panel.spectrogram.setChecked(True)
        yield 900
        window.notice.hide()
        yield from self._both("label timeline spectrogram")
        window.label_panel.spectrogram.setChecked(False)
        window.commands.actions["borders"].trigger()
        yield 600
        yield from self._both("label borders")
        window.commands.actions["borders"].trigger()
        bench.search("no clip is called so")
        yield 300
        yield from self._both("label nothing matches")
        bench.search("")
        yield 200
        yield from self._many_words()
        for name in ("predictions", "compare", "studies"):
            if name in window._view_names:
                window.show_view(name)
                yield 700
                yield from self._both(name)
        yield from self._live()
        window.show_view("label")

    def _many_words(self) -> Iterator[int]:
        from perser_gui.emotions import EmotionSet

        window, before = self._window, self._window.session.emotions
        window.workbench.set_emotions(EmotionSet.of(MANY))
        yield 300
        yield from self._quiet()
        window.notice.hide()
        window.begin_word()
        yield 200
        yield from self._both("label forty words")
        window.label_panel.word_field.finish()
        window.workbench.set_emotions(before)
        yield 300
        yield from self._quiet()
        window.notice.hide()

    def _live(self) -> Iterator[int]:
        from screenshots import listen

        window = self._window
        listen(window)
        while window.live.readout is None or window.live.readout.time < 2.5:
            yield 50
        yield from self._both("live first seconds")
        while window.live.readout.time < 14.0:
            yield 100
        yield from self._both("live")
        window.show_view("predictions")
        yield 300
        self._shoot("predictions while listening")
        window.live.stop()

    def _dialogs(self) -> Iterator[int]:
        """Ask for every command, and take a picture of what opens."""
        from PySide6.QtCore import QTimer
        from PySide6.QtWidgets import QApplication, QDialog

        window = self._window
        window.show_view("label")
        window.workbench.go_to(window.session.rows[2].clip.content)
        yield 300
        for shade in ("light", "dark"):
            window.theme.choose(shade)
            yield 200
            for name, action in window.commands.actions.items():
                if name in NO_DIALOG or not action.isEnabled():
                    continue

                def look(name: str = name, shade: str = shade, left: int = 4) -> None:
                    shown = QApplication.activePopupWidget() or next(
                        (
                            one
                            for one in QApplication.topLevelWidgets()
                            if isinstance(one, QDialog) and one.isVisible()
                        ),
                        None,
                    )
                    if shown is not None:
                        self._shoot(f"dialog {name} {shade}", shown)
                        shown.close()
                        if left:
                            QTimer.singleShot(200, lambda: look(f"{name} then", shade, left - 1))

                QTimer.singleShot(900, look)
                action.trigger()
                yield 1300
            for menu in window.top_bar.menu, window.top_bar.listener_menu, window.clips.add.menu():
                menu.popup(window.mapToGlobal(window.rect().center()))
                yield 150
                self._shoot(f"menu {menu.actions()[0].text().strip('…')} {shade}", menu)
                menu.close()
            window.report(RuntimeError("a fault, as an example"))
            yield 300
            for one in QApplication.topLevelWidgets():
                if isinstance(one, QDialog) and one.isVisible():
                    self._shoot(f"dialog report {shade}", one)
                    one.close()


if __name__ == "__main__":
    sys.exit(main())
