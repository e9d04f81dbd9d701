"""The dual form where nothing stands between the two layers: no weights and no hidden layer.

Without an activation, all that the steps do to the hidden space stays within the span of few
rows: the start's output rows, the projected clips and the start's hidden bias. Output layer,
hidden bias and coefficients are kept as coordinates on these M rows; with their Gram matrix
(`metric`) a step works on matrices [S, M] and [A, M] in place of [S, H] and [A, H].

Where the rows would be more than the hidden units, or single weights have rates of their own,
the coordinates are the hidden units themselves and the metric is the identity.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from perser_gui.adaptation.dual_form import (
    COEFFICIENTS,
    DualForm,
    Look,
    State,
    plus_product,
    product,
    projected,
)
from perser_gui.adaptation.rates import elementwise
from perser_gui.adaptation.task import InnerOptions, Task
from perser_gui.model.head import HeadConfig, Parameters


class LinearDualForm(DualForm):
    """A start, a support and the gradient step between states, all in coordinates."""

    def __init__(
        self,
        parameters: Parameters,
        config: HeadConfig,
        task: Task,
        rates: Mapping[str, Tensor],
        options: InnerOptions,
    ) -> None:
        super().__init__(parameters, config, task, rates, options)
        weight, bias = self._origin["output.weight"], self._origin["projection.bias"]
        atoms, rows = weight.shape[-2], self._base.shape[-2]
        self._basis: Tensor | None = None
        self._metric: Tensor | None = None
        self._points, self._first = self._base, {"output.weight": weight, "projection.bias": bias}
        single = any(name in rates and elementwise(rates[name]) for name in self._first)
        if atoms + rows + 1 < config.hidden and not single:
            parts = [weight, self._base, bias.unsqueeze(-2)]
            batch = max((part.shape[:-2] for part in parts), key=len)
            self._basis = torch.cat([p.expand(*batch, *p.shape[-2:]) for p in parts], dim=-2)
            self._metric = self._basis @ self._basis.mT
            unit = torch.eye(atoms + rows + 1, dtype=weight.dtype, device=weight.device)
            unit = unit.expand(*batch, *unit.shape)
            self._points = unit[..., atoms:-1, :]
            self._first = {
                "output.weight": unit[..., :atoms, :],
                "projection.bias": unit[..., -1, :],
            }
        self._origin.update(self._first)

    def start(self) -> State:
        """Return the state before the first step, in coordinates."""
        state = super().start()
        if self._basis is not None:
            state.update(self._first)
            if self._moves:
                state[COEFFICIENTS] = torch.zeros_like(self._points)
        return state

    def logits(self, state: State, x: Tensor) -> Tensor:
        """Return atom logits [..., Q, A] of clips x [..., Q, L, W] in a state."""
        rows, formed = self._views(x), self._formed(state)
        weight, first = formed["output.weight"].mT, self._start["projection.weight"]
        if rows.dim() > 2 and rows.shape[-2] > weight.shape[-1]:
            # two linear layers are one: as wide as the words, and not as the hidden layer
            values = product(formed["output.weight"] @ first, rows.mT).mT
        else:
            values = projected(rows, first) @ weight
        if self._moves:
            through = weight if self._basis is None else product(self._basis, weight)
            pushed = product(state[COEFFICIENTS], through)
            values = plus_product(values, product(rows, self._rows.mT), pushed)
        constant = formed["projection.bias"].unsqueeze(-2) @ weight
        return self._summed(values, state) + (constant + state["output.bias"].unsqueeze(-2))

    def weights(self, state: State) -> State:
        """Return the adapted parameters of a state; here alone they are formed."""
        formed = {**state, **self._formed(state)}
        if self._moves and self._basis is not None:
            formed[COEFFICIENTS] = state[COEFFICIENTS] @ self._basis
        return super().weights(formed)

    def _formed(self, state: State) -> State:
        """Return output rows [..., A, H] and hidden bias [..., H] out of their coordinates."""
        if self._basis is None:
            return {name: state[name] for name in self._first}
        moved = state["output.weight"] - self._first["output.weight"]
        weight = self._start["output.weight"] + moved @ self._basis
        moved = (state["projection.bias"] - self._first["projection.bias"]).unsqueeze(-2)
        bias = self._start["projection.bias"] + (moved @ self._basis).squeeze(-2)
        return {"output.weight": weight, "projection.bias": bias}

    def _look(self, state: State) -> Look:
        values = self._points
        if self._gram is not None:
            values = plus_product(values, self._gram, state[COEFFICIENTS])
        pre = self._summed(values, state) + state["projection.bias"].unsqueeze(-2)
        measured = pre if self._metric is None else product(pre, self._metric)
        bias = state["output.bias"].unsqueeze(-2)
        logits = plus_product(bias, measured, state["output.weight"].mT)
        return Look(logits, values, pre)

    def _by_mix(self, state: State, by_sum: Tensor, values: Tensor) -> Tensor:
        measured = by_sum if self._metric is None else by_sum @ self._metric
        return super()._by_mix(state, measured, values)
