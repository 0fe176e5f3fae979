"""Seeds + prompt bank -> targets, written by the backbone that will be trained on them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from echoic.distill.bank import assign, named_share
from echoic.engine.ask import Prompt, Provider
from echoic.engine.runner import run
from echoic.errors import ProviderFailed
from echoic.records import write_jsonl
from echoic.seed import Seed, Target, user_text


def write_targets(
    seeds: Sequence[Seed],
    provider: Provider,
    out: Path,
    *,
    seed: int,
    prefill: bool,
    per_clip: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[Target]:
    """Let `provider` answer one drawn instruction per seed line; write `out` (JSONL).

    Replies are journaled beside `out`, so an interrupted call goes on. Empty replies are dropped
    (nothing can be learned from them). Raises ProviderFailed when any reply failed or all are
    empty.
    """
    assignments = assign(
        seeds, rng=np.random.default_rng([seed, 1]), prefill=prefill, per_clip=per_clip
    )
    prompts = [
        Prompt(id=item.id, user=user_text(item.description, item.instruction), prefill=item.prefill)
        for item in assignments
    ]
    replies = run(provider, prompts, out.with_suffix(".replies.jsonl"), progress=progress)
    targets: list[Target] = []
    for item, reply in zip(assignments, replies, strict=True):
        if reply.stop == "failed":
            raise ProviderFailed(f"{item.id}: {reply.error}; run the same command again")
        if not reply.text.strip():
            continue
        targets.append(
            Target(
                id=item.id,
                audio=item.seed.audio,
                seed_description=item.description,
                prompt=item.instruction,
                response=reply.text,
                prefill=item.prefill,
                text=item.seed.text,
                named=named_share(item.seed, item.prefill + reply.text),
                complete=reply.stop == "stop",
                attributes=item.seed.attributes,
            )
        )
    if not targets:
        raise ProviderFailed(f"{provider.name} wrote only empty replies to {len(prompts)} prompts")
    write_jsonl(out, (target.to_record() for target in targets))
    return targets
