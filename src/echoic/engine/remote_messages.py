"""What goes to an API and what comes back, in Inspect's terms and ours."""

import json
import re
from collections.abc import Mapping
from typing import Any

from inspect_ai.model import ChatMessage, ContentReasoning, ModelOutput, ModelUsage

from echoic.engine.ask import Prompt, Reply
from echoic.engine.audio_input import api_audio
from echoic.engine.inspect_messages import chat_messages
from echoic.errors import ProviderFailed

ERROR_LENGTH = 500
MARKUP = re.compile(r"\[/?(?:bold|blue|red|link)[^\]]*\]")
# What Inspect stumbles over when a response is no JSON or lacks what it should hold.
UNREADABLE = (json.JSONDecodeError, AttributeError, IndexError, KeyError, TypeError)


def check(model: str, prompt: Prompt) -> None:
    """Raise ProviderFailed for a prompt that no API can answer."""
    if prompt.continuations:
        raise ProviderFailed(
            f"{model}: an API cannot score given answers; use --answering free, or a local model"
        )
    if prompt.prefill:
        raise ProviderFailed(
            f"{model}: an API cannot be given the beginning of its answer; use a local model"
        )


def messages(prompt: Prompt) -> list[ChatMessage]:
    """The chat messages of a prompt; the audio, inline, stands where its mark is.

    Called just before sending, so that only clips in flight are in memory. Raises BadClip.
    """
    audio = api_audio(prompt.audio, prompt.span_s)[0] if prompt.audio else ""
    return chat_messages(prompt.system, prompt.user, audio)


def reply(output: ModelOutput, extra: Mapping[str, Any]) -> Reply:
    """Inspect's output as a Reply.

    A provider that ended normally without a word has answered: the empty text. One that sent no
    choice at all, or neither a word nor why it stopped, has not.
    """
    if output.error or output.empty:
        return failed(output.error or "the provider sent no answer")
    if output.stop_reason == "unknown" and not output.completion:
        return failed("the provider broke off before the first word")
    usage = output.usage or ModelUsage()
    cached = usage.input_tokens_cache_read or 0
    written = usage.input_tokens_cache_write or 0
    cut = output.stop_reason in {"max_tokens", "model_length"}
    plain = cut or output.stop_reason == "stop"
    return Reply(
        text=output.completion,
        stop="length" if cut else "stop",
        tokens_in=usage.input_tokens + cached + written,
        tokens_out=usage.output_tokens,
        tokens_cached=cached,
        tokens_cache_written=written,
        tokens_reasoning=usage.reasoning_tokens or 0,
        extra={**extra, **({} if plain else {"stop_reason": output.stop_reason})},
    )


def reasoned(output: ModelOutput) -> bool:
    """Whether the model thought before it answered, as far as the provider shows."""
    told = output.usage and output.usage.reasoning_tokens
    content = output.message.content if output.choices else ""
    return bool(told) or any(isinstance(part, ContentReasoning) for part in content)


def failed(error: BaseException | str) -> Reply:
    """A reply that was not given, and why."""
    return Reply("", stop="failed", error=error if isinstance(error, str) else words(error))


def words(error: BaseException) -> str:
    """An error's message on one line, without Inspect's console markup and copy of the request."""
    if last := getattr(error, "last_attempt", None):  # tenacity's RetryError says nothing itself
        error = last.exception() or error
    told = getattr(error, "provider_message", None) or getattr(error, "message", None)
    text = " ".join(MARKUP.sub("", str(told or error)).split()) or type(error).__name__
    if isinstance(error, UNREADABLE):
        text = f"the provider's response cannot be read: {text}"
    return text[:ERROR_LENGTH]
