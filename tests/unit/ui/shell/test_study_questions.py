"""Asking about studies: nothing that was typed is lost, and who labels now is offered first."""

from __future__ import annotations

from pathlib import Path

from perser_gui.errors import PerserError
from perser_gui.ui.dialogs.study_dialog import NewStudyDialog, TakePartDialog


def test_a_study_that_cannot_be_made_is_asked_about_again_with_all_that_was_typed(
    window, qtbot, monkeypatch
) -> None:
    seen: list[tuple[str, str, str]] = []

    def answer(dialog: NewStudyDialog) -> bool:
        seen.append((dialog.name.text(), dialog.instructions.toPlainText(), dialog.problem.text()))
        dialog.name.setText("Pilot")
        dialog.instructions.setPlainText("Listen well.")
        dialog.paths = [Path("a.wav")]
        return len(seen) == 1

    def refuse(study, paths, *, refused, **more) -> None:
        refused(PerserError("2 repeats are too many."))

    monkeypatch.setattr(NewStudyDialog, "exec", answer)
    monkeypatch.setattr(window.study_book, "make", refuse)
    window.commands.studies.ask_new()
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert seen == [("", "", ""), ("Pilot", "Listen well.", "2 repeats are too many.")]


def test_a_refusal_goes_to_whoever_asked_and_else_into_a_notice(window, desk, qtbot) -> None:
    def refuse(*args: object, **more: object) -> None:
        raise PerserError("Too many repeats.")

    desk.study_of_files = refuse
    told: list[str] = []
    book = window.study_book
    book.make(None, [], blocks=False, groups="", refused=lambda error: told.append(str(error)))
    qtbot.waitUntil(lambda: told == ["Too many repeats."])
    assert not window.notice.bars
    book.make(None, [], blocks=False, groups="")
    qtbot.waitUntil(lambda: window.notice.text.text() == "Too many repeats.")


def test_who_labels_now_is_offered_to_take_part(window) -> None:
    dialog = TakePartDialog(window, "Pilot", ["Ada", "Bo"], "Bo")
    assert dialog.name == "Bo"
    dialog.deleteLater()
    dialog = TakePartDialog(window, "Pilot", ["Ada", "Bo"])
    assert dialog.name == "Ada"
    dialog.deleteLater()
