"""No text is cut off: in every view and dialog, words have the room that they need."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QCheckBox,
    QComboBox,
    QDialog,
    QLabel,
    QPushButton,
    QRadioButton,
    QScrollArea,
    QToolButton,
    QWidget,
)

from perser_gui.emotions import EmotionSet
from perser_gui.records import Rating
from perser_gui.settings import Settings
from perser_gui.ui.acts.shortcuts import bindings
from perser_gui.ui.dialogs.bringing_back import RestoreDialog
from perser_gui.ui.dialogs.deleting import DeleteDialog
from perser_gui.ui.dialogs.emotion_editor import EmotionEditor
from perser_gui.ui.dialogs.history import HistoryDialog
from perser_gui.ui.dialogs.import_dialog import ImportDialog
from perser_gui.ui.dialogs.label_history import LabelHistoryDialog
from perser_gui.ui.dialogs.merging import MergeDialog
from perser_gui.ui.dialogs.page import Page
from perser_gui.ui.dialogs.questions import CuttingDialog, NameDialog, ReportDialog, ShortcutSheet
from perser_gui.ui.dialogs.settings_page import SettingsPage
from perser_gui.ui.dialogs.shortcut_editor import ShortcutEditor
from perser_gui.ui.dialogs.study_dialog import NewStudyDialog, Offer, TakePartDialog
from perser_gui.ui.dialogs.unsaved import SavingDialog
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import ElidedLabel, SaveIndicator
from perser_gui.ui.widgets.emotion_button import EmotionButton
from perser_gui.ui.widgets.file_questions import FileQuestions
from perser_gui.ui.widgets.scrolled_panel import PageArea

from ..fake_desk import FakeDesk

VIEWS = ("label", "predictions", "compare", "live", "studies")
SIZES = ((1000, 650), (1280, 800), (944, 492))
WORDS = EmotionSet.default().words
OFFER = Offer("2 of 3 clips: those shown in the list", ["a", "b"], "the search “a”")


def cut(root: QWidget) -> list[str]:
    """Return the texts of a window that have less room than they need."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not root or widget.width() <= 0:
            continue
        needed = needed_by(widget)
        if needed is None:
            continue
        text, size = needed
        room = widget.contentsRect().size()
        if size.width() > room.width() + 1 or size.height() > room.height() + 1:
            found.append(f"“{text}” needs {size.toTuple()} and has {room.toTuple()}")
    return found


def needed_by(widget: QWidget) -> tuple[str, QSize] | None:
    """Return a widget's text and the room it needs; None for what shortens texts by itself."""
    if isinstance(widget, QLabel):
        if not widget.text() or isinstance(widget, ElidedLabel):
            return None
        if widget.wordWrap():
            height = widget.heightForWidth(widget.width())
            longest = max(widget.text().split(), key=len)
            return widget.text(), QSize(widget.fontMetrics().horizontalAdvance(longest), height)
        return widget.text(), widget.fontMetrics().size(0, widget.text())
    if isinstance(widget, EmotionButton) or not isinstance(widget, QAbstractButton | QComboBox):
        return None
    if isinstance(widget, QComboBox):
        if widget.isEditable() or not widget.currentText():
            return None
        width = widget.fontMetrics().horizontalAdvance(widget.currentText())
        return widget.currentText(), QSize(width + 34, 0)
    if not widget.text():
        return None
    around = 22 if isinstance(widget, QCheckBox | QRadioButton) else 6
    if isinstance(widget, QPushButton | QToolButton) and not widget.icon().isNull():
        around += widget.iconSize().width() + 4
    text = widget.text().replace("&&", "&")
    return text, QSize(widget.fontMetrics().horizontalAdvance(text) + around, 0)


@pytest.mark.parametrize("size", SIZES)
def test_every_text_of_the_five_views_is_whole(open_window, desk: FakeDesk, size) -> None:
    desk.people[0] = desk.people[0].__class__(
        desk.people[0].id, "Wilhelmina-Alexandrine von und zu Hohenstein", desk.people[0].emotions
    )
    window = open_window(desk, size=size)
    window.labelling.label("happy")
    for view in VIEWS:
        window.show_view(view)
        for _ in range(20):  # heights settle a few events after a text
            QApplication.processEvents()
        assert cut(window) == [], view


