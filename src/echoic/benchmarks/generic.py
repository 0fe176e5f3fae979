"""Any JSONL file of Questions, one a line, or a folder that holds one."""

from pathlib import Path

from echoic.benchmarks.base import Benchmark, benchmark_from
from echoic.errors import BadRecord
from echoic.question import read_questions


def load(name: str, path: Path) -> Benchmark:
    """Read the file. Raises BadQuestion or BadRecord naming file and line."""
    if path.is_dir():
        found = sorted(path.glob("*.jsonl"))
        if len(found) != 1:
            raise BadRecord(f"{path}: holds {len(found)} .jsonl files, not one; name the file")
        path = found[0]
    return benchmark_from(name, path, read_questions(path))
