"""Public names of a package that are looked up when somebody first uses them."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any


def late(
    package: str, homes: Mapping[str, Sequence[str]]
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """Return `__getattr__` and `__dir__` of a package whose names are at home in its modules.

    Importing the package then imports none of these modules; a name is kept once it was used.

    Args:
        package: The package's `__name__`.
        homes: The public names of each module, by the module's full name.

    >>> find, names = late("perser_gui", {"perser_gui.version": ("__version__",)})
    >>> find("anything")
    Traceback (most recent call last):
    AttributeError: module 'perser_gui' has no attribute 'anything'
    """
    home_of = {name: home for home, names in homes.items() for name in names}

    def find(name: str) -> Any:
        if name not in home_of:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(home_of[name]), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home_of})

    return find, names
