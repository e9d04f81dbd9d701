from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from perser_gui.errors import Cancelled, PerserError
from perser_gui.progress import Progress
from perser_gui.upstream import FeatureCache, embed_clips, load_encoder

from .conftest import MakeClip, MakeFile

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    ("name", "layers", "width"), [("bundled", 3, 1024), ("bundled-light", 2, 768)]
)
def test_bundled_encoders_have_the_promised_sizes(
    name: str, layers: int, width: int, make_clip: MakeClip
) -> None:
    encoder = load_encoder(name, device="cpu")
    assert (encoder.name, encoder.layers, encoder.width) == (name, layers, width)
    assert encoder.embed(make_clip(0.5)).shape == (layers, width)


@pytest.mark.usefixtures("no_sockets")
def test_embedding_with_a_bundled_encoder_opens_no_socket(
    make_file: MakeFile, tmp_path: Path
) -> None:
    clips = [make_file(0.4, seed) for seed in range(3)]
    cache = FeatureCache(tmp_path / "features")
    result = embed_clips(clips, load_encoder("bundled-light"), cache)
    assert len(result.features) == 3
    again = embed_clips(clips, load_encoder("bundled-light"), cache)
    for clip in clips:
        np.testing.assert_array_equal(
            again.features[clip.content].layers, result.features[clip.content].layers
        )


@pytest.mark.parametrize("name", ["", "whisper", "huggingface:", "Bundled", "bundled/../x"])
def test_unknown_names_are_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(PerserError, match="bundled, bundled-light, or huggingface:"):
        load_encoder(name)


@pytest.mark.parametrize("device", ["cuda:99", "gpu", "meta", "tpu!"])
def test_devices_that_are_not_there_are_refused_by_name(device: str) -> None:
    with pytest.raises(PerserError, match="choose auto or cpu"):
        load_encoder("bundled-light", device=device)


def test_loading_reports_progress_and_can_be_cancelled() -> None:
    seen: list[float] = []
    load_encoder("bundled-light", progress=Progress(lambda share, _text: seen.append(share)))
    assert seen[0] == 0.0
    assert seen[-1] == 1.0
    cancelled = Progress()
    cancelled.cancel()
    with pytest.raises(Cancelled):
        load_encoder("bundled-light", progress=cancelled)


def modules_after(code: str) -> set[str]:
    script = f"{code}\nimport sys\nprint(' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split())


def test_importing_the_package_loads_neither_torch_nor_transformers() -> None:
    loaded = modules_after("import perser_gui.upstream")
    assert "perser_gui.upstream.encoders" in loaded
    assert not loaded & {"torch", "transformers", "huggingface_hub"}


def test_a_bundled_encoder_loads_torch_but_not_transformers() -> None:
    loaded = modules_after("import perser_gui.upstream as u; u.load_encoder('bundled-light')")
    assert "torch" in loaded
    assert not loaded & {"transformers", "huggingface_hub"}
