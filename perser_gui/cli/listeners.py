"""`perser listeners`: who listens, with which words, and the history of their models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from perser_gui.cli import terminal
from perser_gui.cli.at_desk import (
    CHECKPOINT,
    TAKEN_IN,
    at_desk,
    listener_document,
    record_document,
    verdict_document,
)
from perser_gui.desk.saying import between, change, figures, title
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.records import Verdict

if TYPE_CHECKING:
    from perser_gui.desk import ProfileRecord

group = typer.Typer(
    help="Listeners: list, add, rename, delete, emotions, history, rollback, delete-profile.",
    no_args_is_help=True,
)

JSON = typer.Option(False, "--json", help="Print one JSON document.")
EMOTIONS = typer.Option("", help="The listener's emotion words, joined by commas.")


@group.command("list")
def show(json: bool = JSON) -> None:
    """List all listeners."""
    with at_desk() as desk:
        people = [(one, desk.ratings(one.id), desk.current_profile(one.id))
                  for one in desk.listeners()]  # fmt: skip
    if json:
        terminal.emit_json(
            [
                listener_document(
                    one, ratings=len(ratings), profile=record_document(record) if record else None
                )
                for one, ratings, record in people
            ]
        )
        return
    if not people:
        terminal.note(f"There is no listener yet. {TAKEN_IN}")
        return
    rows = [
        [
            one.name,
            len(ratings),
            f"{record.profile.adapter} of {record.created[:10]}" if record else "everyone's",
            ", ".join(one.emotions.words),
        ]
        for one, ratings, record in people
    ]
    terminal.say(terminal.table(["listener", "labels", "model", "emotions"], rows))


@group.command()
def add(
    name: str = typer.Argument(..., help="A pseudonym."),
    emotions: str = EMOTIONS,
    json: bool = JSON,
) -> None:
    """Add a listener, with the default emotion words unless others are given."""
    with at_desk() as desk:
        added = desk.add_listener(name, _words(emotions))
    _told(listener_document(added), f"{added.name} was added.", json)


@group.command()
def rename(name: str, new_name: str, json: bool = JSON) -> None:
    """Give a listener another pseudonym."""
    with at_desk() as desk:
        changed = desk.rename_listener(desk.listener_named(name).id, new_name)
    _told(listener_document(changed), f"{name} is now called {changed.name}.", json)


@group.command("emotions")
def change_emotions(
    name: str,
    words: str = typer.Option("", "--set", help="The new words, joined by commas."),
    rename: list[str] = typer.Option([], "--rename", help="OLD=NEW; ratings go along."),
    json: bool = JSON,
) -> None:
    """Show or change a listener's emotion words; ratings keep the words they were made with."""
    with at_desk() as desk:
        owner = desk.listener_named(name)
        for pair in rename:
            old, equals, new = pair.partition("=")
            if not equals:
                raise PerserError(f"“{pair}” is no renaming; please write OLD=NEW.")
            owner = desk.rename_emotion(owner.id, old, new)
        wanted = _words(words)
        if wanted is not None:
            owner = desk.set_emotions(owner.id, _kept(owner.emotions, wanted))
        counts = desk.counts(owner.id)
    if json:
        terminal.emit_json(listener_document(owner, counts=counts))
        return
    rows = [
        [emotion.word, counts[emotion.word], ", ".join(emotion.sources) or "only your examples"]
        for emotion in owner.emotions.emotions
    ]
    terminal.say(terminal.table(["emotion", "labels", "starts from"], rows))


@group.command()
def delete(
    name: str,
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    json: bool = JSON,
) -> None:
    """Delete a listener for good: ratings, profiles, caches, automatic backups and old copies.

    Backups that you wrote elsewhere, and tables that you exported, stay.
    """
    with at_desk() as desk:
        owner = desk.listener_named(name)
        count = len(desk.ratings(owner.id))
        question = f"Delete {owner.name} and {count} ratings for good?"
        if not yes and not typer.confirm(question, default=False, err=True):
            raise PerserError("Nothing was deleted.")
        desk.delete_listener(owner.id)
    _told({"deleted": owner.name, "ratings": count}, f"{owner.name} was deleted.", json)


