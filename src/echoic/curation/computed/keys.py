"""Music Theory: key signatures, related keys, scale degrees, enharmonic names, transposition."""

from echoic.curation.computed.base import Evidence, Generator, Pick, Rng, like_length, others, pick
from echoic.curation.computed.notes import (
    COMMON,
    DEGREES,
    INTERVALS,
    Note,
    above,
    fifths,
    parse,
    pitch_class,
    scale,
    spell,
)
from echoic.curation.lexicon import Lexicon

THEORY = "Music Theory"
MODES = ("major", "minor")
RELATIONS = ("relative", "parallel", "dominant", "subdominant")


def key_name(tonic: Note, mode: str) -> str:
    """ "E flat major"."""
    return f"{spell(tonic)} {mode}"


def key_parse(name: str) -> tuple[Note, str]:
    """ "E flat major" -> ((2, -1), "major")."""
    tonic, _, mode = name.rpartition(" ")
    return parse(tonic), mode


def signature(count: int) -> str:
    """-3 -> "three flats"."""
    words = ("no", "one", "two", "three", "four", "five", "six", "seven")
    kind = "sharp" if count > 0 else "flat"
    return f"{words[abs(count)]} {kind}{'s' if abs(count) > 1 else ''}"


KEYS = tuple(
    (tonic, mode)
    for tonic in ((letter, alter) for letter in range(7) for alter in (-1, 0, 1))
    for mode in MODES
    if abs(fifths(tonic, mode == "minor")) <= 6
)
SIGNED = tuple(key for key in KEYS if fifths(key[0], key[1] == "minor") != 0)


def _count(key: tuple[Note, str]) -> int:
    return fifths(key[0], key[1] == "minor")


