"""The engine around the stream: devices that vanish, sleep, pauses, a slow computer."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from perser_gui.audio.speech import SpeechRules
from perser_gui.errors import PerserError
from perser_gui.live import LiveEngine, LiveModel, LiveOptions, Readout, SampleSource, Utterance
from perser_gui.live import live_engine as engine_module
from perser_gui.live.readouts import Status
from perser_gui.records import Waveform

from .conftest import RATE, DrivenSource, Events, quiet, speech

pytestmark = pytest.mark.usefixtures("loud")


def status(kind: str):
    return lambda event: isinstance(event, Status) and event.kind == kind


def is_readout(event: object) -> bool:
    return isinstance(event, Readout)


def is_utterance(event: object) -> bool:
    return isinstance(event, Utterance)


@pytest.fixture
def events() -> Events:
    return Events()


@pytest.fixture
def engine(source: DrivenSource, events: Events, model: LiveModel) -> Iterator[LiveEngine]:
    made = LiveEngine(source, events, model=model, options=QUICK)
    yield made
    made.close()


QUICK = LiveOptions(least=0.5, rules=SpeechRules())


def sentence() -> np.ndarray:
    return np.concatenate((quiet(0.5), speech(1.5), quiet(1)))


def test_sound_becomes_readouts_and_utterances(
    engine: LiveEngine, source: DrivenSource, events: Events
) -> None:
    engine.start()
    events.wait(status("listening"))
    source.say(sentence())
    told = events.wait(is_utterance)
    assert (told.start, told.end) == pytest.approx((0.4, 2.1), abs=0.1)
    assert events.wait(is_readout).latency_ms == pytest.approx(50)


def test_an_unplugged_microphone_is_told_once_and_taken_up_again_when_it_is_back(
    engine: LiveEngine, source: DrivenSource, events: Events
) -> None:
    engine.start()
    events.wait(status("listening"))
    source.say(np.concatenate((quiet(0.5), speech(1))))
    source.pull()
    lost = events.wait(status("lost"))
    assert "“Desk Microphone” was lost" in lost.sentence
    assert events.wait(is_utterance).end == pytest.approx(1.5, abs=0.05)
    looked = source.looked
    source.wait_until_looked_for(looked + 5)
    assert [e.kind for e in events.all if isinstance(e, Status)].count("lost") == 1
    events.all.clear()
    source.connected = True
    events.wait(status("listening"))
    assert source.starts == 2
    source.say(sentence())
    told = events.wait(is_utterance)
    assert told.start == pytest.approx(1.9, abs=0.1)


def test_without_a_microphone_it_says_so_once_and_waits_for_one(
    engine: LiveEngine, source: DrivenSource, events: Events
) -> None:
    source.connected = False
    engine.start()
    assert "No microphone was found" in events.wait(status("lost")).sentence
    source.lying = True  # says that it is back and cannot be opened
    source.wait_until_looked_for(source.looked + 5)
    source.lying, source.connected = False, True
    events.wait(status("listening"))
    assert len([e for e in events.all if status("lost")(e)]) == 1


def test_a_pause_gives_the_device_back_and_resuming_takes_it_again(
    engine: LiveEngine, source: DrivenSource, events: Events
) -> None:
    engine.start()
    events.wait(status("listening"))
    source.say(quiet(0.6))
    events.wait(is_readout)
    engine.pause()
    events.wait(status("paused"))
    assert source.on_block is None
    events.all.clear()
    engine.pause(False)
    events.wait(status("listening"))
    source.say(quiet(0.5))
    assert 0.6 < events.wait(is_readout).time <= 1.1


def test_a_sleep_of_the_computer_is_said_and_parts_the_speech_around_it(
    source: DrivenSource, events: Events, model: LiveModel
) -> None:
    now = [0.0]
    engine = LiveEngine(source, events, model=model, options=QUICK, clock=lambda: now[0])
    engine.start()
    events.wait(status("listening"))
    source.say(np.concatenate((quiet(0.5), speech(1))))
    now[0] = 3600.0
    source.say(np.concatenate((speech(1), quiet(1))))
    assert "3600 seconds" in events.wait(status("interrupted")).sentence
    second = events.wait(lambda e: is_utterance(e) and e.number == 2)
    assert second.start == pytest.approx(1.5, abs=0.05)
    engine.close()


def test_what_is_wrong_with_the_input_stands_in_every_readout(
    engine: LiveEngine, source: DrivenSource, events: Events
) -> None:
    source.problem = "The microphone “Desk Microphone” delivers nothing but zeros."
    source.overflows = 3
    engine.start()
    events.wait(status("listening"))
    source.say(np.zeros(RATE, np.float32))
    told = events.wait(is_readout)
    assert "nothing but zeros" in told.problem
    assert told.overflows == 3


def test_when_the_computer_is_too_slow_the_hop_grows_and_it_says_so(
    source: DrivenSource, events: Events, model: LiveModel
) -> None:
    """While one window is computed, 0.12 s pass by the clock and as much sound comes in."""
    now = [0.0]
    sound = np.array_split(speech(3.0), 25)

    class Slow:
        id = "slow"

        def embed(self, waveform: Waveform) -> np.ndarray:
            now[0] += 0.12
            if sound:
                source.say(sound.pop(0))
            return model.encoder.embed(waveform)

    slow = replace(model, encoder=Slow())
    engine = LiveEngine(source, events, model=slow, options=replace(QUICK, hop=0.05))
    engine.stream._clock = lambda: now[0]
    engine.start()
    events.wait(status("listening"))
    source.say(speech(1.0))
    events.wait(lambda e: is_readout(e) and e.time > 3.9)
    engine.close()
    told = [e for e in events.all if is_readout(e) and e.time > 2]
    assert sound == []
    assert {e.skipped for e in told[:-1]} <= {1, 2}
    assert [e.hop for e in told[:-1]] == pytest.approx([0.12] * (len(told) - 1), abs=0.031)
    assert all("busy" in e.problem and e.load > 0.5 for e in told if e.skipped)


def test_another_model_is_used_from_the_next_hop_on_without_missing_sound(
    engine: LiveEngine, source: DrivenSource, events: Events, personal: LiveModel
) -> None:
    engine.start()
    events.wait(status("listening"))
    source.say(np.concatenate((quiet(0.5), speech(1))))
    events.wait(lambda e: is_readout(e) and e.generic is not None)
    engine.use(personal)
    source.say(np.concatenate((speech(1), quiet(1))))
    told = events.wait(is_utterance)
    assert told.listener == "Ada"
    assert (told.start, told.end) == pytest.approx((0.4, 2.6), abs=0.1)


def test_no_event_comes_after_closing(
    engine: LiveEngine, source: DrivenSource, events: Events
) -> None:
    engine.start()
    events.wait(status("listening"))
    source.say(sentence())
    engine.close()
    count = len(events.all)
    source.say(sentence())
    assert len(events.all) == count
    assert source.stops >= 1
    assert not [t for t in threading.enumerate() if t.name == "perser-live"]


def test_the_sound_of_an_utterance_can_be_had_until_it_is_forgotten(
    source: DrivenSource, events: Events, model: LiveModel
) -> None:
    engine = LiveEngine(source, events, model=model, options=LiveOptions(memory=30))
    engine.start()
    events.wait(status("listening"))
    source.say(sentence())
    told = events.wait(is_utterance)
    assert engine.waveform(told).seconds == pytest.approx(told.seconds, abs=0.001)
    source.say(quiet(31))
    with pytest.raises(PerserError, match=r"only the last 0\.5 minutes"):
        engine.waveform(told)
    engine.close()


def test_a_fault_of_ours_ends_it_with_a_sentence_and_gives_the_device_back(
    source: DrivenSource, events: Events, model: LiveModel, capsys: pytest.CaptureFixture[str]
) -> None:
    class Broken:
        id = "broken"

        def embed(self, waveform: Waveform) -> np.ndarray:
            raise ZeroDivisionError("broken")

    engine = LiveEngine(source, events, model=replace(model, encoder=Broken()))
    engine.start()
    events.wait(status("listening"))
    source.say(sentence())
    assert "ZeroDivisionError" in events.wait(status("ended")).sentence
    engine.close()
    assert source.on_block is None
    assert "ZeroDivisionError" in capsys.readouterr().err


def test_samples_play_the_part_of_a_microphone_and_end(events: Events, model: LiveModel) -> None:
    engine = LiveEngine(SampleSource(sentence(), speed=8.0), events, model=model)
    engine.start()
    ended = events.wait(status("ended"))
    engine.close()
    assert ended.sentence == ""
    assert len([e for e in events.all if is_utterance(e)]) == 1
    assert engine.stream.seconds == 3.0


def test_other_threads_let_the_interpreter_go_sooner_while_it_listens(
    source: DrivenSource, events: Events, model: LiveModel
) -> None:
    usual = sys.getswitchinterval()
    engine = LiveEngine(source, events, model=model)
    engine.start()
    events.wait(status("listening"))
    assert sys.getswitchinterval() == pytest.approx(engine_module.SWITCH_SECONDS)
    engine.close()
    assert sys.getswitchinterval() == pytest.approx(usual)


def test_another_source_takes_over_and_what_was_heard_stays(
    engine: LiveEngine, source: DrivenSource, events: Events
) -> None:
    engine.start()
    events.wait(status("listening"))
    source.overflows = 2
    source.say(np.concatenate((sentence(), quiet(0.5), speech(1))))
    first = events.wait(is_utterance)
    events.all.clear()
    other = DrivenSource()
    engine.swap(other)
    events.wait(status("listening"))
    cut = events.wait(is_utterance)  # the speech that the swap cut off
    assert cut.end == pytest.approx(4.5, abs=0.05)
    assert source.on_block is None
    events.all.clear()
    other.say(sentence())
    told = events.wait(is_utterance)
    assert told.start == pytest.approx(4.9, abs=0.1)
    assert (first.voice_clips, cut.voice_clips, told.voice_clips) == (1, 2, 1)
    assert [e.overflows for e in events.all if is_readout(e)][-1] == 2
    assert len(engine.waveform(first).samples) == round(first.seconds * RATE)


def test_a_swap_while_paused_waits_for_the_end_of_the_pause(
    engine: LiveEngine, source: DrivenSource, events: Events
) -> None:
    engine.start()
    events.wait(status("listening"))
    engine.pause()
    events.wait(status("paused"))
    events.all.clear()
    other = DrivenSource()
    engine.swap(other)
    events.wait(status("paused"))
    assert (other.starts, source.on_block) == (0, None)
    engine.pause(False)
    events.wait(status("listening"))
    assert other.starts == 1


def test_a_source_that_cannot_be_opened_in_a_swap_is_said_and_taken_when_it_comes(
    engine: LiveEngine, source: DrivenSource, events: Events
) -> None:
    engine.start()
    events.wait(status("listening"))
    other = DrivenSource()
    other.connected = False
    events.all.clear()
    engine.swap(other)
    assert "No microphone was found" in events.wait(status("lost")).sentence
    other.connected = True
    events.wait(status("listening"))


def test_after_a_recording_has_ended_another_source_can_go_on(
    events: Events, model: LiveModel
) -> None:
    first = SampleSource(sentence(), speed=1000.0)
    engine = LiveEngine(first, events, model=model, options=QUICK)
    engine.start()
    events.wait(status("ended"))
    events.all.clear()
    other = DrivenSource()
    engine.swap(other)
    events.wait(status("listening"))
    engine.close()
