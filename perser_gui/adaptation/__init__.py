"""Making a model for one listener: one protocol, and every way of adapting behind it.

Importing this package imports torch; `ui/` and `cli/` do so inside their work functions.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from perser_gui.adaptation.calibration import BiasAndTemperature, ConfusionMatrix
from perser_gui.adaptation.film import Film, ListenerEmbedding
from perser_gui.adaptation.fine_tune import FineTune, FineTuneTuned, LastLayer, Scratch
from perser_gui.adaptation.generic import Generic
from perser_gui.adaptation.gradient import heard
from perser_gui.adaptation.hidden_space import Prototypes, Ridge
from perser_gui.adaptation.majority import Majority
from perser_gui.adaptation.meta_perser import META_LEARNERS, MetaLearned
from perser_gui.adaptation.other_listeners import ListenerMixture, NearestListener
from perser_gui.adaptation.protocol import Adapter, Support, support_of
from perser_gui.errors import PerserError
from perser_gui.model.checkpoint import Checkpoint
from perser_gui.records import FloatArray, Profile

__all__ = ["ADAPTERS", "Adapter", "Support", "get_adapter", "heard", "predict", "support_of"]


def _meta(name: str) -> Callable[[], Adapter]:
    return lambda: MetaLearned(name)


ADAPTERS: dict[str, Callable[[], Adapter]] = {
    "generic": Generic,
    "majority": Majority,
    "scratch": Scratch,
    "fine-tune": FineTune,
    "fine-tune-tuned": FineTuneTuned,
    "last-layer": LastLayer,
    "bias-and-temperature": BiasAndTemperature,
    "confusion-matrix": ConfusionMatrix,
    "prototypes": Prototypes,
    "ridge": Ridge,
    "nearest-listener": NearestListener,
    "listener-mixture": ListenerMixture,
    "film": Film,
    "listener-embedding": ListenerEmbedding,
    **{name: _meta(name) for name in META_LEARNERS},
}
"""Every adapter by the name that commands, tables and profiles call it."""


def get_adapter(name: str) -> Adapter:
    """Return an adapter by its name.

    Raises:
        PerserError: if there is none of this name; the sentence lists those there are.
    """
    if name not in ADAPTERS:
        raise PerserError(
            f"There is no adapter “{name}”; please choose one of {', '.join(ADAPTERS)}."
        )
    return ADAPTERS[name]()


def predict(
    theta: Checkpoint, profile: Profile, x: FloatArray, voices: Sequence[str] = ()
) -> FloatArray:
    """Return a profile's probabilities [N, C] over its words for features x [N, L, W].

    `voices` says who speaks in each clip, for profiles that have learned about voices.

    Raises:
        PerserError: if the profile was made from another checkpoint.
    """
    if profile.base != theta.digest:
        raise PerserError(
            f"This {profile.adapter} profile was made with another checkpoint than "
            f"{theta.name}; please adapt again."
        )
    return heard(get_adapter(profile.adapter), theta, profile, x, voices)
