"""Which prompts are computed together: prefix trees in rows, rows in batches.

To score continuations, prompts that begin alike are laid into one row as a tree of tokens:

    shared prefix | question 1 | its options | question 2 | its options ...

Every token knows its parent, its position counts from the root, and it sees its ancestors only, so
each path through the row is computed as if it stood alone, but what paths share is computed once.
Token ids are opaque here: negative ones stand for positions with vectors of their own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

ROW_TOKENS = 1024
# Query-key pairs that cost as much as one token, per unit of a model's width: 6 by the arithmetic
# of a transformer layer (24 width^2 against 4 width operations); measured on CPU in fp32 with rows
# of 128 to 1,024 tokens: 4.7 for SmolLM2-135M, 4.1 for Gemma-3-270M.
SHARING_WORTH_PER_WIDTH = 4
ROOT = -1


@dataclass(frozen=True)
class Item:
    """One prompt as tokens: `ids` up to where the model goes on, `tails` the continuations."""

    index: int
    ids: tuple[int, ...]
    tails: tuple[tuple[int, ...], ...] = ()


class Step(NamedTuple):
    """One continuation token to score: `token` after `node`, part of a tail of an item."""

    item: int
    tail: int
    node: int
    token: int


class Tree:
    """A row: tokens with their parents (`ROOT` for none) and positions, and the steps to score.

    The last token of a tail is scored but never computed on, so it has no node.
    """

    def __init__(self) -> None:
        self.tokens: list[int] = []
        self.parents: list[int] = []
        self.positions: list[int] = []
        self.steps: list[Step] = []
        self.indices: list[int] = []
        self._children: dict[tuple[int, int], int] = {}

    def __len__(self) -> int:
        return len(self.tokens)

    def shared(self, ids: Sequence[int]) -> int:
        """How many of the first `ids` are in the tree already."""
        node = ROOT
        for count, token in enumerate(ids):
            found = self._children.get((node, token))
            if found is None:
                return count
            node = found
        return len(ids)

    def add(self, item: Item) -> None:
        """Lay an item and all its tails into the row."""
        self.indices.append(item.index)
        last = self._extend(ROOT, item.ids)
        for number, tail in enumerate(item.tails):
            node = last
            for token, following in pairwise((*tail, ROOT)):
                self.steps.append(Step(item.index, number, node, token))
                if following != ROOT:
                    node = self._extend(node, (token,))

    def _extend(self, node: int, tokens: Sequence[int]) -> int:
        for token in tokens:
            child = self._children.get((node, token))
            if child is None:
                child = len(self.tokens)
                self._children[node, token] = child
                self.tokens.append(token)
                self.parents.append(node)
                self.positions.append(self.positions[node] + 1 if node != ROOT else 0)
            node = child
        return node

    def path(self, ids: Sequence[int]) -> list[int]:
        """The nodes of `ids`, which must have been added."""
        nodes, node = [], ROOT
        for token in ids:
            node = self._children[node, token]
            nodes.append(node)
        return nodes

    def ancestors(self, length: int) -> NDArray[np.bool_]:
        """(length, length): whether query (row) sees key (column).

        A token sees itself and its ancestors; padding beyond the tree sees itself only.
        """
        seen = np.eye(length, dtype=np.bool_)
        for node, parent in enumerate(self.parents):
            if parent != ROOT:
                seen[node, : parent + 1] |= seen[parent, : parent + 1]
        return seen


def sharing_worth(width: int) -> float:
    """Query-key pairs that cost a model of this width as much as one token (`grow_trees`)."""
    return float(SHARING_WORTH_PER_WIDTH * width)


def grow_trees(items: Sequence[Item], *, row_tokens: int, sharing_worth: float) -> list[Tree]:
    """Lay items into trees, those that begin alike next to each other.

    A token that is shared saves the work of one token; the price of a longer row is that its
    queries meet more keys. A prompt therefore joins the row before it only if

        shared tokens * sharing_worth >= 2 * row length * new tokens

    with `sharing_worth` the number of query-key pairs that cost as much as one token (0: nothing is
    shared between prompts), and never beyond `row_tokens`. A prompt longer than that has a row for
    itself. Negative ids count by their first appearance, so the rows do not depend on what numbers
    a model gave them.
    """
    names: dict[int, int] = {}
    for item in sorted(items, key=lambda item: item.index):
        for id_ in item.ids:
            if id_ < 0:
                names.setdefault(id_, -1 - len(names))

    def order(item: Item) -> tuple[tuple[int, ...], tuple[tuple[int, ...], ...], int]:
        return tuple(names.get(id_, id_) for id_ in item.ids), item.tails, item.index

    trees: list[Tree] = []
    for item in sorted(items, key=order):
        if not (trees and _joins(trees[-1], item, row_tokens, sharing_worth)):
            trees.append(Tree())
        trees[-1].add(item)
    return trees


def _joins(tree: Tree, item: Item, row_tokens: int, sharing_worth: float) -> bool:
    shared = tree.shared(item.ids)
    new = len(item.ids) - shared + sum(len(tail) - 1 for tail in item.tails)
    if len(tree) + new > row_tokens:
        return False
    return shared > 0 and shared * sharing_worth >= 2 * len(tree) * new


def fill_batches(lengths: Sequence[int], batch_tokens: int) -> list[list[int]]:
    """Split rows 0, 1, ... of these lengths into batches of at most `batch_tokens` with padding.

    Rows of similar length come together, the longest first, so that what does not fit into memory
    fails at once; a row longer than `batch_tokens` is a batch of its own.
    """
    order = sorted(range(len(lengths)), key=lambda row: (-lengths[row], row))
    batches = fill_in_order([lengths[row] for row in order], batch_tokens)
    return [[order[place] for place in batch] for batch in batches]


def fill_in_order(lengths: Sequence[int], batch_tokens: int) -> list[list[int]]:
    """Like `fill_batches`, but leave the rows in their order."""
    batches: list[list[int]] = []
    widest = 0
    for row, length in enumerate(lengths):
        widest = max(widest, length)
        if batches and (len(batches[-1]) + 1) * widest <= batch_tokens:
            batches[-1].append(row)
        else:
            batches.append([row])
            widest = length
    return batches
