"""Taking part in a study at the terminal: a clip is played, an answer is typed, and kept."""

from __future__ import annotations

import sys
import threading
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from perser_gui.cli import terminal
from perser_gui.errors import PerserError

if TYPE_CHECKING:
    from perser_gui.audio.playback import Player
    from perser_gui.desk import Desk
    from perser_gui.desk.studies.definition import Study
    from perser_gui.desk.studies.sitting import Sitting, StudyTrial
    from perser_gui.records import Answer

NO_SOUND = "To see the task without hearing it, add --no-sound; then no answer is kept."
REHEARSED = "That was a trial run; no answer was kept."
LEFT = "Stopped; the answers up to here are kept, and the same command goes on at the next clip."
LEAVE, REPLAY, CORRECT, NO_WORD = "q", "r", "b", "0"


def sit(desk: Desk, sitting: Sitting, *, sound: bool = True) -> None:
    """Play one clip after another and keep the answers, until the end or until asked to leave.

    Without `sound` it is a trial run: nothing is played, and no answer is kept.

    Raises:
        PerserError: if a clip cannot be played, or an answer cannot be kept.
    """
    from perser_gui.audio.playback import Player

    study = sitting.study
    terminal.say(f"{study.name} · {sitting.listener.name}\n")
    if study.instructions:
        terminal.say(study.instructions + "\n")
    terminal.say(keys_of(study) + "\n")
    if not sound:
        terminal.note("A trial run without sound: no answer is kept.")
    player = Player() if sound else None
    try:
        trial = sitting.next
        while trial is not None:
            terminal.say(f"{trial.number} of {sitting.total}")
            hearing = _Hearing(desk, player, trial, study)
            typed = hearing.ask()
            if typed == LEAVE:
                break
            if typed == CORRECT:
                trial = sitting.trial(max(trial.number - 1, 1))
                continue
            words, intensity = read_answer(study, typed)
            answer: Answer = "emotion" if words else "cant-tell"
            if sound:
                sitting = desk.answer_trial(
                    sitting,
                    trial.number,
                    words=words,
                    answer=answer,
                    intensity=intensity,
                    begun=hearing.begun,
                    seconds=hearing.seconds,
                    plays=hearing.plays,
                )
            else:
                sitting = sitting.rehearsed(trial.number, words, answer, intensity)
            pause = sitting.pause_after(trial.number) and sitting.next is not None
            trial = sitting.next
            if pause and _line("Time for a pause. Enter goes on, q leaves: ") == LEAVE:
                break
    except KeyboardInterrupt:
        terminal.note(f"\n{LEFT if sound else REHEARSED}")
        raise
    finally:
        if player is not None:
            player.close()
    if not sound:
        terminal.say(REHEARSED)
        return
    if sitting.next is None:
        terminal.say("That was the last clip. Thank you.")
    else:
        left = sitting.total - sitting.done
        terminal.say(f"{left:,} clips are left; the same command goes on at the next one.")


def keys_of(study: Study) -> str:
    """Return what can be typed in a study."""
    words = "  ".join(f"{n} {word}" for n, word in enumerate(study.words, start=1))
    more = [f"{REPLAY} play again", f"{CORRECT} correct the last answer", f"{LEAVE} leave"]
    if study.cant_tell:
        more.insert(0, f"{NO_WORD} can't tell")
    if study.second_word:
        more.insert(0, "two words: 1+2")
    if study.intensity:
        more.insert(0, f"with how strong: 1/{study.intensity} (1 to {study.intensity})")
    return f"{words}\n{'  '.join(more)}"


def read_answer(study: Study, typed: str) -> tuple[tuple[str, ...], int | None]:
    """Return the words and the strength of a typed answer such as `3`, `1+2` or `1+2/4`.

    Raises:
        PerserError: saying what can be typed.
    """
    if typed == NO_WORD and study.cant_tell:
        return (), None
    choice, _, strength = typed.partition("/")
    numbers = choice.split("+")
    asked = bool(study.intensity)
    fits = (
        all(n.isascii() and n.isdigit() and 1 <= int(n) <= len(study.words) for n in numbers)
        and len(set(numbers)) == len(numbers) <= 1 + study.second_word
        and (strength.isascii() and strength.isdigit() if asked else not strength)
        and (not asked or 1 <= int(strength) <= study.intensity)
    )
    if not fits:
        keys = keys_of(study).replace("\n", "  ")  # a sentence is one line
        raise PerserError(f"“{typed}” is no answer here. {keys}")
    return tuple(study.words[int(n) - 1] for n in numbers), int(strength) if asked else None


class _Hearing:
    """One trial: how often the clip was played, and how long the answer took."""

    def __init__(self, desk: Desk, player: Player | None, trial: StudyTrial, study: Study) -> None:
        self._player, self._study = player, study
        self._waveform = desk.waveform(trial.clip)
        self._ended = threading.Event()
        self._lost = ""
        self.begun = ""
        self.plays = 0
        self.seconds: float | None = None
        self._since = 0.0

    def ask(self) -> str:
        """Play the clip and return what was typed: an answer that fits, or a wish."""
        if self._player is not None:
            self._player.load(self._waveform)
        self._play()
        while True:
            typed = _line("> ").lower().replace(" ", "")
            if typed == REPLAY:
                if self._study.replays is not None and self.plays > self._study.replays:
                    terminal.say("This clip cannot be played again.")
                else:
                    self._play()
                continue
            if typed in (LEAVE, CORRECT):
                return typed
            try:
                read_answer(self._study, typed)
            except PerserError as error:
                terminal.say(str(error))
                continue
            self.seconds = time.monotonic() - self._since
            if self._player is not None:
                self._player.pause()
            if self._lost:  # it was not heard
                raise PerserError(f"{self._lost} {NO_SOUND}")
            return typed

    def _play(self) -> None:
        self.plays += 1
        if self._player is None:
            return
        self._ended.clear()
        self._player.on_finished = self._ended.set
        self._player.on_lost = self._on_lost
        try:
            self._player.play()
        except PerserError as error:
            raise PerserError(f"{error} {NO_SOUND}") from None
        if self.plays == 1:
            self._since = time.monotonic()
            self.begun = datetime.now(UTC).isoformat(timespec="milliseconds")
        if self._study.hear_whole and self.plays == 1:
            self._ended.wait(self._waveform.seconds + 5)
            if self._lost:
                raise PerserError(f"{self._lost} {NO_SOUND}")

    def _on_lost(self, sentence: str) -> None:
        self._lost = sentence
        self._ended.set()


def _line(prompt: str) -> str:
    """Return a typed line; the end of the input leaves."""
    sys.stdout.write(prompt)
    sys.stdout.flush()
    line = sys.stdin.readline()
    return line.strip() if line else LEAVE
