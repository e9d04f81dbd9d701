from __future__ import annotations

import os
import stat
import sys
import threading
from pathlib import Path

import pytest

from perser_gui.audio.devices import devices, find_device, open_stream
from perser_gui.audio.pulse import Watch, pulse_devices
from perser_gui.errors import PerserError

from .conftest import FakeSound

posix = pytest.mark.skipif(sys.platform == "win32", reason="the stand-in is a shell program")

SOURCES = """Source #1
\tState: IDLE
\tName: alsa_output.pci.monitor
\tDescription: Monitor of Built-in Audio
\tMonitor of Sink: alsa_output.pci
Source #2
\tState: SUSPENDED
\tName: alsa_input.pci
\tDescription: Built-in Audio Analog Stereo
\tMonitor of Sink: n/a
Source #37
\tState: RUNNING
\tName: alsa_input.usb-yeti
\tDescription: Blue Yeti
\tMonitor of Sink: n/a
"""


@pytest.fixture
def pactl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder from which a stand-in for pactl prints what lies there."""
    folder = tmp_path / "programs"
    folder.mkdir()
    program = folder / "pactl"
    program.write_text(
        f"#!{sys.executable}\n"
        "import pathlib, sys\n"
        "name = '-'.join(sys.argv[1:]) + '.out'\n"
        "path = pathlib.Path(__file__).parent / name\n"
        "sys.exit(1) if not path.exists() else print(path.read_text(), end='', flush=True)\n"
        "import time\n"
        "sys.argv[1] == 'subscribe' and '...' in path.read_text() and time.sleep(60)\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder))
    (folder / "list-sources.out").write_text(SOURCES)
    (folder / "list-short-sources.out").write_text(
        "1\talsa_output.pci.monitor\tx\n2\talsa_input.pci\tx\n37\talsa_input.usb-yeti\tx\n"
    )
    (folder / "info.out").write_text("Default Sink: a\nDefault Source: alsa_input.usb-yeti\n")
    return folder


# -- PortAudio's own list --------------------------------------------------------------------


def test_codes_of_the_sound_system_are_left_out_of_the_names(sound: FakeSound) -> None:
    sound.devices = [
        sound.device("HDA Intel PCH: ALC257 Analog (hw:0,0)"),
        sound.device("Yeti Stereo Microphone: USB Audio (hw:1,0)", outputs=0),
        sound.device("HDMI 0 (hw:0,3)", inputs=0),
        *(sound.device(name) for name in ("sysdefault", "surround51:CARD=PCH", "dmix", "pulse2")),
    ]
    sound.default = {"input": 1, "output": 0}
    assert [(d.name, d.is_default) for d in devices()] == [
        ("Yeti Stereo Microphone: USB Audio", True),
        ("HDA Intel PCH: ALC257 Analog", False),
        ("pulse2", False),
    ]
    assert "HDMI 0" in [d.name for d in devices("output")]


def test_the_same_device_of_several_sound_systems_is_listed_once(sound: FakeSound) -> None:
    sound.systems = ["MME", "Windows DirectSound", "Windows WASAPI"]
    sound.devices = [
        sound.device("Microphone (Realtek High Defin", system=0),
        sound.device("Microphone (Realtek High Definition Audio)", system=1),
        sound.device("Microphone (Realtek High Definition Audio)", system=2),
    ]
    sound.default = {"input": 2, "output": 2}
    assert [(d.name, d.index) for d in devices()] == [
        ("Microphone (Realtek High Definition Audio)", 2)
    ]


def test_the_default_of_the_sound_system_has_a_plain_name(sound: FakeSound) -> None:
    sound.devices = [sound.device("default")]
    assert devices()[0].name == "System default microphone"
    assert devices("output")[0].name == "System default loudspeaker"


def test_no_device_is_an_empty_list(sound: FakeSound) -> None:
    sound.devices = []
    assert devices() == []
    with pytest.raises(PerserError, match="No microphone"):
        find_device(None)


def test_a_refresh_starts_portaudio_anew_unless_a_stream_is_open(sound: FakeSound) -> None:
    devices(refresh=True)
    assert sound.restarts == 1
    stream = open_stream(
        find_device(None), rates=(), latency=0.1, callback=lambda *_: None, finished=lambda: None
    )
    devices(refresh=True)
    assert sound.restarts == 1
    assert stream.samplerate == 48_000


# -- PulseAudio's names ----------------------------------------------------------------------


@posix
def test_pulseaudio_tells_the_names_that_people_know(sound: FakeSound, pactl: Path) -> None:
    sound.devices = [sound.device("pulse"), sound.device("default")]
    found = devices()
    assert [d.name for d in found] == ["Blue Yeti", "Built-in Audio Analog Stereo"]
    assert found[0].is_default
    assert find_device("Blue Yeti").key == "pulse:alsa_input.usb-yeti"
    assert find_device("pulse:alsa_input.pci").name == "Built-in Audio Analog Stereo"
    assert find_device(None) == found[0]


@posix
def test_a_stream_is_opened_for_the_chosen_source_only(
    sound: FakeSound, pactl: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_SOURCE", "mine")
    sound.devices = [sound.device("pulse")]
    seen: list[str | None] = []

    def look(_: dict) -> None:
        seen.append(os.environ.get("PULSE_SOURCE"))

    sound.refuses = look
    open_stream(
        find_device("Built-in Audio Analog Stereo"),
        rates=(16_000,),
        latency=0.1,
        callback=lambda *_: None,
        finished=lambda: None,
    )
    assert seen == ["alsa_input.pci"]
    assert os.environ["PULSE_SOURCE"] == "mine"
    assert sound.asked[0]["samplerate"] == 16_000  # the sound server converts anyway


@posix
def test_without_pactl_portaudios_names_are_used(
    sound: FakeSound, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", "")
    sound.devices = [sound.device("pulse")]
    assert pulse_devices("input") == []
    assert [d.name for d in devices()] == ["System default microphone"]


@posix
@pytest.mark.parametrize("news", ["Event 'remove' on source #37\n...", ""])
def test_the_watch_tells_of_a_removed_source_and_of_a_dead_server(pactl: Path, news: str) -> None:
    (pactl / "subscribe.out").write_text(
        "Event 'change' on sink #1\nEvent 'remove' on source-output #37\n" + news
    )
    gone = threading.Event()
    watch = Watch("alsa_input.usb-yeti", gone.set)
    assert gone.wait(10)
    watch.close()


@posix
def test_the_watch_is_quiet_about_other_sources_and_after_its_end(pactl: Path) -> None:
    (pactl / "subscribe.out").write_text("Event 'remove' on source #3\n...")
    gone = threading.Event()
    watch = Watch("alsa_input.usb-yeti", gone.set)
    watch.close()
    assert not gone.is_set()
