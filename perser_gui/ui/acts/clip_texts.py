"""What is known of a clip or a recording, in words, the same wherever it is shown or spoken."""

from __future__ import annotations

from perser_gui.bidi import isolated
from perser_gui.ui.acts.session import Session
from perser_gui.ui.acts.wording import HIDDEN, clip_name, duration_text, label_fact


def recording_text(session: Session, recording: str, *, short: bool = False) -> str:
    """Return how many utterances a recording has, and how many of them carry a label.

    A `short` text does not say what they are.
    """
    clips = session.utterances(recording)
    if short:
        return f"{session.labelled(clips):,} of {len(clips):,} labelled"
    many = "utterance" if len(clips) == 1 else "utterances"
    return f"{len(clips):,} {many} · {session.labelled(clips):,} labelled"


def clip_facts(session: Session, content: str) -> list[str]:
    """Return what is known of a clip, in words: name, length, label, prediction."""
    row = session.row(content)
    assert row is not None
    clip = row.clip
    facts = [clip_name(clip), duration_text(clip.seconds)]
    if clip.speaker:
        facts.append(f"speaker {isolated(clip.speaker)}")
    if clip.synthetic:
        facts.append("synthetic speech")
    if row.missing:
        facts.append("file missing")
    facts.append(label_fact(session.rating(content)))
    prediction = session.best_prediction(content)
    if session.hides(content):
        facts.append(f"prediction: {HIDDEN}")
    elif prediction is not None:
        whose = "your model" if content in session.yours else "everyone's model"
        best = "" if not prediction.word else f" ({float(prediction.probabilities.max()):.0%})"
        facts.append(f"{whose}: {isolated(prediction.said)}{best}")
    elif content in session.unpredictable:
        facts.append(session.unpredictable[content])
    return facts
