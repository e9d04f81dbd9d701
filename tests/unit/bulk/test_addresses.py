"""Manifests, clips and results at addresses: a store of objects of our own, and a web server."""

from __future__ import annotations

import importlib
import io
import sys
import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

import pytest

pytest.importorskip("pyarrow", reason="the extra bulk is not installed")
pytest.importorskip("s3fs", reason="the extra s3 is not installed")

from pyarrow import parquet

from perser_gui.bulk import BulkTask, read_manifest
from perser_gui.bulk.output import Output
from perser_gui.bulk.run import run_bulk
from perser_gui.errors import PerserError
from perser_gui.paths import shipped

STARTERS = sorted(shipped("resources", "starter").glob("*.flac"))[:3]
EMPTY = "<ListBucketResult><IsTruncated>false</IsTruncated>{}</ListBucketResult>"


class Objects(BaseHTTPRequestHandler):
    """As much of the S3 protocol as reading, writing and listing takes; it asks for no key."""

    protocol_version = "HTTP/1.1"

    def __init__(self, kept: dict[str, bytes], *arguments: object) -> None:
        self.kept = kept
        super().__init__(*arguments)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        asked = urlsplit(self.path)
        name = unquote(asked.path).strip("/")
        if "list-type" in (query := parse_qs(asked.query)):
            self.answer(200, self.listed(name, query))
        elif "/" not in name:
            self.answer(200, b"")
        elif name not in self.kept:
            self.answer(404, b"<Error><Code>NoSuchKey</Code></Error>")
        else:
            start, _, end = self.headers.get("Range", "bytes=0-")[6:].partition("-")
            data = self.kept[name][int(start) : int(end) + 1 if end else None]
            self.answer(206 if "Range" in self.headers else 200, data)

    def do_PUT(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        self.kept[unquote(urlsplit(self.path).path).strip("/")] = content
        self.answer(200, b"")

    def listed(self, bucket: str, query: dict[str, list[str]]) -> bytes:
        prefix = query.get("prefix", [""])[0]
        names = [n.removeprefix(f"{bucket}/") for n in sorted(self.kept) if n.startswith(bucket)]
        below = [name for name in names if name.startswith(prefix)]
        folders = {
            prefix + n[len(prefix) :].split("/")[0] + "/" for n in below if "/" in n[len(prefix) :]
        }
        found = [
            f"<Contents><Key>{escape(name)}</Key><Size>{len(self.kept[f'{bucket}/{name}'])}</Size>"
            "<LastModified>2026-01-01T00:00:00Z</LastModified></Contents>"
            for name in below
            if "/" not in name[len(prefix) :]
        ]
        found += [f"<CommonPrefixes><Prefix>{f}</Prefix></CommonPrefixes>" for f in sorted(folders)]
        return EMPTY.format("".join(found)).encode()

    def answer(self, status: int, data: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(data)))
        self.send_header("ETag", '"0"')
        self.send_header("Last-Modified", "Thu, 01 Jan 2026 00:00:00 GMT")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


class Folder(SimpleHTTPRequestHandler):
    """A folder on the web."""

    def log_message(self, *arguments: object) -> None:
        """Say nothing."""


def served(handler: object) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, bytes]]:
    """The objects of the store, by bucket and key."""
    objects: dict[str, bytes] = {}
    for address in served(partial(Objects, objects)):
        for name, value in {
            "AWS_ENDPOINT_URL": address,
            "AWS_ACCESS_KEY_ID": "nobody",
            "AWS_SECRET_ACCESS_KEY": "nothing",
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_REQUEST_CHECKSUM_CALCULATION": "when_required",
        }.items():
            monkeypatch.setenv(name, value)
        yield objects


def test_a_manifest_its_clips_and_the_results_may_lie_in_an_object_store(
    kept: dict[str, bytes],
) -> None:
    for path in STARTERS:
        kept[f"sounds/calls/{path.name}"] = path.read_bytes()
    names = [f"s3://sounds/calls/{path.name}" for path in STARTERS]
    kept["sounds/calls.csv"] = "\n".join(["file", *names, "s3://sounds/gone.wav"]).encode()
    task = BulkTask("embed", "bundled-light", "s3://sounds/results", {}, device="cpu")
    manifest = read_manifest("s3://sounds/calls.csv", 2)
    first = run_bulk(manifest, task, workers=1)
    assert (first.done, first.failed) == (3, 1)
    found = [
        parquet.read_table(io.BytesIO(kept[f"sounds/results/part-{number:05}.parquet"])).to_pylist()
        for number in (0, 1)
    ]
    assert [row["file"] for rows in found for row in rows] == names
    failed = parquet.read_table(io.BytesIO(kept["sounds/results/failed/part-00001.parquet"]))
    assert [row["file"] for row in failed.to_pylist()] == ["s3://sounds/gone.wav"]
    del kept["sounds/results/part-00000.parquet"]
    assert Output("s3://sounds/results").done() == {1}
    again = run_bulk(manifest, task, workers=1)
    assert (again.before, again.done) == (2, 2)
    assert "sounds/results/part-00000.parquet" in kept


def test_a_manifest_and_clips_may_lie_on_the_web(tmp_path: Path) -> None:
    folder = tmp_path / "web"
    folder.mkdir()
    for path in STARTERS:
        (folder / path.name).write_bytes(path.read_bytes())
    for address in served(partial(Folder, directory=str(folder))):
        lines = ["file", *(f"{address}/{path.name}" for path in STARTERS)]
        (folder / "calls.csv").write_text("\n".join(lines))
        out = tmp_path / "results"
        task = BulkTask("embed", "bundled-light", str(out), {}, device="cpu")
        run_bulk(read_manifest(f"{address}/calls.csv"), task, workers=1)
        rows = parquet.read_table(out / "part-00000.parquet").to_pylist()
        assert [row["file"] for row in rows] == lines[1:]


def test_a_package_that_an_address_needs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    known = importlib.import_module("fsspec.registry")
    monkeypatch.delitem(known._registry, "s3", raising=False)
    monkeypatch.setitem(sys.modules, "s3fs", None)
    with pytest.raises(PerserError, match="s3fs"):
        read_manifest("s3://sounds/calls.csv")
    with pytest.raises(PerserError, match="s3fs"):
        Output("s3://sounds/results")
