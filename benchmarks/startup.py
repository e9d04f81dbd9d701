"""How long the desk takes from the start of its process to a visible window, and to labelling.

Each round starts the real program in a process of its own with an isolated home that
already holds a listener and the starter clips, without a screen. `window_visible_s` ends
when the window has been painted once, `ready_s` when the clips are listed and the
waveform can be drawn, `model_s` when the model is loaded; medians over the rounds.
`window_cpu_s` and `ready_cpu_s` are the processor time spent until then (all threads),
which other programs on a busy machine do not lengthen.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from machine import machine

ROOT = Path(__file__).resolve().parent.parent

CHILD = """
import sys, time
begun = float(sys.argv[1])
from perser_gui.ui import main

def opened(window):
    from PySide6.QtCore import QObject, QEvent, QTimer
    marks = {}

    class Painted(QObject):
        def eventFilter(self, thing, event):
            if event.type() == QEvent.Type.Paint and "window_visible_s" not in marks:
                QTimer.singleShot(0, visible)
            return False

    def visible():
        marks.setdefault("window_visible_s", time.time() - begun)
        marks.setdefault("window_cpu_s", time.process_time())
        marks.setdefault("torch_at_window", "torch" in sys.modules)

    def ready():
        marks["ready_s"] = time.time() - begun
        marks["ready_cpu_s"] = time.process_time()

    def model():
        if window.personalization.state in ("ready", "failed"):
            marks.setdefault("model_s", time.time() - begun)
            import json
            print(json.dumps(marks), flush=True)
            window.close()

    window._painted = Painted()
    window.centralWidget().installEventFilter(window._painted)
    window.became_ready.connect(ready)
    window.workbench.changed.connect(lambda changes: model() if changes.model else None)

sys.exit(main(sys.argv[2:], opened=opened))
"""


def once(home: str, *arguments: str) -> dict[str, float]:
    """Start the program once and return its marks in seconds."""
    environment = {
        **os.environ,
        "PERSER_HOME": home,
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
    }
    result = subprocess.run(
        [sys.executable, "-c", CHILD, repr(time.time()), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    lines = result.stdout.strip().splitlines()
    if result.returncode or not lines:
        raise SystemExit(f"the desk did not start:\n{result.stderr}")
    return dict(json.loads(lines[-1]))


def main() -> int:
    """Measure and print one JSON document (or a line of text)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perser-startup-") as home:
        once(home, "--starter")
        rounds = [once(home) for _ in range(wanted.rounds)]
    figures: dict[str, object] = {
        name: round(statistics.median(r[name] for r in rounds), 3)
        for name in ("window_visible_s", "ready_s", "model_s", "window_cpu_s", "ready_cpu_s")
    }
    figures["torch_imported_before_window"] = any(r["torch_at_window"] for r in rounds)
    document = {
        "benchmark": "startup",
        "unit": "s",
        **figures,
        "rounds": wanted.rounds,
        "machine": machine(),
    }
    if wanted.json:
        print(json.dumps(document, indent=1))
    else:
        print(
            f"window visible after {figures['window_visible_s']} s, "
            f"ready after {figures['ready_s']} s, model after {figures['model_s']} s"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
