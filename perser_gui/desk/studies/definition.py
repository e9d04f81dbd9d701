"""What a study asks of its listeners, as a value and as one portable file (JSON or TOML)."""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

from perser_gui.corpora.ratings import read_text
from perser_gui.desk.words import check_words
from perser_gui.emotions import EmotionSet, normalized
from perser_gui.errors import PerserError
from perser_gui.files import write_whole

FORMAT: Final = "perser-study/1"
MOST_CLIPS = 20_000
MOST_WORDS = 60
MOST_BYTES = 32 << 20
LONGEST_TEXT = 20_000
LONGEST_NAME = 100

Order = Literal["random", "balanced", "listed"]
ORDERS: tuple[Order, ...] = get_args(Order)

_CONTENT = re.compile(r"([0-9a-f]{64}(#\d{1,3})?(@\d{1,12}-\d{1,12})?)?")


@dataclass(frozen=True)
class StudyClip:
    """A clip of a study: a file, or a part of it.

    `content` is what is heard (SHA-256 of the file's bytes, with channel and times behind it),
    `start` and `end` (s) name a part of the file (both None: all of it). Clips of one `block`
    are presented together; `group` is what a balanced order spreads (a speaker, an intended
    emotion...). Block and group may be empty.
    """

    file: str
    content: str = ""
    start: float | None = None
    end: float | None = None
    block: str = ""
    group: str = ""


@dataclass(frozen=True)
class Study:
    """What listeners of a study hear and are asked.

    `order` of the clips of a block: `random` (by `seed`, another for each listener),
    `balanced` (each group equally often at each place and after each other group), or as they
    are `listed`. Blocks come in an order that is balanced over listeners. `repeats` clips come
    twice, with at least `gap` other clips between. After `break_after` clips (0: never) a pause
    is offered. Answers are one of `words`, two if `second_word`, or “can't tell” if that is
    allowed; `intensity` is how many steps of strength are asked for (0: none). A clip may be
    played again `replays` times (None: as often as wanted), and with `hear_whole` must be heard
    to its end before it is answered. `listeners` are those who are expected, in the order in
    which balanced orders are dealt out; others may join.
    """

    name: str
    words: tuple[str, ...]
    clips: tuple[StudyClip, ...]
    instructions: str = ""
    order: Order = "random"
    seed: int = 0
    repeats: int = 0
    gap: int = 5
    break_after: int = 0
    cant_tell: bool = True
    second_word: bool = False
    intensity: int = 0
    replays: int | None = None
    hear_whole: bool = True
    listeners: tuple[str, ...] = ()

    @property
    def trials(self) -> int:
        """How many clips each listener hears, repeats included."""
        return len(self.clips) + self.repeats

    @property
    def key(self) -> str:
        """A digest that is the same wherever the study is: two files with one key are one study."""
        return hashlib.sha256(study_text(self).encode()).hexdigest()


def study_text(study: Study) -> str:
    """Return the JSON text of a study's file."""
    data: dict[str, Any] = {"format": FORMAT, **asdict(study)}
    data["clips"] = [
        {name: value for name, value in clip.items() if value not in ("", None)}
        for clip in data["clips"]
    ]
    return json.dumps(data, ensure_ascii=False, indent=1) + "\n"


def write_study(path: Path, study: Study) -> None:
    """Write a study as one JSON file that `read_study` takes on any computer.

    Raises:
        PerserError: if it cannot be written.
    """
    write_whole(path, study_text(study))


def read_study(path: Path) -> Study:
    """Read a study from its file, JSON or TOML, trusting nothing in it.

    Raises:
        PerserError: naming the file, and what in it is no study.
    """
    text = read_text(path, limit=MOST_BYTES)
    try:
        data = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
    except (ValueError, RecursionError) as error:
        raise PerserError(f"{path} is no study: {str(error)[:200]}.") from error
    try:
        return study_of(data)
    except PerserError as error:
        raise PerserError(f"{path} is no study that can be used: {error}") from error


def study_of(data: object) -> Study:
    """Return the study of JSON data.

    Raises:
        PerserError: naming the first thing that does not fit.
    """
    if not isinstance(data, dict):
        raise PerserError("it holds no table of settings.")
    given: dict[str, Any] = dict(data)
    if given.pop("format", None) != FORMAT:
        raise PerserError(f"“format” must be “{FORMAT}”; it may be from a newer program.")
    _only(given, Study, "")
    clips = given.get("clips")
    if not isinstance(clips, list) or not clips or len(clips) > MOST_CLIPS:
        raise PerserError(f"“clips” must list 1 to {MOST_CLIPS:,} clips.")
    replays = given.get("replays")
    order = _text(given, "order", 20) or "random"
    if order not in ORDERS:
        raise PerserError(f"“order” must be {', '.join(ORDERS)}.")
    return checked(
        Study(
            name=_text(given, "name", LONGEST_NAME),
            words=_texts(given, "words", MOST_WORDS),
            clips=tuple(_clip(one, place) for place, one in enumerate(clips, start=1)),
            instructions=_text(given, "instructions", LONGEST_TEXT, lines=True),
            order=order,
            seed=_number(given, "seed", 0, 2**53),
            repeats=_number(given, "repeats", 0, MOST_CLIPS),
            gap=_number(given, "gap", 0, MOST_CLIPS, 5),
            break_after=_number(given, "break_after", 0, MOST_CLIPS),
            cant_tell=_flag(given, "cant_tell", True),
            second_word=_flag(given, "second_word", False),
            intensity=_number(given, "intensity", 0, 9),
            replays=None if replays is None else _number(given, "replays", 0, 1000),
            hear_whole=_flag(given, "hear_whole", True),
            listeners=_texts(given, "listeners", 10_000),
        )
    )


