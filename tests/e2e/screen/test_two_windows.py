"""Two windows of the program over one store: what is said in either is kept and seen in both."""

from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.desk import Desk
from perser_gui.settings import Settings, save_settings

from .conftest import Opening
from .display import Screen

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

LABELS = "{c: list(r.emotions) for c, r in window.session.ratings.items()}"
SAVED = "not window.session.unsaved and window.labelling.save_state == 'saved'"
READY = "window.personalization.state == 'ready' and not window.runner.busy"


@pytest.fixture
def pair(open_screen: Opening, checkpoint: Path, tones: Path) -> tuple[Screen, Screen]:
    """The program twice, over the same home and the same six clips."""
    save_settings(Settings(checkpoint=str(checkpoint), auto_play_next=False))
    first = open_screen(str(tones), SCREEN_TINY="1")
    first.until(f"len(window.session.rows) == 6 and {READY}")
    second = open_screen(SCREEN_TINY="1")
    second.until(f"len(window.session.rows) == 6 and {READY}")
    assert first.ask("window.session.listener.id") == second.ask("window.session.listener.id")
    return first, second


def label(screen: Screen, clip: str, key: int) -> None:
    screen.ask(f"window.workbench.go_to({clip!r}, play=False)")
    screen.ask(f"window.labelling.label_by_key({key})")


def kept(checkpoint: Path) -> dict[str, list[str]]:
    """What the store holds, as a third program reads it."""
    desk = Desk.open(checkpoint=str(checkpoint))
    try:
        (person,) = desk.listeners()
        return {rating.clip: list(rating.emotions) for rating in desk.ratings(person.id)}
    finally:
        desk.close()


def test_labels_of_either_window_are_kept_and_come_into_the_other(
    pair: tuple[Screen, Screen], checkpoint: Path
) -> None:
    first, second = pair
    clips = first.ask("list(window.session.visible)")
    words = first.ask("list(window.session.emotions.words)")
    at_hand = second.ask("window.session.current")
    for place, clip in enumerate(clips):  # in turn, faster than either looks at the other
        label((first, second)[place % 2], clip, place + 1)
    wanted = {clip: [words[place]] for place, clip in enumerate(clips)}
    for screen in pair:
        screen.until(f"{SAVED} and {LABELS} == {wanted!r}")
        assert screen.ask("[b.text.text() for b in window.notice.bars if b.tone == 'danger']") == []
    second.ask(f"window.workbench.go_to({at_hand!r}, play=False)")
    assert kept(checkpoint) == wanted

    both = clips[0]  # of one clip, the later press counts in both
    label(first, both, 2)
    first.until(SAVED)
    label(second, both, 3)
    for screen in pair:
        screen.until(f"{SAVED} and {LABELS}[{both!r}] == {[words[2]]!r}")
    assert second.ask("window.session.current") == both
    first.ask("window.labelling.undo()")  # goes back by the time of the press, whose it may be
    for screen in pair:
        screen.until(f"{LABELS}[{both!r}] == {[words[1]]!r}")
    assert kept(checkpoint) == {**wanted, both: [words[1]]}


def test_what_is_said_while_the_other_window_adapts_and_ends_is_kept(
    pair: tuple[Screen, Screen], checkpoint: Path
) -> None:
    first, second = pair
    clips = first.ask("list(window.session.visible)")
    words = first.ask("list(window.session.emotions.words)")
    for place, clip in enumerate(clips[:4]):
        label(first, clip, place % 2 + 1)
    first.until(SAVED)
    first.ask("window.personalization.adapt()")
    label(second, clips[4], 5)
    first.until("window.personalization.adapt_state.phase == 'idle' and not window.runner.busy")
    assert first.close() == 0
    label(second, clips[5], 6)
    second.until(f"{SAVED} and len({LABELS}) == 6")
    assert second.ask(f"({LABELS}[{clips[4]!r}], {LABELS}[{clips[5]!r}])") == [
        [words[4]],
        [words[5]],
    ]
    assert second.close() == 0
    assert len(kept(checkpoint)) == 6
