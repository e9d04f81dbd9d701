"""The desk of the window's tests is called, and answers, like the desk."""

from __future__ import annotations

import ast
import dataclasses
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest

import perser_gui.ui
from perser_gui import desk as real
from perser_gui.desk import Desk
from perser_gui.progress import Progress

from . import fake_desk
from .fake_desk import FakeDesk

UI = Path(perser_gui.ui.__file__).parent
PRETENDED = sorted(
    name
    for name, value in vars(FakeDesk).items()
    if not name.startswith("_") and not inspect.isclass(value)
)
VALUES = [
    value
    for name, value in vars(fake_desk).items()
    if dataclasses.is_dataclass(value) and value.__module__ == fake_desk.__name__
]


def asked() -> Iterator[tuple[str, ast.Call | None]]:
    """Yield the name of everything that the window asks a desk for, with the call if it is one."""
    for path in sorted(UI.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        calls = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
        for node in ast.walk(tree):
            if not isinstance(node, ast.Attribute):
                continue
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
            if name in ("desk", "_desk"):
                yield node.attr, calls.get(id(node))


def fits(signature: inspect.Signature, call: ast.Call) -> bool:
    """Return whether a call can be made; one with `*` or `**` is taken for fitting."""
    unknown = any(isinstance(a, ast.Starred) for a in call.args)
    unknown |= any(k.arg is None for k in call.keywords)
    if unknown:
        return True
    try:
        signature.bind(None, *call.args, **{str(k.arg): k.value for k in call.keywords})
    except TypeError:
        return False
    return True


def test_what_the_window_asks_for_is_there_and_takes_it() -> None:
    names = {name for name, _ in asked()}
    assert {"rate", "adapt", "open_clips", "compare", "clips"} <= names
    refused = []
    for kind in (Desk, FakeDesk):
        for name, call in asked():
            found = inspect.getattr_static(kind, name, None)
            if found is None and kind is FakeDesk:
                continue  # whoever asks for this in a test gives the fake an answer to it
            if found is None:
                refused.append(f"{kind.__name__} has no {name}")
            elif isinstance(found, property):
                if call is not None:
                    refused.append(f"{kind.__name__}.{name} is no method")
            elif call is not None and not fits(inspect.signature(found), call):
                refused.append(f"{kind.__name__}.{name} cannot be called: {ast.unparse(call)}")
    assert sorted(set(refused)) == []


@pytest.mark.parametrize("name", PRETENDED)
def test_the_fake_takes_nothing_that_the_desk_does_not(name: str) -> None:
    genuine = inspect.getattr_static(Desk, name)
    pretended = inspect.getattr_static(FakeDesk, name)
    assert isinstance(genuine, property) == isinstance(pretended, property)
    if isinstance(genuine, property):
        return
    wanted = inspect.signature(genuine).parameters
    given = inspect.signature(pretended).parameters
    assert set(given) <= set(wanted)
    for parameter in given.values():
        other = wanted[parameter.name]
        assert parameter.kind == other.kind, parameter
        assert (parameter.default is parameter.empty) == (other.default is other.empty), parameter
    positional = [p.name for p in wanted.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    assert [name for name in given if name in positional] == [
        name for name in positional if name in given
    ]
    required = {p.name for p in wanted.values() if p.default is p.empty}
    assert required <= set(given)


@pytest.mark.parametrize("value", VALUES, ids=lambda value: value.__name__)
def test_values_of_the_fake_have_the_fields_of_the_desks(value: Any) -> None:
    genuine = getattr(real, value.__name__)
    assert [f.name for f in dataclasses.fields(value)] == [
        f.name for f in dataclasses.fields(genuine)
    ]


def answers(desk: FakeDesk) -> Iterator[tuple[str, Any]]:
    """Yield what the fake says to each question, with the name of the question."""
    clip = desk.clips()[0].clip.content
    yield "clips", desk.clips(1)
    yield "open_clips", desk.open_clips([Path("/x.wav")], Progress())
    yield "rate", desk.rate(1, clip, emotions=["happy"])
    yield "ratings", desk.ratings(1)
    yield "load_model", desk.load_model(Progress())
    yield "adapt", desk.adapt(1, progress=Progress())
    yield "history", desk.history(1)
    yield "current_profile", desk.current_profile(1)
    yield "compare", desk.compare([clip], 1, Progress())
    yield "predict", desk.predict([clip], 1, Progress())
    yield "suggest_next", desk.suggest_next(1, Progress())
    yield "waveform", desk.waveform(clip)
    yield "embed", desk.embed([clip], Progress())
    yield "counts", desk.counts(1)
    yield "listeners", desk.listeners()
    yield "add_listener", desk.add_listener("Bea")
    yield "rename_listener", desk.rename_listener(2, "Cy")
    yield "default_emotions", desk.default_emotions()
    yield "starter_clips", desk.starter_clips()
    yield "undo", desk.undo(1)


def kinds(hint: Any) -> set[str]:
    """Return the names of the classes in a type, of those inside of lists and unions too."""
    inner = [kind for part in get_args(hint) for kind in kinds(part)]
    return {*inner, getattr(hint, "__name__", str(hint)).rpartition(".")[2]}


def test_the_fake_answers_with_values_of_the_kind_that_the_desk_does() -> None:
    for name, answer in answers(FakeDesk(clips=3)):
        hint = get_type_hints(getattr(Desk, name))["return"]
        while isinstance(answer, (list, tuple)) and answer:
            answer = answer[0]
        assert {k.__name__ for k in type(answer).__mro__} & kinds(hint), (name, type(answer), hint)
