"""Text reads at 4.5:1 and graphics at 3:1, in both palettes; 7:1 where more contrast is asked for.

Once by the tokens, each ink on each ground that it stands on; once by the pixels of real widgets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QRegion
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QWidget

from perser_gui.emotions import COLOURS, SPARE_COLOURS
from perser_gui.evaluation.side_by_side import Hearing, compared
from perser_gui.settings import Settings
from perser_gui.ui.dialogs.settings_page import SettingsPage
from perser_gui.ui.look import theme
from perser_gui.ui.look.stylesheet import stylesheet
from perser_gui.ui.look.tokens import DARK, DARK_CONTRAST, LIGHT, LIGHT_CONTRAST, Tokens, Type
from perser_gui.ui.tables.compare_pictures import MatrixPicture
from perser_gui.ui.widgets.emotion_button import inks

INKS = ("text", "muted", "accent_ink", "success", "warning", "danger")
GROUNDS = ("window", "surface", "raised", "hover", "accent_soft")
SOFT = ("success_soft", "warning_soft", "danger_soft")
PALETTES = pytest.mark.parametrize("t", [DARK, LIGHT], ids=["dark", "light"])
STRONG = pytest.mark.parametrize("t", [DARK_CONTRAST, LIGHT_CONTRAST], ids=["dark", "light"])
ALL = pytest.mark.parametrize(
    "t", [DARK, LIGHT, DARK_CONTRAST, LIGHT_CONTRAST], ids=["dark", "light", "dark+", "light+"]
)


def text_pairs(t: Tokens) -> list[tuple[str, str]]:
    """Every ink with every ground that text in it stands on."""
    pairs = [(ink, ground) for ink in INKS for ground in (*GROUNDS, *SOFT)]
    pairs += [("text", "pressed"), ("muted", "pressed")]
    return [*pairs, ("on_accent", "accent"), ("on_accent", "accent_hover")]


def poor(t: Tokens, pairs: list[tuple[str, str]], least: float) -> list[str]:
    found = [(a, b, theme.contrast(getattr(t, a), getattr(t, b))) for a, b in pairs]
    return [f"{a} on {b}: {ratio:.2f}" for a, b, ratio in found if ratio < least]


@PALETTES
def test_every_text_reads_on_every_ground_it_stands_on(t: Tokens) -> None:
    assert poor(t, text_pairs(t), 4.5) == []


@STRONG
def test_more_contrast_means_seven_to_one_for_all_text(t: Tokens) -> None:
    assert poor(t, text_pairs(t), 7.0) == []


@STRONG
def test_where_contrast_is_strong_a_card_has_an_edge_as_a_panel_has(t: Tokens) -> None:
    assert theme.contrast(t.card_edge, t.surface) >= 3.0
    assert theme.contrast(t.card_edge, t.raised) >= 3.0
    rule = stylesheet(t, Type(10.0, "Inter"), "icons").partition("QFrame#card")[2].partition("}")[0]
    assert f"border: 1px solid {t.card_edge}" in rule


@ALL
def test_graphics_outlines_and_rings_stand_out_from_what_is_behind_them(t: Tokens) -> None:
    grounds = ("window", "surface", "raised")
    drawn = ("focus", "outline", "wave", "wave_played", "generic", "accent_ink")
    pairs = [(one, ground) for one in drawn for ground in grounds]
    pairs += [("generic", "pressed"), ("accent_ink", "pressed")]
    pairs += [(one, "pressed") for one in ("success", "warning", "danger")]
    assert poor(t, pairs, 3.0) == []


@pytest.mark.parametrize("colour", [*COLOURS.values(), *SPARE_COLOURS])
@PALETTES
def test_an_emotions_colour_stands_out_as_a_mark_or_bar(colour: str, t: Tokens) -> None:
    assert theme.contrast(colour, t.surface) >= 3.0
    assert theme.contrast(colour, t.raised) >= 2.8


@ALL
def test_what_cannot_be_used_now_is_still_seen(t: Tokens) -> None:
    """More than is asked for: text of disabled controls at 3:1, on all that they stand on."""
    grounds = ("window", "surface", "raised", "hover", "pressed", "accent_soft")
    assert poor(t, [("faint", ground) for ground in grounds], 3.0) == []


@pytest.fixture(params=["dark", "light", "dark+", "light+"])
def palette(request: pytest.FixtureRequest, qapp: QApplication) -> Iterator[Tokens]:
    chosen = theme.install(qapp)
    before = chosen.choice, chosen.contrast_choice
    chosen.choose(request.param.removesuffix("+"))
    chosen.choose_contrast("more" if request.param.endswith("+") else "usual")
    yield theme.tokens()
    chosen.choose(before[0])
    chosen.choose_contrast(before[1])


STATES = {
    "at rest": {},
    "under the pointer": {"over": True},
    "held down": {"down": True},
    "chosen": {"chosen": True},
}


@pytest.mark.parametrize("state", STATES)
def test_word_count_and_key_read_on_the_button_of_a_word(palette: Tokens, state: str) -> None:
    for colour in (*COLOURS.values(), *SPARE_COLOURS):
        ground, word, count, cap = inks(QColor(colour), able=True, **STATES[state])
        key = word if state == "chosen" else theme.ink(count, cap)
        for ink, on in ((word, ground), (count, ground), (key, cap)):
            assert theme.contrast(ink, on) >= 4.5, (colour, ink.name(), on.name())
    ground, word, count, cap = inks(QColor(colour), able=False)
    assert theme.contrast(word, ground) >= 3.0


def test_words_read_on_chips_timelines_and_in_cells(palette: Tokens) -> None:
    """Each ground as it is mixed where it is drawn, over its whole range."""
    shares = [place / 20 for place in range(21)]
    for colour in (*COLOURS.values(), *SPARE_COLOURS, palette.generic):
        for ground in (palette.surface, palette.raised, palette.accent_soft):
            chip = theme.mix(colour, ground, 0.75)
            assert theme.contrast(theme.ink(colour, chip), chip) >= 4.5, colour
        for share in shares:
            lane = theme.mix(palette.raised, colour, share)
            assert theme.contrast(theme.readable_on(lane), lane) >= 4.5, colour


def test_the_figures_of_agreement_read_in_their_cells(palette: Tokens, qtbot) -> None:
    """By the pixels of the picture itself, from no agreement to full agreement."""
    picture = MatrixPicture()
    qtbot.addWidget(picture)
    picture.resize(500, 140)
    for same in range(0, 11, 2):
        answers = {str(n): ("sad",) for n in range(10)}
        others = {str(n): ("sad" if n < same else "calm",) for n in range(10)}
        people = [Hearing("Ada", answers), Hearing("Bo", others)]
        picture.show_comparison(compared(people, resamples=2))
        picture.show()
        left, cell, high = picture._size()
        part = QRect(int(left + cell) + 6, int(high) + 6, int(cell) - 12, int(high) - 12)
        assert measured(rendered(picture, part)) >= 4.5, same


@pytest.mark.parametrize("colour", [*COLOURS.values(), *SPARE_COLOURS])
def test_a_word_reads_on_its_colour(colour: str) -> None:
    assert theme.contrast(theme.readable_on(colour), colour) >= 4.5


@ALL
def test_every_rule_of_the_style_sheet_that_sets_both_colours_reads(t: Tokens) -> None:
    sheet = stylesheet(t, Type(10.0, "Inter"), "")
    checked = 0
    for selector, body in re.findall(r"([^{}]+)\{([^{}]*)\}", sheet):
        ink = re.search(r"(?<![-\w])color: (#\w{6})", body)
        ground = re.search(r"(?<![-\w])background: (#\w{6})", body)
        if ink and ground and "disabled" not in selector:
            assert theme.contrast(ink[1], ground[1]) >= 4.5, selector
            checked += 1
    assert checked >= 5


def test_each_palette_names_every_token_in_full() -> None:
    for t in (DARK, LIGHT, DARK_CONTRAST, LIGHT_CONTRAST):
        for field in fields(Tokens):
            value = getattr(t, field.name)
            assert field.name == "dark" or re.fullmatch(r"#[0-9A-F]{6}", value), field.name


# -- by the pixels ---------------------------------------------------------------------------


def rendered(widget: QWidget, part: QRect) -> QImage:
    """Draw a part of a window, four times as large, so that strokes have a pixel of full ink."""
    image = QImage(part.size() * 4, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(4)
    painter = QPainter(image)
    widget.render(painter, QPoint(0, 0), QRegion(part))
    painter.end()
    return image


def measured(image: QImage) -> float:
    """Return the contrast of the strongest ink with the commonest colour of a picture."""
    shape = (image.height(), image.bytesPerLine() // 4)
    pixels = np.frombuffer(image.constBits(), np.uint32).reshape(shape)[::2, : image.width()]
    values, counts = np.unique(pixels, return_counts=True)
    ground = QColor(int(values[counts.argmax()]))
    inks = [QColor(int(value)) for value in values[counts > 2]]
    return max(theme.contrast(ink, ground) for ink in inks)


def texts(root: QWidget) -> list[tuple[str, QRect]]:
    """Return the visible texts of a window, with where each stands in it."""
    found = []
    for widget in root.findChildren(QWidget):
        kinds = QLabel | QAbstractButton | QComboBox | QLineEdit
        shown = widget.isVisible() and widget.isEnabled() and not widget.visibleRegion().isEmpty()
        inside = widget.window() is root and not isinstance(widget.parent(), QComboBox)
        if not isinstance(widget, kinds) or not shown or not inside:
            continue
        text = widget.currentText() if isinstance(widget, QComboBox) else widget.text()
        if not text or isinstance(widget, QLineEdit):
            continue
        whole = widget.visibleRegion().boundingRect() == widget.rect()
        bounds = widget.rect().adjusted(3, 3, -3, -3)
        if whole and bounds.width() > 8 and bounds.height() > 8:
            found.append((text, bounds.translated(widget.mapTo(root, QPoint(0, 0)))))
    return found


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_the_texts_of_the_real_window_read_by_their_pixels(window, choice: str, qtbot) -> None:
    page = SettingsPage(window, Settings(), {})
    qtbot.addWidget(page)
    try:
        window.theme.choose(choice)
        page.show()
        QApplication.processEvents()
        seen = 0
        for root in (window, page):
            for text, part in texts(root):
                ratio = measured(rendered(root, part))
                assert ratio >= 4.5, f"“{text}” reads at {ratio:.2f}:1 in the {choice} palette"
                seen += 1
        assert seen > 50
    finally:
        page.close()
        window.theme.choose("system")


def test_the_ring_of_the_keyboard_is_seen(window) -> None:
    button = window.label_panel.skip
    window.activateWindow()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    ring = theme.tokens().focus
    corner = button.mapTo(window, QPoint(0, 0))
    image = rendered(window, QRect(corner, button.size()))
    inks = {image.pixelColor(x, image.height() // 2).name().upper() for x in range(12)}
    assert ring in inks
