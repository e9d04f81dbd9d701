from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from sklearn.metrics import f1_score

from perser_gui.adaptation.inner import InnerOptions
from perser_gui.errors import Cancelled, PerserError
from perser_gui.metatraining.algorithms import Keep, MetaConfig, plan
from perser_gui.metatraining.development import DevelopmentScores
from perser_gui.metatraining.distributed import RunConfig
from perser_gui.metatraining.episodes import (
    Chunk,
    EpisodeConfig,
    EpisodeSampler,
    evaluation_chunks,
)
from perser_gui.metatraining.leakage import LeakageError
from perser_gui.metatraining.outer import (
    Learned,
    chunk_gradient,
    layout,
    query_loss,
    soft_macro_f1,
)
from perser_gui.metatraining.pretrain import PretrainConfig
from perser_gui.metatraining.stage import Stage, Table, build_stage
from perser_gui.metatraining.state import CURVES
from perser_gui.metatraining.trainer import MetaTrainer, Trained
from perser_gui.metatraining.vocabularies import VocabularyConfig
from perser_gui.model.head import logits
from perser_gui.model.losses import class_balanced_cross_entropy
from perser_gui.progress import Progress
from tests.unit.metatraining.worlds import FOUR, material_of_listeners

MATERIAL = material_of_listeners(8)
PRETRAINING = PretrainConfig(hidden=6, epochs=4, batch=32, learning_rate=1e-2)
EPISODES = EpisodeConfig(shots=(4, 8), query=16, listeners=4, together=2)
META = MetaConfig(epochs=4, meta_batches=5, inner_rate=0.05)
INNER = InnerOptions(steps=3)
RUN = RunConfig(device="cpu")


@pytest.fixture(scope="module")
def stage() -> Stage:
    return build_stage(MATERIAL, PRETRAINING)


def trainer(
    stage: Stage,
    meta: MetaConfig = META,
    episodes: EpisodeConfig = EPISODES,
    *,
    inner: InnerOptions = INNER,
    run: RunConfig = RUN,
    folder: Path | None = None,
    dtype: torch.dtype = torch.float32,
) -> MetaTrainer:
    chosen = plan(meta, episodes)
    people = MATERIAL.raters()
    sampler = EpisodeSampler(
        stage.clips, people[:5], chosen.episodes, classes=FOUR, rotations=stage.rotations
    )
    judges = EpisodeSampler(
        stage.clips,
        people[5:],
        replace(chosen.episodes, sets="split", vocabulary=VocabularyConfig()),
        classes=FOUR,
        rotations=stage.rotations,
    )
    return MetaTrainer(
        Table(stage, chosen.episodes, dtype=dtype),
        sampler,
        evaluation_chunks(judges, shots=(8,), repeats=2, seed=0),
        meta=meta,
        chosen=chosen,
        inner=inner,
        run=run,
        folder=folder,
        fingerprint="f",
    )


def numbers(trained: Trained) -> torch.Tensor:
    """All that the last epoch left, in a fixed order."""
    groups = (trained.last.moved, trained.last.rates)
    return torch.cat([group[name].flatten() for group in groups for name in sorted(group)])


def written_out_gradient(
    table: Table, learned: Learned, chunk: Chunk, options: InnerOptions
) -> tuple[dict[str, torch.Tensor], dict[str, torch.Tensor], float]:
    """The outer gradient as one would write it down: autograd.grad through explicit steps."""
    moved = {k: v.clone().requires_grad_() for k, v in learned.moved.items()}
    rates = {k: v.clone().requires_grad_() for k, v in learned.rates.items()}
    start = table.stage.starts[chunk.rotation]
    weights = start.class_weights.to(table.dtype)
    total = torch.zeros((), dtype=table.dtype)
    for each in chunk.episodes:
        current = {k: start.parameters[k].to(table.dtype) + moved[k] for k in start.parameters}
        x = torch.from_numpy(table._x[each.support]).to(table.dtype)
        y = torch.from_numpy(each.support_targets).to(table.dtype)
        for step in range(options.steps):
            loss = class_balanced_cross_entropy(logits(current, x, table.stage.head), y, weights)
            names = list(current)
            gradients = torch.autograd.grad(
                loss, [current[k] for k in names], create_graph=options.order == "second"
            )
            current = {
                k: current[k] - rates[k][min(step, len(rates[k]) - 1)].exp() * g
                for k, g in zip(names, gradients, strict=True)
            }
        x = torch.from_numpy(table._x[each.query]).to(table.dtype)
        y = torch.from_numpy(each.query_targets).to(table.dtype)
        scores = logits(current, x, table.stage.head)
        total = total + class_balanced_cross_entropy(scores, y, weights)
    total.backward()
    return (
        {k: v.grad for k, v in moved.items() if v.grad is not None},
        {k: v.grad for k, v in rates.items() if v.grad is not None},
        float(total.detach()),
    )


