"""Encoders of speech and the cache of their features.

Importing this package loads neither torch nor transformers.
"""

from perser_gui.upstream.cache import FeatureCache
from perser_gui.upstream.embed import EmbedResult, embed_clips
from perser_gui.upstream.encoders import BUNDLED, ENCODERS, Encoder, load_encoder

__all__ = [
    "BUNDLED",
    "ENCODERS",
    "EmbedResult",
    "Encoder",
    "FeatureCache",
    "embed_clips",
    "load_encoder",
]
