"""A run's state on disk: one file that is there whole or not at all, to go on from.

Tensors stand in safetensors, everything else as JSON in the same file's header, so that no
crash can part them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save as save_tensors
from torch import Tensor

from perser_gui.errors import MISFIT, PerserError
from perser_gui.files import write_whole
from perser_gui.metatraining.outer import Adam, Learned

FORMAT = 1
FILE = "state.safetensors"
CURVES = "curves.csv"
COLUMNS = (
    "epoch",
    "order",
    "query_loss",
    "start_gradient",
    "rates_gradient",
    "outer_rate",
    "development_macro_f1",
    "development_nll",
)


@dataclass
class TrainingState:
    """Where a run stands after `iteration` meta-batches: all that the next one depends on.

    `losses` are those of the current epoch so far; `rows` the finished epochs' curves.
    """

    fingerprint: str
    iteration: int
    learned: Learned
    best: Learned
    best_score: float
    best_epoch: int
    adam: Adam
    rows: list[dict[str, Any]] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


def save_state(state: TrainingState, folder: Path) -> None:
    """Write the state and the curves, replacing older ones atomically.

    Raises:
        PerserError: if the folder cannot be written.
    """
    tensors: dict[str, Tensor] = {"adam/first": state.adam.first, "adam/second": state.adam.second}
    for prefix, learned in (("now", state.learned), ("best", state.best)):
        tensors |= {f"{prefix}/moved/{k}": v for k, v in learned.moved.items()}
        tensors |= {f"{prefix}/rates/{k}": v for k, v in learned.rates.items()}
    facts = {
        "format": FORMAT,
        "fingerprint": state.fingerprint,
        "iteration": state.iteration,
        "best_score": state.best_score,
        "best_epoch": state.best_epoch,
        "adam_steps": state.adam.steps,
        "norms": state.adam.norms,
        "rows": state.rows,
        "losses": state.losses,
    }
    blob = save_tensors(
        {k: v.detach().cpu().contiguous().clone() for k, v in tensors.items()},
        {"state": json.dumps(facts)},
    )
    write_whole(folder / FILE, blob)
    write_whole(folder / CURVES, curves(state.rows))


def load_state(folder: Path, fingerprint: str, device: str = "cpu") -> TrainingState | None:
    """Return the saved state, or None where there is none.

    Raises:
        PerserError: if it is damaged, or belongs to another configuration or other data.
    """
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        with safe_open(path, "pt", device=device) as file:
            facts = json.loads(file.metadata()["state"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if facts["format"] != FORMAT:
            raise ValueError(f"its format {facts['format']} is not known here")
        if facts["fingerprint"] != fingerprint:
            raise PerserError(
                f"{path} belongs to a run with another configuration or other data; please give "
                "the same ones, or another folder."
            )
        return TrainingState(
            fingerprint=fingerprint,
            iteration=int(facts["iteration"]),
            learned=_learned(tensors, "now"),
            best=_learned(tensors, "best"),
            best_score=float(facts["best_score"]),
            best_epoch=int(facts["best_epoch"]),
            adam=Adam(
                tensors["adam/first"],
                tensors["adam/second"],
                int(facts["adam_steps"]),
                {str(k): float(v) for k, v in facts["norms"].items()},
            ),
            rows=list(facts["rows"]),
            losses=[float(loss) for loss in facts["losses"]],
        )
    except (OSError, SafetensorError, *MISFIT) as error:
        raise PerserError(
            f"{path} is damaged ({error}); please delete it and train again from the beginning."
        ) from error


def curves(rows: Sequence[dict[str, Any]]) -> str:
    """Return the curves as CSV, one line per epoch; a cell is empty where nothing was measured."""
    lines = [",".join(COLUMNS)]
    for row in rows:
        cells = (row.get(name) for name in COLUMNS)
        lines.append(",".join("" if cell is None else _cell(cell) for cell in cells))
    return "\n".join(lines) + "\n"


def _cell(value: object) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def _learned(tensors: dict[str, Tensor], prefix: str) -> Learned:
    def part(group: str) -> dict[str, Tensor]:
        start = f"{prefix}/{group}/"
        return {k[len(start) :]: v for k, v in tensors.items() if k.startswith(start)}

    return Learned(part("moved"), part("rates"))
