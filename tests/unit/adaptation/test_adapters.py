"""What holds for every adapter, whatever the listener did."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch

from perser_gui.adaptation import ADAPTERS, Support, get_adapter, predict
from perser_gui.adaptation.gradient import DIVERGED, UNSETTLED, GradientAdapter, folds_of
from perser_gui.adaptation.meta_perser import META_LEARNERS
from perser_gui.emotions import Emotion, EmotionSet
from perser_gui.errors import Cancelled, PerserError
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.progress import Progress

from .planted import EIGHT, clips, rated, said, teacher

OWN_WORDS = EmotionSet.of(["happy", "excited", "wistful", "Angry", "hollow"])


def several_emotions() -> Support:
    x = clips(6, 1)
    targets = np.zeros((6, 8), np.float32)
    targets[:, 2] = 0.5
    targets[:, 4] = 0.5
    targets[0] = 1 / 8
    return Support(x=x, targets=targets, classes=EmotionSet.default(EIGHT))


SITUATIONS: dict[str, Callable[[], Support]] = {
    "no example": lambda: rated(clips(0, 1), []),
    "one example": lambda: rated(clips(1, 1), [3]),
    "all ratings of one class": lambda: rated(clips(6, 1), [2] * 6),
    "own words, one never used": lambda: rated(clips(8, 1), [0, 1, 2, 3, 2, 1, 0, 2], OWN_WORDS),
    "own words, no example": lambda: rated(clips(0, 1), [], OWN_WORDS),
    "only unknown words": lambda: rated(clips(4, 1), [0, 1, 0, 1], EmotionSet.of(["a b", "c d"])),
    "one word only": lambda: rated(clips(3, 1), [0, 0, 0], EmotionSet.of(["angry"])),
    "several emotions per rating": several_emotions,
    "more ratings than features": lambda: rated(clips(70, 1), np.arange(70) % 8),
    "identical clips that disagree": lambda: rated(np.repeat(clips(1, 1), 5, 0), [0, 1, 2, 3, 4]),
    "silent clips": lambda: rated(np.zeros_like(clips(4, 1)), [0, 1, 2, 3]),
    "huge values": lambda: rated(clips(4, 1) * 40, [0, 1, 2, 3]),
}


@pytest.mark.parametrize("situation", SITUATIONS.values(), ids=SITUATIONS.keys())
@pytest.mark.parametrize("name", ADAPTERS)
def test_nothing_breaks_and_probabilities_are_probabilities(
    name: str, situation: Callable[[], Support], full_theta: Checkpoint
) -> None:
    support = situation()
    profile = get_adapter(name).adapt(full_theta, support)
    found = predict(full_theta, profile, clips(5, 9))
    assert profile.adapter == name
    assert profile.classes == support.classes.words
    assert found.shape == (5, len(support.classes.words))
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    assert np.allclose(found.sum(1), 1, atol=1e-5)
    assert all(
        value.dtype == np.float32 and np.isfinite(value).all()
        for value in profile.parameters.values()
    )


@pytest.mark.parametrize("name", ADAPTERS)
def test_adapting_leaves_the_checkpoint_and_the_support_as_they_were(
    name: str, full_theta: Checkpoint
) -> None:
    support = rated(clips(10, 1), np.arange(10) % 5, OWN_WORDS)
    x, targets = support.x.copy(), support.targets.copy()
    kept = {k: v.clone() for k, v in full_theta.parameters.items()}
    extras = {k: v.clone() for k, v in full_theta.extras.items()}
    profile = get_adapter(name).adapt(full_theta, support)
    for value in profile.parameters.values():
        if value.flags.writeable:
            value += 1.0  # a profile owns its numbers: changing them reaches nobody else
    for name_, value in full_theta.parameters.items():
        assert torch.equal(value, kept[name_])
        assert not value.requires_grad
    assert all(torch.equal(full_theta.extras[k], extras[k]) for k in extras)
    assert np.array_equal(support.x, x)
    assert np.array_equal(support.targets, targets)


@pytest.mark.parametrize("name", ADAPTERS)
def test_the_same_seed_gives_the_same_profile(name: str, full_theta: Checkpoint) -> None:
    support = rated(clips(10, 1), np.arange(10) % 8)
    one, same = (get_adapter(name).adapt(full_theta, support, seed=4) for _ in range(2))
    assert one.parameters.keys() == same.parameters.keys()
    for key, value in one.parameters.items():
        assert np.array_equal(value, same.parameters[key])
    if name == "scratch":
        other = get_adapter(name).adapt(full_theta, support, seed=5)
        assert not np.array_equal(
            one.parameters["output.weight"], other.parameters["output.weight"]
        )


@pytest.mark.parametrize("name", ADAPTERS)
def test_a_cancelled_adaptation_raises_before_it_returns_anything(
    name: str, full_theta: Checkpoint
) -> None:
    progress = Progress()
    progress.cancel()
    with pytest.raises(Cancelled):
        get_adapter(name).adapt(full_theta, rated(clips(5, 1), [0, 1, 2, 3, 4]), progress=progress)


@pytest.mark.parametrize("name", ["fine-tune", "meta-perser", "film", "scratch"])
def test_cancel_takes_effect_at_the_next_inner_step(name: str, full_theta: Checkpoint) -> None:
    seen: list[str] = []

    def report(fraction: float, message: str) -> None:
        seen.append(message)
        if len(seen) == 3:
            progress.cancel()

    progress = Progress(report)
    with pytest.raises(Cancelled):
        get_adapter(name).adapt(full_theta, rated(clips(5, 1), [0, 1, 2, 3, 4]), progress=progress)
    assert len(seen) == 3


@pytest.mark.parametrize("name", ["fine-tune", "meta-perser", "film", "scratch"])
def test_stop_and_keep_best_returns_a_profile_of_fewer_steps(
    name: str, full_theta: Checkpoint
) -> None:
    support = rated(clips(5, 1), [0, 1, 2, 3, 4])
    calls = 0

    def report(fraction: float, message: str) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            progress.stop()

    progress = Progress(report)
    stopped = get_adapter(name).adapt(full_theta, support, progress=progress)
    whole = get_adapter(name).adapt(full_theta, support)
    assert 0 < stopped.steps < whole.steps
    assert np.isfinite(predict(full_theta, stopped, clips(3, 9))).all()


@pytest.mark.parametrize(
    "name",
    [
        *(name for name in META_LEARNERS),
        "fine-tune-tuned",
        "nearest-listener",
        "listener-mixture",
        "listener-embedding",
    ],
)
def test_a_checkpoint_that_was_not_trained_for_an_adapter_says_how_to_train_it(name: str) -> None:
    with pytest.raises(PerserError, match=r"perser meta-train.*(choose|use)"):
        get_adapter(name).adapt(teacher(), rated(clips(3, 1), [0, 1, 2]))


def test_an_unknown_adapter_is_answered_with_the_list() -> None:
    with pytest.raises(PerserError, match=r"magic.*generic.*meta-perser"):
        get_adapter("magic")


def test_a_profile_of_another_checkpoint_is_refused(full_theta: Checkpoint) -> None:
    profile = get_adapter("generic").adapt(teacher(1), rated(clips(0, 1), []))
    with pytest.raises(PerserError, match="another checkpoint"):
        predict(full_theta, profile, clips(1, 2))


def test_the_generic_profile_says_to_the_bit_what_the_checkpoint_says(theta: Checkpoint) -> None:
    from perser_gui.adaptation.listener import head_logits
    from perser_gui.model.head import logits

    x = clips(40, 3)
    profile = get_adapter("generic").adapt(theta, rated(clips(5, 1), [0, 1, 2, 3, 4]))
    expected = logits(theta.parameters, torch.from_numpy(x), theta.head)
    assert torch.equal(head_logits(theta, profile, x), expected)
    assert list(profile.parameters) == ["groups"]


@pytest.mark.parametrize("name", ["fine-tune-tuned", "prototypes", "film"])
def test_a_word_the_checkpoint_lacks_is_learned_from_its_examples(
    name: str, full_theta: Checkpoint
) -> None:
    """Clips the checkpoint knows as angry and sad get words it never heard of."""
    emotions = EmotionSet(
        (
            Emotion("happy", "#000001", ("happy",)),
            Emotion("neutral", "#000002", ("neutral",)),
            Emotion("seething", "#000003"),
            Emotion("downcast", "#000004"),
        )
    )
    old = {2: 0, 0: 1, 4: 2, 3: 3}
    pool = clips(900, 11)
    heard = said(full_theta, pool)
    rows = np.flatnonzero(np.isin(heard, list(old)))
    labels = np.array([old[h] for h in heard[rows]])
    support, rest = rows[:32], rows[32:]
    profile = get_adapter(name).adapt(full_theta, rated(pool[support], labels[:32], emotions))
    guessed = predict(full_theta, profile, pool[rest]).argmax(1)
    unknown = labels[32:] >= 2
    assert (guessed[unknown] == labels[32:][unknown]).mean() > 0.5
    assert (guessed == labels[32:]).mean() > 0.5


def test_a_large_library_is_learned_from_by_clips_spread_over_it(full_theta: Checkpoint) -> None:
    theta = replace(full_theta, training={"inner": {"steps": 5, "information": 1.0}})
    few = clips(128, 3)
    many = np.repeat(few, 40, axis=0)  # the spread of picks meets every clip again
    profiles = [
        get_adapter("meta-perser").adapt(
            theta, replace(rated(clips(6, 1), [0, 1, 2, 3, 4, 5]), unlabelled=library)
        )
        for library in (None, few[:0], few, many)
    ]
    rows = [profile.parameters["output.bias"] for profile in profiles]
    assert np.array_equal(rows[0], rows[1])
    assert not np.allclose(rows[0], rows[2], atol=1e-4)
    assert np.allclose(rows[2], rows[3], atol=1e-4)


def test_steps_that_diverge_are_shortened_and_the_profile_says_so(theta: Checkpoint) -> None:
    """From the mildest case, where a tenth is short enough, to one that needs a ten-thousandth."""
    support = rated(clips(6, 1) * 30, [0, 1, 2, 3, 4, 5])
    for rate in (0.05, 0.5, 5.0, 50.0):
        wild = replace(theta, training={"fine-tune": {"rate": rate, "steps": 60, "l2": 0.0}})
        profile = get_adapter("fine-tune").adapt(wild, support)
        assert (profile.notes, profile.steps) == ((DIVERGED,), 60)
        assert predict(wild, profile, support.x).argmax(1).tolist() == [0, 1, 2, 3, 4, 5]
        held_out = get_adapter("fine-tune").held_out(wild, support, folds_of(6))  # type: ignore[attr-defined]
        learned = held_out.argmax(2) == np.arange(6)
        assert learned[folds_of(6) > 0].mean() > 0.9


def test_steps_that_never_settle_leave_the_start_and_the_profile_says_so(theta: Checkpoint) -> None:
    hopeless = replace(theta, training={"fine-tune": {"rate": 5e5, "steps": 60, "l2": 0.0}})
    support = rated(clips(6, 1) * 30, [0, 1, 2, 3, 4, 5])
    profile = get_adapter("fine-tune").adapt(hopeless, support)
    assert (profile.notes, profile.steps) == ((UNSETTLED,), 0)
    generic = get_adapter("generic").adapt(hopeless, support)
    x = clips(4, 2)
    assert np.allclose(predict(hopeless, profile, x), predict(hopeless, generic, x), atol=1e-6)
    held_out = get_adapter("fine-tune").held_out(hopeless, support, folds_of(6))  # type: ignore[attr-defined]
    assert np.isfinite(held_out).all()


def test_out_of_memory_on_the_graphics_card_falls_back_to_the_processor_and_says_so(
    theta: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    from perser_gui.adaptation import placing

    real = GradientAdapter.start

    def start(self: GradientAdapter, *args: object, device: str = "cpu", **more: object) -> object:
        if device == "cuda":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return real(self, *args, device=device, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(GradientAdapter, "start", start)
    monkeypatch.setattr(placing, "choose_device", lambda wish: "cuda")
    support = rated(clips(5, 1), [0, 1, 2, 3, 4])
    profile = get_adapter("fine-tune").adapt(theta, support, device="auto")
    assert profile.device == "cpu"
    assert profile.notes == (placing.OUT_OF_MEMORY,)
    monkeypatch.undo()
    plain = get_adapter("fine-tune").adapt(theta, support)
    assert plain.notes == ()
    assert np.array_equal(profile.parameters["output.weight"], plain.parameters["output.weight"])
