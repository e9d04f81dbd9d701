"""After a change of the theme every widget looks as if it had been made under the new one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QLabel, QWidget

from perser_gui.settings import Settings, save_settings
from perser_gui.ui.look import theme
from perser_gui.ui.look.following import follow
from perser_gui.ui.shell.window import MainWindow

from ..fake_desk import FakeDesk, recording_of

VIEWS = ("label", "predictions", "compare", "live", "studies")


def furnished(open_window, qtbot, shade: str) -> MainWindow:
    """Open a window under a theme, with something of everything that is coloured."""
    save_settings(Settings(theme=shade, blind_first=False, show_spectrogram=True))
    desk = FakeDesk(clips=6)
    desk.library = [*recording_of(60.0, 6), *desk.library]
    desk.add_listener("Bea")
    contents = [clip.content for clip in desk.library]
    for place, word in enumerate(("sad", "sad", "angry", "angry")):
        desk.rate(2, contents[place], emotions=(word,))
    desk.rate(1, contents[3], answer="cant-tell")
    desk.rate(1, contents[4], emotions=("nostalgic",))  # no word of the set any more
    window = open_window(desk)
    window.live.microphones.list_devices = lambda: []  # a sound system may come and go meanwhile
    assert theme.tokens().dark is (shade == "dark")
    window.workbench.go_to(contents[0], play=False)
    for number in (1, 2, 3):
        window.labelling.label_by_key(number)
        window.labelling.confirm()
        qtbot.waitUntil(lambda: not window.runner.busy)
    window.personalization.adapt()
    qtbot.waitUntil(lambda: not window.runner.busy)
    window.personalization.suggest()
    qtbot.waitUntil(lambda: not window.runner.busy)
    window.notice.hide()
    window.notice.say("danger", "Something is not as it should be.")
    for view in VIEWS:
        window.show_view(view)
        qtbot.waitUntil(lambda: not window.runner.busy)
    return window


def looks(window: MainWindow, qtbot) -> dict[str, QImage]:
    """Return a picture of every widget that is seen in every view, by its place in the tree."""
    found: dict[str, QImage] = {}

    def walk(widget: QWidget, place: str) -> None:
        found[place] = widget.grab().toImage()
        for number, child in enumerate(widget.children()):
            if isinstance(child, QWidget) and not child.isWindow() and child.isVisible():
                walk(child, f"{place}/{number}:{type(child).__name__}")

    for view in VIEWS:
        window.show_view(view)
        window.setFocus()
        qtbot.waitUntil(lambda: not window.runner.busy)
        for _ in range(5):
            QApplication.processEvents()
        walk(window.page, view)
    return found


@pytest.fixture
def light_again() -> Iterator[None]:
    yield
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    theme.install(application).choose("system")


@pytest.mark.parametrize(("before", "after"), [("dark", "light"), ("light", "dark")])
def test_every_widget_looks_after_a_change_as_one_made_under_the_theme(
    open_window, qtbot, light_again: None, before: str, after: str
) -> None:
    changed = furnished(open_window, qtbot, before)
    changed.workbench.choose(theme=after)
    seen = looks(changed, qtbot)
    wanted = looks(furnished(open_window, qtbot, after), qtbot)
    assert set(seen) == set(wanted)
    assert len(seen) > 250
    other = [place for place in seen if seen[place] != wanted[place]]
    leaves = [p for p in other if not any(o != p and o.startswith(f"{p}/") for o in other)]
    assert not leaves


def test_what_follows_is_dressed_once_for_each_theme_even_if_it_dresses_by_a_style_sheet(
    qtbot, light_again: None
) -> None:
    application = QApplication.instance()
    assert isinstance(application, QApplication)
    look = theme.install(application)
    look.choose("light")
    mark = QLabel("x")
    qtbot.addWidget(mark)
    worn: list[str] = []

    def dress() -> None:
        worn.append(theme.tokens().danger)
        mark.setStyleSheet(f"color: {theme.tokens().danger};")

    follow(mark, dress)
    mark.show()
    look.choose("dark")
    look.choose("dark")
    look.choose("light")
    light, dark, *rest = worn
    assert rest == [light]
    assert light != dark
