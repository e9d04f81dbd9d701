"""The card and the notice that stand beside bundled encoder weights."""

from __future__ import annotations

from perser_gui.upstream.whisper import FrontSettings

LICENSE = """\
The weights in this folder are taken from Whisper by OpenAI
(https://github.com/openai/whisper), under the following licence.

MIT License

Copyright (c) 2022 OpenAI

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""


def card(settings: FrontSettings, digest: str) -> str:
    """Return the model card of a bundled encoder whose weights file has SHA-256 `digest`."""
    millions = sum(_count(shape) for shape in settings.shapes().values()) / 1e6
    return f"""\
# {settings.name}

The convolutions and the first {settings.encoder_layers} transformer blocks of the encoder of
[{settings.source}](https://huggingface.co/{settings.source}), unchanged but for rounding to
half precision and for the positions, which end at {settings.max_source_positions / 50:g} s.
Nothing was trained here.

| | |
|---|---|
| Weights | `encoder.safetensors`, float16, {millions:.1f} million numbers, computed in float32 |
| SHA-256 | `{digest}` |
| Input | mono, 16 kHz, {settings.num_mel_bins} log-mel bands in frames of 10 ms, not padded |
| Output | the states after blocks 1 to {settings.encoder_layers}, {settings.d_model} channels, \
one frame in 20 ms |
| Statistics | mean and population standard deviation over time: \
[{settings.encoder_layers}, {2 * settings.d_model}] per clip |
| Longer clips | cut into equal pieces of at most 15 s, their statistics pooled exactly |
| Licence | MIT, copyright 2022 OpenAI; see `LICENSE` |

The log-mel frames equal those of transformers' `WhisperFeatureExtractor` on the unpadded clip, and
the states equal those of its `WhisperEncoder` within 1e-4; the project's tests hold both.

## Use

It describes how a clip sounds. What a listener would call it is decided by a small head trained on
top; see the cards of the checkpoints. Whisper was trained to transcribe, largely on English speech
from the web: accents, languages, ages and recording conditions that are rare there are described
less well. The states still carry what was said and who said it, so features of private recordings
are private too.

## Making it again

    perser models build-bundled SOURCE OUT

where `SOURCE` is the folder of {settings.source} from the hub (`config.json`, `model.safetensors`).
The same weights give the same bytes.
"""


def _count(shape: tuple[int, ...]) -> int:
    product = 1
    for size in shape:
        product *= size
    return product
