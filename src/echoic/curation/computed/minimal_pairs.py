"""Minimal Pairs: words that differ in one phone, and in what."""

from collections import defaultdict
from functools import cache
from itertools import pairwise

from echoic.curation.computed.base import Evidence, Generator, Pick, Rng, like_length, pick
from echoic.curation.computed.consonants import CONSONANTS, contrast
from echoic.curation.computed.words import (
    differing,
    minimal,
    one_reading,
    same_sound,
    spelling_variants,
    verdict,
    within_one_edit,
)
from echoic.curation.lexicon import Entry, Lexicon, Reading, is_vowel, vowel_spots

MINIMAL = "Minimal Pairs"
FEATURES = {
    ("voicing",): "Voicing only",
    ("place",): "Place of articulation only",
    ("manner",): "Manner of articulation only",
    ("voicing", "place"): "Both voicing and place",
}
SPOTS = ("In the first consonant", "In the vowel", "In the last consonant", "They sound the same")


def _blurred(reading: Reading) -> bool:
    """Whether a reading holds /n/ + /s, z, θ/, where a /t/ comes and goes (prince, prints)."""
    text = " ".join(reading) + " "
    return any(f"N {follow} " in text for follow in ("S", "Z", "TH", "T S", "D Z", "T TH"))


@cache
def monosyllables(lexicon: Lexicon) -> dict[str, Reading]:
    """One-syllable words with one American reading, two to five phones, no r-coloured vowel."""
    found = {}
    for word in lexicon.words:
        reading = one_reading(lexicon[word])
        if (
            reading
            and len(vowel_spots(reading)) == 1
            and 2 <= len(reading) <= 5
            and not _blurred(reading)
            and not any(is_vowel(a) and b in ("R", "L") for a, b in pairwise(reading))
        ):
            found[word] = reading
    return found


@cache
def neighbours(lexicon: Lexicon) -> dict[str, tuple[str, ...]]:
    """Word -> words that surely form a minimal pair with it."""
    frames: dict[Reading, list[str]] = defaultdict(list)
    for word, reading in monosyllables(lexicon).items():
        for at in range(len(reading)):
            frames[(*reading[:at], "_", *reading[at + 1 :])].append(word)
    found: dict[str, set[str]] = defaultdict(set)
    for words in frames.values():
        for a in words:
            found[a] |= {b for b in words if verdict(minimal, lexicon[a], lexicon[b])}
    return {word: tuple(sorted(others)) for word, others in found.items() if others}


