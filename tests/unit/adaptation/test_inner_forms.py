"""The two forms of the inner loop, batches of tasks, padding, rates and the watch."""

from __future__ import annotations

import gc
import itertools
import math
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import Tensor

from perser_gui.adaptation.inner import (
    InnerOptions,
    Task,
    adapt,
    chosen_form,
    constant_rates,
    multi_step_weights,
    query_logits,
    stack_tasks,
)
from perser_gui.adaptation.rates import prior_of
from perser_gui.errors import PerserError
from perser_gui.model.classes import class_logits
from perser_gui.model.head import HeadConfig, initial_parameters, logits

LAST = ("output.weight", "output.bias")
GROUPS = torch.tensor([[True, False, False], [False, True, True]])


def batch(config: HeadConfig, words: int, seed: int = 0) -> tuple[Task, Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    task = Task(
        x=draw(3, 5, config.layers, config.width),
        targets=torch.softmax(draw(3, 5, words), -1),
        mask=torch.tensor([[1, 1, 1, 1, 1], [1, 0, 1, 0, 0], [1, 1, 1, 0, 0]]).double(),
        class_weights=torch.linspace(0.5, 1.5, words, dtype=torch.float64),
        groups=GROUPS if words == 2 else None,
        unlabelled=draw(3, 4, config.layers, config.width),
        unlabelled_mask=torch.tensor([[1, 1, 1, 1], [1, 1, 0, 0], [0, 1, 1, 1]]).double(),
    )
    return task, draw(3, 6, config.layers, config.width)


CASES = list(
    itertools.product(
        ("none", "relu"),
        ("weighted", "concatenate"),
        ("first", "second"),
        (
            {},
            {"anchor": 0.7, "l2": 0.1, "damping": 3.0},
            {
                "information": 0.6,
                "information_clips": 4.0,
                "sharpness": 1.7,
                "spread": 1.5,
                "prior_count": 2.0,
                "balance": 0.5,
                "l2": 0.2,
                "shots_power": 1.0,
                "smoothing": True,
            },
        ),
        (None, LAST, ("projection.weight", "projection.bias", *LAST)),
        (3, 2),
    )
)


@pytest.mark.parametrize("units", [4, 40], ids=["few units", "more units than rows"])
@pytest.mark.parametrize(("activation", "mix", "order", "extra", "names", "words"), CASES)
def test_the_dual_form_equals_the_plain_form_in_value_and_both_kinds_of_gradient(
    activation: str,
    mix: str,
    order: str,
    extra: dict[str, Any],
    names: tuple[str, ...] | None,
    words: int,
    units: int,
) -> None:
    config = HeadConfig(2, 7, units, 3, activation, mix)  # type: ignore[arg-type]
    parameters = {
        k: v.requires_grad_() for k, v in initial_parameters(config, 1, torch.float64).items()
    }
    rates = constant_rates(config, 0.2, 3, dtype=torch.float64)
    rates = {
        k: (v + 0.2 * torch.arange(3)).requires_grad_()
        for k, v in rates.items()
        if names is None or k in names
    }
    if "anchor" in extra:
        rates |= {prior_of(k): torch.tensor([-1.0]).double().requires_grad_() for k in rates}
    task, query = batch(config, words)
    found = []
    for form in ("plain", "dual"):
        options = InnerOptions(steps=4, order=order, form=form, **extra)
        values = query_logits(parameters, config, task, query, rates, options)
        loss = values.square().mean() + values.logsumexp(-1).mean()
        gradients = torch.autograd.grad(
            loss, [*parameters.values(), *rates.values()], allow_unused=True
        )
        adapted = adapt(parameters, config, task, rates, options).parameters
        through_weights = class_logits(logits(adapted, query, config), task.groups)
        found.append([values, through_weights, *gradients])
    for plain, dual in zip(*found, strict=True):
        if plain is None or dual is None:
            assert plain is dual
        else:
            assert torch.allclose(plain, dual, rtol=0, atol=1e-10)


@pytest.mark.parametrize("units", [4, 40])
@pytest.mark.parametrize("form", ["plain", "dual"])
def test_a_batch_of_tasks_equals_a_loop_over_them(form: str, units: int) -> None:
    config = HeadConfig(2, 7, units, 3)
    parameters = initial_parameters(config, 1, torch.float64)
    rates = constant_rates(config, 0.3, 2, dtype=torch.float64)
    options = InnerOptions(steps=3, form=form, information=0.2)
    task, query = batch(config, 3)
    together = query_logits(parameters, config, task, query, rates, options)
    for number in range(3):
        rows = task.rows[number] > 0
        assert task.unlabelled is not None
        assert task.unlabelled_mask is not None
        alone = Task(
            x=task.x[number][rows],
            targets=task.targets[number][rows],
            class_weights=task.class_weights,
            unlabelled=task.unlabelled[number][task.unlabelled_mask[number] > 0],
        )
        values = query_logits(parameters, config, alone, query[number], rates, options)
        assert torch.allclose(values, together[number], atol=1e-12)


def test_vmap_over_single_tasks_equals_the_loop_over_them() -> None:
    config = HeadConfig(2, 7, 4, 3)
    parameters = initial_parameters(config, 1, torch.float64)
    rates = constant_rates(config, 0.3, 2, dtype=torch.float64)
    task, query = batch(config, 3)
    for form in ("plain", "dual"):
        options = InnerOptions(steps=3, form=form)

        def one(x: Tensor, y: Tensor, q: Tensor, options: InnerOptions = options) -> Tensor:
            return query_logits(parameters, config, Task(x, y), q, rates, options)

        mapped = torch.func.vmap(one)(task.x, task.targets, query)
        looped = [one(*rows) for rows in zip(task.x, task.targets, query, strict=True)]
        assert torch.allclose(mapped, torch.stack(looped), atol=1e-12)


@pytest.mark.parametrize("form", ["plain", "dual"])
def test_padding_rows_change_nothing_whatever_they_hold(form: str) -> None:
    config = HeadConfig(2, 7, 40, 3)
    parameters = initial_parameters(config, 1, torch.float64)
    rates = constant_rates(config, 0.3, 2, dtype=torch.float64)
    options = InnerOptions(steps=3, form=form, information=0.2, shots_power=1.0)
    generator = torch.Generator().manual_seed(3)
    tasks = []
    for count, others in ((5, 2), (1, 4), (3, 3)):
        tasks.append(
            Task(
                x=torch.randn(count, 2, 7, generator=generator, dtype=torch.float64),
                targets=torch.eye(3, dtype=torch.float64)[torch.arange(count) % 3],
                unlabelled=torch.randn(others, 2, 7, generator=generator, dtype=torch.float64),
            )
        )
    padded = stack_tasks(tasks)
    assert padded.x.shape == (3, 5, 2, 7)
    assert padded.mask is not None
    assert padded.unlabelled is not None
    assert padded.unlabelled_mask is not None
    rubbish = replace(
        padded,
        x=torch.where(padded.mask[..., None, None] > 0, padded.x, 1e3),
        targets=torch.where(padded.mask[..., None] > 0, padded.targets, 0.9),
        unlabelled=torch.where(
            padded.unlabelled_mask[..., None, None] > 0, padded.unlabelled, -50.0
        ),
    )
    query = torch.randn(4, 2, 7, generator=generator, dtype=torch.float64)
    found = query_logits(parameters, config, rubbish, query.expand(3, 4, 2, 7), rates, options)
    for number, task in enumerate(tasks):
        alone = query_logits(parameters, config, task, query, rates, options)
        assert torch.allclose(found[number], alone, atol=1e-12)


@pytest.mark.parametrize("form", ["plain", "dual"])
def test_steps_beyond_the_trained_number_hold_the_last_rate(form: str) -> None:
    config = HeadConfig(2, 7, 4, 3)
    parameters = initial_parameters(config, 1, torch.float64)
    task, query = batch(config, 3)
    short = {name: torch.log(torch.tensor([0.1, 0.4], dtype=torch.float64)) for name in parameters}
    long = {
        name: torch.log(torch.tensor([0.1, 0.4, 0.4, 0.4], dtype=torch.float64))
        for name in parameters
    }
    options = InnerOptions(steps=4, form=form)
    held = query_logits(parameters, config, task, query, short, options)
    written = query_logits(parameters, config, task, query, long, options)
    assert torch.equal(held, written)


@pytest.mark.parametrize("form", ["plain", "dual"])
def test_every_steps_logits_are_those_of_shorter_runs(form: str) -> None:
    config = HeadConfig(2, 7, 4, 3)
    parameters = initial_parameters(config, 1, torch.float64)
    rates = constant_rates(config, 0.3, 3, dtype=torch.float64)
    task, query = batch(config, 3)
    options = InnerOptions(steps=3, form=form)
    every = query_logits(parameters, config, task, query, rates, options, every_step=True)
    assert every.shape[0] == 3
    for steps in (1, 2, 3):
        short = replace(options, steps=steps)
        assert torch.equal(
            every[steps - 1], query_logits(parameters, config, task, query, rates, short)
        )


def test_multi_step_weights_go_from_all_steps_alike_to_the_last_step_alone() -> None:
    assert multi_step_weights(4, 0.0) == pytest.approx([0.25] * 4)
    assert multi_step_weights(4, 1.0) == pytest.approx([0, 0, 0, 1])
    assert sum(multi_step_weights(4, 0.3)) == pytest.approx(1)


def test_a_parameter_without_a_rate_is_not_adapted() -> None:
    config = HeadConfig(2, 7, 4, 3)
    parameters = initial_parameters(config, 1)
    x = torch.randn(5, 2, 7)
    task = Task(x=x, targets=torch.eye(3)[torch.arange(5) % 3])
    for form in ("plain", "dual"):
        adapted = adapt(
            parameters,
            config,
            task,
            constant_rates(config, 0.1, names=LAST),
            InnerOptions(form=form),
        ).parameters
        for name, value in parameters.items():
            assert torch.equal(adapted[name], value) == (name not in LAST)


def test_one_rate_per_single_weight_steps_each_weight_by_its_own() -> None:
    config = HeadConfig(2, 7, 4, 3)
    parameters = initial_parameters(config, 1)
    task = Task(x=torch.randn(5, 2, 7), targets=torch.eye(3)[torch.arange(5) % 3])
    own = torch.full((1, 4, 7), -math.inf)
    own[0, 2, 3] = math.log(0.5)
    adapted = adapt(
        parameters, config, task, {"projection.weight": own}, InnerOptions(steps=1)
    ).parameters
    moved = adapted["projection.weight"] != parameters["projection.weight"]
    assert moved.nonzero().tolist() == [[2, 3]]
    assert chosen_form(config, task, {"projection.weight": own}, InnerOptions()) == "plain"


def test_the_dual_form_keeps_its_digits_in_single_precision_at_real_sizes() -> None:
    config = HeadConfig(3, 512, 256, 8, layer_mix="concatenate")
    parameters = initial_parameters(config, 1)
    generator = torch.Generator().manual_seed(2)
    x = 2 * torch.randn(20, 3, 512, generator=generator)
    task = Task(x=x, targets=torch.eye(8)[torch.arange(20) % 8])
    query = 2 * torch.randn(50, 3, 512, generator=generator)
    rates = constant_rates(config, 0.02, 5)
    exact = query_logits(
        {name: value.double() for name, value in parameters.items()},
        config,
        task.to(dtype=torch.float64),
        query.double(),
        {name: rho.double() for name, rho in rates.items()},
        InnerOptions(form="plain"),
    )
    options = InnerOptions(form="dual")
    found = query_logits(parameters, config, task, query, rates, options)
    adapted = adapt(parameters, config, task, rates, options).parameters
    assert torch.allclose(found.double(), exact, atol=2e-4)
    assert torch.allclose(logits(adapted, query, config).double(), exact, atol=2e-4)
    assert float((exact - logits(parameters, query, config)).abs().max()) > 0.5


def test_single_weight_rates_of_the_later_layers_work_in_the_dual_form_too() -> None:
    config = HeadConfig(2, 7, 40, 3)
    parameters = initial_parameters(config, 1, torch.float64)
    rates: dict[str, Tensor] = constant_rates(config, 0.2, 2, dtype=torch.float64)
    for name in ("output.weight", "output.bias", "projection.bias"):
        shape = (2, *config.shapes()[name])
        rates[name] = -1 - torch.rand(shape, dtype=torch.float64)
    task, query = batch(config, 3)
    plain, dual = (
        query_logits(parameters, config, task, query, rates, InnerOptions(form=form))
        for form in ("plain", "dual")
    )
    assert torch.allclose(plain, dual, atol=1e-10)


def test_the_dual_form_is_chosen_until_there_are_more_clips_than_features() -> None:
    config = HeadConfig(2, 7, 4, 3, layer_mix="concatenate")
    rates = constant_rates(config, 0.1)

    def form(count: int) -> str:
        task = Task(x=torch.zeros(count, 2, 7), targets=torch.zeros(count, 3))
        return chosen_form(config, task, rates, InnerOptions())

    assert form(14) == "dual"
    assert form(15) == "plain"


def test_a_summed_support_loss_makes_steps_grow_with_the_number_of_shots() -> None:
    config = HeadConfig(2, 7, 4, 3)
    parameters = initial_parameters(config, 1, torch.float64)
    x = torch.randn(4, 2, 7, dtype=torch.float64)
    once = Task(x=x, targets=torch.eye(3, dtype=torch.float64)[[0, 1, 2, 0]])
    twice = Task(x=torch.cat([x, x]), targets=torch.cat([once.targets] * 2))
    rates = constant_rates(config, 0.1, dtype=torch.float64)

    def moved(task: Task, power: float) -> float:
        options = InnerOptions(steps=1, shots_power=power, shots_reference=4)
        adapted = adapt(parameters, config, task, rates, options).parameters
        return float((adapted["output.weight"] - parameters["output.weight"]).norm())

    assert moved(twice, 0.0) == pytest.approx(moved(once, 0.0))
    assert moved(twice, 1.0) == pytest.approx(2 * moved(once, 1.0))
    assert moved(once, 1.0) == pytest.approx(moved(once, 0.0))


def test_the_pull_towards_the_start_shortens_the_way() -> None:
    config = HeadConfig(2, 7, 4, 3)
    parameters = initial_parameters(config, 1)
    task = Task(x=torch.randn(4, 2, 7), targets=torch.eye(3)[[0, 1, 2, 0]])

    def moved(pull: float) -> float:
        adapted = adapt(
            parameters, config, task, constant_rates(config, 0.3), InnerOptions(l2=pull)
        ).parameters
        return float((adapted["output.weight"] - parameters["output.weight"]).norm())

    assert moved(1.0) < 0.8 * moved(0.0)


def test_information_maximization_makes_unlabelled_clips_confident() -> None:
    config = HeadConfig(2, 7, 4, 3)
    parameters = initial_parameters(config, 1)
    task = Task(x=torch.randn(3, 2, 7), targets=torch.eye(3), unlabelled=2 * torch.randn(30, 2, 7))
    assert task.unlabelled is not None

    def entropy(weight: float) -> float:
        options = InnerOptions(steps=10, information=weight)
        values = query_logits(
            parameters, config, task, task.unlabelled, constant_rates(config, 0.1), options
        )
        log_p = torch.log_softmax(values, -1)
        return float(-(log_p.exp() * log_p).sum(-1).mean())

    assert entropy(3.0) < entropy(0.0) - 0.1


def test_few_unlabelled_clips_weigh_less() -> None:
    config = HeadConfig(2, 7, 4, 3)
    parameters = initial_parameters(config, 1, torch.float64)
    rates = constant_rates(config, 0.1, dtype=torch.float64)
    task = Task(
        x=torch.randn(3, 2, 7, dtype=torch.float64),
        targets=torch.eye(3, dtype=torch.float64),
        unlabelled=torch.randn(5, 2, 7, dtype=torch.float64),
    )
    fading = InnerOptions(information=2.0, information_clips=15.0)
    constant = InnerOptions(information=2.0 * 5 / (5 + 15))
    assert torch.allclose(
        query_logits(parameters, config, task, task.x, rates, fading),
        query_logits(parameters, config, task, task.x, rates, constant),
    )


def test_sharpness_is_what_the_objective_sees_and_not_what_is_predicted() -> None:
    """Steps on logits times s from a start W are steps on plain logits from s W, s apart."""
    config = HeadConfig(2, 7, 4, 3)
    parameters = initial_parameters(config, 1, torch.float64)
    task = Task(
        x=torch.randn(3, 2, 7, dtype=torch.float64), targets=torch.eye(3, dtype=torch.float64)
    )
    last = {name: -1.0 * torch.ones(1, dtype=torch.float64) for name in LAST}
    sharp = {name: rho + 2 * math.log(3.0) for name, rho in last.items()}
    scaled = {n: 3.0 * v if n.startswith("output") else v for n, v in parameters.items()}
    seen = query_logits(parameters, config, task, task.x, last, InnerOptions(sharpness=3.0))
    plain = query_logits(scaled, config, task, task.x, sharp, InnerOptions())
    assert torch.allclose(3.0 * seen, plain, atol=1e-12)


def test_stopping_keeps_the_state_with_the_lowest_objective_seen() -> None:
    config = HeadConfig(2, 7, 4, 3)
    parameters = initial_parameters(config, 1)
    task = Task(x=torch.randn(5, 2, 7), targets=torch.eye(3)[torch.arange(5) % 3])
    # the third step is far too long, so that what follows is worse than what was
    rates = {name: torch.log(torch.tensor([0.1, 0.1, 500.0])) for name in parameters}
    losses: list[float] = []

    def watch(step: int, loss: float) -> bool:
        losses.append(loss)
        return step < 4

    adapted = adapt(parameters, config, task, rates, InnerOptions(steps=9), watch=watch)
    assert len(losses) == 5
    assert losses[3] > losses[2]
    best = min(range(5), key=lambda i: losses[i])
    assert adapted.steps == best
    kept = adapt(parameters, config, task, rates, InnerOptions(steps=best))
    assert torch.equal(adapted.parameters["output.weight"], kept.parameters["output.weight"])


def test_options_come_back_from_plain_values_and_unknown_keys_are_refused() -> None:
    options = InnerOptions(steps=3, order="first", information=0.1)
    assert InnerOptions.from_dict(options.as_dict()) == options
    with pytest.raises(PerserError, match="learning_rate"):
        InnerOptions.from_dict({"learning_rate": 1})
    with pytest.raises(PerserError, match="third"):
        InnerOptions.from_dict({"order": "third"})
    with pytest.raises(PerserError, match="wrong kind"):
        InnerOptions.from_dict({"steps": "many"})


def test_memory_stays_flat_over_a_thousand_evaluation_episodes() -> None:
    config = HeadConfig(1, 12, 4, 3, layer_mix="concatenate")
    parameters = {k: v.requires_grad_() for k, v in initial_parameters(config, 1).items()}
    rates = constant_rates(config, 0.1)
    task = Task(x=torch.randn(5, 1, 12), targets=torch.eye(3)[torch.arange(5) % 3])
    options = InnerOptions(steps=3)

    def living() -> int:
        gc.collect()
        return sum(issubclass(type(item), Tensor) for item in gc.get_objects())

    def episodes(count: int) -> list[float]:
        with torch.no_grad():
            return [
                float(query_logits(parameters, config, task, task.x, rates, options).sum())
                for _ in range(count)
            ]

    episodes(20)
    before = living()
    episodes(1000)
    assert living() <= before


@pytest.mark.parametrize("form", ["plain", "dual"])
@pytest.mark.parametrize("activation", ["none", "relu"])
def test_a_full_anchor_leaves_every_words_mean_logit_over_the_library_where_it_was(
    form: str, activation: str
) -> None:
    config = HeadConfig(2, 7, 6, 3, activation)  # type: ignore[arg-type]
    parameters = initial_parameters(config, 1, torch.float64)
    rates = constant_rates(config, 0.3, 2, dtype=torch.float64)
    task, _ = batch(config, 3)
    alone = Task(x=task.x[0], targets=task.targets[0], unlabelled=task.unlabelled[0])  # type: ignore[index]
    library = torch.cat([task.x[0], task.unlabelled[0]])  # type: ignore[index]
    before = logits(parameters, library, config).mean(0)
    moved = {}
    for anchor in (0.0, 1.0):
        options = InnerOptions(steps=3, form=form, anchor=anchor)  # type: ignore[arg-type]
        adapted = adapt(parameters, config, alone, rates, options).parameters
        moved[anchor] = logits(dict(adapted), library, config).mean(0) - before
    assert float(moved[1.0].abs().max()) < 1e-12
    assert float(moved[0.0].abs().max()) > 1e-3


def test_a_firm_precision_holds_its_parameter_at_the_start() -> None:
    config = HeadConfig(2, 7, 6, 3)
    parameters = initial_parameters(config, 1, torch.float64)
    rates = constant_rates(config, 0.01, 1, dtype=torch.float64)
    task, _ = batch(config, 3)
    found = {}
    for firmness in (1e-9, 90.0):
        held = {**rates, prior_of("output.weight"): torch.tensor([firmness]).double().log()}
        moved = adapt(parameters, config, task, held, InnerOptions(steps=40)).parameters
        found[firmness] = {k: float((moved[k] - parameters[k]).norm()) for k in parameters}
    assert found[90.0]["output.weight"] < 0.1 * found[1e-9]["output.weight"]
    assert found[90.0]["projection.weight"] > 0.5 * found[1e-9]["projection.weight"]
