"""Arithmetic of spelled notes: letters, accidentals, intervals, scales, chords, frequencies.

A note is (letter 0..6 from C, alteration in semitones); music21 confirms every rule in the tests.
"""

from collections.abc import Sequence

Note = tuple[int, int]

LETTERS = "CDEFGAB"
NATURAL = (0, 2, 4, 5, 7, 9, 11)  # semitones of the letters above C
ACCIDENTAL = {-2: " double flat", -1: " flat", 0: "", 1: " sharp", 2: " double sharp"}
A4_HZ, A4_MIDI = 440.0, 69

# Interval name -> (letter steps, semitones).
INTERVALS: dict[str, tuple[int, int]] = {
    "minor second": (1, 1), "major second": (1, 2), "minor third": (2, 3), "major third": (2, 4),
    "perfect fourth": (3, 5), "augmented fourth": (3, 6), "diminished fifth": (4, 6),
    "perfect fifth": (4, 7), "augmented fifth": (4, 8), "minor sixth": (5, 8),
    "major sixth": (5, 9), "diminished seventh": (6, 9), "minor seventh": (6, 10),
    "major seventh": (6, 11), "perfect octave": (7, 12),
}  # fmt: skip

SCALES: dict[str, tuple[int, ...]] = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "natural minor": (0, 2, 3, 5, 7, 8, 10),
    "harmonic minor": (0, 2, 3, 5, 7, 8, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
}

# Chord name -> intervals above the root.
CHORDS: dict[str, tuple[str, ...]] = {
    "major triad": ("major third", "perfect fifth"),
    "minor triad": ("minor third", "perfect fifth"),
    "diminished triad": ("minor third", "diminished fifth"),
    "augmented triad": ("major third", "augmented fifth"),
    "dominant seventh chord": ("major third", "perfect fifth", "minor seventh"),
    "major seventh chord": ("major third", "perfect fifth", "major seventh"),
    "minor seventh chord": ("minor third", "perfect fifth", "minor seventh"),
    "half-diminished seventh chord": ("minor third", "diminished fifth", "minor seventh"),
    "fully diminished seventh chord": ("minor third", "diminished fifth", "diminished seventh"),
}

DEGREES = (
    "tonic", "supertonic", "mediant", "subdominant", "dominant", "submediant", "leading note",
)  # fmt: skip


def parse(name: str) -> Note:
    """ "E flat" -> (2, -1). Raises KeyError or ValueError on anything else."""
    letter, _, rest = name.partition(" ")
    alter = {text.strip(): value for value, text in ACCIDENTAL.items()}[rest]
    return LETTERS.index(letter), alter


def spell(note: Note) -> str:
    """(2, -1) -> "E flat"."""
    return LETTERS[note[0]] + ACCIDENTAL[note[1]]


def pitch_class(note: Note) -> int:
    """Semitones above C, 0 to 11."""
    return (NATURAL[note[0]] + note[1]) % 12


def above(note: Note, steps: int, semitones: int) -> Note:
    """The note so many letters and semitones above `note`."""
    octaves, letter = divmod(note[0] + steps, 7)
    natural = NATURAL[letter] + 12 * octaves - NATURAL[note[0]]
    return letter, note[1] + semitones - natural


def between(low: Note, high: Note) -> str | None:
    """The name of the ascending interval within an octave, or None when it has none here."""
    steps = (high[0] - low[0]) % 7
    natural = (NATURAL[high[0]] - NATURAL[low[0]]) % 12
    found = (steps, natural + high[1] - low[1])
    return next((name for name, shape in INTERVALS.items() if shape == found), None)


def scale(tonic: Note, kind: str) -> tuple[Note, ...]:
    """The seven notes of a scale, one per letter."""
    return tuple(above(tonic, step, size) for step, size in enumerate(SCALES[kind]))


def chord(root: Note, kind: str) -> tuple[Note, ...]:
    """The notes of a chord from the root up."""
    return (root, *(above(root, *INTERVALS[name]) for name in CHORDS[kind]))


def plain(notes: Sequence[Note], most: int = 1) -> bool:
    """Whether no note needs more than `most` accidentals, nor the rare C flat and kin."""
    return all(abs(alter) <= most for _, alter in notes)


def common(note: Note) -> bool:
    """Whether a note is natural or a usual black key, not E sharp, B sharp, C flat or F flat."""
    return abs(note[1]) <= 1 and note not in ((2, 1), (6, 1), (0, -1), (3, -1))


COMMON = tuple((letter, alter) for letter in range(7) for alter in (-1, 0, 1)
               if common((letter, alter)))  # fmt: skip


def fifths(tonic: Note, minor: bool = False) -> int:
    """Sharps (positive) or flats (negative) of a key signature."""
    position = {0: 0, 1: 2, 2: 4, 3: -1, 4: 1, 5: 3, 6: 5}[tonic[0]] + 7 * tonic[1]
    return position - 3 * minor


def midi_hz(number: float) -> float:
    """Frequency of a MIDI note number in equal temperament, A4 = 440 Hz."""
    return float(A4_HZ * 2 ** ((number - A4_MIDI) / 12))


def midi(note: Note, octave: int) -> int:
    """MIDI number of a note in scientific octaves (C4 = middle C = 60)."""
    return 12 * (octave + 1) + NATURAL[note[0]] + note[1]


def article(name: str) -> str:
    """ "an" before a vowel letter, else "a"."""
    return "an" if name[0] in "aeiou" else "a"


def with_article(name: str) -> str:
    """ "an augmented fourth", "a minor third"."""
    return f"{article(name)} {name}"
