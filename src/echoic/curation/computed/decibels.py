"""Decibels & Weighting: adding levels, ratios, sound pressure, A-weighting.

The A-weighting values are those of IEC 61672-1 for octave bands, recomputed from its formula.
"""

from math import log10

from echoic.curation.computed.base import Evidence, Generator, Pick, Rng, pick, sample
from echoic.curation.computed.numeric import Unit, numeric, spread, steps
from echoic.curation.lexicon import Lexicon

DECIBELS = "Decibels & Weighting"
OCTAVES_HZ = (63, 125, 250, 500, 1000, 2000, 4000, 8000)
EXACT_HZ = {f: 1000 * 10 ** (0.3 * at) for f, at in zip(OCTAVES_HZ, range(-4, 4), strict=True)}


def a_weighting(frequency_hz: float) -> float:
    """Gain of the A curve in dB, 0 at 1 kHz (IEC 61672-1, annex E)."""
    f2 = frequency_hz**2
    gain = (12194**2 * f2**2) / (
        (f2 + 20.6**2) * (f2 + 12194**2) * ((f2 + 107.7**2) * (f2 + 737.9**2)) ** 0.5
    )
    return 20 * log10(gain) + 2.0


def total(*levels: float) -> float:
    """Level of the sum of incoherent sources, in dB."""
    return 10 * log10(sum(10 ** (level / 10) for level in levels))


