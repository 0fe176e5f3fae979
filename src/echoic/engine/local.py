"""The local provider: any Hugging Face causal LM, asked in batches.

Prompts with continuations are scored (`local_score`), the others answered by generation
(`local_generate`). Batches are planned over the full list of prompts and run whole, so that a run
that was interrupted ends with the replies of one that was not. Everything runs on input vectors: a
model that hears overrides `encode` and `vectors` and inherits the rest.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from echoic.engine.ask import Generation, Prompt, Provider, Reply
from echoic.engine.chat import has_template, render, tokens
from echoic.engine.hf_audio import hears, load_hf_audio
from echoic.engine.local_generate import Sampler, generate, shared_cache
from echoic.engine.local_plan import (
    ROW_TOKENS,
    Item,
    Tree,
    fill_batches,
    fill_in_order,
    grow_trees,
    sharing_worth,
)
from echoic.engine.local_score import Embed, packs, plain_scores, tree_scores
from echoic.engine.torch_model import TorchModel, placed
from echoic.errors import EchoicError, ProviderFailed
from echoic.models.backbone import load_backbone
from echoic.models.named import locate

BATCH_TOKENS = 8192


class LocalModel(TorchModel):
    """A causal LM behind the `Provider` interface.

    `batch_tokens` bounds the tokens of a batch with padding (and room for the reply), `row_tokens`
    those of a row of packed prompts.
    """

    engine = "local-1"

    def __init__(
        self,
        name: str,
        model: Any,
        tokenizer: Any,
        *,
        generation: Generation,
        batch_tokens: int = BATCH_TOKENS,
        row_tokens: int = ROW_TOKENS,
    ) -> None:
        sampler = Sampler.of(model, tokenizer, generation)
        super().__init__(name, model, sampler, generation, batch_tokens)
        self.tokenizer, self.row_tokens = tokenizer, row_tokens
        self._config = model.config.get_text_config()
        self._packs: bool | None = None

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that decides the replies."""
        return {
            **super().settings,
            "row_tokens": self.row_tokens,
            "template": "chat" if has_template(self.tokenizer) else "plain",
        }

    @property
    def decoding(self) -> Mapping[str, Any]:
        """Where a reply is cut."""
        return {"stop": self._sampler.stop_text}

    @property
    def sharing_worth(self) -> float:
        """Query-key pairs that cost this model as much as one token (`grow_trees`)."""
        return sharing_worth(self._config.hidden_size)

    def encode(self, prompt: Prompt) -> tuple[int, ...]:
        """Token ids up to where the model goes on.

        Negative ids mark positions that carry vectors of their own (`vectors`); equal negative ids
        must mean equal vectors throughout a list of prompts. Cheap: called for every prompt at
        planning. Raises ProviderFailed for a prompt that the model cannot take.
        """
        if prompt.audio is not None:
            raise ProviderFailed(
                f"prompt {prompt.id}: {self.name} reads text and cannot hear {prompt.audio.name}; "
                "name a checkpoint folder of an audio model"
            )
        text = render(
            self.tokenizer, system=prompt.system, user=prompt.user, prefill=prompt.prefill
        )
        return tuple(tokens(self.tokenizer, text))

    def vectors(self, prompts: Sequence[Prompt]) -> Mapping[int, Tensor]:
        """The vectors (width,) of all negative ids in one batch of prompts; none for text."""
        return {}

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        """Yield (index, reply), batch after batch, as `Provider` says."""
        scored: list[Item] = []
        asked: list[Item] = []
        for index, prompt in enumerate(prompts):
            try:
                item = self.item(index, prompt)
            except EchoicError as error:
                yield index, Reply(text="", stop="failed", error=str(error))
            else:
                (scored if item.tails else asked).append(item)
        yield from self._score(prompts, scored, done)
        yield from self._generate(prompts, asked, done)

    def item(self, index: int, prompt: Prompt) -> Item:
        """A prompt as tokens. Raises ProviderFailed when it is empty or too long for the model."""
        ids = self.encode(prompt)
        tails = tuple(
            tuple(tokens(self.tokenizer, text, start=False)) for text in prompt.continuations
        )
        if not ids or not all(tails):
            raise ProviderFailed(f"prompt {prompt.id}: nothing to read or to score")
        longest = len(ids) + (max(map(len, tails)) if tails else self._sampler.max_tokens)
        limit = getattr(self._config, "max_position_embeddings", None)
        if limit and longest > limit:
            raise ProviderFailed(
                f"prompt {prompt.id}: {longest} tokens with the reply, but {self.name} takes "
                f"{limit}; shorten the prompt"
            )
        return Item(index, ids, tails)

    def _score(
        self, prompts: Sequence[Prompt], items: list[Item], done: frozenset[int]
    ) -> Iterator[tuple[int, Reply]]:
        trees = grow_trees(items, row_tokens=self.row_tokens, sharing_worth=self.sharing_worth)
        by_index = {item.index: item for item in items}
        for rows in fill_batches([len(tree) for tree in trees], self.batch_tokens):
            batch = [trees[row] for row in rows]
            indices = sorted(index for tree in batch for index in tree.indices)
            if done.issuperset(indices):
                continue
            embed = self.embedder(self.vectors([prompts[index] for index in indices]))
            if self._can_pack():
                scores = tree_scores(self.model, batch, embed)
            else:
                scores = {
                    index: plain_scores(self.model, by_index[index], embed) for index in indices
                }
            for index in indices:
                yield index, self._scored(prompts[index], by_index[index], scores[index])

    @staticmethod
    def _scored(prompt: Prompt, item: Item, scores: tuple[float, ...]) -> Reply:
        best = max(range(len(scores)), key=scores.__getitem__)
        return Reply(
            text=prompt.continuations[best].strip(),
            stop="scored",
            scores=scores,
            tokens_in=len(item.ids),
        )

    def _can_pack(self) -> bool:
        if self._packs is None:
            self._packs = packs(self.model, self.embedder({}))
        return self._packs

    def _generate(
        self, prompts: Sequence[Prompt], items: list[Item], done: frozenset[int]
    ) -> Iterator[tuple[int, Reply]]:
        packed = bool(items) and self._can_pack()
        items = self._side_by_side(items) if packed else sorted(items, key=_longest_first)
        lengths = [len(item.ids) + self._sampler.max_tokens for item in items]
        for places in fill_in_order(lengths, self.batch_tokens):
            batch = [items[place] for place in places]
            if done.issuperset(item.index for item in batch):
                continue
            embed = self.embedder(self.vectors([prompts[item.index] for item in batch]))
            cache = shared_cache(self.model, self.rows(batch), batch, embed) if packed else None
            ids = [item.ids for item in batch]
            replies = generate(self.model, self.tokenizer, ids, embed, self._sampler, cache)
            yield from zip((item.index for item in batch), replies, strict=True)

    def rows(self, items: Sequence[Item]) -> list[Tree]:
        """Trees of prompts without their last tokens, at which generation begins."""
        heads = [Item(item.index, item.ids[:-1]) for item in items]
        return grow_trees(heads, row_tokens=self.row_tokens, sharing_worth=self.sharing_worth)

    def _side_by_side(self, items: Sequence[Item]) -> list[Item]:
        """Items in the order in which they share rows, the longest rows first."""
        by_index = {item.index: item for item in items}
        rows = sorted(self.rows(items), key=lambda tree: -len(tree))
        return [by_index[index] for tree in rows for index in tree.indices]

    def embedder(self, own: Mapping[int, Tensor]) -> Embed:
        """From token ids to input vectors; negative ids take theirs from `own`."""
        table = self.model.get_input_embeddings()

        def embed(ids: Tensor) -> Tensor:
            ids = ids.to(self.model.device)
            vectors: Tensor = table(ids.clamp_min(0))  # (rows, length, width)
            marked = ids < 0
            if marked.any():
                kinds, which = torch.unique(ids[marked], return_inverse=True)
                stack = torch.stack([own[int(kind)] for kind in kinds])  # (kinds, width)
                vectors = vectors.clone()
                vectors[marked] = stack.to(vectors)[which]
            return vectors

        return embed


