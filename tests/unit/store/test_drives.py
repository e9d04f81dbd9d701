from __future__ import annotations

from pathlib import Path

import pytest

from perser_gui.store import Store, drives
from perser_gui.store.drives import kind_of, mounts_of_linux, mounts_of_macos, network_drive

LINUX = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
36 22 0:31 / /mnt/my\040share rw,noatime - cifs //nas/share rw,vers=3.1
37 22 0:32 / /mnt/nfs rw,relatime shared:7 master:2 - nfs4 nas:/export rw
38 37 8:2 / /mnt/nfs/usb rw,relatime - vfat /dev/sdb1 rw
39 22 0:33 / /home/ana/far rw,nosuid - fuse.sshfs ana@far:/data rw
40 22 0:34 / /mnt/twice rw - ext4 /dev/sdc1 rw
41 22 0:35 / /mnt/twice rw - nfs nas:/export rw
"""

MACOS = """/dev/disk1s5s1 on / (apfs, sealed, local, read-only, journaled)
//ana@nas/share on /Volumes/my share (smbfs, nodev, nosuid, mounted by ana)
/dev/disk2s1 on /Volumes/stick (msdos, local, nodev, nosuid)
"""


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("/home/ana/data", ""),
        ("/mnt/my share/perser/data", "cifs"),
        ("/mnt/my shared", ""),
        ("/mnt/nfs", "nfs4"),
        ("/mnt/nfs/usb/data", ""),
        ("/home/ana/far/data", "fuse.sshfs"),
        ("/mnt/twice/data", "nfs"),
    ],
)
def test_the_innermost_mount_tells_what_a_folder_lies_on(place: str, kind: str) -> None:
    assert kind_of(place, mounts_of_linux(LINUX)) == kind


@pytest.mark.parametrize(
    ("place", "kind"),
    [("/Users/ana", ""), ("/Volumes/my share/data", "smbfs"), ("/Volumes/stick/data", "")],
)
def test_a_mac_tells_it_too(place: str, kind: str) -> None:
    assert kind_of(place, mounts_of_macos(MACOS)) == kind


def test_a_folder_of_this_computer_lies_on_no_network_drive(tmp_path: Path) -> None:
    assert network_drive(tmp_path) == ""


def test_a_store_on_a_network_drive_says_so_once(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(drives, "network_drive", lambda place: "cifs")
    store = Store(folder)
    (sentence,) = store.notices
    assert "network drive (cifs)" in sentence
    assert "two computers" in sentence
    store.close()
    again = Store(folder)
    assert again.notices == []
    again.close()


def test_a_mount_table_that_cannot_be_read_is_no_reason_to_stop(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(text: str) -> list[tuple[str, str]]:
        raise OSError("no table")

    monkeypatch.setattr(drives, "mounts_of_linux", broken)
    monkeypatch.setattr(drives, "mounts_of_macos", broken)
    store = Store(folder)
    assert store.notices == []
    store.close()
