"""Loading torch's large libraries without stopping the window.

Importing torch maps hundreds of megabytes while it holds Python's interpreter lock, so
that even a worker's import freezes the window for most of a second. Here the same
libraries are opened beforehand by a foreign call, which lets the lock go; the import
that follows finds them open.
"""

from __future__ import annotations

import ctypes
import importlib.util
import os
import sys
from pathlib import Path

_LIBRARIES = ("libc10", "libtorch_cpu")


def open_torch_libraries() -> list[str]:
    """Open torch's libraries and return the names of those opened; never fails.

    Does nothing where torch is imported already or not installed, and on Windows, where
    torch itself opens its libraries by foreign calls.
    """
    if "torch" in sys.modules or sys.platform == "win32":
        return []
    spec = importlib.util.find_spec("torch")
    if spec is None or not spec.submodule_search_locations:
        return []
    folder = Path(next(iter(spec.submodule_search_locations))) / "lib"
    suffix = ".dylib" if sys.platform == "darwin" else ".so"
    opened = []
    try:
        dlopen = ctypes.CDLL(None).dlopen
    except (OSError, AttributeError):
        return []
    dlopen.restype = ctypes.c_void_p
    dlopen.argtypes = (ctypes.c_char_p, ctypes.c_int)
    for name in _LIBRARIES:
        path = folder / f"{name}{suffix}"
        if path.exists() and dlopen(os.fsencode(path), os.RTLD_LAZY):
            opened.append(name)
    return opened
