"""What remote models cost, for estimates before anything is spent: `prices.toml`, with its date."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from echoic.models.backbone import facts

TOKENS_PRICED = 1_000_000


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens."""

    input: float
    output: float

    def dollars(self, tokens_in: int, tokens_out: int) -> float:
        """What so many tokens cost, in US dollars."""
        return (tokens_in * self.input + tokens_out * self.output) / TOKENS_PRICED


@cache
def price_list() -> tuple[str, Mapping[str, Price]]:
    """The date of the list, and its prices by the name of the model."""
    text = resources.files("echoic.models").joinpath("prices.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text)
    return str(table.pop("date")), {name: Price(**row) for name, row in table.items()}


def price(model: str) -> Price | None:
    """The price of a model by any of its names; None when it is not on the list."""
    return price_list()[1].get(facts(model).name)
