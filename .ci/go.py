#!/usr/bin/env python3
"""Set everything up on a fresh machine, then run the program, its tests, or these with coverage.

    python3 .ci/go.py run  [arguments of perser-gui]
    python3 .ci/go.py test [arguments of pytest]
    python3 .ci/go.py coverage [arguments of pytest]

Needs only Python 3.11 or newer. System libraries are installed where they are
missing and apt is there (PortAudio, Qt's X libraries; for the tests also a virtual
sound server, espeak-ng, ffmpeg and what checks a desktop file); Python packages go into `.venv`
in this folder, in the versions of `.ci/lock/` (`.ci/lock.py` writes it anew).
"""

from __future__ import annotations

import ctypes.util
import hashlib
import os
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

LIBRARIES = {
    # library that must be found: Debian package that brings it
    "portaudio": "libportaudio2",
    "EGL": "libegl1",
    "GL": "libgl1",
    "xkbcommon-x11": "libxkbcommon-x11-0",
    "dbus-1": "libdbus-1-3",
    "fontconfig": "libfontconfig1",
    "xcb-cursor": "libxcb-cursor0",
    "xcb-icccm": "libxcb-icccm4",
    "xcb-keysyms": "libxcb-keysyms1",
    "xcb-shape": "libxcb-shape0",
    "xcb-xinerama": "libxcb-xinerama0",
    "xcb-image": "libxcb-image0",
    "xcb-render-util": "libxcb-render-util0",
}
TEST_PROGRAMS = {
    "pulseaudio": ("pulseaudio", "libasound2-plugins"),
    "pactl": ("pulseaudio-utils",),
    "Xvfb": ("xvfb", "xauth"),
    "openbox": ("openbox",),
    "xdotool": ("xdotool",),
    "setxkbmap": ("x11-xkb-utils",),
    "espeak-ng": ("espeak-ng",),
    "ffmpeg": ("ffmpeg",),
    "strace": ("strace",),
    "desktop-file-validate": ("desktop-file-utils",),
    "appstreamcli": ("appstream",),
}
WINDOW = "perser_gui/ui/*"
LEAST, LEAST_OF_THE_WINDOW = 90, 80
"""Percent of lines and branches that the tests must take, outside and inside of the window."""
FONT = Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf")


def say(text: str) -> None:
    """Print one line under the project's name."""
    print(f"[perser-gui] {text}", flush=True)


def missing_packages(*, tests: bool) -> list[str]:
    """Return the Debian packages whose libraries or programs are not on this machine."""
    wanted = [package for name, package in LIBRARIES.items() if not ctypes.util.find_library(name)]
    if not FONT.exists() and not shutil.which("fc-list"):
        wanted.append("fonts-dejavu-core")
    if tests:
        for program, packages in TEST_PROGRAMS.items():
            if not shutil.which(program):
                wanted.extend(packages)
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        wanted.append("python3-venv")
    return wanted


