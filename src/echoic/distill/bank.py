"""The prompt bank, and what each clip's backbone is asked.

As in DeSTA, the backbone reads a clip's textual metadata (the seed) and an instruction drawn at
random, and writes the reply that the LALM will learn to give on hearing the audio. With `prefill`
the list of attributes in the seed line is rotated to begin anywhere, and the reply's first words
are given: "(" and the first attribute's label. A small backbone then names nearly all attributes,
where free text names a third of them. Rotated, not shuffled: the order of labels can then be
learned, where a drawn order is noise that the audio cannot explain.
"""

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np

from echoic.errors import BadRecord
from echoic.seed import Seed


@dataclass(frozen=True)
class Assignment:
    """One reply to be written: which seed, as which line, with which instruction."""

    id: str
    seed: Seed
    description: str
    instruction: str
    prefill: str


@cache
def instructions() -> tuple[str, ...]:
    """The instructions of the bank."""
    text = (resources.files("echoic.distill") / "prompts.toml").read_text(encoding="utf-8")
    return tuple(tomllib.loads(text)["instructions"])


def assign(
    seeds: Sequence[Seed], *, rng: np.random.Generator, prefill: bool, per_clip: int = 1
) -> list[Assignment]:
    """Draw `per_clip` instructions (and places to begin) for every seed.

    Raises BadRecord when prefill is asked for a seed whose line does not hold its attributes.
    """
    bank = instructions()
    drawn: list[Assignment] = []
    for seed in seeds:
        for copy in range(per_clip):
            line, first = _rotated(seed, rng) if prefill else (seed.description, "")
            drawn.append(
                Assignment(
                    id=f"{seed.id}-{copy}",
                    seed=seed,
                    description=line,
                    instruction=bank[rng.integers(len(bank))],
                    prefill=first,
                )
            )
    return drawn


def _rotated(seed: Seed, rng: np.random.Generator) -> tuple[str, str]:
    """The seed line with its attributes begun elsewhere, and the words that begin the list."""
    pairs = [f"{name}: {value}" for name, value in seed.attributes.items()]
    listed = f"({', '.join(pairs)})"
    if not pairs or listed not in seed.description:
        raise BadRecord(f"seed {seed.id}: its description does not list its attributes in brackets")
    start = int(rng.integers(len(pairs)))
    rotated = f"({', '.join(pairs[start:] + pairs[:start])})"
    label = pairs[start].partition(":")[0]
    return seed.description.replace(listed, rotated), f"({label}:"


def named_share(seed: Seed, text: str) -> float:
    """Share (0 to 1) of the seed's attribute values that `text` names, letter case aside.

    As whole words: "slowly" does not name the pitch "low".
    """
    values = [value.lower() for value in seed.attributes.values()]
    if not values:
        return 1.0
    said = text.lower()
    named = [re.search(rf"(?<!\w){re.escape(value)}(?!\w)", said) for value in values]
    return sum(map(bool, named)) / len(values)
