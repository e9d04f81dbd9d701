"""A process killed at any moment loses nothing that it was told is saved, and half of nothing.

One process per kind is started and killed again and again on the same store; after each kill
the store is opened and compared with what the process was told.
"""

from __future__ import annotations

import json
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from perser_gui.store import Store, check_store
from perser_gui.store.migrations import STEPS

from .conftest import times
from .worker import CLIPS, WORDS, content

ROOT = Path(__file__).parents[2]
KINDS = ("labelling", "undoing", "closing", "adding", "importing", "adapting", "migrating")


class Told:
    """What a store must hold: the state after the last done act, or after the one begun."""

    def __init__(self) -> None:
        self.acts: list[dict[int, str | None]] = []
        self.undone: list[dict[int, str | None]] = []
        self.labels: dict[int, list[str]] = {}
        self.stacks: list[tuple[str, Any]] = []
        self.redo: list[tuple[str, Any]] = []
        self.added: set[int] = set()
        self.imported: set[str] = set()
        self.values: list[float] = []

    def after(self, what: dict[str, Any]) -> None:
        kind = what.get("done")
        if kind == "label":
            self.labels.setdefault(what["clip"], []).append(what["word"])
            self.stacks.append(("label", (what["clip"], what["word"])))
            self.redo.clear()
        elif kind == "clear":
            gone = self.labels.pop(what["clip"], [])
            self.stacks.append(("clear", (what["clip"], gone)))
            self.redo.clear()
        elif kind == "undo" and self.stacks:
            act = self.stacks.pop()
            self.redo.append(act)
            place, said = act[1]
            if act[0] == "label":
                self.labels[place].pop()
            else:
                self.labels[place] = list(said)
        elif kind == "redo" and self.redo:
            act = self.redo.pop()
            self.stacks.append(act)
            place, said = act[1]
            if act[0] == "label":
                self.labels.setdefault(place, []).append(said)
            else:
                self.labels.pop(place, None)
        elif kind == "add":
            self.added.update(range(*what["clips"]))
        elif kind == "import":
            self.imported.add(what["name"])
        elif kind == "profile":
            self.values.append(what["value"])

    @property
    def standing(self) -> dict[str, str]:
        return {content(place): said[-1] for place, said in self.labels.items() if said}

    def copy(self) -> Told:
        other = Told()
        other.labels = {place: list(said) for place, said in self.labels.items()}
        other.stacks, other.redo = list(self.stacks), list(self.redo)
        other.added, other.imported = set(self.added), set(self.imported)
        other.values = list(self.values)
        return other

    def fits(self, store: Store) -> bool:
        ratings = {r.clip: r.emotions[0] for r in store.ratings(1)} if store.listeners() else {}
        clips = {int(clip.content, 16) for clip in store.clips()}
        names = {listener.name for listener in store.listeners()}
        read = {
            round(float(r.profile.parameters["output.bias"][0]), 5)
            for r in (store.profiles(1) if store.listeners() else [])
        }
        known = {round(float(np.float32(value)), 5) for value in self.values}
        whole = self.imported <= names and known <= read
        return whole and ratings == self.standing and self.added <= clips

    @property
    def key(self) -> str:
        """What tells states apart that look alike in the store."""
        return repr((sorted(self.labels.items()), self.stacks, self.redo, len(self.values)))


def old_store(folder: Path) -> None:
    """A store of the first format with a label for each clip."""
    folder.mkdir()
    connection = sqlite3.connect(folder / "perser.db")
    connection.executescript(STEPS[0] + "PRAGMA user_version = 1;")
    words = json.dumps([{"word": w, "colour": "#000000", "sources": []} for w in WORDS])
    connection.execute(
        "INSERT INTO listeners (name, emotions, created) VALUES ('Ana', ?, '')", (words,)
    )
    for n in range(CLIPS):
        connection.execute(
            "INSERT INTO clips (content, path, seconds, source, synthetic, added)"
            " VALUES (?, ?, 1, '', 0, '')",
            (content(n), f"/audio/{n}.wav"),
        )
        connection.execute(
            "INSERT INTO ratings (listener, clip, answer, emotions, created)"
            " VALUES (1, ?, 'emotion', '[\"happy\"]', '')",
            (content(n),),
        )
    connection.commit()
    connection.close()


def told_lines(lines: Iterable[str]) -> list[dict[str, Any]]:
    found = []
    for line in lines:
        try:
            found.append(json.loads(line))
        except ValueError:
            break
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_kill_loses_nothing_that_was_said_to_be_saved(tmp_path: Path, kind: str) -> None:
    random_ = random.Random(kind)
    folder, all_told = tmp_path / "data", [Told()]
    for round_ in range(times(2)):
        if kind == "migrating":
            shutil.rmtree(folder, ignore_errors=True)
            old_store(folder)
            all_told = [Told()]
            all_told[0].labels = {n: ["happy"] for n in range(CLIPS)}
        killed_at = random_.uniform(0.0, 0.25)
        lines = told_lines(run_and_kill(folder, kind, round_, killed_at))
        begun: dict[str, Any] = {}
        for what in lines:
            if "begin" in what:
                begun = {**what, "done": what["begin"]}
            else:
                for told in all_told:
                    told.after(what)
                begun = {}
        store = Store(folder)
        # the act under way may have been done or not; where both look alike, both are kept
        done = [told.copy() for told in all_told]
        for told in done:
            told.after(begun)
        fitting = [told for told in (*all_told, *done) if told.fits(store)]
        all_told = list({told.key: told for told in fitting}.values())
        assert all_told, (kind, round_, begun)
        check_listeners(store)
        assert store.notices == []
        store.close()
        assert check_store(folder).problems == ()


def check_listeners(store: Store) -> None:
    """Imported listeners have all of their labels."""
    for listener in store.listeners():
        if listener.name.startswith("L"):
            assert len(store.ratings(listener.id)) == CLIPS


def run_and_kill(folder: Path, kind: str, seed: int, seconds: float) -> list[str]:
    """Let a worker work for some time after it is up (a migration: before), then kill it."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.faults.worker", str(folder), kind, str(seed)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    lines = [process.stdout.readline()]  # it is about to open the store
    if kind != "migrating":
        lines.append(process.stdout.readline())
    time.sleep(seconds * (0.1 if kind == "migrating" else 1.0))
    process.send_signal(signal.SIGKILL)
    lines += process.stdout.read().splitlines()
    process.stdout.close()
    process.wait()
    assert process.returncode == -signal.SIGKILL, lines[-3:]
    return lines
