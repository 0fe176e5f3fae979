"""What a study's calls have cost by its journals, which outlive restarts, and what is left."""

from collections.abc import Iterable
from typing import Any

from echoic.engine.ask import Reply
from echoic.engine.budget import Budget
from echoic.engine.budget import dollars as reply_dollars
from echoic.errors import BadRecipe, EchoicError
from echoic.models.prices import packaged
from echoic.records import read_jsonl
from echoic.study.stage import Call, Captioning, Stage
from echoic.study_file import Study


def replies(call: Call) -> list[dict[str, Any]]:
    """The replies in a journal, which may be in use."""
    if not call.journal.exists():
        return []
    try:
        return [row["reply"] for _, row in read_jsonl(call.journal)]
    except EchoicError:
        return []


def spent(stages: Iterable[Stage], *, but: Call | None = None) -> float:
    """Dollars at list prices for all remote replies that are there, those of `but` aside."""
    total = 0.0
    for stage in stages:
        for call in stage.calls:
            listed = packaged().of(call.model)
            if call.remote and call != but and listed:
                audio = isinstance(stage.work, Captioning)
                found = (Reply(**{**row, "scores": ()}) for row in replies(call))
                total += sum(reply_dollars(reply, listed, audio=audio) for reply in found)
    return total


def check_prices(study: Study, stages: Iterable[Stage]) -> None:
    """Raise BadRecipe when the study has a budget and asks a model whose price is not known."""
    if study.budget is None:
        return
    for call in (call for stage in stages for call in stage.calls):
        if call.remote and packaged().of(call.model) is None:
            raise BadRecipe(f"study {study.name!r}: no price is known for {call.model}, so its "
                            "budget cannot be kept; leave the budget or the model out")  # fmt: skip


def purse(
    study: Study, call: Call, stages: Iterable[Stage], *, max_tokens: int | None, counted: bool
) -> Budget | None:
    """What is left of the budget for a call; None where none is set or the call costs nothing.

    `counted`: the replies in its journal will be counted by whoever asks.
    """
    listed = packaged().of(call.model)
    if study.budget is None or not call.remote or listed is None:
        return None
    before = spent(stages, but=call if counted else None)
    return Budget(study.budget, listed, max_tokens, spent=before)
