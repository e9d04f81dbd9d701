"""Encoders of speech and the cache of their features.

Importing this package loads neither torch nor transformers.
"""

import os

# before anything imports transformers: it must not ask the network, nor count its users
os.environ.setdefault("HF_HUB_OFFLINE", "1")
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
os.environ.setdefault("DO_NOT_TRACK", "1")

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
