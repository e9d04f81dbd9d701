from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import WhisperConfig
from transformers.models.whisper.modeling_whisper import WhisperEncoder as Reference

from perser_gui.errors import PerserError
from perser_gui.paths import shipped
from perser_gui.records import Waveform
from perser_gui.upstream import BUNDLED, load_encoder
from perser_gui.upstream.checkpoint_files import read_json, read_weights
from perser_gui.upstream.whisper import WEIGHTS_FILE, WhisperEncoder, WhisperFront, load_front

from .conftest import MakeClip

CPU = torch.device("cpu")
TOLERANCE = 1e-4


def reference_states(folder: Path, mel: torch.Tensor) -> torch.Tensor:
    """States [L, T, D] after each block of transformers' encoder, on mel frames [2T, bins].

    transformers accepts one length only, the one that fills all positions, so the
    positions are cut to this clip.
    """
    settings, weights = (
        read_json(folder / "encoder.json"),
        read_weights(folder / "encoder.safetensors"),
    )
    frames = (len(mel) + 1) // 2
    sizes = ("d_model", "encoder_layers", "encoder_attention_heads", "encoder_ffn_dim")
    config = WhisperConfig(
        **{key: settings[key] for key in (*sizes, "num_mel_bins")}, max_source_positions=frames
    )
    model = Reference(config).eval()
    state = {key: value.float() for key, value in weights.items()}
    state["embed_positions.weight"] = state["embed_positions.weight"][:frames]
    missing = model.load_state_dict(state, strict=False)
    assert set(missing.missing_keys) == {"layer_norm.weight", "layer_norm.bias"}
    assert not missing.unexpected_keys
    kept: list[torch.Tensor] = []
    for layer in model.layers:
        layer.register_forward_hook(
            lambda _module, _inputs, out: kept.append(out[0] if isinstance(out, tuple) else out)
        )
    if len(mel) % 2:
        pytest.fail("transformers needs an even number of mel frames")
    with torch.inference_mode():
        model(mel.T[None])
    return torch.stack([states.reshape(frames, -1) for states in kept])


@pytest.fixture(scope="module", params=sorted(BUNDLED))
def bundled(request: pytest.FixtureRequest) -> WhisperEncoder:
    return load_front(shipped("models", BUNDLED[request.param]), name=request.param, device=CPU)


@pytest.mark.parametrize("seconds", [0.5, 2.0, 7.3])
def test_states_equal_transformers_on_the_same_unpadded_mel(
    bundled: WhisperEncoder, seconds: float, make_clip: MakeClip
) -> None:
    mel = bundled.front._mel([make_clip(seconds).samples])[0]
    mel = mel[: len(mel) // 2 * 2]
    with torch.inference_mode():
        (ours,) = bundled.front.from_mel([mel])
    expected = reference_states(shipped("models", BUNDLED[bundled.name]), mel)
    assert ours.shape == expected.shape
    torch.testing.assert_close(ours, expected, rtol=0, atol=TOLERANCE)


def test_a_full_piece_of_fifteen_seconds_uses_every_position(
    bundled: WhisperEncoder, make_clip: MakeClip
) -> None:
    frames = bundled.frames(make_clip(15.0))
    assert frames.shape == (bundled.layers, 750, bundled.width // 2)


def test_statistics_are_mean_and_population_deviation_of_the_frames(
    bundled: WhisperEncoder, make_clip: MakeClip
) -> None:
    clip = make_clip(1.5)
    frames = bundled.frames(clip).astype(np.float64)
    expected = np.concatenate([frames.mean(1), frames.std(1)], axis=1)
    statistics = bundled.embed(clip)
    assert statistics.dtype == np.float32
    assert statistics.shape == (bundled.layers, bundled.width)
    np.testing.assert_allclose(statistics, expected, rtol=0, atol=1e-5)


def test_a_batch_gives_what_each_clip_gives_alone(
    bundled: WhisperEncoder, make_clip: MakeClip
) -> None:
    lengths = (0.4, 3.21, 1.0, 16.0, 0.01, 9.0)
    clips = [make_clip(seconds, seed) for seed, seconds in enumerate(lengths)]
    for together, clip in zip(bundled.embed_batch(clips), clips, strict=True):
        np.testing.assert_allclose(together, bundled.embed(clip), rtol=0, atol=2e-5)


def test_a_long_clip_is_pooled_over_equal_pieces(
    bundled: WhisperEncoder, make_clip: MakeClip
) -> None:
    clip = make_clip(32.0)
    third = len(clip.samples) / 3
    cuts = [round(third), round(2 * third)]
    frames = np.concatenate(
        [bundled.frames(Waveform(part, 16_000)) for part in np.split(clip.samples, cuts)], axis=1
    ).astype(np.float64)
    expected = np.concatenate([frames.mean(1), frames.std(1)], axis=1)
    np.testing.assert_allclose(bundled.embed(clip), expected, rtol=0, atol=2e-5)


def test_another_rate_is_resampled_first(bundled: WhisperEncoder) -> None:
    def tone(rate: int) -> Waveform:
        time = np.arange(rate) / rate
        samples = 0.1 * np.sin(2 * np.pi * 300 * time) * np.sin(2 * np.pi * 3 * time)
        return Waveform(samples.astype(np.float32), rate)

    ours, other = bundled.embed(tone(16_000)), bundled.embed(tone(44_100))
    assert np.corrcoef(ours[0], other[0])[0, 1] > 0.999
    unheeded = bundled.embed(Waveform(tone(44_100).samples, 16_000))
    assert np.abs(ours - other).mean() < 0.2 * np.abs(ours - unheeded).mean()


def test_the_id_names_the_weights_and_the_preprocessing(bundled: WhisperEncoder) -> None:
    folder = BUNDLED[bundled.name]
    digest = json.loads(shipped("models", folder, "encoder.json").read_text())["sha256"]
    assert bundled.id == f"{folder}-{digest[:16]}-p2"


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.zeros(0, np.float32), "no sound"),
        (np.full(1600, np.nan, np.float32), "not numbers"),
        (np.zeros((2, 1600), np.float32), "no sound"),
    ],
)
def test_unusable_samples_are_refused_in_a_plain_sentence(
    samples: np.ndarray, words: str, bundled: WhisperEncoder
) -> None:
    with pytest.raises(PerserError, match=words):
        bundled.embed(Waveform(samples, 16_000))


