"""A timeline seen from afar shows how much of each column carries which colour."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from perser_gui.ui.label.lane_marks import LaneMark, LaneUtterance
from perser_gui.ui.label.timeline_lanes import Scale
from perser_gui.ui.label.timeline_shares import columns, stacked, too_narrow
from perser_gui.ui.look import theme

from ..fake_desk import FakeDesk, recording_of

RED, BLUE = "#ff0000", "#0000ff"


def utterance(start: float, end: float, you: str = "", generic: str = BLUE) -> LaneUtterance:
    mine = LaneMark("x", ("x",), you, own=True) if you else None
    return LaneUtterance(f"{start}", start, end, mine, LaneMark("y", ("y",), generic))


def test_an_utterance_across_two_columns_counts_in_both() -> None:
    first, second = columns([utterance(5.0, 15.0, RED)], 0.0, 20.0, 24.0)
    assert first.spoken == second.spoken == pytest.approx(5.0)
    assert first.you == {(RED, True): pytest.approx(5.0)}
    assert first.differs == pytest.approx(5.0)


def test_all_speech_in_view_is_counted_once() -> None:
    many = [utterance(i * 3.9, i * 3.9 + 2.0) for i in range(919)]
    found = columns(many, 0.0, 3600.0, 560.0)
    assert sum(one.spoken for one in found) == pytest.approx(
        sum(min(one.end, 3600.0) - one.start for one in many if one.start < 3600.0)
    )


def test_colours_are_stacked_in_the_order_of_words_and_nothing_yet_comes_last() -> None:
    lane = {("", False): 1.0, (BLUE, False): 2.0, (RED, True): 1.0}
    assert list(stacked(lane, [RED, BLUE])) == [
        ((RED, True), 0.0, 0.25),
        ((BLUE, False), 0.25, 0.75),
        (("", False), 0.75, 1.0),
    ]


def test_nine_hundred_utterances_are_shown_by_shares_until_one_zooms() -> None:
    many = [utterance(i * 3.9, i * 3.9 + 2.0) for i in range(919)]
    assert too_narrow(many, 560.0 / 3600.0)
    assert not too_narrow(many[:10], 560.0 / 40.0)


def test_half_labelled_red_reads_half_red_on_the_timeline(open_window, qtbot) -> None:
    desk = FakeDesk(clips=0)
    desk.library = recording_of(3600.0, 919)
    window = open_window(desk, model=False)
    session, timeline = window.session, window.label_panel.timeline
    word = session.emotions.emotions[4]
    for content in session.visible[:460]:
        window.labelling.label_clip(content, (word.word,))
    qtbot.waitUntil(lambda: not window.runner.busy)
    window.workbench.go_to(session.visible[-1])
    picture = timeline.grab().toImage()
    scale: Scale = timeline.scale
    lane, ratio = scale.lanes[0], picture.devicePixelRatio()
    row = [
        QColor(picture.pixel(round(x * ratio), round(lane.center().y() * ratio)))
        for x in range(round(lane.left()) + 2, round(lane.right()) - 8, 3)
    ]
    red = QColor(word.colour)
    near = [theme.contrast(one, red) < 1.15 for one in row]
    half = len(near) // 2
    assert sum(near[: half - 4]) > 0.75 * half
    assert not any(near[half + 4 :])
