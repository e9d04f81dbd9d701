"""The dialog for files: where it begins, what it suggests, and that there is only one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import QSettings, QStandardPaths, QTimer
from PySide6.QtWidgets import (
    QApplication,
    QDialogButtonBox,
    QFileDialog,
    QLineEdit,
    QListView,
    QMessageBox,
    QToolButton,
    QTreeView,
    QWidget,
)

import perser_gui
from perser_gui.settings import Settings, load_settings
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import file_questions
from perser_gui.ui.widgets.file_questions import FileDialog, FileQuestions, completed, file_name

TABLES = "Table (*.csv);;Drawing (*.svg)"


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """Home, music and documents of a computer that nobody has worked on yet."""
    made = {
        name: tmp_path / name
        for name in ("Home", "Music", "Documents", "Pictures", "Download", "work")
    }
    for folder in made.values():
        folder.mkdir()
    monkeypatch.setattr(Path, "home", lambda: made["Home"])
    monkeypatch.setattr(
        QStandardPaths,
        "writableLocation",
        lambda place: str(made[place.name.removesuffix("Location")]),
    )
    return made


@pytest.fixture
def asking(qtbot) -> FileQuestions:
    """Questions over settings that nobody has changed yet, in `asking.settings`."""
    parent = QWidget()
    qtbot.addWidget(parent)
    box = [Settings()]

    def keep(folders: tuple[tuple[str, str], ...]) -> None:
        box[0] = box[0].with_(folders=folders)

    return FileQuestions(parent, lambda: box[0].folders, keep)


def answered(monkeypatch: pytest.MonkeyPatch, *names: Path) -> list[Path]:
    """Answer every question with these; return where the dialogs began."""
    begun: list[Path] = []

    def ask(dialog: FileDialog) -> list[Path]:
        begun.append(Path(dialog.shown.directory().absolutePath()))
        return list(names)

    monkeypatch.setattr(FileDialog, "ask", ask)
    return begun


def test_a_question_begins_where_that_kind_of_thing_was_last(asking, places, monkeypatch) -> None:
    begun = answered(monkeypatch, places["work"] / "a.csv")
    asking.files("clips", "Add", "")
    asking.file("models", "Model")
    asking.to_save("pictures", "Picture", "a.svg", TABLES)
    assert begun == [places["Music"], places["Documents"], places["Pictures"]]
    asking.file("clips", "Where is it now?")
    asking.folder("clips", "Clips")
    asking.to_save("tables", "Export", "a.csv", TABLES)
    assert begun[3:] == [places["work"], places["work"], places["Documents"]]
    asking.folder("clips", "Clips", start=places["Home"])
    assert begun[-1] == places["Home"]


def test_a_folder_that_is_gone_gives_way_to_the_first_and_that_to_the_home(
    asking, places, monkeypatch
) -> None:
    begun = answered(monkeypatch, places["work"] / "a.wav")
    asking.file("clips", "Clip")
    places["work"].rmdir()
    asking.file("clips", "Clip")
    places["Music"].rmdir()
    asking.file("clips", "Clip", start=places["Music"])
    assert begun == [places["Music"], places["Music"], places["Home"]]


def test_a_question_that_is_left_changes_nothing(asking, places, monkeypatch) -> None:
    answered(monkeypatch, places["work"] / "a.wav")
    asking.file("clips", "Clip")
    begun = answered(monkeypatch)
    assert asking.file("clips", "Clip") is None
    assert asking.files("clips", "Clips", "") == []
    assert asking.folder("clips", "Clips") is None
    assert asking.to_save("clips", "Stretch", "a.wav", "Sound (*.wav)") is None
    assert begun == [places["work"]] * 4


def test_folders_are_remembered_between_starts(window, tmp_path, monkeypatch, qtbot) -> None:
    answered(monkeypatch, tmp_path / "all.csv")
    window.commands.actions["export"].trigger()
    qtbot.waitUntil(lambda: dict(load_settings().folders).get("tables") == str(tmp_path))
    qtbot.waitUntil(lambda: not window.runner.busy)
    window.notice.hide()


@pytest.mark.parametrize(
    ("typed", "line", "path", "form"),
    [
        ("a", 0, "a.csv", 0),
        ("a", 1, "a.svg", 1),
        ("A.CSV", 0, "A.CSV", 0),
        ("v1.2", 0, "v1.2.csv", 0),
        ("a.svg", 0, "a.svg", 1),  # what was typed says more than the line that stood there
        ("a.csv", 1, "a.svg", 1),  # the line was chosen after the name
        ("a.csv", 2, "a", 2),
        (".csv", 2, ".csv", 2),
    ],
)
def test_a_name_ends_as_its_kind_of_file(typed: str, line: int, path: str, form: int) -> None:
    forms = (*TABLES.split(";;"), "A folder (*)")
    assert completed(Path("/x", typed), forms[line], forms) == (Path("/x", path), forms[form])


def test_names_that_a_pseudonym_brings_are_names_of_files() -> None:
    assert file_name("Ada labels.csv") == "Ada labels.csv"
    assert file_name("../a\\b: c?\n.csv") == "_a_b_ c_.csv"
    assert file_name("...") == "_"
    assert file_name("x" * 400 + ".csv").endswith(".csv")
    assert len(file_name("x" * 400 + ".csv")) < 150


class Typing:
    """Types a name into Qt's own dialog and presses its button; replaces nothing."""

    def __init__(self, *names: str) -> None:
        self._names = list(names)
        self.replaced: list[str] = []
        self._timer = QTimer()
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)

    def __enter__(self) -> Typing:
        self._timer.start(20)
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()

    def _look(self) -> None:
        self._timer.start(20)  # first, since a press may open another dialog
        at = QApplication.activeModalWidget()
        if isinstance(at, QMessageBox):
            self.replaced.append(at.text())
            at.button(QMessageBox.StandardButton.No).click()
        elif isinstance(at, QFileDialog) and not self._names:
            at.reject()
        elif isinstance(at, QFileDialog):
            if name := self._names.pop(0):
                at.findChild(QLineEdit).setText(name)
            box = at.findChild(QDialogButtonBox)
            box.button(QDialogButtonBox.StandardButton.Save).click()


