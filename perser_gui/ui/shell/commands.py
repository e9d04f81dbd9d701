"""The commands of the window: keys, menus, and the questions before an act.

Every question (`ask_...`) ends in one call of the act itself, so that tests and other
doors can do the same without a dialog.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QApplication

from perser_gui.ui.acts.listening import SPEEDS
from perser_gui.ui.acts.shortcuts import COMMANDS, bindings, readable, word_keys
from perser_gui.ui.dialogs.questions import CuttingDialog, NameDialog, ShortcutSheet
from perser_gui.ui.look import icons, theme
from perser_gui.ui.shell.clip_menus import ClipMenus
from perser_gui.ui.shell.export_questions import Exporting
from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.shell.imports import Imports
from perser_gui.ui.shell.main_menu import fill_menu
from perser_gui.ui.shell.program import Program
from perser_gui.ui.shell.study_questions import StudyQuestions
from perser_gui.ui.shell.utterance_questions import UtteranceQuestions
from perser_gui.ui.shell.whole_store import WholeStore
from perser_gui.ui.shell.word_shortcuts import WordShortcuts
from perser_gui.ui.widgets.basics import activate_focused


class Commands(QObject):
    """One QAction per command, bound to keys, shown in menus."""

    def __init__(self, window: Frame) -> None:
        super().__init__(window)
        self._window = window
        self._bench = window.workbench
        self._session = window.session
        self._labelling = window.labelling
        self._model = window.personalization
        self._listening = window.listening
        self._panel = window.label_panel
        self._keeping = WholeStore(window)
        self.program = Program(window, self)
        self.actions: dict[str, QAction] = {}
        self.imports = Imports(window)
        self.studies = StudyQuestions(window)
        self.exporting = Exporting(window, self.imports)
        self.utterances = UtteranceQuestions(window)
        self._words = WordShortcuts(window)
        self._words.renewed.connect(self._bind_keys)
        self._make_actions()
        self.menus = ClipMenus(window, self)
        window.view_shown.connect(self._enable)

    def trigger(self, name: str) -> None:
        """Do what the command's key, or the button of a notice, would do."""
        besides: dict[str, Callable[[], object]] = {
            "retry": self._labelling.retry_saving,
            "problems": self.imports.show_problems,
            "voices": self.ask_voices,
            "keep-hidden": lambda: self._window.blind.choose(True),
        }
        (besides.get(name) or self.actions[name].trigger)()

    def _make_actions(self) -> None:
        acts: dict[str, Callable[[], Any]] = {
            "play": self._play_or_press,
            "replay": self._listening.play_from_start,
            "loop": self._panel.loop.toggle,
            "slower": lambda: self._change_speed(-1),
            "faster": lambda: self._change_speed(+1),
            "louder": lambda: self._listening.loudspeaker.louder(+1),
            "quieter": lambda: self._listening.loudspeaker.louder(-1),
            "level-match": self._panel.sound.match.toggle,
            "zoom-in": lambda: self._zoom(0.5),
            "zoom-out": lambda: self._zoom(2.0),
            "fit": lambda: self._zoom(None),
            "spectrogram": self._panel.spectrogram.toggle,
            "pitch": self._toggle_pitch,
            "scale": self._toggle_scale,
            "confirm": self._confirm,
            "next": lambda: self._bench.move(+1),
            "previous": lambda: self._bench.move(-1),
            "skip": self._labelling.skip,
            "undo": self._labelling.undo,
            "redo": self._labelling.redo,
            "clear": self._clear,
            "word": self._window.begin_word,
            "word-second": lambda: self._window.begin_word(second=True),
            "suggest": self._model.suggest,
            "blind": self._window.blind.toggle,
            "note": lambda: self._panel.beside.write_note(QApplication.focusWidget()),
            "adapt": self._model.adapt,
            "stop": self._model.stop,
            "cancel": self._cancel,
            "history": self.ask_history,
            "open-files": self.ask_files,
            "open-folder": self.ask_folder,
            "record": self.ask_record,
            "starter": self._bench.open_starter_clips,
            "cut": lambda: self._bench.cut_clips(self._clips_in_sight()),
            "cutting": self.ask_cutting,
            "timeline": self._to_timeline,
            "search": self._search,
            "remove": lambda: self._bench.remove_clips(self._clips_in_sight()),
            "view-label": lambda: self._window.show_view("label"),
            "view-predictions": lambda: self._window.show_view("predictions"),
            "view-compare": lambda: self._window.show_view("compare"),
            "view-live": lambda: self._window.show_view("live"),
            "view-studies": lambda: self._window.show_view("studies"),
            "live-pause": self._window.live.toggle_pause,
            "live-mark": self._window.live.mark,
            "import-ratings": self.imports.ask_labels,
            "import-folder": self.imports.ask_folder,
            "pack": self.imports.ask_pack,
            "add-listener": self.ask_add_listener,
            "rename-listener": self.ask_rename_listener,
            "emotions": self.ask_emotions,
            "menu-here": lambda: self.menus.at_keyboard(),
            "shortcuts": self.show_shortcuts,
            "quit": self._window.close,
            **self._keeping.acts,
            **self.exporting.acts,
            **self.utterances.acts,
            **self.program.acts,
        }
        for command in COMMANDS:
            action = QAction(command.title, self._window)
            action.triggered.connect(_plain(acts[command.id]))
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
            if command.icon:
                action.setIcon(icons.icon(command.icon, theme.tokens().muted))
            self.actions[command.id] = action
            self._window.addAction(action)
        self._bind_keys()
        self._fill_menus()

    @Slot(str)
    def _enable(self, view: str) -> None:
        """Let commands of one view act only while it is open."""
        for command in COMMANDS:
            if command.where != "everywhere":
                self.actions[command.id].setEnabled(view in command.where.split())

    def _clips_in_sight(self) -> list[str]:
        """Return the clips that are chosen where one looks: in the table, or in the list."""
        if self._window.view_name == "predictions":
            return self._window.predictions.chosen()
        return self._window.clips.selected()

    def _clear(self) -> None:
        if self._window.view_name == "predictions":
            self._window.predictions.clear()
        else:
            self._labelling.clear()

    @Slot()
    def _bind_keys(self) -> None:
        for name, keys in bindings(self._bench.settings.keys, self._words.keys).items():
            self.actions[name].setShortcuts([QKeySequence(key) for key in keys])
            if name == "word":
                self._window.show_word_key(readable(keys[0]) if keys else "")

    def _fill_menus(self) -> None:
        by_id = self.actions
        adding = ("open-files", "open-folder", "record", "starter", "cutting")
        self._window.clips.set_add_menu(by_id[n] for n in adding)
        inside = {"recent": self.program.recent_menu, "sound": self._panel.sound.menu_}
        fill_menu(self._window.top_bar.menu, by_id, inside)
        for name in ("label", "predictions", "compare", "live", "studies"):
            self._window.top_bar.add_view(name, by_id[f"view-{name}"])
        self._window.top_bar.show_view("label")
        self._window.top_bar.theme_button.clicked.connect(self.program.toggle_theme)
        self._window.top_bar.help.clicked.connect(self.show_shortcuts)

    def _play_or_press(self) -> None:
        if not activate_focused(QApplication.focusWidget()):
            self.play()

    @Slot()
    def play(self) -> None:
        """Play or pause."""
        self._listening.toggle()

    def _confirm(self) -> None:
        if activate_focused(QApplication.focusWidget()) or self._window.borders.apply():
            return
        self._labelling.confirm()

    def _change_speed(self, step: int) -> None:
        nearest = min(range(len(SPEEDS)), key=lambda i: abs(SPEEDS[i] - self._bench.settings.speed))
        place = min(max(nearest + step, 0), len(SPEEDS) - 1)
        self._panel.speed.setCurrentIndex(place)

    def _zoom(self, factor: float | None) -> None:
        view = self._panel.waveform
        if view is not None:
            if factor is None:
                view.fit()
            else:
                view.zoom(factor)

    def _toggle_pitch(self) -> None:
        """Draw the pitch into the spectrogram, which it brings along, or not."""
        choices = self._bench.settings
        shown = not choices.show_pitch
        both = choices.show_spectrogram or shown
        self._bench.choose(show_pitch=shown, show_spectrogram=both)

    def _toggle_scale(self) -> None:
        """Let frequencies lie as they are heard, or evenly."""
        mel = self._bench.settings.spectrogram_scale != "linear"
        self._bench.choose(spectrogram_scale="linear" if mel else "mel", show_spectrogram=True)

    def _cancel(self) -> None:
        idle = self._model.adapt_state.phase == "idle"
        if idle and self._window.borders.discard():
            return
        if idle and not self._bench.cancel_opening():
            self._window.notice.hide()
        self._model.cancel()

    def _to_timeline(self) -> None:
        if self._panel.timeline.isVisible():
            self._panel.timeline.setFocus(Qt.FocusReason.ShortcutFocusReason)
        else:
            there = any(row.clip.span is not None for row in self._session.rows)
            first = "choose one of them" if there else "add one"
            self._bench.notice.emit(
                "info", f"A timeline shows the utterances of a long recording; {first} first."
            )

    def _search(self) -> None:
        if self._window.predictions.isVisible():
            self._window.predictions.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self._window.predictions.search.selectAll()
            return
        self._window.show_view("label")
        self._window.clips.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._window.clips.search.selectAll()

    def open_from_table(self, content: str) -> None:
        """Open a clip of the table in the Label view."""
        self._window.show_view("label")
        if self._session.place(content) < 0:
            self._bench.search("")
            self._bench.show_kind("all")
        self._bench.go_to(content)

    # -- questions -----------------------------------------------------------------------

    @Slot()
    def ask_files(self) -> None:
        """Ask which files to add."""
        self._bench.open_paths(
            self._window.files.files("clips", "Add sound or video", _audio_files())
        )

    @Slot()
    def ask_folder(self) -> None:
        """Ask which folder to add."""
        folder = self._window.files.folder("clips", "Add a folder of audio files")
        if folder is not None:
            self._bench.open_paths([folder])

    @Slot()
    def ask_cutting(self) -> None:
        """Ask how files become clips: cut where, whose voice, which channel; it is remembered."""
        self._asked_cutting()

    def ask_voices(self) -> None:
        """Ask the same of what was added last, and let it count there too."""
        if self._asked_cutting():
            self._bench.voices_otherwise()

    def _asked_cutting(self) -> bool:
        chosen = self._bench.settings
        dialog = CuttingDialog(self._window, chosen.cut_above, chosen.voices, chosen.channels)
        if dialog.exec():
            self._bench.choose(
                cut_above=dialog.seconds,
                voices=dialog.voices.currentData(),
                channels=dialog.channels.currentData(),
            )
            return True
        return False

    @Slot()
    def ask_add_listener(self) -> None:
        """Ask for the pseudonym of a new listener."""
        dialog = NameDialog(self._window, "Add a listener", "Add")
        if dialog.exec():
            self._bench.add_listener(dialog.name)

    @Slot()
    def ask_rename_listener(self) -> None:
        """Ask for another pseudonym."""
        listener = self._session.listener
        if listener is None:
            return
        dialog = NameDialog(self._window, "Rename this listener", "Rename", listener.name)
        if dialog.exec() and dialog.name != listener.name:
            self._bench.rename_listener(listener.id, dialog.name)

    @Slot()
    def ask_emotions(self) -> None:
        """Let the listener edit their emotion words."""
        from perser_gui.ui.dialogs.emotion_editor import EmotionEditor

        session = self._session
        dialog = EmotionEditor(
            self._window,
            session.emotions,
            session.counts(),
            session.model_words,
            bindings(self._bench.settings.keys),
        )
        if dialog.exec() and dialog.emotions != session.emotions:
            self._bench.set_emotions(dialog.emotions)

    @Slot()
    def ask_record(self) -> None:
        """Record a clip from the microphone, and keep a take of it."""
        from perser_gui.ui.dialogs.record_dialog import RecordDialog, free_name

        names = [os.path.basename(path) for path in self._session.rows.clips.paths]
        dialog = RecordDialog(self._window, self._window.recording, free_name(names))
        dialog.exec()
        dialog.deleteLater()

    @Slot()
    def ask_history(self) -> None:
        """Show the profiles that are kept; go back to one or delete it if wished."""
        from perser_gui.ui.dialogs.history import HistoryDialog

        dialog = HistoryDialog(self._window, self._model.history, self._session.ratings.values())
        if dialog.exec():
            if dialog.unwanted is not None:
                self._keeping.ask_delete_profile(dialog.unwanted)
            else:
                self._model.use_profile(dialog.chosen)

    @Slot()
    def show_shortcuts(self) -> None:
        """Show all keys; lead to the editor if wished."""
        keys = bindings(self._bench.settings.keys, self._words.keys)
        sheet = ShortcutSheet(self._window, keys, self._session.emotions)
        sheet.exec()
        if sheet.edit_wanted:
            self.ask_keys()

    def ask_keys(self) -> None:
        """Let the user change keys."""
        from perser_gui.ui.dialogs.shortcut_editor import ShortcutEditor

        words = word_keys(self._session.listeners)
        editor = ShortcutEditor(self._window, bindings(self._bench.settings.keys), words)
        if editor.exec():
            self.set_keys(editor.changes)

    def set_keys(self, keys: tuple[tuple[str, str], ...]) -> None:
        """Use other keys from now on."""
        self._bench.choose(keys=keys)
        self._bind_keys()


def _plain(act: Callable[[], Any]) -> Callable[..., None]:
    """Return a slot that drops the `checked` of a QAction."""

    def slot(*_: object) -> None:
        act()

    return slot


def _audio_files() -> str:
    """Return the filter of the question for files: every ending that can be read."""
    from perser_gui.audio.endings import AUDIO_SUFFIXES

    endings = " ".join(f"*{ending}" for ending in sorted(AUDIO_SUFFIXES))
    return f"Sound and video ({endings});;All files (*)"
