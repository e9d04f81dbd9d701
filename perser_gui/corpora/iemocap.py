"""IEMOCAP: 10,039 turns of acted dialogue, rated by twelve people (Busso et al. 2008)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.corpora.reading import (
    Oddities,
    counted,
    lines_of,
    number_of,
    without_audio,
    word_of,
)
from perser_gui.errors import PerserError

TURNS = {"1": 1819, "2": 1811, "3": 2136, "4": 2103, "5": 2170}
"""Turns of each session; 10,039 in all."""

CONSENSUS = {
    "xxx": 2507,
    "fru": 1849,
    "neu": 1708,
    "ang": 1103,
    "sad": 1084,
    "exc": 1041,
    "hap": 595,
    "sur": 107,
    "fea": 40,
    "oth": 3,
    "dis": 2,
}
FILES = 151

_HEADER = re.compile(r"\[([\d.]+) - ([\d.]+)\]\t(\S+)\t(\w+)(?:\t\[([^\]]*)\])?\s*")
_TURN = re.compile(r"(Ses(\d\d)[FM]_[A-Za-z0-9_]+)_([FM])\w+")
_RATER = re.compile(r"([CA])-([EFM]\d+):\t([^\t]*)(?:\t\((.*)\))?.*")
_ATTRIBUTE = re.compile(r"(val|act|dom)\s+(\d+(?:\.\d+)?)")
_ATTRIBUTES = {"val": "valence", "act": "activation", "dom": "dominance"}


@dataclass
class _Turn:
    name: str
    consensus: str
    dialogue: str
    session: str
    speaker: str
    start: str
    end: str
    labels: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)
    attributes: dict[str, dict[str, str]] = field(default_factory=dict)


def read_iemocap(folder: Path | str) -> RatingsTable:
    """Read every rater's categories; observers are `iemocap-E1` and so on, actors `iemocap-F9`.

    Several emotions of one rater are kept. A rating that says only “other” names no
    emotion. `extra` holds `dialogue`, `session`, `start`, `end` (s), the rater's own
    `valence`, `activation`, `dominance` (1 to 5) and their `comment`, where there are any.

    Raises:
        PerserError: if the folder is not IEMOCAP's.
    """
    root = Path(folder)
    odd = Oddities(root)
    rows: list[RatingRow] = []
    turns: Counter[str] = Counter()
    consensus: Counter[str] = Counter()
    files = 0
    for number in TURNS:
        place = root / f"Session{number}" / "dialog" / "EmoEvaluation"
        for path in _label_files(place):
            files += 1
            for turn in _turns(path, odd):
                turns[number] += 1
                consensus[turn.consensus] += 1
                rows += _rows(turn, number)
    if not rows:
        raise PerserError(
            f"No rating of IEMOCAP was found in {str(root)!r}; please give the folder that holds "
            "Session1 to Session5 with dialog/EmoEvaluation."
        )
    notes = counted(root, "dialogues", files, FILES)
    for number, expected in TURNS.items():
        notes += counted(root, f"turns in session {number}", turns[number], expected)
    if not notes:
        for name, expected in CONSENSUS.items():
            notes += counted(root, f"turns agreed to be {name}", consensus[name], expected)
    notes += without_audio(root, (row.file for row in rows))
    return RatingsTable(tuple(rows), root, "iemocap", notes + odd.notes())


def _label_files(place: Path) -> list[Path]:
    """Return the label files of one session; sub-folders hold another syntax."""
    try:
        return sorted(
            path for path in place.glob("*.txt") if path.is_file() and not path.name.startswith(".")
        )
    except (OSError, ValueError):
        return []


def _turns(path: Path, odd: Oddities) -> Iterator[_Turn]:
    turn: _Turn | None = None
    for number, line in lines_of(path):
        header = _HEADER.fullmatch(line)
        rater = _RATER.fullmatch(line)
        if header:
            if turn:
                yield turn
            turn = _turn(header)
            if turn is None:
                odd.add("naming no turn", path, number)
        elif rater and turn:
            _take(turn, rater)
        elif not line.strip():
            if turn:
                yield turn
            turn = None
        elif not line.startswith("%"):
            odd.add("not understood", path, number)
    if turn:
        yield turn


def _turn(header: re.Match[str]) -> _Turn | None:
    name = _TURN.fullmatch(header[3])
    if name is None:
        return None
    session = name[2].lstrip("0") or "0"
    return _Turn(
        name=name[0],
        consensus=header[4],
        dialogue=name[1],
        session=session,
        speaker=f"iemocap-{name[3]}{session}",
        start=header[1],
        end=header[2],
    )


def _take(turn: _Turn, rater: re.Match[str]) -> None:
    kind, who, said, comment = rater.groups()
    if kind == "C":
        words = (word_of(part) for part in said.split(";"))
        named = tuple(dict.fromkeys(word for word in words if word))
        turn.labels.setdefault(who, (named, " ".join((comment or "").split())))
    else:
        values = {_ATTRIBUTES[name]: value for name, value in _ATTRIBUTE.findall(said)}
        turn.attributes.setdefault(who, {k: v for k, v in values.items() if number_of(v)})


def _rows(turn: _Turn, folder: str) -> Iterator[RatingRow]:
    for who, (words, comment) in turn.labels.items():
        extra = {
            "dialogue": turn.dialogue,
            "session": turn.session,
            "dialogue_start": turn.start,
            "dialogue_end": turn.end,
            **turn.attributes.get(who, {}),
        }
        if comment and comment.isprintable():
            extra["comment"] = comment
        yield RatingRow(
            file=f"Session{folder}/sentences/wav/{turn.dialogue}/{turn.name}.wav",
            listener=f"iemocap-{who}",
            emotions=words,
            speaker=turn.speaker,
            extra=extra,
        )
