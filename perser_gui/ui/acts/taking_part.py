"""Taking part in a study: a clip is heard, an answer is given and kept, and the next one plays."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot

from perser_gui.errors import PerserError
from perser_gui.records import Answer
from perser_gui.ui.acts import loudspeaker
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.jobs import Lane
from perser_gui.ui.acts.trial_sounds import TrialSounds
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.audio.playback import Player
    from perser_gui.desk.studies.sitting import Sitting, StudyTrial
    from perser_gui.progress import Progress

TURNED_DOWN = (
    "The volume of this program is turned down to nothing, so that no clip can be heard. "
    "Please leave (Esc), turn it up beside the picture of a sound, and go on here."
)

Phase = Literal["away", "instructions", "trial", "pause", "done", "problem"]


class TakingPart(QObject):
    """One listener's way through a study.

    An answer is on the disk before the next clip is heard. Nothing of other listeners and no
    prediction is known here.
    """

    over = Signal()
    """The listener left, or is through."""

    _ended = Signal()
    _lost = Signal(str)

    def __init__(
        self,
        workbench: Workbench,
        make_player: Callable[[], Player] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(workbench)
        self._bench, self._runner = workbench, workbench.runner
        self._make_player = make_player or loudspeaker._system_player
        self._clock = clock
        self._player: Player | None = None
        self._sounds = TrialSounds(workbench)
        self._again: Callable[[], None] | None = None
        self.phase: Phase = "away"
        self.sitting: Sitting | None = None
        self.problem = ""
        self.rehearsing = False
        """Whether this is a trial run without sound, of which no answer is kept."""
        self.may_rehearse = False
        """Whether what went wrong is that nothing can be heard, so that only that is possible."""
        self._forget_trial()
        self._ended.connect(self._on_ended, Qt.ConnectionType.QueuedConnection)
        self._lost.connect(self._on_lost, Qt.ConnectionType.QueuedConnection)

    def _forget_trial(self) -> None:
        self.trial: StudyTrial | None = None
        self.words: tuple[str, ...] = ()
        self.unsure = False
        self.asks_strength = False
        self.plays = 0
        self.playing = False
        self.heard = False
        self.saving = False
        self.loaded = False
        self._begun = ""
        self._since = 0.0

    # -- the way through -----------------------------------------------------------------

    def begin(self, sitting: Sitting) -> None:
        """Show a listener what to do."""
        self.sitting, self.problem, self.rehearsing = sitting, "", False
        self._forget_trial()
        self._show("instructions" if sitting.next is not None else "done")

    def go_on(self) -> None:
        """Go to the first trial without an answer, or back to the one at hand."""
        sitting = self.sitting
        if sitting is None:
            return
        trial = self.trial or sitting.next
        if trial is None:
            self._show("done")
        elif trial is self.trial and self.loaded:
            self._show("trial")
            if not self.heard:
                self.play()
        else:
            self._take(trial)

    def pause(self) -> None:
        """Stop for now; the trial at hand waits."""
        if self.phase in ("trial", "problem") and not self.saving:
            self._silence()
            self._show("pause")

    def leave(self) -> None:
        """End for today; what was answered is on the disk."""
        if self.phase == "away":
            return
        self._silence()
        player, self._player = self._player, None
        if player is not None:
            player.on_finished = player.on_lost = None
            self._runner.run(lambda progress: player.close(), lane=Lane.MEDIA)
        self._sounds.clear()
        self._forget_trial()
        self.sitting, self.rehearsing = None, False
        self._show("away")
        self.over.emit()

    def correct(self) -> None:
        """Go back to the trial before, to answer it again; the first answer is kept, too."""
        sitting = self.sitting
        if sitting is None or self.phase != "trial" or self.saving or self.trial is None:
            return
        if self.asks_strength:
            self.asks_strength = False
            self._bench.tell(Changes(sitting=True))
            return
        before = sitting.trial(self.trial.number - 1)
        if before is not None and before.number in sitting.answers:
            self._take(before)

    def try_again(self) -> None:
        """Do again what failed."""
        again, self._again = self._again, None
        self.problem = ""
        if again is not None:
            again()

    def rehearse(self) -> None:
        """Go on without any sound, from the trial at hand: no answer is kept from here on."""
        if self.phase == "problem" and self.may_rehearse:
            self.rehearsing = True
            self.try_again()

    # -- hearing -------------------------------------------------------------------------

    def _take(self, trial: StudyTrial) -> None:
        self._silence()
        self._forget_trial()
        self.trial = trial
        self._show("trial")
        if self._sounds.of(trial) is not None:
            self._ready(trial)
            return

        def failed(error: Exception) -> None:
            if self.trial is trial:
                self._fail(error, lambda: self._take(trial))

        self._sounds.read(trial, lambda: self._ready(trial), failed)

    def _ready(self, trial: StudyTrial) -> None:
        if self.trial is not trial:
            return
        self.loaded = True
        self.play()
        sitting = self.sitting
        later = sitting.trial(trial.number + 1) if sitting is not None else None
        self._sounds.look_ahead(trial, later)

    @property
    def replays_left(self) -> int | None:
        """How often the clip may be played again; None: as often as one likes."""
        if self.sitting is None or self.sitting.study.replays is None:
            return None
        return max(0, self.sitting.study.replays + 1 - self.plays)

    @property
    def may_play(self) -> bool:
        """Whether the clip may be played now."""
        return (
            self.phase == "trial"
            and self.loaded
            and not self.playing
            and not self.saving
            and (not self.heard or self.replays_left != 0)
        )

    @property
    def may_answer(self) -> bool:
        """Whether an answer is taken now: once the clip began, or was heard, as the study asks."""
        sitting = self.sitting
        whole = sitting is not None and sitting.study.hear_whole
        return (
            self.phase == "trial"
            and not self.saving
            and self.plays > 0
            and (self.heard or (bool(self._begun) and not whole))
        )

    def play(self) -> None:
        """Play the clip from its beginning."""
        trial = self.trial
        if not self.may_play or trial is None:
            return
        sound, chosen = self._sounds.of(trial), self._bench.settings
        if self.rehearsing:
            self.plays, self.heard = self.plays + 1, True
            self._bench.tell(Changes(sitting=True))
            return
        if not chosen.volume:
            self._fail(PerserError(TURNED_DOWN), self._back_to_trial, unheard=True)
            return
        assert sound is not None  # it is loaded
        self.plays += 1
        self.playing = True

        def work(progress: Progress) -> tuple[float, str]:
            player = self._player or self._make_player()
            player.on_finished = self._ended.emit
            player.on_lost = self._lost.emit
            self._player = player
            player.load(sound)
            player.volume = chosen.volume
            player.device = chosen.playback_device or None
            try:
                player.play()
            except PerserError:
                if not chosen.playback_device:
                    raise
                player.device = None  # the chosen loudspeaker is gone: the system's default plays
                player.play()
            return self._clock(), datetime.now(UTC).isoformat(timespec="milliseconds")

        def done(moment: tuple[float, str]) -> None:
            if self.trial is trial and not self._begun:
                self._since, self._begun = moment
                self._bench.tell(Changes(sitting=True))

        def failed(error: Exception) -> None:
            if self.trial is trial:
                self.plays, self.playing = max(0, self.plays - 1), False
                self._fail(error, self._back_to_trial, unheard=isinstance(error, PerserError))

        self._runner.run(work, lane=Lane.MEDIA, label="Playing", done=done, failed=failed)
        self._bench.tell(Changes(sitting=True))

    def _back_to_trial(self) -> None:
        self._show("trial")
        self.play()

    def _silence(self) -> None:
        self._sounds.cancel()
        player = self._player
        if player is not None and self.playing:
            self._runner.run(lambda progress: player.pause(), lane=Lane.MEDIA)
        self.playing = False

    @Slot()
    def _on_ended(self) -> None:
        if not self.playing:
            return
        self.playing, self.heard = False, True
        self._bench.tell(Changes(sitting=True))

    @Slot(str)
    def _on_lost(self, sentence: str) -> None:
        if self.playing:
            self.playing = False
            self._fail(PerserError(sentence), self._back_to_trial, unheard=True)

    # -- answering -----------------------------------------------------------------------

    def choose(self, word: str, second: bool = False) -> None:
        """Answer with a word, or add a second one where the study allows it."""
        sitting = self.sitting
        if sitting is None or not self.may_answer or word not in sitting.study.words:
            return
        study = sitting.study
        self.unsure = False
        if second and study.second_word and self.words:
            first = self.words[0]
            self.words = (first,) if word in self.words else (first, word)
        else:
            self.words = (word,)
        if not study.second_word:
            self.confirm()
        else:
            self.asks_strength = False
            self._bench.tell(Changes(sitting=True))

    def choose_by_number(self, number: int, *, second: bool = False) -> None:
        """Do what the digit keys do: a word, or how strong it was, or 0 for can't tell."""
        sitting = self.sitting
        if sitting is None:
            return
        if self.asks_strength:
            self.say_strength(number)
        elif number == 0:
            self.cant_tell()
        elif number <= len(sitting.study.words):
            self.choose(sitting.study.words[number - 1], second)

    def cant_tell(self) -> None:
        """Answer that no emotion can be told, where the study allows it."""
        if self.sitting is not None and self.may_answer and self.sitting.study.cant_tell:
            self.words, self.unsure = (), True
            self._keep("cant-tell", None)

    def confirm(self) -> None:
        """Take the words as they are chosen; ask how strong, if the study does."""
        if self.sitting is None or not self.may_answer or not self.words:
            return
        if self.sitting.study.intensity:
            self.asks_strength = True
            self._bench.tell(Changes(sitting=True))
        else:
            self._keep("emotion", None)

    def say_strength(self, step: int) -> None:
        """Say how strong it was (from 1)."""
        sitting = self.sitting
        if sitting is not None and self.asks_strength and 1 <= step <= sitting.study.intensity:
            self._keep("emotion", step)

    def _keep(self, answer: Answer, intensity: int | None) -> None:
        """Bring the answer to the disk, then go on; in a trial run, only go on."""
        sitting, trial, words = self.sitting, self.trial, self.words
        if sitting is None or trial is None or self.saving:
            return
        seconds = max(0.0, self._clock() - self._since) if self._begun else None
        begun, plays = self._begun, self.plays
        self.saving = True
        self._silence()
        self._bench.tell(Changes(sitting=True))
        desk = self._bench.desk

        rehearsing = self.rehearsing

        def work(progress: Progress) -> Sitting:
            if rehearsing:
                return sitting.rehearsed(trial.number, words, answer, intensity)
            return desk.answer_trial(
                sitting,
                trial.number,
                words=words,
                answer=answer,
                intensity=intensity,
                begun=begun,
                seconds=seconds,
                plays=plays,
            )

        def done(after: Sitting) -> None:
            if self.sitting is not sitting:
                return
            self.sitting = after
            self._forget_trial()
            if after.next is None:
                self._show("done")
            elif after.pause_after(trial.number):
                self._show("pause")
            else:
                self._take(after.next)

        def failed(error: Exception) -> None:
            self.saving = False

            def again() -> None:
                self.phase = "trial"
                self._keep(answer, intensity)

            self._fail(error, again)

        self._runner.run(work, lane=Lane.STORE, done=done, failed=failed)

    # -- what is shown -------------------------------------------------------------------

    def _fail(self, error: Exception, again: Callable[[], None], *, unheard: bool = False) -> None:
        if not isinstance(error, PerserError):
            self._runner.fail(error)
        self.problem = str(error) or type(error).__name__
        self._again, self.may_rehearse = again, unheard
        self._show("problem")

    def _show(self, phase: Phase) -> None:
        self.phase = phase
        self._bench.tell(Changes(sitting=True))
