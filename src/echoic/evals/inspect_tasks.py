"""The three tasks for Inspect, for those who want its logs and viewer.

    inspect eval echoic/knowledge --model openai/gpt-5 -T limit=100
    inspect eval echoic/cascade --model openai/gpt-5 -T benchmark=mmau -T path=... -T captions=...
    inspect eval echoic/audio --model google/gemini-2.5-pro -T benchmark=mmau -T path=...

Same questions, wordings, renderer and grader as `echoic eval`; answering is free. The scorer tells
every rule, each as a metric of its own. Controls are in `echoic eval` only.
"""

from pathlib import Path
from typing import Any

from inspect_ai import Task as InspectTask
from inspect_ai import task
from inspect_ai.dataset import MemoryDataset, Sample
from inspect_ai.model import get_model
from inspect_ai.scorer import Score, Scorer, Target, accuracy, scorer, stderr
from inspect_ai.solver import Generate, Solver, TaskState, solver

from echoic.benchmarks.registry import load
from echoic.engine.ask import Reply
from echoic.engine.audio_input import inspect_audio
from echoic.engine.inspect_messages import chat_messages
from echoic.engine.remote import MOCK, mock_output
from echoic.errors import NoData
from echoic.evals.captions import captions_of
from echoic.evals.grade import FREE_RULES, grade
from echoic.evals.plan import AUDIO, CASCADE, TEXT, Item, Task, plan
from echoic.evals.prompt_file import DEFAULT, PromptFile
from echoic.question import LETTERS, Question

RULES = list(FREE_RULES)


@task
def knowledge(
    benchmark: str = "akb-open",
    path: str = "",
    limit: int | None = None,
    seed: int = 0,
    prompt: str = DEFAULT,
) -> InspectTask:
    """What the model knows about sound: the questions as text."""
    return _inspect_task(TEXT, benchmark, path, prompt, limit=limit, seed=seed)


@task
def cascade(
    benchmark: str,
    captions: str,
    path: str = "",
    limit: int | None = None,
    seed: int = 0,
    prompt: str = DEFAULT,
) -> InspectTask:
    """What it makes of a caption of each clip."""
    return _inspect_task(CASCADE, benchmark, path, prompt, captions, limit=limit, seed=seed)


@task
def audio(
    benchmark: str,
    path: str = "",
    limit: int | None = None,
    seed: int = 0,
    prompt: str = DEFAULT,
) -> InspectTask:
    """What a model that hears makes of the clip itself."""
    return _inspect_task(AUDIO, benchmark, path, prompt, limit=limit, seed=seed)


def _inspect_task(
    mode: str, benchmark: str, path: str, prompt: str, captions: str = "", **options: Any
) -> InspectTask:
    known = load(benchmark, Path(path) if path else None)
    texts = captions_of(known, Path(captions)) if captions else {}
    asked = Task(mode, known, captions=texts, wording=PromptFile.load(prompt), **options)
    if not asked.benchmark.keyed:
        raise NoData(f"{asked.benchmark.name}: has no key; ask it with 'echoic eval'")
    return InspectTask(
        dataset=MemoryDataset([_sample(item) for item in plan(asked)], name=asked.benchmark.name),
        solver=answer(),
        scorer=echoic_rules(),
        metadata={
            "benchmark_hash": asked.benchmark.version_hash,
            "prompt": asked.wording.name,
            "prompt_hash": asked.wording.hash,
        },
    )


def _sample(item: Item) -> Sample:
    prompt = item.prompt
    return Sample(
        id=prompt.id,
        input=chat_messages(
            prompt.system, prompt.user, inspect_audio(prompt.audio) if prompt.audio else ""
        ),
        target=LETTERS[item.question.answer],
        metadata={"question": item.question.to_record(), "order": list(item.order)},
    )


@solver
def answer() -> Solver:
    """One reply to each prompt.

    Inspect's mock counts tokens with a table from the network; here it needs none.
    """

    async def solve(state: TaskState, generate: Generate) -> TaskState:
        model = get_model()
        if str(model).startswith(MOCK) and "custom_outputs" not in model.model_args:
            setattr(model.api, "outputs", mock_output)  # noqa: B010  (only the mock has it)
        return await generate(state)

    return solve


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
