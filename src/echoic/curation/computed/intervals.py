"""Intervals: naming, building, inverting, counting semitones, compounding."""

from echoic.curation.computed.base import Evidence, Generator, Pick, Rng, like_length, others, pick
from echoic.curation.computed.notes import (
    COMMON,
    INTERVALS,
    above,
    between,
    common,
    parse,
    pitch_class,
    spell,
    with_article,
)
from echoic.curation.lexicon import Lexicon

INTERVAL = "Intervals"
USUAL = tuple(name for name in INTERVALS if name != "perfect octave")
COMPOUND = {
    f"{quality} {size}": (steps, semitones)
    for quality, size, steps, semitones in (
        ("minor", "ninth", 8, 13), ("major", "ninth", 8, 14), ("minor", "tenth", 9, 15),
        ("major", "tenth", 9, 16), ("perfect", "eleventh", 10, 17), ("perfect", "twelfth", 11, 19),
        ("minor", "thirteenth", 12, 20), ("major", "thirteenth", 12, 21),
        ("minor", "fourteenth", 13, 22), ("major", "fourteenth", 13, 23),
    )
}  # fmt: skip


def _like(rng: Rng, name: str) -> tuple[str, ...]:
    """Names of intervals of nearly the same size."""
    _, size = INTERVALS[name]
    near = [n for n, (s, z) in INTERVALS.items() if n != name and abs(z - size) <= 3]
    return like_length(rng, name, near) or others(rng, USUAL, name)


def draw_name(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """Two notes; the interval from the lower up to the higher."""
    name = pick(rng, USUAL)
    low = pick(rng, COMMON)
    high = above(low, *INTERVALS[name])
    if not common(high):
        return None
    given = {"low": spell(low), "high": spell(high)}
    why = "{} letters, {} semitones".format(*INTERVALS[name])
    return Pick(given, name, _like(rng, name), why)


def holds_name(evidence: Evidence, option: str) -> bool | None:
    """The option is the interval from `low` up to `high`."""
    return between(parse(evidence.given["low"]), parse(evidence.given["high"])) == option


def draw_note(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The note an interval above or below another."""
    name = pick(rng, USUAL)
    way = pick(rng, ("above", "below"))
    start = pick(rng, COMMON)
    steps, size = INTERVALS[name]
    target = above(start, steps, size) if way == "above" else above(start, -steps, -size)
    if not common(target):
        return None
    near = [n for n in COMMON if n != target and (n[0] - target[0]) % 7 in (0, 1, 6)]
    key = spell(target)
    # An enharmonic spelling would be a wrong name of a right sound: leave it out.
    pool = [spell(n) for n in near if pitch_class(n) != pitch_class(target)]
    wrong = like_length(rng, key, pool)
    if wrong is None:
        return None
    given = {"interval": with_article(name), "name": name, "way": way, "start": spell(start)}
    return Pick(given, key, wrong, f"{steps} letters and {size} semitones {way}")


def holds_note(evidence: Evidence, option: str) -> bool | None:
    """The option is that interval away."""
    start, target = parse(evidence.given["start"]), parse(option)
    pair = (start, target) if evidence.given["way"] == "above" else (target, start)
    return bool(between(*pair) == evidence.given["name"])


def inverted(name: str) -> str:
    """The inversion within the octave: steps and semitones add up to 7 and 12."""
    steps, size = INTERVALS[name]
    return next(n for n, shape in INTERVALS.items() if shape == (7 - steps, 12 - size))


_INVERTIBLE = tuple(n for n in USUAL if (7 - INTERVALS[n][0], 12 - INTERVALS[n][1])
                    in INTERVALS.values())  # fmt: skip


def draw_inversion(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The inversion of an interval."""
    name = pick(rng, _INVERTIBLE)
    key = inverted(name)
    return Pick(
        {"interval": with_article(name), "name": name}, key, _like(rng, key), "9 minus the number"
    )


def holds_inversion(evidence: Evidence, option: str) -> bool | None:
    """The option is the inversion."""
    return inverted(evidence.given["name"]) == option


def draw_semitones(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The number of semitones of an interval, compound ones included."""
    table = {**INTERVALS, **COMPOUND}
    name = pick(rng, sorted(table))
    size = table[name][1]
    shift = int(rng.integers(4))  # the key's rank among four consecutive numbers
    if size - shift < 1:
        return None
    wrong = tuple(f"{n} semitones" for n in range(size - shift, size - shift + 4) if n != size)
    if size - shift == 1:
        return None  # "1 semitones"
    return Pick(
        {"interval": with_article(name), "name": name}, f"{size} semitones", wrong, f"{size}"
    )


def holds_semitones(evidence: Evidence, option: str) -> bool | None:
    """The option is the interval's size."""
    _, size = {**INTERVALS, **COMPOUND}[evidence.given["name"]]
    return f"{size} semitones" == option


def draw_compound(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The compound interval an octave wider than a simple one."""
    name = pick(rng, sorted(COMPOUND))
    steps, size = COMPOUND[name]
    simple = next(n for n, shape in INTERVALS.items() if shape == (steps - 7, size - 12))
    near = [n for n, (_, z) in COMPOUND.items() if n != name and abs(z - size) <= 4]
    wrong = like_length(rng, name, near)
    if wrong is None:
        return None
    return Pick(
        {"interval": with_article(simple), "name": simple}, name, wrong, "7 is added to the number"
    )


def holds_compound(evidence: Evidence, option: str) -> bool | None:
    """The option is an octave wider."""
    steps, size = INTERVALS[evidence.given["name"]]
    return COMPOUND[option] == (steps + 7, size + 12)


GENERATORS = (
    Generator(
        "interval-name",
        INTERVAL,
        (
            "What is the interval from {low} up to the next {high}?",
            "A melody leaps from {low} up to the nearest {high}. Which interval is that?",
        ),
        draw_name,
        holds_name,
    ),
    Generator(
        "interval-note",
        INTERVAL,
        (
            "Which note lies {interval} {way} {start}?",
            "A second voice sings {interval} {way} the note {start}. Which note is that?",
        ),
        draw_note,
        holds_note,
    ),
    Generator(
        "interval-inversion",
        INTERVAL,
        (
            "What does {interval} become when it is inverted?",
            "The lower note of {interval} is moved up an octave. Which interval results?",
        ),
        draw_inversion,
        holds_inversion,
    ),
    Generator(
        "interval-semitones",
        INTERVAL,
        (
            "How many semitones does {interval} span?",
            "What is the size of {interval} in equal-tempered semitones?",
        ),
        draw_semitones,
        holds_semitones,
    ),
    Generator(
        "interval-compound",
        INTERVAL,
        (
            "Which compound interval is {interval} plus an octave?",
            "The upper note of {interval} is raised by an octave. What is the new interval called?",
        ),
        draw_compound,
        holds_compound,
    ),
)
