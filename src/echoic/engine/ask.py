"""What every provider understands: a prompt in, a reply out.

The three ways to reach a model (remote, vllm, local) and the LALMs hide behind `Provider`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Protocol, Self, runtime_checkable

from echoic.errors import BadRecord, UnknownName
from echoic.records import digest

AUDIO_MARK = "<|AUDIO|>"
REASONING = ("off", "on", "low", "medium", "high")


@dataclass(frozen=True)
class Prompt:
    """One request.

    With `continuations` the provider scores them as the assistant's words (after `prefill`)
    instead of generating. `audio` is a file that stands where `AUDIO_MARK` is in `user`.
    `span_s` takes a stretch (start, end) of it, in seconds.
    `audio_hash` names what is heard, so that a prompt's identity does not depend on where the file
    lies: with a span it must cover the span too.
    """

    id: str
    user: str
    system: str = ""
    prefill: str = ""
    continuations: tuple[str, ...] = ()
    audio: Path | None = None
    audio_hash: str = ""
    span_s: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if (self.audio is not None) != (AUDIO_MARK in self.user):
            raise BadRecord(f"prompt {self.id}: audio and {AUDIO_MARK} must come together")

    @property
    def hash(self) -> str:
        """Identity of what the model sees: 64 hex digits."""
        return digest([self.system, self.user, self.prefill, self.continuations, self.audio_hash])


@dataclass(frozen=True)
class Generation:
    """How to generate; None leaves a setting to the model's or provider's default.

    `reasoning` is one of `REASONING`: thinking before the answer switched off, on, or to a degree.
    """

    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    reasoning: str | None = None

    def __post_init__(self) -> None:
        if self.reasoning is not None and self.reasoning not in REASONING:
            raise UnknownName(f"reasoning {self.reasoning!r} is none of {', '.join(REASONING)}")

    def to_record(self) -> dict[str, Any]:
        """Only what was set."""
        return {key: value for key, value in asdict(self).items() if value is not None}


@dataclass(frozen=True)
class Reply:
    """What came back.

    `stop`: "stop" (the model ended), "length" (cut at max_tokens), "scored" (continuations were
    scored: `scores` holds the mean log-probability per token of each), or "failed" (`error` says
    why; nothing was answered, and the runner asks again next time).

    `tokens_in` counts all tokens of the prompt: those that the provider read from its cache
    (`tokens_cached`) and wrote to it (`tokens_cache_written`) are among them. `tokens_out` counts
    those of the reasoning (`tokens_reasoning`) too. All are 0 where the provider told nothing.
    """

    text: str
    stop: str = "stop"
    scores: tuple[float, ...] = ()
    tokens_in: int = 0
    tokens_out: int = 0
    tokens_cached: int = 0
    tokens_cache_written: int = 0
    tokens_reasoning: int = 0
    error: str = ""
    extra: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def from_record(cls, row: Mapping[str, Any]) -> Self:
        """A reply out of a journal. Raises KeyError or TypeError for anything else."""
        return cls(**{**row, "scores": tuple(row["scores"])})


class Provider(Protocol):
    """A model that can be asked."""

    @property
    def name(self) -> str:
        """The model string that names it in results."""
        ...

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that decides the replies: generation settings, dtype, engine, batch, checkpoint hash.

        Part of the key of every stored reply, so nothing that varies between two runs of the same
        thing (paths, times) belongs here.
        """
        ...

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        """Yield (index, reply) in completion order for all indices not in `done`.

        Local batches are planned over the full list and a batch with anything missing is rerun
        whole, so indices in `done` may be yielded too; the runner drops them.
        """
        ...


@runtime_checkable
class Reseeds(Protocol):
    """A provider whose samples hang on a seed: each round of the same prompts needs another."""

    def reseeded(self, repeat: int) -> Self:
        """The same provider, drawing samples of its own for round `repeat` (0: as it is)."""
        ...


def in_round(provider: Provider, repeat: int) -> Provider:
    """The provider as it is to be asked in round `repeat`; its name and settings are the same."""
    if repeat and isinstance(provider, Reseeds):
        again: Provider = provider.reseeded(repeat)
        return again
    return provider
