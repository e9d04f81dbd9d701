from __future__ import annotations

import pytest
import torch

from perser_gui.adaptation import placing
from perser_gui.errors import PerserError


def test_auto_takes_the_graphics_card_when_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert placing.choose_device("auto") == "cpu"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert placing.choose_device("auto") == "cuda"


def test_a_device_that_is_not_there_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for wish in ("cuda", "cuda:3", "tpu"):
        with pytest.raises(PerserError, match=wish):
            placing.choose_device(wish)


@pytest.mark.parametrize(
    "error", [torch.OutOfMemoryError("full"), RuntimeError("MPS backend out of memory")]
)
def test_only_a_full_graphics_card_sends_the_work_to_the_processor(
    error: RuntimeError, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(placing, "choose_device", lambda wish: "mps")
    places: list[str] = []

    def work(place: str) -> int:
        places.append(place)
        if place != "cpu":
            raise error
        return 7

    assert placing.on_device("auto", work) == (7, "cpu", (placing.OUT_OF_MEMORY,))
    assert places == ["mps", "cpu"]

    def broken(place: str) -> int:
        raise RuntimeError("shapes do not match")

    with pytest.raises(RuntimeError, match="shapes"):
        placing.on_device("auto", broken)
