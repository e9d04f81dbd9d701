from __future__ import annotations

import hashlib
import json
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
import torch
import transformers

from perser_gui.errors import Cancelled, PerserError
from perser_gui.fetch import ATTEMPTS
from perser_gui.paths import data_dir
from perser_gui.progress import Progress
from perser_gui.upstream import load_encoder
from perser_gui.upstream.hub import RECEIPT, download, downloaded_folder

from .conftest import MakeClip

COMMIT = "0123456789abcdef0123456789abcdef01234567"
NAME = "tiny/wavlm"


class Hub(ThreadingHTTPServer):
    """A stand-in for the hub that serves one model, honestly or not."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), HubRequest)
        self.files: dict[str, bytes] = {}
        self.announced: dict[str, object] = {}
        self.asked: list[str] = []
        self.cut: dict[str, list[int]] = {}
        self.ranges = True
        self.sent = 0
        self.status: dict[str, int] = {}

    def handle_error(self, request: object, client_address: object) -> None:
        """Let a client that has heard enough hang up; anything else is a fault of the test."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def offer(self, files: dict[str, bytes]) -> None:
        """Serve `files` and announce them truly."""
        self.files = files
        self.announced = {"sha": COMMIT, "siblings": [sibling(n, b) for n, b in files.items()]}


def sibling(name: str, content: bytes) -> dict[str, object]:
    git = hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()
    entry: dict[str, object] = {"rfilename": name, "size": len(content), "blobId": git}
    if name.endswith(".safetensors"):
        entry["lfs"] = {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}
    return entry


