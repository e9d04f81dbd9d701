"""Runs that are killed, and runs on several processes: real processes, real signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
import torch

from perser_gui.errors import PerserError
from perser_gui.metatraining.config import read_config
from perser_gui.metatraining.distributed import Ranks, RunConfig, joined, rank_device
from perser_gui.metatraining.meta_train import train_material
from perser_gui.model.checkpoint import load_checkpoint
from perser_gui.progress import Progress
from tests.unit.metatraining.toy_run import CONFIG
from tests.unit.metatraining.worlds import material_of_listeners

SCRIPT = Path(__file__).with_name("toy_run.py")


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    return configuration(tmp_path, epochs=2, batches=6)


def configuration(folder: Path, *, epochs: int, batches: int) -> Path:
    path = folder / "run.toml"
    path.write_text(CONFIG.format(epochs=epochs, batches=batches))
    return path


def environment() -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    return {**kept, "OMP_NUM_THREADS": "1"}


def tensors_of(folder: Path) -> dict[str, torch.Tensor]:
    checkpoint = load_checkpoint(folder)
    return {
        **checkpoint.parameters,
        **{f"rate {k}": v for k, v in (checkpoint.rates or {}).items()},
    }


def run_here(settings: Path, out: Path, *, resume: bool = False) -> None:
    torch.set_num_threads(1)
    train_material(material_of_listeners(8), read_config(settings), out, resume=resume)


def torchrun(settings: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2"]
    command += ["--master-port", "0", "--standalone", str(SCRIPT), str(settings), str(out)]
    return subprocess.Popen(
        command, env=environment(), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def wait_for(path: Path, process: subprocess.Popen[str], seconds: float = 100) -> None:
    end = time.monotonic() + seconds
    while not path.exists():
        if process.poll() is not None or time.monotonic() > end:
            output = process.communicate(timeout=5)[1] if process.poll() is not None else ""
            pytest.fail(f"{path.name} did not appear: {output}")
        time.sleep(0.02)


def test_a_run_killed_at_any_moment_ends_with_the_numbers_of_one_that_was_not(
    settings: Path, tmp_path: Path
) -> None:
    run_here(settings, tmp_path / "whole")
    killed = tmp_path / "killed"
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), str(settings), str(killed)],
        env=environment(),
        stderr=subprocess.PIPE,
        text=True,
    )
    wait_for(killed / "state.safetensors", process)
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=20)
    assert process.returncode == -signal.SIGKILL
    assert not (killed / "result.json").exists()
    run_here(settings, killed, resume=True)
    whole, resumed = tensors_of(tmp_path / "whole"), tensors_of(killed)
    assert all(torch.equal(resumed[name], value) for name, value in whole.items())
    assert (killed / "curves.csv").read_text() == (tmp_path / "whole/curves.csv").read_text()


def test_two_ranks_give_the_parameters_of_one(settings: Path, tmp_path: Path) -> None:
    run_here(settings, tmp_path / "one")
    process = torchrun(settings, tmp_path / "two")
    _, errors = process.communicate(timeout=200)
    assert process.returncode == 0, errors
    one, two = tensors_of(tmp_path / "one"), tensors_of(tmp_path / "two")
    for name, value in one.items():
        torch.testing.assert_close(two[name], value, atol=1e-6, rtol=0)


def test_a_rank_that_dies_ends_the_run_with_a_sentence_and_a_state_to_resume_from(
    tmp_path: Path,
) -> None:
    settings, out = configuration(tmp_path, epochs=500, batches=20), tmp_path / "out"
    process = torchrun(settings, out)
    wait_for(out / "state.safetensors", process)
    ranks = [
        child
        for child in psutil.Process(process.pid).children(recursive=True)
        if str(SCRIPT) in child.cmdline()
    ]
    last = next(child for child in ranks if child.environ().get("RANK") == "1")
    last.kill()
    _, errors = process.communicate(timeout=100)
    assert process.returncode != 0
    assert f"the last saved state is in {out}; resume from it." in errors
    assert "rank 0 of 2" in errors
    seen: list[float] = []

    def report(fraction: float, message: str) -> None:
        if message.startswith("Epoch"):
            seen.append(fraction)
            progress.stop()

    progress = Progress(report)
    train_material(
        material_of_listeners(8), read_config(settings), out, resume=True, progress=progress
    )
    assert len(seen) == 1
    assert load_checkpoint(out).rates


def test_a_process_alone_joins_nobody_and_sums_nothing() -> None:
    with joined(RunConfig(device="cpu"), "") as ranks:
        assert (ranks.rank, ranks.world, ranks.first) == (0, 1, True)
        value = torch.ones(3)
        assert ranks.summed(value) is value


def test_every_process_can_have_a_device_of_its_own() -> None:
    config = RunConfig(devices=("cpu", "cpu"))
    assert rank_device(config, 1, 1, 2) == "cpu"
    with pytest.raises(PerserError, match="2 devices for 3 processes"):
        rank_device(config, 0, 0, 3)


def test_nccl_without_graphics_cards_is_refused_in_a_sentence(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("RANK", "0")
    config = RunConfig(backend="nccl", device="cpu")
    with pytest.raises(PerserError, match="set backend to gloo"), joined(config, ""):
        pass


def test_a_failing_sum_names_the_rank_and_says_how_to_go_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(_tensor: torch.Tensor) -> None:
        raise RuntimeError("Connection closed by peer")

    monkeypatch.setattr(torch.distributed, "all_reduce", broken)
    ranks = Ranks(rank=1, world=2, resume_hint="resume from out.")
    with pytest.raises(PerserError, match=r"rank 1 of 2\) cannot go on; resume from out"):
        ranks.summed(torch.zeros(1))
