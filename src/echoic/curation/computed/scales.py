"""Scales & Modes: notes, steps and parents of seven-note scales, pentatonic and symmetric ones."""

from itertools import pairwise

from echoic.curation.computed.base import Evidence, Generator, Pick, Rng, like_length, others, pick
from echoic.curation.computed.notes import (
    COMMON,
    SCALES,
    Note,
    common,
    parse,
    pitch_class,
    scale,
    spell,
)
from echoic.curation.lexicon import Lexicon

SCALE = "Scales & Modes"
MODES = ("dorian", "phrygian", "lydian", "mixolydian", "locrian")
TITLES = {name: name.title() if name in MODES else name for name in SCALES}
ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh")
DEGREE_OF = {"dorian": 1, "phrygian": 2, "lydian": 3, "mixolydian": 4, "locrian": 6}

# Scales of other sizes: semitones above the tonic.
OTHERS = {
    "major pentatonic": (0, 2, 4, 7, 9), "minor pentatonic": (0, 3, 5, 7, 10),
    "minor blues": (0, 3, 5, 6, 7, 10), "whole-tone": (0, 2, 4, 6, 8, 10),
    "chromatic": tuple(range(12)), "octatonic (diminished)": (0, 2, 3, 5, 6, 8, 9, 11),
    "major": SCALES["major"], "natural minor": SCALES["natural minor"],
}  # fmt: skip


def _readable(notes: tuple[Note, ...]) -> bool:
    return all(common(note) for note in notes)