def draw_loudest(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """Four bands of different level; the one that is highest after A-weighting."""
    bands = sorted(sample(rng, OCTAVES_HZ[:-1], 4))
    levels = [int(rng.integers(50, 91)) for _ in bands]
    weighted = [level + a_weighting(EXACT_HZ[f]) for f, level in zip(bands, levels, strict=True)]
    order = sorted(weighted, reverse=True)
    best = weighted.index(order[0])
    # Otherwise the level alone, or the frequency alone, would give the answer.
    if order[0] - order[1] < 3 or levels[best] == max(levels):
        return None
    given: dict[str, object] = {}
    for at, (band, level) in enumerate(zip(bands, levels, strict=True), 1):
        given |= {f"f{at}": band, f"l{at}": level}
    names = [f"{band:,} Hz" for band in bands]
    why = ", ".join(f"{n}: {w:.1f} dB(A)" for n, w in zip(names, weighted, strict=True))
    return Pick(given, names[best], tuple(n for n in names if n != names[best]), why)


def holds_loudest(evidence: Evidence, option: str) -> bool | None:
    """The option's band has the highest A-weighted level."""
    given = evidence.given
    found = {f"{given[f'f{n}']:,} Hz": given[f"l{n}"] + a_weighting(EXACT_HZ[given[f"f{n}"]])
             for n in range(1, 5)}  # fmt: skip
    return option == max(found, key=lambda name: found[name])


GENERATORS = (
    numeric(
        "decibels-sum",
        DECIBELS,
        (
            "Two independent noise sources produce {a} dB and {b} dB at the same place. What is "
            "the total level?",
            "A fan of {a} dB and a pump of {b} dB, both measured at the same desk, run together. "
            "Which level results (incoherent sum)?",
        ),
        given=lambda rng: {
            "a": (a := int(rng.integers(50, 96))),
            "b": a + int(rng.integers(-8, 9)),
        },
        solve=lambda g: total(g["a"], g["b"]),
        show=Unit("dB"),
        formula="10 log10(10^({a}/10) + 10^({b}/10))",
        mistakes={
            "the louder one alone": lambda g: max(g["a"], g["b"]),
            "always 3 dB more": lambda g: max(g["a"], g["b"]) + 3,
            "always 6 dB more": lambda g: max(g["a"], g["b"]) + 6,
            "mean": lambda g: (g["a"] + g["b"]) / 2,
            "added to the softer": lambda g: min(g["a"], g["b"]) + 3,
            "10 dB more": lambda g: max(g["a"], g["b"]) + 10,
        },
        filler=steps(2, 3, 5, 7),
        gap=1.6,
        ratio=1.0,
    ),
    numeric(
        "decibels-equal",
        DECIBELS,
        (
            "One machine produces {level} dB. What level do {count} such machines produce "
            "together at the same place (incoherent)?",
            "{count} equally loud, independent sources sound together; each alone gives {level} "
            "dB. What is the sum?",
        ),
        given=lambda rng: {
            "level": int(rng.integers(45, 91)),
            "count": pick(rng, (2, 3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 32, 40, 50, 100)),
        },
        solve=lambda g: g["level"] + 10 * log10(g["count"]),
        show=Unit("dB"),
        formula="{level} + 10 log10({count})",
        mistakes={
            "20 log10": lambda g: g["level"] + 20 * log10(g["count"]),
            "1 dB for each": lambda g: g["level"] + g["count"],
            "3 dB whatever the number": lambda g: g["level"] + 3,
            "no change": lambda g: g["level"],
            "5 log10": lambda g: g["level"] + 5 * log10(g["count"]),
        },
        filler=steps(2, 4, 6),
        gap=1.6,
        ratio=1.0,
    ),
    numeric(
        "decibels-pressure",
        DECIBELS,
        (
            "What sound pressure level corresponds to an RMS pressure of {pascal} Pa (reference "
            "20 µPa)?",
            "A microphone measures {pascal} Pa RMS. Which level is that re 20 µPa?",
        ),
        given=lambda rng: {"pascal": spread(rng, 0.002, 12, 0.001)},
        solve=lambda g: 20 * log10(g["pascal"] / 20e-6),
        show=Unit("dB"),
        formula="20 log10({pascal} / 0.00002)",
        mistakes={
            "10 log10": lambda g: 10 * log10(g["pascal"] / 20e-6),
            "reference 2 µPa": lambda g: 20 * log10(g["pascal"] / 2e-6),
            "reference 10 µPa": lambda g: 20 * log10(g["pascal"] / 10e-6),
            "reference 200 µPa": lambda g: 20 * log10(g["pascal"] / 200e-6),
        },
        filler=steps(6, 10, 14),
        gap=4,
        ratio=1.0,
    ),
    numeric(
        "decibels-ratio",
        DECIBELS,
        (
            "A level rises by {rise} dB. By which factor does the sound {what} grow?",
            "Which ratio of sound {what} corresponds to a difference of {rise} dB?",
        ),
        given=lambda rng: {
            "rise": int(rng.integers(4, 31)),
            "what": pick(rng, ("intensity", "pressure")),
        },
        solve=lambda g: 10 ** (g["rise"] / (10 if g["what"] == "intensity" else 20)),
        show=Unit("", 1),
        formula="10^({rise}/10) for intensity, 10^({rise}/20) for pressure; here {what}",
        mistakes={
            "factors 10 and 20 mixed up": lambda g: (
                10 ** (g["rise"] / (20 if g["what"] == "intensity" else 10))
            ),
            "a third of the decibels": lambda g: g["rise"] / 3,
            "the decibels themselves": lambda g: g["rise"],
        },
        farthest=50,
    ),
    numeric(
        "decibels-remove",
        DECIBELS,
        (
            "A machine and its surroundings together measure {both} dB, the surroundings alone "
            "{back} dB. What is the level of the machine alone?",
            "With the motor on, the meter shows {both} dB, with the motor off {back} dB. What is "
            "the level of the motor by itself?",
        ),
        given=lambda rng: {
            "both": (both := int(rng.integers(55, 91))),
            "back": both - int(rng.integers(2, 9)),
        },
        solve=lambda g: 10 * log10(10 ** (g["both"] / 10) - 10 ** (g["back"] / 10)),
        show=Unit("dB"),
        formula="10 log10(10^({both}/10) - 10^({back}/10))",
        mistakes={
            "background ignored": lambda g: g["both"],
            "3 dB less": lambda g: g["both"] - 3,
            "mean": lambda g: (g["both"] + g["back"]) / 2,
            "the difference subtracted": lambda g: 2 * g["back"] - g["both"],
            "added instead": lambda g: total(g["both"], g["back"]),
            "the background": lambda g: g["back"],
        },
        filler=steps(2, 3, 5, 7),
        gap=1.6,
        ratio=1.0,
    ),
    numeric(
        "decibels-weighted",
        DECIBELS,
        (
            "A noise consists of a single octave band at {band} Hz with a level of {level} dB. "
            "About how many dB(A) is that?",
            "A pure hum at {band} Hz measures {level} dB without weighting. About what does the "
            "meter show with A-weighting?",
        ),
        given=lambda rng: {
            "band": pick(rng, (63, 125, 250, 500)),
            "level": int(rng.integers(55, 100)),
        },
        solve=lambda g: g["level"] + a_weighting(EXACT_HZ[g["band"]]),
        show=Unit("dB(A)"),
        formula="{level} + A-weighting at {band} Hz",
        mistakes={
            "no weighting": lambda g: g["level"],
            "sign mixed up": lambda g: g["level"] - a_weighting(EXACT_HZ[g["band"]]),
            "next octave up": lambda g: g["level"] + a_weighting(2 * EXACT_HZ[g["band"]]),
            "next octave down": lambda g: g["level"] + a_weighting(EXACT_HZ[g["band"]] / 2),
        },
        filler=steps(6, 10, 15),
        gap=3,
        ratio=1.0,
    ),
    Generator(
        "decibels-loudest",
        DECIBELS,
        (
            "The octave-band levels of a noise are {l1} dB at {f1} Hz, {l2} dB at {f2} Hz, {l3} "
            "dB at {f3} Hz and {l4} dB at {f4} Hz. Which band contributes most to the A-weighted "
            "level?",
        ),
        draw_loudest,
        holds_loudest,
    ),
)
