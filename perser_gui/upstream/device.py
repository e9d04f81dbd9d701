"""Where an encoder computes."""

from __future__ import annotations

import torch

from perser_gui.errors import PerserError


def pick_device(wanted: str = "auto") -> torch.device:
    """Return the device called `wanted`; `"auto"` is the first CUDA device or else the CPU.

    Raises:
        PerserError: if torch does not know the device or it is not in this machine.
    """
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(wanted)
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        raise PerserError(
            f"The device {wanted!r} cannot be used here; choose auto or cpu instead."
        ) from error
    if device.type == "meta":
        raise PerserError("The device 'meta' cannot compute; choose auto or cpu instead.")
    return device
