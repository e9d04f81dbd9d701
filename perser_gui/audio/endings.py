"""The one list of file name endings: what is sound, what is video with sound, what is neither."""

from __future__ import annotations

from pathlib import Path

LIBSNDFILE_SUFFIXES: frozenset[str] = frozenset(
    {".wav", ".wave", ".flac", ".ogg", ".oga", ".opus", ".mp3", ".mpga"}
    | {".aif", ".aiff", ".aifc", ".afc", ".au", ".snd", ".caf", ".w64", ".rf64", ".bwf"}
    | {".sph", ".nist", ".voc"}
)
"""Endings of what is decoded without any further program."""

FFMPEG_SUFFIXES: frozenset[str] = frozenset(
    {".m4a", ".m4b", ".m4r", ".aac", ".adts", ".wma", ".mka", ".weba", ".amr", ".awb", ".spx"}
    | {".ac3", ".eac3", ".dts", ".mp1", ".mp2", ".ape", ".wv", ".tta", ".dsf", ".mpc", ".shn"}
)
"""Endings of sound that an installed `ffmpeg` program decodes."""

VIDEO_SUFFIXES: frozenset[str] = frozenset(
    {".mp4", ".m4v", ".mov", ".qt", ".mkv", ".webm", ".avi", ".flv", ".f4v", ".3gp", ".3g2"}
    | {".mpg", ".mpeg", ".vob", ".ts", ".mts", ".m2ts", ".m2t", ".wmv", ".asf", ".ogv", ".mxf"}
)
"""Endings of video, whose sound an installed `ffmpeg` program decodes."""

AUDIO_SUFFIXES: frozenset[str] = LIBSNDFILE_SUFFIXES | FFMPEG_SUFFIXES | VIDEO_SUFFIXES
"""Endings that are looked for in folders, by both doors and by the readers of corpora."""

_OTHERS = {
    "picture": ".png .jpg .jpeg .gif .bmp .svg .tif .tiff .webp .heic .ico",
    "table": ".csv .tsv .xls .xlsx .ods .parquet",
    "annotation": ".textgrid .eaf .trs .lab .phn .wrd .srt .vtt .ass .sfv .praat .pitch",
    "text": ".txt .md .rst .log .tex .readme .transcript .trn",
    "document": ".pdf .doc .docx .odt .rtf .ppt .pptx .html .htm",
    "data file": ".json .jsonl .yaml .yml .xml .toml .ini .npy .npz .pt .pth .h5 .mat .pkl .db",
    "archive": ".zip .tar .gz .tgz .bz2 .xz .7z .rar",
    "program": ".py .sh .bat .exe .ipynb .m .r .js",
    "playlist": ".m3u .m3u8 .pls .cue",
    "MIDI file": ".mid .midi",
}
_KINDS = {ending: kind for kind, endings in _OTHERS.items() for ending in endings.split()}


def is_audio_name(name: str | Path) -> bool:
    """Return whether a file name ends as sound or video does, in whatever letter case."""
    return Path(name).suffix.lower() in AUDIO_SUFFIXES


def kind_of_name(name: str | Path) -> str:
    """Return what a file that is no sound seems to be by its name, as a singular.

    >>> kind_of_name("cat.JPG"), kind_of_name("notes"), kind_of_name("clip.xyz")
    ('picture', 'file without ending', '.xyz file')
    """
    ending = Path(name).suffix.lower()
    if not ending:
        return "file without ending"
    return _KINDS.get(ending) or f"{ending} file"
