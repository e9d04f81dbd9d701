"""A scale and a shift for every hidden unit of a listener (FiLM), free or through an embedding.

For a fixed output layer the logits are linear in scale and shift, so the fit is convex. The
embedding writes both as a few numbers times directions found among training listeners.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from perser_gui.adaptation.inner import InnerOptions, Task
from perser_gui.adaptation.listener import (
    ListenerStart,
    NewWords,
    head_probabilities,
    head_profile,
    listener_start,
    listener_task,
)
from perser_gui.adaptation.objective import Objective
from perser_gui.adaptation.placing import on_device
from perser_gui.adaptation.protocol import Support
from perser_gui.errors import PerserError
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.head import hidden, output
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Profile

MEAN, DIRECTIONS = "embedding.mean", "embedding.directions"
_OPTIONS = InnerOptions(shots_power=1.0, shots_reference=1.0, class_weighted=False)
"""The summed cross-entropy, so that a Gaussian prior keeps its meaning at every K."""

_NEW_WORDS = NewWords(scale=None, bias=-1.0)
"""Modulation scales rows, so a new word needs one of full length to begin with."""


class Film:
    """Fits a scale and a shift per hidden unit, with a Gaussian prior around leaving it as is."""

    name = "film"
    precision = 1.0
    iterations = 25

    def adapt(
        self,
        theta: Checkpoint,
        support: Support,
        *,
        seed: int = 0,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> Profile:
        """Return the head with the fitted modulation folded into its output layer."""
        mean, directions = self._space(theta)
        taken = 0

        def work(place: str) -> tuple[ListenerStart, dict[str, Tensor]]:
            nonlocal taken
            start = listener_start(theta, support, device=place, new_words=_NEW_WORDS)
            if not support.count:
                return start, start.parameters
            task = listener_task(start, support, _OPTIONS, device=place)
            basis = None if directions is None else directions.to(place)
            modulation, taken = self._fitted(start, task, mean.to(place), basis, progress)
            return start, folded(start.parameters, modulation)

        (start, parameters), used, notes = on_device(device, work)
        if progress is not None:
            progress.check()
        return head_profile(
            self.name,
            theta,
            start,
            parameters,
            support,
            seed=seed,
            steps=taken,
            device=used,
            notes=notes,
        )

    def probabilities(self, theta: Checkpoint, profile: Profile, x: FloatArray) -> FloatArray:
        """Return probabilities [N, C] for features x [N, L, W]."""
        return head_probabilities(theta, profile, x)

    def modulation(self, theta: Checkpoint, support: Support) -> FloatArray:
        """Return a listener's fitted scales minus one and shifts, [2H]."""
        mean, directions = self._space(theta)
        start = listener_start(theta, support, new_words=_NEW_WORDS)
        task = listener_task(start, support, _OPTIONS)
        fitted, _ = self._fitted(start, task, mean, directions, None)
        return np.asarray(fitted.numpy(), dtype=np.float32)

    def _space(self, theta: Checkpoint) -> tuple[Tensor, Tensor | None]:
        """Return the prior mean [2H] and the directions [E, 2H], None for all of them."""
        return torch.zeros(2 * theta.head.hidden), None

    def _fitted(
        self,
        start: ListenerStart,
        task: Task,
        mean: Tensor,
        directions: Tensor | None,
        progress: Progress | None,
    ) -> tuple[Tensor, int]:
        """Return the modulation [2H] that explains the ratings best, and the iterations taken."""
        with torch.no_grad():
            inside = hidden(start.parameters, task.x, start.config)

        wanted = Objective(task, _OPTIONS)

        def modulated(code: Tensor) -> Tensor:
            return mean + (code if directions is None else code @ directions)

        def loss(code: Tensor) -> Tensor:
            logits = output(folded(start.parameters, modulated(code)), inside)
            prior = 0.5 * self.precision * code.square().sum()
            return wanted.value(logits, None) + prior

        size = len(mean) if directions is None else len(directions)
        code = torch.zeros(size, device=mean.device)
        code, taken = _descended(loss, code, self.iterations, progress)
        return modulated(code), taken


class ListenerEmbedding(Film):
    """Fits a few numbers per listener; how they scale and shift hidden units was learned before."""

    name = "listener-embedding"

    def _space(self, theta: Checkpoint) -> tuple[Tensor, Tensor | None]:
        if DIRECTIONS not in theta.extras or MEAN not in theta.extras:
            raise PerserError(
                f"The checkpoint {theta.name} carries no listener embedding; please run "
                "perser meta-train, which stores one, or choose the adapter film."
            )
        return theta.extras[MEAN], theta.extras[DIRECTIONS]


def folded(parameters: dict[str, Tensor], modulation: Tensor) -> dict[str, Tensor]:
    """Return parameters whose output layer includes a modulation [2H] of the hidden layer."""
    scale, shift = modulation.chunk(2)
    weight = parameters["output.weight"]
    return {
        **parameters,
        "output.weight": weight * (1 + scale),
        "output.bias": parameters["output.bias"] + weight @ shift,
    }


def with_listener_embedding(
    theta: Checkpoint, supports: Sequence[Support], size: int = 8
) -> Checkpoint:
    """Return the checkpoint with an embedding learned from training listeners in its extras.

    Each training listener's free modulation is fitted; the embedding's directions are their
    principal components, as long as the listeners spread along them.
    """
    every = np.stack([Film().modulation(theta, support) for support in supports])
    mean = every.mean(axis=0)
    _, lengths, rows = np.linalg.svd(every - mean, full_matrices=False)
    kept = min(size, len(lengths))
    directions = rows[:kept] * (lengths[:kept, None] / np.sqrt(max(len(every) - 1, 1)))
    extras = {
        **theta.extras,
        MEAN: torch.from_numpy(mean.astype(np.float32)),
        DIRECTIONS: torch.from_numpy(directions.astype(np.float32)),
    }
    return replace(theta, extras=extras)


def _descended(
    loss: Callable[[Tensor], Tensor], start: Tensor, iterations: int, progress: Progress | None
) -> tuple[Tensor, int]:
    """Minimize a convex loss by L-BFGS; between iterations, look at the user's wishes."""
    code = start.clone().requires_grad_()
    optimizer = torch.optim.LBFGS([code], max_iter=1, line_search_fn="strong_wolfe")

    def closure() -> Tensor:
        value = loss(code)
        (code.grad,) = torch.autograd.grad(value, code)
        return value

    taken = 0
    while taken < iterations:
        if progress is not None:
            progress.report(taken / iterations, f"Step {taken} of {iterations}")
            if progress.stop_requested:
                break
        before = code.detach().clone()
        optimizer.step(closure)  # type: ignore[no-untyped-call]
        taken += 1
        if torch.equal(before, code.detach()):
            break
    return code.detach(), taken
