"""First and second order of the inner loop, against closed forms and numerical derivatives."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

from perser_gui.adaptation.inner import InnerOptions, Task, adapt, constant_rates, query_logits
from perser_gui.adaptation.objective import Objective
from perser_gui.model.head import HeadConfig, initial_parameters, logits
from perser_gui.model.losses import class_balanced_cross_entropy

FORMS = ["plain", "dual"]


def small(
    seed: int = 0, names: tuple[str, ...] | None = None
) -> tuple[HeadConfig, dict[str, Tensor], Task, Tensor, Tensor, dict[str, Tensor]]:
    config = HeadConfig(2, 4, hidden=3, classes=3)
    generator = torch.Generator().manual_seed(seed)

    def draw(*shape: int) -> Tensor:
        return torch.randn(*shape, generator=generator, dtype=torch.float64)

    parameters = {
        k: v.requires_grad_() for k, v in initial_parameters(config, seed, torch.float64).items()
    }
    task = Task(
        x=draw(4, 2, 4),
        targets=torch.softmax(draw(4, 3), -1),
        class_weights=torch.tensor([0.5, 1.0, 1.5], dtype=torch.float64),
    )
    rates = constant_rates(config, 0.3, 3, dtype=torch.float64)
    rates = {k: (v + 0.1 * draw(3)).requires_grad_() for k, v in rates.items()}
    if names is not None:
        rates = {k: v for k, v in rates.items() if k in names}
    return config, parameters, task, draw(5, 2, 4), torch.softmax(draw(5, 3), -1), rates


def outer_loss(
    config: HeadConfig,
    parameters: dict[str, Tensor],
    task: Task,
    query: Tensor,
    targets: Tensor,
    rates: dict[str, Tensor],
    options: InnerOptions,
) -> Tensor:
    values = query_logits(parameters, config, task, query, rates, options)
    return class_balanced_cross_entropy(values, targets, task.class_weights)


@pytest.mark.parametrize("form", FORMS)
def test_meta_gradients_of_linear_regression_have_their_closed_form(
    form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With H = X'X/K and steps at rates a_s, second order is prod(I - a_s H) v, first order v."""
    generator = torch.Generator().manual_seed(5)
    x = torch.randn(6, 4, generator=generator, dtype=torch.float64)
    y = torch.randn(6, 1, generator=generator, dtype=torch.float64)
    query = torch.randn(3, 4, generator=generator, dtype=torch.float64)
    answer = torch.randn(3, 1, generator=generator, dtype=torch.float64)

    def squared(self: Objective, support: Tensor, _: Tensor | None) -> Tensor:
        return 0.5 * (support - self.task.targets).square().sum(-1).mean(-1)

    def squared_gradient(self: Objective, support: Tensor, _: Tensor | None) -> Tensor:
        return (support - self.task.targets) / support.shape[-2]

    monkeypatch.setattr(Objective, "value", squared)
    monkeypatch.setattr(Objective, "gradient", squared_gradient)

    # a head of one hidden unit and one output with the fixed weight one is linear regression
    config = HeadConfig(1, 4, hidden=1, classes=1, layer_mix="concatenate")
    weight = torch.randn(1, 4, generator=generator, dtype=torch.float64).requires_grad_()
    parameters = {
        "projection.weight": weight,
        "projection.bias": torch.zeros(1, dtype=torch.float64),
        "output.weight": torch.ones(1, 1, dtype=torch.float64),
        "output.bias": torch.zeros(1, dtype=torch.float64),
    }
    rho = torch.log(torch.tensor([0.3, 0.1, 0.2], dtype=torch.float64)).requires_grad_()
    task = Task(x=x.unsqueeze(1), targets=y)

    curvature = x.T @ x / 6
    identity = torch.eye(4, dtype=torch.float64)
    t, slopes = weight.detach().squeeze(0), []
    for a in rho.detach().exp():
        slopes.append(x.T @ (x @ t - y.squeeze(1)) / 6)
        t = t - a * slopes[-1]
    v = query.T @ (query @ t - answer.squeeze(1)) / 3

    for order in ("first", "second"):
        options = InnerOptions(steps=3, order=order, form=form)
        values = query_logits(
            parameters, config, task, query.unsqueeze(1), {"projection.weight": rho}, options
        )
        loss = 0.5 * (values - answer).square().mean()
        by_weight, by_rho = torch.autograd.grad(loss, [weight, rho])
        passed = v.clone()
        expected_rates = []
        for s in reversed(range(3)):
            a = rho.detach()[s].exp()
            expected_rates.insert(0, -a * (slopes[s] @ passed))
            if order == "second":
                passed = (identity - a * curvature) @ passed
        assert torch.allclose(by_weight.squeeze(0), passed, atol=1e-12)
        assert torch.allclose(by_rho, torch.stack(expected_rates), atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_second_order_passes_gradcheck_and_first_order_fails_it(form: str) -> None:
    config, parameters, task, query, targets, rates = small()
    names, rate_names = list(parameters), list(rates)

    def loss(order: str, *values: Tensor) -> Tensor:
        return outer_loss(
            config,
            dict(zip(names, values[: len(names)], strict=True)),
            task,
            query,
            targets,
            dict(zip(rate_names, values[len(names) :], strict=True)),
            InnerOptions(steps=3, order=order, form=form, information=0.0, l2=0.05),
        )

    inputs = (*parameters.values(), *rates.values())
    assert torch.autograd.gradcheck(lambda *v: loss("second", *v), inputs)
    assert not torch.autograd.gradcheck(lambda *v: loss("first", *v), inputs, raise_exception=False)


@pytest.mark.parametrize("form", FORMS)
def test_the_last_steps_rate_gradient_is_the_same_in_both_orders_and_the_first_steps_is_not(
    form: str,
) -> None:
    config, parameters, task, query, targets, rates = small(1)
    by_order = []
    for order in ("first", "second"):
        loss = outer_loss(
            config, parameters, task, query, targets, rates,
            InnerOptions(steps=3, order=order, form=form),
        )  # fmt: skip
        by_order.append(torch.autograd.grad(loss, list(rates.values())))
    for first, second in zip(*by_order, strict=True):
        assert torch.allclose(first[2], second[2], atol=1e-14)
        assert not torch.allclose(first[0], second[0], rtol=1e-3)


@pytest.mark.parametrize("form", FORMS)
def test_rates_of_zero_leave_the_plain_gradient_in_both_orders(form: str) -> None:
    config, parameters, task, query, targets, rates = small(2)
    zero = {name: torch.full_like(value, -math.inf) for name, value in rates.items()}
    direct = class_balanced_cross_entropy(
        logits(parameters, query, config), targets, task.class_weights
    )
    expected = torch.autograd.grad(direct, list(parameters.values()))
    for order in ("first", "second"):
        loss = outer_loss(
            config, parameters, task, query, targets, zero,
            InnerOptions(steps=3, order=order, form=form),
        )  # fmt: skip
        found = torch.autograd.grad(loss, list(parameters.values()))
        for one, other in zip(found, expected, strict=True):
            assert torch.allclose(one, other, atol=1e-14)


@pytest.mark.parametrize("form", FORMS)
def test_zero_steps_are_bit_for_bit_the_generic_logits(form: str) -> None:
    config = HeadConfig(3, 64, hidden=32, classes=8)
    parameters = initial_parameters(config, 3)
    x, query = torch.randn(16, 3, 64), torch.randn(40, 3, 64)
    task = Task(x=x, targets=torch.eye(8)[torch.arange(16) % 8])
    options = InnerOptions(steps=0, form=form)
    rates = constant_rates(config, 0.1)
    generic = logits(parameters, query, config)
    assert torch.equal(query_logits(parameters, config, task, query, rates, options), generic)
    adapted = adapt(parameters, config, task, rates, options).parameters
    assert torch.equal(logits(adapted, query, config), generic)


def by_hand(
    config: HeadConfig,
    parameters: dict[str, Tensor],
    task: Task,
    rates: list[dict[str, float]],
    second: bool,
) -> dict[str, Tensor]:
    """MAML as everyone writes it: autograd.grad, step by step."""
    adapted = dict(parameters)
    for step in rates:
        loss = class_balanced_cross_entropy(
            logits(adapted, task.x, config), task.targets, task.class_weights
        )
        gradients = torch.autograd.grad(loss, list(adapted.values()), create_graph=second)
        adapted = {
            name: value - step[name] * slope
            for (name, value), slope in zip(adapted.items(), gradients, strict=True)
        }
    return adapted


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("order", ["first", "second"])
def test_an_order_from_the_first_step_on_equals_maml_or_fomaml_written_by_hand(
    form: str, order: str
) -> None:
    config, parameters, task, query, targets, rates = small(3)
    steps = [{name: float(rho[s].detach().exp()) for name, rho in rates.items()} for s in range(3)]
    adapted = by_hand(config, parameters, task, steps, order == "second")
    expected_loss = class_balanced_cross_entropy(
        logits(adapted, query, config), targets, task.class_weights
    )
    expected = torch.autograd.grad(expected_loss, list(parameters.values()))
    loss = outer_loss(
        config, parameters, task, query, targets, rates,
        InnerOptions(steps=3, order=order, form=form),
    )  # fmt: skip
    assert torch.allclose(loss, expected_loss, atol=1e-13)
    for one, other in zip(
        torch.autograd.grad(loss, list(parameters.values())), expected, strict=True
    ):
        assert torch.allclose(one, other, atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_equal_frozen_rates_equal_maml_with_one_scalar_rate(form: str) -> None:
    config, parameters, task, query, _, _ = small(4)
    adapted = by_hand(config, parameters, task, [dict.fromkeys(parameters, 0.07)] * 4, True)
    options = InnerOptions(steps=4, form=form)
    rates = constant_rates(config, 0.07, 4, dtype=torch.float64)
    found = query_logits(parameters, config, task, query, rates, options)
    assert torch.allclose(found, logits(adapted, query, config), atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
def test_finite_differences_agree_on_twenty_random_coordinates_of_a_real_sized_loss(
    form: str,
) -> None:
    config = HeadConfig(3, 48, hidden=48, classes=8, layer_mix="concatenate")
    generator = torch.Generator().manual_seed(7)
    parameters = {
        k: v.requires_grad_() for k, v in initial_parameters(config, 7, torch.float64).items()
    }
    rates = {
        k: v.requires_grad_()
        for k, v in constant_rates(config, 0.05, 5, dtype=torch.float64).items()
    }

    def labelled(count: int) -> tuple[Tensor, Tensor]:
        x = torch.randn(count, 3, 48, generator=generator, dtype=torch.float64)
        labels = torch.randint(8, (count,), generator=generator)
        return x, torch.eye(8, dtype=torch.float64)[labels]

    support, query = labelled(16), labelled(64)
    weights = torch.linspace(0.4, 1.6, 8, dtype=torch.float64)
    task = Task(*support, class_weights=weights, unlabelled=labelled(9)[0])
    options = InnerOptions(form=form, information=0.2, l2=0.1, shots_power=0.5, smoothing=True)

    def loss(values: dict[str, Tensor], steps: dict[str, Tensor]) -> Tensor:
        return outer_loss(config, values, task, query[0], query[1], steps, options)

    everything = [*parameters.values(), *rates.values()]
    gradients = torch.autograd.grad(loss(parameters, rates), everything)
    for _ in range(20):
        which = int(torch.randint(len(everything), (1,), generator=generator))
        place = int(torch.randint(everything[which].numel(), (1,), generator=generator))
        flat = everything[which].detach().view(-1)
        original, change = float(flat[place]), 1e-5
        ends = []
        for shifted in (original + change, original - change):
            flat[place] = shifted
            with torch.no_grad():
                ends.append(float(loss(parameters, rates)))
        flat[place] = original
        slope = (ends[0] - ends[1]) / (2 * change)
        assert float(gradients[which].view(-1)[place]) == pytest.approx(slope, rel=1e-5, abs=1e-9)
