"""The generic model: everyone's, over the listener's words, without any adaptation."""

from __future__ import annotations

import numpy as np

from perser_gui.adaptation.listener import (
    generic_logits,
    head_probabilities,
    head_profile,
    listener_start,
    probabilities_of,
)
from perser_gui.adaptation.protocol import Support
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.progress import Progress
from perser_gui.records import FloatArray, Profile


class Generic:
    """What everybody gets; unknown words have a share, but no example teaches them."""

    name = "generic"

    def adapt(
        self,
        theta: Checkpoint,
        support: Support,
        *,
        seed: int = 0,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> Profile:
        """Return the checkpoint's own head over the listener's words."""
        if progress is not None:
            progress.check()
        start = listener_start(theta, support)
        return head_profile(self.name, theta, start, start.parameters, support, seed=seed)

    def probabilities(self, theta: Checkpoint, profile: Profile, x: FloatArray) -> FloatArray:
        """Return probabilities [N, C] for features x [N, L, W]."""
        return head_probabilities(theta, profile, x)

    def held_out(
        self,
        theta: Checkpoint,
        support: Support,
        folds: FloatArray,
        *,
        seed: int = 0,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> FloatArray:
        """Return probabilities [T, K, C]: the same in each of the T folds, nothing is learned."""
        values = probabilities_of(generic_logits(theta, support.classes, support.x))
        return np.broadcast_to(values, (len(folds), *values.shape))
