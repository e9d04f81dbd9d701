"""Every control of every view and dialog has a name, a kind and its state; no word is cut off."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication, QDialog

from perser_gui.settings import Settings, save_settings
from perser_gui.ui.dialogs.questions import ReportDialog
from perser_gui.ui.shell.window import MainWindow

from .accessible import cut_off, interface, visible_widgets, without_name
from .desk_session import Condition, act, ready
from .dialogs import Opened
from .every_action import VIEWS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

DIALOGS = (
    *("settings", "palette", "about", "shortcuts", "emotions", "history", "cutting"),
    *("add-listener", "rename-listener", "delete-listener"),
)


def test_every_control_of_every_view_and_dialog_can_be_named_and_read() -> None:
    save_settings(Settings(auto_play_next=False, toured=True))
    faults: list[str] = []
    seen: set[str] = set()

    def look(where: str, root: object) -> None:
        seen.add(where)
        faults.extend(f"{where}: {fault}" for fault in without_name(root))  # type: ignore[arg-type]
        if isinstance(root, QDialog):
            faults.extend(f"{where}: {fault}" for fault in cut_off(root))

    def script(window: MainWindow) -> Iterator[Condition]:
        yield window.isVisible
        look("empty", window)
        yield ready(window)
        for view in VIEWS:
            window.show_view(view)
            QApplication.processEvents()
            look(view, window)
        window.show_view("label")
        for name in DIALOGS:
            with Opened(QDialog, lambda dialog, name=name: look(name, dialog)) as opened:
                window.commands.trigger(name)
            assert opened.count == 1, name
        with Opened(QDialog, lambda dialog: look("keys", dialog)):
            window.commands.ask_keys()
        report = ReportDialog(window, ValueError("x"))
        report.show()
        look("report", report)
        report.close()

    assert act(script, ["--starter"]) == 0
    assert faults == []
    assert seen == {"empty", *VIEWS, *DIALOGS, "keys", "report"}


def test_a_word_tells_its_key_its_count_and_whether_it_is_the_label() -> None:
    save_settings(Settings(auto_play_next=False, toured=True))

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        button = window.label_panel.grid.buttons[4]
        assert not interface(button).state().checked
        window.labelling.label("angry")

        assert interface(button).state().checked
        assert button.accessibleName() == "angry, your label"
        assert button.accessibleDescription() == "key 5, 1 clip"
        button.click()  # pressing does not untick it by itself
        assert interface(button).state().checked
        assert len(list(visible_widgets(window))) > 50

    assert act(script, ["--starter"]) == 0
