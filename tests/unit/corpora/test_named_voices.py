"""Names of files that tell who speaks."""

from __future__ import annotations

import pytest

from perser_gui.corpora.named_voices import voices_by_name


@pytest.mark.parametrize(
    ("names", "voices"),
    [
        (["03-01-06-02-01-02-12.wav", "03-01-01-01-02-01-01.flac"], ["ravdess-12", "ravdess-01"]),
        (["WR0_anger_1.wav", "EB0_surprised_64.ogg"], ["nemo-WR0", "nemo-EB0"]),
        (["03a01Fa.wav", "16b10Wb.wav"], ["emodb-03", "emodb-16"]),
        (["03a01Fa.wav", "WR0_anger_1.wav"], []),
        (["03-01-09-02-01-02-12.wav"], []),
        ([], []),
    ],
)
def test_a_folder_tells_its_voices_only_where_every_name_is_made_by_one_rule(
    names: list[str], voices: list[str]
) -> None:
    assert list(voices_by_name(names).values()) == voices
