"""Everything the program is made of is told with its licence."""

from __future__ import annotations

from pathlib import Path

from perser_gui import paths
from perser_gui.desk.bundled import ingredients, model_cards


def test_every_bundled_folder_has_its_licence_and_card_inside() -> None:
    told = {part.name: part for part in ingredients()}
    folders = [path for path in paths.shipped("models").iterdir() if path.is_dir()]
    for folder in folders:
        (text,) = [p.read_text(encoding="utf-8") for p in folder.glob("LICENSE*")]
        assert text.strip() in told[folder.name].text
    assert {card.name for card in model_cards()} == {folder.name for folder in folders}
    assert all(card.text.startswith("# ") for card in model_cards())


def test_the_notices_that_must_go_along_are_there() -> None:
    told = {part.name: part for part in ingredients()}
    assert "Copyright (c) 2022 OpenAI" in told["whisper-base-3"].text
    assert "Copyright (c) 2022 OpenAI" in told["whisper-tiny-en-2"].text
    assert "2020-present Silero Team" in told["Silero VAD"].text
    assert "SIL OPEN FONT LICENSE" in told["Inter"].text.upper()
    assert told["Icons"].licence == "MIT"
    assert told["perser-base"].licence == "CC BY-NC-SA 4.0"
    assert "MIT License" in told["perser-gui"].text
    assert "GNU LESSER GENERAL PUBLIC LICENSE" in told["PySide6-Essentials"].text.upper()


def test_every_library_has_version_short_name_and_text() -> None:
    libraries = [part for part in ingredients() if part.kind == "a library"]
    assert {"numpy", "torch", "pyqtgraph", "soundfile"} <= {part.name for part in libraries}
    for part in libraries:
        assert part.version, part.name
        assert part.licence, part.name
        assert len(part.text) > 200, part.name


def test_the_folder_of_licences_is_packed() -> None:
    shipped = paths.shipped("resources", "licences")
    assert {path.name for path in shipped.iterdir()} >= {"silero.txt", "LGPL-3.0.txt"}
    assert Path(shipped).parent.name == "resources"
