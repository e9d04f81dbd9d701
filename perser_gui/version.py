"""The version of the program, known to every floor."""

__version__ = "0.1.0"