@pytest.mark.parametrize(
    ("typed", "there"),
    [(("other",), "other.csv"), (("v1.2", ""), "v1.2.csv"), (("",), "Ada labels.csv")],
)
def test_no_file_is_replaced_unasked_whatever_ending_is_added(
    asking, places, typed: tuple[str, ...], there: str
) -> None:
    taken = places["Documents"] / there
    taken.write_text("kept")
    with Typing(*typed) as typing:
        assert asking.to_save("tables", "Export", "Ada labels.csv", TABLES) is None
    assert len(typing.replaced) == 1
    assert there in typing.replaced[0]


def test_the_ending_is_added_in_the_dialog_itself(asking, places) -> None:
    with Typing("mine"):
        found = asking.to_save("tables", "Export", "Ada labels.csv", TABLES)
    assert found == (places["Documents"] / "mine.csv", "Table (*.csv)")


@pytest.mark.parametrize("size", [1.0, 1.6])
def test_the_tools_of_the_dialog_can_be_read(qtbot, size: float) -> None:
    look = theme.install(QApplication.instance())
    look.choose_text_size(size)
    try:
        dialog = FileDialog(None, "Add", Path.home(), "").shown
        qtbot.addWidget(dialog)
        dialog.show()
        tools = [b for b in dialog.findChildren(QToolButton) if b.isVisible() and b.iconSize()]
        tools = [b for b in tools if b.objectName().endswith("Button")]
        assert len(tools) == 6
        for tool in tools:
            ink = tool.grab().toImage()
            ground = ink.pixelColor(ink.width() // 2, 3)
            drawn = [
                x
                for x in range(4, ink.width() - 4)
                if any(
                    abs(ink.pixelColor(x, y).lightness() - ground.lightness()) > 25
                    for y in range(4, ink.height() - 4)
                )
            ]
            side = theme.px(18) * ink.devicePixelRatio()
            assert drawn, tool.objectName()
            assert drawn[-1] - drawn[0] >= 0.25 * side, tool.objectName()
            assert tool.iconSize().width() == theme.px(18)
            room = tool.contentsRect().width()
            assert room >= theme.px(18), (tool.objectName(), room)
    finally:
        look.choose_text_size(1.0)


def test_the_places_and_the_facts_about_files_are_whole(qtbot, places) -> None:
    (places["work"] / "a recording with a long name.wav").write_bytes(b"x" * 123_456)
    dialog = FileDialog(None, "Add", places["work"], "Sound (*.wav)").shown
    qtbot.addWidget(dialog)
    dialog.show()
    listed = dialog.findChild(QTreeView, "treeView")
    qtbot.waitUntil(lambda: listed.model().rowCount(listed.rootIndex()) == 1)
    QApplication.processEvents()
    for column in range(4):
        assert listed.columnWidth(column) >= listed.sizeHintForColumn(column), column
    assert listed.header().length() == listed.viewport().width()
    side = dialog.findChild(QListView, "sidebar")
    assert side.sizeHintForColumn(0) <= side.viewport().width()
    shown = {url.toLocalFile() for url in dialog.sidebarUrls()}
    assert {str(places["Documents"]), str(places["Music"])} <= shown


def test_the_system_may_show_its_own_dialog(qtbot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = FileDialog(parent, "Add", Path.home(), "").shown
    # Qt never takes the system's dialog for a class that is derived from this one
    assert dialog.metaObject().className() == "QFileDialog"
    assert not dialog.testOption(QFileDialog.Option.DontUseNativeDialog)


def test_what_qt_remembers_of_it_never_stands_in_the_home_of_who_runs_the_tests(
    qtbot, qts_home: Path
) -> None:
    dialog = FileDialog(None, "Add", Path.home(), "").shown
    dialog.show()
    dialog.reject()
    shiboken6.delete(dialog)  # which writes it
    kept = Path(QSettings(QSettings.Scope.UserScope, "QtProject").fileName())
    assert kept.is_relative_to(qts_home.parent)  # there, or in the home of the program's last run
    assert kept.is_file()


def test_files_are_asked_for_in_one_place() -> None:
    here = Path(file_questions.__file__)
    others = []
    for path in sorted(Path(perser_gui.__file__).parent.rglob("*.py")):
        names = {
            getattr(node, "attr", "") or getattr(node, "id", "") or getattr(node, "name", "")
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        }
        if path != here and "QFileDialog" in names:
            others.append(path.name)
    assert others == []
