#!/usr/bin/env python3
"""Make the program into one folder that needs no Python, try it, and pack it for Debian.

    python3 .ci/bundle.py build [FOLDER]   # FOLDER/perser-gui, by PyInstaller
    python3 .ci/bundle.py try [FOLDER]     # start it, label, adapt, play; any fatal line fails
    python3 .ci/bundle.py deb [FOLDER]     # FOLDER/perser-gui_VERSION_ARCH.deb, checked and tried
    python3 .ci/bundle.py icon [FOLDER]    # FOLDER/work/perser-gui.png, which `build` asks for

PyInstaller is GPL, with the exception that what it builds may have any licence; it builds the
bundle and is no part of it but for its small loader. What goes in is `bundle/perser.spec`'s to
say, the packages are those of `lock/bundle.txt`, and torch is the build that its range gives here.
FOLDER is build/bundle unless told otherwise. Trying needs Xvfb and PulseAudio where these are to be
tried too.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HERE = ROOT / ".ci" / "bundle"
ICON = ROOT / "resources" / "icons" / "perser-gui.svg"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
HOME = "usr/lib/perser-gui"

FATAL = re.compile(
    r"Traceback|Segmentation fault|core dumped|Aborted|\bFATAL\b|\bCRITICAL\b"
    r"|qt\.qpa\..*(could not|failed)|cannot open shared object|Failed to (load|execute)"
    r"|ImportError|ModuleNotFoundError",
    re.IGNORECASE,
)
"""What no line of the program's output may hold."""

MAINTAINER = "The perser-gui founders <perser-gui@localhost>"
DEPENDS = (
    *("libportaudio2", "libegl1", "libgl1", "libfontconfig1", "libdbus-1-3"),
    *("libxkbcommon-x11-0", "libxcb-cursor0", "libxcb-icccm4", "libxcb-keysyms1", "libxcb-shape0"),
    *("libxcb-image0", "libxcb-render-util0", "libxcb-xinerama0"),
)
"""The Debian packages that the program needs, besides the C library (`needed_libc`)."""


def say(text: str) -> None:
    """Print one line under the project's name."""
    print(f"[perser-gui] {text}", flush=True)


def call(*command: str | Path, **options: object) -> None:
    """Run a command; end here if it fails."""
    words = [str(part) for part in command]
    if subprocess.run(words, check=False, **options).returncode:
        raise SystemExit(f"[perser-gui] this failed: {' '.join(words)}")


def version() -> str:
    """Return the program's version."""
    said: dict[str, str] = {}
    exec((ROOT / "perser_gui" / "version.py").read_text(encoding="utf-8"), said)
    return said["__version__"]


def moment() -> str:
    """Return the time that all files get, in seconds since 1970: the last commit's."""
    told = os.environ.get("SOURCE_DATE_EPOCH")
    if told:
        return told
    command = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() or "1580601600"


def environment_of(folder: Path) -> Path:
    """Return the Python that a bundle is built with."""
    return folder / "work" / "venv" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def icon_of(folder: Path) -> Path:
    """Return the picture that PyInstaller makes the icons of Windows and macOS from."""
    return folder / "work" / "perser-gui.png"


