"""What goes out is said before a file is chosen: the clips shown, or all; one dialog for labels."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QDialog, QLabel

from perser_gui.ui.dialogs import which_clips
from perser_gui.ui.widgets.file_questions import FileDialog


@pytest.fixture
def files(monkeypatch, tmp_path) -> list[str]:
    """The titles of the dialogs for files, in order; each chooses the same file."""
    titles: list[str] = []

    def ask(dialog: FileDialog) -> list[Path]:
        titles.append(dialog.shown.windowTitle())
        return [tmp_path / "out.csv"]

    monkeypatch.setattr(FileDialog, "ask", ask)
    return titles


def answered(monkeypatch, button: str) -> list[str]:
    """Let the question which clips be answered by a button; return what its buttons say."""
    seen: list[str] = []

    def execute(dialog: which_clips.WhichClipsDialog) -> int:
        seen.extend((dialog.accept_button.text(), dialog.all_button.text()))
        getattr(dialog, button).click()
        return dialog.result()

    monkeypatch.setattr(which_clips.WhichClipsDialog, "exec", execute)
    return seen


@pytest.mark.parametrize("view", ["label", "predictions"])
@pytest.mark.parametrize(
    ("button", "title", "written"),
    [
        ("accept_button", "Export the predictions of the 3 clips shown", 3),
        ("all_button", "Export the predictions of all 12 clips", 12),
    ],
)
def test_the_key_asks_which_clips_while_a_filter_hides_some(
    window, qtbot, monkeypatch, tmp_path, files, view, button, title, written
) -> None:
    seen = answered(monkeypatch, button)
    window.show_view(view)
    if view == "label":
        window.workbench.search("clip 0001")
    else:
        window.predictions.search.setText("clip 0001")
        qtbot.waitUntil(lambda: window.predictions.model.rowCount() < 12)
    shown = len(window.session.visible) if view == "label" else window.predictions.model.rowCount()
    title = title.replace("3", str(shown))
    window.commands.actions["export"].trigger()
    assert files == [title]
    assert seen == [f"Export the {shown} shown…", "Export all 12…"]
    qtbot.waitUntil(lambda: not window.runner.busy)
    lines = (tmp_path / "out.csv").read_text().splitlines()[1:]
    assert len(lines) == (shown if written == 3 else 12)


def test_only_a_filter_in_sight_is_asked_about_and_it_is_named(
    window, qtbot, monkeypatch, files
) -> None:
    said: list[str] = []

    def execute(dialog: which_clips.WhichClipsDialog) -> int:
        said.extend(text.text() for text in dialog.findChildren(QLabel))
        return 0

    monkeypatch.setattr(which_clips.WhichClipsDialog, "exec", execute)
    window.workbench.search("clip 0001")
    shown = len(window.session.visible)
    window.commands.actions["export"].trigger()
    assert f"{shown} of 12 clips are shown by the search “clip 0001”." in said
    assert files == []
    for view in ("predictions", "compare", "studies"):  # the list is not in sight there
        window.show_view(view)
        window.commands.actions["export"].trigger()
        qtbot.waitUntil(lambda: not window.runner.busy)
    assert files == ["Export the predictions of all 12 clips"] * 3


def test_a_question_that_is_left_writes_nothing(window, monkeypatch, files) -> None:
    answered(monkeypatch, "cancel_button")
    window.workbench.search("clip 0001")
    window.commands.actions["export"].trigger()
    assert files == []


def test_without_a_filter_nothing_is_asked_but_the_file(window, qtbot, files) -> None:
    window.commands.actions["export"].trigger()
    assert files == ["Export the predictions of all 12 clips"]
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_labels_take_one_dialog_which_says_how_many(window, qtbot, files, monkeypatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(QDialog, "exec", lambda self: opened.append(self.windowTitle()))
    for word in ("happy", "sad"):
        window.labelling.label(word)
        window.workbench.move(1)
    qtbot.waitUntil(lambda: window.labelling.save_state == "saved")
    count = len(window.session.ratings)
    window.commands.actions["export-ratings"].trigger()
    assert (files, opened) == ([f"Export all {count} labels of yours"], [])
    qtbot.waitUntil(lambda: not window.runner.busy)
