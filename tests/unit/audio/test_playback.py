from __future__ import annotations

import queue

import numpy as np
import pytest

from perser_gui.audio import portaudio
from perser_gui.audio.playback import Player, audio_available
from perser_gui.errors import PerserError

from .conftest import RATE, FakeSound, PortAudioError, tone, waveform


@pytest.fixture
def told() -> queue.Queue[str]:
    return queue.Queue()


@pytest.fixture
def player(sound: FakeSound, told: queue.Queue[str]) -> Player:
    player = Player(on_finished=lambda: told.put("finished"), on_lost=told.put)
    player.load(waveform(tone(1.0)))
    return player


def test_a_player_touches_no_device_until_it_plays(player: Player, sound: FakeSound) -> None:
    assert player.seconds == 1.0
    assert player.position == 0.0
    assert sound.asked == []


def test_playing_to_the_end_is_told_once_and_leaves_the_position_there(
    player: Player, sound: FakeSound, told: queue.Queue[str]
) -> None:
    player.play()
    (stream,) = sound.streams
    heard = [stream.run(1600) for _ in range(10)]
    assert np.allclose(np.concatenate(heard)[:, 0], tone(1.0))
    assert player.playing
    assert player.position == pytest.approx(0.95, abs=0.01)
    stream.run(1600)  # silence, while the last samples are on their way to the ear
    assert player.playing
    stream.run(1600)
    assert told.get(timeout=5) == "finished"
    assert not player.playing
    assert player.position == pytest.approx(1.0)
    player.close()
    assert told.empty()


def test_the_position_is_that_of_the_streams_clock(player: Player, sound: FakeSound) -> None:
    player.play(start=0.2)
    for _ in range(3):
        sound.streams[0].run(1600)
    assert player.position == pytest.approx(0.2 + 0.3 - 0.05)
    sound.now += 0.03
    assert player.position == pytest.approx(0.2 + 0.3 - 0.02)


def test_pause_keeps_the_position_and_resume_goes_on_from_it(
    player: Player, sound: FakeSound, told: queue.Queue[str]
) -> None:
    player.play(end=0.9)
    for _ in range(4):
        sound.streams[0].run(1600)
    player.pause()
    assert player.position == pytest.approx(0.35)
    sound.now += 60.0
    assert player.position == pytest.approx(0.35)
    player.resume()
    out = sound.streams[-1].run(1600)
    assert np.allclose(out[:, 0], tone(1.0)[5600:7200])
    for _ in range(8):
        sound.streams[-1].run(1600)
    assert told.get(timeout=5) == "finished"
    assert player.position == pytest.approx(0.9)
    player.resume()  # from the beginning, as there is nothing left
    assert np.allclose(sound.streams[-1].run(160)[:, 0], tone(1.0)[:160])
    player.close()


def test_stop_goes_back_to_where_it_began(player: Player, sound: FakeSound) -> None:
    player.play(start=0.4)
    sound.streams[0].run(4800)
    player.stop()
    assert player.position == pytest.approx(0.4)
    assert not player.playing


def test_seeking_moves_what_is_heard(player: Player, sound: FakeSound) -> None:
    player.seek(0.5)
    assert player.position == pytest.approx(0.5)
    assert sound.streams == []
    player.resume()
    assert np.allclose(sound.streams[-1].run(160)[:, 0], tone(1.0)[8000:8160])
    player.seek(0.1)
    assert np.allclose(sound.streams[-1].run(160)[:, 0], tone(1.0)[1600:1760])
    player.seek(99.0)
    assert player.position == pytest.approx(1.0)
    player.close()


def test_loop_speed_and_volume_may_change_while_it_plays(player: Player, sound: FakeSound) -> None:
    player.volume = 0.5
    player.play(end=0.1, loop=True)
    stream = sound.streams[0]
    assert np.allclose(stream.run(3200)[:, 0], 0.5 * np.tile(tone(1.0)[:1600], 2))
    player.volume = 7.0
    player.speed = 0.7
    assert (player.volume, player.speed, player.loop) == (1.0, 0.7, True)
    stream.run(8000)
    assert player.playing
    player.loop = False
    for _ in range(5):
        stream.run(1600)
    assert not player.playing
    player.close()


def test_a_clip_that_is_loaded_meanwhile_stops_the_one_before(
    player: Player, sound: FakeSound, told: queue.Queue[str]
) -> None:
    player.play()
    sound.streams[0].run(1600)
    player.load(waveform(tone(0.5, 300)))
    assert sound.streams[0].closed
    assert (player.position, player.seconds, player.playing) == (0.0, 0.5, False)
    player.play()
    assert np.allclose(sound.streams[1].run(1600)[:, 0], tone(0.5, 300)[:1600])
    player.close()
    assert told.empty()


