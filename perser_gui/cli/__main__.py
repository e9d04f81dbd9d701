"""`python -m perser_gui.cli`, which also serves `torchrun -m perser_gui.cli`."""

from __future__ import annotations

import sys

from perser_gui.cli import main

sys.exit(main())
