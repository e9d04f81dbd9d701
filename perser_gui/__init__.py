"""perser-gui: hear emotion your own way.

A speech emotion recognizer that adapts to one listener from a handful of ratings.

What a research script needs can be taken from here by its name; each name is looked up when it
is first used, so importing the package loads neither torch nor Qt:

>>> import perser_gui
>>> perser_gui.get_adapter("fine-tune").name
'fine-tune'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from perser_gui.late_names import late
from perser_gui.version import __version__

if TYPE_CHECKING:
    from perser_gui.adaptation import ADAPTERS, Adapter, Support, get_adapter, predict, support_of
    from perser_gui.corpora import READERS, RatingRow, RatingsTable, read_corpus
    from perser_gui.emotions import EmotionSet
    from perser_gui.errors import PerserError
    from perser_gui.evaluation.evaluate import Request, evaluate
    from perser_gui.evaluation.prepare import prepare
    from perser_gui.live import LiveModel, LiveOptions, LiveStream
    from perser_gui.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
    from perser_gui.records import Profile
    from perser_gui.upstream import ENCODERS, Encoder, load_encoder

_HOMES = {
    "perser_gui.adaptation": (
        *("ADAPTERS", "Adapter", "Support", "get_adapter", "predict", "support_of"),
    ),
    "perser_gui.corpora": ("READERS", "RatingRow", "RatingsTable", "read_corpus"),
    "perser_gui.emotions": ("EmotionSet",),
    "perser_gui.errors": ("PerserError",),
    "perser_gui.evaluation.evaluate": ("Request", "evaluate"),
    "perser_gui.evaluation.prepare": ("prepare",),
    "perser_gui.live": ("LiveModel", "LiveOptions", "LiveStream"),
    "perser_gui.model.checkpoint": ("Checkpoint", "load_checkpoint", "save_checkpoint"),
    "perser_gui.records": ("Profile",),
    "perser_gui.upstream": ("ENCODERS", "Encoder", "load_encoder"),
}
__getattr__, __dir__ = late(__name__, _HOMES)

__all__ = [
    "ADAPTERS",
    "ENCODERS",
    "READERS",
    "Adapter",
    "Checkpoint",
    "EmotionSet",
    "Encoder",
    "LiveModel",
    "LiveOptions",
    "LiveStream",
    "PerserError",
    "Profile",
    "RatingRow",
    "RatingsTable",
    "Request",
    "Support",
    "__version__",
    "evaluate",
    "get_adapter",
    "load_checkpoint",
    "load_encoder",
    "predict",
    "prepare",
    "read_corpus",
    "save_checkpoint",
    "support_of",
]
