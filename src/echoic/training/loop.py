"""The training loop: frozen ends, one trainable connector, exact resume.

Everything that a step needs follows from (seed, step): which examples, in which order, and the
dropout. So a run that was killed goes on from its last saved step and ends with the same weights.
"""

import io
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from echoic.lalm.frozen import FrozenBackbone, Prefix
from echoic.lalm.qformer import Connector
from echoic.records import read_json, write_atomic, write_json
from echoic.training.examples import Example
from echoic.training.features import FeatureCache
from echoic.training.losses import entropy, head_loss
from echoic.training.progress import LATEST
from echoic.training.recipe import OptimiserRecipe, Recipe
from echoic.training.teacher import Distribution


@dataclass
class Data:
    """What is learned: examples, the feature row of each, and the distributions to match."""

    examples: Sequence[Example]
    rows: Sequence[int]
    features: FeatureCache
    wanted: Sequence[Distribution]


@dataclass
class Progress:
    """How far a run is: step, seconds spent so far (over all starts), loss of every step."""

    step: int = 0
    seconds: float = 0.0
    losses: list[float] = field(default_factory=list)


def total_steps(recipe: Recipe, examples: int) -> int:
    """Steps of a whole run: as named, or as many as the epochs need."""
    schedule = recipe.schedule
    return schedule.steps or math.ceil(schedule.epochs * examples / schedule.batch)


