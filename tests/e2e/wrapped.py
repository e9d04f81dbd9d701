"""What Python knows by address alone: objects of Qt that may be deleted without a word."""

from __future__ import annotations

from collections import Counter

from PySide6.QtCore import QMetaObject, QObject
from shiboken6 import Shiboken

LASTING = (QMetaObject,)
"""These stay as long as the program."""


def borrowed() -> Counter[str]:
    """Count, by type, what belongs to Qt and cannot tell Python that it is deleted.

    Python keeps a table of such objects by their address. An entry whose object is gone is
    taken for whatever Qt puts there next, and when that is deleted the program crashes.
    """
    return Counter(
        type(one).__name__
        for one in Shiboken.getAllValidWrappers()
        if not isinstance(one, (QObject, *LASTING))
        and not Shiboken.createdByPython(one)
        and not Shiboken.ownedByPython(one)
    )
