"""Own note arithmetic against music21, and facts that every player knows."""

import itertools

import pytest
from music21 import chord, instrument, interval, key, pitch, scale

from echoic.curation.computed import metre, notes, scales
from echoic.curation.computed.decibels import EXACT_HZ, a_weighting, total
from echoic.curation.computed.instruments import SOUNDING
from echoic.curation.computed.sampling import alias_hz
from echoic.curation.computed.speech import contour, semitones

SIGNS = {-2: "--", -1: "-", 0: "", 1: "#", 2: "##"}
SHORT = {"minor": "m", "major": "M", "perfect": "P", "augmented": "A", "diminished": "d"}
NUMBERS = ("unison", "second", "third", "fourth", "fifth", "sixth", "seventh", "octave")
EVERY = tuple(itertools.product(range(7), (-1, 0, 1)))


def theirs(note: notes.Note) -> str:
    return notes.LETTERS[note[0]] + SIGNS[note[1]]


def short(name: str) -> str:
    quality, number = name.split()
    return f"{SHORT[quality]}{NUMBERS.index(number) + 1}"


@pytest.mark.parametrize("name", notes.INTERVALS)
def test_intervals_are_music21s(name: str) -> None:
    for note in EVERY:
        upper = interval.Interval(short(name)).transposePitch(pitch.Pitch(theirs(note) + "4"))
        mine = notes.above(note, *notes.INTERVALS[name])
        if abs(mine[1]) <= 2:
            assert theirs(mine) == upper.name
            if name != "perfect octave":
                assert notes.between(note, mine) == name


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("major", scale.MajorScale),
        ("natural minor", scale.MinorScale),
        ("harmonic minor", scale.HarmonicMinorScale),
        ("dorian", scale.DorianScale),
        ("phrygian", scale.PhrygianScale),
        ("lydian", scale.LydianScale),
        ("mixolydian", scale.MixolydianScale),
        ("locrian", scale.LocrianScale),
    ],
)
def test_scales_are_music21s(kind: str, cls: type[scale.ConcreteScale]) -> None:
    for tonic in notes.COMMON:
        mine = [theirs(note) for note in notes.scale(tonic, kind) if abs(note[1]) <= 2]
        upward = [
            p.name for p in cls(theirs(tonic)).getPitches(direction=scale.Direction.ASCENDING)
        ]
        assert mine == upward[: len(mine)] or len(mine) < 7


@pytest.mark.parametrize(
    ("kind", "told"),
    [
        ("major triad", "major triad"),
        ("minor triad", "minor triad"),
        ("diminished triad", "diminished triad"),
        ("augmented triad", "augmented triad"),
        ("dominant seventh chord", "dominant seventh chord"),
        ("major seventh chord", "major seventh chord"),
        ("minor seventh chord", "minor seventh chord"),
        ("half-diminished seventh chord", "half-diminished seventh chord"),
        ("fully diminished seventh chord", "diminished seventh chord"),
    ],
)
def test_chords_are_music21s(kind: str, told: str) -> None:
    for root in ((0, 0), (3, 1), (4, -1)):
        made = notes.chord(root, kind)
        if all(abs(alter) <= 2 for _, alter in made):
            found = chord.Chord([theirs(note) for note in made]).commonName
            assert found == told


def test_key_signatures_are_music21s() -> None:
    for tonic in notes.COMMON:
        for mode in ("major", "minor"):
            sharps = key.Key(theirs(tonic), mode).sharps
            assert notes.fifths(tonic, mode == "minor") == sharps


def test_frequencies_and_midi_numbers_are_music21s() -> None:
    for note, octave in itertools.product(notes.COMMON, range(2, 7)):
        made = pitch.Pitch(f"{theirs(note)}{octave}")
        assert notes.midi(note, octave) == made.midi
        assert notes.midi_hz(made.midi) == pytest.approx(made.frequency)


@pytest.mark.parametrize(
    ("name", "cls"),
    [
        ("B flat clarinet", instrument.Clarinet),
        ("B flat trumpet", instrument.Trumpet),
        ("alto saxophone in E flat", instrument.AltoSaxophone),
        ("soprano saxophone in B flat", instrument.SopranoSaxophone),
        ("horn in F", instrument.Horn),
        ("cor anglais", instrument.EnglishHorn),
    ],
)
def test_transpositions_are_music21s(name: str, cls: type[instrument.Instrument]) -> None:
    moved = cls().transposition
    assert moved is not None
    assert SOUNDING[name][1] == -moved.semitones


def test_names_survive_writing_and_reading() -> None:
    assert notes.spell((2, -1)) == "E flat"
    assert all(notes.parse(notes.spell(note)) == note for note in EVERY)


def test_d_dorian_has_the_steps_that_its_name_promises() -> None:
    assert scales.steps("dorian") == "W H W W W H W"
    assert scales.altered("lydian", "major") == [3]


def test_nine_eight_is_compound_triple() -> None:
    assert metre.classify("9/8") == "compound triple"
    assert metre.classify("2/2") == "simple duple"


def test_the_a_curve_is_that_of_the_standard() -> None:
    table = {63: -26.2, 125: -16.1, 250: -8.6, 500: -3.2, 1000: 0.0, 2000: 1.2, 4000: 1.0,
             8000: -1.1}  # fmt: skip
    for band, gain in table.items():
        assert a_weighting(EXACT_HZ[band]) == pytest.approx(gain, abs=0.05)


def test_two_equal_sources_are_three_decibels_more() -> None:
    assert total(60, 60) == pytest.approx(63.01, abs=0.01)


def test_a_tone_folds_at_half_the_rate() -> None:
    assert alias_hz(5_000, 8_000) == 3_000
    assert alias_hz(17_100, 15_000) == 2_100


def test_an_octave_is_twelve_semitones_and_contours_have_names() -> None:
    assert semitones(110, 220) == pytest.approx(12)
    assert contour(200, 150, 100) == "A plain fall"
    assert contour(100, 150, 100) == "A rise-fall (peak)"
    assert contour(100, 103, 150) is None
