"""Damaged inputs for every reader of what comes from outside: nothing but a `PerserError`.

    python -m tests.faults.fuzz --count 1000000 [--seed 0] [--log FILE]

Each reader has seeds, files as they should be, and gets copies with damage: bytes that are
changed, lost, doubled and put in; values of a JSON document that are swapped for hostile ones,
with checksums and lengths made right again, so that the damage gets past the door.
"""

from __future__ import annotations

import argparse
import contextlib
import copy
import hashlib
import io
import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from perser_gui.errors import PerserError
from perser_gui.store.checksums import CHECKED, teach

SHM = Path("/dev/shm") if Path("/dev/shm").is_dir() else None
NASTY = (
    *(b"\x00", b"\xff\xfe", b"\xef\xbb\xbf", b'"', b"'", b";", b",", b"\t", b"\r", b"\n", b"\\"),
    *(b"\x1b[2J", b"NaN", b"1e999", b"-", b"-1", b"9" * 400, b"\xe2\x80\xae", b"[", b"{", b"}"),
    *(b"[" * 3000, b"../../x", b"%", b"\xf0\x9f\x98\x80", b"\xed\xa0\x80", b"=cmd|'x'!A0", b"<"),
    *(b"\x7f\xff\xff\xff", b"\xff" * 8, b"\x00" * 16, b"0", b"inf", b"1,5", b"&a;", b"\x1a"),
)
HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**30, 10**400),
    *(0.0, -0.0, 1e308, -1e308, 5e-324, float("inf"), float("-inf"), float("nan"), 1e9),
    *("", "x", "0", "NaN", "../../x", "a" * 3000, "\x00", "\u202e", "\ud800", "é" * 50, "a\nb"),
    *([], {}, [[]], [None], [1, 2], ["x"], {"x": 1}, {"": None}, [[[[[[[[1]]]]]]]]),
)


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Return bytes with one to four things broken in them."""
    data = bytearray(content)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 4))):
        place = rng.randint(0, len(data))
        what = rng.randrange(8)
        if what == 0:
            data[place:place] = rng.choice(NASTY)
        elif what == 1:
            del data[place : place + rng.randint(1, 40)]
        elif what == 2 and place < len(data):
            data[place] = rng.randrange(256)
        elif what == 3 and place < len(data):
            data[place] ^= 1 << rng.randrange(8)
        elif what == 4:
            nasty = rng.choice(NASTY)
            data[place : place + len(nasty)] = nasty
        elif what == 5:
            end = min(len(data), place + rng.randint(1, 200))
            data[place:place] = data[place:end] * rng.randint(1, 3)
        elif what == 6:
            data[place : place + 4] = rng.randbytes(4)
        elif rng.random() < 0.3:
            del data[place:]
    return bytes(data)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Return every (container, key) in a JSON document."""
    found: list[tuple[Any, Any]] = []
    waiting = [value]
    while waiting:
        one = waiting.pop()
        keys = list(one) if isinstance(one, dict) else range(len(one))
        for key in keys:
            found.append((one, key))
            if isinstance(one[key], dict | list):
                waiting.append(one[key])
    return found


def swapped(document: Any, rng: random.Random) -> Any:
    """Return a JSON document with one to three of its values swapped, lost or doubled."""
    holder = [copy.deepcopy(document)]
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        container, key = rng.choice(places(holder))
        what = rng.randrange(8)
        if what == 0 and container is not holder:
            del container[key]
        elif what == 1 and isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
        elif what == 2 and isinstance(container, dict):
            container[rng.choice(("", "x", "__class__", "\ud800", key + "x"))] = container.pop(key)
        elif what == 3:
            container[key] = [container[key]]
        elif what == 4 and isinstance(container[key], int | float):
            container[key] = -container[key]
        else:
            container[key] = copy.deepcopy(rng.choice(HOSTILE))
    return holder[0]


def as_text(document: Any) -> bytes:
    return json.dumps(document).encode("utf-8", "surrogatepass")


Damage = Callable[[bytes, random.Random], bytes]


