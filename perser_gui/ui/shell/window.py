"""The one window: what its panels show when something changed, from its start to its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QEvent, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from perser_gui import paths
from perser_gui.errors import PerserError
from perser_gui.ui.acts.changes import Changes
from perser_gui.ui.acts.jobs import Job, Lane
from perser_gui.ui.acts.shortcuts import COMMANDS
from perser_gui.ui.dialogs.questions import ReportDialog
from perser_gui.ui.look import icons, theme
from perser_gui.ui.shell.closing import Closing
from perser_gui.ui.shell.commands import Commands
from perser_gui.ui.shell.drop_veil import DropVeil
from perser_gui.ui.shell.frame import FIRST, Frame
from perser_gui.ui.shell.keyboard import Keyboard
from perser_gui.ui.shell.spoken import Spoken
from perser_gui.ui.shell.wiring import wire
from perser_gui.ui.widgets.focus_order import chain

if TYPE_CHECKING:
    from perser_gui.audio.playback import Player
    from perser_gui.desk import Desk
    from perser_gui.live import Source
    from perser_gui.progress import Progress

FEW_CLIPS = 1_000_000
"""Bytes of a database up to which opening is quick: some 2,500 clips."""


class MainWindow(Frame):
    """The desk's window.

    `open_desk` is called in a worker after the window is shown; so are the loading of
    the model and everything else that takes time.
    """

    became_ready = Signal()
    """Clips and labels are there and the waveform can be drawn: one can label."""

    def __init__(
        self,
        open_desk: Callable[[], Desk],
        *,
        make_player: Callable[[], Player] | None = None,
        make_source: Callable[[str], Source] | None = None,
        load_model: bool = True,
    ) -> None:
        super().__init__(open_desk, make_player, make_source)
        self.runner.unhandled = self._unhandled
        self._load_model = load_model
        self.commands = Commands(self)
        self.veil = DropVeil(self)
        self.closing = Closing(self)
        self.spoken = Spoken(self)
        self.keyboard = Keyboard(self)
        self._connect()
        self._restore()
        self._started = self._plots_begun = False
        self._closing = False
        self._ready_parts = {"desk", "waveform"}

    # -- wiring --------------------------------------------------------------------------

    def _connect(self) -> None:
        """Connect what changed to what shows it; `wiring` connects the panels to the acts."""
        wire(self, self.commands)
        self.workbench.changed.connect(self.take)
        self.workbench.ready.connect(self._desk_ready)

    def _restore(self) -> None:
        settings = self.workbench.settings
        self.label_panel.show_settings()
        for panel in (self.label_panel, self.model_panel):
            panel.take(Changes(emotions=True, clips=True))
        self.theme.changed.connect(self._theme_changed)
        if self.theme.choice != settings.theme:
            self.theme.choose(settings.theme)
        self.top_bar.show_theme(theme.tokens().dark)
        self.resize(theme.px(FIRST[0]), theme.px(FIRST[1]))
        if settings.window:
            self.restoreGeometry(QByteArray.fromBase64(settings.window.encode()))
        self.fit_screen()

    # -- start and end -------------------------------------------------------------------

    def start(self) -> None:
        """Begin the work behind the window; call once it is shown."""
        if self._started:
            return
        self._started = True
        chain(self.page)
        self.keyboard.start()
        self.setFocus(Qt.FocusReason.OtherFocusReason)
        self.workbench.start()
        if _opens_soon():
            self._prepare_plots()

    def _prepare_plots(self) -> None:
        self._plots_begun = True
        self.runner.run(
            _import_plots, lane=Lane.MEDIA, label="Preparing the waveform", done=self._plots_ready
        )

    def _plots_ready(self, _: object) -> None:
        from perser_gui.ui.label.waveform import WaveformView

        view = WaveformView()
        view.seek.connect(self.listening.seek)
        view.region_marked.connect(self._region_marked)
        view.spectrogram_wanted.connect(self.listening.draw_spectrogram)
        self.listening.moved.connect(view.show_playhead)
        self.listening.spectrogram_drawn.connect(view.draw_spectrogram)
        view.borders_moved.connect(self.borders.put_in_sound)
        self.listening.pitch_traced.connect(view.add_pitch)
        self.listening.outline_grew.connect(view.show_growth)
        self.label_panel.attach_waveform(view)
        self.commands.menus.watch_picture(view)
        self._part_ready("waveform")

    @Slot()
    def _desk_ready(self) -> None:
        self._part_ready("desk")
        if not self._plots_begun:
            QTimer.singleShot(0, self._prepare_plots)  # once the clips are listed on the screen
        self.closing.offer_unsaved()

    def _part_ready(self, part: str) -> None:
        self._ready_parts.discard(part)
        if not self._ready_parts:
            for widget in self.views.findChildren(QWidget):  # so that a view opens the sooner
                widget.ensurePolished()
            self.became_ready.emit()
            if self._load_model:
                QTimer.singleShot(0, self.personalization.load)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802
        """End all work; wait visibly for labels under way, ask if some could not be saved."""
        if self._closing:
            event.accept()
            return
        if not self.closing.may_close():
            event.ignore()
            return
        self._closing = True
        geometry = bytes(self.saveGeometry().toBase64().data()).decode()
        self.workbench.choose(window=geometry, first_start=False)
        self.hide()
        self.live.close()
        self.listening.close()
        self.taking_part.leave()
        self.workbench.close()
        event.accept()

    # -- what changed --------------------------------------------------------------------

    def take(self, changes: Changes) -> None:
        """Show what stands above the panels: the listener, and labels that are not saved."""
        if changes.listener:
            acts = ("add-listener", "rename-listener", "emotions")
            self.top_bar.show_listener(
                self.session.listener,
                self.session.listeners,
                [self.commands.actions[name] for name in acts],
            )
        if changes.emotions:
            chain(self.page)  # there are other buttons now
        if changes.saving:
            self._show_unsaved()

    def _show_unsaved(self) -> None:
        count, problem = len(self.session.unsaved), self.labelling.save_problem
        if self.labelling.save_state == "failed":
            what = "1 label is" if count == 1 else f"{count} labels are"
            self.notice.offer("danger", f"{what} not saved: {problem}", "retry", "unsaved")
        elif not count:
            self.notice.settle("unsaved")
        self.closing.look_again()

    @Slot(object)
    def _region_marked(self, region: tuple[float, float] | None) -> None:
        if region is None and self.label_panel.waveform is not None:
            self.label_panel.waveform.show_region(None)
        self.listening.choose_region(region)

    @Slot()
    def _theme_changed(self) -> None:
        self.top_bar.show_theme(theme.tokens().dark)
        for command in COMMANDS:
            if command.icon:
                icon = icons.icon(command.icon, theme.tokens().muted)
                self.commands.actions[command.id].setIcon(icon)

    # -- failures ------------------------------------------------------------------------

    def _unhandled(self, task: Job[Any] | None, error: Exception) -> None:
        if isinstance(error, PerserError):
            self.notice.say("danger", str(error))
        else:
            self.report(error)

    def report(self, error: BaseException) -> None:
        """Show a fault of the program."""
        dialog = ReportDialog(self, error, len(self.session.unsaved))
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    # -- keys and drops ------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        """Tell the commands which keys are not theirs."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self.keyboard.overrides(event)
        ):
            event.accept()
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802
        """Let notices wait while one is at another window."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange:
            if self.isActiveWindow():
                self.notice.go_on()
            else:
                self.notice.hold()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802
        """Label by digit keys, whatever the keyboard's layout; move by arrows."""
        if self.keyboard.press(event):
            event.accept()
        else:
            super().keyPressEvent(event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        """Welcome files anywhere in the window."""
        if event.mimeData().hasUrls():
            event.acceptProposedAction()
            self.veil.show_over(True)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:  # noqa: N802
        """Show again what lies below."""
        super().dragLeaveEvent(event)
        self.veil.show_over(False)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        """Add what was dropped."""
        self.veil.show_over(False)
        self.commands.imports.take_in(event.mimeData().urls())
        event.acceptProposedAction()


def _opens_soon() -> bool:
    """Return whether there are so few clips that one waits for the waveform, not for the list.

    Two imports, or an import and the reading of clips, share one interpreter lock: begun beside the
    reading, the plotting library is there a tenth of a second sooner, and many clips are listed
    twice as late.
    """
    try:
        return (paths.data_dir() / paths.DATABASE).stat().st_size < FEW_CLIPS
    except (OSError, PerserError):
        return True


def _import_plots(progress: Progress) -> None:
    """Import the plotting library in the worker, where a second of it hurts nobody."""
    import pyqtgraph  # noqa: F401
