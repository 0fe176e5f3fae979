"""`echoic verify`: what was stored is graded again, and anything changed by hand is told."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from echoic.benchmarks.base import Benchmark
from echoic.benchmarks.registry import load
from echoic.cli.verify import command
from echoic.engine.ask import Prompt, Reply
from echoic.errors import NotReproduced
from echoic.evals.judge import Judge
from echoic.evals.plan import Task
from echoic.evals.run_folder import JUDGED
from echoic.evals.tasks import run_task


class Answering:
    """A model that always says the same; "" fails."""

    name = "mockllm/same"

    def __init__(self, *texts: str) -> None:
        self.texts = texts
        self.settings: Mapping[str, Any] = {"engine": "test"}

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        for at in range(len(prompts)):
            text = self.texts[at % len(self.texts)]
            yield at, Reply(text) if text else Reply("", stop="failed", error="gone")


def asked(out: Path, *texts: str, **options: Any) -> Path:
    run_task(Task("text", benchmark(), limit=6, **options), Answering(*texts), out)
    return out


def benchmark() -> Benchmark:
    return load("akb-open", None)


def told(folder: Path) -> tuple[int, str]:
    result = CliRunner().invoke(command, [str(folder)])
    if isinstance(result.exception, NotReproduced):
        return 1, result.output
    assert result.exception is None, result.exception
    return 0, result.output


@pytest.mark.parametrize(
    "options",
    [{}, {"control": "shuffled"}, {"repeats": 3}, {"control": "options-only", "rule": "official"}],
)
def test_an_untouched_run_is_the_same_again(tmp_path: Path, options: dict[str, Any]) -> None:
    asked(tmp_path / "run", "B", "(A)", "no idea", **options)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert told(tmp_path) == (0, told(tmp_path)[1])
    assert "1 run is the same again" in told(tmp_path)[1]
    assert before == {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}


def test_replies_that_failed_are_part_of_the_run(tmp_path: Path) -> None:
    asked(tmp_path / "run", "B", "")
    assert told(tmp_path)[0] == 0


def test_a_judges_rulings_come_out_of_its_journal(tmp_path: Path) -> None:
    out = tmp_path / "run"
    task = Task("text", benchmark(), limit=3, judged=True)
    with Judge(Answering('{"choice": "A"}'), out / JUDGED) as judge:
        run_task(task, Answering("the first"), out, judge=judge)
    assert told(tmp_path)[0] == 0
    rows = [json.loads(line) for line in (out / JUDGED).read_text().splitlines()]
    rows[0]["place"] = 1
    (out / JUDGED).write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert "1 of 3 verdicts are not what grading" in told(tmp_path)[1]
    (out / JUDGED).unlink()
    assert "lacks the judge's answers to 3 replies" in told(tmp_path)[1]


def lines(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    """Change the first line of a JSONL file."""

    def changed(path: Path) -> None:
        first, *rest = path.read_text().splitlines()
        row = json.loads(first)
        change(row)
        path.write_text("\n".join([json.dumps(row), *rest]) + "\n")

    return changed


def facts(change: Callable[[dict[str, Any]], None]) -> Callable[[Path], None]:
    def changed(path: Path) -> None:
        row = json.loads(path.read_text())
        change(row)
        path.write_text(json.dumps(row))

    return changed


@pytest.mark.parametrize(
    ("name", "change", "fault"),
    [
        ("verdicts.jsonl", lines(lambda row: row.update(correct=not row["correct"])),
         "1 of 6 verdicts are not what grading the replies gives"),
        ("replies.jsonl", lines(lambda row: row["reply"].update(text="(D)")),
         "1 of 6 verdicts are not what grading the replies gives"),
        ("replies.jsonl", lines(lambda row: row.update(key="0")), "lacks 1 replies"),
        ("prompts.jsonl", lines(lambda row: row.update(user="Say B.")),
         "does not hold the prompts that were asked"),
        ("prompts.jsonl", lines(lambda row: row["question"].update(answer=(
            row["question"]["answer"] + 1) % 4)), "questions are not those of akb-open"),
        ("run.json", facts(lambda row: row["settings"].update(temperature=0.5)),
         "run.json and task.json differ in settings"),
        ("run.json", facts(lambda row: row["counts"].update(unparsed=99)), "counts are"),
    ],
)  # fmt: skip
def test_what_was_changed_by_hand_is_told(
    tmp_path: Path, name: str, change: Callable[[Path], None], fault: str
) -> None:
    out = asked(tmp_path / "run", "B", "(A)", "no idea")
    change(out / name)
    status, output = told(tmp_path)
    assert status == 1
    assert fault in output


def test_the_result_is_written_as_json_and_never_over_another(tmp_path: Path) -> None:
    asked(tmp_path / "run", "B")
    out = tmp_path / "v.json"
    assert CliRunner().invoke(command, [str(tmp_path / "run"), "--json", str(out)]).exit_code == 0
    assert json.loads(out.read_text())[0]["faults"] == []
    again = CliRunner().invoke(command, [str(tmp_path / "run"), "--json", str(out)])
    assert "exists already" in str(again.exception)
