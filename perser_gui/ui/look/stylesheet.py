"""The style sheet, generated from the tokens and the type scale."""

from __future__ import annotations

from perser_gui.ui.look.tokens import Tokens, Type


def stylesheet(t: Tokens, type_: Type, icons: str) -> str:
    """Return the application's style sheet; lengths grow with the text size.

    `icons` is the folder of the images it names, with forward slashes.
    """

    def u(number: float) -> str:
        return f"{max(1, round(number * type_.body / 10.0))}px"

    shade = "dark" if t.dark else "light"
    return f"""
QMainWindow, QDialog, #page {{ background: {t.window}; }}
QToolTip {{
    background: {t.raised}; color: {t.text}; border: 1px solid {t.border_strong};
    padding: {u(5)} {u(8)};
}}

QLabel {{ background: transparent; }}
QLabel[role="caption"] {{ font-size: {type_.caption}pt; color: {t.muted}; }}
QLabel[role="muted"] {{ color: {t.muted}; }}
QLabel[role="strong"] {{ font-weight: 600; }}
QLabel[role="title"] {{ font-size: {type_.title}pt; font-weight: 600; }}
QLabel[role="display"] {{ font-size: {type_.display}pt; font-weight: 600; }}
QLabel[role="section"] {{
    font-size: {type_.caption}pt; font-weight: 600; color: {t.muted};
}}
QLabel[role="key"] {{
    font-size: {type_.caption}pt; font-weight: 600; background: {t.raised};
    border: 1px solid {t.border_strong}; border-radius: {u(4)}; padding: {u(1)} {u(6)};
}}
QLabel[tone="success"] {{ color: {t.success}; }}
QLabel[tone="warning"] {{ color: {t.warning}; }}
QLabel[tone="danger"] {{ color: {t.danger}; }}

QFrame#panel {{ background: {t.surface}; border: 1px solid {t.border}; border-radius: {u(10)}; }}
QFrame#topBar {{ background: {t.surface}; border: none; border-bottom: 1px solid {t.border}; }}
QFrame#card, QFrame#underWay {{ background: {t.raised}; border: 1px solid {t.card_edge};
    border-radius: {u(8)}; }}
QFrame#callout {{ background: {t.raised}; border: 2px solid {t.focus};
    border-radius: {u(10)}; }}
QFrame#line {{ background: {t.border}; border: none; max-height: 1px; min-height: 1px; }}
QFrame#notice {{ border-radius: {u(8)}; background: {t.accent_soft};
    border: 1px solid {t.border_strong}; }}
QFrame#notice[tone="warning"] {{ background: {t.warning_soft}; }}
QFrame#notice[tone="danger"] {{ background: {t.danger_soft}; }}
QFrame#notice[tone="success"] {{ background: {t.success_soft}; }}

QPushButton, QToolButton {{
    background: {t.raised}; color: {t.text}; border: 1px solid {t.border_strong};
    border-radius: {u(7)}; padding: {u(6)} {u(12)}; min-height: {u(18)};
}}
QPushButton:hover, QToolButton:hover {{ background: {t.hover}; }}
QPushButton:pressed, QToolButton:pressed {{ background: {t.pressed}; }}
QPushButton:disabled, QToolButton:disabled {{ color: {t.faint}; border-color: {t.border}; }}
QPushButton:focus, QToolButton:focus {{ border: 2px solid {t.focus};
    padding: {u(5)} {u(11)}; }}
QPushButton[kind="primary"] {{
    background: {t.accent}; color: {t.on_accent}; border: 1px solid {t.accent}; font-weight: 600;
}}
QPushButton[kind="primary"]:hover {{ background: {t.accent_hover}; }}
QPushButton[kind="primary"]:disabled {{
    background: {t.pressed}; color: {t.faint}; border-color: {t.pressed};
}}
QPushButton[kind="primary"]:focus {{ border: 2px solid {t.text}; }}
QPushButton[kind="danger"] {{ color: {t.danger}; }}
QPushButton[kind="danger"]:disabled {{ color: {t.faint}; }}
QPushButton[kind="flat"], QToolButton[kind="flat"] {{
    background: transparent; border: 1px solid transparent;
}}
QPushButton[kind="flat"]:hover, QToolButton[kind="flat"]:hover {{ background: {t.hover}; }}
QPushButton[kind="flat"]:checked, QToolButton[kind="flat"]:checked {{
    background: {t.accent_soft}; color: {t.accent_ink};
}}
QPushButton[kind="flat"]:focus, QToolButton[kind="flat"]:focus {{ border: 2px solid {t.focus}; }}
QToolButton[kind="flat"] {{ padding: {u(5)}; }}
QToolButton[kind="flat"]:focus {{ padding: {u(4)}; }}
QToolButton[kind="flat"][wide="true"] {{ padding: {u(5)} {u(9)}; }}
QToolButton[kind="flat"][wide="true"]:focus {{ padding: {u(4)} {u(8)}; }}
QToolButton::menu-indicator, QPushButton::menu-indicator {{ image: none; width: 0px; }}
QPushButton[kind="link"] {{
    background: transparent; border: 1px solid transparent; color: {t.accent_ink};
    padding: {u(2)} {u(4)} {u(2)} {u(1)}; min-height: {u(19)}; text-align: left;
}}
QPushButton[kind="link"]:hover {{ text-decoration: underline; }}
QPushButton[kind="link"]:focus {{ border: 1px solid {t.focus}; }}

QPushButton[kind="recording"] {{
    background: {t.danger_soft}; color: {t.danger}; border: 1px solid {t.danger};
    padding: {u(3)} {u(9)}; font-weight: 600;
}}
QPushButton[kind="recording"]:hover {{ background: {t.hover}; }}
QPushButton[kind="recording"]:focus {{ border: 2px solid {t.focus}; padding: {u(2)} {u(8)}; }}

QFrame#segments {{ background: {t.raised}; border-radius: {u(8)};
    border: 1px solid {t.border}; }}
QPushButton[kind="segment"] {{
    background: transparent; border: 1px solid transparent; color: {t.muted};
    padding: {u(4)} {u(14)}; border-radius: {u(6)}; font-weight: 500;
}}
QPushButton[kind="segment"]:hover {{ color: {t.text}; }}
QPushButton[kind="segment"]:checked {{
    background: {t.surface if not t.dark else t.pressed}; color: {t.text};
    border: 1px solid {t.border_strong};
}}
QPushButton[kind="segment"]:focus {{ border: 2px solid {t.focus}; padding: {u(3)} {u(13)}; }}

QLineEdit, QComboBox, QAbstractSpinBox, QPlainTextEdit, QTextBrowser {{
    background: {t.raised}; border: 1px solid {t.outline}; border-radius: {u(7)};
    padding: {u(5)} {u(8)}; min-height: {u(20)};
    selection-background-color: {t.accent}; selection-color: {t.on_accent};
}}
QLineEdit:focus, QComboBox:focus, QAbstractSpinBox:focus, QPlainTextEdit:focus,
QTextBrowser:focus {{
    border: 2px solid {t.focus}; padding: {u(4)} {u(7)};
}}
QLineEdit:disabled, QComboBox:disabled, QAbstractSpinBox:disabled {{
    color: {t.faint}; placeholder-text-color: {t.faint}; border-color: {t.border};
}}
QComboBox::drop-down {{ border: none; width: {u(24)}; }}
QComboBox::down-arrow {{
    image: url("{icons}/arrow-{shade}.svg");
    width: {u(13)}; height: {u(13)};
}}
QLineEdit {{ padding: 0 {u(6)}; min-height: {u(30)}; }}
QLineEdit:focus {{ padding: 0 {u(5)}; min-height: {u(28)}; }}
QLineEdit QToolButton, QLineEdit QToolButton:focus {{
    background: transparent; border: none; padding: 0; margin: 0; min-height: 0;
}}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QFileDialog QToolButton {{ padding: {u(4)}; }}
QFileDialog QToolButton:focus {{ padding: {u(3)}; }}
QAbstractSpinBox {{ padding-top: {u(3)}; padding-bottom: {u(4)}; }}
QAbstractSpinBox:focus {{ padding-top: {u(2)}; padding-bottom: {u(3)}; }}
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {{ width: 0px; border: none; }}
QAbstractSpinBox QLineEdit, QAbstractSpinBox QLineEdit:focus {{
    border: none; background: transparent; color: {t.text}; min-height: {u(18)};
    padding: 0px;
}}
QComboBox {{ combobox-popup: 0; }}
QComboBox QAbstractItemView {{
    background: {t.raised}; border: 1px solid {t.border_strong}; padding: 0px; margin: 0px;
    selection-background-color: {t.accent_soft}; selection-color: {t.text}; outline: none;
}}
QComboBox QAbstractItemView::item {{ min-height: {u(26)}; padding: 0px {u(8)}; }}

QCheckBox, QRadioButton {{
    spacing: {u(8)}; background: transparent; padding: {u(2)}; border: 1px solid transparent;
}}
QCheckBox::indicator, QListView::indicator {{
    width: {u(15)}; height: {u(15)}; border: 1px solid {t.outline};
    border-radius: {u(4)}; background: {t.raised};
}}
QCheckBox::indicator:hover, QListView::indicator:hover {{ border-color: {t.accent_ink}; }}
QCheckBox::indicator:checked, QListView::indicator:checked {{
    background: {t.accent}; border-color: {t.accent}; image: url("{icons}/checked.svg");
}}
QRadioButton::indicator {{
    width: {u(15)}; height: {u(15)}; border: 1px solid {t.outline};
    border-radius: {u(8)}; background: {t.raised};
}}
QRadioButton::indicator:hover {{ border-color: {t.accent_ink}; }}
QRadioButton::indicator:checked {{
    width: {u(7)}; height: {u(7)}; border: {u(5)} solid {t.accent}; background: {t.on_accent};
}}
QCheckBox:focus, QRadioButton:focus {{ border: 1px solid {t.focus}; border-radius: {u(4)}; }}

QMenu {{ background: {t.raised}; border: 1px solid {t.border_strong};
    border-radius: {u(8)}; padding: {u(5)}; }}
QMenu::item {{ padding: {u(6)} {u(24)} {u(6)} {u(10)}; border-radius: {u(5)}; }}
QMenu::item:selected {{ background: {t.accent_soft}; }}
QMenu::item:disabled {{ color: {t.faint}; }}
QMenu::separator {{ height: 1px; background: {t.border_strong}; margin: {u(5)} {u(6)}; }}
QMenu::icon {{ padding-left: {u(8)}; }}
QMenu::indicator {{ width: {u(13)}; height: {u(13)}; left: {u(5)}; }}
QMenu::indicator:checked {{ image: url("{icons}/check-{shade}.svg"); }}

QListView, QTableView, QTreeView {{
    background: {t.surface}; border: none; outline: none;
    selection-background-color: {t.accent_soft}; selection-color: {t.text};
}}
QListView[framed="true"] {{
    background: {t.raised}; border: 1px solid {t.border_strong}; border-radius: {u(7)};
    padding: {u(3)};
}}
QListWidget::item {{
    padding: {u(6)} {u(8)}; border: 1px solid transparent; border-radius: {u(5)};
}}
QListWidget[plain="true"]::item {{ padding: {u(6)} 0; border: none; }}
QListWidget::item:selected {{ background: {t.accent_soft}; color: {t.text}; }}
QListWidget::item:disabled {{ color: {t.muted}; }}
QTableView {{ gridline-color: {t.border}; alternate-background-color: {t.surface}; }}
QHeaderView {{ background: {t.surface}; border: none; }}
QHeaderView::section {{
    background: {t.surface}; color: {t.muted}; border: none;
    border-bottom: 1px solid {t.border}; padding: {u(6)} {u(10)};
    font-size: {type_.caption}pt; font-weight: 600;
}}
QHeaderView::section:first {{ padding-left: {u(16)}; }}
/* Fusion's own arrow points down where it ascends; here it points up, as on other desks. */
QHeaderView::up-arrow {{ image: url("{icons}/arrow-up-{shade}.svg"); }}
QHeaderView::down-arrow {{ image: url("{icons}/arrow-{shade}.svg"); }}
QHeaderView::up-arrow, QHeaderView::down-arrow {{
    width: {u(11)}; height: {u(11)}; subcontrol-position: center right; right: {u(4)};
}}
QTableCornerButton::section {{ background: {t.surface}; border: none; }}

QScrollArea {{ background: transparent; border: none; }}
QScrollArea > QWidget > QWidget {{ background: transparent; }}
QAbstractScrollArea::corner {{ background: transparent; border: none; }}
QScrollBar:vertical {{ background: transparent; width: {u(12)}; margin: 0; }}
QScrollBar:horizontal {{ background: transparent; height: {u(12)}; margin: 0; }}
QScrollBar::handle {{ background: {t.outline}; border-radius: {u(3)}; }}
QScrollBar::handle:vertical {{ min-height: {u(32)}; margin: {u(2)} {u(2)} {u(2)} {u(4)}; }}
QScrollBar::handle:horizontal {{ min-width: {u(32)}; margin: {u(4)} {u(2)} {u(2)} {u(2)}; }}
QScrollBar::handle:hover {{ background: {t.muted}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}

QProgressBar {{
    background: {t.pressed}; border: none; border-radius: {u(3)};
    min-height: {u(6)}; max-height: {u(6)}; color: transparent;
}}
QProgressBar::chunk {{ background: {t.accent_ink}; border-radius: {u(3)}; }}
QSplitter::handle {{ background: transparent; }}
QSlider::groove:horizontal {{ background: {t.pressed}; height: {u(4)}; border-radius: {u(2)}; }}
QSlider::handle:horizontal {{
    background: {t.text}; width: {u(14)}; margin: -{u(5)} 0; border-radius: {u(7)};
}}
"""
