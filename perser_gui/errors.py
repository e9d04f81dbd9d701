"""Errors that a person can act on."""

from __future__ import annotations


class PerserError(Exception):
    """One plain sentence: what happened, to which file or device, and what to do.

    Everything a user can put right is raised as this class or a subclass; any
    other exception is a fault of the program.
    """


class Cancelled(Exception):  # noqa: N818 - a decision of the user, not an error
    """The user cancelled a long action; whatever it began has been undone."""
