"""What concerns the whole program: settings, the palette, what was added last, About."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from PySide6.QtCore import QObject, Slot, qVersion
from PySide6.QtGui import QAccessible, QAction, QGuiApplication

from perser_gui import paths
from perser_gui.bidi import isolated, isolated_path
from perser_gui.settings import Settings
from perser_gui.ui.acts.calling_up import ALSO, Thing
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.shortcuts import COMMANDS, readable
from perser_gui.ui.acts.wording import clip_name, duration_text
from perser_gui.ui.dialogs.about import AboutDialog
from perser_gui.ui.dialogs.palette import Palette
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.dialogs.settings_page import SettingsPage
from perser_gui.ui.look import theme
from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.shell.keyboard import LABELLING, label_by_place
from perser_gui.ui.shell.tour import Tour
from perser_gui.ui.widgets.menu_parts import Menu
from perser_gui.ui.widgets.tips import tip

if TYPE_CHECKING:
    from perser_gui.desk.bundled import Ingredient, ModelCard
    from perser_gui.progress import Progress

MOST_RECENT = 10

ON_THE_PAGE = (
    *("theme", "text_size", "contrast", "direction", "animate"),
    *("auto_play_next", "loop", "speed", "level_match", "show_spectrogram"),
    *("blind_first", "adapt_as_i_go", "adapter", "cut_above", "voices", "channels", "speech"),
    *("device", "threads", "backups_kept"),
)
"""The fields that the page of settings shows, and that its reset sets back."""

WRITTEN_AT_ONCE = frozenset((*ON_THE_PAGE, "recent", "folders", "toured", "keys"))
"""Fields that even a crash does not lose; the others are written when the window closes."""


class CallsUp(Protocol):
    """The commands of the window, as far as they are called up from here."""

    actions: dict[str, QAction]

    def trigger(self, name: str) -> None:
        """Do what the command's key would do."""

    def open_from_table(self, content: str) -> None:
        """Take a clip at hand in the Label view."""

    def ask_keys(self) -> None:
        """Let the user change keys."""

    def ask_emotions(self) -> None:
        """Let the listener edit their emotion words."""


