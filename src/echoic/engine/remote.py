"""Models behind an API, through Inspect's model layer.

Inspect brings the providers, their keys and settings, retries with back-off, batch APIs and the
response cache; its sample driver is not used. One event loop runs while a reply is waited for, so
`replies` is an ordinary iterator and a keyboard interrupt ends the requests in flight.
"""

import asyncio
import contextlib
import copy
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inspect_ai.model import (
    BatchConfig,
    CachePolicy,
    GenerateConfig,
    Model,
    ModelOutput,
    ModelUsage,
    get_model,
)

from echoic.engine.ask import Generation, Prompt, Reply
from echoic.engine.budget import Budget
from echoic.engine.memory import garbage_among_the_new
from echoic.engine.reasoning import OFF, inspect_settings
from echoic.engine.remote_messages import check, failed, messages, reasoned, reply, words
from echoic.engine.remote_watch import asked, watch
from echoic.errors import ProviderFailed, UnknownName

MOCK = "mockllm/"
MOCK_REPLY = "Default output from mockllm/model"
# Inspect retries for ever unless told otherwise; its pauses grow from 3 s to 30 min, so that seven
# tries span several minutes of rate limits.
MAX_RETRIES = 6
# The providers for whose batch APIs Inspect has support.
BATCH_PROVIDERS = ("anthropic", "google", "grok", "openai", "together")
# The providers that talk through the `openai` package and take a client of it.
OPENAI_CLIENT = ("openai", "openai-api")
# All prompts wait in batches together; clips are held in memory meanwhile, so fewer of them do.
BATCH_WIDTH, BATCH_WIDTH_AUDIO = 10_000, 500
BATCH_TICK_S = 15.0


@dataclass(frozen=True)
class Asking:
    """How requests are made; nothing here changes what a model would reply.

    `connections`: requests in flight (None: Inspect's limit for the provider). `batch`: through the
    provider's batch API. `cache`: replies that Inspect stored on this machine are taken, new ones
    stored. `timeout_s`: seconds for one attempt (None: the provider's own limit). `retries`: of a
    request that failed. `batch_tick_s`: seconds before a batch is sent that is not full, and
    between looks at those on their way. `budget`: what may be spent.
    """

    connections: int | None = None
    batch: bool = False
    cache: bool = False
    timeout_s: int | None = None
    retries: int = MAX_RETRIES
    batch_tick_s: float = BATCH_TICK_S
    budget: Budget | None = None


