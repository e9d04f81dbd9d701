"""Colours, type sizes and spacing of the desk, as one set of tokens per palette.

Every colour that any widget shows comes from `Tokens`; the QPalette, the style
sheet and all painted widgets are made from it.
"""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QPalette
from PySide6.QtWidgets import QApplication

from perser_gui import paths
from perser_gui.ui.look.refitting import dress_anew, refit
from perser_gui.ui.look.stylesheet import stylesheet
from perser_gui.ui.look.tokens import DARK, DARK_CONTRAST, LIGHT, LIGHT_CONTRAST, Tokens, Type

Choice = Literal["system", "dark", "light"]

FIGURES = Qt.LayoutDirection.LeftToRight
"""How pictures with figures are drawn wherever rows begin: 19 → 27 % would read as its opposite.

Words and names in them read their own way all the same.
"""

DIRECTIONS = {
    "system": Qt.LayoutDirection.LayoutDirectionAuto,
    "ltr": Qt.LayoutDirection.LeftToRight,
    "rtl": Qt.LayoutDirection.RightToLeft,
}
"""Where lines and rows begin, by the value of the setting."""

_EFFECTS = (
    Qt.UIEffect.UI_AnimateMenu,
    Qt.UIEffect.UI_FadeMenu,
    Qt.UIEffect.UI_AnimateCombo,
    Qt.UIEffect.UI_AnimateTooltip,
    Qt.UIEffect.UI_FadeTooltip,
    Qt.UIEffect.UI_AnimateToolBox,
)

_PLAIN_FAMILIES = {"", "sans serif", "sans", "dejavu sans", "helvetica", "arial", "nimbus sans"}
"""Families that stand for "nobody chose a font"; they are replaced by the one we ship."""


class Theme(QObject):
    """The palette in use; follows the system unless the user chose one."""

    changed = Signal()

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._application = application
        self._system_font = QFont(application.font())
        self._system_flash = application.cursorFlashTime()
        self._system_effects = {one: application.isEffectEnabled(one) for one in _EFFECTS}
        self.choice: Choice = "system"
        self.contrast_choice = "system"
        self.text_size = 1.0
        self.animated = True
        self.tokens: Tokens = DARK
        self.type = Type(10.0, self._system_font.family())
        application.setStyle("Fusion")
        _load_fonts()
        application.styleHints().colorSchemeChanged.connect(self._system_changed)
        # Both are kept: PySide takes Qt's object away with the last Python name for its owner.
        self._hints = application.styleHints()
        self._wishes = (
            self._hints.accessibility() if hasattr(self._hints, "accessibility") else None
        )  # since Qt 6.10
        if self._wishes is not None:
            self._wishes.contrastPreferenceChanged.connect(self._apply)

    def choose(self, choice: str) -> None:
        """Use the system's scheme, or always the dark or the light palette."""
        self.choice = choice if choice in ("dark", "light") else "system"  # type: ignore[assignment]
        scheme = {
            "system": Qt.ColorScheme.Unknown,
            "dark": Qt.ColorScheme.Dark,
            "light": Qt.ColorScheme.Light,
        }[self.choice]
        hints = self._application.styleHints()
        if hasattr(hints, "setColorScheme"):
            hints.setColorScheme(scheme)
        self._apply()

    def choose_text_size(self, size: float) -> None:
        """Show text `size` times as large as the system asks for, 0.75 to 2."""
        self.text_size = min(max(size, 0.75), 2.0)
        self._apply()

    def choose_contrast(self, choice: str) -> None:
        """Use strong contrast as the "system" asks for, always ("more"), or never ("usual")."""
        self.contrast_choice = choice
        self._apply()

    def choose_motion(self, animated: bool) -> None:
        """Let menus, tooltips, lists and the text cursor move by themselves, or not."""
        self.animated = animated
        for effect, usual in self._system_effects.items():
            self._application.setEffectEnabled(effect, animated and usual)
        self._application.setCursorFlashTime(self._system_flash if animated else 0)
        self._apply()

    def choose_direction(self, choice: str) -> None:
        """Begin lines and rows where the "system" has it, at the left ("ltr") or right ("rtl")."""
        self._application.setLayoutDirection(DIRECTIONS.get(choice, DIRECTIONS["system"]))

    @property
    def strong(self) -> bool:
        """Whether contrast is strong now."""
        if self.contrast_choice != "system":
            return self.contrast_choice == "more"
        if self._wishes is None:
            return False
        return self._wishes.contrastPreference() == Qt.ContrastPreference.HighContrast

    def use_font(self, font: QFont) -> None:
        """Take family and size from another system font and lay everything out anew."""
        self._system_font = QFont(font)
        self._apply()

    @Slot()
    def _system_changed(self) -> None:
        if self.choice == "system":
            self._apply()

    @Slot()
    def _apply(self) -> None:
        dark = self.choice == "dark"
        if self.choice == "system":
            dark = QGuiApplication.styleHints().colorScheme() == Qt.ColorScheme.Dark
        if self.strong:
            self.tokens = DARK_CONTRAST if dark else LIGHT_CONTRAST
        else:
            self.tokens = DARK if dark else LIGHT
        before, self.type = self.type, _type_of(self._system_font, self.text_size)
        regrown = self.type.body != before.body
        if regrown:
            refit(self.type.body / before.body)
        font = QFont(self.type.family)
        font.setPointSizeF(self.type.body)
        self._application.setFont(font)
        self._application.setPalette(palette(self.tokens))
        sheet = stylesheet(self.tokens, self.type, _icon_folder())
        if not self.animated:
            sheet += "* { widget-animation-duration: 0; }"
        self._application.setStyleSheet(sheet)
        if regrown:
            dress_anew()
        self.changed.emit()


