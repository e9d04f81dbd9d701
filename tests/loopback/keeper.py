"""Keeps a sound server at hand: one that died is told of, and a fresh one follows."""

from __future__ import annotations

import subprocess
import warnings
from contextlib import ExitStack

from .server import Loopback, sound_server


class SoundServerDied(UserWarning):
    """The private sound server ended before the tests did."""


class Keeper:
    """Has one sound server running for all tests, and another one when that has died."""

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._loopback: Loopback | None = None
        self._told: Loopback | None = None
        self._refused: list[str] = []

    def sound(self) -> Loopback:
        """Return a server that answers, with its microphone plugged in and no stream open.

        When none could be started twice, none is tried again, so that the tests fail at once.
        """
        if self._loopback is not None and not self._is_whole(self._loopback):
            self.close()
        if self._loopback is None:
            assert len(self._refused) < 2, f"no sound server could be started: {self._refused}"
            self._loopback = self._started()
        if not self._loopback.modules:
            self._loopback.plug()
        return self._loopback

    def _started(self) -> Loopback:
        try:
            fresh = self._stack.enter_context(sound_server())
            self._stack.enter_context(fresh.awake("ci_spk"))
        except (AssertionError, OSError, subprocess.TimeoutExpired) as error:
            self._refused.append(str(error))
            self._stack.close()
            raise
        return fresh

    def tell(self) -> None:
        """Warn once, in the summary of all tests and with its log, when the server has died."""
        if self._loopback is None or self._loopback.alive or self._told is self._loopback:
            return
        self._told = self._loopback
        with warnings.catch_warnings():
            warnings.simplefilter("always", SoundServerDied)
            warnings.warn(self._loopback.log(), SoundServerDied, stacklevel=2)

    def close(self) -> None:
        """End the server, whatever state it is in."""
        self._loopback = None
        self._stack.close()

    @staticmethod
    def _is_whole(loopback: Loopback) -> bool:
        """Whether it answers, and its microphone is wholly there or wholly not."""
        return len(loopback.modules) in (0, 2) and loopback.answers()
