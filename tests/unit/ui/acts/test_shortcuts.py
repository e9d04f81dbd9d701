"""Keys: the table, the editor and the digits."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest

from perser_gui.settings import load_settings
from perser_gui.ui.acts.shortcuts import COMMANDS, bindings, changes, conflicts
from perser_gui.ui.dialogs.questions import ShortcutSheet
from perser_gui.ui.dialogs.shortcut_editor import ShortcutEditor
from perser_gui.ui.widgets.digits import digit_of


def test_the_default_keys_have_no_conflict_and_every_id_is_unique():
    assert conflicts(bindings(())) == {}
    assert len({command.id for command in COMMANDS}) == len(COMMANDS)


def test_a_key_for_two_commands_and_a_digit_are_conflicts():
    keys = {**bindings(()), "loop": ("S",), "fit": ("5",)}
    assert conflicts(keys) == {"s": ["loop", "skip"], "5": ["fit"]}


def test_only_what_differs_from_the_defaults_is_kept():
    keys = {**bindings(()), "loop": ("Ctrl+L", "O")}
    kept = changes(keys)
    assert kept == (("loop", "Ctrl+L; O"),)
    assert bindings(kept) == keys


def test_the_editor_refuses_a_conflict_until_it_is_solved(qtbot, window):
    editor = ShortcutEditor(window, bindings(()))
    editor.bind("loop", "S")
    assert not editor.accept_button.isEnabled()
    assert "Skip this clip" in editor.problem.text()
    editor.bind("skip", "X")
    assert editor.accept_button.isEnabled()
    assert dict(editor.changes) == {"loop": "S", "skip": "X"}
    editor.reset()
    assert editor.changes == ()
    editor.deleteLater()


def test_a_changed_key_works_at_once_and_after_the_next_start(window, desk, open_window):
    window.commands.set_keys((("loop", "O"),))
    QTest.keyClick(window.clips.view, Qt.Key.Key_L)
    assert not window.label_panel.loop.isChecked()
    QTest.keyClick(window.clips.view, Qt.Key.Key_O)
    assert window.label_panel.loop.isChecked()
    window.close()
    assert load_settings().keys == (("loop", "O"),)
    again = open_window(desk)
    assert again.commands.actions["loop"].shortcut().toString() == "O"


def test_the_sheet_names_every_bound_command(window):
    from PySide6.QtWidgets import QLabel

    sheet = ShortcutSheet(window, bindings(()))
    shown = {text.text() for text in sheet.findChildren(QLabel)}
    assert {c.title for c in COMMANDS if c.keys} <= shown
    sheet.deleteLater()


@pytest.mark.parametrize(
    ("key", "text", "modifier", "expected"),
    [
        (Qt.Key.Key_3, "3", Qt.KeyboardModifier.NoModifier, (3, False)),
        (Qt.Key.Key_3, "3", Qt.KeyboardModifier.KeypadModifier, (3, False)),
        (Qt.Key.Key_Percent, "%", Qt.KeyboardModifier.ShiftModifier, (5, True)),
        (Qt.Key.Key_0, "0", Qt.KeyboardModifier.NoModifier, (0, False)),
        (Qt.Key.Key_3, "3", Qt.KeyboardModifier.ControlModifier, None),
        (Qt.Key.Key_Q, "q", Qt.KeyboardModifier.NoModifier, None),
    ],
)
def test_digits_are_told_with_and_without_shift(qapp, key, text, modifier, expected):
    assert digit_of(QKeyEvent(QEvent.Type.KeyPress, key, modifier, text)) == expected
