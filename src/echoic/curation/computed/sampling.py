"""Sampling & Aliasing: Nyquist frequency, aliases, samples in time, resampling."""

from fractions import Fraction
from typing import Any

from echoic.curation.computed.base import Rng, pick
from echoic.curation.computed.numeric import Unit, numeric, steps

SAMPLING = "Sampling & Aliasing"
RATES_HZ = (6_000, 8_000, 10_000, 11_025, 12_000, 16_000, 20_000, 22_050, 24_000, 32_000, 36_000,
            44_100, 48_000, 64_000, 88_200, 96_000)  # fmt: skip


def alias_hz(tone_hz: float, rate_hz: float) -> float:
    """The frequency from 0 to half the rate at which a sampled tone appears."""
    rest = tone_hz % rate_hz
    return min(rest, rate_hz - rest)


def _folded(rng: Rng) -> dict[str, Any] | None:
    rate = 1000 * int(rng.integers(6, 49))
    tone = 100 * int(rng.integers(rate * 55 // 10_000, rate * 19 // 1000))
    alias = alias_hz(tone, rate)
    return {"tone": tone, "rate": rate} if 0.04 * rate < alias < 0.46 * rate else None


def _whole(rng: Rng) -> dict[str, Any] | None:
    """A duration and a rate that make a whole number of samples."""
    ms, rate = 5 * int(rng.integers(2, 100)), pick(rng, RATES_HZ)
    return {"ms": ms, "rate": rate} if ms * rate % 1000 == 0 else None


GENERATORS = (
    numeric(
        "sampling-nyquist",
        SAMPLING,
        (
            "What is the Nyquist frequency of a system that samples at {rate} Hz?",
            "Up to which frequency can audio sampled at {rate} Hz represent tones without "
            "aliasing?",
        ),
        given=lambda rng: {"rate": 100 * int(rng.integers(50, 1000))},
        solve=lambda g: g["rate"] / 2,
        show=Unit("Hz"),
        formula="{rate} / 2",
        mistakes={
            "the rate itself": lambda g: g["rate"],
            "twice the rate": lambda g: 2 * g["rate"],
            "a quarter": lambda g: g["rate"] / 4,
            "a margin of 10 %": lambda g: 0.45 * g["rate"],
        },
        ratio=1.1,
    ),
    numeric(
        "sampling-alias",
        SAMPLING,
        (
            "A {tone} Hz tone is sampled at {rate} Hz without an anti-aliasing filter. At which "
            "frequency does it appear?",
            "Without any low-pass filter, a converter running at {rate} Hz records a tone of "
            "{tone} Hz. Which frequency is heard on playback?",
        ),
        given=_folded,
        solve=lambda g: alias_hz(g["tone"], g["rate"]),
        show=Unit("Hz"),
        formula="distance of {tone} Hz from the nearest multiple of {rate} Hz",
        mistakes={
            "the tone itself": lambda g: g["tone"],
            "distance from the Nyquist frequency": lambda g: abs(g["tone"] - g["rate"] / 2),
            "half the rate": lambda g: g["rate"] / 2,
            "half the tone": lambda g: g["tone"] / 2,
            "sum with the rate": lambda g: g["tone"] + g["rate"],
            "the other side of a quarter of the rate": lambda g: (
                g["rate"] / 2 - alias_hz(g["tone"], g["rate"])
            ),
            "rate minus Nyquist distance": lambda g: g["rate"] - abs(g["tone"] - g["rate"] / 2),
        },
        filler=steps(500, 800, 1000, 1500),
        ratio=1.05,
        farthest=40,
    ),
    numeric(
        "sampling-rate",
        SAMPLING,
        (
            "A measuring microphone must capture frequencies up to {top} Hz. What is the lowest "
            "sampling rate that the sampling theorem allows?",
            "Bat calls reach up to {top} Hz. Above which sampling rate can they be recorded "
            "without aliasing?",
        ),
        given=lambda rng: {"top": 500 * int(rng.integers(17, 240))},
        solve=lambda g: 2 * g["top"],
        show=Unit("Hz"),
        formula="2 * {top}",
        mistakes={
            "the frequency itself": lambda g: g["top"],
            "four times": lambda g: 4 * g["top"],
            "half": lambda g: g["top"] / 2,
            "three times": lambda g: 3 * g["top"],
        },
    ),
    numeric(
        "sampling-count",
        SAMPLING,
        (
            "How many samples per channel does a clip of {ms} ms contain at {rate} Hz?",
            "A buffer must hold {ms} ms of mono audio at {rate} Hz. How many samples is that?",
        ),
        given=_whole,
        solve=lambda g: g["ms"] * g["rate"] / 1000,
        show=Unit("samples"),
        formula="{ms} * {rate} / 1000",
        mistakes={
            "two channels": lambda g: 2 * g["ms"] * g["rate"] / 1000,
            "Nyquist frequency for rate": lambda g: g["ms"] * g["rate"] / 2000,
            "a rate of 44.1 kHz": lambda g: g["ms"] * 44.1,
            "a rate of 16 kHz": lambda g: g["ms"] * 16,
        },
    ),
    numeric(
        "sampling-interval",
        SAMPLING,
        (
            "What is the time between two samples at {rate} Hz?",
            "How long is one sampling interval at a rate of {rate} Hz?",
        ),
        given=lambda rng: {"rate": 250 * int(rng.integers(20, 420))},
        solve=lambda g: 1e6 / g["rate"],
        show=Unit("µs", 1),
        formula="1,000,000 / {rate}",
        mistakes={
            "two intervals": lambda g: 2e6 / g["rate"],
            "half an interval": lambda g: 0.5e6 / g["rate"],
            "thousandths of the rate": lambda g: g["rate"] / 1000,
        },
    ),
    numeric(
        "sampling-speed",
        SAMPLING,
        (
            "A file recorded at {rate} Hz is played back by mistake at {other} Hz. It lasts "
            "{seconds} s when played correctly. How long does it last now?",
            "A player believes that a {seconds} s recording made at {rate} Hz has a sampling rate "
            "of {other} Hz. What is the playing time?",
        ),
        given=lambda rng: (
            {"rate": a, "other": b, "seconds": 6 * int(rng.integers(3, 40))}
            if (a := pick(rng, RATES_HZ[1:])) != (b := pick(rng, RATES_HZ[1:]))
            and 0.3 < a / b < 3.3
            else None
        ),
        solve=lambda g: g["seconds"] * g["rate"] / g["other"],
        show=Unit("s", 1),
        formula="{seconds} * {rate} / {other}",
        mistakes={
            "inverse ratio": lambda g: g["seconds"] * g["other"] / g["rate"],
            "unchanged": lambda g: float(g["seconds"]),
            "ratio squared": lambda g: g["seconds"] * (g["rate"] / g["other"]) ** 2,
        },
        ratio=1.06,
    ),
    numeric(
        "sampling-pitch",
        SAMPLING,
        (
            "A tone of {tone} Hz is recorded at {rate} Hz and played at {other} Hz without "
            "resampling. Which frequency is heard?",
            "Audio sampled at {rate} Hz is played as if it were {other} Hz. What becomes of a "
            "{tone} Hz tone in it?",
        ),
        given=lambda rng: (
            {"rate": a, "other": b, "tone": 10 * int(rng.integers(20, 160))}
            if (a := pick(rng, RATES_HZ[1:])) != (b := pick(rng, RATES_HZ[1:]))
            and 0.3 < a / b < 3.3
            else None
        ),
        solve=lambda g: g["tone"] * g["other"] / g["rate"],
        show=Unit("Hz"),
        formula="{tone} * {other} / {rate}",
        mistakes={
            "inverse ratio": lambda g: g["tone"] * g["rate"] / g["other"],
            "unchanged": lambda g: g["tone"],
            "ratio squared": lambda g: g["tone"] * (g["other"] / g["rate"]) ** 2,
        },
        ratio=1.06,
    ),
    numeric(
        "sampling-resample",
        SAMPLING,
        (
            "Converting from {rate} Hz to {other} Hz by a rational factor L/M in lowest terms, "
            "what is the upsampling factor L?",
            "A resampler turns {rate} Hz into {other} Hz by upsampling by L and downsampling by M"
            " (lowest terms). What is the value of L?",
        ),
        given=lambda rng: (
            {"rate": a, "other": b}
            if (a := pick(rng, RATES_HZ)) != (b := pick(rng, RATES_HZ))
            and Fraction(b, a).numerator not in (1, 2)
            else None
        ),
        solve=lambda g: Fraction(g["other"], g["rate"]).numerator,
        show=Unit(""),
        formula="numerator of {other} / {rate} in lowest terms",
        mistakes={
            "M for L": lambda g: Fraction(g["other"], g["rate"]).denominator,
            "not in lowest terms": lambda g: 2 * Fraction(g["other"], g["rate"]).numerator,
            "M not in lowest terms": lambda g: 2 * Fraction(g["other"], g["rate"]).denominator,
            "rate in kHz": lambda g: round(g["other"] / 1000),
        },
        filler=steps(1, 2, 3, 5, 10),
        ratio=1.05,
        gap=1,
    ),
)
