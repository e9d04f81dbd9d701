"""Fetching a model from the Hugging Face hub, only ever on an explicit wish.

Only settings, cards, licences and safetensors weights are fetched. Every file is checked
against the size and the hash that the hub states before the model can be used.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import os
import re
import shutil
import ssl
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from perser_gui.errors import PerserError
from perser_gui.files import put_in_place, sync_folder, write_whole
from perser_gui.paths import data_dir
from perser_gui.progress import Progress
from perser_gui.upstream.checkpoint_files import INDEX, SINGLE, read_json

ENDPOINT = "https://huggingface.co"
"""Where models are fetched from unless the environment variable HF_ENDPOINT says otherwise."""

HUB_ID = re.compile(r"(?P<model>[\w-][\w.-]*(?:/[\w-][\w.-]*)?)(?:@(?P<revision>[\w-][\w./-]*))?")
"""`organisation/model`, with `@revision` for anything but the main branch."""

SHARD = re.compile(r"model-\d+-of-\d+\.safetensors")
SIDE_FILES = re.compile(r"config\.json|preprocessor_config\.json|README\.md|LICEN[CS]E(\.\w+)?")
RECEIPT = "download.json"
"""Written beside the files: their commit and digests, to find damage later without the hub."""

LARGEST_SIDE_FILE = 20 * 2**20
BLOCK = 2**18
SECONDS_OF_SILENCE = 30.0
ATTEMPTS = 3


@dataclass(frozen=True)
class RemoteFile:
    """A file as the hub announces it: `digest` is SHA-256 of the bytes, or git's SHA-1."""

    name: str
    size: int
    digest: str


@dataclass(frozen=True)
class _Announced:
    commit: str
    files: tuple[RemoteFile, ...]


def downloaded_folder(hub_id: str) -> Path:
    """Return where `hub_id` is kept once it was downloaded.

    Raises:
        PerserError: if it is not the name of a hub model.
    """
    match = HUB_ID.fullmatch(hub_id)
    if match is None or ".." in hub_id:
        raise PerserError(
            f"{hub_id!r} is neither a folder nor a model on the hub; "
            "give a folder or organisation/model."
        )
    return data_dir() / "encoders" / re.sub(r"[/@]", "--", hub_id)


def download(hub_id: str, progress: Progress | None = None) -> Path:
    """Fetch a model and return its folder; what an earlier attempt fetched is kept.

    A model that is here and intact is not fetched again; damaged files of it are.

    Raises:
        PerserError: if there is no such model or connection, the model has no safetensors
            weights, or what arrives is not what was announced.
        Cancelled: if the user cancelled; the next attempt goes on from there.
    """
    progress = progress or Progress()
    folder = downloaded_folder(hub_id)
    if _intact(folder):
        return folder
    match = HUB_ID.fullmatch(hub_id)
    assert match is not None
    progress.report(0.0, f"Asking for {hub_id}")
    model, revision = match["model"], match["revision"] or "main"
    announced = _announced(model, revision.replace("/", "%2F"))
    files = _wanted(announced.files, hub_id)
    partial = folder.with_name(f"{folder.name}.partial")
    total = sum(file.size for file in files) or 1
    fetched = 0
    try:
        if folder.is_dir() and not partial.exists():
            folder.rename(partial)
        partial.mkdir(parents=True, exist_ok=True)
        for file in files:
            share = progress.part(fetched / total, (fetched + file.size) / total)
            url = f"{_endpoint()}/{model}/resolve/{announced.commit}/{file.name}"
            _fetch(url, partial / file.name, file, share)
            fetched += file.size
        digests = {file.name: file.digest for file in files}
        receipt = {"model": model, "commit": announced.commit, "digests": digests}
        write_whole(partial / RECEIPT, json.dumps(receipt, indent=1) + "\n")
        progress.report(1.0, f"{hub_id} downloaded")
        if folder.is_dir():
            shutil.rmtree(folder)
        partial.rename(folder)
        sync_folder(folder.parent)
    except OSError as error:
        raise PerserError(
            f"{hub_id} cannot be written to {partial} ({error.strerror}); "
            "please check space and permissions."
        ) from error
    return folder


def _intact(folder: Path) -> bool:
    """Whether every file of an earlier download is as it was when it came."""
    try:
        digests = read_json(folder / RECEIPT)["digests"]
        return isinstance(digests, dict) and all(
            _digest(folder / Path(name).name, str(digest)) == digest
            for name, digest in digests.items()
        )
    except (OSError, KeyError, PerserError):
        return False


def _endpoint() -> str:
    return os.environ.get("HF_ENDPOINT", ENDPOINT).rstrip("/")


