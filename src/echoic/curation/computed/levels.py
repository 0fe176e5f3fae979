"""Loudness & Levels: gain, peak and RMS, loudness normalization, compressor ratios.

Integrated loudness (ITU-R BS.1770) follows gain decibel by decibel, which makes normalization
plain arithmetic; sine loudness follows from the standard's 997 Hz calibration.
"""

from math import log10, sqrt
from typing import Any

from echoic.curation.computed.base import Rng, pick
from echoic.curation.computed.numeric import Unit, numeric, spread, steps

LEVELS = "Loudness & Levels"
TARGETS_LUFS = (-23, -24, -16, -14, -18)


def _compressed(rng: Rng) -> dict[str, Any]:
    ratio = pick(rng, (1.5, 2, 2.5, 3, 4, 5, 6, 8))
    threshold = -int(rng.integers(12, 41))
    return {"ratio": ratio, "threshold": threshold,
            "input": threshold + int(rng.integers(3, min(31, -threshold)))}  # fmt: skip


GENERATORS = (
    numeric(
        "levels-normalize",
        LEVELS,
        (
            "A programme measures {measured} LUFS and must be delivered at {target} LUFS. Which "
            "gain is needed?",
            "By how much must a mix with an integrated loudness of {measured} LUFS be changed to "
            "reach {target} LUFS?",
        ),
        given=lambda rng: {
            "measured": round(-float(rng.integers(60, 380)) / 10, 1),
            "target": pick(rng, TARGETS_LUFS),
        },
        solve=lambda g: g["target"] - g["measured"],
        show=Unit("dB", 1, signed=True),
        formula="{target} - ({measured})",
        mistakes={
            "sign mixed up": lambda g: g["measured"] - g["target"],
            "half of it": lambda g: (g["target"] - g["measured"]) / 2,
            "twice as much": lambda g: 2 * (g["target"] - g["measured"]),
        },
        filler=steps(2, 3, 6),
        gap=1.5,
        ratio=1.0,
        low=-100,
        farthest=float("inf"),
    ),
    numeric(
        "levels-peak-after",
        LEVELS,
        (
            "A track of {loudness} LUFS with a true peak of {peak} dBTP is normalized to {target} "
            "LUFS by gain alone. Where is its true peak afterwards?",
            "Gain alone brings a file from {loudness} to {target} LUFS. Its true peak was {peak} "
            "dBTP. What is it now?",
        ),
        given=lambda rng: {
            "loudness": -int(rng.integers(8, 15)),
            "peak": round(-float(rng.integers(1, 30)) / 10, 1),
            "target": -int(rng.integers(16, 25)),
        },
        solve=lambda g: g["peak"] + g["target"] - g["loudness"],
        show=Unit("dBTP", 1),
        formula="{peak} + ({target}) - ({loudness})",
        mistakes={
            "sign mixed up": lambda g: g["peak"] - (g["target"] - g["loudness"]),
            "peak unchanged": lambda g: g["peak"],
            "half the change": lambda g: g["peak"] + (g["target"] - g["loudness"]) / 2,
            "the target itself": lambda g: g["target"] + g["peak"],
        },
        filler=steps(2, 3, 4.5),
        gap=1.5,
        ratio=1.0,
        low=-60,
        high=0,
        farthest=float("inf"),
    ),
    numeric(
        "levels-gain-factor",
        LEVELS,
        (
            "A fader is moved from 0 dB to {gain} dB. By which factor is the amplitude multiplied?",
            "Which amplitude factor corresponds to a gain of {gain} dB?",
        ),
        given=lambda rng: {
            "gain": pick(rng, (-1, 1)) * int(rng.integers(4, 31)),
        },
        solve=lambda g: 10 ** (g["gain"] / 20),
        show=Unit("", 2),
        formula="10^({gain}/20)",
        mistakes={
            "power factor": lambda g: 10 ** (g["gain"] / 10),
            "inverse": lambda g: 10 ** (-g["gain"] / 20),
            "half the exponent": lambda g: 10 ** (g["gain"] / 40),
        },
        low=0.02,
        farthest=40,
    ),
    numeric(
        "levels-factor-gain",
        LEVELS,
        (
            "The amplitude of a recording is multiplied by {factor}. By how many decibels does its "
            "level change?",
            "What change of level results when all samples are scaled by {factor}?",
        ),
        given=lambda rng: {"factor": spread(rng, 0.05, 9, 0.05)},
        solve=lambda g: 20 * log10(g["factor"]),
        show=Unit("dB", 1, signed=True),
        formula="20 log10({factor})",
        mistakes={
            "10 log10": lambda g: 10 * log10(g["factor"]),
            "40 log10": lambda g: 40 * log10(g["factor"]),
            "sign mixed up": lambda g: -20 * log10(g["factor"]),
        },
        filler=steps(3, 6, 10),
        gap=1.5,
        ratio=1.0,
        low=-60,
        farthest=float("inf"),
    ),
    numeric(
        "levels-crest",
        LEVELS,
        (
            "A signal has a peak of {peak} dBFS and an RMS level of {rms} dBFS (same reference). "
            "What is its crest factor?",
            "The peak and RMS levels of a drum loop are {peak} and {rms} dB relative to the same "
            "reference. How large is the crest factor?",
        ),
        given=lambda rng: {
            "peak": round(-float(rng.integers(1, 80)) / 10, 1),
            "rms": round(-float(rng.integers(120, 320)) / 10, 1),
        },
        solve=lambda g: g["peak"] - g["rms"],
        show=Unit("dB", 1),
        formula="{peak} - ({rms})",
        mistakes={
            "added": lambda g: -g["peak"] - g["rms"],
            "peak ignored": lambda g: -g["rms"],
            "half of it": lambda g: (g["peak"] - g["rms"]) / 2,
            "peak counted twice": lambda g: 2 * g["peak"] - g["rms"],
        },
        filler=steps(2, 3, 4.5),
        gap=1,
        ratio=1.0,
        low=1,
    ),
    numeric(
        "levels-sine-rms",
        LEVELS,
        (
            "A sine wave has a peak amplitude of {peak} V. What is its RMS value?",
            "What is the RMS voltage of a pure tone whose waveform peaks at {peak} V?",
        ),
        given=lambda rng: {"peak": spread(rng, 0.3, 40, 0.1)},
        solve=lambda g: g["peak"] / sqrt(2),
        show=Unit("V", 2),
        formula="{peak} / sqrt(2)",
        mistakes={
            "multiplied": lambda g: g["peak"] * sqrt(2),
            "half the peak": lambda g: g["peak"] / 2,
            "divided by root 3": lambda g: g["peak"] / sqrt(3),
            "mean of the rectified wave, halved": lambda g: g["peak"] / 3.14159265,
            "twice the RMS": lambda g: g["peak"] * sqrt(2) * 2,
        },
    ),
    numeric(
        "levels-compressor",
        LEVELS,
        (
            "A compressor has a threshold of {threshold} dB and a ratio of {ratio}:1. What is the"
            " output level for an input of {input} dB (hard knee, no make-up gain)?",
            "An input of {input} dB meets a hard-knee compressor with ratio {ratio}:1 and "
            "threshold {threshold} dB. What comes out without make-up gain?",
        ),
        given=_compressed,
        solve=lambda g: g["threshold"] + (g["input"] - g["threshold"]) / g["ratio"],
        show=Unit("dB", 1),
        formula="{threshold} + ({input} - ({threshold})) / {ratio}",
        mistakes={
            "no compression": lambda g: g["input"],
            "held at the threshold": lambda g: g["threshold"],
            "whole level divided": lambda g: g["input"] / g["ratio"],
            "excess taken away from the input": lambda g: (
                g["input"] - (g["input"] - g["threshold"]) / g["ratio"]
            ),
        },
        filler=steps(2, 4, 6),
        gap=1.5,
        ratio=1.0,
        low=-60,
        high=0,
        farthest=float("inf"),
    ),
    numeric(
        "levels-reduction",
        LEVELS,
        (
            "By how much does a {ratio}:1 compressor reduce a signal at {input} dB, if the "
            "threshold is {threshold} dB (hard knee)?",
            "What gain reduction does a hard-knee compressor show at an input of {input} dB, with "
            "a threshold of {threshold} dB and a ratio of {ratio}:1?",
        ),
        given=_compressed,
        solve=lambda g: (g["input"] - g["threshold"]) * (1 - 1 / g["ratio"]),
        show=Unit("dB", 1),
        formula="({input} - ({threshold})) * (1 - 1/{ratio})",
        mistakes={
            "what remains above the threshold": lambda g: (
                (g["input"] - g["threshold"]) / g["ratio"]
            ),
            "the whole excess": lambda g: g["input"] - g["threshold"],
            "input divided": lambda g: -g["input"] / g["ratio"],
        },
        filler=steps(2, 3, 5),
        gap=1,
        ratio=1.0,
        low=0.5,
    ),
)
