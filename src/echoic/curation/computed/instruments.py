"""Instruments & Timbre: transposing instruments, strings and frets, pipes.

Transpositions and tunings are standard orchestral usage (any orchestration handbook).
"""

from echoic.curation.computed.base import Evidence, Generator, Pick, Rng, like_length, pick
from echoic.curation.computed.notes import (
    COMMON,
    Note,
    above,
    article,
    common,
    parse,
    pitch_class,
    spell,
)
from echoic.curation.computed.numeric import Unit, numeric, spread
from echoic.curation.computed.tuning import SHARP_NAMES, scientific
from echoic.curation.lexicon import Lexicon

INSTRUMENTS = "Instruments & Timbre"
SPEED_M_S = 343.0

# Instrument -> (letter steps, semitones) from the written note down to the sounding one.
SOUNDING = {
    "B flat clarinet": (1, 2), "B flat trumpet": (1, 2), "clarinet in A": (2, 3),
    "soprano saxophone in B flat": (1, 2), "alto saxophone in E flat": (5, 9),
    "horn in F": (4, 7), "cor anglais": (4, 7), "alto flute in G": (3, 5),
}  # fmt: skip
STRINGS = {  # open strings as MIDI numbers, lowest first
    "a guitar in standard tuning": (40, 45, 50, 55, 59, 64),
    "a four-string bass guitar": (28, 33, 38, 43),
    "a ukulele in G-C-E-A tuning": (60, 64, 69),
    "a violin": (55, 62, 69, 76),
    "a viola": (48, 55, 62, 69),
    "a cello": (36, 43, 50, 57),
}  # fmt: skip


def _name_pool(target: Note) -> list[str]:
    return [spell(n) for n in COMMON if (n[0] - target[0]) % 7 in (0, 1, 2, 5, 6)
            and pitch_class(n) != pitch_class(target)]  # fmt: skip


