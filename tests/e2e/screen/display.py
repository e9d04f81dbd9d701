"""A screen without a monitor, a window manager on it, and hands: keys, clicks and pictures."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NEEDED = ("Xvfb", "openbox", "xdotool", "setxkbmap")
ROOT = Path(__file__).resolve().parents[3]


def missing() -> str:
    """Return which of the programs that a screen needs are not installed; empty if all are."""
    return ", ".join(name for name in NEEDED if not shutil.which(name))


class DisplayDied(UserWarning):
    """A screen, or the window manager on it, ended before the tests did."""


@dataclass(frozen=True)
class Display:
    """A screen with a window manager; its name is such as `:91`."""

    name: str
    server: subprocess.Popen[bytes]
    manager: subprocess.Popen[bytes]

    @property
    def alive(self) -> bool:
        """Whether both still run."""
        return self.server.poll() is None and self.manager.poll() is None


@contextmanager
def display(size: str = "1400x1000") -> Iterator[Display]:
    """Start a screen with a window manager."""
    read, write = os.pipe()
    server = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", f"{size}x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as numbers:
        name = f":{numbers.readline().strip()}"  # it comes when the screen is there
    manager = subprocess.Popen(
        ["openbox"],
        env={**os.environ, "DISPLAY": name},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield Display(name, server, manager)
    finally:
        for process in (manager, server):
            process.terminate()
            process.wait(timeout=20)


class Standby:
    """Has one screen for the tests of a file, and another one when that has died."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._display: Display | None = None

    def display(self) -> Display:
        """Return a screen that lives; say so when another one had to be started."""
        if self._display is not None and not self._display.alive:
            ends = self._display.server.poll(), self._display.manager.poll()
            self.close()
            with warnings.catch_warnings():
                warnings.simplefilter("always", DisplayDied)
                warnings.warn(
                    f"a screen and its window manager ended with {ends}", DisplayDied, stacklevel=2
                )
        if self._display is None:
            self._display = self._stack.enter_context(display())
        return self._display

    def close(self) -> None:
        """End the screen, if it has not died."""
        self._display = None
        self._stack.close()


class Screen:
    """The running program and the person in front of it."""

    def __init__(self, name: str, home: Path, arguments: list[str], **environment: str) -> None:
        self._environment = {
            **os.environ,
            "DISPLAY": name,
            "PERSER_HOME": str(home),
            "QT_QPA_PLATFORM": "xcb",
            "OMP_NUM_THREADS": "1",
            "PYTHONFAULTHANDLER": "1",  # a crash tells where
            "PYTHONPATH": str(ROOT),
            **environment,
        }
        self._program = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.screen.program", *arguments],
            cwd=ROOT,
            env=self._environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.until("window.isVisible() and window.windowHandle().isExposed()")
        self.until("window.workbench.is_ready")
        self.until("window.isActiveWindow()")

    def ask(self, expression: str) -> Any:
        """Return the value of an expression over the window."""
        assert self._program.stdin is not None
        assert self._program.stdout is not None
        ending = expression.startswith("(app.sync")
        try:
            self._program.stdin.write(expression + "\n")
            self._program.stdin.flush()
        except BrokenPipeError:
            assert ending, f"the program has ended ({self._program.poll()})"
            return None
        while True:
            line = self._program.stdout.readline()
            if not line and ending:
                return None  # the keys have ended the program
            assert line, f"the program has ended ({self._program.poll()})"
            if line.startswith('{"'):
                break
        answer = json.loads(line)
        assert "error" not in answer, f"{expression}: {answer['error']}"
        return answer["value"]

    def until(self, condition: str) -> None:
        """Wait until an expression over the window is true."""
        assert self.ask(f"until {condition}"), f"it never came true: {condition}"

    def keys(self, *keys: str) -> None:
        """Press keys, as xdotool names them (`ctrl+Delete`), or by the number on the keyboard."""
        for key in keys:
            self._hand("key", "--clearmodifiers", key)

    def type(self, text: str) -> None:
        """Type a text."""
        self._hand("type", "--delay", "15", text)

    def click(self, widget: str) -> None:
        """Click the middle of a widget, an expression over the window."""
        x, y = self.ask(f"place({widget})")
        self._hand("mousemove", str(x), str(y), "click", "1")

    def hold_and_click(self, held: str, widget: str) -> None:
        """Click the middle of a widget while a key is held."""
        x, y = self.ask(f"place({widget})")
        self._hand("mousemove", str(x), str(y), "keydown", held, "click", "1", "keyup", held)

    def click_and_type(self, widget: str, text: str, *, after: float = 0.15) -> None:
        """Click as `click` does, and type `after` so many seconds, in one go."""
        x, y = self.ask(f"place({widget})")
        pause = ("sleep", str(after))
        self._hand("mousemove", str(x), str(y), "click", "1", *pause, "type", "--delay", "60", text)

    def layout(self, name: str) -> None:
        """Use another layout of the keyboard."""
        subprocess.run(["setxkbmap", name], env=self._environment, check=True)

    def _hand(self, *arguments: str) -> None:
        subprocess.run(["xdotool", *arguments], env=self._environment, check=True)
        if self._program.poll() is not None:
            return
        for _ in range(2):  # what the server has sent is read, then acted on
            self.ask("(app.sync(), app.processEvents()) and None")

    def ended(self) -> int:
        """Wait for the program to end by itself; return its exit status."""
        return self._program.wait(timeout=60)

    def close(self) -> int:
        """End the program as Ctrl+Q does; return its exit status."""
        pipes = (self._program.stdin, self._program.stdout)
        if self._program.poll() is None:
            assert self._program.stdin is not None
            with suppress(BrokenPipeError):  # it is ending by itself
                self._program.stdin.write("window.close()\n")
                self._program.stdin.flush()
            try:
                self._program.wait(timeout=60)
            except subprocess.TimeoutExpired:
                self._program.kill()
                self._program.wait()
        for pipe in pipes:
            if pipe is not None:
                with suppress(BrokenPipeError):  # what it was still told
                    pipe.close()
        return self._program.returncode
