"""The menu at the top right: every command by what it is about, on one screen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtGui import QAction

from perser_gui.ui.widgets.menu_parts import Menu

Entry = str | tuple[str, Sequence[str]]
"""The id of a command, or the title of a menu inside with the ids of its commands."""

LABELS = ("export-ratings", "export-blind", "export-seen")

GROUPS: tuple[tuple[Entry, ...], ...] = (
    (
        ("Add", ("open-files", "open-folder", "record", "recent", "starter")),
        ("Clips", ("search", "cut", "cutting", "remove")),
        ("Picture of the sound", ("spectrogram", "pitch", "scale", "zoom-in", "zoom-out", "fit")),
        ("Utterances", ("timeline", "borders", "context", "split", "merge")),
        "sound",
    ),
    (
        ("Your model", ("adapt", "history", "suggest", "blind")),
        ("Listener", ("add-listener", "rename-listener", "emotions", "delete-listener")),
    ),
    (
        ("Import", ("import-ratings", "import-folder", "import-model")),
        ("Export", ("export", *LABELS, "export-model", "pack")),
        ("Backups", ("backup", "restore")),
    ),
    (
        "settings",
        "theme",
        "palette",
        ("Help", ("shortcuts", "tour", "diagnostics", "about")),
        "quit",
    ),
)


def fill_menu(menu: Menu, actions: Mapping[str, QAction], inside: Mapping[str, Menu]) -> None:
    """Put the commands into a menu; `inside` holds menus that are there already, by name."""
    for group in GROUPS:
        for entry in group:
            if isinstance(entry, tuple):
                title, names = entry
                part = menu.addMenu(title)
                part.setToolTipsVisible(True)
                _add(part, names, actions, inside)
            else:
                _add(menu, (entry,), actions, inside)
        if group is not GROUPS[-1]:
            menu.addSeparator()


def _add(
    menu: Menu, names: Sequence[str], actions: Mapping[str, QAction], inside: Mapping[str, Menu]
) -> None:
    for name in names:
        if name in inside:
            menu.addMenu(inside[name])
        else:
            menu.addAction(actions[name])
