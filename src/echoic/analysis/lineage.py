"""Which models differ in one thing only: generation, training stage, or size."""

import math
from collections.abc import Mapping
from typing import Protocol

STAGES = ("base", "SFT", "DPO", "instruct")
"""How far training went; "instruct" is the last stage that was released."""

SIZES_ALIKE = 1.5  # generations are compared at sizes that differ by less than this factor


class Lineage(Protocol):
    """Where a backbone comes from; "" and None mean unknown."""

    @property
    def family(self) -> str: ...  # noqa: D102

    @property
    def generation(self) -> str: ...  # noqa: D102

    @property
    def stage(self) -> str: ...  # noqa: D102

    @property
    def parameters(self) -> int | None: ...  # noqa: D102

    @property
    def release(self) -> str: ...  # noqa: D102


def pairs(origins: Mapping[str, Lineage]) -> list[tuple[str, str, str]]:
    """(kind, later or larger, earlier or smaller) of every two models where one thing changes.

    Generations share family and stage at about one size, stages share family, generation and size,
    sizes share family, generation and stage. Of a longer chain neighbours are paired. Models with
    an unknown fact are in no pair that needs it.
    """
    known = [name for name, origin in origins.items() if origin.family]
    found = []
    for name in known:
        for kind, follows in (("generation", _newer), ("stage", _further), ("size", _larger)):
            before = [other for other in known if follows(origins[other], origins[name])]
            between = [
                other
                for other in before
                if not any(follows(origins[other], origins[third]) for third in before)
            ]
            found += [(kind, name, other) for other in between]
    return found


def _newer(old: Lineage, new: Lineage) -> bool:
    """Whether `new` is a later generation of `old`'s line, at about its size."""
    if (old.family, old.stage) != (new.family, new.stage) or not old.stage:
        return False
    if old.generation == new.generation or not (old.parameters and new.parameters):
        return False
    alike = max(old.parameters, new.parameters) < SIZES_ALIKE * min(old.parameters, new.parameters)
    return alike and bool(old.release) and old.release < new.release


def _further(early: Lineage, late: Lineage) -> bool:
    """Whether `late` is a later training stage of the same model."""
    same = (early.family, early.generation, early.parameters)
    if same != (late.family, late.generation, late.parameters) or early.parameters is None:
        return False
    if early.stage not in STAGES or late.stage not in STAGES:
        return False
    return STAGES.index(early.stage) < STAGES.index(late.stage)


def _larger(small: Lineage, large: Lineage) -> bool:
    """Whether `large` is a larger model of the same generation and stage."""
    same = (small.family, small.generation, small.stage)
    if same != (large.family, large.generation, large.stage) or not (small.stage):
        return False
    return (small.parameters or math.inf) < (large.parameters or 0)
