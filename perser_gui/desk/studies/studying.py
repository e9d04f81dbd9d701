"""The part of the desk that runs studies: made, handed on, joined, answered, evaluated."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.desk.comparing import Compared, Comparing, clip_name
from perser_gui.desk.cutting import ABOVE
from perser_gui.desk.named_clips import CONTENT, END, START, name_of, named_clips
from perser_gui.desk.opening import read_clips
from perser_gui.desk.studies.definition import Study, StudyClip, study_of, study_text
from perser_gui.desk.studies.order import order_of
from perser_gui.desk.studies.sitting import Sitting, StudyTrial
from perser_gui.desk.studies.study_results import COLUMNS, hearing_of, ready_study, result_rows
from perser_gui.desk.words import check_words
from perser_gui.emotions import EmotionSet, normalized
from perser_gui.errors import PerserError
from perser_gui.evaluation.side_by_side import Hearing, compared
from perser_gui.exchange.table_files import Cell, table_form, write_table
from perser_gui.progress import Progress
from perser_gui.records import Answer, Clip, Listener
from perser_gui.store import StudyListener, StudyRecord, pseudonym_of


@dataclass(frozen=True)
class StudyState:
    """A study on this computer, and how far each of its listeners has come."""

    id: int
    study: Study
    created: str
    sittings: tuple[Sitting, ...]


class Studying(Comparing):
    """The part of the desk that keeps studies and those who take part in them."""

    def study_of_files(
        self,
        study: Study,
        paths: Sequence[Path],
        progress: Progress,
        *,
        cut_above: float = ABOVE,
        blocks: bool = False,
        groups: str = "",
    ) -> tuple[Study, list[Clip], list[str]]:
        """Give a study the clips of files and folders, and read them; nothing is kept yet.

        With `blocks`, the clips of one folder are a block. `groups` is what a balanced order
        spreads: `folder`, `speaker`, or nothing. Recordings above `cut_above` seconds come as
        their utterances. Returns the study, its clips here, and sentences about files that are
        left out.

        Raises:
            PerserError: if no file can be read, or the study cannot be.
        """
        _check_groups(groups)
        intake = self._intake(cut_above, "folder", "mix")
        known = self._store.clips_by_content()
        read = read_clips(paths, known, progress, intake=intake)
        if not read.clips:
            raise PerserError(read.problems[0] if read.problems else "There are no clips there.")
        return _made_of(study, read.clips, blocks, groups), read.clips, read.problems

    def study_of_clips(
        self, study: Study, contents: Sequence[str], *, blocks: bool = False, groups: str = ""
    ) -> tuple[Study, list[Clip]]:
        """Give a study clips that are known already, by content; nothing is kept yet.

        `blocks` and `groups` are as in `study_of_files`. Returns the study and its clips.

        Raises:
            PerserError: if none of them is known, or the study cannot be.
        """
        _check_groups(groups)
        clips = list(self._store.clips_by_content(list(contents)).values())
        if not clips:
            raise PerserError("These clips are known no more; please choose others.")
        return _made_of(study, clips, blocks, groups), clips

    def keep_study(self, study: Study, clips: Sequence[Clip]) -> StudyState:
        """Keep a study whose clips are known, in the order of its list.

        Raises:
            PerserError: if another study has its name.
        """
        record = self._store.add_study(study.key, study.name, study_text(study), clips)
        return self._state(record)

    def add_study(self, study: Study, audio: Path, progress: Progress) -> StudyState:
        """Take in a study that was defined elsewhere, and find its clips in a folder.

        Raises:
            PerserError: if one of its clips is not there, or another study has its name.
            Cancelled: nothing was added.
        """
        rows = tuple(_row_of(clip) for clip in study.clips)
        known = self._store.clips_by_content()
        found = named_clips(RatingsTable(rows, audio), known, progress)
        clips = [found.by_name.get(name_of(row)) for row in rows]
        missing = sum(clip is None for clip in clips)
        if missing:
            reason = found.problems[0] if found.problems else f"{study.clips[0].file} is missing."
            more = f" {missing:,} of {len(clips):,} clips are missing." if missing > 1 else ""
            raise PerserError(f"{reason}{more}")
        here = [clip for clip in clips if clip is not None]
        if len({clip.content for clip in here}) != len(here):
            raise PerserError("Two clips of the study are one and the same sound here.")
        for clip, wanted in zip(here, study.clips, strict=True):
            if wanted.content and clip.heard != wanted.content:
                raise PerserError(
                    f"{clip.path} is not the very same sound as in the study; answers to it could "
                    "not be compared. Please get the original file."
                )
        progress.check()
        return self.keep_study(study, here)

    def studies(self) -> list[StudyState]:
        """Return all studies, and how far their listeners have come."""
        return [self._state(record) for record in self._store.studies()]

    def study_named(self, name: str) -> StudyState:
        """Return the study with this name (letter case does not matter).

        Raises:
            PerserError: if there is none; it lists those that there are.
        """
        records = self._store.studies()
        found = next((r for r in records if normalized(r.name) == normalized(name)), None)
        if found is None:
            names = ", ".join(record.name for record in records) or "none yet"
            raise PerserError(f"There is no study called {name} (known: {names}).")
        return self._state(found)

    def remove_study(self, study: int) -> None:
        """Forget a study that nobody has answered to.

        Raises:
            PerserError: if there are answers.
        """
        self._store.remove_study(study)

    # -- taking part

    def join_study(self, study: int, name: str) -> Sitting:
        """Let a listener take part, by pseudonym; a new one gets the words of the study.

        Somebody who takes part already goes on where they were.

        Raises:
            PerserError: if there is no such study, or the name cannot be a listener's.
        """
        return self._joined(self.sitting_of(study, name))

    def sitting_of(self, study: int, name: str) -> Sitting:
        """Return where somebody is in a study, or would begin; nothing is kept by asking.

        Who is new, or does not take part yet, does from their first answer on.

        Raises:
            PerserError: if there is no such study, or the name cannot be a listener's.
        """
        record, definition = self._study(study)
        listener = self._known(name)
        if listener is None:
            words = EmotionSet.of(definition.words, self._engine.classes)
            check_words(words)
            listener = Listener(0, pseudonym_of(name), words)
        dealt = self._store.study_listeners(study)
        one = next((one for one in dealt if one.listener == listener.id), None)
        if one is not None:
            return self._sitting(record.id, definition, one)
        place = _place(definition, listener, [one.place for one in dealt])
        order = order_of(definition, listener.name, place)
        trials = [StudyTrial(n, record.clips[o.clip], o.time) for n, o in enumerate(order, start=1)]
        return Sitting(record.id, definition, listener, tuple(trials), place=place)

    def _known(self, name: str) -> Listener | None:
        wanted = normalized(name)
        return next((one for one in self.listeners() if normalized(one.name) == wanted), None)

    def _joined(self, sitting: Sitting) -> Sitting:
        """Keep that somebody takes part, in the order that they were dealt."""
        if sitting.place is None:
            return sitting
        new, trials = sitting.listener, tuple((trial.clip, trial.time) for trial in sitting.trials)
        with self._store.at_once():
            owner = self._known(new.name) or self.add_listener(new.name, new.emotions)
            one = self._store.join_study(sitting.study_id, owner.id, sitting.place, trials)
        if one.trials != trials:
            raise PerserError(
                f"{owner.name} takes part in another window already; please leave and begin again."
            )
        return self._sitting(sitting.study_id, sitting.study, one)

    def sitting(self, study: int, listener: int) -> Sitting:
        """Return where a listener is in a study.

        Raises:
            PerserError: if they do not take part in it.
        """
        record, definition = self._study(study)
        one = next(
            (s for s in self._store.study_listeners(record.id) if s.listener == listener), None
        )
        if one is None:
            name = self.listener(listener).name
            raise PerserError(f"{name} does not take part in {definition.name} yet.")
        return self._sitting(record.id, definition, one)

    def sound_left(self, sitting: Sitting) -> float:
        """Return how long (s) the clips of the trials are that wait for an answer."""
        left = [trial.clip for trial in sitting.trials if trial.number not in sitting.answers]
        clips = self._store.clips_by_content(list(dict.fromkeys(left)))
        return sum(clips[content].seconds for content in left if content in clips)

    def answer_trial(
        self,
        sitting: Sitting,
        trial: int,
        *,
        words: Sequence[str] = (),
        answer: Answer = "emotion",
        intensity: int | None = None,
        begun: str = "",
        seconds: float | None = None,
        plays: int = 1,
    ) -> Sitting:
        """Keep an answer; it is on the disk when this returns, as a rating of the listener.

        Answering a trial again corrects it; both answers are kept, the later one counts. With the
        first one it is kept that they take part.

        Raises:
            PerserError: if the study does not allow the answer, or the disk refuses.
        """
        said = sitting.said(trial, words, answer, intensity)
        with self._store.at_once():
            sitting = self._joined(sitting)
            kept = self._store.answer_trial(
                sitting.study_id,
                sitting.listener.id,
                trial,
                said,
                begun=begun,
                seconds=seconds,
                plays=plays,
            )
        return sitting.with_answer(kept)

    # -- what came of it

    def study_results(self, study: int) -> list[dict[str, Cell]]:
        """Return a row for each answered trial (see `study_results.COLUMNS`)."""
        record, definition = self._study(study)
        state = self._state(record)
        given = [(s, self._store.trial_answers(study, s.listener.id)) for s in state.sittings]
        return result_rows(given, ready_study(definition, record.clips))

    def export_study(
        self, path: Path, study: int, form: str | None = None, *, bom: bool = False
    ) -> int:
        """Write the results as one table (csv, xlsx or parquet); return how many answers.

        Raises:
            PerserError: if there are none, or it cannot be written.
        """
        table_form(path, form)
        rows = self.study_results(study)
        if not rows:
            raise PerserError("Nobody has answered in this study yet.")
        write_table(path, COLUMNS, rows, form=form, bom=bom)
        return len(rows)

    def study_agreement(self, study: int, *, seed: int = 0) -> Compared:
        """Compare the listeners of a study by what they said when they first heard each clip."""
        record, _ = self._study(study)
        hearings = [hearing_of(s) for s in self._state(record).sittings if s.done]
        clips = self._store.clips_by_content(record.clips)
        names = {content: clip_name(clip) for content, clip in clips.items()}
        return Compared(compared(hearings, seed=seed), names, {})

    def _hearing(self, owner: Listener) -> Hearing:
        """Return what a listener says now, and what they said again in studies.

        Of a clip that a study repeated the first answer counts, as in the study's own agreement.
        """
        sittings = [
            hearing_of(self._sitting(record.id, study_of(json.loads(record.definition)), one))
            for record in self._store.studies()
            for one in self._store.study_listeners(record.id)
            if one.listener == owner.id
        ]
        now = super()._hearing(owner)
        first = {
            clip: one.words[clip]
            for one in reversed(sittings)
            for clip, _, _ in one.repeats
            if clip in now.words
        }
        repeats = tuple(repeat for one in sittings for repeat in one.repeats)
        return replace(now, words={**now.words, **first}, repeats=repeats)

    def _study(self, study: int) -> tuple[StudyRecord, Study]:
        record = next((one for one in self._store.studies() if one.id == study), None)
        if record is None:
            raise PerserError(f"There is no study {study}.")
        return record, study_of(json.loads(record.definition))

    def _state(self, record: StudyRecord) -> StudyState:
        study = study_of(json.loads(record.definition))
        dealt = self._store.study_listeners(record.id)
        sittings = tuple(self._sitting(record.id, study, one) for one in dealt)
        return StudyState(record.id, study, record.created, sittings)

    def _sitting(self, study: int, definition: Study, one: StudyListener) -> Sitting:
        trials = tuple(
            StudyTrial(n, clip, time) for n, (clip, time) in enumerate(one.trials, start=1)
        )
        answers = {a.trial: a for a in self._store.trial_answers(study, one.listener)}
        return Sitting(study, definition, self.listener(one.listener), trials, answers)


def _place(study: Study, listener: Listener, dealt: Sequence[int]) -> int:
    """Return the place of a listener: that in the study's list, or the next one behind it."""
    names = [normalized(name) for name in study.listeners]
    if normalized(listener.name) in names:
        return names.index(normalized(listener.name))
    return max([len(names) - 1, *dealt]) + 1


