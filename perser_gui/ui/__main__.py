"""`python -m perser_gui.ui` opens the desk."""

from __future__ import annotations

import sys

from perser_gui.ui import main

if __name__ == "__main__":
    sys.exit(main())
