"""Garbage of the window is collected on its own thread, never in a worker's."""

from __future__ import annotations

import gc
import threading

from PySide6.QtCore import QObject

from perser_gui.ui.shell import garbage as garbage_room
from perser_gui.ui.shell.garbage import OLD, Garbage


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


def test_looking_costs_what_was_made_since_however_much_stays(qapp, monkeypatch) -> None:
    garbage = Garbage(qapp)
    monkeypatch.setattr(garbage_room, "LONG", 0.0)  # as on any machine with enough that stays
    seen: list[int] = []

    def counted(phase: str, info: dict[str, int]) -> None:
        if phase == "start":
            seen.append(len(gc.get_objects(0)) + len(gc.get_objects(1)))
            if info["generation"] == 2:
                seen[-1] += len(gc.get_objects(2))

    kept = []
    try:
        for _ in range(OLD):
            kept.append([[] for _ in range(5_000)])
            garbage.look()
        gc.callbacks.append(counted)
        for _ in range(3 * OLD):
            kept.append([[] for _ in range(5_000)])
            garbage.look()
    finally:
        if counted in gc.callbacks:
            gc.callbacks.remove(counted)
        garbage.stop()
    assert len(seen) == 3 * OLD
    assert max(seen) < (OLD + 1) * 5_500  # what came since the last one at what is old
    assert sorted(seen)[len(seen) // 2] < 2 * 5_500
    assert gc.get_freeze_count() == 0


def test_what_is_old_and_over_is_collected_where_little_stays(qapp) -> None:
    Left.ended = []
    garbage = Garbage(qapp)
    try:
        old, kept = Left(), []
        for count in range(OLD):
            kept.append([[] for _ in range(1_000)])
            garbage.look()
            if not count:
                del old
        assert Left.ended == [threading.get_ident()]
    finally:
        garbage.stop()


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
