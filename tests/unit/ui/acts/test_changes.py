"""One signal tells what changed, once, to everybody; each panel looks only at what it shows."""

from __future__ import annotations

import ast
from dataclasses import FrozenInstanceError, fields
from pathlib import Path

import pytest
from PySide6.QtCore import QObject, Signal

from perser_gui import ui
from perser_gui.emotions import EmotionSet
from perser_gui.progress import Progress
from perser_gui.records import Rating
from perser_gui.ui.acts.changes import ALL, NONE, Changes, Which
from perser_gui.ui.shell.window import MainWindow

UI = Path(ui.__file__).parent

NO_STATE = {
    "acts/adding.py": {"ready", "opening", "notice", "offered", "asked", "opened_paths"},
    "acts/workbench.py": {
        "changed",
        "warned",
        "settled",
        "labelled",
        "left_listener",
        "acted",
        "play_wanted",
    },
    "acts/live_session.py": {"read", "_posted"},
    "acts/listening.py": {
        "moved",
        "moved_in_clip",
        "spectrogram_drawn",
        "pitch_traced",
        "outline_grew",
    },
    "acts/pitch_tracing.py": {"traced", "_found"},
    "acts/loudspeaker.py": {"moved", "ended", "silenced", "_finished", "_lost"},
    "acts/study_book.py": {"joined"},
    "acts/taking_part.py": {"over", "_ended", "_lost"},
    "acts/jobs.py": {"_posted"},
}
"""The signals of the acts: the one of changes; sentences, what ends them, and requests; the
progress of work, and pictures that came of it; what comes many times a second; and the way from
another thread to the main one. What is no longer as it was is told by `Changes`."""


def signals_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        call = node.value if isinstance(node, ast.Assign) else None
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Signal":
            assert isinstance(node, ast.Assign)
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return found


def test_no_act_tells_a_state_by_a_signal_of_its_own() -> None:
    found = {
        str(path.relative_to(UI)): signals
        for path in sorted((UI / "acts").glob("*.py"))
        if (signals := signals_of(path))
    }
    assert found == NO_STATE


def test_nothing_has_changed_unless_it_is_said() -> None:
    changes = Changes()
    assert not any(getattr(changes, field.name) for field in fields(changes))
    with pytest.raises(FrozenInstanceError):
        changes.clips = True  # type: ignore[misc]


def test_who_made_a_change_does_not_make_it_another_one() -> None:
    somebody = object()
    changes = Changes(current=True, initiator=somebody)
    assert changes == Changes(current=True)
    assert changes.by(somebody)
    assert not changes.by(object())
    assert not Changes(current=True).by(None)


def test_some_clips_all_clips_and_no_clips() -> None:
    assert "a" in Which.of("a", "b")
    assert "c" not in Which.of("a", "b")
    assert "c" in ALL
    assert None not in NONE
    assert "a" not in NONE
    assert [bool(which) for which in (NONE, Which.of(), Which.of("a"), ALL)] == [
        False,
        False,
        True,
        True,
    ]


class Ear(QObject):
    """Hears what is told."""

    heard = Signal()

    def __init__(self, window: MainWindow) -> None:
        super().__init__()
        self.changes: list[Changes] = []
        window.workbench.changed.connect(self.changes.append)

    def told(self, name: str) -> list[Changes]:
        return [one for one in self.changes if getattr(one, name)]


def test_a_press_tells_of_one_label_once(window: MainWindow, qtbot) -> None:
    ear, clip = Ear(window), window.session.current
    assert clip is not None
    window.labelling.label_by_key(1)
    qtbot.waitUntil(lambda: window.labelling.save_state == "saved", timeout=5_000)
    assert ear.told("ratings") == [Changes(ratings=Which.of(clip))]
    assert ear.told("clips") == ear.told("listener") == ear.told("emotions") == []


def test_another_listener_is_told_with_clips_and_words_at_once(window: MainWindow, qtbot) -> None:
    ear = Ear(window)
    window.workbench.add_listener("Ben")
    qtbot.waitUntil(lambda: window.session.listener.name == "Ben", timeout=5_000)
    assert ear.told("listener") == [Changes(listener=True, emotions=True, clips=True)]


