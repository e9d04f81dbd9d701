"""A process that uses a store until it is killed, telling what it was told is saved.

    python -m tests.faults.worker FOLDER KIND SEED

Each line on stdout is one JSON document: what is about to be done ("begin"), and what the
store said was done ("done"). The parent kills it and compares the two with the store.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import numpy as np

from perser_gui.desk import importing
from perser_gui.desk.importing import PlannedImport, PlannedListener
from perser_gui.desk.values import Understood
from perser_gui.emotions import EmotionSet
from perser_gui.records import Clip, Profile, Said
from perser_gui.store import Store

CLIPS = 12
UNDERSTOOD = Understood("made up", 0, (), {}, 0)
WORDS = ("neutral", "calm", "happy", "sad", "angry")


def content(number: int) -> str:
    return f"{number:064x}"


def clip(number: int) -> Clip:
    return Clip(content(number), Path(f"/audio/{number}.wav"), 1.0, source="/audio")


def tell(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def main(folder: Path, kind: str, seed: int) -> None:
    random_ = random.Random(seed)
    tell(begin="open")
    store = Store(folder)
    if not store.clips():
        store.add_clips([clip(n) for n in range(CLIPS)])
        store.add_listener("Ana")
    tell(done="open")
    while True:
        ACTS[kind](store, random_)


def label(store: Store, random_: random.Random) -> None:
    where, word = random_.randrange(CLIPS), random_.choice(WORDS)
    tell(begin="label", clip=where, word=word)
    store.add_rating(1, content(where), (word,))
    tell(done="label", clip=where, word=word)


def clear(store: Store, random_: random.Random) -> None:
    where = random_.randrange(CLIPS)
    tell(begin="clear", clip=where)
    store.clear_rating(1, content(where))
    tell(done="clear", clip=where)


def undoing(store: Store, random_: random.Random) -> None:
    what = random_.choice(("label", "label", "clear", "undo", "redo"))
    if what == "label":
        label(store, random_)
    elif what == "clear":
        clear(store, random_)
    else:
        tell(begin=what)
        (store.undo if what == "undo" else store.redo)(1)
        tell(done=what)


def labelling(store: Store, random_: random.Random) -> None:
    label(store, random_)


def closing(store: Store, random_: random.Random) -> None:
    label(store, random_)
    store.close()
    tell(done="close")
    store.__init__(store.folder)  # type: ignore[misc]


def adding(store: Store, random_: random.Random) -> None:
    start = random_.randrange(100, 10**6)
    tell(begin="add", clips=[start, start + 20])
    store.add_clips([clip(n) for n in range(start, start + 20)])
    tell(done="add", clips=[start, start + 20])


def importing_(store: Store, random_: random.Random) -> None:
    name = f"L{random_.randrange(10**6)}"
    said = tuple(Said(content(n), (random_.choice(WORDS),)) for n in range(CLIPS))
    planned = PlannedListener(name, EmotionSet.of(WORDS), None, said)
    tell(begin="import", name=name)
    importing.carry_out(
        store, PlannedImport((planned,), tuple(clip(n) for n in range(CLIPS)), UNDERSTOOD)
    )
    tell(done="import", name=name)


def adapting(store: Store, random_: random.Random) -> None:
    label(store, random_)
    value = random_.random()
    tell(begin="profile", value=value)
    weights = {"output.bias": np.array([value, -value], np.float32)}
    store.add_profile(1, Profile("fine-tune", "d1ge57", ("happy", "sad"), weights), current=True)
    tell(done="profile", value=value)


def migrating(store: Store, random_: random.Random) -> None:
    tell(done="migrated")
    label(store, random_)


ACTS = {
    "labelling": labelling,
    "undoing": undoing,
    "closing": closing,
    "adding": adding,
    "importing": importing_,
    "adapting": adapting,
    "migrating": migrating,
}

if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]))
