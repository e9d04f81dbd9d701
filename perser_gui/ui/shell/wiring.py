"""What the user does in the panels, connected to commands and acts; who is told of changes."""

from __future__ import annotations

from perser_gui.ui.shell.commands import Commands
from perser_gui.ui.shell.frame import Frame
from perser_gui.ui.widgets.notices import OF_A_LISTENER, OF_THE_LAST


def wire(window: Frame, commands: Commands) -> None:
    """Connect the panels to the one signal of changes, and presses to what they are for."""
    bench, listening = window.workbench, window.listening
    panel, clips = window.label_panel, window.clips
    for shown in window.panels:
        bench.changed.connect(shown.take)
    bench.notice.connect(window.notice.say)
    bench.offered.connect(window.notice.offer)
    bench.asked.connect(window.notice.ask)
    bench.warned.connect(lambda tone, said, about: window.notice.offer(tone, said, "", about))
    bench.settled.connect(window.notice.settle)
    bench.left_listener.connect(lambda: window.notice.withdraw(*OF_A_LISTENER))
    for done in (bench.labelled, bench.acted):
        done.connect(lambda: window.notice.withdraw(*OF_THE_LAST))
    window.notice.wanted.connect(commands.trigger)
    bench.opening.connect(clips.show_opening)
    bench.opening.connect(window.under_way.show_opening)
    window.view_shown.connect(window.under_way.show_view)
    window.under_way.opening_cancelled.connect(bench.cancel_opening)
    for leaving in (clips.search_left, panel.word_field.left, window.live_view.word_field.left):
        leaving.connect(window.focus_home)
    panel.files_wanted.connect(commands.ask_files)
    panel.grid.words_wanted.connect(commands.actions["emotions"].trigger)
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
    listening.moved_in_clip.connect(panel.show_clock)
    window.model_panel.history_wanted.connect(commands.ask_history)
    window.compare.clip_wanted.connect(commands.open_from_table)
    window.compare.hear_wanted.connect(listening.hear)
    window.compare.save_wanted.connect(commands.exporting.ask_comparison)
    window.predictions.clip_wanted.connect(commands.open_from_table)
    window.predictions.export_wanted.connect(commands.exporting.ask_export_all)
    window.predictions.chosen_export_wanted.connect(commands.exporting.ask_export_of)
    window.predictions.play_wanted.connect(commands.play)
    window.top_bar.listener_wanted.connect(bench.switch_listener)
    panel.timeline.wanted.connect(bench.go_to)
    panel.strip.wanted.connect(
        lambda name: window.focus_home() if name == "home" else commands.trigger(name)
    )
    listening.moved_in_clip.connect(panel.timeline.show_playhead)
