"""Where a listener is in a study: what was answered, what comes next, when to pause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from perser_gui.desk.studies.definition import Study
from perser_gui.errors import PerserError
from perser_gui.records import Answer, Listener, Said
from perser_gui.store import TrialAnswer


@dataclass(frozen=True)
class StudyTrial:
    """What is heard at a trial (`number` from 1): a clip, for the `time`-th time (from 1)."""

    number: int
    clip: str
    time: int = 1


@dataclass(frozen=True)
class Sitting:
    """A listener in a study; `answers` holds the answer that counts at each trial, by number.

    Every answer is in the store before the next trial begins, so that a sitting that is left
    goes on at exactly the next trial, on another day or after a power cut. Before the first answer
    nothing of it is kept, nor of a listener who is new (number 0): `place` (from 0) is what they
    are dealt then, and None once it is in the store.
    """

    study_id: int
    study: Study
    listener: Listener
    trials: tuple[StudyTrial, ...]
    answers: Mapping[int, TrialAnswer] = field(default_factory=dict)
    place: int | None = None

    @property
    def next(self) -> StudyTrial | None:
        """The first trial without an answer; None at the end."""
        return next((trial for trial in self.trials if trial.number not in self.answers), None)

    @property
    def done(self) -> int:
        """How many trials have an answer."""
        return len(self.answers)

    @property
    def total(self) -> int:
        """How many trials there are."""
        return len(self.trials)

    def trial(self, number: int) -> StudyTrial | None:
        """Return a trial by its number, or None."""
        return self.trials[number - 1] if 1 <= number <= len(self.trials) else None

    def with_answer(self, answer: TrialAnswer) -> Sitting:
        """Return the sitting after an answer; a later one about a trial takes its place."""
        return replace(self, answers={**self.answers, answer.trial: answer})

    def rehearsed(
        self,
        number: int,
        words: Sequence[str] = (),
        answer: Answer = "emotion",
        intensity: int | None = None,
    ) -> Sitting:
        """Return the sitting as if a trial had been answered; nothing of it is kept anywhere.

        Raises:
            PerserError: if the study does not allow the answer.
        """
        said = self.said(number, words, answer, intensity)
        rating = said.by(self.listener.id, 0, "")
        return self.with_answer(TrialAnswer(number, rating, begun="", seconds=None, plays=0))

    def pause_after(self, number: int) -> bool:
        """Whether a pause is offered after a trial: not after the last one."""
        every = self.study.break_after
        return every > 0 and number % every == 0 and number < self.total

    def said(
        self,
        number: int,
        words: Sequence[str] = (),
        answer: Answer = "emotion",
        intensity: int | None = None,
    ) -> Said:
        """Return an answer at a trial as the study allows it; it counts as made blind.

        Raises:
            PerserError: if the study does not allow it.
        """
        trial, study = self.trial(number), self.study
        if trial is None:
            raise PerserError(f"There is no trial {number} in {study.name}.")
        if answer == "cant-tell" and study.cant_tell and not words:
            return Said(trial.clip, (), "cant-tell", blind=True)
        strange = next((word for word in words if word not in study.words), None)
        if answer != "emotion" or strange is not None:
            raise PerserError(
                f"“{strange or answer}” is not an answer in {study.name} "
                f"({', '.join(study.words)}{', can’t tell' if study.cant_tell else ''})."
            )
        if not 1 <= len(words) <= 1 + study.second_word:
            most = "one or two words" if study.second_word else "one word"
            raise PerserError(f"An answer in {study.name} is {most}.")
        if study.intensity and (intensity is None or not 1 <= intensity <= study.intensity):
            raise PerserError(f"Please say how strong, from 1 to {study.intensity}.")
        strength = float(intensity) if study.intensity and intensity is not None else None
        return Said(trial.clip, tuple(words), "emotion", strength, blind=True)
