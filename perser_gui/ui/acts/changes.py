"""What is no longer as it was: one value, told by one signal; each panel decides what to show.

    bench.tell(Changes(ratings=Which.of(clip)))             # an act, after it changed the state
    bench.changed.connect(panel.take)                       # once per panel

    def take(self, changes: Changes) -> None:               # a panel
        if changes.clips:
            self.refresh()

The value says what to look at again, never what stands there: that is read from the acts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol


@dataclass(frozen=True)
class Which:
    """Some clips, by content; or all of them."""

    clips: frozenset[str] = frozenset()
    all: bool = False

    @classmethod
    def of(cls, *clips: str) -> Which:
        """Return just these clips; none if there are none."""
        return cls(frozenset(clips))

    def __bool__(self) -> bool:
        return self.all or bool(self.clips)

    def __contains__(self, clip: str | None) -> bool:
        return self.all or clip in self.clips


NONE = Which()
ALL = Which(all=True)


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What changed, each thing by itself; all that changed at once is told at once."""

    listener: bool = False
    """Who labels, or what the listeners are called."""
    emotions: bool = False
    """The listener's words."""
    clips: bool = False
    """Which clips are on the list, or what is known of them."""
    visible: bool = False
    """Which of them the search and the filter let through."""
    current: bool = False
    """The clip at hand."""
    ratings: Which = NONE
    """Clips that carry another label, or none any more."""
    saving: bool = False
    """Whether every label is on the disk."""
    predictions: Which = NONE
    """Clips that are predicted anew, or not any more."""
    blind: bool = False
    """Whether predictions of clips without a label are hidden."""
    suggestion: bool = False
    """Why the clip at hand was suggested."""
    model: bool = False
    """How far the loading of the model is."""
    adapting: bool = False
    """How far an adaptation is."""
    verdict: bool = False
    """What an adaptation, or the weighing of a profile, came to."""
    profile: bool = False
    """The profile in use, or the history of profiles."""
    sound: bool = False
    """The sound of the clip at hand: there now, or not to be read."""
    borders: bool = False
    """The borders of the utterance at hand, as they are being put."""
    playing: bool = False
    """Whether sound is on its way."""
    stream: bool = False
    """What the live stream does, and which model labels it."""
    utterances: bool = False
    """What was heard live, and how it was labelled."""
    microphones: bool = False
    """Which microphones there are."""
    microphone_test: bool = False
    """How the test of the microphone goes."""
    loudspeakers: bool = False
    """Which loudspeakers there are."""
    comparison: bool = False
    """How listeners compare, or why they cannot be compared."""
    studies: bool = False
    """Which studies there are, how far everybody is, and how far they agree."""
    sitting: bool = False
    """What a listener who takes part in a study is shown."""
    settings: frozenset[str] = frozenset()
    """The remembered choices that are others now, by their names in `Settings`."""
    initiator: object = field(default=None, compare=False, repr=False)
    """Who made the change and shows it already, so that it need not look again."""

    def by(self, somebody: object) -> bool:
        """Whether this one made the change itself."""
        return self.initiator is not None and self.initiator is somebody


class Panel(Protocol):
    """Shows a part of the state."""

    def take(self, changes: Changes) -> None:
        """Show anew what changed, as far as it is shown here."""
