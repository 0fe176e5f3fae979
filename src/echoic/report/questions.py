"""Finding the questions behind a run's verdicts: for chance, and to be read one by one.

A run keeps its prompts, which hold the questions. For runs that do not, the benchmark is looked up
by its name, and used only if its content hash is the run's; otherwise the report does without the
questions and says so.
"""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

from echoic.analysis.controls import chance
from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.registry import load
from echoic.errors import EchoicError
from echoic.evals.plan import CASCADE
from echoic.evals.run_folder import PROMPTS
from echoic.question import Question
from echoic.report.runs import Run
from echoic.verdict import Verdict


@dataclass(slots=True)
class Shown:
    """A question as a reader sees it: `audio` is a link from the page to the clip ("" for none),
    `read` what models read in place of the clip, by captioner."""

    question: Question
    audio: str = ""
    read: dict[str, str] = field(default_factory=dict)


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

    def shown(self, runs: Sequence[Run], out: Path) -> dict[str, Shown]:
        """Question id -> question, of all that the runs of one evaluation asked, for a page in
        `out`; empty when neither prompts nor benchmark are here."""
        found: dict[str, Shown] = {}
        folders = [made.folder for run in runs if (made := self.benchmark(run))]
        for run in runs:
            if _known(run, found):
                continue
            if not (run.folder / PROMPTS).exists():
                for question in self.questions(run).values():
                    found.setdefault(
                        question.id, Shown(question, _link(question, "", folders, out))
                    )
                continue
            for asked in run.asked():
                question = asked.question
                held = found.setdefault(question.id, Shown(question))
                held.audio = held.audio or _link(question, asked.audio, folders, out)
                if run.mode == CASCADE:
                    before = asked.user.partition(question.stem.strip())[0].strip()
                    held.read.setdefault(run.captioner, before)
        return found

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
            "the questions it was run on are not here (or were changed since), so nothing is said "
            "that only they tell: chance, and the texts of runs that did not keep their prompts"
        )
        return None


def _places(run: Run) -> list[Path | None]:
    """Where a run's benchmark may lie: what ships here, or a folder of its name above the run."""
    beside = [parent / run.benchmark for parent in run.folder.resolve().parents]
    return [None, *(path for path in beside if path.exists())]


def _known(run: Run, found: Mapping[str, Shown]) -> bool:
    """Whether every question of a run is there, with its captioner's text."""
    held = [found.get(verdict.question) for verdict in run.verdicts]
    return all(one and (run.mode != CASCADE or run.captioner in one.read) for one in held)


def _link(question: Question, asked: str, folders: Sequence[Path | None], out: Path) -> str:
    """A relative, quoted link to a question's clip if the file exists, else ""."""
    places = [folder / question.clip for folder in folders if folder and question.clip]
    file = next((path for path in [*places, Path(asked or "")] if path.is_file()), None)
    if file is None:
        return ""
    return quote(os.path.relpath(file.resolve(), out.resolve()).replace(os.sep, "/"))
