"""Filters & Equalization: RC cut-off, slopes, Q and bandwidth, combs, resonance."""

from math import log2, log10, pi, sqrt

from echoic.curation.computed.base import pick
from echoic.curation.computed.numeric import Unit, numeric, spread, steps

FILTERS = "Filters & Equalization"

GENERATORS = (
    numeric(
        "filters-rc",
        FILTERS,
        (
            "What is the cut-off frequency (−3 dB) of an RC low-pass with {kohm} kΩ and {nf} nF?",
            "A resistor of {kohm} kΩ and a capacitor of {nf} nF form a first-order filter. At "
            "which frequency is it 3 dB down?",
        ),
        given=lambda rng: {
            "kohm": pick(rng, (1, 1.5, 2.2, 3.3, 4.7, 6.8, 10, 15, 22, 33, 47)),
            "nf": pick(rng, (1, 1.5, 2.2, 3.3, 4.7, 6.8, 10, 15, 22, 33, 47, 68)),
        },
        solve=lambda g: 1e6 / (2 * pi * g["kohm"] * g["nf"]),
        show=Unit("Hz"),
        formula="1 / (2 pi * {kohm} kΩ * {nf} nF)",
        mistakes={
            "2 pi left out": lambda g: 1e6 / (g["kohm"] * g["nf"]),
            "pi for 2 pi": lambda g: 1e6 / (pi * g["kohm"] * g["nf"]),
            "4 pi for 2 pi": lambda g: 1e6 / (4 * pi * g["kohm"] * g["nf"]),
        },
        low=40,
        high=200_000,
        farthest=7,
    ),
    numeric(
        "filters-slope",
        FILTERS,
        (
            "A low-pass filter of order {order} has its cut-off at {cut} Hz. By about how much "
            "does it attenuate {tone} Hz, read from its asymptote?",
            "About how strong is the attenuation at {tone} Hz of a low-pass with cut-off {cut} Hz "
            "and {slope} dB per octave (asymptote)?",
        ),
        given=lambda rng: {
            "order": (order := int(rng.integers(1, 7))),
            "slope": 6 * order,
            "cut": (cut := 50 * int(rng.integers(2, 30))),
            "tone": cut * 2 ** int(rng.integers(1, 5)),
        },
        solve=lambda g: g["slope"] * log2(g["tone"] / g["cut"]),
        show=Unit("dB"),
        formula="6 * {order} * log2({tone} / {cut})",
        mistakes={
            "one order lower": lambda g: 6 * (g["order"] - 1) * log2(g["tone"] / g["cut"]),
            "one order higher": lambda g: 6 * (g["order"] + 1) * log2(g["tone"] / g["cut"]),
            "one octave only": lambda g: g["slope"],
            "3 dB per order and octave": lambda g: g["slope"] / 2 * log2(g["tone"] / g["cut"]),
            "one octave more": lambda g: g["slope"] * (log2(g["tone"] / g["cut"]) + 1),
            "12 dB per order and octave": lambda g: 2 * g["slope"] * log2(g["tone"] / g["cut"]),
        },
        gap=3,
    ),
    numeric(
        "filters-q",
        FILTERS,
        (
            "A bell filter is centred at {centre} Hz with a bandwidth of {width} Hz. What is its "
            "Q?",
            "What is the quality factor of a resonance at {centre} Hz that is {width} Hz wide "
            "between its −3 dB points?",
        ),
        given=lambda rng: {
            "centre": 50 * int(rng.integers(4, 120)),
            "width": 10 * int(rng.integers(5, 150)),
        },
        solve=lambda g: g["centre"] / g["width"],
        show=Unit("", 2),
        formula="{centre} / {width}",
        mistakes={
            "inverse": lambda g: g["width"] / g["centre"],
            "half the bandwidth": lambda g: 2 * g["centre"] / g["width"],
            "twice the bandwidth": lambda g: g["centre"] / g["width"] / 2,
            "root 2": lambda g: sqrt(2) * g["centre"] / g["width"],
        },
        low=0.25,
        high=25,
    ),
    numeric(
        "filters-bandwidth",
        FILTERS,
        (
            "How wide (−3 dB) is a band-pass filter at {centre} Hz with Q = {q}?",
            "An equalizer band has its centre at {centre} Hz and a Q of {q}. What is its "
            "bandwidth?",
        ),
        given=lambda rng: {
            "centre": 50 * int(rng.integers(4, 160)),
            "q": pick(rng, (0.5, 0.7, 1.4, 2, 2.5, 3, 4, 5, 6, 8, 10)),
        },
        solve=lambda g: g["centre"] / g["q"],
        show=Unit("Hz"),
        formula="{centre} / {q}",
        mistakes={
            "multiplied": lambda g: g["centre"] * g["q"],
            "one side only": lambda g: g["centre"] / g["q"] / 2,
            "both sides twice": lambda g: 2 * g["centre"] / g["q"],
            "the centre": lambda g: g["centre"],
        },
    ),
    numeric(
        "filters-centre",
        FILTERS,
        (
            "What is the (geometric) centre frequency of a band from {low} Hz to {high} Hz?",
            "On a logarithmic axis, which frequency lies midway between {low} Hz and {high} Hz?",
        ),
        given=lambda rng: {
            "low": (low := 10 * int(rng.integers(4, 120))),
            "high": low * int(rng.integers(2, 13)) + 10 * int(rng.integers(0, 10)),
        },
        solve=lambda g: sqrt(g["low"] * g["high"]),
        show=Unit("Hz"),
        formula="sqrt({low} * {high})",
        mistakes={
            "arithmetic mean": lambda g: (g["low"] + g["high"]) / 2,
            "half the width": lambda g: (g["high"] - g["low"]) / 2,
            "harmonic mean": lambda g: 2 * g["low"] * g["high"] / (g["low"] + g["high"]),
            "the width": lambda g: g["high"] - g["low"],
        },
        ratio=1.06,
    ),
    numeric(
        "filters-comb",
        FILTERS,
        (
            "A signal is added to itself with a delay of {ms} ms at equal level. At which "
            "frequency is the first notch of the comb filter?",
            "Direct sound and an equally loud copy delayed by {ms} ms are summed. Which is the "
            "lowest frequency that cancels?",
        ),
        given=lambda rng: {"ms": spread(rng, 0.2, 12, 0.1)},
        solve=lambda g: 500 / g["ms"],
        show=Unit("Hz"),
        formula="1 / (2 * {ms} ms)",
        mistakes={
            "first peak": lambda g: 1000 / g["ms"],
            "quarter wave": lambda g: 250 / g["ms"],
            "second peak": lambda g: 2000 / g["ms"],
            "second notch": lambda g: 1500 / g["ms"],
        },
    ),
    numeric(
        "filters-gain-at",
        FILTERS,
        (
            "By how much does a first-order low-pass with cut-off {cut} Hz attenuate a tone of "
            "{tone} Hz?",
            "What exact attenuation does a simple RC low-pass (cut-off {cut} Hz) have at {tone} "
            "Hz?",
        ),
        given=lambda rng: {
            "cut": (cut := 50 * int(rng.integers(2, 40))),
            "tone": int(cut * pick(rng, (0.5, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10))),
        },
        solve=lambda g: 10 * log10(1 + (g["tone"] / g["cut"]) ** 2),
        show=Unit("dB", 1),
        formula="10 log10(1 + ({tone}/{cut})^2)",
        mistakes={
            "20 log10": lambda g: 20 * log10(1 + (g["tone"] / g["cut"]) ** 2),
            "square left out": lambda g: 10 * log10(1 + g["tone"] / g["cut"]),
            "second order": lambda g: 10 * log10(1 + (g["tone"] / g["cut"]) ** 4),
            "half of it": lambda g: 5 * log10(1 + (g["tone"] / g["cut"]) ** 2),
        },
        filler=steps(1.7, 3.1, 4.4, 6.2),
        gap=0.6,
        low=0.2,
    ),
    numeric(
        "filters-octaves",
        FILTERS,
        (
            "How many octaves lie between {low} Hz and {high} Hz?",
            "A filter passes {low} Hz to {high} Hz. How wide is its pass band in octaves?",
        ),
        given=lambda rng: {
            "low": (low := 10 * int(rng.integers(2, 80))),
            "high": int(low * spread(rng, 2.2, 60, 0.1)),
        },
        solve=lambda g: log2(g["high"] / g["low"]),
        show=Unit("octaves", 1),
        formula="log2({high} / {low})",
        mistakes={
            "decades": lambda g: log10(g["high"] / g["low"]),
            "natural logarithm": lambda g: log2(g["high"] / g["low"]) / log2(2.71828),
            "ratio": lambda g: g["high"] / g["low"],
            "half the ratio": lambda g: g["high"] / g["low"] / 2,
        },
        filler=steps(0.6, 1.1, 1.7, 2.2),
        gap=0.4,
        low=0.5,
    ),
)
