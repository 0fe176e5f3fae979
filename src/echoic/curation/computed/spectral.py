"""Spectral Analysis: FFT resolution, frames, hops, mel bands, features, windows."""

from math import ceil
from typing import Any

from echoic.curation.computed.base import Rng, pick
from echoic.curation.computed.numeric import Unit, numeric, steps

SPECTRAL = "Spectral Analysis"
RATES_HZ = (8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
SIZES = (256, 400, 512, 640, 800, 1024, 1200, 2048, 2400, 4096)


def _framed(rng: Rng) -> dict[str, int]:
    size = pick(rng, (256, 320, 400, 512, 640, 800, 1024, 1200, 2048))
    return {"size": size, "hop": size // pick(rng, (2, 4)),
            "samples": 500 * int(rng.integers(20, 130))}  # fmt: skip


def _whole(rng: Rng) -> dict[str, Any] | None:
    """A duration and a rate that make a whole number of samples."""
    ms, rate = (
        pick(rng, (5, 8, 10, 12, 15, 16, 20, 25, 30, 32, 40, 50, 60, 64)),
        pick(rng, RATES_HZ),
    )
    return {"ms": ms, "rate": rate} if ms * rate % 1000 == 0 else None


GENERATORS = (
    numeric(
        "spectral-resolution",
        SPECTRAL,
        (
            "What is the spacing of the frequency bins of an FFT over {size} points at a sampling "
            "rate of {rate} Hz?",
            "Audio at {rate} Hz is analysed with an FFT of {size} points. How far apart are "
            "neighbouring bins?",
        ),
        given=lambda rng: {"size": pick(rng, SIZES), "rate": pick(rng, RATES_HZ)},
        solve=lambda g: g["rate"] / g["size"],
        show=Unit("Hz", 2),
        formula="{rate} / {size}",
        mistakes={
            "Nyquist frequency for rate": lambda g: g["rate"] / g["size"] / 2,
            "half the points": lambda g: 2 * g["rate"] / g["size"],
            "a quarter of the points": lambda g: 4 * g["rate"] / g["size"],
        },
    ),
    numeric(
        "spectral-bins",
        SPECTRAL,
        (
            "How many different frequency bins (from 0 Hz to the Nyquist frequency, both included) "
            "does the FFT of {size} real samples have?",
            "An STFT of a real signal uses FFTs of {size} points and keeps only non-negative "
            "frequencies. How many rows does the spectrogram have?",
        ),
        given=lambda rng: {"size": 2 * int(rng.integers(60, 1100))},
        solve=lambda g: g["size"] / 2 + 1,
        show=Unit(""),
        formula="{size} / 2 + 1",
        mistakes={
            "one left out": lambda g: g["size"] / 2,
            "one too few": lambda g: g["size"] / 2 - 1,
            "all points": lambda g: g["size"],
            "all points and one": lambda g: g["size"] + 1,
            "a quarter and one": lambda g: g["size"] // 4 + 1,
            "two added": lambda g: g["size"] / 2 + 2,
        },
        ratio=1.0,
        gap=1,
    ),
    numeric(
        "spectral-frames",
        SPECTRAL,
        (
            "A signal of {samples} samples is cut into frames of {size} samples with a hop of "
            "{hop}, without padding. How many whole frames are there?",
            "Without padding, how many complete windows of {size} samples, {hop} samples apart, "
            "fit into {samples} samples?",
        ),
        given=_framed,
        solve=lambda g: (g["samples"] - g["size"]) // g["hop"] + 1,
        show=Unit("frames"),
        formula="floor(({samples} - {size}) / {hop}) + 1",
        mistakes={
            "one left out": lambda g: (g["samples"] - g["size"]) // g["hop"],
            "length over hop": lambda g: g["samples"] // g["hop"],
            "no overlap": lambda g: g["samples"] // g["size"],
            "padded by half a frame on both sides": lambda g: g["samples"] // g["hop"] + 1,
            "rounded up": lambda g: ceil((g["samples"] - g["size"]) / g["hop"]) + 1,
            "padded with a frame": lambda g: (g["samples"] + g["size"]) // g["hop"] + 1,
        },
        filler=steps(2, 3, 4),
        ratio=1.0,
        gap=1,
        low=3,
    ),
    numeric(
        "spectral-hop",
        SPECTRAL,
        (
            "A spectrogram is computed at {rate} Hz with a hop of {hop} samples. How many frames "
            "per second result?",
            "What is the frame rate of features extracted every {hop} samples from audio at {rate} "
            "Hz?",
        ),
        given=lambda rng: {
            "rate": pick(rng, RATES_HZ),
            "hop": pick(rng, (80, 100, 128, 160, 200, 220, 256, 320, 441, 480, 512, 600, 640)),
        },
        solve=lambda g: g["rate"] / g["hop"],
        show=Unit("frames per second", 1),
        formula="{rate} / {hop}",
        mistakes={
            "Nyquist frequency for rate": lambda g: g["rate"] / g["hop"] / 2,
            "two hops": lambda g: 2 * g["rate"] / g["hop"],
            "hop in milliseconds": lambda g: 1000 * g["hop"] / g["rate"],
        },
    ),
    numeric(
        "spectral-window",
        SPECTRAL,
        (
            "How many samples long is a {ms} ms window at {rate} Hz?",
            "A speech front end uses windows of {ms} ms on audio at {rate} Hz. What is the window "
            "length in samples?",
        ),
        given=_whole,
        solve=lambda g: g["ms"] * g["rate"] / 1000,
        show=Unit("samples"),
        formula="{ms} * {rate} / 1000",
        mistakes={
            "Nyquist frequency for rate": lambda g: g["ms"] * g["rate"] / 2000,
            "10 ms too long": lambda g: (g["ms"] + 10) * g["rate"] / 1000,
            "a rate of 16 kHz": lambda g: g["ms"] * 16,
            "a rate of 48 kHz": lambda g: g["ms"] * 48,
        },
    ),
    numeric(
        "spectral-bin-frequency",
        SPECTRAL,
        (
            "Which frequency lies at the centre of bin {bin} (counted from 0) of an FFT over "
            "{size} points at {rate} Hz?",
            "In an FFT over {size} points of audio at {rate} Hz, the largest value is in bin "
            "{bin}, with bin 0 at 0 Hz. To which frequency does it belong?",
        ),
        given=lambda rng: {
            "size": (size := pick(rng, (256, 512, 1024, 2048))),
            "bin": int(rng.integers(6, size // 3)),
            "rate": pick(rng, RATES_HZ),
        },
        solve=lambda g: g["bin"] * g["rate"] / g["size"],
        show=Unit("Hz"),
        formula="{bin} * {rate} / {size}",
        mistakes={
            "counted from 1": lambda g: (g["bin"] - 1) * g["rate"] / g["size"],
            "one bin too high": lambda g: (g["bin"] + 1) * g["rate"] / g["size"],
            "Nyquist frequency for rate": lambda g: g["bin"] * g["rate"] / g["size"] / 2,
            "half the points": lambda g: 2 * g["bin"] * g["rate"] / g["size"],
        },
        ratio=1.02,
    ),
    numeric(
        "spectral-values",
        SPECTRAL,
        (
            "How many values does a mel spectrogram with {mels} bands and {rate} frames per "
            "second hold for {seconds} s of audio?",
            "{seconds} s of speech become {mels} mel bands at {rate} frames per second. How many "
            "numbers does the feature matrix hold?",
        ),
        given=lambda rng: {
            "mels": pick(rng, (20, 24, 26, 32, 40, 64, 80, 96, 128)),
            "rate": pick(rng, (25, 40, 50, 62.5, 80, 100, 125)),
            "seconds": 2 * int(rng.integers(1, 20)),
        },
        solve=lambda g: g["mels"] * g["rate"] * g["seconds"],
        show=Unit(""),
        formula="{mels} * {rate} * {seconds}",
        mistakes={
            "100 frames per second": lambda g: g["mels"] * 100 * g["seconds"],
            "50 frames per second": lambda g: g["mels"] * 50 * g["seconds"],
            "80 bands": lambda g: 80 * g["rate"] * g["seconds"],
            "with the first differences": lambda g: 2 * g["mels"] * g["rate"] * g["seconds"],
            "with two differences": lambda g: 3 * g["mels"] * g["rate"] * g["seconds"],
        },
    ),
    numeric(
        "spectral-size",
        SPECTRAL,
        (
            "What is the shortest analysis window whose FFT bins, without padding, are {spacing} "
            "Hz apart?",
            "A bin spacing of {spacing} Hz is wanted without zero padding. Which window length is "
            "needed?",
        ),
        given=lambda rng: {
            "spacing": pick(
                rng, (1.5, 2, 2.5, 3, 4, 5, 6, 8, 10, 12, 12.5, 15, 16, 20, 25, 30, 40, 50)
            )
        },
        solve=lambda g: 1000 / g["spacing"],
        show=Unit("ms"),
        formula="1000 / {spacing}",
        mistakes={
            "half": lambda g: 500 / g["spacing"],
            "two periods": lambda g: 2000 / g["spacing"],
            "three periods": lambda g: 3000 / g["spacing"],
        },
    ),
)
