"""Questions for files and folders: where they begin, what they suggest, how names end."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from pathlib import Path
from typing import Literal, NamedTuple

from PySide6.QtCore import QSize, QStandardPaths, QUrl
from PySide6.QtWidgets import (
    QFileDialog,
    QHeaderView,
    QSplitter,
    QToolButton,
    QTreeView,
    QWidget,
)

from perser_gui.ui.look import icons, theme
from perser_gui.ui.look.following import follow

Kind = Literal["clips", "tables", "models", "packs", "pictures", "backups", "studies"]
"""What files are asked for; the folder used last is remembered for each."""

Pairs = tuple[tuple[str, str], ...]

_AT_FIRST = {
    "clips": QStandardPaths.StandardLocation.MusicLocation,
    "pictures": QStandardPaths.StandardLocation.PicturesLocation,
}
"""Where one begins who has used no folder yet; for all else in the documents."""

_ICONS = {
    "backButton": "previous",
    "forwardButton": "next",
    "toParentButton": "up",
    "newFolderButton": "new-folder",
    "listModeButton": "menu",
    "detailModeButton": "table",
}
"""The tools of the dialog that Qt draws where the system has none, and our icons for them."""

_BESIDE = (
    QStandardPaths.StandardLocation.DocumentsLocation,
    QStandardPaths.StandardLocation.MusicLocation,
    QStandardPaths.StandardLocation.DownloadLocation,
)
"""Places that can be gone to at once, beside those that Qt offers."""

_SIZE, _PLACES = (780, 500), 140
"""How large the dialog is at first, and how wide the list of places in it (px)."""

_NOT_IN_NAMES = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]+')
_LONGEST = 120


class Destination(NamedTuple):
    """Where something is to be written, and the chosen line of the kinds of file."""

    path: Path
    form: str


class FileDialog:
    """The system's dialog for files; where it has none, Qt's with icons that can be read.

    `shown` is Qt's own class, since one that is derived from it is never the system's.
    """

    def __init__(self, parent: QWidget | None, title: str, folder: Path, forms: str) -> None:
        self.shown = QFileDialog(parent, title, str(folder), forms)
        self.suggested = ""
        self.shown.resize(theme.px(_SIZE[0]), theme.px(_SIZE[1]))
        splitter = self.shown.findChild(QSplitter)
        listed = self.shown.findChild(QTreeView, "treeView")
        if splitter is not None and listed is not None:  # it is Qt's
            self._make_room(splitter, listed.header())
            follow(self.shown, self._dress)

    def _make_room(self, splitter: QSplitter, header: QHeaderView) -> None:
        """Give the places and the facts about files the room they need, and the rest to names."""
        places = map(QStandardPaths.writableLocation, _BESIDE)
        there = [QUrl.fromLocalFile(place) for place in places if os.path.isdir(place)]
        before = self.shown.sidebarUrls()
        self.shown.setSidebarUrls([*before, *(url for url in there if url not in before)])
        splitter.setSizes([theme.px(_PLACES), theme.px(_SIZE[0] - _PLACES)])
        header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)

    def _dress(self) -> None:
        side = theme.px(18)
        for button in self.shown.findChildren(QToolButton):
            name = _ICONS.get(button.objectName())
            if name is not None:
                button.setIcon(icons.icon(name, size=side))
                button.setIconSize(QSize(side, side))

    def suggest(self, name: str) -> None:
        """Write a file name into its field; empty: none."""
        self.suggested = name
        if name:
            self.shown.selectFile(name)

    def ask(self) -> list[Path]:
        """Wait for the answer: what was chosen; nothing when it was left."""
        return [Path(name) for name in self.shown.selectedFiles()] if self.shown.exec() else []


class FileQuestions:
    """Asks in the folder that was used last for that kind of thing, and remembers it.

    `known` gives the remembered folders as pairs (kind, folder), `keep` takes them.
    """

    def __init__(
        self, parent: QWidget, known: Callable[[], Pairs], keep: Callable[[Pairs], object]
    ) -> None:
        self._parent = parent
        self._known, self._keep = known, keep

    def file(
        self, kind: Kind, title: str, forms: str = "", *, start: Path | None = None, name: str = ""
    ) -> Path | None:
        """Ask for a file that is there; it begins at the folder `start`, if there is one."""
        found = self._open(kind, title, forms, start, name, QFileDialog.FileMode.ExistingFile)
        return found[0] if found else None

    def files(self, kind: Kind, title: str, forms: str) -> list[Path]:
        """Ask for any number of files that are there."""
        return self._open(kind, title, forms, None, "", QFileDialog.FileMode.ExistingFiles)

    def folder(
        self,
        kind: Kind,
        title: str,
        *,
        start: Path | None = None,
        parent: QWidget | None = None,
    ) -> Path | None:
        """Ask for a folder that is there, or one that is made in the dialog."""
        mode = QFileDialog.FileMode.Directory
        found = self._open(kind, title, "", start, "", mode, parent)
        return found[0] if found else None

    def to_save(self, kind: Kind, title: str, name: str, forms: str = "") -> Destination | None:
        """Ask where to write, with a name suggested.

        A name without an ending of `forms` gets that of the chosen line. Where a file of that
        name is there already, it is asked again, so that the dialog asks whether to replace it.
        """
        dialog = self._dialog(self._parent, title, self._begin(kind, None), forms)
        dialog.shown.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.shown.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.shown.filterSelected.connect(lambda form: _expect(dialog, form))
        lines = [line for line in forms.split(";;") if line]
        _expect(dialog, lines[0] if lines else "")
        dialog.suggest(file_name(name))
        try:
            while found := dialog.ask():
                to = completed(found[0], dialog.shown.selectedNameFilter(), lines)
                if to.path == found[0] or not to.path.is_file():
                    self._used(kind, to.path.parent)
                    return to
                dialog.shown.selectFile(str(to.path))
            return None
        finally:
            dialog.shown.deleteLater()

    def _open(
        self,
        kind: Kind,
        title: str,
        forms: str,
        start: Path | None,
        name: str,
        mode: QFileDialog.FileMode,
        parent: QWidget | None = None,
    ) -> list[Path]:
        dialog = self._dialog(parent or self._parent, title, self._begin(kind, start), forms)
        dialog.shown.setFileMode(mode)
        folder = mode == QFileDialog.FileMode.Directory
        dialog.shown.setOption(QFileDialog.Option.ShowDirsOnly, folder)
        dialog.suggest(name)
        found = dialog.ask()
        dialog.shown.deleteLater()
        if found:
            self._used(kind, found[0] if folder else found[0].parent)
        return found

    @staticmethod
    def _dialog(parent: QWidget, title: str, folder: Path, forms: str) -> FileDialog:
        return FileDialog(parent, title, folder, forms)

    def _begin(self, kind: Kind, start: Path | None) -> Path:
        place = _AT_FIRST.get(kind, QStandardPaths.StandardLocation.DocumentsLocation)
        last, first = dict(self._known()).get(kind), QStandardPaths.writableLocation(place)
        for folder in (start, last, first):
            if folder and os.path.isdir(folder):
                return Path(folder)
        return Path.home()

    def _used(self, kind: Kind, folder: Path) -> None:
        self._keep(tuple((dict(self._known()) | {kind: str(folder)}).items()))


def completed(path: Path, form: str, forms: Iterable[str]) -> Destination:
    """Return where to write, with the ending that belongs there, and as which kind of file.

    `form` is the chosen line of `forms`. A line with every file, “(*)”, is for folders.

    >>> forms = ("Table (*.csv)", "Label Studio (*.json)", "Praat: a folder (*)")
    >>> for name, chosen in (("v1.2", 0), ("a.json", 0), ("a.csv", 1), ("a.csv", 2)):
    ...     print(*completed(Path(name), forms[chosen], forms))
    v1.2.csv Table (*.csv)
    a.json Label Studio (*.json)
    a.json Label Studio (*.json)
    a Praat: a folder (*)
    """
    lines = list(forms)
    if not lines:
        return Destination(path, form)
    form = form if form in lines else lines[0]
    own = _endings(form)
    found = next(
        (e for line in lines for e in _endings(line) if path.name.lower().endswith(e.lower())), ""
    )
    if any(path.name.lower().endswith(e.lower()) for e in own):
        return Destination(path, form)
    if found and form == lines[0] and own:  # the name says more than a line that stood there
        return Destination(path, next(line for line in lines if found in _endings(line)))
    stem = path.name[: -len(found)] if found else path.name
    return Destination(path.with_name((stem or path.name) + (own[0] if own else "")), form)


def file_name(text: str) -> str:
    """Return a text as the name of a file on every system.

    >>> file_name("A/B: who? labels.csv")
    'A_B_ who_ labels.csv'
    """
    name = _NOT_IN_NAMES.sub("_", text).strip(" ")
    return name[-_LONGEST:].lstrip(". ") or "_"


def now() -> str:
    """Return day and time for the name of a file, `2026-11-27 16.55`."""
    return datetime.now().strftime("%Y-%m-%d %H.%M")


def _endings(form: str) -> tuple[str, ...]:
    """Return the endings of a line, such as `.csv`; none for one with every file."""
    return tuple(re.findall(r"\*(\.[^\s)*]+)", form))


def _expect(dialog: FileDialog, form: str) -> None:
    """Let the dialog complete plain names itself, before it asks whether to replace a file."""
    own = _endings(form)
    dialog.shown.setDefaultSuffix(own[0][1:] if own else "")
