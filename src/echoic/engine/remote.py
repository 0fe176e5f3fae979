"""Models behind an API, through Inspect's model layer.

Inspect brings the providers, their keys and settings, retries with back-off and the limit on open
connections; its sample driver is not used. One event loop runs while a reply is waited for, so
`replies` is an ordinary iterator and a keyboard interrupt ends the requests in flight.
"""

import asyncio
import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from inspect_ai.model import (
    ChatMessage,
    GenerateConfig,
    Model,
    ModelOutput,
    ModelUsage,
    get_model,
)

from echoic.engine.ask import Generation, Prompt, Reply
from echoic.engine.audio_input import api_audio
from echoic.engine.inspect_messages import chat_messages
from echoic.errors import ProviderFailed, UnknownName

MOCK = "mockllm/"
MOCK_REPLY = "Default output from mockllm/model"
# Inspect retries for ever unless told otherwise; its pauses grow from 3 s to 30 min, so that seven
# tries span several minutes of rate limits.
MAX_RETRIES = 6
ERROR_LENGTH = 500


class RemoteModel:
    """One model string of Inspect (`openai/gpt-5`, `mockllm/model`, ...) as a Provider.

    `model_args` go to Inspect's provider (`base_url` and the like are its environment variables).
    Raises UnknownName for a provider that Inspect does not know, ProviderFailed when it lacks its
    package or key.
    """

    def __init__(
        self,
        model: str,
        *,
        generation: Generation,
        model_args: Mapping[str, Any] | None = None,
    ) -> None:
        self._name = model
        self._generation, self._repeat = generation, 0
        self._model_args = dict(model_args or {})
        if model.startswith(MOCK):
            self._model_args.setdefault("custom_outputs", mock_output)
        # Opened now, so that a wrong name or missing key shows before anything is written.
        self._opened: Model | None = self._open()

    @property
    def name(self) -> str:
        """Inspect's model string."""
        return self._name

    @property
    def settings(self) -> Mapping[str, Any]:
        """The engine and the generation settings that differ from the provider's defaults."""
        return {"engine": "inspect", **self._generation.to_record()}

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        """Yield (index, reply) in completion order, as many at once as the provider allows.

        A request that fails after its retries, or whose clip cannot be decoded, is a Reply with
        stop "failed". Raises ProviderFailed at once for prompts that no API can answer: option
        likelihood, words put into the model's mouth.
        """
        requests = [(at, prompt) for at, prompt in enumerate(prompts) if at not in done]
        for _, prompt in requests:
            _check(self._name, prompt)
        if _loop_is_running():
            raise ProviderFailed(
                f"{self._name}: cannot be asked from inside a running event loop (a notebook); "
                "call it from a script or from another thread"
            )
        model, self._opened = self._opened or self._open(), None
        with asyncio.Runner() as runner:
            yield from self._drive(runner, model, requests)

    def _drive(
        self, runner: asyncio.Runner, model: Model, requests: list[tuple[int, Prompt]]
    ) -> Iterator[tuple[int, Reply]]:
        width = model.config.max_connections or model.api.max_connections()
        queue = iter(requests)
        running: dict[asyncio.Task[ModelOutput], int] = {}

        async def step() -> list[tuple[int, Reply]]:
            while len(running) < width and (request := next(queue, None)) is not None:
                task = asyncio.create_task(self._generated(model, request[1]))
                running[task] = request[0]
            if not running:
                return []
            finished, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            return [(running.pop(task), _reply(task)) for task in finished]

        while batch := runner.run(step()):
            yield from sorted(batch, key=lambda item: item[0])
        runner.run(model.api.aclose())

    async def _generated(self, model: Model, prompt: Prompt) -> ModelOutput:
        # Clips are decoded in a thread, so that other requests go on meanwhile.
        heard = prompt.audio is not None
        messages = await asyncio.to_thread(_messages, prompt) if heard else _messages(prompt)
        return await model.generate(messages, config=self._config())

    def reseeded(self, repeat: int) -> "RemoteModel":
        """This model for another round: where a seed was given, with another one."""
        again = copy.copy(self)
        again._opened, again._repeat = None, repeat
        return again

    def _config(self) -> GenerateConfig:
        settings = self._generation.to_record()
        if "seed" in settings:
            settings["seed"] += self._repeat
        return GenerateConfig(max_retries=MAX_RETRIES, **settings)

    def _open(self) -> Model:
        try:
            return get_model(self._name, memoize=False, **self._model_args)
        except ValueError as error:
            raise UnknownName(f"model {self._name!r}: {error}") from error
        except Exception as error:
            raise ProviderFailed(f"model {self._name!r}: {_words(error)}") from error


def _loop_is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def mock_output(*_: object) -> ModelOutput:
    """Inspect's fixed mock answer, with its usage filled in.

    Left to itself the mock counts tokens with a table that it would fetch from the network.
    """
    output = ModelOutput.from_content(model="mockllm", content=MOCK_REPLY)
    output.usage = ModelUsage()
    return output


def _check(model: str, prompt: Prompt) -> None:
    """Raise ProviderFailed for a prompt that no API can answer."""
    if prompt.continuations:
        raise ProviderFailed(
            f"{model}: an API cannot score given answers; use --answering free, or a local model"
        )
    if prompt.prefill:
        raise ProviderFailed(
            f"{model}: an API cannot be given the beginning of its answer; use a local model"
        )


def _messages(prompt: Prompt) -> list[ChatMessage]:
    """The chat messages of a prompt; the audio, inline, stands where its mark is.

    Called just before sending, so that only clips in flight are in memory. Raises BadClip.
    """
    audio = api_audio(prompt.audio, prompt.span_s)[0] if prompt.audio else ""
    return chat_messages(prompt.system, prompt.user, audio)


def _reply(task: asyncio.Task[ModelOutput]) -> Reply:
    error = task.exception()
    if error is not None:
        return Reply("", stop="failed", error=_words(error))
    output = task.result()
    if output.error or output.empty:
        return Reply("", stop="failed", error=output.error or "the provider sent no answer")
    usage = output.usage or ModelUsage()
    cut = output.stop_reason in {"max_tokens", "model_length"}
    plain = cut or output.stop_reason == "stop"
    return Reply(
        text=output.completion,
        stop="length" if cut else "stop",
        tokens_in=usage.input_tokens,
        tokens_out=usage.output_tokens,
        extra={} if plain else {"stop_reason": output.stop_reason},
    )


def _words(error: BaseException) -> str:
    """An error's message on one line, without Inspect's console markup."""
    message = getattr(error, "message", None)
    text = str(message or error) or type(error).__name__
    return " ".join(re.sub(r"\[/?(?:bold|blue|red|link)[^\]]*\]", "", text).split())[:ERROR_LENGTH]
