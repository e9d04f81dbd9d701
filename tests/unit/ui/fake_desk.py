"""A desk in memory: instant, torch-free, with switches for slowness and failure."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from perser_gui.clip_table import ClipRow, ClipTable
from perser_gui.desk import Act, UnsavedLabel
from perser_gui.desk.comparing import GENERIC, Compared
from perser_gui.desk.saying import title
from perser_gui.desk.utterances import halves, joined, part_of
from perser_gui.desk.values import KEPT
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.evaluation.side_by_side import Hearing, compared
from perser_gui.records import (
    Clip,
    Listener,
    Prediction,
    Profile,
    Rating,
    Scores,
    Verdict,
    Waveform,
    WordScore,
    clip_part,
)


@dataclass(frozen=True)
class OpenedClips:
    clips: list
    problems: list = field(default_factory=list)
    warnings: list = field(default_factory=list)


@dataclass(frozen=True)
class ProfileRecord:
    id: int
    created: str
    current: bool
    profile: Profile
    path: Path = Path("profile.safetensors")


@dataclass(frozen=True)
class ModelInfo:
    checkpoint: str = "perser-base"
    encoder: str = "bundled"
    classes: tuple = ("neutral",)
    device: str = "cpu"
    digest: str = "0" * 64


@dataclass(frozen=True)
class Adaptation:
    record: ProfileRecord | None
    before: Scores
    after: Scores
    helped: bool
    message: str
    verdict: Verdict
    present: Verdict | None = None
    use: str = "everyone"
    consequence: str = ""


@dataclass(frozen=True)
class Suggestion:
    clip: str
    reason: str


def clips_named(count: int, folder: str = "session") -> list[Clip]:
    return [
        Clip(f"{i:064x}", Path(f"/{folder}/clip {i:05d}.wav"), 1.0 + i % 5, speaker=f"s{i % 4}")
        for i in range(count)
    ]


def recording_of(seconds: float, utterances: int, name: str = "call.wav") -> list[Clip]:
    """Return the utterances of a recording, evenly spread, each as long as the pause after it."""
    whole = Clip("f" * 64, Path(f"/calls/{name}"), seconds)
    step = seconds / utterances
    return [clip_part(whole, i * step, (i + 0.5) * step) for i in range(utterances)]


class FakeDesk:
    """Keeps everything in lists; `steps` and `step_wait` shape an adaptation."""

    def __init__(self, clips: int = 0, listeners: tuple[str, ...] = ("Ada",)) -> None:
        self.people = [Listener(i + 1, n, EmotionSet.default()) for i, n in enumerate(listeners)]
        self.library = clips_named(clips)
        self.missing: set[str] = set()
        self.log: list[Rating] = []
        self.profiles: dict[int, list[ProfileRecord]] = {}
        self.fail_ratings = False
        self.outcome = "closer"
        self.gate = threading.Event()
        self.gate.set()
        self.steps = 5
        self.closed = False
        self.adapting = threading.Event()
        self.threads: set[str] = set()
        self.loads = 0
        self.opening = threading.Event()
        self.opening.set()
        self.limits: list[float] = []
        self.intakes: list[tuple[str, str]] = []
        self.acts: list[tuple[int, ...]] = []
        self.undone: list[tuple[int, ...]] = []
        self.notices: list[str] = []
        self.read_only = ""
        self.merged: list[str | None] = []
        self.kept: list[UnsavedLabel] = []
        self.blinds: dict[int, bool] = {}

    def close(self) -> None:
        self.closed = True

    def settle(self, progress):
        return []

    def _note(self) -> None:
        self.threads.add(threading.current_thread().name)

    # -- store side
    def default_emotions(self):
        return EmotionSet.default()

    def listeners(self):
        return list(self.people)

    def add_listener(self, name, emotions=None):
        if any(p.name == name for p in self.people):
            raise PerserError(f"A listener called “{name}” exists already; choose another name.")
        person = Listener(len(self.people) + 1, name, emotions or EmotionSet.default())
        self.people.append(person)
        return person

    def _replace(self, listener, **changes):
        i = next(i for i, p in enumerate(self.people) if p.id == listener)
        self.people[i] = replace(self.people[i], **changes)
        return self.people[i]

    def rename_listener(self, listener, name):
        return self._replace(listener, name=name)

    def set_emotions(self, listener, emotions):
        return self._replace(listener, emotions=emotions)

    def clips(self, listener=None):
        return ClipTable.of(ClipRow(c, None, c.content in self.missing) for c in self.library)

    def remove_clips(self, contents):
        self.library = [c for c in self.library if c.content not in set(contents)]

    def open_clips(self, paths, progress, *, cut_above=20.0, voices="folder", channels="mix"):
        new = []
        self.limits.append(cut_above)
        self.intakes.append((voices, channels))
        for i, path in enumerate(paths):
            progress.report(i / len(paths), path.name)
            while not self.opening.wait(0.005):
                progress.check()
            if 0 < cut_above < 60 and path.name == "call.wav":
                new += recording_of(60.0, 6)
                continue
            number = len(self.library) + len(new)
            new.append(Clip(f"{number:064x}", Path(path), 2.0, source="dropped"))
        self.library += new
        return OpenedClips(new, [], [])

    def as_of(self, when):
        return contextlib.nullcontext()

    def relink(self, clip, path, progress):
        if path.name == "other.wav":
            raise PerserError("other.wav holds another recording; please choose the file.")
        self.missing.discard(clip)
        return [replace(c, path=path) for c in self.library if c.content == clip]

    def blind(self, listener, *, first=True):
        """Whether a listener labels blind; here only who chose to."""
        return self.blinds.get(listener, False)

    def set_blind(self, listener, blind):
        self.blinds[listener] = blind

    def said_of(self, listener, clip):
        return [r for r in self.log if (r.listener, r.clip) == (listener, clip)]

    def answered(self, listener):
        return frozenset(r.clip for r in self.log if r.listener == listener)

    def amend(self, listener, clip, *, intensity=KEPT, note=KEPT, shares=KEPT):
        standing = next(r for r in self.ratings(listener) if r.clip == clip)
        given = {"intensity": intensity, "note": note, "shares": shares}
        changes = {name: value for name, value in given.items() if value is not KEPT}
        if self.fail_ratings:
            raise PerserError("The disk is full; free some space and press Retry.")
        rating = replace(standing, id=len(self.log) + 1, **changes)
        self.acts.append((len(self.log),))
        self.log.append(rating)
        return rating

    def rate(
        self,
        listener,
        clip,
        *,
        emotions=(),
        answer="emotion",
        intensity=None,
        shares=(),
        note="",
        blind=None,
    ):
        self._note()
        if self.fail_ratings:
            raise PerserError("The disk is full; free some space and press Retry.")
        rating = Rating(
            len(self.log) + 1,
            listener,
            clip,
            answer,
            tuple(emotions),
            intensity,
            shares=tuple(shares),
            note=note,
            blind=blind,
        )
        self.acts.append((len(self.log),))
        self.log.append(rating)
        return rating

    def clear(self, listener, clip):
        if self.fail_ratings:
            raise PerserError("The disk is full; free some space and press Retry.")
        for i, rating in enumerate(self.log):
            if (rating.listener, rating.clip) == (listener, clip):
                self.log[i] = replace(rating, withdrawn=True)
        return True

    def rate_all(self, listener, said):
        made = [
            self.rate(listener, s.clip, emotions=s.emotions, answer=s.answer, blind=s.blind)
            for s in said
        ]
        self.acts[-len(made) :] = [tuple(rating.id - 1 for rating in made)]
        return made

    def clear_all(self, listener, clips):
        return sum(self.clear(listener, clip) for clip in clips)

    def undo(self, listener):
        for act in reversed(self.acts):
            log = [self.log[i] for i in act]
            if log[0].listener == listener and not any(rating.withdrawn for rating in log):
                self.undone.append(act)
                return self._turned(act, withdrawn=True)
        return None

    def redo(self, listener):
        return self._turned(self.undone.pop(), withdrawn=False) if self.undone else None

    def _turned(self, act, *, withdrawn):
        for i in act:
            self.log[i] = replace(self.log[i], withdrawn=withdrawn)
        first = self.log[act[0]]
        if len(act) > 1:
            return Act(act[0], first.listener, "labels", f"{len(act)} labels", first.clip)
        said = f"the label “{' + '.join(first.emotions)}”"
        return Act(act[0], first.listener, "label", said, first.clip)

    def changes(self):
        return 0

    def keep_unsaved(self, labels):
        self.kept = list(labels)
        return Path("/kept")

    def unsaved_labels(self):
        return [replace(label, when="2026-01-02") for label in self.kept]

    def forget_unsaved(self):
        self.kept = []

    def ratings(self, listener):
        kept = {}
        for r in self.log:
            if r.listener == listener and not r.withdrawn:
                kept[r.clip] = r
        return list(kept.values())

    def counts(self, listener):
        return {}

    def history(self, listener):
        return list(reversed(self.profiles.get(listener, [])))

    def current_profile(self, listener):
        return next((r for r in self.profiles.get(listener, []) if r.current), None)

    def make_current(self, listener, record):
        self.profiles[listener] = [
            replace(r, current=r.id == record) for r in self.profiles.get(listener, [])
        ]

    def delete_profile(self, listener, record):
        kept = self.profiles.get(listener, [])
        self.profiles[listener] = [one for one in kept if one.id != record]
        return any(one.id == record and one.current for one in kept)

    # -- compute side
    def load_model(self, progress):
        self.loads += 1
        progress.report(0.5, "Reading weights")
        return ModelInfo()

    def waveform(self, clip):
        seconds = next(c.seconds for c in self.library if c.content == clip)
        t = np.arange(int(seconds * 16000), dtype=np.float32) / 16000
        tone = 0.5 * np.sin(2 * np.pi * 220 * t) * np.sin(np.pi * t / seconds)
        return Waveform(tone.astype(np.float32), 16000)

    def surroundings(self, content, seconds):
        span = next(c.span for c in self.library if c.content == content)
        start, end = max(span.start - seconds, 0.0), min(span.end + seconds, span.of)
        t = np.arange(round((end - start) * 16000), dtype=np.float32) / 16000
        return Waveform((0.4 * np.sin(2 * np.pi * 180 * t)).astype(np.float32), 16000), start

    def _put(self, old, new):
        """Put clips in the place of others; what was said of the first old one goes to the last."""
        first = min(i for i, c in enumerate(self.library) if c.content in old)
        self.library = [c for c in self.library if c.content not in old]
        self.library[first:first] = new
        for i, rating in enumerate(self.log):
            if rating.clip in old:
                self.log[i] = replace(rating, clip=new[-1].content)

    def move_utterance(self, content, start, end):
        clip = next(c for c in self.library if c.content == content)
        new = part_of(clip, start, end)
        self._put([content], [new])
        return new

    def split_utterance(self, content, at):
        clip = next(c for c in self.library if c.content == content)
        new = halves(clip, at)
        self._put([content], list(new))
        return new

    def merge_utterances(self, content, following, *, listener=None, label_of=None):
        self.merged.append(label_of)
        new = joined(*(c for c in self.library if c.content in (content, following)))
        self._put([content, following], [new])
        return new

    def embed(self, clips, progress):
        return []

    def adapt(self, listener, *, adapter="meta-perser", seed=0, device="auto", progress):
        self._note()
        self.adapting.set()
        kept = 0
        for step in range(self.steps):
            progress.report(step / self.steps, f"Step {step + 1} of {self.steps}")
            while not self.gate.wait(0.005):
                progress.check()
                if progress.stop_requested:
                    break
            kept = step + 1
            if progress.stop_requested:
                break
        words = next(p for p in self.people if p.id == listener).emotions.words
        before = Scores(0.41, 0.42, 0.45, 1.6, 10, "leave-one-out", dict.fromkeys(words, 0.4))
        after = Scores(0.58, 0.57, 0.6, 1.2, 10, "leave-one-out", dict.fromkeys(words, 0.55))
        verdict = self._verdict(words)
        profile = Profile(
            adapter,
            "0" * 64,
            words,
            {},
            seed,
            kept,
            ratings=(1, 2),
            before=before,
            after=after,
            verdict=verdict,
        )
        closer = self.outcome == "closer"
        records = self.profiles.setdefault(listener, [])
        record = ProfileRecord(len(records) + 1, "2026-01-02 03:04:05", closer, profile)
        if closer:
            records[:] = [replace(r, current=False) for r in records]
        records.append(record)
        consequence = "It is in use now." if closer else "Everyone's model stays in use."
        return Adaptation(
            record,
            before,
            after,
            closer,
            f"{title(verdict)}. {consequence}",
            verdict,
            use="new" if closer else "everyone",
            consequence=consequence,
        )

    def weigh(self, listener, record, progress):
        self._note()
        words = next(p for p in self.people if p.id == listener).emotions.words
        return replace(self._verdict(words), count=len(self.ratings(listener)))

    def _verdict(self, words):
        after, low, high, count, more = {
            "closer": (0.584, 0.49, 0.68, 20, 0),
            "no difference": (0.421, 0.38, 0.46, 40, 0),
            "further away": (0.322, 0.25, 0.39, 20, 0),
            "too early": (0.444, 0.21, 0.9, 8, 12),
        }[self.outcome]
        rows = {word: WordScore(0.4, 0.4 + after - 0.41, 2) for word in words[:5]}
        return Verdict(
            self.outcome, count, 0.412, after, low, high, 30.0, more, "leave-one-out", rows
        )

    def comparison(self, listeners, progress, *, models=True, seed=0):
        self._note()
        people = [p for p in self.people if p.id in listeners]
        said = [Hearing(p.name, {r.clip: r.emotions for r in self.ratings(p.id)}) for p in people]
        if models:
            clips = dict.fromkeys(clip for one in said for clip in one.words)
            guessed = {c: (self._prediction(c, None).word,) for c in clips}
            said.append(Hearing(GENERIC, guessed, "model"))
        return Compared(compared(said, seed=seed, resamples=20), {}, {})

    def studies(self):
        return []

    def predict(self, clips, listener, progress):
        return [self._prediction(c, listener) for c in clips]

    def compare(self, clips, listener, progress):
        self._note()
        return [(self._prediction(c, listener), self._prediction(c, None, listener)) for c in clips]

    def _prediction(self, clip, listener, words_of=None):
        person = next((p for p in self.people if p.id == (listener or words_of)), None)
        words = person.emotions.words if person else EmotionSet.default().words
        own = listener is not None and self.current_profile(listener) is not None
        p = np.full(len(words), 0.02, np.float32)
        number = int(clip.replace("@", "").replace("-", ""), 16)
        p[(number + (1 if own else 0)) % len(words)] += 1 - p.sum()
        return Prediction(clip, words, p, person.name if own and person else None)

    def suggest_next(self, listener, progress, *, blind=False):
        rated = {r.clip for r in self.ratings(listener)}
        free = [c for c in self.library if c.content not in rated]
        return (
            Suggestion(free[-1].content, "The two likeliest emotions are close.") if free else None
        )

    def export_predictions(self, path, listener, format="csv", progress=None, *, clips=None):
        wanted = [c.content for c in self.library] if clips is None else clips
        Path(path).write_text("\n".join(["clip,emotion", *wanted]) + "\n", encoding="utf-8")

    def export_ratings(self, path, listener, *others, form=None, bom=False, made="any"):
        Path(path).write_text("file,listener,emotions\n", encoding="utf-8")
        return [Path(path)]

    def plan_import(self, path, audio_dir, progress, *, listener=None):
        raise PerserError("The table has no column “file”.")

    def import_ratings(self, path, audio_dir, progress):
        raise PerserError("The table has no column “file”.")

    def has_had_starters(self):
        return any(clip.synthetic for clip in self.library)

    def starter_clips(self):
        return [Path(f"/starter/starter {i}.wav") for i in range(3)]
