from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers
from safetensors.torch import load_file, save_file

from perser_gui.errors import PerserError
from perser_gui.records import Waveform
from perser_gui.upstream import Encoder, load_encoder
from perser_gui.upstream.huggingface import find

from .conftest import MakeClip

KINDS = {
    "wavlm-base": ("WavLM", "group", False),
    "wavlm-large": ("WavLM", "layer", True),
    "hubert-base": ("Hubert", "group", True),
    "hubert-large": ("Hubert", "layer", True),
    "wav2vec2-base": ("Wav2Vec2", "group", True),
    "wav2vec2-large": ("Wav2Vec2", "layer", True),
}
"""Class prefix, normalization of the convolutions, normalization of the input."""

SPEECH = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 48,
    "conv_dim": (16,) * 7,
    "num_conv_pos_embeddings": 16,
    "num_conv_pos_embedding_groups": 4,
}
WHISPER = {
    "d_model": 32,
    "encoder_layers": 2,
    "encoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_layers": 1,
    "decoder_attention_heads": 4,
    "decoder_ffn_dim": 32,
    "max_source_positions": 60,
    "vocab_size": 50,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "decoder_start_token_id": 1,
    "num_mel_bins": 80,
}

Make = Callable[[str], Path]


@pytest.fixture
def make_folder(tmp_path: Path) -> Make:
    """A folder with a tiny random model, as transformers saves it."""

    def make(kind: str) -> Path:
        torch.manual_seed(7)
        folder = tmp_path / kind
        if kind == "whisper":
            config = transformers.WhisperConfig(**WHISPER)
            transformers.WhisperModel(config).save_pretrained(folder)
            transformers.WhisperFeatureExtractor().save_pretrained(folder)
            return folder
        prefix, norm, normalize = KINDS[kind]
        config = getattr(transformers, f"{prefix}Config")(
            **SPEECH, feat_extract_norm=norm, do_stable_layer_norm=norm == "layer"
        )
        getattr(transformers, f"{prefix}Model")(config).save_pretrained(folder)
        transformers.Wav2Vec2FeatureExtractor(
            do_normalize=normalize, return_attention_mask=norm == "layer"
        ).save_pretrained(folder)
        return folder

    return make


def loaded(folder: Path) -> Encoder:
    return load_encoder(f"huggingface:{folder}", device="cpu")


def reference_statistics(folder: Path, waveform: Waveform) -> np.ndarray:
    """What transformers itself gives for one clip, from its own extractor on."""
    extractor = transformers.AutoFeatureExtractor.from_pretrained(folder)
    inputs = extractor(waveform.samples, sampling_rate=16_000, return_tensors="pt")
    model = transformers.AutoModel.from_pretrained(folder).eval()
    with torch.inference_mode():
        output = model(inputs["input_values"], output_hidden_states=True)
    states = torch.stack(output.hidden_states)[:, 0].double().numpy()
    return np.concatenate([states.mean(1), states.std(1)], axis=1)


