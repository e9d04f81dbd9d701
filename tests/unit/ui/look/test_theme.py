"""Both palettes read well, everywhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtGui import QFont

from perser_gui.emotions import COLOURS, SPARE_COLOURS
from perser_gui.ui.look import icons, theme
from perser_gui.ui.look.tokens import DARK, LIGHT

UI = Path(theme.__file__).parents[1]


@pytest.mark.parametrize("t", [DARK, LIGHT], ids=["dark", "light"])
def test_text_reaches_the_contrast_that_accessibility_asks_for(t):
    grounds = (t.window, t.surface, t.raised)
    for ink in (t.text, t.muted, t.accent_ink, t.success, t.warning, t.danger):
        for ground in grounds:
            assert theme.contrast(ink, ground) >= 4.5, (ink, ground)
    for fill in (t.accent, t.accent_hover):
        assert theme.contrast(t.on_accent, fill) >= 4.5
    for ink, ground in (
        (t.text, t.warning_soft),
        (t.text, t.danger_soft),
        (t.text, t.success_soft),
        (t.text, t.accent_soft),
        (t.muted, t.accent_soft),
    ):
        assert theme.contrast(ink, ground) >= 4.5
    assert theme.contrast(t.focus, t.surface) >= 3.0


@pytest.mark.parametrize("colour", [*COLOURS.values(), *SPARE_COLOURS])
def test_words_on_an_emotions_colour_can_be_read(colour):
    assert theme.contrast(theme.readable_on(colour), colour) >= 3.0


@pytest.mark.parametrize("colour", [*COLOURS.values(), *SPARE_COLOURS])
@pytest.mark.parametrize("choice", ["dark", "light"])
def test_an_emotions_colour_as_ink_can_be_read_on_its_chip(qapp, colour, choice):
    chosen = theme.install(qapp)
    chosen.choose(choice)
    fill = theme.mix(colour, theme.tokens().surface, 0.75)
    assert theme.contrast(theme.ink(colour, fill), fill) >= 4.5
    chosen.choose("system")


def test_contrast_of_black_on_white_is_21():
    assert theme.contrast("#000000", "#FFFFFF") == pytest.approx(21.0, abs=0.01)


def test_the_toggle_changes_palette_and_style_sheet(qapp):
    chosen = theme.install(qapp)
    chosen.choose("dark")
    assert qapp.palette().window().color().name().upper() == DARK.window
    assert DARK.accent in qapp.styleSheet()
    chosen.choose("light")
    assert qapp.palette().window().color().name().upper() == LIGHT.window
    assert DARK.window not in qapp.styleSheet()
    chosen.choose("system")


def test_text_and_lengths_grow_with_the_systems_font(qapp):
    chosen = theme.install(qapp)
    before, length = qapp.font().pointSizeF(), theme.px(10)
    large = QFont("Sans Serif")
    large.setPointSizeF(15.0)
    small = QFont(chosen._system_font)
    chosen.use_font(large)
    try:
        assert qapp.font().pointSizeF() == pytest.approx(15.0)
        assert theme.px(10) == 15
    finally:
        chosen.use_font(small)
    assert qapp.font().pointSizeF() == pytest.approx(before)
    assert theme.px(10) == length


def test_every_icon_that_the_code_names_is_shipped_and_takes_the_palettes_colour(qapp):
    named = set()
    for file in UI.rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        named |= set(re.findall(r'icon_button\(\s*"([a-z-]+)"', text))
        named |= set(re.findall(r'icon="([a-z-]+)"', text))
        named |= set(re.findall(r'pixmap\("([a-z-]+)"', text))
    assert {"add", "undo", "adapt", "history"} <= named
    for name in named:
        image = icons.pixmap(name, "#FF0000", 24).toImage()
        inks = {
            image.pixelColor(x, y).name()
            for x in range(image.width())
            for y in range(image.height())
            if image.pixelColor(x, y).alpha() == 255
        }
        assert inks == {"#ff0000"}, name
