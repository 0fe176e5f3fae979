"""Chords & Harmony: spelling, naming, inversions, chords of a key, symbols."""

from echoic.curation.computed.base import (
    Evidence,
    Generator,
    Pick,
    Rng,
    like_length,
    others,
    pick,
    sample,
)
from echoic.curation.computed.notes import (
    CHORDS,
    COMMON,
    Note,
    above,
    article,
    chord,
    common,
    fifths,
    parse,
    pitch_class,
    scale,
    spell,
)
from echoic.curation.lexicon import Lexicon

HARMONY = "Chords & Harmony"
TRIADS = tuple(kind for kind in CHORDS if "triad" in kind)
SEVENTHS = tuple(kind for kind in CHORDS if "seventh" in kind)
INVERSIONS = ("root position", "first inversion", "second inversion", "third inversion")
MAJOR_ROMAN = ("I", "ii", "iii", "IV", "V", "vi", "vii°")
SYMBOLS = {
    "": "major triad", "m": "minor triad", "dim": "diminished triad", "aug": "augmented triad",
    "7": "dominant seventh chord", "maj7": "major seventh chord", "m7": "minor seventh chord",
    "m7b5": "half-diminished seventh chord", "dim7": "fully diminished seventh chord",
}  # fmt: skip


def listed(notes: tuple[Note, ...]) -> str:
    """ "C, E flat, G"."""
    return ", ".join(map(spell, notes))


def _root(rng: Rng, kind: str) -> Note | None:
    """A root on which every note of the chord has a usual name."""
    root = pick(rng, COMMON)
    return root if all(common(note) for note in chord(root, kind)) else None


def _same_sound(a: tuple[Note, ...], b: tuple[Note, ...]) -> bool:
    return {pitch_class(n) for n in a} == {pitch_class(n) for n in b}


