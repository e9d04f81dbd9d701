"""One spelling in all that is read: British, with -ize, and regular past forms ("learned")."""

from __future__ import annotations

import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

import perser_gui

ROOT = Path(perser_gui.__file__).parents[1]
PAGES = ("*.md", "docs/**/*.md", "models/**/*.md", "resources/**/*.md")
PROSE = ("STRING", "FSTRING_MIDDLE", "COMMENT")
"""What is read in a source: messages, docstrings and comments; names are others' too."""

OTHER = re.compile(
    r"""\b(
      (?:un|mis)?learnt | burnt | spelt | spoilt | dreamt | leapt | leant
    | (?:un|re|mis)?label(?:ed|ing) | cancel(?:ed|ing) | model(?:ed|ing) | signal(?:ed|ing)
    | gray(?:s|ed)? | (?:dis)?color(?:ed|ing|ful) | centered | behaviors? | neighbor\w* | favor\w*
    | honor\w* | analyz\w+ | catalogs? | artifacts? | defense | judgments?
    | (?:recogn|organ|general|normal|personal|optim|minim|maxim|summar|initial|real|emphas|random
       |synthes|standard|visual|serial|special|util|token|quant|final|categor|regular|harmon)
      is(?:e|es|ed|er|ers|ing|ation|ations)
    )\b""",
    re.IGNORECASE | re.VERBOSE,
)

THEIRS = {
    "corpora/answers.py": {"unlabeled"},  # how tables of others say that nothing was said
}
"""What is read, and stands as somebody else spells it."""


def other_spellings(text: str) -> set[str]:
    return {found[0].lower() for found in OTHER.finditer(text)}


def texts() -> Iterator[tuple[str, str]]:
    """Yield all that is read, with where it stands."""
    for pattern in PAGES:
        for path in ROOT.glob(pattern):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
    for path in (ROOT / "perser_gui").rglob("*.py"):
        place = str(path.relative_to(ROOT / "perser_gui"))
        source = io.StringIO(path.read_text(encoding="utf-8"))
        for token in tokenize.generate_tokens(source.readline):
            if tokenize.tok_name[token.type] in PROSE:
                yield place, token.string


@pytest.mark.parametrize("word", ["learnt", "Unlearnt", "labeled", "analyze", "organisation"])
def test_another_spelling_is_seen(word: str) -> None:
    assert other_spellings(f"What it {word}, was.") == {word.lower()}


@pytest.mark.parametrize("text", ["learned, labelled", "surprised noise raises", "unrealistic"])
def test_the_spelling_of_the_house_is_left_alone(text: str) -> None:
    assert other_spellings(text) == set()


def test_all_that_is_read_has_one_spelling() -> None:
    found = {(place, word) for place, text in texts() for word in other_spellings(text)}
    assert {(place, word) for place, word in found if word not in THEIRS.get(place, ())} == set()
