"""The right panel: the listener's model, from labels to probabilities."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QFrame,
    QProgressBar,
    QSizePolicy,
    QWidget,
)

from perser_gui.desk.saying import EXPLAINED, FORESEEN, between, change, labels, title
from perser_gui.records import Verdict
from perser_gui.ui.acts.adapter_choices import ADAPTERS, GENTLEST
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.wording import lacking_text
from perser_gui.ui.look.emotion_colours import colour_of
from perser_gui.ui.widgets import (
    CountStrip,
    ProbabilityBars,
    ScoreChange,
    column,
    icon_button,
    label,
    line,
    row,
    text_button,
)
from perser_gui.ui.widgets.basics import APART, restyle
from perser_gui.ui.widgets.berth import Berth
from perser_gui.ui.widgets.fitting_area import FittingArea
from perser_gui.ui.widgets.menu_parts import RoomyBox
from perser_gui.ui.widgets.scrolled_panel import scrolled
from perser_gui.ui.widgets.tips import tip

if TYPE_CHECKING:
    from perser_gui.ui.acts.personalization import Personalization
    from perser_gui.ui.acts.workbench import Workbench


class ModelPanel(QFrame):
    """Shows labels so far, adaptation and its result, and the clip's probabilities."""

    history_wanted = Signal()

    def __init__(self, workbench: Workbench, personalization: Personalization) -> None:
        super().__init__()
        self.setObjectName("panel")
        self._bench = workbench
        self._session = workbench.session
        self._model = personalization
        self.state = label("", "caption", wrap=True)
        self.loading = QProgressBar()
        self.loading.setRange(0, 0)
        self.loading.setTextVisible(False)
        self.loading.setAccessibleName("Loading the model")
        history = icon_button("history", "History and rollback (Ctrl+H)")
        history.clicked.connect(self.history_wanted)
        head = row(label("Your model", "title"), 1, history, margins=(16, 10, 8, 0))
        upper = QWidget()
        upper.setLayout(
            column(
                self._build_ratings(),
                self._build_result(),
                1,
                gap=12,
                margins=(16, 4, 16, 8),
            )
        )
        self.scroller = scrolled(upper)
        status = column(
            self.state, self.loading, self._build_adapt(), gap=6, margins=(16, 0, 16, 8)
        )
        self.berth = Berth(self.scroller, keeps=True)
        parts = (head, status, self.scroller, self.berth, line(), self._build_clip())
        whole = column(*parts, gap=0, wide=2)
        self._whole = whole
        whole.setContentsMargins(1, 1, 1, 1)
        self.setLayout(whole)

    # -- building ----------------------------------------------------------------------

    def _build_ratings(self) -> QWidget:
        self.rated = label("0", "display")
        self.rated_text = label("", "muted", wrap=True)
        self.strip = CountStrip()
        self.lacking = label("", "caption", wrap=True)
        result = QWidget()
        result.setLayout(
            column(
                row(self.rated, self.rated_text, gap=10, wide=1), self.strip, self.lacking, gap=7
            )
        )
        return result

    def _build_adapt(self) -> QWidget:
        self.adapter = RoomyBox()
        self.adapter.setAccessibleName("How to adapt")
        self.adapter.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.adapter.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for name, (called, about) in ADAPTERS.items():
            self.adapter.addItem(called, name)
            self.adapter.setItemData(
                self.adapter.count() - 1, tip(about), Qt.ItemDataRole.ToolTipRole
            )
        self.adapter.currentIndexChanged.connect(self._adapter_chosen)
        self.adapt_button = text_button(
            "Adapt to your labels", "Ctrl+T", icon="adapt", kind="primary"
        )
        self.adapt_button.clicked.connect(self._model.adapt)
        self.as_i_go = QCheckBox("Adapt as I go")
        self.as_i_go.setToolTip("Adapt again after every label")
        self.as_i_go.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.as_i_go.toggled.connect(lambda on: self._bench.choose(by=self, adapt_as_i_go=on))
        self._idle = QWidget()
        self._idle.setLayout(
            column(self.adapt_button, row(self.adapter, self.as_i_go, gap=10), gap=8)
        )
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        self.progress.setTextVisible(False)
        self.progress_text = label("", "muted", wrap=True)
        self.stop_button = text_button(
            "Stop and keep best", "End now and use the best so far (Ctrl+Shift+T)"
        )
        self.stop_button.clicked.connect(self._model.stop)
        self.cancel_button = text_button(
            "Cancel and discard", "Leave everything as it was (Esc)", kind="danger"
        )
        self.cancel_button.clicked.connect(self._model.cancel)
        self._busy = QWidget()
        self._busy.setLayout(
            column(
                self.progress_text,
                self.progress,
                self.stop_button,
                self.cancel_button,
                gap=8,
            )
        )
        self._busy.hide()
        for part in (self._idle, self._busy):  # what is beside them never makes them lower
            part.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        result = QWidget()
        result.setLayout(column(self._idle, self._busy, gap=0))
        result.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        return result

    def _build_result(self) -> QWidget:
        self.headline = label("", "strong", wrap=True)
        self.result_text = label("", "caption", wrap=True)
        self._consequence = ""
        self.figure = label("", "display")
        self.figure_text = label("", "caption", wrap=True)
        for one in (self.figure, self.figure_text):
            one.setToolTip(tip(EXPLAINED))
        self.change = ScoreChange()
        self.result = QFrame()
        self.result.setObjectName("card")
        self.gentler = text_button(
            "Try calibration only", "Adapt with the gentlest method instead", kind="link"
        )
        self.gentler.clicked.connect(self._adapt_gently)
        figures = column(self.figure, self.figure_text, gap=0)
        self.result.setLayout(
            column(
                self.headline,
                self.result_text,  # what comes of it is never below what one has to scroll to
                figures,
                self.change,
                self.gentler,
                gap=8,
                margins=(14, 12, 14, 12),
            )
        )
        return self.result

    def _build_clip(self) -> QWidget:
        self.clip_title = label("How you would label this clip", "strong")
        self.legend = label("", "caption", wrap=True)
        self.bars = ProbabilityBars()
        self.bars_area = FittingArea(self.bars, least=3 * 23, share=0.4)
        result = QWidget()
        result.setLayout(
            column(self.clip_title, self.legend, self.bars_area, gap=6, margins=(16, 10, 16, 12))
        )
        return result

    # -- what is shown -----------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Show what changed of labels, model and the clip at hand."""
        everything = changes.emotions or changes.profile
        if everything:
            self.show_all()
            return
        clip = self._session.current
        if changes.clips or changes.ratings:
            self.show_ratings()
        seen = clip in changes.predictions or clip in changes.ratings
        if changes.clips or changes.current or seen:
            self.show_clip()
        if changes.model or changes.verdict or changes.predictions or changes.clips:
            self.show_state()
        if changes.verdict:
            self.show_result()
        if changes.adapting:
            self.show_adapt()
        if changes.settings and not changes.by(self):
            self._show_settings()

    def show_all(self) -> None:
        """Show everything anew."""
        self.show_state()
        self.show_ratings()
        self.show_adapt()
        self.show_result()
        self.show_clip()
        self._show_settings()

    def show_state(self) -> None:
        """Show whether the model is there."""
        model = self._model
        heard, clips = self._session.heard
        hearing = model.state == "ready" and heard < clips and model.adapt_state.phase == "idle"
        self.loading.setVisible(model.state in ("waiting", "loading") or hearing)
        self.loading.setAccessibleName("Hearing clips" if hearing else "Loading the model")
        if hearing:
            self.state.setText(f"The model hears your clips: {heard:,} of {clips:,}")
        elif model.state == "ready" and model.model is not None:
            whose = "Adapted to you" if model.in_use else "Everyone's model"
            if model.current_profile is not None and not model.in_use:
                whose += ", since your profile is of another model or other words: adapt again"
            device = model.model.device.replace("cpu", "CPU").replace("cuda", "GPU")
            self.state.setText(f"{whose}{APART}{model.model.checkpoint} on {device}")
        elif model.state == "failed":
            self.state.setText(model.loading.message)
        else:
            message = model.loading.message
            said = message.removeprefix("Loading the model").strip()
            self.state.setText(f"Loading the model… {said}".strip())
        restyle(self.state, tone="danger" if model.state == "failed" else "")
        fraction = heard / clips if hearing else model.loading.fraction
        self.loading.setRange(0, 1000 if fraction else 0)
        self.loading.setValue(round(1000 * fraction))
        self._show_possible()
        self._show_use()

    def show_ratings(self) -> None:
        """Show how many labels there are and what they lack."""
        session = self._session
        rated, lacking = session.rated, session.lacking()
        self.rated.setText(f"{rated}")
        self.rated_text.setText("clip with your label" if rated == 1 else "clips with your label")
        self.strip.show_counts(session.emotions, session.counts())
        if not rated:
            text = "Twenty labels mostly show whether adapting helps."
        elif lacking:
            text = lacking_text(lacking, session.counts())
        else:
            text = "Every emotion has examples."
        self.lacking.setText(text)
        self._show_possible()

    def _show_possible(self) -> None:
        reason = self._model.why_not
        self.adapt_button.setEnabled(not reason)
        self.adapt_button.setToolTip(
            tip(reason or "Adapt everyone's model to all your labels (Ctrl+T)")
        )

    def show_adapt(self) -> None:
        """Show how far the adaptation is."""
        state = self._model.adapt_state
        self._idle.setVisible(state.phase == "idle")
        self._busy.setVisible(state.phase != "idle")
        self.progress.setValue(round(1000 * state.fraction))
        self.progress_text.setText(state.message or "Adapting")
        self.stop_button.setText("Stopping…" if state.phase == "stopping" else "Stop and keep best")
        self.stop_button.setEnabled(state.phase == "running")
        self.cancel_button.setText(
            "Cancelling…" if state.phase == "cancelling" else "Cancel and discard"
        )
        self.cancel_button.setEnabled(state.phase in ("running", "stopping"))
        self._show_possible()

    def show_result(self) -> None:
        """Show the verdict: of the adaptation just done, or of the profile in use."""
        result, profile = self._model.result, self._model.current_profile
        verdict: Verdict | None
        if result is not None:
            verdict, text = result.verdict, result.consequence
        elif profile is None:
            self.result.hide()
            return
        elif self._model.weighed is not None:
            verdict, text = self._model.weighed, "The model in use, on the labels you have now."
        else:
            verdict, text = profile.profile.verdict, "The model in use, when it was made."
        self._consequence = text if verdict else _UNKNOWN
        self._show_use()
        self.gentler.setVisible(
            result is not None
            and result.verdict.outcome in ("no difference", "further away")
            and self._bench.settings.adapter != GENTLEST
        )
        for widget in (self.headline, self.figure, self.figure_text, self.change):
            widget.setVisible(verdict is not None)
        if verdict is not None:
            self._show_verdict(verdict)
        self.result.show()

    def _show_use(self) -> None:
        """Say what came of the verdict; a profile that cannot be used is not called in use."""
        model = self._model
        kept = model.current_profile is not None
        idle = kept and model.state == "ready" and not model.in_use
        alone = kept and model.state == "failed"
        self.result_text.setText(_NOT_USED if idle else _ALONE if alone else self._consequence)

    def _show_verdict(self, verdict: Verdict) -> None:
        self.headline.setText(title(verdict))
        restyle(self.headline, tone=_TONES.get(verdict.outcome, ""))
        self.figure.setText(change(verdict))
        labelled = f"{verdict.count} {labels(verdict.count)}"
        how = f", {_HOW}" if verdict.count > 1 else ""
        self.figure_text.setText(
            f"{FORESEEN},\neveryone's → yours (likely {between(verdict)});\n{labelled}{how}"
        )
        self.change.show_scores(
            [
                (word, colour_of(self._session.emotions, word), one.before, one.after)
                for word, one in verdict.words.items()
            ],
            decided=verdict.outcome in _TONES,
        )

    def show_clip(self) -> None:
        """Show the probabilities of the clip at hand."""
        session = self._session
        content = session.current
        yours, generic = session.yours_of(content), session.generic_of(content)
        self.bars.show_predictions(session.emotions, yours, generic)
        if content in session.unpredictable:
            text = session.unpredictable[content]
        elif session.hides(content):
            until = "go on (Enter)" if content == session.composing else "label this clip"
            text = f"Hidden until you {until}."
        elif generic is None:
            text = self._why_nothing()
        elif yours is None:
            text = "Everyone's model. Adapt to see yours beside it."
        else:
            text = "Upper bar: your model. Lower bar: everyone's."
        shown = yours or generic
        if shown is not None and shown.speechless:
            text = "No speech: no emotion can be read from this clip."
        elif shown is not None and (shown.abstain or shown.tied):
            none = "No clear word: the likeliest are level. " if shown.tied else ""
            text = (none or "Unsure: no emotion stands out. ") + text
        self.legend.setText(text)

    def _why_nothing(self) -> str:
        """Say why there is no prediction of the clip at hand."""
        row = self._session.row(self._session.current)
        if row is None:
            return "No clip at hand."
        if row.missing:
            return "The file is missing, so no model can hear it; put it back or add its folder."
        if self._model.state == "failed":
            return "Without a model there is no prediction."
        return "The model has not heard this clip yet."

    def _show_settings(self) -> None:
        chosen = self._bench.settings
        with QSignalBlocker(self.adapter):
            self.adapter.setCurrentIndex(max(self.adapter.findData(chosen.adapter), 0))
        with QSignalBlocker(self.as_i_go):
            self.as_i_go.setChecked(chosen.adapt_as_i_go)

    @Slot()
    def _adapter_chosen(self) -> None:
        self._bench.choose(by=self, adapter=self.adapter.currentData())

    @Slot()
    def _adapt_gently(self) -> None:
        """Adapt with the gentlest method; it is remembered as the choice."""
        self._bench.choose(adapter=GENTLEST)
        self._model.adapt()


_HOW = "each foreseen from the rest"
_TONES = {"closer": "success", "further away": "warning"}
_NOT_USED = "It is kept, but not in use: it is of another model or other words. Adapt again."
_ALONE = "It is kept, but not in use: the model that it was made from is not there."
_UNKNOWN = "It was not measured yet how well the model in use foresees your labels. Adapt to see."
