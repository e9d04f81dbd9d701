"""One evaluation from a request to the files it leaves behind."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from perser_gui.corpora.blind import made
from perser_gui.corpora.ratings import RatingsTable, read_bytes, read_ratings
from perser_gui.corpora.simulated import is_simulated
from perser_gui.errors import PerserError
from perser_gui.evaluation.episode_lists import (
    EpisodeList,
    draw_episodes,
    load_episodes,
    save_episodes,
)
from perser_gui.evaluation.figure import write_figure
from perser_gui.evaluation.ordering import check_orders, in_orders
from perser_gui.evaluation.prepare import prepare
from perser_gui.evaluation.report import report
from perser_gui.evaluation.results import (
    GENERIC,
    RANDOM,
    document,
    side_by_side,
    summarize,
    write_results,
)
from perser_gui.evaluation.runner import run
from perser_gui.evaluation.scenarios import Seen, check_checkpoint, seen_in_training
from perser_gui.files import write_whole
from perser_gui.progress import Progress
from perser_gui.version import __version__

if TYPE_CHECKING:
    from perser_gui.adaptation.protocol import Adapter
    from perser_gui.model.checkpoint import Checkpoint
    from perser_gui.upstream.encoders import Encoder

STEPS = ":steps="
"""`fine-tune:steps=3` is the adapter fine-tune with another number of steps."""


@dataclass(frozen=True, kw_only=True)
class Request:
    """What `perser evaluate` was asked for; the options are explained by its help."""

    ratings: Path
    audio: Path
    out: Path
    shots: Sequence[int] = (5, 10, 20)
    repeats: int = 20
    orders: Sequence[str] = (RANDOM,)
    adapters: Sequence[str] = ("generic", "fine-tune", "meta-perser")
    seed: int = 0
    checkpoint: str = "perser-base"
    device: str = "auto"
    disjoint: str = "dialogue"
    episodes: Path | None = None
    most_listeners: int = 0
    shared_words: bool = False
    use_library: bool = True
    unseen: Sequence[str] = ()
    timings: bool = True
    report: bool = False
    made: str = "any"
    cache: Path | None = None


def evaluate(request: Request, progress: Progress | None = None) -> dict[str, Any]:
    """Carry out a request, write its files and return the content of `results.json`.

    Writes `episodes.json`, `results.json`, `results.csv`, `results.png` and, when asked
    for, `report.html` into `request.out`.

    Raises:
        PerserError: for input that cannot be used, before anything is written.
        Cancelled: if `progress` was cancelled; nothing is written then.
    """
    progress = progress or Progress()
    if not 0 <= request.seed < 2**32 or request.repeats < 1 or request.most_listeners < 0:
        raise PerserError(
            "Seed, repeats or listeners are out of range; please give at least 0, 1 and 0."
        )
    if not set(request.unseen) <= {"listeners", "clips"}:
        raise PerserError("Only listeners and clips can be asked to be unseen.")
    orders = check_orders(request.orders)
    if request.out.exists() and not request.out.is_dir():
        raise PerserError(f"{request.out} is a file; please give a folder for the results.")
    progress.report(0.0, f"Reading {request.ratings.name}")
    read = read_ratings(request.ratings, root=request.audio)
    table = _some_listeners(read if request.made == "any" else made(read, request.made), request)
    saved = load_episodes(request.episodes) if request.episodes else None
    if saved is None:  # wrong numbers and missing columns are said before anything slow
        draw_episodes(table, shots=request.shots, repeats=1, disjoint=request.disjoint)
    progress.report(0.01, "Loading the model")
    theta, encoder, adapters, device = _models(request, progress)
    material = prepare(
        table,
        request.audio,
        theta,
        encoder,
        cache=_cache(request),
        progress=progress.part(0.1, 0.6),
    )
    episodes = saved or draw_episodes(
        material.table,
        shots=request.shots,
        repeats=request.repeats,
        seed=request.seed,
        disjoint=request.disjoint,
        contents=material.contents,
    )
    with one_thread():
        episodes = in_orders(
            episodes,
            orders,
            material,
            theta,
            shared_words=request.shared_words,
            progress=progress.part(0.6, 0.65),
        )
    check_checkpoint(theta, episodes, material.contents, request.unseen)
    seen = seen_in_training(theta, episodes, material.contents)
    material = dataclasses.replace(
        material,
        notes=(
            *material.notes,
            *cautions(theta, episodes, seen),
            *_left_out(theta, request.adapters, adapters),
        ),
    )
    with one_thread():
        results = run(
            material,
            theta,
            episodes,
            adapters,
            configuration=_configuration(request, theta, device) | _shares(episodes, seen),
            shared_words=request.shared_words,
            use_library=request.use_library,
            device=device,
            progress=progress.part(0.65, 0.98),
        )
    found = document(results, seed=request.seed, timings=request.timings)
    shown = side_by_side(results)
    summary = summarize(shown, seed=request.seed)
    save_episodes(episodes, request.out / "episodes.json")
    write_results(found, request.out)
    write_figure(summary, request.out / "results.png", results.people)
    if request.report:
        page = report(shown, seed=request.seed, fingerprint=found["fingerprint"])
        write_whole(request.out / "report.html", page.encode("utf-8", "replace"))
    progress.report(1.0, "Done")
    return found


def cautions(theta: Checkpoint, episodes: EpisodeList, seen: Seen) -> Iterator[str]:
    """Yield sentences about what of the test is simulated, or was seen in training."""
    people = len(episodes.plans)
    made_up = sum(is_simulated(plan.listener) for plan in episodes.plans)
    if made_up:
        yield f"{made_up} of {people} listeners are simulated: nobody heard the clips."
    if seen.listeners is None or seen.clips is None:
        yield (
            f"The checkpoint {theta.name} does not say what it was trained on, so listeners and "
            "clips may have been seen there."
        )
    if seen.clips:
        yield (
            f"{len(seen.clips)} of {_tested(episodes)} test clips were heard in the training of "
            f"{theta.name} (utterances seen); its scores on them say little about new clips."
        )
    if seen.listeners:
        yield (
            f"{len(seen.listeners)} of {people} listeners took part in the training of "
            f"{theta.name} (listeners seen)."
        )


def _left_out(theta: Checkpoint, wanted: Sequence[str], usable: Collection[str]) -> tuple[str, ...]:
    """Return a sentence about adapters that “all” stands for and the checkpoint cannot serve."""
    missing = [name for name in adapters_of(wanted) if name not in usable]
    if not missing:
        return ()
    return (f"{theta.name} holds nothing for the adapters {', '.join(missing)}; left out.",)


def _tested(episodes: EpisodeList) -> int:
    return len({file for plan in episodes.plans for file in plan.test})


def _shares(episodes: EpisodeList, seen: Seen) -> dict[str, str]:
    """Return for the configuration how much of the test was seen in training."""

    def share(found: frozenset[str] | None, total: int) -> str:
        return "not known" if found is None else f"{len(found)} of {total}"

    return {
        "listeners_seen_in_training": share(seen.listeners, len(episodes.plans)),
        "test_clips_seen_in_training": share(seen.clips, _tested(episodes)),
    }


def adapters_of(names: Sequence[str]) -> dict[str, Adapter]:
    """Return the adapters by name, `generic` first; “all” stands for every one there is.

    Raises:
        PerserError: for a name that is no adapter, or a number of steps it does not take.
    """
    from perser_gui.adaptation import ADAPTERS, get_adapter

    wanted = [name for given in names for name in (ADAPTERS if given == "all" else [given])]
    found: dict[str, Adapter] = {}
    for name in dict.fromkeys([GENERIC, *wanted]):
        plain, steps, number = name.partition(STEPS)
        adapter = get_adapter(plain)
        if steps:
            adapter = _with_steps(adapter, name, number)
        found[name] = adapter
    return found


def usable(
    adapters: Mapping[str, Adapter], theta: Checkpoint, named: Sequence[str]
) -> dict[str, Adapter]:
    """Return the adapters that this checkpoint holds everything for.

    Raises:
        PerserError: if it lacks something for one that was asked for by name.
    """
    import numpy as np

    from perser_gui.adaptation.protocol import Support
    from perser_gui.emotions import EmotionSet

    clip = np.zeros((1, theta.head.layers, theta.head.width), np.float32)
    words = EmotionSet.of(theta.classes, theta.classes)
    target = np.eye(1, len(words.words), dtype=np.float32)
    found = {}
    for name, adapter in adapters.items():
        try:
            adapter.adapt(theta, Support(clip, target, words))
        except PerserError:
            if name in named:
                raise
        else:
            found[name] = adapter
    return found


def _with_steps(adapter: Adapter, name: str, number: str) -> Adapter:
    from perser_gui.adaptation.gradient import GradientAdapter
    from perser_gui.evaluation.steps import WithSteps

    fits = number.isascii() and number.isdigit() and int(number) <= 1000
    if not isinstance(adapter, GradientAdapter) or not fits:
        raise PerserError(
            f"“{name}” is no adapter with a number of steps; please write for example "
            f"fine-tune{STEPS}3."
        )
    return WithSteps(adapter, int(number))


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch use one thread: quicker for such small tensors, and equal in every run."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _models(
    request: Request, progress: Progress
) -> tuple[Checkpoint, Encoder, Mapping[str, Adapter], str]:
    from perser_gui.adaptation.placing import choose_device
    from perser_gui.model.checkpoint import load_checkpoint
    from perser_gui.upstream.encoders import encoder_name, load_encoder

    theta = load_checkpoint(request.checkpoint)
    adapters = usable(adapters_of(request.adapters), theta, request.adapters)
    device = choose_device(request.device)
    encoder = load_encoder(
        encoder_name(theta.encoder, theta.training),
        device=request.device,
        progress=progress.part(0.01, 0.1),
    )
    return theta, encoder, adapters, str(device)


def _cache(request: Request) -> Any:
    from perser_gui.upstream.cache import FeatureCache

    return FeatureCache(request.cache) if request.cache else None


def _some_listeners(table: RatingsTable, request: Request) -> RatingsTable:
    """Keep a number of listeners that a hash of seed and name chooses, if fewer are wanted."""
    if not request.most_listeners or len(table.listeners) <= request.most_listeners:
        return table

    def place(listener: str) -> str:
        text = f"{request.seed} {listener}"
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    kept = set(sorted(table.listeners, key=place)[: request.most_listeners])
    return table.where(lambda row: row.listener in kept)


def _configuration(request: Request, theta: Checkpoint, device: str) -> dict[str, Any]:
    return {
        "ratings": os.fspath(request.ratings),
        "ratings_sha256": hashlib.sha256(read_bytes(request.ratings)).hexdigest(),
        "audio": os.fspath(request.audio),
        "shots": sorted(set(request.shots)),
        "repeats": request.repeats,
        "orders": list(check_orders(request.orders)),
        "adapters": list(request.adapters),
        "seed": request.seed,
        "checkpoint": theta.name,
        "checkpoint_sha256": theta.digest,
        "encoder": theta.encoder,
        "device": device,
        "disjoint": request.disjoint,
        "shared_words": request.shared_words,
        "library": request.use_library,
        "unseen": list(request.unseen),
        "ratings_made": request.made,
        "setting": (
            "inductive: adapters see the support and, without ratings, the listener's other clips "
            "outside the test set; speaker normalization uses all clips of a speaker, no ratings"
        ),
        "version": __version__,
    }
