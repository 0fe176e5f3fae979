"""Phonetics & Phonology: describing, transcribing and counting speech sounds, and endings."""

from collections import defaultdict
from functools import cache, partial

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
from echoic.curation.computed.consonants import CONSONANTS, contrast, describe, ipa
from echoic.curation.computed.minimal_pairs import monosyllables
from echoic.curation.computed.words import differing, one_reading
from echoic.curation.lexicon import (
    Entry,
    Lexicon,
    Reading,
    any_american,
    any_british,
    broad,
    shared,
    vowel_spots,
)

PHONETICS = "Phonetics & Phonology"
ASKABLE = tuple(phone for phone in CONSONANTS if phone not in ("ZH", "NG"))
COUNTS = ("Two", "Three", "Four", "Five")
PLACES = {"first": 0, "last": -1}

# Allomorphs: ending -> the last phones that each pronunciation leaves.
PAST = {"/t/": ("T",), "/d/": ("D",), "/ɪd/": ("AH0", "D")}
PLURAL = {"/s/": ("S",), "/z/": ("Z",), "/ɪz/": ("AH0", "Z")}
DENTAL = {"voiced": "DH", "voiceless": "TH"}


def _edge(entry: Entry, place: str) -> str | None:
    """The first or last phone of a word, when all readings agree and it is a plain consonant."""
    ends = {reading[PLACES[place]] for reading in any_american(entry)}
    return next(iter(ends)) if len(ends) == 1 else None


@cache
def by_edge(lexicon: Lexicon, place: str) -> dict[str, tuple[str, ...]]:
    """Short words by their first or last consonant."""
    groups: dict[str, list[str]] = defaultdict(list)
    for word, reading in monosyllables(lexicon).items():
        end = _edge(lexicon[word], place)
        alone = len(reading) > 2 and (reading[1] if place == "first" else reading[-2])[-1] in "01"
        if end in ASKABLE and alone:
            groups[end].append(word)
    return {phone: tuple(words) for phone, words in groups.items()}


