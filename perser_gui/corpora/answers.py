"""What a person wrote where an emotion was asked for: words, shares of words, or no answer.

Spreadsheets, survey forms and other programs each have their way of writing several
emotions, or none, into one cell. Each is understood in one place, and what is not plainly
one word is said in a sentence.
"""

from __future__ import annotations

import ast
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from perser_gui.emotions import class_of, normalized

NO_EMOTION = frozenset(
    normalized(word)
    for word in (
        "na", "n/a", "n.a.", "#n/a", "nan", "<na>", "null", "nil", "none", "xxx", "<unk>", "unk",
        "[unk]", "unknown", "undefined", "oth", "other", "others", "other emotion", "no answer",
        "no label", "no agreement", "not applicable", "none of the above", "none of these",
        "can't tell", "cant-tell", "cant tell", "cannot tell", "can’t tell", "don't know",
        "don’t know", "dont know", "i don't know", "dk", "idk", "k.a.", "keine angabe",
        "unlabeled", "unlabelled", "?", "-", "--", "–", "—", "其他", "未知",
    )
)  # fmt: skip
"""Answers that name no emotion, as they are compared (see `normalized`)."""

SKIPPED = frozenset(("skip", "skipped"))
"""Answers that say that the clip was passed over."""

LONGEST = 10_000
"""Characters of one cell."""

LONGEST_WORD = 150
"""Characters of a word with its share; what is longer is not looked at for one."""

_BETWEEN = re.compile(r"[;|,\n\r+&，、；｜]")
_KEYS = ("choices", "labels", "label", "emotions", "emotion", "values", "value", "text", "name")
_SHARE = re.compile(r"(.*?[^\W\d_].*?)\s*(?:[:=]\s*|[(（]\s*|\s)(\d+(?:[.,]\d+)?)\s*(%?)\s*[)）]?")
_IN_BRACKETS = re.compile(r"([^()（）]+?)\s*[(（]\s*([^()（）]+?)\s*[)）]")


@dataclass(frozen=True, slots=True)
class Answered:
    """What one cell says: `words`, their `shares` (none: all alike), or an `answer` without.

    `answer` is `cant-tell` or `skip` when there is no word.
    """

    words: tuple[str, ...] = ()
    shares: tuple[float, ...] = ()
    answer: str = ""


CANT_TELL = Answered(answer="cant-tell")


def answer_of(
    cell: str, own: Collection[str] = (), pairs: Mapping[str, str] | None = None
) -> Answered:
    """Return what a cell says; nothing for a blank one.

    `own` are words (as `normalized`) that stand for themselves however they are spelled,
    `pairs` says which half of a label in two languages is meant, by the label.

    >>> answer_of("neutral|happy").words
    ('neutral', 'happy')
    >>> answer_of("生气/angry").words, answer_of("<unk>").answer
    (('angry',), 'cant-tell')
    >>> answer_of("happy:3; sad:1").shares
    (0.75, 0.25)

    Raises:
        ValueError: for a broken list, or shares that are none.
    """
    text = cell.strip()
    if len(text) > LONGEST:
        raise ValueError("it is too long")
    if not text:
        return Answered()
    if text[0] in "[{":
        return _of_data(_parsed(text), own)
    return _of_text(text, own, pairs or {})


def shared(amounts: Mapping[str, float]) -> Answered:
    """Return words with their shares, which are made to add up to one.

    Words without a share are left out; words that all have the same need none.

    Raises:
        ValueError: if an amount is negative or no number.
    """
    total = sum(amounts.values())
    if any(not 0 <= amount < float("inf") for amount in amounts.values()):
        raise ValueError("a share is negative or no number")
    kept = {word: amount for word, amount in amounts.items() if amount > 0}
    if not kept:
        return CANT_TELL
    words = tuple(kept)
    if len(set(kept.values())) == 1:
        return Answered(words)
    return Answered(words, tuple(round(amount / total, 6) for amount in kept.values()))


def says_nothing(text: str) -> bool:
    """Whether an answer names no emotion, such as `NA`, `xxx` or `other: tired`."""
    plain = normalized(text)
    return plain in NO_EMOTION or re.match(r"(other|其他)\s*[-:/(]", plain) is not None