class HubRequest(BaseHTTPRequestHandler):
    server: Hub

    def do_GET(self) -> None:
        hub = self.server
        hub.asked.append(self.path)
        name = self.path.rpartition("/")[2]
        if self.path.startswith("/api/models/"):
            body = json.dumps(hub.announced).encode()
        elif name in hub.files and f"/resolve/{COMMIT}/" in self.path:
            body = hub.files[name]
        else:
            self.send_error(404)
            return
        if name in hub.status:
            self.send_error(hub.status[name])
            return
        start = 0
        wanted = self.headers.get("Range")
        if wanted and hub.ranges:
            start = int(wanted.removeprefix("bytes=").rstrip("-"))
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(body) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(body) - 1}/{len(body)}")
        self.end_headers()
        cuts = hub.cut.get(name, [])
        end = start + cuts.pop(0) if cuts else len(body)
        hub.sent += len(body[start:end])
        self.wfile.write(body[start:end])

    def log_message(self, *arguments: object) -> None:
        """Keep the test output clean."""


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    with Hub() as server:
        monkeypatch.setenv("HF_ENDPOINT", server.address)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a tiny random WavLM, and one that must never be fetched."""
    folder = tmp_path_factory.mktemp("model")
    torch.manual_seed(3)
    config = transformers.WavLMConfig(
        hidden_size=32,
        num_hidden_layers=1,
        num_attention_heads=4,
        intermediate_size=48,
        conv_dim=(16,) * 7,
        num_conv_pos_embeddings=16,
        num_conv_pos_embedding_groups=4,
    )
    transformers.WavLMModel(config).save_pretrained(folder)
    transformers.Wav2Vec2FeatureExtractor().save_pretrained(folder)
    (folder / "README.md").write_text("# A tiny random model\n")
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04 a pickle")
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_downloaded_model_is_used_and_later_found_without_the_network(
    hub: Hub, model: dict[str, bytes], make_clip: MakeClip
) -> None:
    hub.offer(model)
    first = load_encoder(f"huggingface:{NAME}", device="cpu", download=True)
    kept = {path.name: path.read_bytes() for path in downloaded_folder(NAME).iterdir()}
    assert json.loads(kept.pop(RECEIPT))["commit"] == COMMIT
    assert kept == {name: raw for name, raw in model.items() if not name.endswith(".bin")}
    assert data_dir() in downloaded_folder(NAME).parents
    asked = len(hub.asked)
    again = load_encoder(f"huggingface:{NAME}", device="cpu")
    assert len(hub.asked) == asked
    assert again.id == first.id
    clip = make_clip(0.5)
    np.testing.assert_array_equal(first.embed(clip), again.embed(clip))


@pytest.mark.usefixtures("no_sockets")
def test_a_model_that_is_here_and_intact_is_not_fetched_again(tmp_path: Path) -> None:
    folder = downloaded_folder(NAME)
    folder.mkdir(parents=True)
    (folder / "config.json").write_bytes(b"{}")
    digest = hashlib.sha256(b"{}").hexdigest()
    (folder / RECEIPT).write_text(json.dumps({"digests": {"config.json": digest}}))
    assert download(NAME) == folder


@pytest.mark.parametrize("leftover", [True, False])
def test_a_model_that_was_damaged_later_is_repaired(
    leftover: bool, hub: Hub, model: dict[str, bytes]
) -> None:
    hub.offer(model)
    folder = download(NAME)
    weights = folder / "model.safetensors"
    damaged = bytearray(weights.read_bytes())
    damaged[-1] ^= 1
    weights.write_bytes(damaged)
    if leftover:
        folder.with_name(f"{folder.name}.partial").mkdir()
    assert download(NAME) == folder
    assert weights.read_bytes() == model["model.safetensors"]
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]


def test_pickled_weights_are_not_even_asked_for(hub: Hub, model: dict[str, bytes]) -> None:
    hub.offer(model)
    download(NAME)
    assert not [path for path in hub.asked if ".bin" in path]


def test_a_model_with_pickled_weights_only_is_refused(hub: Hub, model: dict[str, bytes]) -> None:
    hub.offer({name: raw for name, raw in model.items() if name != "model.safetensors"})
    with pytest.raises(PerserError, match="no safetensors weights"):
        download(NAME)
    assert len(hub.asked) == 1


def test_progress_rises_by_bytes_to_one(hub: Hub, model: dict[str, bytes]) -> None:
    hub.offer(model)
    seen: list[float] = []
    download(NAME, Progress(lambda share, _text: seen.append(share)))
    assert seen == sorted(seen)
    assert seen[-1] == 1.0
    total = sum(len(raw) for name, raw in model.items() if not name.endswith(".bin"))
    before_weights = total - len(model["model.safetensors"])
    assert any(abs(share - before_weights / total) < 1e-6 for share in seen)


def test_a_revision_is_asked_for_by_name(hub: Hub, model: dict[str, bytes]) -> None:
    hub.offer(model)
    download(f"{NAME}@refs/pr/7")
    assert hub.asked[0] == f"/api/models/{NAME}/revision/refs%2Fpr%2F7?blobs=true"
    assert all(f"/resolve/{COMMIT}/" in path for path in hub.asked[1:])
    assert not downloaded_folder(NAME).exists()


def test_a_server_that_sends_other_bytes_than_announced_is_not_believed(
    hub: Hub, model: dict[str, bytes]
) -> None:
    hub.offer(model)
    forged = bytearray(model["model.safetensors"])
    forged[-1] ^= 1
    hub.files = model | {"model.safetensors": bytes(forged)}
    with pytest.raises(PerserError, match=r"model\.safetensors arrived damaged"):
        download(NAME)
    assert not downloaded_folder(NAME).exists()
    with pytest.raises(PerserError, match="not on this computer"):
        load_encoder(f"huggingface:{NAME}")
    hub.files = model
    assert (download(NAME) / "model.safetensors").read_bytes() == model["model.safetensors"]


def test_a_forged_small_file_is_not_believed_either(hub: Hub, model: dict[str, bytes]) -> None:
    hub.offer(model)
    hub.files = model | {"config.json": model["config.json"].replace(b"1", b"2")}
    with pytest.raises(PerserError, match=r"config\.json arrived damaged"):
        download(NAME)


@pytest.mark.parametrize("ranges", [True, False])
def test_a_line_that_drops_is_taken_up_where_it_broke(
    ranges: bool, hub: Hub, model: dict[str, bytes]
) -> None:
    hub.offer(model)
    hub.ranges = ranges
    size = len(model["model.safetensors"])
    hub.cut = {"model.safetensors": [size // 3, size // 2]}
    folder = download(NAME, pause=0)
    assert (folder / "model.safetensors").read_bytes() == model["model.safetensors"]
    once = sum(len((folder / name).read_bytes()) for name in model if not name.endswith(".bin"))
    announcement = len(json.dumps(hub.announced))
    assert (hub.sent == once + announcement) is ranges


def test_a_truncated_file_is_an_error_and_goes_on_next_time(
    hub: Hub, model: dict[str, bytes]
) -> None:
    hub.offer(model)
    hub.cut = {"model.safetensors": [100, *[0] * ATTEMPTS]}
    with pytest.raises(PerserError, match=r"model\.safetensors could not .* it will be continued"):
        download(NAME, pause=0)
    hub.asked.clear()
    folder = download(NAME)
    assert (folder / "model.safetensors").read_bytes() == model["model.safetensors"]
    assert not [path for path in hub.asked if path.endswith("config.json")]


def test_a_server_that_sends_more_than_it_announced_is_left(
    hub: Hub, model: dict[str, bytes]
) -> None:
    hub.offer(model)
    hub.files = model | {"model.safetensors": model["model.safetensors"] + b"x" * 10_000_000}
    with pytest.raises(PerserError, match=r"bytes as model\.safetensors, which has"):
        download(NAME)
    assert not list(downloaded_folder(NAME).parent.rglob("model.safetensors*"))
    assert not downloaded_folder(NAME).exists()


def test_cancelling_leaves_nothing_that_looks_finished(hub: Hub, model: dict[str, bytes]) -> None:
    hub.offer(model)
    progress = Progress()

    def cancel(share: float, text: str) -> None:
        if "model.safetensors" in text:
            progress.cancel()

    progress._report = cancel
    with pytest.raises(Cancelled):
        download(NAME, progress)
    assert not downloaded_folder(NAME).exists()


@pytest.mark.parametrize(
    "announced",
    [
        {},
        [],
        "no",
        {"sha": "main", "siblings": []},
        {"sha": COMMIT, "siblings": [{"rfilename": "config.json"}]},
        {"sha": COMMIT, "siblings": "x"},
        {"sha": [], "siblings": []},
    ],
)
def test_nonsense_about_a_model_is_refused(announced: object, hub: Hub) -> None:
    hub.announced = announced  # type: ignore[assignment]
    with pytest.raises(PerserError, match="makes no sense"):
        download(NAME)


def test_announced_paths_cannot_leave_the_folder(
    hub: Hub, model: dict[str, bytes], tmp_path: Path
) -> None:
    hub.offer(model)
    siblings = hub.announced["siblings"]
    assert isinstance(siblings, list)
    for name in ("../../evil.safetensors", "../config.json", "model-1-of-2/../../x.safetensors"):
        siblings.append(sibling(name, b"evil"))
    download(NAME)
    assert not list(tmp_path.rglob("evil*"))
    assert not [path for path in hub.asked if ".." in path]


@pytest.mark.parametrize(
    ("status", "words"), [(404, "open to everyone"), (401, "open to everyone"), (503, "try again")]
)
def test_a_refusing_server_is_reported_in_a_plain_sentence(
    status: int, words: str, hub: Hub, model: dict[str, bytes]
) -> None:
    hub.offer(model)
    hub.status = {"model.safetensors": status}
    with pytest.raises(PerserError, match=words):
        download(NAME, pause=0)


def test_no_connection_is_reported_in_a_plain_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(PerserError, match="check the connection"):
        download(NAME, pause=0)


def test_an_endpoint_that_is_no_web_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "file:///etc")
    with pytest.raises(PerserError, match="HF_ENDPOINT"):
        download(NAME)