class Program(QObject):
    """The commands of the menu that are about the program itself."""

    def __init__(self, window: Frame, commands: CallsUp) -> None:
        super().__init__(window)
        self._window, self._commands = window, commands
        self._bench, self._runner = window.workbench, window.runner
        self.tour = Tour(window)
        self.recent_menu = Menu("Recent", window)
        self.recent_menu.aboutToShow.connect(self._fill_recent)
        window.workbench.changed.connect(self.take)
        window.workbench.opened_paths.connect(self.note_recent)
        self._apply(frozenset(ON_THE_PAGE))

    @property
    def acts(self) -> dict[str, Callable[[], Any]]:
        """The acts by the id of their command."""
        return {
            "theme": self.toggle_theme,
            "palette": self.ask_palette,
            "settings": self.ask_settings,
            "diagnostics": self.copy_diagnostics,
            "about": self.show_about,
            **self.tour.acts,
        }

    # -- settings --------------------------------------------------------------------------

    @Slot()
    def toggle_theme(self) -> None:
        """Change between dark and light; the choice is remembered."""
        self.choose("theme", "light" if theme.tokens().dark else "dark")

    def ask_settings(self) -> None:
        """Show the page of settings; each counts as soon as it is changed."""
        places = {
            "Your labels and models": paths.data_dir(),
            "Backups": paths.data_dir() / "backups",
            "The cache, which may be deleted": paths.cache_dir(),
            "The settings": paths.config_dir(),
        }
        page = SettingsPage(self._window, self._bench.settings, places)
        page.changed.connect(self.choose)
        page.keys_wanted.connect(self._commands.ask_keys)
        page.words_wanted.connect(self._commands.ask_emotions)
        page.reset_wanted.connect(lambda: self._ask_reset(page))
        page.exec()

    def choose(self, name: str, value: object) -> None:
        """Change a setting; it counts, and is written down, at once."""
        self._bench.choose(**{name: value})

    @Slot(object)
    def take(self, changes: Changes) -> None:
        """Let settings count that are others now, and threads as soon as torch is there."""
        if changes.settings:
            self._apply(changes.settings)
        if changes.settings & WRITTEN_AT_ONCE:
            self._write()
        loaded = changes.model and self._window.personalization.state == "ready"
        if (loaded and self._bench.settings.threads) or "threads" in changes.settings:
            self._use_threads()

    def _apply(self, names: frozenset[str]) -> None:
        settings, look = self._bench.settings, self._window.theme
        if "theme" in names and look.choice != settings.theme:
            look.choose(settings.theme)
        if "text_size" in names and look.text_size != settings.text_size:
            look.choose_text_size(settings.text_size)
        if "contrast" in names and look.contrast_choice != settings.contrast:
            look.choose_contrast(settings.contrast)
        if "animate" in names and look.animated != settings.animate:
            look.choose_motion(settings.animate)
        if "direction" in names:
            look.choose_direction(settings.direction)
        if "loop" in names:
            self._window.listening.set_loop(settings.loop)
        if "speed" in names:
            self._window.listening.set_speed(settings.speed)

    def _ask_reset(self, page: SettingsPage) -> None:
        question = Question(
            page,
            "Back to the defaults?",
            "Everything on the page of settings goes back to what it was at the first start. Your "
            "labels, models, words and keys stay.",
            "Back to the defaults",
        )
        if question.exec():
            self.reset()
            page.show_settings(self._bench.settings)

    def reset(self) -> None:
        """Set everything on the page of settings back to its default."""
        default = Settings()
        self._bench.choose(**{name: getattr(default, name) for name in ON_THE_PAGE})

    def _write(self) -> None:
        """Write what counts when it is written, so that an older value never replaces a newer."""
        bench = self._bench
        self._runner.run(lambda progress: bench.keep_settings(), lane=Lane.STORE)

    def _use_threads(self) -> None:
        """Let the model's worker compute with as many threads as were chosen."""
        if self._window.personalization.state != "ready":
            return  # they are set as soon as torch is there
        wanted = self._bench.settings.threads

        def work(progress: Progress) -> None:
            from perser_gui.adaptation.placing import use_threads

            use_threads(wanted)

        self._runner.run(work, lane=Lane.COMPUTE, label="Setting threads")

    # -- what was added last ---------------------------------------------------------------

    @Slot(list)
    def note_recent(self, opened: list[str]) -> None:
        """Remember files and folders that were added, the latest first."""
        known = [pair for pair in self._bench.settings.recent if pair[1] not in opened]
        new = [("folder" if Path(one).suffix == "" else "file", one) for one in opened]
        self._bench.choose(recent=(*new, *known)[:MOST_RECENT])

    @Slot()
    def _fill_recent(self) -> None:
        self.recent_menu.clear()
        for thing in self._recent():
            action = QAction(thing.title, self.recent_menu)
            action.setToolTip(tip(thing.detail))
            action.triggered.connect(thing.act)
            self.recent_menu.addAction(action)
        if self._bench.settings.recent:
            self.recent_menu.addSeparator()
            forget = QAction("Forget these", self.recent_menu)
            forget.triggered.connect(self.forget_recent)
            self.recent_menu.addAction(forget)
        else:
            nothing = QAction("Nothing was added yet", self.recent_menu)
            nothing.setEnabled(False)
            self.recent_menu.addAction(nothing)

    @Slot()
    def forget_recent(self) -> None:
        """Remember no longer what was added."""
        self._bench.choose(recent=())

    def _recent(self) -> list[Thing]:
        found = []
        for kind, path in self._bench.settings.recent:
            where = Path(path)
            icon = "folder" if kind == "folder" else "waveform"
            found.append(
                Thing(
                    f"Recent {kind}",
                    isolated(where.name),
                    self._opens(where),
                    isolated_path(where.parent),
                    icon,
                )
            )
        return found

    def _opens(self, path: Path) -> Callable[[], None]:
        return lambda *_: self._bench.open_paths([path])

    # -- the palette -----------------------------------------------------------------------

    def ask_palette(self) -> None:
        """Find an action, clip, listener, view or recent file by a few letters, and do it."""
        palette = Palette(self._window, self.things())
        if palette.exec() and palette.chosen is not None:
            palette.chosen.act()

    def things(self) -> Iterator[Thing]:
        """Yield everything that can be called up, actions first."""
        session, commands = self._window.session, self._commands
        for command in COMMANDS:
            action = commands.actions[command.id]
            if command.id == "palette":
                continue
            kind = "View" if command.id.startswith("view-") else "Action"
            keys = " / ".join(readable(key.toString()) for key in action.shortcuts())
            act = self._does(command.id, command.where)
            also = ALSO.get(command.id, "")
            yield Thing(kind, command.title.rstrip("…"), act, keys, command.icon, also)
        emotions = session.emotions
        for place, (word, key) in enumerate(zip(emotions.words, emotions.keys, strict=True)):
            yield Thing(
                "Word", f"Label “{isolated(word)}”", partial(self._label, place), key, "label"
            )
        for person in list(session.listeners):
            own = session.listener is not None and person.id == session.listener.id
            detail = "listening now" if own else ""
            yield Thing(
                "Listener", isolated(person.name), self._switches(person.id), detail, "user"
            )
        yield from self._recent()
        for row in session.rows:
            facts = f"{isolated(row.clip.path.parent.name)}  {duration_text(row.clip.seconds)}"
            act = self._goes_to(row.clip.content)
            yield Thing("Clip", clip_name(row.clip), act, facts, "waveform")

    def _does(self, name: str, where: str) -> Callable[[], None]:
        views = where.split() if where != "everywhere" else []

        def act() -> None:
            if views and self._window.view_name not in views:
                self._window.show_view(views[0])
            self._commands.trigger(name)

        return act

    def _label(self, place: int) -> None:
        """Label with a word, in the Label view if the one that is open takes no labels."""
        if self._window.view_name not in LABELLING:
            self._window.show_view("label")
        label_by_place(self._window, place)

    def _switches(self, listener: int) -> Callable[[], None]:
        return lambda: self._bench.switch_listener(listener)

    def _goes_to(self, content: str) -> Callable[[], None]:
        return lambda: self._commands.open_from_table(content)

    # -- about -----------------------------------------------------------------------------

    def show_about(self) -> None:
        """Show versions, licences and model cards; they are read in a worker."""
        dialog = AboutDialog(self._window)
        dialog.diagnostics_wanted.connect(self.copy_diagnostics)

        def work(progress: Progress) -> tuple[list[Ingredient], list[ModelCard]]:
            from perser_gui.desk.bundled import ingredients, model_cards

            return ingredients(), model_cards()

        task = self._runner.run(
            work,
            lane=Lane.PICTURES,
            label="Reading licences",
            done=lambda found: dialog.show_parts(*found),
        )
        dialog.exec()
        task.done = None

    @Slot()
    def copy_diagnostics(self) -> None:
        """Put versions, devices and sizes on the clipboard: no names, no labels, no paths."""
        window, bench = self._window, self._bench
        settings, session = bench.settings, window.session
        model, more = window.personalization.model, self._screen()

        def work(progress: Progress) -> str:
            from perser_gui.desk.diagnostics import diagnostics

            return diagnostics(
                settings,
                clips=len(session.rows),
                listeners=len(session.listeners),
                model=model,
                more=more,
            )

        def done(text: str) -> None:
            QGuiApplication.clipboard().setText(text)
            bench.notice.emit(
                "success", "Diagnostics were copied; there are no names, labels or paths in them."
            )

        self._runner.run(work, lane=Lane.FILES, label="Gathering diagnostics", done=done)

    def _screen(self) -> list[tuple[str, str]]:
        look = self._window.theme
        screens = [
            f"{s.size().width()} x {s.size().height()} at {s.devicePixelRatio():g}"
            for s in QGuiApplication.screens()
        ]
        size = self._window.size()
        return [
            ("Qt", f"{qVersion()} on {QGuiApplication.platformName()}"),
            ("Screens", "; ".join(screens)),
            ("Window", f"{size.width()} x {size.height()}, text {theme.type_scale().body:g} pt"),
            ("Palette", f"{'dark' if look.tokens.dark else 'light'}, strong={look.strong}"),
            ("Screen reader", "yes" if QAccessible.isActive() else "no"),
        ]
