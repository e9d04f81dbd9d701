"""Pictures of what is not there every day: work under way, refusals, long and foreign words."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from every_picture import Camera

LONG = (
    "interview 2024-11-03 kitchen table, second half after the break, "
    "speaker turned away from the microphone (copy of the original).flac"
)
HEBREW = "שיחה עם סבתא במטבח.flac"
NAME = "Wilhelmina-Alexandrine von und zu Hohenstein"
WORDS = ("فرح", "שמחה", "calm", "overwhelmed and quietly hopeful", "sad", "angry", "غضب شديد")


def states(camera: Camera) -> Iterator[int]:
    """Go through all of them; the window ends with other words and listeners."""
    for taken in (_tour, _under_way, _blind, _suggested, _live, _compared, _missing, _foreign):
        yield from taken(camera)
    yield from _look(camera)


def _tour(camera: Camera) -> Iterator[int]:
    window, tour = camera.window, camera.window.commands.program.tour
    window.show_view("label")
    window.workbench.choose(first_start=True, toured=False)
    tour.offer()
    yield 300
    yield from camera.both("tour offered")
    for place in range(6):
        tour.show_step(place)
        yield 300
        if camera.usual:
            yield from camera.both(f"tour {place + 1}")
        else:
            camera.shoot(f"tour {place + 1} light")
    tour.end()
    yield 100


def _under_way(camera: Camera) -> Iterator[int]:
    window, model = camera.window, camera.window.personalization
    model._set_adapt("running", 0.4, "Step 3 of 8, with what it learned from 22 labels")
    window.clips.show_opening(0.35, f"Reading {LONG}")
    window.top_bar.update()
    yield 200
    yield from camera.both("label adapting")
    window.show_view("predictions")
    window.under_way.show_opening(0.35, "Reading")
    yield 400
    yield from camera.both("predictions adapting")
    model._set_adapt("idle", 0.0, "")
    for panel in (window.clips, window.under_way):
        panel.show_opening(1.0, "")
    window.show_view("label")
    state, message = model.state, "No model is there: models/perser-base cannot be read."
    loading = model.loading
    model.state, model.loading = "failed", type(loading)(message=message)
    window.model_panel.show_state()
    yield 100
    yield from camera.both("label without a model")
    model.state, model.loading = state, loading
    window.model_panel.show_state()


def _blind(camera: Camera) -> Iterator[int]:
    window, session = camera.window, camera.window.session
    window.blind.choose(True)
    free = next(row.clip for row in session.rows if session.rating(row.clip.content) is None)
    window.workbench.go_to(free.content, play=False)
    yield 300
    window.notice.hide()
    yield from camera.both("label blind")
    window.show_view("predictions")
    yield 500
    yield from camera.both("predictions blind")
    window.predictions.search.setText("no clip is called so")
    yield 400
    yield from camera.both("predictions nothing matches")
    window.predictions.show_all()
    window.show_view("label")
    window.blind.choose(False)
    yield 200


def _suggested(camera: Camera) -> Iterator[int]:
    window, session = camera.window, camera.window.session
    window.personalization.suggest()
    yield 300
    yield from camera.quiet()
    words = session.emotions.words
    window.labelling.label(words[0])
    window.labelling.label(words[1], second=True)
    yield 300
    window.begin_word()
    window.label_panel.word_field.setText("s")
    window.label_panel.word_field.textEdited.emit("s")
    yield 300
    yield from camera.both("label suggested, a word being typed")
    window.label_panel.word_field.finish()
    window.label_panel.saving.show_state("failed", 2, "the disk is full; free some space")
    yield 100
    yield from camera.both("label not saved")
    window.label_panel._show_saving()
    window.veil.show_over(True)
    yield 200
    yield from camera.both("label files dragged over it")
    window.veil.show_over(False)
    yield from camera.quiet()


def _live(camera: Camera) -> Iterator[int]:
    from perser_gui.audio.devices import Device
    from perser_gui.errors import PerserError
    from perser_gui.live import Status

    window, live = camera.window, camera.window.live
    device = Device("desk", "Desk Microphone of the Second Meeting Room", "input", True)
    live.microphones.list_devices = lambda: [device]
    live.microphones.look()
    window.show_view("live")
    yield 400
    yield from camera.quiet()
    yield from camera.both("live welcome")

    def refused(key: str) -> object:
        raise PerserError("The system refuses the microphone: allow it in its privacy settings.")

    live._make_source = refused
    try:
        live.start()
    except PerserError as error:
        window.notice.say("danger", str(error))
    yield 500
    live._take_status(
        Status("lost", "The microphone is gone; it is waited for. Plug it in, or choose another.")
    )
    yield 300
    yield from camera.both("live refused")
    live.status = None
    live._tell_stream()
    yield from camera.quiet()
    window.notice.hide()


def _compared(camera: Camera) -> Iterator[int]:
    """Show the comparison of one listener alone, and of five."""
    window, session = camera.window, camera.window.session
    window.show_view("compare")
    yield 500
    first = session.listener
    assert first is not None
    window.beside.choose([first.id], models=False)
    window.compare.refresh()
    yield 300
    yield from camera.quiet()
    yield from camera.both("compare one")
    desk, words = window.workbench.desk, session.emotions.words
    people = [first.id]
    for shift, name in enumerate(("Jon B", "Ines", NAME, "דליה")):
        person = desk.add_listener(name)
        people.append(person.id)
        for number, row in enumerate(session.rows):
            word = words[(number + shift * (number % 3)) % len(words)]
            desk.rate(person.id, row.clip.content, emotions=[word])
    window.workbench.reread()
    yield from camera.quiet()
    window.beside.choose(people, models=True)
    window.compare.refresh()
    yield 500
    yield from camera.quiet()
    yield 300
    yield from camera.both("compare five")
    bar = window.compare.findChildren(type(window.predictions.table.verticalScrollBar()))
    for one in bar:
        one.setValue(one.maximum())
    yield 300
    yield from camera.both("compare five below")
    window.show_view("label")


def _missing(camera: Camera) -> Iterator[int]:
    """Show clips with long names and names that run the other way, and one whose file is gone."""
    window, session = camera.window, camera.window.session
    folder = Path(os.environ["PERSER_HOME"]) / "letters"
    folder.mkdir(exist_ok=True)
    for number, name in enumerate((LONG, HEBREW, "gone.flac")):
        shutil.copy(session.rows[number].clip.path, folder / name)
        with (folder / name).open("ab") as stream:
            stream.write(bytes([number]))
    window.workbench.open_paths([folder])
    yield 300
    yield from camera.quiet()
    (folder / "gone.flac").unlink()
    window.workbench.reread()
    yield from camera.quiet()
    window.notice.hide()
    yield from _go_to(camera, "gone.flac")
    yield from camera.both("label file missing")


def _go_to(camera: Camera, name: str) -> Iterator[int]:
    window = camera.window
    for row in window.session.rows:
        if row.clip.path.name == name:
            window.workbench.go_to(row.clip.content, play=False)
    yield 500


def _foreign(camera: Camera) -> Iterator[int]:
    from perser_gui.emotions import EmotionSet

    window, session = camera.window, camera.window.session
    window.workbench.rename_listener(session.listener.id, NAME)
    window.workbench.set_emotions(EmotionSet.of(list(WORDS)))
    yield 300
    yield from camera.quiet()
    for number, row in enumerate(session.rows[-6:]):
        window.labelling.label_clip(row.clip.content, (WORDS[number],))
    yield from camera.quiet()
    window.notice.hide()
    yield from _go_to(camera, LONG)
    yield from camera.both("label long names and words")
    window.show_view("predictions")
    yield 500
    yield from camera.both("predictions long names and words")
    window.show_view("label")
    yield from _go_to(camera, HEBREW)
    window.workbench.choose(direction="rtl")
    yield 300
    yield from camera.both("label from right to left")
    for name in ("predictions", "compare", "live", "studies"):
        window.show_view(name)
        yield 600
        camera.shoot(f"{name} from right to left light")
    window.workbench.choose(direction="ltr")
    window.show_view("label")
    yield 200


def _look(camera: Camera) -> Iterator[int]:
    """Show strong contrast, and text half as large again."""
    window = camera.window
    window.workbench.choose(contrast="more")
    yield from camera.both("label strong contrast")
    window.show_view("predictions")
    yield 400
    yield from camera.both("predictions strong contrast")
    window.show_view("label")
    window.workbench.choose(contrast="usual")
    if camera.usual:
        window.workbench.choose(text_size=1.5)
        yield 500
        yield from camera.both("label large text")
        for name in ("predictions", "compare", "live", "studies"):
            window.show_view(name)
            yield 500
            camera.shoot(f"{name} large text light")
        window.workbench.choose(text_size=1.0)
