from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from perser_gui.errors import Cancelled
from perser_gui.progress import Progress
from perser_gui.records import FloatArray
from perser_gui.upstream import load_encoder
from perser_gui.upstream.piecewise import Moments, pieces, pooled

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
