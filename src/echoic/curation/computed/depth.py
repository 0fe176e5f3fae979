"""Dynamic Range & Bit Depth: levels, range and noise of linear quantization."""

from math import log2, log10

from echoic.curation.computed.base import pick
from echoic.curation.computed.numeric import Unit, numeric, ratios, steps

DEPTH = "Dynamic Range & Bit Depth"
DB_PER_BIT = 20 * log10(2)

GENERATORS = (
    numeric(
        "depth-range",
        DEPTH,
        (
            "What is the theoretical dynamic range of {bits}-bit PCM, at about 6.02 dB per bit?",
            "Each bit adds about 6.02 dB. Which dynamic range does linear quantization with {bits} "
            "bits offer?",
        ),
        given=lambda rng: {"bits": pick(rng, tuple(range(6, 33)))},
        solve=lambda g: g["bits"] * DB_PER_BIT,
        show=Unit("dB"),
        formula="{bits} * 6.02",
        mistakes={
            "3 dB per bit": lambda g: g["bits"] * DB_PER_BIT / 2,
            "10 dB per bit": lambda g: 10 * g["bits"],
            "8 dB per bit": lambda g: 8 * g["bits"],
            "4 dB per bit": lambda g: 4 * g["bits"],
            "12 dB per bit": lambda g: 12 * g["bits"],
        },
    ),
    numeric(
        "depth-levels",
        DEPTH,
        (
            "How many different amplitude values can a sample of {bits} bits take?",
            "A converter quantizes with {bits} bits per sample. How many quantization levels does "
            "it have?",
        ),
        given=lambda rng: {"bits": int(rng.integers(5, 21))},
        solve=lambda g: 2 ** g["bits"],
        show=Unit(""),
        formula="2^{bits}",
        mistakes={
            "one bit too few": lambda g: 2 ** (g["bits"] - 1),
            "one bit too many": lambda g: 2 ** (g["bits"] + 1),
            "two bits too few": lambda g: 2 ** (g["bits"] - 2),
            "two bits too many": lambda g: 2 ** (g["bits"] + 2),
            "square": lambda g: g["bits"] ** 2,
        },
        filler=ratios(2, 4),
        farthest=9,
    ),
    numeric(
        "depth-bits",
        DEPTH,
        (
            "How many bits per sample are needed at least for a dynamic range of {range} dB, at "
            "6.02 dB per bit?",
            "A source has a dynamic range of {range} dB. With 6.02 dB per bit, what is the "
            "smallest sufficient word length?",
        ),
        given=lambda rng: {"range": int(rng.integers(40, 141))},
        solve=lambda g: -(-g["range"] // DB_PER_BIT),
        show=Unit("bits"),
        formula="{range} / 6.02, rounded up",
        mistakes={
            "rounded down": lambda g: g["range"] // DB_PER_BIT,
            "8 dB per bit": lambda g: -(-g["range"] // 8),
            "10 dB per bit": lambda g: -(-g["range"] // 10),
        },
        filler=steps(1, 2, 3, 4),
        gap=1,
        ratio=1.0,
        low=2,
    ),
    numeric(
        "depth-difference",
        DEPTH,
        (
            "By how much does the theoretical dynamic range grow when the word length goes from "
            "{low} to {high} bits?",
            "How many decibels lower is the quantization noise at {high} bits than at {low} bits, "
            "full scale being equal?",
        ),
        given=lambda rng: {
            "low": (low := int(rng.integers(8, 21))),
            "high": low + int(rng.integers(2, 13)),
        },
        solve=lambda g: (g["high"] - g["low"]) * DB_PER_BIT,
        show=Unit("dB"),
        formula="({high} - {low}) * 6.02",
        mistakes={
            "3 dB per bit": lambda g: (g["high"] - g["low"]) * DB_PER_BIT / 2,
            "one bit too few": lambda g: (g["high"] - g["low"] - 1) * DB_PER_BIT,
            "one bit too many": lambda g: (g["high"] - g["low"] + 1) * DB_PER_BIT,
            "ratio of the word lengths": lambda g: 20 * log10(g["high"] / g["low"]),
            "10 dB per bit": lambda g: 10 * (g["high"] - g["low"]),
        },
        low=3,
    ),
    numeric(
        "depth-step",
        DEPTH,
        (
            "A converter with {bits} bits covers a range of {volts} V in equal steps. About how "
            "large is one step?",
            "What is the quantization step, approximately, if {bits} bits divide a range of "
            "{volts} V evenly?",
        ),
        given=lambda rng: {
            "bits": int(rng.integers(8, 17)),
            "volts": pick(rng, (1, 2, 3, 4, 5, 10)),
        },
        solve=lambda g: 1e6 * g["volts"] / 2 ** g["bits"],
        show=Unit("µV", 1),
        formula="{volts} V / 2^{bits}",
        mistakes={
            "one bit too few": lambda g: 2e6 * g["volts"] / 2 ** g["bits"],
            "one bit too many": lambda g: 0.5e6 * g["volts"] / 2 ** g["bits"],
            "two bits too few": lambda g: 4e6 * g["volts"] / 2 ** g["bits"],
            "two bits too many": lambda g: 0.25e6 * g["volts"] / 2 ** g["bits"],
        },
        filler=ratios(2, 4),
        farthest=9,
    ),
    numeric(
        "depth-noise-floor",
        DEPTH,
        (
            "Quantization with N bits gives a full-scale sine a signal-to-noise ratio of 6.02 N +"
            " 1.76 dB. What is the ratio for {bits} bits?",
            "What does the rule SNR = 6.02 N + 1.76 dB predict for a full-scale sine quantized "
            "with N = {bits} bits?",
        ),
        given=lambda rng: {"bits": int(rng.integers(6, 25))},
        solve=lambda g: 6.02 * g["bits"] + 1.76,
        show=Unit("dB", 1),
        formula="6.02 * {bits} + 1.76",
        mistakes={
            "constant left out": lambda g: 6.02 * g["bits"],
            "constant subtracted": lambda g: 6.02 * g["bits"] - 1.76,
            "constant multiplied too": lambda g: (6.02 + 1.76) * g["bits"],
            "one bit too few": lambda g: 6.02 * (g["bits"] - 1) + 1.76,
            "one bit too many": lambda g: 6.02 * (g["bits"] + 1) + 1.76,
            "two bits too many": lambda g: 6.02 * (g["bits"] + 2) + 1.76,
        },
        gap=1.5,
        ratio=1.0,
    ),
    numeric(
        "depth-effective",
        DEPTH,
        (
            "A converter reaches a signal-to-noise ratio of {snr} dB with a full-scale sine. How "
            "many effective bits is that, by (SNR − 1.76 dB) / 6.02 dB?",
        ),
        given=lambda rng: {"snr": int(rng.integers(40, 125))},
        solve=lambda g: (g["snr"] - 1.76) / 6.02,
        show=Unit("bits", 1),
        formula="({snr} - 1.76) / 6.02",
        mistakes={
            "dual logarithm": lambda g: log2(g["snr"]),
            "3 dB per bit": lambda g: (g["snr"] - 1.76) / 3.01,
            "10 dB per bit": lambda g: g["snr"] / 10,
            "8 dB per bit": lambda g: g["snr"] / 8,
        },
    ),
)
