from __future__ import annotations

import pytest

from perser_gui.errors import Cancelled
from perser_gui.progress import Progress


def test_cancelling_stops_work_at_the_next_report() -> None:
    progress = Progress()
    progress.report(0.1)
    progress.cancel()
    with pytest.raises(Cancelled):
        progress.report(0.2)


def test_stopping_lets_work_go_on_and_only_asks() -> None:
    progress = Progress()
    progress.stop()
    progress.report(0.5)
    assert progress.stop_requested
    assert not progress.cancelled


def test_a_part_maps_its_share_and_shares_the_wishes() -> None:
    seen: list[float] = []
    whole = Progress(lambda fraction, _: seen.append(fraction))
    part = whole.part(0.5, 1.0).part(0.0, 0.5)
    part.report(1.0)
    assert seen == [pytest.approx(0.75)]
    whole.cancel()
    with pytest.raises(Cancelled):
        part.check()


def test_fractions_outside_the_range_are_clipped() -> None:
    seen: list[float] = []
    progress = Progress(lambda fraction, _: seen.append(fraction))
    progress.report(-1)
    progress.report(7)
    assert seen == [0.0, 1.0]


def test_a_part_that_is_not_stoppable_hears_of_cancel_only() -> None:
    whole = Progress()
    part = whole.part(0.0, 1.0, stoppable=False)
    whole.stop()
    assert not part.stop_requested
    assert whole.part(0.0, 1.0).stop_requested
    whole.cancel()
    with pytest.raises(Cancelled):
        part.check()
