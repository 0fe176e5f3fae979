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
from echoic.benchmarks.base import Benchmark, reasons
from echoic.caption import Caption
from echoic.engine.accounting import failures, usage
from echoic.engine.ask import Provider, in_round
from echoic.engine.audio_input import duration_s
from echoic.engine.budget import Budget
from echoic.engine.memory import peak_rss_mib
from echoic.engine.runner import run
from echoic.errors import BadRecipe, BadRecord
from echoic.evals import asked, run_folder
from echoic.evals.graded import counts, grading, prediction, rulings_on, verdicts_on
from echoic.evals.judge import Judge
from echoic.evals.plan import AUDIO, CASCADE, SHUFFLED, TEXT, Item, Task, askable, plan
from echoic.evals.robust import robustness
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
    """A finished run: the contents of its `run.json`, and its verdicts in the questions' order.

    Without a key (`run["keyed"]`) there are no verdicts.
    """

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
    judge: Judge | None = None,
    *,
    prices: Prices | None = None,
    budget: Budget | None = None,
) -> Summary:
    """Ask, grade and write the run folder `out`; what is there already is not asked again.

    `progress` gets (replies so far, all). `judge` reads the replies of a task that is `judged`.
    `budget` is the one that `provider` was opened with. Raises OutputRefused when `out` cannot be
    written or holds another run, ProviderFailed when the model cannot be reached or the judge does
    not answer, CostCapReached when the budget ends it (replies so far are kept); single failed
    replies of the model count as wrong, are listed in `run.json`, and are asked again by the next
    call. `run.json` also lists the questions that could not be asked, and why; no score counts
    them. Without a key nothing is graded: the replies are kept as predictions.
    """
    if task.judged != (judge is not None):
        raise BadRecipe("a task that is judged comes with its judge, and no other does")
    begun = time.monotonic()
    questions, unasked = askable(task)
    items = plan(task, questions)
    identity = _identity(task, items, provider) | ({"judge": judge.identity} if judge else {})
    run_folder.claim(out, identity)
    before = run_folder.finished(out)
    fresh = _Fresh(progress, task.repeats)
    prompts = [item.prompt for item in items]
    replies = [
        reply
        for repeat in range(task.repeats)
        for reply in run(
            in_round(provider, repeat),
            prompts,
            out / run_folder.REPLIES,
            repeat=repeat,
            progress=fresh.in_round(repeat),
            budget=budget,
        )
    ]
    write_jsonl(out / run_folder.PROMPTS, map(asked.to_record, items))
    verdicts: tuple[Verdict, ...] = ()
    findings: dict[str, Any] = {}
    if task.benchmark.keyed:
        rulings = rulings_on(judge, items, replies)
        verdicts = verdicts_on(task.rule, items, replies, rulings)
        write_jsonl(out / run_folder.VERDICTS, (verdict.to_record() for verdict in verdicts))
        findings = {
            "grading": grading(verdicts, rulings),
            **robustness(verdicts, shuffled=task.control == SHUFFLED),
        }
    else:
        write_jsonl(
            out / run_folder.PREDICTIONS,
            (prediction(items[at % len(items)], reply) for at, reply in enumerate(replies)),
        )
    # A start that asked nothing keeps the times of the start that did.
    spent = before if before and not fresh.asked else _spent(begun, fresh, provider)
    keys = ("seconds", "resumed", "peak_rss_mib", "versions", "applied")
    record = {
        **identity,
        "benchmark_version": task.benchmark.version or "unknown",
        "keyed": task.benchmark.keyed,
        "counts": counts(verdicts, replies),
        "failed": failures(prompts, replies),
        "usage": usage(provider.name, prompts, replies, prices or packaged()),
        **({"judge_usage": judge.usage(prices or packaged())} if judge else {}),
        "not_asked": reasons(unasked),
        **_beyond_window(items, provider),
        **findings,
        "families": list(task.benchmark.families),
        **{key: spent[key] for key in keys if key in spent},
    }
    write_json(out / run_folder.RUN, record)
    return Summary(out, record, verdicts)


class _Fresh:
    """Passes progress on, over all rounds, and remembers how many replies were new."""

    def __init__(self, draw: Callable[[int, int], None] | None, rounds: int) -> None:
        self._draw, self._rounds = draw, rounds
        self._found: dict[int, int] = {}
        self._done: dict[int, int] = {}

    def in_round(self, number: int) -> Callable[[int, int], None]:
        """What the runner is to tell in round `number`."""

        def told(done: int, total: int) -> None:
            self._found.setdefault(number, done)
            self._done[number] = done
            if self._draw:
                self._draw(sum(self._done.values()), total * self._rounds)

        return told

    @property
    def found(self) -> int:
        """Replies that were there before."""
        return sum(self._found.values())

    @property
    def asked(self) -> int:
        """Replies that are new."""
        return sum(self._done.values()) - self.found


def _spent(begun: float, fresh: _Fresh, provider: Provider) -> dict[str, Any]:
    return {
        "seconds": round(time.monotonic() - begun, 3),
        "resumed": fresh.found,
        "peak_rss_mib": peak_rss_mib(),
        "versions": run_folder.versions(),
        # What an API was sent and which models answered, as far as it tells.
        "applied": getattr(provider, "applied", {}),
    }


def _beyond_window(items: list[Item], provider: Provider) -> dict[str, Any]:
    """How many clips are longer than what the model hears of them; {} where it hears all."""
    window_s = provider.settings.get("window_s")
    clips = {item.prompt.audio for item in items if item.prompt.audio}
    if not window_s or not clips:
        return {}
    longer = sum(duration_s(clip) > window_s for clip in clips)
    return {"window": {"seconds": window_s, "clips": len(clips), "longer": longer}}


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
        "repeats": task.repeats,
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
