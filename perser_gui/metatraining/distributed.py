"""Several processes under torchrun: tasks are dealt out, outer gradients are added up.

No wrapper of a module is used, because those cannot carry higher-order gradients: every rank
computes plain tensors, and one sum per meta-batch brings them together.
"""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from types import FrameType
from typing import Literal

import torch
import torch.distributed as dist
from torch import Tensor

from perser_gui.adaptation.placing import choose_device
from perser_gui.errors import PerserError

Backend = Literal["auto", "gloo", "nccl"]


@dataclass(frozen=True, kw_only=True)
class RunConfig:
    """Where and how often.

    Attributes:
        device: "auto", "cpu", "cuda" or "cuda:N"; with several processes "auto" gives each
            its own card where there are cards enough.
        devices: one device per process, in place of `device`; may be of several kinds.
        backend: how processes talk; "auto" takes nccl when every one has a card of its own.
        timeout: seconds to wait for another process before the run ends.
        threads: processor threads of each process; 0 leaves it to torch.
        precision: "float32", or "float64" for checks.
        seed: of episodes, development listeners and everything else that is drawn.
        evaluate_every: epochs between looks at the development listeners.
        save_every: meta-batches between saved states; 0: at the end of each epoch only.
    """

    device: str = "auto"
    devices: tuple[str, ...] = ()
    backend: Backend = "auto"
    timeout: float = 1800.0
    threads: int = 0
    precision: Literal["float32", "float64"] = "float32"
    seed: int = 0
    evaluate_every: int = 1
    save_every: int = 0

    def __post_init__(self) -> None:
        if self.backend not in ("auto", "gloo", "nccl"):
            raise PerserError(f"Unknown backend “{self.backend}”; use auto, gloo or nccl.")
        if self.precision not in ("float32", "float64"):
            raise PerserError(f"Unknown precision “{self.precision}”; use float32 or float64.")
        if self.timeout <= 0 or self.evaluate_every < 1 or min(self.threads, self.save_every) < 0:
            raise PerserError(
                "A run needs a positive timeout, evaluate_every of at least 1, and no negative "
                "threads or save_every."
            )


@dataclass
class Ranks:
    """This process among the others; alone by default."""

    rank: int = 0
    world: int = 1
    device: str = "cpu"
    nccl: bool = False
    resume_hint: str = field(default="")

    @property
    def first(self) -> bool:
        """Whether this is the process that writes files."""
        return self.rank == 0

    def summed(self, tensor: Tensor) -> Tensor:
        """Return the sum over all processes, number by number; the same on each.

        Raises:
            PerserError: if another process has ended.
        """
        if self.world == 1:
            return tensor
        place = self.device if self.nccl else "cpu"
        moved = tensor.detach().to(place).contiguous().clone()
        with self._others():
            dist.all_reduce(moved)
        return moved.to(tensor.device)

    def wait(self) -> None:
        """Wait until every process is here.

        Raises:
            PerserError: if another process has ended.
        """
        if self.world > 1:
            self.summed(torch.zeros(1))

    @contextlib.contextmanager
    def one_after_the_first(self) -> Iterator[None]:
        """Let rank 0 run the body before all others, who find what it left on disk."""
        if self.first:
            yield
            self.wait()
        else:
            self.wait()
            yield

    @contextlib.contextmanager
    def _others(self) -> Iterator[None]:
        try:
            yield
        except RuntimeError as error:
            raise PerserError(
                "Another process of this run has ended or does not answer, so that this one "
                f"(rank {self.rank} of {self.world}) cannot go on; {self.resume_hint}"
            ) from error


@contextlib.contextmanager
def joined(config: RunConfig, resume_hint: str) -> Iterator[Ranks]:
    """Join the processes that torchrun started, or run alone; leave them at the end.

    `resume_hint` ends the sentence that is said when another process dies.

    Raises:
        PerserError: if the processes cannot find each other, or devices are too few.
    """
    world, rank = int(os.environ.get("WORLD_SIZE", "1")), int(os.environ.get("RANK", "0"))
    local = int(os.environ.get("LOCAL_RANK", str(rank)))
    device = rank_device(config, rank, local, world)
    if config.threads:
        torch.set_num_threads(config.threads)
    if world == 1:
        yield Ranks(device=device, resume_hint=resume_hint)
        return
    backend = config.backend
    if backend == "auto":
        backend = "nccl" if _own_cards(config, world) else "gloo"
    if backend == "nccl" and not device.startswith("cuda"):
        raise PerserError(
            f"The backend nccl needs a graphics card for every process, and rank {rank} is on "
            f"{device}; please set backend to gloo."
        )
    if device.startswith("cuda"):
        torch.cuda.set_device(device)
    try:
        dist.init_process_group(backend, timeout=timedelta(seconds=config.timeout))
    except (RuntimeError, ValueError) as error:
        raise PerserError(
            f"Rank {rank} could not join the {world} processes of this run ({error}); "
            "please start it with torchrun."
        ) from error
    ranks = Ranks(rank, world, device, backend == "nccl", resume_hint)

    def ended(_number: int, _frame: FrameType | None) -> None:
        raise PerserError(
            f"This run is being ended from outside (rank {rank} of {world}), most likely "
            f"because another of its processes died; {resume_hint}"
        )

    before = signal.signal(signal.SIGTERM, ended)
    try:
        yield ranks
    finally:
        signal.signal(signal.SIGTERM, before)
        with contextlib.suppress(Exception):
            dist.destroy_process_group()


def rank_device(config: RunConfig, rank: int, local: int, world: int) -> str:
    """Return the device of one process.

    Raises:
        PerserError: if `devices` are fewer than processes, or the device is not there.
    """
    if config.devices:
        if len(config.devices) != world:
            raise PerserError(
                f"There are {len(config.devices)} devices for {world} processes; "
                "please name one for each."
            )
        return choose_device(config.devices[rank])
    if config.device == "auto" and world > 1:
        cards = torch.cuda.device_count()
        return f"cuda:{local}" if _own_cards(config, world) and local < cards else "cpu"
    return choose_device(config.device)


def _own_cards(config: RunConfig, world: int) -> bool:
    if config.devices:
        cards = {name for name in config.devices if name.startswith("cuda:")}
        return len(cards) == world
    local = int(os.environ.get("LOCAL_WORLD_SIZE", str(world)))
    return config.device == "auto" and torch.cuda.device_count() >= local