def two_languages(cells: Iterable[str]) -> dict[str, str]:
    """Return which half of a label is meant where all labels stand in two languages.

    That is so where every `A/B` has one half that is known and the other goes with it alone,
    in at least two labels.

    >>> two_languages(["Ärger/anger", "Freude/joy", "Ärger/anger"])
    {'Ärger/anger': 'anger', 'Freude/joy': 'joy'}
    >>> two_languages(["happy/sad", "odd/sad"])
    {}
    """
    found: dict[str, str] = {}
    halves: set[tuple[str, str]] = set()
    for cell in cells:
        parts = [part.strip() for part in cell.split("/")]
        if len(parts) < 2:
            continue
        known = [part for part in parts if class_of(part) is not None]
        if len(parts) != 2 or len(known) != 1:
            return {}
        found[cell] = known[0]
        (other,) = (part for part in parts if part != known[0])
        halves.add((normalized(known[0]), normalized(other)))
    one_to_one = all(len({pair[side] for pair in halves}) == len(halves) for side in (0, 1))
    return found if len(halves) > 1 and one_to_one else {}


class Reading:
    """Reads the cells of one table and remembers what was not plainly one word each."""

    def __init__(self, own: Collection[str] = ()) -> None:
        self.own = {normalized(word) for word in own}
        self.pairs: Mapping[str, str] = {}
        self._cells: dict[str, Answered] = {}
        self._odd: Counter[str] = Counter()

    def read(self, cell: str) -> Answered:
        """Return what a cell says, as `answer_of`."""
        found = self._cells.get(cell)
        if found is None:
            found = self._cells[cell] = answer_of(cell, self.own, self.pairs)
        plain = tuple(word for part in cell.split(";") if (word := tidy(part)))
        if cell.strip() and found != Answered(plain):
            self._odd[tidy(cell)] += 1
        return found

    def notes(self) -> list[str]:
        """Return sentences about the cells that took understanding."""
        several: dict[str, tuple[int, Answered]] = {}
        shares: dict[str, tuple[int, Answered]] = {}
        one: dict[str, tuple[int, Answered]] = {}
        nothing: dict[str, tuple[int, Answered]] = {}
        for cell, count in self._odd.items():
            said = next((a for c, a in self._cells.items() if tidy(c) == cell), CANT_TELL)
            kind = (
                nothing
                if not said.words
                else shares
                if said.shares
                else one
                if len(said.words) == 1
                else several
            )
            kind[cell] = (count, said)
        sentences = []
        if several:
            cell, (_, said) = next(iter(several.items()))
            sentences.append(
                f"{_times(several)} named several emotions: “{cell[:60]}” was read as "
                f"{_list(said.words)}."
            )
        if shares:
            cell, (_, said) = next(iter(shares.items()))
            parts = [f"{w} {100 * s:.0f} %" for w, s in zip(said.words, said.shares, strict=True)]
            sentences.append(
                f"{_times(shares)} gave emotions a share: “{cell[:60]}” was read as {_list(parts)}."
            )
        if one:
            named = [f"“{cell[:40]}” as {said.words[0]}" for cell, (_, said) in one.items()]
            was = "was" if _times(one).startswith("1 ") else "were"
            sentences.append(f"{_times(one)} {was} read as one word: {_list(named, 8)}.")
        if nothing:
            named = [f"“{cell[:40]}” ({count})" for cell, (count, _) in nothing.items()]
            name = "names" if _times(nothing).startswith("1 ") else "name"
            sentences.append(f"{_times(nothing)} {name} no emotion: {_list(named, 8)}.")
        return sentences


def tidy(word: str) -> str:
    """Return a word with single spaces."""
    return " ".join(word.split())


def _times(kind: Mapping[str, tuple[int, Answered]]) -> str:
    count = sum(count for count, _ in kind.values())
    return f"{count:,} answer" + ("" if count == 1 else "s")


def _list(parts: Iterable[str], most: int = 5) -> str:
    named = list(parts)
    if len(named) > most:
        return f"{', '.join(named[:most])} and {len(named) - most} more"
    return " and ".join((", ".join(named[:-1]), named[-1])) if len(named) > 1 else named[0]


