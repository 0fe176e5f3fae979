"""Option likelihood with and without the shared prefix, on the same questions.

    python benchmarks/likelihood.py --model smollm2-135m-instruct --questions 60

Three ways, all in batches and all with logits at the scored positions only: prompts that begin
alike in one tree (what the provider does); the options of a question behind its one prompt; every
option as a sequence of its own.
"""

import sys

from echoic.engine.ask import Generation
from echoic.engine.local import open_local
from echoic.engine.local_plan import Item, fill_batches, grow_trees
from echoic.engine.local_score import tree_scores
from questions import arguments, questions, scored
from timing import in_turns, report

PART = 30  # questions that are timed at once
AGREEMENT = 1e-3


def main() -> int:
    options = arguments("Option likelihood with and without the shared prefix.")
    model = open_local(
        options.model, generation=Generation(), dtype=options.dtype, threads=options.threads
    )
    prompts = scored(questions(options.questions, options.file))
    items = [model.item(at, prompt) for at, prompt in enumerate(prompts)]
    tokens = dict.fromkeys(("tree", "question", "option"), 0)
    scores: dict[str, dict[int, tuple[float, ...]]] = {name: {} for name in tokens}

    def score(name: str, part: list[Item], worth: float) -> None:
        trees = grow_trees(part, row_tokens=model.row_tokens, sharing_worth=worth)
        lengths = [len(tree) for tree in trees]
        tokens[name] += sum(lengths)
        for rows in fill_batches(lengths, model.batch_tokens):
            batch = [trees[row] for row in rows]
            scores[name].update(tree_scores(model.model, batch, model.embedder({})))

    def by_option(part: list[Item]) -> None:
        alone = [
            Item(item.index * 10 + at, item.ids, (tail,))
            for item in part
            for at, tail in enumerate(item.tails)
        ]
        score("option", alone, 0)

    parts = [items[start : start + PART] for start in range(0, len(items), PART)]
    spent = in_turns(
        {
            "shared prefixes in a tree": lambda part: score("tree", part, model.sharing_worth),
            "options behind one prompt": lambda part: score("question", part, 0),
            "every option by itself": by_option,
        },
        parts,
    )
    report(spent, len(items))
    apart = max(
        abs(score - other)
        for item in items
        for at, score in enumerate(scores["tree"][item.index])
        for other in (scores["question"][item.index][at], scores["option"][item.index * 10 + at][0])
    )
    print(f"tokens computed: {tokens}; scores lie at most {apart:.1e} apart")
    return 0 if apart < AGREEMENT or options.dtype != "float32" else 1


if __name__ == "__main__":
    sys.exit(main())
