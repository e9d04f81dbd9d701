"""Fixtures: a virtual microphone and loudspeaker, shared by the tests of a session."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from .server import Loopback, missing, sound_server


@pytest.fixture(scope="session")
def session_server() -> Iterator[Loopback]:
    """One private sound server for all tests of the session."""
    reason = missing()
    if reason:
        pytest.skip(reason)
    with sound_server() as loopback, loopback.awake("ci_spk"):
        yield loopback


@pytest.fixture
def loopback(session_server: Loopback) -> Loopback:
    """The sound server with its microphone plugged in."""
    if not session_server.modules:
        session_server.plug()
    return session_server
