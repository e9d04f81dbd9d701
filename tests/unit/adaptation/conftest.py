from __future__ import annotations

import pytest
import torch

from perser_gui.model.checkpoint import Checkpoint

from .planted import teacher, trained_for_everything


@pytest.fixture(autouse=True)
def reproducible() -> None:
    torch.manual_seed(0)
    torch.set_num_threads(1)


@pytest.fixture
def theta() -> Checkpoint:
    return teacher()


@pytest.fixture(scope="session")
def full_theta() -> Checkpoint:
    return trained_for_everything()
