"""A profile as one file: shown, refused where it does not fit, and made again."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from perser_gui.desk import Desk
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.store import read_shared
from perser_gui.testing import write_tone


@pytest.fixture
def adapted(desk: Desk, audio: Path) -> int:
    """Ana, who labelled six of eight tones; two more of the folder come later."""
    clips = [clip.content for clip in desk.open_clips([audio], Progress()).clips]
    desk.embed(clips, Progress())
    ana = desk.add_listener("Ana")
    for number, clip in enumerate(clips[:6]):
        desk.rate(ana.id, clip, emotions=["sad" if number % 2 else "happy"])
    made = desk.adapt(ana.id, adapter="fine-tune", seed=3, device="cpu", progress=Progress())
    assert made.record is not None
    desk.make_current(ana.id, made.record.id)
    for hertz in (500, 900):
        write_tone(audio / f"later-{hertz}.wav", hertz)
    later = desk.open_clips([audio], Progress()).clips
    desk.predict([clip.content for clip in later], ana.id, Progress())
    return ana.id


def test_a_profile_is_made_again_bit_for_bit_though_the_library_grew_since(
    desk: Desk, adapted: int, tmp_path: Path
) -> None:
    path = tmp_path / "ana.perser"
    desk.export_profile(path, adapted, ratings=True, progress=Progress())
    replayed = desk.replay(path, Progress())
    assert (replayed.same, replayed.largest_difference) == (True, 0.0)
    assert len(replayed.shared.support.ratings) == 6  # type: ignore[union-attr]
    other = Desk.open(
        data_dir=tmp_path / "other", cache_dir=tmp_path / "cache2", checkpoint=desk._engine._name
    )
    assert other.replay(path, Progress()).same
    assert other.import_profile(path).name == "Ana"
    other.close()


def test_another_label_in_the_file_makes_another_profile(
    desk: Desk, adapted: int, tmp_path: Path
) -> None:
    path = tmp_path / "ana.safetensors"
    desk.export_profile(path, adapted, ratings=True, progress=Progress())
    content = path.read_bytes()
    changed = content.replace(b'\\"emotions\\": [\\"sad\\"]', b'\\"emotions\\": [\\"calm\\"]', 1)
    assert changed != content
    header = int.from_bytes(content[:8], "little") + len(changed) - len(content)
    path.write_bytes(header.to_bytes(8, "little") + changed[8:])
    replayed = desk.replay(path, Progress())
    assert not replayed.same
    assert replayed.largest_difference > 0


def test_a_file_without_labels_says_how_to_get_one_with_them(
    desk: Desk, adapted: int, tmp_path: Path
) -> None:
    desk.export_profile(tmp_path / "p", adapted)
    assert read_shared(tmp_path / "p").support is None
    with pytest.raises(PerserError, match="--with-ratings"):
        desk.replay(tmp_path / "p", Progress())
    clip = desk.ratings(adapted)[0].clip
    desk.rename_emotion(adapted, "sad", "blue")
    desk.rate(adapted, clip, emotions=["calm"])
    desk.export_profile(tmp_path / "q", adapted, ratings=True, progress=Progress())
    assert desk.replay(tmp_path / "q", Progress()).shared.listener == "Ana"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"format": "perser-profile-2"}, "newer version"),
        ({"format": "other"}, "is not a profile"),
        ({"base": "f" * 64}, "another base model"),
    ],
)
def test_a_profile_that_does_not_fit_is_refused_with_the_reason(
    desk: Desk, adapted: int, tmp_path: Path, change: dict[str, str], says: str
) -> None:
    path = tmp_path / "ana.perser"
    desk.export_profile(path, adapted)
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    metadata = json.loads(content[8 : 8 + length])["__metadata__"]
    profile = json.loads(metadata["profile"]) | {k: v for k, v in change.items() if k == "base"}
    metadata |= {"profile": json.dumps(profile)}
    metadata |= {k: v for k, v in change.items() if k == "format"}
    save_file(load_file(path), path, metadata=metadata)
    with pytest.raises(PerserError, match=says):
        desk.import_profile(path, "Somebody")
    assert [one.name for one in desk.listeners()] == ["Ana"]


def test_what_was_heard_leaves_with_the_labels_and_no_sound(
    desk: Desk, adapted: int, tmp_path: Path
) -> None:
    path = tmp_path / "ana.perser"
    desk.export_profile(path, adapted, ratings=True, progress=Progress())
    shared = read_shared(path)
    assert shared.support is not None
    assert shared.profile.recipe == ""
    assert shared.support.x.dtype == np.float32
    assert all(re.fullmatch("voice/[0-9a-f]{24}", voice) for voice in shared.support.voices)
    assert str(tmp_path).encode() not in path.read_bytes()
