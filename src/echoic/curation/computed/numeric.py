"""Questions with a number as the answer.

The key is a formula of the values in the stem. A rank among the four sorted numbers is drawn for
the key first, so that neither the middle nor an end is favoured. Distractors then come from named
plausible mistakes (a forgotten factor, the inverse ratio). Where these do not suffice, numbers of
like size continue the row downward or upward. They are derived from the outermost number so far,
not from the key: otherwise the key would be the one number that all others are simple multiples
of, and could be found without the question.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from echoic.curation.computed.base import (
    OPTIONS,
    Evidence,
    Generator,
    Given,
    Pick,
    Rng,
    distinguishable,
    pick,
    render,
    sample,
)
from echoic.curation.lexicon import Lexicon

Solve = Callable[[Given], float]
Ladder = Callable[[Rng, float, bool], float]
"""(rng, value, upward) -> the next number of like size."""

FILLER = "a number of like size"
ROUNDING = 0.03  # a filler may be moved by this share to be as round as the key
TRIES = 12


def ratios(*factors: float) -> Ladder:
    """Fillers that are so many times larger or smaller."""
    return lambda rng, value, up: value * pick(rng, factors) ** (1 if up else -1)


def steps(*sizes: float) -> Ladder:
    """Fillers so much larger or smaller: for decibels, counts and other differences."""
    return lambda rng, value, up: value + pick(rng, sizes) * (1 if up else -1)


FACTORS = ratios(1.25, 4 / 3, 1.5, 5 / 3, 2)
SEMITONES = ratios(*(2 ** (size / 12) for size in (2, 3, 4, 5, 7)))


@dataclass(frozen=True)
class Unit:
    """How a value is written: `Unit("Hz")(1720)` is "1,720 Hz"."""

    name: str
    decimals: int = 0
    signed: bool = False

    def __call__(self, value: float) -> str:
        """The value as an option."""
        sign = "+" if self.signed else ""
        text = f"{round(value, self.decimals) + 0.0:{sign},.{self.decimals}f}"
        return f"{text} {self.name}".strip()

    def as_round(self, value: float, key: float) -> float:
        """`value` with as many final zeros as the key shows, where that moves it little."""
        grain = 10.0**-self.decimals
        while round(key / grain) % 10 == 0 and 10 * grain <= ROUNDING * abs(value) * 2:
            grain *= 10
        return round(value / grain) * grain


@dataclass(frozen=True)
class _Sum:
    """A formula with what surrounds it; the fields are the arguments of `numeric`."""

    given: Callable[[Rng], Given | None]
    solve: Solve
    show: Unit
    formula: str
    mistakes: Mapping[str, Solve]
    filler: Ladder
    gap: float
    ratio: float
    low: float
    high: float
    farthest: float

    def fits(self, value: float, chosen: list[float]) -> bool:
        """Whether a value is possible, near enough to the key, and apart from those chosen."""
        sizes = sorted((abs(value), abs(chosen[0])))
        if not self.low < value <= self.high or sizes[1] > self.farthest * sizes[0]:
            return False
        return all(
            abs(value - other) >= self.gap
            and max(abs(value), abs(other)) >= self.ratio * min(abs(value), abs(other))
            and self.show(value) != self.show(other)
            for other in chosen
        )

    def side(
        self, rng: Rng, count: int, up: bool, values: Given, chosen: list[float]
    ) -> dict[str, str] | None:
        """`count` options on one side of the key, with what leads to each."""
        key = chosen[0]
        found: dict[str, str] = {}
        named = [(label, wrong(values)) for label, wrong in self.mistakes.items()]
        for label, value in sample(rng, named, len(named)):
            if len(found) < count and (value > key) == up and self.fits(value, chosen):
                found[self.show(value)] = label
                chosen.append(value)
        for _ in range(TRIES):
            if len(found) == count:
                return found
            value = self.filler(rng, max(chosen) if up else min(chosen), up)
            value = self.show.as_round(value, key)
            if self.fits(value, chosen):
                found[self.show(value)] = FILLER
                chosen.append(value)
        return None

    def draw(self, rng: Rng, lexicon: Lexicon) -> Pick | None:
        """One question, or None when the numbers leave no room for four options."""
        values = self.given(rng)
        if values is None:
            return None
        key = self.solve(values)
        if not self.low < key <= self.high:
            return None
        below = int(rng.integers(OPTIONS))
        chosen = [key]
        lower = self.side(rng, below, False, values, chosen)
        upper = self.side(rng, OPTIONS - 1 - below, True, values, chosen)
        if lower is None or upper is None:
            return None
        notes = {**lower, **upper}
        if not distinguishable([self.show(key), *notes]):
            return None
        why = f"{render(self.formula, values)} = {self.show(key)}"
        return Pick(values, self.show(key), tuple(notes), why, notes=notes)

    def holds(self, evidence: Evidence, option: str) -> bool | None:
        """Whether the option is the formula's value."""
        return option == self.show(self.solve(evidence.given))


def numeric(
    name: str,
    subcategory: str,
    wordings: tuple[str, ...],
    *,
    given: Callable[[Rng], Given | None],
    solve: Solve,
    show: Unit,
    formula: str,
    mistakes: Mapping[str, Solve] | None = None,
    filler: Ladder = FACTORS,
    gap: float = 0.0,
    ratio: float = 1.12,
    low: float = 0.0,
    high: float = float("inf"),
    farthest: float = 6.0,
) -> Generator:
    """A generator from a formula.

    `given` draws the values of the stem (None: draw again), `solve` turns them into the key,
    `show` a value into an option; `formula` is a format string over the values. `mistakes` are
    wrong ways to solve it. Two options differ at least by `gap` and by the factor `ratio`; all lie
    in (low, high] and within the factor `farthest` of the key.
    """
    work = _Sum(
        given, solve, show, formula, mistakes or {}, filler, gap, ratio, low, high, farthest
    )
    return Generator(name, subcategory, wordings, work.draw, work.holds)


def spread(rng: Rng, low: float, high: float, step: float) -> float:
    """A value from low to high in whole steps, evenly on a logarithmic scale."""
    value = float(low * (high / low) ** rng.random())
    rounded = round(value / step) * step
    return int(rounded) if float(step).is_integer() else round(rounded, 6)