_theme: Theme | None = None


def install(application: QApplication) -> Theme:
    """Return the application's theme, made at the first call."""
    global _theme
    if _theme is None or _theme.parent() is not application:
        _theme = Theme(application)
        _theme.choose("system")
    return _theme


def tokens() -> Tokens:
    """Return the tokens in use (the dark ones before a theme is installed)."""
    return _theme.tokens if _theme is not None else DARK


def type_scale() -> Type:
    """Return the type sizes in use."""
    return _theme.type if _theme is not None else Type(10.0, "")


def font(
    role: Literal["caption", "body", "title", "display"] = "body",
    weight: QFont.Weight = QFont.Weight.Normal,
) -> QFont:
    """Return a font of the scale."""
    scale = type_scale()
    result = QFont(scale.family) if scale.family else QFont()
    result.setPointSizeF(getattr(scale, role))
    result.setWeight(weight)
    return result


def px(number: float) -> int:
    """Return a length in pixels that grows with the text (`number` is meant at 10 pt)."""
    return max(1, round(number * type_scale().body / 10.0))


def mix(first: str | QColor, second: str | QColor, share: float) -> QColor:
    """Return `first` and `second` mixed; `share` 0..1 is the share of `second`."""
    a, b = QColor(first), QColor(second)
    return QColor(
        round(a.red() + (b.red() - a.red()) * share),
        round(a.green() + (b.green() - a.green()) * share),
        round(a.blue() + (b.blue() - a.blue()) * share),
    )


def luminance(colour: str | QColor) -> float:
    """Return the relative luminance 0..1 of a colour (WCAG 2.2)."""
    c = QColor(colour)
    parts = [
        value / 12.92 if value <= 0.03928 else ((value + 0.055) / 1.055) ** 2.4
        for value in (c.redF(), c.greenF(), c.blueF())
    ]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(first: str | QColor, second: str | QColor) -> float:
    """Return the contrast ratio 1..21 of two colours (WCAG 2.2)."""
    a, b = sorted((luminance(first), luminance(second)), reverse=True)
    return (a + 0.05) / (b + 0.05)


def readable_on(colour: str | QColor) -> QColor:
    """Return white where it reads on `colour` (4.5:1), else white or black, whichever is better."""
    white, black = QColor("#FFFFFF"), QColor("#000000")
    light = contrast(white, colour)
    return white if light >= 4.5 or light >= contrast(black, colour) else black


def ink(colour: str | QColor, surface: str | QColor | None = None) -> QColor:
    """Return `colour`, moved towards the text colour until it reads on `surface` (4.5:1)."""
    ground = surface if surface is not None else tokens().surface
    share = 0.0
    result = QColor(colour)
    while contrast(result, ground) < 4.5 and share < 1.0:
        share += 0.1
        result = mix(colour, tokens().text, share)
    return result


def palette(t: Tokens) -> QPalette:
    """Return the QPalette of a set of tokens, for what the style draws itself."""
    result = QPalette()
    role = QPalette.ColorRole
    for key, value in {
        role.Window: t.window,
        role.WindowText: t.text,
        role.Base: t.surface,
        role.AlternateBase: t.raised,
        role.Text: t.text,
        role.Button: t.raised,
        role.ButtonText: t.text,
        role.BrightText: t.danger,
        role.Highlight: t.accent,
        role.HighlightedText: t.on_accent,
        role.Link: t.accent_ink,
        role.ToolTipBase: t.raised,
        role.ToolTipText: t.text,
        role.PlaceholderText: t.muted,
        role.Light: t.hover,
        role.Mid: t.border,
        role.Dark: t.border_strong,
    }.items():
        result.setColor(key, QColor(value))
    for key in (role.WindowText, role.Text, role.ButtonText):
        result.setColor(QPalette.ColorGroup.Disabled, key, QColor(t.faint))
    return result


def _icon_folder() -> str:
    return paths.shipped("resources", "icons").as_posix()


def _load_fonts() -> None:
    folder = paths.shipped("resources", "fonts")
    for file in sorted(folder.glob("*.otf")):
        QFontDatabase.addApplicationFont(str(file))


def _type_of(system: QFont, scale: float = 1.0) -> Type:
    size = system.pointSizeF()
    if size <= 0:
        size = system.pixelSize() * 0.75
    family = system.family()
    if family.lower() in _PLAIN_FAMILIES:
        family = "Inter"
    return Type(body=round(max(size, 10.0) * scale, 2), family=family)
