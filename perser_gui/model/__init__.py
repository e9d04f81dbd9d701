"""The head on top of a frozen encoder: its layers, loss, normalization and checkpoints.

This module imports no torch; import the submodule you need.
"""
