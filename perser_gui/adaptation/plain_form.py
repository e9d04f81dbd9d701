"""The inner loop written down plainly: gradient steps on the weights themselves.

The reference that the dual form is tested against, and the way out where that one does not
pay (more clips than features) or does not apply (one rate per single weight).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from perser_gui.adaptation.objective import Objective
from perser_gui.adaptation.rates import precision, rate
from perser_gui.adaptation.task import InnerOptions, Task, shortened
from perser_gui.model.head import HeadConfig, Parameters, logits

State = dict[str, Tensor]

_BASE = {"x": 3, "targets": 2, "mask": 1, "unlabelled": 3, "unlabelled_mask": 1}
"""Dimensions of a task's tensors without a batch of tasks."""


class PlainForm:
    """A start, a support and the gradient step between states (parameters by name)."""

    def __init__(
        self,
        parameters: Parameters,
        config: HeadConfig,
        task: Task,
        rates: Mapping[str, Tensor],
        options: InnerOptions,
    ) -> None:
        self._start = dict(parameters)
        self._config, self._rates, self._options = config, rates, options
        self._task = task
        self._ranks = {name: len(shape) for name, shape in config.shapes().items()}

    def start(self) -> State:
        """Return the state before the first step."""
        return dict(self._start)

    def loss(self, state: State) -> Tensor:
        """Return the objective of a state, [] or [T]."""
        value: Tensor = self._mapped(self._objective, state)
        return value

    def step(self, state: State, number: int) -> State:
        """Return the state after one gradient step with the rates of step `number`."""
        adapted = [name for name in self._rates if name in state]
        gradients: State = self._mapped(torch.func.grad(self._objective), state)
        changed = dict(state)
        for name in adapted:
            value, way = gradients[name], state[name] - self._start[name]
            if self._options.order == "first":
                value, way = value.detach(), way.detach()
            pull = precision(self._rates, name, self._options.l2)
            step = value + pull * way if torch.is_tensor(pull) or pull else value
            step = shortened(self._task, self._options, step)
            changed[name] = state[name] - rate(self._rates[name], number) * step
        return changed

    def logits(self, state: State, x: Tensor) -> Tensor:
        """Return atom logits [..., Q, A] of clips x [..., Q, L, W] in a state."""
        return logits(state, x, self._config)

    def weights(self, state: State) -> State:
        """Return the adapted parameters of a state."""
        return dict(state)

    def _objective(self, free: State, fixed: State, tensors: dict[str, Tensor]) -> Tensor:
        task = Task(**tensors, class_weights=self._task.class_weights, groups=self._task.groups)
        parameters = {**fixed, **free}
        support = logits(parameters, task.x, self._config)
        unlabelled = (
            logits(parameters, task.unlabelled, self._config)
            if task.unlabelled is not None and self._options.information
            else None
        )
        return Objective(task, self._options).value(support, unlabelled)

    def _mapped(self, function: Callable[..., Any], state: State) -> Any:
        """Call `function(free, fixed, task tensors)`, over the batch of tasks if there is one."""
        free = {name: value for name, value in state.items() if name in self._rates}
        fixed = {name: value for name, value in state.items() if name not in self._rates}
        tensors = {
            name: value for name in _BASE if (value := getattr(self._task, name)) is not None
        }
        dims = (
            {name: self._dim(name, value) for name, value in free.items()},
            {name: self._dim(name, value) for name, value in fixed.items()},
            {name: 0 if value.dim() > _BASE[name] else None for name, value in tensors.items()},
        )
        if all(dim is None for group in dims for dim in group.values()):
            return function(free, fixed, tensors)
        return torch.func.vmap(function, in_dims=dims)(free, fixed, tensors)

    def _dim(self, name: str, value: Tensor) -> int | None:
        return 0 if value.dim() > self._ranks[name] else None
