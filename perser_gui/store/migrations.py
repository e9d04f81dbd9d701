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
    # 4: every row has a checksum; what was done can be undone and redone
    """
    CREATE TABLE acts (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        listener INTEGER REFERENCES listeners (id),
        kind TEXT NOT NULL,
        said TEXT NOT NULL,
        changes TEXT NOT NULL,
        undone INTEGER NOT NULL DEFAULT 0,
        created TEXT NOT NULL
    );
    CREATE INDEX acts_by_listener ON acts (listener, undone, id);
    INSERT INTO acts (listener, kind, said, changes, created)
        SELECT listener, 'label', 'a label', '{"added": [' || id || ']}', created
        FROM ratings AS r WHERE withdraws IS NULL
        AND NOT EXISTS (SELECT 1 FROM ratings AS undo WHERE undo.withdraws = r.id) ORDER BY id;
    DROP TRIGGER ratings_are_never_changed;
    ALTER TABLE listeners ADD COLUMN checksum BLOB;
    UPDATE listeners SET checksum = row_checksum(
        id, name, emotions, created, profile);
    ALTER TABLE clips ADD COLUMN checksum BLOB;
    UPDATE clips SET checksum = row_checksum(
        id, content, path, seconds, speaker, source,
        synthetic, added, listed, span_start, span_end, span_of);
    ALTER TABLE ratings ADD COLUMN checksum BLOB;
    UPDATE ratings SET checksum = row_checksum(
        id, listener, clip, answer, emotions, intensity, created, withdraws);
    ALTER TABLE profiles ADD COLUMN checksum BLOB;
    UPDATE profiles SET checksum = row_checksum(
        id, listener, created, file, sha256, description);
    ALTER TABLE renamed_words ADD COLUMN checksum BLOB;
    UPDATE renamed_words SET checksum = row_checksum(
        id, listener, old, new);
    ALTER TABLE acts ADD COLUMN checksum BLOB;
    UPDATE acts SET checksum = row_checksum(
        id, listener, kind, said, changes, undone, created);
    CREATE TRIGGER listeners_added AFTER INSERT ON listeners BEGIN
        UPDATE listeners SET checksum = row_checksum(
            id, name, emotions, created, profile)
        WHERE id = NEW.id; END;
    CREATE TRIGGER listeners_changed AFTER UPDATE OF
        id, name, emotions, created, profile
        ON listeners BEGIN
        UPDATE listeners SET checksum = row_checksum(
            id, name, emotions, created, profile)
        WHERE id = NEW.id; END;
    CREATE TRIGGER clips_added AFTER INSERT ON clips BEGIN
        UPDATE clips SET checksum = row_checksum(
            id, content, path, seconds, speaker, source,
            synthetic, added, listed, span_start, span_end, span_of)
        WHERE id = NEW.id; END;
    CREATE TRIGGER clips_changed AFTER UPDATE OF
        id, content, path, seconds, speaker, source,
        synthetic, added, listed, span_start, span_end, span_of
        ON clips BEGIN
        UPDATE clips SET checksum = row_checksum(
            id, content, path, seconds, speaker, source,
            synthetic, added, listed, span_start, span_end, span_of)
        WHERE id = NEW.id; END;
    CREATE TRIGGER ratings_added AFTER INSERT ON ratings BEGIN
        UPDATE ratings SET checksum = row_checksum(
            id, listener, clip, answer,
            emotions, intensity, created, withdraws)
        WHERE id = NEW.id; END;
    CREATE TRIGGER profiles_added AFTER INSERT ON profiles BEGIN
        UPDATE profiles SET checksum = row_checksum(
            id, listener, created, file, sha256, description)
        WHERE id = NEW.id; END;
    CREATE TRIGGER profiles_changed AFTER UPDATE OF
        id, listener, created, file, sha256, description
        ON profiles BEGIN
        UPDATE profiles SET checksum = row_checksum(
            id, listener, created, file, sha256, description)
        WHERE id = NEW.id; END;
    CREATE TRIGGER renamed_words_added AFTER INSERT ON renamed_words BEGIN
        UPDATE renamed_words SET checksum = row_checksum(
            id, listener, old, new)
        WHERE id = NEW.id; END;
    CREATE TRIGGER renamed_words_changed AFTER UPDATE OF
        id, listener, old, new
        ON renamed_words BEGIN
        UPDATE renamed_words SET checksum = row_checksum(
            id, listener, old, new)
        WHERE id = NEW.id; END;
    CREATE TRIGGER acts_added AFTER INSERT ON acts BEGIN
        UPDATE acts SET checksum = row_checksum(
            id, listener, kind, said, changes, undone, created)
        WHERE id = NEW.id; END;
    CREATE TRIGGER acts_changed AFTER UPDATE OF
        id, listener, kind, said, changes, undone, created
        ON acts BEGIN
        UPDATE acts SET checksum = row_checksum(
            id, listener, kind, said, changes, undone, created)
        WHERE id = NEW.id; END;
    CREATE TRIGGER ratings_are_never_changed BEFORE UPDATE OF
        id, listener, clip, answer, emotions, intensity, created, withdraws ON ratings
        BEGIN SELECT RAISE(ABORT, 'ratings are append-only'); END;
    """,
    # 5: what a rating says beyond words: shares of them, valence, arousal (JSON, or nothing);
    # a row whose checksum was wrong keeps it
    """
    DROP TRIGGER ratings_are_never_changed;
    DROP TRIGGER ratings_added;
    ALTER TABLE ratings ADD COLUMN details TEXT;
    UPDATE ratings SET checksum = row_checksum(
        id, listener, clip, answer, emotions, intensity, created, withdraws, details)
        WHERE checksum IS row_checksum(
        id, listener, clip, answer, emotions, intensity, created, withdraws);
    CREATE TRIGGER ratings_added AFTER INSERT ON ratings BEGIN
        UPDATE ratings SET checksum = row_checksum(
            id, listener, clip, answer,
            emotions, intensity, created, withdraws, details)
        WHERE id = NEW.id; END;
    CREATE TRIGGER ratings_are_never_changed BEFORE UPDATE OF
        id, listener, clip, answer, emotions, intensity, created, withdraws, details ON ratings
        BEGIN SELECT RAISE(ABORT, 'ratings are append-only'); END;
    """,
    # 6: whether a listener labels blind (NULL: until the first adaptation); whoever has
    # labelled already goes on as before. A row whose checksum was wrong keeps it
    """
    DROP TRIGGER listeners_added;
    DROP TRIGGER listeners_changed;
    ALTER TABLE listeners ADD COLUMN blind INTEGER;
    UPDATE listeners SET checksum = row_checksum(
        id, name, emotions, created, profile, NULL)
        WHERE checksum IS row_checksum(
        id, name, emotions, created, profile);
    UPDATE listeners SET blind = 0, checksum = row_checksum(
        id, name, emotions, created, profile, 0)
        WHERE checksum IS row_checksum(
        id, name, emotions, created, profile, NULL)
        AND (id IN (SELECT listener FROM ratings) OR id IN (SELECT listener FROM profiles));
    CREATE TRIGGER listeners_added AFTER INSERT ON listeners BEGIN
        UPDATE listeners SET checksum = row_checksum(
            id, name, emotions, created, profile, blind)
        WHERE id = NEW.id; END;
    CREATE TRIGGER listeners_changed AFTER UPDATE OF
        id, name, emotions, created, profile, blind
        ON listeners BEGIN
        UPDATE listeners SET checksum = row_checksum(
            id, name, emotions, created, profile, blind)
        WHERE id = NEW.id; END;
    """,
    # 7: what stands for each clip, and which ids are gone on purpose, beside the ratings
    # themselves: so that a lost row is noticed, and never lets an earlier answer stand again
    """
    CREATE INDEX ratings_by_clip ON ratings (clip, listener);
    CREATE TABLE standing (
        id INTEGER PRIMARY KEY,
        listener INTEGER NOT NULL REFERENCES listeners (id),
        clip TEXT NOT NULL REFERENCES clips (content),
        rating INTEGER REFERENCES ratings (id),
        written INTEGER NOT NULL,
        checksum BLOB,
        UNIQUE (listener, clip)
    );
    CREATE TABLE gaps (
        id INTEGER PRIMARY KEY,
        first INTEGER NOT NULL,
        last INTEGER NOT NULL,
        checksum BLOB
    );
    CREATE TRIGGER standing_added AFTER INSERT ON standing BEGIN
        UPDATE standing SET checksum = row_checksum(
            id, listener, clip, rating, written)
        WHERE id = NEW.id; END;
    CREATE TRIGGER standing_changed AFTER UPDATE OF
        id, listener, clip, rating, written
        ON standing BEGIN
        UPDATE standing SET checksum = row_checksum(
            id, listener, clip, rating, written)
        WHERE id = NEW.id; END;
    CREATE TRIGGER gaps_added AFTER INSERT ON gaps BEGIN
        UPDATE gaps SET checksum = row_checksum(
            id, first, last)
        WHERE id = NEW.id; END;
    CREATE TRIGGER ratings_stand AFTER INSERT ON ratings BEGIN
        INSERT INTO standing (listener, clip, rating, written)
        VALUES (NEW.listener, NEW.clip, CASE WHEN NEW.withdraws IS NULL THEN NEW.id END, 1)
        ON CONFLICT (listener, clip) DO UPDATE SET written = written + 1,
            rating = CASE WHEN NEW.withdraws IS NULL THEN NEW.id ELSE (
                SELECT max(r.id) FROM ratings AS r
                WHERE r.clip = NEW.clip AND r.listener = NEW.listener AND +r.withdraws IS NULL
                AND NOT EXISTS (SELECT 1 FROM ratings AS undo WHERE undo.withdraws = r.id))
            END; END;
    INSERT INTO standing (listener, clip, rating, written)
        SELECT listener, clip, max(CASE WHEN withdraws IS NULL
            AND NOT EXISTS (SELECT 1 FROM ratings AS undo WHERE undo.withdraws = r.id)
            THEN id END), count(*)
        FROM ratings AS r GROUP BY listener, clip;
    INSERT INTO gaps (first, last)
        SELECT before + 1, id - 1
        FROM (SELECT id, lag(id, 1, 0) OVER (ORDER BY id) AS before FROM ratings)
        WHERE id > before + 1;
    """,
    # 8: studies as they were defined, who takes part in which order, and each answer as it was
    # given: a repeated clip has several, of which the ratings let the last one stand
    """
    CREATE TABLE studies (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        key TEXT NOT NULL UNIQUE,
        name TEXT NOT NULL COLLATE NOCASE UNIQUE,
        definition TEXT NOT NULL,
        clips TEXT NOT NULL,
        created TEXT NOT NULL,
        checksum BLOB
    );
    CREATE TABLE study_listeners (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        study INTEGER NOT NULL REFERENCES studies (id),
        listener INTEGER NOT NULL REFERENCES listeners (id),
        place INTEGER NOT NULL,
        trials TEXT NOT NULL,
        joined TEXT NOT NULL,
        checksum BLOB,
        UNIQUE (study, listener)
    );
    CREATE TABLE trials (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        study INTEGER NOT NULL REFERENCES studies (id),
        listener INTEGER NOT NULL REFERENCES listeners (id),
        trial INTEGER NOT NULL,
        rating INTEGER NOT NULL UNIQUE REFERENCES ratings (id),
        begun TEXT NOT NULL,
        seconds REAL,
        plays INTEGER NOT NULL,
        checksum BLOB
    );
    CREATE INDEX trials_by_listener ON trials (study, listener, trial, id);
    CREATE TRIGGER studies_added AFTER INSERT ON studies BEGIN
        UPDATE studies SET checksum = row_checksum(
            id, key, name, definition, clips, created)
        WHERE id = NEW.id; END;
    CREATE TRIGGER study_listeners_added AFTER INSERT ON study_listeners BEGIN
        UPDATE study_listeners SET checksum = row_checksum(
            id, study, listener, place, trials, joined)
        WHERE id = NEW.id; END;
    CREATE TRIGGER trials_added AFTER INSERT ON trials BEGIN
        UPDATE trials SET checksum = row_checksum(
            id, study, listener, trial, rating, begun, seconds, plays)
        WHERE id = NEW.id; END;
    CREATE TRIGGER trials_are_never_changed BEFORE UPDATE OF
        id, study, listener, trial, rating, begun, seconds, plays ON trials
        BEGIN SELECT RAISE(ABORT, 'trials are append-only'); END;
    CREATE TRIGGER trials_are_never_deleted BEFORE DELETE ON trials
        BEGIN SELECT RAISE(ABORT, 'trials are append-only'); END;
    """,
    # 9: whether there are starter clips is known without a look at all the others
    """
    CREATE INDEX synthetic_clips ON clips (id) WHERE synthetic;
    """,
)
"""`STEPS[n]` leads from version n to version n + 1 (SQLite's `user_version`)."""

VERSION = len(STEPS)
"""The version that this program writes."""