class RemoteModel:
    """One model string of Inspect (`openai/gpt-5`, `mockllm/model`, ...) as a Provider.

    `model_args` go to Inspect's provider (`base_url` and the like are its environment variables).
    Raises UnknownName for a provider that Inspect does not know, ProviderFailed when it lacks its
    package or key, or cannot do what is asked of it (batches, reasoning).

    `applied` holds, once something was asked, the settings that were sent (those that Inspect set
    by itself too) and the names of the models that answered.
    """

    def __init__(
        self,
        model: str,
        *,
        generation: Generation,
        asking: Asking | None = None,
        model_args: Mapping[str, Any] | None = None,
    ) -> None:
        self._name = model
        self._generation, self._repeat = generation, 0
        self._asking = asking or Asking()
        self._model_args = dict(model_args or {})
        self.applied: dict[str, Any] = {}
        if model.startswith(MOCK):
            self._model_args.setdefault("custom_outputs", mock_output)
        self._config = self._settings_for_inspect()
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

        Ends early when the budget does not allow the next request. A request that fails after its
        retries, or whose clip cannot be decoded, is a Reply with stop "failed". Raises
        ProviderFailed at once for prompts that no API can answer: option likelihood, words put into
        the model's mouth.
        """
        requests = [(at, prompt) for at, prompt in enumerate(prompts) if at not in done]
        for _, prompt in requests:
            check(self._name, prompt)
        if _loop_is_running():
            raise ProviderFailed(
                f"{self._name}: cannot be asked from inside a running event loop (a notebook); "
                "call it from a script or from another thread"
            )
        model, self._opened = self._opened or self._open(), None
        with garbage_among_the_new(), asyncio.Runner() as runner:
            yield from self._drive(runner, model, requests)

    def _drive(
        self, runner: asyncio.Runner, model: Model, requests: list[tuple[int, Prompt]]
    ) -> Iterator[tuple[int, Reply]]:
        width, budget = self._width(model, requests), self._asking.budget
        waiting = list(reversed(requests))
        running: dict[asyncio.Task[Reply], tuple[int, Prompt]] = {}

        async def step() -> list[tuple[int, Reply]]:
            while waiting and len(running) < width:
                if budget and not budget.allows(waiting[-1][1]):
                    break
                at, prompt = waiting.pop()
                running[asyncio.create_task(self._ask(model, prompt))] = at, prompt
            if not running:
                return []
            finished, _ = await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)
            return [self._settled(*running.pop(task), task) for task in finished]

        # Inspect prints how its batches are doing; results alone go to standard output.
        quiet = contextlib.redirect_stdout(sys.stderr)
        try:
            while True:
                with quiet if self._asking.batch else contextlib.nullcontext():
                    found = runner.run(step())
                if not found:
                    break
                yield from sorted(found, key=lambda item: item[0])
        finally:  # a client that is left open complains in lines of its own
            for task in running:
                task.cancel()
            runner.run(model.api.aclose())

    async def _ask(self, model: Model, prompt: Prompt) -> Reply:
        calls: list[bool] = []
        asked.set(calls)
        # Clips are decoded in a thread, so that other requests go on meanwhile.
        heard = prompt.audio is not None
        talk = await asyncio.to_thread(messages, prompt) if heard else messages(prompt)
        output = await model.generate(talk, config=self._config)
        served = self.applied.setdefault("served", [])
        if output.model and output.model not in served:
            served.append(output.model)
        extra = {"batch": self._asking.batch} if calls else {"from_cache": True}
        extra["reasoned"] = self._generation.reasoning == OFF and reasoned(output)
        return reply(output, {key: True for key, holds in extra.items() if holds})

    def _settled(self, at: int, prompt: Prompt, task: asyncio.Task[Reply]) -> tuple[int, Reply]:
        error = task.exception()
        found = task.result() if error is None else failed(error)
        if self._asking.budget:
            self._asking.budget.settle(prompt, found)
        return at, found

    def _width(self, model: Model, requests: list[tuple[int, Prompt]]) -> int:
        if self._asking.batch:
            heard = any(prompt.audio is not None for _, prompt in requests)
            return BATCH_WIDTH_AUDIO if heard else BATCH_WIDTH
        return self._asking.connections or model.api.max_connections()

    def reseeded(self, repeat: int) -> "RemoteModel":
        """This model for another round: where a seed was given, with another one.

        The response cache keeps the replies of each round apart.
        """
        again = copy.copy(self)
        again._opened, again._repeat = None, repeat
        again._config = again._settings_for_inspect()
        return again

    def _settings_for_inspect(self) -> GenerateConfig:
        asking, told = self._asking, self._generation.to_record()
        if "seed" in told:
            told["seed"] += self._repeat
        told |= inspect_settings(self._name, told.pop("reasoning", None))
        if asking.batch:
            self._check_batch()
        tick_s = asking.batch_tick_s
        return GenerateConfig(
            max_retries=asking.retries,
            # The time that a batch takes is not that of an attempt.
            attempt_timeout=None if asking.batch else asking.timeout_s,
            max_connections=asking.connections,
            batch=BatchConfig(send_delay=tick_s, tick=tick_s) if asking.batch else None,
            cache=self._cache_policy() if asking.cache else None,
            **told,
        )

    def _cache_policy(self) -> CachePolicy:
        scopes = {"repeat": str(self._repeat)} if self._repeat else {}
        return CachePolicy(expiry=None, scopes=scopes)

    def _check_batch(self) -> None:
        provider, _, rest = self._name.partition("/")
        if provider not in BATCH_PROVIDERS or rest.startswith(("azure/", "vertex/", "bedrock/")):
            raise ProviderFailed(
                f"{self._name}: has no batch API that can be used here "
                f"({', '.join(BATCH_PROVIDERS)} have); leave --batch out"
            )

    def _open(self) -> Model:
        try:
            model = get_model(self._name, memoize=False, **_light(self._name, self._model_args))
        except ValueError as error:
            raise UnknownName(f"model {self._name!r}: {error}") from error
        except Exception as error:
            raise ProviderFailed(f"model {self._name!r}: {words(error)}") from error
        watch(model, self.applied)
        return model


def _light(name: str, model_args: Mapping[str, Any]) -> dict[str, Any]:
    """`model_args` with the `openai` package's own aiohttp client, where that package is used.

    It takes a quarter less CPU a request than its default, whose pool looks at every idle
    connection whenever one is asked for.
    """
    if name.partition("/")[0] not in OPENAI_CLIENT:
        return dict(model_args)
    from openai import DefaultAioHttpClient

    return {"http_client": DefaultAioHttpClient(), **model_args}


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
