"""Distortion & Clipping: harmonic distortion, harmonics of clipping, intermodulation, headroom."""

from math import log10
from typing import Any

from echoic.curation.computed.base import Rng, pick, sample
from echoic.curation.computed.numeric import Unit, numeric, spread

DISTORTION = "Distortion & Clipping"


def _intermodulation(rng: Rng) -> dict[str, Any]:
    a, b = sorted(100 * int(v) for v in sample(rng, range(5, 60), 2))
    kind = pick(rng, ("2a-b", "2b-a"))
    low, high = ("lower", "upper") if kind == "2a-b" else ("upper", "lower")
    return {"a": a, "b": b, "kind": kind, "side": low, "other": high}


GENERATORS = (
    numeric(
        "distortion-thd",
        DISTORTION,
        (
            "Taken together, the harmonics of a distorted tone lie {down} dB below the "
            "fundamental. What is the total harmonic distortion?",
            "An amplifier is specified with distortion products at {minus} dB relative to the "
            "fundamental. How much is that as a percentage of amplitude?",
        ),
        given=lambda rng: {"down": (down := int(rng.integers(14, 62))), "minus": -down},
        solve=lambda g: 100 * 10 ** (-g["down"] / 20),
        show=Unit("%", 2),
        formula="100 * 10^(-{down}/20)",
        mistakes={
            "as a power ratio": lambda g: 100 * 10 ** (-g["down"] / 10),
            "one part per decibel": lambda g: 100 / g["down"],
            "6 dB too low": lambda g: 100 * 10 ** (-(g["down"] - 6) / 20),
            "6 dB too high": lambda g: 100 * 10 ** (-(g["down"] + 6) / 20),
        },
        low=0.02,
    ),
    numeric(
        "distortion-thd-level",
        DISTORTION,
        (
            "A loudspeaker has {percent} % total harmonic distortion (amplitude). How far below "
            "the fundamental are its harmonics together?",
            "How many decibels below the fundamental do the combined harmonics lie when the total "
            "harmonic distortion is {percent} % of amplitude?",
        ),
        given=lambda rng: {"percent": spread(rng, 0.1, 12, 0.1)},
        solve=lambda g: -20 * log10(g["percent"] / 100),
        show=Unit("dB", 1),
        formula="-20 log10({percent} / 100)",
        mistakes={
            "10 log10": lambda g: -10 * log10(g["percent"] / 100),
            "40 log10": lambda g: -40 * log10(g["percent"] / 100),
            "100 divided by percent": lambda g: 100 / g["percent"],
        },
        low=3,
        high=130,
    ),
    numeric(
        "distortion-symmetric",
        DISTORTION,
        (
            "A sine of {tone} Hz is clipped equally at both peaks, which adds only odd harmonics. "
            "What is the frequency of the {ordinal} added harmonic, in rising order?",
            "Symmetric clipping of a pure {tone} Hz tone produces odd harmonics. What is the "
            "frequency of the {ordinal} of these overtones, counted upward?",
        ),
        given=lambda rng: {
            "tone": 10 * int(rng.integers(10, 90)),
            **pick(
                rng,
                (
                    {"n": 1, "ordinal": "first"},
                    {"n": 2, "ordinal": "second"},
                    {"n": 3, "ordinal": "third"},
                ),
            ),
        },
        solve=lambda g: g["tone"] * (2 * g["n"] + 1),
        show=Unit("Hz"),
        formula="{tone} * (2 * {n} + 1)",
        mistakes={
            "even harmonics too": lambda g: g["tone"] * (g["n"] + 1),
            "even harmonics only": lambda g: g["tone"] * 2 * g["n"],
            "one odd harmonic higher": lambda g: g["tone"] * (2 * g["n"] + 3),
            "even harmonic above": lambda g: g["tone"] * (2 * g["n"] + 2),
            "one odd harmonic lower": lambda g: g["tone"] * (2 * g["n"] - 1),
        },
        ratio=1.05,
    ),
    numeric(
        "distortion-intermodulation",
        DISTORTION,
        (
            "Two tones of {a} Hz and {b} Hz pass through a nonlinear amplifier. At which frequency "
            "does the intermodulation product 2·f({side}) − f({other}) appear, with f(lower) = {a} "
            "Hz and f(upper) = {b} Hz?",
        ),
        given=lambda rng: (
            (g if 2 * min(g["a"], g["b"]) - max(g["a"], g["b"]) > 0 else None)
            if (g := _intermodulation(rng))
            else None
        ),
        solve=lambda g: 2 * g["a"] - g["b"] if g["kind"] == "2a-b" else 2 * g["b"] - g["a"],
        show=Unit("Hz"),
        formula="{kind} with a = {a}, b = {b}",
        mistakes={
            "the difference tone": lambda g: g["b"] - g["a"],
            "the sum tone": lambda g: g["a"] + g["b"],
            "the other product": lambda g: (
                2 * g["b"] - g["a"] if g["kind"] == "2a-b" else 2 * g["a"] - g["b"]
            ),
            "sign mixed up": lambda g: 2 * g["a"] + g["b"],
            "harmonic": lambda g: 2 * g["a"],
            "harmonic of the upper tone": lambda g: 2 * g["b"],
        },
        ratio=1.05,
    ),
    numeric(
        "distortion-headroom",
        DISTORTION,
        (
            "A digital recording has a peak of {peak} dBFS. By how much can it be amplified before "
            "it clips?",
            "The highest sample of a file lies at {peak} dBFS. What is the largest gain without "
            "clipping?",
        ),
        given=lambda rng: {"peak": round(-float(rng.integers(5, 240)) / 10, 1)},
        solve=lambda g: -g["peak"],
        show=Unit("dB", 1),
        formula="0 - ({peak})",
        mistakes={
            "doubled": lambda g: -2 * g["peak"],
            "halved": lambda g: -g["peak"] / 2,
            "3 dB kept back": lambda g: -g["peak"] - 3,
            "3 dB too much": lambda g: -g["peak"] + 3,
        },
        ratio=1.05,
    ),
)
