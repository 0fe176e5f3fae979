"""Melodies: note sequences of a given contour, mode and register, parted between the splits."""

import hashlib
from collections.abc import Sequence

import numpy as np

from echoic.world.soundfont import Note

SCALES = {"major": (0, 2, 4, 5, 7, 9, 11), "minor": (0, 2, 3, 5, 7, 8, 10)}
TEST_SHARE = 6  # one note sequence in six belongs to the test split
CHORD_DEGREES = (0, 2, 4)
CHORD_BASE_KEY = 54  # chords lie within an octave above, whatever the melody's register


def split_of(keys: Sequence[int]) -> str:
    """The split that a note sequence belongs to, by its hash: the two can share none."""
    number = int.from_bytes(hashlib.sha256(bytes(keys)).digest()[:4])
    return "test" if number % TEST_SHARE == 0 else "train"


def degree_key(root: int, mode: str, degree: int) -> int:
    """The MIDI key of a scale degree (0 is the root, 7 the octave, negative below)."""
    octave, step = divmod(degree, 7)
    return root + 12 * octave + SCALES[mode][step]


def melody(
    split: str, contour: str, mode: str, centre: int, count: int, rng: np.random.Generator
) -> tuple[int, tuple[int, ...]]:
    """A root and `count` MIDI keys around `centre`, redrawn until they belong to `split`."""
    while True:
        root, keys = _draw(contour, mode, centre, count, rng)
        if split_of(keys) == split:
            return root, keys


def _draw(
    contour: str, mode: str, centre: int, count: int, rng: np.random.Generator
) -> tuple[int, tuple[int, ...]]:
    root = centre - 8 + int(rng.integers(-2, 4))
    span = int(rng.integers(8, 11))
    t = np.linspace(0.0, 1.0, count)
    height = {
        "rising": t,
        "falling": 1 - t,
        "up then down": 1 - np.abs(2 * t - 1),
        "down then up": np.abs(2 * t - 1),
    }[contour]
    degrees = np.rint(height * span).astype(int)
    # Inner notes may step aside, so that few melodies are bare scales.
    aside = rng.choice([-1, 0, 0, 1], size=count)
    aside[[0, count // 2, -1]] = 0
    return root, tuple(degree_key(root, mode, int(d)) for d in degrees + aside)


def melody_notes(keys: Sequence[int], program: int, step_s: float) -> list[Note]:
    """The keys one after the other, each held until just before the next."""
    return [Note(i * step_s, step_s * 0.92, program, key) for i, key in enumerate(keys)]


def chord_notes(root: int, mode: str, program: int, seconds: float) -> list[Note]:
    """The tonic triad, softly, at the beginning and again at half time: it tells the mode."""
    base = CHORD_BASE_KEY + (root - CHORD_BASE_KEY) % 12
    keys = [degree_key(base, mode, degree) for degree in CHORD_DEGREES]
    half = seconds / 2
    return [Note(at, half * 0.95, program, key, 0.35) for at in (0.0, half) for key in keys]
