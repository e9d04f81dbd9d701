"""Adapting at the desk: cancel, stop, roll back, and what is said about it."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.ui.acts import prediction_queue
from perser_gui.ui.acts.wording import lacking_text


def settle(qtbot, window) -> None:
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)


@pytest.fixture
def labelled(window, qtbot):
    """The window after four clips were labelled."""
    for number in (1, 2, 3, 4):
        window.labelling.label_by_key(number)
        window.labelling.confirm()
    settle(qtbot, window)
    return window


def test_predictions_of_everyones_model_come_by_themselves(window):
    assert len(window.session.generic) == 12
    assert not window.session.yours
    bars = window.model_panel.bars.values()
    assert sum(generic for _, _, generic in bars) == pytest.approx(1.0, abs=1e-5)
    assert all(yours is None for _, yours, _ in bars)


def test_predictions_come_once_more_when_their_voice_is_known_better(
    window, desk, qtbot, monkeypatch
):
    known: set[str] = set()
    heard: dict[str, int] = {}
    asked: list[int] = []
    usual = desk.compare

    def compare(clips, listener, progress):
        known.update(clips)
        heard.update(dict.fromkeys(clips, len(known)))
        asked.append(len(clips))
        return usual(clips, listener, progress)

    monkeypatch.setattr(desk, "compare", compare)
    monkeypatch.setattr(prediction_queue, "PORTION", 5)
    window.personalization._predicting._embedded.clear()
    window.personalization._predicting.forget()
    settle(qtbot, window)
    assert set(heard.values()) == {12}
    assert asked == [5, 5, 2, 10]
    # With features known, once is enough.
    asked.clear()
    window.personalization._predicting.forget()
    settle(qtbot, window)
    assert asked == [5, 5, 2]


def test_adapting_shows_yours_beside_everyones_and_the_scores_it_rests_on(labelled, desk, qtbot):
    QTest.keyClick(labelled, Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, labelled)
    panel = labelled.model_panel
    yours = {word: value for word, value, _ in panel.bars.values()}
    generic = {word: value for word, _, value in panel.bars.values()}
    assert max(yours, key=yours.get) != max(generic, key=generic.get)
    assert panel.headline.text() == "Closer to how you label"
    assert panel.figure.text() == "41 → 58 %"
    assert "(likely 49 to 68 %);\n20 labels, each foreseen" in panel.figure_text.text()
    assert panel.result_text.text() == "It is in use now."
    assert labelled.personalization.current_profile.id == 1
    assert len(labelled.session.yours) == 12


def test_adapting_is_refused_without_a_label_and_says_why(window, desk, qtbot):
    window.personalization.adapt()
    assert "Label a clip first" in window.notice.text.text()
    assert not window.model_panel.adapt_button.isEnabled()
    assert not desk.adapting.is_set()
    window.notice.hide()


def test_cancel_changes_the_text_at_once_and_takes_effect_between_two_steps(labelled, desk, qtbot):
    before = dict(labelled.session.generic)
    desk.gate.clear()
    labelled.personalization.adapt()
    qtbot.waitUntil(desk.adapting.is_set, timeout=2_000)
    panel = labelled.model_panel
    panel.cancel_button.click()
    assert panel.cancel_button.text() == "Cancelling…"
    qtbot.waitUntil(lambda: labelled.personalization.adapt_state.phase == "idle", timeout=2_000)
    settle(qtbot, labelled)
    assert desk.history(1) == []
    assert len(desk.ratings(1)) == 4
    assert not labelled.session.yours
    assert labelled.session.generic.keys() == before.keys()
    assert "as it was before" in labelled.notice.text.text()
    labelled.notice.hide()


def test_stop_keeps_the_best_so_far(labelled, desk, qtbot):
    desk.gate.clear()
    labelled.personalization.adapt()
    qtbot.waitUntil(desk.adapting.is_set, timeout=2_000)
    labelled.model_panel.stop_button.click()
    assert labelled.model_panel.stop_button.text() == "Stopping…"
    settle(qtbot, labelled)
    assert len(desk.history(1)) == 1
    assert desk.history(1)[0].profile.steps == 1
    assert labelled.session.yours


@pytest.mark.parametrize(
    ("outcome", "headline", "figure", "gentler"),
    [
        ("no difference", "No difference seen", "41 → 42 %", True),
        ("further away", "Further from how you label", "41 → 32 %", True),
        ("too early", "Too early to tell: 12 more labels", "41 → 44 %", False),
    ],
)
def test_an_adaptation_that_is_not_seen_to_help_is_said_so_and_not_used(
    labelled, desk, qtbot, outcome, headline, figure, gentler
):
    desk.outcome = outcome
    labelled.personalization.adapt()
    settle(qtbot, labelled)
    panel = labelled.model_panel
    assert panel.headline.text() == headline
    assert panel.figure.text() == figure
    assert panel.result_text.text() == "Everyone's model stays in use."
    assert panel.gentler.isVisible() == gentler
    assert not labelled.session.yours
    if gentler:
        desk.outcome = "closer"
        panel.gentler.click()
        settle(qtbot, labelled)
        assert desk.history(1)[0].profile.adapter == "bias-and-temperature"


def test_a_profile_chosen_from_the_history_shows_how_it_does_on_the_labels_there_are_now(
    labelled, desk, qtbot
):
    model = labelled.personalization
    for _ in range(2):
        model.adapt()
        settle(qtbot, labelled)
    desk.outcome = "further away"
    model.use_profile(1)
    settle(qtbot, labelled)
    assert model.current_profile.id == 1
    panel = labelled.model_panel
    assert panel.headline.text() == "Further from how you label"
    assert panel.figure.text() == "41 → 32 %"
    assert "\n4 labels, each foreseen" in panel.figure_text.text()
    assert "on the labels you have now" in panel.result_text.text()
    assert (
        "Further from how you label. How well your labels are foreseen: 41 %"
        in labelled.notice.text.text()
    )
    labelled.notice.hide()
    desk.outcome = "closer"
    model.adapt()
    settle(qtbot, labelled)
    assert panel.figure.text() == "41 → 58 %"
    assert panel.result_text.text() == "It is in use now."


def test_a_profile_from_before_there_were_verdicts_is_shown_without_figures(labelled, desk, qtbot):
    model = labelled.personalization
    model.adapt()
    settle(qtbot, labelled)
    records = desk.profiles[1]
    records[0] = replace(records[0], profile=replace(records[0].profile, verdict=None))
    model.result = None
    model.read_history()
    settle(qtbot, labelled)
    panel = labelled.model_panel
    assert panel.result.isVisible()
    assert not panel.figure.isVisible()
    assert "It was not measured yet how well" in panel.result_text.text()


def test_a_profile_that_another_program_put_in_use_takes_the_card(labelled, desk, qtbot):
    model, panel = labelled.personalization, labelled.model_panel
    model.adapt()
    settle(qtbot, labelled)
    assert panel.figure.text() == "41 → 58 %"
    desk.outcome = "too early"
    desk.adapt(1, progress=Progress())
    desk.make_current(1, 2)
    labelled.workbench.noticing.refresh()
    settle(qtbot, labelled)
    assert model.result is None
    assert panel.figure.text() == "41 → 44 %"
    assert panel.result_text.text() == "The model in use, when it was made."


def test_a_step_is_told_to_who_labels_without_its_loss() -> None:
    from perser_gui.adaptation.gradient import watching

    told: list[str] = []
    watch = watching(Progress(lambda _, message: told.append(message)), 5)
    assert watch is not None
    assert watch(3, 8.622)
    assert told == ["Step 3 of 5"]


def test_at_most_a_few_emotions_without_examples_are_named_and_not_the_one_just_used() -> None:
    counts = {"neutral": 1} | dict.fromkeys(("calm", "happy", "sad", "angry", "bored"), 0)
    lacking = sorted(counts, key=lambda word: counts[word])
    assert lacking_text(lacking, counts) == "No example yet: calm, happy, sad and 2 more"
    four = dict.fromkeys(("calm", "happy", "sad", "angry"), 0)
    assert lacking_text(list(four), four) == "No example yet: calm, happy, sad, angry"
    assert lacking_text(["calm", "sad"], {"calm": 1, "sad": 2}) == "Few examples: calm, sad"


def test_rolling_back_brings_an_earlier_profile_or_everyones_model(labelled, desk, qtbot):
    model = labelled.personalization
    for _ in range(2):
        model.adapt()
        settle(qtbot, labelled)
    assert model.current_profile.id == 2
    model.use_profile(1)
    settle(qtbot, labelled)
    assert model.current_profile.id == 1
    model.use_profile(None)
    settle(qtbot, labelled)
    assert model.current_profile is None
    assert not labelled.session.yours
    labelled.notice.hide()


def test_a_failed_adaptation_leaves_profile_and_labels_and_says_why(
    labelled, desk, qtbot, monkeypatch
):
    def broken(*_, **__):
        raise PerserError("The graphics card ran out of memory; choose the CPU.")

    monkeypatch.setattr(desk, "adapt", broken)
    labelled.personalization.adapt()
    settle(qtbot, labelled)
    assert "graphics card" in labelled.notice.text.text()
    assert labelled.personalization.adapt_state.phase == "idle"
    assert len(desk.ratings(1)) == 4


def test_adapting_waits_for_labels_that_are_still_being_saved(labelled, desk, qtbot, monkeypatch):
    seen = []
    rate, adapt = desk.rate, desk.adapt

    asked = threading.Event()

    def slow(*args, **kwargs):
        assert asked.wait(60)
        return rate(*args, **kwargs)

    def counting(listener, **kwargs):
        seen.append(len(desk.ratings(listener)))
        return adapt(listener, **kwargs)

    monkeypatch.setattr(desk, "rate", slow)
    monkeypatch.setattr(desk, "adapt", counting)
    labelled.labelling.label_by_key(5)
    labelled.personalization.adapt()
    asked.set()
    settle(qtbot, labelled)
    assert seen == [5]


def test_adapting_as_one_goes_coalesces_to_the_latest(labelled, desk, qtbot):
    labelled.model_panel.as_i_go.setChecked(True)
    desk.gate.clear()
    labelled.labelling.label_by_key(5)
    qtbot.waitUntil(desk.adapting.is_set, timeout=2_000)
    for _ in range(4):
        labelled.labelling.confirm()
        labelled.labelling.label_by_key(6)
    desk.gate.set()
    settle(qtbot, labelled)
    assert len(desk.history(1)) == 2


def test_work_on_the_store_and_on_the_model_runs_on_workers_of_their_own(labelled, desk, qtbot):
    labelled.personalization.adapt()
    settle(qtbot, labelled)
    assert {name.rsplit("_", 1)[0] for name in desk.threads} == {"perser-store", "perser-compute"}


def test_suggest_takes_a_clip_at_hand_and_says_why(labelled, desk, qtbot):
    QTest.keyClick(labelled, Qt.Key.Key_N)
    settle(qtbot, labelled)
    assert labelled.session.current == desk.library[-1].content
    assert labelled.label_panel._reason.isVisible()
    assert "two likeliest" in labelled.label_panel._reason_text.text()


def test_adapting_never_blocks_the_main_thread(labelled, desk, qtbot, watchdog):
    desk.steps = 40
    settle(qtbot, labelled)
    with watchdog:
        labelled.personalization.adapt()
        settle(qtbot, labelled)
    assert not watchdog.blocks
    assert "MainThread" not in desk.threads


def test_a_clip_that_cannot_be_predicted_does_not_stop_the_others(open_window, desk, monkeypatch):
    compare, broken = desk.compare, desk.library[3].content

    def failing(clips, listener, progress):
        if broken in clips:
            raise PerserError("clip 00003.wav cannot be decoded; it seems damaged.")
        return compare(clips, listener, progress)

    monkeypatch.setattr(desk, "compare", failing)
    window = open_window(desk)
    assert len(window.session.generic) == 11
    assert "damaged" in window.session.unpredictable[broken]


def test_a_model_that_cannot_be_loaded_is_explained_and_labelling_goes_on(
    open_window, desk, qtbot, monkeypatch
):
    def missing(progress):
        raise PerserError("models/perser-base is missing; install perser-gui again.")

    monkeypatch.setattr(desk, "load_model", missing)
    window = open_window(desk, model=False)
    window.personalization.load()
    settle(qtbot, window)
    assert "missing" in window.model_panel.state.text()
    window.labelling.label_by_key(1)
    settle(qtbot, window)
    assert len(desk.ratings(1)) == 1