@pytest.mark.parametrize("kind", KINDS)
def test_statistics_equal_those_of_transformers_with_its_own_extractor(
    kind: str, make_folder: Make, make_clip: MakeClip
) -> None:
    folder, clip = make_folder(kind), make_clip(1.1)
    encoder = loaded(folder)
    assert (encoder.layers, encoder.width) == (3, 64)
    np.testing.assert_allclose(
        encoder.embed(clip), reference_statistics(folder, clip), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("kind", [*KINDS, "whisper"])
def test_a_batch_gives_what_each_clip_gives_alone(
    kind: str, make_folder: Make, make_clip: MakeClip
) -> None:
    encoder = loaded(make_folder(kind))
    lengths = (1.0, 0.5, 1.0, 0.02, 2.3, 0.5)
    clips = [make_clip(seconds, seed) for seed, seconds in enumerate(lengths)]
    for together, clip in zip(encoder.embed_batch(clips), clips, strict=True):
        np.testing.assert_allclose(together, encoder.embed(clip), rtol=0, atol=1e-5)


def test_padding_never_makes_a_batch_longer_than_the_encoder_takes(
    make_folder: Make, make_clip: MakeClip, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoder = loaded(make_folder("wavlm-large"))
    forward, padded = encoder._forward, []  # type: ignore[attr-defined]

    def measured(clips: list[np.ndarray]) -> list[torch.Tensor]:
        padded.append(len(clips) * max(map(len, clips)) / 16_000)
        return forward(clips)

    monkeypatch.setattr(encoder, "_forward", measured)
    clips = [make_clip(seconds) for seconds in (1.0, 8.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0)]
    encoder.embed_batch(clips)
    assert max(padded) <= encoder.batch_seconds
    assert len(padded) == 2


@pytest.mark.parametrize("kind", [*KINDS, "whisper"])
def test_long_clips_are_cut_and_pooled(kind: str, make_folder: Make, make_clip: MakeClip) -> None:
    encoder = loaded(make_folder(kind))
    clip = make_clip(16.0)
    frames = encoder.frames(clip).astype(np.float64)
    assert frames.shape[0] == encoder.layers
    assert 790 <= frames.shape[1] <= 800
    expected = np.concatenate([frames.mean(1), frames.std(1)], axis=1)
    np.testing.assert_allclose(encoder.embed(clip), expected, rtol=0, atol=1e-5)


def test_only_models_that_want_it_are_given_normalized_input(
    make_folder: Make, make_clip: MakeClip
) -> None:
    folder = make_folder("wav2vec2-base")
    clip = make_clip(0.8)
    quiet = Waveform(clip.samples * 0.01, clip.rate)
    wanted = loaded(folder)
    np.testing.assert_allclose(wanted.embed(clip), wanted.embed(quiet), rtol=0, atol=2e-2)
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"do_normalize": False}))
    unwanted = loaded(folder)
    assert unwanted.id != wanted.id
    np.testing.assert_allclose(
        unwanted.embed(clip), reference_statistics(folder, clip), rtol=0, atol=1e-5
    )
    assert np.abs(unwanted.embed(clip) - wanted.embed(clip)).max() > 1e-3


def test_whisper_states_equal_transformers_hidden_states(
    make_folder: Make, make_clip: MakeClip
) -> None:
    folder = make_folder("whisper")
    clip = make_clip(1.2)
    extractor = transformers.WhisperFeatureExtractor()
    mel = extractor(clip.samples, sampling_rate=16_000, padding="do_not_pad", return_tensors="pt")
    # 1.2 s fill all of this model's 60 positions, so that transformers accepts them.
    model = transformers.WhisperModel.from_pretrained(folder).get_encoder().eval()
    with torch.inference_mode():
        output = model(mel["input_features"], output_hidden_states=True)
    expected = torch.stack(output.hidden_states)[:, 0].numpy()
    frames = loaded(folder).frames(clip)
    assert frames.shape == expected.shape == (3, 60, 32)
    np.testing.assert_allclose(frames, expected, rtol=0, atol=1e-4)


def test_the_id_follows_the_weights_and_not_the_place(
    make_folder: Make, tmp_path: Path, make_clip: MakeClip
) -> None:
    folder = make_folder("wavlm-large")
    first = loaded(folder).id
    moved = folder.rename(tmp_path / "elsewhere")
    assert loaded(moved).id == first
    weights = load_file(moved / "model.safetensors")
    weights["encoder.layer_norm.bias"] += 0.5
    save_file(weights, moved / "model.safetensors", metadata={"format": "pt"})
    assert loaded(moved).id != first


