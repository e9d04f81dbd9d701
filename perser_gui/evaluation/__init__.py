"""Protocols, metrics and reports that show what adapting is worth, and to whom."""
