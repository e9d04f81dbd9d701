"""Adding clips: what is said, what is at hand then, and the starter clips."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from perser_gui.desk import OpenedClips
from perser_gui.records import Clip
from perser_gui.ui.acts.wording import added_sentence, problems_sentence
from perser_gui.ui.dialogs.unread_files import UnreadFilesDialog
from perser_gui.ui.shell.window import MainWindow

from ..fake_desk import FakeDesk


def said(window: MainWindow) -> list[str]:
    return [bar.text.text() for bar in window.notice.bars]


def clips(count: int, speaker: str | None = None) -> list[Clip]:
    return [Clip(f"{n:064x}", Path(f"/a/{n}.wav"), 1.0, speaker) for n in range(count)]


def test_what_was_added_is_told_with_the_voices_it_counts_as() -> None:
    guessed = clips(30)
    opened = OpenedClips(guessed, [], [])
    assert added_sentence(opened, guessed) == (
        "30 clips added. Nothing says who speaks in them: they are taken as one voice."
    )
    named = [replace(c, speaker=f"emodb-{n % 10:02d}") for n, c in enumerate(guessed)]
    assert "10 voices, as is known of them" in added_sentence(OpenedClips(named, [], []), named)
    mixed = [*clips(2), *named[2:]]
    assert added_sentence(OpenedClips(mixed, [], []), mixed) == (
        "30 clips added. Nothing says who speaks in some of them: all are taken as 11 voices."
    )
    assert added_sentence(opened, []) == "30 clips on the list already."
    assert added_sentence(OpenedClips(guessed[:1], [], []), guessed[:1]) == "1 clip added."


def test_the_first_new_clip_is_at_hand_after_adding(window: MainWindow, qtbot) -> None:
    window.workbench.open_paths([Path("/new/one.wav"), Path("/new/two.wav")])
    qtbot.waitUntil(lambda: len(window.session.rows) == 14)
    qtbot.waitUntil(lambda: window.session.current_clip.path.name == "one.wav")
    assert "2 clips added. Nothing says who speaks in them: they are taken as one voice." in said(
        window
    )


def test_who_went_on_while_clips_were_read_stays_there(window: MainWindow, desk, qtbot) -> None:
    desk.opening.clear()
    window.workbench.open_paths([Path("/new/one.wav")])
    there = window.session.visible[5]
    window.workbench.go_to(there, play=False)
    desk.opening.set()
    qtbot.waitUntil(lambda: len(window.session.rows) == 13)
    assert window.session.current == there


def test_voices_can_be_changed_where_they_are_told(
    window: MainWindow, desk: FakeDesk, qtbot, monkeypatch
) -> None:
    window.workbench.open_paths([Path("/new/one.wav"), Path("/new/two.wav")])
    qtbot.waitUntil(lambda: len(window.session.rows) == 14)
    (bar,) = [bar for bar in window.notice.bars if "voice" in bar.text.text()]

    def choose(dialog) -> bool:
        dialog.voices.setCurrentIndex(dialog.voices.findData("file"))
        return True

    monkeypatch.setattr("perser_gui.ui.shell.commands.CuttingDialog.exec", choose)
    bar.button.click()
    qtbot.waitUntil(lambda: len(desk.intakes) == 2)
    assert [voices for voices, _ in desk.intakes] == ["folder", "file"]
    qtbot.waitUntil(lambda: not window.runner.busy)


def test_the_desk_begins_where_one_left(open_window, desk: FakeDesk, qtbot) -> None:
    first = open_window(desk, model=False)
    first.workbench.go_to(first.session.visible[7], play=False)
    left = first.session.current
    first.close()
    assert open_window(FakeDesk(clips=12), model=False).session.current == left


def test_starter_clips_are_offered_once_and_not_again_after_they_were_removed(
    open_window, desk: FakeDesk, qtbot
) -> None:
    window = open_window(desk, model=False)
    window.workbench.offer_starter_clips()
    qtbot.waitUntil(lambda: len(desk.limits) == 1)
    qtbot.waitUntil(lambda: not window.runner.busy)
    desk.library = [replace(clip, synthetic=True) for clip in desk.library]
    window.workbench.offer_starter_clips()
    qtbot.waitUntil(lambda: not window.runner.busy)
    assert not window.session.coming
    assert len(desk.limits) == 1


def test_the_starter_clips_are_not_offered_while_something_is_read(open_window, qtbot) -> None:
    desk = FakeDesk(clips=0)
    desk.opening.clear()
    window = open_window(desk, model=False)
    button = window.label_panel.starter_button
    assert button.isVisible()
    window.workbench.open_starter_clips()
    assert not button.isVisible()
    window.workbench.cancel_opening()
    desk.opening.set()
    qtbot.waitUntil(button.isVisible)


def test_show_lists_each_unread_file_with_its_reason(
    window: MainWindow, qtbot, monkeypatch
) -> None:
    problems = [f"{name}.wav is empty." for name in ("a", "b", "c", "d")]
    opened = OpenedClips(clips(1), problems, [])
    assert problems_sentence(opened) == (
        "warning",
        "a.wav is empty. 3 more could not be read.",
    )
    window.workbench._say_what_came(opened, opened.clips, [])
    (bar,) = [bar for bar in window.notice.bars if "3 more" in bar.text.text()]
    seen: list[str] = []
    monkeypatch.setattr(
        UnreadFilesDialog, "exec", lambda self: seen.append(self.lines.toPlainText())
    )
    bar.button.click()
    assert seen == ["\n".join(problems)]
