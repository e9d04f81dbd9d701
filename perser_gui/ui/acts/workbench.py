"""What one can do at the desk with listeners and clips, without any dialog.

Menus, keys and tests call the same methods. Everything that touches the store runs
on the store's worker; the session changes on the main thread only.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.records import Listener, Rating
from perser_gui.settings import Settings, load_settings, save_settings
from perser_gui.ui.acts.adding import Adding
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.early import needs_desk
from perser_gui.ui.acts.jobs import JobRunner, Lane
from perser_gui.ui.acts.noticing import Noticing
from perser_gui.ui.acts.session import Kind, Session

if TYPE_CHECKING:
    from perser_gui.desk import ClipTable, Desk
    from perser_gui.progress import Progress

FIRST_LISTENER = "Listener 1"


class Workbench(Adding):
    """The acts of the desk, and the one place where it is told what changed."""

    changed = Signal(object)
    """The `Changes` that were told."""
    warned = Signal(str, str, str)
    """Tone, one sentence, and what it is about: it stands until `settled` says that is over."""
    settled = Signal(str)
    """What was warned of is over."""
    left_listener = Signal()
    """Somebody else labels from now on: what was offered to the one before is over."""
    labelled = Signal()
    """A label was pressed: what was offered to be undone is not the last thing any more."""
    acted = Signal()
    """Something that can be undone was asked for, other than a label."""
    play_wanted = Signal()

    def __init__(
        self, open_desk: Callable[[], Desk], runner: JobRunner, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._open_desk = open_desk
        self.runner = runner
        self.session = Session()
        self.settings: Settings = load_settings()
        self._kept = self.settings
        self.is_ready = False
        self.first_listener = FIRST_LISTENER
        self.noticing = Noticing(self, self)

    @property
    def bench(self) -> Workbench:
        """This one, as the other acts call it."""
        return self

    def tell(self, changes: Changes) -> None:
        """Tell everybody what changed; call it when the state is as it shall be."""
        self.changed.emit(changes)

    # -- start and end -----------------------------------------------------------

    def start(self) -> None:
        """Open the desk and read listeners, clips and ratings on the store's worker."""
        wanted = self.settings.listener

        def work(progress: Progress) -> tuple[Desk, EmotionSet, list[Listener], Listener]:
            desk = self._open_desk()
            people = desk.listeners() or [desk.add_listener(FIRST_LISTENER)]
            chosen = next((p for p in people if p.id == wanted), people[0])
            return desk, desk.default_emotions(), people, chosen

        def done(result: tuple[Desk, EmotionSet, list[Listener], Listener]) -> None:
            self._desk, self.session.model_words, people, chosen = result
            self.session.listeners = people
            self.take_listener(chosen)

        self.runner.run(work, lane=Lane.STORE, label="Opening your labels", done=done)

    def close(self) -> None:
        """End all work, keep the settings, close the store."""
        self.noticing.stop()
        try:
            self.keep_settings()
        except PerserError as error:
            sys.stderr.write(f"perser-gui: the settings were not saved: {error}\n")
        desk = self._desk
        self.runner.close(desk.close if desk is not None else None)

    def keep_settings(self) -> None:
        """Write what was chosen here since it was written last; raises `PerserError`."""
        kept, chosen = self._kept, self.settings
        save_settings(chosen, read=kept)
        self._kept = chosen

    def choose(self, *, by: object = None, **choices: object) -> None:
        """Change settings, `by` whom shows them already; they are written at the end."""
        before, self.settings = self.settings, self.settings.with_(**choices)
        others = frozenset(n for n in choices if getattr(before, n) != getattr(self.settings, n))
        if others:
            self.tell(Changes(settings=others, initiator=by))

    # -- listeners -----------------------------------------------------------------

    def switch_listener(self, listener: int) -> None:
        """Continue as another listener."""
        chosen = next((p for p in self.session.listeners if p.id == listener), None)
        if chosen is not None:
            self.take_listener(chosen)

    @needs_desk
    def add_listener(self, name: str) -> None:
        """Add a listener under a pseudonym and continue as them."""
        desk = self.desk

        def done(listener: Listener) -> None:
            self.session.listeners = [*self.session.listeners, listener]
            self.take_listener(listener)

        self.runner.run(lambda p: desk.add_listener(name), lane=Lane.STORE, done=done)

    @needs_desk
    def rename_listener(self, listener: int, name: str) -> None:
        """Give a listener another pseudonym; ratings and profiles stay."""
        desk = self.desk
        self.runner.run(
            lambda p: desk.rename_listener(listener, name),
            lane=Lane.STORE,
            done=self._listener_edited,
        )

    @needs_desk
    def set_emotions(self, emotions: EmotionSet) -> None:
        """Use another set of emotion words for this listener; old ratings keep their words."""
        desk, listener = self.desk, self.session.listener
        if listener is None:
            return

        self.acted.emit()

        def work(progress: Progress) -> tuple[Listener, list[Rating]]:
            return desk.set_emotions(listener.id, emotions), desk.ratings(listener.id)

        def done(result: tuple[Listener, list[Rating]]) -> None:
            changed, ratings = result
            own = self.session.listener
            if own is not None and own.id == changed.id:
                self.session.replace_ratings(ratings)
                self._listener_edited(changed, emotions=True)
            else:
                self._listener_edited(changed)
            self.offered.emit("info", "The emotion words were changed.", "undo")

        self.runner.run(work, lane=Lane.STORE, done=done)

    def _listener_edited(self, changed: Listener, *, emotions: bool = False) -> None:
        self.session.listeners = [
            changed if p.id == changed.id else p for p in self.session.listeners
        ]
        if self.session.listener is not None and self.session.listener.id == changed.id:
            self.session.listener = changed
        self.tell(Changes(listener=True, emotions=emotions))

    def reread(self, listener: int | None = None) -> None:
        """Read listeners, clips and ratings again, after something was imported."""
        desk, own = self.desk, self.session.listener
        wanted = listener if listener is not None else own.id if own is not None else None

        def done(people: list[Listener]) -> None:
            self.session.listeners = people
            chosen = next((p for p in people if p.id == wanted), None)
            if chosen is not None:
                self.take_listener(chosen)

        self.runner.run(lambda p: desk.listeners(), lane=Lane.STORE, done=done)

    def take_listener(self, listener: Listener) -> None:
        """Show the clips and labels of a listener."""
        desk = self.desk

        def done(result: tuple[int, ClipTable, list[Rating]]) -> None:
            changes, rows, ratings = result
            session = self.session
            if session.listener is not None and session.listener.id != listener.id:
                self.left_listener.emit()
            session.listener = listener
            session.forget_predictions()
            session.replace_ratings(ratings)
            session.replace_rows(rows)
            self.choose(listener=listener.id)
            self.tell(Changes(listener=True, emotions=True, clips=True))
            if session.current is None and session.visible:
                left = self.settings.clip
                at = left if session.place(left) >= 0 else session.next_unlabelled()
                self.go_to(at or session.visible[0], play=False)
            if not self.is_ready:
                self.is_ready = True
                self.noticing.start(changes)
                self.ready.emit()

        self.runner.run(
            lambda p: (desk.changes(), desk.clips(), desk.ratings(listener.id)),
            lane=Lane.STORE,
            done=done,
        )

    # -- clips ---------------------------------------------------------------------

    @needs_desk
    def remove_clips(self, contents: Sequence[str]) -> None:
        """Take clips off the list; their ratings stay in the store."""
        desk, session = self.desk, self.session
        after = session.place(session.current)
        if not contents:
            return
        self.acted.emit()

        def work(progress: Progress) -> ClipTable:
            desk.remove_clips(list(contents))
            return desk.clips()

        def done(rows: ClipTable) -> None:
            session.replace_rows(rows)
            self.tell(Changes(clips=True))
            count = len(contents)
            what = "1 clip" if count == 1 else f"{count:,} clips"
            self.offered.emit("info", f"Took {what} off the list; labels stay.", "undo")
            if session.current is None:
                near = session.visible[min(max(after, 0), len(session.visible) - 1) :][:1]
                self.go_to(near[0] if near else None, play=False)

        self.runner.run(work, lane=Lane.STORE, done=done)

    def search(self, text: str) -> None:
        """Show only clips whose name, folder, speaker or label has all these words."""
        self.session.text = text
        self._refilter()

    def show_kind(self, kind: Kind) -> None:
        """Show only one kind of clips."""
        self.session.kind = kind
        self._refilter()

    def show_all(self) -> None:
        """Show all clips again."""
        self.session.text, self.session.kind = "", "all"
        self._refilter()

    def _refilter(self) -> None:
        if self.session.refilter():
            self.tell(Changes(visible=True))

    # -- moving --------------------------------------------------------------------

    def go_to(self, content: str | None, *, play: bool = True) -> None:
        """Take a clip at hand, and play it unless told otherwise."""
        if content == self.session.current:
            return
        self.session.current = content
        if content is not None:
            self.settings = self.settings.with_(clip=content)
        if self.session.kind != "all":
            self._refilter()
        self.tell(Changes(current=True))
        if play and self.settings.auto_play_next and content is not None:
            self.play_wanted.emit()

    def move(self, step: int) -> None:
        """Go to a neighbour in the list."""
        target = self.session.neighbour(step)
        if target is not None:
            self.go_to(target)
