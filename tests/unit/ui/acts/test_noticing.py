"""What other programs wrote to the store comes into the window."""

from __future__ import annotations

from perser_gui.records import Rating


def test_what_was_written_between_the_reading_and_the_first_look_is_seen(
    window, desk, qtbot, monkeypatch
) -> None:
    clip = desk.library[3].content
    theirs = Rating(1, 1, clip, "emotion", ("sad",))
    monkeypatch.setattr(desk, "changes", lambda: 1)  # it was 0 when the window read the store
    monkeypatch.setattr(desk, "ratings", lambda listener: [theirs])
    window.workbench.noticing.look()
    qtbot.waitUntil(lambda: window.session.rating(clip) is not None)
    assert window.session.rating(clip).emotions == ("sad",)
