"""Predictions made elsewhere as a run folder, so that reports and analyses take them in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echoic.benchmarks.base import Benchmark
from echoic.engine.ask import Reply
from echoic.evals import run_folder
from echoic.evals.grade import grade
from echoic.records import atomic_folder, file_digest, write_json, write_jsonl


@dataclass(frozen=True)
class Origin:
    """Whose predictions they are. `mode`: "text", "cascade" or "audio"."""

    file: Path
    model: str
    mode: str
    captioner: str = ""


def write_run(
    out: Path, benchmark: Benchmark, predictions: Mapping[str, str], rule: str, origin: Origin
) -> Path:
    """Grade the predictions (a missing one is wrong) into the new run folder `out`.

    `run.json` says that the replies were imported, and from what content. Raises OutputRefused when
    `out` exists.
    """
    verdicts = [
        grade(question, Reply(predictions.get(question.id, "")), rule=rule)
        for question in benchmark.questions
    ]
    missing = sum(question.id not in predictions for question in benchmark.questions)
    unread = sum(verdict.chosen is None for verdict in verdicts)
    facts: dict[str, Any] = {
        "mode": origin.mode,
        "control": "",
        "benchmark": benchmark.name,
        "benchmark_hash": benchmark.version_hash,
        "n": len(verdicts),
        "model": origin.model,
        "backbone": origin.model,
        "recipe": "",
        "captioner": origin.captioner,
        "answering": "free",
        "rule": rule,
        "prompt": {"name": "imported", "hash": ""},
        "limit": None,
        "repeats": 1,
        "settings": {"engine": "imported"},
        "imported": {"file": origin.file.name, "sha256": file_digest(origin.file)},
        "counts": {"asked": len(verdicts), "unparsed": unread - missing, "failed": 0,
                   "missing": missing},
        "families": list(benchmark.families),
        "versions": run_folder.versions(),
    }  # fmt: skip
    with atomic_folder(out) as work:
        rows = (verdict.to_record() for verdict in verdicts)
        write_jsonl(work / run_folder.VERDICTS, rows)
        write_json(work / run_folder.RUN, facts)
    return out
