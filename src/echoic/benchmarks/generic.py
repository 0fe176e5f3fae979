"""Any JSONL file of Questions, one a line, or a folder that holds one."""

from pathlib import Path

from echoic.benchmarks.base import Benchmark, benchmark_from, only_file
from echoic.question import read_questions


def load(name: str, path: Path) -> Benchmark:
    """Read the file. Raises BadQuestion or BadRecord naming file and line."""
    path = only_file(path, (".jsonl",))
    return benchmark_from(name, path, read_questions(path))
