"""What goes on between Inspect and a provider: which requests reach it, and with what."""

import json
from contextvars import ContextVar
from typing import Any

from inspect_ai.model import Model, ModelCall

# What a request says besides settings: the conversation itself, and what identifies the call.
NO_SETTINGS = frozenset({
    "contents", "extra_headers", "input", "instructions", "messages", "prompt", "system",
    "system_instruction", "tool_choice", "tools",
})  # fmt: skip

asked: ContextVar[list[bool]] = ContextVar("asked")
"""Gets an entry whenever the provider is called for the request at hand."""


def watch(model: Model, applied: dict[str, Any]) -> None:
    """Note each call of the provider in `asked`, and in `applied` the settings that were sent.

    A response that is no JSON (a gateway's page, a cut body) is tried again like a server's error,
    which Inspect does not do; its client makes no tries of its own, so that retries are counted.
    """
    api = model.api
    generate, should_retry = api.generate, api.should_retry

    async def watched(*arguments: Any, **named: Any) -> Any:
        asked.get().append(True)
        result = await generate(*arguments, **named)
        call = result[1] if isinstance(result, tuple) else None
        if isinstance(call, ModelCall) and "request" not in applied:
            applied["request"] = settings_sent(call)
        return result

    def retried(error: Exception) -> Any:
        return isinstance(error, json.JSONDecodeError) or should_retry(error)

    # mypy forbids the plain assignment to a method.
    setattr(api, "generate", watched)  # noqa: B010
    setattr(api, "should_retry", retried)  # noqa: B010
    client = getattr(api, "client", None)
    if hasattr(client, "max_retries"):
        setattr(client, "max_retries", 0)  # noqa: B010


def settings_sent(call: ModelCall) -> dict[str, Any]:
    """The settings of a request as Inspect sent it, its own defaults included."""
    return {
        key: value
        for key, value in call.request.items()
        if key not in NO_SETTINGS and value is not None
    }
