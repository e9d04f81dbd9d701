"""How much memory the desk takes: before the model, at rest, adapting, and with an hour of sound.

    python benchmarks/memory.py [--json] [--minutes N]

The real program runs without a screen in a process of its own, and is watched from outside every
20 ms. `before_mb` is what it takes when one can label, before torch is opened; `rest_mb` with
the model loaded, every clip predicted and nothing under way; `adapting_mb` and `hour_mb` are how
much more than that it takes at most while it adapts to 20 labels, and while a recording of an
hour is read, cut into utterances, embedded and predicted. All are resident memory in MB (10^6).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
from pathlib import Path

import numpy as np
import psutil
import soundfile
from machine import machine

ROOT = Path(__file__).resolve().parent.parent
BUDGETS = {"before_mb": 250, "rest_mb": 450, "adapting_mb": 200, "hour_mb": 200}
RATE = 16_000

CHILD = """
import sys
import psutil
from perser_gui.ui import main

def opened(window):
    from PySide6.QtCore import QTimer
    session, model, runner = window.session, window.personalization, window.runner
    def at_rest():
        return bool(session.rows) and model.state == "ready" and not runner.busy
    def tell(text):
        print(text, flush=True)
    def steps():
        yield lambda: session.rows
        yield at_rest
        yield pause()
        tell("rest")
        for number, row in enumerate(list(session.rows)[:20]):
            word = session.emotions.words[number % 4]
            window.labelling.label_clip(row.clip.content, (word,))
            yield lambda: window.labelling.save_state == "saved"
        yield at_rest
        yield pause()
        tell("adapting")
        model.adapt()
        yield lambda: model.adapt_state.phase == "idle" and at_rest()
        yield pause()
        tell("rest again")
        tell("hour")
        count = len(session.rows)
        window.workbench.open_paths([__import__("pathlib").Path(sys.argv[1])])
        yield lambda: len(session.rows) > count and at_rest()
        yield pause()
        tell("rest afterwards")
        tell(f"clips {len(session.rows)}")
    def pause(seconds=1.0):
        over = []
        QTimer.singleShot(int(1000 * seconds), lambda: over.append(1))
        return lambda: over
    def before():
        tell(f"before {psutil.Process().memory_info().rss}")
    window.became_ready.connect(before)
    work, waiting = steps(), []
    def look():
        try:
            if not waiting or waiting[0]():
                waiting[:] = [next(work)]
        except StopIteration:
            window.close()
            return
        QTimer.singleShot(20, look)
    QTimer.singleShot(0, look)

sys.exit(main(["--starter"], opened=opened))
"""


def write_hour(path: Path, minutes: float) -> None:
    """Write a recording of the starter clips, one after the other with pauses, for so long."""
    clips = [
        soundfile.read(clip, dtype="float32")[0]
        for clip in sorted((ROOT / "resources" / "starter").glob("*.flac"))
    ]
    pause = np.zeros(RATE, np.float32)
    with soundfile.SoundFile(path, "w", RATE, 1) as out:
        written, number = 0, 0
        while written < minutes * 60 * RATE:
            for part in (clips[number % len(clips)], pause):
                out.write(part)
                written += len(part)
            number += 1


def watched(recording: Path, home: Path) -> tuple[dict[str, float], int]:
    """Run the program; return the most memory in MB of each of its stages, and its clips."""
    environment = {**os.environ, "PERSER_HOME": str(home)}
    environment.setdefault("QT_QPA_PLATFORM", "offscreen")
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(recording)],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    process = psutil.Process(child.pid)
    most: dict[str, float] = {}
    stage, clips, over = "start", 0, threading.Event()

    def watch() -> None:
        while not over.wait(0.02):
            try:
                taken = process.memory_info().rss / 1e6
            except psutil.Error:
                return
            most[stage] = max(most.get(stage, 0.0), taken)

    watcher = threading.Thread(target=watch)
    watcher.start()
    assert child.stdout is not None
    for line in child.stdout:
        said = line.strip()
        now = process.memory_info().rss / 1e6
        if said.startswith("clips"):
            clips = int(said.split()[1])
        elif said.startswith("before"):  # from outside torch would be seen
            most["before"] = int(said.split()[1]) / 1e6
        elif said in ("adapting", "hour"):
            stage = said
        else:
            stage = "between"
            most[said] = now
    child.wait()
    over.set()
    watcher.join()
    if child.returncode:
        raise SystemExit("the desk did not do its work")
    return most, clips


def main() -> int:
    """Measure and print one JSON document (or a line of text)."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--minutes", type=float, default=60.0, help="how long the recording is")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perser-memory-") as folder:
        recording = Path(folder, "hour.wav")
        write_hour(recording, wanted.minutes)
        most, clips = watched(recording, Path(folder, "home"))
    figures = {
        "before_mb": most.get("before"),
        "rest_mb": most["rest"],
        "adapting_mb": most["adapting"] - most["rest"],
        "hour_mb": most["hour"] - most["rest again"],
        "afterwards_mb": most["rest afterwards"],
    }
    document = {
        "benchmark": "memory",
        "unit": "MB",
        **{name: None if value is None else round(value) for name, value in figures.items()},
        "budgets": BUDGETS,
        "within": all((figures[name] or 0) <= budget for name, budget in BUDGETS.items()),
        "minutes": wanted.minutes,
        "clips": clips,
        "machine": machine(),
    }
    if wanted.json:
        print(json.dumps(document, indent=1))
    else:
        print(", ".join(f"{name} {document[name]}" for name in figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
