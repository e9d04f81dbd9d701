"""Small planted worlds: clips in clusters by emotion, and listeners who swap two emotions."""

from __future__ import annotations

import numpy as np

from perser_gui.emotions import CLASSES
from perser_gui.metatraining.data import Clips, ListenerRatings, Material

FOUR = CLASSES[:1] + CLASSES[2:5]


def clips_of(
    per_voice: int = 24, *, corpora: int = 2, voices: int = 4, noise: float = 0.7, seed: int = 0
) -> tuple[Clips, np.ndarray]:
    """Return clips of `corpora` x `voices` speakers and the emotion 0..3 of each."""
    random = np.random.default_rng(seed)
    layers, width = 2, 10
    centres = random.standard_normal((len(FOUR), layers, width))
    names, x, speakers, where, emotions = [], [], [], [], []
    for corpus in range(corpora):
        shift = 0.3 * random.standard_normal((layers, width))
        for voice in range(voices):
            own = random.standard_normal((layers, width))
            for clip in range(per_voice):
                emotion = clip % len(FOUR)
                value = centres[emotion] + shift + own
                x.append(value + noise * random.standard_normal((layers, width)))
                names.append(f"{corpus}{voice}{clip:02d}".ljust(20, "x"))
                speakers.append(f"corpus{corpus}-voice{voice}")
                where.append(f"corpus{corpus}")
                emotions.append(emotion)
    table = Clips(
        tuple(names),
        np.stack(x).astype(np.float32),
        tuple(speakers),
        tuple(where),
        tuple(names),
        "toy-encoder",
    )
    return table, np.array(emotions)


def one_hot(emotions: np.ndarray) -> np.ndarray:
    return np.eye(len(FOUR), dtype=np.float32)[emotions]


def material_of_listeners(
    listeners: int = 8, *, swapped: float = 1.0, seed: int = 0, **sizes: float
) -> Material:
    """Return clips with acted labels, and listeners who each swap one pair of emotions.

    `swapped` is the share of a listener's ratings in which they do.
    """
    clips, emotions = clips_of(seed=seed, **sizes)  # type: ignore[arg-type]
    random = np.random.default_rng(seed + 1)
    rows = np.arange(len(clips))
    acted = [
        ListenerRatings(
            f"acted ({corpus})",
            rows[np.array(clips.corpora) == corpus],
            one_hot(emotions)[np.array(clips.corpora) == corpus],
            "acted",
        )
        for corpus in sorted(set(clips.corpora))
    ]
    people = []
    for number in range(listeners):
        first, second = random.choice(len(FOUR), 2, replace=False)
        heard = emotions.copy()
        does = random.random(len(heard)) < swapped
        heard[does & (emotions == first)] = second
        heard[does & (emotions == second)] = first
        people.append(ListenerRatings(f"person {number}", rows, one_hot(heard), "simulated"))
    return Material(clips, (*acted, *people), FOUR)
