from __future__ import annotations

import numpy as np
import pytest

from perser_gui.corpora import RatingRow, RatingsTable
from perser_gui.emotions import CLASSES
from perser_gui.errors import PerserError
from perser_gui.metatraining.data import (
    ListenerRatings,
    Material,
    fit_normalization,
    material_of,
    normalized,
)
from perser_gui.model.losses import class_weights
from tests.unit.metatraining.worlds import FOUR, clips_of, material_of_listeners, one_hot


def table(*rows: tuple[str, str, tuple[str, ...]], source: str = "toy") -> RatingsTable:
    return RatingsTable(
        tuple(RatingRow(file, listener, words, "s1") for file, listener, words in rows),
        source=source,
    )


def features(*names: str) -> dict[str, np.ndarray]:
    return {name: np.full((2, 4), i, dtype=np.float32) for i, name in enumerate(names)}


def test_words_become_shares_of_the_classes_they_are_synonyms_of() -> None:
    material = material_of(
        [table(("a", "ann", ("Anger", "joy")), ("b", "ann", ("wistful",)))],
        features("a", "b"),
        encoder="e",
    )
    (ann,) = material.listeners
    assert material.clips.names == ("a",)
    expected = np.zeros(len(CLASSES), np.float32)
    expected[[CLASSES.index("angry"), CLASSES.index("happy")]] = 0.5
    np.testing.assert_array_equal(ann.targets, expected[None])


def test_acted_labels_of_two_corpora_are_two_listeners_and_nobody_to_learn_from() -> None:
    tables = [
        table(("a", "acted", ("sad",)), source="one"),
        table(("b", "acted", ("sad",)), source="two"),
    ]
    material = material_of(tables, features("a", "b"), encoder="e")
    assert {each.listener for each in material.listeners} == {"acted (one)", "acted (two)"}
    assert material.raters() == ()


def test_a_listener_of_two_tables_is_one_listener() -> None:
    tables = [table(("a", "ann", ("sad",))), table(("b", "ann", ("happy",)), source="two")]
    (ann,) = material_of(tables, features("a", "b"), encoder="e").listeners
    assert ann.rows.tolist() == [0, 1]


def test_simulated_listeners_have_no_part_in_aggregated_labels() -> None:
    real = [table(("a", "acted", ("sad",)))]
    made = [table(("a", "sim", ("happy",)))]
    material = material_of(real, features("a"), encoder="e", simulated=made)
    labels = material.aggregated()
    assert labels.targets[0, CLASSES.index("sad")] == 1.0
    assert labels.listeners == {"acted (toy)"}


def test_where_all_are_simulated_their_labels_are_averaged_and_called_simulated() -> None:
    rows = (("a", "simulated-001", ("sad",)), ("a", "simulated-002", ("happy",)))
    material = material_of([table(*rows)], features("a"), encoder="e")
    assert {each.kind for each in material.listeners} == {"simulated"}
    labels = material.aggregated()
    assert labels.targets[0, CLASSES.index("sad")] == 0.5
    assert labels.listeners == {"simulated-001", "simulated-002"}
    assert material.notes() == ("2 of 2 listeners are simulated: nobody heard the clips.",)
    one = material_of([table(("a", "ann", ("sad",)), *rows)], features("a"), encoder="e")
    assert one.aggregated().listeners == {"ann"}
    assert material_of([table(("a", "ann", ("sad",)))], features("a"), encoder="e").notes() == ()


def test_the_corpus_of_a_row_goes_before_that_of_its_table() -> None:
    rows = (
        RatingRow("x/1", "ann", ("sad",), extra={"corpus": "one"}),
        RatingRow("x/2", "acted", ("sad",), extra={"corpus": "two"}),
        RatingRow("x/3", "ann", ("sad",)),
    )
    material = material_of(
        [RatingsTable(rows, source="joined")], features("x/1", "x/2", "x/3"), encoder="e"
    )
    assert material.clips.corpora == ("one", "two", "joined")
    assert material.clips.voices == ("one:x", "two:x", "joined:x")
    assert {each.listener for each in material.listeners} == {"ann", "acted (two)"}


def test_aggregated_labels_are_means_over_listeners() -> None:
    clips, _ = clips_of(4)
    rows = np.array([0, 1])
    material = Material(
        clips,
        (
            ListenerRatings("ann", rows, one_hot(np.array([0, 1]))),
            ListenerRatings("bob", rows[:1], one_hot(np.array([2]))),
        ),
        FOUR,
    )
    labels = material.aggregated()
    np.testing.assert_allclose(labels.targets, [[0.5, 0, 0.5, 0], [0, 1, 0, 0]])
    assert labels.counts().tolist() == [1, 1, 1, 0]


def test_class_weights_are_those_of_the_loss_and_neutral_for_a_class_that_does_not_occur() -> None:
    clips, emotions = clips_of(8)
    rows = np.flatnonzero(emotions < 3)[1:]
    material = Material(clips, (ListenerRatings("ann", rows, one_hot(emotions[rows])),), FOUR)
    counts = np.bincount(emotions[rows], minlength=4)
    expected = np.append(class_weights(counts[:3], len(rows)), 1.0)
    np.testing.assert_allclose(material.aggregated().weights(), expected)


def test_a_held_out_listener_is_gone_and_an_unknown_one_is_named() -> None:
    material = material_of_listeners(3)
    names = {each.listener for each in material.without(["person 1"]).listeners}
    assert "person 1" not in names
    assert "person 0" in names
    with pytest.raises(PerserError, match="“nobody” cannot be held out"):
        material.without(["nobody"])


def test_without_their_utterances_nobody_is_left_who_rated_them() -> None:
    material = material_of_listeners(3)
    few = ListenerRatings("few", np.array([3, 5]), material.listeners[2].targets[:2])
    material = Material(material.clips, (*material.listeners, few), FOUR)
    rest = material.without(["few"], unseen=True)
    gone = {material.clips.names[3], material.clips.names[5]}
    assert set(material.clips.names) - set(rest.clips.names) == gone
    kept = [name for name in material.clips.names if name not in gone]
    for before, after in zip(material.listeners[2:5], rest.listeners[2:5], strict=True):
        heard = dict(
            zip([material.clips.names[r] for r in before.rows], before.targets, strict=True)
        )
        assert [rest.clips.names[r] for r in after.rows] == kept
        for row, target in zip(after.rows, after.targets, strict=True):
            np.testing.assert_array_equal(heard[rest.clips.names[row]], target)


def test_each_speakers_features_are_centred_and_scaled_with_shrinkage() -> None:
    clips, _ = clips_of(16)
    prior = fit_normalization(clips, np.arange(len(clips)), n0=8.0)
    x = normalized(clips, prior)
    rows = [i for i, voice in enumerate(clips.voices) if voice == clips.voices[0]]
    own = clips.x[rows].astype(float)
    mean = (16 * own.mean(0) + 8 * prior.mean) / 24
    variance = (16 * own.var(0) + 8 * prior.scale.astype(float) ** 2) / 24
    np.testing.assert_allclose(x[rows], (own - mean) / np.sqrt(variance), atol=1e-5)


def test_material_without_any_usable_rating_is_refused() -> None:
    with pytest.raises(PerserError, match="None of the ratings has both audio"):
        material_of([table(("a", "ann", ("wistful",)))], features("a"), encoder="e")
