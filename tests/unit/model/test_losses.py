from __future__ import annotations

import numpy as np
import pytest
import torch

from perser_gui.model.losses import (
    class_balanced_cross_entropy,
    class_weights,
    counts_of,
    sample_weights,
    smooth,
)

GOLDEN = [
    (
        6092,
        [3049, 1708, 1213, 154, 1772, 233, 2636, 380, 1482],
        [0.2139, 0.3445, 0.4665, 3.3741, 0.3337, 2.2446, 0.2398, 1.3928, 0.3900],
    ),
    (
        5766,
        [2738, 1569, 1292, 212, 1602, 199, 2603, 418, 1425],
        [0.2513, 0.3987, 0.4732, 2.6314, 0.3916, 2.8001, 0.2615, 1.3584, 0.4338],
    ),
]


@pytest.mark.parametrize(("total", "counts", "weights"), GOLDEN)
def test_class_weights_are_those_of_the_released_label_files(
    total: int, counts: list[int], weights: list[float]
) -> None:
    assert class_weights(counts, total) == pytest.approx(weights, abs=5e-5)


def test_class_weights_sum_to_the_number_of_classes_even_with_an_empty_class() -> None:
    weights = class_weights([10, 0, 5], 15)
    assert np.isfinite(weights).all()
    assert weights.sum() == pytest.approx(3)
    assert weights.argmax() == 1


def test_class_weights_of_two_utterances_and_of_one_are_those_of_the_formula() -> None:
    # beta = 1/2: the effective numbers of two and of one are 3/4 and 1/2
    assert class_weights([2, 1], 2) == pytest.approx([0.8, 1.2])
    assert class_weights([1, 0], 1) == pytest.approx([1.0, 1.0])


def test_a_row_counts_for_every_class_above_an_even_share() -> None:
    targets = np.array([[0.5, 0.5, 0.0], [1.0, 0.0, 0.0], [0.2, 0.2, 0.6]])
    assert counts_of(targets).tolist() == [2, 1, 1]


def test_smoothing_follows_the_published_formula_and_keeps_rows_at_one() -> None:
    smoothed = smooth(torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64))
    assert smoothed.tolist()[0] == pytest.approx([0.95, 0.025, 0.025])
    assert smooth(torch.tensor([[1.0]])).tolist() == [[1.0]]


def test_the_class_weight_multiplies_the_whole_sample_by_its_averaged_target() -> None:
    logits = torch.tensor([[2.0, 0.0], [0.5, 1.0]], dtype=torch.float64)
    targets = torch.tensor([[0.5, 0.5], [0.0, 1.0]], dtype=torch.float64)
    weights = torch.tensor([0.4, 1.6], dtype=torch.float64)
    p = np.exp(logits.numpy()) / np.exp(logits.numpy()).sum(1, keepdims=True)
    first = (0.5 * 0.4 + 0.5 * 1.6) * -(0.5 * np.log(p[0, 0]) + 0.5 * np.log(p[0, 1]))
    second = 1.6 * -np.log(p[1, 1])
    loss = class_balanced_cross_entropy(logits, targets, weights)
    assert float(loss) == pytest.approx((first + second) / 2)


def test_masked_samples_count_neither_above_nor_below_the_line() -> None:
    logits, targets = torch.randn(4, 3), torch.eye(3)[[0, 1, 2, 0]]
    mask = torch.tensor([1.0, 0.0, 1.0, 0.0])
    alone = class_balanced_cross_entropy(logits[[0, 2]], targets[[0, 2]])
    assert float(class_balanced_cross_entropy(logits, targets, mask=mask)) == pytest.approx(
        float(alone)
    )


def test_sample_weights_of_a_batch_are_those_of_its_tasks() -> None:
    targets = torch.rand(2, 4, 3, generator=torch.Generator().manual_seed(0))
    weights = torch.tensor([0.5, 1.0, 1.5])
    alone = torch.stack([sample_weights(one, weights) for one in targets])
    assert torch.equal(sample_weights(targets, weights), alone)
    assert alone.shape == (2, 4)
