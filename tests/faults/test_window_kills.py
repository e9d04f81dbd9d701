"""The real window, killed at any moment, has kept every label that it said was saved.

`PERSER_FAULTS=25` kills it 50 times; the kills of `test_kills` come to that.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from perser_gui.audio.hashes import content_hash
from perser_gui.emotions import EmotionSet
from perser_gui.records import Clip
from perser_gui.settings import Settings, save_settings
from perser_gui.store import Store, check_store
from perser_gui.testing import tiny_checkpoint, write_tone

from .conftest import times

ROOT = Path(__file__).parents[2]
WORDS = ("happy", "sad", "angry", "calm")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(0)]


def prepared(home: Path) -> None:
    """A listener, clips and a tiny model, as an earlier day left them."""
    from perser_gui.model.checkpoint import save_checkpoint

    checkpoint = save_checkpoint(tiny_checkpoint(), home / "checkpoint")
    save_settings(
        Settings(checkpoint=str(checkpoint), auto_play_next=False), home / "config/settings.json"
    )
    store = Store(home / "data")
    store.add_listener("Ana", EmotionSet.of(WORDS))
    for number in range(5):
        path = write_tone(home / "audio" / f"{number}.wav", 200 + 90 * number)
        store.add_clips([Clip(content_hash(path), path, 0.4, source=str(path.parent))])
    store.close()


def standing(home: Path) -> dict[str, str]:
    store = Store(home / "data")
    try:
        assert store.notices == []
        return {
            r.clip: r.emotions[0] if r.emotions else r.answer
            for listener in store.listeners()
            for r in store.ratings(listener.id)
        }
    finally:
        store.close()


def used_and_killed(home: Path, seed: int, count: int, seconds: float) -> list[dict[str, Any]]:
    """Use the window until it told so many things, and some time more; return what it told."""
    lines, faults = home / f"told-{seed}", home / f"faults-{seed}"
    with lines.open("wb") as out, faults.open("wb") as err:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.window_worker", str(seed)],
            cwd=ROOT,
            env={
                **os.environ,
                "PERSER_HOME": str(home),
                "QT_QPA_PLATFORM": "offscreen",
                "OMP_NUM_THREADS": "1",
            },
            stdout=out,
            stderr=err,
        )
    while lines.read_bytes().count(b"\n") < count and process.poll() is None:
        time.sleep(0.01)
    time.sleep(seconds)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL, faults.read_text()[-2000:]
    told = []
    for line in lines.read_text().splitlines():
        try:
            told.append(json.loads(line))
        except ValueError:
            break
    return told


def fits(now: dict[str, str], told: list[dict[str, Any]]) -> bool:
    """Whether the store holds what was last said to be saved, or that and the act begun since."""
    last = next(at for at in range(len(told) - 1, -1, -1) if "saved" in told[at])
    before = told[last]["saved"]
    begun = [one for one in told[last:] if "begin" in one and one["begin"] != "open"]
    if now == before:
        return True
    changed = {clip for clip in {*before, *now} if before.get(clip) != now.get(clip)}
    for one in begun:
        if one["begin"] in ("label", "retry") and now == {**before, one["clip"]: one["word"]}:
            return True
        if one["begin"] == "clear" and changed == {one["clip"]} and one["clip"] not in now:
            return True
        if one["begin"] in ("undo", "redo") and len(changed) == 1:
            return True
    return False


def test_a_killed_window_has_kept_what_it_said_was_saved(tmp_path: Path) -> None:
    random_ = random.Random(0)
    prepared(tmp_path)
    kinds: set[str] = set()
    for round_ in range(times(2)):
        told = used_and_killed(
            tmp_path, round_, random_.randrange(2, 30), random_.choice((0.0, random_.random() / 5))
        )
        now = standing(tmp_path)
        assert fits(now, told), (round_, now, told[-4:])
        assert check_store(tmp_path / "data").problems == ()
        kinds |= {one["done"] for one in told if "done" in one}
        log = os.environ.get("PERSER_FAULTS_LOG")
        if log:
            Path(log).write_text(f"{round_ + 1} kills of the window, {sorted(kinds)}\n")
