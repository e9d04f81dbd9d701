"""What a listener hears in a voice itself: one more input per voice, learned like the others.

Features are normalized per speaker, which takes away whether a voice as a whole sounds angry or
calm to somebody. A *mark* gives that back to the listener: each voice among their labels has an
input of its own beside the features, one where it speaks and zero elsewhere, whose weights start
at zero. Gradient steps then learn an offset per voice with the rate and the precision of the
projection; a voice without a label keeps none. In a profile the offsets stand as hidden vectors
under a hash of the voice's name.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from perser_gui.model.head import HeadConfig
from perser_gui.records import FloatArray

VOICE = "voice/"
"""Prefix of a voice's offset among a profile's parameters."""


_KEY = re.compile(f"{VOICE}[0-9a-f]{{24}}")


def voice_key(voice: str) -> str:
    """Return the name of a voice's offset among a profile's parameters; such a name is its own.

    >>> voice_key("anna")[:10]
    'voice/5557'
    """
    if _KEY.fullmatch(voice):
        return voice
    digest = hashlib.sha256(voice.encode("utf-8", "surrogatepass")).hexdigest()
    return VOICE + digest[:24]


def knows_voices(parameters: Mapping[str, object]) -> bool:
    """Whether a profile's parameters hold offsets of voices."""
    return any(name.startswith(VOICE) for name in parameters)


@dataclass(frozen=True)
class Marks:
    """The voices that are marked, and how long a mark is among normalized features."""

    voices: tuple[str, ...]
    length: float

    @classmethod
    def of(cls, voices: Sequence[str], config: HeadConfig, strength: float) -> Marks | None:
        """Return marks for the voices of a support, or None where there is nothing to mark.

        `strength` is a mark's squared length over that of an average clip's features. Heads
        that sum their layers have no room for marks.
        """
        if not strength or not voices or config.layer_mix != "concatenate":
            return None
        return cls(tuple(dict.fromkeys(voices)), math.sqrt(strength * config.input_width))

    def padded(self, count: int) -> Marks:
        """Return marks of `count` inputs; those too many belong to nobody."""
        nobody = tuple(f"\0{number}" for number in range(count - len(self.voices)))
        return replace(self, voices=(*self.voices, *nobody))

    def config(self, config: HeadConfig) -> HeadConfig:
        """Return the head's sizes with the marks among its inputs."""
        return replace(config, layers=1, width=config.input_width + len(self.voices))

    def start(self, parameters: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """Return parameters whose projection has a zero column more for each mark."""
        weight = parameters["projection.weight"]
        more = weight.new_zeros(*weight.shape[:-1], len(self.voices))
        return {**parameters, "projection.weight": torch.cat([weight, more], dim=-1)}

    def marked(self, x: Tensor, voices: Sequence[str]) -> Tensor:
        """Return features x [N, L, W] as [N, 1, L*W + V], the mark of each clip's voice set."""
        place = {voice: number for number, voice in enumerate(self.voices)}
        marks = x.new_zeros(len(x), len(self.voices))
        for row, voice in enumerate(voices):
            if voice in place:
                marks[row, place[voice]] = self.length
        return torch.cat([x.flatten(1), marks], dim=1).unsqueeze(1)

    def parted(self, adapted: Mapping[str, Tensor]) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Return adapted parameters without the marks' columns, and each voice's offset [H]."""
        weight = adapted["projection.weight"]
        count = weight.shape[-1] - len(self.voices)
        plain = {**adapted, "projection.weight": weight[..., :count].contiguous()}
        offsets = {
            voice_key(voice): (self.length * weight[..., count + number]).contiguous()
            for number, voice in enumerate(self.voices)
        }
        return plain, offsets


def offsets_of(
    parameters: Mapping[str, FloatArray], voices: Sequence[str], hidden: int
) -> FloatArray:
    """Return what is added to the hidden layer [N, H] of clips in these voices."""
    result = np.zeros((len(voices), hidden), np.float32)
    for row, voice in enumerate(voices):
        offset = parameters.get(voice_key(voice))
        if offset is not None:
            result[row] = offset
    return result
