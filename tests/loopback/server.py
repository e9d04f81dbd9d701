"""A private sound server with a virtual microphone and a virtual loudspeaker."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import soundfile

RATE = 16_000
PROGRAMS = ("pulseaudio", "pactl", "pacat", "parec", "paplay")
SETTINGS = """
enable-shm = no
enable-memfd = no
rlimit-rttime = -1
rlimit-nofile = -1
cpu-limit = no
allow-exit = no
exit-idle-time = -1
"""
"""What else would end the server on a busy machine.

With shared memory, version 16.1 died once in some 20 to 300 sinks that were unloaded beside
other busy programs (assertion in memblock.c, or a segmentation fault); with sound sent through
the socket it never did. Without a limit, nothing kills a thread that makes up for a long pause.
"""


def missing() -> str:
    """Return why there can be no virtual microphone on this machine, or nothing."""
    if not sys.platform.startswith("linux"):
        return "the virtual microphone needs PulseAudio on Linux"
    lacking = [name for name in PROGRAMS if shutil.which(name) is None]
    if lacking:
        return f"the virtual microphone needs {', '.join(lacking)} (package pulseaudio)"
    try:
        import sounddevice  # noqa: F401
    except OSError:
        return "the virtual microphone needs the PortAudio library (package libportaudio2)"
    return ""


@dataclass
class Loopback:
    """The running sound server: what is played can be recorded, what is spoken is heard."""

    folder: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    modules: dict[str, str] = field(default_factory=dict)
    microphone: ExitStack = field(default_factory=ExitStack)

    @property
    def alive(self) -> bool:
        """Whether the server still runs."""
        return self.process.poll() is None

    def answers(self) -> bool:
        """Return whether the server runs and still speaks to those who ask."""
        try:
            self.pactl("info")
        except (AssertionError, subprocess.TimeoutExpired):
            return False
        return True

    def log(self) -> str:
        """Return how the server ended, if it did, and the end of what it wrote."""
        end = "still runs" if self.alive else f"ended with status {self.process.returncode}"
        return f"the sound server {end}; the last it wrote:\n{written(self.folder)}"

    def pactl(self, *words: str) -> str:
        """Run one pactl command and return what it prints."""
        done = subprocess.run(
            ["pactl", *words],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def speak(self, samples: np.ndarray, rate: int = RATE, sink: str = "ci_mic_sink") -> None:
        """Play samples into a microphone; returns when they have been said."""
        self.begin_to_speak(samples, rate, sink).wait(timeout=60)

    def begin_to_speak(
        self, samples: np.ndarray, rate: int = RATE, sink: str = "ci_mic_sink"
    ) -> subprocess.Popen[bytes]:
        """Play samples into a microphone; the caller waits for the process."""
        path = self.folder / f"spoken-{time.monotonic_ns()}.wav"
        soundfile.write(path, samples, rate, subtype="FLOAT")
        return subprocess.Popen(["paplay", f"--device={sink}", str(path)], env=self.environment)

    def record_speaker(self) -> Recording:
        """Begin to record what the loudspeaker plays."""
        return Recording(self)

    @contextmanager
    def awake(self, sink: str) -> Iterator[None]:
        """Keep a sink from falling asleep; without it every re-opening stalls for a second."""
        process = subprocess.Popen(
            [
                *("pacat", "--raw", f"--device={sink}", "--latency-msec=10", f"--rate={RATE}"),
                *("--channels=1", "--format=s16le", "/dev/zero"),
            ],
            env=self.environment,
            stderr=subprocess.DEVNULL,
        )
        try:
            # Until a player with little latency is there, a null sink gathers seconds of sound.
            wait_until(lambda: self._is_quick(sink))
            yield
        finally:
            end(process)

    def _is_quick(self, sink: str) -> bool:
        sinks = self.pactl("list", "sinks").split("Sink #")
        mine = next(text for text in sinks if f"Name: {sink}\n" in text)
        configured = re.search(r"configured (\d+) usec", mine)
        return configured is not None and 0 < int(configured[1]) <= 20_000

    def plug(self) -> None:
        """Connect the microphone, “Desk Microphone”, and make it the default."""
        self.modules["sink"] = self.pactl(
            *("load-module", "module-null-sink", "sink_name=ci_mic_sink"),
            *(f"rate={RATE}", "channels=1"),
        )
        self.modules["source"] = self.pactl(
            *("load-module", "module-remap-source", "master=ci_mic_sink.monitor"),
            *("source_name=ci_mic", "source_properties=\"device.description='Desk Microphone'\""),
        )
        self.pactl("set-default-source", "ci_mic")
        self.microphone.enter_context(self.awake("ci_mic_sink"))

    @contextmanager
    def second_microphone(self) -> Iterator[str]:
        """Connect another microphone, “USB Headset”, and yield the key to choose it by."""
        sink = self.pactl(
            *("load-module", "module-null-sink", "sink_name=usb_sink", f"rate={RATE}"),
            "channels=1",
        )
        source = self.pactl(
            *("load-module", "module-remap-source", "master=usb_sink.monitor"),
            *("source_name=usb_mic", "source_properties=\"device.description='USB Headset'\""),
        )
        try:
            with self.awake("usb_sink"):
                yield "pulse:usb_mic"
        finally:
            self.pactl("unload-module", source)
            self.pactl("unload-module", sink)

    def unplug(self) -> None:
        """Pull the microphone out."""
        self.microphone.close()
        for name in ("source", "sink"):
            self.pactl("unload-module", self.modules.pop(name))


class Recording:
    """Samples that left the loudspeaker, gathered by a recorder of its own."""

    def __init__(self, loopback: Loopback) -> None:
        self._path = loopback.folder / f"heard-{time.monotonic_ns()}.raw"
        with open(self._path, "wb") as out:
            self._process = subprocess.Popen(
                [
                    *("parec", "--device=ci_spk.monitor", "--latency-msec=10", "--raw"),
                    *(f"--rate={RATE}", "--channels=1", "--format=float32le"),
                ],
                env=loopback.environment,
                stdout=out,
            )
        wait_until(lambda: self._path.stat().st_size > 0)

    def samples(self) -> np.ndarray:
        """Return everything that was heard so far."""
        data = self._path.read_bytes()
        return np.frombuffer(data[: len(data) // 4 * 4], dtype=np.float32)

    def stop(self, *, after: float = 0.5) -> np.ndarray:
        """End the recording when `after` more seconds were recorded, and return all of it."""
        wanted = self._path.stat().st_size + round(after * RATE) * 4
        wait_until(lambda: self._path.stat().st_size >= wanted)
        self._process.terminate()
        self._process.wait(timeout=10)
        return self.samples()


def wait_until(condition, seconds: float = 15.0) -> None:
    """Wait for something that another process or the sound card brings about."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "this never came true"
        time.sleep(0.005)


