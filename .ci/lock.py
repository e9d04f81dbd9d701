#!/usr/bin/env python3
"""The development set-up's packages, each with its version and its hashes.

    python3 .ci/lock.py            # resolve anew and write the files in .ci/lock/
    python3 .ci/lock.py --check    # say what of pyproject.toml the files do not fulfil

The files hold for every platform and for Python 3.11 and newer. torch is not in them:
which of its builds is wanted (CPU, CUDA, Apple) depends on the machine, so `go.py` asks for
it by its range; what torch itself needs is in them, except CUDA. Writing needs uv,
which the extra `test` brings; checking needs only `packaging`.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".ci" / "lock"
EXTRAS = {"test": ("test",), "run": (), "bundle": (), "container": ("bulk", "s3")}
"""Each lock file by its name, with the extras of pyproject.toml that it is for."""

BUILDER = "pyinstaller>=6.16"
"""Builds the bundle. It is GPL, with the exception that what it builds may have any licence; it is
no part of the program and no dependency of it."""

BY_MACHINE = re.compile(r"^(torch|triton|nvidia-.*|cuda-.*)$")
"""Packages that are not locked."""

EDITABLE = ("editables",)
"""What hatchling needs to install a checkout in place."""


def project() -> dict[str, Any]:
    """Return what pyproject.toml says."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def wanted(name: str) -> list[str]:
    """Return the requirements that a lock file must fulfil.

    An extra that names another one of the program has that one beside it in `EXTRAS`.
    """
    said = project()
    own = f"{said['project']['name']}["
    extras = [said["project"]["optional-dependencies"][extra] for extra in EXTRAS[name]]
    required = [said["project"]["dependencies"], said["build-system"]["requires"], *extras]
    rest = (*EDITABLE, BUILDER) if name == "bundle" else EDITABLE
    return [*(one for many in required for one in many if not one.startswith(own)), *rest]


def write() -> None:
    """Resolve all requirements and write the lock files; all of them hold the same versions."""
    FOLDER.mkdir(exist_ok=True)
    for name in EXTRAS:
        with tempfile.TemporaryDirectory() as folder:
            source, found = Path(folder, "wanted.in"), Path(folder, "found.txt")
            source.write_text("\n".join(wanted(name)), encoding="utf-8")
            command = [
                sys.executable,
                "-m",
                "uv",
                "pip",
                "compile",
                str(source),
                "--universal",
                "--python-version=3.11",
            ]
            command += ["--generate-hashes", "--no-header", "--no-annotate", "-o", str(found)]
            if name != "test":
                command += ["-c", str(FOLDER / "test.txt")]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            text = found.read_text(encoding="utf-8")
        kept = [block for block in blocks(text) if not BY_MACHINE.match(pinned(block)[0])]
        head = f"# The set-up “{name}”; written by .ci/lock.py, which says more.\n"
        (FOLDER / f"{name}.txt").write_text(head + "".join(kept), encoding="utf-8")


def blocks(text: str) -> list[str]:
    """Return each pinned package of a lock file with its hashes, lines and all."""
    return re.findall(r"^[a-zA-Z0-9].*\n(?:[ \t]+.*\n?)*", text, re.M)


def pinned(block: str) -> tuple[str, str, str]:
    """Return a package's name, its version, and the marker that says where it is for."""
    found = re.match(r"([A-Za-z0-9._-]+)==(\S+)(?: *; *([^\\]*[^\\ ]))?", block)
    if found is None:
        raise SystemExit(f"This is no pinned package: {block.splitlines()[0]}")
    return found[1].lower(), found[2], found[3] or ""


def faults(name: str, text: str, required: list[str]) -> list[str]:
    """Return in sentences what is wrong with the text of a lock file; [] if nothing is."""
    from packaging.markers import Marker
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    said: list[str] = []
    versions: dict[str, list[tuple[str, str]]] = {}
    for block in blocks(text):
        package, version, marker = pinned(block)
        versions.setdefault(package, []).append((version, marker))
        if "--hash=sha256:" not in block:
            said.append(f"{name}.txt: {package} has no hash.")
        if BY_MACHINE.match(package):
            said.append(f"{name}.txt: {package} depends on the machine and must not be pinned.")
    for line in required:
        one = Requirement(line)
        package = canonicalize_name(one.name)
        if BY_MACHINE.match(package) or (one.marker and not one.marker.evaluate()):
            continue
        here = [
            v for v, marker in versions.get(package, []) if not marker or Marker(marker).evaluate()
        ]
        if len(here) != 1:
            said.append(f"{name}.txt: {package} is pinned {len(here)} times for this machine.")
        elif not one.specifier.contains(here[0], prereleases=True):
            said.append(f"{name}.txt: {package} {here[0]} is not {one.specifier}.")
    return said


def main() -> int:
    """Write or check; 0 if all is well."""
    if sys.argv[1:] not in ([], ["--check"]):
        raise SystemExit(__doc__)
    if not sys.argv[1:]:
        write()
    said = []
    for name in EXTRAS:
        text = (FOLDER / f"{name}.txt").read_text(encoding="utf-8")
        said += faults(name, text, wanted(name))
    for sentence in said:
        print(f"[perser-gui] {sentence} Please run python3 .ci/lock.py.")
    return 1 if said else 0


if __name__ == "__main__":
    raise SystemExit(main())
