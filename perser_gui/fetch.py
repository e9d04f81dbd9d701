"""Downloads that a person asked for: resumed, checked, and never believed before they are.

A file appears under its own name only when it is whole and its checksum is right. What
arrived before a break stays beside it as `NAME.part` and is continued the next time.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import ssl
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from perser_gui.errors import MISFIT, PerserError
from perser_gui.files import not_written, put_in_place, write_whole
from perser_gui.progress import Progress

BLOCK = 1 << 18
SILENCE = 30.0
"""Seconds in which at least `TRICKLE` bytes have to come, or the connection is given up."""

TRICKLE = 1024
PAUSE = 1.0
"""Seconds before the second attempt; twice as many before each further one."""

ATTEMPTS = 4
"""Attempts without a single new byte before giving up."""

LARGEST = 1 << 36

_RETRIED = (408, 425, 429, 500, 502, 503, 504)
_CONTENT_RANGE = re.compile(r"bytes (\d+)-(\d+)/(\d+|\*)")


@dataclass(frozen=True)
class Remote:
    """A file to download.

    `digest` is `"sha256:..."`, `"md5:..."`, `"git:..."` (what git calls a blob), or empty when
    none is known; `most` the size that it cannot have, and `otherwise` what to do where the
    server refuses it.
    """

    url: str
    name: str
    size: int | None = None
    digest: str = ""
    most: int = LARGEST
    otherwise: str = "please get it by hand from the corpus's page."


class _BrokenError(Exception):
    """The connection failed in a way that another attempt may mend."""


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, but never from an encrypted address to an open one."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Any,
        newurl: str,
    ) -> urllib.request.Request | None:
        if req.full_url.startswith("https:") and not newurl.startswith("https:"):
            raise PerserError(f"{req.full_url} leads to an unprotected address; not followed.")
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def fetch(
    remote: Remote,
    target: Path,
    progress: Progress | None = None,
    *,
    silence: float = SILENCE,
    pause: float = PAUSE,
) -> Path:
    """Download a file and return its path; a whole one that is there already is kept.

    Raises:
        PerserError: if the server refuses, falls silent, or sends something else.
        Cancelled: if the user cancelled; the next attempt goes on from there.
    """
    progress = progress or Progress()
    if target.is_file() and _is_right(target, remote):
        progress.report(1.0, remote.name)
        return target
    part, tag = target.with_name(target.name + ".part"), target.with_name(target.name + ".tag")
    idle = 0
    while True:
        before = _size(part)
        try:
            _continue(remote, part, tag, progress, silence)
            break
        except _BrokenError as broken:
            idle = 0 if _size(part) > before else idle + 1
            if idle >= ATTEMPTS:
                raise PerserError(
                    f"{remote.name} could not be downloaded from {_host(remote)} ({broken}); "
                    "please check the connection and try again, it will be continued."
                ) from broken
            _wait(pause * 2**idle, progress)
    if not _is_right(part, remote):
        _remove(part, tag)
        raise PerserError(
            f"{remote.name} arrived damaged from {_host(remote)}: its checksum is not the "
            "published one; it was deleted, please try again."
        )
    with _writing(target):
        put_in_place(part, target)
        _remove(tag)
    progress.report(1.0, remote.name)
    return target


def fetch_bytes(
    remote: Remote,
    progress: Progress | None = None,
    *,
    silence: float = SILENCE,
    pause: float = PAUSE,
) -> bytes:
    """Download something small and return it; nothing is kept on the disk.

    Raises:
        PerserError: as `fetch`.
        Cancelled: if the user cancelled.
    """
    with tempfile.TemporaryDirectory(prefix="perser-") as folder:
        path = fetch(remote, Path(folder) / "answer", progress, silence=silence, pause=pause)
        return path.read_bytes()


def file_digest(path: Path, kind: str) -> str:
    """Return the hexadecimal digest of a file, `kind` being `sha256`, `md5` or `git`."""
    digest = hashlib.new("sha1" if kind == "git" else kind, usedforsecurity=False)
    if kind == "git":
        digest.update(b"blob %d\0" % path.stat().st_size)
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _is_right(path: Path, remote: Remote) -> bool:
    if remote.size is not None and path.stat().st_size != remote.size:
        return False
    kind, _, value = remote.digest.partition(":")
    return not value or file_digest(path, kind) == value.lower()


def _continue(remote: Remote, part: Path, tag: Path, progress: Progress, silence: float) -> None:
    """Download from where `part` ends until the file is whole.

    Raises:
        _BrokenError: for what may go better the next time.
    """
    have = _size(part)
    mark = _mark(tag, remote)
    if have and not (mark or remote.digest):
        have = 0  # nothing would tell whether the rest belongs to the same file
    if remote.size is not None and have >= remote.size:
        if have == remote.size:
            return
        have = 0
    request = urllib.request.Request(remote.url, headers={"User-Agent": "perser-gui"})
    if have:
        request.add_header("Range", f"bytes={have}-")
        if mark:
            request.add_header("If-Range", mark)
    with _answer(request, remote, silence) as answer:
        if answer.status == 416:
            _remove(part, tag)
            raise _BrokenError("it had to be begun anew")
        start, total = _extent(answer, have, remote)
        with _writing(part):
            part.parent.mkdir(parents=True, exist_ok=True)
            stream = part.open("r+b" if start else "wb")
        with stream:
            stream.truncate(start)
            stream.seek(start)
            _keep_mark(tag, remote, answer)
            for block in _blocks(answer, silence):
                if stream.tell() + len(block) > (total if total is not None else remote.most):
                    stream.truncate(0)
                    raise PerserError(
                        f"{_host(remote)} sends more of {remote.name} than it announced; "
                        "nothing was kept."
                    )
                with _writing(part):
                    stream.write(block)
                progress.report(
                    stream.tell() / (total or remote.most), _told(remote, stream, total)
                )
            with _writing(part):
                stream.flush()
            if total is not None and stream.tell() < total:
                raise _BrokenError(f"it broke off after {stream.tell():,} of {total:,} bytes")


def _answer(request: urllib.request.Request, remote: Remote, silence: float) -> Any:
    if not remote.url.startswith(("https://", "http://")):
        raise PerserError(f"{remote.url} is no web address.")
    opener = urllib.request.build_opener(
        _Redirects, urllib.request.HTTPSHandler(context=_certificates())
    )
    try:
        return opener.open(request, timeout=silence)
    except urllib.error.HTTPError as error:
        if error.code == 416:
            return error
        error.close()
        if error.code in _RETRIED:
            raise _BrokenError(f"it answered {error.code}") from error
        raise PerserError(
            f"{_host(remote)} does not give {remote.name} (it answered {error.code}); "
            f"{remote.otherwise}"
        ) from error
    except (OSError, http.client.HTTPException) as error:
        raise _BrokenError(_why(error)) from error


def _extent(answer: Any, have: int, remote: Remote) -> tuple[int, int | None]:
    """Return where the answer starts in the file and how long the file is, if it says."""
    length = answer.headers.get("Content-Length", "")
    start, total = 0, int(length) if length.isdigit() else None
    if answer.status == 206:
        span = _CONTENT_RANGE.fullmatch(answer.headers.get("Content-Range", ""))
        if span is None or int(span[1]) != have:
            raise PerserError(
                f"{_host(remote)} sends another part of {remote.name} than was asked for; "
                "please try again later."
            )
        start, total = have, None if span[3] == "*" else int(span[3])
    if remote.size is not None and total is not None and total != remote.size:
        raise PerserError(
            f"{_host(remote)} offers {total:,} bytes as {remote.name}, which has {remote.size:,}; "
            "please try again later."
        )
    if (total or 0) > remote.most:
        raise PerserError(f"{_host(remote)} offers an impossible size of {remote.name}.")
    return start, remote.size if total is None else total


def _blocks(answer: Any, silence: float) -> Iterator[bytes]:
    """Yield what comes; a connection that only trickles counts as silent."""
    received, since = 0, time.monotonic()
    while True:
        try:
            block = answer.read1(BLOCK)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _BrokenError(_why(error)) from error
        if not block:
            return
        yield block
        received += len(block)
        if received >= TRICKLE:
            received, since = 0, time.monotonic()
        elif time.monotonic() - since > silence:
            raise _BrokenError("it fell silent")


def _mark(tag: Path, remote: Remote) -> str:
    """Return the server's mark of the version that `.part` belongs to, if it gave one."""
    try:
        known = json.loads(tag.read_text(encoding="utf-8"))
        return str(known["mark"]) if known["url"] == remote.url else ""
    except (OSError, *MISFIT):
        return ""