@pytest.mark.parametrize("samples", [np.zeros(16_000), np.ones(8000), np.ones(1)])
def test_silence_and_single_samples_give_finite_statistics(
    samples: np.ndarray, bundled: WhisperEncoder
) -> None:
    assert np.isfinite(bundled.embed(Waveform(samples.astype(np.float32), 16_000))).all()


def test_embedding_is_the_same_every_time(bundled: WhisperEncoder, make_clip: MakeClip) -> None:
    again = load_encoder(bundled.name, device="cpu")
    clip = make_clip(2.0, 3)
    assert bundled.embed(clip).tobytes() == again.embed(clip).tobytes()


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return Path(shutil.copytree(shipped("models", "whisper-tiny-en-2"), tmp_path / "encoder"))


def test_damaged_weights_are_refused_by_name(copy: Path) -> None:
    path = copy / "encoder.safetensors"
    raw = bytearray(path.read_bytes())
    raw[len(raw) // 2] ^= 1
    path.write_bytes(raw)
    with pytest.raises(PerserError, match=r"encoder\.safetensors are damaged"):
        load_front(copy, name="bundled-light", device=CPU)


def test_missing_weights_are_refused_by_name(copy: Path) -> None:
    (copy / "encoder.safetensors").unlink()
    with pytest.raises(PerserError, match=r"encoder\.safetensors cannot be read"):
        load_front(copy, name="bundled-light", device=CPU)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"d_model": "x"}', "\x00"])
def test_unreadable_settings_are_refused_by_name(text: str, copy: Path) -> None:
    (copy / "encoder.json").write_text(text)
    with pytest.raises(PerserError, match=r"encoder\.json cannot be read"):
        load_front(copy, name="bundled-light", device=CPU)


def test_settings_that_do_not_fit_the_weights_are_refused(copy: Path) -> None:
    path = copy / "encoder.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"encoder_layers": 3}))
    with pytest.raises(PerserError, match=r"do not fit .* layers\.2"):
        load_front(copy, name="bundled-light", device=CPU)


def test_a_full_gpu_falls_back_to_the_cpu_with_a_note(
    make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = load_front(shipped("models", "whisper-tiny-en-2"), name="bundled-light", device=CPU)
    expected = [encoder.embed(make_clip(1.0, seed)) for seed in (0, 1)]
    forward = encoder._hidden

    def full(clips: list[np.ndarray]) -> list[torch.Tensor]:
        if encoder.device != "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(clips)

    monkeypatch.setattr(encoder, "_hidden", full)
    monkeypatch.setattr(encoder, "_device", torch.device("cuda:0"))
    found = encoder.embed_batch([make_clip(1.0, seed) for seed in (0, 1)])
    np.testing.assert_allclose(found, expected, rtol=0, atol=2e-5)
    assert encoder.device == "cpu"
    assert encoder.notes == (
        "The memory of cuda:0 did not suffice, so the encoder moved to the CPU.",
    )


def test_an_encoder_that_rested_gives_the_same_bits_and_took_half_the_memory(
    bundled: WhisperEncoder, make_clip: MakeClip
) -> None:
    clip = make_clip(1.5)
    before = bundled.embed(clip)
    awake = bundled.front._weights
    bundled.rest()
    resting = bundled.front._weights
    assert resting.positions.dtype == torch.float16
    assert resting.blocks[0].fc1[0].nbytes * 2 == awake.blocks[0].fc1[0].nbytes
    np.testing.assert_array_equal(bundled.embed(clip), before)
    assert bundled.front._weights.blocks[0].fc1[0].dtype == torch.float32


def test_weights_that_are_finer_than_halves_do_not_rest(
    bundled: WhisperEncoder,
) -> None:
    folder = shipped("models", BUNDLED[bundled.name])
    weights = {
        key: value.float() + 1e-5 for key, value in read_weights(folder / WEIGHTS_FILE).items()
    }
    front = WhisperFront(weights, bundled.front.settings, CPU)
    front.rest()
    assert front._weights.positions.dtype == torch.float32
