"""The inner loop without adapted weights: exact, and cheap by the number of features.

A gradient step adds to the projection a combination of the support's own feature rows, so after
any number of steps it is W + B'U with U the rows [S, W] and B their coefficients [S, H]. Its
effect on other rows X is X W' + (X U') B: with the products X W' and X U' computed once, a step
costs S*S*H in place of S*W*H, and autograd through it stays exact in both orders. A hidden ReLU
changes nothing of this, because only the first layer has to be linear in its input.

When the layer weights adapt too, every layer of a clip is a row of its own ("view").
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from perser_gui.adaptation.objective import InnerOptions, Task, gradient, objective
from perser_gui.adaptation.rates import rate
from perser_gui.model.head import HeadConfig, Parameters, activated, mixed

State = dict[str, Tensor]
"""Small parameters by name, and `coefficients` [..., V, S, H] of the projection."""

COEFFICIENTS = "coefficients"


class DualForm:
    """A start, a support and the gradient step between states, by Gram matrices."""

    def __init__(
        self,
        parameters: Parameters,
        config: HeadConfig,
        task: Task,
        rates: Mapping[str, Tensor],
        options: InnerOptions,
    ) -> None:
        self._start, self._config = parameters, config
        self._task, self._rates, self._options = task, rates, options
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
        if options.order == "first":  # all that a step adds is a constant
            self._rows, weight = self._rows.detach(), weight.detach()
        self._base = _projected(self._rows, weight)
        self._gram = self._products(self._rows) if self._moves else None

    def start(self) -> State:
        """Return the state before the first step."""
        state = {k: v for k, v in self._start.items() if k != "projection.weight"}
        if self._moves:
            state[COEFFICIENTS] = torch.zeros_like(self._base)
        return state

    def loss(self, state: State) -> Tensor:
        """Return the objective of a state, [] or [T]."""
        _, _, logits = self._forward(state)
        return objective(*self._parted(logits), self._task, self._options)

    def step(self, state: State, number: int) -> State:
        """Return the state after one gradient step with the rates of step `number`."""
        gradients = self._gradients(state)
        changed = dict(state)
        for name, value in gradients.items():
            key = "projection.weight" if name == COEFFICIENTS else name
            if key not in self._rates:
                continue
            if self._options.l2:
                start = 0.0 if name == COEFFICIENTS else self._start[name]
                value = value + self._options.l2 * (state[name] - start)
            if self._options.order == "first":
                value = value.detach()
            changed[name] = state[name] - rate(self._rates[key], number) * value
        return changed

    def logits(self, state: State, x: Tensor) -> Tensor:
        """Return atom logits [..., Q, A] of clips x [..., Q, L, W] in a state."""
        rows = self._views(x)
        values = _projected(rows, self._start["projection.weight"])
        if self._moves:
            values = values + self._moved(self._products(rows), state, rows.shape[-2])
        return self._outputs(state, values)[2]

    def weights(self, state: State) -> State:
        """Return the adapted parameters of a state; here alone the projection is formed."""
        adapted = {k: v for k, v in state.items() if k != COEFFICIENTS}
        weight = self._start["projection.weight"]
        if self._moves:
            weight = weight + torch.einsum("...vsh,...vsw->...hw", state[COEFFICIENTS], self._rows)
        adapted["projection.weight"] = weight
        return adapted

    def _gradients(self, state: State) -> State:
        """Return the gradient of the objective by each of the state's tensors."""
        if self._options.order == "first":
            state = {name: value.detach() for name, value in state.items()}
        values, pre, logits = self._forward(state)
        inside = activated(pre, self._config)
        by_logits = gradient(*self._parted(logits), self._task, self._options)
        by_pre = by_logits @ state["output.weight"]
        if self._config.activation == "relu":
            by_pre = by_pre * (pre > 0)
        gradients = {
            "output.weight": by_logits.mT @ inside,
            "output.bias": by_logits.sum(-2),
            "projection.bias": by_pre.sum(-2),
        }
        mix = self._mix(state)
        if self._moves:
            by_view = by_pre.unsqueeze(-3)
            gradients[COEFFICIENTS] = by_view if mix is None else mix[..., None, None] * by_view
        if mix is not None:
            by_mix = (by_pre.unsqueeze(-3) * values).sum((-1, -2))
            gradients["mix.weight"] = mix * (by_mix - (mix * by_mix).sum(-1, keepdim=True))
        return gradients

    def _forward(self, state: State) -> tuple[Tensor, Tensor, Tensor]:
        values = self._base
        if self._gram is not None:
            values = values + self._moved(self._gram, state, self._rows.shape[-2])
        return self._outputs(state, values)

    def _outputs(self, state: State, values: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return per-view values [..., V, S, H], pre-activations and atom logits."""
        mix = self._mix(state)
        summed = values.squeeze(-3) if mix is None else (mix[..., None, None] * values).sum(-3)
        pre = summed + state["projection.bias"].unsqueeze(-2)
        inside = activated(pre, self._config)
        logits = inside @ state["output.weight"].mT + state["output.bias"].unsqueeze(-2)
        return values, pre, logits

    def _views(self, x: Tensor) -> Tensor:
        """Return clips [..., S, L, W] as rows [..., V, S, W] of what the projection sees."""
        if self._views_adapt:
            return x.transpose(-2, -3)
        return mixed(self._start, x, self._config).unsqueeze(-3)

    def _mix(self, state: State) -> Tensor | None:
        return torch.softmax(state["mix.weight"], -1) if self._views_adapt else None

    def _products(self, rows: Tensor) -> Tensor:
        """Return the products of all rows with all of the support's, [..., V*Q, V*S]."""
        return rows.flatten(-3, -2) @ self._rows.flatten(-3, -2).mT

    def _moved(self, products: Tensor, state: State, count: int) -> Tensor:
        """Return how far the steps moved the projected rows, [..., V, Q, H]."""
        moved = products @ state[COEFFICIENTS].flatten(-3, -2)
        return moved.reshape(*moved.shape[:-2], -1, count, moved.shape[-1])

    def _parted(self, logits: Tensor) -> tuple[Tensor, Tensor | None]:
        if not self._informed:
            return logits, None
        return logits[..., : self._count, :], logits[..., self._count :, :]


def _projected(rows: Tensor, weight: Tensor) -> Tensor:
    """Return rows [..., V, S, W] times a projection [H, W] or one per task [T, H, W]."""
    if weight.dim() == 2:
        return torch.nn.functional.linear(rows, weight)
    return rows @ weight.mT.unsqueeze(-3)