def checked(study: Study) -> Study:
    """Return a study in which everything fits together.

    Raises:
        PerserError: naming what does not.
    """
    if not study.name.strip():
        raise PerserError("A study needs a name.")
    check_words(EmotionSet.of(study.words))
    if len(study.words) < 2:
        raise PerserError("A study needs at least two words to choose from.")
    if study.intensity == 1:
        raise PerserError("Strength is asked for in 2 to 9 steps, or not at all (0).")
    keys = [clip.content or (clip.file, clip.start, clip.end) for clip in study.clips]
    if len(set(keys)) != len(keys):
        twice = next(c for c, key in zip(study.clips, keys, strict=True) if keys.count(key) > 1)
        raise PerserError(f"The clip {twice.file} stands twice; please name it once.")
    names = [normalized(name) for name in study.listeners]
    if len(set(names)) != len(names):
        raise PerserError("A listener stands twice in the study; please name each once.")
    if study.repeats > len(study.clips):
        raise PerserError(
            f"{study.repeats} clips cannot come again, there are {len(study.clips)}; "
            "please ask for fewer repeats."
        )
    tidy = tuple(" ".join(word.split()) for word in study.words)
    return replace(study, name=" ".join(study.name.split()), words=tidy)


def _clip(data: object, place: int) -> StudyClip:
    where = f"clip {place}: "
    if not isinstance(data, dict):
        raise PerserError(f"{where}it must be a table with “file”.")
    _only(data, StudyClip, where)
    try:
        clip = StudyClip(
            file=_text(data, "file", 4096),
            content=_text(data, "content", 120),
            start=_seconds(data, "start"),
            end=_seconds(data, "end"),
            block=_text(data, "block", LONGEST_NAME),
            group=_text(data, "group", LONGEST_NAME),
        )
    except PerserError as error:
        raise PerserError(f"{where}{error}") from error
    if not clip.file:
        raise PerserError(f"{where}“file” is missing.")
    if not _CONTENT.fullmatch(clip.content):
        raise PerserError(f"{where}“content” is no SHA-256 of a clip.")
    if (clip.start is None) != (clip.end is None) or (
        clip.start is not None and clip.end is not None and clip.start >= clip.end
    ):
        raise PerserError(f"{where}“start” must lie before “end”.")
    return clip


def _only(data: Mapping[Any, Any], kind: type, where: str) -> None:
    known = set(kind.__dataclass_fields__)  # type: ignore[attr-defined]
    strange = next((name for name in data if name not in known), None)
    if strange is not None:
        raise PerserError(
            f"{where}“{str(strange)[:40]}” is not a setting ({', '.join(sorted(known))})."
        )


def _text(data: Mapping[str, Any], name: str, longest: int, *, lines: bool = False) -> str:
    value = data.get(name, "")
    if not isinstance(value, str) or len(value) > longest:
        raise PerserError(f"“{name}” must be text of at most {longest:,} characters.")
    shown = value.replace("\n", "").replace("\t", "") if lines else value
    if not shown.isprintable():
        raise PerserError(
            f"“{name}” holds signs that cannot be printed: {value[-60:]}; please rename it."
        )
    return value


def _texts(data: Mapping[str, Any], name: str, most: int) -> tuple[str, ...]:
    values = data.get(name, [])
    if not isinstance(values, Sequence) or isinstance(values, str) or len(values) > most:
        raise PerserError(f"“{name}” must be a list of at most {most:,} texts.")
    return tuple(_text({name: value}, name, LONGEST_NAME) for value in values)


def _number(data: Mapping[str, Any], name: str, least: int, most: int, default: int = 0) -> int:
    value = data.get(name, default)
    if type(value) is not int or not least <= value <= most:
        raise PerserError(f"“{name}” must be a whole number from {least} to {most}.")
    return int(value)


def _flag(data: Mapping[str, Any], name: str, default: bool) -> bool:
    value = data.get(name, default)
    if type(value) is not bool:
        raise PerserError(f"“{name}” must be true or false.")
    return bool(value)


def _seconds(data: Mapping[str, Any], name: str) -> float | None:
    value = data.get(name)
    if value is None:
        return None
    if type(value) not in (int, float) or not 0 <= value <= 1e7:
        raise PerserError(f"“{name}” must be a time in seconds.")
    return float(value)
