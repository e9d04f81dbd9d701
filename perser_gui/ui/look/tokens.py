"""The colour tokens of the dark and the light palette; plain values without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Tokens:
    """Named colours (#RRGGBB). Text colours reach 4.5:1 on window, surface and raised."""

    dark: bool
    window: str
    """Behind everything."""
    surface: str
    """Panels and lists."""
    raised: str
    """Buttons, fields, menus and cards on a surface."""
    hover: str
    """A raised thing under the pointer."""
    pressed: str
    """A raised thing held down, and the track of bars."""
    border: str
    """Hairlines between areas."""
    card_edge: str
    """Outlines of cards: like their ground, but where contrast is strong."""
    border_strong: str
    """Outlines of buttons and menus, whose words tell what they are."""
    outline: str
    """Outlines of fields, boxes to tick and scroll bars: 3:1 on every ground they stand on."""
    text: str
    muted: str
    """Secondary text."""
    faint: str
    """Disabled text only: 3:1 on every ground it stands on."""
    accent: str
    """Primary buttons and selection."""
    accent_hover: str
    on_accent: str
    """Text on the accent."""
    accent_ink: str
    """The accent as text or line on a surface."""
    accent_soft: str
    """A wash of the accent behind selected rows."""
    focus: str
    """The ring around what the keyboard is at."""
    success: str
    warning: str
    danger: str
    success_soft: str
    warning_soft: str
    danger_soft: str
    wave: str
    """The waveform."""
    wave_played: str
    """The waveform left of the playhead."""
    generic: str
    """Bars of everyone's model."""


@dataclass(frozen=True)
class Type:
    """Font sizes in points, all derived from the size that the system asks for."""

    body: float
    family: str

    @property
    def caption(self) -> float:
        """Captions, key hints, table headers."""
        return round(self.body * 0.88, 2)

    @property
    def title(self) -> float:
        """Titles of panels and clips."""
        return round(self.body * 1.16, 2)

    @property
    def display(self) -> float:
        """The one large figure of a panel."""
        return round(self.body * 1.9, 2)


DARK = Tokens(
    dark=True,
    window="#0F1218",
    surface="#161A22",
    raised="#20252F",
    hover="#2A303C",
    pressed="#2F3644",
    border="#262C38",
    card_edge="#20252F",
    border_strong="#3B4454",
    outline="#78849A",
    text="#EAEDF3",
    muted="#A3ACBD",
    faint="#7A859B",
    accent="#4A63E0",
    accent_hover="#546CE6",
    on_accent="#FFFFFF",
    accent_ink="#9AABFF",
    accent_soft="#232B49",
    focus="#9AABFF",
    success="#4CC38A",
    warning="#F0B44C",
    danger="#FF7B72",
    success_soft="#16302A",
    warning_soft="#35290F",
    danger_soft="#3B1E20",
    wave="#66738C",
    wave_played="#8FA2FF",
    generic="#77849B",
)

LIGHT = Tokens(
    dark=False,
    window="#EEF0F5",
    surface="#FFFFFF",
    raised="#F5F6FA",
    hover="#E9ECF3",
    pressed="#DFE3EC",
    border="#E0E4EC",
    card_edge="#F5F6FA",
    border_strong="#C3CAD7",
    outline="#7F8A9F",
    text="#171B24",
    muted="#566073",
    faint="#788296",
    accent="#3F58DE",
    accent_hover="#334BCB",
    on_accent="#FFFFFF",
    accent_ink="#354DCF",
    accent_soft="#E6EAFD",
    focus="#354DCF",
    success="#11744A",
    warning="#8A5A00",
    danger="#C0281F",
    success_soft="#E2F5EB",
    warning_soft="#FDF1D8",
    danger_soft="#FDE9E7",
    wave="#7E8AA1",
    wave_played="#3F58DE",
    generic="#6F7A90",
)

DARK_CONTRAST = replace(
    DARK,
    window="#000000",
    surface="#000000",
    raised="#0B0D12",
    hover="#232936",
    pressed="#2C3342",
    border="#8A94A6",
    card_edge="#8A94A6",
    border_strong="#C6CDD9",
    outline="#C6CDD9",
    text="#FFFFFF",
    muted="#DDE2EB",
    faint="#A3ACBD",
    accent="#2F45B5",
    accent_hover="#2A3FA8",
    accent_ink="#C3CEFF",
    accent_soft="#1B2550",
    focus="#FFD84D",
    success="#7BE3B3",
    warning="#FFD27A",
    danger="#FFB0AA",
    success_soft="#0C2A20",
    warning_soft="#2E2206",
    danger_soft="#3A1214",
    wave="#A7B2C6",
    wave_played="#C3CEFF",
    generic="#B4BFD1",
)
"""The dark palette for those who ask their system for more contrast: 7:1 for all text."""

LIGHT_CONTRAST = replace(
    LIGHT,
    window="#FFFFFF",
    surface="#FFFFFF",
    raised="#FFFFFF",
    border="#59637A",
    card_edge="#59637A",
    border_strong="#2B3344",
    outline="#2B3344",
    text="#000000",
    muted="#2B3344",
    faint="#59637A",
    accent="#2338A8",
    accent_hover="#1B2D8C",
    accent_ink="#1B2D8C",
    accent_soft="#DDE3FF",
    focus="#A8006B",
    success="#00512F",
    warning="#5C3A00",
    danger="#8C0F08",
    success_soft="#E9FBF2",
    warning_soft="#FFF6E2",
    danger_soft="#FFF0EE",
    wave="#59637A",
    wave_played="#2338A8",
    generic="#59637A",
)
"""The light palette for those who ask their system for more contrast: 7:1 for all text."""
