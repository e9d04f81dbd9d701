"""Features on disk, found again by what was heard and by which encoder.

One small file per clip and encoder, readable by its owner only. Everything in the folder
can be deleted at any time, also while the program runs: what is missing or damaged is
computed again.
"""

from __future__ import annotations

import contextlib
import hashlib
import math
import re
import stat
import struct
import time
import zlib
from pathlib import Path

import numpy as np

from perser_gui.files import appearing
from perser_gui.records import Features

MAGIC, SILENT_ON_SPEECH = b"perserF2", b"perserF1"
"""How files begin; older ones do not say whether anybody speaks in the clip."""

HEADER = struct.Struct("<8sIIIdHH")
"""Magic, CRC-32 of all that follows the CRC, L, width, seconds, lengths of the two names."""

_SPEECH: dict[bool | None, bytes] = {None: b"?", False: b"n", True: b"y"}
"""The last byte of a file."""

CHECKED_FROM = len(MAGIC) + 4
LARGEST_BYTES = 16 * 2**20
LEFTOVER_SECONDS = 3600.0


class FeatureCache:
    """A folder of features, addressed by content hash and encoder id.

    Writing never raises: a full or read-only disk only costs time. `problem` then holds
    the plain sentence to show.
    """

    def __init__(self, folder: Path) -> None:
        """Use `folder`, which need not exist; remove what crashed writers left there."""
        self.folder = folder
        self.problem = ""
        self._remove_leftovers()

    def get(self, content: str, encoder: str) -> Features | None:
        """Return the features of a clip, or None if they are not there, damaged or another's."""
        path = self._path(content, encoder)
        try:
            state = path.stat()
            if not stat.S_ISREG(state.st_mode) or state.st_size > LARGEST_BYTES:
                return None
            raw = path.read_bytes()
        except OSError:
            return None
        found = _parsed(raw)
        if found is None or (found.content, found.encoder) != (content, encoder):
            return None
        return found

    def put(self, features: Features) -> bool:
        """Keep `features`; they appear whole or not at all. Return whether they are kept."""
        path = self._path(features.content, features.encoder)
        try:
            scratch = self._partial()
            with appearing(path, private=True, durable=False, scratch=scratch) as stream:
                stream.write(_serialized(features))
        except OSError as error:
            self.problem = (
                f"Features cannot be kept in {self.folder} ({error.strerror}), "
                "so they will be computed again next time."
            )
            return False
        return True

    def _path(self, content: str, encoder: str) -> Path:
        key = hashlib.sha256(f"{encoder}\0{content}".encode()).hexdigest()
        model = re.sub(r"[^A-Za-z0-9-]+", "-", encoder)[:80]
        return self.folder / model / key[:2] / key

    def _partial(self) -> Path:
        return self.folder / "partial"

    def _remove_leftovers(self) -> None:
        oldest = time.time() - LEFTOVER_SECONDS
        with contextlib.suppress(OSError):
            for path in self._partial().iterdir():
                with contextlib.suppress(OSError):
                    if path.lstat().st_mtime < oldest:
                        path.unlink()


def _serialized(features: Features) -> bytes:
    layers = np.ascontiguousarray(features.layers, "<f4")
    names = (features.encoder.encode(), features.content.encode())
    count, width = layers.shape
    header = HEADER.pack(MAGIC, 0, count, width, features.seconds, *(len(name) for name in names))
    checked = header[CHECKED_FROM:] + b"".join(names) + layers.tobytes() + _SPEECH[features.speech]
    return MAGIC + struct.pack("<I", zlib.crc32(checked)) + checked


def _parsed(raw: bytes) -> Features | None:
    if len(raw) < HEADER.size:
        return None
    magic, crc, count, width, seconds, encoder_size, content_size = HEADER.unpack_from(raw)
    if magic not in (MAGIC, SILENT_ON_SPEECH) or crc != zlib.crc32(raw[CHECKED_FROM:]):
        return None
    told = [answer for answer, byte in _SPEECH.items() if magic == MAGIC and raw[-1:] == byte]
    if magic == MAGIC:
        if not told:
            return None
        raw = raw[:-1]
    start = HEADER.size
    data = start + encoder_size + content_size
    if len(raw) != data + 4 * count * width or not count or not width or not math.isfinite(seconds):
        return None
    try:
        encoder = raw[start : start + encoder_size].decode()
        content = raw[start + encoder_size : data].decode()
    except UnicodeDecodeError:
        return None
    layers = np.frombuffer(raw, "<f4", offset=data).reshape(count, width).astype(np.float32)
    if not np.isfinite(layers).all():
        return None
    return Features(content, encoder, seconds, layers, told[0] if told else None)
