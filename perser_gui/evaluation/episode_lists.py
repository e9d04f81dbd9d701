"""Which ratings an adapter learns from and which it is tested on.

For each listener a test set is laid aside once; it is the same for every number of
shots, every repeat and every adapter, and never serves as support. In each repeat the
rest (the pool) is shuffled and its first K ratings are the support, so the supports of
growing K are nested. Draws depend on the seed and the listener's name alone: another
listener in the table, or another order of its rows, changes nothing.

Clips that belong together (the same bytes under two names, the same dialogue, or the
same speaker when `disjoint` asks for it) are never divided between pool and test.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from perser_gui.corpora.ratings import RatingRow, RatingsTable, read_text
from perser_gui.errors import MISFIT, PerserError
from perser_gui.files import write_whole

MIN_TEST = 5
"""The fewest ratings a listener is tested on."""

DISJOINT = ("dialogue", "speaker", "session", "corpus", "sentence")
"""What pool and test may be asked not to share; `dialogue` is kept whenever it is known."""

_FORMAT = 1


@dataclass(frozen=True)
class ListenerPlan:
    """One listener's clips: `pool` to draw support from and `test`, never both."""

    listener: str
    pool: tuple[str, ...]
    test: tuple[str, ...]


@dataclass(frozen=True)
class Episode:
    """One adaptation: the first `shots` clips of the pool, shuffled anew in each repeat.

    `order` is "random", or "suggested" where the clips are those that the desk would ask for.
    """

    listener: str
    shots: int
    repeat: int
    seed: int
    support: tuple[str, ...]
    order: str = "random"


@dataclass(frozen=True)
class EpisodeList:
    """Everything that was drawn, so that every method sees the same, today and later."""

    seed: int
    disjoint: str
    plans: tuple[ListenerPlan, ...]
    episodes: tuple[Episode, ...]
    notes: tuple[str, ...] = ()

    def plan(self, listener: str) -> ListenerPlan:
        """Return the plan of one listener."""
        return next(plan for plan in self.plans if plan.listener == listener)


def draw_episodes(
    table: RatingsTable,
    *,
    shots: Sequence[int],
    repeats: int,
    seed: int = 0,
    disjoint: str = "dialogue",
    contents: Mapping[str, str] | None = None,
) -> EpisodeList:
    """Draw pools, test sets and supports for every listener with enough ratings.

    `contents` maps a file to the hash of its bytes; without it a file stands for itself.
    Where the split column marks a listener's rows `test`, these are the test set.

    Raises:
        PerserError: for impossible numbers, or when no listener has enough ratings.
    """
    if repeats < 1 or not shots or min(shots) < 1:
        raise PerserError("Shots and repeats must be at least 1; please give for example 5,10,20.")
    if disjoint not in DISJOINT:
        raise PerserError(
            f"“{disjoint}” is nothing to keep apart; please use one of {', '.join(DISJOINT)}."
        )
    wanted = sorted(set(shots))
    rated = RatingsTable(tuple(row for row in table.rows if row.emotions)).latest()
    if disjoint != "dialogue":
        require_known(rated, disjoint)
    plans, episodes, notes = [], [], []
    for listener, own_ratings in sorted(rated.by_listener().items()):
        rows = sorted(own_ratings.rows, key=lambda row: row.file)
        rng = np.random.default_rng([seed, _number(listener)])
        plan = _plan(listener, rows, rng, max(wanted), disjoint, contents or {})
        possible = [k for k in wanted if k <= len(plan.pool)]
        if len(plan.test) < MIN_TEST or not possible:
            notes.append(
                f"{listener} has {len(rows)} ratings, too few to draw {wanted[0]} "
                f"and to test on {MIN_TEST}; left out."
            )
            continue
        if possible != wanted:
            notes.append(f"{listener} has {len(rows)} ratings: only up to {possible[-1]} shots.")
        plans.append(plan)
        for repeat in range(repeats):
            order = rng.permutation(len(plan.pool))
            own = int(rng.integers(2**31))
            episodes += [
                Episode(listener, k, repeat, own, tuple(plan.pool[i] for i in order[:k]))
                for k in possible
            ]
    if not plans:
        raise PerserError(
            f"No listener has enough ratings for {wanted[0]} shots and {MIN_TEST} to test on; "
            "please give more ratings or fewer shots."
        )
    return EpisodeList(seed, disjoint, tuple(plans), tuple(episodes), tuple(notes))


def require_known(rated: RatingsTable, disjoint: str) -> None:
    """Refuse a table with a row that does not say its speaker, session, corpus or sentence.

    Raises:
        PerserError: naming the file.
    """
    unknown = next((row for row in rated.rows if not group_value(row, disjoint)), None)
    if unknown is not None:
        raise PerserError(
            f"The {disjoint} of {unknown.file} is not known, so nothing can be kept apart by it; "
            f"please fill the column “{disjoint}”."
        )


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:8], "big")


def group_value(row: RatingRow, name: str) -> str:
    """Return a row's speaker, dialogue, session, corpus or sentence; empty when not known."""
    if name == "speaker":
        return row.speaker or ""
    return row.extra.get(name, "")


def group_keys(
    rows: Sequence[RatingRow], disjoint: str, contents: Mapping[str, str]
) -> dict[str, int]:
    """Return for each file the number of its group: files that must stay on one side.

    Files are in one group when they share their bytes, their dialogue, or the value of
    the column `disjoint`, directly or over other files.
    """
    parent: dict[str, str] = {}

    def root(item: str) -> str:
        while parent.setdefault(item, item) != item:
            parent[item] = parent[parent[item]]
            item = parent[item]
        return item

    for row in rows:
        links = [f"content {contents.get(row.file, row.file)}"]
        for name in dict.fromkeys(("dialogue", disjoint)):
            value = group_value(row, name)
            if value:
                links.append(f"{name} {value}")
        for link in links:
            parent[root(link)] = root(f"file {row.file}")
    numbers: dict[str, int] = {}
    return {row.file: numbers.setdefault(root(f"file {row.file}"), len(numbers)) for row in rows}


