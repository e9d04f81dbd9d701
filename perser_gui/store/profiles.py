"""Profiles on disk: one safetensors file each, with its description inside, never changed."""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load as load_tensors
from safetensors.numpy import save as save_tensors

from perser_gui.emotions import Emotion, EmotionSet, is_key, normalized
from perser_gui.errors import MISFIT, PerserError
from perser_gui.files import write_whole
from perser_gui.records import FloatArray, Outcome, Profile, Said, Scores, Verdict, WordScore
from perser_gui.version import __version__

FORMAT = "perser-profile-1"
SUPPORT = "support."
"""What the names of arrays begin with that a profile was made from."""

LARGEST_FILE = 512 * 1024 * 1024
"""Bytes beyond which a file is not read as a profile."""
LARGEST_HEADER = 10_000_000
"""Bytes beyond which what should be a header is none."""


@dataclass(frozen=True)
class ProfileRecord:
    """A profile in the history of a listener; its weights are read when they are first used.

    `created` is UTC in ISO format, `path` the safetensors file that holds the weights.
    """

    id: int
    created: str
    current: bool
    profile: Profile
    path: Path


@dataclass(frozen=True)
class SharedSupport:
    """What a shared profile was made from: labels, and features [K, L, W] of their clips.

    `unlabelled` are features [N, L, W] of clips without a label (None: none were used), the
    voices say who speaks in each row, by a hash of the name.
    """

    x: FloatArray
    unlabelled: FloatArray | None
    ratings: tuple[Said, ...]
    voices: tuple[str, ...]
    unlabelled_voices: tuple[str, ...]


@dataclass(frozen=True)
class SharedProfile:
    """A profile that left its store in one file, with the listener it belongs to.

    `support` is what it was made from, if that came along; `program` the version that wrote it.
    """

    listener: str
    emotions: EmotionSet
    profile: Profile
    support: SharedSupport | None = None
    program: str = ""


class StoredParameters(Mapping[str, FloatArray]):
    """Arrays by name, read and checked against the recorded hash at first use."""

    def __init__(self, path: Path, sha256: str) -> None:
        self._path = path
        self._sha256 = sha256
        self._arrays: dict[str, FloatArray] | None = None

    def __getitem__(self, name: str) -> FloatArray:
        return self._read()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def _read(self) -> dict[str, FloatArray]:
        if self._arrays is None:
            data = _bytes(self._path)
            if hashlib.sha256(data).hexdigest() != self._sha256:
                raise PerserError(
                    f"The profile in {self._path} is not the one that was saved (its content "
                    "changed); please choose another from the history or adapt again."
                )
            self._arrays = _arrays(data, self._path)
        return self._arrays


def write_profile(folder: Path, profile: Profile) -> tuple[str, str]:
    """Write the weights so that a crash leaves a whole file or none; return (name, sha256).

    Raises:
        PerserError: if the folder or the disk does not take it.
    """
    data = pack(profile)
    name = f"{secrets.token_hex(12)}.safetensors"
    write_whole(folder / name, data, private=True)
    return name, hashlib.sha256(data).hexdigest()


def pack(profile: Profile, shared: SharedProfile | None = None) -> bytes:
    """Return a profile as the bytes of a safetensors file that describes itself."""
    description = describe(profile)
    if shared is not None:
        emotions = emotions_as_data(shared.emotions)
        description["listener"] = {"name": shared.listener, "emotions": emotions}
        description |= {"program": __version__, "recipe": ""}
    arrays = {
        name: np.ascontiguousarray(array, dtype=np.float32)
        for name, array in profile.parameters.items()
    }
    if shared is not None and shared.support is not None:
        description["support"] = _support_as_data(shared.support)
        arrays[f"{SUPPORT}x"] = np.ascontiguousarray(shared.support.x, np.float32)
        if shared.support.unlabelled is not None:
            others = np.ascontiguousarray(shared.support.unlabelled, np.float32)
            arrays[f"{SUPPORT}unlabelled"] = others
    return save_tensors(
        arrays,
        metadata={"format": FORMAT, "profile": json.dumps(description, ensure_ascii=False)},
    )


def write_shared(path: Path, shared: SharedProfile) -> None:
    """Write a profile and its listener's words to one file that another store can import."""
    write_whole(path, pack(shared.profile, shared))