def draw_signature(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The signature of a key: near counts and the other kind of accidental as distractors."""
    tonic, mode = pick(rng, SIGNED)
    count = _count((tonic, mode))
    near = [n for n in (count - 2, count - 1, count + 1, count + 2, -count, 1 - count, -1 - count)
            if n and abs(n) <= 7]  # fmt: skip
    wrong = others(rng, sorted(set(near)), count)
    given = {"key": key_name(tonic, mode)}
    why = f"{signature(count)} by the circle of fifths"
    return Pick(given, signature(count), tuple(map(signature, wrong)), why)


def holds_signature(evidence: Evidence, option: str) -> bool | None:
    """The option is the key's signature."""
    return signature(_count(key_parse(evidence.given["key"]))) == option


def draw_from_signature(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The key of a mode with a given signature."""
    mode = pick(rng, MODES)
    here = [key for key in SIGNED if key[1] == mode]
    key = pick(rng, here)
    near = [other for other in here if 0 < abs(_count(other) - _count(key)) <= 3
            or _count(other) == -_count(key)]  # fmt: skip
    wrong = like_length(rng, key_name(*key), [key_name(*other) for other in near])
    if wrong is None:
        return None
    given = {"mode": mode, "signature": signature(_count(key))}
    why = f"{key_name(*key)} has {signature(_count(key))}"
    return Pick(given, key_name(*key), wrong, why)


def holds_from_signature(evidence: Evidence, option: str) -> bool | None:
    """The option is a key of that mode with that signature."""
    tonic, mode = key_parse(option)
    fits = signature(_count((tonic, mode))) == evidence.given["signature"]
    return bool(fits and mode == evidence.given["mode"])


def related(tonic: Note, mode: str, relation: str) -> str:
    """The name of a related key; dominant and subdominant keys keep the mode."""
    other = MODES[1 - MODES.index(mode)]
    if relation == "parallel":
        return key_name(tonic, other)
    if relation == "relative":
        shift = (5, 9) if mode == "major" else (2, 3)
        return key_name(above(tonic, *shift), other)
    shift = INTERVALS["perfect fifth" if relation == "dominant" else "perfect fourth"]
    return key_name(above(tonic, *shift), mode)


def draw_related(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The relative or parallel key; the other relation and neighbours as distractors."""
    tonic, mode = pick(rng, KEYS)
    relation = pick(rng, ("relative", "parallel"))
    other = MODES[1 - MODES.index(mode)]
    name = related(tonic, mode, relation)
    if abs(_count(key_parse(name))) > 6:
        return None
    pool = [k for k in KEYS if k[1] == other and abs(_count(k) - _count((tonic, mode))) <= 5]
    wrong = like_length(rng, name, [key_name(*k) for k in pool if key_name(*k) != name])
    if wrong is None:
        return None
    given = {"key": key_name(tonic, mode), "relation": relation, "mode": other}
    same = "signature" if relation == "relative" else "tonic"
    return Pick(given, name, wrong, f"{name} has the same {same}")


def holds_related(evidence: Evidence, option: str) -> bool | None:
    """The option is in that relation to the key."""
    return related(*key_parse(evidence.given["key"]), evidence.given["relation"]) == option


def degree(key: str, name: str) -> str:
    """The note on a named degree; a minor key's leading note is the raised seventh."""
    tonic, mode = key_parse(key)
    kind = "major" if mode == "major" else "harmonic minor"
    return spell(scale(tonic, kind)[DEGREES.index(name)])


def draw_degree(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The note on a degree of a key among other notes of the key and chromatic neighbours."""
    tonic, mode = pick(rng, [key for key in KEYS if abs(_count(key)) <= 5])
    name = pick(rng, DEGREES[1:])
    key = degree(key_name(tonic, mode), name)
    letter, alter = parse(key)
    pool = {degree(key_name(tonic, mode), other) for other in DEGREES}
    pool |= {spell((letter, a)) for a in (-1, 0, 1) if a != alter}
    wrong = like_length(rng, key, sorted(text for text in pool - {key} if "double" not in text))
    if wrong is None or "double" in key:
        return None
    given = {"key": key_name(tonic, mode), "degree": name}
    return Pick(given, key, wrong, f"degree {DEGREES.index(name) + 1} of {key_name(tonic, mode)}")


def holds_degree(evidence: Evidence, option: str) -> bool | None:
    """The option is that degree of the key."""
    return degree(evidence.given["key"], evidence.given["degree"]) == option


def draw_enharmonic(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """Another name for a piano key, rare spellings included."""
    notes = [(letter, alter) for letter in range(7) for alter in (-1, 0, 1)]
    note = pick(rng, notes)
    same = [n for n in notes if n != note and pitch_class(n) == pitch_class(note)]
    if not same:
        return None
    near = [n for n in notes if (pitch_class(n) - pitch_class(note)) % 12 in (1, 2, 10, 11)]
    key = spell(pick(rng, same))
    wrong = like_length(rng, key, [spell(n) for n in near])
    if wrong is None:
        return None
    return Pick(
        {"note": spell(note)}, key, wrong, f"both are {pitch_class(note)} semitones above C"
    )


def holds_enharmonic(evidence: Evidence, option: str) -> bool | None:
    """The option is the same key of the piano."""
    return pitch_class(parse(option)) == pitch_class(parse(evidence.given["note"]))


def draw_transpose(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A major or minor key moved up by an interval."""
    tonic, mode = pick(rng, KEYS)
    interval = pick(rng, ("minor second", "major second", "minor third", "major third",
                          "perfect fourth", "perfect fifth", "major sixth"))  # fmt: skip
    target = above(tonic, *INTERVALS[interval])
    if target not in COMMON or abs(_count((target, mode))) > 6:
        return None
    key = key_name(target, mode)
    # The same mode throughout: another mode would give itself away.
    near = [
        key_name(note, mode)
        for note in COMMON
        if (pitch_class(note) - pitch_class(target)) % 12 in (1, 2, 3, 9, 10, 11)
        and abs(_count((note, mode))) <= 6
    ]
    wrong = like_length(rng, key, near)
    if wrong is None:
        return None
    given = {"key": key_name(tonic, mode), "interval": interval}
    return Pick(given, key, wrong, f"a {interval} above {spell(tonic)} is {spell(target)}")


def holds_transpose(evidence: Evidence, option: str) -> bool | None:
    """The option is the key moved up."""
    tonic, mode = key_parse(evidence.given["key"])
    return key_name(above(tonic, *INTERVALS[evidence.given["interval"]]), mode) == option


GENERATORS = (
    Generator(
        "key-signature",
        THEORY,
        (
            "What is the key signature of {key}?",
            "How many sharps or flats does the key signature of {key} contain?",
        ),
        draw_signature,
        holds_signature,
    ),
    Generator(
        "key-from-signature",
        THEORY,
        (
            "Which {mode} key has {signature} in its key signature?",
            "A piece in a {mode} key is notated with {signature}. What is the key?",
        ),
        draw_from_signature,
        holds_from_signature,
    ),
    Generator(
        "key-related",
        THEORY,
        ("Which key is the {relation} {mode} of {key}?",),
        draw_related,
        holds_related,
    ),
    Generator(
        "key-degree",
        THEORY,
        (
            "Which note is the {degree} of {key}?",
            "In {key}, which note serves as the {degree}?",
        ),
        draw_degree,
        holds_degree,
    ),
    Generator(
        "key-enharmonic",
        THEORY,
        (
            "Which note is enharmonically equivalent to {note} in equal temperament?",
            "On a piano keyboard, which note name stands for the same key as {note}?",
        ),
        draw_enharmonic,
        holds_enharmonic,
    ),
    Generator(
        "key-transpose",
        THEORY,
        (
            "A song in {key} is transposed up by a {interval}. In which key is it then?",
            "A singer asks for an accompaniment in {key} to be played a {interval} higher. Which "
            "key results?",
        ),
        draw_transpose,
        holds_transpose,
    ),
)
