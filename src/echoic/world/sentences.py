"""Sentences from a small grammar whose subjects and objects are parted between the splits.

No sentence, no subject and no object of the test split occurs in the training split.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

SUBJECTS: Mapping[str, tuple[str, ...]] = {
    "train": (
        "farmer", "sailor", "teacher", "doctor", "painter", "driver", "baker", "captain",
        "student", "pilot", "tailor", "gardener", "lawyer", "soldier", "waiter", "singer",
        "miner", "hunter", "writer", "banker", "dancer", "mayor", "cousin", "neighbour",
    ),
    "test": (
        "fisher", "butcher", "plumber", "actor", "barber", "judge", "nurse", "author",
        "builder", "porter", "uncle", "traveller",
    ),
}  # fmt: skip
OBJECTS: Mapping[str, tuple[str, ...]] = {
    "train": (
        "lantern", "basket", "ladder", "hammer", "letter", "bottle", "blanket", "bucket",
        "candle", "carpet", "kettle", "mirror", "needle", "pencil", "pillow", "ribbon",
        "saddle", "shovel", "ticket", "wallet", "window", "trumpet", "jacket", "napkin",
        "parcel", "statue", "teapot", "violin", "wagon", "anchor",
    ),
    "test": (
        "button", "camera", "cradle", "curtain", "feather", "helmet", "magnet", "notebook",
        "paddle", "puzzle", "rocket", "sandal", "table", "saucer", "towel", "spoon",
    ),
}  # fmt: skip
VERBS = (
    "carried", "dropped", "found", "lost", "painted", "moved", "cleaned", "wanted", "borrowed",
    "noticed", "sold", "bought", "opened", "fixed", "kept", "hid",
)  # fmt: skip
TIMES = (
    "at noon", "at night", "on Sunday", "last week", "in June", "this morning", "after lunch",
    "before dawn", "today", "last year",
)  # fmt: skip


@dataclass(frozen=True)
class Sentence:
    """`thing` is the object that the sentence names."""

    text: str
    thing: str


def sentence(split: str, rng: np.random.Generator) -> Sentence:
    """One of the split's sentences: five to seven words, in one of three orders."""
    who, thing = (str(rng.choice(pool[split])) for pool in (SUBJECTS, OBJECTS))
    did, when = str(rng.choice(VERBS)), str(rng.choice(TIMES))
    article = str(rng.choice(["The", "Our", "My"]))
    one = "an" if thing[0] in "aeiou" else "a"
    forms = (
        f"{article} {who} {did} the {thing} {when}",
        f"{when.capitalize()} {article.lower()} {who} {did} the {thing}",
        f"{article} {who} {did} {one} {thing} {when}",
    )
    return Sentence(forms[int(rng.integers(len(forms)))], thing)


def phrase(split: str, rng: np.random.Generator) -> str:
    """A short sentence of five words, of which two fit into one clip."""
    who, thing = (str(rng.choice(pool[split])) for pool in (SUBJECTS, OBJECTS))
    return f"The {who} {rng.choice(VERBS)} the {thing}"


# Subjects, verbs and objects; of subjects and objects the last two are the test split's.
FOREIGN: Mapping[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "French": (
        ("le fermier", "la voisine", "le boulanger", "mon oncle", "le docteur", "la chanteuse"),
        ("cherche", "répare", "trouve", "vend", "porte"),
        ("la lanterne", "le panier", "la bouteille", "le marteau", "la lettre", "le chapeau"),
    ),
    "German": (
        ("der Bauer", "die Lehrerin", "der Bäcker", "mein Onkel", "der Arzt", "die Sängerin"),
        ("sucht", "verkauft", "findet", "bringt", "zeichnet"),
        ("die Laterne", "den Korb", "die Flasche", "den Hammer", "den Brief", "das Fenster"),
    ),
    "Spanish": (
        ("el granjero", "la maestra", "el panadero", "mi tío", "el médico", "la cantante"),
        ("busca", "vende", "encuentra", "lleva", "pinta"),
        ("la linterna", "la cesta", "la botella", "el martillo", "la carta", "el sombrero"),
    ),
    "Italian": (
        ("il contadino", "la maestra", "il fornaio", "mio zio", "il medico", "la cantante"),
        ("cerca", "vende", "trova", "porta", "dipinge"),
        ("la lanterna", "il cestino", "la bottiglia", "il martello", "la lettera", "il cappello"),
    ),
    "Polish": (
        ("rolnik", "nauczycielka", "piekarz", "mój wujek", "lekarz", "piosenkarka"),
        ("kupuje", "sprzedaje", "znajduje", "niesie", "maluje"),
        ("dużą latarnię", "nowy koszyk", "tę butelkę", "stary młotek", "długi list", "to okno"),
    ),
}
FOREIGN_TEST = 2


def foreign_sentence(language: str, split: str, rng: np.random.Generator) -> str:
    """A sentence in one of `vocabulary.LANGUAGES`."""
    if language == "English":
        return sentence(split, rng).text
    part = slice(-FOREIGN_TEST, None) if split == "test" else slice(-FOREIGN_TEST)
    subjects, verbs, objects = FOREIGN[language]
    words = [str(rng.choice(pool)) for pool in (subjects[part], verbs, objects[part])]
    text = " ".join(words)
    return text[0].upper() + text[1:]
