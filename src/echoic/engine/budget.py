"""A hard cap on what a run may cost.

Before a request is sent, the most that it can cost is set aside; when its reply is there, what it
did cost takes that place. A request whose share would pass the cap is not sent, and once nothing is
in flight that could free money, the run stops.

What a prompt costs at most follows from its length, what a reply costs at most from `max_tokens`.
Without `max_tokens` nobody knows how long a reply will be: the first is asked alone, and after it
twice the dearest reply so far is set aside.

Several models, such as a judge and the model it reads, can spend from one cap: `Budget.beside`.
"""

from dataclasses import dataclass, field

from echoic.engine.ask import Prompt, Reply
from echoic.models.prices import Price

# No tokenizer makes more tokens than bytes; chat templates add some of their own to each prompt.
TEMPLATE_TOKENS = 64
# The dearest way to hear: above what makers state (32 tokens a second of sound), for 16 kHz mono.
AUDIO_BYTES_A_TOKEN = 500
FIRST_GUESS_TOKENS = 32  # a letter and a few words
MARGIN = 2.0


def dollars(reply: Reply, price: Price, *, audio: bool = False) -> float:
    """What a reply cost; nothing for one out of the response cache."""
    if reply.extra.get("from_cache"):
        return 0.0
    return price.dollars(
        reply.tokens_in,
        reply.tokens_out,
        cached=reply.tokens_cached,
        cache_written=reply.tokens_cache_written,
        audio=audio,
        batch=bool(reply.extra.get("batch")),
    )


@dataclass
class Budget:
    """What was spent and set aside of `cap`, in US dollars.

    `max_tokens` bounds each reply. `batch`: requests go to a batch API, all at once.
    """

    cap: float
    price: Price
    max_tokens: int | None = None
    batch: bool = False
    spent: float = 0.0
    refused: float | None = None  # what the request that was not sent could have cost
    others: list["Budget"] = field(default_factory=list, repr=False, compare=False)
    _dearest: float = 0.0
    _total_aside: float = 0.0
    _aside: dict[str, float] = field(default_factory=dict)

    def beside(self, price: Price, max_tokens: int | None = None) -> "Budget":
        """What another model may spend of the same cap: what one costs, the other cannot spend."""
        other = Budget(self.cap, price, max_tokens, spent=self.spent, others=[self])
        self.others.append(other)
        return other

    def paid_before(self, prompt: Prompt, reply: Reply) -> None:
        """Count a reply of an earlier start."""
        self._count(dollars(reply, self.price, audio=prompt.audio is not None))

    def allows(self, prompt: Prompt) -> bool:
        """Whether the request may be sent now; if so, its share is set aside."""
        most = self._most(prompt)
        if self._aside and not self.batch and not self._dearest and most:
            return False  # the first tells what the others may cost
        if self.spent + self._total_aside + most > self.cap:
            self.refused = most
            return False
        self.refused = None
        self._aside[prompt.id] = most
        self._total_aside += most
        return True

    def settle(self, prompt: Prompt, reply: Reply) -> None:
        """Count a reply. Where the provider told no tokens, all that was set aside is spent."""
        most = self._aside.pop(prompt.id)
        self._total_aside = self._total_aside - most if self._aside else 0.0
        if reply.stop == "failed":
            return
        untold = not reply.tokens_in and not reply.extra.get("from_cache")
        cost = most if untold else dollars(reply, self.price, audio=prompt.audio is not None)
        self._count(cost)

    def _count(self, cost: float) -> None:
        self._dearest = max(self._dearest, cost)
        for budget in (self, *self.others):
            budget.spent += cost

    def _most(self, prompt: Prompt) -> float:
        heard = prompt.audio is not None
        size = len(prompt.system.encode()) + len(prompt.user.encode()) + TEMPLATE_TOKENS
        if prompt.audio is not None and prompt.audio.exists():
            size += prompt.audio.stat().st_size // AUDIO_BYTES_A_TOKEN
        longest = self.max_tokens or FIRST_GUESS_TOKENS
        bound = max(
            self.price.dollars(size, longest, cache_written=written, audio=heard, batch=self.batch)
            for written in (0, size)
        )
        if self.max_tokens:
            return max(bound, self._dearest)
        return MARGIN * self._dearest or bound
