"""A rendered world folder: `questions.json` in MMAU's fields beside the test clips."""

from pathlib import Path

from echoic.benchmarks import mmau
from echoic.benchmarks.base import Benchmark
from echoic.errors import BadRecord


def load(name: str, path: Path) -> Benchmark:
    """Read the folder that `echoic world render` wrote (or its questions.json)."""
    if path.is_dir() and not (path / "questions.json").is_file():
        raise BadRecord(f"{path}: holds no questions.json; run 'echoic world render --out {path}'")
    return mmau.load(name, path / "questions.json" if path.is_dir() else path)
