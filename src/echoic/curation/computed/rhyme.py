"""Rhyme: perfect rhymes, rhyming pairs, feminine rhymes, rhyme schemes.

A perfect rhyme is equal from the last stressed vowel on and different before it. Distractors are
eye rhymes (equal letters) and near rhymes (equal vowel or equal final consonants).
"""

from collections import defaultdict
from collections.abc import Iterable
from functools import cache, partial
from itertools import combinations

from echoic.curation.computed.base import (
    Evidence,
    Generator,
    Pick,
    Rng,
    like_length,
    pick,
    sample,
)
from echoic.curation.computed.words import (
    chimes,
    one_reading,
    rhyme,
    shared_ending,
    spelling_variants,
    sure,
    tail,
    verdict,
)
from echoic.curation.lexicon import Entry, Lexicon, Reading, shared, stressed_syllable, vowel_spots

RHYME = "Rhyme"
EYE_LETTERS = 2  # eye rhymes share at least these last letters
SCHEMES = ("AABB", "ABAB", "ABBA", "ABCB")

rhymes = partial(verdict, rhyme, loose=chimes)


@cache
def families(lexicon: Lexicon) -> tuple[tuple[str, ...], ...]:
    """Words of one or two syllables that share a tail, two or more spellings of the ending."""
    groups: dict[Reading, list[str]] = defaultdict(list)
    for word in lexicon.words:
        reading = one_reading(lexicon[word])
        if reading and len(vowel_spots(reading)) <= 2 and len(word) <= 8:
            groups[tail(reading)].append(word)
    return tuple(tuple(words) for words in groups.values() if len(words) >= 2)


@cache
def by_ending(lexicon: Lexicon) -> dict[str, tuple[str, ...]]:
    """Words by their last letters (2, 3 and 4 of them): where eye rhymes are found."""
    groups: dict[str, list[str]] = defaultdict(list)
    for words in families(lexicon):
        for word in words:
            for count in (2, 3, 4):
                if len(word) > count:
                    groups[word[-count:]].append(word)
    return {ending: tuple(words) for ending, words in groups.items()}


def _pair(rng: Rng, lexicon: Lexicon) -> tuple[str, str] | None:
    """Two surely rhyming words; in three draws of four with endings spelt differently."""
    family = pick(rng, families(lexicon))
    pairs = [(a, b) for a, b in combinations(family, 2) if not spelling_variants(a, b)]
    if rng.random() < 0.75:
        pairs = [(a, b) for a, b in pairs if shared_ending(a, b) < EYE_LETTERS]
    if not pairs:
        return None
    a, b = pick(rng, pairs)
    if a in b or b in a or not sure(rhyme, lexicon[a], lexicon[b]):
        return None
    return (a, b) if rng.random() < 0.5 else (b, a)


def _eye(word: str, lexicon: Lexicon, taboo: Iterable[str] = ()) -> list[str]:
    """Words that end in the same letters and certainly do not rhyme."""
    found = {
        other
        for count in (4, 3, EYE_LETTERS)
        for other in by_ending(lexicon).get(word[-count:], ())
        if other != word and rhymes(lexicon[word], lexicon[other]) is False
    }
    return sorted(found - set(taboo))


def _near(rng: Rng, word: str, lexicon: Lexicon) -> list[str]:
    """Some words with the same stressed vowel or the same end, that certainly do not rhyme."""
    mine = one_reading(lexicon[word])
    assert mine is not None
    found = []
    for other in sample(rng, lexicon.words, min(600, len(lexicon.words))):
        theirs = one_reading(lexicon[other])
        if theirs is None or len(vowel_spots(theirs)) != len(vowel_spots(mine)):
            continue
        close = tail(mine)[:1] == tail(theirs)[:1] or tail(mine)[1:] == tail(theirs)[1:]
        close = close and len(tail(mine)) == len(tail(theirs)) > 1
        if close and len(other) <= 8 and rhymes(lexicon[word], lexicon[other]) is False:
            found.append(other)
    return found


