"""A sentence stays one printable line, whatever stands in the names it tells about."""

from __future__ import annotations

import pytest

from perser_gui.errors import PerserError


@pytest.mark.parametrize(
    ("sentence", "shown"),
    [
        ("żółw “1”.wav cannot be read.", "żółw “1”.wav cannot be read."),
        ("a\nb\x1b[2J\u2028c.csv was not found.", r"a\nb\x1b[2J\u2028c.csv was not found."),
        ("\udcff.csv was not found.", r"\udcff.csv was not found."),
    ],
)
def test_what_cannot_be_printed_is_escaped(sentence: str, shown: str) -> None:
    error = PerserError(sentence)
    assert str(error) == shown
    assert len(str(error).splitlines()) == 1
    str(error).encode("utf-8")
