"""Corpora that may be downloaded, from the places where their authors offer them.

Nothing is asked of the network before the licence was accepted.
"""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from perser_gui.errors import PerserError
from perser_gui.fetch import Remote, fetch
from perser_gui.files import put_in_place, write_whole
from perser_gui.progress import Progress

MAX_UNPACKED = 4 << 30
_POINTER = re.compile(
    rb"version https://git-lfs\.github\.com/spec/v1\s+oid sha256:([0-9a-f]{64})\s+size (\d+)\s*"
)


@dataclass(frozen=True)
class Corpus:
    """A corpus that can be downloaded: what it is, whose, and under which licence.

    `keep` chooses files of the archive by a pattern of their path. `audio` is where files
    are that the archive only points to, each with its SHA-256.
    """

    kind: str
    title: str
    licence: str
    licence_url: str
    terms: str
    citation: str
    archive: Remote
    keep: str
    audio: str = ""


CORPORA: dict[str, Corpus] = {
    "ravdess": Corpus(
        kind="ravdess",
        title="RAVDESS, speech: 1,440 acted English clips of 24 actors, 208 MB",
        licence="CC BY-NC-SA 4.0",
        licence_url="https://creativecommons.org/licenses/by-nc-sa/4.0/",
        terms="Name the authors, no commercial use, share changes under the same licence.",
        citation="Livingstone and Russo (2018), PLoS ONE 13(5): e0196391, "
        "doi:10.5281/zenodo.1188976",
        archive=Remote(
            url="https://zenodo.org/records/1188976/files/Audio_Speech_Actors_01-24.zip?download=1",
            name="Audio_Speech_Actors_01-24.zip",
            size=208_468_073,
            digest="md5:bc696df654c87fed845eb13823edef8a",
        ),
        keep=r"Actor_\d\d/[\d-]+\.wav",
    ),
    "emodb": Corpus(
        kind="emodb",
        title="EMO-DB: 535 acted German clips of 10 actors, 40 MB",
        licence="CC0 1.0",
        licence_url="https://creativecommons.org/publicdomain/zero/1.0/",
        terms="No conditions; naming the authors is good practice.",
        citation="Burkhardt et al. (2005), A database of German emotional speech, Interspeech",
        archive=Remote("http://emodb.bilderbar.info/download/download.zip", "download.zip"),
        keep=r"(wav/\w+\.wav|erkennung\.txt)",
    ),
    "crema-d": Corpus(
        kind="crema-d",
        title="CREMA-D: 7,442 acted English clips with the votes of 2,443 listeners, 0.6 GB",
        licence="ODbL 1.0 (contents: DbCL 1.0)",
        licence_url="https://opendatacommons.org/licenses/odbl/1-0/",
        terms="Name the source, share databases made from it under the same licence.",
        citation="Cao et al. (2014), IEEE Transactions on Affective Computing 5(4), 377-390",
        archive=Remote(
            "https://github.com/CheyneyComputerScience/CREMA-D/archive/refs/heads/master.zip",
            "CREMA-D-master.zip",
        ),
        keep=r"(finished(Emo)?Responses\.csv|SentenceFilenames\.csv|VideoDemographics\.csv"
        r"|AudioWAV/\w+\.wav)",
        audio="https://media.githubusercontent.com/media/CheyneyComputerScience/CREMA-D/master/",
    ),
}
"""Every corpus that `perser corpora get` knows."""


def corpus_named(name: str) -> Corpus:
    """Return a corpus that can be downloaded.

    Raises:
        PerserError: if there is none of this name.
    """
    key = name.strip().lower().replace("_", "-").replace("emo-db", "emodb")
    if key not in CORPORA:
        raise PerserError(
            f"“{name}” cannot be downloaded; there are {', '.join(CORPORA)}. "
            "IEMOCAP, MSP-Improv and MSP-Podcast are given out by their authors on request."
        )
    return CORPORA[key]


