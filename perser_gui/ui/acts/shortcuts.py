"""Every command of the desk with its keys.

Plain data, so that the sheet, the menus and the editor show the same, and conflicts
are found before they bite.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from perser_gui.bidi import isolated
from perser_gui.emotions import EmotionSet
from perser_gui.records import Listener


@dataclass(frozen=True)
class Command:
    """One act that can be bound to keys (portable Qt key texts)."""

    id: str
    title: str
    group: str
    keys: tuple[str, ...] = ()
    icon: str = ""
    where: str = "everywhere"
    """Only while a view is open: `"label"`, `"live"`, or several with spaces between."""


COMMANDS: tuple[Command, ...] = (
    Command("play", "Play or pause", "Listen", ("Space",), "play"),
    Command("replay", "Play from the beginning", "Listen", ("R", "Shift+Space"), "previous"),
    Command("loop", "Loop", "Listen", ("L",), "loop"),
    Command("slower", "Slower", "Listen", (",",), "speed"),
    Command("faster", "Faster", "Listen", (".",), "speed"),
    Command("louder", "Louder", "Listen", ("Ctrl+Up",), "volume"),
    Command("quieter", "Quieter", "Listen", ("Ctrl+Down",), "volume"),
    Command("level-match", "All clips equally loud", "Listen", (), "volume"),
    Command("zoom-in", "Zoom in", "Listen", ("+", "="), "zoom-in"),
    Command("zoom-out", "Zoom out", "Listen", ("-",), "zoom-out"),
    Command("fit", "Show the whole clip", "Listen", ("F",), "fit"),
    Command("spectrogram", "Spectrogram", "Listen", ("G",), "spectrogram"),
    Command("pitch", "Pitch", "Listen", ("I",), "spectrogram", "label"),
    Command("scale", "Frequencies: mel or linear", "Listen", ("Shift+G",), "spectrogram", "label"),
    Command("timeline", "To the timeline", "Listen", ("T",), "waveform", "label"),
    Command("borders", "Borders of the utterance", "Utterances", ("B",), "borders", "label"),
    Command("context", "Play in context", "Utterances", ("C",), "play", "label"),
    Command("split", "Split at the playhead", "Utterances", ("K",), "borders", "label"),
    Command("merge", "Merge with the next utterance", "Utterances", ("J",), "borders", "label"),
    Command("start-earlier", "Begin 10 ms earlier", "Utterances", ("Shift+Left",), "", "label"),
    Command("start-later", "Begin 10 ms later", "Utterances", ("Shift+Right",), "", "label"),
    Command("end-earlier", "End 10 ms earlier", "Utterances", ("Ctrl+Left",), "", "label"),
    Command("end-later", "End 10 ms later", "Utterances", ("Ctrl+Right",), "", "label"),
    Command("confirm", "Confirm, go to the next", "Label", ("Return", "Enter"), "check", "label"),
    Command("next", "Next clip", "Label", ("Right", "D"), "next", "label"),
    Command("previous", "Previous clip", "Label", ("Left", "A"), "previous", "label"),
    Command("word", "Label by first letters", "Label", ("W",), "search", "label predictions live"),
    Command(
        "word-second",
        "Add a second word by first letters",
        "Label",
        ("Shift+W",),
        "search",
        "label predictions live",
    ),
    Command("skip", "Skip this clip", "Label", ("S",), "skip", "label"),
    Command("undo", "Undo", "Label", ("Backspace", "Ctrl+Z"), "undo"),
    Command("redo", "Do again", "Label", ("Ctrl+Y", "Ctrl+Shift+Z"), "redo"),
    Command("clear", "Clear the label", "Label", ("Delete",), "close", "label predictions"),
    Command("suggest", "Suggest the next clip", "Label", ("N",), "suggest", "label"),
    Command("note", "Write a note", "Label", ("E",), "edit", "label"),
    Command("blind", "Label blind, or see predictions", "Label", ("Ctrl+B",), "blind"),
    Command("adapt", "Adapt to your labels", "Your model", ("Ctrl+T",), "adapt"),
    Command("stop", "Stop and keep best", "Your model", ("Ctrl+Shift+T",), "stop"),
    Command("cancel", "Cancel and discard", "Your model", ("Esc",), "close"),
    Command("history", "History and rollback", "Your model", ("Ctrl+H",), "history"),
    Command("open-files", "Add files…", "Clips", ("Ctrl+O",), "add"),
    Command("open-folder", "Add a folder…", "Clips", ("Ctrl+Shift+O",), "folder"),
    Command("record", "Record a clip…", "Clips", ("Ctrl+R",), "microphone"),
    Command("starter", "Add the starter clips", "Clips", (), "waveform"),
    Command(
        *("cut", "Cut into utterances", "Clips", ("Ctrl+Shift+K",), "waveform"), "label predictions"
    ),
    Command("cutting", "Cutting, voices and channels…", "Clips", (), "waveform"),
    Command("search", "Search clips", "Clips", ("Ctrl+F",), "search"),
    Command(
        *("remove", "Remove from the list", "Clips", ("Ctrl+Delete",), "trash"), "label predictions"
    ),
    Command("import-ratings", "Import labels…", "Clips", (), "import"),
    Command("import-folder", "Import a folder with labels…", "Clips", (), "import"),
    Command("pack", "Pack for a colleague…", "Clips", (), "export"),
    Command("export", "Export predictions…", "Clips", ("Ctrl+E",), "export"),
    Command("export-ratings", "Export your labels…", "Clips", ("Ctrl+Shift+E",), "export"),
    Command("export-blind", "Export labels made blind…", "Clips", (), "export"),
    Command("export-seen", "Export labels, predictions seen…", "Clips", (), "export"),
    Command("view-label", "Label", "Views", ("Ctrl+1",), "label"),
    Command("view-predictions", "Predictions", "Views", ("Ctrl+2",), "table"),
    Command("view-compare", "Compare", "Views", ("Ctrl+3",), "compare"),
    Command("view-live", "Live", "Views", ("Ctrl+4",), "microphone"),
    Command("view-studies", "Studies", "Views", ("Ctrl+5",), "users"),
    Command("live-pause", "Pause or go on listening", "Live", ("P",), "pause", "live"),
    Command("live-mark", "Mark this moment", "Live", ("M",), "check", "live"),
    Command("add-listener", "Add a listener…", "Listener", (), "add"),
    Command("rename-listener", "Rename this listener…", "Listener", (), "edit"),
    Command("delete-listener", "Delete this listener…", "Listener", (), "trash"),
    Command("backup", "Back up everything…", "Program", (), "export"),
    Command("restore", "Bring back a backup…", "Program", (), "import"),
    Command("emotions", "Emotion words…", "Listener", ("Ctrl+M",), "label"),
    Command("export-model", "Export your model…", "Your model", (), "export"),
    Command("import-model", "Import a model…", "Your model", (), "import"),
    Command("theme", "Dark or light", "Program", ("Ctrl+Shift+D",), "moon"),
    Command("palette", "Find anything…", "Program", ("Ctrl+K",), "search"),
    Command("settings", "Settings…", "Program", ("Ctrl+,",), "edit"),
    Command("tour", "Take the tour", "Program", (), "help"),
    Command("diagnostics", "Copy diagnostics", "Program", (), "copy"),
    Command("about", "About perser…", "Program", (), "info"),
    Command("menu-here", "Menu of what the keyboard stands on", "Program", ("Shift+F10",), "menu"),
    Command("shortcuts", "Keyboard shortcuts", "Program", ("?", "F1"), "keyboard"),
    Command("quit", "Quit", "Program", ("Ctrl+Q",), "close"),
)

BY_ID: dict[str, Command] = {command.id: command for command in COMMANDS}

FIXED: dict[str, str] = {
    "1 … 9": "Label with your words, in order",
    "Shift+1 … 9": "Add another emotion",
    "0": "Can't tell",
    "Alt+1 … 5": "How strongly you hear it; Alt+0 takes it away",
    "Up, Down": "Move in the list of clips",
    "Left, Right": "On the timeline: move by utterance",
}
"""Keys that cannot be changed, for the sheet."""

RESERVED = frozenset(
    {
        *"0123456789",
        *(f"Shift+{n}" for n in range(10)),
        *(f"Alt+{n}" for n in range(10)),
        "Tab",
        "Shift+Tab",
    }
)


def bindings(
    changed: Iterable[tuple[str, str]], words: Iterable[str] = ()
) -> dict[str, tuple[str, ...]]:
    """Return the keys of every command; `changed` holds the user's own (id, "key; key").

    A key that the user gave to one command is taken from the defaults of the others, so that
    new commands of a later version leave the user's keys alone. Keys that stand for `words` of
    the listener are no command's.

    >>> bindings([("loop", "Ctrl+L")])["loop"]
    ('Ctrl+L',)
    >>> bindings([("loop", "Ctrl+K")])["palette"]
    ()
    """
    own = {
        name: tuple(key.strip() for key in keys.split(";") if key.strip())
        for name, keys in changed
        if name in BY_ID
    }
    taken = {key.casefold() for keys in own.values() for key in keys}
    labels = {key.casefold() for key in words}
    found = {
        command.id: own[command.id]
        if command.id in own
        else tuple(key for key in command.keys if key.casefold() not in taken)
        for command in COMMANDS
    }
    return {
        name: tuple(key for key in keys if key.casefold() not in labels)
        for name, keys in found.items()
    }


def refusals(emotions: EmotionSet, keys: Mapping[str, tuple[str, ...]]) -> list[str]:
    """Return why keys that were chosen for words cannot be theirs, a sentence each.

    `keys` are those of the commands. A key is refused that another word or a command has, or
    that is a command's with Shift, which adds a further word.

    >>> from perser_gui.emotions import Emotion
    >>> happy = EmotionSet((Emotion("happy", "#A67C48", key="L"),))
    >>> refusals(happy, bindings(()))
    ['L is the key of “Loop”; please choose another one for “happy”.']
    """
    users = {key.casefold(): BY_ID[name].title for name, own in keys.items() for key in own}
    sentences, seen = [], dict[str, str]()
    for emotion in emotions.emotions:
        if not emotion.key:
            continue
        key, word = emotion.key.casefold(), f"“{isolated(emotion.word)}”"
        command = users.get(key)
        shifted = users.get(f"shift+{key}")
        if key in seen:
            sentences.append(f"{emotion.key} is the key of “{isolated(seen[key])}” and of {word}.")
        elif command is not None:
            sentences.append(
                f"{emotion.key} is the key of “{command}”; please choose another one for {word}."
            )
        elif shifted is not None:
            sentences.append(
                f"Shift+{emotion.key} is the key of “{shifted}”, and would add {word}; "
                "please choose another one."
            )
        seen.setdefault(key, emotion.word)
    return sentences


def word_keys(listeners: Iterable[Listener]) -> dict[str, str]:
    """Return the keys that listeners chose for words, with and without Shift, and for which."""
    return {
        f"{held}{emotion.key}".casefold(): (
            f"“{isolated(emotion.word)}” of {isolated(listener.name)}"
        )
        for listener in listeners
        for emotion in listener.emotions.emotions
        if emotion.key
        for held in ("", "Shift+")
    }


def conflicts(keys: Mapping[str, tuple[str, ...]]) -> dict[str, list[str]]:
    """Return keys that stand for more than one command, or are reserved, with their commands."""
    users: dict[str, list[str]] = {}
    for name, combinations in keys.items():
        for key in combinations:
            users.setdefault(key.casefold(), []).append(name)
    reserved = {key.casefold() for key in RESERVED}
    return {key: names for key, names in users.items() if len(names) > 1 or key in reserved}


def readable(key: str) -> str:
    """Return a key combination as menus write it, and so everywhere else.

    >>> readable("Ctrl+Up"), readable("Ctrl+Delete"), readable("+")
    ('Ctrl+Up', 'Ctrl+Del', '+')
    """
    return key.replace("Delete", "Del")


def changes(keys: Mapping[str, tuple[str, ...]]) -> tuple[tuple[str, str], ...]:
    """Return what differs from the defaults, in the form that the settings keep."""
    return tuple(
        (name, "; ".join(value)) for name, value in keys.items() if value != BY_ID[name].keys
    )