def _root(paths: Sequence[Path]) -> Path:
    """Return the folder that all files are in; on several drives, that of the first."""
    try:
        return Path(os.path.commonpath([path.parent for path in paths]))
    except ValueError:
        return paths[0].parent


def _check_groups(groups: str) -> None:
    if groups not in ("", "folder", "speaker"):
        raise PerserError(f"“{groups}” are no groups; please choose folder or speaker.")


def _made_of(study: Study, clips: Sequence[Clip], blocks: bool, groups: str) -> Study:
    """Return a study with clips, as strict as with a file of somebody else's."""
    root = _root([clip.path for clip in clips])
    listed = tuple(_study_clip(clip, root, blocks, groups) for clip in clips)
    made = study_of(json.loads(study_text(replace(study, clips=listed))))
    order_of(made, "", 0)  # repeats that cannot be apart are said now, not to a listener
    return made


def _study_clip(clip: Clip, root: Path, blocks: bool, groups: str) -> StudyClip:
    inside = clip.path.is_relative_to(root)
    folder = clip.path.parent.name
    return StudyClip(
        file=(clip.path.relative_to(root) if inside else clip.path).as_posix(),
        content=clip.heard,
        start=clip.span.start if clip.span else None,
        end=clip.span.end if clip.span else None,
        block=folder if blocks else "",
        group={"folder": folder, "speaker": clip.speaker or folder}.get(groups, ""),
    )


def _row_of(clip: StudyClip) -> RatingRow:
    extra = {CONTENT: clip.content} if clip.content else {}
    if clip.start is not None and clip.end is not None:
        extra |= {START: f"{clip.start:.3f}", END: f"{clip.end:.3f}"}
    return RatingRow(clip.file, "", (), extra=extra)