def _announced(model: str, revision: str) -> _Announced:
    """Ask the hub which files a model has."""
    url = f"{_endpoint()}/api/models/{model}/revision/{revision}?blobs=true"
    raw = b"".join(_stream(url, 0, model, LARGEST_SIDE_FILE))
    try:
        answer = json.loads(raw)
        commit = answer["sha"]
        if not re.fullmatch(r"[0-9a-f]{40}", commit):
            raise ValueError("commit")
        files = tuple(
            RemoteFile(
                name=str(one["rfilename"]),
                size=int(one["size"]),
                digest=str(one["lfs"]["sha256"] if one.get("lfs") else one["blobId"]),
            )
            for one in answer["siblings"]
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PerserError(
            f"The answer of {_endpoint()} about {model} makes no sense; please try again later."
        ) from error
    return _Announced(commit, files)


def _wanted(files: tuple[RemoteFile, ...], hub_id: str) -> list[RemoteFile]:
    names = {file.name for file in files}
    weights = {SINGLE} if SINGLE in names else {n for n in names if SHARD.fullmatch(n)} | {INDEX}
    if "config.json" not in names or not weights <= names:
        raise PerserError(
            f"{hub_id} offers no safetensors weights, and no other format is opened; name a "
            "revision that has them (organisation/model@refs/pr/1) or convert the model yourself."
        )
    side = [
        file
        for file in files
        if SIDE_FILES.fullmatch(file.name) and 0 <= file.size <= LARGEST_SIDE_FILE
    ]
    return side + sorted(
        (file for file in files if file.name in weights), key=lambda file: file.name
    )


def _fetch(url: str, path: Path, file: RemoteFile, progress: Progress) -> None:
    """Download one file beside `path`, check it, and only then give it its name."""
    if path.is_file() and _digest(path, file.digest) == file.digest:
        return
    part = path.with_name(f"{path.name}.part")
    for attempt in range(ATTEMPTS):
        have = part.stat().st_size if part.is_file() else 0
        if have >= file.size:
            break
        try:
            with part.open("ab") as out:
                for block in _stream(url, have, file.name, file.size - have):
                    out.write(block)
                    progress.report(out.tell() / file.size, f"Downloading {file.name}")
        except PerserError:
            if attempt + 1 == ATTEMPTS:
                raise
    if not part.is_file():
        part.touch()
    if _digest(part, file.digest) != file.digest:
        complete = part.stat().st_size >= file.size
        if complete:
            part.unlink()
        raise PerserError(
            f"{file.name} arrived {'damaged' if complete else 'incomplete'} from {_endpoint()}; "
            "please try again."
        )
    put_in_place(part, path)


def _stream(url: str, start: int, what: str, most: int) -> Iterator[bytes]:
    """Yield the bytes of `url` from `start` on, at most `most` of them.

    Raises:
        PerserError: on any fault of the connection or the server.
    """
    if not url.startswith(("https://", "http://")):
        raise PerserError(f"{url} is no web address; please check HF_ENDPOINT.")
    request = urllib.request.Request(url, headers={"User-Agent": "perser-gui"})
    if start:
        request.add_header("Range", f"bytes={start}-")
    try:
        with urllib.request.urlopen(
            request, timeout=SECONDS_OF_SILENCE, context=_certificates()
        ) as answer:
            skip = start if answer.status == 200 else 0
            while block := answer.read1(BLOCK):
                skipped = min(skip, len(block))
                skip -= skipped
                kept = block[skipped:][:most]
                most -= len(kept)
                if kept:
                    yield kept
                if not most:
                    return
    except urllib.error.HTTPError as error:
        raise PerserError(_refusal(error.code, what)) from error
    except (OSError, http.client.HTTPException) as error:
        raise PerserError(
            f"{what} could not be downloaded from {_endpoint()}; "
            "please check the connection and try again."
        ) from error


def _refusal(status: int, what: str) -> str:
    if status in (401, 403, 404):
        return (
            f"{_endpoint()} has no {what} that is open to everyone; please check the name, "
            "or download the model by other means and give its folder."
        )
    return f"{_endpoint()} answered {status} about {what}; please try again later."


def _certificates() -> ssl.SSLContext:
    """Trust what the system trusts, or what Python ships where it cannot ask the system."""
    try:
        import truststore
    except ImportError:
        return ssl.create_default_context()
    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _digest(path: Path, alike: str) -> str:
    """Hash `path` the way the digest `alike` was made: SHA-256, or git's SHA-1 of a blob."""
    if len(alike) == 64:
        digest = hashlib.sha256()
    else:
        digest = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with path.open("rb") as stream:
        while block := stream.read(BLOCK):
            digest.update(block)
    return digest.hexdigest()
