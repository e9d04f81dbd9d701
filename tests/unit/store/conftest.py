"""A store in its own folder, with three clips and one listener."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from perser_gui.records import Clip, Profile, Scores, Verdict, WordScore
from perser_gui.store import Store


def content(number: int) -> str:
    return f"{number:064x}"


def clips(count: int = 3) -> list[Clip]:
    return [
        Clip(content(n), Path(f"/audio/{n}.wav"), 1.0 + n, source="/audio") for n in range(count)
    ]


def some_profile(value: float = 0.5, **changes: object) -> Profile:
    scores = Scores(0.4, 0.5, 0.6, 1.2, 10, "leave-one-out", {"happy": 0.3, "sad": 0.5})
    described = {
        "adapter": "fine-tune",
        "base": "d1ge57",
        "classes": ("happy", "sad"),
        "parameters": {"output.bias": np.array([value, -value], np.float32)},
        "seed": 3,
        "steps": 5,
        "ratings": (1, 2),
        "notes": ("one rating was left out",),
        "before": scores,
        "after": scores,
        "verdict": Verdict(
            "too early",
            10,
            0.3,
            0.4,
            0.2,
            0.7,
            3.5,
            10,
            "leave-one-out",
            {"happy": WordScore(0.2, 0.3, 4), "sad": WordScore(0.4, 0.5, 6)},
        ),
    }
    return Profile(**{**described, **changes})  # type: ignore[arg-type]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(folder: Path) -> Iterator[Store]:
    opened = Store(folder)
    opened.add_clips(clips())
    opened.add_listener("Ana")
    yield opened
    opened.close()
