"""A study with two people through the real window, by keys, from start to agreement."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from perser_gui import cli
from perser_gui.audio import playback
from perser_gui.desk import Desk
from perser_gui.desk.studies.definition import Study
from perser_gui.errors import PerserError
from perser_gui.settings import Settings, save_settings
from perser_gui.testing import write_tone
from perser_gui.ui.dialogs.study_dialog import NewStudyDialog
from perser_gui.ui.shell.window import MainWindow
from perser_gui.ui.study.task_window import TaskWindow

from .desk_session import Condition, act
from .every_action import SilentPlayer

pytestmark = pytest.mark.timeout(300)

PLAN = Study("Tones", ("high", "low"), (), repeats=2, gap=2, break_after=4, intensity=3)
OTHER = {"high": "low", "low": "high"}


class AtOnce(SilentPlayer):
    """A loudspeaker on which every clip is over as soon as it begins."""

    def play(self, *given: object, **options: object) -> None:
        super().play()
        self.playing = False
        if self.on_finished is not None:
            self.on_finished()


@pytest.fixture
def tones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(playback, "Player", AtOnce)
    save_settings(Settings(auto_play_next=False))
    folder = tmp_path / "tones"
    for number in range(8):
        write_tone(folder / f"{number}.wav", (200 if number % 2 else 2500) + 40 * number)
    return folder


def task_of(window: MainWindow) -> TaskWindow:
    task = window.commands.studies.task
    assert task is not None
    return task


def press(window: MainWindow, key: Qt.Key) -> None:
    task = task_of(window)
    QTest.keyClick(task.focusWidget() or task, key)


def begin(window: MainWindow, name: str) -> Iterator[Condition]:
    window.study_book.join(window.study_page.chosen or 0, name)
    yield lambda: window.commands.studies.task is not None
    assert window.taking_part.phase == "instructions"
    press(window, Qt.Key.Key_Return)


def answer(window: MainWindow, wrong: set[int], until: int) -> Iterator[Condition]:
    """Answer by keys as whoever hears the tones, but for some clips, up to a trial."""
    part = window.taking_part
    files = {c.content: int(Path(c.file).stem) for c in window.study_book.states[0].study.clips}
    while part.phase != "done":
        yield lambda: part.may_answer or part.phase in ("pause", "done")
        if part.phase == "pause":
            press(window, Qt.Key.Key_Return)
            continue
        if part.phase == "done" or part.trial is None or part.trial.number > until:
            return
        number, trial = files[part.trial.clip], part.trial
        word = 1 + number % 2
        press(window, Qt.Key.Key_0 + (3 - word if number in wrong else word))
        assert part.asks_strength
        press(window, Qt.Key.Key_1 + trial.number % 3)
        yield lambda trial=trial: part.trial is not trial


def test_two_people_by_keys_from_a_new_study_to_the_table_of_agreement(
    tones: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def first_day(window: MainWindow) -> Iterator[Condition]:
        yield lambda: window.workbench.is_ready
        QTest.keyClick(window, Qt.Key.Key_5, Qt.KeyboardModifier.ControlModifier)
        assert window.view_name == "studies"
        dialog = NewStudyDialog(window, PLAN.words, [], window.files)
        assert not dialog.accept_button.isEnabled()
        dialog.take_folder(tones)
        dialog.name.setText("Tones")
        dialog.repeats.setValue(2)
        dialog.gap.setValue(2)
        dialog.pause.setValue(4)
        dialog.intensity.setValue(3)
        assert dialog.accept_button.isEnabled()
        assert dialog.study == PLAN
        window.study_book.make(dialog.study, dialog.paths, blocks=False, groups="")
        dialog.deleteLater()
        yield lambda: window.study_book.states
        assert window.session.rows == [], "a study puts nothing on the list"
        yield lambda: window.study_page.chosen is not None
        yield from begin(window, "Ana")
        task = task_of(window)
        shown = {type(w).__name__ for w in task.findChildren(object)}
        assert not shown & {"ClipList", "ProbabilityBars", "PredictionsView", "ModelPanel"}
        yield from answer(window, set(), until=3)
        press(window, Qt.Key.Key_Escape)
        assert window.taking_part.phase == "pause"
        press(window, Qt.Key.Key_Escape)
        yield lambda: window.commands.studies.task is None
        yield lambda: window.study_book.states[0].sittings[0].done == 3

    assert act(first_day, []) == 0

    def another_day(window: MainWindow) -> Iterator[Condition]:
        yield lambda: window.workbench.is_ready
        window.show_view("studies")
        yield lambda: window.study_page.chosen is not None
        yield from begin(window, "Ana")
        yield lambda: window.taking_part.trial is not None
        assert window.taking_part.trial.number == 4
        yield from answer(window, set(), until=99)
        press(window, Qt.Key.Key_Return)
        yield lambda: window.commands.studies.task is None
        yield from begin(window, "Bo")
        yield from answer(window, {0, 1}, until=99)
        press(window, Qt.Key.Key_Return)
        yield lambda: window.commands.studies.task is None
        yield lambda: sum(s.done for s in window.study_book.states[0].sittings) == 20
        study = window.study_page.chosen
        assert study is not None
        window.study_book.export(study, tmp_path / "answers.csv")
        window.study_book.compute_agreement(study, tmp_path / "figures")
        yield lambda: window.study_book.agreements.get(study)
        found = window.study_book.agreements[study].found
        pair = found.pair("Ana", "Bo")
        assert pair is not None
        assert (pair.count, pair.same, pair.kappa) == (8, 6, pytest.approx(0.5))
        yield lambda: (tmp_path / "answers.csv").exists() and not window.runner.busy

    assert act(another_day, []) == 0

    with (tmp_path / "answers.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == 20
    for row in rows:
        number = int(row["file"].removesuffix(".wav"))
        true = "low" if number % 2 else "high"
        wrong = row["listener"] == "Bo" and number < 2
        assert row["emotion"] == (OTHER[true] if wrong else true)
        assert float(row["intensity"]) == 1 + int(row["trial"]) % 3
        assert row["plays"] == "1"
        assert float(row["response_s"]) >= 0
    capsys.readouterr()
    assert cli.main(["study", "agreement", "Tones", "--out", str(tmp_path / "terminal")]) == 0
    ours = (tmp_path / "figures" / "comparison.json").read_bytes()
    assert (tmp_path / "terminal" / "comparison.json").read_bytes() == ours


def test_an_answer_that_cannot_be_kept_waits_and_a_correction_keeps_both(
    tones: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk.open()
    from perser_gui.progress import Progress

    study, clips, _ = desk.study_of_files(
        Study("Short", ("high", "low"), (), order="listed", replays=1), [tones], Progress()
    )
    number = desk.keep_study(study, clips).id
    desk.close()
    genuine = Desk.answer_trial

    def refuse(*_: object, **__: object) -> None:
        raise PerserError("The disk is full; please make room.")

    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: window.workbench.is_ready
        window.show_view("studies")
        yield lambda: window.study_page.chosen is not None
        yield from begin(window, "Ana")
        part = window.taking_part
        yield lambda: part.may_answer
        assert part.replays_left == 1
        press(window, Qt.Key.Key_Space)
        yield lambda: part.plays == 2 and not part.playing
        press(window, Qt.Key.Key_Space)
        assert part.plays == 2  # no more than the study allows
        monkeypatch.setattr(Desk, "answer_trial", refuse)
        press(window, Qt.Key.Key_1)
        yield lambda: part.phase == "problem"
        assert "disk is full" in part.problem
        monkeypatch.setattr(Desk, "answer_trial", genuine)
        press(window, Qt.Key.Key_Return)
        yield lambda: part.trial is not None and part.trial.number == 2 and part.may_answer
        press(window, Qt.Key.Key_Backspace)
        yield lambda: part.trial is not None and part.trial.number == 1 and part.may_answer
        press(window, Qt.Key.Key_2)
        yield lambda: part.trial is not None and part.trial.number == 2 and part.may_answer
        press(window, Qt.Key.Key_0)
        yield lambda: part.trial is not None and part.trial.number == 3

    assert act(script, []) == 0  # the window is closed in the middle of a trial
    desk = Desk.open()
    try:
        rows = desk.study_results(number)
        assert [(r["trial"], r["emotion"], r["answer"], r["corrections"]) for r in rows] == [
            (1, "low", "emotion", 1),
            (2, "", "cant-tell", 0),
        ]
        assert rows[0]["plays"] == 1
    finally:
        desk.close()


def test_the_window_and_the_terminal_give_the_same_comparison(
    tones: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from perser_gui.emotions import EmotionSet
    from perser_gui.progress import Progress

    desk = Desk.open()
    clips = desk.open_clips([tones], Progress()).clips
    for name, said in (("Ana", "hhssccc"), ("Bo", "hssschc"), ("Cy", "hhs-ccs")):
        owner = desk.add_listener(name, EmotionSet.of(("happy", "sad", "calm")))
        for clip, letter in zip(clips, said, strict=False):
            words = [w for w in ("happy", "sad", "calm") if w[0] == letter]
            if words:
                desk.rate(owner.id, clip.content, emotions=words)
    desk.close()
    folder = tmp_path / "window"

    def script(window: MainWindow) -> Iterator[Condition]:
        yield lambda: window.personalization.state == "ready" and not window.runner.busy
        window.show_view("compare")
        yield (
            lambda: (
                window.beside.compared is not None
                and len(window.beside.compared.found.names) == 4
                and not window.runner.busy
            )
        )
        compared = window.beside.compared
        assert compared is not None
        pair = compared.found.pair("Ana", "Bo")
        assert pair is not None
        assert window.compare.matrix.text("Ana", "Bo") == "71 %"
        assert (pair.count, pair.same) == (7, 5)
        window.beside.save(folder)
        yield lambda: (folder / "agreement.png").exists() and not window.runner.busy

    assert act(script, []) == 0
    capsys.readouterr()
    assert cli.main(["compare", "--out", str(tmp_path / "terminal")]) == 0
    for name in ("comparison.json", "pairs.csv", "confusion.csv", "overall.csv", "agreement.svg"):
        ours, theirs = folder / name, tmp_path / "terminal" / name
        assert ours.read_bytes() == theirs.read_bytes(), name
