"""Pitch & Tuning: note frequencies, MIDI numbers, cents, overtones, beats, just intonation."""

from fractions import Fraction
from math import log2
from typing import Any

from echoic.curation.computed.base import Evidence, Generator, Pick, Rng, like_length, pick
from echoic.curation.computed.notes import COMMON, midi, midi_hz, spell
from echoic.curation.computed.numeric import SEMITONES, Solve, Unit, numeric, spread, steps
from echoic.curation.lexicon import Lexicon

TUNING = "Pitch & Tuning"
SHARP_NAMES = ("C", "C sharp", "D", "D sharp", "E", "F", "F sharp", "G", "G sharp", "A",
               "A sharp", "B")  # fmt: skip
JUST = {
    "minor third": Fraction(6, 5), "major third": Fraction(5, 4), "perfect fourth": Fraction(4, 3),
    "perfect fifth": Fraction(3, 2), "minor sixth": Fraction(8, 5), "major sixth": Fraction(5, 3),
}  # fmt: skip


def scientific(number: int) -> str:
    """MIDI 61 -> "C sharp 4" ."""
    return f"{SHARP_NAMES[number % 12]}{number // 12 - 1}".replace("sharp", "sharp ")


def cents(low_hz: float, high_hz: float) -> float:
    """1200 log2 of the ratio."""
    return 1200 * log2(high_hz / low_hz)


def _note(rng: Rng) -> dict[str, Any]:
    note, octave = pick(rng, COMMON), int(rng.integers(2, 7))
    return {"note": spell(note), "octave": octave, "midi": midi(note, octave)}


def _pure(ratio: Fraction) -> Solve:
    """The tone a pure interval above `root`."""
    return lambda g: float(g["root"] * ratio)


