"""The editor of a listener's emotion words: rename, merge, add, remove, reorder."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtWidgets import QFrame, QLineEdit, QWidget

from perser_gui.bidi import isolated
from perser_gui.emotions import (
    CLASSES,
    COLOURS,
    Emotion,
    EmotionSet,
    class_of,
    normalized,
    spare_colours,
)
from perser_gui.errors import PerserError
from perser_gui.ui.acts.shortcuts import bindings, refusals
from perser_gui.ui.dialogs.colour_button import ColourButton
from perser_gui.ui.dialogs.page import KEEPS_ENTER
from perser_gui.ui.dialogs.questions import Question
from perser_gui.ui.look import theme
from perser_gui.ui.widgets import column, icon_button, label, row, text_button
from perser_gui.ui.widgets.basics import IconButton
from perser_gui.ui.widgets.focus_order import chain
from perser_gui.ui.widgets.key_field import WordKeyField
from perser_gui.ui.widgets.menu_parts import RoomyBox
from perser_gui.ui.widgets.scrolled_panel import PageArea
from perser_gui.ui.widgets.tips import tip
from perser_gui.ui.widgets.word_keys import keys_of

LONGEST = 40
"""Letters that a word has at most."""


def fitting(word: str) -> str:
    """Return a word as it was typed, without spaces too many.

    Raises:
        PerserError: if it is too long.
    """
    cleaned = " ".join(word.split())
    if len(cleaned) > LONGEST:
        raise PerserError(
            f"“{isolated(cleaned[:20])}…” has {len(cleaned):,} letters; "
            f"a word has {LONGEST} at most."
        )
    return cleaned


def added(emotions: EmotionSet, word: str) -> EmotionSet:
    """Return the set with one more word; a synonym of a free class starts from that class.

    Raises:
        PerserError: for an empty word or one that is there already.
    """
    cleaned = fitting(word)
    EmotionSet.of((*emotions.words, cleaned))
    known = class_of(cleaned)
    taken = {source for e in emotions.emotions for source in e.sources}
    sources = (known,) if known is not None and known not in taken else ()
    used = {e.colour for e in emotions.emotions}
    wished = COLOURS.get(known or "")
    candidates = ([wished] if wished else []) + [*spare_colours(), *COLOURS.values()]
    colour = next((c for c in candidates if c not in used), spare_colours()[0])
    return EmotionSet((*emotions.emotions, Emotion(cleaned, colour, sources)))


def merged(emotions: EmotionSet, place: int, into: int) -> EmotionSet:
    """Return the set with the word at `place` merged into another one.

    The word that stays now also stands for what the other stood for.
    """
    gone = emotions.emotions[place]
    changed = []
    for i, emotion in enumerate(emotions.emotions):
        if i == place:
            continue
        if i == into:
            extra = tuple(s for s in gone.sources if s not in emotion.sources)
            changed.append(replace(emotion, sources=emotion.sources + extra))
        else:
            changed.append(emotion)
    return EmotionSet(tuple(changed))


def removed(emotions: EmotionSet, place: int) -> EmotionSet:
    """Return the set without the word at `place`.

    Raises:
        PerserError: if it is the last one.
    """
    if len(emotions.emotions) < 2:
        raise PerserError("An emotion set needs at least one emotion.")
    return EmotionSet(tuple(e for i, e in enumerate(emotions.emotions) if i != place))


def moved(emotions: EmotionSet, place: int, step: int) -> EmotionSet:
    """Return the set with the word at `place` moved up (-1) or down (+1)."""
    items = list(emotions.emotions)
    target = min(max(place + step, 0), len(items) - 1)
    items.insert(target, items.pop(place))
    return EmotionSet(tuple(items))


def coloured(emotions: EmotionSet, place: int, colour: str) -> EmotionSet:
    """Return the set with another colour for the word at `place`.

    Raises:
        PerserError: if another word has that colour.
    """
    items = list(emotions.emotions)
    for i, other in enumerate(items):
        if i != place and other.colour == colour:
            raise PerserError(f"“{isolated(other.word)}” has this colour; please choose another.")
    items[place] = replace(items[place], colour=colour)
    return EmotionSet(tuple(items))


def keyed(emotions: EmotionSet, place: int, key: str) -> EmotionSet:
    """Return the set with a key for the word at `place`; empty, or its own digit: the default."""
    items = list(emotions.emotions)
    items[place] = replace(items[place], key="")
    if key and EmotionSet(tuple(items)).keys[place] != key:
        items[place] = replace(items[place], key=key)
    return EmotionSet(tuple(items))


def renamed(emotions: EmotionSet, words: Sequence[str]) -> EmotionSet:
    """Return the set with its words replaced in order; what they stand for stays.

    Raises:
        PerserError: for an empty word or one that stands twice.
    """
    cleaned = [fitting(word) for word in words]
    EmotionSet.of(cleaned)
    return EmotionSet(
        tuple(replace(e, word=w) for e, w in zip(emotions.emotions, cleaned, strict=True))
    )


class EmotionEditor(Question):
    """Edits a copy of the set; `emotions` is the result, `models` the words of everyone's model.

    `keys` are those of the commands, which a word cannot have.
    """

    def __init__(
        self,
        parent: QWidget | None,
        emotions: EmotionSet,
        counts: Mapping[str, int],
        models: EmotionSet | None = None,
        keys: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        super().__init__(
            parent,
            "Your emotion words",
            "Keys 1–9 follow this order; press another key in a word's field to choose it. W and "
            "first letters (or the number) reach every word. "
            "Your labels keep the words they were made with; a renamed word takes its labels "
            "along.",
            "Use these words",
        )
        self.emotions = self._before = emotions
        self._models = models or EmotionSet.default()
        self._counts = dict(counts)
        self._commands = dict(keys) if keys is not None else bindings(())
        self.fields: list[QLineEdit] = []
        self._area = PageArea()
        self._area.setMinimumHeight(theme.px(356))
        self.new_word = QLineEdit()
        self.new_word.setPlaceholderText("Add a word of your own")
        self.new_word.setAccessibleName("New emotion word")
        self.new_word.setProperty(KEEPS_ENTER, True)
        self.new_word.returnPressed.connect(self.add)
        self.add_button = text_button("Add", icon="add")
        self.add_button.setAutoDefault(False)
        self.add_button.clicked.connect(self.add)
        reset = text_button("Use the model's own words", kind="link")
        reset.setAutoDefault(False)
        reset.clicked.connect(self.ask_reset)
        adding = row(self.new_word, self.add_button)
        adding.setStretch(0, 1)
        self.body.addWidget(self._area)
        self.put_below(adding)
        self.put_below(row(reset, 1))
        self.keep_room_for_problem()
        self.cancel_button.clicked.disconnect()
        self.cancel_button.clicked.connect(self.leave)
        self.setMinimumWidth(theme.px(710))
        self._rebuild()

    # -- acts ------------------------------------------------------------------------------

    def add(self) -> None:
        """Add the word in the field below."""
        if self.new_word.text().strip() and self._take_names():
            before = len(self.emotions.emotions)
            self._try(lambda: added(self.emotions, self.new_word.text()))
            if len(self.emotions.emotions) > before:
                self.new_word.clear()
                QTimer.singleShot(0, self, self._show_last)

    def remove(self, place: int) -> None:
        """Remove a word."""
        if self._take_names():
            self._try(lambda: removed(self.emotions, place))
            self._stand_at(min(place, len(self.emotions.emotions) - 1), "away")

    def merge(self, place: int, into: int) -> None:
        """Merge a word into another one."""
        if self._take_names():
            self._try(lambda: merged(self.emotions, place, into))

    def recolour(self, place: int, colour: str) -> None:
        """Give a word another colour."""
        if self._take_names():
            self._try(lambda: coloured(self.emotions, place, colour))
            self._stand_at(place, "colour")

    def choose_key(self, place: int, key: str) -> None:
        """Give a word a key of its own; empty: the digit of its place, if that is free."""
        if self._take_names():
            self._try(lambda: keyed(self.emotions, place, key))
            self._stand_at(place, "key")

    def shift(self, place: int, step: int) -> None:
        """Move a word up or down."""
        if self._take_names():
            self._try(lambda: moved(self.emotions, place, step))
            target = min(max(place + step, 0), len(self.emotions.emotions) - 1)
            self._stand_at(target, "up" if step < 0 else "down")

    def reset(self) -> None:
        """Go back to the words of everyone's model."""
        self._try(lambda: self._models)

    @property
    def changed(self) -> bool:
        """Whether anything is otherwise than it was, what is only typed included."""
        typed = tuple(field.text() for field in self.fields)
        return (
            self.emotions != self._before
            or typed != self.emotions.words
            or bool(self.new_word.text().strip())
        )

    @Slot()
    def ask_reset(self) -> None:
        """Go back to the words of everyone's model, if that is meant."""
        question = Question(
            self,
            "Use the model's own words?",
            "The words in this list, their order, colours and keys give way to those of everyone's "
            "model. Nothing is changed for good before you press “Use these words”.",
            "Use the model's own words",
        )
        if self.emotions == self._models or question.exec():
            self.reset()
        question.deleteLater()

    def leave(self) -> None:
        """Leave everything as it was."""
        super().reject()

    def reject(self) -> None:
        """Leave everything as it was; what was changed is asked about first."""
        if self.changed:
            question = Question(
                self, "Drop your changes?", "Your words stay as they were before.", "Drop them"
            )
            question.cancel_button.setText("Go on editing")
            dropped = question.exec()
            question.deleteLater()
            if not dropped:
                return
        super().reject()

    def accept(self) -> None:
        """Take over the names that were typed, a new one too, and the keys, if they can be used."""
        self.add()
        if not self.new_word.text().strip() and self._take_names():
            wrong = refusals(self.emotions, self._commands)
            if wrong:
                self._say(wrong[0])
            else:
                super().accept()

    def _take_names(self) -> bool:
        try:
            self.emotions = renamed(self.emotions, [field.text() for field in self.fields])
        except PerserError as error:
            self._say(str(error))
            return False
        self._say("")
        return True

    def _try(self, act: Callable[[], EmotionSet]) -> None:
        try:
            self.emotions = act()
        except PerserError as error:
            self._say(str(error))
        else:
            self._say(next(iter(refusals(self.emotions, self._commands)), ""))
            self._rebuild()

    def _say(self, sentence: str) -> None:
        self.problem.setText(sentence)

    def _stand_at(self, place: int, part: str) -> None:
        """Leave the keyboard on the button that was pressed, in the row where its word is now."""
        self._parts[place][part].setFocus(Qt.FocusReason.OtherFocusReason)

    def _show_last(self) -> None:
        self._area.ensureWidgetVisible(self.fields[-1])

    # -- rows ------------------------------------------------------------------------------

    def _rebuild(self) -> None:
        self.fields = []
        self._parts: list[dict[str, QWidget]] = []
        keys = keys_of(self.emotions)
        rows = [self._row(i, e, keys[i]) for i, e in enumerate(self.emotions.emotions)]
        holder = QWidget()
        holder.setLayout(column(*rows, 1, gap=6))
        self._area.setWidget(holder)
        chain(self)

    def _row(self, place: int, emotion: Emotion, typed: str) -> QFrame:
        taken = {other.colour for other in self.emotions.emotions}
        dot = ColourButton(emotion.word, emotion.colour, taken)
        dot.chosen.connect(lambda colour: self.recolour(place, colour))
        key = WordKeyField(emotion.word)
        key.setFixedWidth(theme.px(52))
        key.setAlignment(Qt.AlignmentFlag.AlignCenter)
        own = self.emotions.keys[place]
        key.show_key(own)
        key.setPlaceholderText(typed if not own else "")
        key.setToolTip(tip("Press the key to label with; Delete goes back to the digit."))
        key.pressed.connect(lambda pressed: self.choose_key(place, pressed))
        key.refused.connect(self._say)
        field = QLineEdit(emotion.word)
        field.setAccessibleName(f"Word {place + 1}")
        self.fields.append(field)
        source = label(self._basis(emotion), "caption")
        source.setFixedWidth(theme.px(160))
        source.setToolTip(tip(source.text()))
        field.setMinimumWidth(theme.px(130))
        merge = RoomyBox()
        merge.setAccessibleName(f"Merge {isolated(emotion.word)} into")
        merge.addItem("merge into…", None)
        for i, other in enumerate(self.emotions.emotions):
            if i != place:
                merge.addItem(isolated(other.word), i)
        merge.setFixedWidth(theme.px(128))
        merge.activated.connect(lambda _: self._merge_chosen(place, merge))
        up = icon_button("up", f"Move {isolated(emotion.word)} up")
        up.clicked.connect(lambda: self.shift(place, -1))
        down = icon_button("down", f"Move {isolated(emotion.word)} down")
        down.clicked.connect(lambda: self.shift(place, +1))
        away: IconButton = icon_button("trash", f"Remove {isolated(emotion.word)}")
        away.clicked.connect(lambda: self.remove(place))
        self._parts.append({"up": up, "down": down, "away": away, "colour": dot, "key": key})
        result = QFrame()
        result.setLayout(row(dot, key, field, source, merge, up, down, away, gap=6, wide=2))
        return result

    def _merge_chosen(self, place: int, merge: RoomyBox) -> None:
        into = merge.currentData()
        if into is not None:
            self.merge(place, into)

    def _basis(self, emotion: Emotion) -> str:
        count = self._counts.get(emotion.word, 0)
        labels = f"{count} label{'s' if count != 1 else ''}"
        if not emotion.sources:
            return f"your own word · {labels}"
        same = [normalized(s) for s in emotion.sources] == [normalized(emotion.word)]
        if same or not set(emotion.sources) <= set(CLASSES):
            return labels
        return f"{' + '.join(map(isolated, emotion.sources))} · {labels}"
