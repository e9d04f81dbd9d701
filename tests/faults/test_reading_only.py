"""Where nothing can be written, labels are still listed, used and exported, by the real command.

Root may write anywhere, so as root the commands run without that right (setpriv), and on a small
disk of memory where one can be mounted. Elsewhere the rights of the folder are enough.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from perser_gui.records import Clip
from perser_gui.store import Store
from perser_gui.testing import tiny_checkpoint, write_tone

ROOT = Path(__file__).parents[2]
Ran = Callable[..., subprocess.CompletedProcess[str]]

TINY = """
import sys
from perser_gui.audio import presence
from perser_gui.testing import tiny_encoder
from perser_gui.upstream import encoders
encoders.load_encoder = lambda *_args, **_options: tiny_encoder()
from perser_gui.cli import main
sys.exit(main(sys.argv[1:]))
"""


def fill(home: Path, audio: Path) -> None:
    from perser_gui.audio.hashes import content_hash

    store = Store(home / "data")
    who = store.add_listener("Ada")
    for number in range(4):
        path = write_tone(audio / f"{number}.wav", 200 + 100 * number)
        clip = Clip(content_hash(path), path, 0.4, source=str(audio))
        store.add_clips([clip])
        store.add_rating(who.id, clip.content, (("happy", "sad")[number % 2],))
    store.close()


def runner(home: Path, before: tuple[str, ...] = ()) -> Ran:
    def ran(*arguments: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*before, sys.executable, "-c", TINY, *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "PERSER_HOME": str(home), "OMP_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    return ran


def without_rights() -> tuple[str, ...]:
    if os.geteuid() != 0:
        return ()
    if not shutil.which("setpriv"):
        pytest.skip("as root, setpriv is needed to go without root's rights")
    rights = ",".join(f"-{one}" for one in ("dac_override", "dac_read_search", "fowner", "chown"))
    return ("setpriv", f"--bounding-set={rights}")


def folder_of_mode_500(tmp_path: Path) -> Iterator[tuple[Path, Ran]]:
    home = tmp_path / "home"
    fill(home, tmp_path / "audio")
    closed = [home, home / "data"]
    for path in (home / "data").iterdir():
        path.chmod(0o400)
    for folder in closed:
        folder.chmod(0o500)
    try:
        yield home, runner(home, without_rights())
    finally:
        for folder in closed:
            folder.chmod(0o700)


def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a disk of memory can be mounted by root only")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


def read_only_medium(tmp_path: Path) -> Iterator[tuple[Path, Ran]]:
    for disk in small_disk(tmp_path):
        fill(disk / "home", tmp_path / "audio")
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        yield disk / "home", runner(disk / "home")


def full_disk(tmp_path: Path) -> Iterator[tuple[Path, Ran]]:
    for disk in small_disk(tmp_path):
        fill(disk / "home", tmp_path / "audio")
        with (disk / "filled").open("wb", buffering=0) as stream:
            try:
                while stream.write(bytes(4096)):
                    pass
            except OSError:
                assert shutil.disk_usage(disk).free == 0
        yield disk / "home", runner(disk / "home")


PLACES = {
    "a folder of mode 500": (folder_of_mode_500, "not permitted here"),
    "a read-only medium": (read_only_medium, "lies on a read-only medium"),
    "a full disk": (full_disk, "the disk is full"),
}


@pytest.mark.skipif(os.name != "posix", reason="rights and mounts as POSIX knows them")
@pytest.mark.parametrize("place", PLACES)
def test_what_cannot_be_written_can_be_read(tmp_path: Path, place: str) -> None:
    made, why = PLACES[place]
    from perser_gui.model.checkpoint import save_checkpoint

    checkpoint = save_checkpoint(tiny_checkpoint(), tmp_path / "checkpoint")
    for home, run in made(tmp_path):
        before = (home / "data" / "perser.db").read_bytes()
        listed = run("listeners", "list")
        assert listed.returncode == 0, listed.stderr
        assert "Ada" in listed.stdout
        (notice,) = listed.stderr.splitlines()
        assert why in notice
        assert notice.endswith("Your labels can be read and exported, but nothing can be changed.")
        table = tmp_path / "out.csv"
        done = run("export", table, "--listener", "Ada")
        assert done.returncode == 0, done.stderr
        assert len(table.read_text(encoding="utf-8").splitlines()) == 5
        predicted = run(
            *("predict", "--listener", "Ada", "--checkpoint", checkpoint),
            *("--format", "csv", tmp_path / "audio"),
        )
        assert predicted.returncode == 0, predicted.stderr
        assert len(predicted.stdout.splitlines()) == 5
        saved = run("backup", tmp_path / "all.perser-backup")
        assert saved.returncode == 0, saved.stderr
        refused = run("listeners", "add", "Ben")
        assert refused.returncode == 2
        assert why in refused.stderr
        assert "Traceback" not in refused.stderr
        assert (home / "data" / "perser.db").read_bytes() == before