def _longest_first(item: Item) -> tuple[int, int]:
    return -len(item.ids), item.index


def open_local(
    name: str,
    *,
    generation: Generation,
    dtype: str = "float32",
    device: str = "auto",
    threads: int | None = None,
    batch_tokens: int = BATCH_TOKENS,
    row_tokens: int = ROW_TOKENS,
    transcript_only: bool = False,
    **_: Any,
) -> Provider:
    """Load a model by embedded name, local folder or hub id: text, or text and audio.

    `dtype` is float32, bfloat16 or float16; `device` "auto" takes CUDA where there is one;
    `threads` sets torch's threads and is left alone by default. Raises UnknownName for an unknown
    model or dtype, FetchFailed, MissingExtra.
    """
    number_format, device = placed(dtype, device)
    if threads is not None:
        torch.set_num_threads(threads)
    place = locate(name, role="backbone")
    if hears(place):
        if transcript_only:
            raise ProviderFailed(f"hf/{name}: reads no transcript beside the audio")
        return load_hf_audio(
            place,
            generation=generation,
            dtype=number_format,
            device=device,
            batch_tokens=batch_tokens,
        )
    model, tokenizer = load_backbone(name, dtype=number_format)
    label = Path(name).name if Path(name).is_dir() else name
    return LocalModel(
        f"echoic/{label}",
        model.to(device),
        tokenizer,
        generation=generation,
        batch_tokens=batch_tokens,
        row_tokens=row_tokens,
    )