def _keep_mark(tag: Path, remote: Remote, answer: Any) -> None:
    mark = answer.headers.get("ETag", "")
    if mark.startswith("W/") or not mark.isprintable():
        mark = ""
    write_whole(tag, json.dumps({"url": remote.url, "mark": mark}), durable=False)


def _told(remote: Remote, stream: IO[bytes], total: int | None) -> str:
    done = f"{stream.tell() / 1e6:.1f}"
    return (
        f"{remote.name}: {done} of {total / 1e6:.1f} MB" if total else f"{remote.name}: {done} MB"
    )


def _why(error: Exception) -> str:
    if isinstance(error, TimeoutError) or "timed out" in str(error):
        return "it fell silent"
    reason = getattr(error, "reason", None) or error
    return str(getattr(reason, "strerror", None) or reason or type(error).__name__)


def _host(remote: Remote) -> str:
    return urllib.parse.urlsplit(remote.url).hostname or remote.url


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _wait(seconds: float, progress: Progress, step: Callable[[float], None] = time.sleep) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        progress.check()
        step(min(left, 0.1))
    progress.check()


class _writing:  # noqa: N801 - used like a function
    """Turns a failing disk into a plain sentence."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise not_written(self._path, error) from error


def _certificates() -> ssl.SSLContext:
    """Trust what the system trusts, where the package for asking it is installed."""
    try:
        import truststore
    except ImportError:
        return ssl.create_default_context()
    context: ssl.SSLContext = truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    return context
