"""The order of the list of clips: chosen, remembered, and kept while one labels."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from perser_gui.settings import load_settings
from perser_gui.ui.shell.window import MainWindow

from ..fake_desk import FakeDesk, recording_of


def names(window: MainWindow) -> list[str]:
    clips = [window.session.clip(content) for content in window.session.visible]
    return [clip.path.name for clip in clips if clip is not None]


def test_the_list_is_sorted_by_name_and_back(window: MainWindow) -> None:
    added = names(window)
    window.clip_order.choose("name", backwards=True)
    assert names(window) == sorted(added, key=str.casefold, reverse=True)
    assert [i for i in range(12) if window.clips.model.row_of(window.session.visible[i]) != i] == []
    window.clip_order.choose("added", backwards=False)
    assert names(window) == added


def test_clips_without_a_label_come_first_and_stay_where_they_are_while_labelled(
    window: MainWindow,
) -> None:
    first = window.session.visible[0]
    window.workbench.go_to(first, play=False)
    window.labelling.label("happy")
    window.clip_order.choose("unlabelled", backwards=False)
    assert window.session.visible[-1] == first
    second = window.session.visible[0]
    window.workbench.go_to(second, play=False)
    window.labelling.label("sad")
    assert window.session.visible[0] == second
    window.clip_order.choose("label", backwards=False)
    assert window.session.visible[:2] == [first, second]


def test_unsure_clips_come_first_when_all_are_predicted_and_hidden_ones_tell_nothing(
    window: MainWindow, desk: FakeDesk, qtbot
) -> None:
    session = window.session
    doubtful = session.visible[7]
    generic = session.generic[doubtful]
    even = np.full_like(generic.probabilities, 1 / 8)
    session.generic[doubtful] = replace(generic, probabilities=even)
    window.clip_order.choose("unsure", backwards=False)
    assert session.visible[0] == doubtful
    window.blind.choose(True)
    assert session.visible == [row.clip.content for row in session.rows]


def test_utterances_of_a_recording_stay_together(open_window, desk: FakeDesk) -> None:
    whole = recording_of(60.0, 6)
    desk.library = [*desk.library[:3], *whole]
    window = open_window(desk)
    window.labelling.label_all([whole[4].content], "happy")
    for order in ("label", "duration", "unlabelled", "name"):
        window.clip_order.choose(order, backwards=False)
        recordings = [window.session.clip(c).recording for c in window.session.visible]
        runs = [a for a, b in zip(recordings, [None, *recordings], strict=False) if a != b]
        assert len(runs) == 4, order


def test_the_order_is_remembered(open_window, desk: FakeDesk) -> None:
    window = open_window(desk)
    menu = window.clips.sort.menu()
    (by_name,) = [a for a in menu.actions() if a.text() == "Name"]
    by_name.trigger()
    expected = sorted(names(window), key=str.casefold)
    assert names(window) == expected
    window.close()
    assert load_settings().clip_order == "name"
    again = open_window(FakeDesk(clips=12))
    assert names(again) == expected