@group.command()
def history(name: str, json: bool = JSON) -> None:
    """List all profiles of a listener, newest first."""
    with at_desk() as desk:
        records = desk.history(desk.listener_named(name).id)
    if json:
        terminal.emit_json([record_document(record) for record in records])
        return
    if not records:
        terminal.note(f"{name} has no profile yet; `perser adapt` makes one.")
        return
    rows = [
        [
            "*" if record.current else "",
            record.id,
            record.created[:16].replace("T", " "),
            record.profile.adapter,
            len(record.profile.ratings),
            *_verdict_cells(record.profile.verdict),
        ]
        for record in records
    ]
    header = [
        "",
        "profile",
        "made (UTC)",
        "adapter",
        "labels",
        "foreseen then",
        "verdict then",
    ]
    terminal.say(terminal.table(header, rows))


@group.command("delete-profile")
def delete_profile(
    name: str,
    profile: int = typer.Argument(..., help="Its number, as `perser listeners history` lists it."),
    yes: bool = typer.Option(False, "--yes", help="Do not ask."),
    json: bool = JSON,
) -> None:
    """Delete one profile of a listener for good, with automatic backups and old copies of it.

    Labels stay. If it is in use, everyone's model takes its place.
    """
    with at_desk() as desk:
        owner = desk.listener_named(name)
        found = next((one for one in desk.history(owner.id) if one.id == profile), None)
        used = found is not None and found.current
        instead = " It is in use; everyone's model takes its place." if used else ""
        question = f"Delete profile {profile} of {owner.name} for good?{instead}"
        if found and not yes and not typer.confirm(question, default=False, err=True):
            raise PerserError("Nothing was deleted.")
        used = desk.delete_profile(owner.id, profile)
    then = f" {owner.name} now uses everyone's model." if used else ""
    document = {"listener": owner.name, "deleted": profile, "was_in_use": used}
    _told(document, f"Profile {profile} was deleted.{then}", json)


@group.command()
def rollback(
    name: str,
    to: str = typer.Option(
        "previous", help="A profile's number, “previous”, or “generic” for everyone's model."
    ),
    checkpoint: str = typer.Option(CHECKPOINT, help="Name or folder of everyone's model."),
    json: bool = JSON,
) -> None:
    """Use an earlier profile again, or everyone's model, and say how it does on the labels now."""
    verdict, note = None, ""
    with at_desk(checkpoint) as desk, terminal.working() as progress:
        owner = desk.listener_named(name)
        desk.make_current(owner.id, _target(desk.history(owner.id), to))
        record = desk.current_profile(owner.id)
        if record is not None:
            try:
                verdict = desk.weigh(owner.id, record.id, progress)
                note = "" if verdict else "It was made from another model or for other words."
            except PerserError as error:
                note = str(error)
    document = {
        "listener": owner.name,
        "profile": record_document(record) if record else None,
        "verdict": verdict_document(verdict),
    }
    what = f"profile {record.id} ({record.profile.adapter})" if record else "everyone's model"
    told = f" {title(verdict)} ({figures(verdict)})." if verdict else f" {note}".rstrip()
    _told(document, f"{owner.name} now uses {what}.{told}", json)


def _verdict_cells(verdict: Verdict | None) -> tuple[str, str]:
    if verdict is None:
        return "", "made before there were verdicts"
    return f"{change(verdict)} ({between(verdict)})", title(verdict)


def _target(records: Sequence[ProfileRecord], to: str) -> int | None:
    if to == "generic":
        return None
    if to == "previous":
        current = next((n for n, record in enumerate(records) if record.current), None)
        if current is None:
            raise PerserError(
                "Everyone's model is in use; please give --to the number of a profile."
            )
        return records[current + 1].id if current + 1 < len(records) else None
    if not to.isdigit():
        raise PerserError(f"“{to}” is not a profile; please give its number, previous or generic.")
    return int(to)


def _words(text: str) -> EmotionSet | None:
    words = [word.strip() for word in text.split(",") if word.strip()]
    return EmotionSet.of(words) if words else None


def _kept(before: EmotionSet, wanted: EmotionSet) -> EmotionSet:
    """Keep colour and meaning of words that stay, for ratings and profiles to go on."""
    kept = tuple(before.find(emotion.word) or emotion for emotion in wanted.emotions)
    return EmotionSet(kept)


def _told(document: object, sentence: str, json: bool) -> None:
    if json:
        terminal.emit_json(document)
    else:
        terminal.say(sentence)
