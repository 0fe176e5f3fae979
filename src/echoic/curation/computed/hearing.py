"""Psychoacoustics: loudness in sones, missing fundamental, mel and Bark, just noticeable steps."""

from math import gcd, log2
from typing import Any

from echoic.curation.computed.base import Rng, pick
from echoic.curation.computed.numeric import Unit, numeric, spread, steps

HEARING = "Psychoacoustics"


def _harmonics(rng: Rng) -> dict[str, Any] | None:
    root, first = 10 * int(rng.integers(8, 36)), int(rng.integers(2, 9))
    numbers = (first, first + 1, first + int(rng.integers(2, 4)))
    if gcd(*numbers) != 1:
        return None
    return dict(zip(("a", "b", "c"), (root * n for n in numbers), strict=True))


GENERATORS = (
    numeric(
        "hearing-sones",
        HEARING,
        (
            "By the definition of the sone, how loud is a sound with a loudness level of {phon} "
            "phon?",
            "A sound of 40 phon has 1 sone, and each increase by 10 phon doubles the loudness. "
            "How many sones does a sound of {phon} phon have?",
        ),
        given=lambda rng: {"phon": pick(rng, tuple(range(45, 111, 5)))},
        solve=lambda g: 2 ** ((g["phon"] - 40) / 10),
        show=Unit("sones", 1),
        formula="2^(({phon} - 40)/10)",
        mistakes={
            "linear": lambda g: g["phon"] / 40,
            "one sone for 10 phon": lambda g: g["phon"] / 10,
            "doubled for each 10 phon from 50": lambda g: 2 ** ((g["phon"] - 50) / 10),
            "doubled for each 10 phon from 30": lambda g: 2 ** ((g["phon"] - 30) / 10),
            "doubled for each 6 phon": lambda g: 2 ** ((g["phon"] - 40) / 6),
        },
    ),
    numeric(
        "hearing-phons",
        HEARING,
        (
            "A sound has a loudness of {sones} sones. What is its loudness level, if 40 phon "
            "equal 1 sone and 10 phon double the loudness?",
            "Which loudness level corresponds to {sones} sones (1 sone at 40 phon, doubling with "
            "every 10 phon)?",
        ),
        given=lambda rng: {"sones": spread(rng, 1.5, 70, 0.5)},
        solve=lambda g: 40 + 10 * log2(g["sones"]),
        show=Unit("phon"),
        formula="40 + 10 log2({sones})",
        mistakes={
            "3 phon for a doubling": lambda g: 40 + 3 * log2(g["sones"]),
            "6 phon for a doubling": lambda g: 40 + 6 * log2(g["sones"]),
            "one phon for each sone": lambda g: 40 + g["sones"],
            "from 50 phon": lambda g: 50 + 10 * log2(g["sones"]),
            "from 30 phon": lambda g: 30 + 10 * log2(g["sones"]),
        },
        filler=steps(5, 10, 15),
        gap=3,
        ratio=1.0,
    ),
    numeric(
        "hearing-missing",
        HEARING,
        (
            "A complex tone contains only the partials {a} Hz, {b} Hz and {c} Hz, all harmonics of "
            "one fundamental. Which pitch is usually heard?",
            "A telephone passes only the harmonics {a}, {b} and {c} Hz of a voice. To which "
            "(missing) fundamental does its pitch correspond?",
        ),
        given=_harmonics,
        solve=lambda g: gcd(g["a"], g["b"], g["c"]),
        show=Unit("Hz"),
        formula="greatest common divisor of {a}, {b}, {c}",
        mistakes={
            "the lowest partial": lambda g: g["a"],
            "an octave too high": lambda g: 2 * gcd(g["a"], g["b"], g["c"]),
            "an octave too low": lambda g: gcd(g["a"], g["b"], g["c"]) / 2,
            "mean of the partials": lambda g: (g["a"] + g["b"] + g["c"]) / 3,
            "distance of the outer partials": lambda g: g["c"] - g["a"],
        },
    ),
    numeric(
        "hearing-erb",
        HEARING,
        (
            "By ERB = 24.7 · (4.37 f + 1) Hz with f in kHz, how wide is the auditory filter at "
            "{tone} Hz?",
            "The equivalent rectangular bandwidth of hearing is about 24.7 · (4.37 f + 1) Hz, f in "
            "kHz. What is it at {tone} Hz?",
        ),
        given=lambda rng: {"tone": spread(rng, 100, 8000, 50)},
        solve=lambda g: 24.7 * (4.37 * g["tone"] / 1000 + 1),
        show=Unit("Hz"),
        formula="24.7 * (4.37 * {tone}/1000 + 1)",
        mistakes={
            "one left out": lambda g: 24.7 * 4.37 * g["tone"] / 1000,
            "factor 4.37 left out": lambda g: 24.7 * (g["tone"] / 1000 + 1),
            "two added for one": lambda g: 24.7 * (4.37 * g["tone"] / 1000 + 2),
            "a tenth of the frequency": lambda g: g["tone"] / 10,
            "a third of an octave": lambda g: 0.232 * g["tone"],
        },
    ),
    numeric(
        "hearing-weber",
        HEARING,
        (
            "Listeners just notice a change of frequency of {percent} %. How large is that step at "
            "{tone} Hz?",
            "If the difference limen for frequency is {percent} %, by how many hertz must a tone "
            "of {tone} Hz change for the change to be noticed?",
        ),
        given=lambda rng: {
            "percent": pick(rng, (0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.2)),
            "tone": spread(rng, 500, 6000, 100),
        },
        solve=lambda g: g["tone"] * g["percent"] / 100,
        show=Unit("Hz", 1),
        formula="{tone} * {percent} / 100",
        mistakes={
            "per mille": lambda g: g["tone"] * g["percent"] / 1000,
            "one percent": lambda g: g["tone"] / 100,
            "whole percent of 1 kHz": lambda g: 10 * g["percent"],
        },
        farthest=11,
    ),
    numeric(
        "hearing-louder",
        HEARING,
        (
            "For mid-level sounds, an increase of 10 dB is heard as twice as loud. By what factor"
            " does the loudness of a sound grow when it is raised by {rise} dB?",
            "If each increase of 10 dB doubles the perceived loudness, how many times as loud "
            "does a sound seem after an increase of {rise} dB?",
        ),
        given=lambda rng: {"rise": pick(rng, (15, 20, 25, 30, 35, 40, 45))},
        solve=lambda g: 2 ** (g["rise"] / 10),
        show=Unit("times", 1),
        formula="2^({rise}/10)",
        mistakes={
            "twice for each 6 dB": lambda g: 2 ** (g["rise"] / 6),
            "one for each 10 dB": lambda g: g["rise"] / 10,
            "pressure": lambda g: 10 ** (g["rise"] / 20),
            "twice for each 10 dB, added": lambda g: 2 * g["rise"] / 10,
            "intensity": lambda g: 10 ** (g["rise"] / 10),
        },
    ),
    numeric(
        "hearing-mel",
        HEARING,
        (
            "By m = 2595 · log10(1 + f/700), what is the pitch of a tone of {tone} Hz in mels?",
            "The mel scale is often computed as 2595 · log10(1 + f/700). What is the value for "
            "{tone} Hz?",
        ),
        given=lambda rng: {"tone": spread(rng, 200, 8000, 100)},
        solve=lambda g: 2595 * log2(1 + g["tone"] / 700) / log2(10),
        show=Unit("mel"),
        formula="2595 log10(1 + {tone}/700)",
        mistakes={
            "one left out": lambda g: 2595 * log2(g["tone"] / 700) / log2(10),
            "linear": lambda g: g["tone"],
            "natural logarithm for a factor of 1127 halved": lambda g: (
                1127 * log2(1 + g["tone"] / 700) / log2(10)
            ),
            "dual logarithm": lambda g: 1127 * log2(1 + g["tone"] / 700),
        },
    ),
)