def draw_word(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A head word, its rhyme, at least one eye rhyme where the ending has one."""
    pair = _pair(rng, lexicon)
    if pair is None:
        return None
    head, key = pair
    eyes, near = _eye(head, lexicon), _near(rng, head, lexicon)
    if not eyes or len(near) < 2:
        return None
    wanted = min(len(eyes), int(rng.integers(1, 3)))
    chosen = tuple(sample(rng, eyes, wanted))
    rest = like_length(rng, key, [w for w in near if w not in chosen], 3 - wanted)
    if rest is None:
        return None
    notes = dict.fromkeys(chosen, "eye rhyme") | dict.fromkeys(rest, "near rhyme")
    why = f"{head} and {key} are equal from the stressed vowel on"
    return Pick({"head": head}, key, (*chosen, *rest), why, (head, key, *notes), notes)


def holds_word(evidence: Evidence, option: str) -> bool | None:
    """The option rhymes with the head."""
    return rhymes(evidence.readings[evidence.given["head"]], evidence.readings[option])


def _spoken(pair: Iterable[str]) -> str:
    return " and ".join(pair)


def draw_pair(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """One rhyming pair among eye-rhyme and near-rhyme pairs."""
    key = _pair(rng, lexicon)
    if key is None:
        return None
    candidates: list[tuple[str, str]] = []
    for _ in range(8):
        word = pick(rng, pick(rng, families(lexicon)))
        # Rhymes with endings spelt differently are common among keys, so here too.
        pool = _eye(word, lexicon) if rng.random() < 0.4 else _near(rng, word, lexicon)
        if pool:
            candidates.append((word, pick(rng, pool)))
    words = like_length(rng, _spoken(key), [_spoken(pair) for pair in candidates])
    if words is None:
        return None
    spellings = [word for text in (*words, _spoken(key)) for word in text.split(" and ")]
    if len(set(spellings)) < len(spellings):
        return None
    why = f"{_spoken(key)} are equal from the stressed vowel on, the others are not"
    return Pick({"asked": "perfect rhyme"}, _spoken(key), words, why, tuple(spellings))


def holds_pair(evidence: Evidence, option: str) -> bool | None:
    """The option's two words rhyme."""
    a, b = option.split(" and ")
    return rhymes(evidence.readings[a], evidence.readings[b])


def _feminine(a: Entry, b: Entry) -> bool | None:
    """Whether two words rhyme on a stressed syllable and an unstressed one after it."""
    lengths = {len(vowel_spots(tail(reading))) for entry in (a, b) for reading in shared(entry)}
    told = rhymes(a, b)
    if told is False or lengths == {1}:
        return False
    return told if lengths == {2} else None


@cache
def _disyllables(lexicon: Lexicon, stressed: int) -> tuple[tuple[str, ...], ...]:
    """Rhyme families of two-syllable words stressed on syllable `stressed`."""
    groups = []
    for words in families(lexicon):
        kept = []
        for word in words:
            reading = one_reading(lexicon[word])
            if reading and len(vowel_spots(reading)) == 2:
                kept += [word] * (stressed_syllable(reading) == stressed)
        if len(kept) >= 2:
            groups.append(tuple(kept))
    return tuple(groups)


def draw_feminine(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A two-syllable rhyme among masculine rhymes and trochees that nearly rhyme."""
    trochees = _disyllables(lexicon, 1)
    key_words = sample(rng, pick(rng, trochees), 2)
    candidates = [sample(rng, pick(rng, _disyllables(lexicon, 2)), 2) for _ in range(4)]
    for _ in range(4):
        word = pick(rng, pick(rng, trochees))
        candidates += [[word, near] for near in _near(rng, word, lexicon)[:2]]
    pairs = [
        _spoken((a, b))
        for a, b in candidates
        if _feminine(lexicon[a], lexicon[b]) is False and not (a in b or b in a)
    ]
    key = _spoken(key_words)
    wrong = like_length(rng, key, pairs)
    if wrong is None or _feminine(*(lexicon[word] for word in key_words)) is not True:
        return None
    words = [word for text in (key, *wrong) for word in text.split(" and ")]
    if len(set(words)) < len(words):
        return None
    why = f"{key} are equal from a stressed last syllable but one"
    return Pick({"asked": "feminine rhyme"}, key, wrong, why, tuple(words))


def holds_feminine(evidence: Evidence, option: str) -> bool | None:
    """The option's two words make a feminine rhyme."""
    a, b = option.split(" and ")
    return _feminine(evidence.readings[a], evidence.readings[b])


def draw_scheme(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """Four line endings that follow one of four schemes."""
    scheme = pick(rng, SCHEMES)
    first, second = _pair(rng, lexicon), _pair(rng, lexicon)
    if first is None or second is None:
        return None
    supply = {"A": list(first), "B": list(second), "C": [pick(rng, pick(rng, families(lexicon)))]}
    words = [supply[letter].pop() for letter in scheme]
    if len(set(words)) < len(words):
        return None
    given = {"first": words[0], "second": words[1], "third": words[2], "fourth": words[3]}
    wrong = tuple(other for other in SCHEMES if other != scheme)
    return Pick(given, scheme, wrong, "equal letters rhyme, different ones do not", tuple(words))


def holds_scheme(evidence: Evidence, option: str) -> bool | None:
    """Lines with the option's equal letters rhyme, and no others do."""
    lines = [evidence.given[name] for name in ("first", "second", "third", "fourth")]
    told = []
    for i, j in combinations(range(len(lines)), 2):
        here = rhymes(evidence.readings[lines[i]], evidence.readings[lines[j]])
        told.append(None if here is None else here == (option[i] == option[j]))
    if False in told:
        return False
    return None if None in told else True


_LINES = "“{first}”, “{second}”, “{third}” and “{fourth}”"

GENERATORS = (
    Generator(
        "rhyme-word",
        RHYME,
        (
            "Which word is a perfect rhyme for “{head}”?",
            "A songwriter needs a perfect rhyme for “{head}”. Which word provides one?",
            "Spoken aloud, which of these words rhymes exactly with “{head}”?",
            "Which of these words has the same sounds as “{head}” from its stressed vowel onward?",
        ),
        draw_word,
        holds_word,
    ),
    Generator(
        "rhyme-pair",
        RHYME,
        (
            "Which two words form a perfect rhyme when spoken?",
            "Judging by sound and not by spelling, which pair of words rhymes perfectly?",
            "In which pair do both words sound alike from the stressed vowel to the end?",
        ),
        draw_pair,
        holds_pair,
    ),
    Generator(
        "rhyme-feminine",
        RHYME,
        (
            "A feminine rhyme matches a stressed syllable and the unstressed syllable after it. "
            "Which pair of words makes one?",
            "Which pair is a feminine rhyme, that is, rhymes on a stressed syllable followed by "
            "an unstressed one?",
        ),
        draw_feminine,
        holds_feminine,
    ),
    Generator(
        "rhyme-scheme",
        RHYME,
        (
            f"The four lines of a stanza end in {_LINES}, in this order. What is its rhyme scheme?",
            f"A verse has lines ending in {_LINES}. Which letters describe how its lines rhyme?",
        ),
        draw_scheme,
        holds_scheme,
    ),
)
