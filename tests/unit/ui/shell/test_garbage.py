"""Garbage of the window is collected on its own thread, never in a worker's."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject

from perser_gui.ui.shell.garbage import Garbage


class Left(QObject):
    """Something of Qt's that holds itself, as a closed dialog and its slots do."""

    ended: list[int]

    def __init__(self) -> None:
        super().__init__()
        self.itself = self

    def __del__(self) -> None:
        self.ended.append(threading.get_ident())


def allocate(count: int) -> None:
    kept = [[] for _ in range(count)]
    assert len(kept) == count


def test_workers_allocate_as_they_like_and_the_main_thread_collects(qapp) -> None:
    Left.ended = []
    gc.collect()
    garbage = Garbage(qapp)
    try:
        Left()
        worker = threading.Thread(target=allocate, args=(50_000,))
        worker.start()
        worker.join()
        assert Left.ended == []
        kept = [[] for _ in range(5_000)]
        garbage.look()
        assert Left.ended == [threading.get_ident()]
        assert len(kept) == 5_000
    finally:
        garbage.stop()
    assert gc.isenabled()
