"""One meta-iteration of ours, of a straightforward loop, and of the library `higher`.

    python benchmarks/meta_step.py [--json] [--rounds N]

The same work three times: 8 listeners, 16 support and 64 query clips each, 5 inner steps with a
learned rate per parameter tensor and step, second order; the result is the gradient of the mean
query loss by the start and by the rates. First the three must agree to 1e-4, then they are
timed in turns on one thread, in processor time, so that other programs disturb them little.
`ratio` is the library's time over ours, at the width where it is smaller. The bound is the time
that the machine's best matrix product needs for the multiply-adds of our way; what lies above
it is reading, writing and calling.

`higher` is no dependency of perser-gui: `pip install higher` (the extra `bench`).
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import torch
from machine import machine
from torch import Tensor

from perser_gui.adaptation.inner import InnerOptions, Task, constant_rates, query_logits
from perser_gui.model.head import HeadConfig, initial_parameters, logits
from perser_gui.model.losses import class_balanced_cross_entropy

LISTENERS, SUPPORT, QUERY, STEPS, HIDDEN, CLASSES = 8, 16, 64, 5, 256, 9
WIDTHS = (768, 1024)
AGREEMENT = 1e-4
IN_A_ROW = 3
"""Meta-iterations per turn: training does nothing else between them either."""

Gradients = dict[str, Tensor]


class Work:
    """The data and the start of one meta-iteration."""

    def __init__(self, width: int) -> None:
        generator = torch.Generator().manual_seed(0)
        self.config = HeadConfig(1, width, HIDDEN, CLASSES, layer_mix="concatenate")
        self.parameters = {
            name: value.requires_grad_() for name, value in initial_parameters(self.config).items()
        }
        self.rates = {
            name: rho.requires_grad_()
            for name, rho in constant_rates(self.config, 0.01, STEPS).items()
        }
        self.support = torch.randn(LISTENERS, SUPPORT, 1, width, generator=generator)
        self.query = torch.randn(LISTENERS, QUERY, 1, width, generator=generator)
        one_hot = torch.eye(CLASSES)
        self.rated = one_hot[torch.randint(CLASSES, (LISTENERS, SUPPORT), generator=generator)]
        self.asked = one_hot[torch.randint(CLASSES, (LISTENERS, QUERY), generator=generator)]
        self.weights = torch.linspace(0.5, 1.5, CLASSES)

    def listeners(self) -> zip[tuple[Tensor, Tensor, Tensor, Tensor]]:
        """Return support, its targets, query and its targets, listener by listener."""
        return zip(self.support, self.rated, self.query, self.asked, strict=True)

    def gradients(self, loss: Tensor) -> Gradients:
        """Return the derivatives of a loss by the start and by the log rates."""
        names = [*self.parameters, *(f"rate of {name}" for name in self.rates)]
        inputs = [*self.parameters.values(), *self.rates.values()]
        return dict(zip(names, torch.autograd.grad(loss, inputs), strict=True))


def ours(work: Work) -> Gradients:
    task = Task(x=work.support, targets=work.rated, class_weights=work.weights)
    options = InnerOptions(steps=STEPS, order="second", form="dual")
    values = query_logits(work.parameters, work.config, task, work.query, work.rates, options)
    loss = class_balanced_cross_entropy(values, work.asked, work.weights).mean()
    return work.gradients(loss)


def loop(work: Work) -> Gradients:
    """MAML as it is usually written: listener by listener, autograd.grad(create_graph=True)."""
    losses = []
    for x, y, query, asked in work.listeners():
        adapted = dict(work.parameters)
        for step in range(STEPS):
            loss = class_balanced_cross_entropy(logits(adapted, x, work.config), y, work.weights)
            slopes = torch.autograd.grad(loss, list(adapted.values()), create_graph=True)
            adapted = {
                name: value - work.rates[name][step].exp() * slope
                for (name, value), slope in zip(adapted.items(), slopes, strict=True)
            }
        values = logits(adapted, query, work.config)
        losses.append(class_balanced_cross_entropy(values, asked, work.weights))
    return work.gradients(torch.stack(losses).mean())


def with_higher(work: Work) -> Gradients:
    import higher

    names = ["projection.weight", "projection.bias", "output.weight", "output.bias"]
    model = torch.nn.Sequential(
        torch.nn.Linear(work.config.width, HIDDEN), torch.nn.Linear(HIDDEN, CLASSES)
    )
    with torch.no_grad():
        for parameter, name in zip(model.parameters(), names, strict=True):
            parameter.copy_(work.parameters[name])
    groups = [{"params": [p], "lr": 0.01} for p in model.parameters()]
    optimizer = torch.optim.SGD(groups, lr=0.01)
    losses = []
    for x, y, query, asked in work.listeners():
        with higher.innerloop_ctx(
            model, optimizer, copy_initial_weights=False, track_higher_grads=True
        ) as (adapted, descent):
            for step in range(STEPS):
                loss = class_balanced_cross_entropy(adapted(x.flatten(1)), y, work.weights)
                rates = [work.rates[name][step].exp() for name in names]
                descent.step(loss, override={"lr": rates})
            values = adapted(query.flatten(1))
            losses.append(class_balanced_cross_entropy(values, asked, work.weights))
    found = torch.autograd.grad(
        torch.stack(losses).mean(), [*model.parameters(), *(work.rates[n] for n in names)]
    )
    return dict(zip([*names, *(f"rate of {n}" for n in names)], found, strict=True))


def disagreement(one: Gradients, other: Gradients) -> float:
    """Return the largest difference, relative to the largest value of each tensor."""
    return max(
        float((one[name] - other[name]).abs().max() / other[name].abs().max()) for name in other
    )


def multiply_adds(width: int) -> int:
    """Return the multiply-adds of our way, forwards and back, without what is only as large as K.

    Support through the first layer; both layers as one for the query; the Gram matrices; the
    rows that span the hidden space.
    """
    rows = CLASSES + SUPPORT + 1
    first = SUPPORT * width * HIDDEN
    both = CLASSES * HIDDEN * width
    query = QUERY * width * CLASSES
    grams = SUPPORT * (SUPPORT + QUERY) * width
    span = rows * rows * HIDDEN
    step = SUPPORT * rows * (SUPPORT + rows + 3 * CLASSES)
    return LISTENERS * (2 * first + 3 * both + 2 * query + grams + 3 * span + 3 * STEPS * step)


def bound_ms(width: int) -> float:
    """Return how long those multiply-adds take at the rate of the machine's best product."""
    size = 1024
    a, b = torch.randn(size, size), torch.randn(size, size)
    best = min(milliseconds(lambda: a @ b) for _ in range(12))
    return multiply_adds(width) * best / size**3


