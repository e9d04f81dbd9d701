"""Errors that a person can act on."""

from __future__ import annotations


class PerserError(Exception):
    r"""One plain sentence: what happened, to which file or device, and what to do.

    Everything a user can put right is raised as this class or a subclass; any
    other exception is a fault of the program. What cannot be printed in it, as in the name of
    a damaged file, is written as an escape, so that a sentence stays one line anywhere.

    >>> str(PerserError("a\nb.csv was not found"))
    'a\\nb.csv was not found'
    """

    def __init__(self, sentence: str) -> None:
        super().__init__("".join(c if c.isprintable() else ascii(c)[1:-1] for c in sentence))


class Cancelled(Exception):  # noqa: N818 - a decision of the user, not an error
    """The user cancelled a long action; whatever it began has been undone."""


MISFIT = (
    *(ValueError, LookupError, TypeError, AttributeError),
    *(OverflowError, RecursionError),  # an infinite or huge number, and lists without an end
)
"""What is raised where a document is taken apart that is not as it was written."""
