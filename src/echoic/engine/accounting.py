"""What a run took: requests, tokens, dollars."""

from collections.abc import Mapping, Sequence
from typing import Any

from echoic.engine.ask import Prompt, Reply
from echoic.engine.budget import dollars
from echoic.engine.runner import FAILED
from echoic.models.prices import Prices


def usage(
    model: str, prompts: Sequence[Prompt], replies: Sequence[Reply], prices: Prices
) -> dict[str, Any]:
    """Tokens as the provider told them, and US dollars by the price list; None: no price known.

    Failed requests are not in it: what a provider took for them it did not tell. `untold` counts
    replies without token counts, whose dollars are missing; `from_cache` those that cost nothing,
    `reasoned` those that came with reasoning although it was switched off.
    `prompts` are asked round by round: reply `i` is to prompt `i % len(prompts)`.
    """
    answered = [
        (prompts[at % len(prompts)], reply)
        for at, reply in enumerate(replies)
        if reply.stop != FAILED
    ]
    found = [reply for _, reply in answered]
    price = prices.of(model)
    spent = None
    if price is not None:
        spent = sum(dollars(reply, price, audio=p.audio is not None) for p, reply in answered)
    return {
        "replies": len(found),
        "tokens_in": sum(reply.tokens_in for reply in found),
        "tokens_cached": sum(reply.tokens_cached for reply in found),
        "tokens_cache_written": sum(reply.tokens_cache_written for reply in found),
        "tokens_out": sum(reply.tokens_out for reply in found),
        "tokens_reasoning": sum(reply.tokens_reasoning for reply in found),
        "untold": sum(not reply.tokens_in for reply in found),
        "from_cache": sum(bool(reply.extra.get("from_cache")) for reply in found),
        "batch": sum(bool(reply.extra.get("batch")) for reply in found),
        "reasoned": sum(bool(reply.extra.get("reasoned")) for reply in found),
        "dollars": None if spent is None else round(spent, 6),
        "prices": prices.date,
    }


def failures(prompts: Sequence[Prompt], replies: Sequence[Reply]) -> dict[str, str]:
    """Prompt id -> why it has no reply (of several rounds, the last that failed)."""
    return {
        prompts[at % len(prompts)].id: reply.error
        for at, reply in enumerate(replies)
        if reply.stop == FAILED
    }


def described(model: str, used: Mapping[str, Any]) -> str:
    """The same in one line."""
    kinds = {"tokens_cached": "read from the provider's cache", "tokens_cache_written": "written "
             "to it", "tokens_reasoning": "of reasoning"}  # fmt: skip
    told = {key: f"{used[key]:,} {words}" for key, words in kinds.items() if used[key]}
    reasoning = told.pop("tokens_reasoning", "")
    line = f"tokens: {used['tokens_in']:,} in"
    line += f" ({', '.join(told.values())})" if told else ""
    line += f", {used['tokens_out']:,} out" + (f" ({reasoning})" if reasoning else "")
    if used["untold"]:
        line += f", not told for {used['untold']} of {used['replies']} replies"
    if used["reasoned"]:
        line += f"; {used['reasoned']} replies reasoned although that was switched off"
    if used["from_cache"]:
        line += f"; {used['from_cache']} replies from the response cache"
    if used["dollars"] is None:
        return f"{line}; cost unknown: {model} is not on the price list of {used['prices']}"
    if not used["dollars"]:
        return f"{line}; no cost"
    return f"{line}; {used['dollars']:.4f} US dollars at list prices of {used['prices']}"
