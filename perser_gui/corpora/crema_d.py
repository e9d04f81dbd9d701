"""CREMA-D: 2,443 listeners who each heard about 30 of 7,442 acted clips (Cao et al. 2014)."""

from __future__ import annotations

import re
from pathlib import Path

from perser_gui.corpora.ratings import RatingRow, RatingsTable
from perser_gui.corpora.reading import (
    Oddities,
    counted,
    existing_file,
    is_file,
    number_of,
    table_lines,
    without_audio,
)
from perser_gui.errors import PerserError

VOICE_RATINGS, VOICE_RATINGS_FILTERED = 73_254, 68_568
"""Voice-only ratings in the complete file, before and after the official filter."""

_RESPONSES, _FIRST_CLICKS = "finishedResponses.csv", "finishedEmoResponses.csv"
_VOICE = "1"
_WORDS = {"A": "angry", "D": "disgusted", "F": "fearful", "H": "happy", "N": "neutral", "S": "sad"}
_ACTED = {
    "ANG": "angry",
    "DIS": "disgusted",
    "FEA": "fearful",
    "HAP": "happy",
    "NEU": "neutral",
    "SAD": "sad",
}
_DAMAGED_ROWS = ("137526", "312184")
_PRACTICE = ("7443", "7444")
_SILENT = "1076_MTI_SAD_XX"
_SLOW = 10_000
_CLIP = re.compile(r"(\d{4})_([A-Z]{3})_([A-Z]{3})_([A-Z]{2})")


def read_crema_d(folder: Path | str) -> RatingsTable:
    """Read the voice-only ratings, without listeners' slow answers, as its authors do.

    Left out, as published: answers whose first click came after more than ten seconds,
    practice clips, two damaged rows, and the clip without sound. Intensity is the level
    that the listener gave, 0 to 100. `extra` holds `sentence`, `acted` and `level`.

    Raises:
        PerserError: if the folder or its label file is missing or is something else.
    """
    root = Path(folder)
    odd = Oddities(root)
    path = existing_file(root, (_RESPONSES, f"data/{_RESPONSES}"), "CREMA-D")
    slow, notes = _slow_answers(path.parent / _FIRST_CLICKS, odd)
    columns = ("localid", "queryType", "clipNum", "questNum", "clipName", "sessionNums", "respEmo")
    rows: list[RatingRow] = []
    voice = quick = 0
    seen: set[str] = set()
    place = _audio(root)
    for record in table_lines(path, (*columns, "respLevel"), odd):
        line = int(record["line"])
        index = record.get("", "")
        if record["queryType"] != _VOICE or record["clipNum"] in _PRACTICE:
            continue
        voice += 1
        key = _key(record)
        if key is None:
            odd.add("with a number missing", path, line)
            continue
        if key in slow:
            continue
        quick += 1
        clip = _CLIP.fullmatch(record["clipName"])
        word = _WORDS.get(record["respEmo"])
        rater = record["localid"]
        if clip is None or word is None or not rater or not rater.isprintable():
            odd.add("with the listener, clip or emotion blank or unknown", path, line)
        elif index in _DAMAGED_ROWS or clip[0] == _SILENT:
            continue
        elif index and index in seen:
            odd.add("standing twice", path, line)
        else:
            seen.add(index)
            extra = {"sentence": clip[2], "level": clip[4], "acted": _ACTED.get(clip[3], clip[3])}
            rows.append(
                RatingRow(
                    file=place.format(clip[0]),
                    listener=f"crema-d-{rater}",
                    emotions=(word,),
                    speaker=f"crema-d-{clip[1]}",
                    intensity=number_of(record["respLevel"]),
                    extra=extra,
                )
            )
    if not rows:
        raise PerserError(f"{path} holds no voice rating; please download the file again.")
    notes += counted(root, "voice ratings", voice, VOICE_RATINGS)
    if slow:
        notes += counted(root, "voice ratings in time", quick, VOICE_RATINGS_FILTERED)
    notes += without_audio(root, (row.file for row in rows))
    return RatingsTable(tuple(rows), root, "crema-d", notes + odd.notes())


def _slow_answers(path: Path, odd: Oddities) -> tuple[set[int], tuple[str, ...]]:
    if not is_file(path):
        return set(), (
            f"{path} is missing, so slow answers could not be left out as the authors do.",
        )
    slow = set()
    for record in table_lines(path, ("sessionNums", "queryType", "questNum", "ttr"), odd):
        key, time = _key(record), number_of(record["ttr"])
        if key is not None and time is not None and time > _SLOW:
            slow.add(key)
    return slow, ()


def _key(record: dict[str, str]) -> int | None:
    parts = [number_of(record[name]) for name in ("sessionNums", "queryType", "questNum")]
    if any(part is None for part in parts):
        return None
    session, query, question = (int(part) for part in parts if part is not None)
    return session * 1000 + query * 100 + question


def _audio(root: Path) -> str:
    """Return the pattern of audio paths: wave files, or the MP3s that listeners heard."""
    try:
        mp3 = (root / "AudioMP3").is_dir() and not (root / "AudioWAV").is_dir()
    except (OSError, ValueError):
        mp3 = False
    return "AudioMP3/{}.mp3" if mp3 else "AudioWAV/{}.wav"
