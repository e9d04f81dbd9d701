"""Labelling blind: nothing shows what a model makes of a clip before its label is set."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from perser_gui import ui
from perser_gui.records import Rating
from perser_gui.ui.acts.clip_texts import clip_facts
from perser_gui.ui.acts.known_rows import DISAGREEMENT, GENERIC, UNCERTAINTY, YOURS
from perser_gui.ui.acts.wording import HIDDEN
from perser_gui.ui.shell.window import MainWindow
from perser_gui.ui.widgets.roles import CONTENT

from ..fake_desk import FakeDesk, recording_of


@pytest.fixture
def blind(open_window, desk: FakeDesk, qtbot) -> MainWindow:
    desk.blinds[1] = True
    window = open_window(desk)
    qtbot.waitUntil(lambda: len(window.session.generic) == 12)
    assert window.session.blind
    return window


def words_shown(window: MainWindow) -> list[str]:
    """Every place that could tell what a model makes of the clip at hand."""
    content = window.session.current or ""
    model = window.clips.model
    row = model.index(model.row_of(content))
    table = window.predictions.model
    table.arrange()
    cells = [
        table.index(i, column)
        for i in range(table.rowCount())
        for column in (YOURS, GENERIC, DISAGREEMENT, UNCERTAINTY)
        if table.index(i, column).data(CONTENT) == content
    ]
    return [
        str(row.data(Qt.ItemDataRole.ToolTipRole)),
        str(row.data(Qt.ItemDataRole.AccessibleTextRole)),
        " ".join(clip_facts(window.session, content)),
        *(str(cell.data()) for cell in cells),
        window.model_panel.legend.text(),
        window.model_panel.bars.accessibleDescription(),
        window.label_panel.timeline.caption(),
    ]


def test_nothing_tells_the_models_word_until_the_label_is_set(blind: MainWindow) -> None:
    session = blind.session
    content = session.current or ""
    word = session.generic[content].word
    shown = words_shown(blind)
    assert not any(word in text for text in shown[:-2])
    assert "%" not in shown[-2]
    assert sum(HIDDEN in text for text in shown) >= 4
    assert "Hidden until you label this clip." in shown
    assert all(
        yours is None and other is None for _, yours, other in blind.model_panel.bars.values()
    )
    other = next(w for w in session.emotions.words if w != word)
    blind.labelling.label(other)
    shown = words_shown(blind)
    assert sum(word in text for text in shown) >= 4
    assert not any(HIDDEN in text or "Hidden" in text for text in shown)


def test_a_hidden_word_is_found_by_no_search_no_filter_and_no_order(blind: MainWindow) -> None:
    session = blind.session
    word = session.generic[session.visible[3]].word
    blind.workbench.search(word)
    assert session.visible in ([], [session.current])
    blind.workbench.search("")
    blind.workbench.show_kind("differs")
    assert session.visible in ([], [session.current])
    blind.predictions.model.arrange()
    blind.predictions.model.sort(GENERIC)
    order = [blind.predictions.model.index(i, 0).data(CONTENT) for i in range(12)]
    assert order == [row.clip.content for row in session.rows]


def test_a_rating_remembers_whether_it_was_made_blind(
    blind: MainWindow, desk: FakeDesk, qtbot
) -> None:
    first, second, third = blind.session.visible[:3]
    blind.workbench.go_to(first, play=False)
    blind.labelling.label("happy")
    blind.labelling.label("sad")  # the prediction was in sight by now
    blind.workbench.go_to(second, play=False)
    blind.labelling.cant_tell()
    qtbot.keyClick(blind, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    assert not blind.session.blind
    blind.workbench.go_to(third, play=False)
    blind.labelling.label("calm")
    qtbot.waitUntil(lambda: len(desk.log) == 4)
    assert [r.blind for r in desk.log] == [True, False, True, False]
    assert desk.blinds[1] is False


def test_what_was_seen_once_stays_seen(blind: MainWindow, desk: FakeDesk, qtbot) -> None:
    blind.labelling.label("happy")
    blind.labelling.clear()
    assert blind.session.hides(blind.session.current)
    blind.labelling.label("happy")
    blind.blind.choose(False)
    blind.blind.choose(True)
    blind.workbench.move(+1)
    blind.labelling.label("sad")
    qtbot.waitUntil(lambda: len(desk.log) == 3)
    assert [r.blind for r in desk.log] == [True, False, False]


def test_a_clip_stays_hidden_while_more_words_are_added_to_its_label(
    blind: MainWindow, desk: FakeDesk, qtbot
) -> None:
    content = blind.session.current or ""
    blind.labelling.label("happy", second=True)
    assert blind.session.hides(content)
    assert blind.model_panel.legend.text() == "Hidden until you go on (Enter)."
    blind.labelling.label("sad", second=True)
    blind.labelling.label("calm", second=True)
    qtbot.waitUntil(lambda: len(desk.log) == 3)
    assert [r.blind for r in desk.log] == [True, True, True]
    assert desk.log[-1].emotions == ("happy", "sad", "calm")
    blind.labelling.confirm()
    assert blind.session.current != content
    assert not blind.session.hides(content)


def test_what_is_corrected_live_was_said_with_the_models_word_in_sight(
    blind: MainWindow, desk: FakeDesk, qtbot
) -> None:
    blind.labelling.label_clip(blind.session.visible[4], ("happy",))
    qtbot.waitUntil(lambda: [r.blind for r in desk.log] == [False])


def test_several_clips_are_labelled_blind_by_one_press_and_counted(
    blind: MainWindow, desk: FakeDesk, qtbot
) -> None:
    blind.show_view("predictions")
    assert "12 hidden until you label them" in blind.predictions.summary.text()
    blind.labelling.label_all(blind.session.visible[:3], "sad")
    qtbot.waitUntil(lambda: [r.blind for r in desk.log] == [True, True, True])
    qtbot.waitUntil(lambda: "9 hidden" in blind.predictions.summary.text())


def test_a_skipped_clip_stays_hidden(blind: MainWindow) -> None:
    content = blind.session.current or ""
    blind.labelling.skip()
    assert blind.session.hides(content)


def test_utterances_show_no_colours_of_models_until_they_are_labelled(
    open_window, desk: FakeDesk, qtbot
) -> None:
    desk.blinds[1] = True
    desk.library = recording_of(60.0, 6)
    window = open_window(desk)
    qtbot.waitUntil(lambda: len(window.session.generic) == 6)
    timeline = window.label_panel.timeline
    assert [(u.you, u.generic) for u in timeline.utterances] == [(None, None)] * 6
    window.labelling.label("happy")
    first = timeline.utterances[0]
    assert first.you is not None
    assert first.generic is not None
    assert [(u.you, u.generic) for u in timeline.utterances[1:]] == [(None, None)] * 5


def test_whoever_adapts_for_the_first_time_sees_predictions_and_is_told(
    blind: MainWindow, desk: FakeDesk, qtbot
) -> None:
    blind.labelling.label("happy")
    del desk.blinds[1]  # nothing was chosen: until the first adaptation
    with qtbot.waitSignal(
        blind.workbench.asked, check_params_cb=lambda _, s, c: "Ctrl+B" in s and c == "keep-hidden"
    ):
        blind.personalization.adapt()
    assert not blind.session.blind
    assert not blind.label_panel.blind.isChecked()


def test_each_listener_has_their_own_mode(open_window, qtbot) -> None:
    desk = FakeDesk(clips=4, listeners=("Ada", "Ben"))
    desk.blinds = {1: True, 2: False}
    window = open_window(desk)
    assert window.label_panel.blind.isChecked()
    window.workbench.switch_listener(2)
    qtbot.waitUntil(lambda: not window.session.blind)
    assert not window.label_panel.blind.isChecked()
    window.workbench.switch_listener(1)
    qtbot.waitUntil(lambda: window.session.blind and window.label_panel.blind.isChecked())


def test_a_mode_that_could_not_be_remembered_is_not_shown_as_if_it_were(
    blind: MainWindow, desk: FakeDesk, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    from perser_gui.errors import PerserError

    def refuse(listener: int, chosen: bool) -> None:
        raise PerserError("The disk is full.")

    monkeypatch.setattr(desk, "set_blind", refuse)
    qtbot.mouseClick(blind.label_panel.blind, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: blind.session.blind and blind.label_panel.blind.isChecked())
    assert blind.notice.isVisible()


def test_the_suggestion_is_asked_for_blind(
    blind: MainWindow, desk: FakeDesk, qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    genuine = desk.suggest_next

    def suggest(listener, progress, *, blind=False):
        asked.append(blind)
        return genuine(listener, progress)

    monkeypatch.setattr(desk, "suggest_next", suggest)
    blind.personalization.suggest()
    qtbot.waitUntil(lambda: asked == [True])


def test_labels_kept_for_the_next_start_know_whether_they_were_made_blind(
    blind: MainWindow, desk: FakeDesk, qtbot
) -> None:
    from perser_gui.ui.acts.presses import as_unsaved, of_unsaved

    desk.fail_ratings = True
    blind.labelling.label("happy")
    qtbot.waitUntil(lambda: blind.labelling.save_state == "failed")
    (request,) = blind.session.unsaved
    kept = of_unsaved(as_unsaved(request))
    desk.fail_ratings = False
    blind.labelling.take_up([kept])
    qtbot.waitUntil(lambda: len(desk.log) == 1)
    assert desk.log[0].blind is True


READERS = {"acts/session.py", "acts/prediction_queue.py"}
"""Where what is hidden may be looked at: the state, and what fills it."""


def test_no_panel_looks_behind_what_is_hidden() -> None:
    folder = Path(ui.__file__).parent
    found = []
    for path in sorted(folder.rglob("*.py")):
        name = path.relative_to(folder).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            looks = isinstance(node, ast.Subscript) or (
                isinstance(node, ast.Attribute) and node.attr in ("get", "items", "values")
            )
            if not looks or name in READERS:
                continue
            owner = ast.unparse(node.value)
            if owner.endswith(("session.yours", "session.generic")):
                found.append(f"{name}:{node.lineno}")
    assert found == [], "ask session.yours_of and generic_of, which hide"


def test_a_rating_says_in_words_how_it_was_made() -> None:
    from perser_gui.ui.acts.wording import label_fact

    assert "made blind" in label_fact(Rating(1, 1, "a", "emotion", ("sad",), blind=True))
    assert "blind" not in label_fact(Rating(1, 1, "a", "emotion", ("sad",), blind=False))
