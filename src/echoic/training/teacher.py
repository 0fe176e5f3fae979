"""The frozen backbone's next-token distributions while it reads the seed, kept on disk.

For every response token the `top` most probable next tokens and their probabilities, renormalised.
Computed once per set of targets; written in shards, so an interrupted call goes on.
"""

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from echoic.lalm.frozen import FrozenBackbone, Prefix
from echoic.records import write_atomic
from echoic.training.examples import Example

SHARD_EXAMPLES = 128
BATCH_EXAMPLES = 16

Distribution = tuple[Tensor, Tensor]  # ids (tokens, top) and probabilities (tokens, top)


@torch.no_grad()
def distributions(
    backbone: FrozenBackbone, examples: Sequence[Example], top: int
) -> list[Distribution]:
    """What the backbone would say next at each response token, having read the seed.

    What all contexts begin with (the template's first words) is run once.
    """
    shared = _common(examples)
    prefix = Prefix(backbone, examples[0].reading[:shared]) if shared else None
    order = sorted(range(len(examples)), key=lambda i: len(examples[i].reading))
    found: dict[int, Distribution] = {}
    for at in range(0, len(order), BATCH_EXAMPLES):
        batch = order[at : at + BATCH_EXAMPLES]
        rows = [
            torch.tensor(examples[i].reading[shared:] + examples[i].response[:-1]) for i in batch
        ]
        hidden = backbone.hidden(backbone.embed(pad_sequence(rows, batch_first=True)), prefix)
        for row, i in enumerate(batch):
            first = len(examples[i].reading) - shared - 1
            states = hidden[row, first : first + len(examples[i].response)]
            logits = (states @ backbone.head.T).float()  # (tokens, vocabulary)
            best = logits.topk(top, dim=-1)
            found[i] = (best.indices, best.values.softmax(-1))
    return [found[i] for i in range(len(examples))]


def _common(examples: Sequence[Example]) -> int:
    """How many tokens all contexts begin with; each keeps at least one of its own."""
    first, last = (pick([example.reading for example in examples]) for pick in (min, max))
    alike = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return min(sum(1 for _ in alike), len(first) - 1)


def teacher_shards(
    folder: Path,
    backbone: FrozenBackbone,
    examples: Sequence[Example],
    top: int,
    progress: Callable[[int, int], None] | None = None,
) -> list[Distribution]:
    """The distributions of all examples, from `folder` where they are there already."""
    result: list[Distribution] = []
    if progress:
        progress(0, len(examples))
    for start in range(0, len(examples), SHARD_EXAMPLES):
        mine = examples[start : start + SHARD_EXAMPLES]
        path = folder / f"teacher-{start // SHARD_EXAMPLES:05d}.safetensors"
        if not path.exists():
            pairs = distributions(backbone, mine, top)
            ids = torch.cat([pair[0] for pair in pairs]).int()
            probs = torch.cat([pair[1] for pair in pairs]).half()
            write_atomic(path, save({"ids": ids, "probs": probs}))
        stored = load_file(path)
        lengths = [len(example.response) for example in mine]
        result += zip(
            stored["ids"].long().split(lengths), stored["probs"].float().split(lengths), strict=True
        )
        if progress:
            progress(start + len(mine), len(examples))
    return result


def text_distributions(examples: Sequence[Example]) -> list[Distribution]:
    """The text itself as a distribution: all weight on the token that was written."""
    return [
        (torch.tensor(example.response)[:, None], torch.ones(len(example.response), 1))
        for example in examples
    ]
