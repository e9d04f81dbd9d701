"""How long the suite runs, and stores to do harm to.

By default it takes about a minute. `PERSER_FAULTS=10` does ten times as much of everything;
the figures that a release is measured by are those of `PERSER_FAULTS=50`.
"""

from __future__ import annotations

import os

TIMES = float(os.environ.get("PERSER_FAULTS", "1"))


def times(count: int) -> int:
    """Return how often to do something that is done `count` times by default."""
    return max(1, round(count * TIMES))
