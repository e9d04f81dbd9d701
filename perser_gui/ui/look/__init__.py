"""Colours, type and icons; every other room paints from here."""