@pytest.mark.parametrize("order", ["first", "second"])
@pytest.mark.parametrize("mix", ["concatenate", "weighted"])
def test_the_outer_gradient_is_that_of_autograd_through_explicit_steps(
    order: str, mix: str
) -> None:
    config = replace(PRETRAINING, epochs=1, layer_mix=mix)  # type: ignore[arg-type]
    stage = build_stage(MATERIAL, config)
    subject = trainer(stage, dtype=torch.float64)
    options = replace(INNER, order=order)  # type: ignore[arg-type]
    chunk = subject._sampler.meta_batch(0)[0]
    table, learned = subject._table, subject._initial
    slices = layout(learned, start=True, rates=True)
    found = chunk_gradient(table, learned, chunk, options, slices, shots=8)
    moved, rates, loss = written_out_gradient(table, learned, chunk, options)
    assert found.loss == pytest.approx(loss, rel=1e-10)
    for each in slices:
        expected = (moved if each.group == "moved" else rates)[each.name]
        own = found.flat[each.begin : each.end].view(each.shape)
        torch.testing.assert_close(own, expected, rtol=1e-8, atol=1e-10)


def test_the_outer_gradient_is_the_mean_over_tasks_and_not_their_sum(stage: Stage) -> None:
    subject = trainer(stage, dtype=torch.float64)
    gradient, loss = subject.outer_gradient(subject._initial, 0, 99)
    chunks = subject._sampler.meta_batch(0)
    parts = [
        chunk_gradient(subject._table, subject._initial, c, INNER, subject._slices, shots=8)
        for c in chunks
    ]
    torch.testing.assert_close(gradient, sum(p.flat for p in parts) / 4)  # type: ignore[arg-type]
    assert loss == pytest.approx(sum(p.loss for p in parts) / 4)


def test_a_switch_at_zero_is_a_second_order_run_and_an_infinite_one_is_fomaml(
    stage: Stage,
) -> None:
    annealed = replace(META, combined_set=False, learned_rates=False, annealing=True)
    maml = numbers(trainer(stage, replace(META, algorithm="maml")).train())
    fomaml = numbers(trainer(stage, replace(META, algorithm="fomaml")).train())
    at_zero = numbers(trainer(stage, replace(annealed, switch=0.0)).train())
    never = numbers(trainer(stage, replace(annealed, switch=math.inf)).train())
    between = numbers(trainer(stage, replace(annealed, switch=2.0)).train())
    assert torch.equal(at_zero, maml)
    assert torch.equal(never, fomaml)
    assert not torch.allclose(maml, fomaml, atol=1e-5)
    assert not torch.allclose(between, maml, atol=1e-5)
    assert not torch.allclose(between, fomaml, atol=1e-5)


def test_one_frozen_rate_per_step_is_maml_with_one_rate(stage: Stage) -> None:
    subject = trainer(stage, replace(META, algorithm="maml"))
    scalar, _ = subject.outer_gradient(subject._initial, 0, 0)
    steps = {k: v.expand(3).clone() for k, v in subject._initial.rates.items()}
    per_step, _ = subject.outer_gradient(Learned(subject._initial.moved, steps), 0, 0)
    assert torch.equal(scalar, per_step)


