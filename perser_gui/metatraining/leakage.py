"""Does the held-out listener leak into training? Checked in every run, and loudly."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from perser_gui.errors import PerserError
from perser_gui.metatraining.data import Labels, ListenerRatings, Material
from perser_gui.metatraining.episodes import Chunk
from perser_gui.metatraining.stage import Stage
from perser_gui.model.checkpoint import Checkpoint


class LeakageError(PerserError):
    """Something that a held-out listener said, or heard, has reached training."""


def check_labels(labels: Labels, held_out: Collection[str]) -> None:
    """Refuse aggregated labels (and so class counts and weights) with a held-out rating in them.

    Raises:
        LeakageError: naming the listener.
    """
    for name in sorted(set(held_out) & labels.listeners):
        raise LeakageError(
            f"The ratings of “{name}”, who is held out, are part of the aggregated labels."
        )


def check_checkpoint(
    checkpoint: Checkpoint, held_out: Collection[str], unseen_clips: Collection[str] = ()
) -> None:
    """Refuse a start whose labels or normalization rest on held-out listeners or clips.

    Raises:
        LeakageError: naming the listener or the clip.
    """
    known = set(checkpoint.training.get("listeners", ()))
    for name in sorted(set(held_out) & known):
        raise LeakageError(
            f"The start {checkpoint.name} was pre-trained on ratings of “{name}”, who is held out."
        )
    contents = set(checkpoint.training.get("contents", ()))
    for clip in sorted({clip[:16] for clip in unseen_clips} & contents):
        raise LeakageError(
            f"The start {checkpoint.name} was pre-trained on the clip {clip}, which a held-out "
            "listener rated and which was to be unseen."
        )


def check_listeners(
    training: Sequence[ListenerRatings],
    development: Sequence[ListenerRatings],
    held_out: Collection[str],
) -> None:
    """Refuse training or selection on a held-out listener, or on one listener for both.

    Raises:
        LeakageError: naming the listener.
    """
    train = {each.listener for each in training}
    choose = {each.listener for each in development}
    for name in sorted(set(held_out) & train):
        raise LeakageError(f"“{name}” is held out and yet among the training listeners.")
    for name in sorted(set(held_out) & choose):
        raise LeakageError(f"“{name}” is held out and yet among the development listeners.")
    for name in sorted(train & choose):
        raise LeakageError(f"“{name}” is both a training and a development listener.")


def check_unseen(material: Material, unseen_clips: Collection[str]) -> None:
    """Refuse training material that holds a clip which is to be unseen.

    Raises:
        LeakageError: naming the clip.
    """
    for clip in sorted(set(unseen_clips) & set(material.clips.names)):
        raise LeakageError(
            f"The clip {clip} was rated by a held-out listener and is in the training material."
        )


def check_episodes(chunks: Sequence[Chunk], held_out: Collection[str]) -> None:
    """Refuse episodes with a rating of a held-out listener in support or query.

    Raises:
        LeakageError: naming the listener.
    """
    for chunk in chunks:
        for episode in chunk.episodes:
            for name in sorted({episode.listener, *episode.query_listeners} & set(held_out)):
                raise LeakageError(f"An episode holds ratings of “{name}”, who is held out.")


def check_stage(
    stage: Stage, held_out: Collection[str], unseen_clips: Collection[str] = ()
) -> None:
    """Refuse a stage of which any start leaks, or a rotation whose start saw its own clips.

    Raises:
        LeakageError: naming the listener, clip or rotation.
    """
    check_checkpoint(stage.final, held_out, unseen_clips)
    for number, start in enumerate(stage.starts):
        check_checkpoint(start, held_out, unseen_clips)
        if start is stage.final:
            continue
        seen = set(start.training.get("contents", ()))
        for row in (stage.rotations == number).nonzero()[0]:
            if stage.clips.names[row][:16] in seen:
                raise LeakageError(
                    f"The start of rotation {number} was pre-trained on the clip "
                    f"{stage.clips.names[row]}, whose episodes begin at it."
                )