def test_a_device_without_16_khz_gets_its_own_rate(player: Player, sound: FakeSound) -> None:
    def refuses(options: dict) -> Exception | None:
        wrong = options["samplerate"] != 48_000
        return PortAudioError("Invalid sample rate", -9997) if wrong else None

    sound.refuses = refuses
    player.play(start=0.25)
    stream = sound.streams[0]
    out = stream.run(4800)[:, 0]
    expected = tone(1.0, rate=48_000)[12_000:16_800]
    assert np.abs(out - expected).max() < 1e-3
    stream.run(4800)
    assert player.position == pytest.approx(0.25 + 0.2 - 0.05)
    player.pause()
    player.resume()
    assert player.position == pytest.approx(0.4)
    player.close()


def test_a_device_with_two_channels_only_gets_both(player: Player, sound: FakeSound) -> None:
    def refuses(options: dict) -> Exception | None:
        return PortAudioError("Invalid channels", -9998) if options["channels"] == 1 else None

    sound.refuses = refuses
    player.play()
    out = sound.streams[0].run(160)
    assert out.shape == (160, 2)
    assert np.array_equal(out[:, 0], out[:, 1])
    player.close()


def test_a_lost_device_is_told_and_the_next_play_opens_anew(
    player: Player, sound: FakeSound, told: queue.Queue[str]
) -> None:
    player.play()
    sound.streams[0].run(1600)
    sound.streams[0].lose()
    assert "lost" in told.get(timeout=5)
    assert not player.playing
    player.play()
    assert len(sound.streams) == 2
    assert player.playing
    player.close()


def test_a_listener_may_play_the_next_clip_at_once(sound: FakeSound) -> None:
    begun: queue.Queue[str] = queue.Queue()

    def again() -> None:
        player.load(waveform(tone(0.5)))
        player.play()
        begun.put("begun")

    player = Player(on_finished=again)
    player.load(waveform(tone(0.1)))
    player.play()
    for _ in range(3):
        sound.streams[0].run(1600)
    assert begun.get(timeout=5) == "begun"
    assert player.playing
    player.close()


def test_playing_from_the_end_is_finished_at_once(
    player: Player, sound: FakeSound, told: queue.Queue[str]
) -> None:
    player.play(start=1.0)
    assert told.get(timeout=5) == "finished"
    assert not player.playing


def test_nothing_loaded_is_a_plain_sentence(sound: FakeSound) -> None:
    with pytest.raises(PerserError, match="No clip is loaded"):
        Player().play()


def test_closing_lets_go_of_the_device(player: Player, sound: FakeSound) -> None:
    player.play()
    assert not portaudio.rescan()
    player.close()
    assert sound.streams[0].closed
    assert portaudio.rescan()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PortAudioError("Error opening OutputStream: Device unavailable", -9985), "in use by"),
        (PortAudioError("Error opening OutputStream: Invalid sample rate", -9997), "sample rate"),
        (PortAudioError("Unanticipated host error", -9999, (8, -1, "Permission denied")), "allow"),
        (PortAudioError("Unanticipated host error", -9999), "could not be started"),
    ],
)
def test_a_device_that_refuses_is_told_in_plain_words(
    player: Player, sound: FakeSound, error: Exception, words: str
) -> None:
    sound.refuses = lambda options: error
    with pytest.raises(PerserError, match=words) as told:
        player.play()
    assert "Desk Audio: USB" in str(told.value)
    assert "Error" not in str(told.value)
    assert not player.playing
    sound.refuses = None
    sound.start_fails = error
    with pytest.raises(PerserError, match=words):
        player.play()
    assert not player.playing
    assert all(stream.closed for stream in sound.streams)


def test_a_device_that_was_plugged_in_meanwhile_is_found(player: Player, sound: FakeSound) -> None:
    sound.devices = []

    def initialize() -> None:
        sound.devices = [sound.device("Headphones")]

    sound._initialize = initialize  # type: ignore[method-assign]
    player.device = "Headphones"
    player.play()
    assert sound.restarts == 1
    assert player.playing
    player.close()


def test_a_loudspeaker_that_is_not_connected_is_named(player: Player) -> None:
    player.device = "Kitchen"
    with pytest.raises(PerserError, match="“Kitchen” is not connected"):
        player.play()


# -- without sound ---------------------------------------------------------------------------


def test_with_a_loudspeaker_sound_is_available(sound: FakeSound) -> None:
    assert audio_available() is None


def test_without_a_loudspeaker_the_sentence_says_so(sound: FakeSound) -> None:
    sound.default["output"] = -1
    assert str(audio_available()).startswith("No loudspeaker")
    player = Player()
    player.load(waveform(tone(1.0)))
    with pytest.raises(PerserError, match="No loudspeaker"):
        player.play()
    assert player.position == 0.0


def test_without_portaudio_the_sentence_says_what_to_install(no_portaudio: None) -> None:
    assert "PortAudio library was not found" in str(audio_available())
    player = Player()
    player.load(waveform(tone(1.0)))
    player.pause()
    player.seek(0.5)
    player.stop()
    player.volume = 0.3
    with pytest.raises(PerserError, match="PortAudio"):
        player.play()
    assert not player.playing
    assert RATE == 16_000
    player.close()
