"""Predictions made elsewhere as a run folder, so that reports and analyses take them in."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echoic.evals import run_folder
from echoic.evals.scoring import Result
from echoic.records import file_digest


@dataclass(frozen=True)
class Origin:
    """Whose predictions they are. `mode`: "text", "cascade" or "audio"."""

    file: Path
    model: str
    mode: str
    captioner: str = ""


def run_record(result: Result, origin: Origin) -> dict[str, Any]:
    """The `run.json` of scored predictions: it says that they were imported, and from what file."""
    benchmark, whole = result.benchmark, result.whole
    return {
        "mode": origin.mode,
        "control": "",
        "benchmark": benchmark.name,
        "benchmark_hash": benchmark.version_hash,
        "n": whole.n,
        "model": origin.model,
        "backbone": origin.model,
        "recipe": "",
        "captioner": origin.captioner,
        "answering": "free",
        "rule": result.rule,
        **({"judge": dict(result.judge)} if result.judge else {}),
        "prompt": {"name": "imported", "hash": ""},
        "limit": None,
        "repeats": 1,
        "settings": {"engine": "imported"},
        "imported": {"file": origin.file.name, "sha256": file_digest(origin.file)},
        "counts": {"asked": whole.n, "unparsed": result.unparsed, "failed": 0,
                   "missing": result.missing},
        "grading": result.table.record(result.unreadable),
        "families": list(benchmark.families),
        "versions": run_folder.versions(),
    }  # fmt: skip
