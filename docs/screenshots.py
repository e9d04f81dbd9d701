"""Pictures of the real window: real clips, an isolated home, labels by key, an adaptation.

    python docs/screenshots.py [--clips FOLDER] [--out docs/images]

Without `--clips` it uses RAVDESS in `PERSER_CORPORA` if that is set, else the starter
clips. Runs without a screen (`QT_QPA_PLATFORM=offscreen` unless something else is set).
"""

from __future__ import annotations

import argparse
import csv
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(ROOT))

RAVDESS = dict(
    zip(
        ("01", "02", "03", "04", "05", "06", "07", "08"),
        ("neutral", "calm", "happy", "sad", "angry", "fearful", "disgusted", "surprised"),
        strict=True,
    )
)

OWN_WAY = {"calm": "neutral", "fearful": "surprised", "disgusted": "angry"}
"""How the listener of the pictures hears three of the acted emotions."""


def main() -> int:
    """Take all pictures and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=Path, help="a folder of clips to show")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "images")
    parser.add_argument("--labels", type=int, default=20, help="how many clips to label")
    parser.add_argument("--sizes", action="store_true", help="also the smallest and a large size")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="perser-pictures-") as home:
        os.environ["PERSER_HOME"] = home
        from perser_gui.settings import Settings, save_settings

        save_settings(Settings(toured=True))
        folder, labels = chosen_clips(wanted.clips, Path(home))
        return take(folder, labels, wanted.labels, wanted.out, wanted.sizes)


def chosen_clips(given: Path | None, home: Path) -> tuple[Path | None, dict[str, str]]:
    """Return a folder of clips with neutral names, and what the listener will say about them."""
    corpora = os.environ.get("PERSER_CORPORA")
    if given is not None:
        return given, {}
    if corpora and (Path(corpora) / "ravdess").is_dir():
        return copied_ravdess(Path(corpora) / "ravdess", home / "recordings")
    labels = {}
    with (ROOT / "resources" / "starter" / "ratings.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            labels[Path(row["file"]).name] = row["emotion"]
    return None, labels


def copied_ravdess(source: Path, target: Path) -> tuple[Path, dict[str, str]]:
    """Copy some clips of four speakers under plain names; labels are the acted emotions."""
    labels: dict[str, str] = {}
    target.mkdir(parents=True)
    files = sorted(p for p in source.rglob("*") if p.suffix in (".flac", ".wav", ".ogg"))
    actors = sorted({p.stem.split("-")[6] for p in files if len(p.stem.split("-")) == 7})[:4]
    chance = random.Random(4)
    for actor in actors:
        mine = [p for p in files if p.stem.split("-")[-1] == actor]
        for number, path in enumerate(chance.sample(mine, min(16, len(mine))), start=1):
            name = f"speaker {chr(64 + actors.index(actor) + 1)} take {number:02d}{path.suffix}"
            shutil.copy(path, target / name)
            acted = RAVDESS[path.stem.split("-")[2]]
            labels[name] = OWN_WAY.get(acted, acted)
    return target, labels


def take(folder: Path | None, labels: dict[str, str], count: int, out: Path, sizes: bool) -> int:
    """Open the desk, work in it and save the pictures."""
    from PySide6.QtCore import QTimer

    from perser_gui.settings import Settings, save_settings
    from perser_gui.ui import main as open_desk
    from perser_gui.ui.shell.window import MainWindow

    save_settings(Settings(theme="dark", auto_play_next=False, toured=True))
    out.mkdir(parents=True, exist_ok=True)
    failures: list[str] = []

    def opened(window: MainWindow) -> None:
        steps = work(window, labels, count, out, sizes)

        def step() -> None:
            try:
                wait = next(steps)
            except StopIteration:
                window.close()
                return
            except Exception as error:
                failures.append(repr(error))
                window.close()
                raise
            QTimer.singleShot(wait, step)

        QTimer.singleShot(50, step)

    arguments = [str(folder)] if folder is not None else ["--starter"]
    status = open_desk(arguments, opened=opened)
    return status or int(bool(failures))


def work(window, labels: dict[str, str], count: int, out: Path, sizes: bool) -> Iterator[int]:
    """Do what a listener does, yielding how long to wait (ms) after each step."""
    from PySide6.QtTest import QTest

    def shoot(name: str) -> None:
        window.grab().save(str(out / name))
        sys.stdout.write(f"{out / name}\n")

    def key_of(word: str) -> str:
        words = window.session.emotions.words
        return str(words.index(word) + 1) if word in words else "1"

    window.resize(1280, 800)
    session, model = window.session, window.personalization
    while not session.rows or window.runner.busy or model.state != "ready":
        yield 200
    window.workbench.rename_listener(session.listener.id, "Mira")
    yield 300
    second_listener(window, labels)
    yield 300
    for _ in range(count):
        QTest.keyClicks(window, key_of(labels.get(session.current_clip.path.name, "")))
        yield 60
        window.labelling.confirm()
        yield 120
    model.adapt()
    while window.runner.busy:
        yield 200
    free = [clip for clip in session.visible if clip not in session.ratings]
    if free:
        window.workbench.go_to(max(free, key=lambda clip: session.disagreement(clip) or 0.0))
        yield 400
    QTest.keyClicks(window, key_of(labels.get(session.current_clip.path.name, "")))
    window.notice.hide()
    if window.listening.sound is not None:
        window.listening.seek(window.listening.sound.seconds * 0.42)
    yield 400
    shoot("desk.png")
    window.label_panel.spectrogram.setChecked(True)
    yield 800
    shoot("desk-spectrogram.png")
    window.label_panel.spectrogram.setChecked(False)
    window.commands.program.toggle_theme()
    yield 400
    shoot("desk-light.png")
    if sizes:
        for width, height in ((1100, 700), (1600, 1000)):
            window.resize(width, height)
            yield 300
            shoot(f"desk-{width}.png")
        window.resize(1280, 800)
    window.commands.program.toggle_theme()
    for view in ("predictions", "compare"):
        window.show_view(view)
        yield 600
        shoot(f"{view}.png")
    yield from cut_a_recording(window, shoot)
    yield from listen_live(window, shoot, sizes)


def cut_a_recording(window, shoot) -> Iterator[int]:
    """Add a recording, label two thirds of its utterances and show the timeline."""
    session = window.session
    window.show_view("label")
    recording = glued([row.clip.path for row in session.rows[:28]])
    window.workbench.open_paths([recording])
    while window.runner.busy or not session.utterances(_recording_at_end(window)):
        yield 200
    parts = session.utterances(_recording_at_end(window))
    for number, part in enumerate(parts[: 2 * len(parts) // 3]):
        window.workbench.go_to(part.content)
        yield 40
        guess = session.best_prediction(part.content)
        words = session.emotions.words
        place = words.index(guess.emotion) if guess is not None else 0
        window.labelling.label(words[(place + (number % 4 == 3)) % len(words)])
        yield 40
    window.workbench.go_to(parts[2 * len(parts) // 3].content)
    window.notice.hide()
    while window.runner.busy:
        yield 200
    yield 400
    shoot("timeline.png")


def listen_live(window, shoot, sizes: bool) -> Iterator[int]:
    """Listen to some clips, correct the last utterance and show the Live view."""
    from PySide6.QtTest import QTest

    listen(window)
    while window.live.readout is None or window.live.readout.time < 14.0:
        yield 100
    QTest.keyClicks(window, "m")
    heard = window.live.utterances[-1]
    window.live.choose(heard)
    window.live.that_was(labels_like(window, heard))
    while window.live.readout.state != "speech" or window.live.readout.time < 20.0:
        yield 50
    window.notice.hide()
    yield 100
    shoot("live.png")
    if sizes:
        window.commands.program.toggle_theme()
        yield 400
        shoot("live-light.png")
        window.resize(1100, 700)
        yield 300
        shoot("live-1100.png")
    window.live.stop()


def listen(window) -> None:
    """Let clips of the list play the part of a microphone, at the speed of sound."""
    import numpy as np

    from perser_gui.audio import open_waveform
    from perser_gui.audio.devices import Device
    from perser_gui.live import SampleSource

    silence = np.zeros(16_000, np.float32)
    parts = [silence]
    for row in window.session.rows[:12]:
        parts += [open_waveform(row.clip.path).samples, silence]
    sound = np.concatenate(parts)
    name = "Desk Microphone"
    window.live.microphones.list_devices = lambda: [Device("desk", name, "input", True)]
    window.live._make_source = lambda key: SampleSource(sound, name=name)
    window.show_view("live")
    window.live.start()


def labels_like(window, heard) -> str:
    """Return a word to correct an utterance with: the second likeliest."""
    order = heard.probabilities.argsort()
    return window.session.emotions.words[int(order[-2])]


def _recording_at_end(window) -> str:
    return window.session.rows[-1].clip.recording


def glued(clips: list[Path]) -> Path:
    """Return a recording of clips with pauses between them, in the isolated home."""
    import numpy as np
    import soundfile

    from perser_gui.audio import RATE, open_waveform

    chance = np.random.default_rng(4)
    parts = []
    for clip in clips:
        pause = 1e-3 * chance.standard_normal(int(RATE * chance.uniform(0.5, 1.6)))
        parts += [open_waveform(clip).samples, pause.astype(np.float32)]
    path = Path(os.environ["PERSER_HOME"]) / "calls" / "conversation.wav"
    path.parent.mkdir(exist_ok=True)
    soundfile.write(path, np.concatenate(parts), RATE)
    return path


def second_listener(window, labels: dict[str, str]) -> None:
    """Add a listener who hears every clip as it was acted, for the comparison."""
    desk = window.workbench.desk
    jon = desk.add_listener("Jon")
    acted = {own: word for word, own in OWN_WAY.items()}
    for row in window.session.rows[:30]:
        said = labels.get(row.clip.path.name, "neutral")
        desk.rate(jon.id, row.clip.content, emotions=[acted.get(said, said)])
    window.workbench.reread()


if __name__ == "__main__":
    sys.exit(main())
