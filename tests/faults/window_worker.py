"""The real window, used without pause until the process is killed.

    python -m tests.faults.window_worker SEED        (PERSER_HOME and a prepared store)

Like `worker`, it prints what is about to be done ("begin") and, when the window says that all is
saved, what stands ("saved": words by clip). It labels, clears, undoes, does again, fails to save
because another program writes, tries again, closes and opens anew.
"""

from __future__ import annotations

import random
import sqlite3
import sys
from collections.abc import Iterator

from PySide6.QtCore import Qt

from perser_gui import paths
from perser_gui.store import database
from perser_gui.testing import tiny_encoder
from perser_gui.ui.acts import loudspeaker
from perser_gui.ui.shell.window import MainWindow
from perser_gui.upstream import encoders
from tests.e2e.desk_session import Condition, act, press, saved
from tests.e2e.every_action import SilentPlayer

from .worker import tell

CONTROL = Qt.KeyboardModifier.ControlModifier


def standing(window: MainWindow) -> dict[str, str]:
    return {
        clip: rating.emotions[0] if rating.emotions else rating.answer
        for clip, rating in window.session.ratings.items()
    }


def use(window: MainWindow, random_: random.Random, acts: int) -> Iterator[Condition]:
    """Do so many things, one after the other, and tell of each."""
    session = window.session
    yield lambda: session.rows and session.listener is not None
    yield saved(window)
    tell(saved=standing(window), begin="open")
    for _ in range(acts):
        clip = random_.choice(session.rows).clip.content
        window.workbench.go_to(clip, play=False)
        what = random_.choice(("label", "label", "label", "clear", "undo", "redo", "retry"))
        word = random_.randrange(min(len(session.emotions.words), 9))
        if what in ("label", "retry"):
            said = session.emotions.words[word]
            tell(begin=what, clip=clip, word=said)
            if what == "retry":
                yield from failing(window, word)
            else:
                press(window, Qt.Key.Key_1 + word)
        elif what == "clear":
            tell(begin="clear", clip=clip)
            window.labelling.clear()
        else:
            tell(begin=what)
            press(window, Qt.Key.Key_Z if what == "undo" else Qt.Key.Key_Y, CONTROL)
        yield saved(window)
        yield lambda: not window.runner.busy
        tell(saved=standing(window), done=what)
    tell(begin="close")


def failing(window: MainWindow, word: int) -> Iterator[Condition]:
    """Press while another program writes, until it is told; then try again."""
    other = sqlite3.connect(paths.data_dir() / "perser.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    before = window.labelling._number
    press(window, Qt.Key.Key_1 + word)
    if window.labelling._number == before:  # it has this label already
        other.close()
        return
    yield lambda: window.labelling.save_state == "failed"
    other.execute("ROLLBACK")
    other.close()
    window.labelling.retry_saving()


def main(seed: int) -> None:
    random_ = random.Random(seed)
    database.BUSY_SECONDS = 0.05
    encoders.load_encoder = lambda *_args, **_options: tiny_encoder()  # type: ignore[assignment,return-value]
    loudspeaker._system_player = SilentPlayer  # type: ignore[assignment]
    tell(begin="start")
    while True:
        act(lambda window: use(window, random_, random_.randrange(2, 12)), [])
        tell(done="close")


if __name__ == "__main__":
    main(int(sys.argv[1]))