def draw_kind(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """Notes from the root up; the kind of chord."""
    kind = pick(rng, tuple(CHORDS))
    root = _root(rng, kind)
    if root is None:
        return None
    family = TRIADS if kind in TRIADS else SEVENTHS
    why = " + ".join(CHORDS[kind])
    return Pick({"notes": listed(chord(root, kind))}, kind, others(rng, family, kind), why)


def holds_kind(evidence: Evidence, option: str) -> bool | None:
    """The option is the chord on the first note."""
    notes = tuple(map(parse, evidence.given["notes"].split(", ")))
    return chord(notes[0], option) == notes


def _others(notes: tuple[Note, ...], at: int) -> list[Note]:
    """What the note at a place might be mistaken for: altered, or on the next letter."""
    letter = notes[at][0]
    near = [((letter + step) % 7, alter) for step in (-1, 0, 1) for alter in (-1, 0, 1)]
    sounds = {pitch_class(note) for note in notes}
    return [note for note in near if common(note) and pitch_class(note) not in sounds]


def draw_notes(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The notes of a chord; distractors with another note in one or both of two places.

    All four combinations are offered, so that no option is the one that the others vary.
    """
    kind = pick(rng, tuple(CHORDS))
    root = _root(rng, kind)
    if root is None:
        return None
    notes = chord(root, kind)
    first, second = sample(rng, range(1, len(notes)), 2)
    choices = _others(notes, first), _others(notes, second)
    if not all(choices):
        return None
    one, two = pick(rng, choices[0]), pick(rng, choices[1])
    if pitch_class(one) == pitch_class(two):
        return None
    wrong = [
        listed(tuple(changes.get(at, note) for at, note in enumerate(notes)))
        for changes in ({first: one}, {second: two}, {first: one, second: two})
    ]
    given = {"root": spell(root), "kind": kind, "article": article(kind)}
    return Pick(given, listed(notes), tuple(wrong), " + ".join(CHORDS[kind]))


def holds_notes(evidence: Evidence, option: str) -> bool | None:
    """The option spells the chord."""
    return listed(chord(parse(evidence.given["root"]), evidence.given["kind"])) == option


def draw_member(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The third, fifth or seventh of a chord."""
    kind = pick(rng, tuple(CHORDS))
    root = _root(rng, kind)
    if root is None:
        return None
    notes = chord(root, kind)
    at = int(rng.integers(1, len(notes)))
    near = [n for n in COMMON if (n[0] - notes[at][0]) % 7 in (0, 1, 6)
            and pitch_class(n) != pitch_class(notes[at])]  # fmt: skip
    wrong = like_length(rng, spell(notes[at]), [spell(n) for n in near])
    if wrong is None:
        return None
    member = ("third", "fifth", "seventh")[at - 1]
    given = {"root": spell(root), "kind": kind, "article": article(kind), "member": member}
    return Pick(given, spell(notes[at]), wrong, f"a {CHORDS[kind][at - 1]} above {spell(root)}")


def holds_member(evidence: Evidence, option: str) -> bool | None:
    """The option is that member."""
    at = ("third", "fifth", "seventh").index(evidence.given["member"]) + 1
    return spell(chord(parse(evidence.given["root"]), evidence.given["kind"])[at]) == option


def draw_inversion(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A seventh chord and its lowest note; which inversion. All four occur equally often."""
    kind = pick(rng, SEVENTHS[:4])
    root = _root(rng, kind)
    if root is None:
        return None
    at = int(rng.integers(4))
    notes = chord(root, kind)
    given = {"root": spell(root), "kind": kind, "bass": spell(notes[at])}
    wrong = tuple(text for text in INVERSIONS if text != INVERSIONS[at])
    return Pick(given, INVERSIONS[at], wrong, f"{spell(notes[at])} is note {at + 1} of the chord")


def holds_inversion(evidence: Evidence, option: str) -> bool | None:
    """The bass is the option's note of the chord."""
    notes = chord(parse(evidence.given["root"]), evidence.given["kind"])
    return bool(evidence.given["bass"] == spell(notes[INVERSIONS.index(option)]))


def diatonic(tonic: Note, degree: int) -> str:
    """The triad on a degree (from 0) of a major key: "D minor triad"."""
    notes = scale(tonic, "major")
    triad = tuple(notes[(degree + step) % 7] for step in (0, 2, 4))
    kind = next(kind for kind in TRIADS if chord(triad[0], kind) == triad)
    return f"{spell(triad[0])} {kind.removesuffix(' triad')}"


def draw_roman(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The triad on a degree of a major key."""
    tonic = pick(rng, COMMON)
    if not all(common(note) for note in scale(tonic, "major")):
        return None
    at = int(rng.integers(1, 7))
    key = diatonic(tonic, at)
    root = scale(tonic, "major")[at]
    pool = {diatonic(tonic, other) for other in range(7)}
    pool |= {f"{spell(root)} {kind.removesuffix(' triad')}" for kind in TRIADS[:3]}
    wrong = like_length(rng, key, sorted(pool - {key}))
    if wrong is None:
        return None
    given = {"tonic": spell(tonic), "roman": MAJOR_ROMAN[at]}
    return Pick(given, key, wrong, f"thirds of the scale on degree {at + 1}")


def holds_roman(evidence: Evidence, option: str) -> bool | None:
    """The option is the triad on that degree."""
    at = MAJOR_ROMAN.index(evidence.given["roman"])
    return diatonic(parse(evidence.given["tonic"]), at) == option


def draw_symbol(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The chord symbol for a set of notes, not in root position."""
    suffix = pick(rng, tuple(SYMBOLS))
    root = _root(rng, SYMBOLS[suffix])
    if root is None or suffix in ("aug", "dim7", "m7", "m7b5"):
        return None  # their notes name several chords
    notes = chord(root, SYMBOLS[suffix])
    turned = (*notes[1:], notes[0])
    roots = [root, *(note for note in notes[1:])]
    pool = [
        _symbol(r, s)
        for r in roots
        for s in SYMBOLS
        if (len(chord(r, SYMBOLS[s])) == len(notes)) and (r != root or s != suffix)
        if not _same_sound(chord(r, SYMBOLS[s]), notes)
    ]
    wrong = like_length(rng, _symbol(root, suffix), pool)
    if wrong is None:
        return None
    given = {"notes": listed(turned)}
    return Pick(given, _symbol(root, suffix), wrong, f"root {spell(root)}: {listed(notes)}")


def _symbol(root: Note, suffix: str) -> str:
    return f"{spell(root)} {SYMBOLS[suffix].removesuffix(' triad').removesuffix(' chord')}"


def holds_symbol(evidence: Evidence, option: str) -> bool | None:
    """The option's chord has these notes, in whatever order."""
    notes = {parse(name) for name in evidence.given["notes"].split(", ")}
    for suffix in SYMBOLS:
        for root in COMMON:
            if _symbol(root, suffix) == option:
                return set(chord(root, SYMBOLS[suffix])) == notes
    return None


def draw_dominant(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The dominant seventh chord that resolves to a key."""
    tonic = pick(rng, COMMON)
    mode = pick(rng, ("major", "minor"))
    root = above(tonic, 4, 7)
    signs = abs(fifths(tonic, mode == "minor"))
    if signs > 6 or not all(common(note) for note in chord(root, "dominant seventh chord")):
        return None
    shifts = ((3, 5), (1, 2), (5, 9), (2, 4), (0, 0), (6, 11), (2, 3))
    pool = [above(tonic, *shift) for shift in shifts]
    wrong = like_length(
        rng, f"{spell(root)} dominant seventh",
        [f"{spell(note)} dominant seventh" for note in pool if common(note)],
    )  # fmt: skip
    if wrong is None:
        return None
    given = {"tonic": spell(tonic), "mode": mode}
    why = f"{spell(root)} is the fifth degree of {spell(tonic)} {mode}"
    return Pick(given, f"{spell(root)} dominant seventh", wrong, why)


def holds_dominant(evidence: Evidence, option: str) -> bool | None:
    """The option's root is a fifth above the tonic."""
    root = above(parse(evidence.given["tonic"]), 4, 7)
    return f"{spell(root)} dominant seventh" == option


GENERATORS = (
    Generator(
        "chord-kind",
        HARMONY,
        (
            "What kind of chord is built of the notes {notes}, from the root up?",
            "A pianist plays {notes}, with the first note as root. What chord quality is heard?",
        ),
        draw_kind,
        holds_kind,
    ),
    Generator(
        "chord-notes",
        HARMONY,
        (
            "Which notes form {article} {kind} on {root}?",
            "How is {article} {kind} with the root {root} spelled?",
        ),
        draw_notes,
        holds_notes,
    ),
    Generator(
        "chord-member",
        HARMONY,
        ("Which note is the {member} of {article} {kind} on {root}?",),
        draw_member,
        holds_member,
    ),
    Generator(
        "chord-inversion",
        HARMONY,
        (
            "A {kind} on {root} has {bass} as its lowest note. In which position is it?",
            "The bass plays {bass} under a {kind} on {root}. What is the position of the chord?",
        ),
        draw_inversion,
        holds_inversion,
    ),
    Generator(
        "chord-roman",
        HARMONY,
        (
            "In {tonic} major, which triad is {roman}?",
            "A lead sheet in {tonic} major gives the Roman numeral {roman}. Which triad is meant?",
        ),
        draw_roman,
        holds_roman,
    ),
    Generator(
        "chord-root",
        HARMONY,
        ("From the lowest note up, a chord consists of {notes}. Which chord is it?",),
        draw_symbol,
        holds_symbol,
    ),
    Generator(
        "chord-dominant",
        HARMONY,
        ("Which chord is V7 in the key of {tonic} {mode}?",),
        draw_dominant,
        holds_dominant,
    ),
)
