"""The inner loop without adapted weights: exact, and cheap by the number of features.

A gradient step adds to the projection a combination of the support's own feature rows, so after
any number of steps it is W + B'U with U the rows [S, W] and B their coefficients [S, H]. Its
effect on other rows X is X W' + (X U') B: with the products X W' and X U' computed once, a step
costs S*S*H in place of S*W*H, and autograd through it stays exact in both orders. A hidden ReLU
changes nothing of this, because only the first layer has to be linear in its input; without one
(`linear_dual_form`) steps become cheaper still.

When the layer weights adapt too, every layer of a clip is a row of its own ("view").
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from perser_gui.adaptation.objective import Objective
from perser_gui.adaptation.rates import downwards, is_prior, precision
from perser_gui.adaptation.task import InnerOptions, Task, shortened
from perser_gui.model.head import HeadConfig, Parameters, activated, linear, mixed

State = dict[str, Tensor]
"""Small parameters by name, and `coefficients` [..., V*S, H] of the projection."""

COEFFICIENTS = "coefficients"


@dataclass(frozen=True)
class Look:
    """Logits [..., S, A] of the support, each view's values [..., V*S, H], and their sum."""

    logits: Tensor
    values: Tensor
    pre: Tensor


class DualForm:
    """A start, a support and the gradient step between states, by Gram matrices.

    Rows of views are laid end to end, [..., V*S, W], view by view.
    """

    def __init__(
        self,
        parameters: Parameters,
        config: HeadConfig,
        task: Task,
        rates: Mapping[str, Tensor],
        options: InnerOptions,
    ) -> None:
        self._start, self._config = parameters, config
        self._task, self._options = task, options
        self._objective = Objective(task, options)
        self._rates = {n: downwards(rho) for n, rho in rates.items() if not is_prior(n)}
        self._pulls = {name: precision(rates, name, options.l2) for name in self._rates}
        self._views_adapt = "mix.weight" in rates and config.layer_mix == "weighted"
        self._moves = "projection.weight" in rates
        self._count = task.x.shape[-3]
        clips = task.x
        self._informed = task.unlabelled is not None and options.information > 0
        if self._informed and task.unlabelled is not None:
            batch = max(clips.shape[:-3], task.unlabelled.shape[:-3], key=len)
            clips = torch.cat(
                [t.expand(*batch, *t.shape[-3:]) for t in (clips, task.unlabelled)], dim=-3
            )
        self._rows, weight = self._views(clips), parameters["projection.weight"]
        self._origin = dict(parameters)
        if options.order == "first":  # all that a step adds is a constant
            self._rows, weight = self._rows.detach(), weight.detach()
            self._origin = {name: value.detach() for name, value in parameters.items()}
        self._base = projected(self._rows, weight)
        self._gram = self._rows @ self._rows.mT if self._moves else None

    def start(self) -> State:
        """Return the state before the first step."""
        state = {k: v for k, v in self._start.items() if k != "projection.weight"}
        if self._moves:
            state[COEFFICIENTS] = torch.zeros_like(self._base)
        return state

    def loss(self, state: State) -> Tensor:
        """Return the objective of a state, [] or [T]."""
        return self._objective.value(*self._parted(self._look(state).logits))

    def step(self, state: State, number: int) -> State:
        """Return the state after one gradient step with the rates of step `number`."""
        seen = state
        if self._options.order == "first":  # the gradient is a constant, the rates are not
            seen = {name: value.detach() for name, value in state.items()}
        look = self._look(seen)
        by_logits = self._objective.gradient(*self._parted(look.logits))
        changed = dict(state)
        for name, value in self._gradients(seen, look, by_logits).items():
            parameter = "projection.weight" if name == COEFFICIENTS else name
            steps, pull = self._rates[parameter], self._pulls[parameter]
            if torch.is_tensor(pull) or pull:
                origin = 0.0 if name == COEFFICIENTS else self._origin[name]
                value = value + pull * (seen[name] - origin)
            value = shortened(self._task, self._options, value)
            factor = steps[min(number, len(steps) - 1)]
            changed[name] = state[name] + factor * value
        return changed

    def logits(self, state: State, x: Tensor) -> Tensor:
        """Return atom logits [..., Q, A] of clips x [..., Q, L, W] in a state."""
        rows = self._views(x)
        values = projected(rows, self._start["projection.weight"])
        if self._moves:
            values = values + (rows @ self._rows.mT) @ state[COEFFICIENTS]
        return self._outputs(state, values).logits

    def weights(self, state: State) -> State:
        """Return the adapted parameters of a state; here alone the projection is formed."""
        adapted = {k: v for k, v in state.items() if k != COEFFICIENTS}
        weight = self._start["projection.weight"]
        if self._moves:
            weight = weight + state[COEFFICIENTS].mT @ self._rows
        adapted["projection.weight"] = weight
        return adapted

    def _look(self, state: State) -> Look:
        """Return what a state makes of the support."""
        values = self._base
        if self._gram is not None:
            values = plus_product(values, self._gram, state[COEFFICIENTS])
        return self._outputs(state, values)

    def _outputs(self, state: State, values: Tensor) -> Look:
        pre = self._summed(values, state) + state["projection.bias"].unsqueeze(-2)
        inside = activated(pre, self._config)
        return Look(linear(inside, state["output.weight"], state["output.bias"]), values, pre)

    def _gradients(self, state: State, look: Look, by_logits: Tensor) -> State:
        """Return the gradient by everything that adapts, by name."""
        by_pre = product(by_logits, state["output.weight"])
        if self._config.activation == "relu":
            by_pre = by_pre * (look.pre > 0)
        gradients: State = {}
        if "output.weight" in self._rates:
            inside = activated(look.pre, self._config)
            gradients["output.weight"] = product(by_logits.mT, inside)
        if "output.bias" in self._rates:
            gradients["output.bias"] = by_logits.sum(-2)
        if "projection.bias" in self._rates:
            gradients["projection.bias"] = by_pre.sum(-2)
        if self._views_adapt:
            gradients["mix.weight"] = self._by_mix(state, by_pre, look.values)
        if self._moves:
            gradients[COEFFICIENTS] = self._by_values(state, by_pre)
        return gradients

    def _by_values(self, state: State, by_pre: Tensor) -> Tensor:
        """Return the gradient by the projected rows, [..., V*S, H]."""
        if not self._views_adapt:
            return by_pre
        return (self._mix(state)[..., None, None] * by_pre.unsqueeze(-3)).flatten(-3, -2)

    def _by_mix(self, state: State, by_sum: Tensor, values: Tensor) -> Tensor:
        """Return the gradient by the layer weights, of a sum over views and its gradient."""
        mix, parts = self._mix(state), self._apart(values)
        by_mix = (by_sum.unsqueeze(-3) * parts).sum((-1, -2))
        return mix * (by_mix - (mix * by_mix).sum(-1, keepdim=True))

    def _summed(self, values: Tensor, state: State) -> Tensor:
        """Return the weighted sum of the views, [..., Q, *] of [..., V*Q, *]."""
        if not self._views_adapt:
            return values
        return (self._mix(state)[..., None, None] * self._apart(values)).sum(-3)

    def _apart(self, values: Tensor) -> Tensor:
        """Return rows [..., V*Q, *] view by view, [..., V, Q, *]."""
        layers = self._config.layers
        return values.reshape(*values.shape[:-2], layers, -1, values.shape[-1])

    def _views(self, x: Tensor) -> Tensor:
        """Return clips [..., S, L, W] as rows [..., V*S, W] of what the projection sees."""
        if self._views_adapt:
            return x.transpose(-2, -3).flatten(-3, -2)
        return mixed(self._start, x, self._config)

    def _mix(self, state: State) -> Tensor:
        return torch.softmax(state["mix.weight"], -1)

    def _parted(self, logits: Tensor) -> tuple[Tensor, Tensor | None]:
        if not self._informed:
            return logits, None
        return logits[..., : self._count, :], logits[..., self._count :, :]


def projected(rows: Tensor, weight: Tensor) -> Tensor:
    """Return rows [..., S, W] times a projection [H, W] or one per task [T, H, W]."""
    if weight.dim() == 2:
        return torch.nn.functional.linear(rows, weight)
    return rows @ weight.mT


def product(a: Tensor, b: Tensor) -> Tensor:
    """Return a @ b; for two batches of tasks by the shortest way."""
    return torch.bmm(a, b) if _paired(a, b) else a @ b


def plus_product(c: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """Return c + a @ b; for two batches of tasks by the shortest way."""
    return torch.baddbmm(c, a, b) if _paired(a, b) else c + a @ b


def _paired(a: Tensor, b: Tensor) -> bool:
    return a.dim() == 3 and b.dim() == 3 and a.shape[0] == b.shape[0]
