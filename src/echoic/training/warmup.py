"""A warm-up of the connector without the backbone: spell the seed's attributes.

Every query gets one token vector to become: the list of attributes, written in the backbone's own
(frozen) token vectors on a grid of `CELLS` queries an attribute: its label, a colon, and three for
its value (its tokens; the third is the mean of the third and all later ones, commas fill what is
left). What the backbone then finds where the audio stands resembles text that it can read, so
training through the backbone starts from reading, not from noise.

The backbone is not run: a step costs a small part of one through it. Loss per query: cross-entropy
of the right vector among all vectors of the grid, by squared distance, and that distance itself. An
uncertain query thus lands between the vectors it hesitates between, as a mixture weighted by
probability.
"""

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save
from torch import Tensor, nn
from torch.nn import functional

from echoic.engine.chat import tokens
from echoic.errors import BadRecipe
from echoic.lalm.frozen import FrozenBackbone
from echoic.lalm.qformer import Connector
from echoic.records import write_atomic
from echoic.training.features import FeatureCache
from echoic.training.recipe import WarmupRecipe

VALUE_CELLS = 3
CELLS = 2 + VALUE_CELLS  # label, colon, value
SHARPNESS = 10.0  # nats by which the right vector leads a vector at the mean distance
FRAME_WEIGHT = 0.2  # of labels, colons and filling: they soon are right and say little
FIRST_STEPS = 30
FINAL_SHARE = 0.05

Cell = tuple[int, ...]
"""Token ids whose mean vector one query is to become."""
Attributes = Sequence[Mapping[str, str]]


class Grid:
    """What every query of every clip is to become.

    `kinds` (clips, queries) are rows of `vectors` (kinds, width); `weights` (queries,). Raises
    BadRecipe where a clip has more attributes than the queries can spell.
    """

    def __init__(self, attributes: Attributes, backbone: FrozenBackbone, queries: int) -> None:
        room = queries // CELLS
        longest = max(map(len, attributes))
        if longest > room:
            raise BadRecipe(
                f"{queries} queries can spell {room} attributes, but a clip has {longest}; "
                f"set queries = {longest * CELLS} or more"
            )
        found: dict[Cell, int] = {}

        @functools.cache
        def ids(text: str) -> Cell:
            return tuple(tokens(backbone.tokenizer, text, start=False))

        rows = [self._row(ids, clip, queries) for clip in attributes]
        self.kinds = torch.tensor(
            [[found.setdefault(cell, len(found)) for cell in row] for row in rows]
        )
        self.vectors = torch.stack([backbone.embed(list(cell)).float().mean(0) for cell in found])
        self.kinds = self.kinds.to(self.vectors.device)
        per_attribute = torch.tensor([FRAME_WEIGHT] * 2 + [1.0] * VALUE_CELLS)
        self.weights = functional.pad(
            per_attribute.repeat(room), (0, queries - room * CELLS), value=FRAME_WEIGHT
        ).to(self.vectors.device)
        squares = torch.cdist(self.vectors, self.vectors).square()
        self.scale = float(squares.mean())  # mean squared distance of two vectors

    @staticmethod
    def _row(ids: Callable[[str], Cell], clip: Mapping[str, str], queries: int) -> list[Cell]:
        filling = ids(",")
        cells: list[Cell] = []
        for label, value in clip.items():
            said = ids(f" {value}")
            parts: list[Cell] = [(token,) for token in said[: VALUE_CELLS - 1]]
            parts += [said[VALUE_CELLS - 1 :]] if len(said) >= VALUE_CELLS else []
            parts += [filling] * (VALUE_CELLS - len(parts))
            cells += [ids(f" {label}"), ids(":"), *parts]
        return cells + [filling] * (queries - len(cells))

    def loss(self, vectors: Tensor, rows: Sequence[int]) -> Tensor:
        """Weighted mean over the queries. Shape: vectors (clips, queries, width), rows (clips,)."""
        kinds = self.kinds[list(rows)]  # (clips, queries)
        squares = torch.cdist(vectors.flatten(0, 1), self.vectors).square() / self.scale
        named = functional.cross_entropy(-SHARPNESS * squares, kinds.flatten(), reduction="none")
        missed = (vectors - self.vectors[kinds]).square().sum(-1) / self.scale
        summed = named.view_as(kinds) + missed  # (clips, queries)
        total: Tensor = (summed * self.weights).sum()
        return total / (self.weights.sum() * len(kinds))


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
    """Train `connector` in place; the loss (nats a query) of every step.

    `attributes` belong to the feature rows 0, 1, ... The result is kept in `file`: a later call
    loads it and returns no losses. An interrupted call starts anew and ends the same. Raises
    BadRecipe when the attributes need more queries than there are.
    """
    if file.exists():
        connector.load_state_dict(load_file(file))
        return []
    grid = Grid(attributes, backbone, connector.config.queries)
    connector.to(backbone.device).train()
    torch.manual_seed(seed)
    optimiser = torch.optim.AdamW(
        connector.parameters(), lr=recipe.learning_rate, betas=(0.9, 0.99), weight_decay=0.01
    )
    losses: list[float] = []
    if progress:
        progress(0, recipe.steps)
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
        states = features.rows(rows.tolist()).to(backbone.device).float()
        loss = grid.loss(connector(states), rows.tolist())
        optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(connector.parameters(), 1.0)
        optimiser.step()
        losses.append(float(loss.detach()))
        if progress:
            progress(step + 1, recipe.steps)
    write_atomic(file, save({k: v.contiguous().cpu() for k, v in connector.state_dict().items()}))
    return losses