def draw_degree(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The nth note of a scale; neighbours and the same letter altered as distractors."""
    kind = pick(rng, sorted(SCALES))
    tonic = pick(rng, COMMON)
    notes = scale(tonic, kind)
    if not _readable(notes):
        return None
    at = int(rng.integers(1, 7))
    letter, alter = notes[at]
    near = [(letter, a) for a in (-1, 0, 1) if a != alter and common((letter, a))]
    near += [notes[at - 1], notes[(at + 1) % 7]]
    near += [note for note in COMMON if (note[0] - letter) % 7 in (1, 6)]
    pool = {spell(n) for n in near if pitch_class(n) != pitch_class(notes[at])}
    wrong = like_length(rng, spell(notes[at]), sorted(pool))
    if wrong is None:
        return None
    given = {"tonic": spell(tonic), "kind": TITLES[kind], "degree": ORDINALS[at]}
    why = f"{SCALES[kind][at]} semitones above {spell(tonic)}"
    return Pick(given, spell(notes[at]), wrong, why)


def holds_degree(evidence: Evidence, option: str) -> bool | None:
    """The option is that degree of the scale."""
    kind = next(name for name, title in TITLES.items() if title == evidence.given["kind"])
    notes = scale(parse(evidence.given["tonic"]), kind)
    return spell(notes[ORDINALS.index(evidence.given["degree"])]) == option


def draw_mode(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The major scale with the same notes as a mode."""
    mode = pick(rng, MODES)
    tonic = pick(rng, COMMON)
    notes = scale(tonic, mode)
    if not _readable(notes):
        return None
    parent = notes[-DEGREE_OF[mode]]
    key = f"{spell(parent)} major"
    near = [note for note in notes if note != parent]
    wrong = like_length(rng, key, [f"{spell(n)} major" for n in near])
    if wrong is None:
        return None
    given = {"tonic": spell(tonic), "mode": TITLES[mode]}
    return Pick(given, key, wrong, f"{TITLES[mode]} begins on degree {DEGREE_OF[mode] + 1}")


def holds_mode(evidence: Evidence, option: str) -> bool | None:
    """The option has the same notes."""
    mode = evidence.given["mode"].lower()
    mine = set(scale(parse(evidence.given["tonic"]), mode))
    return set(scale(parse(option.removesuffix(" major")), "major")) == mine


def draw_mode_name(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The mode that results from starting a major scale on another degree."""
    mode = pick(rng, MODES)
    tonic = pick(rng, COMMON)
    notes = scale(tonic, "major")
    if not _readable(notes):
        return None
    given = {"major": spell(tonic), "start": spell(notes[DEGREE_OF[mode]])}
    wrong = tuple(TITLES[name] for name in others(rng, MODES, mode))
    why = f"degree {DEGREE_OF[mode] + 1} of {spell(tonic)} major"
    return Pick(given, TITLES[mode], wrong, why)


def holds_mode_name(evidence: Evidence, option: str) -> bool | None:
    """The option is the mode on that note."""
    start = parse(evidence.given["start"])
    mine = set(scale(parse(evidence.given["major"]), "major"))
    return set(scale(start, option.lower())) == mine


def steps(kind: str) -> str:
    """The seven steps of a scale: "W W H W W W H" (A: three semitones)."""
    sizes = [*SCALES[kind], 12]
    marks = {1: "H", 2: "W", 3: "A"}
    return " ".join(marks[b - a] for a, b in pairwise(sizes))


def draw_steps(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The scale with a given series of steps."""
    kind = pick(rng, [name for name in SCALES if name != "harmonic minor"])
    wrong = others(rng, [name for name in SCALES if name != "harmonic minor"], kind)
    given = {"steps": steps(kind)}
    return Pick(given, TITLES[kind], tuple(TITLES[name] for name in wrong), "the steps in order")


def holds_steps(evidence: Evidence, option: str) -> bool | None:
    """The option has these steps."""
    kind = next(name for name, title in TITLES.items() if title == option)
    return bool(steps(kind) == evidence.given["steps"])


def altered(kind: str, model: str) -> list[int] | None:
    """The degrees (from 0) in which a scale differs from another."""
    pairs = zip(SCALES[kind], SCALES[model], strict=True)
    return [at for at, (a, b) in enumerate(pairs) if a != b]


_ALTERED = {
    f"a {'raised' if up else 'lowered'} {ORDINALS[at]} degree": (at, 1 if up else -1)
    for at in range(1, 7)
    for up in (False, True)
}


def draw_altered(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """What makes a mode differ from major or natural minor."""
    kind, model = pick(rng, (
        ("lydian", "major"), ("mixolydian", "major"), ("dorian", "natural minor"),
        ("phrygian", "natural minor"), ("harmonic minor", "natural minor"),
    ))  # fmt: skip
    key = next(text for text in _ALTERED if _differs(kind, model, text))
    wrong = like_length(rng, key, [text for text in _ALTERED if text != key])
    assert wrong is not None
    return Pick({"kind": TITLES[kind], "model": model}, key, wrong, "the steps compared")


def _differs(kind: str, model: str, text: str) -> bool:
    at, shift = _ALTERED[text]
    return altered(kind, model) == [at] and SCALES[kind][at] - SCALES[model][at] == shift


def holds_altered(evidence: Evidence, option: str) -> bool | None:
    """The option is the only difference."""
    kind = next(name for name, title in TITLES.items() if title == evidence.given["kind"])
    return _differs(kind, evidence.given["model"], option)


def draw_size(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """Which scale has these notes above its tonic, in semitones."""
    kind = pick(rng, sorted(OTHERS))
    wrong = others(rng, sorted(OTHERS), kind)
    spelled = ", ".join(map(str, OTHERS[kind]))
    return Pick({"sizes": spelled}, kind, wrong, "the notes in semitones above the tonic")


def holds_size(evidence: Evidence, option: str) -> bool | None:
    """The option has these notes."""
    return bool(", ".join(map(str, OTHERS[option])) == evidence.given["sizes"])


def draw_member(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The note that belongs to a pentatonic or seven-note scale."""
    kind = pick(rng, ("major", "natural minor", "harmonic minor", *MODES))
    tonic = pick(rng, COMMON)
    notes = scale(tonic, kind)
    if not _readable(notes):
        return None
    inside = {pitch_class(note) for note in notes}
    key = spell(pick(rng, notes[1:]))
    outside = [spell(note) for note in COMMON if pitch_class(note) not in inside]
    wrong = like_length(rng, key, outside)
    if wrong is None:
        return None
    given = {"tonic": spell(tonic), "kind": TITLES[kind]}
    return Pick(given, key, wrong, ", ".join(map(spell, notes)))


def holds_member(evidence: Evidence, option: str) -> bool | None:
    """The option is a note of the scale; None for another spelling of one."""
    kind = next(name for name, title in TITLES.items() if title == evidence.given["kind"])
    notes = scale(parse(evidence.given["tonic"]), kind)
    if parse(option) in notes:
        return True
    inside = {pitch_class(note) for note in notes}
    return None if pitch_class(parse(option)) in inside else False


GENERATORS = (
    Generator(
        "scale-degree",
        SCALE,
        (
            "What is the {degree} note of the {tonic} {kind} scale?",
            "Counting upward from the tonic, which note is the {degree} degree of {tonic} {kind}?",
        ),
        draw_degree,
        holds_degree,
    ),
    Generator(
        "scale-parent",
        SCALE,
        (
            "Which major scale has the same notes as {tonic} {mode}?",
            "{tonic} {mode} is a mode of which major scale?",
        ),
        draw_mode,
        holds_mode,
    ),
    Generator(
        "scale-mode",
        SCALE,
        (
            "Playing the notes of {major} major from {start} to {start} gives which mode?",
            "A tune uses only the notes of {major} major but has {start} as its tonic. In which "
            "mode is it?",
        ),
        draw_mode_name,
        holds_mode_name,
    ),
    Generator(
        "scale-steps",
        SCALE,
        ("Which scale ascends in the steps {steps} (W: whole step, H: half step)?",),
        draw_steps,
        holds_steps,
    ),
    Generator(
        "scale-altered",
        SCALE,
        ("What distinguishes the {kind} scale from the {model} scale on the same tonic?",),
        draw_altered,
        holds_altered,
    ),
    Generator(
        "scale-sizes",
        SCALE,
        ("Which scale consists of the notes {sizes} (in semitones above the tonic)?",),
        draw_size,
        holds_size,
    ),
    Generator(
        "scale-member",
        SCALE,
        (
            "Which of these notes belongs to the {tonic} {kind} scale?",
            "A soloist improvises strictly within {tonic} {kind}. Which of these notes may be "
            "played?",
        ),
        draw_member,
        holds_member,
    ),
)