def in_a_row(method: Callable[[Work], Gradients], work: Work) -> None:
    for _ in range(IN_A_ROW):
        method(work)


def milliseconds(task: Callable[[], object]) -> float:
    started = time.process_time()
    task()
    return (time.process_time() - started) * 1000


def figures(width: int, rounds: int) -> dict[str, object]:
    work = Work(width)
    methods: dict[str, Callable[[Work], Gradients]] = {"ours": ours, "loop": loop}
    try:
        import higher  # noqa: F401
    except ImportError:
        print("higher is not installed, so only the loop is compared", file=sys.stderr)
    else:
        methods["higher"] = with_higher
    reference = loop(work)
    apart = {name: disagreement(method(work), reference) for name, method in methods.items()}
    worst = max(apart.values())
    if worst > AGREEMENT:
        sys.exit(f"The methods disagree by {worst:.1e} at width {width}: {apart}")
    times: dict[str, list[float]] = {name: [] for name in methods}
    for _ in range(rounds):
        for name, method in methods.items():
            times[name].append(milliseconds(lambda m=method: in_a_row(m, work)) / IN_A_ROW)
    median = {name: statistics.median(values) for name, values in times.items()}
    bound = bound_ms(width)
    return {
        "width": width,
        "disagreement": worst,
        "median_ms": {name: round(value, 2) for name, value in median.items()},
        "best_ms": {name: round(min(values), 2) for name, values in times.items()},
        "loop_over_ours": round(median["loop"] / median["ours"], 2),
        "library_over_ours": (
            round(median["higher"] / median["ours"], 2) if "higher" in median else None
        ),
        "multiply_adds": multiply_adds(width),
        "bound_ms": round(bound, 2),
        "ours_over_bound": round(median["ours"] / bound, 2),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--rounds", type=int, default=15)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    measured = [figures(width, arguments.rounds) for width in WIDTHS]
    ratios = [m["library_over_ours"] for m in measured if m["library_over_ours"] is not None]
    report = {
        "benchmark": "meta_step",
        "ratio": min(ratios) if ratios else None,
        "unit": "processor time of the library higher over ours, medians, one thread, same numbers",
        "work": {
            "listeners": LISTENERS,
            "support": SUPPORT,
            "query": QUERY,
            "inner_steps": STEPS,
            "hidden": HIDDEN,
            "classes": CLASSES,
            "order": "second",
        },
        "widths": measured,
        "target": 10,
        "machine": machine(),
    }
    if arguments.json:
        print(json.dumps(report, indent=2))
        return
    for row in measured:
        print(row)
    print("ratio:", report["ratio"])


if __name__ == "__main__":
    main()
