"""Labels through the real window when something stands in the way: locks, full disks, closing.

`PERSER_PICTURES` names a folder that takes a picture of every dialog and notice.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QPushButton

from perser_gui import paths
from perser_gui.audio.hashes import content_hash
from perser_gui.emotions import Emotion, EmotionSet
from perser_gui.records import Clip
from perser_gui.settings import Settings, save_settings
from perser_gui.store import Store, database
from perser_gui.testing import tiny_checkpoint, tiny_encoder, write_tone
from perser_gui.ui.acts import loudspeaker
from perser_gui.ui.dialogs.deleting import DeleteDialog
from perser_gui.ui.shell.window import MainWindow

from .desk_session import Condition, act, press, ready, saved
from .dialogs import Opened
from .every_action import SilentPlayer

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]

CONTROL = Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier
SPOOL = "unsaved-labels.json"


@pytest.fixture
def data(home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, qapp: QApplication) -> Path:
    """A listener with three clips, as an earlier day left them."""
    from perser_gui.model.checkpoint import save_checkpoint
    from perser_gui.upstream import encoders

    monkeypatch.setattr(encoders, "load_encoder", lambda *_args, **_options: tiny_encoder())
    monkeypatch.setattr(loudspeaker, "_system_player", SilentPlayer)
    checkpoint = save_checkpoint(tiny_checkpoint(), tmp_path / "checkpoint")
    save_settings(Settings(checkpoint=str(checkpoint), auto_play_next=False))
    store = Store(paths.data_dir())
    store.add_listener("Ana", EmotionSet.of(("happy", "sad", "angry")))
    for number in range(3):
        path = write_tone(tmp_path / "audio" / f"{number}.wav", 200 + 90 * number)
        store.add_clips([Clip(content_hash(path), path, 0.4, source=str(path.parent))])
    store.close()
    return paths.data_dir()


def labels(data: Path) -> list[str]:
    store = Store(data)
    try:
        return [
            r.emotions[0] for one in store.listeners() for r in store.ratings(one.id) if r.emotions
        ]
    finally:
        store.close()


def pictured(name: str) -> None:
    folder = os.environ.get("PERSER_PICTURES")
    if folder:
        for number, window in enumerate(QApplication.topLevelWidgets()):
            if window.isVisible():
                window.grab().save(f"{folder}/{name}-{number}.png")


class Answers:
    """Presses a button of each dialog that opens, by what stands on it; keeps what was said."""

    def __init__(self, *buttons: str) -> None:
        self._buttons = list(buttons)
        self.said: list[str] = []
        self.texts: list[str] = []
        self._timer = QTimer()
        self._timer.setInterval(20)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def _look(self) -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, QDialog):
            return
        if not self._buttons:
            if dialog.windowTitle() == "Labels not saved":  # a test that failed closes the window
                dialog.accept()
            return
        found = {b.text().replace("&", ""): b for b in dialog.findChildren(QPushButton)}
        if self._buttons[0] not in found:
            return
        button = self._buttons.pop(0)
        pictured(button.replace(" ", "-"))
        self.said.append(dialog.windowTitle())
        self.texts.append(" ".join(label.text() for label in dialog.findChildren(QLabel)))
        found[button].click()

    def __enter__(self) -> Answers:
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.stop()


@contextlib.contextmanager
def locked(data: Path) -> Iterator[Callable[[], None]]:
    """Another program is writing, until it is told to stop."""
    other = sqlite3.connect(data / "perser.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    done: list[bool] = []

    def stop() -> None:
        if not done:
            done.append(True)
            other.execute("ROLLBACK")
            other.close()

    try:
        yield stop
    finally:
        stop()


def visible(window: MainWindow, text: str) -> Callable[[], bool]:
    return lambda: any(
        text in label.text() for label in window.findChildren(QLabel) if label.isVisible()
    )


def test_closing_waits_in_sight_until_labels_are_saved(data: Path) -> None:
    with locked(data) as free, Answers() as answers:

        def script(window: MainWindow) -> Iterator[Condition]:
            yield ready(window)
            press(window, Qt.Key.Key_1)
            yield lambda: window.labelling.save_state == "saving"
            window.close()
            assert window.isVisible()
            yield lambda: QApplication.activeModalWidget() is not None
            pictured("closing-waits")
            dialog = QApplication.activeModalWidget()
            assert dialog is not None
            assert dialog.windowTitle() == "Saving your labels"
            free()
            yield lambda: not window.isVisible()

        assert act(script, [], patience=60.0) == 0
        assert answers.said == []
    assert labels(data) == ["happy"]
    assert not (data / SPOOL).exists()


def test_what_was_not_saved_at_closing_is_offered_at_the_next_start(data: Path) -> None:
    with locked(data), Answers("Close now") as answers:

        def first(window: MainWindow) -> Iterator[Condition]:
            yield ready(window)
            press(window, Qt.Key.Key_2)
            yield lambda: window.labelling.save_state == "saving"
            window.close()
            yield lambda: not window.isVisible()

        assert act(first, [], patience=60.0) == 0
        assert answers.said == ["Saving your labels"]
    assert labels(data) == []
    assert (data / SPOOL).is_file()
    with Answers("Save now") as answers:

        def second(window: MainWindow) -> Iterator[Condition]:
            yield ready(window)
            yield lambda: answers.said
            yield saved(window)
            yield lambda: len(window.session.ratings) == 1
            yield lambda: not (data / SPOOL).exists()

        assert act(second, [], patience=60.0) == 0
        assert "1 label could not be saved" in answers.texts[0]
    assert labels(data) == ["sad"]


def test_a_full_disk_is_called_by_its_name_and_retry_saves(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = [True]
    real = database.Database.write

    @contextlib.contextmanager
    def write(self: database.Database) -> Iterator[sqlite3.Connection]:
        with real(self) as connection:
            yield connection
            if full[0]:
                raise sqlite3.OperationalError("database or disk is full")

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        monkeypatch.setattr(database.Database, "write", write)
        press(window, Qt.Key.Key_3)
        yield lambda: window.labelling.save_state == "failed"
        assert "the disk is full" in window.labelling.save_problem
        yield visible(window, "the disk is full")
        pictured("disk-is-full")
        window.close()  # it asks, and stays
        assert window.isVisible()
        full[0] = False
        retry = [b for b in window.findChildren(QPushButton) if b.text() == "Retry"]
        next(b for b in retry if b.isVisible()).click()
        yield saved(window)
        pictured("saved-again")

    with Answers("Stay") as answers:
        assert act(script, [], patience=60.0) == 0
        assert "1 label could not be saved" in answers.texts[0]
        assert "the disk is full" in answers.texts[0]
    assert labels(data) == ["angry"]


def test_a_merge_of_words_is_undone_as_one(data: Path) -> None:
    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        press(window, Qt.Key.Key_1)
        yield saved(window)
        before = window.session.emotions
        happy, sad, angry = before.emotions
        merged = Emotion("strong", happy.colour, (*happy.sources, *angry.sources))
        window.workbench.set_emotions(EmotionSet((merged, sad)))
        yield lambda: window.session.emotions.words == ("strong", "sad")
        yield lambda: not window.runner.busy
        press(window, Qt.Key.Key_Z, CONTROL)
        yield lambda: window.session.emotions == before
        (rating,) = window.session.ratings.values()
        assert rating.emotions == ("happy",)
        press(window, Qt.Key.Key_Y, CONTROL)
        yield lambda: window.session.emotions.words == ("strong", "sad")
        yield lambda: not window.runner.busy

    assert act(script, [], patience=60.0) == 0
    assert labels(data) == ["happy"]


def test_a_backup_is_brought_back_and_a_listener_deleted_through_the_menu(data: Path) -> None:
    store = Store(data)
    contents = [clip.content for clip in store.clips()]
    store.add_rating(1, contents[0], ("happy",))
    store.backup_automatically("first opening of the day")
    store.add_rating(1, contents[1], ("sad",))
    store.close()

    def typed(dialog: DeleteDialog) -> None:
        said = dialog.goes.text()
        assert "1 label," in said
        assert "automatic backups" in said
        assert not dialog.accept_button.isEnabled()
        QTest.keyClicks(dialog.field, "An")
        dialog.accept()
        assert dialog.isVisible()
        QTest.keyClicks(dialog.field, "a")
        dialog.accept_button.click()

    with Answers("Bring back") as answers:

        def script(window: MainWindow) -> Iterator[Condition]:
            yield ready(window)
            assert len(window.session.ratings) == 2
            window.commands.actions["restore"].trigger()
            yield lambda: len(window.session.ratings) == 1
            yield lambda: not window.runner.busy
            pictured("restored")
            with Opened(DeleteDialog, typed) as asked:
                window.commands.actions["delete-listener"].trigger()
            assert asked.count == 1
            yield lambda: "Ana" not in [one.name for one in window.session.listeners]
            yield lambda: not window.runner.busy
            pictured("deleted")

        assert act(script, [], patience=60.0) == 0
        assert answers.said == ["Bring back a backup"]
    assert labels(data) == []
    left = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert b"Ana" not in left


def test_a_window_over_a_store_that_cannot_be_written_shows_labels_and_says_why(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(data)
    store.add_rating(1, store.clips()[0].content, ("happy",))
    store.close()

    def refused(self: database.Database) -> None:
        raise database.UnwritableError(
            f"{self.path} cannot be written: it lies on a read-only medium."
        )

    monkeypatch.setattr(database.Database, "_prepare", refused)

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        assert len(window.session.ratings) == 1
        yield visible(window, "read-only medium")
        pictured("read-only")
        shown = window.label_panel.saving
        assert shown.text.text() == "Labels can be read only"
        assert "read-only medium" in shown.toolTip()
        window.workbench.go_to(window.session.rows[1].clip.content, play=False)
        before = dict(window.session.ratings)
        for key, held in (
            (Qt.Key.Key_2, NONE),
            (Qt.Key.Key_0, NONE),
            (Qt.Key.Key_1, Qt.KeyboardModifier.ShiftModifier),
            (Qt.Key.Key_Z, CONTROL),
            (Qt.Key.Key_Y, CONTROL),
        ):
            window.notice.hide()
            press(window, key, held)
            yield visible(window, "Nothing was set or changed.")
            assert dict(window.session.ratings) == before
            assert window.labelling.save_state == "read-only"
            assert not window.session.unsaved
        pictured("read-only-label")
        window.workbench.go_to(window.session.rows[0].clip.content, play=False)
        window.notice.hide()
        press(window, Qt.Key.Key_Delete)
        yield visible(window, "Nothing was set or changed.")
        assert dict(window.session.ratings) == before
        assert len(window.notice.bars) == 1
        window.close()  # nothing waits, so nothing is asked
        yield lambda: not window.isVisible()

    assert act(script, [], patience=60.0) == 0
    assert labels(data) == ["happy"]


def test_labels_that_wait_from_an_earlier_run_still_wait_after_one_that_could_only_read(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with locked(data), Answers("Close now"):

        def first(window: MainWindow) -> Iterator[Condition]:
            yield ready(window)
            press(window, Qt.Key.Key_2)
            yield lambda: window.labelling.save_state == "saving"
            window.close()
            yield lambda: not window.isVisible()

        assert act(first, [], patience=60.0) == 0
    kept = (data / SPOOL).read_bytes()

    def refused(self: database.Database) -> None:
        raise database.UnwritableError("It lies on a read-only medium.")

    def second(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        yield visible(window, "read-only medium")
        yield lambda: not window.runner.busy
        window.close()
        yield lambda: not window.isVisible()

    with monkeypatch.context() as patched, Answers("Save now", "Throw away") as answers:
        patched.setattr(database.Database, "_prepare", refused)
        assert act(second, [], patience=60.0) == 0
    assert answers.said == []
    assert (data / SPOOL).read_bytes() == kept


def test_a_store_that_another_program_is_writing_is_called_so_and_retry_saves(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.2)
    freed: list[Callable[[], None]] = []

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        with locked(data) as free:
            freed.append(free)
            press(window, Qt.Key.Key_3)
            yield lambda: window.labelling.save_state == "failed"
            assert "being written by another program" in window.labelling.save_problem
            yield visible(window, "1 label not saved")
        retry = [b for b in window.findChildren(QPushButton) if b.text() == "Retry"]
        next(b for b in retry if b.isVisible()).click()
        yield saved(window)

    assert act(script, [], patience=60.0) == 0
    assert labels(data) == ["angry"]