def json_damage(content: bytes, rng: random.Random) -> bytes:
    """Damage to a JSON text: mostly to its values, seldom to its bytes."""
    if rng.random() < 0.2:
        return damaged(content, rng)
    return as_text(swapped(json.loads(content), rng))


def tensors_damage(content: bytes, rng: random.Random) -> bytes:
    """Damage to a safetensors file, with the length of the header made right again."""
    if rng.random() < 0.4:
        return damaged(content, rng)
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    described = header.get("__metadata__", {})
    inner = [key for key, value in described.items() if value[:1] in ("{", "[")]
    if inner and rng.random() < 0.7:
        key = rng.choice(inner)
        described[key] = as_text(swapped(json.loads(described[key]), rng)).decode()
    else:
        header = swapped(header, rng)
    text = as_text(header)
    return len(text).to_bytes(8, "little") + text + content[8 + length :]


@dataclass
class Reader:
    """A reader of one kind of file: seeds by file name, how to damage, how to read a path.

    `weight` is how many of all inputs it gets, in proportion.
    """

    name: str
    seeds: dict[str, bytes]
    read: Callable[[Path], object]
    damage: Damage = damaged
    weight: int = 10
    setting: Callable[[Path], object] = Path.exists


@dataclass
class Outcome:
    """What became of the inputs of each reader."""

    read: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    slowest: dict[str, float] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)

    @property
    def count(self) -> int:
        return self.read.total() + self.refused.total() + self.kinds.total()


# -- seeds


def _tables() -> dict[str, bytes]:
    plain = (
        "file,listener,emotion,speaker,intensity,start,end,note,blind\n"
        "a.wav,Ana,happy,s1,0.5,0.0,1.5,,\nb c.wav,Ana,happy;sad,s2,,1,2,out of breath,yes\n"
        "c.wav,Zoë,can't tell,,,,,,\nd.wav,Zoë,skip,,,,,,no\n"
    )
    wide = "file;rater_1;rater_2;rater_3\na.wav;happy;sad;angry\nb.wav;;sad;neutral\n"
    coded = "clip\tlistener\tvalence\tarousal\tlabel\na\t1\t3,5\t2,0\tAngst\nb\t2\t4\t1\tFreude\n"
    shares = 'file,listener,emotion\na.wav,Ana,"{""happy"": 0.7, ""sad"": 0.3}"\n'
    return {
        "plain.csv": plain.encode(),
        "wide.csv": wide.encode("utf-16"),
        "coded.tsv": coded.encode(),
        "shares.csv": shares.encode(),
    }


def _labels(kind: str) -> dict[str, bytes]:
    from perser_gui.exchange.annotations import Label, Recording
    from perser_gui.exchange.labels import write_labels
    from perser_gui.records import Rating

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)

        def rating(*words: str, **more: Any) -> Rating:
            return Rating(1, 1, "c", "emotion" if words else "cant-tell", words, **more)

        labels = [
            Label("Ana", 0.5, 1.25, rating("happy", "sad")),
            Label("Ana", 2.0, 3.5, rating("wistful")),
            Label("Ana", 4.0, 5.0, rating()),
        ]
        if kind != "audacity":
            labels.append(Label("Zoë", 0.0, 10.0, rating("calm", "sad", shares=(0.75, 0.25))))
        one = Recording(folder / "call.wav", 10.0, tuple(sorted(labels, key=lambda x: x.start)))
        ending = {"textgrid": "TextGrid", "eaf": "eaf", "audacity": "ana.txt"}
        path = folder / f"call.{ending.get(kind, 'json')}"
        (path,) = write_labels(path, [one], kind, names={one.path: "call.wav"})
        return {path.name: path.read_bytes()}


