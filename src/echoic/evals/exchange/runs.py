"""Finding the runs below a folder, and reading what was asked together with what came of it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echoic.errors import BadRecord, NoData
from echoic.evals.asked import Asked, read_asked
from echoic.evals.run_folder import PROMPTS, RUN, VERDICTS
from echoic.records import plain_name, read_json, read_jsonl
from echoic.verdict import Verdict


@dataclass(frozen=True)
class RunFolder:
    """A finished run: `facts` is its `run.json`; `label` tells it from the others, as a file name
    might."""

    folder: Path
    facts: Mapping[str, Any]
    label: str

    def text(self, key: str) -> str:
        """A fact as text, "" when absent."""
        value = self.facts.get(key)
        return "" if value is None else str(value)

    @property
    def prompt(self) -> Mapping[str, Any]:
        """Name and hash of the wording."""
        value = self.facts.get("prompt")
        return value if isinstance(value, Mapping) else {"name": value or ""}

    @property
    def prompt_name(self) -> str:
        """The name of the wording."""
        return str(self.prompt.get("name", ""))

    def graded(self) -> Iterator[Verdict]:
        """The verdicts with their replies, in order, read as they are asked for."""
        path = self.folder / VERDICTS
        return (Verdict.from_record(row, f"{path}:{at}") for at, row in read_jsonl(path))

    def asked(self) -> Iterator[Asked]:
        """The prompts, in order. Raises BadRecord for runs of versions that did not keep them."""
        path = self.folder / PROMPTS
        if not path.exists():
            raise BadRecord(
                f"{path}: no such file; run the evaluation again with the same command (nothing is "
                "asked anew) to have it written"
            )
        return read_asked(path)

    def pairs(self) -> Iterator[tuple[Asked, Verdict]]:
        """Every verdict with its prompt. Raises BadRecord when the two files do not fit."""
        prompts = {(one.question.id, one.variant): one for one in self.asked()}
        for verdict in self.graded():
            asked = prompts.get((verdict.question, verdict.variant))
            if asked is None:
                raise BadRecord(
                    f"{self.folder}: {PROMPTS} lacks {verdict.question!r}; run the evaluation again"
                )
            yield asked, verdict


def find_runs(folder: Path) -> list[RunFolder]:
    """The finished runs at or below `folder`. Raises BadRecord, or NoData when there are none."""
    if not folder.is_dir():
        raise BadRecord(f"{folder}: no such folder; give the folder of a run or a study")
    found = []
    for path in files_below(folder, RUN):
        facts = read_json(path)
        if isinstance(facts, dict) and (path.parent / VERDICTS).exists():
            found.append(RunFolder(path.parent, facts, run_label(path.parent, folder)))
    if not found:
        raise NoData(f"{folder}: no finished run (run.json with verdicts.jsonl) at or below it")
    return found


def files_below(folder: Path, pattern: str) -> list[Path]:
    """Matching files at or below `folder`; hidden (half-written) folders are left out."""
    return [
        path
        for path in sorted(folder.rglob(pattern))
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    ]


def run_label(run: Path, folder: Path) -> str:
    """A name that tells a run from all others below `folder`, as a file name might."""
    return plain_name("_".join(run.relative_to(folder).parts or (run.resolve().name,)))
