"""What the rows of the desk's lists and tables carry besides their text."""

from __future__ import annotations

from PySide6.QtCore import Qt

CONTENT = Qt.ItemDataRole.UserRole + 1
"""The content of the clip in a row; None in the head of a recording."""
RECORDING = Qt.ItemDataRole.UserRole + 4
"""The recording whose head a row is; None in the row of a clip."""
COMING = Qt.ItemDataRole.UserRole + 7
"""How far a file is that is being read and has no clip yet; None in other rows."""
