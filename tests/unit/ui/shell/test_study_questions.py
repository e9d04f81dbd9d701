"""Asking about studies: nothing that was typed is lost, and who labels now is offered first."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QItemSelectionModel

from perser_gui.errors import PerserError
from perser_gui.ui.dialogs.study_dialog import NewStudyDialog, Offer, TakePartDialog


def test_a_study_that_cannot_be_made_is_asked_about_again_with_all_that_was_typed(
    window, qtbot, monkeypatch
) -> None:
    seen: list[tuple[str, str, str]] = []

    def answer(dialog: NewStudyDialog) -> bool:
        seen.append((dialog.name.text(), dialog.instructions.toPlainText(), dialog.problem.text()))
        dialog.name.setText("Pilot")
        dialog.instructions.setPlainText("Listen well.")
        dialog.take_folder(Path("tones"))
        return len(seen) == 1

    def refuse(study, paths, *, refused, **more) -> None:
        refused(PerserError("2 repeats are too many."))

    monkeypatch.setattr(NewStudyDialog, "exec", answer)
    monkeypatch.setattr(window.study_book, "make", refuse)
    window.commands.studies.ask_new()
    qtbot.waitUntil(lambda: len(seen) == 2)
    assert seen == [("", "", ""), ("Pilot", "Listen well.", "2 repeats are too many.")]


def texts(window) -> dict[str, list[str]]:
    return {offer.text: list(offer.clips) for offer in window.commands.studies.offers()}


def test_the_clips_of_a_study_are_those_chosen_shown_or_all(window, desk, qtbot) -> None:
    session, view = window.session, window.clips.view
    rows = [row.clip.content for row in session.rows]
    assert list(texts(window).items()) == [("all 12 clips on the list", rows)]
    window.workbench.search("clip 0001")
    shown = list(session.visible)
    assert 1 < len(shown) < 12
    window.show_view("studies")
    assert window.commands.studies.offers() == [
        Offer(
            f"{len(shown)} of 12 clips: those shown in the list", shown, "the search “clip 0001”"
        ),
        Offer("all 12 clips on the list", rows),
    ]
    window.workbench.search("")
    flags = QItemSelectionModel.SelectionFlag
    view.selectionModel().select(view.model().index(4, 0), flags.ClearAndSelect)
    view.selectionModel().select(view.model().index(2, 0), flags.Select)
    assert next(iter(texts(window).items())) == (
        "2 of 12 clips: those chosen in the list",
        [rows[2], rows[4]],
    )
    desk.missing.add(rows[2])
    window.workbench.reread()
    qtbot.waitUntil(lambda: any(row.missing for row in window.session.rows))
    assert rows[2] not in texts(window)["all 11 clips on the list"]


def test_what_was_left_standing_in_another_view_is_never_taken_unasked(window, qtbot) -> None:
    table = window.predictions
    window.show_view("predictions")
    table.search.setText("clip 0001")
    table.kind.setCurrentIndex(table.kind.findData("labelled"))
    qtbot.waitUntil(lambda: table.model.rowCount() == 0)
    table.kind.setCurrentIndex(table.kind.findData("unlabelled"))
    qtbot.waitUntil(lambda: 1 < table.model.rowCount() < 12)
    count = table.model.rowCount()
    by = "the search “clip 0001” and the filter “Without your label”"
    window.show_view("studies")
    first = window.commands.studies.offers()[0]  # one has just seen them
    assert (first.text, first.by) == (f"{count} of 12 clips: those shown in Predictions", by)
    for way in (["label"], ["predictions", "compare"]):
        for view in (*way, "studies"):
            window.show_view(view)
        offers = window.commands.studies.offers()
        assert offers[0].text == "all 12 clips on the list", way
        assert (offers[-1].text, offers[-1].by) == (first.text, by)


def test_a_study_of_clips_on_the_list_asks_for_just_those(window, qtbot, monkeypatch) -> None:
    made: list[tuple[list[str], list[Path]]] = []

    def answer(dialog: NewStudyDialog) -> bool:
        dialog.name.setText("Pilot")
        assert dialog.accept_button.isEnabled()
        return True

    monkeypatch.setattr(NewStudyDialog, "exec", answer)
    monkeypatch.setattr(
        window.study_book,
        "make",
        lambda study, paths, *, contents, **more: made.append((contents, paths)),
    )
    window.workbench.search("clip 0001")
    window.commands.studies.ask_new()
    assert made == [(list(window.session.visible), [])]


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