def _plan(
    listener: str,
    rows: Sequence[RatingRow],
    rng: np.random.Generator,
    most: int,
    disjoint: str,
    contents: Mapping[str, str],
) -> ListenerPlan:
    """Lay aside a test set of about half, or less where the pool needs `most` clips."""
    groups = group_keys(rows, disjoint, contents)
    given = {row.file for row in rows if (row.split or "").lower() == "test"}
    if given:
        tested = {groups[file] for file in given}
    else:
        size = max(min(len(rows) // 2, len(rows) - most), MIN_TEST)
        tested = set[int]()
        members = np.bincount([groups[row.file] for row in rows])
        held = 0
        for group in rng.permutation(len(members)):
            if held < size and (held + members[group] <= size or held < MIN_TEST):
                tested.add(int(group))
                held += int(members[group])
    test = tuple(row.file for row in rows if groups[row.file] in tested)
    return ListenerPlan(
        listener, tuple(row.file for row in rows if groups[row.file] not in tested), test
    )


def check_episodes(
    episodes: EpisodeList, table: RatingsTable, contents: Mapping[str, str] | None = None
) -> None:
    """Raise if anything that is tested on could have been learned from.

    Raises:
        PerserError: naming the listener and the clip, for a support outside of its pool, a
            clip (by its bytes) or dialogue on both sides, or a clip the listener never rated.
    """
    by_file = {row.file: row for row in table.rows}
    rated = {(row.listener, row.file) for row in table.rows if row.emotions}
    known = contents or {}
    for plan in episodes.plans:
        for file in (*plan.pool, *plan.test):
            if (plan.listener, file) not in rated:
                _leak(plan.listener, file, "is in the episode list but was not rated by them")
        rows = [by_file[file] for file in (*plan.pool, *plan.test)]
        groups = group_keys(rows, episodes.disjoint, known)
        pooled = {groups[file] for file in plan.pool}
        for file in plan.test:
            if groups[file] in pooled:
                _leak(plan.listener, file, "is tested on and can serve as support as well")
    pools = {plan.listener: set(plan.pool) for plan in episodes.plans}
    for episode in episodes.episodes:
        allowed = pools.get(episode.listener, set())
        for file in episode.support:
            if file not in allowed:
                _leak(episode.listener, file, "serves as support but is not in the pool")
        if len(set(episode.support)) != episode.shots or len(episode.support) != episode.shots:
            _leak(episode.listener, str(episode.repeat), "is a repeat with repeated support clips")


def _leak(listener: str, item: str, what: str) -> None:
    raise PerserError(
        f"Leakage: for the listener {listener}, {item} {what}; please draw the episodes anew."
    )


def save_episodes(episodes: EpisodeList, path: Path) -> None:
    """Write the list as JSON; the same list gives the same bytes.

    Raises:
        PerserError: if the file cannot be written.
    """
    places = {plan.listener: {f: i for i, f in enumerate(plan.pool)} for plan in episodes.plans}
    document = {
        "format": _FORMAT,
        "seed": episodes.seed,
        "disjoint": episodes.disjoint,
        "listeners": [
            {"listener": p.listener, "pool": p.pool, "test": p.test} for p in episodes.plans
        ],
        "episodes": [
            {
                "listener": e.listener,
                "shots": e.shots,
                "repeat": e.repeat,
                "seed": e.seed,
                "order": e.order,
                "support": [places[e.listener][file] for file in e.support],
            }
            for e in episodes.episodes
        ],
        "notes": episodes.notes,
    }
    text = "{\n" + ",\n".join(f"{_json(k)}: {_lines(v)}" for k, v in document.items()) + "\n}\n"
    write_whole(path, text.encode("utf-8", "surrogatepass"))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _lines(value: Any) -> str:
    """Return a list with one item a line, so that lists can be compared line by line."""
    if not isinstance(value, list) or not value:
        return _json(value)
    return "[\n " + ",\n ".join(map(_json, value)) + "\n]"


def load_episodes(path: Path) -> EpisodeList:
    """Read a list that `save_episodes` wrote.

    Raises:
        PerserError: if the file is missing or is no such list.
    """
    try:
        document = json.loads(read_text(path))
        if document["format"] != _FORMAT:
            raise ValueError("another format")
        plans = tuple(
            ListenerPlan(_text(p["listener"]), _texts(p["pool"]), _texts(p["test"]))
            for p in document["listeners"]
        )
        pools = {plan.listener: plan.pool for plan in plans}
        episodes = tuple(
            Episode(
                _text(e["listener"]),
                int(e["shots"]),
                int(e["repeat"]),
                int(e["seed"]),
                tuple(_item(pools[e["listener"]], i) for i in e["support"]),
                _text(e.get("order", "random")),
            )
            for e in document["episodes"]
        )
        disjoint = _text(document["disjoint"])
        if disjoint not in DISJOINT or not episodes:
            raise ValueError("nothing to do")
        return EpisodeList(
            int(document["seed"]), disjoint, plans, episodes, _texts(document["notes"])
        )
    except MISFIT as error:
        raise PerserError(
            f"{path} is not a saved episode list; please give the episodes.json of a run."
        ) from error


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _texts(values: Any) -> tuple[str, ...]:
    return tuple(_text(value) for value in values)


def _item(pool: tuple[str, ...], place: Any) -> str:
    if not isinstance(place, int) or place < 0:
        raise IndexError(place)
    return pool[place]
