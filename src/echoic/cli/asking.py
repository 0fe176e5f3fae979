"""The options that say how a model is asked, whatever it is asked."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from echoic.errors import UnknownName

if TYPE_CHECKING:
    from echoic.engine.ask import Generation
    from echoic.engine.budget import Budget
    from echoic.models.prices import Price, Prices

REASONING = ("off", "on", "low", "medium", "high")
PASSED_ON = ("batch", "cache", "connections", "retries", "timeout_s")
LOCAL = ("dtype", "batch_tokens")


cost_options = (
    click.option("--max-cost", type=click.FloatRange(min=0, min_open=True), metavar="USD",
                 help="Stop before the next request could pass this."),
    click.option("--prices", type=click.Path(path_type=Path), help="Prices on top of the packaged "
                 "list (TOML of the same form)."),
)  # fmt: skip


def asking_options(function: Callable[..., None]) -> Callable[..., None]:
    """Decorate a command with them."""
    one = click.IntRange(min=1)
    options = (
        click.option("--dtype", type=click.Choice(["float32", "bfloat16", "float16"]),
                     help="Local models: number format."),
        click.option("--batch-tokens", type=one, help="Local models: tokens of the prompts that "
                     "run at once."),
        click.option("--max-tokens", type=one, help="Cut replies there, reasoning included.  "
                     "[default: the model's own]"),
        click.option("--reasoning", type=click.Choice(REASONING), help="Thinking before the "
                     "answer.  [default: the model's own]"),
        click.option("--connections", type=one, help="APIs: requests in flight.  [default: "
                     "Inspect's for the provider]"),
        click.option("--timeout", "timeout_s", type=one, metavar="SECONDS", help="APIs: for one "
                     "attempt.  [default: the provider's]"),
        click.option("--retries", type=click.IntRange(min=0), help="APIs: of a request that "
                     "failed.  [default: 6]"),
        click.option("--batch", is_flag=True, help="APIs: through the provider's batch API "
                     "(cheaper, up to a day)."),
        click.option("--cache", is_flag=True, help="APIs: take and store replies in Inspect's "
                     "response cache."),
    )  # fmt: skip
    for option in reversed((*options, *cost_options)):
        function = option(function)
    return function


def generation(options: dict[str, Any]) -> "Generation":
    """How the model generates."""
    from echoic.engine.ask import Generation

    told = ("max_tokens", "temperature", "reasoning")
    return Generation(**{key: options[key] for key in told})


def prices(options: dict[str, Any]) -> "Prices":
    """The price list of this command."""
    from echoic.models.prices import packaged, read_prices

    return read_prices(options["prices"]) if options["prices"] else packaged()


def provider_options(model: str, options: dict[str, Any]) -> dict[str, Any]:
    """What `open_provider` gets besides: only what was asked for.

    Raises UnknownName when a cap is given for a model without a known price.
    """
    from echoic.engine.providers import behind_api

    passed = {
        key: options[key] for key in (*PASSED_ON, *LOCAL) if options[key] not in (None, False)
    }
    if options["max_cost"] is None or (options.get("judge") and not behind_api(model)):
        return passed
    if options["batch"] and options["max_tokens"] is None:
        raise click.UsageError(
            "--batch with --max-cost needs --max-tokens: the replies of a batch are paid together, "
            "so their length must have a bound"
        )
    from echoic.engine.budget import Budget

    price = _price(model, options)
    budget = Budget(options["max_cost"], price, options["max_tokens"], options["batch"])
    return {**passed, "budget": budget}


def judge_budget(
    options: dict[str, Any], journal: Path, reading: "Budget | None" = None
) -> "Budget | None":
    """What the judge may spend of --max-cost, `reading` being what the model it reads may.

    None without a cap, or where the judge costs nothing. What its journal holds counts as spent.
    Raises UnknownName when the judge's price is not known.
    """
    from echoic.engine.ask import Generation
    from echoic.engine.budget import Budget
    from echoic.engine.providers import behind_api, resolve
    from echoic.evals.judge import paid

    if options["max_cost"] is None:
        return None
    judge, _ = resolve(options["judge"], Generation())
    if not behind_api(judge):
        if reading is None:
            raise click.UsageError("--max-cost: neither the model nor its judge costs anything")
        return None
    price = _price(judge, options)
    before = paid(journal, price)
    if reading is None:
        return Budget(options["max_cost"], price, spent=before)
    reading.spent += before
    return reading.beside(price)


def _price(model: str, options: dict[str, Any]) -> "Price":
    """The price of a model under a cap. Raises UnknownName when it is not known."""
    known = prices(options)
    if (price := known.of(model)) is None:
        raise UnknownName(
            f"--max-cost: {model} is not on the price list of {known.date}; give its price with "
            "--prices FILE"
        )
    return price
