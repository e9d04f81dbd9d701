"""What other ways of computing the bundled encoder gain in time, and change in labels.

    python benchmarks/encoder_kinds.py CORPORA [--json] [--kinds A,B] [--speed] [--rounds N]

`float32` is the program's own encoder. The others are the same network, written plainly:
`bfloat16` and `int8` (dynamic, of torch) for its linear layers, `compiled` by torch.compile
(needs a C++ compiler), `onnx` and `onnx-int8` (dynamic, a scale for each output) by ONNX Runtime;
for these `onnx` and `onnxscript` must be installed, to write the network down.

Time: 22 clips of EMO-DB, processor time, one thread, ways in turns: clip by clip, and where it can
be done several clips in one pass. `bound` is what the multiplications alone would take at the
rate of the best float32 product of the same rounds.

Labels: heads are trained once on float32 features, and tested on those of every kind: trained on
RAVDESS, nEMO and RAKSHAK and tested on EMO-DB (`new corpus`), and in five folds of speakers
(`new speakers`). `half` are float32 features, rounded to half precision as for storing. Features
are kept in the cache, each kind under an id of its own; without them it takes an hour.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import numpy as np
import torch
from machine import machine
from safetensors.torch import load_file
from torch import nn
from worlds import CORPORA, ROOT

from perser_gui import paths
from perser_gui.audio.decode import open_waveform
from perser_gui.audio.presence import hear
from perser_gui.corpora import read_corpus
from perser_gui.metatraining.config import read_config
from perser_gui.metatraining.data import Material, Rows, normalized
from perser_gui.metatraining.embedding import embed_tables
from perser_gui.metatraining.figures import figures_of
from perser_gui.metatraining.pretrain import fit
from perser_gui.metatraining.pretrain_report import speaker_folds
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.model.head import logits
from perser_gui.records import FloatArray
from perser_gui.upstream import BUNDLED, ENCODERS, Encoder, FeatureCache, load_encoder
from perser_gui.upstream.mel import LogMel
from perser_gui.upstream.piecewise import PiecewiseEncoder

KINDS = ("float32", "bfloat16", "int8", "compiled", "onnx", "onnx-int8")
SHARING = ("float32", "bfloat16", "int8")
EVERY = 25
"""One of so many clips of EMO-DB is timed."""

FOLDS = 5
PRODUCT = (750, 512, 2048)


class Rounded(nn.Linear):
    """A linear layer in bfloat16 between float32 ones."""

    def forward(self, frames: torch.Tensor) -> torch.Tensor:
        """Return [T, out] in float32."""
        return super().forward(frames.bfloat16()).float()


class Block(nn.Module):
    """A transformer block over frames of several clips, laid end to end."""

    def __init__(self, width: int, inner: int, heads: int) -> None:
        super().__init__()
        self.heads = heads
        self.self_attn_layer_norm, self.final_layer_norm = nn.LayerNorm(width), nn.LayerNorm(width)
        self.self_attn = nn.ModuleDict(
            {
                f"{name}_proj": nn.Linear(width, width, name != "k")
                for name in ("q", "k", "v", "out")
            }
        )
        self.fc1, self.fc2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x: torch.Tensor, lengths: list[int] | None) -> torch.Tensor:
        """Return frames [T, D]; `lengths` are those of several clips, None for a single one."""
        seen = self.self_attn_layer_norm(x)
        found = [self.self_attn[f"{name}_proj"](seen) for name in ("q", "k", "v")]
        clips = [found] if lengths is None else zip(*(f.split(lengths) for f in found), strict=True)
        attended = torch.cat([self._attended(*clip) for clip in clips])
        x = x + self.self_attn["out_proj"](attended)
        return x + self.fc2(nn.functional.gelu(self.fc1(self.final_layer_norm(x))))

    def _attended(self, *found: torch.Tensor) -> torch.Tensor:
        q, k, v = (f.view(1, f.shape[0], self.heads, -1).transpose(1, 2) for f in found)
        states = nn.functional.scaled_dot_product_attention(q, k, v)
        return states[0].transpose(0, 1).reshape(found[0].shape)


class Front(nn.Module):
    """The bundled front, written plainly: log-mel frames [2T, bins] to hidden states [L, T, D]."""

    def __init__(self) -> None:
        super().__init__()
        folder = paths.shipped("models", BUNDLED["bundled"])
        sizes = json.loads((folder / "encoder.json").read_text(encoding="utf-8"))
        width, inner = sizes["d_model"], sizes["encoder_ffn_dim"]
        self.bins = sizes["num_mel_bins"]
        self.conv1 = nn.Conv1d(self.bins, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, padding=1, stride=2)
        self.embed_positions = nn.Embedding(sizes["max_source_positions"], width)
        heads = sizes["encoder_attention_heads"]
        self.layers = nn.ModuleList(
            Block(width, inner, heads) for _ in range(sizes["encoder_layers"])
        )
        weights = load_file(folder / "encoder.safetensors")
        self.load_state_dict({name: value.float() for name, value in weights.items()})
        self.eval().requires_grad_(False)

    def forward(self, mel: torch.Tensor) -> torch.Tensor:
        """Return the hidden states of one clip."""
        return self._through(self._convolved(mel), None)

    def shared(self, mels: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """Return the hidden states of several clips that share every linear layer."""
        clips = [self._convolved(mel) for mel in mels]
        lengths = [len(clip) for clip in clips]
        return list(self._through(torch.cat(clips), lengths).split(lengths, dim=1))

    def _convolved(self, mel: torch.Tensor) -> torch.Tensor:
        first = nn.functional.gelu(self.conv1(mel.t()[None]))
        x = nn.functional.gelu(self.conv2(first))[0].t()
        return x + self.embed_positions.weight[: x.shape[0]]

    def _through(self, x: torch.Tensor, lengths: list[int] | None) -> torch.Tensor:
        kept = []
        for block in self.layers:
            x = block(x, lengths)
            kept.append(x)
        return torch.stack(kept)


class Kind(PiecewiseEncoder):
    """The front in one way of computing it."""

    def __init__(self, kind: str) -> None:
        usual = load_encoder("bundled", device="cpu")
        super().__init__(
            identity=f"{usual.id}-{kind}",
            name=kind,
            layers=usual.layers,
            channels=usual.width // 2,
            device=torch.device("cpu"),
        )
        front = Front()
        self._mel = LogMel(front.bins, self._device)
        self._states = computed(front, kind)

    def _hidden(self, clips: Sequence[FloatArray]) -> list[torch.Tensor]:
        return self._states(self._mel(clips))

    def _move(self, device: torch.device) -> None:
        raise RuntimeError(f"{self.name} stays on the CPU, not {device}")


States = Callable[[Sequence[torch.Tensor]], list[torch.Tensor]]


def computed(front: Front, kind: str) -> States:
    """Return what computes the states of clips, one after the other where it cannot share."""
    if kind == "bfloat16":
        for layer in [each for each in front.modules() if type(each) is nn.Linear]:
            layer.__class__ = Rounded
            layer.bfloat16()
        return front.shared
    if kind == "int8":
        linear = {nn.Linear}
        return torch.ao.quantization.quantize_dynamic(front, linear, dtype=torch.qint8).shared
    if kind == "compiled":
        made = torch.compile(front, dynamic=True)
        return lambda mels: [made(mel) for mel in mels]
    return in_onnx(front, small=kind == "onnx-int8")


def in_onnx(front: Front, *, small: bool) -> States:
    import onnxruntime
    from onnxruntime.quantization import QuantType, quantize_dynamic

    with tempfile.TemporaryDirectory() as name:
        plain, rounded = Path(name, "plain.onnx"), Path(name, "rounded.onnx")
        frames = torch.export.Dim("frames", min=4, max=1500)
        example = (torch.randn(301, front.bins),)
        torch.onnx.export(
            front,
            example,
            plain,
            dynamo=True,
            dynamic_shapes=({0: frames},),
            external_data=False,
            verbose=False,
        )
        if small:
            quantize_dynamic(
                plain,
                rounded,
                weight_type=QuantType.QInt8,
                op_types_to_quantize=["MatMul", "Gemm"],
                per_channel=True,
            )
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(rounded if small else plain, options)
    entry = session.get_inputs()[0].name
    return lambda mels: [torch.from_numpy(session.run(None, {entry: m.numpy()})[0]) for m in mels]


def encoder_of(kind: str) -> Encoder:
    """Return an encoder that computes in this way."""
    return load_encoder("bundled", device="cpu") if kind == "float32" else Kind(kind)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpora", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--kinds", default=",".join(KINDS))
    parser.add_argument("--speed", action="store_true", help="only the time")
    parser.add_argument("--rounds", type=int, default=7)
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    kinds = list(dict.fromkeys(["float32", *arguments.kinds.split(",")]))
    unknown = sorted({*kinds} - {*KINDS})
    if unknown:
        parser.error(f"no such kind: {', '.join(unknown)}")
    report: dict[str, object] = {
        "benchmark": "encoder_kinds",
        "speed": speed(arguments.corpora, kinds, arguments.rounds),
    }
    if not arguments.speed:
        report["labels"] = list(labels(arguments.corpora, kinds))
    report["machine"] = machine()
    print(json.dumps(report, indent=None if not arguments.json else 2))


def speed(corpora: Path, kinds: Sequence[str], rounds: int) -> dict[str, Any]:
    """Return processor time (s) per second of audio, medians, and how many times as fast."""
    files = sorted((corpora / "emodb").glob("*.flac"))[::EVERY]
    clips = [hear(open_waveform(file)).sound for file in files]
    seconds = sum(clip.seconds for clip in clips)
    encoders = {kind: encoder_of(kind) for kind in kinds}
    rows, inner, outer = PRODUCT
    product = partial(torch.mm, torch.ones(rows, inner), torch.ones(inner, outer))
    tasks: dict[str, Callable[[], object]] = {"product": product}
    for kind, encoder in encoders.items():
        tasks[f"{kind}, alone"] = partial(_each, encoder, clips)
        if kind in SHARING:
            tasks[f"{kind}, shared"] = partial(encoder.embed_batch, clips)
    taken: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(rounds + 1):
        for name, task in tasks.items():
            start = time.process_time()
            task()
            if turn:  # the first round warms up
                taken[name].append(time.process_time() - start)
    rate = rows * inner * outer / min(taken.pop("product"))
    factors = {name: statistics.median(times) / seconds for name, times in taken.items()}
    usual = factors["float32, alone"]
    from encoder_speed import SECONDS, multiply_adds

    return {
        "clips": len(clips),
        "audio_seconds": round(seconds, 1),
        "factor": {name: round(factor, 5) for name, factor in factors.items()},
        "times_as_fast": {name: round(usual / factor, 2) for name, factor in factors.items()},
        "bound": round(multiply_adds("bundled") / sum(SECONDS) / rate, 5),
    }


def _each(encoder: Encoder, clips: Sequence[Any]) -> None:
    for clip in clips:
        encoder.embed(clip)


def labels(corpora: Path, kinds: Sequence[str]) -> Iterator[dict[str, object]]:
    """Yield UAR and changed labels of every protocol, corpus and kind."""
    tables = [read_corpus(each.format(corpora), None) for each in CORPORA.values()]
    cache = FeatureCache(paths.cache_dir() / "features")
    x: dict[str, FloatArray] = {}
    for kind in kinds:
        ENCODERS[kind] = lambda _device, kind=kind: encoder_of(kind)
        embedded = embed_tables(tables, kind, cache=cache)
        material = embedded.material(tables)
        x[kind] = material.clips.x
        if kind == "float32":
            usual = material
            x["half"] = x[kind].astype(np.float16).astype(np.float32)
        assert material.clips.names == usual.clips.names
    config = read_config(ROOT / "docs/recipes/meta-base.toml").pretrain
    targets = usual.aggregated()
    rows, where = targets.rows, np.array(usual.clips.corpora)
    tested = rows[where[rows] == "emodb"]
    theta = fit(usual, targets, np.setdiff1d(rows, tested), config).checkpoint
    shape = (len(usual.clips), len(usual.classes))
    scores = {kind: np.zeros(shape, np.float32) for kind in x}
    for kind in x:
        scores[kind][tested] = _scores(usual, x[kind], theta, tested)
    yield from _told("new corpus", "emodb", usual, tested, scores)
    fold = speaker_folds(usual.clips, rows, FOLDS, config.seed)
    for number in range(FOLDS):
        test, train = np.flatnonzero(fold == number), np.flatnonzero((fold >= 0) & (fold != number))
        theta = fit(usual, targets, train, config, refit=False).checkpoint
        for kind in x:
            scores[kind][test] = _scores(usual, x[kind], theta, test)
    for corpus in sorted(set(where[rows].tolist())):
        yield from _told("new speakers", corpus, usual, rows[where[rows] == corpus], scores)


def _scores(material: Material, x: FloatArray, theta: Checkpoint, rows: Rows) -> FloatArray:
    clips = replace(material.clips, x=x).take(rows)
    features = torch.from_numpy(normalized(clips, theta.normalization))
    with torch.no_grad():
        found: FloatArray = logits(theta.parameters, features, theta.head).numpy()
    return found


def _told(
    protocol: str, corpus: str, material: Material, rows: Rows, scores: dict[str, FloatArray]
) -> Iterator[dict[str, object]]:
    aggregated = material.aggregated()
    targets = aggregated.targets[np.searchsorted(aggregated.rows, rows)]
    usual = scores["float32"][rows]
    for kind, found in scores.items():
        said = torch.from_numpy(found[rows])
        uar = figures_of(said, targets, material.classes).as_dict()["uar"]
        apart = np.abs(said.softmax(-1).numpy() - torch.from_numpy(usual).softmax(-1).numpy())
        changed = int((found[rows].argmax(1) != usual.argmax(1)).sum())
        told = {"uar": round(uar, 4), "changed": changed, "apart": round(float(apart.max()), 4)}
        yield {"protocol": protocol, "corpus": corpus, "kind": kind, "clips": len(rows), **told}


if __name__ == "__main__":
    main()
