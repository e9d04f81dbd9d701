"""Showing a file where the system keeps files."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QProcess, QUrl
from PySide6.QtGui import QDesktopServices


def reveal(path: Path) -> bool:
    """Open the file manager of the system at a file, marked there if it can; whether it opened."""
    if sys.platform == "darwin":
        return QProcess.startDetached("open", ["-R", str(path)])[0]
    if sys.platform == "win32":
        return QProcess.startDetached("explorer", [f"/select,{path}"])[0]
    return _asked(path) or QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))


def _asked(path: Path) -> bool:
    """Ask the file manager through the message bus of the desktop, which can mark the file."""
    try:
        from PySide6.QtDBus import QDBusConnection, QDBusInterface, QDBusMessage
    except ImportError:
        return False
    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return False
    manager = QDBusInterface(
        "org.freedesktop.FileManager1",
        "/org/freedesktop/FileManager1",
        "org.freedesktop.FileManager1",
        bus,
    )
    if not manager.isValid():
        return False
    answer = manager.call("ShowItems", [QUrl.fromLocalFile(str(path)).toString()], "")
    return bool(answer.type() != QDBusMessage.MessageType.ErrorMessage)
