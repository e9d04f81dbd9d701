"""Names in Hebrew, with brackets and numbers, draw nothing of the sentences around them along."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtCore import QAbstractItemModel, QModelIndex, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QLabel,
    QListWidget,
    QTableView,
    QWidget,
)

from perser_gui.bidi import END, FIRST_STRONG, bare, isolated
from perser_gui.desk import Desk
from perser_gui.emotions import EmotionSet
from perser_gui.progress import Progress
from perser_gui.settings import Settings, save_settings
from perser_gui.testing import write_tone
from perser_gui.ui.acts.shortcuts import refusals
from perser_gui.ui.dialogs.deleting import DeleteDialog
from perser_gui.ui.dialogs.emotion_editor import EmotionEditor
from perser_gui.ui.dialogs.palette import Palette
from perser_gui.ui.shell.window import MainWindow

from .desk_session import Condition, act, ready, saved
from .dialogs import Opened
from .every_action import VIEWS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

PEOPLE = ("(דנה) אב 1", "נועה [ב]")
WORDS = ("(שמח) מאוד", "עצוב 2", "calm")
FILES = ("הקלטה (2)", "(קול) 7")
FOLDER = "תיקייה (1)"
NOTE = "הקלטה (2) 5"
NAMES = {NOTE, *PEOPLE, *WORDS, *FILES, *(f"{name}.wav" for name in FILES), FOLDER}
ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.ToolTipRole,
    Qt.ItemDataRole.AccessibleTextRole,
)


def drawn_along(text: str, *, in_line: bool = False) -> bool:
    """Whether letters that run left stand unguarded beside others, or beside figures.

    A name by itself finds its own direction, but not where everything is `in_line`: on buttons,
    in menus and lists, which are written in the direction of the window.
    """
    whole = re.sub("<[^>]*>", "", text).replace("&&", "&")
    if bare(whole) in NAMES:
        return in_line and isolated(bare(whole)) != whole
    outside, depth = "", 0
    for sign in whole:
        depth += (sign == FIRST_STRONG) - (sign == END)
        outside += sign if depth == 0 else ""
    return bool(re.search("[א-ת]", outside) and re.search("[A-Za-z0-9]", outside))


def lines_of(thing: QObject) -> Iterable[str]:
    """Yield what a button, a box, a list or an entry of a menu shows, with its marks."""
    if isinstance(thing, QAction | QAbstractButton):
        yield str(thing.property("text"))
    if isinstance(thing, QComboBox):
        lines = thing.model()
        yield from (str(lines.index(place, 0).data()) for place in range(thing.count()))
    if isinstance(thing, QListWidget):
        yield from (thing.item(place).text() for place in range(thing.count()))


def texts_of(thing: QObject) -> Iterable[str]:
    """Yield what a widget or an entry of a menu shows and says besides."""
    if isinstance(thing, QAction):
        yield thing.toolTip()
    if isinstance(thing, QLabel):
        yield thing.text()
    if isinstance(thing, QWidget):
        yield from (thing.toolTip(), thing.accessibleName(), thing.accessibleDescription())
        yield thing.windowTitle()
    if isinstance(thing, QAbstractItemView) and isinstance(thing.model(), QAbstractItemModel):
        model = thing.model()
        for row in range(min(model.rowCount(QModelIndex()), 12)):
            columns = model.columnCount(QModelIndex()) if isinstance(thing, QTableView) else 1
            for column, role in product(range(columns), ROLES):
                said = model.index(row, column).data(role)
                yield said if isinstance(said, str) else ""


def faults() -> set[str]:
    """Return the texts of all windows in which a name draws something along."""
    tops = QApplication.topLevelWidgets()
    things = [part for top in tops for part in (top, *top.findChildren(QObject))]
    found = {text for thing in things for text in texts_of(thing) if drawn_along(text)}
    lines = {text for thing in things for text in lines_of(thing)}
    return found | {text for text in lines if drawn_along(text, in_line=True)}


def test_the_rule_finds_what_it_is_for() -> None:
    assert drawn_along(f"Label “{WORDS[0]}”")
    assert drawn_along(f"{FOLDER}  3.2 s")
    assert not drawn_along(f"Label “{isolated(WORDS[0])}”")
    assert not drawn_along(FILES[0])


def test_every_text_with_a_name_keeps_it_to_itself(tmp_path: Path) -> None:
    save_settings(Settings(auto_play_next=False, toured=True))
    folder = tmp_path / FOLDER
    for number, name in enumerate(FILES):
        write_tone(folder / f"{name}.wav", 300.0 + 90 * number)
    desk = Desk.open()
    people = [desk.add_listener(name, EmotionSet.of(WORDS)) for name in PEOPLE]
    clips = desk.open_clips([folder], Progress()).clips
    for person, words in zip(people, (WORDS[:2], WORDS[1:]), strict=True):
        for clip, word in zip(clips, words, strict=True):
            desk.rate(person.id, clip.content, emotions=(word,), note=NOTE)
    desk.close()
    found: set[str] = set()

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        session, commands = window.session, window.commands

        def look(*_: object) -> None:
            found.update(faults())

        yield lambda: len(session.generic) == 2
        for view in (*VIEWS, "label"):
            window.show_view(view)
            yield lambda: not window.runner.busy
            look()
        window.labelling.label(WORDS[0])
        window.labelling.label(WORDS[1], second=True)
        yield saved(window)
        look()
        for deed in (window.labelling.skip, window.labelling.clear, window.labelling.undo):
            deed()
            yield saved(window)
            yield lambda: not window.runner.busy
            look()
        for kind, name in (
            (Palette, "palette"),
            (EmotionEditor, "emotions"),
            (DeleteDialog, "delete-listener"),
        ):
            with Opened(kind, look) as opened:
                commands.trigger(name)
            assert opened.count == 1, name
        found.update(
            text
            for thing in commands.program.things()
            for text in (thing.title, thing.detail)
            if drawn_along(text)
        )
        window.workbench.switch_listener(people[1].id)
        yield lambda: session.listener.id == people[1].id and not window.runner.busy
        look()

    assert act(script, []) == 0
    keyed = EmotionSet(tuple(replace(one, key="L") for one in EmotionSet.of(WORDS).emotions))
    found |= {text for text in refusals(keyed, {"loop": ("L",)}) if drawn_along(text)}
    assert found == set()
