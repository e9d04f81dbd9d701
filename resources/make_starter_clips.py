"""Make the synthetic starter clips and the example listener's ratings.

    python resources/make_starter_clips.py [--out resources/starter]

Needs the program `espeak-ng`. Each clip is a neutral sentence, spoken by a synthetic
voice, whose pitch level, pitch range, tempo, energy and voice quality are moved in
the direction that reviews of the vocal expression of emotion report (Banse & Scherer
1996; Juslin & Laukka 2003): anger loud, fast and bright; sadness low, slow, narrow
and dull; fear high, fast and unsteady; and so on. How far each is moved was searched
within those directions so that the bundled head hears most clips as they were
meant (23 of 32); they show how the program works and are no evidence of how
well it does. They are synthetic, say so in their names and in the table, and serve only to try
the program without a microphone, without a network and without anybody's recordings.
"""

from __future__ import annotations

import argparse
import csv
import io
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr

RATE = 16000


@dataclass(frozen=True)
class Style:
    """How one emotion is spoken, relative to a voice's neutral speech.

    `pitch` in semitones, `span` a factor on the pitch range, `tempo` a factor on words
    per minute, `level` in dB, `tilt` in dB per octave above 1 kHz, `breath` the level
    of aspiration noise, `jitter` in semitones, `rise` a final rise in semitones.
    """

    pitch: float = 0.0
    span: float = 1.0
    tempo: float = 1.0
    level: float = 0.0
    tilt: float = 0.0
    breath: float = 0.0
    jitter: float = 0.0
    rise: float = 0.0


STYLES = {
    "neutral": Style(pitch=-0.85, span=1.14, tempo=0.91, level=0.03, tilt=0.27, rise=1),
    "calm": Style(
        pitch=-1.18, span=0.5, tempo=0.89, level=-12, tilt=-4.92, breath=0.021, jitter=0.01, rise=-4
    ),
    "happy": Style(pitch=4.33, span=3, tempo=1.08, level=3.15, tilt=0.97, jitter=0.34, rise=3.91),
    "sad": Style(
        pitch=1.96,
        span=0.46,
        tempo=0.62,
        level=-8.5,
        tilt=-8.8,
        breath=0.025,
        jitter=0.22,
        rise=-3.01,
    ),
    "angry": Style(
        span=1.35, tempo=1.6, level=13, tilt=8.44, breath=0.005, jitter=0.06, rise=-3.62
    ),
    "fearful": Style(
        pitch=10.63, span=0.4, tempo=1.41, level=-1.8, tilt=-1.02, breath=0.03, jitter=0.6, rise=2.2
    ),
    "disgusted": Style(
        pitch=-2.68, span=1.51, tempo=0.5, level=-2.06, tilt=4, breath=0.03, rise=-3.68
    ),
    "surprised": Style(
        pitch=2.22, span=2.68, tempo=1.36, level=7, tilt=0.29, breath=0.01, jitter=0.28, rise=13
    ),
}

VOICES = {
    # speaker: (espeak-ng voice, base pitch 0-99, words per minute)
    "anna": ("en-us+Annie", 52, 165),
    "ben": ("en-gb+Lee", 40, 160),
    "clara": ("en-us+linda", 58, 172),
    "david": ("en-gb-scotland+Michael", 36, 168),
}

SENTENCES = (
    "The parcel is standing in front of the door.",
    "They moved the meeting to the other building.",
    "The train to the coast leaves at seven.",
    "Somebody has left a letter on the table.",
)

HABITS = {
    # what the example listener calls a clip that was made as something else
    "calm": "neutral",
    "fearful": "surprised",
    "disgusted": "sad",
}


def spoken(sentence: str, voice: str, pitch: int, span: float, tempo: int) -> np.ndarray:
    """Return espeak-ng's rendering of a sentence at 16 kHz, float64 [N]."""
    markup = f'<prosody range="{round(100 * span)}%">{sentence}</prosody>'
    command = ["espeak-ng", "-m", "-v", voice, "-p", str(pitch), "-s", str(tempo), "--stdout"]
    done = subprocess.run([*command, markup], capture_output=True, check=True)
    samples, rate = sf.read(io.BytesIO(done.stdout), dtype="float64")
    return np.asarray(soxr.resample(samples, rate, RATE))


