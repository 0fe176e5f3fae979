"""What remote models cost: `prices.toml` with its date, or a list of the user's own."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from echoic.errors import BadRecord
from echoic.models.backbone import facts

TOKENS_PRICED = 1_000_000
RUNS_HERE = ("echoic", "hf", "llama-cpp-python", "mockllm", "ollama", "sglang", "vllm")
"""Providers of Inspect and of our own that run on the user's machines: nobody sends a bill."""


@dataclass(frozen=True)
class Price:
    """US dollars per million tokens.

    `cached` is for prompt tokens read from the provider's cache and `cache_write` for those written
    to it (None: like the others), `audio` for prompts with audio (None: like text). `batch` is what
    a batch API takes of each price.
    """

    input: float
    output: float
    cached: float | None = None
    cache_write: float | None = None
    audio: float | None = None
    batch: float = 1.0

    def __post_init__(self) -> None:
        values = [value for value in vars(self).values() if value is not None]
        if not all(isinstance(value, int | float) and value >= 0 for value in values):
            raise BadRecord(f"a price is a number of dollars, not {values}")

    def dollars(
        self,
        tokens_in: int,
        tokens_out: int,
        *,
        cached: int = 0,
        cache_written: int = 0,
        audio: bool = False,
        batch: bool = False,
    ) -> float:
        """What so many tokens cost, in US dollars; `tokens_in` includes `cached` and written."""
        fresh = self.input if not audio or self.audio is None else self.audio
        read = fresh if self.cached is None else self.cached
        write = fresh if self.cache_write is None else self.cache_write
        whole = (tokens_in - cached - cache_written) * fresh + cached * read
        whole += cache_written * write + tokens_out * self.output
        return whole * (self.batch if batch else 1.0) / TOKENS_PRICED


@dataclass(frozen=True)
class Prices:
    """A price list: its date, and prices by the name of the model."""

    date: str
    models: Mapping[str, Price]

    def of(self, model: str) -> Price | None:
        """The price of a model by any of its names; None when it is not on the list.

        What runs on the user's own machines costs nothing.
        """
        if model in self.models:
            return self.models[model]
        if model.partition("/")[0] in RUNS_HERE:
            return Price(0, 0)
        return self.models.get(facts(model).name)


def read_prices(path: Path) -> Prices:
    """The packaged list with the prices of a TOML file of the same form on top.

    Its keys are model strings or names. Raises BadRecord.
    """
    try:
        own = _parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadRecord(f"{path}: cannot be read: {error.strerror}; check the path") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError, TypeError, AttributeError,
            BadRecord) as error:  # fmt: skip
        raise BadRecord(
            f'{path}: no price list ({error}); write date = "..." and a table for each model with '
            "input and output in US dollars per million tokens"
        ) from error
    return Prices(own.date, {**packaged().models, **own.models})


def _parse(text: str) -> Prices:
    table: dict[str, Any] = tomllib.loads(text)
    date = str(table.pop("date"))
    return Prices(date, {name: Price(**row) for name, row in table.items()})


@cache
def packaged() -> Prices:
    """The list that comes with echoic."""
    text = resources.files("echoic.models").joinpath("prices.toml").read_text(encoding="utf-8")
    return _parse(text)
