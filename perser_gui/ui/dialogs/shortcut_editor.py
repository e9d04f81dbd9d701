"""The editor of keys; it does not let two commands share one."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtWidgets import QWidget

from perser_gui.ui.acts import shortcuts
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import column, icon_button, label, row, text_button
from perser_gui.ui.widgets.key_field import KeyField
from perser_gui.ui.widgets.scrolled_panel import PageArea
from perser_gui.ui.widgets.tips import tip


class ShortcutEditor(Question):
    """Edits a copy of the keys; `changes` is what differs from the defaults.

    `words` are keys (in small letters) that label, with what they label.
    """

    def __init__(
        self,
        parent: QWidget | None,
        keys: dict[str, tuple[str, ...]],
        words: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(
            parent,
            "Change keys",
            "Press the new key in a field. Digits always label; they cannot be used here. The keys "
            "of your words are chosen in “Emotion words…”.",
            "Use these keys",
        )
        self.keys = dict(keys)
        self._words = dict(words or {})
        self.fields: dict[str, KeyField] = {}
        groups: dict[str, list[QWidget]] = {}
        for command in shortcuts.COMMANDS:
            groups.setdefault(command.group, []).append(self._row(command))
        parts: list[QWidget] = []
        for title, rows in groups.items():
            parts.append(label(title, "section"))
            parts.extend(rows)
        holder = QWidget()
        holder.setLayout(column(*parts, 1, gap=5))
        area = PageArea(gap=10)
        area.setWidget(holder)
        area.setMinimumHeight(theme.px(400))
        defaults = text_button("Back to the defaults", kind="link")
        defaults.setAutoDefault(False)
        defaults.clicked.connect(self.reset)
        self.body.addWidget(area)
        self.put_below(row(defaults, 1))
        self.setMinimumWidth(theme.px(520))
        self._check()

    @property
    def changes(self) -> tuple[tuple[str, str], ...]:
        """What differs from the defaults, in the form that the settings keep."""
        return shortcuts.changes(self.keys)

    def bind(self, name: str, key: str) -> None:
        """Give a command one key (none if empty) and look for conflicts."""
        self.keys[name] = (key,) if key else ()
        self._show(name)
        self._check()

    def reset(self) -> None:
        """Go back to the keys that the program came with."""
        self.keys = shortcuts.bindings(())
        for name in self.fields:
            self._show(name)
        self._check()

    def _row(self, command: shortcuts.Command) -> QWidget:
        field = KeyField(f"Key of “{command.title}”")
        field.setFixedWidth(theme.px(170))
        self.fields[command.id] = field
        self._show(command.id)
        field.pressed.connect(lambda key: self.bind(command.id, key))
        clear = icon_button("close", f"No key for “{command.title}”")
        clear.clicked.connect(lambda: self.bind(command.id, ""))
        result = QWidget()
        result.setLayout(row(label(command.title), 1, field, clear, gap=6))
        return result

    def _show(self, name: str) -> None:
        first = self.keys[name][0] if self.keys[name] else ""
        self.fields[name].show_key(first)
        more = self.keys[name][1:]
        self.fields[name].setToolTip(tip(f"also {', '.join(more)}") if more else "")

    def _check(self) -> None:
        found = shortcuts.conflicts(self.keys)
        sentences = []
        for key, names in found.items():
            titles = " and ".join(f"“{shortcuts.BY_ID[name].title}”" for name in names)
            if len(names) > 1:
                sentences.append(f"{key.upper()} stands for {titles}.")
            else:
                sentences.append(
                    f"{key.upper()} is kept for labelling; {titles} needs another key."
                )
        for name, own in self.keys.items():
            sentences += [
                f"{key.upper()} labels {self._words[key.casefold()]}; "
                f"“{shortcuts.BY_ID[name].title}” needs another key."
                for key in own
                if key.casefold() in self._words
            ]
        self.problem.setText(" ".join(sentences))
        self.problem.setVisible(bool(sentences))
        self.accept_button.setEnabled(not sentences)
