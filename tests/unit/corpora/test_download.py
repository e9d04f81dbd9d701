"""Getting a corpus: licence first, then a checked download from a local server."""

from __future__ import annotations

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from perser_gui.cli import main
from perser_gui.corpora import download as downloading
from perser_gui.corpora.download import CORPORA, Corpus, corpus_named, download, unpack
from perser_gui.errors import PerserError
from perser_gui.fetch import Remote

from . import fixtures

WAVE = b"RIFF" + bytes(2000)
CLIP = "03-01-05-01-01-01-02.wav"


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


@pytest.fixture
def site() -> Iterator[tuple[str, dict[str, bytes], list[str]]]:
    """An address, what it serves by path, and the paths that were asked for."""
    pages: dict[str, bytes] = {}
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            content = pages.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}", pages, asked
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def ravdess(
    site: tuple[str, dict[str, bytes], list[str]], monkeypatch: pytest.MonkeyPatch
) -> Corpus:
    address, pages, _ = site
    pages["/a.zip"] = zipped({f"Actor_02/{CLIP}": WAVE, "Actor_02/readme.txt": b"no"})
    digest = "md5:" + hashlib.md5(pages["/a.zip"], usedforsecurity=False).hexdigest()
    archive = Remote(f"{address}/a.zip", "a.zip", len(pages["/a.zip"]), digest)
    corpus = replace(CORPORA["ravdess"], archive=archive)
    monkeypatch.setitem(CORPORA, "ravdess", corpus)
    return corpus


def test_nothing_is_asked_of_the_network_before_the_licence_is_accepted(
    ravdess: Corpus,
    site: tuple[str, dict[str, bytes], list[str]],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["corpora", "get", "ravdess", "--to", str(tmp_path / "r")]) == 2
    shown = capsys.readouterr().err
    assert "CC BY-NC-SA 4.0" in shown
    assert "Livingstone" in shown
    assert "no checksum" not in shown
    assert "--accept-licence" in shown
    assert site[2] == []
    assert not (tmp_path / "r").exists()


def test_an_accepted_corpus_arrives_with_its_licence_and_can_be_read(
    ravdess: Corpus, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    to = tmp_path / "r"
    assert main(["corpora", "get", "ravdess", "--to", str(to), "--accept-licence"]) == 0
    assert sorted(p.relative_to(to).as_posix() for p in to.rglob("*") if p.is_file()) == [
        f"Actor_02/{CLIP}",
        "LICENCE.txt",
    ]
    assert "CC BY-NC-SA 4.0" in (to / "LICENCE.txt").read_text(encoding="utf-8")
    shown = capsys.readouterr()
    assert "1 ratings of 1 files" in shown.out
    assert "fewer than its 1,440" in shown.err


def test_a_corpus_that_is_there_is_not_downloaded_again(
    ravdess: Corpus, site: tuple[str, dict[str, bytes], list[str]], tmp_path: Path
) -> None:
    download(ravdess, tmp_path / "r")
    download(ravdess, tmp_path / "r")
    assert site[2] == ["/a.zip"]


def test_a_forged_archive_is_refused(
    ravdess: Corpus, site: tuple[str, dict[str, bytes], list[str]], tmp_path: Path
) -> None:
    content = bytearray(site[1]["/a.zip"])
    content[100] ^= 1
    site[1]["/a.zip"] = bytes(content)
    with pytest.raises(PerserError, match="checksum is not the published one"):
        download(ravdess, tmp_path / "r")
    assert [p for p in (tmp_path / "r").rglob("*") if p.is_file()] == []


def crema(site: tuple[str, dict[str, bytes], list[str]], tmp_path: Path) -> Corpus:
    """CREMA-D as its repository gives it: tables, and pointers in place of sound."""
    address, pages, _ = site
    fixtures.crema_d(tmp_path / "made")
    files = {f"CREMA-D-master/{p.name}": p.read_bytes() for p in (tmp_path / "made").iterdir()}
    for clip in ("1099_XYZ_HAP_XX", "1098_XYZ_ANG_HI"):
        whole = WAVE + clip.encode()
        pages[f"/media/AudioWAV/{clip}.wav"] = whole
        files[f"CREMA-D-master/AudioWAV/{clip}.wav"] = (
            "version https://git-lfs.github.com/spec/v1\n"
            f"oid sha256:{hashlib.sha256(whole).hexdigest()}\nsize {len(whole)}\n"
        ).encode()
    pages["/c.zip"] = zipped(files)
    return replace(
        CORPORA["crema-d"],
        archive=Remote(f"{address}/c.zip", "c.zip"),
        audio=f"{address}/media/",
    )


def test_crema_d_gets_the_sound_that_its_archive_only_points_to(
    site: tuple[str, dict[str, bytes], list[str]], tmp_path: Path
) -> None:
    from perser_gui.corpora.crema_d import read_crema_d

    corpus = crema(site, tmp_path)
    folder = download(corpus, tmp_path / "c")
    assert (folder / "AudioWAV" / "1099_XYZ_HAP_XX.wav").read_bytes() == WAVE + b"1099_XYZ_HAP_XX"
    assert len(read_crema_d(folder)) == 3
    assert not list(folder.rglob("*.whole*"))


def test_a_clip_that_is_not_what_its_pointer_says_is_fetched_anew_later(
    site: tuple[str, dict[str, bytes], list[str]], tmp_path: Path
) -> None:
    corpus = crema(site, tmp_path)
    place = "/media/AudioWAV/1099_XYZ_HAP_XX.wav"
    right = site[1][place]
    site[1][place] = right[:-1] + b"?"
    with pytest.raises(PerserError, match="checksum is not the published one"):
        download(corpus, tmp_path / "c")
    site[1][place] = right
    site[2].clear()
    download(corpus, tmp_path / "c")
    assert site[2] == [place]


def test_an_archive_without_a_published_checksum_is_said_to_have_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["corpora", "get", "emodb", "--to", str(tmp_path / "e")]) == 2
    assert "publish no checksum" in capsys.readouterr().err


