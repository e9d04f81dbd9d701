"""Which column of a table means what: by its name, or else by what stands in it."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from perser_gui.corpora.answers import answer_of, says_nothing
from perser_gui.emotions import class_of
from perser_gui.errors import PerserError

REQUIRED = ("file", "listener", "emotion")
OPTIONAL = ("speaker", "intensity", "split")
DIMENSIONS = ("valence", "arousal", "dominance")
"""Columns with a number for how pleasant, how excited and how much in charge a voice sounds."""
NOTE = "note"
"""The column with what a listener noted beside a rating."""
BLIND = "blind"
"""The column that says whether a rating was made without a model's word in sight: yes or no."""

ALIASES: Mapping[str, tuple[str, ...]] = {
    "file": (
        "file", "filename", "path", "filepath", "audio", "audiofile", "audiopath", "audiofilepath",
        "audiofilename", "audiourl", "wav", "wavfile", "wavpath", "clip", "clipname", "fname",
        "recording", "stimulus", "stimulusname", "soundfile", "sound", "utterance", "utteranceid",
        "mediafile", "media", "fileid", "fileurl", "url", "datei", "dateiname", "fichier",
        "archivo", "plik", "name",
    ),
    "listener": (
        "listener", "rater", "annotator", "listenerid", "raterid", "annotatorid", "listenername",
        "ratername", "annotatorname", "participant", "participantid", "subject", "subjectid",
        "worker", "workerid", "coder", "coderid", "judge", "judgeid", "evaluator", "evaluatorid",
        "labeler", "labeller", "observer", "respondent", "respondentid", "user", "userid",
        "username", "completedby", "email", "emailaddress", "bewerter", "hörer", "annotateur",
    ),
    "emotion": (
        "emotion", "label", "emotions", "labels", "emotionlabel", "perceivedemotion", "perceived",
        "category", "class", "emotionclass", "emotioncategory", "emo", "annotation", "response",
        "choice", "choices", "sentiment", "gefühl", "émotion", "emoción", "emocja", "answer",
    ),
    "speaker": ("speaker", "speakerid", "speakername", "spk", "spkid", "spkr", "talker", "actor",
                "actorid", "sprecher"),
    "intensity": ("intensity", "strength", "intensität"),
    "split": ("split", "partition"),
    "start": ("start", "starttime", "begin", "begintime", "onset", "tmin", "xmin", "tstart",
              "startsec", "startseconds", "starts", "from", "beginning", "starttimes", "anfang"),
    "end": ("end", "endtime", "stop", "stoptime", "offset", "tmax", "xmax", "tend", "endsec",
            "endseconds", "ends", "finish", "to", "endtimes", "ende"),
    "start_ms": ("startms", "starttimems", "beginms", "onsetms", "startmilliseconds"),
    "end_ms": ("endms", "endtimems", "stopms", "offsetms", "endmilliseconds"),
    "duration": ("duration", "dur", "durationsec", "durations", "length", "dauer"),
    "valence": ("valence", "val", "emovalence", "valenz"),
    "arousal": ("arousal", "aro", "activation", "act", "emoarousal", "erregung"),
    "dominance": ("dominance", "dom", "emodominance", "dominanz"),
    "shares": ("shares",),
    "note": ("note", "notes", "comment", "comments", "remark", "remarks", "bemerkung",
             "kommentar", "commentaire", "comentario", "komentarz"),
    "blind": ("blind",),
    "answer": (),
    "content": ("content", "sha256"),
}  # fmt: skip
"""What columns are called elsewhere, letter case, spaces and signs left out; first come first."""

MOST_LOOKED_AT = 200
"""Columns whose names are looked at to tell which sign parts them."""

EXACT = frozenset((*REQUIRED, *OPTIONAL))
"""Names of ours that may stand only once."""

