from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from perser_gui.emotions import CLASSES
from perser_gui.errors import Cancelled, PerserError
from perser_gui.metatraining.adamw import AdamW
from perser_gui.metatraining.data import (
    Labels,
    ListenerRatings,
    Material,
    normalized,
    normalized_copies,
)
from perser_gui.metatraining.descent import Batches, _loss
from perser_gui.metatraining.figures import confusion_figures, figures_of
from perser_gui.metatraining.pretrain import (
    PretrainConfig,
    development_rows,
    fit,
    pretrain,
)
from perser_gui.metatraining.pretrain_report import as_sentences, report, speaker_folds
from perser_gui.model.head import HeadConfig, initial_parameters, logits
from perser_gui.model.normalization import RunningStatistics
from perser_gui.progress import Progress
from tests.unit.metatraining.worlds import FOUR, clips_of, material_of_listeners, one_hot

QUICK = PretrainConfig(hidden=12, epochs=6, batch=16, learning_rate=1e-2, dropout=0.2)


def test_a_pre_trained_head_recognizes_emotions_of_a_speaker_it_never_met() -> None:
    material = material_of_listeners(0, noise=0.5)
    clips = material.clips
    new = np.array([voice == "corpus1-voice3" for voice in clips.voices])
    checkpoint = pretrain(material.keep(~new), QUICK)
    x = normalized(clips.take(np.flatnonzero(new)), checkpoint.normalization)
    said = logits(checkpoint.parameters, torch.from_numpy(x), checkpoint.head).argmax(1)
    truth = material.aggregated().targets[new].argmax(1)
    assert (said.numpy() == truth).mean() > 0.8


def test_equal_seeds_give_equal_heads_and_others_do_not() -> None:
    material = material_of_listeners(0)
    first, again = pretrain(material, QUICK), pretrain(material, QUICK)
    other = pretrain(material, replace(QUICK, seed=1))
    assert first.digest == again.digest
    assert first.digest != other.digest


def test_the_checkpoint_says_which_listeners_and_clips_it_rests_on() -> None:
    material = material_of_listeners(0)
    training = pretrain(material, QUICK).training
    assert training["listeners"] == ["acted (corpus0)", "acted (corpus1)"]
    assert training["contents"] == sorted(name[:16] for name in material.clips.names)
    assert training["counts"] == [48, 48, 48, 48]


def test_development_speakers_come_from_every_corpus() -> None:
    clips, _ = clips_of(4)
    rows = development_rows(clips, np.arange(len(clips)), replace(QUICK, development=0.25))
    assert {clips.corpora[i] for i in rows} == {"corpus0", "corpus1"}
    assert len({clips.voices[i] for i in rows}) == 2


def test_a_clips_softmax_runs_over_the_classes_of_its_own_corpus() -> None:
    clips, emotions = clips_of(8)
    rows = np.array([i for i, c in enumerate(clips.corpora) if c == "corpus0" or emotions[i] < 2])
    targets = one_hot(emotions)
    barred = Batches(clips, clips.x, targets, rows, QUICK).barred.numpy()
    own = np.array([clips.corpora[i] for i in rows]) == "corpus1"
    np.testing.assert_array_equal(barred[own], np.tile([False, False, True, True], (own.sum(), 1)))
    assert not barred[~own].any()


def test_a_word_that_a_corpus_does_not_use_is_not_taught_to_be_wrong() -> None:
    clips, emotions = clips_of(8)
    rows = np.flatnonzero(emotions < 3)
    head = HeadConfig(layers=2, width=10, hidden=4, classes=4)
    parameters = initial_parameters(head)
    louder = {**parameters, "output.bias": parameters["output.bias"] + torch.eye(4)[3] * 5}
    chosen = torch.arange(10)

    def loss(values: dict[str, torch.Tensor], config: PretrainConfig) -> float:
        batches = Batches(clips, clips.x, one_hot(emotions), rows, config)
        config = replace(config, dropout=0.0)
        return float(_loss(values, head, batches, chosen, config, torch.Generator()))

    assert loss(louder, QUICK) == loss(parameters, QUICK)
    everything = replace(QUICK, own_classes=False)
    assert loss(louder, everything) > loss(parameters, everything) + 1


def test_dropout_changes_what_is_learned() -> None:
    material = material_of_listeners(0)
    assert pretrain(material, QUICK).digest != pretrain(material, replace(QUICK, dropout=0)).digest


def test_development_speakers_teach_only_the_head_that_is_trained_again() -> None:
    material = material_of_listeners(0)
    labels = material.aggregated()
    config = replace(QUICK, development=0.25, epochs=1)
    judged = development_rows(material.clips, labels.rows, config)
    changed = labels.targets.copy()
    changed[judged] = np.roll(changed[judged], 1, axis=1)
    other = Labels(labels.rows, changed, labels.listeners)
    for again in (False, True):
        heads = [
            fit(material, each, labels.rows, config, refit=again).checkpoint.parameters
            for each in (labels, other)
        ]
        same = torch.equal(heads[0]["projection.weight"], heads[1]["projection.weight"])
        assert same is not again


