"""Predictions of all clips, in small portions, and once more when a voice is known better."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Slot

from perser_gui.errors import PerserError
from perser_gui.records import Prediction
from perser_gui.ui.acts.changes import ALL, Changes, Which
from perser_gui.ui.acts.jobs import Job, Lane
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.progress import Progress

PORTION = 16
"""Clips per prediction task: small, so that adaptation never waits long behind one."""

AGAIN = 128
"""Clips per task when only the statistics of their voices have changed: that takes no encoder."""

Pairs = list[tuple[Prediction, Prediction]]


class PredictionQueue(QObject):
    """Predicts what is not predicted yet, the clip at hand first.

    A clip is normalized by what is known of its voice at the time. So when all clips have
    their features, those of a voice that grew meanwhile are predicted once more: in the end a
    prediction is the same, whatever the order in which clips were added.
    """

    def __init__(
        self,
        workbench: Workbench,
        *,
        ready: Callable[[], bool],
    ) -> None:
        super().__init__(workbench)
        self._bench, self._session, self._runner = workbench, workbench.session, workbench.runner
        self._ready = ready
        self._portion: Job[Any] | None = None
        self._generation = 0
        self._grown: set[str] = set()  # voices that became better known
        self._voices: dict[str, str] = {}  # of clips that were asked for
        self._settled: set[str] = set()  # clips predicted since the last new features
        self._again: list[str] = []
        self._embedded: set[str] = set()  # clips whose features the desk has

    @Slot()
    def more(self) -> None:
        """Predict the next portion, until all are done."""
        listener = self._session.listener
        if not self._ready() or self._portion is not None or listener is None:
            return
        portion = self._session.unpredicted(PORTION)
        if portion:
            clips = [clip for content in portion if (clip := self._session.clip(content))]
            self._voices.update((clip.content, clip.voice) for clip in clips)
            self._grown.update(c.voice for c in clips if c.content not in self._embedded)
            self._settled, self._again = set(portion), []
        else:
            portion = self._early_ones()
        if portion:
            self._predict(portion, listener.id)

    def pause(self) -> None:
        """Give up the portion under way; `more` goes on."""
        if self._portion is not None:
            self._portion.cancel()

    def forget(self) -> None:
        """Drop all predictions and begin anew (another listener, other words, other profile)."""
        self._generation += 1
        self._session.forget_predictions()
        self._grown, self._settled, self._again = set(), set(), []
        self.pause()
        self._bench.tell(Changes(predictions=ALL))
        self.more()

    def _early_ones(self) -> list[str]:
        """Return the next clips that were predicted when less was known of their voice."""
        session = self._session
        if self._grown:
            self._again = [
                content
                for content in session.rows.contents
                if content in session.generic
                and content not in self._settled
                and self._voices.get(content) in self._grown
            ]
            self._grown = set()
        portion, self._again = self._again[:AGAIN], self._again[AGAIN:]
        return [content for content in portion if session.row(content) is not None]

    def _predict(self, portion: list[str], listener: int) -> None:
        desk, session, generation = self._bench.desk, self._session, self._generation

        def done(pairs: Pairs) -> None:
            self._portion = None
            self._take(pairs, portion, {}, generation)

        def failed(error: Exception) -> None:
            self._portion = None
            if generation != self._generation:
                self.more()
                return
            if not isinstance(error, PerserError):
                self._runner.fail(error)
                session.unpredictable.update(dict.fromkeys(portion, str(error)))
            elif len(portion) == 1:
                session.unpredictable[portion[0]] = str(error)
                self._bench.tell(Changes(predictions=Which.of(*portion)))
            else:
                self._singly(portion, listener)
                return
            self.more()

        self._portion = self._runner.run(
            lambda progress: desk.compare(portion, listener, progress),
            lane=Lane.COMPUTE,
            label="Predicting",
            done=done,
            failed=failed,
            cancelled=lambda: self._gave_up(portion, generation),
        )

    def _singly(self, portion: list[str], listener: int) -> None:
        """Predict one by one, so that a damaged clip does not take its portion with it."""
        desk, generation = self._bench.desk, self._generation

        def work(progress: Progress) -> tuple[Pairs, dict[str, str]]:
            pairs: Pairs = []
            problems = {}
            for content in portion:
                try:
                    pairs += desk.compare([content], listener, progress)
                except PerserError as error:
                    problems[content] = str(error)
            return pairs, problems

        def done(result: tuple[Pairs, dict[str, str]]) -> None:
            pairs, problems = result
            self._portion = None
            self._take(pairs, portion, problems, generation)

        self._portion = self._runner.run(
            work,
            lane=Lane.COMPUTE,
            label="Predicting",
            done=done,
            cancelled=lambda: self._gave_up(portion, generation),
        )

    def _gave_up(self, portion: list[str], generation: int) -> None:
        self._portion = None
        if generation == self._generation:  # those that have a prediction wait for a better one
            known = [content for content in portion if content in self._session.generic]
            self._again = known + self._again
        self.more()

    def _take(
        self, pairs: Pairs, portion: list[str], problems: dict[str, str], generation: int
    ) -> None:
        """Take over a portion, unless profile, words or listener changed since it began."""
        session = self._session
        if generation == self._generation:
            for yours, generic in pairs:
                session.generic[generic.clip] = generic
                if yours.listener is not None:
                    session.yours[yours.clip] = yours
            session.unpredictable.update(problems)
            self._embedded.update(generic.clip for _, generic in pairs)
            for content in portion:
                if content not in session.generic:
                    session.unpredictable.setdefault(content, "no prediction")
            self._bench.tell(Changes(predictions=Which.of(*portion)))
        self.more()