_PROBABILITY = re.compile(
    r"(?:p|prob|probability|share|vote|votes|soft)\s*[(_ .:-]\s*(.+?)\s*\)?"
    r"|(.+?)[_ .:-](?:p|prob|probability|share|votes?|soft)"
)
_ABOUT_EMOTION = re.compile(
    r"^(?:emotions?|labels?|ratings?|responses?|answers?)\s*[_ .:/-]\s*|"
    r"\s*[_ .:/-]\s*(?:emotions?|labels?|ratings?|responses?|answers?)$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Layout:
    """What the columns of a table mean.

    `names` has one name a column: ours where we know it, else the table's own. `raters` gives
    the listener of each column that holds one rater's answers, `shares` the emotion of each
    column that holds a number for it; `notes` says what took understanding.
    """

    names: tuple[str, ...]
    raters: Mapping[int, str] = field(default_factory=dict)
    shares: Mapping[int, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def layout_of(
    place: str,
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    listener: str | None = None,
) -> Layout:
    """Return what the columns mean; `rows` are the first ones, `listener` whose answers they are.

    Raises:
        PerserError: naming `place`, if a needed column is missing or stands twice.
    """
    own = [cell.strip() for cell in header]
    names, notes = _named(place, own)
    raters: dict[int, str] = {}
    shares: dict[int, str] = {}
    if "emotion" not in names:
        shares = _share_columns(names, rows)
    if "emotion" not in names and not shares and "listener" not in names:
        raters = _rater_columns(names, rows)
        if len(raters) == 1 and listener is not None:
            ((place_of_words, _),) = raters.items()
            names[place_of_words], raters = "emotion", {}
    if raters:
        people = _listed(list(raters.values()))
        notes.append(
            f"Each of the columns {people} was taken for one listener's answers."
            if len(raters) > 1
            else f"The column {people} was taken for one listener's answers."
        )
    if shares:
        notes.append(
            f"The numbers of the columns {_listed([own[i] for i in shares])} were taken for how "
            "much of each emotion was heard."
        )
    if "emotion" not in names and not raters and not shares:
        about = [i for i, name in enumerate(names) if re.search(r"\bemotions?\b", name.lower())]
        if len(about) == 1:
            notes.append(f"The column “{own[about[0]]}” was read as emotion.")
            names[about[0]] = "emotion"
    _check(place, names, bool(raters), bool(shares), listener)
    return Layout(tuple(names), raters, shares, tuple(notes))


def score(header: Sequence[str]) -> int:
    """Return how many of a header's names are known, to tell which sign parts its columns."""
    known = {alias for aliases in ALIASES.values() for alias in aliases}
    return sum(_plain(cell) in known for cell in header[:MOST_LOOKED_AT])


def _named(place: str, own: list[str]) -> tuple[list[str], list[str]]:
    names = list(own)
    taken: set[str] = set()
    for i, name in enumerate(own):
        lower = unicodedata.normalize("NFC", name).lower()
        if lower not in ALIASES:
            continue
        if lower in EXACT and lower in taken:
            raise PerserError(f"{place}: the column “{lower}” stands twice; please remove one.")
        if lower not in taken:
            names[i] = lower
            taken.add(lower)
    notes = []
    plain = [_plain(name) for name in own]
    for role, aliases in ALIASES.items():
        if role in taken or not _wanted(role, taken):
            continue
        by_alias = {plain[i]: i for i in reversed(range(len(own))) if names[i] not in taken}
        found = next((by_alias[alias] for alias in aliases if alias in by_alias), None)
        if found is not None:
            names[found] = role
            taken.add(role)
            notes.append(f"The column “{own[found]}” was read as {role.replace('_', ' ')}.")
    for name, count in Counter(names).items():
        if name and count > 1:
            raise PerserError(f"{place}: the column “{name}” stands twice; please remove one.")
    return names, notes


def _wanted(role: str, taken: set[str]) -> bool:
    """Whether a role is looked for under other names, given the roles that were found."""
    if role == "end":
        return "start" in taken
    if role == "end_ms":
        return "start_ms" in taken
    return role != "duration" or bool({"start", "start_ms"} & taken - {"end", "end_ms"})


def _plain(name: str) -> str:
    """Return a column's name without letter case, spaces, signs and a unit in brackets."""
    text = unicodedata.normalize("NFKC", name).strip().lower()
    text = re.sub(r"\s*[(\[](?:s|sec|secs|seconds)[)\]]$", "", text)
    return "".join(c for c in text if c.isalnum())


def _rater_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[int, str]:
    """Return the columns whose cells are mostly emotion words we know, with their rater."""
    found, without = {}, {}
    for i, name in enumerate(names):
        if not name or name in ALIASES or name in ("created", "synthetic"):
            continue
        cells = {row[i].strip() for row in rows if i < len(row)} - {""}
        known = sum(_known(cell) for cell in cells)
        if known and 2 * known >= len(cells):
            found[i] = name
        elif all(says_nothing(cell) for cell in cells) and _ABOUT_EMOTION.search(name):
            without[i] = name
    if any(_ABOUT_EMOTION.search(name) for name in found.values()):
        found |= without  # whose answers name no emotion, beside others of the same kind
    short = {i: _ABOUT_EMOTION.sub("", name).strip() for i, name in found.items()}
    usable = all(short.values()) and len(set(short.values())) == len(short)
    return short if usable else found


def _known(cell: str) -> bool:
    try:
        said = answer_of(cell)
    except ValueError:
        return False
    return bool(said.words) and all(class_of(w) is not None and len(w) > 1 for w in said.words)


def _share_columns(names: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[int, str]:
    """Return the columns that are called after an emotion and hold numbers, if several do."""
    found = {}
    for i, name in enumerate(names):
        if not name or name in ALIASES:
            continue
        match = _PROBABILITY.fullmatch(name.lower())
        word = (match[1] or match[2]).strip() if match else name
        if (match is None and (class_of(word) is None or len(word) < 3)) or says_nothing(word):
            continue
        cells = [row[i].strip() for row in rows if i < len(row) and row[i].strip()]
        if cells and all(re.fullmatch(r"\d*[.,]?\d+ ?%?", cell) for cell in cells):
            found[i] = word
    return found if len(found) > 1 and any(class_of(word) for word in found.values()) else {}


def _check(place: str, names: Sequence[str], wide: bool, soft: bool, listener: str | None) -> None:
    for name in REQUIRED:
        given = {"listener": wide or listener is not None, "emotion": wide or soft}
        if name in names or given.get(name):
            continue
        hint = (
            " (or say whose answers they are with --listener)"
            if name == "listener" and "file" in names
            else ""
        )
        raise PerserError(
            f"{place}: the column “{name}” is missing; the header should read "
            f"file,listener,emotion{hint}, and reads {_listed(names)}."
        )


def _listed(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(name[:40] for name in names[:most])
    return f"{shown} and {len(names) - most} more" if len(names) > most else shown
