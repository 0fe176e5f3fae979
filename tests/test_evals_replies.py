"""Every rule on a table of replies whose reading is known by hand (`data/replies.jsonl`).

`of` names the options, `letter` is the option that the parse is to read (None: unparsed),
`official` whether the benchmarks' rule calls the reply right.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from echoic.engine.ask import Reply
from echoic.evals.grade import grade
from echoic.question import Question

# name -> options, index of the right one
OPTIONS = {
    "brass": (("violin", "trumpet", "piano", "snare drum"), 1),
    "people": (("A man", "A woman", "A child"), 1),
    "notes": (("G", "A#", "D", "F"), 2),
    "feelings": (
        ("first: sad, second: happy", "first: happy, second: sad", "both sad"), 0
    ),
    "sharp": (("C", "C#", "A"), 0),
    "twin": (("horn", "bell", "horn"), 2),
}  # fmt: skip
FILE = Path(__file__).parent / "data" / "replies.jsonl"
ROWS = [json.loads(line) for line in FILE.read_text(encoding="utf-8").splitlines()]


def test_the_table_is_large_and_repeats_nothing() -> None:
    assert len(ROWS) >= 80
    assert len({(row["of"], row["reply"]) for row in ROWS}) == len(ROWS)
    assert {row["of"] for row in ROWS} == set(OPTIONS)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row['of']}: {row['reply'][:40]!r}")
def test_every_rule_reads_it_as_a_person_would(row: dict[str, Any]) -> None:
    options, answer = OPTIONS[row["of"]]
    question = Question("q", "Which?", options, answer, "c", "s")
    rules = grade(question, Reply(row["reply"]), rule="letter").rules
    chosen = row["letter"]
    right = chosen is not None and options[chosen] == options[answer]
    assert rules["letter"] == {"chosen": chosen, "correct": right}
    assert rules["official"]["correct"] is row["official"]