def test_every_text_is_whole_in_another_size_of_text_and_again_as_before(
    open_window, desk: FakeDesk
) -> None:
    window = open_window(desk)
    QApplication.processEvents()
    widths = [panel.minimumWidth() for panel in (window.clips, window.model_panel)]
    window.workbench.choose(text_size=1.5)
    for view in VIEWS:
        window.show_view(view)
        for _ in range(20):
            QApplication.processEvents()
        assert cut(window) == [], view
    window.show_view("label")
    QApplication.processEvents()
    assert window.reach.horizontalScrollBar().maximum() == 0
    window.workbench.choose(text_size=1.0)
    for _ in range(20):
        QApplication.processEvents()
    now = [panel.minimumWidth() for panel in (window.clips, window.model_panel)]
    assert now == widths
    assert cut(window) == []


@pytest.fixture
def grown(qapp: QApplication) -> Iterator[Callable[[float], None]]:
    """Sets the size of text, which is the usual one again afterwards."""
    look = theme.install(qapp)
    yield look.choose_text_size
    look.choose_text_size(1.0)


def shortened(root: QWidget) -> list[str]:
    """Return the texts that are drawn with “…” and said nowhere in full."""
    return [
        one.text()
        for one in root.findChildren(ElidedLabel)
        if one.isVisible() and one.text() and one.shown() != one.text() and not one.toolTip()
    ]


@pytest.mark.parametrize(
    ("size", "text"), [((944, 492), 1.0), ((1280, 800), 1.5), ((1000, 650), 1.5)]
)
def test_every_text_is_whole_where_text_is_large_from_the_start(
    open_window, desk: FakeDesk, grown, size, text: float
) -> None:
    """As after a new start: all of the window is made in this size of text."""
    grown(text)
    desk.people[0] = desk.people[0].__class__(
        desk.people[0].id, "Wilhelmina-Alexandrine von und zu Hohenstein", desk.people[0].emotions
    )
    window = open_window(desk, size=size)
    window.workbench.choose(text_size=text)
    window.labelling.label("happy")
    for view in VIEWS:
        window.show_view(view)
        for _ in range(20):
            QApplication.processEvents()
        assert cut(window) == [], view
        assert shortened(window) == [], view
    assert window.label_panel.question.isVisibleTo(window.label_panel)


def asking(parent: QWidget) -> FileQuestions:
    """Return questions for files that remember nothing."""
    return FileQuestions(parent, tuple, lambda pairs: None)


DIALOGS: dict[str, Callable[[QWidget], QDialog]] = {
    "name": lambda w: NameDialog(w, "Add a listener", "Add"),
    "cutting": lambda w: CuttingDialog(w, 20.0),
    "report": lambda w: ReportDialog(w, RuntimeError("a fault")),
    "keys": lambda w: ShortcutSheet(w, bindings(())),
    "change keys": lambda w: ShortcutEditor(w, bindings(())),
    "settings": lambda w: SettingsPage(w, Settings(), {"The settings": Path("/a/b")}),
    "restore": lambda w: RestoreDialog(w, ["27 Nov 2026, 09:43: 2 listeners, 34 labels"]),
    "delete": lambda w: DeleteDialog(w, "Ada", 12, 3),
    "words": lambda w: EmotionEditor(w, EmotionSet.default(), {}, WORDS),
    "history": lambda w: HistoryDialog(w, []),
    "import": lambda w: ImportDialog(w, Path("labels.csv"), Path("/some/where"), asking(w)),
    "said": lambda w: LabelHistoryDialog(w, "a.wav", [Rating(1, 1, "a", "emotion", ("sad",))]),
    "merge": lambda w: MergeDialog(w, "sad", "angry"),
    "new study": lambda w: NewStudyDialog(w, WORDS, [OFFER], asking(w)),
    "take part": lambda w: TakePartDialog(w, "Kitchen table", ["Ada"]),
    "saving": SavingDialog,
}


@pytest.mark.parametrize("name", DIALOGS)
def test_every_text_of_a_dialog_is_whole_and_its_lines_stand_close(qtbot, name: str) -> None:
    dialog = DIALOGS[name](None)
    qtbot.addWidget(dialog)
    dialog.setWindowModality(Qt.WindowModality.NonModal)
    dialog.show()
    QApplication.processEvents()
    assert cut(dialog) == []
    titles = [one for one in dialog.findChildren(QLabel) if one.property("role") == "title"]
    if titles and titles[0].wordWrap():  # nothing spreads the lines over a dialog too high
        title = titles[0]
        assert title.height() <= title.heightForWidth(title.width()) + 2
    room = dialog.screen().availableGeometry()
    assert dialog.height() <= room.height()
    for area in dialog.findChildren(QScrollArea):
        hidden = area.verticalScrollBar().maximum()
        assert hidden == 0 or dialog.height() >= 0.8 * (room.height() - 48), (name, hidden)


class LowScreen:
    """A screen of 1920 x 1080 at 200 %."""

    def availableGeometry(self) -> QRect:
        return QRect(0, 0, 960, 540)


