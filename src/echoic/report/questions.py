"""Finding the questions behind a run's verdicts: for chance, positions and samples.

A run names its benchmark and its content hash. The questions are used only if that hash is still
theirs; otherwise the report does without them and says so.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from echoic.analysis.controls import chance
from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.registry import load
from echoic.errors import EchoicError
from echoic.question import Question
from echoic.report.runs import Run
from echoic.verdict import Verdict


@dataclass
class QuestionBook:
    """Benchmarks opened once each; `problems` says which could not be, and why."""

    problems: dict[str, str] = field(default_factory=dict)
    _opened: dict[tuple[str, str], Benchmark | None] = field(default_factory=dict)
    _by_id: dict[tuple[str, str], dict[str, Question]] = field(default_factory=dict)

    def benchmark(self, run: Run) -> Benchmark | None:
        """The benchmark a run asked, or None when it is not here or was changed since."""
        key = (run.benchmark, run.text("benchmark_hash"))
        if key not in self._opened:
            self._opened[key] = self._open(run)
        return self._opened[key]

    def questions(self, run: Run) -> dict[str, Question]:
        """Question id -> question; empty when the benchmark is not here."""
        key = (run.benchmark, run.text("benchmark_hash"))
        if key not in self._by_id:
            benchmark = self.benchmark(run)
            self._by_id[key] = {q.id: q for q in benchmark.questions} if benchmark else {}
        return self._by_id[key]

    def option_counts(self, run: Run, verdicts: Sequence[Verdict]) -> list[int] | None:
        """How many options each verdict's question had, or None when that is not known.

        The verdict tells, by its order or scores; for others the question is looked up.
        """
        counts = [len(verdict.order) or len(verdict.scores) for verdict in verdicts]
        if not all(counts):
            known = self.questions(run)
            if any(verdict.question not in known for verdict in verdicts):
                return None
            counts = [len(known[verdict.question].options) for verdict in verdicts]
        return counts or None

    def chance(self, run: Run) -> float | None:
        """Expected share of blind guessing on the run's scored questions, or None."""
        counts = self.option_counts(run, run.scored)
        return chance(counts) if counts else None

    def _open(self, run: Run) -> Benchmark | None:
        """The first place that holds these very questions; else the problem is kept."""
        for place in _places(run):
            try:
                benchmark = load(run.benchmark, place)
            except EchoicError:
                continue
            if run.text("benchmark_hash") in ("", benchmark.version_hash):
                return benchmark
        self.problems[run.benchmark] = (
            "the questions it was run on are not here (or were changed since), so samples are "
            "left out, and chance where only the questions tell it"
        )
        return None


def _places(run: Run) -> list[Path | None]:
    """Where a run's benchmark may lie: what ships here, or a folder of its name above the run."""
    beside = [parent / run.benchmark for parent in run.folder.resolve().parents]
    return [None, *(path for path in beside if path.exists())]
