"""Recording & Reproduction: sensitivities, power, placement, alignment."""

from math import log10, sqrt

from echoic.curation.computed.base import pick
from echoic.curation.computed.numeric import Unit, numeric, spread, steps

RECORDING = "Recording & Reproduction"
SPEED_M_S = 343.0

GENERATORS = (
    numeric(
        "recording-sensitivity",
        RECORDING,
        (
            "A microphone has a sensitivity of {mv} mV/Pa. What is that in dB re 1 V/Pa?",
            "How is a microphone sensitivity of {mv} mV/Pa written in dBV/Pa?",
        ),
        given=lambda rng: {"mv": spread(rng, 0.8, 60, 0.1)},
        solve=lambda g: 20 * log10(g["mv"] / 1000),
        show=Unit("dB"),
        formula="20 log10({mv} / 1000)",
        mistakes={
            "10 log10": lambda g: 10 * log10(g["mv"] / 1000),
            "re 1 mV/Pa, negative": lambda g: -20 * log10(g["mv"]),
            "reference 0.1 V/Pa": lambda g: 20 * log10(g["mv"] / 100),
            "reference 10 V/Pa": lambda g: 20 * log10(g["mv"] / 10_000),
        },
        filler=steps(6, 10, 14),
        gap=4,
        ratio=1.0,
        low=-110,
        high=0,
        farthest=float("inf"),
    ),
    numeric(
        "recording-output",
        RECORDING,
        (
            "A microphone of {mv} mV/Pa is exposed to {level} dB SPL. Which RMS voltage does it "
            "deliver (94 dB SPL = 1 Pa)?",
            "What output voltage does a microphone with {mv} mV/Pa give at {level} dB SPL, if 94 "
            "dB SPL corresponds to 1 Pa?",
        ),
        given=lambda rng: {
            "mv": pick(rng, (1.5, 2, 2.5, 4, 5, 8, 10, 12.5, 16, 20, 25)),
            "level": 94 + 2 * int(rng.integers(-7, 14)),
        },
        solve=lambda g: g["mv"] * 10 ** ((g["level"] - 94) / 20),
        show=Unit("mV", 1),
        formula="{mv} * 10^(({level} - 94)/20)",
        mistakes={
            "as a power ratio": lambda g: g["mv"] * 10 ** ((g["level"] - 94) / 10),
            "sign mixed up": lambda g: g["mv"] * 10 ** ((94 - g["level"]) / 20),
            "level ignored": lambda g: g["mv"],
        },
        low=0.3,
        farthest=12,
    ),
    numeric(
        "recording-spl-power",
        RECORDING,
        (
            "A loudspeaker produces {sens} dB at 1 m with 1 W. What level does it reach at 1 m "
            "with {watts} W?",
            "With a sensitivity of {sens} dB (1 W, 1 m), how loud is a loudspeaker at 1 m when it "
            "is fed {watts} W?",
        ),
        given=lambda rng: {
            "sens": int(rng.integers(82, 104)),
            "watts": pick(rng, (4, 5, 8, 10, 16, 20, 25, 32, 50, 64, 80, 100, 160, 200, 250, 400)),
        },
        solve=lambda g: g["sens"] + 10 * log10(g["watts"]),
        show=Unit("dB"),
        formula="{sens} + 10 log10({watts})",
        mistakes={
            "20 log10": lambda g: g["sens"] + 20 * log10(g["watts"]),
            "power ignored": lambda g: g["sens"],
            "5 log10": lambda g: g["sens"] + 5 * log10(g["watts"]),
            "3 dB whatever the power": lambda g: g["sens"] + 3,
        },
        filler=steps(3, 6, 10),
        gap=2.5,
        ratio=1.0,
    ),
    numeric(
        "recording-spl-distance",
        RECORDING,
        (
            "A loudspeaker with {sens} dB (1 W, 1 m) is fed {watts} W. What level does it produce "
            "at {metres} m in the free field?",
            "In the free field, which level arrives {metres} m from a loudspeaker of {sens} dB "
            "sensitivity (1 W, 1 m) driven with {watts} W?",
        ),
        given=lambda rng: {
            "sens": int(rng.integers(84, 104)),
            "watts": pick(rng, (4, 8, 10, 16, 20, 32, 50, 64, 100, 160, 200)),
            "metres": int(rng.integers(2, 25)),
        },
        solve=lambda g: g["sens"] + 10 * log10(g["watts"]) - 20 * log10(g["metres"]),
        show=Unit("dB"),
        formula="{sens} + 10 log10({watts}) - 20 log10({metres})",
        mistakes={
            "distance ignored": lambda g: g["sens"] + 10 * log10(g["watts"]),
            "power ignored": lambda g: g["sens"] - 20 * log10(g["metres"]),
            "3 dB per doubling of distance": lambda g: (
                g["sens"] + 10 * log10(g["watts"]) - 10 * log10(g["metres"])
            ),
            "6 dB per doubling of power": lambda g: (
                g["sens"] + 20 * log10(g["watts"]) - 20 * log10(g["metres"])
            ),
        },
        filler=steps(3, 6, 10),
        gap=2.5,
        ratio=1.0,
    ),
    numeric(
        "recording-align",
        RECORDING,
        (
            "A second loudspeaker stands {metres} m nearer to the audience than the first one. By "
            "how much must it be delayed for both to arrive together (343 m/s)?",
            "Which delay aligns a fill loudspeaker with main loudspeakers that are {metres} m "
            "farther from the listeners, at 343 m/s?",
        ),
        given=lambda rng: {"metres": spread(rng, 3, 80, 0.5)},
        solve=lambda g: 1000 * g["metres"] / SPEED_M_S,
        show=Unit("ms"),
        formula="{metres} m / 343 m/s",
        mistakes={
            "one millisecond a metre": lambda g: g["metres"],
            "there and back": lambda g: 2000 * g["metres"] / SPEED_M_S,
            "half the way": lambda g: 500 * g["metres"] / SPEED_M_S,
            "ten milliseconds a metre": lambda g: 10 * g["metres"],
        },
        low=2,
    ),
    numeric(
        "recording-spacing",
        RECORDING,
        (
            "By the 3:1 rule, what is the smallest distance between two microphones that are each"
            " {cm} cm from their source?",
            "Two singers each stand {cm} cm from their own microphone. Which distance between the "
            "microphones does the 3:1 rule ask for?",
        ),
        given=lambda rng: {"cm": int(rng.integers(8, 96))},
        solve=lambda g: 3 * g["cm"],
        show=Unit("cm"),
        formula="3 * {cm}",
        mistakes={
            "the same distance": lambda g: g["cm"],
            "twice": lambda g: 2 * g["cm"],
            "four times": lambda g: 4 * g["cm"],
            "a third": lambda g: g["cm"] / 3,
            "five times": lambda g: 5 * g["cm"],
            "six times": lambda g: 6 * g["cm"],
        },
        farthest=12,
    ),
    numeric(
        "recording-self-noise",
        RECORDING,
        (
            "A microphone has a self-noise of {noise} dB(A). What is its signal-to-noise ratio, "
            "stated as usual for 94 dB SPL?",
            "What is the signal-to-noise ratio (re 94 dB SPL) of a microphone with {noise} dB(A) "
            "of equivalent noise?",
        ),
        given=lambda rng: {"noise": int(rng.integers(5, 36))},
        solve=lambda g: 94 - g["noise"],
        show=Unit("dB(A)"),
        formula="94 - {noise}",
        mistakes={
            "added": lambda g: 94 + g["noise"],
            "from 100 dB": lambda g: 100 - g["noise"],
            "from 84 dB": lambda g: 84 - g["noise"],
            "from 114 dB": lambda g: 114 - g["noise"],
            "from 74 dB": lambda g: 74 - g["noise"],
        },
        filler=steps(3, 6, 10),
        gap=3,
        ratio=1.0,
    ),
    numeric(
        "recording-power-voltage",
        RECORDING,
        (
            "Which RMS voltage drives a loudspeaker of {ohm} Ω with {watts} W?",
            "An amplifier delivers {watts} W into {ohm} Ω. What is its RMS output voltage?",
        ),
        given=lambda rng: {
            "ohm": pick(rng, (4, 6, 8, 16)),
            "watts": 5 * int(rng.integers(1, 60)),
        },
        solve=lambda g: sqrt(g["ohm"] * g["watts"]),
        show=Unit("V", 1),
        formula="sqrt({ohm} * {watts})",
        mistakes={
            "peak voltage": lambda g: sqrt(2 * g["ohm"] * g["watts"]),
            "the current": lambda g: sqrt(g["watts"] / g["ohm"]),
            "power over resistance": lambda g: g["watts"] / g["ohm"],
            "half the power": lambda g: sqrt(g["ohm"] * g["watts"] / 2),
            "peak to peak": lambda g: 2 * sqrt(2 * g["ohm"] * g["watts"]),
        },
    ),
)
