"""Targets as token sequences: what the student hears and reads, and what it must say."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from echoic.engine.ask import AUDIO_MARK
from echoic.engine.chat import end_ids, has_template, render, tokens
from echoic.engine.local_generate import LINE_END
from echoic.errors import NoData
from echoic.lalm.splice import splice
from echoic.seed import Target, user_text


@dataclass(frozen=True)
class Example:
    """`before` + [audio vectors] + `after` is the context, `response` is learned.

    `reading` is the context of the frozen teacher, where the seed's text stands for the audio.
    `cut` tells that the response and its end token did not fit.
    """

    before: tuple[int, ...]
    after: tuple[int, ...]
    response: tuple[int, ...]
    reading: tuple[int, ...]
    cut: bool


def end_token(tokenizer: Any) -> int:
    """What ends a reply: the end-of-turn token, or a line break for models without a template.

    The same that ends a generated reply.
    """
    if has_template(tokenizer) and (ends := end_ids(tokenizer)):
        return ends[0]
    return tokens(tokenizer, LINE_END, start=False)[0]


def make_examples(
    targets: Sequence[Target], tokenizer: Any, *, queries: int, max_length: int
) -> list[Example]:
    """Tokenise targets. A response (and its end token) beyond `max_length` tokens is cut.

    Raises NoData when no response token of any target fits.
    """
    end = end_token(tokenizer)
    examples: list[Example] = []
    for target in targets:
        heard, read = (
            render(
                tokenizer,
                system="",
                user=user_text(place, target.prompt),
                prefill=target.prefill,
            )
            for place in (AUDIO_MARK, target.seed_description)
        )
        cut = splice(tokenizer, heard, target.text)
        response = tokens(tokenizer, target.response, start=False)
        if target.complete:
            response.append(end)
        room = max(0, max_length - queries - len(cut.before) - len(cut.after))
        examples.append(
            Example(
                before=cut.before,
                after=cut.after,
                response=tuple(response[:room]),
                reading=tuple(tokens(tokenizer, read)),
                cut=len(response) > room or not target.complete,
            )
        )
    if not any(example.response for example in examples):
        raise NoData(f"no response fits in max_length = {max_length}; raise it in the recipe")
    return examples