def holds_profile(path: Path) -> bool:
    """Whether a file begins as one of `write_shared` does, whatever its name; damaged or not.

    What cannot be read is none: the reader that tries it next says why.
    """
    try:
        with path.open("rb") as stream:
            start = stream.read(9)
    except OSError:
        return False
    # a safetensors file: the length of its header in eight bytes, then the header, a JSON object
    return start[8:] == b"{" and int.from_bytes(start[:8], "little") <= LARGEST_HEADER


def read_shared(path: Path) -> SharedProfile:
    """Read a file written by `write_shared`.

    Raises:
        PerserError: for anything that is not such a file, whatever its bytes.
    """
    data = _bytes(path)
    try:
        metadata = _metadata(data)
        form = str(metadata.get("format"))
        if form != FORMAT and re.fullmatch(r"perser-profile-\d+", form):
            raise PerserError(
                f"{path} was written by a newer version of perser-gui ({form}, this one knows "
                f"{FORMAT}); please update the program."
            )
        if form != FORMAT:
            raise ValueError("format")
        description = json.loads(metadata["profile"])
        owner = description["listener"]
        emotions = emotions_from_data(owner["emotions"])
        if len({normalized(word) for word in emotions.words} - {""}) != len(emotions.words):
            raise ValueError("words")
        name = str(owner["name"]).strip()
        arrays = _arrays(data, path)
        weights = {n: array for n, array in arrays.items() if not n.startswith(SUPPORT)}
        profile = described(description, weights)
        support = _support_from_data(description.get("support"), arrays)
        program = str(description.get("program", ""))
    except MISFIT as error:
        raise PerserError(
            f"{path} is not a profile exported by perser-gui; please choose another file."
        ) from error
    if not (name and profile.classes and emotions.words):
        raise PerserError(f"The profile in {path} names no listener or no emotions.")
    return SharedProfile(name, emotions, replace(profile, ratings=()), support, program)


def _support_as_data(support: SharedSupport) -> dict[str, Any]:
    return {
        "ratings": [
            {
                "clip": said.clip,
                "emotions": list(said.emotions),
                "intensity": said.intensity,
                "shares": list(said.shares),
                "dimensions": dict(said.dimensions),
            }
            for said in support.ratings
        ],
        "voices": list(support.voices),
        "unlabelled_voices": list(support.unlabelled_voices),
    }


def _support_from_data(data: Any, arrays: Mapping[str, FloatArray]) -> SharedSupport | None:
    if data is None:
        return None
    ratings = tuple(
        Said(
            str(one["clip"]),
            tuple(str(word) for word in one["emotions"]),
            intensity=None if one["intensity"] is None else float(one["intensity"]),
            shares=tuple(float(share) for share in one["shares"]),
            dimensions=tuple((str(n), float(value)) for n, value in one["dimensions"].items()),
        )
        for one in data["ratings"]
    )
    x, unlabelled = arrays[f"{SUPPORT}x"], arrays.get(f"{SUPPORT}unlabelled")
    voices = tuple(str(voice) for voice in data["voices"])
    others = tuple(str(voice) for voice in data["unlabelled_voices"])
    count = 0 if unlabelled is None else len(unlabelled)
    if x.ndim != 3 or not len(x) == len(ratings) == len(voices) or len(others) != count:
        raise ValueError("support")
    if unlabelled is not None and unlabelled.shape[1:] != x.shape[1:]:
        raise ValueError("unlabelled")
    return SharedSupport(x, unlabelled, ratings, voices, others)


def describe(profile: Profile) -> dict[str, Any]:
    """Return everything of a profile but its weights, as JSON data."""
    return {
        "adapter": profile.adapter,
        "base": profile.base,
        "classes": list(profile.classes),
        "seed": profile.seed,
        "steps": profile.steps,
        "device": profile.device,
        "ratings": list(profile.ratings),
        "notes": list(profile.notes),
        "before": _scores_as_data(profile.before),
        "after": _scores_as_data(profile.after),
        "verdict": None if profile.verdict is None else verdict_as_data(profile.verdict),
        "recipe": profile.recipe,
    }