def test_the_eight_runs_of_the_ablation_are_eight_different_runs(stage: Stage) -> None:
    short = replace(META, epochs=2, meta_batches=2)
    results = []
    for combined, annealed, learned in itertools.product([False, True], repeat=3):
        meta = replace(short, combined_set=combined, annealing=annealed, learned_rates=learned)
        subject = trainer(stage, meta)
        state = subject._begin(False, subject._scores(subject._initial))
        for state.iteration in range(4):
            subject._meta_batch(state, state.iteration // 2, 4, Progress())
        values = (*state.learned.moved.values(), *state.learned.rates.values())
        results.append(torch.cat([v.flatten().mean()[None] for v in values]))
    for first, second in itertools.combinations(results, 2):
        assert not torch.allclose(first, second, atol=1e-9, rtol=0)


def test_rates_alone_leave_the_start_where_it_was(stage: Stage) -> None:
    trained = trainer(stage, replace(META, learn="rates", epochs=2)).train()
    assert all(not value.any() for value in trained.learned.moved.values())
    subject = trainer(stage, replace(META, learn="start", epochs=2))
    result = subject.train()
    for name, rho in result.learned.rates.items():
        assert torch.equal(rho, subject._initial.rates[name])


def test_rates_alone_improve_what_adaptation_gains(stage: Stage) -> None:
    meta = replace(META, learn="rates", meta_batches=15, rates_outer_rate=0.15, inner_rate=0.01)
    trained = trainer(stage, meta).train()
    assert trained.after.macro_f1 > trained.before.macro_f1 + 0.05
    assert trained.before.macro_f1 >= trained.generic.macro_f1 - 0.05
    assert all(float(rho.max()) > math.log(0.01) for rho in trained.learned.rates.values())


def test_reptile_moves_the_start_towards_adapted_parameters(stage: Stage) -> None:
    subject = trainer(stage, replace(META, algorithm="reptile"))
    learned = subject._initial
    chunk = subject._sampler.meta_batch(0)[0]
    found = chunk_gradient(
        subject._table, learned, chunk, INNER, subject._slices, shots=8, reptile=True
    )
    moved = learned.copy()
    for each in subject._slices:
        part = found.flat[each.begin : each.end].view(each.shape)
        moved.moved[each.name] = moved.moved[each.name] - part / 2
    after = chunk_gradient(
        subject._table, moved, chunk, INNER, subject._slices, shots=8, reptile=True
    )
    assert after.loss < found.loss


def test_meta_sgd_learns_one_rate_per_weight(stage: Stage) -> None:
    config = VocabularyConfig(merge=0.4, unknown=0.4)
    episodes = replace(EPISODES, vocabulary=config)
    subject = trainer(stage, replace(META, algorithm="meta-sgd", epochs=1), episodes)
    result = subject.train()
    head = stage.head
    for name, shape in head.shapes().items():
        assert subject._initial.rates[name].shape == (1, *shape)
    assert numbers(result).isfinite().all()


def test_the_last_layer_alone_can_be_adapted(stage: Stage) -> None:
    subject = trainer(stage, replace(META, layers="last", epochs=1))
    assert set(subject._initial.rates) == {"output.weight", "output.bias"}
    subject.train()


def test_the_multi_step_loss_counts_every_step_at_first_and_the_last_one_later(
    stage: Stage,
) -> None:
    subject = trainer(stage)
    chunk, learned = subject._sampler.meta_batch(0)[0], subject._initial

    def loss(weight: float | None, steps: int = 3) -> float:
        options = replace(INNER, steps=steps)
        return chunk_gradient(
            subject._table, learned, chunk, options, subject._slices, shots=8, multi_step=weight
        ).loss

    each = [loss(None, steps) for steps in (1, 2, 3)]
    assert loss(0.0) == pytest.approx(np.mean(each), rel=1e-5)
    assert loss(1.0) == pytest.approx(each[-1], rel=1e-5)


def test_soft_macro_f1_is_macro_f1_where_the_model_is_certain() -> None:
    random = np.random.default_rng(0)
    truth, said = random.integers(0, 3, 30), random.integers(0, 4, 30)
    logits = torch.from_numpy(100.0 * np.eye(4)[said])
    targets, mask = torch.from_numpy(np.eye(4)[truth]), torch.ones(30).double()
    mask[20:] = 0
    expected = f1_score(truth[:20], said[:20], labels=[0, 1, 2], average="macro")
    assert float(soft_macro_f1(logits, targets, mask)) == pytest.approx(expected)


def test_the_query_loss_takes_its_share_of_soft_f1(stage: Stage) -> None:
    subject = trainer(stage)
    batch = subject._table.lay(subject._sampler.meta_batch(0)[0], INNER)
    logits = torch.randn(*batch.query_targets.shape, generator=torch.Generator().manual_seed(0))
    plain, half, whole = (query_loss(logits, batch, INNER, share) for share in (0.0, 0.5, 1.0))
    torch.testing.assert_close(half, (plain + whole) / 2)
    f1 = soft_macro_f1(logits, batch.query_targets, batch.query_mask)
    torch.testing.assert_close(whole, 1 - f1)
    other = trainer(stage, replace(META, soft_f1=1.0))
    found = [each.outer_gradient(each._initial, 0, 0)[0] for each in (subject, other)]
    assert not torch.allclose(*found)


def test_padding_to_the_most_shots_changes_no_gradient(stage: Stage) -> None:
    subject = trainer(stage, dtype=torch.float64)
    chunk = subject._sampler.meta_batch(0)[0]
    found = [
        chunk_gradient(subject._table, subject._initial, chunk, INNER, subject._slices, shots=k)
        for k in (8, 20)
    ]
    torch.testing.assert_close(found[0].flat, found[1].flat, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    "changes",
    [
        {"vocabulary": VocabularyConfig(drop=0.3, merge=0.3, unknown=0.4)},
        {"renormalize": True},
        {"channel": 0.3},
        {"domain": "voice"},
        {"unlabelled": 12},
    ],
)
def test_every_kind_of_episode_trains(stage: Stage, changes: dict[str, Any]) -> None:
    inner = replace(INNER, information=0.3 if "unlabelled" in changes else 0.0)
    subject = trainer(
        stage, replace(META, epochs=2, meta_batches=3), replace(EPISODES, **changes), inner=inner
    )
    plain = trainer(stage, replace(META, epochs=2, meta_batches=3))
    gradient, _ = subject.outer_gradient(subject._initial, 0, 9)
    assert gradient.isfinite().all()
    assert not torch.equal(gradient, plain.outer_gradient(plain._initial, 0, 9)[0])
    assert numbers(subject.train()).isfinite().all()


@pytest.mark.parametrize(
    ("keep", "after", "best"),
    [("best", (0.4, 0.7, 0.6), 2), ("best", (0.4, 0.3, 0.2), 0), ("last", (0.4, 0.7, 0.2), 3)],
)
def test_the_best_epoch_is_kept_and_an_untrained_start_may_be_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, keep: Keep, after: tuple[float, ...], best: int
) -> None:
    subject = trainer(stage, replace(META, epochs=3, meta_batches=2, keep=keep))
    told = iter([0.1, 0.5, *after, 0.0])
    seen: list[Learned] = []

    def scores(learned: Learned, *, adapted: bool = True) -> DevelopmentScores:
        seen.append(learned.copy())
        return DevelopmentScores(next(told), 1.0, {})

    monkeypatch.setattr(subject, "_scores", scores)
    trained = subject.train()
    assert trained.epoch == best
    assert trained.score == (after[-1] if keep == "last" else max(0.5, *after))
    for name, value in trained.learned.moved.items():
        assert torch.equal(value, seen[1 + best].moved[name])
        assert torch.equal(trained.last.moved[name], seen[4].moved[name])


