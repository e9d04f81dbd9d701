"""Pictures of studies: their page, and each step of the task that a listener sees."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from every_picture import Camera


class SilentPlayer:
    """A loudspeaker that is not there: it plays without a sound, and never comes to the end."""

    def __init__(self) -> None:
        self.on_finished = self.on_lost = self.device = None
        self.playing, self.position, self.volume = False, 0.0, 1.0

    def load(self, waveform) -> None:
        """Take another sound."""
        self.playing = False

    def play(self, start=0.0, end=None, loop=False, speed=1.0) -> None:
        """Begin."""
        self.playing, self.position = True, start

    def pause(self) -> None:
        """Stop."""
        self.playing = False

    close = pause


def studies(camera: Camera) -> Iterator[int]:
    """Make a study, let two take part, and show what came of it."""
    window, book = camera.window, camera.window.study_book
    window.taking_part._make_player = SilentPlayer
    window.show_view("studies")
    yield 300
    yield from _made(camera)
    yield from camera.both("studies nobody has begun")
    for number, name in enumerate(("Mira", "Jon")):
        yield from _sitting(camera, name, steps=not number)
    window.show_view("studies")
    book.refresh()
    yield 300
    yield from camera.quiet()
    yield from camera.both("studies with answers")
    window.study_page.agree_button.click()
    yield 300
    yield from camera.quiet()
    yield from camera.both("studies agreement")


def _made(camera: Camera) -> Iterator[int]:
    from perser_gui.desk.studies.definition import Study

    window = camera.window
    study = Study(
        "Kitchen table, first round",
        window.session.emotions.words,
        (),
        instructions="You hear short recordings of people who speak. Say of each how you would "
        "label it. There is no right and no wrong; what counts is how it sounds to you.",
        repeats=2,
        gap=2,
        break_after=4,
        second_word=True,
        intensity=5,
        replays=2,
        hear_whole=False,
    )
    paths = [row.clip.path for row in window.session.rows[:8]]
    window.study_book.make(study, paths, blocks=False, groups="")
    yield 300
    yield from camera.quiet()
    window.notice.hide()


def _sitting(camera: Camera, name: str, *, steps: bool) -> Iterator[int]:
    """Take part; where `steps`, with a picture of each step."""
    window, part = camera.window, camera.window.taking_part
    window.study_book.join(window.study_book.states[-1].id, name)
    while window.commands.studies.task is None:
        yield 50
    task = window.commands.studies.task
    yield 200

    def look(step: str) -> Iterator[int]:
        if not steps:
            return
        for shade in ("light", "dark"):
            window.theme.choose(shade)
            yield 250
            camera.shoot(f"task {step} {shade}", task)
        window.theme.choose("light")
        yield 100

    yield from look("instructions")
    part.go_on()
    yield from _until(lambda: part.loaded)
    words = window.session.emotions.words
    looked = False
    while part.phase != "done":
        if part.phase == "pause":
            yield from look("pause")
            part.problem = "The file of this clip is gone: put it back, then try again."
            part._show("problem")
            yield from look("problem")
            steps = False
            part._show("pause")
            part.go_on()
            yield 100
            continue
        yield from _until(lambda: part.loaded and part.may_answer)
        if not looked:
            yield from look("clip")
            part.choose(words[2])
            yield 100
            yield from look("a word chosen")
            part.confirm()
            yield 100
            yield from look("strength")
            looked = True
            part.say_strength(3)
        else:
            number = part.trial.number if part.trial is not None else 0
            part.choose(words[(number + len(name)) % len(words)])
            part.confirm()
            part.say_strength(2)
        yield 100
        yield from camera.quiet()
    steps = not name.startswith("J")
    yield from look("done")
    part.leave()
    yield 200
    yield from camera.quiet()


def _until(there) -> Iterator[int]:
    while not there():
        yield 50
