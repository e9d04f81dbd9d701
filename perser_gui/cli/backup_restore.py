"""`perser backup` and `perser restore`: the whole store in one file, and back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from perser_gui import paths
from perser_gui.cli import terminal
from perser_gui.errors import PerserError

if TYPE_CHECKING:
    from perser_gui.store import Backup

JSON = typer.Option(False, "--json", help="Print one JSON document.")


def backup(
    path: Path | None = typer.Argument(None, help="The file to write."),
    show: bool = typer.Option(False, "--list", help="List the backups made automatically."),
    json: bool = JSON,
) -> None:
    """Write everything (listeners, ratings, words, profiles, recordings) to one checked file."""
    from perser_gui.store import Store

    if (path is None) != show:
        raise PerserError("Please give the file to write, or --list.")
    store = Store(paths.data_dir())
    try:
        for sentence in store.notices:
            terminal.note(sentence)
        made = store.backups() if path is None else [store.backup(path)]
    finally:
        store.close()
    if json:
        documents = [_document(one) for one in made]
        terminal.emit_json(documents if show else documents[0])
        return
    if not made:
        terminal.note("No backup has been made automatically yet.")
    for one in made:
        terminal.say(f"{one.path}: {one.said}")


def restore(
    path: Path = typer.Argument(..., help="A file of `perser backup`, or an automatic backup."),
    json: bool = JSON,
) -> None:
    """Put a backup in the place of everything; what was there is backed up or kept aside first."""
    from perser_gui.store import restore_store

    held = restore_store(paths.data_dir(), path)
    if json:
        terminal.emit_json(_document(held))
    else:
        terminal.say(f"Brought back: {held.said}.")


def _document(one: Backup) -> dict[str, Any]:
    return {
        "path": one.path,
        "created": one.created,
        "reason": one.reason,
        "listeners": one.listeners,
        "ratings": one.ratings,
        "profiles": one.profiles,
        "recordings": one.recordings,
        "bytes": one.bytes,
    }
