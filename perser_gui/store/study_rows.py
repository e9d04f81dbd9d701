"""Studies: as they were defined, who takes part, and every answer as it was given.

An answer is a rating like any other, and a row beside it that says at which trial it was given
and how. What was answered in a study stays with it, whatever the listener says about the clip
later.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from perser_gui.errors import PerserError
from perser_gui.records import Clip, Rating, Said
from perser_gui.store.keeping import Keeping
from perser_gui.store.rows import (
    CLIP,
    RATING,
    as_json,
    check_rating,
    clip_row,
    insert_rating,
    now,
    rating_of,
    row_of,
)


@dataclass(frozen=True)
class StudyRecord:
    """A study in the store: its definition as text, and its clips by content, in their order."""

    id: int
    key: str
    name: str
    definition: str
    clips: tuple[str, ...]
    created: str


@dataclass(frozen=True)
class StudyListener:
    """Somebody who takes part in a study, with the place (from 0) they were dealt.

    `trials` are (clip's content, for the how manieth time), in the order in which they hear them.
    """

    listener: int
    place: int
    trials: tuple[tuple[str, int], ...]
    joined: str


@dataclass(frozen=True)
class TrialAnswer:
    """An answer at a trial (from 1) of a study.

    `begun` is when the clip was presented (UTC), `seconds` from its first sound to the answer
    (None: nobody noted it), `plays` how often it was played.
    """

    trial: int
    rating: Rating
    begun: str
    seconds: float | None
    plays: int


class Studies(Keeping):
    """The side of the store that keeps studies."""

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        """Keep all that is written inside together, or nothing of it."""
        with self._database.write():
            yield

    def studies(self) -> list[StudyRecord]:
        """Return all studies, oldest first."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT id, key, name, definition, clips, created FROM studies ORDER BY id"
            ).fetchall()
        return [
            StudyRecord(number, key, name, text, tuple(json.loads(clips)), created)
            for number, key, name, text, clips, created in rows
        ]

    def add_study(self, key: str, name: str, definition: str, clips: Sequence[Clip]) -> StudyRecord:
        """Keep a study and know its clips; one that is there already stays as it is.

        A clip that nobody put on the list stays off it: a study is listened to in its own window.

        Raises:
            PerserError: if another study has its name.
        """
        contents = tuple(clip.content for clip in clips)
        created = now()
        with self._database.write() as connection:
            known = next((one for one in self.studies() if one.key == key), None)
            if known is not None:
                return known
            connection.executemany(
                f"INSERT INTO clips ({CLIP}, added, listed)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)"
                " ON CONFLICT (content) DO UPDATE SET path = excluded.path",
                [(*clip_row(clip), created) for clip in clips],
            )
            try:
                cursor = connection.execute(
                    "INSERT INTO studies (key, name, definition, clips, created)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (key, name, definition, as_json(contents), created),
                )
            except sqlite3.IntegrityError as error:
                raise PerserError(
                    f"There is already another study called {name}; please give this one "
                    "another name."
                ) from error
        return StudyRecord(int(cursor.lastrowid or 0), key, name, definition, contents, created)

    def remove_study(self, study: int) -> None:
        """Forget a study that nobody has answered to.

        Raises:
            PerserError: if there are answers.
        """
        with self._database.write() as connection:
            (count,) = connection.execute(
                "SELECT count(*) FROM trials WHERE study = ?", (study,)
            ).fetchone()
            if count:
                raise PerserError(
                    f"The study has {count:,} answers, and answers are never deleted with it; "
                    "a listener can be deleted with everything of theirs."
                )
            connection.execute("DELETE FROM study_listeners WHERE study = ?", (study,))
            connection.execute("DELETE FROM studies WHERE id = ?", (study,))

    def join_study(
        self, study: int, listener: int, place: int, trials: Sequence[tuple[str, int]]
    ) -> StudyListener:
        """Let a listener take part; somebody who does already keeps their order."""
        joined, text = now(), as_json(trials)
        with self._database.write() as connection:
            row_of(connection, listener)
            connection.execute(
                "INSERT OR IGNORE INTO study_listeners (study, listener, place, trials, joined)"
                " VALUES (?, ?, ?, ?, ?)",
                (study, listener, place, text, joined),
            )
        return next(one for one in self.study_listeners(study) if one.listener == listener)

    def study_listeners(self, study: int) -> list[StudyListener]:
        """Return who takes part in a study, in the order in which they joined."""
        with self._database.read() as connection:
            rows = connection.execute(
                "SELECT listener, place, trials, joined FROM study_listeners"
                " WHERE study = ? ORDER BY id",
                (study,),
            ).fetchall()
        return [
            StudyListener(who, place, tuple((c, int(n)) for c, n in json.loads(trials)), joined)
            for who, place, trials, joined in rows
        ]

    def answer_trial(
        self,
        study: int,
        listener: int,
        trial: int,
        said: Said,
        *,
        begun: str,
        seconds: float | None,
        plays: int,
    ) -> TrialAnswer:
        """Append an answer and the rating that it is; both are on the disk when this returns.

        It is no act that an undo would find. Answering a trial again is a correction: both
        answers are kept.

        Raises:
            PerserError: if the answer makes no sense, or the clip or the listener is unknown.
        """
        check_rating(said)
        created = now()
        with self._database.write() as connection:
            row_of(connection, listener)
            number = insert_rating(connection, listener, said, created)
            connection.execute(
                "INSERT INTO trials (study, listener, trial, rating, begun, seconds, plays)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                (study, listener, trial, number, begun, seconds, plays),
            )
        return TrialAnswer(trial, said.by(listener, number, created), begun, seconds, plays)

    def trial_answers(self, study: int, listener: int) -> list[TrialAnswer]:
        """Return every answer of a listener in a study, corrected ones included, oldest first."""
        columns = ", ".join(f"r.{name}" for name in RATING.split(", "))
        with self._database.read() as connection:
            rows = connection.execute(
                f"SELECT t.trial, t.begun, t.seconds, t.plays, {columns} FROM trials AS t"
                " JOIN ratings AS r ON r.id = t.rating"
                " WHERE t.study = ? AND t.listener = ? ORDER BY t.id",
                (study, listener),
            ).fetchall()
        return [
            TrialAnswer(trial, rating_of(tuple(rating)), begun, seconds, plays)
            for trial, begun, seconds, plays, *rating in rows
        ]
