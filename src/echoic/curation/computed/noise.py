"""Noise & Interference: signal-to-noise ratio, averaging, bandwidth, colours of noise."""

from math import log10

from echoic.curation.computed.base import Evidence, Generator, Pick, Rng, pick, sample
from echoic.curation.computed.numeric import Unit, numeric, spread, steps
from echoic.curation.lexicon import Lexicon

NOISE = "Noise & Interference"

# Power density per octave against frequency, in dB: the textbook colours.
COLOURS = {"white noise": 0, "pink noise": -3, "brown (red) noise": -6, "blue noise": 3,
           "violet noise": 6}  # fmt: skip
SLOPES = {
    0: "stays constant with frequency", -3: "falls by 3 dB per octave",
    -6: "falls by 6 dB per octave", 3: "rises by 3 dB per octave", 6: "rises by 6 dB per octave",
}  # fmt: skip


def draw_colour(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The colour of a noise from its power spectral density."""
    name, *wrong = sample(rng, tuple(COLOURS), 4)
    return Pick({"slope": SLOPES[COLOURS[name]]}, name, tuple(wrong), f"{COLOURS[name]} dB/octave")


def holds_colour(evidence: Evidence, option: str) -> bool | None:
    """The option has that slope."""
    return bool(SLOPES[COLOURS[option]] == evidence.given["slope"])


def draw_octave(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The colour from the level in octave bands, which gain 3 dB with each doubling of width."""
    name, *wrong = sample(rng, tuple(COLOURS), 4)
    low = pick(rng, (125, 250, 500, 1000))
    level = int(rng.integers(50, 71))
    given = {"low": low, "level": level, "high": 8 * low, "other": level + 3 * (COLOURS[name] + 3)}
    return Pick(given, name, tuple(wrong), f"3 octaves of {COLOURS[name]} + 3 dB")


def holds_octave(evidence: Evidence, option: str) -> bool | None:
    """The option's octave bands differ so."""
    given = evidence.given
    if given["high"] != 8 * given["low"]:
        return None
    return bool(given["other"] - given["level"] == 3 * (COLOURS[option] + 3))


GENERATORS = (
    Generator(
        "noise-colour",
        NOISE,
        (
            "Which noise has a power spectral density that {slope}?",
            "The power per hertz of a noise {slope}. What is this noise called?",
        ),
        draw_colour,
        holds_colour,
    ),
    Generator(
        "noise-octave",
        NOISE,
        (
            "A noise measures {level} dB in the octave band around {low} Hz and {other} dB in the "
            "octave band around {high} Hz. Which noise is it?",
        ),
        draw_octave,
        holds_octave,
    ),
    numeric(
        "noise-snr-level",
        NOISE,
        (
            "Speech has a level of {signal} dB and the background noise {noise} dB at the same "
            "microphone. What is the signal-to-noise ratio?",
            "A singer is recorded at {signal} dB over a ventilation noise of {noise} dB. Which "
            "signal-to-noise ratio results?",
        ),
        given=lambda rng: {
            "signal": int(rng.integers(55, 96)),
            "noise": int(rng.integers(25, 53)),
        },
        solve=lambda g: g["signal"] - g["noise"],
        show=Unit("dB"),
        formula="{signal} - {noise}",
        mistakes={
            "the mean": lambda g: (g["signal"] + g["noise"]) / 2,
            "half the difference": lambda g: (g["signal"] - g["noise"]) / 2,
            "twice the difference": lambda g: 2 * (g["signal"] - g["noise"]),
            "the signal alone": lambda g: g["signal"],
        },
        filler=steps(3, 6, 10),
        gap=2,
        ratio=1.0,
    ),
    numeric(
        "noise-snr-power",
        NOISE,
        (
            "The {what} of a signal is {ratio} times that of the noise. What is the "
            "signal-to-noise ratio in decibels?",
            "In a recording, signal {what} and noise {what} are in the proportion {ratio} to 1. "
            "How many decibels is that?",
        ),
        given=lambda rng: {
            "what": pick(rng, ("power", "RMS amplitude")),
            "ratio": spread(rng, 4, 900, 1),
        },
        solve=lambda g: (10 if g["what"] == "power" else 20) * log10(g["ratio"]),
        show=Unit("dB"),
        formula="10 or 20 log10({ratio}), for {what}",
        mistakes={
            "factors 10 and 20 mixed up": lambda g: (
                (20 if g["what"] == "power" else 10) * log10(g["ratio"])
            ),
        },
        gap=2,
    ),
    numeric(
        "noise-averaging",
        NOISE,
        (
            "{count} recordings of the same sound with independent noise are aligned and averaged. "
            "By how much does the signal-to-noise ratio improve?",
            "Averaging {count} equal takes whose background noises are uncorrelated raises the "
            "signal-to-noise ratio by how much?",
        ),
        given=lambda rng: {"count": pick(rng, (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 50, 64))},
        solve=lambda g: 10 * log10(g["count"]),
        show=Unit("dB", 1),
        formula="10 log10({count})",
        mistakes={
            "amplitudes": lambda g: 20 * log10(g["count"]),
            "square root of it": lambda g: 5 * log10(g["count"]),
            "the number of takes": lambda g: g["count"],
            "3 dB for each take": lambda g: 3 * (g["count"] - 1),
        },
    ),
    numeric(
        "noise-bandwidth",
        NOISE,
        (
            "White noise limited to {wide} kHz has a level of {level} dB. What is its level when "
            "it is filtered to a bandwidth of {narrow} kHz?",
            "A receiver passes {level} dB of white noise in a band of {wide} kHz. How much noise "
            "passes through a filter only {narrow} kHz wide?",
        ),
        given=lambda rng: {
            "wide": pick(rng, (8, 10, 12, 16, 20, 24)),
            "narrow": pick(rng, (0.2, 0.5, 1, 2, 4)),
            "level": int(rng.integers(40, 80)),
        },
        solve=lambda g: g["level"] + 10 * log10(g["narrow"] / g["wide"]),
        show=Unit("dB"),
        formula="{level} + 10 log10({narrow} / {wide})",
        mistakes={
            "20 log10": lambda g: g["level"] + 20 * log10(g["narrow"] / g["wide"]),
            "raised instead": lambda g: g["level"] - 10 * log10(g["narrow"] / g["wide"]),
            "unchanged": lambda g: g["level"],
        },
        filler=steps(3, 5, 8),
        gap=2,
        ratio=1.0,
    ),
)
