"""The knowledge and cascade tasks for Inspect, for those who want its logs and viewer.

    inspect eval echoic/knowledge --model openai/gpt-5 -T limit=100
    inspect eval echoic/cascade --model openai/gpt-5 -T benchmark=mmau -T path=... -T captions=...

Same questions, renderer and grader as `echoic eval`; answering is free. The scorer reports every
rule, each as a metric of its own. Controls and audio are in `echoic eval` only.
"""

from pathlib import Path

from inspect_ai import Task as InspectTask
from inspect_ai import task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import ChatMessageSystem, ChatMessageUser
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.solver import TaskState, generate

from echoic.benchmarks.registry import load
from echoic.caption import read_captions
from echoic.engine.ask import Reply
from echoic.errors import NoData
from echoic.evals.grade import FREE_RULES, grade
from echoic.evals.plan import CASCADE, TEXT, Item, Task, plan
from echoic.question import LETTERS, Question

RULES = list(FREE_RULES)


@task
def knowledge(
    benchmark: str = "akb-open", path: str = "", limit: int | None = None, seed: int = 0
) -> InspectTask:
    """What the model knows about sound: the questions as text."""
    known = load(benchmark, Path(path) if path else None)
    return _inspect_task(Task(TEXT, known, limit=limit, seed=seed))


@task
def cascade(
    benchmark: str, captions: str, path: str = "", limit: int | None = None, seed: int = 0
) -> InspectTask:
    """What it makes of a caption of each clip."""
    known = load(benchmark, Path(path) if path else None)
    texts = read_captions(Path(captions))
    return _inspect_task(Task(CASCADE, known, captions=texts, limit=limit, seed=seed))


def _inspect_task(asked: Task) -> InspectTask:
    if not asked.benchmark.keyed:
        raise NoData(f"{asked.benchmark.name}: has no key; ask it with 'echoic eval'")
    return InspectTask(
        dataset=MemoryDataset([_sample(item) for item in plan(asked)], name=asked.benchmark.name),
        solver=generate(),
        scorer=echoic_rules(),
        metadata={
            "benchmark_hash": asked.benchmark.version_hash,
            "prompt": asked.wording.name,
            "prompt_hash": asked.wording.hash,
        },
    )


def _sample(item: Item) -> Sample:
    system = [ChatMessageSystem(content=item.prompt.system)] if item.prompt.system else []
    return Sample(
        id=item.prompt.id,
        input=[*system, ChatMessageUser(content=item.prompt.user)],
        target=LETTERS[item.question.answer],
        metadata={"question": item.question.to_record(), "order": list(item.order)},
    )


@scorer(metrics={rule: [accuracy(), stderr()] for rule in RULES})
def echoic_rules() -> Scorer:
    """Right (1) or not (0) under every rule; the explanation says what each rule read."""

    async def score(state: TaskState, target: Target) -> Score:
        question = Question.from_record(state.metadata["question"], str(state.sample_id))
        reply = Reply(text=state.output.completion)
        verdict = grade(question, reply, rule=RULES[0], order=state.metadata["order"])
        chosen = {
            rule: "unparsed" if read["chosen"] is None else LETTERS[read["chosen"]]
            for rule, read in verdict.rules.items()
        }
        return Score(
            value={rule: int(verdict.rules[rule]["correct"]) for rule in RULES},
            answer=chosen[RULES[0]],
            explanation=", ".join(f"{rule}: {read}" for rule, read in chosen.items()),
        )

    return score