def test_what_another_program_wrote_is_told_at_once(window: MainWindow, desk, qtbot) -> None:
    clips = [row.clip.content for row in window.session.rows[:3]]
    listener = window.session.listener
    assert listener is not None
    ear = Ear(window)
    for clip in clips:
        desk.rate(listener.id, clip, emotions=("happy",), answer="emotion")
    desk.set_emotions(listener.id, EmotionSet.of(("happy", "sad")))
    window.workbench.noticing.refresh()
    qtbot.waitUntil(lambda: bool(ear.told("ratings")), timeout=5_000)
    assert ear.told("ratings") == ear.told("emotions")
    assert ear.told("ratings")[0].ratings == Which.of(*clips)


def test_a_profile_that_another_program_made_is_read_and_shown(
    window: MainWindow, desk, qtbot
) -> None:
    listener = window.session.listener
    assert listener is not None
    window.workbench.noticing.refresh()
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)
    desk.rate(
        listener.id, window.session.rows[0].clip.content, emotions=("happy",), answer="emotion"
    )
    desk.adapt(listener.id, progress=Progress())
    window.workbench.noticing.refresh()
    qtbot.waitUntil(lambda: window.personalization.current_profile is not None, timeout=5_000)
    assert window.personalization.current_profile == desk.current_profile(listener.id)
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)
    assert window.session.yours, "predictions are those of the new profile"
    assert "Adapted to you" in window.model_panel.state.text()


def test_reading_the_history_again_does_not_make_it_be_read_again(
    window: MainWindow, desk, qtbot
) -> None:
    ear = Ear(window)
    window.personalization.read_history()
    qtbot.waitUntil(lambda: bool(ear.told("profile")), timeout=5_000)
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)
    assert len(ear.told("profile")) == 1
    assert ear.told("predictions") == [], "the same profile predicts the same"


def test_a_choice_is_shown_wherever_it_was_made(window: MainWindow) -> None:
    window.workbench.choose(
        loop=True,
        speed=0.5,
        auto_play_next=False,
        show_spectrogram=True,
        adapter="fine-tune",
        adapt_as_i_go=True,
    )
    panel, right = window.label_panel, window.model_panel
    assert panel.loop.isChecked()
    assert not panel.autoplay.isChecked()
    assert panel.spectrogram.isChecked()
    assert panel.speed.currentData() == 0.5
    assert right.adapter.currentData() == "fine-tune"
    assert right.as_i_go.isChecked()


def test_a_choice_that_is_none_is_not_told(window: MainWindow) -> None:
    ear = Ear(window)
    window.workbench.choose(loop=window.workbench.settings.loop)
    assert ear.changes == []
    window.model_panel.as_i_go.setChecked(True)
    assert [one.settings for one in ear.changes] == [frozenset({"adapt_as_i_go"})]
    assert ear.changes[0].by(window.model_panel)


def test_why_a_clip_was_suggested_goes_with_the_clip(window: MainWindow, qtbot) -> None:
    shown = window.label_panel._reason
    window.personalization.suggest()
    qtbot.waitUntil(lambda: window.personalization.suggestion is not None, timeout=5_000)
    assert not shown.isHidden()
    suggested = window.session.current
    window.workbench.go_to(next(c for c in window.session.visible if c != suggested))
    assert shown.isHidden()
    assert window.personalization.suggestion is None
    window.workbench.go_to(suggested)
    assert shown.isHidden()


def test_every_panel_is_told_and_takes_every_kind_of_change(window: MainWindow) -> None:
    clip = window.session.current
    assert clip is not None
    window.session.ratings[clip] = Rating(1, 1, clip, "emotion", ("happy",))
    for field in fields(Changes):
        value = {
            "ratings": Which.of(clip),
            "predictions": ALL,
            "settings": frozenset({"loop"}),
            "initiator": window,
        }.get(field.name, True)
        window.workbench.tell(Changes(**{field.name: value}))
    assert window.label_panel.grid.buttons[0].isVisible()