def described(description: Mapping[str, Any], parameters: Mapping[str, FloatArray]) -> Profile:
    """Return the profile that `describe` described, around its weights."""
    return Profile(
        adapter=str(description["adapter"]),
        base=str(description["base"]),
        classes=tuple(str(word) for word in description["classes"]),
        parameters=parameters,
        seed=int(description["seed"]),
        steps=int(description["steps"]),
        device=str(description["device"]),
        ratings=tuple(int(rating) for rating in description["ratings"]),
        notes=tuple(str(note) for note in description["notes"]),
        before=_scores_from_data(description["before"]),
        after=_scores_from_data(description["after"]),
        verdict=_verdict_from_data(description.get("verdict")),
        recipe=str(description.get("recipe", "")),
    )


def emotions_as_data(emotions: EmotionSet) -> list[dict[str, Any]]:
    """Return a listener's words as JSON data."""
    return [
        {"word": e.word, "colour": e.colour, "sources": list(e.sources)}
        | ({"key": e.key} if e.key else {})
        for e in emotions.emotions
    ]


def emotions_from_data(data: Any) -> EmotionSet:
    """Return the words that `emotions_as_data` wrote.

    A word of the listener's own that has become a known class since then stands for it.
    """
    emotions = []
    for item in data:
        colour = str(item["colour"])
        if not re.fullmatch(r"#[0-9A-Fa-f]{6}", colour):
            raise ValueError(f"not a colour: {colour}")
        sources = tuple(str(source) for source in item["sources"])
        key = str(item.get("key", ""))
        emotions.append(Emotion(str(item["word"]), colour, sources, key if is_key(key) else ""))
    return EmotionSet(tuple(emotions)).known()


def _scores_as_data(scores: Scores | None) -> dict[str, Any] | None:
    if scores is None:
        return None
    data: dict[str, Any] = {
        name: float(getattr(scores, name)) for name in ("macro_f1", "uar", "accuracy", "nll")
    }
    f1 = {word: float(value) for word, value in scores.f1.items()}
    return data | {"count": int(scores.count), "protocol": scores.protocol, "f1": f1}


def _scores_from_data(data: Any) -> Scores | None:
    if data is None:
        return None
    figures = {name: float(data[name]) for name in ("macro_f1", "uar", "accuracy", "nll")}
    f1 = {str(word): float(value) for word, value in data["f1"].items()}
    return Scores(**figures, count=int(data["count"]), protocol=str(data["protocol"]), f1=f1)


def verdict_as_data(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as JSON data."""
    return asdict(replace(verdict, words=dict(verdict.words)))


def _verdict_from_data(data: Any) -> Verdict | None:
    """Return what `verdict_as_data` wrote; None for profiles from before there were verdicts."""
    if data is None:
        return None
    if data["outcome"] not in get_args(Outcome):
        raise ValueError(f"not an outcome: {data['outcome']}")
    return Verdict(
        outcome=data["outcome"],
        count=int(data["count"]),
        more=int(data["more"]),
        protocol=str(data["protocol"]),
        words={
            str(word): WordScore(float(one["before"]), float(one["after"]), int(one["count"]))
            for word, one in data["words"].items()
        },
        **{name: float(data[name]) for name in ("before", "after", "low", "high", "evidence")},
    )


def _bytes(path: Path) -> bytes:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise PerserError(f"{path} is too large to be a profile; please choose another file.")
        return path.read_bytes()
    except OSError as error:
        raise PerserError(
            f"The profile in {path} cannot be read ({error.strerror}); "
            "please choose another one or adapt again."
        ) from error


def _arrays(data: bytes, path: Path) -> dict[str, FloatArray]:
    try:
        arrays = load_tensors(data)
    except (SafetensorError, *MISFIT) as error:
        raise PerserError(
            f"The profile in {path} is damaged; "
            "please choose another one from the history or adapt again."
        ) from error
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise PerserError(f"The profile in {path} holds values that are not numbers.")
    return {name: array.astype(np.float32, copy=False) for name, array in arrays.items()}


def _metadata(data: bytes) -> dict[str, str]:
    """Return the free text that a safetensors file carries in its header."""
    length = int.from_bytes(data[:8], "little")
    if not 0 < length <= min(len(data) - 8, LARGEST_HEADER):
        raise ValueError("header")
    metadata = json.loads(data[8 : 8 + length])["__metadata__"]
    if not isinstance(metadata, dict):
        raise ValueError("metadata")
    return metadata
