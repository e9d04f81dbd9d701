"""The model at the desk: loading it, predicting, adapting, rolling back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from PySide6.QtCore import QObject, Slot

from perser_gui.desk.saying import figures, title
from perser_gui.records import Verdict
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.early import needs_desk
from perser_gui.ui.acts.jobs import Job, Lane
from perser_gui.ui.acts.prediction_queue import PredictionQueue
from perser_gui.ui.acts.preload import open_torch_libraries
from perser_gui.ui.acts.workbench import Workbench

if TYPE_CHECKING:
    from perser_gui.desk import Adaptation, ModelInfo, ProfileRecord, Suggestion
    from perser_gui.progress import Progress

Phase = Literal["idle", "running", "stopping", "cancelling"]
ModelState = Literal["waiting", "loading", "ready", "failed"]


@dataclass(frozen=True)
class AdaptState:
    """Where an adaptation stands."""

    phase: Phase = "idle"
    fraction: float = 0.0
    message: str = ""


class Personalization(QObject):
    """The acts on the listener's model; all work runs on the compute worker."""

    def __init__(self, workbench: Workbench) -> None:
        super().__init__(workbench)
        self._bench = workbench
        self._session = workbench.session
        self._runner = workbench.runner
        self._predicting = PredictionQueue(
            workbench,
            ready=lambda: self.state == "ready" and self.adapt_state.phase == "idle",
        )
        self._adapting: Job[Any] | None = None
        self._again = False
        self.state: ModelState = "waiting"
        self.loading = AdaptState()
        self.model: ModelInfo | None = None
        self.adapt_state = AdaptState()
        self.result: Adaptation | None = None
        self.weighed: Verdict | None = None
        """How the profile that was chosen from the history does on the present labels."""
        self.history: list[ProfileRecord] = []
        self.history_of: int | None = None
        """Whose profiles the history holds; None: they are still being read."""
        self.suggestion: Suggestion | None = None
        """Why the clip at hand was suggested, if it was."""
        self._listener_id: int | None = None
        workbench.changed.connect(self.take)

    @property
    def bench(self) -> Workbench:
        """Listener, clips and settings that it acts on."""
        return self._bench

    # -- the model -------------------------------------------------------------------

    def load(self) -> None:
        """Load encoder and checkpoint (this is what imports torch)."""
        if self.state in ("loading", "ready"):
            return
        desk = self._bench.desk
        self.state = "loading"
        self._bench.tell(Changes(model=True))

        def done(info: ModelInfo) -> None:
            self.state, self.model = "ready", info
            self._bench.tell(Changes(model=True))
            self.predict_more()

        def failed(error: Exception) -> None:
            self.state = "failed"
            self.loading = AdaptState(message=str(error))
            self._bench.tell(Changes(model=True))
            self._runner.fail(error)

        def reported(fraction: float, message: str) -> None:
            self.loading = AdaptState("running", fraction, message)
            self._bench.tell(Changes(model=True))

        def work(progress: Progress) -> ModelInfo:
            progress.report(0.02, "Opening torch")
            open_torch_libraries()
            return desk.load_model(progress.part(0.05, 1.0))

        self._runner.run(
            work,
            lane=Lane.COMPUTE,
            label="Loading the model",
            done=done,
            failed=failed,
            reported=reported,
        )

    @Slot()
    def predict_more(self) -> None:
        """Predict the clips that wait for it, a portion at a time."""
        self._predicting.more()

    # -- adaptation --------------------------------------------------------------------

    @property
    def current_profile(self) -> ProfileRecord | None:
        """The profile in use, or None for everyone's model."""
        return next((record for record in self.history if record.current), None)

    @property
    def in_use(self) -> bool:
        """Whether the listener's own profile labels, and not everyone's model in its place.

        A profile of another model, or that lacks one of the words, is kept but not used.
        """
        record = self.current_profile
        if record is None:
            return False
        if self._session.generic:
            return bool(self._session.yours)
        return self.model is None or record.profile.base == self.model.digest

    @property
    def _profile_id(self) -> int | None:
        profile = self.current_profile
        return profile.id if profile is not None else None

    @property
    def why_not(self) -> str:
        """Why adapting is not possible now, or an empty string."""
        if self.state == "failed":
            return self.loading.message
        if self.state != "ready":
            return "The model is still loading."
        if not self._session.rated:
            return "Label a clip first: adaptation learns from your labels."
        return ""

    def adapt(self) -> None:
        """Adapt everyone's model to all ratings of this listener."""
        listener = self._session.listener
        if listener is None or self.why_not:
            if self.why_not:
                self._bench.notice.emit("info", self.why_not)
            return
        if self.adapt_state.phase != "idle":
            self._again = True
            return
        desk, settings = self._bench.desk, self._bench.settings
        self._set_adapt("running", 0.0, "Starting")
        self._predicting.pause()

        saved = self._runner.drained(Lane.STORE)

        def work(progress: Progress) -> Adaptation:
            saved.result()
            return desk.adapt(
                listener.id, adapter=settings.adapter, device=settings.device, progress=progress
            )

        def done(result: Adaptation) -> None:
            self.result, self.weighed = result, None
            self._end_adapting()
            self._bench.tell(Changes(verdict=True))
            self.read_history(then_predict=True)

        def failed(error: Exception) -> None:
            self._end_adapting()
            self._runner.fail(error)
            self.predict_more()

        def cancelled() -> None:
            self._end_adapting()
            self._bench.notice.emit("info", "Cancelled. Everything is as it was before.")
            self.predict_more()

        self._adapting = self._runner.run(
            work,
            lane=Lane.COMPUTE,
            label="Adapting",
            done=done,
            failed=failed,
            cancelled=cancelled,
            reported=self._adapt_reported,
        )

    def stop(self) -> None:
        """End the adaptation now and keep the best it has found."""
        if self._adapting is not None and self.adapt_state.phase == "running":
            self._set_adapt("stopping", self.adapt_state.fraction, "Stopping, keeping the best…")
            self._adapting.stop()

    def cancel(self) -> None:
        """Discard the adaptation; profile and ratings stay as they were."""
        if self._adapting is not None and self.adapt_state.phase in ("running", "stopping"):
            self._again = False
            self._set_adapt("cancelling", self.adapt_state.fraction, "Cancelling…")
            self._adapting.cancel()

    def _adapt_reported(self, fraction: float, message: str) -> None:
        if self.adapt_state.phase == "running":
            self._set_adapt("running", fraction, message or self.adapt_state.message)

    def _end_adapting(self) -> None:
        self._adapting = None
        self._set_adapt("idle", 0.0, "")
        if self._again:
            self._again = False
            self.adapt()

    def _set_adapt(self, phase: Phase, fraction: float, message: str) -> None:
        self.adapt_state = AdaptState(phase, fraction, message)
        self._bench.tell(Changes(adapting=True))

    # -- history -----------------------------------------------------------------------

    def read_history(self, *, then_predict: bool = False) -> None:
        """Read the listener's profiles again; predict anew if another one is in use."""
        listener = self._session.listener
        if listener is None:
            return
        desk = self._bench.desk

        def done(records: list[ProfileRecord]) -> None:
            if self._session.listener is None or self._session.listener.id != listener.id:
                return
            before, self.history = self._profile_id, records
            self.history_of = listener.id
            if not then_predict and self._profile_id != before:  # another program did that
                self.result, self.weighed = None, None
            self._bench.tell(Changes(profile=True, initiator=self))
            if then_predict or self._profile_id != before:
                self._predicting.forget()

        self._runner.run(lambda p: desk.history(listener.id), lane=Lane.STORE, done=done)

    @needs_desk
    def use_profile(self, record: int | None) -> None:
        """Roll back (or forward) to a profile of the history; None is everyone's model.

        What the present labels say of it is shown as soon as that is worked out.
        """
        listener = self._session.listener
        if listener is None:
            return
        desk = self._bench.desk
        self.result, self.weighed = None, None

        def done(_: None) -> None:
            self.read_history(then_predict=True)
            said = "Everyone's model is in use again." if record is None else "Profile restored."
            self._bench.notice.emit("success", said)
            if record is not None and self.state == "ready" and self._session.rated:
                self._weigh(record)

        self._runner.run(
            lambda p: desk.make_current(listener.id, record), lane=Lane.STORE, done=done
        )

    @needs_desk
    def delete_profile(self, record: int) -> None:
        """Delete a profile of the history for good; if it is in use, everyone's model follows."""
        listener = self._session.listener
        if listener is None:
            return
        desk = self._bench.desk

        def done(used: bool) -> None:
            shown = self.result.record if self.result is not None else None
            if used or (shown is not None and shown.id == record):
                self.result, self.weighed = None, None
                self._bench.tell(Changes(verdict=True))
            self.read_history(then_predict=used)
            then = " Everyone's model is in use now." if used else ""
            self._bench.notice.emit("success", f"The profile was deleted.{then}")

        self._runner.run(
            lambda p: desk.delete_profile(listener.id, record),
            lane=Lane.STORE,
            label="Deleting",
            done=done,
        )

    def _weigh(self, record: int) -> None:
        """Work out what the present labels say of a profile."""
        listener = self._session.listener
        assert listener is not None
        desk, saved = self._bench.desk, self._runner.drained(Lane.STORE)

        def work(progress: Progress) -> Verdict | None:
            saved.result()
            return desk.weigh(listener.id, record, progress)

        def done(verdict: Verdict | None) -> None:
            profile = self.current_profile
            if verdict is None or profile is None or profile.id != record or self.result:
                return
            self.weighed = verdict
            self._bench.tell(Changes(verdict=True))
            shown = figures(verdict)
            said = f"{title(verdict)}. {shown[0].upper()}{shown[1:]}."
            self._bench.notice.emit("success", f"Profile restored. {said}")

        self._runner.run(work, lane=Lane.COMPUTE, label="Looking at the profile", done=done)

    # -- suggestion --------------------------------------------------------------------

    @needs_desk
    def suggest(self) -> None:
        """Take the clip at hand whose label would teach the model most, and say why."""
        listener = self._session.listener
        if listener is None:
            return
        desk = self._bench.desk
        if self.state != "ready":
            self._bench.notice.emit("info", "The model is still loading.")
            return
        self._predicting.pause()
        blind = self._session.blind

        def done(suggestion: Suggestion | None) -> None:
            if suggestion is None:
                self._bench.notice.emit("success", "Every clip with speech has your label already.")
            elif self._session.row(suggestion.clip) is not None:
                if self._session.place(suggestion.clip) < 0:
                    self._bench.search("")
                    self._bench.show_kind("all")
                self.suggestion = suggestion
                self._bench.go_to(suggestion.clip)
                self._bench.tell(Changes(suggestion=True))
            self.predict_more()

        self._runner.run(
            lambda progress: desk.suggest_next(listener.id, progress, blind=blind),
            lane=Lane.COMPUTE,
            label="Looking for the next clip",
            done=done,
            cancelled=self.predict_more,
        )

    # -- what others changed -----------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Follow the listener, their words, clips and labels; read what others adapted."""
        session = self._session
        if self.suggestion is not None and self.suggestion.clip != session.current:
            self.suggestion = None
        if changes.listener:
            self._follow_listener()
        if changes.profile and not changes.by(self):
            self.read_history()
        if changes.emotions:
            self._predicting.forget()
        elif changes.clips or (changes.current and self._waits(session.current)):
            self.predict_more()
        if changes.ratings and self._bench.settings.adapt_as_i_go and not self.why_not:
            self.adapt()

    def _waits(self, clip: str | None) -> bool:
        known = (self._session.generic, self._session.unpredictable)
        return clip is not None and not any(clip in some for some in known)

    def _follow_listener(self) -> None:
        listener = self._session.listener
        if listener is None or listener.id == self._listener_id:
            return
        self._listener_id = listener.id
        if self._adapting is not None:
            self._adapting.cancel()
        self.result, self.weighed = None, None
        self.history, self.history_of = [], None
        self._bench.tell(Changes(profile=True, initiator=self))
        self.read_history(then_predict=True)