def draw_sounding(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The name of the note heard when a transposing instrument plays a written one."""
    name = pick(rng, tuple(SOUNDING))
    written = pick(rng, COMMON)
    steps, size = SOUNDING[name]
    heard = above(written, -steps, -size)
    wrong = like_length(rng, spell(heard), _name_pool(heard)) if common(heard) else None
    if wrong is None:
        return None
    given = {"instrument": name, "written": spell(written), "article": article(name)}
    return Pick(given, spell(heard), wrong, f"{size} semitones below the written note")


def holds_sounding(evidence: Evidence, option: str) -> bool | None:
    """The option is the sounding note."""
    steps, size = SOUNDING[evidence.given["instrument"]]
    return spell(above(parse(evidence.given["written"]), -steps, -size)) == option


def draw_written(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The note to write for a transposing instrument."""
    name = pick(rng, tuple(SOUNDING))
    heard = pick(rng, COMMON)
    steps, size = SOUNDING[name]
    written = above(heard, steps, size)
    wrong = like_length(rng, spell(written), _name_pool(written)) if common(written) else None
    if wrong is None:
        return None
    given = {"instrument": name, "heard": spell(heard), "article": article(name)}
    return Pick(given, spell(written), wrong, f"{size} semitones above the sounding note")


def holds_written(evidence: Evidence, option: str) -> bool | None:
    """The option is the written note."""
    steps, size = SOUNDING[evidence.given["instrument"]]
    return spell(above(parse(evidence.given["heard"]), steps, size)) == option


def draw_fret(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The note so many semitones above an open string."""
    name = pick(rng, tuple(STRINGS))
    string = pick(rng, STRINGS[name])
    fret = int(rng.integers(2, 12))
    key = SHARP_NAMES[(string + fret) % 12]
    pool = [SHARP_NAMES[(string + fret + shift) % 12] for shift in (-3, -2, -1, 1, 2, 3, 12 - fret)]
    wrong = like_length(rng, key, sorted(set(pool) - {key}))
    if wrong is None:
        return None
    given = {"instrument": name, "string": SHARP_NAMES[string % 12], "midi": string, "fret": fret}
    return Pick(given, key, wrong, f"{scientific(string)} plus {fret} semitones")


def holds_fret(evidence: Evidence, option: str) -> bool | None:
    """The option is the stopped note."""
    given = evidence.given
    if SHARP_NAMES[given["midi"] % 12] != given["string"]:
        return None
    return SHARP_NAMES[(given["midi"] + given["fret"]) % 12] == option


GENERATORS = (
    Generator(
        "instrument-sounding",
        INSTRUMENTS,
        (
            "The note {written} is written in the part of {article} {instrument}. Which note is "
            "heard?",
            "A player of {article} {instrument} reads the note {written}. What is the sounding "
            "note called at concert pitch?",
        ),
        draw_sounding,
        holds_sounding,
    ),
    Generator(
        "instrument-written",
        INSTRUMENTS,
        (
            "Which note must be written for {article} {instrument} so that {heard} sounds at "
            "concert pitch?",
        ),
        draw_written,
        holds_written,
    ),
    Generator(
        "instrument-fret",
        INSTRUMENTS,
        (
            "On {instrument}, which note lies {fret} semitones above the open {string} string?",
            "A player of {instrument} shortens the open {string} string so that it sounds {fret} "
            "semitones higher. Which note results?",
        ),
        draw_fret,
        holds_fret,
    ),
    numeric(
        "instrument-open-pipe",
        INSTRUMENTS,
        (
            "What is the fundamental frequency of an organ pipe of {length} m that is open at both "
            "ends (speed of sound 343 m/s, end correction ignored)?",
            "A flute-like tube open at both ends is {length} m long. Which fundamental does it "
            "sound at 343 m/s, ignoring end correction?",
        ),
        given=lambda rng: {"length": spread(rng, 0.2, 2.6, 0.05)},
        solve=lambda g: SPEED_M_S / (2 * g["length"]),
        show=Unit("Hz"),
        formula="343 / (2 * {length})",
        mistakes={
            "closed pipe": lambda g: SPEED_M_S / (4 * g["length"]),
            "one wavelength in the pipe": lambda g: SPEED_M_S / g["length"],
            "second harmonic of a whole wave": lambda g: 2 * SPEED_M_S / g["length"],
        },
    ),
    numeric(
        "instrument-stopped-pipe",
        INSTRUMENTS,
        (
            "What is the lowest resonance of a tube of {length} m closed at one end (speed of "
            "sound 343 m/s, end correction ignored)?",
            "A stopped organ pipe is {length} m long. What is its fundamental at 343 m/s, ignoring "
            "end correction?",
        ),
        given=lambda rng: {"length": spread(rng, 0.2, 2.6, 0.05)},
        solve=lambda g: SPEED_M_S / (4 * g["length"]),
        show=Unit("Hz"),
        formula="343 / (4 * {length})",
        mistakes={
            "open pipe": lambda g: SPEED_M_S / (2 * g["length"]),
            "one wavelength in the pipe": lambda g: SPEED_M_S / g["length"],
            "an eighth wave": lambda g: SPEED_M_S / (8 * g["length"]),
        },
    ),
    numeric(
        "instrument-odd-harmonics",
        INSTRUMENTS,
        (
            "A cylindrical pipe closed at one end has its fundamental at {root} Hz. What is its "
            "{ordinal} resonance in rising order, the fundamental being the first?",
        ),
        given=lambda rng: {
            "root": spread(rng, 50, 400, 1),
            **pick(
                rng,
                tuple(
                    {"n": n, "ordinal": o}
                    for n, o in ((2, "second"), (3, "third"), (4, "fourth"), (5, "fifth"))
                ),
            ),
        },
        solve=lambda g: g["root"] * (2 * g["n"] - 1),
        show=Unit("Hz"),
        formula="{root} * (2 * {n} - 1)",
        mistakes={
            "all harmonics": lambda g: g["root"] * g["n"],
            "even harmonics": lambda g: g["root"] * 2 * g["n"],
            "one resonance higher": lambda g: g["root"] * (2 * g["n"] + 1),
            "powers of two": lambda g: g["root"] * 2 ** g["n"],
        },
        ratio=1.05,
    ),
    numeric(
        "instrument-string",
        INSTRUMENTS,
        (
            "A string sounds at {root} Hz. Its tension is changed to {factor} times the old value "
            "while length and mass stay the same. What is the new frequency?",
            "The tension of a string tuned to {root} Hz becomes {factor} times as large. Which "
            "fundamental does it have then?",
        ),
        given=lambda rng: {
            "root": spread(rng, 60, 500, 1),
            "factor": pick(rng, (0.25, 0.49, 0.64, 0.81, 1.21, 1.44, 1.69, 2.25, 4)),
        },
        solve=lambda g: g["root"] * g["factor"] ** 0.5,
        show=Unit("Hz"),
        formula="{root} * sqrt({factor})",
        mistakes={
            "proportional": lambda g: g["root"] * g["factor"],
            "inverse": lambda g: g["root"] / g["factor"],
            "inverse root": lambda g: g["root"] / g["factor"] ** 0.5,
            "unchanged": lambda g: g["root"],
        },
        ratio=1.08,
    ),
)
