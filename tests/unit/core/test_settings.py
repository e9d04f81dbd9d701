from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from perser_gui.errors import PerserError
from perser_gui.settings import Settings, load_settings, save_settings


def test_what_is_saved_comes_back(tmp_path: Path) -> None:
    chosen = Settings(theme="dark", speed=0.75, listener=3, keys=(("undo", "Ctrl+Z"),))
    save_settings(chosen, tmp_path / "settings.json")
    assert load_settings(tmp_path / "settings.json") == chosen


def test_a_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    assert load_settings(tmp_path / "none.json") == Settings()


def test_a_failed_save_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "settings.json"
    save_settings(Settings(theme="dark"), target)

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("perser_gui.files.os.replace", full)
    with pytest.raises(PerserError, match="the disk is full"):
        save_settings(Settings(theme="light"), target)
    assert load_settings(target).theme == "dark"
    assert list(tmp_path.iterdir()) == [target]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from(list(Settings.__dataclass_fields__)), json_values))
@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_hostile_values_never_change_the_kind_of_a_setting(
    tmp_path: Path, values: dict[str, object]
) -> None:
    target = tmp_path / "settings.json"
    target.write_text(json.dumps(values), encoding="utf-8")
    loaded = load_settings(target)
    for name in Settings.__dataclass_fields__:
        value, default = getattr(loaded, name), getattr(Settings(), name)
        assert value is None or default is None or type(value) is type(default)


def test_two_windows_keep_what_each_of_them_chose(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    read = Settings(volume=0.5, theme="light")
    save_settings(read, path)
    save_settings(read.with_(theme="dark", toured=True), path, read=read)
    save_settings(read.with_(volume=0.25), path, read=read)  # of the other window
    assert load_settings(path) == Settings(volume=0.25, theme="dark", toured=True)


def test_what_is_set_back_is_written_too(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    first = Settings(theme="dark")
    save_settings(first, path, read=Settings())
    save_settings(Settings(), path, read=first)
    assert load_settings(path) == Settings()
