"""What the first opening of the Live view builds, and when."""

from __future__ import annotations


def test_the_page_is_shown_before_the_pictures_of_the_stream_are_made(window, qtbot):
    window.show_view("live")
    assert window.live_view.isVisible()
    assert window.live_view.plots is None
    qtbot.waitUntil(lambda: window.live_view.plots is not None)
    made = window.live_view.plots
    window.show_view("label")
    window.show_view("live")
    qtbot.wait(20)
    assert window.live_view.plots is made


def test_without_a_microphone_none_is_tested(window) -> None:
    view = window.live_view
    window.live.microphones.devices = []
    view.show_devices()
    assert not view.test.isEnabled()
    view.show_test()
    assert not view.test.isEnabled()
