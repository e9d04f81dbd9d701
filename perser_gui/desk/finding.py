"""Where the files of a table are on this computer, however they were called on another."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from perser_gui.errors import PerserError
from perser_gui.progress import Progress

How = Literal["named", "content", "path", "name"]
"""How a file was found: where the table says; by its bytes; by the end of its path; by its name."""

WAYS: Mapping[How, str] = {
    "named": "where the table says",
    "content": "by their content",
    "path": "by the folders in their path",
    "name": "by their name alone",
}
"""The ways in words, in the order in which they are tried."""

_UPLOADED = re.compile(r"[0-9a-f]{8}-(?=.)")


@dataclass(frozen=True)
class FoundFiles:
    """Paths by what the table calls them, how each was found, and sentences about the others.

    `changed` are files whose bytes are not those that the table was made with.
    """

    paths: Mapping[str, Path]
    how: Mapping[str, How]
    problems: Mapping[str, str]
    changed: Sequence[str] = ()

    def counts(self) -> dict[str, int]:
        """Return how many files were found each way, in words."""
        found = Counter(self.how.values())
        return {words: found[way] for way, words in WAYS.items() if found[way]}


def find_files(
    files: Mapping[str, str], root: Path, progress: Progress, *, table: Path | None = None
) -> FoundFiles:
    """Find files by name, given the SHA-256 of their bytes where that is known (else blank).

    A file is where the table says, in the folder `root` or, if `table` is given, beside the
    table; else it is the one in `root` with these bytes; else the one whose path ends alike;
    else the only one with its name. Letters and accents may be coded differently, an ending
    may be missing, and folders may be written as Windows does.

    Raises:
        Cancelled: if the progress was cancelled.
    """
    search = _Search(root, progress)
    paths: dict[str, Path] = {}
    how: dict[str, How] = {}
    problems: dict[str, str] = {}
    changed: list[str] = []
    places = [root] if table is None else [root, table.absolute().parent]
    above = _common_folder(files)
    for number, (file, sha256) in enumerate(files.items()):
        progress.report(number / len(files), f"Looking for {file[-40:]}")
        direct = next((p for place in places if (p := _at(place, file)) is not None), None)
        if direct is not None and (not sha256 or search.hash_of(direct) in ("", sha256)):
            paths[file], how[file] = direct, "named"
            continue
        same = search.with_content(sha256, _parts(file)[-1:]) if sha256 else None
        if same is not None:
            paths[file], how[file] = same, "content"
            continue
        if direct is not None:
            paths[file], how[file] = direct, "named"
        else:
            found, way, problem = search.by_path(file, above)
            if found is None:
                problems[file] = problem
                continue
            paths[file], how[file] = found, way
        if sha256:
            changed.append(file)
    progress.report(1.0, "")
    return FoundFiles(paths, how, problems, changed)


@dataclass
class _Search:
    """Looks through the folder of audio when it has to, once."""

    root: Path
    progress: Progress
    _audio: list[Path] | None = None
    _by_name: dict[str, list[Path]] = field(default_factory=dict)
    _by_stem: dict[str, list[Path]] = field(default_factory=dict)
    _hashes: dict[Path, str] = field(default_factory=dict)

    def audio(self) -> list[Path]:
        """Return all audio files in the folder."""
        if self._audio is None:
            from perser_gui.audio.folders import find_audio

            self._audio = find_audio([self.root]) if self.root.is_dir() else []
            for path in self._audio:
                self._by_name.setdefault(_key(path.name), []).append(path)
                self._by_stem.setdefault(_key(path.stem), []).append(path)
        return self._audio

    def hash_of(self, path: Path) -> str:
        """Return the SHA-256 of a file's bytes; blank if it cannot be read."""
        from perser_gui.audio.hashes import content_hash

        if path not in self._hashes:
            self.progress.check()
            try:
                self._hashes[path] = content_hash(path)
            except PerserError:
                self._hashes[path] = ""
        return self._hashes[path]

    def with_content(self, sha256: str, name: Sequence[str]) -> Path | None:
        """Return the file with these bytes, those of that name first."""
        self.audio()
        likely = [path for part in name for path in self._named(part)]
        for path in dict.fromkeys((*likely, *self.audio())):
            if self.hash_of(path) == sha256:
                return path
        return None

    def by_path(self, file: str, above: Sequence[str]) -> tuple[Path | None, How, str]:
        """Return a file by its path below the folder that all have in common, or by its name."""
        parts = _parts(file)
        inside = parts[len(above) :] if tuple(parts[: len(above)]) == tuple(above) else parts
        for length in (len(inside), *range(len(parts), 1, -1)):
            tail = parts[len(parts) - length :]
            direct = _at(self.root, "/".join(tail)) if tail and ".." not in tail else None
            if direct is not None:
                return direct, "path" if length > 1 else "name", ""
        self.audio()
        found = self._named(parts[-1]) if parts else []
        alike = {path: _in_common(path.parts, parts) for path in found}
        most = max(alike.values(), default=0)
        best = [path for path, length in alike.items() if length == most]
        if len(best) == 1:
            return best[0], "path" if most > 1 else "name", ""
        if best:
            return (
                None,
                "name",
                (
                    f"{file} could be any of {len(best)} files in {self.root} "
                    f"({', '.join(str(p.relative_to(self.root)) for p in best[:3])}); "
                    "its rows were left out."
                ),
            )
        return None, "name", f"{file} was not found in {self.root}; its rows were left out."

    def _named(self, name: str) -> list[Path]:
        """Return the files of a name, or with that name without its ending."""
        self.audio()
        for spelled in dict.fromkeys((name, unquote(name), _UPLOADED.sub("", name))):
            found = self._by_name.get(_key(spelled)) or self._by_stem.get(_key(spelled))
            if found:
                return found
        return self._by_stem.get(_key(name.rpartition(".")[0]), []) if "." in name else []


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()


def _parts(file: str) -> tuple[str, ...]:
    """Return the folders and the name of a path as any system writes it, or of an address."""
    text = file
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]+://", file) or file.startswith("/data/local-files/"):
        try:
            address = urlsplit(file)
            inside = parse_qs(address.query).get("d", [""])[0]
            text = inside or unquote(address.path)
        except ValueError:
            text = file
    text = re.sub(r"^[A-Za-z]:(?=[\\/])", "", text)
    return tuple(part for part in re.split(r"[\\/]+", text) if part not in ("", "."))


def _common_folder(files: Iterable[str]) -> tuple[str, ...]:
    """Return the folders that all paths begin with."""
    folders = [_parts(file)[:-1] for file in files]
    alike = takewhile(lambda names: len(set(names)) == 1, zip(*folders, strict=False))
    return tuple(names[0] for names in alike)


def _in_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Return how many of the last parts of two paths are alike; the name itself counts once."""
    count = 1
    for a, b in zip(reversed(one[:-1]), reversed(other[:-1]), strict=False):
        if _key(a) != _key(b):
            break
        count += 1
    return count


def _at(folder: Path, file: str) -> Path | None:
    """Return the file of this name in a folder, in any coding of its accents, or None."""
    for name in dict.fromkeys(
        (
            file,
            file.replace("\\", "/"),
            unicodedata.normalize("NFC", file),
            unicodedata.normalize("NFD", file),
        )
    ):
        try:
            path = folder / name
            if path.is_file():
                return path
        except (OSError, ValueError):
            continue
    return None