def _of_text(text: str, own: Collection[str], pairs: Mapping[str, str]) -> Answered:
    if normalized(text) in own:
        return Answered((tidy(text),))
    if text in pairs:
        return Answered((tidy(pairs[text]),))
    if says_nothing(text):
        return CANT_TELL
    if normalized(text) in SKIPPED:
        return Answered(answer="skip")
    one = _one_of_two(re.split(r"[/|]| - ", text)) or _bracketed(text)
    if one:
        return one
    parts = [part.strip() for part in _BETWEEN.split(text)] if _BETWEEN.search(text) else [text]
    parts = [part for part in parts if part]
    for pieces in (parts, [part for part in re.split(r"[;|\n]", text) if part.strip()]):
        if any(len(part) > LONGEST_WORD for part in pieces):
            continue
        amounts = [found for part in pieces if (found := _SHARE.fullmatch(part))]
        if amounts and len(amounts) == len(pieces):
            return _with_shares([(found[1], found[2]) for found in amounts])
    return _joined(
        [a for part in parts for a in _halves(part, own, pairs)] if parts else [Answered()]
    )


def _halves(part: str, own: Collection[str], pairs: Mapping[str, str]) -> list[Answered]:
    """Return the answers of one part: both sides of a slash, if it is no label in two scripts."""
    if normalized(part) in own or "/" not in part:
        one = None if normalized(part) in own else _bracketed(part)
        return [one or _word(part, own)]
    if part in pairs:
        return [Answered((tidy(pairs[part]),))]
    if says_nothing(part):
        return [CANT_TELL]
    halves = [half.strip() for half in part.split("/") if half.strip()]
    one = _one_of_two(halves)
    return [one] if one else [_word(half, own) for half in halves]


def _word(word: str, own: Collection[str]) -> Answered:
    if normalized(word) in own:
        return Answered((tidy(word),))
    if says_nothing(word):
        return CANT_TELL
    if normalized(word) in SKIPPED:
        return Answered(answer="skip")
    return Answered((tidy(word),)) if normalized(word) else Answered()


def _joined(answers: list[Answered]) -> Answered:
    words: dict[str, str] = {}
    for said in answers:
        for word in said.words:
            words.setdefault(normalized(word), word)
    if words:
        return Answered(tuple(words.values()))
    return next((said for said in answers if said.answer), Answered())


def _one_of_two(parts: list[str]) -> Answered | None:
    """Return the one emotion of a label in two scripts (`生气/angry`), or None."""
    halves = [part.strip() for part in parts if part.strip()]
    if len(halves) != 2 or _latin(halves[0]) == _latin(halves[1]):
        return None
    if any(says_nothing(half) for half in halves):
        return CANT_TELL
    known = [half for half in halves if class_of(half) is not None]
    return Answered((tidy((known or [h for h in halves if _latin(h)])[0]),))


def _bracketed(text: str) -> Answered | None:
    found = _IN_BRACKETS.fullmatch(text)
    return _one_of_two([found[1], found[2]]) if found else None


def _latin(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return not letters or all("LATIN" in unicodedata.name(c, "") for c in letters)


def _with_shares(parts: list[tuple[str, str]]) -> Answered:
    amounts: dict[str, float] = {}
    spelled: dict[str, str] = {}
    for word, amount in parts:
        if says_nothing(word):
            continue
        key = normalized(word.strip(" \"'"))
        spelled.setdefault(key, tidy(word.strip(" \"'")))
        amounts[key] = amounts.get(key, 0.0) + float(amount.replace(",", "."))
    return shared({spelled[key]: amount for key, amount in amounts.items()})


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError, MemoryError, RecursionError, TypeError) as error:
        raise ValueError("it begins like a list and is none") from error


def _of_data(data: Any, own: Collection[str]) -> Answered:
    if data is None:
        return CANT_TELL
    if isinstance(data, str):
        return _word(data, own) if data.strip() else Answered()
    if isinstance(data, list | tuple | set):
        return _joined([_of_data(item, own) for item in data]) if data else CANT_TELL
    if isinstance(data, dict) and data:
        for key in _KEYS:
            if isinstance(data.get(key), str | list | dict):
                return _of_data(data[key], own)
        numbers = {
            str(word): float(amount)
            for word, amount in data.items()
            if isinstance(amount, int | float) and not says_nothing(str(word))
        }
        if len(numbers) == sum(not says_nothing(str(word)) for word in data):
            return shared({tidy(word): amount for word, amount in numbers.items()})
    raise ValueError("it is no list of emotions")
