"""Asks a provider every prompt once and remembers each reply, whatever kills the process.

A reply is written to a journal as soon as it is there, under a key made of all that decides it
(prompt id and content, model, settings, repeat). The next start reads the journal and asks only for
what is missing, so sampled replies are kept. Replies that failed are not written: they are asked
again at the next start.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from echoic.engine.ask import Prompt, Provider, Reply
from echoic.engine.budget import Budget
from echoic.errors import BadRecord, CostCapReached, ProviderFailed
from echoic.records import Journal, digest, read_jsonl

FAILED = "failed"
# A wrong key or address fails every request: after so many failures without a single reply the
# rest is not tried.
HOPELESS_FAILURES = 20


def reply_key(prompt: Prompt, model: str, settings: Mapping[str, Any], repeat: int) -> str:
    """What identifies one reply across starts: 64 hex digits. Name and settings of the provider."""
    return digest([prompt.id, prompt.hash, model, dict(settings), repeat])


def stored_replies(path: Path) -> dict[str, Reply]:
    """Key -> reply of a journal; of several the first. Raises BadRecord."""
    held: dict[str, Reply] = {}
    for line, row in read_jsonl(path):
        key, reply = _parse(row, f"{path}:{line}")
        held.setdefault(key, reply)
    return held


def run(
    provider: Provider,
    prompts: Sequence[Prompt],
    journal_path: Path,
    *,
    repeat: int = 0,
    progress: Callable[[int, int], None] | None = None,
    budget: Budget | None = None,
) -> list[Reply]:
    """The replies to `prompts`, in their order; those in the journal are not asked again.

    `repeat` numbers independent rounds of the same prompts (sampling). Of several replies to one
    prompt the first counts. Failed replies are in the list with `stop` "failed". `budget` is the
    one that the provider was opened with; what the journal holds of any round counts as spent, from
    round 0 on.

    Raises BadRecord on two prompts of one id or a damaged journal, OutputRefused when the journal
    cannot be written or another process writes it, ProviderFailed when the provider fails every
    time or leaves a prompt without reply, CostCapReached when the budget ends it early.
    """
    _check_unique(prompts)
    model, settings = provider.name, provider.settings
    keys = {reply_key(prompt, model, settings, repeat): at for at, prompt in enumerate(prompts)}
    key_of = {at: key for key, at in keys.items()}
    replies: dict[int, Reply] = {}
    # The first round counts what earlier starts paid for all of them.
    counted = {prompt.id: prompt for prompt in prompts} if budget and not repeat else {}
    with Journal(journal_path) as journal:
        for number, row in enumerate(journal.records(), 1):
            key, reply = _parse(row, f"{journal_path}: record {number}")
            if key in keys:
                replies.setdefault(keys[key], reply)
            if budget and (prompt := counted.get(str(row.get("id")))):
                budget.paid_before(prompt, reply)
        done = frozenset(replies)
        if progress:
            progress(len(done), len(prompts))
        if len(done) < len(prompts):
            for at, reply in new_replies(provider, prompts, done, budget):
                replies[at] = reply
                if reply.stop != FAILED:
                    row = {"key": key_of[at], "id": prompts[at].id, "repeat": repeat}
                    journal.append({**row, "reply": asdict(reply)})
                if progress:
                    progress(len(replies), len(prompts))
    return [replies[at] for at in range(len(prompts))]


def new_replies(
    provider: Provider,
    prompts: Sequence[Prompt],
    done: frozenset[int],
    budget: Budget | None = None,
) -> Iterator[tuple[int, Reply]]:
    """First replies to the prompts that are not `done`. Raises as `run` says."""
    missing = set(range(len(prompts))) - done
    failures = 0
    stream = provider.replies(prompts, done)
    try:
        for at, reply in stream:
            if at not in missing:
                continue
            missing.discard(at)
            failures += reply.stop == FAILED
            answered = len(prompts) - len(missing) - failures
            if failures >= min(HOPELESS_FAILURES, len(prompts)) and not answered:
                raise ProviderFailed(
                    f"{provider.name}: all of the first {failures} requests failed: {reply.error}"
                )
            yield at, reply
    finally:
        if isinstance(stream, Generator):
            stream.close()
    if missing and budget and budget.refused is not None:
        raise CostCapReached(
            f"{provider.name}: stopped with {len(prompts) - len(missing)} of {len(prompts)} asked: "
            f"{budget.spent:.4f} US dollars are spent, the next request could cost "
            f"{budget.refused:.4f} and pass the cap of {budget.cap:g}; what was paid for is kept, "
            "and the same command with a higher --max-cost goes on"
        )
    if missing:
        first = prompts[min(missing)].id
        raise ProviderFailed(
            f"{provider.name} left {len(missing)} prompts without reply, the first is {first!r}; "
            "run the same command again"
        )


def _check_unique(prompts: Sequence[Prompt]) -> None:
    seen: set[str] = set()
    for prompt in prompts:
        if prompt.id in seen:
            raise BadRecord(f"two prompts have the id {prompt.id!r}; ids must be unique in a run")
        seen.add(prompt.id)


def _parse(row: Mapping[str, Any], where: str) -> tuple[str, Reply]:
    try:
        return str(row["key"]), Reply.from_record(row["reply"])
    except (KeyError, TypeError, ValueError) as error:
        raise BadRecord(f"{where}: no stored reply ({error}); mend or remove the line") from error
