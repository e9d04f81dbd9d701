"""What the user does in the panels, connected to the acts behind them."""

from __future__ import annotations

from perser_gui.ui.shell.commands import Commands
from perser_gui.ui.shell.frame import Frame


def wire(window: Frame, commands: Commands) -> None:
    """Connect the signals of the window's panels to acts, and states that need no window."""
    bench, model, listening = window.workbench, window.personalization, window.listening
    panel, clips, right = window.label_panel, window.clips, window.model_panel
    bench.notice.connect(window.notice.say)
    bench.offered.connect(window.notice.offer)
    window.notice.wanted.connect(commands.trigger)
    window.unsaved.wanted.connect(lambda _: window.labelling.retry_saving())
    bench.labels_changed.connect(window.labelling.rating_changed)
    bench.filter_changed.connect(clips.refresh)
    bench.opening.connect(clips.show_opening)
    clips.clip_wanted.connect(bench.go_to)
    clips.searched.connect(bench.search)
    clips.kind_wanted.connect(bench.show_kind)
    clips.dropped.connect(commands.imports.take_in)
    clips.starter_wanted.connect(bench.open_starter_clips)
    panel.emotion_chosen.connect(window.labelling.choose)
    panel.cant_tell.connect(window.labelling.cant_tell)
    panel.retry.connect(window.labelling.retry_saving)
    panel.starter_wanted.connect(bench.open_starter_clips)
    panel.files_wanted.connect(commands.ask_files)
    panel.speed_chosen.connect(listening.set_speed)
    panel.autoplay_toggled.connect(commands.set_autoplay)
    panel.loop.toggled.connect(listening.set_loop)
    panel.spectrogram.toggled.connect(commands.set_spectrogram)
    for button, name in (
        (panel.previous, "previous"),
        (panel.next, "next"),
        (panel.zoom_in, "zoom-in"),
        (panel.zoom_out, "zoom-out"),
        (panel.fit, "fit"),
        (panel.skip, "skip"),
        (panel.undo, "undo"),
        (panel.suggest, "suggest"),
    ):
        button.clicked.connect(commands.actions[name].trigger)
    panel.play.clicked.connect(commands.play)
    panel.confirm.clicked.connect(window.labelling.confirm)
    listening.playing_changed.connect(panel.show_playing)
    listening.moved.connect(panel.show_clock)
    right.adapt.connect(model.adapt)
    right.stop.connect(model.stop)
    right.cancel.connect(model.cancel)
    right.history.connect(commands.ask_history)
    right.gentler_wanted.connect(commands.adapt_gently)
    right.adapter_chosen.connect(commands.set_adapter)
    right.as_i_go_toggled.connect(commands.set_as_i_go)
    model.model_changed.connect(right.show_state)
    model.adapt_changed.connect(right.show_adapt)
    model.history_changed.connect(right.show_all)
    model.suggested.connect(panel.show_reason)
    window.compare.clip_wanted.connect(commands.open_from_table)
    window.predictions.clip_wanted.connect(commands.open_from_table)
    window.predictions.export_wanted.connect(commands.ask_export)
    window.top_bar.listener_wanted.connect(bench.switch_listener)
    clips.cancel_wanted.connect(bench.cancel_opening)
    panel.timeline.wanted.connect(bench.go_to)
    listening.moved.connect(panel.timeline.show_playhead)
    for changed in (bench.emotions_changed, bench.clips_changed):
        changed.connect(panel.timeline.refresh)
    bench.current_changed.connect(panel.timeline.show_current)
    model.predictions_changed.connect(panel.timeline.touch)
    window.labelling.rating_changed.connect(lambda clip: panel.timeline.touch([clip]))