@pytest.mark.parametrize(
    "name", ["../Actor_01/1.wav", "/Actor_01/1.wav", "C:/Actor_01/1.wav", "..\\Actor_01\\1.wav"]
)
def test_an_archive_writes_nothing_outside_its_folder(tmp_path: Path, name: str) -> None:
    archive = tmp_path / "evil.zip"
    archive.write_bytes(zipped({name: b"x", "Actor_02/1.wav": b"y"}))
    assert unpack(archive, tmp_path / "in", r".*Actor_\d\d/\d\.wav") == 1
    found = [p for p in tmp_path.rglob("*.wav") if p.is_file()]
    assert found == [tmp_path / "in" / "Actor_02" / "1.wav"]


@pytest.mark.parametrize("damage", ["not a zip", "cut", "flipped", "huge", "foreign"])
def test_a_damaged_archive_is_deleted_with_a_sentence(
    tmp_path: Path, damage: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = zipped({"wav/1.wav": bytes(range(256)) * 40})
    broken = {
        "not a zip": b"<html>Please log in</html>",
        "cut": content[: len(content) // 2],
        "flipped": content[:60] + bytes([content[60] ^ 255]) + content[61:],
        "huge": content,
        "foreign": zipped({"other.txt": b"x"}),
    }[damage]
    if damage == "huge":
        monkeypatch.setattr(downloading, "MAX_UNPACKED", 1000)
    archive = tmp_path / "a.zip"
    archive.write_bytes(broken)
    with pytest.raises(PerserError, match="not the archive that was expected"):
        unpack(archive, tmp_path / "in", r"wav/\w+\.wav")
    assert not archive.exists()


def test_corpora_that_are_given_out_on_request_only_are_explained() -> None:
    assert corpus_named("CREMA_D").kind == "crema-d"
    with pytest.raises(PerserError, match="by their authors on request"):
        corpus_named("iemocap")


def test_a_copy_is_checked_and_turned_into_a_ratings_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fixtures.ravdess(tmp_path / "r")
    place = f"ravdess:{tmp_path / 'r'}"
    assert main(["corpora", "check", place, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["ratings"], found["speakers"], found["emotions"]) == (1, 1, {"neutral": 1})
    assert main(["corpora", "check", place]) == 0
    assert "neutral" in capsys.readouterr().out
    assert main(["corpora", "table", place, "--out", str(tmp_path / "t.csv")]) == 0
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").startswith("file,listener,emotion")
    assert main(["corpora", "list"]) == 0
    assert "msp-podcast" in capsys.readouterr().out
    assert main(["corpora", "check", "tape:/x"]) == 2


def test_listeners_with_too_few_ratings_can_be_left_out(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fixtures.msp_podcast(tmp_path / "p")
    (tmp_path / "r.csv").write_text(
        "file,listener,emotion\na,ann,sad\nb,ann,sad\na,bo,sad\n", encoding="utf-8"
    )
    for place, left_out in (
        (f"msp-podcast:{tmp_path / 'p'}", "2 workers with fewer than 2 ratings were left out."),
        (f"folder:{tmp_path / 'r.csv'}", "1 listeners with fewer than 2 ratings were left out."),
    ):
        assert main(["corpora", "check", place, "--fewest", "2", "--json"]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["ratings"], found["listeners"]) == (2, 1)
        assert any(left_out in note for note in found["notes"])
    out = str(tmp_path / "t.csv")
    assert main(["corpora", "table", place, "--out", out, "--fewest", "3"]) == 2
    assert "the most are 2" in capsys.readouterr().err
    assert main(["corpora", "table", place, "--out", out, "--fewest", "2"]) == 0
    assert (tmp_path / "t.csv").read_text(encoding="utf-8").count("ann") == 2


def test_simulated_listeners_are_written_as_a_table_and_called_simulated(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from perser_gui.corpora import read_ratings

    (tmp_path / "r").mkdir()
    for clip in range(16):
        (tmp_path / "r" / f"03-01-0{clip // 2 + 1}-01-01-0{clip % 2 + 1}-01.wav").touch()
    arguments = ["corpora", "simulate", "--corpus", f"ravdess:{tmp_path / 'r'}", "--ratings", "12"]
    arguments += ["--listeners", "3", "--out"]
    assert main([*arguments, str(tmp_path / "a.csv")]) == 0
    assert "simulated ratings" in capsys.readouterr().out
    assert main([*arguments, str(tmp_path / "b.csv")]) == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()
    table = read_ratings(tmp_path / "a.csv")
    assert (len(table), len(table.listeners)) == (36, 3)
    assert all(listener.startswith("simulated") for listener in table.listeners)
    assert main([*arguments, str(tmp_path / "c.csv"), "--listeners", "0"]) == 2
    shown = [*["corpora", "split", "--ratings", str(tmp_path / "a.csv")], "--out", str(tmp_path)]
    capsys.readouterr()
    assert main([*shown, "--listeners", "1", "--shots", "1", "--utterance", "seen"]) == 0
    train, test = (read_ratings(tmp_path / f"{name}.csv") for name in ("train", "test"))
    assert len(test.listeners) == 1
    assert not set(train.listeners) & set(test.listeners)
    assert len(train) + len(test) == len(table)
    assert {row.split for row in test} == {"train", "test"}
    clips = {row.file for row in test if row.split == "test"}
    both = len(clips & set(train.files))
    assert f"Training sees 0 of 1 tested listeners and {both} of {len(clips)} tested clips." in (
        capsys.readouterr().out
    )
    assert (
        main([*shown, "--listeners", "1", "--shots", "1", "--utterance", "seen", "--most", "9"])
        == 0
    )
    assert len(read_ratings(tmp_path / "train.csv")) == 9


def test_a_clip_under_two_names_is_found_when_the_audio_is_shown(tmp_path: Path) -> None:
    from perser_gui.corpora import read_ratings

    lines = ["file,listener,emotion"]
    lines += [f"{clip:02}.wav,{who},sad" for who in ("ann", "bo") for clip in range(12)]
    lines += [f"copy{clip:02}.wav,bo,sad" for clip in range(12)]
    (tmp_path / "r.csv").write_text("\n".join(lines), encoding="utf-8")
    for clip in range(12):
        for name in (f"{clip:02}.wav", f"copy{clip:02}.wav"):
            (tmp_path / name).write_bytes(WAVE + bytes([clip]))
    words = ["corpora", "split", "--ratings", str(tmp_path / "r.csv"), "--out", str(tmp_path)]
    words += ["--listeners", "1", "--shots", "2", "--annotator", "seen", "--seed", "2"]

    def copies() -> bool:
        train, test = (read_ratings(tmp_path / f"{name}.csv") for name in ("train", "test"))
        tested = {row.file[-6:] for row in test if row.split == "test"}
        return any(row.file[-6:] in tested for row in train)

    assert main(words) == 0
    assert copies()
    assert main([*words, "--audio", str(tmp_path)]) == 0
    assert not copies()
    assert main([*words, "--audio", str(tmp_path / "none")]) == 2