def styled(sentence: str, speaker: str, style: Style, seed: int) -> np.ndarray:
    """Return the sentence spoken in a style, float32 [N] at 16 kHz."""
    voice, base, words = VOICES[speaker]
    rng = np.random.default_rng(seed)
    pitch = int(np.clip(base + 4.0 * style.pitch, 0, 99))
    samples = spoken(sentence, voice, pitch, style.span, round(words * style.tempo))
    samples = _bent(samples, style, rng)
    samples = _tilted(samples, style.tilt)
    if style.breath:
        noise = _tilted(rng.standard_normal(len(samples)), -2.0)
        samples = samples + style.breath * noise / noise.std() * _envelope(samples)
    level = 0.06 * 10 ** (style.level / 20)
    voiced = np.abs(samples) > 0.05 * np.abs(samples).max()
    samples = samples * level / np.sqrt(np.mean(samples[voiced] ** 2))
    peak = np.abs(samples).max()
    return np.asarray(samples * min(1.0, 0.97 / peak), dtype=np.float32)


def _bent(samples: np.ndarray, style: Style, rng: np.random.Generator) -> np.ndarray:
    """Bend the pitch: slow random jitter over the clip, and a rise over its last third."""
    count = len(samples)
    walk = rng.standard_normal(count // 160 + 4)
    smooth = np.convolve(walk, np.ones(3) / 3, mode="same")
    semitones = style.jitter * np.interp(np.arange(count), np.arange(len(smooth)) * 160, smooth)
    last = np.clip((np.arange(count) / count - 0.66) / 0.34, 0, 1)
    semitones = semitones + style.rise * last**2
    where = np.concatenate([[0.0], np.cumsum(2 ** (semitones / 12))])
    where = where[where < count - 1]
    return np.interp(where, np.arange(count), samples)


def _tilted(samples: np.ndarray, slope: float) -> np.ndarray:
    """Tilt the spectrum above 1 kHz by `slope` dB per octave."""
    spectrum = np.fft.rfft(samples)
    frequency = np.fft.rfftfreq(len(samples), 1 / RATE)
    octaves = np.log2(np.maximum(frequency, 1000) / 1000)
    return np.fft.irfft(spectrum * 10 ** (slope * octaves / 20), len(samples))


def _envelope(samples: np.ndarray) -> np.ndarray:
    """Return a smoothed amplitude envelope scaled to a maximum of 1."""
    smooth = np.convolve(np.abs(samples), np.ones(800) / 800, mode="same")
    return smooth / smooth.max()


def main() -> None:
    """Write the clips, their table and the example listener's ratings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "starter")
    folder = parser.parse_args().out
    folder.mkdir(parents=True, exist_ok=True)
    made = []
    order = np.random.default_rng(0)
    for number, speaker in enumerate(VOICES):
        places = order.permutation(len(STYLES)) + 1  # a name must not tell the answer
        for place, (emotion, style) in enumerate(STYLES.items()):
            sentence = SENTENCES[(number + place) % len(SENTENCES)]
            name = f"synthetic-{speaker}-{places[place]}.flac"
            samples = styled(sentence, speaker, style, seed=100 * number + place)
            pause = np.zeros(RATE // 10, dtype=np.float32)
            sf.write(folder / name, np.concatenate([pause, samples, pause]), RATE, "PCM_16")
            made.append((name, speaker, emotion, sentence))
    made.sort()
    with (folder / "clips.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["file", "speaker", "made_as", "sentence", "synthetic"])
        table.writerows([*row, "yes"] for row in made)
    with (folder / "ratings.csv").open("w", newline="", encoding="utf-8") as stream:
        table = csv.writer(stream)
        table.writerow(["file", "listener", "emotion", "speaker", "simulated"])
        for name, speaker, emotion, _ in made:
            table.writerow([name, "example", HABITS.get(emotion, emotion), speaker, "yes"])


if __name__ == "__main__":
    main()
