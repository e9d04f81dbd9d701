"""What is dropped on the window: sound, labels as a page to confirm, addresses."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QLabel

from perser_gui.desk.importing import PlannedImport
from perser_gui.desk.values import (
    ImportedRatings,
    Understood,
    UnderstoodListener,
    UnderstoodWord,
)
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.records import Profile
from perser_gui.store import SharedProfile, write_shared

WORDS = (
    UnderstoodWord("neu", 3, "", "neutral"),
    UnderstoodWord("wistful", 1, "", ""),
    UnderstoodWord("happy", 2, "happy", "happy"),
)
UNDERSTOOD = Understood(
    source="study.csv, a table",
    rows=8,
    listeners=(UnderstoodListener("lena", True, 6, 1, 0, WORDS, without=1),),
    found={"by their name alone": 6},
    left_out=1,
    notes=("The column “rater” was read as listener.",),
    problems=("gone.wav was not found; its rows were left out.",),
)


def drop(window, *urls: QUrl) -> None:
    mime = QMimeData()
    mime.setUrls(list(urls))
    event = QDropEvent(
        QPointF(50, 50), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    window.dropEvent(event)


def texts(dialog) -> str:
    return "\n".join(part.text() for part in dialog.findChildren(QLabel))


@pytest.fixture
def planned(desk, monkeypatch) -> list:
    """What the desk was asked to plan; it understands everything in the folder `right`."""
    asked: list = []

    def plan_import(path, audio, progress, *, listener=None):
        asked.append((Path(path), Path(audio), listener))
        if Path(audio).name != "right":
            raise PerserError("None of the 6 files can be read there.")
        return PlannedImport((), (), UNDERSTOOD, UNDERSTOOD.problems)

    monkeypatch.setattr(desk, "plan_import", plan_import, raising=False)
    return asked


@pytest.mark.parametrize("name", ["study.csv", "call.TextGrid", "call.eaf", "labels.json"])
def test_labels_that_are_dropped_open_the_page_that_shows_what_was_understood(
    window, planned, qtbot, tmp_path, name
):
    path = tmp_path / "right" / name
    path.parent.mkdir()
    path.write_text("file,listener,emotion\n")
    drop(window, QUrl.fromLocalFile(str(path)))
    dialog = window.commands.imports.dialog
    assert not dialog.accept_button.isEnabled()
    qtbot.waitUntil(lambda: dialog.plan is not None, timeout=5_000)
    assert planned == [(path, path.parent, None)]
    shown = texts(dialog)
    for part in ("lena, a new listener: 6 labels", "neu → neutral", "wistful (1)", "no emotion",
                 "1 earlier label of the same clip would be replaced", "was read as listener",
                 "gone.wav was not found"):  # fmt: skip
        assert part in shown, part
    assert dialog.accept_button.text() == "Import 6 labels"
    dialog.reject()


def test_nothing_is_written_before_it_is_confirmed(
    window, desk, planned, qtbot, tmp_path, monkeypatch
):
    (tmp_path / "right").mkdir()
    path = tmp_path / "study.csv"
    path.write_text("file,listener,emotion\n")
    carried: list = []

    def carry_out(plan):
        carried.append(plan)
        return ImportedRatings([desk.people[0]], 6, list(plan.problems), plan.understood)

    monkeypatch.setattr(desk, "carry_out", carry_out, raising=False)
    window.commands.imports.open_labels(path)
    dialog = window.commands.imports.dialog
    qtbot.waitUntil(lambda: dialog.problem.text() != "", timeout=5_000)
    assert "None of the 6 files" in dialog.problem.text()
    assert not dialog.accept_button.isEnabled()
    dialog.choose_folder(tmp_path / "right")
    qtbot.waitUntil(lambda: dialog.plan is not None, timeout=5_000)
    dialog.name.setText("Zoë")
    dialog.name.editingFinished.emit()
    qtbot.waitUntil(lambda: len(planned) == 3 and dialog.plan is not None, timeout=5_000)
    assert planned[-1] == (path, tmp_path / "right", "Zoë")
    assert carried == []
    dialog.accept()
    qtbot.waitUntil(lambda: bool(carried) and not window.runner.busy, timeout=5_000)
    assert "Imported 6 labels of Ada. 1 earlier label" in window.notice.text.text()
    assert window.commands.imports.dialog is None
    window.notice.hide()


def test_an_address_on_the_web_is_said_to_be_one(window, desk, qtbot):
    before = len(desk.library)
    drop(window, QUrl("https://example.org/clip.wav"))
    assert "address on the web" in window.notice.text.text()
    assert len(desk.library) == before
    window.notice.hide()


def test_sound_and_labels_that_are_dropped_together_go_both_ways(
    window, desk, planned, qtbot, tmp_path
):
    path = tmp_path / "right" / "study.csv"
    path.parent.mkdir()
    path.write_text("file,listener,emotion\n")
    drop(window, QUrl.fromLocalFile("/tmp/one.wav"), QUrl.fromLocalFile(str(path)))
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=5_000)
    assert desk.library[-1].path == Path("/tmp/one.wav")
    assert window.commands.imports.dialog.plan is not None
    window.commands.imports.dialog.reject()


def test_a_model_is_shown_before_it_is_taken_in(window, desk, qtbot, tmp_path, monkeypatch):
    shared = SharedProfile(
        "Zoë", EmotionSet.of(("joy", "blue")), Profile("fine-tune", "b" * 64, ("joy", "blue"), {})
    )
    taken: list = []
    monkeypatch.setattr(desk, "profile_in", lambda path: shared, raising=False)
    monkeypatch.setattr(window.exchange, "import_model", taken.append)
    path = tmp_path / "zoe.perser"
    write_shared(path, shared)
    drop(window, QUrl.fromLocalFile(str(path)))
    imports = window.commands.imports
    qtbot.waitUntil(lambda: imports.model_dialog is not None, timeout=5_000)
    shown = texts(imports.model_dialog)
    for part in ("Zoë", "fine-tune", "joy, blue", "bbbbbbbbbbbb"):
        assert part in shown, part
    assert taken == []
    imports.model_dialog.accept()
    assert taken == [path]
