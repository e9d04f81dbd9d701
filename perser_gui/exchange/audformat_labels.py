"""Labels as an audformat database: a table `emotion` with a column for each listener."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from perser_gui.corpora.beside import beside
from perser_gui.corpora.columns import BLIND, NOTE
from perser_gui.errors import PerserError
from perser_gui.exchange.annotations import Recording, text_of

_WHOLE = 0.0015
_TAKEN = ("file", "start", "end")


def write_audformat_labels(
    folder: Path, recordings: Sequence[Recording], names: Mapping[Path, str]
) -> None:
    """Write recordings as a database; `names` is what their files are called.

    The table is about whole files, or about parts if one label is. Each listener is a human
    rater; what stands beside a label has columns of its own, `Ana.note` beside `Ana`.

    Raises:
        PerserError: if audformat is not installed, or the folder cannot be written.
    """
    try:
        import audformat
    except ImportError as error:
        raise PerserError(
            "audformat is not installed; please run pip install 'perser-gui[audformat]'."
        ) from error
    segments: dict[tuple[str, float, float], dict[str, object]] = {}
    words: dict[str, None] = {}
    others: dict[str, str] = {}
    people: dict[str, str] = {}
    for recording in recordings:
        for label in recording.labels:
            whole = label.start < _WHOLE and label.end > recording.seconds - _WHOLE
            times = (0.0, -1.0) if whole else (label.start, label.end)
            cells = segments.setdefault((names[recording.path], *times), {})
            column = people.setdefault(label.listener, _column(label.listener))
            cells[column] = text = text_of(label.rating)
            words[text] = None
            for name, value in beside(label.rating).items():
                text_like = name in (BLIND, NOTE)
                cells[f"{column}.{name}"] = value if text_like else float(value)
                others[f"{column}.{name}"] = "text" if text_like else "number"
    database = audformat.Database(
        "perser-labels", usage=audformat.define.Usage.OTHER, description="Labels of perser-gui."
    )
    database.schemes["emotion"] = audformat.Scheme(labels=list(words))
    database.schemes["number"] = audformat.Scheme("float")
    if "text" in others.values():
        database.schemes["text"] = audformat.Scheme("str")
    files = [file for file, _, _ in segments]
    if all(end < 0 for _, _, end in segments):
        index = audformat.filewise_index(files)
    else:
        ends = [None if end < 0 else f"{end}s" for _, _, end in segments]
        index = audformat.segmented_index(files, [f"{s}s" for _, s, _ in segments], ends)
    database["emotion"] = audformat.Table(index)
    for listener, column in people.items():
        database.raters[listener] = audformat.Rater(audformat.define.RaterType.HUMAN)
        database["emotion"][column] = audformat.Column(scheme_id="emotion", rater_id=listener)
        database["emotion"][column].set([cells.get(column) for cells in segments.values()])
    for column, scheme in others.items():
        database["emotion"][column] = audformat.Column(scheme_id=scheme)
        database["emotion"][column].set([cells.get(column) for cells in segments.values()])
    try:
        database.save(str(folder), storage_format="csv")
    except OSError as error:
        raise PerserError(
            f"{folder} cannot be written ({error.strerror}); please choose another folder."
        ) from error


def _column(listener: str) -> str:
    return f"emotion.{listener}" if listener in _TAKEN else listener
