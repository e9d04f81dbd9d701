"""Fetching a model from the Hugging Face hub, only ever on an explicit wish.

Only settings, cards, licences and safetensors weights are fetched. Every file is checked
against the size and the hash that the hub states before the model can be used.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path

from perser_gui.errors import MISFIT, PerserError
from perser_gui.fetch import PAUSE, Remote, fetch, fetch_bytes, file_digest
from perser_gui.files import sync_folder, write_whole
from perser_gui.paths import data_dir
from perser_gui.progress import Progress
from perser_gui.upstream.checkpoint_files import INDEX, SINGLE, read_json

ENDPOINT = "https://huggingface.co"
"""Where models are fetched from unless the environment variable HF_ENDPOINT says otherwise."""

HUB_ID = re.compile(r"(?P<model>[\w-][\w.-]*(?:/[\w-][\w.-]*)?)(?:@(?P<revision>[\w-][\w./-]*))?")
"""`organization/model`, with `@revision` for anything but the main branch."""

SHARD = re.compile(r"model-\d+-of-\d+\.safetensors")
SIDE_FILES = re.compile(r"config\.json|preprocessor_config\.json|README\.md|LICEN[CS]E(\.\w+)?")
RECEIPT = "download.json"
"""Written beside the files: their commit and digests, to find damage later without the hub."""

LARGEST_SIDE_FILE = 20 * 2**20
OTHERWISE = (
    "please check the name; where the model is not open to everyone, "
    "download it by other means and give its folder."
)


@dataclass(frozen=True)
class _Announced:
    commit: str
    files: tuple[Remote, ...]


def downloaded_folder(hub_id: str) -> Path:
    """Return where `hub_id` is kept once it was downloaded.

    Raises:
        PerserError: if it is not the name of a hub model.
    """
    match = HUB_ID.fullmatch(hub_id)
    if match is None or ".." in hub_id:
        raise PerserError(
            f"{hub_id!r} is neither a folder nor a model on the hub; "
            "give a folder or organization/model."
        )
    return data_dir() / "encoders" / re.sub(r"[/@]", "--", hub_id)


def download(hub_id: str, progress: Progress | None = None, *, pause: float = PAUSE) -> Path:
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
    announced = _announced(model, revision.replace("/", "%2F"), progress.part(0, 0), pause)
    files = _wanted(announced.files, hub_id)
    partial = folder.with_name(f"{folder.name}.partial")
    total = sum(file.size or 0 for file in files) or 1
    fetched = 0
    try:
        if folder.is_dir() and not partial.exists():
            folder.rename(partial)
        partial.mkdir(parents=True, exist_ok=True)
        for file in files:
            size = file.size or 0
            share = progress.part(fetched / total, (fetched + size) / total)
            fetch(file, partial / file.name, share, pause=pause)
            fetched += size
        digests = {file.name: file.digest.partition(":")[2] for file in files}
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
            file_digest(folder / Path(name).name, _kind(str(digest))) == digest
            for name, digest in digests.items()
        )
    except (OSError, KeyError, PerserError):
        return False


def _endpoint() -> str:
    endpoint = os.environ.get("HF_ENDPOINT", ENDPOINT).rstrip("/")
    if not endpoint.startswith(("https://", "http://")):
        raise PerserError(f"{endpoint} is no web address; please check HF_ENDPOINT.")
    return endpoint


def _announced(model: str, revision: str, progress: Progress, pause: float) -> _Announced:
    """Ask the hub which files a model has."""
    url = f"{_endpoint()}/api/models/{model}/revision/{revision}?blobs=true"
    asked = Remote(url, model, most=LARGEST_SIDE_FILE, otherwise=OTHERWISE)
    raw = fetch_bytes(asked, progress, pause=pause)
    try:
        answer = json.loads(raw)
        commit = answer["sha"]
        if not re.fullmatch(r"[0-9a-f]{40}", commit):
            raise ValueError("commit")
        files = tuple(
            Remote(
                url=f"{_endpoint()}/{model}/resolve/{commit}/{one['rfilename']}",
                name=str(one["rfilename"]),
                size=int(one["size"]),
                digest=f"{_kind(stated)}:{stated}",
                otherwise=OTHERWISE,
            )
            for one in answer["siblings"]
            for stated in [str(one["lfs"]["sha256"] if one.get("lfs") else one["blobId"])]
        )
    except MISFIT as error:
        raise PerserError(
            f"The answer of {_endpoint()} about {model} makes no sense; please try again later."
        ) from error
    return _Announced(commit, files)


def _wanted(files: tuple[Remote, ...], hub_id: str) -> list[Remote]:
    names = {file.name for file in files}
    weights = {SINGLE} if SINGLE in names else {n for n in names if SHARD.fullmatch(n)} | {INDEX}
    if "config.json" not in names or not weights <= names:
        raise PerserError(
            f"{hub_id} offers no safetensors weights, and no other format is opened; name a "
            "revision that has them (organization/model@refs/pr/1) or convert the model yourself."
        )
    side = [
        file
        for file in files
        if SIDE_FILES.fullmatch(file.name) and 0 <= (file.size or 0) <= LARGEST_SIDE_FILE
    ]
    return side + sorted(
        (file for file in files if file.name in weights), key=lambda file: file.name
    )


def _kind(digest: str) -> str:
    """Return how a digest was made: SHA-256 of the bytes, or git's of a blob."""
    return "sha256" if len(digest) == 64 else "git"
