"""The side of the desk that computes, over a tiny random model."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from perser_gui import adaptation
from perser_gui.adaptation import asking
from perser_gui.adaptation.fine_tune import FineTune
from perser_gui.adaptation.generic import Generic
from perser_gui.adaptation.protocol import Support
from perser_gui.audio import presence
from perser_gui.desk import Desk, adapting
from perser_gui.emotions import CLASSES, EmotionSet
from perser_gui.errors import Cancelled, PerserError
from perser_gui.model.checkpoint import Checkpoint, save_checkpoint
from perser_gui.progress import Progress
from perser_gui.records import NO_CLEAR_WORD, FloatArray, Listener, Prediction, Profile
from perser_gui.testing import tiny_checkpoint, tiny_encoder, write_tone

WORDS = EmotionSet.of(("happy", "sad", "wistful"))


class Oracle(Generic):
    """Says of each clip what the nearest rated clip was called; it always helps."""

    name = "oracle"
    held_out = None  # type: ignore[assignment]

    def adapt(
        self,
        theta: Checkpoint,
        support: Support,
        *,
        seed: int = 0,
        device: str = "cpu",
        progress: Progress | None = None,
    ) -> Profile:
        if progress is not None:
            for step in range(5):
                progress.report(step / 5, "thinking")
        self.seen = support
        generic = super().adapt(theta, support, seed=seed)
        parameters = {"x": support.x, "targets": support.targets}
        return replace(generic, adapter=self.name, parameters=parameters, steps=5)

    def probabilities(self, theta: Checkpoint, profile: Profile, x: FloatArray) -> FloatArray:
        if not len(profile.parameters["x"]):
            return np.full((len(x), len(profile.classes)), 1 / 3, np.float32)
        distance = ((x[:, None] - profile.parameters["x"][None]) ** 2).sum(axis=(-1, -2))
        return np.asarray(0.9 * profile.parameters["targets"][distance.argmin(axis=1)] + 0.1 / 3)


class Harmful(Generic):
    """Says the opposite of everything; it never helps."""

    name = "harmful"
    held_out = None  # type: ignore[assignment]

    def adapt(self, theta: Checkpoint, support: Support, **options: object) -> Profile:
        profile = super().adapt(theta, support)
        return replace(profile, adapter=self.name)

    def probabilities(self, theta: Checkpoint, profile: Profile, x: FloatArray) -> FloatArray:
        return np.eye(3, dtype=np.float32)[np.full(len(x), 2)]


@pytest.fixture(autouse=True)
def adapters(monkeypatch: pytest.MonkeyPatch) -> dict[str, Oracle]:
    made = {"oracle": Oracle()}
    monkeypatch.setitem(adaptation.ADAPTERS, "oracle", lambda: made["oracle"])
    monkeypatch.setitem(adaptation.ADAPTERS, "harmful", Harmful)
    return made


@pytest.fixture
def audio(tmp_path: Path) -> Path:
    """A folder with ten tones, high and low by turns."""
    folder = tmp_path / "tones"
    for number in range(10):
        hertz = (200 if number % 2 else 2500) + 40 * number
        write_tone(folder / f"{number}.wav", hertz, loudness=0.1 + 0.1 * (number % 2))
    return folder


@pytest.fixture
def ana(desk: Desk, clips: list[str]) -> Listener:
    """A listener who calls low tones sad and high ones happy; eight of ten are labelled."""
    listener = desk.add_listener("Ana", WORDS)
    for number, clip in enumerate(clips[:8]):
        desk.rate(listener.id, clip, emotions=["sad" if number % 2 else "happy"])
    return listener


def rows(predictions: list[Prediction]) -> FloatArray:
    return np.stack([prediction.probabilities for prediction in predictions])


def test_loading_the_model_says_what_was_loaded(desk: Desk) -> None:
    messages: list[str] = []
    info = desk.load_model(Progress(lambda _fraction, message: messages.append(message)))
    assert info.checkpoint == "tiny"
    assert info.encoder == "tiny-encoder-1"
    assert info.digest == tiny_checkpoint().digest
    assert "Loading the model" in messages


def test_a_checkpoint_that_is_not_there_is_told_plainly(tmp_path: Path) -> None:
    desk = Desk.open(data_dir=tmp_path / "d", cache_dir=tmp_path / "c", checkpoint="no-such")
    with pytest.raises(PerserError, match="no-such"):
        desk.load_model(Progress())
    desk.close()


def test_a_checkpoint_for_another_encoder_is_refused(desk: Desk, tmp_path: Path) -> None:
    other = replace(tiny_checkpoint(), encoder="another-encoder-7")
    folder = save_checkpoint(other, tmp_path / "other")
    wrong = Desk.open(data_dir=tmp_path / "d", cache_dir=tmp_path / "c", checkpoint=str(folder))
    with pytest.raises(PerserError, match="another-encoder-7"):
        wrong.load_model(Progress())
    wrong.close()


def test_without_a_listener_predictions_are_over_the_default_words(
    desk: Desk, clips: list[str]
) -> None:
    predictions = desk.predict(clips, None, Progress())
    assert [prediction.clip for prediction in predictions] == clips
    assert predictions[0].classes == EmotionSet.default().words
    assert predictions[0].listener is None
    assert rows(predictions).sum(axis=1) == pytest.approx(np.ones(len(clips)))


def test_without_a_profile_everyones_model_speaks_the_listeners_words(
    desk: Desk, clips: list[str], ana: Listener
) -> None:
    for yours, generic in desk.compare(clips, ana.id, Progress()):
        assert yours.classes == generic.classes == ("happy", "sad", "wistful")
        assert (yours.listener, yours.adapter) == (None, "generic")
        assert np.array_equal(yours.probabilities, generic.probabilities)


def test_a_prediction_does_not_depend_on_which_clips_are_asked_for_together(
    desk: Desk, clips: list[str]
) -> None:
    desk.embed(clips, Progress())
    together = rows(desk.predict(clips, None, Progress()))
    alone = [rows(desk.predict([clip], None, Progress()))[0] for clip in clips]
    assert np.stack(alone) == pytest.approx(together, abs=1e-6)


def test_predictions_equal_the_normalized_features_through_the_head(
    desk: Desk, clips: list[str], audio: Path
) -> None:
    from perser_gui.audio import open_waveform
    from perser_gui.testing import tiny_encoder

    theta = tiny_checkpoint()
    features = {
        clip: tiny_encoder().embed(open_waveform(audio / f"{number}.wav"))
        for number, clip in enumerate(clips)
    }
    normalized = theta.normalization.apply(features, dict.fromkeys(clips, "one voice"))
    x = np.stack([normalized[clip] for clip in clips]).astype(np.float64)
    p = {name: value.double().numpy() for name, value in theta.parameters.items()}
    mix = np.exp(p["mix.weight"]) / np.exp(p["mix.weight"]).sum()
    hidden = np.einsum("nlw,l->nw", x, mix) @ p["projection.weight"].T + p["projection.bias"]
    logits = hidden @ p["output.weight"].T + p["output.bias"]
    expected = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    assert rows(desk.predict(clips, None, Progress())) == pytest.approx(expected, abs=1e-5)


def test_an_adaptation_that_helps_becomes_the_profile_in_use(
    desk: Desk, clips: list[str], ana: Listener
) -> None:
    result = desk.adapt(ana.id, adapter="oracle", seed=4, progress=Progress())
    assert result.helped
    assert result.after.macro_f1 > result.before.macro_f1
    assert result.after.count == 8
    current = desk.current_profile(ana.id)
    assert current is not None
    assert result.record is not None
    assert current.id == result.record.id
    assert current.profile.seed == 4
    assert current.profile.ratings == tuple(rating.id for rating in desk.ratings(ana.id))
    assert current.profile.before == result.before
    assert current.profile.after == result.after
    yours, generic = zip(*desk.compare(clips, ana.id, Progress()), strict=True)
    assert [prediction.emotion for prediction in yours] == ["happy", "sad"] * 5
    assert (yours[0].listener, yours[0].adapter) == ("Ana", "oracle")
    assert not np.allclose(rows(list(yours)), rows(list(generic)), atol=0.01)


def test_an_adaptation_that_does_not_help_waits_in_the_history(
    desk: Desk, clips: list[str], ana: Listener
) -> None:
    result = desk.adapt(ana.id, adapter="harmful", progress=Progress())
    assert not result.helped
    assert result.verdict.outcome == "too early"
    assert "Too early to tell: 12 more labels." in result.message
    assert "Everyone's model stays in use" in result.message
    assert desk.current_profile(ana.id) is None
    assert [record.current for record in desk.history(ana.id)] == [False]


def test_an_earlier_profile_goes_on_when_a_new_one_does_not_help(desk: Desk, ana: Listener) -> None:
    first = desk.adapt(ana.id, adapter="oracle", progress=Progress()).record
    result = desk.adapt(ana.id, adapter="harmful", progress=Progress())
    assert first is not None
    current = desk.current_profile(ana.id)
    assert current is not None
    assert current.id == first.id
    assert result.use == "present"
    assert result.present is not None
    assert result.present.outcome == "closer"
    assert "Your present oracle profile" in result.message
    assert "stays in use; the new profile waits in the history" in result.message


def test_a_better_profile_on_the_same_labels_is_not_replaced(
    desk: Desk, clips: list[str], ana: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Half(Oracle):
        """An oracle that is sure of itself only now and then."""

        name = "half"

        def probabilities(self, theta: Checkpoint, profile: Profile, x: FloatArray) -> FloatArray:
            right = super().probabilities(theta, profile, x)
            unsure = np.arange(len(x))[:, None] % 2 == 0
            return np.where(unsure, 0.6 * right + 0.4 / 3, right).astype(np.float32)

    monkeypatch.setitem(adaptation.ADAPTERS, "half", Half)
    half = desk.adapt(ana.id, adapter="half", progress=Progress())
    assert half.helped
    best = desk.adapt(ana.id, adapter="oracle", progress=Progress())
    assert best.verdict.after >= half.verdict.after
    refused = desk.adapt(ana.id, adapter="half", progress=Progress())
    kept = best if best.helped else half
    assert not refused.helped
    assert refused.use == "present"
    assert "foresees the same labels at least as well" in refused.message
    current = desk.current_profile(ana.id)
    assert current is not None
    assert kept.record is not None
    assert current.id == kept.record.id
    desk.rate(ana.id, clips[8], emotions=["happy"])
    assert desk.adapt(ana.id, adapter="half", progress=Progress()).helped


@pytest.mark.parametrize("fraction", [0.1, 0.4, 0.6, 0.8])
def test_cancelling_an_adaptation_leaves_everything_as_it_was(
    desk: Desk, clips: list[str], ana: Listener, fraction: float
) -> None:
    desk.adapt(ana.id, adapter="oracle", progress=Progress())
    before = (desk.history(ana.id)[0].id, desk.ratings(ana.id), len(desk.history(ana.id)))
    shown = rows(desk.predict(clips, ana.id, Progress()))
    progress = Progress(lambda done, _message: done >= fraction and progress.cancel())
    with pytest.raises(Cancelled):
        desk.adapt(ana.id, adapter="oracle", seed=1, progress=progress)
    history = desk.history(ana.id)
    assert (history[0].id, desk.ratings(ana.id), len(history)) == before
    assert np.array_equal(rows(desk.predict(clips, ana.id, Progress())), shown)
    assert len(list((desk.store_path.parent / "profiles").iterdir())) == 1


def test_cancelling_at_the_last_moment_still_keeps_nothing(
    desk: Desk, ana: Listener, adapters: dict[str, Oracle], monkeypatch: pytest.MonkeyPatch
) -> None:
    progress = Progress()
    asked: list[int] = []

    def probabilities(theta: Checkpoint, profile: Profile, x: FloatArray) -> FloatArray:
        asked.append(len(x))
        if len(asked) == 8:  # the last of eight ratings that were left out in turn
            progress.cancel()
        return np.full((len(x), 3), 1 / 3, np.float32)

    monkeypatch.setattr(adapters["oracle"], "probabilities", probabilities)
    with pytest.raises(Cancelled):
        desk.adapt(ana.id, adapter="oracle", progress=progress)
    assert len(asked) == 8
    assert desk.history(ana.id) == []


def test_adapting_never_writes_ratings(desk: Desk, ana: Listener) -> None:
    before = desk.ratings(ana.id)
    desk.adapt(ana.id, adapter="oracle", progress=Progress())
    assert desk.ratings(ana.id) == before


def test_every_adaptation_starts_anew_with_all_ratings(
    desk: Desk, clips: list[str], ana: Listener
) -> None:
    once = desk.adapt(ana.id, adapter="fine-tune", progress=Progress()).record
    desk.adapt(ana.id, adapter="oracle", progress=Progress())
    again = desk.adapt(ana.id, adapter="fine-tune", progress=Progress()).record
    assert once is not None
    assert again is not None
    assert once.profile.parameters.keys() == again.profile.parameters.keys()
    for name, value in once.profile.parameters.items():
        assert np.array_equal(value, again.profile.parameters[name])


def test_stop_keeps_the_best_so_far_and_says_so(
    desk: Desk, ana: Listener, adapters: dict[str, Oracle]
) -> None:
    progress = Progress(lambda done, _message: done >= 0.6 and progress.stop())
    result = desk.adapt(ana.id, adapter="fine-tune", progress=progress)
    assert result.record is not None
    assert any("Stopped after" in note for note in result.record.profile.notes)
    assert result.record.profile.steps < 5


def test_a_stopped_adaptation_is_judged_by_what_it_keeps(
    desk: Desk, ana: Listener, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = desk.adapt(ana.id, adapter="fine-tune", progress=Progress())
    progress = Progress(lambda done, _message: done >= 0.6 and progress.stop())
    stopped = desk.adapt(ana.id, adapter="fine-tune", progress=progress)
    assert stopped.record is not None
    assert whole.record is not None
    assert 0 < stopped.record.profile.steps < whole.record.profile.steps
    assert stopped.verdict.before == whole.verdict.before
    assert stopped.verdict.after != whole.verdict.after
    steps = stopped.record.profile.steps
    monkeypatch.setattr(FineTune, "most_steps", steps)
    short = desk.adapt(ana.id, adapter="fine-tune", progress=Progress())
    assert short.verdict.after == pytest.approx(stopped.verdict.after)


def test_of_many_clips_without_a_rating_some_are_drawn_by_seed(
    desk: Desk, clips: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(adapting, "MOST_UNLABELLED", 3)
    desk.embed(clips, Progress())
    library = [row.clip for row in desk.clips()]
    drawn = [adapting.unlabelled(desk._engine, library, seed) for seed in range(8)]
    assert all(len(some) == 3 for some in drawn)
    assert adapting.unlabelled(desk._engine, library, 0) == drawn[0]
    assert len({tuple(clip.content for clip in some) for some in drawn}) > 1


def test_clips_without_a_rating_come_along_unlabelled(
    desk: Desk, clips: list[str], ana: Listener, adapters: dict[str, Oracle]
) -> None:
    desk.embed(clips, Progress())
    desk.adapt(ana.id, adapter="oracle", progress=Progress())
    held = adapters["oracle"].seen
    assert held.unlabelled is not None
    assert held.unlabelled.shape == (2, 2, 16)


def test_cant_tell_and_skipped_clips_teach_nothing(
    desk: Desk, clips: list[str], ana: Listener, adapters: dict[str, Oracle]
) -> None:
    desk.rate(ana.id, clips[0], answer="cant-tell")
    desk.rate(ana.id, clips[1], answer="skip")
    result = desk.adapt(ana.id, adapter="oracle", progress=Progress())
    assert result.after.count == result.verdict.count == 6


def test_a_deleted_word_is_left_out_and_noted(desk: Desk, clips: list[str], ana: Listener) -> None:
    desk.rate(ana.id, clips[8], emotions=["wistful"])
    desk.set_emotions(ana.id, EmotionSet(WORDS.emotions[:2]))
    result = desk.adapt(ana.id, adapter="fine-tune", progress=Progress())
    assert result.after.count == 8
    assert result.record is not None
    assert result.record.profile.classes == ("happy", "sad")
    assert any("wistful" in note for note in result.record.profile.notes)


def test_a_rated_clip_that_is_gone_is_left_out_and_noted(
    desk: Desk, audio: Path, ana: Listener
) -> None:
    (audio / "0.wav").unlink()
    result = desk.adapt(ana.id, adapter="fine-tune", progress=Progress())
    assert result.after.count == 7
    assert result.record is not None
    assert any("0.wav" in note for note in result.record.profile.notes)
    assert len(result.record.profile.ratings) == 7


def test_a_rated_clip_that_is_gone_still_counts_once_it_was_heard(
    desk: Desk, audio: Path, clips: list[str], ana: Listener
) -> None:
    desk.embed(clips, Progress())
    (audio / "0.wav").unlink()
    assert desk.adapt(ana.id, adapter="fine-tune", progress=Progress()).after.count == 8


def test_without_a_rating_there_is_nothing_to_adapt(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana")
    with pytest.raises(PerserError, match="label a few clips"):
        desk.adapt(ana.id, adapter="fine-tune", progress=Progress())
    assert desk.history(ana.id) == []


def test_one_rating_adapts_and_says_that_it_is_too_little(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana", WORDS)
    desk.rate(ana.id, clips[0], emotions=["wistful"])
    result = desk.adapt(ana.id, adapter="harmful", progress=Progress())
    assert result.verdict.outcome == "too early"
    assert result.message.startswith("Too early to tell: 19 more labels.")
    assert (result.verdict.low, result.verdict.high) == (0.0, 1.0)
    assert desk.current_profile(ana.id) is None
    assert len(desk.history(ana.id)) == 1


def test_an_unknown_adapter_is_told_plainly(desk: Desk, ana: Listener) -> None:
    with pytest.raises(PerserError, match=r"no-such.*fine-tune"):
        desk.adapt(ana.id, adapter="no-such", progress=Progress())


def test_a_profile_of_another_checkpoint_gives_way_to_everyones_model(
    desk: Desk, clips: list[str], ana: Listener, tmp_path: Path
) -> None:
    desk.adapt(ana.id, adapter="oracle", progress=Progress())
    folder = save_checkpoint(tiny_checkpoint(seed=5), tmp_path / "other")
    other = Desk.open(
        data_dir=tmp_path / "data", cache_dir=tmp_path / "cache", checkpoint=str(folder)
    )
    (prediction,) = other.predict(clips[:1], ana.id, Progress())
    assert (prediction.listener, prediction.adapter) == (None, "generic")
    other.close()


def test_a_profile_follows_renamed_and_deleted_words_but_not_new_ones(
    desk: Desk, clips: list[str], ana: Listener
) -> None:
    desk.adapt(ana.id, adapter="oracle", progress=Progress())
    before = rows(desk.predict(clips, ana.id, Progress()))
    desk.rename_emotion(ana.id, "happy", "bright")
    renamed = desk.predict(clips, ana.id, Progress())
    assert renamed[0].classes == ("bright", "sad", "wistful")
    assert np.array_equal(rows(renamed), before)
    words = desk.listener(ana.id).emotions
    desk.set_emotions(ana.id, EmotionSet(words.emotions[:2]))
    fewer = rows(desk.predict(clips, ana.id, Progress()))
    assert fewer == pytest.approx(before[:, :2] / before[:, :2].sum(axis=1, keepdims=True))
    extended = EmotionSet.of(("bright", "sad", "hollow"))
    desk.set_emotions(ana.id, replace(words, emotions=(*words.emotions, *extended.emotions[2:])))
    assert desk.predict(clips[:1], ana.id, Progress())[0].listener is None


def test_rolling_back_changes_the_predictions_back(
    desk: Desk, clips: list[str], ana: Listener
) -> None:
    generic = rows(desk.predict(clips, ana.id, Progress()))
    first = desk.adapt(ana.id, adapter="oracle", progress=Progress()).record
    assert first is not None
    desk.make_current(ana.id, None)
    assert np.array_equal(rows(desk.predict(clips, ana.id, Progress())), generic)
    desk.make_current(ana.id, first.id)
    assert not np.allclose(rows(desk.predict(clips, ana.id, Progress())), generic, atol=0.01)


def test_a_clip_that_cannot_be_read_is_named(desk: Desk, audio: Path, clips: list[str]) -> None:
    (audio / "2.wav").unlink()
    with pytest.raises(PerserError, match=r"2\.wav"):
        desk.predict(clips, None, Progress())
    assert len(desk.embed(clips, Progress())) == 1
    assert len(desk.predict([*clips[:2], *clips[3:]], None, Progress())) == 9


def test_a_suggestion_is_a_clip_without_a_label_and_says_why(desk: Desk, clips: list[str]) -> None:
    ana = desk.add_listener("Ana", EmotionSet.of(("happy", "sad", "calm")))
    for clip in clips[:4]:
        desk.rate(ana.id, clip, emotions=["happy", "sad"])
    suggestion = desk.suggest_next(ana.id, Progress(), blind=False)
    assert suggestion is not None
    assert suggestion.clip in clips[4:]
    assert {"“happy”", "“sad”"} <= set(suggestion.reason.split())


def test_with_a_new_word_a_suggestion_is_as_after_the_labels_so_far(
    desk: Desk, clips: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def watched(pool: asking.Pool, *, blind: bool = False) -> asking.Choice | None:
        seen.append(pool)
        return real(pool, blind=blind)

    real = asking.suggest
    monkeypatch.setattr(asking, "suggest", watched)
    ana = desk.add_listener("Ana", WORDS)
    new = WORDS.words.index("wistful")
    for clip, word in zip(clips, ("happy", "sad", "wistful"), strict=False):
        suggestion = desk.suggest_next(ana.id, Progress(), blind=False)
        assert suggestion is not None
        desk.rate(ana.id, clip, emotions=[word])
    suggestion = desk.suggest_next(ana.id, Progress(), blind=False)
    assert suggestion is not None
    assert suggestion.clip in clips[3:]
    assert [len(pool.labelled) for pool in seen] == [0, 1, 2, 3]
    told = [float(pool.probabilities[:, new].mean()) for pool in seen]
    assert told[3] > told[2]
    assert desk.history(ana.id) == []


def test_there_is_no_suggestion_when_everything_is_labelled(
    desk: Desk, clips: list[str], ana: Listener
) -> None:
    for clip in clips:
        desk.rate(ana.id, clip, emotions=["sad"])
    assert desk.suggest_next(ana.id, Progress()) is None


def test_exported_predictions_hold_both_models_and_the_label(
    desk: Desk, clips: list[str], ana: Listener, tmp_path: Path
) -> None:
    desk.adapt(ana.id, adapter="oracle", progress=Progress())
    desk.export_predictions(tmp_path / "p.csv", ana.id)
    with (tmp_path / "p.csv").open(newline="") as stream:
        table = list(csv.DictReader(stream))
    pairs = desk.compare(clips, ana.id, Progress())
    assert [row["content"] for row in table] == clips
    assert [row["prediction"] for row in table] == ["happy", "sad"] * 5
    assert [row["generic"] for row in table] == [generic.emotion for _, generic in pairs]
    assert [row["label"] for row in table] == ["happy", "sad"] * 4 + ["", ""]
    assert float(table[1]["p(sad)"]) == pytest.approx(pairs[1][0].probabilities[1], abs=1e-5)
    assert table[0]["model"] == tiny_checkpoint().digest
    desk.export_predictions(tmp_path / "p.json", ana.id, "json")
    document = json.loads((tmp_path / "p.json").read_text())
    assert document["profile"]["adapter"] == "oracle"
    assert len(document["predictions"]) == 10


def test_an_unknown_format_is_told_plainly(desk: Desk, ana: Listener, tmp_path: Path) -> None:
    with pytest.raises(PerserError, match="xlsx"):
        desk.export_predictions(tmp_path / "p.xlsx", ana.id, "xlsx")
    assert not (tmp_path / "p.xlsx").exists()


def test_files_are_predicted_without_coming_onto_the_list(desk: Desk, audio: Path) -> None:
    (audio / "9.wav").write_bytes(b"nothing")
    predicted = desk.predict_files([audio], None, Progress())
    assert len(predicted.pairs) == len(predicted.clips) == 9
    assert len(predicted.problems) == 1
    assert desk.clips() == []


def test_a_shared_profile_predicts_the_same_on_another_desk(
    desk: Desk, audio: Path, clips: list[str], ana: Listener, checkpoint: Path, tmp_path: Path
) -> None:
    desk.adapt(ana.id, adapter="oracle", progress=Progress())
    desk.export_profile(tmp_path / "ana.safetensors", ana.id)
    other = Desk.open(data_dir=tmp_path / "2", cache_dir=tmp_path / "3", checkpoint=str(checkpoint))
    added = other.import_profile(tmp_path / "ana.safetensors")
    other.open_clips([audio], Progress())
    theirs = other.predict(clips, added.id, Progress())
    assert theirs[0].listener == "Ana"
    assert np.array_equal(rows(theirs), rows(desk.predict(clips, ana.id, Progress())))
    with pytest.raises(PerserError, match="already"):
        other.import_profile(tmp_path / "ana.safetensors")
    other.close()


@pytest.fixture
def voices(desk: Desk, tmp_path: Path) -> Callable[[int], list[str]]:
    def opened(count: int) -> list[str]:
        for number in range(count):
            write_tone(tmp_path / f"voice-{number % 3}" / f"{number}.wav", 300 + 100 * number)
        folders = [tmp_path / f"voice-{number}" for number in range(3)]
        return [clip.content for clip in desk.open_clips(folders, Progress()).clips]

    return opened


def test_speakers_statistics_are_those_of_all_their_clips_however_they_came_in(
    desk: Desk, voices: Callable[[int], list[str]], checkpoint: Path, tmp_path: Path
) -> None:
    few = voices(6)
    desk.predict(few, None, Progress())
    many = voices(12)
    desk.predict(many[6:], None, Progress())
    grown = rows(desk.predict(many, None, Progress()))
    desk.remove_clips(many[-2:])
    shrunk = rows(desk.predict(many[:-2], None, Progress()))
    fresh = Desk.open(
        data_dir=tmp_path / "data", cache_dir=tmp_path / "cache", checkpoint=str(checkpoint)
    )
    assert rows(fresh.predict(many[:-2], None, Progress())) == pytest.approx(shrunk, abs=1e-6)
    fresh.open_clips([tmp_path / f"voice-{n}" for n in range(3)], Progress())
    assert rows(fresh.predict(many, None, Progress())) == pytest.approx(grown, abs=1e-6)
    assert not np.allclose(shrunk, grown[:-2], atol=1e-4)
    fresh.close()


def test_a_listener_without_words_of_their_own_gets_those_of_the_loaded_checkpoint(
    tmp_path: Path, audio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from perser_gui.upstream import encoders

    monkeypatch.setattr(encoders, "load_encoder", lambda *_args, **_options: tiny_encoder())
    eight = CLASSES[:8]
    old = save_checkpoint(tiny_checkpoint(eight), tmp_path / "old")
    with closing(
        Desk.open(data_dir=tmp_path / "d", cache_dir=tmp_path / "c", checkpoint=str(old))
    ) as desk:
        ben = desk.add_listener("Ben")
        assert ben.emotions.words == desk.default_emotions().words == eight
        assert desk.listener(ben.id).emotions == EmotionSet.default(eight)
        clip = desk.open_clips([audio], Progress()).clips[0].content
        assert desk.predict([clip], None, Progress())[0].classes == eight
        # nine words work with it too: the ninth is one that it does not know
        eve = desk.add_listener("Eve", EmotionSet.default())
        assert desk.predict([clip], eve.id, Progress())[0].classes == CLASSES
    new = save_checkpoint(tiny_checkpoint(CLASSES), tmp_path / "new")
    with closing(
        Desk.open(data_dir=tmp_path / "d", cache_dir=tmp_path / "c", checkpoint=str(new))
    ) as desk:
        assert desk.listener(ben.id).emotions.words == eight
        assert desk.predict([clip], ben.id, Progress())[0].classes == eight
        assert desk.add_listener("Dan").emotions.words == CLASSES


def test_a_missing_checkpoint_does_not_keep_anybody_from_labelling(tmp_path: Path) -> None:
    with closing(Desk.open(data_dir=tmp_path / "d", checkpoint=str(tmp_path / "no"))) as desk:
        assert desk.add_listener("Ben").emotions == EmotionSet.default()


def test_a_profile_in_use_is_judged_by_all_labels_and_not_by_those_it_was_made_from(
    desk: Desk, clips: list[str], adapters: dict[str, Oracle]
) -> None:
    """One label made it; nine more, which it knows nothing of, say that it is no good."""
    listener = desk.add_listener("Bo", WORDS)
    desk.rate(listener.id, clips[0], emotions=["wistful"])
    first = desk.adapt(listener.id, adapter="oracle", progress=Progress()).record
    assert first is not None
    desk.make_current(listener.id, first.id)
    for number, clip in enumerate(clips[1:]):
        desk.rate(listener.id, clip, emotions=["sad" if number % 2 else "happy"])
    result = desk.adapt(listener.id, adapter="harmful", progress=Progress())
    assert result.present is not None
    assert result.present.count == 10
    assert result.present.outcome != "closer"
    assert result.use == "everyone"
    assert desk.current_profile(listener.id) is None
    assert "Everyone's model is in use again" in result.message
    assert len(desk.history(listener.id)) == 2


def test_a_profile_of_the_history_is_weighed_on_the_labels_there_are_now(
    desk: Desk, clips: list[str], ana: Listener
) -> None:
    made = desk.adapt(ana.id, adapter="oracle", progress=Progress())
    assert made.record is not None
    same = desk.weigh(ana.id, made.record.id, Progress())
    assert same is not None
    assert (same.count, same.after) == (8, pytest.approx(made.verdict.after))
    desk.rate(ana.id, clips[8], emotions=["happy"])
    desk.rate(ana.id, clips[9], emotions=["sad"])
    now = desk.weigh(ana.id, made.record.id, Progress())
    assert now is not None
    assert (now.count, now.outcome) == (10, "closer")
    current = desk.current_profile(ana.id)
    assert current is not None
    assert current.id == made.record.id
    with pytest.raises(PerserError, match="99"):
        desk.weigh(ana.id, 99, Progress())
    desk.set_emotions(ana.id, EmotionSet.of((*WORDS.words, "bored")))
    assert desk.weigh(ana.id, made.record.id, Progress()) is None


def test_who_goes_back_to_another_profile_while_adapting_keeps_it(
    desk: Desk, ana: Listener
) -> None:
    chosen = desk.adapt(ana.id, adapter="harmful", progress=Progress()).record
    assert chosen is not None
    progress = Progress(lambda done, _: done > 0.6 and desk.make_current(ana.id, chosen.id))
    result = desk.adapt(ana.id, adapter="harmful", progress=progress)
    assert result.use == "everyone"
    current = desk.current_profile(ana.id)
    assert current is not None
    assert current.id == chosen.id


@pytest.fixture
def silent(desk: Desk, audio: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A clip on the list in which nobody speaks, of the same voice as the tones."""
    loudest = write_tone(audio / "silent.wav", 1000, loudness=0.9)
    monkeypatch.setattr(presence, "is_speech", lambda samples, *_: np.abs(samples).max() < 0.85)
    return desk.open_clips([loudest], Progress()).clips[0].content