@pytest.mark.parametrize("name", DIALOGS)
def test_every_text_of_a_dialog_is_whole_where_text_is_large(qtbot, grown, name: str) -> None:
    grown(1.5)
    dialog = DIALOGS[name](None)
    qtbot.addWidget(dialog)
    dialog.setWindowModality(Qt.WindowModality.NonModal)
    dialog.show()
    for _ in range(20):
        QApplication.processEvents()
    assert cut(dialog) == []
    assert shortened(dialog) == []


@pytest.mark.parametrize("name", DIALOGS)
def test_a_dialog_fits_a_low_screen_and_uses_it_before_it_scrolls(
    qtbot, monkeypatch, name: str
) -> None:
    monkeypatch.setattr(Page, "screen", lambda _: LowScreen(), raising=False)
    dialog = DIALOGS[name](None)
    qtbot.addWidget(dialog)
    dialog.setWindowModality(Qt.WindowModality.NonModal)
    areas = dialog.findChildren(QAbstractScrollArea)
    before = [area.minimumHeight() for area in areas]
    dialog.show()
    QApplication.processEvents()
    assert all(area.minimumHeight() <= least for area, least in zip(areas, before, strict=True))
    assert dialog.width() <= 944
    assert dialog.height() <= 492
    assert cut(dialog) == []
    for area in dialog.findChildren(QScrollArea):
        assert area.verticalScrollBar().maximum() == 0 or dialog.height() >= 480, name
        assert area.horizontalScrollBar().maximum() == 0


def test_the_mark_of_saving_stands_beside_its_words(qtbot) -> None:
    saving = SaveIndicator()
    qtbot.addWidget(saving)
    saving.resize(600, 30)
    saving.show()
    QApplication.processEvents()
    gap = saving.text.geometry().left() - saving._icon.geometry().right()
    assert gap <= theme.px(8)
    needed = saving.text.fontMetrics().horizontalAdvance(saving.text.text())
    assert saving.text.width() <= needed + theme.px(8)


def test_a_dialog_that_grows_stays_around_its_middle_and_on_the_screen(qtbot) -> None:
    page = SettingsPage(None, Settings(), {})
    qtbot.addWidget(page)
    page.setWindowModality(Qt.WindowModality.NonModal)
    before = page.height()
    page.show()
    QApplication.processEvents()
    room = page.screen().availableGeometry()
    assert page.height() > before
    assert room.contains(page.frameGeometry())
    assert abs(page.frameGeometry().center().y() - room.center().y()) <= 2


@pytest.mark.parametrize("size", SIZES)
def test_words_look_alike_and_typing_one_covers_nothing(open_window, desk, size) -> None:
    window = open_window(desk, size=size)
    panel = window.label_panel
    window.begin_word()
    for _ in range(20):
        QApplication.processEvents()
    assert len({button._stacked for button in panel.grid.buttons}) == 1
    assert len({button.minimumSizeHint().height() for button in panel.grid.buttons}) == 1
    field = QRect(panel.word_field.mapTo(window, QPoint(0, 0)), panel.word_field.size())
    for other in (panel.blind, panel.saving):
        assert not field.intersects(QRect(other.mapTo(window, QPoint(0, 0)), other.size()))
    panel.word_field.finish()


def test_the_first_column_stands_below_the_title_of_its_view(window) -> None:
    window.show_view("predictions")
    QApplication.processEvents()
    view = window.predictions
    left = {
        part: part.mapTo(window, QPoint(0, 0)).x()
        for part in (view.search, next(c for c in view.findChildren(QLabel) if c.text()))
    }
    assert len(set(left.values())) == 1
    assert view.chosen_text.isVisible() == bool(view.chosen_text.text())


@pytest.mark.parametrize("name", DIALOGS)
def test_what_scrolls_keeps_apart_from_the_bar_and_ends_at_the_edge_without_one(
    qtbot, name: str
) -> None:
    dialog = DIALOGS[name](None)
    qtbot.addWidget(dialog)
    dialog.setWindowModality(Qt.WindowModality.NonModal)
    dialog.show()
    areas = [a for a in dialog.findChildren(QScrollArea) if isinstance(a, PageArea)]
    for height in (dialog.height(), 3000, 300):
        dialog.resize(dialog.width(), height)
        for _ in range(20):
            QApplication.processEvents()
        for area in areas:
            layout = area.widget().layout()
            gap = layout.contentsMargins().right()
            assert (gap > 0) == (area.verticalScrollBar().maximum() > 0), height
            assert area.widget().width() == area.viewport().width()
