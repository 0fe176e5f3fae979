"""Homophones & Heteronyms: different spellings of one sound, one spelling of two sounds.

Left out: spellings of one word (grey, gray), pairs that only some dialects merge (which, witch),
and homophones of heteronyms (read, red), whose answer depends on the reading.
"""

from collections import defaultdict
from functools import cache, partial
from itertools import combinations

from echoic.curation.computed.base import Evidence, Generator, Pick, Rng, like_length, pick, sample
from echoic.curation.computed.words import (
    HETERONYMS,
    chimes,
    may,
    one_reading,
    rhyme,
    same_phones,
    same_sound,
    shared_ending,
    spelling_variants,
    sure,
    tail,
    verdict,
    within_one_edit,
)
from echoic.curation.lexicon import Entry, Lexicon, Reading, any_american, shared, vowel_spots

HOMOPHONES = "Homophones & Heteronyms"

# One word in two spellings or meanings too close, or equal in some accents only.
_UNCLEAR_TEXT = """
aid aide ate eight bloc light lite mat matte root route higher hire aluminum born borne chili
chilly due dew knew new packed pact rap wrap cast caste cash cache profit prophet base poor our
hour medal metal petal pedal council counsel descent dissent marshal idle idol alter altar their
there storey story whiskey whisky
"""
_UNCLEAR = frozenset(_UNCLEAR_TEXT.split())

# Heteronyms of one syllable or two, with the endings that tell their readings apart.
_RHYMING = {
    "lead": ("bead", "bed"), "wind": ("pinned", "kind"), "tear": ("fear", "bear"),
    "bow": ("go", "cow"), "row": ("go", "cow"), "live": ("give", "five"),
    "close": ("dose", "nose"), "use": ("goose", "news"), "read": ("need", "head"),
    "dove": ("love", "drove"), "wound": ("sound", "tuned"), "bass": ("face", "mass"),
    "sow": ("go", "cow"), "house": ("mouse", "cows"), "excuse": ("goose", "news"),
    "refuse": ("news", "goose"),
}  # fmt: skip

# Nouns that are verbs too, with one pronunciation for both.
_STEADY_TEXT = """
address answer attack balance battle benefit bottle bother bridge budget button capture
challenge chance change comfort command comment concern control copy corner cover credit damage
delay demand display dispute effort exchange favor figure finger flower follow gather handle
honor influence interest journey judge limit market master measure mention message mirror model
motion murmur notice number offer order paper pardon party pattern picture pocket position
practice promise puzzle question reason regard repair reply report request rescue respect result
return reward scratch service shelter shower signal silence sponsor stomach support surprise
target travel treasure trouble venture visit volume whistle witness wonder worry finish support
plan march plant repeat escape mistake exhaust disguise
"""
_STEADY = frozenset(_STEADY_TEXT.split())

homophones = partial(verdict, same_sound, loose=same_phones)


@cache
def pairs(lexicon: Lexicon) -> tuple[tuple[str, str], ...]:
    """Sure homophones, each pair in both orders."""
    groups: dict[Reading, list[str]] = defaultdict(list)
    for word in lexicon.words:
        for reading in shared(lexicon[word]):
            groups[reading].append(word)
    found = set()
    for words in groups.values():
        for a, b in combinations(words, 2):
            if spelling_variants(a, b) or {a, b} & (_UNCLEAR | HETERONYMS):
                continue
            if "wh" in (a[:2], b[:2]) and a[:2] != b[:2]:
                continue  # some speakers keep which and witch apart
            if sure(same_sound, lexicon[a], lexicon[b]):
                found |= {(a, b), (b, a)}
    return tuple(sorted(found))


@cache
def _readings(lexicon: Lexicon) -> dict[str, Reading]:
    return {w: r for w in lexicon.words if (r := one_reading(lexicon[w])) and len(w) <= 9}


def lookalikes(lexicon: Lexicon, word: str) -> list[str]:
    """Words one sound away from `word` that certainly sound different."""
    mine = shared(lexicon[word])
    found = [
        other
        for other, reading in _readings(lexicon).items()
        if other != word and any(within_one_edit(reading, r) for r in mine)
    ]
    return [w for w in found if homophones(lexicon[word], lexicon[w]) is False]


