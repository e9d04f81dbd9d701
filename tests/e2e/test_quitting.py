"""Quitting ends work at its next check: no more than the batch under way is embedded."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence

import pytest

import perser_gui.upstream.embed as embed
from perser_gui.settings import Settings, save_settings
from perser_gui.ui.shell.window import MainWindow

from .desk_session import Condition, act

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def test_quitting_while_clips_are_embedded_waits_for_no_more_than_one_batch(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    save_settings(Settings(auto_play_next=False, toured=True))
    genuine = embed._embedded
    begun, may_go_on = threading.Event(), threading.Event()
    closing: list[bool] = []
    batches: list[bool] = []

    def slow(sounds: Sequence[object], encoder: object, progress: object) -> object:
        batches.append(bool(closing))
        if len(batches) == 1:
            begun.set()
            assert may_go_on.wait(60)
        return genuine(sounds, encoder, progress)

    monkeypatch.setattr(embed, "_embedded", slow)
    window_of: list[MainWindow] = []

    def script(window: MainWindow) -> Iterator[Condition]:
        window_of.append(window)
        yield begun.is_set
        assert window.session.unpredicted()
        closing.append(True)
        # the batch goes on only once closing has cancelled it, so that the order is certain
        genuine_close = window.runner.close

        def close(last: object = None) -> None:
            threading.Timer(0.05, may_go_on.set).start()
            genuine_close(last)  # type: ignore[arg-type]

        monkeypatch.setattr(window.runner, "close", close)

    assert act(script, ["--starter"]) == 0
    assert batches == [False]  # none was begun after closing
    assert not [t.name for t in threading.enumerate() if t.name.startswith("perser-")]