def download(corpus: Corpus, folder: Path, progress: Progress | None = None) -> Path:
    """Download a corpus whose licence was accepted into a folder, and return the folder.

    What is there already is kept, and what broke off is continued. The licence is written
    beside the files as `LICENCE.txt`.

    Raises:
        PerserError: if the server or the disk fails, or something else arrives.
        Cancelled: if the user cancelled; the next attempt goes on from there.
    """
    progress = progress or Progress()
    archive = folder / corpus.archive.name
    share = 0.1 if corpus.audio else 0.95
    if not (folder / "LICENCE.txt").is_file():
        fetch(corpus.archive, archive, progress.part(0.0, share))
        unpack(archive, folder, corpus.keep, progress.part(share, share + 0.02))
        _write_licence(corpus, folder)
        archive.unlink()
    if corpus.audio:
        _fetch_audio(corpus, folder, progress.part(share + 0.02, 1.0))
    progress.report(1.0, corpus.title)
    return folder


def unpack(archive: Path, folder: Path, keep: str, progress: Progress | None = None) -> int:
    """Unpack the files of a ZIP whose path matches `keep`, and return how many there were.

    A single outer folder is dropped from the paths. Nothing is written outside `folder`,
    no links are made, and each file's own checksum is verified.

    Raises:
        PerserError: if the archive is damaged, too large, or holds nothing that matches;
            it is deleted then, so that the next attempt begins anew.
    """
    progress = progress or Progress()
    try:
        with zipfile.ZipFile(archive) as opened:
            chosen = [
                (item, path)
                for item in opened.infolist()
                if not item.is_dir() and (path := _chosen(item.filename, keep))
            ]
            if not chosen:
                raise zipfile.BadZipFile("nothing that belongs to the corpus is in it")
            if sum(item.file_size for item, _ in chosen) > MAX_UNPACKED:
                raise zipfile.BadZipFile("it is far too large")
            for number, (item, path) in enumerate(chosen):
                progress.report(number / len(chosen), path)
                _extract(opened, item, folder / path)
    except (zipfile.BadZipFile, NotImplementedError, EOFError, RuntimeError, ValueError) as error:
        archive.unlink(missing_ok=True)
        raise PerserError(
            f"{archive} is not the archive that was expected ({error}); "
            "it was deleted, please try again."
        ) from error
    except OSError as error:
        raise PerserError(
            f"{folder} cannot be written ({error.strerror}); "
            "please make room or choose another folder."
        ) from error
    return len(chosen)


def _chosen(name: str, keep: str) -> str:
    """Return the path inside the folder of a member that is wanted, else nothing."""
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in name:
        return ""
    for candidate in (path, PurePosixPath(*path.parts[1:])):
        if re.fullmatch(keep, str(candidate)):
            return str(candidate)
    return ""


def _extract(opened: zipfile.ZipFile, item: zipfile.ZipInfo, target: Path) -> None:
    if item.file_size > MAX_UNPACKED or (target.is_file() and not _is_pointer(target)):
        return
    with opened.open(item) as stream:
        content = stream.read(item.file_size + 1)
    if len(content) != item.file_size:
        raise zipfile.BadZipFile(f"{item.filename} is not as long as it says")
    write_whole(target, content)


def _is_pointer(path: Path) -> bool:
    return path.stat().st_size < 1024 and bool(_POINTER.fullmatch(path.read_bytes()))


def _fetch_audio(corpus: Corpus, folder: Path, progress: Progress) -> None:
    """Replace every pointer by the file it points to."""
    wanted = sorted(path for path in folder.rglob("*.wav") if _is_pointer(path))
    for number, path in enumerate(wanted):
        progress.report(number / len(wanted), f"{number:,} of {len(wanted):,} clips")
        match = _POINTER.fullmatch(path.read_bytes())
        assert match is not None
        inside = path.relative_to(folder).as_posix()
        remote = Remote(corpus.audio + inside, inside, int(match[2]), "sha256:" + match[1].decode())
        # beside its pointer, so that a break leaves the pointer for the next attempt
        whole = fetch(remote, path.with_name(path.name + ".whole"), progress.part(0, 0))
        put_in_place(whole, path)


def _write_licence(corpus: Corpus, folder: Path) -> None:
    text = (
        f"{corpus.title}\nLicence: {corpus.licence}, {corpus.licence_url}\n{corpus.terms}\n"
        f"Please cite: {corpus.citation}\nFrom: {corpus.archive.url}\n"
    )
    write_whole(folder / "LICENCE.txt", text)
