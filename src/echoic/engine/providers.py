"""From a model string to a Provider.

`echoic/...` and `hf/...` are handed to the factories of the entry-point group `echoic.providers`
(the first that knows the name opens it), `vllm/...` runs in this process; everything else is one of
Inspect's model strings.
"""

import difflib
import importlib.util
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from importlib.metadata import entry_points
from typing import Any

from echoic.engine.ask import Generation, Provider
from echoic.errors import MissingExtra, ProviderFailed, UnknownName
from echoic.models.presets import presets

GROUP = "echoic.providers"
LOCAL_PREFIXES = ("echoic", "hf")
# The providers whose names are checked before Inspect is loaded, for a helpful answer to a slip.
KNOWN_PREFIXES = (
    *LOCAL_PREFIXES,
    "anthropic", "azureai", "bedrock", "cloudflare", "fireworks", "google", "grok", "groq",
    "mistral", "mockllm", "ollama", "openai", "openai-api", "openrouter", "perplexity", "sglang",
    "together", "vertex", "vllm",
)  # fmt: skip
REMOTE_OPTIONS = ("batch", "budget", "cache", "connections", "retries", "timeout_s")
FLAGS = {"budget": "max-cost", "timeout_s": "timeout"}  # where the option is called otherwise
VLLM, VLLM_SERVER = "vllm", "VLLM_BASE_URL"


def behind_api(model: str) -> bool:
    """Whether others may bill what a model string asks; this machine is free meanwhile."""
    prefix = model.partition("/")[0]
    served = prefix != VLLM or bool(os.environ.get(VLLM_SERVER))
    return prefix not in LOCAL_PREFIXES and served


def open_provider(model: str, *, generation: Generation, **options: Any) -> Provider:
    """The provider that a model string names.

    `options` are those of `remote.Asking` for models behind an API, and dtype, batch size and the
    like for local ones; the wrong ones are refused. A preset's name (`Qwen3-8B`) stands for its
    model string. `vllm/...` runs in this process where vLLM is installed, unless VLLM_BASE_URL
    names a server.

    Raises UnknownName for a string that names nothing, MissingExtra when its part of echoic is not
    installed, ProviderFailed when it cannot be reached or cannot do what is asked of it.
    """
    model, generation = resolve(model, generation)
    prefix, slash, rest = model.partition("/")
    if not slash or not rest:
        raise UnknownName(
            f"model {model!r}: write provider/model, as in echoic/smollm2-135m-instruct, "
            f"openai/gpt-5 or mockllm/model, or a preset of 'echoic models list --presets'"
            f"{_nearest(prefix)}"
        )
    if prefix in LOCAL_PREFIXES:
        _refuse(model, options, REMOTE_OPTIONS, "only for models behind an API")
        if generation.reasoning not in (None, "off"):
            raise ProviderFailed(f"{model}: local models are asked with reasoning off only")
        return _open_local(model, rest, replace(generation, reasoning=None), options)
    _refuse(model, options, set(options) - set(REMOTE_OPTIONS), "only for local models")
    if prefix == VLLM and not os.environ.get(VLLM_SERVER):
        _refuse(model, options, REMOTE_OPTIONS, "only for models behind an API")
        return _open_vllm(model, rest, generation)
    from echoic.engine.remote import Asking, RemoteModel  # Inspect takes a second to import

    try:
        return RemoteModel(model, generation=generation, asking=Asking(**options))
    except UnknownName as error:
        raise UnknownName(f"{error}{_nearest(prefix)}") from error


def resolve(model: str, generation: Generation) -> tuple[str, Generation]:
    """The model string of a preset, and how it is asked unless told otherwise.

    Anything else is returned as it is.
    """
    preset = presets().get(model)
    if preset is None:
        return model, generation
    reasoning = generation.reasoning or preset.reasoning or None
    here = importlib.util.find_spec("vllm") is not None or bool(os.environ.get(VLLM_SERVER))
    return preset.route(vllm=here), replace(generation, reasoning=reasoning)


def _refuse(model: str, options: dict[str, Any], wrong: Iterable[str], why: str) -> None:
    if found := sorted(set(options) & set(wrong)):
        names = ", ".join(FLAGS.get(name, name) for name in found)
        raise UnknownName(f"{names}: not for {model!r}, {why}")


def _open_vllm(model: str, name: str, generation: Generation) -> Provider:
    from echoic.engine.vllm_chat import VllmModel

    return VllmModel.open(model, name, generation=generation)


def _open_local(model: str, name: str, generation: Generation, options: dict[str, Any]) -> Provider:
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        try:
            factory: Callable[..., Provider | None] = entry.load()
        except ModuleNotFoundError as error:
            if (error.name or "").startswith("echoic"):
                raise
            raise MissingExtra(
                f"model {model!r} needs {error.name}: pip install 'echoic[local]'"
            ) from error
        provider = factory(name, generation=generation, **options)
        if provider is not None:
            return provider
    raise UnknownName(
        f"model {model!r}: neither an embedded model, nor a checkpoint folder, nor a hub id; "
        "'echoic models list' shows the embedded ones"
    )


def _nearest(prefix: str) -> str:
    close = difflib.get_close_matches(prefix, KNOWN_PREFIXES, n=1)
    return f"; did you mean {close[0]}/...?" if close and close[0] != prefix else ""
