"""Syllable & Stress: counting syllables and finding the stressed one.

A word is asked about only when every reading of every source gives it the same number of
syllables and the same stress, and when it has no sequence that speakers often shorten or stretch
(fire, family, rhythm, serious).
"""

from collections import defaultdict
from functools import cache

from echoic.curation.computed.base import Evidence, Generator, Pick, Rng, like_length, pick
from echoic.curation.lexicon import (
    Entry,
    Lexicon,
    Reading,
    any_american,
    any_british,
    is_vowel,
    stressed_syllable,
    vowel_spots,
)

SYLLABLE = "Syllable & Stress"
COUNTS = ("Two", "Three", "Four", "Five")
PLACES = ("The first", "The second", "The third", "The fourth")
ORDINALS = ("first", "second", "third")
_GLIDING = ("AY", "AW", "OY", "IY", "EY", "OW", "UW")


def elastic(reading: Reading) -> bool:
    """Whether speakers disagree about the number of syllables in a reading."""
    for at, phone in enumerate(reading[:-1]):
        follow = reading[at + 1]
        after = reading[at + 2] if at + 2 < len(reading) else ""
        glide = phone.rstrip("01") in _GLIDING
        if glide and (follow in ("R", "L") or is_vowel(follow)):
            return True
        if phone == "ER0" and is_vowel(follow):
            return True
        if phone == "AH0" and follow in ("L", "N", "R") and after.endswith("0"):
            return True
        if phone in ("Z", "TH", "DH", "S") and (follow, after) == ("AH0", "M"):
            return True
    return False


def shape(entry: Entry) -> tuple[int, int] | None:
    """(syllables, stressed syllable from 1) of a word; None where sources or speakers differ."""
    readings = any_american(entry)
    if any(elastic(reading) for reading in readings):
        return None
    shapes = {(len(vowel_spots(r)), stressed_syllable(r)) for r in readings | any_british(entry)}
    marks = {sum(p.endswith("1") for p in r) for r in readings | any_british(entry)}
    return next(iter(shapes)) if len(shapes) == 1 and marks == {1} else None


@cache
def by_shape(lexicon: Lexicon) -> dict[tuple[int, int], tuple[str, ...]]:
    """Words by (syllables, stressed syllable)."""
    groups: dict[tuple[int, int], list[str]] = defaultdict(list)
    for word in lexicon.words:
        found = shape(lexicon[word])
        if found:
            groups[found].append(word)
    return {key: tuple(words) for key, words in groups.items()}


def _counted(lexicon: Lexicon, syllables: int) -> list[str]:
    return [w for (n, _), words in by_shape(lexicon).items() if n == syllables for w in words]


def draw_count(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A word of two to five syllables; short words of many and long words of few preferred."""
    at = int(rng.integers(len(COUNTS)))
    words = sorted(_counted(lexicon, at + 2), key=len)
    half = words[: len(words) // 2] if rng.random() < 0.5 else words[len(words) // 2 :]
    word = pick(rng, half)
    wrong = tuple(text for text in COUNTS if text != COUNTS[at])
    return Pick({"word": word}, COUNTS[at], wrong, f"{at + 2} vowels in every reading", (word,))


def holds_count(evidence: Evidence, option: str) -> bool | None:
    """The option is the number of syllables."""
    found = shape(evidence.readings[evidence.given["word"]])
    return None if found is None else found[0] == COUNTS.index(option) + 2


def draw_which(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The one word of n syllables among words of like length with more or fewer."""
    count = int(rng.integers(2, 5))
    key = pick(rng, _counted(lexicon, count))
    near = [
        word
        for other in (count - 1, count + 1)
        for word in _counted(lexicon, other)
        if abs(len(word) - len(key)) <= 1
    ]
    wrong = like_length(rng, key, near)
    if wrong is None:
        return None
    given = {"count": COUNTS[count - 2].lower()}
    return Pick(given, key, wrong, f"{count} vowels in every reading", (key, *wrong))


def holds_which(evidence: Evidence, option: str) -> bool | None:
    """The option has the asked number of syllables."""
    found = shape(evidence.readings[option])
    wanted = [text.lower() for text in COUNTS].index(evidence.given["count"]) + 2
    return None if found is None else found[0] == wanted


def draw_place(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A word of four or five syllables, each stressed syllable equally often."""
    at = int(rng.integers(len(PLACES)))
    pool = [
        word
        for (count, stressed), words in by_shape(lexicon).items()
        if stressed == at + 1 and 4 <= count <= 6
        for word in words
    ]
    word = pick(rng, pool)
    wrong = tuple(text for text in PLACES if text != PLACES[at])
    why = f"primary stress on syllable {at + 1} in every reading"
    return Pick({"word": word}, PLACES[at], wrong, why, (word,))


def holds_place(evidence: Evidence, option: str) -> bool | None:
    """The option is the stressed syllable."""
    found = shape(evidence.readings[evidence.given["word"]])
    return None if found is None else found[1] == PLACES.index(option) + 1


def _draw_stress(rng: Rng, lexicon: Lexicon, syllables: int, labels: dict[int, str]) -> Pick | None:
    stressed = pick(rng, sorted(labels))
    key = pick(rng, by_shape(lexicon)[syllables, stressed])
    near = [
        word
        for other in labels
        if other != stressed
        for word in by_shape(lexicon)[syllables, other]
        if abs(len(word) - len(key)) <= 2
    ]
    wrong = like_length(rng, key, near)
    if wrong is None:
        return None
    why = f"primary stress on syllable {stressed} of {syllables} in every reading"
    return Pick({"label": labels[stressed]}, key, wrong, why, (key, *wrong))


def draw_stressed(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A word of two to four syllables stressed on the asked one."""
    syllables = int(rng.integers(2, 5))
    return _draw_stress(rng, lexicon, syllables, dict(enumerate(ORDINALS[: min(syllables, 3)], 1)))


def holds_stressed(evidence: Evidence, option: str) -> bool | None:
    """The option is stressed on the asked syllable."""
    found = shape(evidence.readings[option])
    return None if found is None else found[1] == ORDINALS.index(evidence.given["label"]) + 1


GENERATORS = (
    Generator(
        "syllable-count",
        SYLLABLE,
        (
            "How many syllables does the word “{word}” have?",
            "Someone claps once for each syllable of “{word}”. How many claps are there?",
        ),
        draw_count,
        holds_count,
    ),
    Generator(
        "syllable-which",
        SYLLABLE,
        (
            "Which of these words has exactly {count} syllables?",
            "A line of verse needs a word of {count} syllables. Which word fits?",
        ),
        draw_which,
        holds_which,
    ),
    Generator(
        "stress-place",
        SYLLABLE,
        (
            "Which syllable of “{word}” carries the primary stress?",
            "When “{word}” is spoken on its own, which syllable is the most prominent?",
        ),
        draw_place,
        holds_place,
    ),
    Generator(
        "stress-which",
        SYLLABLE,
        (
            "Which of these words has its primary stress on the {label} syllable?",
            "Only one of these words is stressed on its {label} syllable. Which one?",
        ),
        draw_stressed,
        holds_stressed,
    ),
)
