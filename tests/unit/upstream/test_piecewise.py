from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from perser_gui.errors import Cancelled, PerserError
from perser_gui.progress import Progress
from perser_gui.records import FloatArray
from perser_gui.upstream import load_encoder
from perser_gui.upstream.piecewise import Moments, pieces, pooled, side_by_side

from .conftest import MakeClip


@settings(deadline=None)
@given(counts=st.lists(st.integers(1, 40), min_size=1, max_size=5), seed=st.integers(0, 99))
def test_pooling_pieces_of_any_lengths_equals_pooling_all_frames(
    counts: list[int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    parts = [random.normal(index, 1 + index, (2, count, 3)) for index, count in enumerate(counts)]
    moments = [Moments(part.mean(1), part.var(1), part.shape[1]) for part in parts]
    frames = np.concatenate(parts, axis=1)
    expected = np.concatenate([frames.mean(1), frames.std(1)], axis=1)
    np.testing.assert_allclose(pooled(moments), expected, rtol=0, atol=1e-5)


@settings(deadline=None)
@given(length=st.integers(1, 5000), longest=st.integers(1, 700))
def test_pieces_are_the_fewest_equal_ones_that_fit(length: int, longest: int) -> None:
    samples: FloatArray = np.arange(length, dtype=np.float32)
    found = pieces(samples, longest)
    lengths = [len(piece) for piece in found]
    assert np.array_equal(np.concatenate(found), samples)
    assert max(lengths) <= longest
    assert max(lengths) - min(lengths) <= 1
    assert len(found) == -(-length // longest)


def test_a_long_clip_can_be_cancelled_between_its_pieces(
    make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load_encoder("bundled-light", device="cpu")
    progress = Progress()
    forward, passes = encoder._hidden, []  # type: ignore[attr-defined]

    def counted(clips: list[FloatArray]) -> object:
        passes.append(len(clips))
        progress.cancel()
        return forward(clips)

    monkeypatch.setattr(encoder, "_hidden", counted)
    with pytest.raises(Cancelled):
        encoder.embed_batch([make_clip(40.0)], progress=progress)
    assert passes == [1]


@pytest.fixture
def three_threads() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("three_threads")
def test_passes_side_by_side_give_what_each_clip_gives_alone(
    make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load_encoder("bundled-light", device="cpu")
    clips = [make_clip(seconds, seed) for seed, seconds in enumerate((9.0, 8.0, 31.0, 2.0, 14.0))]
    expected = [encoder.embed(clip) for clip in clips]
    forward, both = encoder._hidden, threading.Barrier(2)  # type: ignore[attr-defined]
    helpers: set[int] = set()

    def counted(pieces: list[FloatArray]) -> object:
        both.wait(60)  # nobody goes on before a second thread is here
        helpers.add(torch.get_num_threads())
        return forward(pieces)

    monkeypatch.setattr(encoder, "_hidden", counted)
    # Six passes: 9, 8, 10 + 10 + 10 of a clip of 31 s, 2 + 14: an even number of them.
    found = encoder.embed_batch(clips)
    assert helpers == {1}
    assert torch.get_num_threads() == 3
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4)


@pytest.mark.usefixtures("three_threads")
def test_a_pass_side_by_side_that_fails_is_told_and_ends_the_others(
    make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load_encoder("bundled-light", device="cpu")
    progress, passes = Progress(), []

    def counted(pieces: list[FloatArray]) -> object:
        passes.append(len(pieces))
        progress.cancel()
        raise PerserError("No more.")

    monkeypatch.setattr(encoder, "_hidden", counted)
    with pytest.raises((PerserError, Cancelled)):
        encoder.embed_batch([make_clip(14.0, seed) for seed in range(20)], progress=progress)
    assert len(passes) <= 3
    assert torch.get_num_threads() == 3


@pytest.mark.usefixtures("three_threads")
def test_threads_that_begin_later_compute_with_as_many_helpers_as_before() -> None:
    with side_by_side(2) as threads:
        assert list(threads.map(lambda _: torch.get_num_threads(), range(4))) == [1] * 4
    later: list[int] = []
    thread = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
    thread.start()
    thread.join()
    assert later == [3]
