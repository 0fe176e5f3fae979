"""Speech Rate and Intonation: arithmetic of words in time and of fundamental frequency."""

from math import log2
from typing import Any

from echoic.curation.computed.base import Evidence, Generator, Pick, Rng, pick, sample
from echoic.curation.computed.numeric import Unit, numeric, ratios, spread, steps
from echoic.curation.lexicon import Lexicon

RATE = "Speech Rate"
INTONATION = "Intonation"
CONTOURS = ("A plain fall", "A plain rise", "A fall-rise (dip)", "A rise-fall (peak)")


def semitones(low_hz: float, high_hz: float) -> float:
    """Distance in semitones, positive upward: 12 log2 of the ratio."""
    return 12 * log2(high_hz / low_hz)


def contour(first: float, middle: float, last: float) -> str | None:
    """The nuclear tone of three pitch values; None when a step is under two semitones."""
    moves = (semitones(first, middle), semitones(middle, last))
    if min(map(abs, moves)) < 2:
        return None
    names = {(False, False): 0, (True, True): 1, (False, True): 2, (True, False): 3}
    return CONTOURS[names[moves[0] > 0, moves[1] > 0]]


def draw_contour(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """Three pitch values on the last stressed syllable."""
    tone = pick(rng, CONTOURS)
    values = [int(5 * round(spread(rng, 90, 320, 1) / 5)) for _ in range(3)]
    if contour(*values) != tone or max(values) > 2 * min(values):
        return None
    given = dict(zip(("first", "middle", "last"), values, strict=True))
    wrong = tuple(other for other in CONTOURS if other != tone)
    return Pick(given, tone, wrong, "the signs of the two steps between the values")


def holds_contour(evidence: Evidence, option: str) -> bool | None:
    """The option names the movement."""
    given = evidence.given
    tone = contour(given["first"], given["middle"], given["last"])
    return None if tone is None else tone == option


def _paused(rng: Rng) -> dict[str, float]:
    total = int(rng.integers(10, 41))
    pauses = int(rng.integers(2, max(3, total // 3)))
    syllables = int((2.5 + 4.5 * rng.random()) * (total - pauses))
    return {"syllables": syllables, "total": total, "pauses": pauses}


def _played(rng: Rng) -> dict[str, float] | None:
    seconds, speed = 15 * int(rng.integers(4, 41)), pick(rng, (0.5, 0.75, 0.8, 1.25, 1.5, 2))
    whole = (seconds / speed).is_integer()
    return {"seconds": seconds, "speed": speed} if whole else None


def _two_pitches(rng: Rng) -> dict[str, float] | None:
    low, high = sorted(10 * int(v) for v in sample(rng, range(8, 36), 2))
    away = abs(semitones(low, high) % 1 - 0.5)  # no key near the edge between two numbers
    return {"low": low, "high": high} if 1.1 < high / low < 2.6 and away > 0.15 else None


def _words(rng: Rng) -> dict[str, Any] | None:
    words = int(rng.integers(20, 130))
    seconds = pick(rng, (12, 15, 18, 20, 24, 25, 30, 36, 40, 45, 48, 50))
    half = words * 120 % (2 * seconds) == seconds  # would round either way
    return None if half else {"words": words, "seconds": seconds}


GENERATORS = (
    numeric(
        "rate-words",
        RATE,
        (
            "A speaker utters {words} words in {seconds} seconds. What is the speech rate, "
            "rounded to words per minute?",
            "A recording of {seconds} seconds contains {words} spoken words. About how fast is "
            "the speaker on average?",
        ),
        given=_words,
        solve=lambda g: g["words"] * 60 / g["seconds"],
        show=Unit("words per minute"),
        formula="60 * {words} / {seconds}",
        mistakes={
            "words times seconds over 60": lambda g: g["words"] * g["seconds"] / 60,
            "words per 30 s": lambda g: g["words"] * 30 / g["seconds"],
            "a minute of 100 s": lambda g: g["words"] * 100 / g["seconds"],
            "the number of words": lambda g: g["words"],
        },
        low=60,
        high=330,
    ),
    numeric(
        "rate-articulation",
        RATE,
        (
            "In {total} seconds of speech, {pauses} seconds of which are silent pauses, a speaker "
            "produces {syllables} syllables. What is the articulation rate (pauses left out)?",
            "A talker says {syllables} syllables in {total} seconds, including {pauses} seconds of "
            "pauses. What is the articulation rate, which counts speaking time only?",
        ),
        given=_paused,
        solve=lambda g: g["syllables"] / (g["total"] - g["pauses"]),
        show=Unit("syllables per second", 1),
        formula="{syllables} / ({total} - {pauses})",
        mistakes={
            "pauses included": lambda g: g["syllables"] / g["total"],
            "pauses added": lambda g: g["syllables"] / (g["total"] + g["pauses"]),
            "pauses subtracted twice": lambda g: (
                g["syllables"] / max(1, g["total"] - 2 * g["pauses"])
            ),
        },
        low=1.2,
        high=12,
    ),
    numeric(
        "rate-duration",
        RATE,
        (
            "About how long does it take to read {words} words aloud at {rate} words per minute?",
            "A narrator speaks at {rate} words per minute. About how long is a recording of a text "
            "of {words} words?",
        ),
        given=lambda rng: {
            "words": 50 * int(rng.integers(6, 40)),
            "rate": 10 * int(rng.integers(11, 22)),
        },
        solve=lambda g: g["words"] / g["rate"],
        show=Unit("minutes", 1),
        formula="{words} / {rate}",
        mistakes={
            "a rate of 100": lambda g: g["words"] / 100,
            "a rate of 60": lambda g: g["words"] / 60,
        },
        low=0.7,
    ),
    numeric(
        "rate-speedup",
        RATE,
        (
            "A recording of {seconds} seconds is played at {speed} times its speed. How long does "
            "it last?",
            "A listener plays {seconds} seconds of speech at {speed}x. How many seconds pass?",
        ),
        given=_played,
        solve=lambda g: g["seconds"] / g["speed"],
        show=Unit("seconds"),
        formula="{seconds} / {speed}",
        mistakes={
            "multiplied": lambda g: g["seconds"] * g["speed"],
            "the change taken as a share of the time": lambda g: g["seconds"] * (2 - g["speed"]),
            "the change added": lambda g: g["seconds"] * (1 + abs(g["speed"] - 1)),
        },
        low=10,
    ),
    numeric(
        "intonation-fall",
        INTONATION,
        (
            "At the end of a statement a speaker's pitch falls from {high} Hz to {low} Hz. About "
            "how many semitones is that?",
            "A final fall in pitch goes from {high} Hz down to {low} Hz. How large is it in "
            "semitones, to the nearest whole number?",
        ),
        given=_two_pitches,
        solve=lambda g: semitones(g["low"], g["high"]),
        show=Unit("semitones"),
        formula="12 log2({high} / {low})",
        filler=steps(2, 3, 4, 5, 6, 7),
        gap=2,
        low=1.5,
    ),
    numeric(
        "intonation-rise",
        INTONATION,
        (
            "A yes-no question ends with a rise of {steps} semitones that starts at {start} Hz. "
            "Which frequency does the pitch reach, approximately?",
            "A speaker's fundamental frequency rises by {steps} semitones from {start} Hz at the "
            "end of a question. At about which frequency does it end?",
        ),
        given=lambda rng: {
            "steps": int(rng.integers(2, 13)),
            "start": 10 * int(rng.integers(9, 26)),
        },
        solve=lambda g: g["start"] * 2 ** (g["steps"] / 12),
        show=Unit("Hz"),
        formula="{start} * 2^({steps}/12)",
        mistakes={
            "downward": lambda g: g["start"] / 2 ** (g["steps"] / 12),
            "whole tones": lambda g: g["start"] * 2 ** (g["steps"] / 6),
            "10 Hz for each semitone": lambda g: g["start"] + 10 * g["steps"],
            "a tenth for each semitone": lambda g: g["start"] * (1 + g["steps"] / 10),
            "half the steps": lambda g: g["start"] * 2 ** (g["steps"] / 24),
        },
        filler=ratios(*(2 ** (size / 12) for size in (2, 3, 4, 5))),
        ratio=1.08,
    ),
    numeric(
        "intonation-range",
        INTONATION,
        (
            "Over an utterance the fundamental frequency of a voice varies between {low} Hz and "
            "{high} Hz. About how wide is its pitch range?",
            "A pitch track has its minimum at {low} Hz and its maximum at {high} Hz. What is the "
            "range in semitones, to the nearest whole number?",
        ),
        given=_two_pitches,
        solve=lambda g: semitones(g["low"], g["high"]),
        show=Unit("semitones"),
        formula="12 log2({high} / {low})",
        filler=steps(2, 3, 4, 5, 6, 7),
        gap=2,
        low=1.5,
    ),
    Generator(
        "intonation-contour",
        INTONATION,
        (
            "On the last stressed syllable of a phrase the pitch goes from {first} Hz through "
            "{middle} Hz to {last} Hz. What kind of nuclear tone is this?",
            "A phonetician measures {first} Hz at the beginning, {middle} Hz in the middle and "
            "{last} Hz at the end of a phrase-final syllable. Which movement is it?",
        ),
        draw_contour,
        holds_contour,
    ),
)
