"""Work off the main thread."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtWidgets import QApplication

from perser_gui.errors import PerserError
from perser_gui.ui.acts.jobs import JobRunner, Lane


@pytest.fixture
def runner(qapp):
    runner = JobRunner()
    yield runner
    runner.close()


def test_work_runs_on_its_lane_and_its_result_arrives_on_the_main_thread(runner, qtbot):
    seen = []
    runner.run(
        lambda progress: threading.current_thread().name,
        lane=Lane.STORE,
        done=lambda name: seen.append((name, threading.current_thread().name)),
    )
    qtbot.waitUntil(lambda: bool(seen))
    assert seen == [("perser-store_0", "MainThread")]


def test_one_lane_does_one_thing_at_a_time_in_order(runner, qtbot):
    order = []
    for number in range(20):
        runner.run(lambda p, n=number: order.append(n), lane=Lane.COMPUTE)
    qtbot.waitUntil(lambda: not runner.busy)
    assert order == list(range(20))


def test_a_busy_lane_does_not_hold_up_another(runner, qtbot):
    gate, done = threading.Event(), []
    runner.run(lambda p: gate.wait(5), lane=Lane.COMPUTE)
    runner.run(lambda p: 1, lane=Lane.STORE, done=done.append)
    qtbot.waitUntil(lambda: done == [1])
    gate.set()


def test_cancelling_work_that_has_not_begun_ends_it_at_once(runner, qtbot):
    gate, ended, ran = threading.Event(), [], []
    runner.run(lambda p: gate.wait(5), lane=Lane.COMPUTE)
    waiting = runner.run(
        lambda p: ran.append(1), lane=Lane.COMPUTE, cancelled=lambda: ended.append("cancelled")
    )
    waiting.cancel()
    qtbot.waitUntil(lambda: ended == ["cancelled"])
    assert not gate.is_set()
    gate.set()
    qtbot.waitUntil(lambda: not runner.busy)
    assert not ran


def test_cancelling_running_work_takes_effect_at_its_next_check(runner, qtbot):
    begun, ended = threading.Event(), []

    def work(progress):
        begun.set()
        while True:
            progress.check()

    task = runner.run(work, lane=Lane.COMPUTE, cancelled=lambda: ended.append(1))
    begun.wait(5)
    task.cancel()
    qtbot.waitUntil(lambda: ended == [1])


def test_ten_thousand_reports_do_not_flood_the_main_thread_and_the_last_arrives(runner, qtbot):
    seen = []

    def work(progress):
        for step in range(10_001):
            progress.report(step / 10_000, str(step))

    runner.run(work, lane=Lane.FILES, reported=lambda fraction, text: seen.append(text))
    qtbot.waitUntil(lambda: not runner.busy)
    assert seen[-1] == "10000"
    assert len(seen) < 5_000


def test_a_failure_goes_to_its_own_handler_or_else_to_the_common_one(runner, qtbot):
    own, common = [], []
    runner.unhandled = lambda task, error: common.append((task.label, str(error)))

    def work(progress):
        raise PerserError("The file is damaged.")

    runner.run(work, lane=Lane.STORE, failed=lambda error: own.append(str(error)))
    runner.run(work, lane=Lane.STORE, label="Reading")
    qtbot.waitUntil(lambda: bool(own) and bool(common))
    assert own == ["The file is damaged."]
    assert common == [("Reading", "The file is damaged.")]


def test_closing_carries_out_queued_store_work_and_drops_the_rest(qapp):
    runner = JobRunner()
    gate, saved, computed, order = threading.Event(), [], [], []
    runner.run(lambda p: gate.wait(0.2), lane=Lane.STORE)
    for number in range(5):
        runner.run(lambda p, n=number: saved.append(n), lane=Lane.STORE)
    runner.run(lambda p: gate.wait(0.2), lane=Lane.COMPUTE)
    runner.run(lambda p: computed.append(1), lane=Lane.COMPUTE)
    runner.close(lambda: order.append(len(saved)))
    assert saved == [0, 1, 2, 3, 4]
    assert order == [5]
    assert not computed
    assert not [t for t in threading.enumerate() if t.name.startswith("perser-")]


def test_nothing_is_delivered_after_closing(qapp, qtbot):
    runner = JobRunner()
    seen = []
    runner.run(lambda p: 1, lane=Lane.STORE, done=seen.append)
    runner.close()
    QApplication.sendPostedEvents()
    QApplication.processEvents()
    assert seen == []