def test_outer_steps_shrink_along_the_cosine(stage: Stage) -> None:
    subject = trainer(stage)
    state = subject._begin(False, subject._scores(subject._initial))
    steps = []
    for state.iteration in (0, 19):
        before = state.learned.copy()
        state.adam.first.zero_()
        state.adam.second.zero_()
        state.adam.steps = 0
        subject._meta_batch(state, 0, 20, Progress())
        steps.append(
            [
                max(float((after[k] - then[k]).abs().max()) for k in after)
                for after, then in (
                    (state.learned.moved, before.moved),
                    (state.learned.rates, before.rates),
                )
            ]
        )
    share = (1 + math.cos(math.pi * 19 / 20)) / 2
    assert steps[0] == pytest.approx([META.outer_rate, META.rates_outer_rate], rel=0.01)
    assert steps[1] == pytest.approx([share * each for each in steps[0]], rel=0.02)


def test_a_held_out_listener_among_the_sampled_ones_ends_the_run(stage: Stage) -> None:
    subject = trainer(stage)
    subject._held_out = frozenset(["person 0"])
    with pytest.raises(LeakageError, match="“person 0”"):
        subject.train()


def test_curves_have_a_line_per_epoch_with_its_order(stage: Stage, tmp_path: Path) -> None:
    trainer(stage, folder=tmp_path).train()
    lines = (tmp_path / "curves.csv").read_text().splitlines()
    assert lines[0].startswith("epoch,order,query_loss")
    assert [line.split(",")[:2] for line in lines[1:]] == [
        ["1", "first"],
        ["2", "first"],
        ["3", "second"],
        ["4", "second"],
    ]
    rates = [float(line.split(",")[5]) for line in lines[1:]]
    expected = [META.outer_rate * (1 + math.cos(math.pi * i / 20)) / 2 for i in (4, 9, 14, 19)]
    assert rates == pytest.approx(expected, rel=1e-4)


