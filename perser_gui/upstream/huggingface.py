"""Encoders published on the Hugging Face hub, from a local folder.

WavLM, HuBERT and wav2vec2 run through transformers; Whisper runs through our own
forward pass, which gives the same states without padding clips to 30 s.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Waveform
from perser_gui.upstream import hub as hub
from perser_gui.upstream.checkpoint_files import (
    read_json,
    read_weights,
    weight_files,
    whisper_encoder_weights,
)
from perser_gui.upstream.device import pick_device
from perser_gui.upstream.piecewise import PiecewiseEncoder
from perser_gui.upstream.whisper import (
    PREPROCESSING,
    FrontSettings,
    WhisperEncoder,
    check_shapes,
)

CLASSES = {"wavlm": "WavLMModel", "hubert": "HubertModel", "wav2vec2": "Wav2Vec2Model"}
"""The class in transformers for every `model_type` that is not Whisper."""

UNUSED = ("masked_spec_embed",)
"""Weights that only training needs, so that a folder may lack them."""


def find(source: str, *, download: bool = False, progress: Progress | None = None) -> Path:
    """Return the folder of `source`: a folder, or a hub model that is or was downloaded.

    Raises:
        PerserError: if it is not on this computer and `download` is False.
    """
    folder = Path(source).expanduser()
    if folder.is_dir():
        return folder
    kept = hub.downloaded_folder(source)
    if kept.is_dir():
        return kept
    if download:
        return hub.download(source, progress)
    cached = _in_hub_cache(source)
    if cached is not None:
        return cached
    raise PerserError(
        f"The encoder {source} is not on this computer; download it with "
        f"`perser models download {source}` or give a folder that holds it."
    )


def load(folder: Path, *, name: str, device: str = "auto") -> PiecewiseEncoder:
    """Return the encoder whose `config.json` and safetensors weights are in `folder`.

    Raises:
        PerserError: if the folder holds no model of a known kind, or is damaged.
    """
    config = read_json(folder / "config.json")
    kind = config.get("model_type")
    if kind == "whisper":
        return _whisper(folder, config, name=name, device=device)
    if isinstance(kind, str) and kind in CLASSES:
        return _transformers(folder, config, kind, name=name, device=device)
    raise PerserError(
        f"{folder} holds a model of kind {kind!r}; use a WavLM, HuBERT, wav2vec2 or Whisper model."
    )


class TransformersEncoder(PiecewiseEncoder):
    """WavLM, HuBERT or wav2vec2: all hidden states, from the input of the first block on.

    Models whose convolutions are normalized over the whole clip (group norm) hear padding,
    so only clips of equal length share a forward pass; the others are padded and masked.
    """

    def __init__(
        self, model: Any, *, normalize: bool, identity: str, name: str, device: torch.device
    ) -> None:
        """Take a transformers model in evaluation mode; `normalize` is its `do_normalize`."""
        super().__init__(
            identity=identity,
            name=name,
            layers=model.config.num_hidden_layers + 1,
            channels=model.config.hidden_size,
            device=device,
        )
        self._model = model.to(device)
        self._normalize = normalize
        self._hears_padding = model.config.feat_extract_norm == "group"
        self._shortest = _receptive_field(model.config.conv_kernel, model.config.conv_stride)

    def _samples(self, waveform: Waveform) -> FloatArray:
        samples = super()._samples(waveform)
        if not self._normalize:
            return samples
        scaled: FloatArray = (samples - samples.mean()) / np.sqrt(samples.var() + 1e-7)
        return scaled

    def _hidden(self, clips: Sequence[FloatArray]) -> list[torch.Tensor]:
        hidden: dict[int, torch.Tensor] = {}
        for together in self._of_similar_length(clips):
            states = self._forward([clips[index] for index in together])
            hidden |= dict(zip(together, states, strict=True))
        return [hidden[index] for index in range(len(clips))]

    def _move(self, device: torch.device) -> None:
        self._model = self._model.to(device)

    def _of_similar_length(self, clips: Sequence[FloatArray]) -> Iterator[list[int]]:
        """Yield indices that share a forward pass, padded to no more than one batch of audio."""
        room = self._pass_seconds * self.rate
        together: list[int] = []
        for index in sorted(range(len(clips)), key=lambda index: -len(clips[index])):
            if together:
                longest = len(clips[together[0]])
                full = (len(together) + 1) * longest > room
                if full or (self._hears_padding and len(clips[index]) != longest):
                    yield together
                    together = []
            together.append(index)
        if together:
            yield together

    def _forward(self, clips: Sequence[FloatArray]) -> list[torch.Tensor]:
        lengths = [max(len(clip), self._shortest) for clip in clips]
        padded = torch.zeros(len(clips), max(lengths))
        mask = torch.zeros(len(clips), max(lengths), dtype=torch.long)
        for row, clip in enumerate(clips):
            padded[row, : len(clip)] = torch.from_numpy(np.ascontiguousarray(clip))
            mask[row, : lengths[row]] = 1
        ragged = len(set(lengths)) > 1
        output = self._model(
            padded.to(self._device),
            attention_mask=mask.to(self._device) if ragged else None,
            output_hidden_states=True,
        )
        frames = self._model._get_feat_extract_output_lengths(torch.tensor(lengths)).tolist()
        stacked = torch.stack(output.hidden_states, dim=1)
        return [states[:, :count] for states, count in zip(stacked, frames, strict=True)]


def _transformers(
    folder: Path, config: Mapping[str, object], kind: str, *, name: str, device: str
) -> TransformersEncoder:
    blocks, channels = (_size(config, key, folder) for key in ("num_hidden_layers", "hidden_size"))
    for path in weight_files(folder):
        read_weights(path)
    return TransformersEncoder(
        _pretrained(folder, kind),
        normalize=_normalizes(folder),
        identity=_identity(kind, blocks, channels, folder),
        name=name,
        device=pick_device(device),
    )


def _pretrained(folder: Path, kind: str) -> Any:
    """Return the model with every weight it needs, in evaluation mode."""
    try:
        import transformers
    except ImportError as error:
        raise PerserError(
            f"{kind} needs the package transformers, which is not part of this installation; "
            "please install the program with pip install perser-gui, or use a Whisper encoder."
        ) from error
    transformers.utils.logging.disable_progress_bar()
    # WavLM adds a float bias to a boolean mask, which a later torch may not take.
    warnings.filterwarnings("ignore", "Support for mismatched key_padding_mask")
    try:
        model, loaded = getattr(transformers, CLASSES[kind]).from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=False,
            output_loading_info=True,
        )
    except Exception as error:  # what a strange folder raises here differs by version
        raise PerserError(
            f"The model in {folder} cannot be loaded; please get it again."
        ) from error
    missing = sorted(key for key in loaded["missing_keys"] if not key.endswith(UNUSED))
    if missing:
        raise PerserError(f"The weights in {folder} lack {missing[0]}; please get the model again.")
    return model.float().eval()


def _normalizes(folder: Path) -> bool:
    """Whether the model was trained on clips of zero mean and unit variance."""
    path = folder / "preprocessor_config.json"
    if not path.is_file():
        raise PerserError(
            f"{path} is missing, so nobody knows how the model expects its input; "
            "please get the model again."
        )
    settings = read_json(path)
    if settings.get("sampling_rate", PiecewiseEncoder.rate) != PiecewiseEncoder.rate:
        raise PerserError(f"The model in {path.parent} was not trained at 16 kHz; use another one.")
    return bool(settings.get("do_normalize", True))


def _receptive_field(kernels: Sequence[int], strides: Sequence[int]) -> int:
    """Return the fewest samples that give one frame."""
    field = 1
    for kernel, stride in zip(reversed(kernels), reversed(strides), strict=True):
        field = (field - 1) * stride + kernel
    return field


def _whisper(
    folder: Path, config: Mapping[str, object], *, name: str, device: str
) -> WhisperEncoder:
    settings = FrontSettings(
        name="whisper",
        source=str(folder),
        licence="see the model's card",
        d_model=_size(config, "d_model", folder),
        encoder_layers=_size(config, "encoder_layers", folder),
        encoder_attention_heads=_size(config, "encoder_attention_heads", folder),
        encoder_ffn_dim=_size(config, "encoder_ffn_dim", folder),
        num_mel_bins=_size(config, "num_mel_bins", folder),
        max_source_positions=_size(config, "max_source_positions", folder),
    )
    weights = whisper_encoder_weights(folder)
    check_shapes(weights, settings, folder)
    return WhisperEncoder(
        weights,
        settings,
        identity=_identity("whisper", settings.encoder_layers, settings.d_model, folder),
        name=name,
        device=pick_device(device),
        with_input=True,
    )


def _size(config: Mapping[str, object], key: str, folder: Path) -> int:
    value = config.get(key)
    if isinstance(value, int) and value > 0:
        return value
    raise PerserError(f"{folder}/config.json lacks {key}; please get the model again.")


def _identity(kind: str, blocks: int, channels: int, folder: Path) -> str:
    """Name an encoder by its settings, weights and preprocessing, wherever it lies."""
    digest = hashlib.sha256()
    sides = [folder / "config.json", folder / "preprocessor_config.json"]
    for path in [side for side in sides if side.is_file()] + weight_files(folder):
        with path.open("rb") as file:
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return f"{kind}-{blocks}x{channels}-{digest.hexdigest()[:16]}-p{PREPROCESSING}"


def _in_hub_cache(hub_id: str) -> Path | None:
    """Return where other programs keep a hub model on this computer, without any network."""
    match = hub.HUB_ID.fullmatch(hub_id)
    if match is None:
        return None
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(match["model"], "config.json", revision=match["revision"])
    return Path(found).parent if isinstance(found, str) else None