def _audio() -> dict[str, bytes]:
    import soundfile

    rate = 8000
    tone = 0.3 * np.sin(np.arange(rate // 6) / 5.0)
    found = {}
    forms = (
        *(("wav", "WAV", "PCM_16"), ("float.wav", "WAV", "FLOAT"), ("ulaw.wav", "WAV", "ULAW")),
        *(("flac", "FLAC", "PCM_16"), ("ogg", "OGG", "VORBIS"), ("opus", "OGG", "OPUS")),
        *(("mp3", "MP3", "MPEG_LAYER_III"), ("aiff", "AIFF", "PCM_16"), ("au", "AU", "PCM_16")),
        *(("caf", "CAF", "PCM_16"), ("w64", "W64", "PCM_16"), ("rf64.wav", "RF64", "PCM_16")),
    )
    for ending, form, subtype in forms:
        stream = io.BytesIO()
        soundfile.write(stream, tone, rate, format=form, subtype=subtype)
        found[f"tone.{ending}"] = stream.getvalue()
    boxes = b"\x00\x00\x00\x18ftypM4A \x00\x00\x00\x00M4A isom"
    boxes += b"\x00\x00\x00\x10mdat" + bytes(8) + b"\x00\x00\x00\x10moov\x00\x00\x00\x08mvhd"
    found["video.m4a"] = boxes
    found["film.mkv"] = bytes.fromhex("1a45dfa3a3428681014286810142f2810442f381") + bytes(60)
    found["old.avi"] = b"RIFF\x24\x00\x00\x00AVI LIST\x10\x00\x00\x00hdrlavih" + bytes(20)
    return found


def _wal() -> bytes:
    with tempfile.TemporaryDirectory() as place:
        connection = sqlite3.connect(Path(place) / "a.db", isolation_level=None)
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA page_size = 512")
        connection.execute("CREATE TABLE a (b)")
        for number in range(4):
            connection.execute("INSERT INTO a VALUES (?)", (number,))
        data = (Path(place) / "a.db-wal").read_bytes()
        connection.close()
    return data


def _profile() -> dict[str, bytes]:
    from perser_gui.emotions import EmotionSet
    from perser_gui.records import Profile, Scores, Verdict, WordScore
    from perser_gui.store import SharedProfile, write_shared

    scores = Scores(0.4, 0.5, 0.6, 1.2, 10, "leave-one-out", {"happy": 0.3, "sad": 0.5})
    words = {"happy": WordScore(0.2, 0.3, 4), "sad": WordScore(0.4, 0.5, 6)}
    verdict = Verdict("too early", 10, 0.3, 0.4, 0.2, 0.7, 3.5, 10, "leave-one-out", words)
    weights = {"output.bias": np.array([0.5, -0.5], np.float32)}
    profile = Profile(
        *("fine-tune", "d1ge57", ("happy", "sad"), weights, 3, 5),
        notes=("one rating was left out",),
        before=scores,
        after=scores,
        verdict=verdict,
    )
    with tempfile.TemporaryDirectory() as place:
        path = Path(place) / "a.perser-profile"
        words_ = EmotionSet.of(("happy", "sad", "wistful"))
        write_shared(path, SharedProfile("Ana", words_, profile, None, "perser-gui 1"))
        return {"model.perser-profile": path.read_bytes()}


def _backup() -> dict[str, bytes]:
    from perser_gui.emotions import EmotionSet
    from perser_gui.records import Clip
    from perser_gui.store import Store

    with tempfile.TemporaryDirectory() as place:
        store = Store(Path(place) / "data")
        store.add_clips([Clip("0" * 64, Path("/a/b.wav"), 1.0, source="a")])
        who = store.add_listener("Ana", EmotionSet.of(("happy", "wistful"))).id
        words = store.listener(who).emotions.renamed("wistful", "longing")
        store.set_emotions(who, words, {"wistful": "longing"})
        store.add_rating(who, "0" * 64, ("happy",))
        target = Path(place) / "a.perser-backup"
        store.backup(target)
        store.close()
        return {"all.perser-backup": target.read_bytes()}


def other_values(database: bytes, rng: random.Random) -> bytes:
    """Put hostile values into rows of a database, with their checksums, as an enemy would."""
    with tempfile.TemporaryDirectory(dir=SHM) as place:
        path = Path(place) / "a.db"
        path.write_bytes(database)
        connection = sqlite3.connect(path, isolation_level=None)
        teach(connection)
        with contextlib.suppress(sqlite3.Error, OverflowError, UnicodeError):
            (kept,) = connection.execute(
                "SELECT sql FROM sqlite_master WHERE name = 'ratings_are_never_changed'"
            ).fetchone()
            table, column = rng.choice(
                (
                    *(("listeners", "emotions"), ("listeners", "name"), ("clips", "path")),
                    *(("clips", "seconds"), ("ratings", "emotions"), ("ratings", "answer")),
                    *(("ratings", "details"), ("ratings", "intensity"), ("acts", "changes")),
                    *(("acts", "changes"), ("acts", "said"), ("acts", "kind")),
                    *(("clips", "span_start"), ("clips", "source"), ("clips", "speaker")),
                )
            )
            (old,) = connection.execute(f"SELECT {column} FROM {table} LIMIT 1").fetchone()
            value = rng.choice(HOSTILE)
            if isinstance(old, str) and old[:1] in ("{", "["):
                value = as_text(swapped(json.loads(old), rng)).decode()
            elif isinstance(value, dict | list):
                value = json.dumps(value)
            connection.execute("DROP TRIGGER ratings_are_never_changed")
            connection.execute(f"UPDATE {table} SET {column} = ?", (value,))
            columns = ", ".join(CHECKED[table])
            connection.execute(f"UPDATE {table} SET checksum = row_checksum({columns})")
            connection.execute(kept)
        connection.close()
        return path.read_bytes()


def backup_damage(content: bytes, rng: random.Random) -> bytes:
    """Damage to a backup: its bytes, its manifest, or its database with the digest made right."""
    what = rng.random()
    if what < 0.4:
        return damaged(content, rng)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {item.filename: archive.read(item) for item in archive.infolist()}
    manifest = json.loads(members["manifest.json"])
    if what < 0.6:
        members["manifest.json"] = as_text(swapped(manifest, rng))
    else:
        change = damaged if what < 0.8 else other_values
        members["perser.db"] = change(members["perser.db"], rng)
        manifest["members"]["perser.db"] = hashlib.sha256(members["perser.db"]).hexdigest()
        members["manifest.json"] = as_text(manifest)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _state() -> bytes:
    import torch
    from safetensors.torch import save

    facts = {
        "format": 1,
        "fingerprint": "f",
        "iteration": 3,
        "best_score": 0.5,
        "best_epoch": 1,
        "adam_steps": 3,
        "norms": {"a": 0.5},
        "rows": [{"epoch": 1}],
        "losses": [0.5, 0.25],
    }
    names = ("now/moved/a", "now/rates/a", "best/moved/a", "adam/first", "adam/second")
    tensors = {name: torch.zeros(2) for name in names}
    return save(tensors, {"state": json.dumps(facts)})


def _checkpoint() -> tuple[bytes, bytes]:
    from perser_gui.model.checkpoint import save_checkpoint
    from perser_gui.model.checkpoint_folders import DOCUMENT
    from perser_gui.testing import tiny_checkpoint

    with tempfile.TemporaryDirectory() as place:
        folder = save_checkpoint(tiny_checkpoint(), Path(place) / "c")
        (weights,) = folder.glob("*.safetensors")
        return (folder / DOCUMENT).read_bytes(), weights.read_bytes()


# -- readers


def readers() -> list[Reader]:
    """Return every reader of what comes from outside, with its seeds."""
    from perser_gui.audio import decode
    from perser_gui.bulk.manifest import read_manifest
    from perser_gui.bulk.output import PLAN, Output
    from perser_gui.corpora import read_ratings
    from perser_gui.desk import cutting
    from perser_gui.evaluation.episode_lists import load_episodes
    from perser_gui.exchange.labels import read_labels
    from perser_gui.metatraining import state
    from perser_gui.metatraining.config import read_config
    from perser_gui.model import checkpoint, checkpoint_folders
    from perser_gui.settings import Settings, load_settings
    from perser_gui.store import Store, backups, read_shared
    from perser_gui.store.log import lost_commits
    from perser_gui.store.mark import read_mark
    from perser_gui.store.spool import SPOOL, unsaved_labels
    from perser_gui.upstream import whisper

    document, weights = _checkpoint()
    recipe = (Path(__file__).parents[2] / "docs/recipes/meta-base.toml").read_bytes()
    encoder = Path(__file__).parents[2] / "models/whisper-tiny-en-2" / whisper.SETTINGS_FILE
    settings = json.dumps(vars(Settings()) | {"volume": 0.5, "shortcuts": [["label", "3"]]})
    whole = [
        1,
        "0" * 64,
        ["happy", "sad"],
        "emotion",
        "2026-01-01",
        0.5,
        [0.5, 0.5],
        "a note",
        True,
    ]
    spool = [whole, [1, "0" * 64, ["happy"], "emotion", "2026-01-01"], [1, "1", [], "cleared", "x"]]
    episodes = {
        "format": 1,
        "seed": 1,
        "disjoint": "speaker",
        "listeners": [{"listener": "Ana", "pool": ["a", "b"], "test": ["c"]}],
        "episodes": [
            {"listener": "Ana", "shots": 1, "repeat": 0, "seed": 3, "support": [0]},
        ],
        "notes": [],
    }

    def unpack(path: Path) -> object:
        folder = path.parent / "unpacked"
        store = None
        try:
            backups.unpack_backup(path, folder)
            store = Store(folder)
            for listener in store.listeners():
                store.every_rating(listener.id), store.ratings(listener.id)
                store.renamed_words(listener.id), store.profiles(listener.id)
                store.undo(listener.id)
            return store.clips(), store.clips_by_content()
        finally:
            if store is not None:
                store.close()
            shutil.rmtree(folder, ignore_errors=True)

    def beside(path: Path) -> object:
        return checkpoint.load_checkpoint(path.parent)

    def put_weights(folder: Path) -> None:
        name = json.loads(document)["weights"]
        (folder / name).write_bytes(weights)

    def read_weights(path: Path) -> object:
        data = path.read_bytes()
        raw = json.loads(document)
        raw["weights"] = path.name
        raw["weights_sha256"] = hashlib.sha256(data).hexdigest()
        (path.parent / checkpoint_folders.DOCUMENT).write_bytes(as_text(raw))
        return checkpoint.load_checkpoint(path.parent)

    def sound(path: Path) -> object:
        decode.probe(path)
        return decode.open_waveform(path, max_seconds=2.0)

    def cut(path: Path) -> object:
        from perser_gui.records import Clip

        cutter = cutting.Cutting(path.parent)
        with mock.patch.object(cutting.Cutting, "_file", return_value=path):
            return cutter._remembered(Clip("0" * 64, Path("/a"), 10.0))

    return [
        Reader("ratings tables", _tables(), read_ratings, weight=30),
        Reader("tables as labels", _tables(), read_labels, weight=10),
        Reader("Audacity", _labels("audacity"), read_labels, weight=20),
        Reader("TextGrid", _labels("textgrid"), read_labels, weight=10),
        Reader("EAF", _labels("eaf"), read_labels, weight=8),
        Reader("Label Studio", _labels("label-studio"), read_labels, json_damage, weight=20),
        Reader("settings", {"settings.json": settings.encode()}, load_settings, json_damage, 20),
        Reader(
            "unsaved labels",
            {SPOOL: as_text(spool)},
            lambda p: unsaved_labels(p.parent),
            json_damage,
            20,
        ),
        Reader("write-ahead logs", {"a.db-wal": _wal()}, lost_commits, weight=8),
        Reader("marks", {"a.db-mark": bytes(12)}, read_mark, weight=2),
        Reader("recipes", {"recipe.toml": recipe}, read_config, weight=8),
        Reader("episodes", {"episodes.json": as_text(episodes)}, load_episodes, json_damage, 20),
        Reader("profiles", _profile(), read_shared, tensors_damage, weight=20),
        Reader("backups", _backup(), unpack, backup_damage, weight=2),
        Reader(
            "checkpoints",
            {checkpoint_folders.DOCUMENT: document},
            beside,
            json_damage,
            6,
            put_weights,
        ),
        Reader("checkpoint weights", {"w.safetensors": weights}, read_weights, tensors_damage, 6),
        Reader(
            "training states",
            {state.FILE: _state()},
            lambda p: state.load_state(p.parent, "f"),
            tensors_damage,
            8,
        ),
        Reader(
            "encoder settings",
            {whisper.SETTINGS_FILE: encoder.read_bytes()},
            whisper._settings,
            json_damage,
            20,
        ),
        Reader(
            "manifests",
            {"m.csv": b"file,speaker,start,end\na.wav,s,0.5,1.5\nb.wav,,,\n"},
            lambda p: list(read_manifest(str(p)).shards([0])),
            weight=10,
        ),
        Reader(
            "plans of bulk runs",
            {PLAN: b'{"format": 1, "manifest": "x", "shards": 3}'},
            lambda p: Output(str(p.parent))._plan(),
            json_damage,
            8,
        ),
        Reader("cuts", {"cut.json": b"[[0.5, 1.5], [2.0, 3.25]]"}, cut, json_damage, 20),
        Reader("audio", _audio(), sound, weight=15),
    ]


def attack(reader: Reader, folder: Path, rng: random.Random, count: int, outcome: Outcome) -> None:
    """Give a reader damaged inputs; note what it read and refused, and every fault."""
    reader.setting(folder)
    names = sorted(reader.seeds)
    for _ in range(count):
        name = rng.choice(names)
        path = folder / name
        data = reader.damage(reader.seeds[name], rng)
        path.write_bytes(data)
        start = time.process_time()
        try:
            reader.read(path)
        except PerserError as error:
            outcome.refused[reader.name] += 1
            if len(str(error).splitlines()) != 1:
                _note(reader, data, error, outcome)
        except Exception as error:
            _note(reader, data, error, outcome)
        else:
            outcome.read[reader.name] += 1
        spent = time.process_time() - start
        outcome.slowest[reader.name] = max(outcome.slowest.get(reader.name, 0.0), spent)


def _note(reader: Reader, data: bytes, error: Exception, outcome: Outcome) -> None:
    last = traceback.extract_tb(error.__traceback__)[-1]
    kind = f"{reader.name}: {type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
    outcome.kinds[kind] += 1
    if outcome.kinds[kind] == 1:
        outcome.faults.append(f"{kind}: {str(error)[:200]}\n  input: {data[:300]!r}")


def run(count: int, seed: int = 0, *, log: Path | None = None) -> Outcome:
    """Share `count` inputs among all readers, in rounds, so that a run can be read as it goes."""
    everyone, outcome = readers(), Outcome()
    total = sum(reader.weight for reader in everyone)
    rounds = max(1, count // 20_000)
    no_ffmpeg = mock.patch("perser_gui.audio.ffmpeg.shutil.which", return_value=None)
    with (
        tempfile.TemporaryDirectory(dir=SHM) as place,
        mock.patch("perser_gui.files.sync"),
        mock.patch("perser_gui.files.sync_folder"),
        warnings.catch_warnings(),
        no_ffmpeg,
    ):
        warnings.simplefilter("error")
        for round_ in range(rounds):
            for reader in everyone:
                folder = Path(place) / reader.name.replace(" ", "-")
                folder.mkdir(exist_ok=True)
                rng = random.Random(f"{seed} {round_} {reader.name}")
                share = -(-count * reader.weight // (total * rounds))
                attack(reader, folder, rng, share, outcome)
            if log is not None:
                log.write_text(report(outcome), encoding="utf-8")
    return outcome


def report(outcome: Outcome) -> str:
    """Return the counts of each reader as lines of text."""
    lines = [f"{outcome.count:,} inputs, {outcome.kinds.total():,} faults"]
    for name in sorted({*outcome.read, *outcome.refused}):
        read, refused = outcome.read[name], outcome.refused[name]
        slow = 1000 * outcome.slowest[name]
        lines.append(f"{name}: {read:,} read, {refused:,} refused, slowest {slow:.0f} ms of CPU")
    lines += [f"{count:,} x {kind}" for kind, count in outcome.kinds.most_common()]
    return "\n".join([*lines, *outcome.faults, ""])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--log", type=Path)
    given = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    done = run(given.count, given.seed, log=given.log)
    sys.stdout.write(report(done))
    sys.exit(bool(done.kinds))
