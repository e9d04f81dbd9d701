"""Clips of one's own before the synthetic ones that ship with the program."""

from __future__ import annotations

from collections.abc import Sequence

from perser_gui.records import Clip


def own_first(clips: Sequence[Clip], listed: Sequence[Clip]) -> list[Clip]:
    """Return the clips without starter clips, as soon as one's own are among those `listed`."""
    own = any(not clip.synthetic for clip in listed)
    return [clip for clip in clips if not (own and clip.synthetic)]