def draw_word(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A word, its homophone, and words one sound away that look similar."""
    head, key = pick(rng, pairs(lexicon))
    near = lookalikes(lexicon, head)
    if len(near) < 6:
        return None
    # The key must not be the spelling farthest from the head.
    near.sort(key=lambda w: -shared_ending(w, head) - (w[0] == head[0]))
    wrong = like_length(rng, key, near[: max(6, len(near) // 2)])
    if wrong is None:
        return None
    why = f"{head} and {key} have the same phones and stress"
    return Pick({"head": head}, key, wrong, why, (head, key, *wrong))


def holds_word(evidence: Evidence, option: str) -> bool | None:
    """The option sounds like the head."""
    return homophones(evidence.readings[evidence.given["head"]], evidence.readings[option])


def draw_pair(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A pair of homophones among pairs that differ in one sound."""
    a, b = pick(rng, pairs(lexicon))
    candidates: list[str] = []
    for word in sample(rng, sorted(_readings(lexicon)), min(40, len(_readings(lexicon)))):
        near = lookalikes(lexicon, word) if len(word) < 7 else []
        if near and len(candidates) < 8:
            candidates.append(f"{word} and {pick(rng, near)}")
    wrong = like_length(rng, f"{a} and {b}", candidates)
    if wrong is None:
        return None
    words = [w for text in (f"{a} and {b}", *wrong) for w in text.split(" and ")]
    if len(set(words)) < len(words):
        return None
    why = f"{a} and {b} have the same phones and stress, the others differ in one phone"
    return Pick({"asked": "homophones"}, f"{a} and {b}", wrong, why, tuple(words))


def holds_pair(evidence: Evidence, option: str) -> bool | None:
    """The option's two words sound alike."""
    a, b = option.split(" and ")
    return homophones(evidence.readings[a], evidence.readings[b])


def _two_readings(entry: Entry) -> bool | None:
    """Whether a spelling has two pronunciations of different stress, vowel or final sound."""
    if entry.word in HETERONYMS and len(any_american(entry)) > 1:
        return True
    return False if one_reading(entry) and entry.word in _STEADY else None


def draw_heteronym(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A heteronym among words that are noun and verb with one pronunciation."""
    known = [word for word in sorted(HETERONYMS) if word in lexicon]
    key = pick(rng, known)
    steady = [w for w in sorted(_STEADY) if w in lexicon and _two_readings(lexicon[w]) is False]
    wrong = like_length(rng, key, steady)
    if wrong is None or not _two_readings(lexicon[key]):
        return None
    why = f"the sources give {key} two pronunciations, the others one"
    return Pick({"asked": "heteronym"}, key, wrong, why, (key, *wrong))


def holds_heteronym(evidence: Evidence, option: str) -> bool | None:
    """The option has two pronunciations."""
    return _two_readings(evidence.readings[option])


def draw_other_rhyme(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A heteronym, a rhyme of one reading; the key rhymes with the other reading."""
    head = pick(rng, sorted(_RHYMING))
    one, other = sample(rng, _RHYMING[head], 2)
    if not {head, one, other} <= set(lexicon.words) or other not in _readings(lexicon):
        return None
    rhyming = [
        w
        for w, reading in _readings(lexicon).items()
        if w != head and len(vowel_spots(reading)) == 1
        if sure(rhyme, lexicon[w], lexicon[other])
        if not may(same_phones, lexicon[w], lexicon[head])
    ]
    coda = tail(_readings(lexicon)[other])[1:]
    near = [
        w
        for w, reading in _readings(lexicon).items()
        if len(vowel_spots(reading)) == 1 and len(w) <= 6 and not w.endswith(("ed", "es"))
        if tail(reading)[1:] == coda or shared_ending(w, head) >= 2
        if not any(may(chimes, lexicon[w], lexicon[word]) for word in (head, one, other))
    ]
    if not rhyming:
        return None
    key = pick(rng, rhyming)
    wrong = like_length(rng, key, near)
    if wrong is None:
        return None
    given = {"head": head, "one": one, "other": other}
    why = f"{head} rhymes with {one} in one meaning and with {other} in the other"
    return Pick(given, key, wrong, why, (head, one, other, key, *wrong))


def holds_other_rhyme(evidence: Evidence, option: str) -> bool | None:
    """The option rhymes like the head's other reading."""
    readings = evidence.readings
    head, one, other = (readings[evidence.given[name]] for name in ("head", "one", "other"))
    if {one.word, other.word} != set(_RHYMING.get(head.word, ())):
        return None
    if may(same_phones, readings[option], head):
        return None  # the same sound, not a rhyme
    if sure(rhyme, readings[option], other):
        return True
    return None if any(may(chimes, readings[option], e) for e in (head, one, other)) else False


GENERATORS = (
    Generator(
        "homophone-word",
        HOMOPHONES,
        (
            "Which word sounds exactly like “{head}”?",
            "Which of these words is a homophone of “{head}”?",
            "A listener who hears “{head}” without any context could just as well write which of "
            "these words?",
        ),
        draw_word,
        holds_word,
    ),
    Generator(
        "homophone-pair",
        HOMOPHONES,
        (
            "Which two words are homophones?",
            "A speech recognizer cannot tell the words of one of these pairs apart by their sound "
            "alone. Which pair is it?",
        ),
        draw_pair,
        holds_pair,
    ),
    Generator(
        "heteronym-which",
        HOMOPHONES,
        (
            "Which of these spellings has two different pronunciations, depending on its meaning "
            "or word class?",
            "A text-to-speech system must know the meaning or word class to pronounce one of these "
            "words. Which one is the heteronym?",
        ),
        draw_heteronym,
        holds_heteronym,
    ),
    Generator(
        "heteronym-rhyme",
        HOMOPHONES,
        (
            "One pronunciation of “{head}” rhymes with “{one}”. Which word rhymes with its other "
            "pronunciation?",
            "“{head}” is a heteronym: in one meaning it rhymes with “{one}”. With which word does "
            "it rhyme in the other?",
        ),
        draw_other_rhyme,
        holds_other_rhyme,
    ),
)
