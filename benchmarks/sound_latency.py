"""How soon one hears the next clip, and how soon one is told that a microphone is gone.

A private sound server plays the part of the hardware (Linux with PulseAudio). `next_clip_ms` is
from the wish to hear another clip to its first moment being played, `unplugged_told_ms` from
pulling a microphone out to the sentence about it; each the median of several tries.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from machine import machine


def measure(tries: int) -> dict[str, float]:
    """Play and unplug at the virtual devices."""
    from perser_gui.audio import Microphone, Player
    from tests.loopback.server import sound_server, wait_until
    from tests.loopback.signals import chirp

    next_clip, told = [], []
    with sound_server() as loopback, loopback.awake("ci_spk"):
        player = Player()
        player.load(chirp(1.0))
        player.play()
        wait_until(lambda: player.position > 0.1)
        for _ in range(tries):
            began = time.monotonic()
            player.load(chirp(1.0))
            player.play()
            wait_until(lambda: player.position > 0.0)
            next_clip.append(time.monotonic() - began)
        player.close()
        for _ in range(tries):
            heard, lost = threading.Event(), threading.Event()
            microphone = Microphone()
            microphone.start(
                lambda block, seconds, heard=heard: heard.set(),
                lambda sentence, lost=lost: lost.set(),
            )
            assert heard.wait(20), "nothing came from the microphone"
            began = time.monotonic()
            loopback.unplug()
            assert lost.wait(20), "nobody was told"
            told.append(time.monotonic() - began)
            microphone.stop()
            loopback.plug()
    return {
        "next_clip_ms": round(1000 * statistics.median(next_clip), 1),
        "unplugged_told_ms": round(1000 * statistics.median(told), 1),
    }


def main() -> int:
    """Measure and print one JSON document (or a line of text)."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--tries", type=int, default=7)
    wanted = parser.parse_args()
    figures = measure(wanted.tries)
    document = {"benchmark": "sound_latency", **figures, "machine": machine()}
    if wanted.json:
        print(json.dumps(document, indent=1))
    else:
        print(
            f"the next clip sounds after {figures['next_clip_ms']} ms; a lost microphone is told "
            f"after {figures['unplugged_told_ms']} ms"
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