def written(folder: Path) -> str:
    """Return the end of what a server with this folder wrote."""
    return (folder / "server.log").read_text(errors="replace")[-4000:]


def end(process: subprocess.Popen[bytes], seconds: float = 20.0) -> None:
    """End a process, by force when it does not listen; it may have ended already."""
    process.terminate()
    try:
        process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


@contextmanager
def sound_server() -> Iterator[Loopback]:
    """Start a sound server with both devices; PortAudio in this process uses it meanwhile."""
    from perser_gui.audio import portaudio

    folder = Path(tempfile.mkdtemp(prefix="loopback-"))
    socket = folder / "ps.sock"
    (folder / ".asoundrc").write_text("pcm.!default {type pulse}\nctl.!default {type pulse}\n")
    (folder / "daemon.conf").write_text(SETTINGS)
    changed = {
        "PULSE_SERVER": f"unix:{socket}",
        "HOME": str(folder),
        "XDG_RUNTIME_DIR": str(folder),
        "XDG_CONFIG_HOME": str(folder / "config"),
    }
    before = {name: os.environ.get(name) for name in changed}
    os.environ.update(changed)
    with open(folder / "server.log", "wb") as log:
        process = subprocess.Popen(
            [
                *("pulseaudio", "-n", "--daemonize=no", "--use-pid-file=no"),
                "-L",
                f"module-native-protocol-unix socket={socket} auth-anonymous=1",
                *("-L", f"module-null-sink sink_name=ci_spk rate={RATE} channels=1"),
            ],
            env={**os.environ, "PULSE_CONFIG": str(folder / "daemon.conf")},
            stdout=log,
            stderr=log,
        )
    loopback: Loopback | None = None
    try:
        wait_until(lambda: socket.exists() or process.poll() is not None, 30)
        assert process.poll() is None, written(folder)
        loopback = Loopback(folder, dict(os.environ), process)
        loopback.plug()
        loopback.pactl("set-default-sink", "ci_spk")
        assert portaudio.rescan(), "a stream of an earlier test is still open"
        yield loopback
    finally:
        if loopback is not None:
            loopback.microphone.close()
        end(process)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
        shutil.rmtree(folder, ignore_errors=True)
