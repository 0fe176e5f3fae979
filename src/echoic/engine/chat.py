"""How a prompt becomes text and tokens: the tokenizer's own chat template, or a plain one.

A tokenizer with a chat template renders with it, whatever the family. One without (a base model)
gets `{system}\\n\\n{user}\\nAnswer:`, the shortest text that makes a base model answer.
"""

from functools import lru_cache
from typing import Any

from jinja2.exceptions import TemplateError

PLAIN_CUE = "Answer:"
# A piece that continues a text is tokenised after this and cut off again: SentencePiece tokenizers
# would otherwise put a space of their own before it.
ANCHOR = ":"
# Stands for the assistant's words when a template is asked how it ends them.
TURN_WORD = "echoic"


def has_template(tokenizer: Any) -> bool:
    """Whether the tokenizer brings a chat template."""
    return bool(tokenizer.chat_template)


def render(tokenizer: Any, *, system: str, user: str, prefill: str) -> str:
    """The text up to where the model goes on: after the words `prefill` put into its mouth.

    Chat template: system message if there is one (folded into the user message where the template
    refuses a system role), user message, generation prompt, prefill; thinking is off where the
    template has a switch for it. Plain template: the prefill stands in place of `Answer:`, and the
    model's words, like the continuations that are scored, begin with a space.
    """
    if not has_template(tokenizer):
        return "\n\n".join(part for part in (system, user) if part) + "\n" + (prefill or PLAIN_CUE)
    messages = [{"role": "user", "content": user}]
    if not system:
        return _templated(tokenizer, messages) + prefill
    try:
        text = _templated(tokenizer, [{"role": "system", "content": system}, *messages])
    except TemplateError:
        text = _templated(tokenizer, [{"role": "user", "content": f"{system}\n\n{user}"}])
    return text + prefill


def _templated(tokenizer: Any, messages: list[dict[str, str]]) -> str:
    text = tokenizer.apply_chat_template(
        messages, tokenize=False, add_generation_prompt=True, enable_thinking=False
    )
    return str(text)


def tokens(tokenizer: Any, text: str, *, start: bool = True) -> list[int]:
    """Token ids of rendered text.

    With `start` the text is the beginning of the sequence: plain templates get the tokenizer's
    beginning-of-sequence token in front, once (Gemma is lost without it); chat templates write
    their own. Without `start` the text is a later piece, tokenised on its own as it stands after
    other text: nothing is put in front of it.
    """
    if not start:
        return _later_piece(tokenizer, text)
    ids = _encode(tokenizer, text)
    first = tokenizer.bos_token_id
    if has_template(tokenizer) or first is None or ids[:1] == [first]:
        return ids
    return [int(first), *ids]


def _later_piece(tokenizer: Any, text: str) -> list[int]:
    anchor = _anchor(tokenizer)
    anchored = _encode(tokenizer, ANCHOR + text)
    if anchored[: len(anchor)] == anchor:
        return anchored[len(anchor) :]
    return _encode(tokenizer, text)  # the anchor melted into the piece


@lru_cache(maxsize=4)
def _anchor(tokenizer: Any) -> list[int]:
    return _encode(tokenizer, ANCHOR)


def _encode(tokenizer: Any, text: str) -> list[int]:
    return [int(id_) for id_ in tokenizer.encode(text, add_special_tokens=False)]


def end_ids(tokenizer: Any) -> tuple[int, ...]:
    """Ids that end a reply: what the template writes after the assistant's words, then EOS.

    The first is the one to teach. Empty for a tokenizer that knows neither.
    """
    ids = []
    if has_template(tokenizer):
        turn = [{"role": "user", "content": "?"}, {"role": "assistant", "content": TURN_WORD}]
        text = str(tokenizer.apply_chat_template(turn, tokenize=False, enable_thinking=False))
        after = _encode(tokenizer, text.rpartition(TURN_WORD)[2].lstrip())[:1]
        ids += [id_ for id_ in after if id_ in _special_ids(tokenizer)]
    if tokenizer.eos_token_id is not None:
        ids.append(int(tokenizer.eos_token_id))
    return tuple(dict.fromkeys(ids))


def _special_ids(tokenizer: Any) -> set[int]:
    return {*tokenizer.all_special_ids, *tokenizer.added_tokens_decoder}
