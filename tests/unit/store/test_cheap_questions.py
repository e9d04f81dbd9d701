"""Questions to the store that cost the same however much is in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from perser_gui.store import Store

from .conftest import clips, content


def effort(store: Store, act: Callable[[], object]) -> int:
    """How many steps the database takes for something, whatever else the machine does."""
    taken = [0]

    def step() -> int:
        taken[0] += 1
        return 0

    with store._database.read() as connection:
        connection.set_progress_handler(step, 1)
        try:
            act()
        finally:
            connection.set_progress_handler(None, 0)
    return taken[0]


def test_whether_there_are_starter_clips_costs_the_same_however_many_others(store: Store) -> None:
    assert not store.knows_synthetic()
    few = effort(store, store.knows_synthetic)
    store.add_clips(clips(3000))
    assert not store.knows_synthetic()
    assert effort(store, store.knows_synthetic) <= few + 10
    store.add_clips([replace(clips(3)[2], synthetic=True)])
    store.remove_clips([content(2)])
    assert store.knows_synthetic()
    assert effort(store, store.knows_synthetic) <= few + 10
