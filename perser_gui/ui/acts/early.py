"""Acts that need an open desk say so while it is still opening."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")


class _Bench(Protocol):
    @property
    def is_ready(self) -> bool: ...

    @property
    def notice(self) -> Any: ...


class _AtDesk(Protocol):
    @property
    def bench(self) -> _Bench: ...


S = TypeVar("S", bound=_AtDesk)


def needs_desk(
    act: Callable[Concatenate[S, P], None],
) -> Callable[Concatenate[S, P], None]:
    """Make an act say that it is too early, and do nothing else, until the desk is open."""

    @functools.wraps(act)
    def guarded(actor: S, /, *args: P.args, **options: P.kwargs) -> None:
        if actor.bench.is_ready:
            act(actor, *args, **options)
        else:
            actor.bench.notice.emit("info", "One moment: your labels are still being opened.")

    return guarded