def test_corpora_weigh_the_same_whatever_their_length() -> None:
    clips, emotions = clips_of(8)
    rows = np.array([i for i, c in enumerate(clips.corpora) if c == "corpus0" or i % 4 == 0])
    own = np.array([clips.corpora[i] for i in rows]) == "corpus1"
    weights = Batches(clips, clips.x, one_hot(emotions), rows, QUICK).weights.numpy()
    assert weights[own].sum() == pytest.approx(weights[~own].sum(), rel=1e-5)
    counted = replace(QUICK, corpus_power=0.0)
    weights = Batches(clips, clips.x, one_hot(emotions), rows, counted).weights.numpy()
    assert weights[own].mean() == pytest.approx(weights[~own].mean(), rel=1e-5)


def test_a_temperature_divides_the_output_layer_and_leaves_decisions_alone() -> None:
    material = material_of_listeners(0)
    plain, cool = pretrain(material, QUICK), pretrain(material, replace(QUICK, temperature=2.0))
    for name in ("output.weight", "output.bias"):
        torch.testing.assert_close(cool.parameters[name] * 2, plain.parameters[name])
    torch.testing.assert_close(
        cool.parameters["projection.weight"], plain.parameters["projection.weight"]
    )


def test_a_fitted_temperature_is_above_one_for_an_overconfident_head() -> None:
    material = material_of_listeners(0, noise=2.5)
    hot = replace(QUICK, temperature=0.0, dropout=0.0, weight_decay=0.0, epochs=30, patience=30)
    assert pretrain(material, hot).training["temperature"] > 1.05


def test_cancelling_ends_pre_training() -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        pretrain(material_of_listeners(0), QUICK, progress=progress)


def test_one_emotion_alone_is_refused() -> None:
    clips, _ = clips_of(4)
    same = one_hot(np.zeros(len(clips), dtype=int))
    material = Material(clips, (ListenerRatings("ann", np.arange(len(clips)), same),), FOUR)
    with pytest.raises(PerserError, match="at least two emotions"):
        pretrain(material, QUICK)


def test_training_rows_alone_decide_normalization_weights_and_head() -> None:
    material = material_of_listeners(0)
    labels = material.aggregated()
    rows = np.arange(0, 96)
    changed = labels.targets.copy()
    changed[96:] = np.roll(changed[96:], 1, axis=1)
    clips = replace(
        material.clips, x=np.concatenate([material.clips.x[:96], 5 + material.clips.x[96:]])
    )
    other = Labels(labels.rows, changed, labels.listeners)
    first = fit(material, labels, rows, QUICK).checkpoint
    second = fit(replace(material, clips=clips), other, rows, QUICK).checkpoint
    assert first.digest == second.digest


def test_no_speaker_is_in_two_folds_and_every_fold_has_speakers_of_every_corpus() -> None:
    clips, _ = clips_of(4, voices=5)
    fold = speaker_folds(clips, np.arange(len(clips)), 5, seed=3)
    for k in range(5):
        inside = {clips.voices[i] for i in np.flatnonzero(fold == k)}
        outside = {clips.voices[i] for i in np.flatnonzero(fold != k)}
        assert not inside & outside
        assert {voice.split("-")[0] for voice in inside} == {"corpus0", "corpus1"}


def test_the_report_measures_new_speakers_and_new_corpora() -> None:
    material = material_of_listeners(0, noise=0.5)
    found = report(material, replace(QUICK, epochs=3), folds=2, seeds=2)
    for key in ("speaker_independent", "leave_one_corpus_out"):
        assert set(found[key]) == {"corpus0", "corpus1"}
        for each in found[key].values():
            assert each["count"] == 96
            assert 0.6 < each["uar"] <= 1.0
            assert len(each["uar_by_seed"]) == 2
    assert "corpus0, new speakers, 2 folds: UAR" in as_sentences(found)[0]


def test_labels_that_say_nothing_about_the_voice_are_reported_at_chance() -> None:
    material = material_of_listeners(0)
    random = np.random.default_rng(0)
    shuffled = tuple(
        replace(each, targets=random.permutation(each.targets)) for each in material.listeners
    )
    found = report(replace(material, listeners=shuffled), replace(QUICK, epochs=3), folds=2)
    for each in found["speaker_independent"].values():
        assert each["uar"] < 0.42


def test_recall_and_f1_follow_their_definitions() -> None:
    truth, said = np.array([0, 0, 0, 1, 2]), np.array([0, 0, 1, 1, 1])
    found = confusion_figures(truth, said, 4)
    assert found.uar == pytest.approx((2 / 3 + 1 + 0) / 3)
    assert found.macro_f1 == pytest.approx((4 / 5 + 2 / 4 + 0) / 3)
    assert found.accuracy == pytest.approx(3 / 5)


