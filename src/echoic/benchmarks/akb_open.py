"""akb-open: the auditory-knowledge questions that ship with this package.

Built by the method of AKB-2000, but not the authors' set: scores on the two never share a column.
"""

from importlib.resources import as_file, files
from pathlib import Path

from echoic.benchmarks import generic
from echoic.benchmarks.base import Benchmark
from echoic.errors import BadRecord

PACKAGED = "akb_open.jsonl"


def load(name: str, path: Path | None) -> Benchmark:
    """The packaged questions, or those of another edition at `path`."""
    if path is not None:
        return generic.load(name, path)
    packaged = files("echoic.benchmarks") / "data" / PACKAGED
    if not packaged.is_file():
        raise BadRecord(f"{packaged}: the packaged questions are missing; install echoic again")
    with as_file(packaged) as file:
        return generic.load(name, file)