def draw_word(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A word; its minimal pair among words two sounds away."""
    head = pick(rng, sorted(neighbours(lexicon)))
    mine = monosyllables(lexicon)[head]
    key = pick(rng, neighbours(lexicon)[head])
    near = [
        word
        for word, reading in monosyllables(lexicon).items()
        if len(spots := differing(mine, reading) or ()) == 2 and len(spots) < len(reading)
        if is_minimal(lexicon[head], lexicon[word]) is False
    ]
    # Spelling is no hint: distractors share as many letters with the head as the key does.
    common = len(set(head) & set(key))
    near = [word for word in near if abs(len(set(head) & set(word)) - common) <= 1]
    wrong = like_length(rng, key, near)
    if wrong is None:
        return None
    why = f"{head} and {key} differ in one phone, the others in two"
    return Pick({"head": head}, key, wrong, why, (head, key, *wrong))


def is_minimal(a: Entry, b: Entry) -> bool | None:
    """Whether two words are a minimal pair; None where only an added sound tells them apart."""
    return verdict(minimal, a, b, loose=within_one_edit)


def holds_word(evidence: Evidence, option: str) -> bool | None:
    """The option differs from the head in one phone."""
    return is_minimal(evidence.readings[evidence.given["head"]], evidence.readings[option])


def features(a: Entry, b: Entry) -> tuple[str, ...] | None:
    """The features of the one consonant in which two words surely differ; None otherwise."""
    x, y = one_reading(a), one_reading(b)
    if x is None or y is None or not is_minimal(a, b):
        return None
    (spot,) = differing(x, y) or (0,)
    if x[spot] not in CONSONANTS or y[spot] not in CONSONANTS:
        return None
    return contrast(x[spot], y[spot])


@cache
def by_feature(lexicon: Lexicon) -> dict[tuple[str, ...], tuple[tuple[str, str], ...]]:
    """Minimal pairs by the features in which they differ."""
    groups: dict[tuple[str, ...], list[tuple[str, str]]] = defaultdict(list)
    for word, others in neighbours(lexicon).items():
        for other in others:
            found = features(lexicon[word], lexicon[other])
            if found:
                groups[found].append((word, other))
    return {names: tuple(pairs) for names, pairs in groups.items()}


def draw_feature(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A minimal pair; which features differ."""
    names = pick(rng, sorted(FEATURES))
    a, b = pick(rng, by_feature(lexicon)[names])
    wrong = tuple(text for text in FEATURES.values() if text != FEATURES[names])
    why = f"the consonants in which {a} and {b} differ have different {' and '.join(names)}"
    return Pick({"a": a, "b": b}, FEATURES[names], wrong, why, (a, b))


def holds_feature(evidence: Evidence, option: str) -> bool | None:
    """The option names the features that differ."""
    a, b = (evidence.readings[evidence.given[name]] for name in ("a", "b"))
    names = features(a, b)
    return None if names is None else FEATURES.get(names) == option


def draw_contrast(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The pair told apart by one feature alone among pairs told apart by others."""
    asked = pick(rng, ("voicing", "place", "manner"))
    key = " and ".join(pick(rng, by_feature(lexicon)[(asked,)]))
    rest = [names for names in sorted(by_feature(lexicon)) if asked not in names]
    pools = [by_feature(lexicon)[names] for names in rest]
    candidates = [" and ".join(pick(rng, pick(rng, pools))) for _ in range(10)]
    wrong = like_length(rng, key, candidates)
    words = [w for text in (key, *(wrong or ())) for w in text.split(" and ")]
    if wrong is None or len(set(words)) < len(words):
        return None
    label = {"voicing": "voicing", "place": "place of articulation"}.get(
        asked, "manner of articulation"
    )
    why = f"the consonants of {key} differ in {asked} alone"
    return Pick({"asked": asked, "label": label}, key, wrong, why, tuple(words))


def holds_contrast(evidence: Evidence, option: str) -> bool | None:
    """The option's words differ in the asked feature alone."""
    a, b = (evidence.readings[word] for word in option.split(" and "))
    names = features(a, b)
    return None if names is None else names == (evidence.given["asked"],)


def _spot(a: Entry, b: Entry) -> str | None:
    """Where two consonant-vowel-consonant words differ, as an option; None where unclear."""
    x, y = one_reading(a), one_reading(b)
    if x is None or y is None or len(x) != 3 or len(y) != 3:
        return None
    if vowel_spots(x) != (1,) or vowel_spots(y) != (1,):
        return None
    if x == y:
        return SPOTS[3] if verdict(same_sound, a, b) else None
    return SPOTS[(differing(x, y) or (0,))[0]] if is_minimal(a, b) else None


@cache
def by_spot(lexicon: Lexicon) -> dict[str, tuple[tuple[str, str], ...]]:
    """Pairs of consonant-vowel-consonant words by where they differ."""
    frames: dict[Reading, list[str]] = defaultdict(list)
    groups: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for word, reading in monosyllables(lexicon).items():
        frames[reading].append(word)
    homophones = [(a, b) for words in frames.values() for a in words for b in words if a != b]
    pairs = [(a, b) for a, others in neighbours(lexicon).items() for b in others]
    for a, b in (*homophones, *pairs):
        spot = _spot(lexicon[a], lexicon[b])
        if spot and not spelling_variants(a, b):
            groups[spot].append((a, b))
    return {spot: tuple(found) for spot, found in groups.items()}


def draw_spot(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """Two words; where they differ, or that they do not."""
    spot = pick(rng, SPOTS)
    a, b = pick(rng, by_spot(lexicon)[spot])
    wrong = tuple(text for text in SPOTS if text != spot)
    return Pick({"a": a, "b": b}, spot, wrong, "the readings compared phone by phone", (a, b))


def holds_spot(evidence: Evidence, option: str) -> bool | None:
    """The option says where the words differ."""
    spot = _spot(*(evidence.readings[evidence.given[name]] for name in ("a", "b")))
    return None if spot is None else spot == option


GENERATORS = (
    Generator(
        "minimal-word",
        MINIMAL,
        (
            "Which word forms a minimal pair with “{head}”?",
            "Replacing exactly one sound of “{head}” with another sound gives which of these "
            "words?",
        ),
        draw_word,
        holds_word,
    ),
    Generator(
        "minimal-feature",
        MINIMAL,
        (
            "“{a}” and “{b}” differ in one consonant. In what do those two consonants differ?",
            "What sets apart the two consonants in which “{a}” and “{b}” differ?",
        ),
        draw_feature,
        holds_feature,
    ),
    Generator(
        "minimal-contrast",
        MINIMAL,
        (
            "Which pair of words is told apart by a difference in {label} alone?",
            "In which pair do the contrasting consonants differ in {label} and in nothing else?",
        ),
        draw_contrast,
        holds_contrast,
    ),
    Generator(
        "minimal-spot",
        MINIMAL,
        (
            "Where, if anywhere, do “{a}” and “{b}” differ in pronunciation?",
            "A listener compares the spoken words “{a}” and “{b}”. Where is the difference, if "
            "there is any?",
        ),
        draw_spot,
        holds_spot,
    ),
)
