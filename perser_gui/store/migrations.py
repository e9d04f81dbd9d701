"""The shape of the database, as steps from each version to the next.

A step that has been released is never edited: a change is a new step at the end.
"""

from __future__ import annotations

STEPS: tuple[str, ...] = (
    # 1: listeners, clips, ratings, profiles
    """
    CREATE TABLE listeners (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL COLLATE NOCASE UNIQUE,
        emotions TEXT NOT NULL,
        created TEXT NOT NULL,
        profile INTEGER REFERENCES profiles (id)
    );
    CREATE TABLE clips (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        content TEXT NOT NULL UNIQUE,
        path TEXT NOT NULL,
        seconds REAL NOT NULL,
        speaker TEXT,
        source TEXT NOT NULL,
        synthetic INTEGER NOT NULL,
        added TEXT NOT NULL
    );
    CREATE TABLE ratings (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        listener INTEGER NOT NULL REFERENCES listeners (id),
        clip TEXT NOT NULL REFERENCES clips (content),
        answer TEXT NOT NULL CHECK (answer IN ('emotion', 'cant-tell', 'skip')),
        emotions TEXT NOT NULL,
        intensity REAL,
        created TEXT NOT NULL,
        withdraws INTEGER UNIQUE REFERENCES ratings (id)
    );
    CREATE INDEX ratings_by_listener ON ratings (listener, id);
    CREATE TRIGGER ratings_are_never_changed BEFORE UPDATE ON ratings
        BEGIN SELECT RAISE(ABORT, 'ratings are append-only'); END;
    CREATE TRIGGER ratings_are_never_deleted BEFORE DELETE ON ratings
        BEGIN SELECT RAISE(ABORT, 'ratings are append-only'); END;
    CREATE TABLE profiles (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        listener INTEGER NOT NULL REFERENCES listeners (id),
        created TEXT NOT NULL,
        file TEXT NOT NULL UNIQUE,
        sha256 TEXT NOT NULL,
        description TEXT NOT NULL
    );
    CREATE INDEX profiles_by_listener ON profiles (listener, id);
    """,
    # 2: a clip can leave the list while its ratings stay; a renamed word keeps its ratings
    """
    ALTER TABLE clips ADD COLUMN listed INTEGER NOT NULL DEFAULT 1;
    CREATE TABLE renamed_words (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        listener INTEGER NOT NULL REFERENCES listeners (id),
        old TEXT NOT NULL,
        new TEXT NOT NULL
    );
    """,
    # 3: a clip can be one utterance of a longer recording; all times are in seconds
    """
    ALTER TABLE clips ADD COLUMN span_start REAL;
    ALTER TABLE clips ADD COLUMN span_end REAL;
    ALTER TABLE clips ADD COLUMN span_of REAL;
    """,
)
"""`STEPS[n]` leads from version n to version n + 1 (SQLite's `user_version`)."""

VERSION = len(STEPS)
"""The version that this program writes."""
