"""A sound server that dies costs the test that it dies in, and no other."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest

from perser_gui.audio.microphone import Microphone

from . import keeper as keeper_module
from .keeper import Keeper, SoundServerDied
from .server import Loopback, sound_server, wait_until
from .signals import chirp, likeness

pytestmark = pytest.mark.loopback


@pytest.mark.parametrize("killed", ["a first time", "again, in a fresh server"])
def test_the_next_test_has_a_fresh_server(loopback: Loopback, keeper: Keeper, killed: str) -> None:
    blocks: list[np.ndarray] = []
    lost = threading.Event()
    spoken = chirp(0.5).samples
    microphone = Microphone()
    microphone.start(lambda block, seconds: blocks.append(block), lambda sentence: lost.set())
    wait_until(lambda: len(blocks) > 2)
    loopback.speak(spoken)
    said = sum(map(len, blocks))
    wait_until(lambda: sum(map(len, blocks)) > said + 4_000)
    assert likeness(np.concatenate(blocks), spoken).score > 0.99
    loopback.process.kill()  # with a stream open, and nothing is put away
    assert lost.wait(20)
    with pytest.warns(SoundServerDied, match="ended with status -9"):
        keeper.tell()


def test_the_fixture_finds_a_server_dead_or_half_unplugged(keeper: Keeper) -> None:
    first = keeper.sound()
    assert keeper.sound() is first

    first.process.kill()
    first.process.wait()
    second = keeper.sound()
    assert second is not first
    assert "Desk Microphone" in second.pactl("list", "sources")

    second.pactl("unload-module", second.modules.pop("source"))
    third = keeper.sound()
    assert third is not second
    assert third.alive
    assert not second.alive


def test_how_the_server_died_is_told_with_its_log(keeper: Keeper) -> None:
    sound = keeper.sound()
    keeper.tell()  # nothing, since it lives
    sound.process.kill()
    sound.process.wait()
    with pytest.warns(SoundServerDied, match=r"ended with status -9; the last it wrote:\n.*W: "):
        keeper.tell()


def test_a_server_that_cannot_be_started_is_not_waited_for_in_every_test(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried: list[int] = []

    @contextmanager
    def no_server() -> Iterator[Loopback]:
        tried.append(len(tried))
        raise AssertionError("it never came")
        yield

    monkeypatch.setattr(keeper_module, "sound_server", no_server)
    lonely = Keeper()
    for _ in range(5):
        with pytest.raises(AssertionError, match="it never came"):
            lonely.sound()
    assert len(tried) == 2
    lonely.close()


def test_the_server_shares_no_memory_and_has_no_limit_in_time(loopback: Loopback) -> None:
    with sound_server() as other, other.awake("ci_spk"):
        process = Path("/proc") / str(other.process.pid)
        limits = (process / "limits").read_text()
        maps = (process / "maps").read_text()
    assert "Max realtime timeout      unlimited            unlimited" in limits
    assert "memfd:pulseaudio" not in maps
    assert "/dev/shm/pulse" not in maps
