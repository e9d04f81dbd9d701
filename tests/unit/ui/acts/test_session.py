"""The state behind the window, without Qt."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from perser_gui.emotions import EmotionSet
from perser_gui.records import Listener, Prediction, Rating
from perser_gui.ui.acts.clip_texts import clip_facts
from perser_gui.ui.acts.noted import Noted
from perser_gui.ui.acts.session import RatingRequest, Session

from ..fake_desk import ClipRow, clips_named


@pytest.fixture
def session() -> Session:
    session = Session(listener=Listener(1, "Ada", EmotionSet.default()))
    session.replace_rows([ClipRow(c, None, False) for c in clips_named(5)])
    session.current = session.visible[0]
    return session


def rated(session, *words, answer="emotion") -> Rating:
    return Rating(1, 1, session.current, answer, words)


def predicted(clip, probabilities, classes=("sad", "calm")) -> Prediction:
    return Prediction(clip, classes, np.array(probabilities, np.float32))


def test_counts_follow_the_listeners_words_and_lacking_names_the_emptiest_first(session):
    a, b, c = session.visible[:3]
    session.ratings = {
        a: Rating(1, 1, a, "emotion", ("sad",)),
        b: Rating(2, 1, b, "emotion", ("sad", "calm")),
        c: Rating(3, 1, c, "cant-tell"),
    }
    assert session.counts()["sad"] == 2
    assert session.rated == 2
    assert "sad" not in session.lacking()
    assert session.lacking()[-1] == "calm"


def test_a_label_that_is_still_being_saved_survives_rereading_the_store(session):
    request = RatingRequest(1, session.current, ("happy",), "emotion")
    session.unsaved.append(request)
    session.replace_ratings([rated(session, "sad")])
    assert session.rating(session.current).emotions == ("happy",)


def test_search_looks_at_names_speakers_and_labels(session):
    session.ratings = {session.visible[2]: Rating(1, 1, session.visible[2], "emotion", ("sad",))}
    everything = list(session.visible)
    session.current = None
    session.text = "00002 SAD s2"
    session.refilter()
    assert session.visible == [everything[2]]


def test_predictions_that_differ_from_labels_can_be_filtered(session):
    a, b = session.visible[:2]
    session.ratings = {x: Rating(1, 1, x, "emotion", ("sad",)) for x in (a, b)}
    session.generic = {a: predicted(a, [0.9, 0.1]), b: predicted(b, [0.2, 0.8])}
    session.current, session.kind = None, "differs"
    session.refilter()
    assert session.visible == [b]


def test_disagreement_is_the_probability_mass_that_moved(session):
    a = session.visible[0]
    session.generic = {a: predicted(a, [0.75, 0.25])}
    assert session.disagreement(a) is None
    session.yours = {a: predicted(a, [0.25, 0.75])}
    assert session.disagreement(a) == pytest.approx(0.5)


def test_the_next_unlabelled_clip_is_looked_for_around_the_end(session):
    first, *_, last = session.visible
    session.ratings = {x: Rating(1, 1, x, "skip") for x in session.visible[1:]}
    session.current = last
    assert session.next_unlabelled() == first


def test_waiting_predictions_begin_with_the_clip_at_hand(session):
    session.current = session.visible[3]
    assert session.unpredicted()[0] == session.visible[3]
    session.unpredictable = {session.visible[0]: "damaged"}
    assert session.visible[0] not in session.unpredicted()


class Asked(Noted):
    """Counts how often it is asked whether something is known."""

    count = 0

    def __contains__(self, clip: object) -> bool:
        self.count += 1
        return super().__contains__(clip)


def test_looking_for_what_waits_costs_what_arrives_and_not_all_that_came_before():
    session = Session(listener=Listener(1, "Ada", EmotionSet.default()))
    session.replace_rows([ClipRow(c, None, False) for c in clips_named(3000)])
    known = session.generic = Asked()
    costs = []
    portion = session.unpredicted(16)
    while portion:
        for content in portion:
            known[content] = predicted(content, (0.7, 0.3))
        before = known.count
        portion = session.unpredicted(16)
        costs.append(known.count - before)
    assert len(known) == 3000
    assert max(costs) < 64
    first, other = session.visible[:2]
    known.pop(first)  # it is of another voice now
    assert session.unpredicted(16) == [first]
    session.unpredictable[other] = "damaged"
    del known[other]
    assert session.unpredicted(16) == [first]
    del session.unpredictable[other]
    assert session.unpredicted(16) == [first, other]
    session.forget_predictions()
    assert len(session.unpredicted()) == 3000


def test_where_nobody_speaks_there_is_no_word_to_search_compare_or_differ_from():
    session = Session(listener=Listener(1, "Ada", EmotionSet.default()))
    rows = [ClipRow(c, None, False) for c in clips_named(2)]
    session.replace_rows(rows)
    first, second = (row.clip.content for row in rows)
    for content, abstain in ((first, "no speech"), (second, "unsure")):
        found = replace(predicted(content, (0.7, 0.3)), abstain=abstain)
        session.generic[content] = session.yours[content] = found
        session.ratings[content] = Rating(1, 1, content, "emotion", ("calm",))
    assert (session.differs(first), session.differs(second)) == (False, True)
    assert session.disagreement(first) is None
    assert session.disagreement(second) == 0.0
    assert clip_facts(session, first)[-1] == "your model: no speech"
    assert clip_facts(session, second)[-1] == "your model: sad (unsure) (70%)"
    session.text = "sad"
    session.refilter()
    assert session.visible == [second]