@pytest.mark.parametrize("kind", ["wavlm-base", "whisper"])
def test_weights_in_shards_are_read(kind: str, make_folder: Make, make_clip: MakeClip) -> None:
    folder, clip = make_folder(kind), make_clip(0.6)
    whole = loaded(folder).embed(clip)
    weights = load_file(folder / "model.safetensors")
    (folder / "model.safetensors").unlink()
    keys = sorted(weights)
    parts = {
        "model-00001-of-00002.safetensors": keys[::2],
        "model-00002-of-00002.safetensors": keys[1::2],
    }
    for name, some in parts.items():
        save_file({key: weights[key] for key in some}, folder / name, metadata={"format": "pt"})
    index = {"metadata": {}, "weight_map": {k: n for n, some in parts.items() for k in some}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    np.testing.assert_array_equal(loaded(folder).embed(clip), whole)


def test_pickled_weights_are_never_opened(make_folder: Make) -> None:
    folder = make_folder("hubert-base")
    torch.save(load_file(folder / "model.safetensors"), folder / "pytorch_model.bin")
    (folder / "model.safetensors").unlink()
    with pytest.raises(PerserError, match="only safetensors weights are opened"):
        loaded(folder)


@pytest.mark.parametrize("kind", ["wavlm-base", "whisper"])
def test_missing_weights_are_not_replaced_by_random_ones(kind: str, make_folder: Make) -> None:
    folder = make_folder(kind)
    weights = load_file(folder / "model.safetensors")
    lost = next(key for key in sorted(weights) if "encoder.layers.1" in key and "bias" in key)
    del weights[lost]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(PerserError, match=r"layers\.1"):
        loaded(folder)


@pytest.mark.parametrize("kind", ["wavlm-base", "whisper"])
def test_truncated_weights_are_refused(kind: str, make_folder: Make) -> None:
    path = make_folder(kind) / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(PerserError, match="missing or damaged"):
        loaded(path.parent)


@pytest.mark.parametrize(
    "config",
    ["", "[1]", "{}", '{"model_type": "bert"}', '{"model_type": ["wavlm"]}', "[" * 100_000],
)
def test_folders_of_anything_else_are_refused_in_a_plain_sentence(
    config: str, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(PerserError, match=str(tmp_path)):
        loaded(tmp_path)


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ("wavlm-base", "num_hidden_layers"),
        ("wavlm-base", "hidden_size"),
        ("whisper", "encoder_layers"),
        ("whisper", "d_model"),
    ],
)
@pytest.mark.parametrize("value", [-1, "two", None])
def test_hostile_settings_are_refused_in_a_plain_sentence(
    kind: str, key: str, value: object, make_folder: Make
) -> None:
    path = make_folder(kind) / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(PerserError, match=str(path.parent)):
        loaded(path.parent)


def test_a_model_for_another_rate_is_refused(make_folder: Make) -> None:
    folder = make_folder("wav2vec2-base")
    path = folder / "preprocessor_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"sampling_rate": 8000}))
    with pytest.raises(PerserError, match="not trained at 16 kHz"):
        loaded(folder)


def test_a_model_without_word_on_its_input_is_refused(make_folder: Make) -> None:
    folder = make_folder("wav2vec2-base")
    (folder / "preprocessor_config.json").unlink()
    with pytest.raises(PerserError, match=r"preprocessor_config\.json is missing"):
        loaded(folder)


@pytest.mark.usefixtures("no_sockets")
@pytest.mark.parametrize("kind", ["wavlm-base", "hubert-large", "wav2vec2-base", "whisper"])
def test_a_local_folder_needs_no_network(kind: str, make_folder: Make, make_clip: MakeClip) -> None:
    assert np.isfinite(loaded(make_folder(kind)).embed(make_clip(0.5))).all()


@pytest.mark.usefixtures("no_sockets")
def test_a_hub_name_alone_downloads_nothing_and_says_how_to() -> None:
    with pytest.raises(PerserError, match=r"perser models download microsoft/wavlm-base-plus"):
        load_encoder("huggingface:microsoft/wavlm-base-plus")


@pytest.mark.usefixtures("no_sockets")
def test_what_other_programs_downloaded_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    commit = "a" * 40
    model = tmp_path / "hub" / "models--facebook--hubert-base-ls960"
    snapshot = model / "snapshots" / commit
    snapshot.mkdir(parents=True)
    (snapshot / "config.json").write_text("{}")
    (model / "refs").mkdir()
    (model / "refs" / "main").write_text(commit)
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    assert find("facebook/hubert-base-ls960") == snapshot


@pytest.mark.parametrize("name", ["huggingface:../..", "huggingface:a/b/c", "huggingface:a b"])
def test_names_that_are_neither_folder_nor_model_are_refused(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    deep = tmp_path / "x"
    deep.mkdir()
    monkeypatch.chdir(deep)
    with pytest.raises(PerserError):
        load_encoder(name)