def test_a_resumed_run_ends_with_the_numbers_of_one_that_was_never_stopped(
    stage: Stage, tmp_path: Path
) -> None:
    whole = trainer(stage).train()
    often = RunConfig(device="cpu", save_every=2)

    class Enough(Exception):
        pass

    def report(fraction: float, _message: str) -> None:
        if fraction > 0.6:
            raise Enough

    with pytest.raises(Enough):
        trainer(stage, folder=tmp_path, run=often).train(progress=Progress(report))
    resumed = trainer(stage, folder=tmp_path, run=often).train(resume=True)
    assert torch.equal(numbers(resumed), numbers(whole))
    assert (resumed.score, resumed.epoch) == (whole.score, whole.epoch)
    assert (tmp_path / CURVES).read_text().count("\n") == 5


def test_cancelling_raises_and_stopping_keeps_the_best_so_far(stage: Stage, tmp_path: Path) -> None:
    cancelled = Progress()
    cancelled.cancel()
    with pytest.raises(Cancelled):
        trainer(stage).train(progress=cancelled)
    stopped = Progress(lambda fraction, _: stopped.stop() if fraction >= 0.5 else None)
    assert trainer(stage, folder=tmp_path).train(progress=stopped).epochs == 2


def test_a_loss_that_is_no_number_ends_the_run(stage: Stage) -> None:
    subject = trainer(stage)
    broken = subject._initial.copy()
    broken.moved["output.bias"][0] = math.nan
    subject._initial = broken
    with pytest.raises(FloatingPointError, match="no finite loss"):
        subject.train()


@pytest.mark.parametrize(
    ("meta", "episodes", "match"),
    [
        ({"algorithm": "maml", "switch": 3.0}, {}, "switch is read only"),
        ({"combined_set": False}, {"sets": "csmt_same"}, "contradicts"),
        ({"algorithm": "reptile", "learned_rates": True}, {}, "no way to learn rates"),
        ({"learn": "rates", "learned_rates": False}, {}, "needs learned_rates"),
        (
            {"algorithm": "reptile"},
            {"vocabulary": VocabularyConfig(drop=0.1)},
            "classes as words",
        ),
    ],
)
def test_contradictions_are_named(
    meta: dict[str, Any], episodes: dict[str, Any], match: str
) -> None:
    with pytest.raises(PerserError, match=match):
        plan(replace(META, **meta), replace(EPISODES, **episodes))


@pytest.mark.parametrize(
    "values",
    [{"soft_f1": 2.0}, {"algorithm": "adam"}, {"epochs": 0}, {"inner_rate": 0.0}, {"folds": 1}],
)
def test_impossible_values_are_refused(values: dict[str, Any]) -> None:
    with pytest.raises(PerserError):
        replace(META, **values)
