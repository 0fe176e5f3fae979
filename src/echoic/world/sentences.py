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
    forms = (
        f"{article} {who} {did} the {thing} {when}",
        f"{when.capitalize()} {article.lower()} {who} {did} the {thing}",
        f"{article} {who} {did} a {thing} {when}" if thing[0] not in "aeiou" else
        f"{article} {who} {did} the {thing} {when}",
    )  # fmt: skip
    return Sentence(forms[int(rng.integers(len(forms)))], thing)


def phrase(split: str, rng: np.random.Generator) -> str:
    """A short sentence of five words, of which two fit into one clip."""
    who, thing = (str(rng.choice(pool[split])) for pool in (SUBJECTS, OBJECTS))
    return f"The {who} {rng.choice(VERBS)} the {thing}"
