"""The evaluations of arXiv:2603.19195 section 3, and the controls it leaves out.

    knowledge  the backbone answers questions about sound from text alone            (3.1)
    cascade    a captioner describes the clip, the backbone answers from the text    (3.2)
    audio      the trained LALM answers from the clip itself                         (3.3)
    control    one of the three with something taken away or exchanged

A task is asked through a provider, each reply is graded by every rule that applies, and the run
folder holds all of it: see `run_folder`. `run_task` may be killed and started again at any time.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from echoic.analysis.accuracy import accuracy, by_group
from echoic.analysis.intervals import Proportion
from echoic.benchmarks.base import Benchmark
from echoic.caption import Caption
from echoic.engine.accounting import usage
from echoic.engine.ask import Prompt, Provider, Reply
from echoic.engine.budget import Budget
from echoic.engine.memory import peak_rss_mib
from echoic.engine.runner import FAILED, run
from echoic.errors import BadRecord
from echoic.evals import run_folder
from echoic.evals.grade import grade
from echoic.evals.plan import AUDIO, CASCADE, SHUFFLED, TEXT, Item, Task, plan
from echoic.models.prices import Prices, packaged
from echoic.records import digest, write_json, write_jsonl
from echoic.verdict import Verdict


def knowledge(benchmark: Benchmark, **options: Any) -> Task:
    """What the backbone knows about sound: the questions as text, no clip."""
    return Task(TEXT, benchmark, **options)


def cascade(benchmark: Benchmark, captions: Mapping[str, Caption], **options: Any) -> Task:
    """What it makes of a description: each clip's caption, then the question."""
    return Task(CASCADE, benchmark, captions=captions, **options)


def audio(benchmark: Benchmark, **options: Any) -> Task:
    """What the LALM hears: the clip, then the question."""
    return Task(AUDIO, benchmark, **options)


def control(task: Task, name: str) -> Task:
    """The same task under a control (`plan.CONTROLS`)."""
    return replace(task, control=name)


@dataclass(frozen=True)
class Summary:
    """A finished run: the contents of its `run.json`, and its verdicts in the questions' order."""

    folder: Path
    run: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]

    @property
    def overall(self) -> Proportion:
        """Right verdicts over all; failed and unparsed replies count as wrong."""
        return accuracy(self.verdicts)

    @property
    def by_category(self) -> dict[str, Proportion]:
        """The same for each category, in order of first appearance."""
        return by_group(self.verdicts, lambda verdict: verdict.category)


def run_task(
    task: Task,
    provider: Provider,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
    *,
    prices: Prices | None = None,
    budget: Budget | None = None,
) -> Summary:
    """Ask, grade and write the run folder `out`; what is there already is not asked again.

    `progress` gets (replies so far, all); `budget` is the one that `provider` was opened with.
    Raises OutputRefused when `out` cannot be written or holds another run, ProviderFailed when the
    model cannot be reached, CostCapReached when the budget ends it (replies so far are kept);
    single failed replies count as wrong, are listed in `run.json`, and are asked again by the next
    call.
    """
    begun = time.monotonic()
    items = plan(task)
    identity = _identity(task, items, provider)
    run_folder.claim(out, identity)
    before = run_folder.finished(out)
    fresh = _Fresh(progress)
    prompts = [item.prompt for item in items]
    replies = run(provider, prompts, out / run_folder.REPLIES, progress=fresh, budget=budget)
    verdicts = tuple(
        _verdict(task, item, reply) for item, reply in zip(items, replies, strict=True)
    )
    write_jsonl(out / run_folder.VERDICTS, (verdict.to_record() for verdict in verdicts))
    # A start that asked nothing keeps the times of the start that did.
    spent = before if before and not fresh.asked else _spent(begun, fresh, provider)
    keys = ("seconds", "resumed", "peak_rss_mib", "versions", "applied")
    record = {
        **identity,
        "counts": _counts(verdicts, replies),
        "failed": _failed(prompts, replies),
        "usage": usage(provider.name, prompts, replies, prices or packaged()),
        "families": list(task.benchmark.families),
        **{key: spent[key] for key in keys if key in spent},
    }
    write_json(out / run_folder.RUN, record)
    return Summary(out, record, verdicts)


class _Fresh:
    """Passes progress on, and remembers how many replies were new in this start."""

    def __init__(self, draw: Callable[[int, int], None] | None) -> None:
        self._draw = draw
        self.found: int | None = None
        self.asked = 0

    def __call__(self, done: int, total: int) -> None:
        if self.found is None:
            self.found = done
        self.asked = done - self.found
        if self._draw:
            self._draw(done, total)


def _spent(begun: float, fresh: _Fresh, provider: Provider) -> dict[str, Any]:
    return {
        "seconds": round(time.monotonic() - begun, 3),
        "resumed": fresh.found or 0,
        "peak_rss_mib": peak_rss_mib(),
        "versions": run_folder.versions(),
        # What an API was sent and which models answered, as far as it tells.
        "applied": getattr(provider, "applied", {}),
    }


def _identity(task: Task, items: list[Item], provider: Provider) -> dict[str, Any]:
    """All that makes this run the run it is."""
    return {
        "mode": task.mode,
        "control": task.control,
        "benchmark": task.benchmark.name,
        "benchmark_hash": task.benchmark.version_hash,
        "n": len({item.question.id for item in items}),
        "model": provider.name,
        "backbone": task.backbone or provider.name,
        "recipe": task.recipe,
        "captioner": _captioner(task),
        "answering": task.answering,
        "rule": task.rule,
        "prompt": {"name": task.wording.name, "hash": task.wording.hash},
        "seed": task.seed,
        "limit": task.limit,
        "n_permutations": task.permutations if task.control == SHUFFLED else 0,
        "settings": dict(provider.settings),
        # Of everything the model sees: tells runs apart whose captions or audio differ.
        "prompts_hash": digest([item.prompt.hash for item in items]),
    }


def _captioner(task: Task) -> str:
    if task.mode != CASCADE or not task.sees_clip:
        return ""
    used = {task.captions[clip].captioner for clip in task.benchmark.clips if clip in task.captions}
    if len(used) > 1:
        raise BadRecord(
            f"the captions come from several captioners ({', '.join(sorted(used))}); "
            "give a file of one"
        )
    return used.pop()


def _verdict(task: Task, item: Item, reply: Reply) -> Verdict:
    return grade(item.question, reply, rule=task.rule, order=item.order, variant=item.variant)


def _failed(prompts: list[Prompt], replies: list[Reply]) -> dict[str, str]:
    """Prompt id -> why it has no reply."""
    return {
        prompt.id: reply.error
        for prompt, reply in zip(prompts, replies, strict=True)
        if reply.stop == FAILED
    }


def _counts(verdicts: tuple[Verdict, ...], replies: list[Reply]) -> dict[str, int]:
    failed = [reply.stop == FAILED for reply in replies]
    unread = [verdict.chosen is None for verdict in verdicts]
    return {
        "asked": len(replies),
        "unparsed": sum(u and not f for u, f in zip(unread, failed, strict=True)),
        "failed": sum(failed),
    }
