"""Meta-training on a planted world, as a process: `toy_run.py CONFIG OUT [--resume]`."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

sys.path.insert(0, str(Path(__file__).parents[3]))

from perser_gui.errors import PerserError
from perser_gui.metatraining.config import read_config
from perser_gui.metatraining.distributed import joined
from perser_gui.metatraining.meta_train import train_material
from tests.unit.metatraining.worlds import material_of_listeners

CONFIG = """
[pretrain]
hidden = 6
epochs = 2
[episodes]
listeners = 4
together = 2
shots = [4, 8]
query = 16
[inner]
steps = 3
[meta]
epochs = {epochs}
meta_batches = {batches}
inner_rate = 0.05
cross_fit = "corpus"
[development]
shots = [8]
repeats = 1
[run]
device = "cpu"
save_every = 1
timeout = 60
[output]
training_listeners = 0
"""


def main() -> int:
    torch.set_num_threads(1)
    config, out = read_config(Path(sys.argv[1])), Path(sys.argv[2])
    try:
        with joined(config.run, f"the last saved state is in {out}; resume from it.") as ranks:
            train_material(
                material_of_listeners(8), config, out, ranks=ranks, resume="--resume" in sys.argv
            )
    except PerserError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
