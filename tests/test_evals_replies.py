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
    "small letter": (("twenty-one", "Berman's", "said", "a"), 3),
    "twin": (("horn", "bell", "horn"), 2),
    "none": (("Dog", "Cat", "Bird", "None of the above"), 3),
    "yes no": (("Yes", "No"), 0),
    "true false": (("True", "False"), 1),
    "numbers": (("1", "2", "3", "4"), 1),
    "contained": (("jazz", "jazz fusion", "acid jazz", "fusion"), 1),
    "articles": (("A dog barking", "A cat meowing", "A car horn", "A baby crying"), 1),
    "letters moved": (("B", "A", "D", "C"), 1),
    "negations": (("It is not raining", "It is raining", "It may rain", "Cannot be determined"), 0),
    "chinese": (("小提琴", "小号", "钢琴", "鼓"), 1),
    "roman": (("I", "IV", "V", "vi"), 1),
    "keys": (("C major", "A minor", "G major", "E minor"), 1),
    "seconds": (("0.5 seconds", "1.5 seconds", "2.5 seconds", "5 seconds"), 3),
    "long no": (
        ("Yes, it is the first sound.", "Yes, it is the second sound.", "No, it is not present.",
         "No"), 2
    ),
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
