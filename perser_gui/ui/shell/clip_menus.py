"""What can be done with a clip, a listener, an utterance heard live: a menu where it is shown.

It opens by the right button, by the menu key and by Shift+F10, there at the item.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QAction, QContextMenuEvent, QKeySequence
from PySide6.QtWidgets import QApplication, QWidget

from perser_gui.bidi import isolated, isolated_path
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.clip_texts import clip_facts
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.wording import clip_name
from perser_gui.ui.dialogs.label_history import LabelHistoryDialog
from perser_gui.ui.look import theme
from perser_gui.ui.shell.file_manager import reveal
from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.shell.item_menus import ItemMenus
from perser_gui.ui.shell.program import CallsUp
from perser_gui.ui.widgets.menu_key import open_menu_at
from perser_gui.ui.widgets.menu_parts import Menu

if TYPE_CHECKING:
    from perser_gui.desk import ClipRow, ClipTable
    from perser_gui.progress import Progress
    from perser_gui.records import Rating

OF_A_LISTENER = (
    *("rename-listener", "emotions", "blind", "history"),
    *("export-ratings", "export-model", "pack", "delete-listener"),
)


class ClipMenus(QObject):
    """Opens the menus; each act is also a command, or stands in another place."""

    def __init__(self, window: Frame, commands: CallsUp) -> None:
        super().__init__(window)
        self._window, self._commands = window, commands
        self._bench, self._session = window.workbench, window.session
        self.open: Menu | None = None
        """The menu opened last, as long as it is there."""
        timeline, bar, live = window.label_panel.timeline, window.top_bar, window.live_view
        self._menus: dict[QObject, Callable[[QContextMenuEvent], tuple[Menu, QPoint] | None]] = {
            window.clips.view: self._of_list,
            window.clips.view.viewport(): self._of_list,
            timeline: self._of_timeline,
            window.label_panel.stage: self._of_picture,
            bar.listener: self._of_listener,
            live.earlier: self._of_live,
        }
        for watched in self._menus:
            watched.installEventFilter(self)
        window.predictions.table.further = self._further
        self.items = ItemMenus(window, commands, self)

    def watch_picture(self, view: QWidget) -> None:
        """Open a menu on the picture of the sound as well, which comes after the window."""
        for part in (view, *view.findChildren(QWidget)):
            self._menus[part] = self._of_picture
            part.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802
        """Open the menu of what was pressed, or of what the keyboard stands on."""
        if not isinstance(event, QContextMenuEvent) or watched not in self._menus:
            return False
        found = self._menus[watched](event)
        if found is not None:
            self.show(*found)
        return True

    def at_keyboard(self) -> None:
        """Open the menu of what the keyboard stands on."""
        widget = QApplication.focusWidget()
        if widget is not None:
            open_menu_at(widget)

    def show(self, menu: Menu, where: QPoint) -> None:
        """Open a menu, and keep it in mind as long as it is there."""
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.open = menu
        menu.destroyed.connect(self._closed)
        menu.popup(where)

    def _closed(self) -> None:
        self.open = None

    # -- where ---------------------------------------------------------------------------

    def _of_list(self, event: QContextMenuEvent) -> tuple[Menu, QPoint] | None:
        view = self._window.clips.view
        where = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            box = view.visualRect(view.currentIndex())
            where = view.viewport().mapToGlobal(box.bottomLeft() + QPoint(theme.px(24), 0))
        else:
            view.choose_at(view.viewport().mapFromGlobal(where))
        contents = [c for c in self._window.clips.selected() if c is not None]
        return (self.menu(contents, "list"), where) if contents else None

    def _of_timeline(self, event: QContextMenuEvent) -> tuple[Menu, QPoint] | None:
        timeline, where = self._window.label_panel.timeline, event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Keyboard:
            content = self._session.current
            x = timeline.place_of(content)
            where = timeline.mapToGlobal(QPoint(round(x), timeline.height() // 2))
        else:
            content = timeline.content_at(event.pos().x())
        if content is None:
            return None
        menu = self.menu([content], "timeline")
        menu.addSeparator()
        self.items.add_picture(menu, timeline)
        return menu, where

    def _of_picture(self, event: QContextMenuEvent) -> tuple[Menu, QPoint] | None:
        content, view = self._session.current, self._window.label_panel.waveform
        if content is None:
            return None
        menu = self.menu([content], "picture")
        if view is not None and view.isVisible():
            menu.addSeparator()
            self.items.add_picture(menu, view)
        return menu, event.globalPos()

    def _of_listener(self, event: QContextMenuEvent) -> tuple[Menu, QPoint] | None:
        listener, button = self._session.listener, self._window.top_bar.listener
        if listener is None:
            return None
        menu = Menu(self._window)
        menu.addActions([self._commands.actions[name] for name in OF_A_LISTENER])
        menu.addSeparator()
        _add(menu, "Copy the name", lambda: _copy(listener.name))
        return menu, button.mapToGlobal(button.rect().bottomLeft())

    def _of_live(self, event: QContextMenuEvent) -> tuple[Menu, QPoint] | None:
        live, box = self._window.live, self._window.live_view.earlier
        if live.meant is None:
            return None
        menu = Menu(self._window)
        labels = menu.addMenu("That was")
        emotions = self._session.emotions
        for word, own in zip(emotions.words, emotions.keys, strict=True):
            key = f"\t{own}" if own else ""
            _add(labels, _plain(word) + key, partial(live.that_was, word))
        content = live.kept_as(live.meant)
        _add(menu, "Show in the list", lambda: self._commands.open_from_table(content or ""),
             content is not None)  # fmt: skip
        _add(menu, "Copy", lambda: _copy(box.currentText()))
        return menu, box.mapToGlobal(box.rect().bottomLeft())

    def _further(self, menu: Menu, contents: Sequence[str]) -> None:
        """Add to the menu of the table of predictions what it does not have."""
        menu.addSeparator()
        if len(contents) == 1:
            _add(menu, self._keyed("Write a note", "note"), lambda: self.note(contents[0]))
            _add(menu, "What you said about it…", lambda: self.show_said(contents[0]))
        self._add_file(menu, contents)

    # -- the menu of clips ---------------------------------------------------------------

    def menu(self, contents: Sequence[str], where: str) -> Menu:
        """Return the menu of clips that are shown somewhere."""
        menu, first = Menu(self._window), contents[0]
        one, many = len(contents) == 1, f"{len(contents):,} clips"
        rated = any(self._session.rating(content) is not None for content in contents)
        if one:
            _add(menu, self._keyed("Play", "play"), lambda: self.play(first))
            if where != "list":
                _add(menu, "Show in the list", lambda: self._commands.open_from_table(first))
        labels = menu.addMenu("Label" if one else f"Label {many}")
        emotions = self._session.emotions
        for word, own in zip(emotions.words, emotions.keys, strict=True):
            key = f"\t{own}" if own else ""
            _add(labels, _plain(word) + key, partial(self.label, contents, word))
        labels.addSeparator()
        _add(labels, "Can't tell\t0", lambda: self.label(contents, None))
        if one:
            _add(menu, self._keyed("Write a note", "note"), lambda: self.note(first), rated)
        clear = self._keyed("Clear the label", "clear") if one else f"Clear the labels of {many}"
        _add(menu, clear, lambda: self._window.labelling.clear_all(contents), rated)
        if one:
            _add(menu, "What you said about it…", lambda: self.show_said(first))
        self._add_file(menu, contents)
        return menu

    def _add_file(self, menu: Menu, contents: Sequence[str]) -> None:
        rows = [row for content in contents if (row := self._session.row(content)) is not None]
        if not rows:
            return
        first, one = rows[0], len(rows) == 1
        menu.addSeparator()
        names = "\n".join(clip_name(row.clip) for row in rows)
        paths = "\n".join(dict.fromkeys(str(row.clip.path) for row in rows))
        _add(menu, "Copy the name" if one else "Copy the names", partial(_copy, names))
        _add(menu, "Copy the path" if one else "Copy the paths", partial(_copy, paths))
        _add(menu, "Copy the row" if one else "Copy the rows", lambda: self._copy_rows(rows))
        menu.addSeparator()
        _add(menu, "Show in the file manager", lambda: self.reveal(first), not first.missing)
        _add(menu, "Find the file…", lambda: self.ask_relink(first), first.missing)
        if first.clip.span is None:
            wanted = [row.clip.content for row in rows]
            _add(menu, self._keyed("Cut into utterances", "cut"),
                 lambda: self._bench.cut_clips(wanted), not first.missing)  # fmt: skip
        remove = (
            self._keyed("Remove from the list", "remove")
            if one
            else f"Remove {len(rows):,} from the list"
        )
        _add(menu, remove, lambda: self._bench.remove_clips([row.clip.content for row in rows]))

    def _keyed(self, text: str, command: str) -> str:
        """Return an entry of a menu with the key that its command has now."""
        key = self._commands.actions[command].shortcut()
        return f"{text}\t{key.toString(QKeySequence.SequenceFormat.NativeText)}".rstrip("\t")

    def play(self, content: str) -> None:
        """Play a clip from its beginning; it is at hand then."""
        self._bench.go_to(content, play=False)
        self._window.listening.play_from_start()

    def label(self, contents: Sequence[str], word: str | None) -> None:
        """Say how one would label clips; None is “can't tell”."""
        self._window.labelling.label_all(contents, word)

    def note(self, content: str) -> None:
        """Write a note beside the label of a clip; it is at hand then."""
        self._window.show_view("label")
        self._bench.go_to(content, play=False)
        self._window.label_panel.beside.write_note(self._window.clips.view)

    def show_said(self, content: str) -> None:
        """Show everything that was ever said about a clip, and whether it was said blind."""
        desk, listener, clip = self._bench.desk, self._session.listener, self._session.clip(content)
        if listener is None or clip is None:
            return

        def done(said: list[Rating]) -> None:
            dialog = LabelHistoryDialog(self._window, clip_name(clip), said)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

        self._window.runner.run(
            lambda p: desk.said_of(listener.id, content), lane=Lane.STORE, done=done
        )

    def _copy_rows(self, rows: Sequence[ClipRow]) -> None:
        lines = ["\t".join(clip_facts(self._session, row.clip.content)) for row in rows]
        _copy("\n".join(lines))

    def reveal(self, row: ClipRow) -> None:
        """Show the file of a clip in the system's file manager."""
        if not reveal(row.clip.path):
            self._bench.notice.emit(
                "warning",
                f"No file manager could be opened; the file is {isolated_path(row.clip.path)}.",
            )

    def ask_relink(self, row: ClipRow) -> None:
        """Ask where the file of a clip is now."""
        old = row.clip.path
        asked = f"Where is {isolated(old.name)} now?"
        path = self._window.files.file("clips", asked, start=old.parent, name=old.name)
        if path is not None:
            self.relink(row.clip.content, path)

    def relink(self, content: str, path: Path) -> None:
        """Use the file at another place for a clip; others that lie beside it come along."""
        desk, session = self._bench.desk, self._session

        def work(progress: Progress) -> tuple[int, ClipTable]:
            found = desk.relink(content, path, progress)
            return len({clip.path for clip in found}), desk.clips()

        def done(result: tuple[int, ClipTable]) -> None:
            files, rows = result
            session.replace_rows(rows)
            self._bench.tell(Changes(clips=True))
            said = "The file was found" if files == 1 else f"{files:,} files were found"
            self._bench.notice.emit("success", f"{said}; labels stay as they were.")

        self._window.runner.run(work, lane=Lane.FILES, label="Finding files", done=done)


def _add(menu: Menu, text: str, act: Callable[[], Any], enabled: bool = True) -> QAction:
    action = menu.addAction(text)
    action.triggered.connect(lambda _=False: act())
    action.setEnabled(enabled)
    return action


def _plain(word: str) -> str:
    return word.replace("&", "&&")


def _copy(text: str) -> None:
    QApplication.clipboard().setText(text)
