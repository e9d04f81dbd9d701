"""Downloads against a local server that stalls, truncates, lies and refuses."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from perser_gui import fetch as fetching
from perser_gui.errors import Cancelled, PerserError
from perser_gui.fetch import Remote, fetch, fetch_bytes, file_digest
from perser_gui.progress import Progress

CONTENT = bytes(range(256)) * 2000
SHA = "sha256:" + hashlib.sha256(CONTENT).hexdigest()


class Server:
    """Serves `content` with the faults of `plan`, one entry per request; then without any."""

    def __init__(self) -> None:
        self.content = CONTENT
        self.etag = '"one"'
        self.plan: list[str] = []
        self.ranges: list[str | None] = []
        self.release = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.ranges.append(self.headers.get("Range"))
                outer.answer(self, outer.plan.pop(0) if outer.plan else "")

            def log_message(self, *_: object) -> None:
                return

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.01,))
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.http.server_address[1]}/file.bin"

    def answer(self, request: BaseHTTPRequestHandler, fault: str) -> None:
        data, start = self.content, 0
        asked = request.headers.get("Range")
        condition = request.headers.get("If-Range", self.etag)
        if fault.isdigit():
            request.send_response(int(fault))
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        if fault.startswith("to "):
            request.send_response(302)
            request.send_header("Location", fault[3:])
            request.end_headers()
            return
        if asked and condition == self.etag and fault != "ignores ranges":
            start = int(asked.removeprefix("bytes=").rstrip("-"))
            if start >= len(data):
                request.send_response(416)
                request.end_headers()
                return
            first = start + 1 if fault == "wrong part" else start
            request.send_response(206)
            request.send_header("Content-Range", f"bytes {first}-{len(data) - 1}/{len(data)}")
        else:
            request.send_response(200)
        if self.etag:
            request.send_header("ETag", self.etag)
        body = data[start:]
        announced = len(body) + {"announces more": 10}.get(fault, 0)
        if fault == "announces another size":
            body, announced = body[:-1], len(body) - 1
        if fault not in ("announces nothing", "endless"):
            request.send_header("Content-Length", str(announced))
        request.end_headers()
        if fault == "damages":
            body = body[:1000] + b"?" + body[1001:]
        if fault in ("truncates", "stalls"):
            request.wfile.write(body[: len(body) // 2])
            request.wfile.flush()
            if fault == "stalls":
                self.release.wait(10)
            request.close_connection = True
            return
        if fault == "endless":
            body = body + b"more"
        request.wfile.write(body)

    def close(self) -> None:
        self.release.set()
        self.http.shutdown()
        self.http.server_close()
        self.thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    found = Server()
    yield found
    found.close()


def got(server: Server, folder: Path, digest: str = SHA, size: int | None = len(CONTENT)) -> Path:
    remote = Remote(server.url, "file.bin", size, digest)
    return fetch(remote, folder / "file.bin", silence=0.3, pause=0.0)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if path.name != "perser-home")


def test_a_file_arrives_whole_and_leaves_nothing_beside_it(server: Server, tmp_path: Path) -> None:
    assert got(server, tmp_path).read_bytes() == CONTENT
    assert names(tmp_path) == ["file.bin"]


def test_a_file_that_is_there_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    got(server, tmp_path)
    got(server, tmp_path)
    assert len(server.ranges) == 1


@pytest.mark.parametrize("fault", ["truncates", "stalls"])
def test_a_broken_connection_is_continued_where_it_ended(
    server: Server, tmp_path: Path, fault: str
) -> None:
    server.plan = [fault, fault]
    assert got(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges == [None, "bytes=256000-", "bytes=384000-"]


def test_a_later_call_continues_what_an_earlier_one_left(server: Server, tmp_path: Path) -> None:
    server.plan = ["truncates", *["500"] * fetching.ATTEMPTS]
    with pytest.raises(PerserError, match="it will be continued"):
        got(server, tmp_path)
    assert names(tmp_path) == ["file.bin.part", "file.bin.tag"]
    server.ranges.clear()
    assert got(server, tmp_path).read_bytes() == CONTENT
    assert server.ranges == ["bytes=256000-"]


def test_a_server_that_ignores_ranges_makes_it_begin_anew(server: Server, tmp_path: Path) -> None:
    server.plan = ["truncates", "ignores ranges"]
    assert got(server, tmp_path).read_bytes() == CONTENT


def test_parts_of_two_versions_are_never_joined(server: Server, tmp_path: Path) -> None:
    server.plan = ["truncates", *["500"] * fetching.ATTEMPTS]
    with pytest.raises(PerserError):
        got(server, tmp_path, digest="")
    server.content, server.etag = CONTENT[::-1], '"two"'
    assert got(server, tmp_path, digest="").read_bytes() == CONTENT[::-1]


def test_without_mark_and_checksum_nothing_is_continued(server: Server, tmp_path: Path) -> None:
    server.etag = ""
    server.plan = ["truncates"]
    assert got(server, tmp_path, digest="", size=None).read_bytes() == CONTENT
    assert server.ranges == [None, None]


@pytest.mark.parametrize(
    ("fault", "says"),
    [
        ("damages", "checksum is not the published one"),
        ("announces another size", "offers 511,999 bytes"),
        ("announces more", "offers 512,010 bytes"),
        ("404", "does not give file.bin"),
        ("403", "does not give file.bin"),
        ("endless", "sends more"),
    ],
)
def test_a_lying_server_gets_a_sentence_and_leaves_no_file(
    server: Server, tmp_path: Path, fault: str, says: str
) -> None:
    server.plan = [fault] * 10
    with pytest.raises(PerserError, match=says):
        got(server, tmp_path)
    assert not (tmp_path / "file.bin").exists()


def test_another_part_than_asked_for_is_refused(server: Server, tmp_path: Path) -> None:
    server.plan = ["truncates", "wrong part"]
    with pytest.raises(PerserError, match="another part"):
        got(server, tmp_path)


def test_damage_is_not_kept_so_that_the_next_attempt_can_succeed(
    server: Server, tmp_path: Path
) -> None:
    server.plan = ["damages"]
    with pytest.raises(PerserError):
        got(server, tmp_path)
    assert names(tmp_path) == []
    assert got(server, tmp_path).read_bytes() == CONTENT


@pytest.mark.parametrize("fault", ["500", "503", "429"])
def test_a_server_that_never_recovers_is_given_up(
    server: Server, tmp_path: Path, fault: str
) -> None:
    server.content = b""
    server.plan = [fault] * 50
    with pytest.raises(PerserError, match=r"could not be downloaded from 127\.0\.0\.1"):
        got(server, tmp_path, digest="", size=10)
    assert len(server.ranges) == fetching.ATTEMPTS


def test_no_connection_is_explained(tmp_path: Path, server: Server) -> None:
    url = server.url
    server.close()
    with pytest.raises(PerserError, match="please check the connection"):
        fetch(Remote(url, "file.bin"), tmp_path / "file.bin", pause=0.0)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://x/y", "data:,x"])
def test_only_the_web_is_asked(tmp_path: Path, url: str) -> None:
    with pytest.raises(PerserError, match="no web address"):
        fetch(Remote(url, "x"), tmp_path / "x")


def test_redirects_to_other_kinds_of_address_are_not_followed(
    server: Server, tmp_path: Path
) -> None:
    server.plan = ["to file:///etc/passwd"]
    with pytest.raises(PerserError):
        got(server, tmp_path)
    server.plan = [f"to {server.url}"]
    assert got(server, tmp_path).read_bytes() == CONTENT


def test_an_encrypted_address_never_leads_to_an_open_one() -> None:
    import urllib.request

    request = urllib.request.Request("https://example.org/a")
    with pytest.raises(PerserError, match="unprotected"):
        fetching._Redirects().redirect_request(
            request,
            None,
            302,
            "",
            {},
            "http://example.org/b",  # type: ignore[arg-type]
        )


def test_progress_rises_and_cancelling_keeps_what_came(server: Server, tmp_path: Path) -> None:
    seen: list[float] = []
    remote = Remote(server.url, "file.bin", len(CONTENT), SHA)
    progress = Progress(lambda fraction, _: seen.append(fraction))
    fetch(remote, tmp_path / "file.bin", progress)
    assert seen == sorted(seen)
    assert seen[-1] == 1.0

    def cancel(_fraction: float, _message: str) -> None:
        progress.cancel()

    progress = Progress(cancel)
    with pytest.raises(Cancelled):
        fetch(remote, tmp_path / "other.bin", progress)
    assert not (tmp_path / "other.bin").exists()
    assert (tmp_path / "other.bin.part").stat().st_size > 0


def test_a_full_disk_is_a_sentence(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("perser_gui.files.os.fsync", full)
    with pytest.raises(PerserError, match=r"file\.bin cannot be written: the disk is full"):
        got(server, tmp_path)


def test_something_small_is_fetched_without_leaving_a_trace(server: Server, tmp_path: Path) -> None:
    assert fetch_bytes(Remote(server.url, "answer"), pause=0) == CONTENT
    with pytest.raises(PerserError, match=r"impossible size|more of answer"):
        fetch_bytes(Remote(server.url, "answer", most=len(CONTENT) - 1), pause=0)


def test_a_digest_as_git_makes_it_of_a_blob(tmp_path: Path) -> None:
    path = tmp_path / "hello"
    path.write_bytes(b"hello\n")
    assert file_digest(path, "git") == "ce013625030ba8dba906f756967f9e9ca394464a"
