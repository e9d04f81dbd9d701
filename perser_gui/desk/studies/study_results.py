"""What came of a study: one table of all answers, and how far its listeners agree."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from perser_gui.desk.studies.definition import Study, StudyClip
from perser_gui.desk.studies.sitting import Sitting
from perser_gui.evaluation.side_by_side import Hearing
from perser_gui.exchange.table_files import Cell
from perser_gui.store import TrialAnswer

COLUMNS = (
    *("study", "listener", "trial", "presentation"),
    *("file", "content", "start", "end", "block", "group"),
    *("answer", "emotion", "intensity", "response_s", "plays", "begun", "created", "corrections"),
)
"""The columns of the results; those that a ratings table has are called as there."""


def result_rows(
    sittings: Sequence[tuple[Sitting, Sequence[TrialAnswer]]], clips: Mapping[str, StudyClip]
) -> list[dict[str, Cell]]:
    """Return a row for each trial that was answered, with the answer that counts.

    `presentation` is for the how manieth time the clip was heard, `response_s` the seconds from
    its first sound to the answer, `corrections` how many earlier answers to the trial this one
    took the place of. `clips` are those of the study by their content here.
    """
    rows: list[dict[str, Cell]] = []
    for sitting, given in sittings:
        for trial in sitting.trials:
            answer = sitting.answers.get(trial.number)
            if answer is None:
                continue
            clip, rating = clips[trial.clip], answer.rating
            rows.append(
                {
                    "study": sitting.study.name,
                    "listener": sitting.listener.name,
                    "trial": trial.number,
                    "presentation": trial.time,
                    "file": clip.file,
                    "content": clip.content,
                    "start": clip.start,
                    "end": clip.end,
                    "block": clip.block,
                    "group": clip.group,
                    "answer": rating.answer,
                    "emotion": ";".join(rating.emotions),
                    "intensity": rating.intensity,
                    "response_s": None if answer.seconds is None else round(answer.seconds, 3),
                    "plays": answer.plays,
                    "begun": answer.begun,
                    "created": rating.created,
                    "corrections": sum(1 for one in given if one.trial == trial.number) - 1,
                }
            )
    return rows


def hearing_of(sitting: Sitting) -> Hearing:
    """Return what a listener said when they first heard each clip, and what they said again."""
    first: dict[str, tuple[str, ...]] = {}
    repeats = []
    for trial in sitting.trials:
        answer = sitting.answers.get(trial.number)
        if answer is None:
            continue
        words = answer.rating.emotions
        if trial.time == 1:
            first[trial.clip] = words
        elif trial.clip in first:
            repeats.append((trial.clip, first[trial.clip], words))
    return Hearing(sitting.listener.name, first, repeats=tuple(repeats))


def ready_study(study: Study, clips: Sequence[str]) -> dict[str, StudyClip]:
    """Return the clips of a study by their content here."""
    return dict(zip(clips, study.clips, strict=True))
