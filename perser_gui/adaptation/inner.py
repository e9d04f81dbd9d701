"""The inner loop: adaptation as a pure function of a start, a listener's support and the rates.

`adapt` returns the adapted parameters, `query_logits` what they say about other clips without
ever forming them. Both are differentiable by the start and by the log rates, in first or
second order, for one listener or a batch of them, and leave their arguments untouched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

from perser_gui.adaptation.dual_form import DualForm
from perser_gui.adaptation.linear_dual_form import LinearDualForm
from perser_gui.adaptation.plain_form import PlainForm
from perser_gui.adaptation.rates import Rates, constant_rates, elementwise
from perser_gui.adaptation.task import InnerOptions, Task, stack_tasks
from perser_gui.model.classes import class_logits
from perser_gui.model.head import HeadConfig, Parameters, logits

__all__ = [
    "Adapted",
    "InnerOptions",
    "Rates",
    "Task",
    "Watch",
    "adapt",
    "adapt_anchored",
    "anchored_logits",
    "chosen_form",
    "constant_rates",
    "multi_step_weights",
    "query_logits",
    "stack_tasks",
]

State = dict[str, Tensor]

DEFAULT_OPTIONS = InnerOptions()

Watch = Callable[[int, float], bool]
"""Called before each step and after the last one with the steps done and the objective (mean
over a batch); answers whether to go on. May raise to end everything."""


class Form(Protocol):
    """One way to carry out gradient steps."""

    def start(self) -> State:
        """Return the state before the first step."""

    def loss(self, state: State) -> Tensor:
        """Return the objective of a state."""

    def step(self, state: State, number: int) -> State:
        """Return the state after one more step."""

    def logits(self, state: State, x: Tensor) -> Tensor:
        """Return atom logits of clips in a state."""

    def weights(self, state: State) -> State:
        """Return the adapted parameters of a state."""


@dataclass(frozen=True)
class Adapted:
    """Adapted parameters by name ([T, ...] for a batch), and how many steps led to them."""

    parameters: Mapping[str, Tensor]
    steps: int


def chosen_form(config: HeadConfig, task: Task, rates: Rates, options: InnerOptions) -> str:
    """Return "dual" or "plain": what the options say, or for "auto" the cheaper that applies."""
    if options.form != "auto":
        return options.form
    if "projection.weight" in rates and elementwise(rates["projection.weight"]):
        return "plain"
    clips = task.x.shape[-3]
    if task.unlabelled is not None and options.information:
        clips += task.unlabelled.shape[-3]
    views = config.layers if "mix.weight" in rates and config.layer_mix == "weighted" else 1
    return "dual" if clips * views <= config.input_width else "plain"


def adapt(
    parameters: Parameters,
    config: HeadConfig,
    task: Task,
    rates: Rates,
    options: InnerOptions = DEFAULT_OPTIONS,
    *,
    watch: Watch | None = None,
) -> Adapted:
    """Take `options.steps` gradient steps from `parameters` and return where they lead.

    When `watch` answers False the steps end, and the state with the lowest objective seen so
    far is returned (the start, if no step lowered it).
    """
    own = (options.anchor,)
    return adapt_anchored(parameters, config, task, rates, options, own, watch=watch)[0]


def adapt_anchored(
    parameters: Parameters,
    config: HeadConfig,
    task: Task,
    rates: Rates,
    options: InnerOptions,
    anchors: Sequence[float],
    *,
    watch: Watch | None = None,
) -> list[Adapted]:
    """Take the steps of `adapt` once and return where they lead with each of these anchors."""
    form = _form(parameters, config, task, rates, options)
    number, state = _walk(form, options, watch)[-1]
    ends = _anchored(form, state, config, task, options, anchors)
    return [Adapted(form.weights(end), number) for end in ends]


def query_logits(
    parameters: Parameters,
    config: HeadConfig,
    task: Task,
    query: Tensor,
    rates: Rates,
    options: InnerOptions = DEFAULT_OPTIONS,
    *,
    every_step: bool = False,
    watch: Watch | None = None,
) -> Tensor:
    """Return the adapted model's word logits [..., Q, C] for clips query [..., Q, L, W].

    With `every_step` the logits after each step are stacked in front, [steps, ..., Q, C], for
    the multi-step loss.
    """
    own = (options.anchor,)
    if not every_step:
        return anchored_logits(parameters, config, task, query, rates, options, own, watch=watch)[0]
    if options.steps == 0:
        return class_logits(logits(parameters, query, config), task.groups).unsqueeze(0)[:0]
    form = _form(parameters, config, task, rates, options)
    passed = _walk(form, options, watch, keep_all=True)[1:]
    states = [_anchored(form, state, config, task, options, own)[0] for _, state in passed]
    return torch.stack([class_logits(form.logits(state, query), task.groups) for state in states])


def anchored_logits(
    parameters: Parameters,
    config: HeadConfig,
    task: Task,
    query: Tensor,
    rates: Rates,
    options: InnerOptions,
    anchors: Sequence[float],
    *,
    watch: Watch | None = None,
) -> Tensor:
    """Take the steps of `query_logits` once; return logits [A, ..., Q, C] with each anchor."""
    if options.steps == 0:  # to the last bit what the start itself says
        start = class_logits(logits(parameters, query, config), task.groups)
        return torch.stack([start] * len(anchors))
    form = _form(parameters, config, task, rates, options)
    state = _walk(form, options, watch)[-1][1]
    ends = _anchored(form, state, config, task, options, anchors)
    return torch.stack([class_logits(form.logits(end, query), task.groups) for end in ends])


def multi_step_weights(steps: int, progress: float) -> list[float]:
    """Return the weight of each step's query loss, summing to 1 (the multi-step loss of MAML++).

    At `progress` 0 all steps weigh the same, at 1 only the last one counts.
    """
    share = (1.0 - min(max(progress, 0.0), 1.0)) / steps
    return [share] * (steps - 1) + [1.0 - share * (steps - 1)]


def _form(
    parameters: Parameters, config: HeadConfig, task: Task, rates: Rates, options: InnerOptions
) -> Form:
    if chosen_form(config, task, rates, options) == "plain":
        return PlainForm(parameters, config, task, rates, options)
    if "projection.weight" in rates and elementwise(rates["projection.weight"]):
        raise ValueError("the dual form needs one rate for the whole projection and step")
    kind = LinearDualForm if config.activation == "none" else DualForm
    return kind(parameters, config, task, rates, options)


def _walk(
    form: Form, options: InnerOptions, watch: Watch | None, *, keep_all: bool = False
) -> list[tuple[int, State]]:
    """Return the states passed (with `keep_all`) or the last one, numbered by steps done."""
    state = form.start()
    passed: list[tuple[int, State]] = [(0, state)]
    best: tuple[float, int, State] | None = None
    for number in range(options.steps + 1):
        if watch is not None:
            loss = float(form.loss(state).detach().mean())
            if best is None or loss < best[0]:
                best = (loss, number, state)
            if not watch(number, loss) and number < options.steps:
                return [(best[1], best[2])]
        if number == options.steps:
            break
        state = form.step(state, number)
        if keep_all:
            passed.append((number + 1, state))
        else:
            passed = [(number + 1, state)]
    return passed


def _anchored(
    form: Form,
    state: State,
    config: HeadConfig,
    task: Task,
    options: InnerOptions,
    anchors: Sequence[float],
) -> list[State]:
    """Return the state with each share of every atom's mean shift over the library taken back."""
    if not any(anchors) or not options.steps:
        return [state] * len(anchors)
    clips, shares = _library(config, task)
    shift = form.logits(state, clips) - form.logits(form.start(), clips)
    mean = (shares.unsqueeze(-1) * shift).sum(-2)
    bias = state["output.bias"]
    return [
        {**state, "output.bias": bias - anchor * mean} if anchor else state for anchor in anchors
    ]


def _library(config: HeadConfig, task: Task) -> tuple[Tensor, Tensor]:
    """Return the library's clips [..., N, L, W] and their shares [..., N] of a mean.

    Where nothing stands between the layers, the mean clip stands for all of them.
    """
    parts = [(task.x, task.rows)]
    if task.unlabelled is not None:
        mask = task.unlabelled_mask
        everything = task.unlabelled.new_ones(task.unlabelled.shape[:-2])
        parts.append((task.unlabelled, everything if mask is None else mask))
    batch = max((t.shape[:-k] for x, m in parts for t, k in ((x, 3), (m, 1))), key=len)
    clips = torch.cat([x.expand(*batch, *x.shape[-3:]) for x, _ in parts], dim=-3)
    counted = torch.cat([m.expand(*batch, m.shape[-1]) for _, m in parts], dim=-1)
    shares = counted / counted.sum(-1, keepdim=True).clamp_min(1.0)
    if config.activation != "none":
        return clips, shares
    mean = torch.einsum("...n,...nlw->...lw", shares, clips).unsqueeze(-3)
    return mean, shares.new_ones(*shares.shape[:-1], 1)
