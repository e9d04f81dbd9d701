"""One open desk: a library, and the model that is loaded when it is first needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from perser_gui import paths
from perser_gui.desk import adapting, opening, predicting
from perser_gui.desk.cutting import ABOVE, FOLDER
from perser_gui.desk.engine import Engine
from perser_gui.desk.opening import Voices
from perser_gui.desk.own_clips import own_first
from perser_gui.desk.studies.studying import Studying
from perser_gui.desk.values import (
    Adaptation,
    ImportedRatings,
    ModelInfo,
    PredictedFiles,
    Suggestion,
)
from perser_gui.emotions import EmotionSet
from perser_gui.errors import PerserError
from perser_gui.progress import Progress
from perser_gui.records import Clip, Listener, Prediction, Verdict
from perser_gui.store import ProfileRecord, Store
from perser_gui.stretches import heard_in

if TYPE_CHECKING:
    from perser_gui.live.live_model import LiveModel


class Desk(Studying):
    """Open clips, rate them (see `Library`), adapt, predict and compare.

    What stands here computes, and imports torch when that is first needed: call it in a worker.
    """

    def __init__(self, store: Store, engine: Engine, cuts: Path | None = None) -> None:
        super().__init__(store, cuts)
        self._engine = engine

    @classmethod
    def open(
        cls,
        *,
        data_dir: Path | None = None,
        cache_dir: Path | None = None,
        checkpoint: str = "perser-base",
        device: str = "auto",
        later: bool = False,
    ) -> Desk:
        """Open the user's data; `checkpoint` is read later, when something is computed.

        `device` is where the encoder computes ("auto", "cpu", "cuda"). `later` leaves to
        `settle` what need not be waited for.

        Raises:
            PerserError: if the data cannot be opened, is damaged or from a newer version.
        """
        store = Store(data_dir or paths.data_dir(), later=later)
        if not later:
            store.backup_of_the_day()
        cache = cache_dir or paths.cache_dir()
        return cls(store, Engine(checkpoint, cache, device), cache / FOLDER)

    def default_emotions(self) -> EmotionSet:
        """Return the words of a listener who has chosen none: the checkpoint's classes."""
        return EmotionSet.default(self._engine.classes)

    def add_listener(self, name: str, emotions: EmotionSet | None = None) -> Listener:
        """Add a listener under a pseudonym, with the checkpoint's words if none are given.

        Raises:
            PerserError: if the name is empty or taken, or a word cannot be used.
        """
        return super().add_listener(name, emotions or self.default_emotions())

    def load_model(self, progress: Progress) -> ModelInfo:
        """Load the checkpoint and its encoder, if that has not been done, and describe them.

        Raises:
            PerserError: if one of them is missing or damaged.
        """
        return self._engine.info(progress)

    def embed(self, clips: Sequence[str], progress: Progress) -> list[str]:
        """Compute the features of clips ahead of time; return sentences about what failed."""
        return self._engine.embed(self._clips(clips), progress)

    def adapt(
        self,
        listener: int,
        *,
        adapter: str = "meta-perser",
        seed: int = 0,
        device: str = "auto",
        progress: Progress,
    ) -> Adaptation:
        """Adapt everyone's model to all ratings of a listener, always from the start.

        The profile goes into the history. Which model is used from now on, the new one, the
        present one or everyone's, is said by one rule, from what all of the labels say of each
        (`adaptation.verdict.chosen`).

        Raises:
            PerserError: if there is nothing to learn from, or the adapter cannot be used.
            Cancelled: everything is as it was.
        """
        record = self.current_profile(listener)
        material = self._material(listener, record)
        learned = adapting.adapted(
            self._engine, material, adapter=adapter, seed=seed, device=device, progress=progress
        )
        return self._kept(listener, learned, record)

    def weigh(self, listener: int, record: int, progress: Progress) -> Verdict | None:
        """Say how a profile of the history does on the labels that there are now.

        None if it does not apply, because it was made from another model or other words.

        Raises:
            PerserError: if the profile is not in this listener's history, or there is no label.
        """
        found = next((one for one in self.history(listener) if one.id == record), None)
        if found is None:
            raise PerserError(
                f"There is no profile {record} in this listener's history; "
                "please choose one that the history shows."
            )
        return adapting.weighed(self._engine, self._material(listener, found), progress)

    def adapt_to_table(
        self,
        table: Path,
        audio_dir: Path,
        name: str,
        *,
        adapter: str = "meta-perser",
        seed: int = 0,
        device: str = "auto",
        progress: Progress,
    ) -> tuple[ImportedRatings, Adaptation]:
        """Import one listener's ratings and adapt to all of them, or leave everything as it was.

        Raises:
            PerserError: as `import_ratings` and `adapt`; nothing was written.
            Cancelled: nothing was written.
        """
        from perser_gui.desk import importing

        plan = importing.plan_import(
            self._store, table, audio_dir, progress.part(0.0, 0.2), listener=name
        )
        (planned,) = plan.listeners
        known = planned.known
        record = self.current_profile(known.id) if known else None
        clips = {**self._store.clips_by_content(), **{clip.content: clip for clip in plan.clips}}
        listed = {clip.content: clip for clip in (*self._store.clips(), *plan.clips)}
        standing = self._store.ratings(known.id) if known else []
        material = adapting.LearningMaterial(
            ratings=importing.ratings_after(planned, standing),
            clips=clips,
            library=list(listed.values()),
            emotions=planned.emotions,
            renamed=self._store.renamed_words(known.id) if known else [],
            present=record.profile if record else None,
            learned=self._learned(known.id, record) if known else frozenset(),
        )
        learned = adapting.adapted(
            self._engine,
            material,
            adapter=adapter,
            seed=seed,
            device=device,
            progress=progress.part(0.2, 1.0),
        )
        self._store.backup_automatically("before an import")
        with self._store.act("import", f"the import of {len(planned.said):,} labels"):
            imported = importing.carry_out(self._store, plan)
            (owner,) = imported.listeners
            used = {material.ratings[-rating - 1].clip for rating in learned.profile.ratings}
            numbers = tuple(rating.id for rating in self.ratings(owner.id) if rating.clip in used)
            profile = replace(learned.profile, ratings=numbers)
            return imported, self._kept(owner.id, replace(learned, profile=profile), record)

    def predict(
        self, clips: Sequence[str], listener: int | None, progress: Progress
    ) -> list[Prediction]:
        """Predict how a listener would label clips, by the current profile.

        Without a listener, or without a profile that applies, by everyone's model.

        Raises:
            PerserError: naming the first clip that cannot be read.
        """
        return self._predictions(self._clips(clips), self.view(listener), progress)

    def compare(
        self, clips: Sequence[str], listener: int, progress: Progress
    ) -> list[tuple[Prediction, Prediction]]:
        """Return pairs of the listener's and everyone's prediction over the same words.

        Raises:
            PerserError: naming the first clip that cannot be read.
        """
        return self._pairs(self._clips(clips), self.view(listener), progress)

    def view(self, listener: int | None) -> predicting.View:
        """Return whose eyes to look through: a listener's, or everyone's (None)."""
        if listener is None:
            return predicting.View(self.default_emotions())
        record = self.current_profile(listener)
        return predicting.view_of(
            self.listener(listener),
            record.profile if record else None,
            self._store.renamed_words(listener),
        )

    def predict_files(
        self,
        paths: Sequence[Path],
        listener: int | None,
        progress: Progress,
        *,
        cut_above: float = ABOVE,
        voices: Voices = "folder",
        channels: str = "mix",
    ) -> PredictedFiles:
        """Predict files and folders without putting them on the list.

        Of a recording longer than `cut_above` seconds (0: none), each utterance is predicted.
        `voices` and `channels` are those of `open_clips`.

        Raises:
            PerserError: if none of them can be read.
        """
        known = self._store.clips_by_content()
        intake = self._intake(cut_above, voices, channels)
        walk = opening.Walk(paths, known, intake=intake)
        arriving = walk.arriving(progress.part(0.1, 0.9))
        failed = self._engine.embed_arriving(arriving, progress.part(0.0, 0.1))
        read = walk.read()
        problems = [*read.problems, *failed]
        ready = self._engine.known_features(read.clips)
        clips = [clip for clip in read.clips if clip.content in ready]
        if not clips:
            raise PerserError(problems[0] if problems else "There are no files to predict.")
        pairs = self._pairs(clips, self.view(listener), progress.part(0.9, 1.0))
        notes = [*dict.fromkeys((*read.warnings, *read.notes, *self._engine.notes))]
        in_use = self.current_profile(listener) if listener is not None else None
        if in_use is not None and pairs[0][0].listener is None:
            notes.append(
                f"The profile {in_use.id} of {self.listener(listener or 0).name} was made from "
                "another model or other words, so everyone's model was used; please adapt again."
            )
        return PredictedFiles(clips, pairs, problems, notes)

    def live_model(
        self, listener: int | None, progress: Progress, *, voice: Sequence[Path] = ()
    ) -> LiveModel:
        """Return what a live stream labels with: everyone's model, and the listener's profile.

        `voice` are files and folders with the same speaker, so that the stream need not get
        to know the voice first.

        Raises:
            PerserError: if the model cannot be loaded, or none of the files can be read.
        """
        from perser_gui.desk import going_live

        clips: Sequence[Clip] = ()
        if voice:
            walk = opening.Walk(voice, self._store.clips_by_content())
            arriving = walk.arriving(progress.part(0.1, 0.6))
            self._engine.embed_arriving(arriving, progress.part(0.0, 0.1))
            read = walk.read()
            if not read.clips:
                raise PerserError(read.problems[0] if read.problems else "There are no clips.")
            clips = read.clips
        view = self.view(listener)
        return going_live.live_model(self._engine, view, clips, progress.part(0.6, 1.0))

    def suggest_next(
        self, listener: int, progress: Progress, *, blind: bool | None = None
    ) -> Suggestion | None:
        """Return the clip without a rating that would teach most, and why; None if all have one.

        For who labels blind (None: as the listener chose) the reason tells nothing of the words.
        It chooses among clips whose features are known, and computes those of a few more.
        """
        from perser_gui.desk import suggesting

        rows = self.clips(listener)
        waiting_rows = [row for row in rows if row.rating is None and not row.missing]
        heard = {heard_in(rating.clip) for rating in self.ratings(listener)}
        unrated = [row.clip for row in waiting_rows if row.clip.heard not in heard]
        unrated = own_first(unrated, [row.clip for row in rows])
        waiting = list(self._engine.known_features(unrated))
        if len(waiting) < suggesting.AMONG:
            self._engine.embed(unrated[: suggesting.AMONG], progress.part(0.0, 0.8))
        return suggesting.suggestion(
            self._engine,
            self._material(listener),
            adapting.unlabelled(self._engine, unrated, seed=len(unrated)),
            progress.part(0.8, 1.0),
            blind=self.blind(listener) if blind is None else blind,
        )

    def export_predictions(
        self,
        path: Path,
        listener: int,
        format: str = "csv",
        progress: Progress | None = None,
        *,
        clips: Sequence[str] | None = None,
    ) -> None:
        """Write the predictions of clips (None: of all on the list), theirs and everyone's.

        Clips that cannot be read are left out.

        Raises:
            PerserError: if nothing can be predicted, or the file cannot be written.
        """
        from perser_gui.exchange import prediction_rows, write_predictions

        progress = progress or Progress()
        wanted = self._store.clips().together() if clips is None else self._clips(clips)
        problems = self._engine.embed(wanted, progress.part(0.0, 0.9))
        ready = self._engine.known_features(wanted)
        found = {clip.content: clip for clip in wanted if clip.content in ready}
        if not found:
            raise PerserError(problems[0] if problems else "There are no clips to predict.")
        pairs = self._pairs(list(found.values()), self.view(listener), progress.part(0.9, 1.0))
        ratings = {rating.clip: rating for rating in self.ratings(listener)}
        rows = prediction_rows(found, pairs, ratings)
        write_predictions(path, rows, self.provenance(listener, progress), format)

    def provenance(self, listener: int | None, progress: Progress) -> dict[str, object]:
        """Return what predictions come from: model, encoder, listener, profile and words.

        `words` are what both models choose from: the listener's own, or those of the model.
        """
        info = self._engine.info(progress)
        record = self.current_profile(listener) if listener is not None else None
        return {
            "checkpoint": info.checkpoint,
            "digest": info.digest,
            "encoder": info.encoder,
            "listener": self.listener(listener).name if listener is not None else None,
            "profile": None
            if record is None
            else {
                "id": record.id,
                "adapter": record.profile.adapter,
                "created": record.created,
                "seed": record.profile.seed,
                "ratings": len(record.profile.ratings),
            },
            "words": list(self.view(listener).emotions.words),
            "words_of": "model" if listener is None else "listener",
        }

    def _kept(
        self, listener: int, learned: adapting.JudgedProfile, judged: ProfileRecord | None
    ) -> Adaptation:
        """Put a profile into the history and use what was chosen; `judged` was in use then.

        Whoever went back to another profile in the meantime keeps it.
        """
        present, use = judged.profile if judged else None, learned.judged.use
        in_use = self.current_profile(listener)
        record = self._store.add_profile(listener, learned.profile, current=use == "new")
        same = (in_use.id if in_use else None) == (judged.id if judged else None)
        if use == "everyone" and in_use is not None and same:
            self._store.make_current(listener, None)
        return Adaptation(
            record,
            learned.judged.before,
            learned.judged.after,
            helped=use == "new" and learned.judged.new.outcome == "closer",
            message=adapting.message_of(learned, present),
            verdict=learned.judged.new,
            present=learned.judged.present,
            use=use,
            consequence=adapting.consequence_of(learned, present),
        )

    def _predictions(
        self, clips: Sequence[Clip], view: predicting.View, progress: Progress
    ) -> list[Prediction]:
        return predicting.predictions(self._engine, clips, self._store.clips(), view, progress)

    def _pairs(
        self, clips: Sequence[Clip], view: predicting.View, progress: Progress
    ) -> list[tuple[Prediction, Prediction]]:
        return predicting.pairs(self._engine, clips, self._store.clips(), view, progress)
