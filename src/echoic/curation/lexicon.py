"""Words with their pronunciations from two independent sources.

Sources: the data file of CMUdict (ARPAbet, BSD-like licence) and the "gold" tables of misaki
(IPA-like symbols, Apache-2.0), American and British. Both are read as data; neither package is
imported. A `Reading` is a tuple of phones in one alphabet; vowels end in 1 (primary stress) or 0.

The rule for questions: what a key claims must hold under a reading that CMUdict and misaki's
American table share and under a British one; what a distractor claims must fail under every
reading of every source. Words for which that is unclear are not asked about.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import product
from pathlib import Path

from echoic.errors import BadRecord, MissingExtra

Reading = tuple[str, ...]

MIN_ZIPF = 3.5  # occurrences per 10^9 words, log10: about the 6,000 commonest English words

ARPABET_VOWELS_TEXT = """
AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW
"""
ARPABET_VOWELS = frozenset(ARPABET_VOWELS_TEXT.split())
_US = {
    "ə": "AH", "ᵊ": "AH", "ʌ": "AH", "i": "IY", "ɪ": "IH", "ᵻ": "IH", "ɛ": "EH", "æ": "AE",
    "ɑ": "AA", "ɔ": "AO", "O": "OW", "A": "EY", "I": "AY", "W": "AW", "Y": "OY", "u": "UW",
    "ʊ": "UH", "ɜɹ": "ER", "əɹ": "ER", "ʤ": "JH", "ʧ": "CH", "j": "Y", "ɹ": "R", "ŋ": "NG",
    "ʃ": "SH", "ʒ": "ZH", "θ": "TH", "ð": "DH", "ɡ": "G", "h": "HH", "ʔ": "T",
    **{letter: letter.upper() for letter in "bdfklmnpstvwz"},
}  # fmt: skip
FLAP = "ɾ"  # "ladder" and "latter": either T or D
# Longest first: British centring diphthongs count as one vowel.
_GB_VOWELS = (
    "ɑː", "ɔː", "ɜː", "ɛː", "iː", "uː", "ɪə", "ʊə", "ɛə", "a", "ɒ", "ə", "ᵊ", "ɛ", "i", "ɪ", "u",
    "ʊ", "ʌ", "A", "I", "W", "Y", "Q",
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """One spelling and its transcriptions, as the sources write them."""

    word: str
    cmudict: tuple[str, ...]
    misaki_us: tuple[str, ...]
    misaki_gb: tuple[str, ...]

    @classmethod
    def from_record(cls, word: str, row: Mapping[str, list[str]]) -> "Entry":
        """Build from the `readings` of a question's evidence. Raises BadRecord on a gap."""
        try:
            us, gb = tuple(row["misaki-us"]), tuple(row["misaki-gb"])
            return cls(word, tuple(row["cmudict"]), us, gb)
        except KeyError as error:
            raise BadRecord(f"readings of {word!r}: no {error.args[0]!r}") from error

    def to_record(self) -> dict[str, list[str]]:
        """The transcriptions as evidence holds them."""
        return {
            "cmudict": list(self.cmudict),
            "misaki-us": list(self.misaki_us),
            "misaki-gb": list(self.misaki_gb),
        }


def is_vowel(phone: str) -> bool:
    """Whether a phone of a Reading is a syllable's nucleus."""
    return phone[-1] in "01"


@cache
def arpabet(raw: str) -> Reading:
    """A CMUdict transcription: "F L AW1 ER0" -> ("F", "L", "AW1", "ER0")."""
    return _stressed([p[:-1] + _mark(p[-1]) if p[-1].isdigit() else p for p in raw.split()])


@cache
def american(raw: str) -> tuple[Reading, ...]:
    """A transcription of misaki's American table; two Readings for each flap (T or D)."""
    symbols: list[tuple[str, ...]] = []
    stress, at = "0", 0
    while at < len(raw):
        pair, single = raw[at : at + 2], raw[at]
        at += 2 if pair in _US else 1
        name = _US.get(pair) or _US.get(single)
        if single in "ˈˌ":
            stress = "1" if single == "ˈ" else "0"
        elif single == FLAP:
            symbols.append(("T", "D"))
        elif name is None:
            return ()
        elif name in ARPABET_VOWELS:
            symbols.append((name + stress,))
            stress = "0"
        else:
            symbols.append((name,))
    return tuple(_stressed(list(choice)) for choice in product(*symbols))


@cache
def british(raw: str) -> Reading:
    """A transcription of misaki's British table, in its own symbols."""
    phones: list[str] = []
    stress, at = "0", 0
    while at < len(raw):
        vowel = next((v for v in _GB_VOWELS if raw.startswith(v, at)), None)
        if raw[at] in "ˈˌ":
            stress = "1" if raw[at] == "ˈ" else "0"
            at += 1
        elif vowel:
            phones.append(("ə" if vowel == "ᵊ" else vowel) + stress)
            stress = "0"
            at += len(vowel)
        else:
            phones.append(raw[at])
            at += 1
    return _stressed(phones)


def _mark(digit: str) -> str:
    return "1" if digit == "1" else "0"


def _stressed(phones: list[str]) -> Reading:
    """A lone vowel carries the stress, and unstressed reduced vowels are one phone."""
    vowels = [at for at, phone in enumerate(phones) if is_vowel(phone)]
    if len(vowels) == 1:
        phones[vowels[0]] = phones[vowels[0]][:-1] + "1"
    return tuple("AH0" if phone == "IH0" else phone for phone in phones)


