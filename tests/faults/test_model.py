"""What the desk shows and the store holds, against a model, under locks, full disks and kills.

The desk's own labelling acts on a real store; its work is queued and carried out step by step,
so that presses, failures and kills meet in any order. `PERSER_FAULTS=167` makes 10,000 runs;
how many there have been stands in the file that `PERSER_FAULTS_LOG` names.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sqlite3
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from PySide6.QtCore import QObject, Signal

from perser_gui.desk.library import Library
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip
from perser_gui.store import Store, database
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.labelling import Labelling
from perser_gui.ui.acts.session import Session

from .conftest import times

CLIPS = 3
WORDS = ("happy", "sad", "angry")
SHM = Path("/dev/shm")


@dataclass
class Job:
    work: Callable[[Progress], Any]
    done: Callable[[Any], None] | None
    failed: Callable[[Exception], None] | None


class QueuedRunner:
    """Runs nothing by itself; `step` carries out the oldest piece of work."""

    def __init__(self) -> None:
        self.jobs: deque[Job] = deque()

    def run(self, work: Any, *, done: Any = None, failed: Any = None, **_: object) -> None:
        self.jobs.append(Job(work, done, failed))

    def fail(self, error: Exception) -> None:
        if not isinstance(error, PerserError):
            raise error

    def step(self) -> None:
        job = self.jobs.popleft()
        try:
            value = job.work(Progress())
        except Exception as error:
            if job.failed is None:
                raise
            job.failed(error)
        else:
            if job.done is not None:
                job.done(value)


class Noticing:
    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    def look(self, *, always: bool = False) -> None:
        return

    def refresh(self, *, then_go_to: str = "") -> None:
        bench = self.bench
        bench.runner.run(
            lambda p: bench.desk.ratings(1), done=lambda found: bench.session.replace_ratings(found)
        )


class Bench(QObject):
    notice = Signal(str, str)
    offered = Signal(str, str, str)
    acted = Signal()
    labelled = Signal()
    changed = Signal(object)
    ready = Signal()
    is_ready = True

    def __init__(self, desk: Library) -> None:
        super().__init__()
        self.desk, self.runner, self.session = desk, QueuedRunner(), Session()
        self.noticing = Noticing(self)
        self.session.listeners = desk.listeners()
        self.session.listener = desk.listener(1)
        self.session.replace_rows(desk.clips(1))
        self.session.replace_ratings(desk.ratings(1))

    def tell(self, changes: Changes) -> None:
        self.changed.emit(changes)

    def go_to(self, content: str | None, *, play: bool = True) -> None:
        self.session.current = content


@dataclass(eq=False)
class Press:
    clip: str
    said: str | None
    number: int
    saved: bool | None = None
    before: bool = False
    """Done before the desk was opened."""


def count_a_run() -> None:
    Labels.runs += 1
    log = os.environ.get("PERSER_FAULTS_LOG")
    if log and Labels.runs % 100 == 0:
        Path(log).write_text(f"{Labels.runs} sequences\n")


class Labels(RuleBasedStateMachine):
    """Presses in any order, and what the user must see and find again."""

    runs = 0

    @initialize()
    def open(self) -> None:
        count_a_run()
        self.folder = Path(
            tempfile.mkdtemp(prefix="perser-model-", dir=SHM if SHM.is_dir() else None)
        )
        store = Store(self.folder / "0")
        store.add_clips(
            [Clip(f"{n:064x}", self.folder / f"{n}.wav", 1.0, source="a") for n in range(CLIPS)]
        )
        store.add_listener("Ana", EmotionSet.of(WORDS))
        self.generation = 0
        self.presses: list[Press] = []
        self.undone: list[Press] = []
        self.stored_undone: list[Press] = []  # what the store can do again, after a kill too
        self.other: sqlite3.Connection | None = None
        self.full = False
        self.start(store)

    def start(self, store: Store) -> None:
        self.store = store
        self.bench = Bench(Library(store))
        self.labelling = Labelling(self.bench)  # type: ignore[arg-type]
        self.runner = self.bench.runner
        self.settled = True

    # -- what is pressed

    def shown(self, clip: str) -> str | None:
        said = [press.said for press in self.presses if press.clip == clip]
        return said[-1] if said else None

    def press(self, clip: str, said: str | None) -> None:
        self.presses = [p for p in self.presses if not (p.clip == clip and p.saved is False)]
        self.presses.append(Press(clip, said, self.labelling._number + 1))
        self.undone.clear()

    @rule(clip=st.integers(0, CLIPS - 1), word=st.sampled_from(WORDS))
    def label(self, clip: int, word: str) -> None:
        content = f"{clip:064x}"
        self.bench.session.current = content
        if self.shown(content) != word:
            self.press(content, word)
        self.labelling.label(word)

    @rule(clip=st.integers(0, CLIPS - 1))
    def clear(self, clip: int) -> None:
        content = f"{clip:064x}"
        self.bench.session.current = content
        if self.shown(content) is not None:
            self.press(content, None)
        self.labelling.clear()

    @rule(clip=st.integers(0, CLIPS - 1))
    def skip(self, clip: int) -> None:
        content = f"{clip:064x}"
        self.bench.session.current = content
        if self.shown(content) in (None, "skip"):
            self.press(content, "skip")
        self.labelling.skip()

    @precondition(lambda self: not self.runner.jobs)
    @rule()
    def undo(self) -> None:
        failing = self.full or self.other is not None
        last = self.presses[-1] if self.presses else None
        self.labelling.undo()
        if last is not None and not (failing and last.saved):  # then it fails, and is told
            self.presses.remove(last)
            self.undone.append(last)
            if last.saved:
                self.stored_undone.append(last)
        self.drain()

    @precondition(lambda self: not self.runner.jobs and not self.full and self.other is None)
    @rule()
    def redo(self) -> None:
        self.labelling.redo()
        if self.undone:
            last = self.undone.pop()
            if not last.saved:
                self.undone = [press for press in self.undone if not press.saved]
                self.presses = [
                    p for p in self.presses if not (p.clip == last.clip and p.saved is False)
                ]
                last.number, last.saved = self.labelling._number, None
            else:
                self.stored_undone.remove(last)
            self.presses.append(last)
        self.drain()

    @precondition(lambda self: not self.runner.jobs)
    @rule()
    def retry(self) -> None:
        self.labelling.retry_saving()
        self.drain()

    @precondition(lambda self: bool(self.runner.jobs))
    @rule()
    def carry_out_one(self) -> None:
        self.runner.step()
        self.look_at_fates()

    @precondition(lambda self: bool(self.runner.jobs))
    @rule()
    def drain(self) -> None:
        while self.runner.jobs:
            self.runner.step()
            self.look_at_fates()

    def look_at_fates(self) -> None:
        """Take over what became of the presses; one that failed gives way to a later one."""
        under_way = self.labelling._under_way
        for press in list(self.presses):
            if not press.before and press.number not in under_way:
                fate = self.labelling._fates.get(press.number, press.saved)
                if fate and not press.saved:
                    self.stored_undone.clear()
                press.saved = fate
        for press in list(self.presses):
            later = self.presses[self.presses.index(press) + 1 :]
            if press.saved is False and any(p.clip == press.clip for p in later):
                self.presses.remove(press)

    # -- what goes wrong

    @precondition(lambda self: self.other is None and not self.full)
    @rule()
    def another_program_holds_the_lock(self) -> None:
        self.other = sqlite3.connect(self.store.path, isolation_level=None)
        self.other.execute("BEGIN IMMEDIATE")

    @precondition(lambda self: self.other is not None)
    @rule()
    def the_lock_is_free_again(self) -> None:
        assert self.other is not None
        self.other.execute("ROLLBACK")
        self.other.close()
        self.other = None

    @precondition(lambda self: not self.full and self.other is None)
    @rule()
    def the_disk_is_full(self) -> None:
        real = self.store._database.write

        @contextlib.contextmanager
        def refused() -> Iterator[sqlite3.Connection]:
            with real() as connection:
                yield connection
                raise sqlite3.OperationalError("database or disk is full")

        self.store._database.write = refused  # type: ignore[method-assign]
        self.full = True

    @precondition(lambda self: self.full)
    @rule()
    def there_is_room_again(self) -> None:
        del self.store._database.write  # type: ignore[attr-defined]
        self.full = False

    @rule()
    def the_program_is_killed_and_started_again(self) -> None:
        """What was told to be saved is there; what was not, is not."""
        if self.other is not None:
            self.the_lock_is_free_again()
        if self.full:
            self.there_is_room_again()
        self.generation += 1
        target = self.folder / str(self.generation)
        target.mkdir()
        for end in ("", "-wal"):
            source = self.store.path.with_name(self.store.path.name + end)
            if source.exists():
                shutil.copyfile(source, target / source.name)
        self.store.close()
        self.presses = [press for press in self.presses if press.saved]
        for press in self.presses:
            press.before = True
        self.undone = list(self.stored_undone)
        self.start(Store(target))
        for press in self.undone:
            press.before = True
        assert self.store.notices == []
        self.agree()

    # -- what must hold

    def stored(self) -> dict[str, str]:
        return {
            r.clip: r.answer if r.answer == "skip" else r.emotions[0] for r in self.store.ratings(1)
        }

    def agree(self) -> None:
        shown = {
            clip: r.answer if r.answer == "skip" else r.emotions[0]
            for clip, r in self.bench.session.ratings.items()
        }
        expected = {p.clip: said for p in self.presses if (said := self.shown(p.clip)) is not None}
        assert shown == expected
        failed = {p.clip for p in self.presses if p.saved is False}
        assert {r.clip for r in self.bench.session.unsaved} == failed
        assert self.labelling.save_state == ("failed" if failed else "saved")
        kept: dict[str, str | None] = {}
        for press in self.presses:
            if press.saved:
                kept[press.clip] = press.said
        assert self.stored() == {clip: said for clip, said in kept.items() if said is not None}

    @invariant()
    def all_agree_when_nothing_is_under_way(self) -> None:
        if hasattr(self, "runner") and not self.runner.jobs:
            self.agree()

    def teardown(self) -> None:
        if not hasattr(self, "store"):
            return
        try:
            if self.other is not None:
                self.the_lock_is_free_again()
            if self.full:
                self.there_is_room_again()
            self.drain()
            self.labelling.retry_saving()
            self.drain()
            assert self.labelling.save_state == "saved"
            assert self.bench.session.unsaved == []
            self.agree()
        finally:
            self.store.close()
            shutil.rmtree(self.folder, ignore_errors=True)


def test_the_store_holds_what_the_user_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.0)
    run_state_machine_as_test(
        Labels,
        settings=settings(
            max_examples=times(60),
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
            phases=[Phase.explicit, Phase.generate, Phase.shrink],
        ),
    )
    assert Labels.runs >= times(60)


def test_undoing_goes_by_the_press_also_where_it_was_saved_at_the_second_try(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A sequence that a long run found."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.0)
    desk = Labels()
    desk.open()
    try:
        desk.label(clip=2, word="happy")
        desk.another_program_holds_the_lock()
        desk.drain()
        desk.the_lock_is_free_again()
        desk.label(clip=0, word="sad")
        desk.drain()
        desk.retry()
        desk.the_program_is_killed_and_started_again()
        desk.undo()
        desk.agree()
        assert list(desk.stored().values()) == ["happy"]
    finally:
        desk.teardown()
