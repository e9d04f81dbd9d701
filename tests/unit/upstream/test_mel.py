from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import WhisperFeatureExtractor
from transformers.audio_utils import mel_filter_bank

from perser_gui.upstream.mel import LogMel, mel_filters

from .conftest import MakeClip

CPU = torch.device("cpu")


@pytest.mark.parametrize("bins", [80, 128])
def test_filters_are_slaneys_as_transformers_computes_them(bins: int) -> None:
    expected = mel_filter_bank(201, bins, 0.0, 8000.0, 16_000, norm="slaney", mel_scale="slaney")
    np.testing.assert_allclose(mel_filters(bins), expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seconds", [0.5, 1.0, 1.23456, 3.0])
def test_mel_equals_transformers_on_the_unpadded_clip(seconds: float, make_clip: MakeClip) -> None:
    clip = make_clip(seconds)
    extractor = WhisperFeatureExtractor(feature_size=80)
    expected = extractor(
        clip.samples, sampling_rate=16_000, padding="do_not_pad", return_tensors="np"
    )["input_features"][0]
    (ours,) = LogMel(80, CPU)([clip.samples])
    assert ours.shape == (len(clip.samples) // 160, 80)
    np.testing.assert_allclose(ours.numpy().T, expected, rtol=0, atol=2e-5)


def test_silence_beside_speech_is_cut_off_as_in_transformers(make_clip: MakeClip) -> None:
    samples = make_clip(1.0).samples.copy()
    samples[4000:9000] = 0
    samples[9000:12000] *= 1e-4
    extractor = WhisperFeatureExtractor(feature_size=80)
    expected = extractor(samples, sampling_rate=16_000, padding="do_not_pad", return_tensors="np")
    (ours,) = LogMel(80, CPU)([samples])
    found = expected["input_features"][0]
    np.testing.assert_allclose(ours.numpy().T, found, rtol=0, atol=2e-5)
    assert (found == found.min()).mean() > 0.2


def test_a_loud_neighbour_does_not_change_a_quiet_clips_mel(make_clip: MakeClip) -> None:
    quiet, loud = make_clip(0.7, 1).samples * 0.001, make_clip(1.1, 2).samples * 5
    mel = LogMel(80, CPU)
    together = mel([quiet, loud, quiet])
    torch.testing.assert_close(together[0], mel([quiet])[0], rtol=0, atol=1e-6)
    torch.testing.assert_close(together[2], together[0], rtol=0, atol=0)


@pytest.mark.parametrize("samples", [1, 159, 200, 399, 400, 401])
def test_very_short_clips_give_at_least_one_frame(samples: int) -> None:
    (frames,) = LogMel(80, CPU)([np.ones(samples, np.float32)])
    assert frames.shape == (2, 80)
    assert torch.isfinite(frames).all()
