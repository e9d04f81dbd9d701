"""What the program is packed with: the package for Debian, its descriptions, the container."""

from __future__ import annotations

import gzip
import importlib.util
import plistlib
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from PySide6.QtGui import QImage

ROOT = Path(__file__).parents[2]
CONTAINER = (ROOT / ".ci" / "bundle" / "Containerfile").read_text("utf-8")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


@pytest.fixture(scope="module")
def bundle() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bundle", ROOT / ".ci" / "bundle.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def library(*versions: str) -> bytes:
    """What looks like a library that asks for these versions of the C library."""
    names = b"".join(f"\0GLIBC_{one}".encode() for one in versions)
    return b"\x7fELF" + bytes(60) + names + b"\0GLIBCXX_3.4.30\0GLIBC_PRIVATE\0"


def made(folder: Path) -> Path:
    """A folder as the bundle is, with next to nothing in it."""
    inside = folder / "perser-gui" / "_internal"
    inside.mkdir(parents=True)
    for door in ("perser", "perser-gui"):
        (folder / "perser-gui" / door).write_bytes(library("2.2.5", "2.17") + b"the door" * 9000)
        (folder / "perser-gui" / door).chmod(0o755)
    (inside / "libnew.so.1").write_bytes(library("2.4", "2.31.9", "2.33"))
    (inside / "notes.txt").write_bytes(b"\0GLIBC_2.99\0")
    (inside / "libnew.so").symlink_to("libnew.so.1")
    return folder


def test_the_oldest_c_library_is_read_from_the_libraries(
    bundle: ModuleType, tmp_path: Path
) -> None:
    folder = made(tmp_path) / "perser-gui"
    assert bundle.needed_libc(folder) == "2.33"
    (folder / "_internal" / "libnewer.so").write_bytes(library("2.9", "2.101"))
    assert bundle.needed_libc(folder) == "2.101"


