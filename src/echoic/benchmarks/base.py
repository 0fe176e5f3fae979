"""What a benchmark is, and how question files in JSON or JSONL are read."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echoic.errors import BadRecord, NoData
from echoic.models.backbone import family
from echoic.question import Question, check_unique
from echoic.records import file_digest, read_jsonl

NON_SPACE = re.compile(r"\S")


@dataclass(frozen=True)
class Benchmark:
    """Questions with a name and a version.

    `version_hash`: SHA-256 of the question file's bytes, since benchmarks are edited in place.
    `folder`: where the questions' clip paths start.
    """

    name: str
    version_hash: str
    folder: Path
    questions: tuple[Question, ...]

    def __post_init__(self) -> None:
        check_unique(self.questions, self.name)

    @property
    def clips(self) -> tuple[str, ...]:
        """The clip paths, each once, in order of first use."""
        return tuple(dict.fromkeys(q.clip for q in self.questions if q.clip))

    @property
    def families(self) -> tuple[str, ...]:
        """Families of the models that wrote or reviewed its questions, as their evidence tells."""
        names: set[str] = set()
        for question in self.questions:
            names.add(str(question.evidence.get("writer", "")))
            names.update(map(str, question.evidence.get("readers", ())))
        return tuple(sorted({family(name) or name for name in names if name}))

    def clip_path(self, clip: str) -> Path:
        """Where a clip lies on disk."""
        return self.folder / clip


def benchmark_from(name: str, path: Path, questions: list[Question]) -> Benchmark:
    """A benchmark of the questions read from `path`. Raises NoData when there are none."""
    if not questions:
        raise NoData(f"{path}: holds no question")
    return Benchmark(name, file_digest(path), path.parent, tuple(questions))


def find_file(path: Path, names: tuple[str, ...]) -> Path:
    """`path` itself, or in a folder the first of `names`. Raises BadRecord when there is none."""
    if not path.is_dir():
        return path
    for name in names:
        if (path / name).is_file():
            return path / name
    raise BadRecord(f"{path}: holds no {' or '.join(names)}; give the file's own path")


def read_rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield (line number from 1, object) of a JSON list of objects or of a JSONL file.

    Which of the two it is, the first character tells. Raises BadRecord naming file and line.
    """
    text = _text(path)
    if not text.lstrip().startswith("["):
        yield from read_jsonl(path)
        return
    decoder = json.JSONDecoder()
    at, line = text.index("[") + 1, text.count("\n", 0, text.index("[")) + 1
    while True:
        start = _skip(text, at)
        line += text.count("\n", at, start)
        if text[start : start + 1] == "]":
            return
        try:
            row, end = decoder.raw_decode(text, start)
        except json.JSONDecodeError as error:
            raise BadRecord(f"{path}:{error.lineno}: not JSON: {error.msg}") from error
        if not isinstance(row, dict):
            raise BadRecord(f"{path}:{line}: a {type(row).__name__}, not a JSON object")
        yield line, row
        line += text.count("\n", start, end)
        at = _skip(text, end)
        line += text.count("\n", end, at)
        if text[at : at + 1] not in {",", "]"}:
            raise BadRecord(f"{path}:{line}: the list is not closed; fetch the file again")
        at += text[at] == ","


def _skip(text: str, at: int) -> int:
    """The first place from `at` on that is no white space."""
    found = NON_SPACE.search(text, at)
    return found.start() if found else len(text)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise BadRecord(f"{path}: no such file; check the path") from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecord(f"{path}: cannot be read as UTF-8 text: {error}") from error
