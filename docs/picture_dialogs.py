"""Pictures of every dialog and every menu."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from every_picture import Camera

NO_DIALOG = {
    "quit",
    "theme",
    "view-label",
    "view-predictions",
    "view-compare",
    "view-live",
    "view-studies",
    "starter",
    "adapt",
    "remove",
    "skip",
    "next",
    "undo",
    "redo",
    "cut",
    "split",
    "merge",
    "suggest",
    "clear",
    "confirm",
    "tour",
}
"""Commands that ask nothing, and would change what is on the pictures."""

RECORD_FOR, WAIT = 1300, 900


def dialogs(camera: Camera) -> Iterator[int]:
    """Ask for every command, then for what opens otherwise, and take what opens."""
    window = camera.window
    window.show_view("label")
    window.workbench.go_to(window.session.rows[2].clip.content, play=False)
    yield 300
    for shade in ("light", "dark") if camera.usual else ("light",):
        window.theme.choose(shade)
        yield 200
        for name, action in window.commands.actions.items():
            if name not in NO_DIALOG and action.isEnabled():
                _catch(camera, name, shade)
                action.trigger()
                yield RECORD_FOR
                yield from camera.quiet()
        for name, ask in _others(camera):
            _catch(camera, name, shade)
            ask()
            yield RECORD_FOR
            yield from camera.quiet()
        window.notice.hide()
    window.theme.choose("light")
    yield 200


def _catch(camera: Camera, name: str, shade: str, left: int = 4) -> None:
    """Take what is open a little later, close it, and look whether another thing opens then."""
    from PySide6.QtCore import QTimer

    def look() -> None:
        shown = _open_now()
        if shown is None:
            return
        camera.shoot(f"dialog {name} {shade}", shown)
        shown.close()
        if left:
            _catch(camera, f"{name} then", shade, left - 1)

    QTimer.singleShot(WAIT if left == 4 else 200, look)


def _open_now():
    from PySide6.QtWidgets import QApplication, QDialog

    asked = QApplication.activeModalWidget()
    if asked is not None:
        return asked
    for one in QApplication.topLevelWidgets():
        if isinstance(one, QDialog) and one.isVisible():
            return one
    return QApplication.activePopupWidget()


def _others(camera: Camera) -> list[tuple[str, Callable[[], object]]]:
    """Return the dialogs that no command opens, or not with this in them."""
    from perser_gui.emotions import EmotionSet
    from perser_gui.ui.dialogs.emotion_editor import EmotionEditor
    from perser_gui.ui.dialogs.history import HistoryDialog
    from perser_gui.ui.dialogs.merging import MergeDialog
    from perser_gui.ui.dialogs.palette import Palette
    from perser_gui.ui.dialogs.questions import ask_discard
    from perser_gui.ui.dialogs.study_dialog import NewStudyDialog, Offer, TakePartDialog
    from perser_gui.ui.dialogs.unsaved import SavingDialog, ask_take_up

    window, session = camera.window, camera.window.session
    commands, clip = window.commands, window.session.rows[2].clip.content
    contents = [row.clip.content for row in session.rows]
    offers = [
        Offer("8 of 32 clips: those shown in the list", contents[:8], "the search “angry”"),
        Offer("all 32 clips on the list", contents),
    ]

    def palette(text: str) -> Callable[[], object]:
        def ask() -> object:
            found = Palette(window, commands.program.things())
            found.field.setText(text)
            return found.exec()

        return ask

    many = EmotionSet.of([f"word {number}" for number in range(1, 41)])
    return [
        (
            "new study",
            lambda: NewStudyDialog(window, session.emotions.words, offers, window.files).exec(),
        ),
        ("take part", lambda: TakePartDialog(window, "Kitchen", ["Mira", "Jon"]).exec()),
        ("change keys", commands.ask_keys),
        ("labels of a clip", lambda: commands.menus.show_said(clip)),
        ("merge", lambda: MergeDialog(window, "sad", "angry").exec()),
        ("discard", lambda: ask_discard(window, 2, "the disk is full; free some space.")),
        ("saving", lambda: SavingDialog(window).exec()),
        ("take up", lambda: ask_take_up(window, 2, "3 November, 14:02")),
        ("history empty", lambda: HistoryDialog(window, []).exec()),
        ("forty words", lambda: EmotionEditor(window, many, {}, session.emotions.words).exec()),
        ("palette found", palette("adapt")),
        ("palette nothing", palette("zzqqxx")),
        ("defaults", lambda: commands.program._ask_reset(window)),
        ("import labels", lambda: commands.imports.open_labels(_table(camera))),
        ("import nothing", lambda: commands.imports.open_labels(_broken())),
        ("import model", lambda: commands.imports.open_model(_model(camera))),
        ("report", lambda: window.report(RuntimeError("a fault, as an example"))),
    ]


def _table(camera: Camera) -> Path:
    """Return a table with labels of two listeners, words that are new and rows that do not fit."""
    path = Path(os.environ["PERSER_HOME"]) / "labels of two listeners.csv"
    words = ("happy", "joyful", "sad", "wistful", "angry")
    rows = ["file,listener,emotion"]
    for number, row in enumerate(camera.window.session.rows[:20]):
        who = ("Mira", "Jon")[number % 2]
        rows.append(f"{row.clip.path},{who},{words[number % len(words)]}")
    rows.append("nowhere/there is no such file.wav,Mira,sad")
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def _broken() -> Path:
    path = Path(os.environ["PERSER_HOME"]) / "no labels.csv"
    path.write_text("this,is,something\nelse,1,2\n", encoding="utf-8")
    return path


def _model(camera: Camera) -> Path:
    path = Path(os.environ["PERSER_HOME"]) / "model.perser"
    listener = camera.window.session.listener
    if not path.exists() and listener is not None:
        camera.window.workbench.desk.export_profile(path, listener.id)
    return path


def menus(camera: Camera) -> Iterator[int]:
    """Open every menu, also those at the right button."""
    window = camera.window
    window.show_view("label")
    yield 200
    for shade in ("light", "dark") if camera.usual else ("light",):
        window.theme.choose(shade)
        yield 250
        for name, menu in _all_menus(camera):
            menu.popup(window.mapToGlobal(window.rect().center() / 2))
            yield 200
            camera.shoot(f"menu {name} {shade}", menu)
            menu.close()
            yield 50
        for box in (window.clips.kind, window.model_panel.adapter):
            box.showPopup()
            yield 200
            camera.shoot(f"menu {box.accessibleName()} {shade}", box.view().window())
            box.hidePopup()
            yield 50
    window.theme.choose("light")
    yield 100


def _all_menus(camera: Camera):
    from PySide6.QtWidgets import QMenu

    window, menus = camera.window, camera.window.commands.menus
    session = window.session
    content = session.rows[2].clip.content
    part = session.rows[-1].clip.content
    contents = [row.clip.content for row in session.rows[:4]]
    bar, table = window.top_bar, window.predictions.table
    found = [
        ("main", bar.menu),
        ("listener", bar.listener_menu),
        ("add", window.clips.add.menu()),
        ("order", window.clips.sort.menu()),
        ("sound", window.label_panel.sound.menu_),
        ("recent", window.commands.program.recent_menu),
        ("readout", window.live_view.readout.menu()),
        ("of a clip", menus.menu([content], "list")),
        ("of four clips", menus.menu(contents, "list")),
        ("of an utterance", menus.menu([part], "timeline")),
        ("of the table", table.menu()),
    ]
    label = next(
        action.menu()
        for action in menus.menu([content], "list").actions()
        if isinstance(action.menu(), QMenu)
    )
    return [*found, ("label", label)]
