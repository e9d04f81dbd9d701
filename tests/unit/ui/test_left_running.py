"""What a test leaves running is seen, however old it is."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QAbstractAnimation, QObject, QThread, QTimer, QVariantAnimation
from PySide6.QtWidgets import QApplication

from .conftest import left_running, put_aside


@pytest.mark.parametrize("old", [False, True])
def test_timers_threads_and_animations_are_seen(qapp: QApplication, old: bool) -> None:
    owner = QObject()
    timer, thread, animation = QTimer(owner), QThread(owner), QVariantAnimation(owner)
    timer.setInterval(60_000)
    animation.setDuration(60_000)
    animation.setStartValue(0)
    animation.setEndValue(1)
    if old:
        put_aside()  # as before the test that begins now
    assert left_running() == []
    for thing in (timer, thread, animation):
        thing.start()
    assert len(left_running()) == 3
    timer.stop()
    animation.stop()
    thread.quit()
    assert thread.wait(20_000)
    assert animation.state() == QAbstractAnimation.State.Stopped
    assert left_running() == []
