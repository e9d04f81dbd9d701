"""Small matrix products on the thread that asks for them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class OneThread:
    """A context in which OpenBLAS, which numpy multiplies with, does not start helpers.

    For products as small as those of the speech network its helpers cost more than they give,
    many times more where the other cores are busy. It may be entered from several threads
    at a time; when the last one leaves, the number is what it was before the first.
    """

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._inside = 0
        self._libraries: list[Any] | None = None
        self._put_back: list[Callable[[], None]] = []

    def __enter__(self) -> None:
        with self._guard:
            self._inside += 1
            if self._inside == 1:
                for library in self._found():
                    self._put_back.append(_setting(library, library.num_threads))
                    library.set_num_threads(1)

    def __exit__(self, *_: object) -> None:
        with self._guard:
            self._inside -= 1
            while not self._inside and self._put_back:
                self._put_back.pop()()

    def _found(self) -> list[Any]:
        if self._libraries is None:
            from threadpoolctl import ThreadpoolController

            self._libraries = ThreadpoolController().select(internal_api="openblas").lib_controllers
        return self._libraries


def _setting(library: Any, count: int) -> Callable[[], None]:
    return lambda: library.set_num_threads(count)


one_thread = OneThread()
"""The one of this process."""
