"""What a benchmark is, and how its file is found."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echoic.benchmarks.versions import version_name
from echoic.errors import BadQuestion, BadRecord, NoData
from echoic.models.backbone import family
from echoic.question import LETTERS, UNKEYED, Question
from echoic.records import file_digest

# Why a question of a file cannot be asked.
GOLD_ABSENT = "the right answer is none of the options"
NO_KEY = "no right answer is given"
FEW_OPTIONS = "fewer than two options"
MANY_OPTIONS = f"more than {len(LETTERS)} options"
SEVERAL_CLIPS = "several clips"


@dataclass(frozen=True)
class Unasked:
    """A question that cannot be asked: which one, why, and what stands there."""

    id: str
    reason: str
    detail: str = ""


def reasons(unasked: Iterable[Unasked]) -> dict[str, list[str]]:
    """Reason -> ids of the questions that cannot be asked for it, in their order."""
    found: dict[str, list[str]] = {}
    for one in unasked:
        found.setdefault(one.reason, []).append(one.id)
    return found


@dataclass(frozen=True)
class Benchmark:
    """Questions with a name and a version.

    `version_hash`: SHA-256 of the question file's bytes, since benchmarks are edited in place.
    `folder`: where the questions' clip paths start. `unasked`: the file's other questions, which
    cannot be asked. Raises BadQuestion when two share an id, NoData when none can be asked.
    """

    name: str
    version_hash: str
    folder: Path
    questions: tuple[Question, ...]
    unasked: tuple[Unasked, ...] = ()

    def __post_init__(self) -> None:
        ids = Counter([*(q.id for q in self.questions), *(one.id for one in self.unasked)])
        if twice := [id_ for id_, count in ids.items() if count > 1]:
            raise BadQuestion(f"{self.name}: two questions have the id {twice[0]!r}")
        if not self.questions:
            why = "; ".join(
                f"{len(ids)}: {reason}" for reason, ids in reasons(self.unasked).items()
            )
            raise NoData(
                f"{self.name}: holds no question" + (f" that can be asked ({why})" if why else "")
            )

    @property
    def keyed(self) -> bool:
        """Whether the right answers are known; those of some test sets are kept by the authors."""
        return all(question.keyed for question in self.questions)

    @property
    def version(self) -> str:
        """The published edition with this content, "" for one that is not known here."""
        return version_name(self.version_hash)

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


def benchmark_from(
    name: str, path: Path, found: Iterable[Question | Unasked], version_hash: str = ""
) -> Benchmark:
    """A benchmark of what was read from `path`: a file beside its clips or, with a hash, a folder.

    Where some questions have keys, those without cannot be scored and are not asked. Raises NoData
    when there are none.
    """
    rows = list(found)
    if not rows:
        raise NoData(f"{path}: holds no question")
    keyed = any(isinstance(row, Question) and row.keyed for row in rows)
    questions, unasked = [], []
    for row in rows:
        if isinstance(row, Unasked):
            unasked.append(row)
        elif keyed and not row.keyed:
            unasked.append(Unasked(row.id, NO_KEY))
        else:
            questions.append(row)
    folder = path if version_hash else path.parent
    return Benchmark(
        name, version_hash or file_digest(path), folder, tuple(questions), tuple(unasked)
    )


def asked(options: Sequence[str], gold: str | None, **fields: Any) -> Question | Unasked:
    """The question with these options (without surrounding white space) and right option's text.

    Of equal options the first counts. A gold of None or "" leaves it without key. What cannot be
    asked comes back as Unasked. `fields` are the Question's others. Raises BadQuestion.
    """
    shown = tuple(option.strip() for option in options)
    if len(shown) < 2:
        return Unasked(fields["id"], FEW_OPTIONS, repr(list(options)))
    if len(shown) > len(LETTERS):
        return Unasked(fields["id"], MANY_OPTIONS, str(len(shown)))
    if not (gold or "").strip():
        return Question(options=shown, answer=UNKEYED, **fields)
    if (said := str(gold).strip()) not in shown:
        return Unasked(fields["id"], GOLD_ABSENT, f"{said!r} is none of {list(shown)!r}")
    return Question(options=shown, answer=shown.index(said), **fields)


def find_file(path: Path, names: tuple[str, ...]) -> Path:
    """`path` itself, or in a folder the first of `names`. Raises BadRecord when there is none."""
    if not path.is_dir():
        return path
    for name in names:
        if (path / name).is_file():
            return path / name
    raise BadRecord(f"{path}: holds no {' or '.join(names)}; give the file's own path")


def only_file(path: Path, suffixes: Collection[str]) -> Path:
    """`path` itself, or the one file in a folder with such a name. Raises BadRecord for another
    number of them."""
    if not path.is_dir():
        return path
    held = sorted(file for file in path.iterdir() if file.suffix in suffixes)
    if len(held) != 1:
        raise BadRecord(f"{path}: holds {len(held)} files of questions, not one; name the file")
    return held[0]