def test_where_nobody_speaks_there_is_no_emotion_but_the_reason(
    desk: Desk, clips: list[str], silent: str, ana: Listener, tmp_path: Path
) -> None:
    for listener in (None, ana.id):
        found = {p.clip: p for p in desk.predict([*clips, silent], listener, Progress())}
        assert (found[silent].abstain, found[silent].word) == ("no speech", "")
        assert all(found[clip].word for clip in clips)
    ((yours, generic),) = desk.compare([silent], ana.id, Progress())
    assert (yours.said, generic.said) == ("no speech", "no speech")
    desk.export_predictions(tmp_path / "p.json", ana.id, "json")
    rows = json.loads((tmp_path / "p.json").read_text())["predictions"]
    (row,) = [row for row in rows if row["abstain"] == "no speech"]
    assert (row["prediction"], row["generic"]) == ("", "")
    assert set(row["probabilities"].values()) == {None}
    assert all(row["prediction"] for row in rows if row["content"] != silent)


def test_a_clip_without_speech_changes_nothing_for_the_others_of_its_voice(
    desk: Desk, clips: list[str], ana: Listener, audio: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(desk.predict(clips, ana.id, Progress()))
    loud = write_tone(audio / "silent.wav", 1000, loudness=0.9)
    monkeypatch.setattr(presence, "is_speech", lambda samples, *_: np.abs(samples).max() < 0.85)
    added = desk.open_clips([loud], Progress()).clips[0].content
    desk.embed([added], Progress())
    after = rows(desk.predict([*clips, added], ana.id, Progress()))[:-1]
    np.testing.assert_allclose(after, before, atol=1e-6)


def test_only_clips_with_speech_are_suggested_and_a_label_on_another_is_kept(
    desk: Desk, clips: list[str], silent: str, ana: Listener
) -> None:
    for clip in clips:
        desk.rate(ana.id, clip, emotions=["sad"])
    desk.embed([silent], Progress())
    assert desk.suggest_next(ana.id, Progress()) is None
    desk.rate(ana.id, silent, emotions=["wistful"])
    record = desk.adapt(ana.id, adapter="oracle", progress=Progress()).record
    assert record is not None
    assert len(record.profile.ratings) == len(clips) + 1
    assert {r.clip: r.emotions for r in desk.ratings(ana.id)}[silent] == ("wistful",)


def test_a_clip_where_no_emotion_stands_out_is_marked_and_keeps_its_word(
    desk: Desk, clips: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from perser_gui.desk import predicting

    sure = np.eye(len(CLASSES), dtype=np.float32)[3]
    even = np.full(len(CLASSES), 1 / len(CLASSES), np.float32)
    unsure = 0.95 * even + 0.05 * np.eye(len(CLASSES), dtype=np.float32)[0]
    found = np.stack([unsure, sure, even])
    monkeypatch.setattr(predicting, "probabilities", lambda *_: found)
    first, second, third = desk.predict(clips[:3], None, Progress())
    assert (first.abstain, first.word, first.said) == ("unsure", "neutral", "neutral (unsure)")
    assert (second.abstain, second.word, second.said) == ("", "sad", "sad")
    assert (third.abstain, third.word, third.said) == ("unsure", "", NO_CLEAR_WORD)