def test_a_class_that_a_corpus_has_no_word_for_is_left_out() -> None:
    classes = CLASSES
    values = torch.full((2, len(classes)), -5.0)
    values[0, classes.index("calm")] = 5.0
    values[0, classes.index("neutral")] = 1.0
    values[1, classes.index("happy")] = 5.0
    targets = np.zeros((2, len(classes)), np.float32)
    targets[0, classes.index("neutral")] = targets[1, classes.index("happy")] = 1.0
    assert figures_of(values, targets, classes).uar == 1.0


def test_the_optimizer_takes_the_steps_that_its_authors_write_down() -> None:
    value = torch.linspace(-1, 1, 6).requires_grad_()
    optimizer = AdamW({"a": value}, decayed=("a",), weight_decay=0.1)
    expected = value.detach().double().numpy().copy()
    first, second = np.zeros(6), np.zeros(6)
    for step in range(1, 6):
        gradient = 3 * expected**2
        optimizer.step((value**3).sum(), 0.1 / step)
        first = 0.9 * first + 0.1 * gradient
        second = 0.999 * second + 0.001 * gradient**2
        change = (first / (1 - 0.9**step)) / (np.sqrt(second / (1 - 0.999**step)) + 1e-8)
        expected = expected - 0.1 / step * (change + 0.1 * expected)
    np.testing.assert_allclose(value.detach().numpy(), expected, atol=1e-5)


def test_members_are_heads_of_their_own_whose_logits_are_averaged() -> None:
    material = material_of_listeners(0)
    config = PretrainConfig(epochs=2, hidden=8, members=2, development=0.0)
    together = pretrain(material, config)
    apart = [
        pretrain(material, replace(config, hidden=4, members=1, seed=config.seed + 1000 * number))
        for number in range(2)
    ]
    x = torch.from_numpy(normalized(material.clips, together.normalization))
    mean = torch.stack([logits(each.parameters, x, each.head) for each in apart]).mean(0)
    assert torch.allclose(logits(together.parameters, x, together.head), mean, atol=1e-5)


def test_members_that_do_not_divide_the_hidden_units_are_refused() -> None:
    with pytest.raises(PerserError, match="dealt out to 3 members"):
        PretrainConfig(hidden=8, members=3)


def test_copies_are_learned_from_and_normalized_among_those_of_their_voice() -> None:
    material = material_of_listeners(0)
    shifted = np.stack([material.clips.x + 5.0, material.clips.x - 3.0], axis=1)
    config = PretrainConfig(epochs=2, hidden=8, development=0.0)
    plain = pretrain(material, config)
    unused = pretrain(replace(material, copies=shifted), config)
    assert all(torch.equal(v, unused.parameters[k]) for k, v in plain.parameters.items())
    learned = pretrain(replace(material, copies=shifted), replace(config, copies=2))
    assert not torch.equal(learned.parameters["output.weight"], plain.parameters["output.weight"])
    found = normalized_copies(material.clips, shifted, plain.normalization)
    again = normalized(replace(material.clips, x=shifted[:, 1]), plain.normalization)
    assert np.array_equal(found[:, 1], again)


def test_copies_are_normalized_among_as_few_clips_of_their_voice_as_asked_for() -> None:
    material = material_of_listeners(0)
    clips, normalization = material.clips, pretrain(material, QUICK).normalization
    copies = np.stack([clips.x + 5.0, clips.x - 3.0, clips.x], axis=1)
    found = normalized_copies(clips, copies, normalization, (1, 3, 0))
    assert np.array_equal(found, normalized_copies(clips, copies, normalization, (1, 3, 0)))
    assert np.array_equal(found[:, 2], normalized(clips, normalization))
    alone = [normalization.transform(x, RunningStatistics.of([x])) for x in copies[:, 0]]
    assert np.allclose(found[:, 0], np.stack(alone))
    assert not np.allclose(found[:, 0], normalized_copies(clips, copies, normalization)[:, 0])
    first = np.flatnonzero(np.array(clips.voices) == clips.voices[0])
    threes = 0
    for i, j, k in itertools.combinations(first, 3):
        rows = [i, j, k]
        heard = RunningStatistics.of(copies[rows, 1])
        expected = normalization.transform(copies[rows, 1], heard)
        threes += np.allclose(found[rows, 1], expected, atol=1e-5)
    assert threes == len(first) // 3


def test_a_number_of_clips_is_given_for_each_copy_or_for_none() -> None:
    assert PretrainConfig(copies=2, copies_clips=(3, 1)).copies_clips == (3, 1)
    for bad in ((3,), (3, 1, 1), (-1, 2)):
        with pytest.raises(PerserError, match="copies_clips"):
            PretrainConfig(copies=2, copies_clips=bad)