def draw_describe(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The articulatory description of a word's first or last consonant."""
    place = pick(rng, sorted(PLACES))
    phone = pick(rng, sorted(by_edge(lexicon, place)))
    word = pick(rng, by_edge(lexicon, place)[phone])
    near = [other for other in ASKABLE if len(contrast(phone, other)) == 1]
    far = [other for other in ASKABLE if len(contrast(phone, other)) == 2]
    wrong = [*sample(rng, near, min(2, len(near))), *sample(rng, far, 3)][:3]
    why = f"the {place} phone of {word} is {phone}"
    given = {"word": word, "place": place}
    return Pick(given, describe(phone), tuple(map(describe, wrong)), why, (word,))


def holds_describe(evidence: Evidence, option: str) -> bool | None:
    """The option describes the asked sound."""
    phone = _edge(evidence.readings[evidence.given["word"]], evidence.given["place"])
    return describe(phone) == option if phone in CONSONANTS else None


def draw_class(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The word whose first or last consonant has an asked description."""
    place = pick(rng, sorted(PLACES))
    words = by_edge(lexicon, place)
    phone = pick(rng, sorted(words))
    near = [other for other in sorted(words) if len(contrast(phone, other)) == 1]
    pool = [pick(rng, words[other]) for other in near for _ in range(3)]
    key = pick(rng, words[phone])
    wrong = like_length(rng, key, sorted(set(pool)))
    if wrong is None:
        return None
    given = {"label": describe(phone), "place": place, "verb": _verb(place)}
    why = f"the {place} phone of {key} is {phone}"
    return Pick(given, key, wrong, why, (key, *wrong))


def _verb(place: str) -> str:
    return "begins" if place == "first" else "ends"


def holds_class(evidence: Evidence, option: str) -> bool | None:
    """The option's asked sound has the asked description."""
    phone = _edge(evidence.readings[option], evidence.given["place"])
    return describe(phone) == evidence.given["label"] if phone in CONSONANTS else None


def draw_ipa(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A transcription; the word among words that differ in one phone."""
    words = monosyllables(lexicon)
    key = pick(rng, sorted(words))
    mine = words[key]
    near = [
        word
        for word, reading in words.items()
        if len(differing(mine, reading) or ()) == 1
        if _transcribed(lexicon[word], ipa(mine)) is False
    ]
    wrong = like_length(rng, key, near)
    if wrong is None:
        return None
    why = f"{key} is {' '.join(mine)}"
    return Pick({"ipa": ipa(mine)}, key, wrong, why, (key, *wrong))


def _transcribed(entry: Entry, asked: str) -> bool | None:
    reading = one_reading(entry)
    if reading is None or len(vowel_spots(reading)) != 1:
        return None
    if ipa(reading) == asked:
        return True
    # A speaker with merged vowels would accept it: no safe distractor.
    return None if ipa(broad(reading)) == asked.replace("ɔ", "ɑ") else False


def holds_ipa(evidence: Evidence, option: str) -> bool | None:
    """The option's American reading is the transcription."""
    return _transcribed(evidence.readings[option], evidence.given["ipa"])


def draw_count(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """A word whose letters are more or fewer than its sounds."""
    at = int(rng.integers(len(COUNTS)))
    words = [w for w, r in monosyllables(lexicon).items() if len(r) == at + 2]
    # As many letters as sounds would be too easy; five sounds are rare enough to take them all.
    words = [w for w in words if len(w) != at + 2 or len(w) == 5]
    word = pick(rng, [w for w in words if _phones(lexicon[w]) == at + 2])
    wrong = tuple(text for text in COUNTS if text != COUNTS[at])
    return Pick({"word": word}, COUNTS[at], wrong, f"{at + 2} phones in every reading", (word,))


def _phones(entry: Entry) -> int | None:
    ours = {len(reading) for reading in any_american(entry) | any_british(entry)}
    glide = any("Y" in reading or "W" in reading for reading in shared(entry))
    return next(iter(ours)) if len(ours) == 1 and not glide else None


def holds_count(evidence: Evidence, option: str) -> bool | None:
    """The option is the number of phones."""
    count = _phones(evidence.readings[evidence.given["word"]])
    return None if count is None else count == COUNTS.index(option) + 2


def _ending(entry: Entry, table: dict[str, Reading]) -> str | None:
    """Which allomorph a word ends in, when every reading agrees; the longest match decides."""
    found = set()
    for reading in any_american(entry):
        fits = [name for name, phones in table.items() if reading[-len(phones) :] == phones]
        found.add(max(fits, key=lambda name: len(table[name]), default=""))
    return next(iter(found)) or None if len(found) == 1 else None


@cache
def _suffixed(lexicon: Lexicon, suffix: str) -> dict[str, tuple[str, ...]]:
    """Regular forms in -ed or -s, whose stem is a word too, by allomorph."""
    table = PAST if suffix == "ed" else PLURAL
    groups: dict[str, list[str]] = defaultdict(list)
    for word in lexicon.words:
        if not word.endswith(suffix):
            continue
        stems = [word[: -len(suffix)], word[:-1]]
        if suffix == "ed" and word[-3:-2] == word[-4:-3]:
            stems.append(word[:-3])  # stopped
        if word.endswith(("ss", "us", "is", "eed")) or not any(s in lexicon for s in stems):
            continue
        ending = _ending(lexicon[word], table)
        if ending and len(word) <= 9:
            groups[ending].append(word)
    return {ending: tuple(words) for ending, words in groups.items()}


def draw_suffix(rng: Rng, lexicon: Lexicon, suffix: str) -> Pick | None:
    """The word with an asked pronunciation of its ending."""
    groups = _suffixed(lexicon, suffix)
    asked = pick(rng, sorted(groups))
    key = pick(rng, groups[asked])
    # Both other endings take part, so that the key is not the only word of its kind.
    pool = [
        word
        for name, words in groups.items()
        if name != asked
        for word in sample(rng, words, min(8, len(words)))
    ]
    wrong = like_length(rng, key, pool)
    if wrong is None:
        return None
    why = f"{key} ends in {asked}"
    return Pick({"asked": asked, "suffix": suffix}, key, wrong, why, (key, *wrong))


def holds_suffix(evidence: Evidence, option: str) -> bool | None:
    """The option's ending is pronounced as asked."""
    suffix = evidence.given["suffix"]
    ending = _ending(evidence.readings[option], PAST if suffix == "ed" else PLURAL)
    return (
        None if ending is None or not option.endswith(suffix) else ending == evidence.given["asked"]
    )


def _th(entry: Entry) -> str | None:
    """Whether the th of a word is voiced, when all readings agree."""
    found = {p for reading in any_american(entry) for p in reading if p in ("TH", "DH")}
    names = [name for name, phone in DENTAL.items() if found == {phone}]
    british = {p for reading in any_british(entry) for p in reading if p in ("θ", "ð")}
    return names[0] if names and len(british) == 1 else None


@cache
def _with_th(lexicon: Lexicon) -> dict[str, tuple[str, ...]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for word in lexicon.words:
        voicing = _th(lexicon[word]) if word.count("th") == 1 and len(word) <= 9 else None
        if voicing:
            groups[voicing].append(word)
    return {voicing: tuple(words) for voicing, words in groups.items()}


def draw_th(rng: Rng, lexicon: Lexicon) -> Pick | None:
    """The word whose th is voiced among voiceless ones, or the other way round."""
    asked = pick(rng, sorted(DENTAL))
    other = next(iter(others(rng, sorted(DENTAL), asked, 1)))
    key = pick(rng, _with_th(lexicon)[asked])
    wrong = like_length(rng, key, _with_th(lexicon)[other])
    if wrong is None:
        return None
    given = {"asked": asked, "example": "this" if asked == "voiced" else "thin"}
    why = f"the th of {key} is {asked}, of the others {other}"
    return Pick(given, key, wrong, why, (key, *wrong))


def holds_th(evidence: Evidence, option: str) -> bool | None:
    """The option's th is voiced or voiceless as asked."""
    voicing = _th(evidence.readings[option])
    return None if voicing is None or "th" not in option else voicing == evidence.given["asked"]


GENERATORS = (
    Generator(
        "phone-describe",
        PHONETICS,
        (
            "How do phoneticians classify the {place} consonant sound of the word “{word}”?",
            "Which articulatory description fits the {place} sound of “{word}”?",
        ),
        draw_describe,
        holds_describe,
    ),
    Generator(
        "phone-class",
        PHONETICS,
        (
            "Which of these words {verb} with a {label}?",
            "The {place} sound of one of these words is a {label}. Which word is it?",
        ),
        draw_class,
        holds_class,
    ),
    Generator(
        "phone-ipa",
        PHONETICS,
        (
            "Which word does the General American transcription /{ipa}/ stand for?",
            "A dictionary gives the American pronunciation /{ipa}/. Which word is this?",
        ),
        draw_ipa,
        holds_ipa,
    ),
    Generator(
        "phone-count",
        PHONETICS,
        (
            "Counting every diphthong and affricate as one, how many phonemes does “{word}” have?",
            "How many separate speech sounds make up the spoken word “{word}”, if diphthongs and "
            "affricates count as one each?",
        ),
        draw_count,
        holds_count,
    ),
    Generator(
        "phone-past",
        PHONETICS,
        (
            "In which word is the ending “-ed” pronounced {asked}?",
            "Past-tense “-ed” has three pronunciations: /t/, /d/ and /ɪd/. Which word has {asked}?",
        ),
        partial(draw_suffix, suffix="ed"),
        holds_suffix,
    ),
    Generator(
        "phone-plural",
        PHONETICS,
        (
            "In which word is the final “-s” or “-es” pronounced {asked}?",
            "The plural or verbal ending “-s” sounds as /s/, /z/ or /ɪz/. Which word has {asked}?",
        ),
        partial(draw_suffix, suffix="s"),
        holds_suffix,
    ),
    Generator(
        "phone-th",
        PHONETICS,
        (
            "In which word is “th” {asked}, as in “{example}”?",
            "Which of these words contains the {asked} dental fricative?",
        ),
        draw_th,
        holds_th,
    ),
)
