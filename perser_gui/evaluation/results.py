"""What an evaluation found, summed up over listeners, and its files.

`results.csv`, `episodes.json`, the figure and the report hold no clock times, so two runs
with equal seeds give equal bytes. `results.json` holds `seconds` in every row; with
`timings=False` they are null there and the whole file is equal too.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from perser_gui.cells import neutral
from perser_gui.corpora.simulated import is_simulated
from perser_gui.evaluation.metrics import Interval, bootstrap_mean
from perser_gui.evaluation.reliability import Calibration
from perser_gui.files import write_whole

SCORES = ("macro_f1", "uar", "accuracy", "nll", "ece", "multilabel_f1")
"""The scores of every row, rounded to six digits."""

RANDOM, SUGGESTED = "random", "suggested"
ORDERS = (RANDOM, SUGGESTED)
"""Orders of support: drawn at random, or as the desk's Suggest would ask for it."""

GENERIC = "generic"
"""The adapter that gains are measured against."""


@dataclass(frozen=True)
class Row:
    """Scores of one adapter after one episode.

    `order` says how its support was chosen (see `ordering`). `personalization_gain` is None
    where nobody else rated the test clips; `tested` is the number of test ratings; `seconds`
    is what adapting and predicting took.
    """

    adapter: str
    listener: str
    shots: int
    repeat: int
    macro_f1: float
    uar: float
    accuracy: float
    nll: float
    ece: float
    multilabel_f1: float
    personalization_gain: float | None
    tested: int
    seconds: float
    order: str = "random"


@dataclass(frozen=True)
class Summary:
    """One adapter at one number of shots and in one order, over listeners.

    A listener counts with the mean over their repeats. `intervals` holds mean and 95 %
    interval of every score, `gain_over_generic` that of the paired differences in
    macro-F1; `win_rate` is the share of single episodes that beat generic. `gain_over_random`
    is that of the paired differences to the random order, None there or without it.
    """

    adapter: str
    shots: int
    listeners: int
    episodes: int
    intervals: Mapping[str, Interval]
    gain_over_generic: Interval
    share_helped: float
    share_harmed: float
    win_rate: float
    interval_over: str
    seconds: float
    order: str = "random"
    gain_over_random: Interval | None = None


@dataclass(frozen=True)
class Confusion:
    """How often one word was predicted where another was rated, over all episodes."""

    adapter: str
    shots: int
    rated: str
    predicted: str
    count: int
    order: str = "random"


@dataclass(frozen=True)
class Results:
    """Everything an evaluation found; `configuration` is plain JSON."""

    rows: tuple[Row, ...]
    confusions: tuple[Confusion, ...]
    configuration: Mapping[str, Any]
    notes: tuple[str, ...] = ()
    agreement: Mapping[str, Any] = field(default_factory=dict)
    calibration: tuple[Calibration, ...] = ()

    @property
    def adapters(self) -> tuple[str, ...]:
        """The adapters in the order they ran."""
        return tuple(dict.fromkeys(row.adapter for row in self.rows))

    @property
    def orders(self) -> tuple[str, ...]:
        """The orders in which support was chosen, in the order they ran."""
        return tuple(dict.fromkeys(row.order for row in self.rows))

    @property
    def people(self) -> str:
        """Whom the intervals are over: listeners, or simulated ones, or how many of them are."""
        return people_of({row.listener for row in self.rows})

    @property
    def shots(self) -> tuple[int, ...]:
        """The numbers of shots, rising."""
        return tuple(sorted({row.shots for row in self.rows}))


def side_by_side(results: Results) -> Results:
    """Return results in which an adapter under a second order goes by a name of its own.

    So figure and report show both orders as they show two adapters; `generic`, which learns
    nothing and is the same under any order, stands once.
    """
    first = results.orders[0]

    def named(item: Any) -> Any:
        if item.order == first:
            return item
        return replace(item, adapter=f"{item.adapter}, {item.order}")

    def shown(items: Iterable[Any]) -> tuple[Any, ...]:
        return tuple(
            named(item) for item in items if item.order == first or item.adapter != GENERIC
        )

    return replace(
        results,
        rows=shown(results.rows),
        confusions=shown(results.confusions),
        calibration=shown(results.calibration),
    )


def people_of(listeners: Collection[str]) -> str:
    """Return what to call these listeners: a simulated one is always called simulated.

    >>> people_of(["simulated-001", "simulated-002"]), people_of(["ann", "simulated-001"])
    ('simulated listeners', 'listeners (1 simulated)')
    """
    made_up = sum(map(is_simulated, listeners))
    if made_up and made_up == len(listeners):
        return "simulated listeners"
    return f"listeners ({made_up:,} simulated)" if made_up else "listeners"


def summarize(results: Results, *, seed: int) -> list[Summary]:
    """Return one summary per order, adapter and number of shots, in the order they ran.

    Intervals are paired bootstraps over listeners, or over repeats when there is only one
    listener (`interval_over` says which).
    """
    table: dict[tuple[str, str, int], dict[str, dict[int, Row]]] = {}
    generic: dict[int, dict[str, dict[int, Row]]] = {}
    for row in results.rows:
        cell = table.setdefault((row.order, row.adapter, row.shots), {})
        cell.setdefault(row.listener, {})[row.repeat] = row
        if row.adapter == GENERIC:  # which is the same in any order
            generic.setdefault(row.shots, {}).setdefault(row.listener, {})[row.repeat] = row
    return [
        _summary(
            table[order, adapter, shots],
            generic[shots],
            table.get((RANDOM, adapter.partition(",")[0], shots)) if order != RANDOM else None,
            seed,
        )
        for order in results.orders
        for adapter in results.adapters
        for shots in results.shots
        if (order, adapter, shots) in table
    ]


