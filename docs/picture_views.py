"""Pictures of the five views: empty, and after some work."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from every_picture import Camera

MANY = [f"{kind} {what}" for what in ("joy", "grief", "calm", "rage") for kind in "abcdefghij"]


def empty(camera: Camera) -> Iterator[int]:
    """Show every view before there are clips."""
    window = camera.window
    for name in list(window._view_names):
        window.show_view(name)
        yield 300
        yield from camera.both(f"empty {name}")
    window.show_view("label")
    tour = window.commands.program.tour
    window.workbench.choose(first_start=True, toured=False)
    tour.offer()
    yield 300
    yield from camera.both("empty tour offered")
    for place in (0, 1):
        tour.show_step(place)
        yield 300
        yield from camera.both(f"empty tour {place + 1}")
    tour.end()
    yield 100


def work(camera: Camera) -> Iterator[int]:
    """Label, adapt, and let a second listener hear the same; no pictures yet."""
    from screenshots import chosen_clips, glued

    window, session = camera.window, camera.window.session
    _, said = chosen_clips(None, Path(os.environ["PERSER_HOME"]))
    words = session.emotions.words
    for row in session.rows[:14]:
        word = said.get(row.clip.path.name, words[0])
        window.labelling.label_clip(row.clip.content, (word if word in words else words[0],))
        yield 20
    yield from camera.quiet()
    desk = window.workbench.desk
    jon = desk.add_listener("Jon")
    for number, row in enumerate(session.rows[:14]):
        desk.rate(jon.id, row.clip.content, emotions=[words[number % len(words)]])
    window.workbench.reread()
    yield from camera.quiet()
    window.personalization.adapt()
    yield from camera.quiet()
    window.workbench.open_paths([glued([row.clip.path for row in session.rows[:20]])])
    yield from camera.quiet()
    window.notice.hide()


def views(camera: Camera) -> Iterator[int]:
    """Show every view as it is after some work."""
    window, session, bench = camera.window, camera.window.session, camera.window.workbench
    bench.go_to(session.rows[3].clip.content, play=False)
    yield 400
    yield from camera.both("label")
    window.notice.offer("info", "Undone: the label “happy” of starter 03.flac.", "redo")
    window.notice.say("warning", "This clip is very quiet; turn up what it was recorded with.")
    window.notice.say("danger", "1 label is not saved: the disk is full; free some space.")
    yield 200
    yield from camera.both("label with notices")
    window.notice.hide()
    parts = session.utterances(session.rows[-1].clip.recording)
    for number, part in enumerate(parts[:8]):
        window.labelling.label_clip(part.content, (session.emotions.words[number % 5],))
    yield from camera.quiet()
    bench.go_to(parts[min(8, len(parts) - 1)].content, play=False)
    window.label_panel.spectrogram.setChecked(True)
    yield 900
    window.notice.hide()
    yield from camera.both("label timeline spectrogram")
    window.label_panel.spectrogram.setChecked(False)
    window.commands.actions["borders"].trigger()
    yield 600
    yield from camera.both("label borders")
    window.commands.actions["borders"].trigger()
    bench.search("no clip is called so")
    yield 300
    yield from camera.both("label nothing matches")
    bench.search("")
    yield 200
    yield from _many_words(camera)
    for name in ("predictions", "compare"):
        window.show_view(name)
        yield 700
        yield from camera.both(name)
    yield from _live(camera)
    window.show_view("label")


def _many_words(camera: Camera) -> Iterator[int]:
    from perser_gui.emotions import EmotionSet

    window, before = camera.window, camera.window.session.emotions
    window.workbench.set_emotions(EmotionSet.of(MANY))
    yield 300
    yield from camera.quiet()
    window.notice.hide()
    window.begin_word()
    yield 200
    yield from camera.both("label forty words")
    window.label_panel.word_field.finish()
    window.workbench.set_emotions(before)
    yield 300
    yield from camera.quiet()
    window.notice.hide()


def _live(camera: Camera) -> Iterator[int]:
    from screenshots import listen

    window = camera.window
    listen(window)
    while window.live.readout is None or window.live.readout.time < 2.5:
        yield 50
    yield from camera.both("live first seconds")
    while window.live.readout.time < 14.0:
        yield 100
    yield from camera.both("live")
    window.show_view("predictions")
    yield 300
    camera.shoot("predictions while listening light")
    window.live.stop()
    yield from camera.quiet()
