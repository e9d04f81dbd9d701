"""Hooks of the documentation site: what is written by the program itself, and a complete menu.

The page of the command line comes from the commands' own help, so it cannot fall behind. Pages
that the menu of `mkdocs.yml` does not name (a new decision, say) are added to it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

COMMAND_LINE = "reference/command-line.md"


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Complete the menu."""
    docs = Path(config.docs_dir)
    nav: list[Any] = list(config.nav or [])
    named = set(_paths(nav))
    pages = sorted(p.relative_to(docs).as_posix() for p in docs.rglob("*.md"))
    more = [page for page in pages if page not in named]
    decisions = [page for page in more if page.startswith("adr/")]
    others = [page for page in more if page not in decisions]
    explanation = next(part["Explanation"] for part in nav if "Explanation" in part)
    explanation += [{_title(docs / page): page} for page in others]
    explanation.append({"Decisions": [{_title(docs / page): page} for page in decisions]})
    config.nav = nav
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the page of the command line."""
    files.append(File.generated(config, COMMAND_LINE, content=command_line()))
    return files


def command_line() -> str:
    """Return every command with its arguments and options, as the program itself explains them."""
    from typer import Context
    from typer.cli import get_docs_for_click
    from typer.main import get_command

    from perser_gui.cli import application

    command = get_command(application())
    _say_it_whole(command)
    text = get_docs_for_click(obj=command, ctx=Context(command), name="perser")
    text = "".join(_plain_brackets(text))
    text = re.sub(r"(?m)^(#+) `(.*)`$", r"\1 \2", text)
    intro = (
        "`perser COMMAND --help` says the same in the terminal. Exit status: 0 done; 2 wrong use "
        "or bad input, with one plain sentence; 1 a fault of the program; 130 stopped with Ctrl+C."
    )
    return text.replace("# perser\n", f"# The command line\n\n{intro}\n", 1)


def _say_it_whole(command: Any) -> None:
    """Let lists of commands hold their first sentences whole, and not the first 45 letters."""
    for inner in getattr(command, "commands", {}).values():
        inner.short_help = " ".join((inner.help or "").split("\n\n")[0].split())
        _say_it_whole(inner)


def _plain_brackets(text: str) -> Iterator[str]:
    """Yield the text with brackets that are no code as brackets, and not as links."""
    for number, block in enumerate(text.split("```")):
        if number:
            yield "```"
        if number % 2:
            yield block
            continue
        pieces = block.split("`")  # every second one is code
        pieces[::2] = [piece.replace("[", r"\[") for piece in pieces[::2]]
        yield "`".join(pieces)


def _paths(part: Any) -> list[str]:
    if isinstance(part, str):
        return [part]
    parts = part.values() if isinstance(part, dict) else part
    return [path for one in parts for path in _paths(one)]


def _title(page: Path) -> str:
    for line in page.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            return line[2:].strip()
    return page.stem.replace("-", " ").capitalize()