def chosen(seed: int, step: int, batch: int, count: int) -> list[int]:
    """Indices of the examples of one step: an endless shuffled list, shuffled anew each epoch."""
    places = range(step * batch, (step + 1) * batch)
    orders = {
        epoch: np.random.default_rng([seed, 2, epoch]).permutation(count)
        for epoch in {place // count for place in places}
    }
    return [int(orders[place // count][place % count]) for place in places]


def learning_rate(optimiser: OptimiserRecipe, step: int, steps: int) -> float:
    """Linear warm-up, then half a cosine down to `final_share` of the rate."""
    if step < optimiser.warmup_steps:
        return optimiser.learning_rate * (step + 1) / optimiser.warmup_steps
    past = (step - optimiser.warmup_steps) / max(1, steps - optimiser.warmup_steps)
    low = optimiser.final_share
    return optimiser.learning_rate * (low + (1 - low) * (1 + math.cos(math.pi * past)) / 2)


def student_states(
    backbone: FrozenBackbone, vectors: Tensor, batch: Sequence[Example], prefix: Prefix | None
) -> Tensor:
    """The backbone's states that predict the batch's response tokens, one after another.

    Shape: vectors (batch, queries, width) -> (response tokens of the batch, width).
    """
    rows: list[Tensor] = []
    for example, audio in zip(batch, vectors, strict=True):
        text = backbone.embed([*example.after, *example.response[:-1]])
        before = [] if prefix else [backbone.embed(list(example.before))]
        rows.append(torch.cat([*before, audio.to(text.dtype), text]))
    hidden = backbone.hidden(pad_sequence(rows, batch_first=True), prefix)
    states: list[Tensor] = []
    for row, example in enumerate(batch):
        first = len(rows[row]) - len(example.response)
        states.append(hidden[row, first : first + len(example.response)])
    return torch.cat(states)


class Trainer:
    """One connector in training."""

    def __init__(
        self, recipe: Recipe, backbone: FrozenBackbone, connector: Connector, data: Data, seed: int
    ) -> None:
        self.recipe, self.backbone, self.data, self.seed = recipe, backbone, data, seed
        self.connector = connector.to(backbone.device).train()
        self.usable = [i for i, example in enumerate(data.examples) if example.response]
        self.steps = total_steps(recipe, len(self.usable))
        self.optimiser = torch.optim.AdamW(
            connector.parameters(),
            lr=recipe.optimiser.learning_rate,
            betas=recipe.optimiser.betas,
            weight_decay=recipe.optimiser.weight_decay,
        )
        begins = {example.before for example in data.examples}
        self.prefix = Prefix(backbone, begins.pop()) if len(begins) == 1 else None

    def batch_loss(self, indices: Sequence[int]) -> tuple[Tensor, Tensor]:
        """Summed loss, and summed entropy of what is to be matched, in nats."""
        data, device = self.data, self.backbone.device
        states = data.features.rows([data.rows[i] for i in indices]).to(device)
        bf16 = self.backbone.dtype == torch.bfloat16
        with torch.autocast(device.type, torch.bfloat16, enabled=bf16):
            vectors = self.connector(states.float())
        hidden = student_states(
            self.backbone, vectors, [data.examples[i] for i in indices], self.prefix
        )
        ids = torch.cat([data.wanted[i][0] for i in indices]).to(device)
        probs = torch.cat([data.wanted[i][1] for i in indices]).to(device)
        loss = head_loss(hidden, self.backbone.head, ids, probs, self._sample(device))
        return loss, entropy(probs)

    def _sample(self, device: torch.device) -> Tensor | None:
        """Random tokens that stand for the vocabulary, where the recipe asks for them."""
        size, count = len(self.backbone.head), self.recipe.loss.sample
        return torch.randperm(size, device=device)[:count] if 0 < count < size else None

    def step(self, number: int) -> float:
        """Run one optimiser step; the token-weighted mean loss over entropy, in nats a token."""
        torch.manual_seed(self.seed * 1_000_003 + number)
        schedule, recipe = self.recipe.schedule, self.recipe.optimiser
        picked = [
            self.usable[i] for i in chosen(self.seed, number, schedule.batch, len(self.usable))
        ]
        picked.sort(key=lambda i: len(self.data.examples[i].after + self.data.examples[i].response))
        tokens = sum(len(self.data.examples[i].response) for i in picked)
        self.optimiser.zero_grad(set_to_none=True)
        excess = 0.0
        for at in range(0, len(picked), schedule.micro_batch):
            loss, floor = self.batch_loss(picked[at : at + schedule.micro_batch])
            (loss / tokens).backward()  # type: ignore[no-untyped-call]
            excess += float(loss.detach() - floor) / tokens
        torch.nn.utils.clip_grad_norm_(self.connector.parameters(), recipe.clip_norm)
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(recipe, number, self.steps)
        self.optimiser.step()
        return excess

    def run(self, work: Path, progress: Callable[[int, int], None] | None = None) -> Progress:
        """Train to the end, from the newest saved state in `work` if there is one."""
        state = self._restore(work)
        if progress:
            progress(state.step, self.steps)
        while state.step < self.steps:
            began = time.monotonic()
            state.losses.append(self.step(state.step))
            state.step += 1
            state.seconds += time.monotonic() - began
            if state.step % self.recipe.schedule.save_every == 0 and state.step < self.steps:
                self._save(work, state)
            if progress:
                progress(state.step, self.steps)
        return state

    def _save(self, work: Path, state: Progress) -> None:
        """Write the state under a name of its own, then point to it, then drop the old one."""
        buffer = io.BytesIO()
        torch.save(
            {"connector": self.connector.state_dict(), "optimiser": self.optimiser.state_dict()},
            buffer,
        )
        name = f"step-{state.step:06d}.pt"
        write_atomic(work / name, buffer.getvalue())
        write_json(work / LATEST, {"file": name, "progress": vars(state)})
        for old in work.glob("step-*.pt"):
            if old.name != name:
                old.unlink()

    def _restore(self, work: Path) -> Progress:
        if not (work / LATEST).exists():
            return Progress()
        latest: dict[str, Any] = read_json(work / LATEST)
        saved = torch.load(work / latest["file"], weights_only=True)
        self.connector.load_state_dict(saved["connector"])
        self.optimiser.load_state_dict(saved["optimiser"])
        return Progress(**latest["progress"])
