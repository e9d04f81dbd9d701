"""The palette, the settings, About and the tour through the real program."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QRect, QSettings, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from perser_gui import paths
from perser_gui.settings import Settings, load_settings, save_settings
from perser_gui.ui.dialogs.about import AboutDialog
from perser_gui.ui.dialogs.palette import Palette
from perser_gui.ui.dialogs.settings_page import SettingsPage
from perser_gui.ui.shell.tour import STEPS
from perser_gui.ui.shell.window import MainWindow
from perser_gui.version import __version__

from .desk_session import Condition, act, press, ready, saved
from .dialogs import Opened

pytestmark = [pytest.mark.slow, pytest.mark.alone, pytest.mark.timeout(300)]


def test_the_palette_reaches_actions_clips_listeners_and_views_by_a_few_letters() -> None:
    save_settings(Settings(auto_play_next=False, toured=True))

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        window.workbench.add_listener("Zoë")
        yield lambda: window.session.listener and window.session.listener.name == "Zoë"
        target = window.session.rows[20].clip

        def typed(text: str) -> Iterator[Condition]:
            def use(dialog: Palette) -> None:
                QTest.keyClicks(dialog.field, text)
                QTest.keyClick(dialog.field, Qt.Key.Key_Return)

            window.activateWindow()
            yield window.isActiveWindow
            with Opened(Palette, use) as seen:
                press(window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
            assert seen.count == 1

        yield from typed("compare")
        yield lambda: window.views.currentWidget() is window.compare
        yield from typed(target.path.stem)
        yield lambda: window.session.current == target.content
        assert window.views.currentWidget() is window.label_view
        yield from typed("listener 1")
        yield lambda: window.session.listener and window.session.listener.name == "Listener 1"
        window.show_view("predictions")
        yield from typed("skip clip")  # an act of another view opens that view first
        yield lambda: any(r.answer == "skip" for r in window.session.ratings.values())
        assert window.views.currentWidget() is window.label_view

    assert act(script, ["--starter"]) == 0


def test_settings_count_at_once_are_kept_and_can_be_reset() -> None:
    save_settings(Settings(auto_play_next=False, toured=True, theme="light"))

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        qts = QSettings(QSettings.Scope.UserScope, "QtProject").fileName()
        assert Path(qts).parent == paths.config_dir()  # not among those of all programs

        def change(page: SettingsPage) -> None:
            box = page.controls["theme"]
            box.setFocus()
            QTest.keyClick(box, Qt.Key.Key_Up)
            box.activated.emit(box.currentIndex())
            assert window.theme.choice == "dark" == window.workbench.settings.theme
            assert window.theme.tokens.dark
            page.controls["backups_kept"].setValue(7)

        with Opened(SettingsPage, change):
            press(window, Qt.Key.Key_Comma, Qt.KeyboardModifier.ControlModifier)
        yield lambda: not window.runner.busy
        kept = load_settings()
        assert (kept.theme, kept.backups_kept) == ("dark", 7)
        window.commands.program.reset()
        yield lambda: not window.runner.busy
        assert load_settings().backups_kept == Settings().backups_kept

    assert act(script, ["--starter"]) == 0


def test_about_shows_licences_and_cards_and_copies_diagnostics() -> None:
    save_settings(Settings(auto_play_next=False, toured=True))
    seen: list[str] = []

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)

        def read(dialog: AboutDialog) -> None:
            for place in range(dialog.list.count()):
                dialog.list.setCurrentRow(place)
                page = dialog._pages.currentWidget()
                seen.append(f"{dialog.title.text()}\n{page.toPlainText()}")
            dialog.diagnostics.click()

        with Opened(AboutDialog, read, ready=lambda dialog: dialog.list.count() > 0):
            window.commands.trigger("about")
        yield lambda: not window.runner.busy
        text = QGuiApplication.clipboard().text()
        assert f"perser-gui: {__version__}" in text
        assert "perser-base" in text
        assert "Listener 1" not in text

    assert act(script, ["--starter"]) == 0
    together = "\n".join(seen)
    for told in ("Copyright (c) 2022 OpenAI", "Silero Team", "SIL OPEN FONT", "Trained on"):
        assert told in together


def test_the_offer_of_a_tour_goes_when_one_labels() -> None:
    save_settings(Settings(auto_play_next=False))

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        tour = window.commands.program.tour
        yield lambda: tour.shown
        window.activateWindow()
        yield window.isActiveWindow
        press(window, Qt.Key.Key_3)
        yield lambda: not tour.shown
        yield saved(window)

    assert act(script, ["--starter"]) == 0
    assert load_settings().toured


def test_the_tour_points_at_what_it_speaks_of_and_never_stops_labelling() -> None:
    save_settings(Settings(auto_play_next=False))

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        tour = window.commands.program.tour
        yield lambda: tour.shown  # offered at the first start
        assert tour.place == -2
        window.activateWindow()
        yield window.isActiveWindow
        focus = QApplication.focusWidget()
        alt = Qt.KeyboardModifier.AltModifier
        press(window, Qt.Key.Key_T, alt)
        yield lambda: tour.place == 0
        for place in range(len(STEPS)):
            assert (tour.place, tour.shown) == (place, True)
            yield lambda: True
            assert QApplication.focusWidget() is focus
            card = tour.card
            assert card is not None
            assert card.ring.isVisible()
            assert window.rect().contains(card.geometry())
            grid = window.label_panel.grid
            corner = grid.mapTo(window, grid.rect().topLeft())
            assert not card.geometry().intersects(QRect(corner, grid.size()))
            clip = window.session.rows[place].clip.content
            window.workbench.go_to(clip, play=False)
            press(window, Qt.Key.Key_3)
            assert window.session.rating(clip).emotions == (window.session.emotions.words[2],)
            letter = Qt.Key.Key_D if place == len(STEPS) - 1 else Qt.Key.Key_N
            press(window, letter, alt)
            yield lambda: tour.place != place  # noqa: B023
        assert not tour.shown
        yield saved(window)
        window.commands.trigger("tour")  # once more
        assert tour.place == 0
        press(window, Qt.Key.Key_N, alt)
        yield lambda: tour.place == 1
        press(window, Qt.Key.Key_B, alt)
        yield lambda: tour.place == 0
        press(window, Qt.Key.Key_S, alt)
        yield lambda: not tour.shown

    assert act(script, ["--starter"]) == 0
    assert load_settings().toured

    def again(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        assert not window.commands.program.tour.shown

    assert act(again, []) == 0


def test_what_was_added_last_stands_in_the_menu_and_can_be_forgotten(tmp_path) -> None:
    from perser_gui.desk.opening import starter_clips

    save_settings(Settings(auto_play_next=False, toured=True))
    path = starter_clips()[0]

    def script(window: MainWindow) -> Iterator[Condition]:
        yield ready(window)
        program = window.commands.program
        assert window.workbench.settings.recent == (("file", str(path)),)
        window.workbench.remove_clips([window.session.rows[0].clip.content])
        yield lambda: not window.session.rows
        program.recent_menu.aboutToShow.emit()
        first, *_, forget = program.recent_menu.actions()
        assert first.text() == path.name
        first.trigger()
        yield lambda: len(window.session.rows) == 1
        forget.trigger()
        assert window.workbench.settings.recent == ()

    assert act(script, [str(path)]) == 0
    assert load_settings().recent == ()
