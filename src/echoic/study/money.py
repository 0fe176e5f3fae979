"""What a study's calls have cost by its journals, which outlive restarts, and what is left."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from echoic.engine.accounting import usage
from echoic.engine.ask import AUDIO_MARK, Prompt, Reply
from echoic.engine.budget import Budget
from echoic.engine.budget import dollars as reply_dollars
from echoic.errors import BadRecipe
from echoic.models.prices import Prices, packaged, read_prices
from echoic.study.stage import Call, Captioning, Stage
from echoic.study.watch import lines
from echoic.study_file import Study


def prices(study: Study) -> Prices:
    """The study's price list. Raises BadRecord when its file holds none."""
    return read_prices(Path(study.prices)) if study.prices else packaged()


def replies(call: Call) -> list[dict[str, Any]]:
    """The replies in a journal, which may be in use."""
    return [row["reply"] for row in lines(call.journal)]


def spent(study: Study, stages: Iterable[Stage], *, but: Call | None = None) -> float:
    """Dollars at list prices for all remote replies that are there, those of `but` aside."""
    known, total = prices(study), 0.0
    for stage in stages:
        for call in stage.calls:
            listed = known.of(call.model)
            if call.remote and call != but and listed:
                audio = isinstance(stage.work, Captioning)
                found = map(Reply.from_record, replies(call))
                total += sum(reply_dollars(reply, listed, audio=audio) for reply in found)
    return total


def captions_usage(study: Study, stage: Stage) -> dict[str, Any]:
    """What the chat models among a stage's captioners took in all, by model."""
    if not isinstance(stage.work, Captioning):
        return {}
    heard, known = [Prompt("", AUDIO_MARK, audio=stage.work.out)], prices(study)
    return {
        call.model: usage(call.model, heard, found, known)
        for call in stage.calls
        if (found := [Reply.from_record(row) for row in replies(call)])
    }


def check_prices(study: Study, stages: Iterable[Stage]) -> None:
    """Raise BadRecipe when the study has a budget and asks a model whose price is not known."""
    known = prices(study)
    for call in (call for stage in stages for call in stage.calls):
        if study.budget is not None and call.remote and known.of(call.model) is None:
            raise BadRecipe(f"study {study.name!r}: no price is known for {call.model}, so its "
                            "budget cannot be kept; name a file with its price as 'prices', or "
                            "leave the budget out")  # fmt: skip


def purse(
    study: Study, call: Call, stages: Iterable[Stage], *, max_tokens: int | None, counted: bool
) -> Budget | None:
    """What is left of the budget for a call; None where none is set or the call costs nothing.

    `counted`: the replies in its journal will be counted by whoever asks.
    """
    listed = prices(study).of(call.model)
    if study.budget is None or not call.remote or listed is None:
        return None
    before = spent(study, stages, but=call if counted else None)
    return Budget(study.budget, listed, max_tokens, spent=before)