@cache
def any_american(entry: Entry) -> frozenset[Reading]:
    """Every American reading of either source."""
    misaki = {reading for raw in entry.misaki_us for reading in american(raw)}
    return frozenset(map(arpabet, entry.cmudict)) | misaki


@cache
def shared(entry: Entry) -> frozenset[Reading]:
    """The American readings on which CMUdict and misaki agree."""
    misaki = {reading for raw in entry.misaki_us for reading in american(raw)}
    return frozenset(map(arpabet, entry.cmudict)) & misaki


@cache
def any_british(entry: Entry) -> frozenset[Reading]:
    """Every British reading."""
    return frozenset(map(british, entry.misaki_gb))


def vowel_spots(reading: Reading) -> tuple[int, ...]:
    """Indices of the syllables' nuclei."""
    return tuple(at for at, phone in enumerate(reading) if is_vowel(phone))


def stressed_syllable(reading: Reading) -> int:
    """The syllable with the last primary stress, counted from 1; 0 when there is none."""
    marks = [reading[at][-1] for at in vowel_spots(reading)]
    return len(marks) - marks[::-1].index("1") if "1" in marks else 0


@cache
def broad(reading: Reading) -> Reading:
    """An American reading after the common mergers: cot-caught, pin-pen, marry-merry, poor-pour.

    Two words that are equal only here are no safe contrast: some speakers merge them.
    """
    after = (*reading[1:], "")
    return tuple(_merged(phone, follow) for phone, follow in zip(reading, after, strict=True))


def _merged(phone: str, follow: str) -> str:
    vowel, mark = (phone[:-1], phone[-1]) if is_vowel(phone) else (phone, "")
    if follow == "R":
        vowel = {"AE": "EH", "EY": "EH", "UH": "AO", "OW": "AO", "IY": "IH"}.get(vowel, vowel)
    elif vowel == "AO":
        vowel = "AA"
    elif vowel == "IH" and follow in ("N", "M", "NG"):
        vowel = "EH"
    return vowel + mark


class Lexicon:
    """Common words by spelling: in both sources, no names, no variants, no vulgar words."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = {entry.word: entry for entry in entries}
        self.words = tuple(sorted(self.entries))

    def __getitem__(self, word: str) -> Entry:
        return self.entries[word]

    def __contains__(self, word: str) -> bool:
        return word in self.entries

    @classmethod
    def load(cls, cmudict: Path, misaki: Path) -> "Lexicon":
        """Read the folders that hold `cmudict.dict`, and `us_gold.json` and `gb_gold.json`.

        Keeps words of at least three letters and zipf >= 3.5. Raises BadRecord when a file is
        missing, MissingExtra without wordfreq.
        """
        ours = read_cmudict(cmudict / "cmudict.dict")
        us, gb = read_misaki(misaki / "us_gold.json"), read_misaki(misaki / "gb_gold.json")
        banned = unsuitable()
        entries = []
        for word in sorted(set(ours) & set(us) & set(gb) - banned):
            is_word = re.fullmatch("[a-z]{3,}", word) and re.search("[aeiouy]", word)
            if is_word and zipf(word) >= MIN_ZIPF:
                entries.append(Entry(word, ours[word], us[word], gb[word]))
        return cls(entry for entry in entries if shared(entry))


def zipf(word: str) -> float:
    """wordfreq's Zipf value of an English word. Raises MissingExtra when it is not installed."""
    try:
        from wordfreq import zipf_frequency
    except ImportError as error:
        raise MissingExtra(
            "word frequencies need wordfreq; install it with: pip install 'echoic[bench]'"
        ) from error
    return float(zipf_frequency(word, "en"))


def read_cmudict(path: Path) -> dict[str, tuple[str, ...]]:
    """Spelling -> transcriptions. "word(2)" is another reading of "word"; # begins a comment."""
    found: dict[str, list[str]] = {}
    for line in _text(path).splitlines():
        head, _, phones = line.partition("#")[0].strip().partition(" ")
        if head and not head.startswith(";"):
            found.setdefault(re.sub(r"\(\d+\)$", "", head), []).append(phones.strip())
    return {word: tuple(raws) for word, raws in found.items()}


def read_misaki(path: Path) -> dict[str, tuple[str, ...]]:
    """Spelling -> transcriptions, one per part of speech where they differ."""
    try:
        table = json.loads(_text(path))
    except json.JSONDecodeError as error:
        raise BadRecord(f"{path}: not JSON: {error.msg}; fetch it again") from error
    found = {}
    for word, value in table.items():
        raws = value.values() if isinstance(value, dict) else [value]
        found[word] = tuple(dict.fromkeys(raw for raw in raws if raw))
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadRecord(
            f"{path}: pronunciation data cannot be read: {error.strerror}; "
            "fetch it with: echoic models fetch cmudict misaki"
        ) from error


@cache
def unsuitable() -> frozenset[str]:
    """Words that are not asked about: vulgar or distressing, names, letters, abbreviations."""
    text = resources.files("echoic.curation").joinpath("unsuitable.txt").read_text("utf-8")
    lines = (line.partition("#")[0] for line in text.splitlines())
    return frozenset(word for line in lines for word in line.split())
