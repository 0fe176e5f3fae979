"""Tokens of prompts: what a model reads, and what it computes when it runs here."""

from collections.abc import Iterable
from functools import cache
from typing import Any, Self

from echoic.engine.ask import AUDIO_MARK, Prompt
from echoic.engine.chat import render, tokens
from echoic.engine.local_plan import ROW_TOKENS, Item, grow_trees, sharing_worth
from echoic.lalm.splice import splice
from echoic.models.catalogue import embedded
from echoic.models.store import store
from echoic.records import read_json
from echoic.study.assumptions import assumed
from echoic.study.names import weights_of


class Tokens:
    """Counts tokens with a model's tokenizer; without one by length. `width`: of the model."""

    def __init__(self, tokenizer: Any = None, width: int = 0) -> None:
        self._tokenizer, self._width = tokenizer, width

    @classmethod
    def of(cls, model: str) -> Self:
        """With the model's own tokenizer where it is embedded and here."""
        name = weights_of(model)
        if name not in embedded() or not store().has(name):
            return cls()
        try:  # not AutoTokenizer, which loads torch first: 7 s instead of 1
            from transformers import PreTrainedTokenizerFast
        except ModuleNotFoundError:
            return cls()
        path = store().path(name)
        tokenizer = PreTrainedTokenizerFast.from_pretrained(str(path), local_files_only=True)
        return cls(tokenizer, int(read_json(path / "config.json")["hidden_size"]))

    @property
    def exact(self) -> bool:
        """Whether the tokenizer is here."""
        return self._tokenizer is not None

    def prompt(self, prompt: Prompt) -> int:
        """Tokens of a rendered prompt; the mark for audio counts as nothing."""
        user = prompt.user.replace(AUDIO_MARK, "")
        if self._tokenizer is None:
            whole = prompt.system + user + prompt.prefill
            return _by_length(whole) + int(assumed()["template_tokens"])
        text = render(self._tokenizer, system=prompt.system, user=user, prefill=prompt.prefill)
        return len(tokens(self._tokenizer, text))

    def text(self, text: str) -> int:
        """Tokens of a piece of text that follows another."""
        if self._tokenizer is None:
            return max(1, _by_length(text))
        return len(tokens(self._tokenizer, text, start=False))

    def computed(self, prompts: Iterable[tuple[Prompt, str, str]], queries: int) -> int:
        """Tokens that the local engine computes to score continuations: what is shared, once.

        `prompts` are (prompt, the clip that is heard, what is said in it), `queries` the vectors of
        a clip. The tokenizer must be here (`exact`).
        """
        clips: dict[str, int] = {}
        items = []
        tail_of = cache(lambda text: tuple(tokens(self._tokenizer, text, start=False)))
        for index, (prompt, clip, spoken) in enumerate(prompts):
            text = render(
                self._tokenizer, system=prompt.system, user=prompt.user, prefill=prompt.prefill
            )
            if prompt.audio is None:
                ids = tuple(tokens(self._tokenizer, text))
            else:
                around = splice(self._tokenizer, text, spoken)
                first = -1 - queries * clips.setdefault(clip, len(clips))
                ids = (*around.before, *range(first, first - queries, -1), *around.after)
            items.append(Item(index, ids, tuple(map(tail_of, prompt.continuations))))
        worth = sharing_worth(self._width)
        return sum(map(len, grow_trees(items, row_tokens=ROW_TOKENS, sharing_worth=worth)))


def _by_length(text: str) -> int:
    return round(len(text) / float(assumed()["characters_a_token"]))
