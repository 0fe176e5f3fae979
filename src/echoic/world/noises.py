"""Sounds computed from formulas: noise colours, tones, sirens and other made-up signals.

Every function returns (frames,) float32 at 16 kHz and no particular level.
"""

from collections.abc import Sequence

import numpy as np
from scipy import signal

from echoic.clip import SAMPLE_RATE_HZ, Samples
from echoic.world.level import Floats, bandlimited, frames

LOWEST_HZ = 50.0
# Power falls or grows with frequency to this exponent.
COLOUR_EXPONENTS = {"white": 0.0, "pink": -1.0, "brown": -2.0, "blue": 1.0}


def seconds_axis(seconds: float) -> Floats:
    """The time of every sample of a signal `seconds` long. Shape: (frames,)."""
    return np.arange(frames(seconds)) / SAMPLE_RATE_HZ


def noise(colour: str, seconds: float, rng: np.random.Generator) -> Samples:
    """Gaussian noise whose power spectrum goes with f to the colour's exponent above 50 Hz."""
    count = frames(seconds)
    spectrum = np.fft.rfft(rng.standard_normal(count))
    hz = np.maximum(np.fft.rfftfreq(count, 1 / SAMPLE_RATE_HZ), LOWEST_HZ)
    shaped = np.fft.irfft(spectrum * hz ** (COLOUR_EXPONENTS[colour] / 2), count)
    return np.asarray(shaped / np.abs(shaped).max(), dtype=np.float32)


def swept(hz: Floats, partials: Sequence[float] = (1.0,)) -> Samples:
    """A tone that follows `hz` (frames,), with harmonic amplitudes; those past 7.5 kHz are mute."""
    phase = 2 * np.pi * np.cumsum(hz) / SAMPLE_RATE_HZ
    out = np.zeros(len(hz))
    for number, amplitude in enumerate(partials, 1):
        out += np.where(hz * number < 7_500, amplitude, 0.0) * np.sin(number * phase)
    return np.asarray(out, dtype=np.float32)


def tone(base_hz: float, movement: str, seconds: float) -> Samples:
    """A tone with a few soft harmonics; slides cover an octave around `base_hz`."""
    t = seconds_axis(seconds) / seconds
    octaves = {
        "constant": np.zeros_like(t),
        "sliding up": t - 0.5,
        "sliding down": 0.5 - t,
        "wavering": 0.25 * np.sin(2 * np.pi * 4.0 * t * seconds),
    }[movement]
    return swept(base_hz * 2.0**octaves, (1.0, 0.3, 0.15))


def siren(seconds: float, rng: np.random.Generator) -> Samples:
    """A wail between about 600 and 1,400 Hz, once a second."""
    t = seconds_axis(seconds)
    wail = np.sin(2 * np.pi * (t * rng.uniform(0.9, 1.1) - 0.25))
    return swept(rng.uniform(920, 1000) * 2.0 ** (0.6 * wail), (1.0, 0.5, 0.35, 0.2))


def buzzer(seconds: float, rng: np.random.Generator) -> Samples:
    """A harsh, low, steady buzz."""
    hz = np.full(frames(seconds), rng.uniform(105, 125))
    return swept(hz, tuple(1 / (1 + k // 3) for k in range(30)))


def engine(seconds: float, rng: np.random.Generator) -> Samples:
    """A chugging motor: bursts of low noise 14 times a second over a rumble."""
    t = seconds_axis(seconds)
    bursts = np.maximum(signal.sawtooth(2 * np.pi * rng.uniform(13, 15) * t, 0.1), 0) ** 2
    low = bandlimited(noise("white", seconds, rng), 60.0, 400.0)
    rumble = swept(np.full(len(t), rng.uniform(50, 56)), (0.1, 0.1, 0.05))
    return np.asarray(low * bursts + rumble * 0.3, dtype=np.float32)


def beep(seconds: float, rng: np.random.Generator) -> Samples:
    """A pure electronic beep near 1,000 Hz."""
    return swept(np.full(frames(seconds), rng.uniform(960, 1040)))


def zap(seconds: float, rng: np.random.Generator) -> Samples:
    """A falling chirp, from about 5 kHz to 200 Hz."""
    t = seconds_axis(seconds) / seconds
    return swept(rng.uniform(4700, 5300) * (0.04**t), (1.0, 0.4))


def bark(seconds: float, rng: np.random.Generator) -> Samples:
    """Dog-like: a rough voiced burst that rises and falls, through two formants."""
    t = seconds_axis(seconds) / seconds
    hz = rng.uniform(330, 370) * (1 + 0.5 * np.sin(np.pi * t))
    voiced = swept(hz, tuple(1 / k for k in range(1, 16)))
    rough = voiced + 0.6 * noise("white", seconds, rng)
    throat = bandlimited(rough, 500.0, 900.0) + 0.7 * bandlimited(rough, 1300.0, 1900.0)
    return (throat * np.sin(np.pi * t) ** 0.5).astype(np.float32)


def bell(seconds: float, rng: np.random.Generator) -> Samples:
    """A struck bell: inharmonic partials that die away."""
    t = seconds_axis(seconds)
    base = rng.uniform(500, 560)
    ratios = ((0.5, 0.6), (1.0, 1.0), (1.19, 0.6), (1.5, 0.5), (2.0, 0.7), (2.74, 0.4), (3.76, 0.3))
    waves = [a * np.sin(2 * np.pi * base * r * t) * np.exp(-t * (1 + 1.2 * r)) for r, a in ratios]
    return np.asarray(np.sum(waves, axis=0), dtype=np.float32)
