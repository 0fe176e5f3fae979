"""A warm-up of the connector without the backbone: name the seed's attributes.

A backbone's step costs ten times the connector's. Before the first of them the connector learns
to carry what is in the seed: for an attribute's label, attention over its vectors must point to
the right value among all values of that label. Labels and values are read with the backbone's own
frozen token vectors, so that what is learned lies in the space the backbone reads. The small head
that asks is thrown away. DeSTA2.5 has no such stage.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn import functional

from echoic.engine.chat import tokens
from echoic.lalm.frozen import FrozenBackbone
from echoic.lalm.qformer import Connector
from echoic.records import write_atomic
from echoic.training.features import FeatureCache
from echoic.training.recipe import WarmupRecipe

HEADS = 8
MATCH_WIDTH = 256
FIRST_STEPS = 30
FINAL_SHARE = 0.05

Attributes = Sequence[Mapping[str, str]]


def values_by_label(attributes: Attributes) -> dict[str, list[str]]:
    """The values of every label that has at least two, in order of first appearance."""
    found: dict[str, dict[str, None]] = defaultdict(dict)
    for row in attributes:
        for label, value in row.items():
            found[label][value] = None
    return {label: list(values) for label, values in found.items() if len(values) > 1}


class AttributeHead(nn.Module):
    """Scores the values of one label from a clip's vectors."""

    def __init__(self, backbone: FrozenBackbone, values: Mapping[str, Sequence[str]]) -> None:
        super().__init__()
        width = backbone.width
        self.labels = {label: number for number, label in enumerate(values)}
        self._label = {label: _mean_vector(backbone, label) for label in values}
        self._values = {
            label: torch.stack([_mean_vector(backbone, value) for value in listed])
            for label, listed in values.items()
        }
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(3))
        self.query, self.key = nn.Linear(width, width), nn.Linear(width, width)
        self.found, self.wanted = nn.Linear(width, MATCH_WIDTH), nn.Linear(width, MATCH_WIDTH)
        self.bias = nn.ParameterList(torch.zeros(len(listed)) for listed in values.values())

    def forward(self, vectors: Tensor, label: str) -> Tensor:
        """Shape: vectors (clips, queries, width) -> scores (clips, values of the label)."""
        clip_norm, label_norm, value_norm = self.norms
        vectors = clip_norm(vectors)
        asked: Tensor = self.query(label_norm(self._label[label]))
        query = asked.reshape(HEADS, -1)
        split = (*vectors.shape[:2], HEADS, -1)
        keys = self.key(vectors).reshape(split)  # (clips, queries, heads, part)
        attention = torch.einsum("hp,cqhp->cqh", query, keys) / math.sqrt(keys.shape[-1])
        parts = vectors.reshape(split)
        pooled = torch.einsum("cqh,cqhp->chp", attention.softmax(1), parts).flatten(1)
        wanted = self.wanted(value_norm(self._values[label]))  # (values, match width)
        scores: Tensor = self.found(pooled) @ wanted.T / math.sqrt(MATCH_WIDTH)
        biased: Tensor = scores + self.bias[self.labels[label]]
        return biased


def _mean_vector(backbone: FrozenBackbone, text: str) -> Tensor:
    ids = tokens(backbone.tokenizer, f" {text}", start=False)
    return backbone.embed(ids).float().mean(0)


def warm_up(
    connector: Connector,
    backbone: FrozenBackbone,
    features: FeatureCache,
    attributes: Attributes,
    recipe: WarmupRecipe,
    *,
    seed: int,
    file: Path,
    progress: Callable[[int, int], None] | None = None,
) -> list[float]:
    """Train `connector` in place; the loss (nats an attribute) of every step.

    `attributes` belong to the feature rows 0, 1, ... The result is kept in `file`: a later call
    loads it and returns no losses. An interrupted call starts anew and ends the same.
    """
    if file.exists():
        connector.load_state_dict(load_file(file))
        return []
    torch.manual_seed(seed)
    values = values_by_label(attributes)
    head = AttributeHead(backbone, values).to(backbone.device)
    connector.to(backbone.device).train()
    weights = [*connector.parameters(), *head.parameters()]
    optimiser = torch.optim.AdamW(weights, lr=recipe.learning_rate, betas=(0.9, 0.99))
    losses: list[float] = []
    for step in range(recipe.steps):
        rng = np.random.default_rng([seed, 3, step])
        rows = rng.choice(len(attributes), min(recipe.batch, len(attributes)), replace=False)
        cosine = (1 + math.cos(math.pi * step / recipe.steps)) / 2
        for group in optimiser.param_groups:
            group["lr"] = (
                recipe.learning_rate
                * min(1.0, (step + 1) / FIRST_STEPS)
                * (FINAL_SHARE + (1 - FINAL_SHARE) * cosine)
            )
        loss = _loss(connector, head, features, attributes, values, rows.tolist())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
        if progress:
            progress(step + 1, recipe.steps)
    write_atomic(file, save({k: v.contiguous().cpu() for k, v in connector.state_dict().items()}))
    return losses


def _loss(
    connector: Connector,
    head: AttributeHead,
    features: FeatureCache,
    attributes: Attributes,
    values: Mapping[str, Sequence[str]],
    rows: Sequence[int],
) -> Tensor:
    """Mean cross-entropy over all attributes of the clips in `rows`."""
    device = connector.layer_weights.device
    states = features.rows(rows).to(device).float()
    with torch.autocast(device.type, torch.bfloat16):
        vectors = connector(states)
    total, count = torch.zeros((), device=device), 0
    for label, listed in values.items():
        here = [place for place, row in enumerate(rows) if label in attributes[row]]
        if not here:
            continue
        gold = [listed.index(attributes[rows[place]][label]) for place in here]
        scores = head(vectors[here].float(), label)
        wanted = torch.tensor(gold, device=device)
        total = total + functional.cross_entropy(scores, wanted, reduction="sum")
        count += len(here)
    return total / max(1, count)
