"""From a waveform to the per-layer time statistics that every head works on."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol, runtime_checkable

from perser_gui.errors import PerserError
from perser_gui.paths import shipped
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Waveform

BUNDLED = {"bundled": "whisper-base-3", "bundled-light": "whisper-tiny-en-2"}
"""Folder under `models/` of every encoder that ships with the program."""

HUGGINGFACE = "huggingface:"
"""Prefix of encoders that transformers knows; a folder or a hub name follows."""


ENCODER_NAME = "encoder_name"
"""Key of a checkpoint's training values under which the name to load the encoder by stands."""


class Encoder(Protocol):
    """Turns clips into statistics [L, 2D]: per layer, mean and population deviation over time."""

    id: str
    """Names the weights and the preprocessing; only features of equal id may be compared."""
    name: str
    """What `load_encoder` takes to get this encoder again."""
    layers: int
    """L, the number of hidden layers."""
    width: int
    """2D: D means and D standard deviations."""
    notes: tuple[str, ...]
    """Plain sentences about what did not go as asked, such as a GPU without enough memory."""

    @property
    def device(self) -> str:
        """Where it computes."""

    @property
    def batch_seconds(self) -> float:
        """How much audio one forward pass takes at most."""

    def embed(self, waveform: Waveform) -> FloatArray:
        """Return the statistics [L, 2D] of one clip of any length and rate."""

    def embed_batch(
        self, waveforms: Sequence[Waveform], *, progress: Progress | None = None
    ) -> list[FloatArray]:
        """Return the statistics of several clips, each as if it were alone.

        `progress` may cancel between forward passes.
        """

    def frames(self, waveform: Waveform) -> FloatArray:
        """Return the hidden states [L, T, D] before pooling."""


@runtime_checkable
class Resting(Protocol):
    """What an encoder may do besides: take less memory while nobody needs it."""

    def rest(self) -> None:
        """Take less memory until the next clip comes, whose features stay the same to the bit."""


ENCODERS: dict[str, Callable[[str], Encoder]] = {}
"""Encoders of a script's own by name: a function takes a device and returns an encoder."""


def load_encoder(
    name: str = "bundled",
    *,
    device: str = "auto",
    progress: Progress | None = None,
    download: bool = False,
) -> Encoder:
    """Return an encoder, ready to embed.

    Args:
        name: `"bundled"`, `"bundled-light"`, a name in `ENCODERS`, or `"huggingface:"` followed
            by a local folder or the name of a hub model that was downloaded before.
        device: `"auto"`, `"cpu"`, `"cuda"` or any other device of torch.
        progress: told how far loading is; may cancel it.
        download: whether a hub model that is not here yet may be fetched. Without it
            nothing touches the network.

    Raises:
        PerserError: if there is no such encoder, or its files are missing or damaged.
    """
    progress = progress or Progress()
    progress.report(0.0, "Loading the encoder")
    encoder: Encoder
    if name in BUNDLED:
        encoder = _bundled(name, device)
    elif name in ENCODERS:
        encoder = ENCODERS[name](device)
    elif name.startswith(HUGGINGFACE) and name != HUGGINGFACE:
        encoder = _huggingface(name, device, progress, download=download)
    else:
        raise PerserError(
            f"There is no encoder called {name!r}; choose {', '.join([*BUNDLED, *ENCODERS])}, "
            f"or {HUGGINGFACE} with a folder or hub name."
        )
    progress.report(1.0, "Encoder loaded")
    return encoder


def encoder_name(identity: str, training: Mapping[str, object]) -> str:
    """Return the name to load an encoder by, given its id and a checkpoint's training values.

    Raises:
        PerserError: if the encoder is not one that can be loaded.
    """
    named = training.get(ENCODER_NAME)
    if isinstance(named, str) and named:
        return named
    if identity in BUNDLED or identity in ENCODERS or identity.startswith(HUGGINGFACE):
        return identity
    for name, folder in BUNDLED.items():
        if identity == folder or identity.startswith(f"{folder}-"):
            return name
    raise PerserError(
        f"The checkpoint does not say where its encoder {identity} is; please train it again "
        "or choose another checkpoint."
    )


def _bundled(name: str, device: str) -> Encoder:
    from perser_gui.upstream.device import pick_device
    from perser_gui.upstream.whisper import load_front

    folder = shipped("models", BUNDLED[name])
    return load_front(folder, name=name, device=pick_device(device))


def _huggingface(name: str, device: str, progress: Progress, *, download: bool) -> Encoder:
    from perser_gui.upstream import huggingface

    source = name.removeprefix(HUGGINGFACE)
    folder = huggingface.find(source, download=download, progress=progress.part(0.0, 0.8))
    return huggingface.load(folder, name=name, device=device)
