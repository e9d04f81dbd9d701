"""`perser models`: checkpoints, encoders and adapters, and where they come from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from perser_gui.cli import terminal

if TYPE_CHECKING:
    from perser_gui.model.checkpoint import Checkpoint

group = typer.Typer(help="Models: list, show, build-bundled, download.", no_args_is_help=True)

JSON = typer.Option(False, "--json", help="Print one JSON document.")


@group.command("list")
def show_all(json: bool = JSON) -> None:
    """List checkpoints (everyone's models), encoders and adapters."""
    from perser_gui.adaptation import ADAPTERS
    from perser_gui.model.checkpoint import available_checkpoints, load_checkpoint
    from perser_gui.upstream.encoders import BUNDLED

    checkpoints = [_checkpoint_document(load_checkpoint(name)) for name in available_checkpoints()]
    document = {
        "checkpoints": checkpoints,
        "encoders": [{"name": name, "folder": folder} for name, folder in BUNDLED.items()],
        "adapters": list(ADAPTERS),
    }
    if json:
        terminal.emit_json(document)
        return
    rows = [
        [one["name"], one["encoder"], ", ".join(one["classes"]), str(one["digest"])[:12]]
        for one in checkpoints
    ]
    terminal.say(terminal.table(["checkpoint", "encoder", "classes", "digest"], rows))
    terminal.say(f"\nEncoders: {', '.join(BUNDLED)}, huggingface:FOLDER-OR-ID")
    terminal.say(f"Adapters: {', '.join(ADAPTERS)}")


@group.command()
def show(
    checkpoint: str = typer.Argument(..., help="Name or folder of a checkpoint."),
    json: bool = JSON,
) -> None:
    """Show what a checkpoint was trained on and how well it does."""
    from perser_gui.model.checkpoint import load_checkpoint

    loaded = load_checkpoint(checkpoint)
    document = _checkpoint_document(loaded) | {"card": dict(loaded.card)}
    if json:
        terminal.emit_json(document)
        return
    card = document.pop("card")
    for name, value in {**document, **card}.items():
        terminal.say(f"{name}: {', '.join(value) if isinstance(value, list) else value}")


@group.command("build-bundled")
def build_bundled(
    source: Path = typer.Argument(..., help="Folder with the encoders' weights."),
    out: Path = typer.Argument(..., help="Folder to write to, such as models/."),
    json: bool = JSON,
) -> None:
    """Build the encoders that ship with the program from Whisper's weights."""
    from perser_gui.upstream.build import build_bundled as build

    folders = build(source, out)
    if json:
        terminal.emit_json({"folders": folders})
        return
    for folder in folders:
        terminal.say(f"{folder} was written.")


@group.command()
def download(
    model: str = typer.Argument(..., help="ORGANIZATION/MODEL of the Hugging Face hub."),
    json: bool = JSON,
) -> None:
    """Download an encoder from the Hugging Face hub, to use as huggingface:ORGANIZATION/MODEL."""
    from perser_gui.upstream.hub import download as fetch

    with terminal.working() as progress:
        folder = fetch(model, progress)
    if json:
        terminal.emit_json({"model": model, "folder": folder, "encoder": f"huggingface:{model}"})
    else:
        terminal.say(f"{model} is in {folder}; use it as huggingface:{model}.")


def _checkpoint_document(checkpoint: Checkpoint) -> dict[str, Any]:
    return {
        "name": checkpoint.name,
        "encoder": checkpoint.encoder,
        "classes": list(checkpoint.classes),
        "digest": checkpoint.digest,
        "meta_trained": checkpoint.rates is not None,
        "parameters": sum(tensor.numel() for tensor in checkpoint.parameters.values()),
    }