def draw_partial(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The note nearest to a harmonic; harmonics 7 and 11 are left out, being far from any."""
    root, octave = int(rng.integers(36, 55)), int(rng.integers(2, 11))
    if octave == 7:
        return None
    number = root + round(12 * log2(octave))
    pool = [scientific(number + shift) for shift in (-12, -7, -5, -4, -3, -2, 2, 3, 4, 5, 7, 12)]
    wrong = like_length(rng, scientific(number), pool)
    if wrong is None:
        return None
    given = {"root": scientific(root), "midi": root, "partial": octave}
    why = f"12 log2({octave}) = {12 * log2(octave):.2f} semitones above {scientific(root)}"
    return Pick(given, scientific(number), wrong, why)


def holds_partial(evidence: Evidence, option: str) -> bool | None:
    """The option is the nearest equal-tempered note."""
    given = evidence.given
    if given["root"] != scientific(given["midi"]):
        return None
    return scientific(given["midi"] + round(12 * log2(given["partial"]))) == option


GENERATORS = (
    numeric(
        "tuning-frequency",
        TUNING,
        (
            "What is the frequency of {note} in octave {octave} (scientific pitch notation, equal "
            "temperament, A4 = 440 Hz)?",
            "A tuner is set to equal temperament with A4 = 440 Hz. Which frequency does it expect "
            "for {note} in octave {octave}?",
        ),
        given=_note,
        solve=lambda g: midi_hz(g["midi"]),
        show=Unit("Hz", 1),
        formula="440 * 2^(({midi} - 69)/12)",
        filler=SEMITONES,
    ),
    numeric(
        "tuning-midi",
        TUNING,
        (
            "Which MIDI note number belongs to {note} in octave {octave}, if C4 (middle C) is 60?",
            "With middle C (C4) as MIDI note 60, what is the number of {note} in octave {octave}?",
        ),
        given=_note,
        solve=lambda g: g["midi"],
        show=Unit(""),
        formula="12 * ({octave} + 1) + semitones of {note} above C",
        filler=steps(1, 2, 3, 5, 7, 12),
        gap=1,
        ratio=1.0,
    ),
    numeric(
        "tuning-octaves",
        TUNING,
        (
            "A tone of {start} Hz is transposed {way} by {count} octaves. What is its new "
            "frequency?",
            "What frequency lies {count} octaves {side} {start} Hz?",
        ),
        given=lambda rng: {
            "start": 8 * spread(rng, 15, 250, 1),
            "count": int(rng.integers(2, 5)),
            **pick(rng, ({"way": "up", "side": "above"}, {"way": "down", "side": "below"})),
        },
        solve=lambda g: g["start"] * 2.0 ** (g["count"] if g["way"] == "up" else -g["count"]),
        show=Unit("Hz"),
        formula="{start} Hz, {count} times doubled or halved",
        mistakes={
            "one octave too few": lambda g: (
                g["start"] * 2.0 ** (g["count"] - 1 if g["way"] == "up" else 1 - g["count"])
            ),
            "one octave too many": lambda g: (
                g["start"] * 2.0 ** (g["count"] + 1 if g["way"] == "up" else -1 - g["count"])
            ),
            "multiplied by the number": lambda g: (
                g["start"] * (g["count"] if g["way"] == "up" else 1 / g["count"])
            ),
            "wrong direction": lambda g: (
                g["start"] * 2.0 ** (-g["count"] if g["way"] == "up" else g["count"])
            ),
        },
        low=10,
        high=20_000,
    ),
    numeric(
        "tuning-cents",
        TUNING,
        (
            "A string that should sound at {target} Hz sounds at {played} Hz. By about how many "
            "cents is it off?",
            "A tuner expects {target} Hz and hears {played} Hz. About how large is the deviation "
            "in cents?",
        ),
        given=lambda rng: {
            "target": (target := spread(rng, 80, 900, 1)),
            "played": round(
                target * 2 ** (int(rng.integers(8, 90)) * pick(rng, (-1, 1)) / 1200), 1
            ),
        },
        solve=lambda g: abs(cents(g["target"], g["played"])),
        show=Unit("cents"),
        formula="1200 log2({played} / {target}), without sign",
        mistakes={
            "difference in Hz": lambda g: abs(g["target"] - g["played"]),
            "per mille": lambda g: 1000 * abs(g["played"] / g["target"] - 1),
            "percent": lambda g: 100 * abs(g["played"] / g["target"] - 1),
        },
        gap=3,
        ratio=1.3,
        low=2,
    ),
    numeric(
        "tuning-beats",
        TUNING,
        (
            "Two strings sound together at {a} Hz and {b} Hz. How fast do they beat?",
            "A tuning fork of {a} Hz and a pipe of {b} Hz sound at the same time. How many beats "
            "are heard per second?",
        ),
        given=lambda rng: {
            "a": (a := spread(rng, 100, 600, 1)),
            "b": round(a + pick(rng, (-1, 1)) * int(rng.integers(3, 17)) / 2, 1),
        },
        solve=lambda g: abs(g["a"] - g["b"]),
        show=Unit("per second", 1),
        formula="|{a} - {b}|",
        mistakes={"halved": lambda g: abs(g["a"] - g["b"]) / 2},
    ),
    numeric(
        "tuning-harmonic",
        TUNING,
        (
            "What is the frequency of harmonic number {number} of a tone with a fundamental of "
            "{root} Hz?",
            "A string vibrates at {root} Hz. At which frequency is its {number}th harmonic, if the "
            "fundamental counts as the first?",
        ),
        given=lambda rng: {
            "root": spread(rng, 40, 500, 1),
            "number": int(rng.integers(4, 13)),
        },
        solve=lambda g: g["root"] * g["number"],
        show=Unit("Hz"),
        formula="{root} * {number}",
        mistakes={
            "counted from the first overtone": lambda g: g["root"] * (g["number"] + 1),
            "one too low": lambda g: g["root"] * (g["number"] - 1),
            "powers of two": lambda g: g["root"] * 2 ** (g["number"] - 1),
            "only odd harmonics": lambda g: g["root"] * (2 * g["number"] - 1),
            "two too high": lambda g: g["root"] * (g["number"] + 2),
            "two too low": lambda g: g["root"] * (g["number"] - 2),
        },
        ratio=1.05,
    ),
    numeric(
        "tuning-just",
        TUNING,
        (
            "In just intonation, which frequency is a pure {interval} above {root} Hz?",
            "A choir sings a pure (just) {interval} above a tone of {root} Hz. What is the "
            "frequency of the upper tone?",
        ),
        given=lambda rng: {
            "root": 10 * int(rng.integers(11, 60)),
            "interval": pick(rng, tuple(JUST)),
        },
        solve=lambda g: float(g["root"] * JUST[g["interval"]]),
        show=Unit("Hz"),
        formula="{root} Hz times the simple ratio of a {interval}",
        mistakes={
            name: _pure(ratio)
            for name, ratio in {
                **JUST,
                "major second": Fraction(9, 8),
                "major seventh": Fraction(15, 8),
            }.items()
        },
        ratio=1.04,
    ),
    Generator(
        "tuning-partial",
        TUNING,
        (
            "Which equal-tempered note is closest to harmonic number {partial} of {root}, if the "
            "fundamental is harmonic number 1?",
        ),
        draw_partial,
        holds_partial,
    ),
)
