"""Batched against one-by-one generation, on the same questions.

    python benchmarks/generation.py --model smollm2-135m-instruct --questions 64

Replies are greedy, of at most 8 tokens. Prints also how many replies are the same text both ways:
all of them in fp32, up to ties that rounding decides.
"""

import sys

from echoic.engine.ask import Generation, Prompt
from echoic.engine.local import open_local
from questions import arguments, listed, questions
from timing import in_turns, report

PART = 32  # questions that are timed at once
MAX_TOKENS = 8


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
    texts: dict[str, dict[str, str]] = {"batched": {}, "one by one": {}}

    def batched(part: list[Prompt]) -> None:
        for at, reply in model.replies(part):
            texts["batched"][part[at].id] = reply.text

    def one_by_one(part: list[Prompt]) -> None:
        for prompt in part:
            for _, reply in model.replies([prompt]):
                texts["one by one"][prompt.id] = reply.text

    parts = [prompts[start : start + PART] for start in range(0, len(prompts), PART)]
    spent = in_turns({"batched": batched, "one by one": one_by_one}, parts)
    report(spent, len(prompts))
    same = sum(texts["batched"][prompt.id] == texts["one by one"][prompt.id] for prompt in prompts)
    print(f"the same reply both ways: {same} of {len(prompts)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
