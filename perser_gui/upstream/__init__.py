"""Encoders of speech and the cache of their features.

Importing this package loads neither torch nor transformers.
"""

from perser_gui.upstream.encoders import BUNDLED, Encoder, load_encoder

__all__ = ["BUNDLED", "Encoder", "load_encoder"]
