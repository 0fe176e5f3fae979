"""What a study's calls have cost so far, by its journals: they outlive crashes and restarts."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from echoic.errors import EchoicError
from echoic.models.prices import price
from echoic.records import read_jsonl
from echoic.study.stages import Call, Stage


def dollars(model: str, tokens_in: float, tokens_out: float) -> float | None:
    """List price of so many tokens; 0 for what runs here, None where no price is known."""
    if not Call(model, Path()).remote:
        return 0.0
    listed = price(model)
    return None if listed is None else listed.dollars(round(tokens_in), round(tokens_out))


def replies(call: Call) -> list[dict[str, Any]]:
    """The replies in a journal, which may be in use."""
    if not call.journal.exists():
        return []
    try:
        return [row["reply"] for _, row in read_jsonl(call.journal)]
    except EchoicError:
        return []


def spent(stages: Iterable[Stage]) -> float:
    """Dollars at list prices for all remote replies that are there."""
    total = 0.0
    for call in {call.journal: call for stage in stages for call in stage.calls}.values():
        if not call.remote:
            continue
        found = replies(call)
        tokens_in = sum(reply["tokens_in"] for reply in found)
        tokens_out = sum(reply["tokens_out"] for reply in found)
        total += dollars(call.model, tokens_in, tokens_out) or 0.0
    return total
