"""Damaged corpora: whatever the bytes, nothing but a `PerserError` comes out of a reader.

`python -m tests.unit.corpora.test_fuzz MINUTES` runs the same for longer.
"""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from perser_gui.corpora import READERS
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


def attack(kind: str, rng: random.Random, root: Path) -> str:
    """Damage label files of a fresh corpus, read it, and return what came of it."""
    fixtures.MAKERS[kind](root)
    files = sorted(p for p in root.rglob("*") if p.is_file() and p.stat().st_size)
    for path in rng.sample(files, rng.randint(1, len(files))) if files else ():
        path.write_bytes(damaged(path.read_bytes(), rng))
    try:
        table = read(kind, root)
    except PerserError:
        return "refused"
    for row in table.rows:
        assert row.file
        assert row.listener
        assert (row.file + row.listener + "".join(row.emotions)).isprintable()
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


def _long_run(minutes: float) -> None:
    outcomes: Counter[str] = Counter()
    end = time.monotonic() + 60 * minutes
    seed = 0
    while time.monotonic() < end:
        for kind in sorted(fixtures.MAKERS):
            with tempfile.TemporaryDirectory() as place:
                rng = random.Random(f"{kind} {seed}")
                try:
                    outcomes[f"{kind} {attack(kind, rng, Path(place) / 'x')}"] += 1
                except Exception as error:
                    outcomes[f"{kind} CRASHED {type(error).__name__}"] += 1
                    sys.stderr.write(f"{kind} seed {seed}: {error!r}\n")
        seed += 1
    for outcome, count in sorted(outcomes.items()):
        sys.stdout.write(f"{outcome}: {count:,}\n")


if __name__ == "__main__":
    _long_run(float(sys.argv[1]))
