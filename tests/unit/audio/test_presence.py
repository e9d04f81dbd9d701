"""Is there anybody speaking? Silence, noise and music are not speech; quiet and short speech is."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from perser_gui.audio import open_waveform, speech_segments
from perser_gui.audio.presence import hear, stillness
from perser_gui.paths import shipped
from perser_gui.records import Waveform

from .conftest import RATE, voice, waveform

SILENCE = np.zeros(RATE, np.float32)
SECONDS = 3
T = np.arange(SECONDS * RATE) / RATE


def coloured(slope: float, loudness: float) -> np.ndarray:
    """Noise whose power falls with frequency to the power of `slope`."""
    spectrum = np.fft.rfft(np.random.default_rng(1).normal(size=len(T)))
    frequencies = np.fft.rfftfreq(len(T), 1 / RATE)
    spectrum[1:] *= frequencies[1:] ** (-slope / 2)
    spectrum[0] = 0
    noise = np.fft.irfft(spectrum, len(T))
    return loudness * noise / np.abs(noise).max()


def note(hertz: float, seconds: float, partials: int, decay: float) -> np.ndarray:
    t = np.arange(round(seconds * RATE)) / RATE
    sound = sum(np.sin(2 * np.pi * hertz * k * t) / k for k in range(1, partials + 1))
    return sound * np.exp(-decay * t) * np.minimum(1, t / 0.01) * np.minimum(1, t[::-1] / 0.02)


def melody(seed: int, partials: int, decay: float, seconds: float = 4.0) -> np.ndarray:
    """A tune of single notes and chords, as the network now and then takes for speech."""
    random = np.random.default_rng(seed)
    sound = np.zeros(round((seconds + 2) * RATE))
    place = 0.0
    while place < seconds:
        length = random.choice([0.2, 0.25, 0.5, 0.75])
        key = 57 + 12 * random.integers(0, 2) + random.choice([0, 2, 4, 5, 7, 9, 11])
        for step in (0, 4, 7) if random.random() < 0.4 else (0,):
            played = note(440 * 2 ** ((key + step - 69) / 12), 1.1 * length, partials, decay)
            first = round(place * RATE)
            sound[first : first + len(played)] += played
        place += length
    sound = sound[: round(seconds * RATE)]
    return 0.3 * sound / np.abs(sound).max()


def clicks() -> np.ndarray:
    sound = np.zeros(len(T))
    sound[:: RATE // 3] = 0.9
    return sound


def sweep() -> np.ndarray:
    return 0.4 * np.sin(2 * np.pi * np.cumsum(np.geomspace(60, 7000, len(T))) / RATE)


def hum() -> np.ndarray:
    return 0.2 * sum(np.sin(2 * np.pi * 50 * k * T) / k for k in range(1, 12))


NOT_SPEECH: dict[str, Callable[[], np.ndarray]] = {
    "nothing": lambda: np.zeros(0),
    "one sample": lambda: np.zeros(1),
    "silence": lambda: np.zeros(len(T)),
    "silence with an offset": lambda: np.full(len(T), 0.2),
    "very quiet noise": lambda: coloured(0, 2e-5),
    "white noise": lambda: coloured(0, 0.5),
    "pink noise": lambda: coloured(1, 0.3),
    "brown noise": lambda: coloured(2, 0.3),
    "tone": lambda: 0.3 * np.sin(2 * np.pi * 220 * T),
    "sweep": sweep,
    "clicks": clicks,
    "hum": hum,
    **{
        f"{name} {seed}": lambda seed=seed, sort=sort: melody(seed, *sort)
        for name, sort in {"flute": (3, 0.2), "organ": (8, 0.3), "strings": (19, 0.1)}.items()
        for seed in range(3)
    },
    "one long note": lambda: 0.3 * note(330, 1.5, 8, 0.3),
}


@pytest.mark.parametrize("sound", NOT_SPEECH.values(), ids=NOT_SPEECH.keys())
def test_silence_noise_and_music_are_not_speech(sound: Callable[[], np.ndarray]) -> None:
    samples = waveform(sound())
    found = hear(samples)
    assert not found.speech
    if not speech_segments(samples):
        assert found.sound is samples


def test_some_of_the_music_would_be_speech_to_the_network_alone() -> None:
    tunes = [waveform(make()) for name, make in NOT_SPEECH.items() if name[-1].isdigit()]
    assert any(speech_segments(tune) for tune in tunes)


@pytest.mark.parametrize("loudness", [1.0, 0.1, 0.01, 0.002])
def test_speech_is_speech_however_quiet(loudness: float) -> None:
    sound = np.concatenate((SILENCE, voice(1.2), SILENCE))
    assert hear(waveform(loudness * sound)).speech


@pytest.mark.parametrize("number", [1, 3, 5])
def test_a_word_between_long_pauses_and_speech_in_noise_are_speech(number: int) -> None:
    clip = open_waveform(shipped("resources", "starter", f"synthetic-anna-{number}.flac"))
    pause = np.zeros(4 * clip.rate, np.float32)
    short = clip.samples[clip.rate // 4 : clip.rate]
    noise = np.random.default_rng(0).normal(0, 1, len(clip.samples))
    noise *= 0.3 * np.std(clip.samples)
    for samples in (clip.samples, np.concatenate((pause, short, pause)), clip.samples + noise):
        assert hear(Waveform(samples.astype(np.float32), clip.rate)).speech


def test_a_note_stands_still_and_a_voice_does_not() -> None:
    assert stillness(note(330, 1.0, 8, 0.3).astype(np.float32)) > 0.98
    assert stillness(voice(1.2)) < 0.9
    assert stillness(np.zeros(RATE, np.float32)) == 1.0
    assert stillness(np.zeros(100, np.float32)) == 0.0


@pytest.mark.corpora
@pytest.mark.parametrize("corpus", ["ravdess", "emodb", "nemo", "rakshak", "real_listeners"])
def test_recorded_speech_is_speech(corpora, corpus: str) -> None:
    files = sorted(p for p in (corpora / corpus).iterdir() if p.suffix in (".flac", ".ogg"))
    some = files[:: max(1, len(files) // 25)][:25]
    silent = [path.name for path in some if not hear(open_waveform(path)).speech]
    assert silent == []
