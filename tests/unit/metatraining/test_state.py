from __future__ import annotations

from pathlib import Path

import pytest
import torch

from perser_gui.errors import PerserError
from perser_gui.metatraining.outer import Adam, Learned, layout
from perser_gui.metatraining.state import FILE, TrainingState, curves, load_state, save_state


def state() -> TrainingState:
    learned = Learned({"a": torch.randn(2, 3)}, {"a": torch.randn(5)})
    adam = Adam.of(layout(learned, start=True, rates=True), "cpu", torch.float32)
    adam.step(
        learned,
        torch.randn(11),
        layout(learned, start=True, rates=True),
        {"moved": 0.1, "rates": 0.2},
        1.0,
    )
    return TrainingState("f", 7, learned, learned.copy(), 0.5, 2, adam, [{"epoch": 1}], [0.25])


def test_a_saved_state_is_read_back_bit_for_bit(tmp_path: Path) -> None:
    before = state()
    save_state(before, tmp_path)
    after = load_state(tmp_path, "f")
    assert after is not None
    for one, other in ((before.learned, after.learned), (before.best, after.best)):
        assert torch.equal(one.moved["a"], other.moved["a"])
        assert torch.equal(one.rates["a"], other.rates["a"])
    assert torch.equal(before.adam.first, after.adam.first)
    assert torch.equal(before.adam.second, after.adam.second)
    assert (before.adam.steps, before.adam.norms) == (after.adam.steps, after.adam.norms)
    for name in ("iteration", "best_score", "best_epoch", "rows", "losses"):
        assert getattr(before, name) == getattr(after, name)


def test_nothing_is_left_beside_the_state(tmp_path: Path) -> None:
    save_state(state(), tmp_path)
    save_state(state(), tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["curves.csv", FILE]


def test_without_a_state_there_is_none(tmp_path: Path) -> None:
    assert load_state(tmp_path, "f") is None


def test_the_state_of_another_run_is_refused(tmp_path: Path) -> None:
    save_state(state(), tmp_path)
    with pytest.raises(PerserError, match="another configuration or other data"):
        load_state(tmp_path, "g")


@pytest.mark.parametrize("damage", ["cut", "noise", "empty"])
def test_a_damaged_state_is_refused_in_a_sentence(tmp_path: Path, damage: str) -> None:
    save_state(state(), tmp_path)
    path = tmp_path / FILE
    whole = path.read_bytes()
    path.write_bytes({"cut": whole[:-20], "noise": b"\xff" * 64, "empty": b""}[damage])
    with pytest.raises(PerserError, match="is damaged"):
        load_state(tmp_path, "f")


def test_curves_leave_a_cell_empty_where_nothing_was_measured() -> None:
    text = curves([{"epoch": 1, "order": "first", "query_loss": 0.5, "development_nll": None}])
    assert text.splitlines()[1] == "1,first,0.5,,,,,"


def test_gradients_are_clipped_group_by_group() -> None:
    learned = Learned({"a": torch.zeros(2)}, {"a": torch.zeros(2)})
    slices = layout(learned, start=True, rates=True)
    adam = Adam.of(slices, "cpu", torch.float32)
    adam.step(learned, torch.tensor([30.0, 40.0, 0.3, 0.4]), slices, {"moved": 1, "rates": 1}, 1.0)
    torch.testing.assert_close(adam.first / 0.1, torch.tensor([0.6, 0.8, 0.3, 0.4]))
    assert adam.norms == pytest.approx({"moved": 50.0, "rates": 0.5})
