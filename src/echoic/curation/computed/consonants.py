"""English consonants: articulation, as phonetics textbooks give it, and IPA symbols.

Approximants and /h/ are left out of questions about place and manner: descriptions differ.
"""

from echoic.curation.lexicon import Reading

VOICED, VOICELESS = "voiced", "voiceless"

# phone: (voicing, place, manner, IPA)
CONSONANTS: dict[str, tuple[str, str, str, str]] = {
    "P": (VOICELESS, "bilabial", "plosive", "p"),
    "B": (VOICED, "bilabial", "plosive", "b"),
    "T": (VOICELESS, "alveolar", "plosive", "t"),
    "D": (VOICED, "alveolar", "plosive", "d"),
    "K": (VOICELESS, "velar", "plosive", "k"),
    "G": (VOICED, "velar", "plosive", "ɡ"),
    "F": (VOICELESS, "labiodental", "fricative", "f"),
    "V": (VOICED, "labiodental", "fricative", "v"),
    "TH": (VOICELESS, "dental", "fricative", "θ"),
    "DH": (VOICED, "dental", "fricative", "ð"),
    "S": (VOICELESS, "alveolar", "fricative", "s"),
    "Z": (VOICED, "alveolar", "fricative", "z"),
    "SH": (VOICELESS, "postalveolar", "fricative", "ʃ"),
    "ZH": (VOICED, "postalveolar", "fricative", "ʒ"),
    "CH": (VOICELESS, "postalveolar", "affricate", "tʃ"),
    "JH": (VOICED, "postalveolar", "affricate", "dʒ"),
    "M": (VOICED, "bilabial", "nasal", "m"),
    "N": (VOICED, "alveolar", "nasal", "n"),
    "NG": (VOICED, "velar", "nasal", "ŋ"),
}
GLIDES = {"L": "l", "R": "ɹ", "W": "w", "Y": "j", "HH": "h"}
VOWELS = {
    "IY": "i", "IH": "ɪ", "EY": "eɪ", "EH": "ɛ", "AE": "æ", "AA": "ɑ", "AO": "ɔ", "OW": "oʊ",
    "UH": "ʊ", "UW": "u", "AH": "ʌ", "AY": "aɪ", "AW": "aʊ", "OY": "ɔɪ", "ER": "ɝ",
}  # fmt: skip


def describe(phone: str) -> str:
    """ "Z" -> "voiced alveolar fricative"."""
    return " ".join(CONSONANTS[phone][:3])


def contrast(a: str, b: str) -> tuple[str, ...]:
    """The features in which two consonants differ: of "voicing", "place", "manner"."""
    names = ("voicing", "place", "manner")
    pairs = zip(names, CONSONANTS[a], CONSONANTS[b], strict=False)
    return tuple(name for name, x, y in pairs if x != y)


def ipa(reading: Reading) -> str:
    """A one-syllable American reading in IPA, without stress marks: "θɔt"."""
    symbols = {**{k: v[3] for k, v in CONSONANTS.items()}, **GLIDES, **VOWELS}
    return "".join(symbols[phone.rstrip("01")] for phone in reading)
