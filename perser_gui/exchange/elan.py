"""ELAN's EAF: one tier for each listener, who is its participant, through pympi-ling."""

from __future__ import annotations

import mimetypes
import tempfile
import warnings
from pathlib import Path

from perser_gui.corpora.answers import Reading
from perser_gui.corpora.ratings import read_bytes
from perser_gui.corpora.table import RatingRow
from perser_gui.errors import PerserError
from perser_gui.exchange.annotations import (
    MAX_BYTES,
    Recording,
    Tier,
    file_of,
    lanes_of,
    rows_of_tiers,
)


def read_eaf(
    path: Path, folder: Path, listener: str | None, reading: Reading
) -> tuple[list[RatingRow], list[str]]:
    """Return the ratings in the tiers of an EAF, and sentences about tiers not taken.

    A tier's participant is the listener, else its name. The recording is the first linked one.

    Raises:
        PerserError: if it is no EAF, is cut off, or holds no labels.
    """
    content = read_bytes(path, limit=MAX_BYTES)
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
        raise PerserError(f"{path} defines entities, which no EAF does; please save it in ELAN.")
    from pympi import Elan

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = Elan.Eaf(str(path))
        tiers = [
            Tier(
                str(name),
                tuple(
                    (one[0] / 1000, one[1] / 1000, str(one[2] or ""))
                    for one in found.get_annotation_data_for_tier(name)
                ),
                str(found.tiers[name][2].get("PARTICIPANT") or "").strip(),
            )
            for name in found.get_tier_names()
        ]
        media = [
            str(one.get("RELATIVE_MEDIA_URL") or one.get("MEDIA_URL") or "")
            for one in found.media_descriptors
        ]
    except Exception as error:  # whatever the library meets in a damaged file
        raise PerserError(f"{path} is not a whole EAF; please save it again in ELAN.") from error
    if any(not 0 <= a < b for tier in tiers for a, b, _ in tier.intervals):
        raise PerserError(f"{path} has times that are out of order; please check it in ELAN.")
    file = next((one for one in media if one.isprintable() and one), "") or file_of(path, folder)
    return rows_of_tiers(path, file, tiers, listener, reading)


def eaf_of(recording: Recording) -> bytes:
    """Return the labels of a recording as an EAF that links its file."""
    from pympi import Elan

    found = Elan.Eaf(author="perser-gui")
    found.remove_tier("default")
    kind = mimetypes.guess_type(recording.path.name)[0] or "audio/x-wav"
    found.add_linked_file(
        recording.path.absolute().as_uri(), relpath=f"./{recording.path.name}", mimetype=kind
    )
    listeners = recording.listeners
    for name, intervals in lanes_of(recording).items():
        owner = max((who for who in listeners if name.startswith(who)), key=len, default=name)
        found.add_tier(name, part=owner)
        for start, end, text in intervals:
            first, last = round(1000 * start), round(1000 * end)
            found.add_annotation(name, first, max(last, first + 1), text)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "labels.eaf"
        found.to_file(str(path))
        return path.read_bytes()
