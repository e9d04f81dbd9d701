"""Where adaptation runs: the graphics card when there is one, else the processor."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch

from perser_gui.errors import PerserError

Result = TypeVar("Result")

_AT_FIRST = torch.get_num_threads()

OUT_OF_MEMORY = "The graphics card ran out of memory, so the processor was used."


def choose_device(wish: str = "auto") -> str:
    """Return a device's name for "auto", "cpu", "cuda", "cuda:1" or "mps".

    Raises:
        PerserError: if the wished device is not there.
    """
    if wish == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    kind = wish.split(":")[0]
    there = {
        "cpu": True,
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
    }.get(kind, False)
    if there and kind == "cuda" and ":" in wish:
        number = wish.split(":", 1)[1]
        there = number.isdigit() and int(number) < torch.cuda.device_count()
    if not there:
        raise PerserError(f"There is no device “{wish}” on this machine; use auto or cpu.")
    return wish


def on_device(wish: str, work: Callable[[str], Result]) -> tuple[Result, str, tuple[str, ...]]:
    """Return `work(device)`, the device it ran on, and notes for the user.

    When the graphics card runs out of memory, the work is done again on the processor.
    """
    device = choose_device(wish)
    try:
        return work(device), device, ()
    except RuntimeError as error:
        if device == "cpu" or not _out_of_memory(error):
            raise
        if device.startswith("cuda"):
            torch.cuda.empty_cache()
    return work("cpu"), "cpu", (OUT_OF_MEMORY,)


def use_threads(count: int) -> None:
    """Compute with so many processor threads from now on, in this worker; 0: as torch had it."""
    torch.set_num_threads(count if count > 0 else _AT_FIRST)


def _out_of_memory(error: RuntimeError) -> bool:
    return isinstance(error, torch.OutOfMemoryError) or "out of memory" in str(error)
