"""What a benchmark is, and how its file is found."""

from dataclasses import dataclass
from pathlib import Path

from echoic.errors import BadRecord, NoData
from echoic.models.backbone import family
from echoic.question import Question, check_unique
from echoic.records import file_digest


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
