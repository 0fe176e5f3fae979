"""From a model string to a Provider.

`echoic/...` and `hf/...` are handed to the factories of the entry-point group `echoic.providers`
(the first that knows the name opens it); everything else is one of Inspect's model strings.
"""

import difflib
from collections.abc import Callable
from importlib.metadata import entry_points
from typing import Any

from echoic.engine.ask import Generation, Provider
from echoic.errors import MissingExtra, UnknownName

GROUP = "echoic.providers"
LOCAL_PREFIXES = ("echoic", "hf")
# The providers whose names are checked before Inspect is loaded, for a helpful answer to a slip.
KNOWN_PREFIXES = (
    *LOCAL_PREFIXES,
    "anthropic", "azureai", "bedrock", "cloudflare", "fireworks", "google", "grok", "groq",
    "mistral", "mockllm", "ollama", "openai", "openai-api", "openrouter", "perplexity", "sglang",
    "together", "vertex", "vllm",
)  # fmt: skip


def open_provider(model: str, *, generation: Generation, **options: Any) -> Provider:
    """The provider that a model string names.

    `options` (dtype, batch size, ...) belong to local models; given to another they are refused.

    Raises UnknownName for a string that names nothing, MissingExtra when its part of echoic is not
    installed, ProviderFailed when it cannot be reached.
    """
    prefix, slash, rest = model.partition("/")
    if not slash or not rest:
        raise UnknownName(
            f"model {model!r}: write provider/model, as in echoic/smollm2-135m-instruct, "
            f"openai/gpt-5 or mockllm/model{_nearest(prefix)}"
        )
    if prefix in LOCAL_PREFIXES:
        return _open_local(model, rest, generation, options)
    if options:
        raise UnknownName(f"{', '.join(sorted(options))}: not for {model!r}, only for local models")
    from echoic.engine.remote import RemoteModel  # Inspect takes a second to import

    try:
        return RemoteModel(model, generation=generation)
    except UnknownName as error:
        raise UnknownName(f"{error}{_nearest(prefix)}") from error


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
