"""Thinking before the answer, switched by name: how each provider is told.

    off, on             whether the model thinks at all
    low, medium, high   how much (the provider's own scale)

Servers of open models (vLLM, SGLang, any OpenAI-compatible one) hand `enable_thinking` to the chat
template, the switch that Qwen3's template reads; the makers' APIs take an effort, which Inspect
translates (a budget of tokens for Claude and Gemini 2.5). A wish that a model cannot fulfil is an
error: a run must not say "off" of a model that thought.
"""

import re
from collections.abc import Mapping
from typing import Any

from echoic.errors import ProviderFailed

OFF, ON = "off", "on"
TEMPLATE_SERVERS = ("openai-api", "sglang", "vllm")
ON_MEANS = "medium"  # what the makers call their default

# Models by what their makers' documentation says of them (July 2025 to November 2025).
ALWAYS = re.compile(r"^(o\d|gpt-5(?!\.\d|-chat)|gemini-(2\.5|3[\d.]*)-pro)")
NEVER = re.compile(
    r"^(gpt-[34]|gpt-5-chat|chatgpt|gemini-(1\.5|2\.0)|claude-(2|3-haiku|3-opus|3-sonnet|3-5))"
)


def template_switch(reasoning: str) -> dict[str, bool]:
    """What the chat template is told."""
    return {"enable_thinking": reasoning != OFF}


def inspect_settings(model: str, reasoning: str | None) -> Mapping[str, Any]:
    """Fields of Inspect's GenerateConfig that make `model` reason as told; none for None.

    Raises ProviderFailed for what the model cannot do.
    """
    if reasoning is None:
        return {}
    provider, _, name = model.partition("/")
    if provider in TEMPLATE_SERVERS:
        told: dict[str, Any] = {"extra_body": {"chat_template_kwargs": template_switch(reasoning)}}
        return told if reasoning in (OFF, ON) else {**told, "reasoning_effort": reasoning}
    bare = name.rpartition("/")[2].lower()
    if reasoning == OFF and ALWAYS.match(bare):
        raise ProviderFailed(
            f"{model}: its reasoning cannot be switched off; --reasoning low is the least"
        )
    if NEVER.match(bare):
        if reasoning != OFF:
            raise ProviderFailed(f"{model}: does not reason; leave --reasoning out")
        return {}
    effort = {OFF: "none", ON: ON_MEANS}.get(reasoning, reasoning)
    return {"reasoning_effort": effort}
