"""Telling a screen reader what happened, where nothing that it stands on has changed."""

from __future__ import annotations

from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent
from PySide6.QtWidgets import QWidget


def announce(widget: QWidget, sentence: str, *, urgent: bool = False) -> None:
    """Have a sentence spoken: after what is being said, or, if urgent, at once.

    Nothing happens while no screen reader listens.
    """
    if not sentence or not listened_to():
        return
    event = QAccessibleAnnouncementEvent(widget, sentence)
    event.setPoliteness(
        QAccessible.AnnouncementPoliteness.Assertive
        if urgent
        else QAccessible.AnnouncementPoliteness.Polite
    )
    deliver(event)


def listened_to() -> bool:
    """Whether a screen reader, or another program of its kind, is there."""
    return QAccessible.isActive()


def deliver(event: QAccessibleAnnouncementEvent) -> None:
    """Hand a sentence to the system."""
    QAccessible.updateAccessibility(event)
