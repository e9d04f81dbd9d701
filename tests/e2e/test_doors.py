"""What one door writes, the other reads: by its content, whatever its name."""

from __future__ import annotations

import csv
import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QUrl

from perser_gui import cli
from perser_gui.desk import Desk
from perser_gui.emotions import EmotionSet
from perser_gui.progress import Progress
from perser_gui.records import Profile
from perser_gui.testing import write_tone
from perser_gui.ui.shell.window import MainWindow
from perser_gui.ui.widgets.file_questions import FileDialog

NAMES = ("my-model.perser", "model.safetensors", "model", "labels.csv")
DOORS = ("window", "terminal")
WORDS = ("glad", "grim", "even")


@pytest.fixture
def at_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], None]:
    """Continue as the user of another computer."""

    def go(name: str) -> None:
        monkeypatch.setenv("PERSER_HOME", str(tmp_path / name))

    return go


@functools.cache
def base() -> str:
    """The digest of the model that both doors use."""
    from perser_gui.model.checkpoint import load_checkpoint

    return load_checkpoint("perser-base").digest


@pytest.fixture
def adas(at_home: Callable[[str], None], tmp_path: Path) -> dict[str, str]:
    """The computer of Ada: three tones with her labels, and a profile in use."""
    at_home("ada")
    for number, word in enumerate(WORDS):
        write_tone(tmp_path / "tones" / f"{word}.wav", 300.0 + 200 * number)
    desk = Desk.open()
    try:
        ada = desk.add_listener("Ada", EmotionSet.of(WORDS))
        clips = desk.open_clips([tmp_path / "tones"], Progress()).clips
        for clip in clips:
            desk.rate(ada.id, clip.content, emotions=(clip.path.stem,))
        weights = {"bias": np.arange(3, dtype=np.float32)}
        profile = Profile("bias-and-temperature", base(), WORDS, weights, 7, 5, "cpu")
        desk._store.add_profile(ada.id, profile, current=True)
    finally:
        desk.close()
    return {clip.content: clip.path.stem for clip in clips}


@contextmanager
def the_window(qtbot) -> Iterator[MainWindow]:
    window = MainWindow(Desk.open, load_model=False)
    window.show()
    with qtbot.waitSignal(window.became_ready, timeout=30_000):
        window.start()
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=30_000)
    yield window
    qtbot.waitUntil(lambda: not window.runner.busy, timeout=30_000)
    window.close()
    window.deleteLater()


def write(door: str, what: str, path: Path, qtbot) -> None:
    if door == "terminal":
        assert cli.main(["export", str(path), "--listener", "Ada", "--what", what]) == 0
        return
    with the_window(qtbot) as window:
        {"profile": window.exchange.export_model, "ratings": window.exchange.export_ratings}[what](
            path
        )


def read(door: str, path: Path, audio: Path, qtbot) -> None:
    if door == "terminal":
        assert cli.main(["import", str(path), "--audio", str(audio)]) == 0
        return
    with the_window(qtbot) as window:
        imports = window.commands.imports
        if audio.name == "tones":
            imports.open_labels(path, audio)
        else:
            imports.take_in([QUrl.fromLocalFile(str(path))])
        qtbot.waitUntil(
            lambda: bool(imports.model_dialog or (imports.dialog and imports.dialog.plan)),
            timeout=30_000,
        )
        (imports.model_dialog or imports.dialog).accept()
        qtbot.waitUntil(lambda: not window.runner.busy, timeout=30_000)
        assert window.notice.tone != "danger", window.notice.text.text()


@pytest.mark.parametrize("reader", DOORS)
@pytest.mark.parametrize("writer", DOORS)
@pytest.mark.parametrize("name", NAMES)
def test_a_profile_goes_through_every_pair_of_doors(
    adas, at_home, writer: str, reader: str, name: str, tmp_path: Path, qtbot
) -> None:
    path = tmp_path / "taken" / name
    write(writer, "profile", path, qtbot)
    at_home("ben")
    read(reader, path, tmp_path, qtbot)
    desk = Desk.open()
    try:
        ada = desk.listener_named("Ada")
        record = desk.current_profile(ada.id)
        assert ada.emotions.words == WORDS
        assert record is not None
        assert record.profile.seed == 7
        np.testing.assert_array_equal(record.profile.parameters["bias"], [0.0, 1.0, 2.0])
    finally:
        desk.close()


@pytest.mark.parametrize("reader", DOORS)
@pytest.mark.parametrize("writer", DOORS)
@pytest.mark.parametrize("name", ["labels.csv", "labels", "labels.perser"])
def test_labels_go_through_every_pair_of_doors(
    adas, at_home, writer: str, reader: str, name: str, tmp_path: Path, qtbot
) -> None:
    written = tmp_path / "taken" / "as-written.csv"
    written.parent.mkdir()
    write(writer, "ratings", written, qtbot)
    path = written.rename(written.with_name(name))
    at_home("ben")
    read(reader, path, tmp_path / "tones", qtbot)
    desk = Desk.open()
    try:
        ratings = desk.ratings(desk.listener_named("Ada").id)
        assert {rating.clip: rating.emotions for rating in ratings} == {
            content: (word,) for content, word in adas.items()
        }
    finally:
        desk.close()


def test_a_damaged_profile_is_called_so_and_no_broken_table(adas, tmp_path, qtbot, capsys) -> None:
    path = tmp_path / "my-model.perser"
    write("terminal", "profile", path, qtbot)
    path.write_bytes(path.read_bytes()[:-4])
    capsys.readouterr()
    assert cli.main(["import", str(path)]) == 2
    assert "damaged" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("made", "written"),
    [
        ("any", {"glad": "yes", "grim": "no", "even": ""}),
        ("blind", {"glad": "yes"}),
        ("seen", {"grim": "no"}),
    ],
)
def test_labels_go_out_in_one_step_and_the_table_says_how_each_was_made(
    made: str,
    written: dict[str, str],
    adas: dict[str, str],
    tmp_path: Path,
    qtbot,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    how = {"glad": True, "grim": False}
    desk = Desk.open()
    for content, word in adas.items():
        if word in how:
            desk.rate(1, content, emotions=(word,), blind=how[word])
    desk.close()
    path = tmp_path / "out.csv"
    titles: list[str] = []

    def ask(dialog: FileDialog) -> list[Path]:
        titles.append(dialog.shown.windowTitle())
        return [path]

    monkeypatch.setattr(FileDialog, "ask", ask)
    command = {"any": "export-ratings"}.get(made, f"export-{made}")
    with the_window(qtbot) as window:
        window.commands.actions[command].trigger()
        qtbot.waitUntil(path.exists, timeout=30_000)
    (title,) = titles
    assert str(len(written)) in title
    with path.open(encoding="utf-8", newline="") as table:
        assert {row["emotion"]: row["blind"] for row in csv.DictReader(table)} == written


def test_no_file_is_asked_for_where_no_label_was_made_so(
    adas: dict[str, str], qtbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(FileDialog, "ask", lambda _: asked.append(1))
    with the_window(qtbot) as window:
        window.commands.actions["export-blind"].trigger()
        said = window.notice.text.text()
    assert said == ("None of your labels was made blind; 3 do not say how they were made.")
    assert asked == []
