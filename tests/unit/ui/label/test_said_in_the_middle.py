"""What the Label view says does not contradict itself: nothing at hand, no model."""

from __future__ import annotations

from ..fake_desk import FakeDesk


def test_an_empty_list_is_not_said_to_have_clips_to_choose(window) -> None:
    panel = window.label_panel
    window.workbench.search("no clip is called so")
    assert panel._pages.currentWidget() is panel._choose
    assert "Clear the search" in panel._choose.hint.text()
    assert "Choose a clip" not in panel._choose.hint.text()
    window.workbench.search("")
    if window.session.current:
        assert panel._pages.currentWidget() is panel._work
    assert panel._choose.hint.text() == "Choose a clip in the list."


def test_without_a_model_its_profile_is_not_called_in_use(open_window, qtbot) -> None:
    window = open_window(FakeDesk(clips=12))
    for clip in window.session.rows[:6]:
        window.labelling.label_clip(clip.clip.content, ("sad",))
    window.personalization.adapt()
    qtbot.waitUntil(lambda: not window.runner.busy and window.personalization.in_use)
    panel, model = window.model_panel, window.personalization
    assert "in use" in panel.result_text.text()
    assert "not in use" not in panel.result_text.text()
    model.state = "failed"
    panel.show_state()
    assert panel.result_text.text().startswith("It is kept, but not in use")
    model.state = "ready"
    panel.show_state()
    assert "not in use" not in panel.result_text.text()
