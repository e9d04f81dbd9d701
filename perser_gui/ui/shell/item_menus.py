"""Menus at what is listed or drawn beside clips: listeners, studies, figures, the live picture."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Protocol

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QListWidget, QWidget

from perser_gui.bidi import isolated, isolated_path
from perser_gui.errors import PerserError
from perser_gui.records import Listener
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.dialogs.questions import NameDialog
from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.shell.pictures import copy_picture, save_picture
from perser_gui.ui.shell.program import CallsUp
from perser_gui.ui.tables.compare_pictures import MatrixPicture, StripPicture
from perser_gui.ui.widgets.menu_key import asks_for_menu
from perser_gui.ui.widgets.menu_parts import Menu

WHILE_LISTENING = (
    *("emotions", "blind", "history"),
    *("export-ratings", "export-model", "pack", "delete-listener"),
)
"""What is done as a listener: whoever is chosen for it listens from then on."""

Placed = tuple[Menu, QPoint]


class Shows(Protocol):
    """What opens a menu and keeps it in mind."""

    def show(self, menu: Menu, where: QPoint) -> None:
        """Open a menu."""


class ItemMenus(QObject):
    """Opens the menus; each act is also a button or a command."""

    def __init__(self, window: Frame, commands: CallsUp, menus: Shows) -> None:
        super().__init__(window)
        self._window, self._commands, self._menus = window, commands, menus
        self._bench, self._session = window.workbench, window.session
        self._then: tuple[int, str] | None = None
        bar, page, compare = window.top_bar, window.study_page, window.compare
        self._people = bar.listener_menu
        self._watched: dict[QObject, Callable[[QContextMenuEvent], Placed | None]] = {
            bar.listener_menu: self._of_entry,
            page.list: self._of_study,
            compare.people: self._of_compared,
            compare: self._of_figure,
            window.live_view.pages: self._of_live_picture,
        }
        for watched in self._watched:
            watched.installEventFilter(self)
        window.workbench.changed.connect(self.take)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Open the menu of what was pressed, or of what the keyboard stands on."""
        if watched is self._people and self._is_second_press(event):
            return True
        if watched not in self._watched or not isinstance(event, QContextMenuEvent):
            return False
        found = self._watched[watched](event)
        if found is not None:
            event.accept()
            self._menus.show(*found)
        return found is not None

    def _is_second_press(self, event: QEvent) -> bool:
        """Whether an event of the list of listeners is for the menu of an entry, not the entry."""
        if isinstance(event, QMouseEvent):
            kinds = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease)
            return event.type() in kinds and event.button() == Qt.MouseButton.RightButton
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if not asks_for_menu(event):
                return False
            box = self._people.rect().center()
            there = self._people.mapToGlobal(box)
            reason = QContextMenuEvent.Reason.Keyboard
            QApplication.sendEvent(self._people, QContextMenuEvent(reason, box, there))
            return True
        return False

    # -- listeners -----------------------------------------------------------------------

    def _of_entry(self, event: QContextMenuEvent) -> Placed | None:
        people, where = self._people, event.globalPos()
        by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
        entry = self._marked() if by_key else people.actionAt(event.pos())
        if entry is None or entry.data() is None:
            return None
        listener = self._listener(int(entry.data()))
        if listener is None:
            return None
        if by_key:
            where = people.mapToGlobal(people.actionGeometry(entry).bottomLeft())
        menu = self.of_listener(listener)
        menu.triggered.connect(people.close)
        return menu, where

    def _marked(self) -> QAction | None:
        """The entry that the keyboard stands on; before it moved, whoever listens."""
        people = self._people
        listening = (one for one in people.actions() if one.isChecked())
        return people.activeAction() or next(listening, None)

    def of_listener(self, listener: Listener) -> Menu:
        """Return what can be done with a listener, whoever is listening now."""
        menu = Menu(self._window)
        own = self._session.listener
        is_own = own is not None and own.id == listener.id
        use = partial(self._bench.switch_listener, listener.id)
        _entry(menu, f"Continue as {isolated(_shown(listener.name))}", use, not is_own)
        _entry(menu, "Rename…", partial(self._ask_rename, listener))
        menu.addSeparator()
        for name in WHILE_LISTENING:
            _entry(menu, self._commands.actions[name].text(), partial(self._as, listener.id, name))
        menu.addSeparator()
        _entry(menu, "Copy the name", partial(_to_clipboard, listener.name))
        return menu

    def _listener(self, number: int) -> Listener | None:
        return next((one for one in self._session.listeners if one.id == number), None)

    def _ask_rename(self, listener: Listener) -> None:
        dialog = NameDialog(self._window, "Rename this listener", "Rename", listener.name)
        if dialog.exec() and dialog.name != listener.name:
            self._bench.rename_listener(listener.id, dialog.name)

    def _as(self, listener: int, command: str) -> None:
        """Do something as a listener, who listens from now on."""
        own = self._session.listener
        if own is not None and own.id == listener:
            self._commands.trigger(command)
            return
        self._then = (listener, command)
        self._bench.switch_listener(listener)

    def take(self, changes: Changes) -> None:
        """Do what was asked for of a listener, once their profiles have been read."""
        own = self._session.listener
        if self._then is None or own is None:
            return
        listener, command = self._then
        records = self._window.personalization.history_of
        if own.id == listener and records == listener:
            self._then = None
            self._commands.trigger(command)
        elif changes.listener and own.id != listener:
            self._then = None  # somebody else was chosen meanwhile

    # -- studies -------------------------------------------------------------------------

    def _of_study(self, event: QContextMenuEvent) -> Placed | None:
        page = self._window.study_page
        where = _at_item(page.list, event)
        if where is None:
            return None
        menu = Menu(self._window)
        for button in (
            page.part_button,
            page.results_button,
            page.file_out_button,
            page.agree_button,
            page.figures_button,
            page.remove_button,
        ):
            text = "Compute the agreement" if button is page.agree_button else button.text()
            able = button.isEnabled() and not button.isHidden()
            _entry(menu, text, button.click, able)
        menu.addSeparator()
        item = page.list.currentItem()
        _entry(menu, "Copy the name", partial(_to_clipboard, item.text()))
        return menu, where

    # -- comparing -----------------------------------------------------------------------

    def _of_compared(self, event: QContextMenuEvent) -> Placed | None:
        people = self._window.compare.people
        where = _at_item(people, event)
        if where is None:
            return None
        item = people.currentItem()
        listener = self._listener(int(item.data(Qt.ItemDataRole.UserRole)))
        if listener is None:
            return None
        menu = self.of_listener(listener)
        on = item.checkState() == Qt.CheckState.Checked
        state = Qt.CheckState.Unchecked if on else Qt.CheckState.Checked
        turn = QAction("Leave out" if on else "Compare", menu)
        turn.triggered.connect(lambda: item.setCheckState(state))
        menu.insertAction(menu.actions()[0], turn)
        menu.insertSeparator(menu.actions()[1])
        return menu, where

    def _of_figure(self, event: QContextMenuEvent) -> Placed | None:
        compare = self._window.compare
        under = compare.childAt(event.pos())
        while under is not None and under is not compare:
            if isinstance(under, MatrixPicture | StripPicture):
                return self._picture_menu(under), event.globalPos()
            under = under.parentWidget()
        return None

    # -- pictures ------------------------------------------------------------------------

    def _of_live_picture(self, event: QContextMenuEvent) -> Placed | None:
        plots = self._window.live_view.plots
        if plots is None or not plots.isVisible():
            return None
        return self._picture_menu(plots), event.globalPos()

    def _picture_menu(self, widget: QWidget) -> Menu:
        menu = Menu(self._window)
        self.add_picture(menu, widget)
        return menu

    def add_picture(self, menu: Menu, widget: QWidget) -> None:
        """Add to a menu what can be done with the picture that a widget shows."""
        _entry(menu, "Copy the picture", partial(copy_picture, widget))
        _entry(menu, "Save the picture…", partial(self.ask_save, widget))

    def ask_save(self, widget: QWidget) -> None:
        """Ask where to write the picture that a widget shows."""
        what = widget.accessibleName() or "picture"
        to = self._window.files.to_save(
            "pictures", "Save the picture", f"{what}.svg", "Drawing (*.svg);;Picture (*.png)"
        )
        if to is None:
            return
        try:
            save_picture(widget, to.path)
        except PerserError as error:
            self._bench.notice.emit("danger", str(error))
        else:
            self._bench.notice.emit("success", f"Saved the picture to {isolated_path(to.path)}.")


def _at_item(listed: QListWidget, event: QContextMenuEvent) -> QPoint | None:
    """Choose the item that was pressed and say where its menu goes; None where there is none."""
    if event.reason() == QContextMenuEvent.Reason.Keyboard:
        if listed.currentRow() < 0:
            return None
        box = listed.visualItemRect(listed.currentItem())
        return listed.viewport().mapToGlobal(box.bottomLeft())
    pressed = listed.indexAt(listed.viewport().mapFromGlobal(event.globalPos()))
    if not pressed.isValid():
        return None
    listed.setCurrentRow(pressed.row())
    return event.globalPos()


def _entry(menu: Menu, text: str, act: Callable[[], Any], enabled: bool = True) -> None:
    action = menu.addAction(text)
    action.triggered.connect(lambda _=False: act())
    action.setEnabled(enabled)


def _shown(name: str) -> str:
    return name.replace("&", "&&")


def _to_clipboard(text: str) -> None:
    QApplication.clipboard().setText(text)
