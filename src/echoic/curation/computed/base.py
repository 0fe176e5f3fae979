"""What every family of computed questions is made of.

A `Generator` draws a `Pick` (numbers or words, the key, the distractors) and can tell from the
evidence alone whether an option answers the question. A question is sound when its stem is the
named wording filled with the evidence's numbers, its key holds, and every distractor certainly
fails; `recompute` checks all three.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from echoic.curation.lexicon import Entry, Lexicon
from echoic.question import Question

Rng = np.random.Generator
Given = Mapping[str, Any]
Holds = Callable[["Evidence", str], "bool | None"]
"""Whether an option answers the question: yes, no, or None where the sources leave it open."""

T = TypeVar("T")

OPTIONS = 4


@dataclass(frozen=True)
class Evidence:
    """What proves a key: the values in the stem, and the readings of every word involved."""

    given: Given
    readings: Mapping[str, Entry] = field(default_factory=dict)


@dataclass(frozen=True)
class Pick:
    """One draw. `given` fills the wording; `why` is the formula or rule with its values.

    `notes` says of each distractor which mistake leads to it, where there is a name for it.
    """

    given: Given
    key: str
    distractors: tuple[str, ...]
    why: str
    words: tuple[str, ...] = ()
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Generator:
    """One kind of question. `wordings` are format strings over `Pick.given`.

    `draw` returns None when the random draw led to nothing usable; the caller draws again.
    """

    name: str
    subcategory: str
    wordings: tuple[str, ...]
    draw: Callable[[Rng, Lexicon], Pick | None]
    holds: Holds


def pick(rng: Rng, items: Sequence[T]) -> T:
    """One item, uniformly."""
    return items[int(rng.integers(len(items)))]


def sample(rng: Rng, items: Sequence[T], count: int) -> list[T]:
    """`count` different items, uniformly, in random order."""
    return [items[int(at)] for at in rng.choice(len(items), size=count, replace=False)]


def others(rng: Rng, items: Sequence[T], key: T, count: int = OPTIONS - 1) -> tuple[T, ...]:
    """`count` items other than `key`."""
    return tuple(sample(rng, [item for item in items if item != key], count))


def tokens(text: str) -> frozenset[str]:
    """The words of an option as order-blind matching sees them (MMAU's official rule)."""
    return frozenset(re.findall(r"\b\w+\b", text.lower()))


def distinguishable(options: Sequence[str]) -> bool:
    """Whether no two options have the same words in another order."""
    return len({tokens(option) for option in options}) == len(options)


def like_length(
    rng: Rng, key: str, candidates: Sequence[str], count: int = OPTIONS - 1
) -> tuple[str, ...] | None:
    """Distractors such that the key's length is no hint; None with too few candidates.

    Draws a rank for the key (0: shortest option) and takes, of several random draws, the one
    closest to it with the smallest spread of lengths.
    """
    if len(candidates) < count:
        return None
    wanted = int(rng.integers(count + 1))

    def cost(drawn: list[str]) -> tuple[float, int]:
        lengths = [len(text) for text in drawn]
        below = sum(n < len(key) for n in lengths) + 0.5 * sum(n == len(key) for n in lengths)
        return abs(below - wanted), max(*lengths, len(key)) - min(*lengths, len(key))

    tries = [sample(rng, candidates, count) for _ in range(20)]
    best = min(tries, key=cost)
    return tuple(best)


def render(wording: str, given: Given) -> str:
    """A wording filled with values: thousands get commas, whole floats lose their ".0"."""

    def text(value: object) -> object:
        if isinstance(value, float):
            value = int(value) if value.is_integer() else value
        return f"{value:,}" if isinstance(value, int | float) else value

    return wording.format(**{name: text(value) for name, value in given.items()})


def build_evidence(generator: Generator, wording: int, drawn: Pick, lexicon: Lexicon) -> Given:
    """The JSON object stored as a question's evidence."""
    row: dict[str, Any] = {
        "generator": generator.name,
        "wording": wording,
        "given": dict(drawn.given),
        "why": drawn.why,
    }
    if drawn.words:
        row["readings"] = {word: lexicon[word].to_record() for word in sorted(set(drawn.words))}
    if drawn.notes:
        row["mistakes"] = dict(drawn.notes)
    return row


def sound(generator: Generator, question: Question) -> str:
    """Why a question does not follow from its evidence, or "" when it does."""
    row = question.evidence
    wording = row.get("wording")
    if type(wording) is not int or not 0 <= wording < len(generator.wordings):
        return f"{generator.name} has no wording {wording!r}"
    readings = {word: Entry.from_record(word, r) for word, r in row.get("readings", {}).items()}
    evidence = Evidence(row["given"], readings)
    stem = render(generator.wordings[wording], evidence.given)
    if stem != question.stem:
        return f"the stem is not the evidence's: {stem!r}"
    for at, option in enumerate(question.options):
        verdict = generator.holds(evidence, option)
        if verdict is not (at == question.answer):
            told = {True: "right", False: "wrong", None: "uncertain"}[verdict]
            return f"option {option!r} is {told} by the evidence"
    return ""