@pytest.mark.skipif(not shutil.which("dpkg-deb"), reason="packages are built where dpkg is")
def test_the_package_says_what_it_needs_and_comes_out_the_same_again(
    bundle: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1580601600")
    first, second = (bundle.deb(made(tmp_path / name)) for name in ("first", "second"))
    assert first.read_bytes() == second.read_bytes()

    def told(*words: str) -> str:
        command = ["dpkg-deb", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    assert told("--field", str(first), "Depends").startswith("libc6 (>= 2.33), libportaudio2")
    listed = told("--contents", str(first))
    for wanted in (
        "./usr/bin/perser -> ../lib/perser-gui/perser\n",
        "./usr/lib/perser-gui/_internal/libnew.so -> libnew.so.1\n",
        "./usr/share/applications/perser-gui.desktop\n",
        "./usr/share/icons/hicolor/128x128/apps/perser-gui.png\n",
        "./usr/share/metainfo/perser-gui.metainfo.xml\n",
        "./usr/share/doc/perser-gui/copyright\n",
    ):
        assert wanted in listed
    assert "link to ./usr/lib/perser-gui/perser" in listed  # two names, once on the disk
    root = tmp_path / "root"
    told("--extract", str(first), str(root))
    assert (root / "usr/bin/perser-gui").resolve(strict=True).is_file()
    about = (root / "usr/share/metainfo/perser-gui.metainfo.xml").read_text("utf-8")
    assert 'date="2020-02-02"' in about
    papers = root / "usr/share/doc/perser-gui"
    changes = gzip.decompress((papers / "changelog.gz").read_bytes()).decode()
    assert changes.startswith(f"perser-gui ({bundle.version()}) ")
    assert changes.endswith(">  Sun, 02 Feb 2020 00:00:00 +0000\n")
    assert gzip.decompress((papers / "NEWS.gz").read_bytes()).startswith(b"# Changelog")
    assert f'version="{bundle.version()}"' in about


@pytest.mark.parametrize("tool", ["desktop-file-validate", "appstreamcli"])
def test_what_describes_the_program_is_checked_and_a_fault_is_found(
    bundle: ModuleType, tool: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    if not shutil.which(tool):
        pytest.skip(f"{tool} is not installed")
    desktop = tmp_path / "usr/share/applications/perser-gui.desktop"
    about = tmp_path / "usr/share/metainfo/perser-gui.metainfo.xml"
    source = ROOT / ".ci" / "bundle"
    bundle.written(desktop, (source / desktop.name).read_text("utf-8"))
    said = (source / about.name).read_text("utf-8")
    bundle.written(about, said.replace("@VERSION@", "0.1.0").replace("@DATE@", "2026-01-02"))
    bundle.check(tmp_path)
    if tool == "appstreamcli":
        about.write_text(about.read_text("utf-8").replace("</summary>", ".</sumary>"))
    else:
        desktop.write_text(desktop.read_text("utf-8").replace("Type=Application\n", ""))
    with pytest.raises(SystemExit, match=tool):
        bundle.check(tmp_path)
    capfd.readouterr()


def test_the_bundle_is_made_outside_of_the_checkout_with_icon_and_version(
    bundle: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There the checkout's package, without its models, would be found before the installed one."""
    called: list[tuple[tuple[object, ...], dict[str, Any]]] = []
    monkeypatch.setattr(bundle, "call", lambda *words, **options: called.append((words, options)))
    bundle.freeze(made(tmp_path), Path("python"))
    (_drawing, _), (words, options) = called
    assert "PyInstaller" in words
    assert options["cwd"] == tmp_path / "work"
    assert options["env"]["PERSER_VERSION"] == bundle.version()

    monkeypatch.setattr(sys, "argv", ["bundle.py", "icon", str(tmp_path)])
    assert bundle.main() == 0
    picture = QImage(options["env"]["PERSER_ICON"])
    assert (picture.width(), picture.height()) == (1024, 1024)
    assert picture.pixelColor(512, 512).alpha() == 255
    assert picture.pixelColor(0, 0).alpha() == 0


class Part:
    """What stands for a part of PyInstaller: it keeps what it was given."""

    binaries: tuple[()] = ()
    datas: tuple[()] = ()
    pure: tuple[()] = ()
    scripts: tuple[()] = ()

    def __init__(self, *_parts: object, **said: Any) -> None:
        self.said = said


def spec_on(
    system: str, monkeypatch: pytest.MonkeyPatch, place: str = "perser_gui/models/perser-base"
) -> list[Part]:
    """Run what PyInstaller would run on a system; return the apps that were asked for."""
    hooks: Any = ModuleType("PyInstaller.utils.hooks")
    hooks.collect_data_files = lambda *_name, **_which: [("a file", place)]
    hooks.collect_submodules = lambda _name: []
    hooks.copy_metadata = lambda _name, recursive: []
    monkeypatch.setitem(sys.modules, "PyInstaller", ModuleType("PyInstaller"))
    monkeypatch.setitem(sys.modules, "PyInstaller.utils", ModuleType("PyInstaller.utils"))
    monkeypatch.setitem(sys.modules, hooks.__name__, hooks)
    monkeypatch.setattr(sys, "platform", system)
    apps: list[Part] = []

    def app(*parts: Part, **said: Any) -> None:
        apps.append(Part(*parts, **said))

    path = ROOT / ".ci" / "bundle" / "perser.spec"
    known = {"SPECPATH": str(path.parent), "BUNDLE": app}
    known |= dict.fromkeys(("Analysis", "PYZ", "EXE", "COLLECT"), Part)
    exec(compile(path.read_text("utf-8"), path.name, "exec"), known)
    return apps


def test_the_app_of_a_mac_opens_the_window_and_may_ask_for_the_microphone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert spec_on("linux", monkeypatch) == []
    monkeypatch.setenv("PERSER_VERSION", "1.2.3")
    (app,) = spec_on("darwin", monkeypatch)
    assert app.said["version"] == "1.2.3"
    assert re.fullmatch(r"[a-zA-Z0-9-]+(\.[a-zA-Z0-9-]+)+", app.said["bundle_identifier"])
    plist = app.said["info_plist"]
    assert plist["CFBundleExecutable"] == "perser-gui"
    assert plist["LSBackgroundOnly"] is False
    assert "this computer" in plist["NSMicrophoneUsageDescription"]
    rights = plistlib.loads((ROOT / ".ci" / "bundle" / "entitlements.plist").read_bytes())
    assert rights["com.apple.security.device.audio-input"] is True


def test_a_package_without_models_is_not_bundled(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SystemExit, match="holds no models"):
        spec_on("linux", monkeypatch, place="perser_gui")


def test_the_container_takes_all_that_the_wheel_is_built_from() -> None:
    copied = {
        source
        for line in re.findall(r"^COPY (.+)$", CONTAINER, re.M)
        for source in line.split()[:-1]
    }
    assert "." not in copied  # a checkout's environment, builds and runs stay out
    assert all((ROOT / source).exists() for source in copied)
    wheel = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]
    wanted = {*wheel["packages"], *wheel["force-include"], PROJECT["project"]["readme"]}
    wanted |= {pattern.split("/")[0] for pattern in PROJECT["project"]["license-files"]}
    assert {*wanted, "pyproject.toml"} <= copied


def test_the_container_asks_for_the_same_torch() -> None:
    (torch,) = (one for one in PROJECT["project"]["dependencies"] if one.startswith("torch>"))
    assert f'"{torch}"' in CONTAINER
