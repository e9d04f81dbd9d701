"""Damaged corpora: whatever the bytes, nothing but a `PerserError` comes out of a reader.

The slow test runs for as many minutes as the environment variable `PERSER_FUZZ_MINUTES` says
(by default a fifth of one) and prints what came of each kind:

    PERSER_FUZZ_MINUTES=5 python -m pytest tests/unit/corpora/test_fuzz.py -m slow -s
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perser_gui.corpora import READERS, read_ratings, write_ratings
from perser_gui.corpora.msp import read_msp_podcast
from perser_gui.corpora.ratings import RatingsTable
from perser_gui.errors import PerserError

from . import fixtures

NASTY = (
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b'"',
    b";",
    b",",
    b"\t",
    b"\r",
    b"\n",
    b"\x1b[2J",
    b"NaN",
    b"1e999",
    b"-",
    b"9" * 5000,
    b"\xe2\x80\xae",
    b"[",
    b"{",
    b"&a [*a]",
    b"!!python/object:os.system",
    b"../../x",
    b"%",
    b"\xf0\x9f\x98\x80",
)


def read(kind: str, root: Path) -> RatingsTable:
    return read_msp_podcast(root, fewest=1) if kind == "msp-podcast" else READERS[kind](root)


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Return content with one to five things broken in it."""
    data = bytearray(content)
    for _ in range(rng.randint(1, 5)):
        place = rng.randint(0, len(data))
        match rng.randint(0, 6):
            case 0:
                data[place:place] = rng.choice(NASTY)
            case 1:
                del data[place : place + rng.randint(1, 40)]
            case 2 if place < len(data):
                data[place] = rng.randrange(256)
            case 3:
                data[place:place] = rng.randbytes(rng.randint(1, 30))
            case 4:
                lines = bytes(data).split(b"\n")
                rng.shuffle(lines)
                data = bytearray(b"\n".join(lines))
            case 5:
                end = min(len(data), place + rng.randint(1, 200))
                data[place:place] = data[place:end] * rng.randint(1, 3)
            case _:
                data = data[:place]
    return bytes(data)


def displaced(root: Path, rng: random.Random) -> None:
    """Lose, rename or replace one file or folder of a corpus."""
    path = rng.choice(sorted(root.rglob("*")))
    match rng.randint(0, 4):
        case 0 if path.is_file():
            path.unlink()
        case 1 if path.is_file():
            path.unlink()
            path.mkdir()
        case 2 if path.is_file():
            path.unlink()
            path.symlink_to(rng.choice((path, root, "/dev/null", "/nowhere")))
        case _:
            name = damaged(os.fsencode(path.name), rng).replace(b"/", b"").replace(b"\0", b"")
            new = os.fsencode(path.parent) + b"/" + name[:200]
            if name not in (b"", b".", b"..") and not os.path.lexists(new):
                os.rename(os.fsencode(path), new)


def attack(kind: str, rng: random.Random, root: Path) -> str:
    """Damage label files or names of a fresh corpus, read it, and return what came of it.

    What was read has to survive being written as a ratings table and read again.
    """
    fixtures.MAKERS[kind](root)
    files = sorted(p for p in root.rglob("*") if p.is_file() and p.stat().st_size)
    for path in rng.sample(files, rng.randint(1, len(files))) if files else ():
        path.write_bytes(damaged(path.read_bytes(), rng))
    if not files or rng.random() < 0.3:
        displaced(root, rng)
    try:
        table = read(kind, root)
    except PerserError as error:
        sentence = str(error)
    else:
        sentence = ""
    if sentence:
        assert len(sentence.splitlines()) == 1
        return "refused"
    for row in table.rows:
        assert row.file
        assert row.listener
        assert (row.file + row.listener + "".join(row.emotions)).isprintable()
    again = root.with_name(f"{root.name}.csv")
    write_ratings(table, again)
    assert len(read_ratings(again)) == len(table)
    return "read"


@pytest.mark.parametrize("kind", sorted(fixtures.MAKERS))
def test_damaged_corpora_are_read_or_refused_and_never_crash(kind: str, tmp_path: Path) -> None:
    rng = random.Random(f"seed of {kind}")
    outcomes = Counter(attack(kind, rng, tmp_path / str(trial)) for trial in range(60))
    assert sum(outcomes.values()) == 60
    if kind not in ("ravdess", "emodb"):  # their labels are in the file names
        assert outcomes["refused"] > 0
    assert outcomes["read"] > 0


@given(st.sampled_from(sorted(fixtures.MAKERS)), st.binary(max_size=300))
@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_bytes_at_all_in_a_label_file_never_crash(kind: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as place:
        root = Path(place) / "corpus"
        fixtures.MAKERS[kind](root)
        for path in [p for p in root.rglob("*") if p.is_file() and p.stat().st_size]:
            path.write_bytes(content)
        try:
            read(kind, root)
        except PerserError as error:
            sentence = str(error)
        else:
            sentence = "It was read."
        assert len(sentence.splitlines()) == 1


@pytest.mark.parametrize("kind", sorted(fixtures.MAKERS))
@pytest.mark.parametrize("path", ["\0", "x" * 300, "/dev/null", "/proc/self/mem/x"])
def test_impossible_paths_are_refused(kind: str, path: str) -> None:
    with pytest.raises(PerserError):
        READERS[kind](Path(path))


@pytest.mark.slow
@pytest.mark.timeout(0)
def test_a_long_run_of_damage_brings_out_nothing_but_perser_errors(tmp_path: Path) -> None:
    minutes = float(os.environ.get("PERSER_FUZZ_MINUTES", "0.2"))
    outcomes: Counter[str] = Counter()
    crashes: list[str] = []
    start = time.monotonic()
    seed = 0
    while seed < 3 or time.monotonic() - start < 60 * minutes:
        for kind in sorted(fixtures.MAKERS):
            with tempfile.TemporaryDirectory(dir=tmp_path) as place:
                rng = random.Random(f"{kind} {seed}")
                try:
                    outcomes[f"{kind} {attack(kind, rng, Path(place) / 'x')}"] += 1
                except Exception as error:
                    crashes.append(f"{kind}, seed {seed}: {error!r}")
        seed += 1
    spent = (time.monotonic() - start) / 60
    lines = [f"{outcome}: {count:,}" for outcome, count in sorted(outcomes.items())]
    total = f"{outcomes.total():,} damaged corpora in {spent:.1f} minutes, {len(crashes)} crashes"
    sys.stdout.write("\n".join(["", *lines, total, ""]))
    assert not crashes, crashes[:10]
