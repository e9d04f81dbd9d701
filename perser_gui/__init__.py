"""perser-gui: hear emotion your own way.

A speech emotion recognizer that adapts to one listener from a handful of ratings.
"""

__version__ = "0.1.0"
