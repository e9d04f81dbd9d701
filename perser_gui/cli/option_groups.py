"""Options that belong together, taken by a command as one value."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import fields, is_dataclass
from functools import wraps
from typing import Any, get_type_hints


def grouped(command: Callable[..., None]) -> Callable[..., None]:
    """Return a command that takes each field of its dataclasses as an option of its own.

    A field's default is what typer says of the option; options stand in the order of the
    parameters, those of a dataclass in the order of its fields.

    >>> from dataclasses import dataclass
    >>> @dataclass
    ... class Place:
    ...     x: int = 0
    ...     y: int = 0
    >>> @grouped
    ... def command(name: str, place: Place) -> None:
    ...     print(name, place)
    >>> list(inspect.signature(command).parameters)
    ['name', 'x', 'y']
    >>> command(name="here", x=1, y=2)
    here Place(x=1, y=2)
    """
    kinds = get_type_hints(command)
    groups: dict[str, Any] = {}
    options: list[inspect.Parameter] = []
    for name, parameter in inspect.signature(command).parameters.items():
        kind = kinds[name]
        if not is_dataclass(kind):
            options.append(parameter.replace(annotation=kind))
            continue
        groups[name] = kind
        types = get_type_hints(kind)
        options += [
            inspect.Parameter(
                field.name, parameter.kind, default=field.default, annotation=types[field.name]
            )
            for field in fields(kind)
        ]

    @wraps(command)
    def flat(**values: Any) -> None:
        for name, kind in groups.items():
            values[name] = kind(**{field.name: values.pop(field.name) for field in fields(kind)})
        command(**values)

    flat.__signature__ = inspect.Signature(options)  # type: ignore[attr-defined]
    flat.__annotations__ = {option.name: option.annotation for option in options}
    return flat