def install_system_packages(*, tests: bool) -> None:
    """Install missing system packages with apt; elsewhere say what is missing and go on."""
    if not sys.platform.startswith("linux"):
        return
    wanted = missing_packages(tests=tests)
    if not wanted:
        return
    names = " ".join(wanted)
    if not shutil.which("apt-get"):
        say(f"these system packages seem to be missing: {names} (names as in Debian); going on.")
        return
    prefix: list[str] = []
    if os.geteuid() != 0:
        if not shutil.which("sudo"):
            say(f"please install as administrator: apt-get install {names}; going on without.")
            return
        prefix = ["sudo"] if sys.stdin.isatty() else ["sudo", "-n"]
    say(f"installing system packages: {names}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    quiet = {"stdout": subprocess.DEVNULL, "env": environment, "check": False}
    subprocess.run([*prefix, "apt-get", "update", "-qq"], **quiet)
    done = subprocess.run([*prefix, "apt-get", "install", "-y", "-qq", *wanted], **quiet)
    if done.returncode:
        say(f"some system packages could not be installed ({names}); going on without them.")


def make_environment(extra: str) -> None:
    """Create `.venv` and install this checkout into it, unless that is already done.

    All packages are the ones of the lock file, told by their hashes. Only torch is taken by its
    range, since its right build depends on the machine.
    """
    lock = ROOT / ".ci" / "lock" / f"{extra or 'run'}.txt"
    project = (ROOT / "pyproject.toml").read_bytes()
    said = project + lock.read_bytes() + extra.encode() + sys.version.encode()
    wanted = hashlib.sha256(said).hexdigest()
    stamp = VENV / f"installed-{extra or 'run'}"
    if PYTHON.exists() and stamp.exists() and stamp.read_text() == wanted:
        return
    if not PYTHON.exists():
        say(f"making a virtual environment in {VENV.name}/")
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    say("installing Python packages (the first time takes some minutes)")
    needed = tomllib.loads(project.decode())["project"]["dependencies"]
    torch = next(one for one in needed if one.startswith("torch>"))
    command = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    steps = [
        [*command, "--require-hashes", "-r", str(lock)],
        [*command, torch],
        [*command, "--no-deps", "--no-build-isolation", "-e", "."],
    ]
    for attempt in (1, 2, 3):
        if all(subprocess.run(step, cwd=ROOT, check=False).returncode == 0 for step in steps):
            stamp.write_text(wanted)
            return
        say(f"the installation did not finish (attempt {attempt}); trying again")
        time.sleep(5 * attempt)
    raise SystemExit(
        "[perser-gui] the Python packages could not be installed; see the lines above."
    )


def has_display() -> bool:
    """Return whether a window can be shown here."""
    if not sys.platform.startswith("linux"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def run(arguments: list[str]) -> int:
    """Open the desk with the starter clips; without a display do the same job in the terminal."""
    install_system_packages(tests=False)
    make_environment("")
    if has_display() or os.environ.get("QT_QPA_PLATFORM"):
        say("opening the desk")
        command = [str(PYTHON), "-m", "perser_gui", *(arguments or ["--starter"])]
    else:
        say("no display here: the same job in the terminal (label, adapt, compare)")
        command = [str(PYTHON), "-m", "perser_gui.cli", "demo"]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def workers() -> int:
    """Return how many tests may run at once.

    One a core, at most four for the memory's sake, and one more, since the tests in real time,
    which the first worker begins with, mostly wait.
    """
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return max(1, min(4, usable or 1)) + 1


def surroundings() -> dict[str, str]:
    """Return the environment of the tests, whose many programs read compiled modules."""
    kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    return {"OMP_NUM_THREADS": "1", "QT_QPA_PLATFORM": "offscreen", **kept}


def test(arguments: list[str]) -> int:
    """Run style, types, import contracts and all tests; 0 only if all of them pass."""
    install_system_packages(tests=True)
    make_environment("test")
    checks = [
        [str(PYTHON), "-m", "ruff", "check", "."],
        [str(PYTHON), "-m", "ruff", "format", "--check", "."],
        [str(PYTHON), "-m", "mypy"],
        [str(BIN / "lint-imports"), "--no-cache"],
    ]
    failed = [
        " ".join(c[1:]) for c in checks if subprocess.run(c, cwd=ROOT, check=False).returncode
    ]
    parallel = [f"--numprocesses={workers()}", "--dist=loadfile"]
    tests = subprocess.run(
        [str(PYTHON), "-m", "pytest", "--durations=15", *parallel, *arguments],
        cwd=ROOT,
        env=surroundings(),
        check=False,
    ).returncode
    for name in failed:
        say(f"failed: {name}")
    return 1 if failed else tests


def coverage(arguments: list[str]) -> int:
    """Run all tests with every branch watched; 0 only if enough of them were taken.

    This is apart from `test`, which it would slow down.
    """
    install_system_packages(tests=True)
    make_environment("test")
    parallel = [f"--numprocesses={workers()}", "--dist=loadfile"]
    watched = ["--cov", "--cov-report="]
    tests = [str(PYTHON), "-m", "pytest", *parallel, *watched, *arguments]
    report = [str(PYTHON), "-m", "coverage", "report", "--skip-covered", "--precision=1"]
    steps = [
        tests,
        [*report, f"--omit={WINDOW}", f"--fail-under={LEAST}"],
        [*report, f"--include={WINDOW}", f"--fail-under={LEAST_OF_THE_WINDOW}"],
    ]
    codes = [subprocess.run(s, cwd=ROOT, env=surroundings(), check=False).returncode for s in steps]
    return max(codes)


def main() -> int:
    """Read the first argument and do what it says."""
    commands = {"run": run, "test": test, "coverage": coverage}
    if sys.version_info < (3, 11):  # noqa: UP036 - this very script runs on any Python
        raise SystemExit("[perser-gui] Python 3.11 or newer is needed.")
    if len(sys.argv) < 2 or sys.argv[1] not in commands:
        raise SystemExit(__doc__)
    return commands[sys.argv[1]](sys.argv[2:])


if __name__ == "__main__":
    raise SystemExit(main())
