"""Reading again what an undo or another program changed, and showing only what did."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, QTimer

from perser_gui.records import Listener, Rating, Said
from perser_gui.ui.acts.changes import Changes, Which
from perser_gui.ui.acts.jobs import JobRunner, Lane
from perser_gui.ui.acts.session import Session

if TYPE_CHECKING:
    from perser_gui.desk import ClipTable, Desk
    from perser_gui.progress import Progress

EVERY = 1500
"""Milliseconds between two looks at whether another program has written."""

LOOKED_FOR = 200
"""So many missing files are looked for again at each look."""

UNREAD = -1
"""Stands for a profile that has not been looked at."""


@dataclass(frozen=True)
class Reread:
    """What the store holds now, of one listener."""

    listeners: list[Listener]
    listener: Listener
    rows: ClipTable
    ratings: list[Rating]
    profile: int | None
    compared: ClipTable
    """The rows that were shown when it was read."""
    same: bool
    """Whether those were the same clips in the same places."""


def said(rating: Rating | None) -> Said | None:
    """Return what a rating says, without when it was said."""
    return None if rating is None else rating.said


class Bench(Protocol):
    """What is brought up to date: the workbench, as far as it is needed here."""

    session: Session
    runner: JobRunner
    is_ready: bool

    @property
    def desk(self) -> Desk:
        """The open desk."""

    @property
    def first_listener(self) -> str:
        """What to call a listener where there is none."""

    def tell(self, changes: Changes) -> None:
        """Tell everybody what changed."""

    def take_listener(self, listener: Listener) -> None:
        """Continue as a listener."""

    def go_to(self, content: str | None, *, play: bool = True) -> None:
        """Take a clip at hand."""


class Noticing(QObject):
    """Looks whether the store has changed, and brings the desk up to date."""

    def __init__(self, bench: Bench, parent: QObject) -> None:
        super().__init__(parent)
        self._bench = bench
        self._changes: int | None = None
        self._profile: int | None = UNREAD
        self._timer = QTimer(self)
        self._timer.setInterval(EVERY)
        self._timer.timeout.connect(self.look)

    def start(self, changes: int) -> None:
        """Look from now on, for what came after the desk was read: it was at `changes` before."""
        self._changes = changes
        self._timer.start()

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()

    def refresh(self, *, then_go_to: str = "") -> None:
        """Read again what may have changed, and show only what did.

        Called after an undo and when another program has written; `then_go_to` is a clip to
        take at hand, if it is on the list.
        """
        bench = self._bench
        desk, own = bench.desk, bench.session.listener
        if own is None:
            return

        shown_rows = bench.session.rows

        def work(progress: Progress) -> Reread:
            people = desk.listeners()
            chosen = next((p for p in people if p.id == own.id), people[0] if people else None)
            if chosen is None:
                chosen = desk.add_listener(bench.first_listener)
                people = [chosen]
            record, rows = desk.current_profile(chosen.id), desk.clips()
            return Reread(
                people,
                chosen,
                rows,
                desk.ratings(chosen.id),
                record.id if record is not None else None,
                shown_rows,
                shown_rows.same_clips(rows),
            )

        def done(found: Reread) -> None:
            session = bench.session
            others_came_or_went = session.listeners != found.listeners
            session.listeners = found.listeners
            before, profile = session.listener, self._profile
            self._profile = found.profile
            if before is None or found.listener.id != before.id:
                bench.take_listener(found.listener)
                return
            shown = dict(session.ratings)
            same = found.same
            if session.rows is not found.compared:  # they were read anew meanwhile
                same = session.rows.same_clips(found.rows)
            session.listener = found.listener
            session.replace_ratings(found.ratings)
            others = Which.of(
                *(
                    clip
                    for clip in {*shown, *session.ratings}
                    if (old := shown.get(clip)) != (new := session.ratings.get(clip))
                    and said(old) != said(new)
                )
            )
            if not same:
                session.replace_rows(found.rows)
            elif others:
                session.rearrange()
            changes = Changes(
                listener=found.listener != before or others_came_or_went,
                profile=profile != found.profile,  # also when this is the first look
                emotions=found.listener.emotions != before.emotions,
                clips=not same,
                ratings=others,
            )
            if changes != Changes():
                bench.tell(changes)
            if then_go_to and session.row(then_go_to) is not None:
                bench.go_to(then_go_to, play=False)
            elif session.current is None and session.visible:
                bench.go_to(session.visible[0], play=False)

        bench.runner.run(work, lane=Lane.STORE, done=done)

    def _look_for_missing(self) -> None:
        """Refresh when a file that was missing is in its place again."""
        bench = self._bench
        if not bench.session.missing or bench.runner.pending(Lane.PICTURES):
            return
        rows = bench.session.rows
        lost = [rows.clips.paths[place] for place in sorted(rows.missing)[:LOOKED_FOR]]

        def done(back: bool) -> None:
            if back:
                self.refresh()

        bench.runner.run(
            lambda progress: any(map(os.path.exists, lost)), lane=Lane.PICTURES, done=done
        )

    def look(self, *, always: bool = False) -> None:
        """Refresh if another program has written to the store since the last look."""
        bench = self._bench
        self._look_for_missing()
        if not bench.is_ready or (bench.runner.pending(Lane.STORE) and not always):
            return
        desk = bench.desk

        def done(changes: int) -> None:
            if always or changes != self._changes:
                self._changes = changes
                self.refresh()

        bench.runner.run(
            lambda p: desk.changes(), lane=Lane.STORE, done=done, failed=lambda error: None
        )
