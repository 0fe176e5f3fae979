"""Batched against one-by-one generation, on the same questions.

    python benchmarks/generation.py --model smollm2-135m-instruct --questions 64

Three ways: batched with what prompts share computed once (what the provider does), batched with
every prompt in full, one by one. Replies are greedy, of at most 8 tokens. Prints also how many
replies are the same text in all ways: all of them in fp32, up to ties that rounding decides.
"""

import sys

from echoic.engine.ask import Generation, Prompt
from echoic.engine.local import LocalModel, open_local
from questions import arguments, listed, questions
from timing import in_turns, report

PART = 32  # questions that are timed at once
MAX_TOKENS = 8


class NothingShared(LocalModel):
    """Every prompt in a row of its own."""

    sharing_worth = 0.0


def main() -> int:
    options = arguments("Batched against one-by-one generation.")
    model = open_local(
        options.model,
        generation=Generation(max_tokens=MAX_TOKENS),
        dtype=options.dtype,
        threads=options.threads,
    )
    asked = questions(options.questions, options.file)
    prompts = [Prompt(str(at), user=listed(*question)) for at, question in enumerate(asked)]
    apart = NothingShared(
        model.name, model.model, model.tokenizer, generation=Generation(max_tokens=MAX_TOKENS)
    )
    texts: dict[str, dict[str, str]] = {}

    def batched(name: str, provider: LocalModel, part: list[Prompt]) -> None:
        found = texts.setdefault(name, {})
        found.update({part[at].id: reply.text for at, reply in provider.replies(part)})

    def one_by_one(part: list[Prompt]) -> None:
        for prompt in part:
            batched("alone", apart, [prompt])

    parts = [prompts[start : start + PART] for start in range(0, len(prompts), PART)]
    ways = {
        "batched, shared prefixes": lambda part: batched("shared", model, part),
        "batched, every prompt in full": lambda part: batched("full", apart, part),
        "one by one": one_by_one,
    }
    report(in_turns(ways, parts), len(prompts))
    same = sum(len({found[prompt.id] for found in texts.values()}) == 1 for prompt in prompts)
    print(f"the same reply in all ways: {same} of {len(prompts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
