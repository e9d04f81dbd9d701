"""What the desk keeps: listeners, clips, ratings and profiles, durable when a call returns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from perser_gui.clip_table import ClipTable
from perser_gui.desk import opening
from perser_gui.desk.cutting import ABOVE, Cutting
from perser_gui.desk.moved_files import gone
from perser_gui.desk.opening import Intake, Voices
from perser_gui.desk.rating_acts import RatingActs
from perser_gui.desk.values import ImportedRatings, OpenedClips
from perser_gui.desk.words import check_words, renamed_words, spelled
from perser_gui.emotions import EmotionSet, normalized
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, Listener, Waveform
from perser_gui.store import Backup, ProfileRecord, SharedProfile, Store

if TYPE_CHECKING:
    from perser_gui.desk.importing import PlannedImport


class Library(RatingActs):
    """The side of the desk that stores; quick, safe from any thread, without torch."""

    def __init__(self, store: Store, cuts: Path | None = None) -> None:
        """Use a store; `cuts` is a folder to remember where recordings were cut."""
        self._store = store
        self._cuts = cuts

    def close(self) -> None:
        """Close the store; everything is on the disk already."""
        self._store.close()

    @property
    def store_path(self) -> Path:
        """The database file of the user's data."""
        return self._store.path

    @property
    def notices(self) -> list[str]:
        """Sentences about the state of the user's data, to be shown when it is opened."""
        return self._store.notices

    @property
    def read_only(self) -> str:
        """Why nothing can be changed, as a sentence; empty if it can."""
        return self._store.read_only

    def changes(self) -> int:
        """Return a number that is another one after another program or thread has written."""
        return self._store.changes()

    # -- the whole

    def settle(self, progress: Progress) -> list[str]:
        """Do what opening left for later: look through a long list, keep the backup of the day.

        Return sentences about what could not be done.

        Raises:
            PerserError: if the user's data are damaged.
            Cancelled: if the progress was cancelled.
        """
        known = len(self.notices)
        self._store.check_rest(progress)
        progress.check()
        self._store.backup_of_the_day()
        return self.notices[known:]

    def backup(self, path: Path) -> Backup:
        """Write all listeners, ratings, words, profiles and recordings to one checked file.

        Raises:
            PerserError: if it cannot be written.
        """
        return self._store.backup(path)

    def backups(self) -> list[Backup]:
        """Return the backups that were made automatically, latest first."""
        return self._store.backups()

    def restore(self, path: Path) -> Backup:
        """Put a backup in the place of everything here, which is itself backed up before.

        Raises:
            PerserError: if it is no backup or damaged; then everything is as it was.
        """
        return self._store.restore(path)

    def delete_listener(self, listener: int) -> None:
        """Delete a listener for good: ratings, profiles, caches and automatic backups.

        Raises:
            PerserError: if there is no such listener, or the disk refuses.
        """
        caches = [self._cuts, self._cuts.parent / "features"] if self._cuts is not None else []
        self._store.delete_listener(listener, caches=caches)

    # -- listeners

    def listeners(self) -> list[Listener]:
        """Return all listeners, oldest first."""
        return self._store.listeners()

    def listener_named(self, name: str) -> Listener:
        """Return the listener with this pseudonym (letter case does not matter).

        Raises:
            PerserError: if there is none; it lists those that there are.
        """
        people = self.listeners()
        found = next((one for one in people if normalized(one.name) == normalized(name)), None)
        if found is None:
            names = ", ".join(one.name for one in people) or "nobody yet"
            raise PerserError(f"There is no listener called {name} (known: {names}).")
        return found

    def add_listener(self, name: str, emotions: EmotionSet | None = None) -> Listener:
        """Add a listener under a pseudonym, with the default emotion words if none are given.

        Raises:
            PerserError: if the name is empty or taken, or a word cannot be used.
        """
        if emotions is not None:
            check_words(emotions)
        return self._store.add_listener(name, emotions)

    def rename_listener(self, listener: int, name: str) -> Listener:
        """Give a listener another pseudonym.

        Raises:
            PerserError: if the name is empty or taken.
        """
        return self._store.rename_listener(listener, name)

    def set_emotions(self, listener: int, emotions: EmotionSet) -> Listener:
        """Replace a listener's emotion words; ratings keep the words they were made with.

        A new word that takes the colour and the meaning of one that is gone is that
        word renamed: ratings made with the old one count for it.
        """
        check_words(emotions)
        renamed = renamed_words(self.listener(listener).emotions, emotions)
        return self._store.set_emotions(listener, emotions, renamed)

    def rename_emotion(self, listener: int, old: str, new: str) -> Listener:
        """Rename one word; the ratings made with the old one count for the new one.

        Raises:
            PerserError: if the old word is not in the set, or the new one cannot be used.
        """
        emotions = self.listener(listener).emotions
        (word,) = spelled((old,), emotions, self.listener(listener).name)
        return self.set_emotions(listener, emotions.renamed(word, " ".join(new.split())))

    # -- clips

    def clips(self, listener: int | None = None) -> ClipTable:
        """Return the clips on the list, with what the listener said about them.

        The utterances of a recording stand together, in their order.
        """
        ratings = {r.clip: r for r in self.ratings(listener)} if listener is not None else {}
        clips = self._store.clips().together()
        return ClipTable(clips, ratings, gone(clips.paths)).found()

    def remove_clips(self, contents: Sequence[str]) -> None:
        """Take clips off the list; their files and their ratings stay."""
        self._store.remove_clips(contents)

    def open_clips(
        self,
        paths: Sequence[Path],
        progress: Progress,
        *,
        cut_above: float = ABOVE,
        voices: Voices = "folder",
        channels: str = "mix",
    ) -> OpenedClips:
        """Put files, and the sound in folders, on the list.

        A recording longer than `cut_above` seconds (0: none) is put there as its utterances.
        `voices` and `channels` are those of `Intake`: whose clips count as one voice, and
        which channels are heard. A file that cannot be read becomes a sentence in `problems`.

        Raises:
            Cancelled: nothing was put on the list.
        """
        intake = self._intake(cut_above, voices, channels)
        return opening.open_clips(self._store, paths, progress, intake)

    def _intake(self, cut_above: float, voices: Voices, channels: str) -> Intake:
        cutting = Cutting(cut_above, self._cuts, self._store.replaced_clips())
        return Intake(cutting, voices, channels)

    def keep_recording(
        self, sound: Waveform, session: str, progress: Progress, *, name: str = ""
    ) -> Clip:
        """Write an utterance into the user's data and put it on the list of clips.

        Recordings of one session lie in one folder and count as one speaker. The file has the
        given name, else the time.

        Raises:
            PerserError: if it cannot be written.
        """
        from perser_gui.desk import going_live

        folder = self.store_path.parent
        path = going_live.write_recording(folder, session, sound, datetime.now(), name)
        opened = opening.open_clips(self._store, [path], progress)
        if not opened.clips:
            raise PerserError(opened.problems[0] if opened.problems else f"{path} is no clip.")
        return opened.clips[0]

    def starter_clips(self) -> list[Path]:
        """Return the synthetic clips that ship with the program, for a first try."""
        return opening.starter_clips()

    def has_had_starters(self) -> bool:
        """Whether starter clips are on the list, or were before somebody took them off."""
        return self._store.knows_synthetic()

    # -- profiles

    def history(self, listener: int) -> list[ProfileRecord]:
        """Return all profiles ever made for a listener, newest first."""
        return self._store.profiles(listener)

    def current_profile(self, listener: int) -> ProfileRecord | None:
        """Return the profile in use, or None for everyone's model."""
        return self._store.current_profile(listener)

    def make_current(self, listener: int, record: int | None) -> None:
        """Use a profile of the history again, or everyone's model (None).

        Raises:
            PerserError: if the profile is not in this listener's history.
        """
        self._store.make_current(listener, record)

    def delete_profile(self, listener: int, record: int) -> bool:
        """Delete one profile of the history for good, automatic backups of it included.

        Returns whether it was in use: then everyone's model is used from now on.

        Raises:
            PerserError: if the profile is not in this listener's history, or the disk refuses.
        """
        return self._store.delete_profile(listener, record)

    def export_ratings(
        self,
        path: Path,
        listener: int,
        *others: int,
        form: str | None = None,
        bom: bool = False,
        made: str = "any",
    ) -> list[Path]:
        """Write the ratings of listeners, as a table that `import_ratings` reads back.

        `form` is csv, textgrid, eaf, audacity, label-studio or audformat (default: what the
        path ends in); of those about one recording, or one listener, a folder is written.
        `made` (any, blind, seen) limits it to ratings made without a model's word in sight, or
        with one. Returns what was written.

        Raises:
            PerserError: if there are none, or the file cannot be written.
        """
        from perser_gui.corpora.blind import was_made
        from perser_gui.desk import exporting

        people = [
            (self.listener(one), [r for r in self.ratings(one) if was_made(r.blind, made)])
            for one in (listener, *others)
        ]
        if made != "any" and not any(own for _, own in people):
            names = " and ".join(owner.name for owner, _ in people)
            raise PerserError(
                f"No rating of {names} is known to have been made "
                f"{'blind' if made == 'blind' else 'with a prediction in sight'}; "
                "please choose any ratings."
            )
        clips = self._store.clips_by_content([r.clip for _, own in people for r in own])
        form = form or exporting.form_of(path)
        return exporting.export_ratings(path, people, clips, form=form, bom=bom)

    def pack(self, folder: Path, listener: int, progress: Progress) -> int:
        """Write a new folder for a colleague: clips, ratings, and the model in use.

        `import_ratings` takes it in. Returns how many files are in it.

        Raises:
            PerserError: if there is nothing to pack, a recording is gone, or the folder is
                there already or cannot be written.
            Cancelled: nothing was written.
        """
        from perser_gui.desk import packing

        owner, record = self.listener(listener), self.current_profile(listener)
        ratings = self.ratings(listener)
        clips = self._store.clips_by_content([rating.clip for rating in ratings])
        profile = SharedProfile(owner.name, owner.emotions, record.profile) if record else None
        return packing.pack(folder, owner, ratings, clips, profile, progress)

    def import_ratings(
        self, path: Path, audio_dir: Path, progress: Progress, *, listener: str | None = None
    ) -> ImportedRatings:
        """Read a ratings table and the clips it names; new listeners are added.

        `listener` limits it to the ratings of one person. Words that a listener does not
        have yet are added to the set; ratings that are there already are not repeated.

        Raises:
            PerserError: if the table cannot be read, or none of its files.
            Cancelled: nothing was imported.
        """
        plan = self.plan_import(path, audio_dir, progress, listener=listener)
        progress.check()
        return self.carry_out(plan)

    def plan_import(
        self, path: Path, audio_dir: Path, progress: Progress, *, listener: str | None = None
    ) -> PlannedImport:
        """Read what `import_ratings` would import, to be shown first; nothing is written.

        Raises:
            PerserError: if the table cannot be read, or none of its files.
            Cancelled: if the progress was cancelled.
        """
        from perser_gui.desk import importing

        return importing.plan_import(self._store, path, audio_dir, progress, listener)

    def carry_out(self, plan: PlannedImport) -> ImportedRatings:
        """Write a planned import, all of it or nothing; a backup is made before."""
        from perser_gui.desk import importing

        self._store.backup_automatically("before an import")
        return importing.carry_out(self._store, plan)

    def waveform(self, clip: str) -> Waveform:
        """Decode a clip (its content hash) to 16 kHz mono.

        Raises:
            PerserError: if the clip is not known, its file is gone or cannot be read.
        """
        from perser_gui.audio.decode import open_clip

        return open_clip(self._clips([clip])[0])

    def _clips(self, contents: Sequence[str]) -> list[Clip]:
        found = self._store.clips_by_content(contents)
        for content in contents:
            if content not in found:
                raise PerserError(
                    f"The clip {content[:12]} is not in the list; please open its file first."
                )
        return [found[content] for content in contents]
