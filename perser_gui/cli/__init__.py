"""The terminal door: `perser`.

Each command is one module of this package with a function `command`; `COMMANDS`
and `GROUPS` are the registry. Command modules are read when the program starts, so
at their top they import nothing slow: torch only inside the function.

Exit status: 0 done; 2 wrong use or bad input, with one plain sentence on stderr;
1 a fault of the program, with its traceback; 130 stopped with Ctrl+C.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from perser_gui.cli.beginning import STOPPED, ended_by_control_c

with ended_by_control_c():
    import typer
    from typer.core import TyperGroup

    from perser_gui.cli import (
        adapt,
        backup_restore,
        compare,
        corpora,
        demo,
        doctor,
        embed,
        evaluate,
        listeners,
        live,
        meta_train,
        models,
        predict,
        pretrain,
        replay,
        study,
        terminal,
        transfer,
    )
    from perser_gui.errors import Cancelled, PerserError
    from perser_gui.version import __version__

COMMANDS: dict[str, Callable[..., Any]] = {
    "demo": demo.command,
    "adapt": adapt.command,
    "predict": predict.command,
    "embed": embed.command,
    "live": live.command,
    "evaluate": evaluate.command,
    "compare": compare.command,
    "pretrain": pretrain.command,
    "meta-train": meta_train.command,
    "export": transfer.export,
    "import": transfer.import_,
    "pack": transfer.pack,
    "replay": replay.command,
    "backup": backup_restore.backup,
    "restore": backup_restore.restore,
    "doctor": doctor.command,
}
"""Every command by the word it is called with."""

GROUPS: dict[str, typer.Typer] = {
    "corpora": corpora.group,
    "listeners": listeners.group,
    "models": models.group,
    "study": study.group,
}
"""Commands that have commands of their own."""


class _WholeSentences(TyperGroup):
    """Lists its commands each with a whole sentence, on several lines where it is long."""

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        commands = ((name, self.get_command(ctx, name)) for name in self.list_commands(ctx))
        with formatter.section("Commands"):
            formatter.write_dl(
                [
                    (name, command.get_short_help_str(limit=1000))
                    for name, command in commands
                    if command is not None and not command.hidden
                ]
            )


def application() -> typer.Typer:
    """Return the command line application with all commands of the registry."""
    app = typer.Typer(
        name="perser",
        cls=_WholeSentences,
        help="Label speech clips the way you hear them, and let the model adapt to you.",
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    app.callback()(_options)
    for name, command in COMMANDS.items():
        app.command(name)(command)
    for name, group in GROUPS.items():
        app.add_typer(group, name=name, cls=_WholeSentences)
    return app


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status (see the package's description)."""
    terminal.make_printable()
    try:
        result = application()(
            args=list(sys.argv[1:] if argv is None else argv),
            prog_name="perser",
            standalone_mode=False,
        )
    except PerserError as error:
        terminal.note(str(error))
        return 2
    except (Cancelled, KeyboardInterrupt):
        terminal.note(STOPPED)
        return 130
    except BrokenPipeError:
        terminal.close_stdout()
        return 0
    except Exception as error:
        return _other(error)
    return result if isinstance(result, int) else 0


def _version(asked: bool) -> None:
    if asked:
        terminal.say(__version__)
        raise typer.Exit


def _options(
    version: bool = typer.Option(
        False, "--version", help="Say which version this is.", callback=_version, is_eager=True
    ),
) -> None:
    """Take the options that stand before the command."""


def _other(error: Exception) -> int:
    """Tell wrong use of the command line (2) from a fault of the program (1)."""
    message = getattr(error, "format_message", None)
    if callable(message):
        terminal.note(str(message()))
        return 2
    traceback.print_exception(error, file=sys.stderr)
    terminal.note("This is a fault of perser; please report it with the lines above.")
    return 1
