"""Whether a rating was made blind: without a model's word for its clip in sight."""

from __future__ import annotations

from collections.abc import Mapping

from perser_gui.corpora.answers import says_nothing
from perser_gui.corpora.columns import BLIND
from perser_gui.corpora.table import RatingsTable
from perser_gui.errors import PerserError

MADE = ("any", "blind", "seen")
"""Which ratings may be asked for; those of which nobody noted it are in `any` alone."""

_TRUTHS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


def blind_of(extra: Mapping[str, str]) -> bool | None:
    """Return whether a row says that its rating was made blind; None if it does not say."""
    return _TRUTHS.get(extra.get(BLIND, ""))


def blind_cell(blind: bool | None) -> dict[str, str]:
    """Return what a row holds that says whether its rating was made blind."""
    return {} if blind is None else {BLIND: "yes" if blind else "no"}


def blind_read(place: str, text: str) -> bool | None:
    """Return what a cell says, as spreadsheets write it; None for a blank one.

    Raises:
        PerserError: naming `place`, if it says neither yes nor no.
    """
    blind = _TRUTHS.get(text.lower())
    if blind is None and not says_nothing(text):
        raise PerserError(
            f"{place}: “{text[:40]}” does not say whether it was made blind; "
            "please write yes or no, or leave it blank."
        )
    return blind


def was_made(blind: bool | None, how: str) -> bool:
    """Return whether a rating is among those made in a way of `MADE`.

    Raises:
        PerserError: if there is no such way.

    >>> [was_made(blind, "seen") for blind in (True, False, None)]
    [False, True, False]
    """
    if how not in MADE:
        raise PerserError(f"Ratings are made {', '.join(MADE)}; please choose one, not “{how}”.")
    return how == "any" or blind is (how == "blind")


def made(table: RatingsTable, how: str) -> RatingsTable:
    """Return a table with only the ratings that were made in a way of `MADE`.

    Raises:
        PerserError: if there is none, or no such way.
    """
    kept = table.where(lambda row: was_made(blind_of(row.extra), how))
    if not kept.rows:
        raise PerserError(
            f"{table.source or 'The table'} holds no ratings of which the column “{BLIND}” says "
            f"that they were made {'blind' if how == 'blind' else 'with a prediction in sight'}; "
            "please leave out --ratings-made."
        )
    return kept
