from __future__ import annotations

import numpy as np
import pytest
import torch

from perser_gui.errors import PerserError
from perser_gui.model.head import HeadConfig, hidden, initial_parameters, logits


def test_cached_means_give_what_the_frame_level_path_gives() -> None:
    """Layer sum, projection and masked mean over time commute: caching the means is lossless."""
    layers, frames, width, valid = 4, 23, 6, 17
    config = HeadConfig(layers, width, hidden=5, classes=3)
    parameters = initial_parameters(config, 3, torch.float64)
    parameters["mix.weight"] = torch.tensor([0.3, -1.0, 0.7, 0.1], dtype=torch.float64)
    values = torch.randn(layers, frames, width, dtype=torch.float64)

    share = torch.softmax(parameters["mix.weight"], 0)
    summed = sum(share[layer] * values[layer] for layer in range(layers))
    projected = summed @ parameters["projection.weight"].T + parameters["projection.bias"]
    mask = (torch.arange(frames) < valid).double()
    pooled = (projected * mask[:, None]).sum(0) / mask.sum()
    at_frames = parameters["output.weight"] @ pooled + parameters["output.bias"]

    cached = values[:, :valid].mean(1)
    assert torch.allclose(logits(parameters, cached, config), at_frames, atol=1e-12)


def test_concatenated_layers_are_one_long_row() -> None:
    config = HeadConfig(2, 3, hidden=4, classes=2, layer_mix="concatenate")
    parameters = initial_parameters(config, 0, torch.float64)
    x = torch.randn(5, 2, 3, dtype=torch.float64)
    expected = x.numpy().reshape(5, 6) @ parameters["projection.weight"].numpy().T
    expected = expected + parameters["projection.bias"].numpy()
    assert "mix.weight" not in parameters
    assert np.allclose(hidden(parameters, x, config).numpy(), expected)


def test_relu_cuts_the_hidden_layer_and_none_does_not() -> None:
    x = torch.randn(20, 2, 3)
    plain = HeadConfig(2, 3, hidden=8, classes=2)
    cut = HeadConfig(2, 3, hidden=8, classes=2, activation="relu")
    parameters = initial_parameters(plain, 0)
    values = hidden(parameters, x, plain)
    assert float(values.min()) < 0
    assert torch.equal(hidden(parameters, x, cut), values.clamp_min(0))


def test_parameters_with_a_batch_of_tasks_act_task_by_task() -> None:
    config = HeadConfig(2, 3, hidden=4, classes=5)
    tasks = [initial_parameters(config, seed, torch.float64) for seed in range(3)]
    for seed, task in enumerate(tasks):
        task["mix.weight"] = torch.tensor([0.1, 0.4 * seed], dtype=torch.float64)
    x = torch.randn(3, 7, 2, 3, dtype=torch.float64)
    stacked = {name: torch.stack([task[name] for task in tasks]) for name in tasks[0]}
    together = logits(stacked, x, config)
    for number, task in enumerate(tasks):
        assert torch.allclose(together[number], logits(task, x[number], config))


def test_the_same_seed_draws_the_same_parameters_and_another_seed_others() -> None:
    config = HeadConfig(2, 3, hidden=4, classes=5)
    one, same, other = (initial_parameters(config, seed) for seed in (1, 1, 2))
    assert all(torch.equal(one[name], same[name]) for name in one)
    assert not torch.equal(one["output.weight"], other["output.weight"])
    assert {name: tuple(value.shape) for name, value in one.items()} == config.shapes()


def test_an_impossible_head_is_refused_in_a_sentence() -> None:
    with pytest.raises(PerserError, match="size below one"):
        HeadConfig(0, 3)
    with pytest.raises(PerserError, match="gelu"):
        HeadConfig(1, 3, activation="gelu")  # type: ignore[arg-type]
    with pytest.raises(PerserError, match="incomplete"):
        HeadConfig.from_dict({"layers": 1})
