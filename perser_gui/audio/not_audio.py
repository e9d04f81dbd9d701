"""What a file is that is called sound and is none."""

from __future__ import annotations

_MAGICS: tuple[tuple[bytes, str], ...] = (
    (b"PK\x03\x04", "a zip archive; please unpack it first"),
    (b"PK\x05\x06", "an empty zip archive; please get it from its origin again"),
    (b"\x1f\x8b", "a gzip archive; please unpack it first"),
    (b"BZh", "a bzip2 archive; please unpack it first"),
    (b"\xfd7zXZ\0", "an xz archive; please unpack it first"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive; please unpack it first"),
    (b"Rar!\x1a\x07", "a rar archive; please unpack it first"),
    (b"%PDF", "a PDF document; please choose the recording itself"),
    (b"\x89PNG", "a picture (PNG); please choose the recording itself"),
    (b"\xff\xd8\xff", "a picture (JPEG); please choose the recording itself"),
    (b"GIF8", "a picture (GIF); please choose the recording itself"),
    (b"MThd", "a MIDI file, which holds notes and no sound; please choose a recording"),
    (b"SQLite format 3\0", "a database; please choose the recording itself"),
    (b"MZ", "a program for Windows; please choose the recording itself"),
    (b"\x7fELF", "a program; please choose the recording itself"),
    (b"\x00\x05\x16\x07", "the companion that macOS writes beside a file; please choose that file"),
    (b"bplist00", "a property list of macOS; please choose the recording itself"),
)


def kind_of_stranger(head: bytes) -> str:
    r"""Return what a file without sound is and what to do about it, or "" if nobody knows.

    `head` is the beginning of the file, some hundred bytes of it.

    >>> kind_of_stranger(b"PK\x03\x04....")
    'a zip archive; please unpack it first'
    """
    for magic, kind in _MAGICS:
        if head.startswith(magic):
            return kind
    if head[257:262] == b"ustar":
        return "a tar archive; please unpack it first"
    if head.startswith(b"version https://git-lfs.github.com/spec/"):
        return (
            "a Git LFS pointer that stands for the sound; please run “git lfs pull” where it "
            "was cloned"
        )
    if head and not head.strip(b"\0"):
        return (
            "nothing but zeros, as an interrupted download leaves behind; please get it from its "
            "origin again"
        )
    return _kind_of_text(head)


def _kind_of_text(head: bytes) -> str:
    wide = head[:2] in (b"\xff\xfe", b"\xfe\xff")
    text = head.decode("utf-16" if wide else "utf-8", "ignore").lstrip("\ufeff \t\r\n")
    plain = text.lower()
    if plain.startswith(("<!doctype html", "<html", "<head", "<body")) or "<html" in plain[:300]:
        return (
            "a web page, perhaps an error or a log-in that was saved in its place; please "
            "download it again"
        )
    if "/annex/objects/" in plain[:300] or plain.startswith("../.git/annex/"):
        return "a git-annex pointer that stands for the sound; please run “git annex get”"
    if plain.startswith("<?xml"):
        return "an XML text, perhaps an error message; please download it again"
    if plain.startswith(("{", "[")) and _is_text(text):
        return "a JSON text, perhaps an error message; please download it again"
    if len(text) > 3 and _is_text(text):
        return "a text; please choose the recording itself"
    return ""


def _is_text(text: str) -> bool:
    return all(letter.isprintable() or letter in "\r\n\t\f" for letter in text)