def _summary(
    own: Mapping[str, Mapping[int, Row]],
    generic: Mapping[str, Mapping[int, Row]],
    random: Mapping[str, Mapping[int, Row]] | None,
    seed: int,
) -> Summary:
    some = next(row for repeats in own.values() for row in repeats.values())
    gains = _differences(own, generic)
    single = len(own) == 1

    def interval(values: Mapping[str, Mapping[int, float | None]]) -> Interval | None:
        lists = [[v for v in repeats.values() if v is not None] for repeats in values.values()]
        lists = [known for known in lists if known]
        if not lists:
            return None
        units = lists[0] if single else [float(np.mean(known)) for known in lists]
        found = bootstrap_mean(units, seed=seed)
        return Interval(_round(found.mean), _round(found.low), _round(found.high))

    intervals = {}
    for name in (*SCORES, "personalization_gain"):
        found = interval(
            {k: {r: getattr(row, name) for r, row in repeats.items()} for k, repeats in own.items()}
        )
        if found is not None:
            intervals[name] = found
    gain = interval(gains)
    assert gain is not None
    means = np.array([np.mean(list(v.values())) for v in gains.values()])
    every = np.array([gain for v in gains.values() for gain in v.values()], dtype=float)
    return Summary(
        adapter=some.adapter,
        shots=some.shots,
        order=some.order,
        listeners=len(own),
        episodes=len(every),
        intervals=intervals,
        gain_over_generic=gain,
        share_helped=_round(float((means > 1e-9).mean())),
        share_harmed=_round(float((means < -1e-9).mean())),
        win_rate=_round(float((every > 1e-9).mean())),
        interval_over="repeats" if single else "listeners",
        seconds=float(np.mean([row.seconds for r in own.values() for row in r.values()])),
        gain_over_random=None if random is None else interval(_differences(own, random)),
    )


def _differences(
    own: Mapping[str, Mapping[int, Row]], others: Mapping[str, Mapping[int, Row]]
) -> dict[str, dict[int, float | None]]:
    """Return each listener's and repeat's difference in macro-F1."""
    return {
        listener: {
            repeat: row.macro_f1 - others[listener][repeat].macro_f1
            for repeat, row in repeats.items()
        }
        for listener, repeats in own.items()
    }


def listener_gains(results: Results, adapter: str, shots: int) -> dict[str, float]:
    """Return each listener's mean gain in macro-F1 over generic, sorted by gain."""
    generic = {
        (row.listener, row.repeat): row.macro_f1
        for row in results.rows
        if row.adapter == GENERIC and row.shots == shots
    }
    gains: dict[str, list[float]] = {}
    for row in results.rows:
        if row.adapter == adapter and row.shots == shots:
            gains.setdefault(row.listener, []).append(
                row.macro_f1 - generic[row.listener, row.repeat]
            )
    means = {listener: float(np.mean(values)) for listener, values in gains.items()}
    return dict(sorted(means.items(), key=lambda item: (item[1], item[0])))


def document(results: Results, *, seed: int, timings: bool = True) -> dict[str, Any]:
    """Return the content of `results.json`; `fingerprint` covers all of it but clock times."""
    rows = [asdict(row) for row in results.rows]
    summary = [_flat(item) for item in summarize(results, seed=seed)]
    for item in (*rows, *summary):
        item["seconds"] = None
    found: dict[str, Any] = {
        "configuration": dict(results.configuration),
        "summary": summary,
        "rows": rows,
        "confusions": [asdict(item) for item in results.confusions],
        "agreement": dict(results.agreement),
        "calibration": [asdict(item) for item in results.calibration],
        "notes": list(results.notes),
    }
    fingerprint = hashlib.sha256(_json(found).encode("utf-8", "surrogatepass")).hexdigest()
    if timings:
        for target, source in zip(rows, results.rows, strict=True):
            target["seconds"] = round(source.seconds, 6)
        for target, spent in zip(summary, summarize(results, seed=seed), strict=True):
            target["seconds"] = round(spent.seconds, 6)
    return {"fingerprint": fingerprint, **found}


def _flat(item: Summary) -> dict[str, Any]:
    found = asdict(item)
    return {
        "order": found.pop("order"),
        "adapter": found.pop("adapter"),
        "shots": found.pop("shots"),
        **found.pop("intervals"),
        **found,
    }


def write_results(document: Mapping[str, Any], folder: Path) -> None:
    """Write `results.json` and `results.csv` (the rows without clock times) into a folder.

    Raises:
        PerserError: if they cannot be written.
    """
    write_whole(folder / "results.json", (_json(document) + "\n").encode("utf-8", "replace"))
    buffer = io.StringIO(newline="")
    rows: Sequence[Mapping[str, Any]] = document["rows"]
    names = [name for name in rows[0] if name != "seconds"]
    writer = csv.DictWriter(buffer, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(
        {k: neutral(v) if isinstance(v, str) else v for k, v in r.items()} for r in rows
    )
    write_whole(folder / "results.csv", buffer.getvalue().encode("utf-8", "replace"))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)


def _round(value: float) -> float:
    return round(value, 6) + 0.0
