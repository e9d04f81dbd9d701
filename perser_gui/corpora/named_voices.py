"""Who speaks in files that are named as in RAVDESS, EMO-DB or nEMO."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import PurePath

_NEMO_WORDS = "anger|angry|fear|happiness|happy|neutral|sadness|sad|surprised|surprise"
_RULES = (
    ("ravdess", re.compile(r"\d\d-\d\d-0[1-8]-0[12]-0[12]-0[12]-(\d\d)")),
    ("emodb", re.compile(r"(\d\d)[ab]\d\d[WLEAFTN][a-z]")),
    ("nemo", re.compile(rf"([A-Z]{{2}}\d)_(?:{_NEMO_WORDS})_\d+")),
)
"""What a name looks like without its ending, with the code of the speaker as its one group."""


def voices_by_name(names: Iterable[str]) -> dict[str, str]:
    """Return who speaks in each file of a folder, called as the readers of these corpora do.

    The names tell it only where every one of them is made by the same rule; else nothing is
    returned.

    >>> voices_by_name(["03a01Fa.wav", "16b10Wb.wav"])
    {'03a01Fa.wav': 'emodb-03', '16b10Wb.wav': 'emodb-16'}
    >>> voices_by_name(["03a01Fa.wav", "holiday.wav"])
    {}
    """
    asked = list(names)
    for corpus, rule in _RULES:
        found = [rule.fullmatch(PurePath(name).stem) for name in asked]
        if asked and all(found):
            told = zip(asked, found, strict=True)
            return {name: f"{corpus}-{match[1]}" for name, match in told if match is not None}
    return {}