def build(folder: Path) -> None:
    """Make the bundle in an environment of its own."""
    python = environment_of(folder)
    shutil.rmtree(folder / "work", ignore_errors=True)
    call(sys.executable, "-m", "venv", python.parent.parent)
    install = (python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    call(*install, "--require-hashes", "-r", ROOT / ".ci" / "lock" / "bundle.txt")
    call(*install, next(one for one in needed["dependencies"] if one.startswith("torch>")))
    call(*install, "--no-deps", "--no-build-isolation", ROOT)
    freeze(folder, python)


def freeze(folder: Path, python: Path) -> None:
    """Run PyInstaller in an environment that holds the program.

    It runs outside of the checkout: there it would find the checkout's package, which has neither
    models nor resources inside, before the one that is installed.
    """
    call(python, __file__, "icon", folder)
    settled = {**os.environ, "SOURCE_DATE_EPOCH": moment(), "PYTHONHASHSEED": "0"}
    settled |= {"PERSER_ICON": str(icon_of(folder)), "PERSER_VERSION": version()}
    places = ("--distpath", folder, "--workpath", folder / "work" / "pyinstaller")
    command = (python, "-m", "PyInstaller", "--noconfirm", "--log-level=WARN", *places)
    call(*command, HERE / "perser.spec", env=settled, cwd=folder / "work")
    one_program_with_two_names(folder / "perser-gui")
    say(f"{folder / 'perser-gui'}: {megabytes(folder / 'perser-gui')} MB")


def one_program_with_two_names(bundle: Path) -> None:
    """Keep the two doors once on the disk where they are the same to the byte."""
    window, terminal = bundle / "perser-gui", bundle / "perser"
    if os.name == "posix" and window.read_bytes() == terminal.read_bytes():
        terminal.unlink()
        terminal.hardlink_to(window)


def megabytes(path: Path) -> int:
    """Return how much a folder or file holds; what has two names counts once."""
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    found = {one.lstat().st_ino: one.lstat().st_size for one in files if not one.is_symlink()}
    return round(sum(found.values()) / 1e6)


def try_bundle(bundle: Path) -> None:
    """Start the bundle as a person would, without and with a screen and a loudspeaker."""
    outside = {k: v for k, v in os.environ.items() if not k.startswith(("PYTHON", "VIRTUAL_ENV"))}
    with tempfile.TemporaryDirectory(prefix="perser-try-") as folder, ExitStack() as stack:
        outside |= {"PERSER_HOME": folder, "OMP_NUM_THREADS": "1"}
        outside.pop("DISPLAY", None)
        found = json.loads(answer(bundle / "perser", "doctor", "--json", env=outside))
        states = {check["name"]: check["state"] for check in found["checks"]}
        say(f"doctor: {', '.join(f'{name} {state}' for name, state in states.items())}")
        if not found["ok"] or states["window"] != "ok":
            raise SystemExit(f"[perser-gui] the doctor is not content: {found}")
        demo = json.loads(answer(bundle / "perser", "demo", "--json", env=outside))
        say(f"demo: {demo['right']}, {demo['seconds']} s")
        window = bundle / "perser-gui"
        trial(window, {**outside, "QT_QPA_PLATFORM": "offscreen"}, "without a screen")
        if shutil.which("Xvfb"):
            display = stack.enter_context(screen())
            trial(window, {**outside, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"}, "Xvfb")
            with_sound(window, {**outside, "DISPLAY": display, "QT_QPA_PLATFORM": "xcb"})


def answer(*command: str | Path, env: Mapping[str, str]) -> str:
    """Return what a program prints; end here if it fails or prints a fatal line."""
    words = [str(part) for part in command]
    done = subprocess.run(
        words, env=dict(env), cwd="/", capture_output=True, text=True, check=False, timeout=600
    )
    fatal = [line for line in (done.stdout + done.stderr).splitlines() if FATAL.search(line)]
    if done.returncode or fatal:
        raise SystemExit(
            f"[perser-gui] {' '.join(words)} ended with {done.returncode}; fatal lines: {fatal}\n"
            f"{done.stdout}\n{done.stderr}"
        )
    return done.stdout


def trial(window: Path, env: Mapping[str, str], where: str) -> dict[str, object]:
    """Let the window do its main job by itself."""
    found: dict[str, object] = json.loads(answer(window, "--trial", env=env))
    say(f"{where}: {found['labels']} labels, sound: {found['sound']}; {found['adapted']}")
    return found


@contextmanager
def screen() -> Iterator[str]:
    """Start a screen and yield its name."""
    reading, writing = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        "1400x900x24",
        "-nolisten",
        "tcp",
    ]
    with subprocess.Popen(command, pass_fds=[writing], stderr=subprocess.DEVNULL) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as stream:
                yield f":{stream.readline().strip()}"
        finally:
            server.terminate()


def with_sound(window: Path, env: Mapping[str, str]) -> None:
    """Do the trial once more, at a virtual loudspeaker that is listened to."""
    sys.path.insert(0, str(ROOT))
    try:
        from tests.loopback.server import missing, sound_server
    except ImportError as error:
        say(f"not tried with a loudspeaker: {error}")
        return
    if missing():
        say(f"not tried with a loudspeaker: {missing()}")
        return
    with sound_server() as server, server.awake("ci_spk"):
        heard = server.record_speaker()
        names = ("PULSE_SERVER", "HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME")
        sound = {name: server.environment[name] for name in names}
        found = trial(window, {**env, **sound}, "Xvfb and a loudspeaker")
        samples = heard.stop()
    loud = int((abs(samples) > 0.01).sum())
    say(f"the loudspeaker played {loud / 16_000:.1f} s that can be heard")
    if found["sound"] != "played" or loud < 8_000:
        raise SystemExit("[perser-gui] nothing came out of the loudspeaker")


def deb(folder: Path) -> Path:
    """Pack the bundle for Debian, check what describes it, and try it where it was unpacked."""
    bundle, name = folder / "perser-gui", "perser-gui"
    machine = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()
    stage = folder / "work" / "deb"
    shutil.rmtree(stage, ignore_errors=True)
    (stage / "usr/bin").mkdir(parents=True)
    shutil.copytree(bundle, stage / HOME, symlinks=True)
    one_program_with_two_names(stage / HOME)
    for program in ("perser", "perser-gui"):
        (stage / "usr/bin" / program).symlink_to(f"../lib/perser-gui/{program}")
    written(
        stage / f"usr/share/applications/{name}.desktop", (HERE / f"{name}.desktop").read_text()
    )
    about = (HERE / f"{name}.metainfo.xml").read_text().replace("@VERSION@", version())
    date = datetime.fromtimestamp(int(moment()), UTC)
    dated = about.replace("@DATE@", f"{date:%Y-%m-%d}")
    written(stage / f"usr/share/metainfo/{name}.metainfo.xml", dated)
    icons(stage / "usr/share/icons/hicolor")
    papers(stage / f"usr/share/doc/{name}", date)
    control = {
        "Package": name,
        "Version": version(),
        "Architecture": machine,
        "Maintainer": MAINTAINER,
        "Installed-Size": str(megabytes(stage) * 1000),
        "Depends": ", ".join((f"libc6 (>= {needed_libc(bundle)})", *DEPENDS)),
        "Recommends": "ffmpeg, pulseaudio | pipewire-pulse",
        "Section": "sound",
        "Priority": "optional",
        "Description": "label speech the way you hear it, and let a model adapt to you\n"
        " A desktop and terminal program in which one listener labels a handful of speech\n"
        " clips, and a model adapts to how that listener labels them. Works offline.",
    }
    text = "".join(f"{key}: {value}\n" for key, value in control.items())
    written(stage / "DEBIAN/control", text)
    check(stage)
    package = folder / f"{name}_{version()}_{machine}.deb"
    settled = {**os.environ, "SOURCE_DATE_EPOCH": moment()}
    call("dpkg-deb", "--root-owner-group", "-Zzstd", "-z9", "--build", stage, package, env=settled)
    say(f"{package}: {megabytes(package)} MB, {megabytes(stage)} MB when installed")
    return package


def needed_libc(bundle: Path) -> str:
    """Return the oldest C library that everything in a folder runs with, as "2.36"."""
    found = {(2, 28)}  # what Qt asks for
    for path in bundle.rglob("*"):
        if path.is_file() and not path.is_symlink():
            content = path.read_bytes()
            if content[:4] == b"\x7fELF":
                names = re.findall(rb"\0GLIBC_(\d+)\.(\d+)(?=[.\d]*\0)", content)
                found |= {(int(major), int(minor)) for major, minor in names}
    return "{}.{}".format(*max(found))


def written(path: Path, text: str) -> None:
    """Write a text file that anybody may read."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(0o644)


def icons(folder: Path) -> None:
    """Draw the icon in every size, and lay the drawing beside them."""
    written(folder / "scalable/apps/perser-gui.svg", ICON.read_text(encoding="utf-8"))
    for size in SIZES:
        draw_icon(folder / f"{size}x{size}" / "apps" / "perser-gui.png", size)


def draw_icon(path: Path, size: int) -> None:
    """Draw the icon, `size` pixels wide and high."""
    from PySide6.QtCore import QByteArray, QRectF, Qt
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(ICON.read_bytes())).render(painter, QRectF(0, 0, size, size))
    painter.end()
    path.parent.mkdir(parents=True, exist_ok=True)
    if not image.save(str(path)):
        raise SystemExit(f"[perser-gui] {path} could not be written")


def papers(folder: Path, date: datetime) -> None:
    """Lay the licences and the changes beside the program, as Debian asks for."""
    licences = sorted((*ROOT.glob("models/*/LICENSE*"), *ROOT.glob("resources/fonts/LICENSE*")))
    parts = [(ROOT / "LICENSE").read_text(encoding="utf-8")]
    parts += [f"{one.relative_to(ROOT)}\n\n{one.read_text(encoding='utf-8')}" for one in licences]
    parts.append(
        "The libraries in /usr/lib/perser-gui/_internal have licences of their own, which lie in "
        "their *.dist-info folders; Qt is used under the LGPL 3 and can be exchanged there. On\n"
        "Debian that licence is in /usr/share/common-licenses/LGPL-3.\n"
    )
    written(folder / "copyright", ("\n" + 70 * "-" + "\n\n").join(parts))
    told = (
        f"perser-gui ({version()}) unstable; urgency=medium\n\n  * What is new: NEWS.gz.\n\n"
        f" -- {MAINTAINER}  {date:%a, %d %b %Y %H:%M:%S} +0000\n"
    )
    news = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    for name, text in (("changelog.gz", told), ("NEWS.gz", news)):
        (folder / name).write_bytes(gzip.compress(text.encode(), mtime=0))


def check(stage: Path) -> None:
    """Have the desktop file and the description checked by the tools made for it."""
    desktop = stage / "usr/share/applications/perser-gui.desktop"
    about = stage / "usr/share/metainfo/perser-gui.metainfo.xml"
    for command in (
        ("desktop-file-validate", desktop),
        ("appstreamcli", "validate", "--no-net", about),
    ):
        if shutil.which(str(command[0])):
            call(*command)
        else:
            say(f"not checked: {command[0]} is not installed")


def try_deb(package: Path) -> None:
    """Unpack a package by dpkg into a root of its own, and try what lies there."""
    with tempfile.TemporaryDirectory(prefix="perser-root-") as folder:
        for part in ("updates", "info", "triggers"):
            Path(folder, "var/lib/dpkg", part).mkdir(parents=True)
        for part in ("status", "available"):
            Path(folder, "var/lib/dpkg", part).touch()
        options = (
            f"--root={folder}",
            "--force-depends",
            "--force-not-root",
            "--force-script-chrootless",
        )
        call("dpkg", *options, "--install", package, stdout=subprocess.DEVNULL)
        try_bundle(Path(folder, HOME))
        for program in ("perser", "perser-gui"):
            link = Path(folder, "usr/bin", program)
            say(answer(link, "--version", env=os.environ).strip())


def main() -> int:
    """Do what the first argument says."""
    if len(sys.argv) not in (2, 3) or sys.argv[1] not in ("build", "try", "deb", "icon"):
        raise SystemExit(__doc__)
    folder = Path(sys.argv[2] if len(sys.argv) == 3 else ROOT / "build" / "bundle").absolute()
    python = environment_of(folder)
    if sys.argv[1] == "build":
        build(folder)
    elif python.exists() and Path(sys.prefix) != python.parent.parent:
        call(python, __file__, sys.argv[1], folder)  # it has what drawing and listening need
    elif sys.argv[1] == "icon":
        draw_icon(icon_of(folder), 1024)
    elif sys.argv[1] == "try":
        try_bundle(folder / "perser-gui")
    else:
        try_deb(deb(folder))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
