"""The set that ships: counts, cues, and that nobody claims a review that did not happen."""

import hashlib
import json
from collections import Counter
from collections.abc import Sequence
from importlib import resources
from pathlib import Path

import pytest

from echoic.benchmarks.registry import load
from echoic.curation.assemble import objection
from echoic.curation.audit import length_shift, longest_share
from echoic.curation.compute import is_computed
from echoic.curation.judgements import Judgement, by_question
from echoic.curation.planted import CAUGHT, counting, found_share
from echoic.curation.review_folder import all_judgements, read_batches
from echoic.curation.taxonomy import PAPER_COUNTS, taxonomy
from echoic.question import Question

SHIPPED = load("akb-open").questions
WRITTEN = [question for question in SHIPPED if not is_computed(question)]
SETS = Path(__file__).parents[1] / "sets" / "akb-open"
ROUNDS = [SETS / f"reviews-{number}" for number in (1, 2, 3)]  # the third: one stricter reader


def test_the_counts_are_the_papers() -> None:
    assert len(SHIPPED) == 2000
    found = Counter(question.category for question in SHIPPED)
    assert found == {name: count for name, (_, count) in PAPER_COUNTS.items()}
    each = Counter(question.subcategory for question in SHIPPED)
    assert each == {sub.name: sub.target for sub in taxonomy().subcategories}
    assert len(SHIPPED) - len(WRITTEN) >= 550


def test_keys_are_even_over_all_and_in_every_category() -> None:
    assert Counter(question.answer for question in SHIPPED) == dict.fromkeys(range(4), 500)
    for category in PAPER_COUNTS:
        counts = Counter(q.answer for q in SHIPPED if q.category == category)
        assert max(counts.values()) - min(counts.values()) <= 1


def test_lengths_of_written_and_computed_options_give_no_hint() -> None:
    for questions in (SHIPPED, WRITTEN):
        assert 0.22 <= longest_share(questions) <= 0.28
        assert abs(length_shift(questions)) < 0.05


def judgements() -> list[Judgement]:
    return [
        one for folder in ROUNDS for one in counting(read_batches(folder), all_judgements(folder))
    ]


def test_every_written_question_passed_two_blind_readings_that_count() -> None:
    read = by_question(WRITTEN, judgements())
    assert [q.id for q in WRITTEN if objection(q, read.get(q.id, []))] == []
    for question in WRITTEN:
        readers = sorted({one.reviewer for one in read[question.id]})
        assert question.evidence["readers"] == readers
        assert question.evidence["writer"]
        assert question.evidence["rationale"]
        assert question.source.removeprefix("written: ")


def test_every_batch_hides_faults_and_every_reader_found_nine_of_ten() -> None:
    for folder in ROUNDS:
        said = all_judgements(folder)
        for batch in read_batches(folder):
            assert len(batch.plants) >= 0.05 * len(batch.questions)
            shares = found_share(batch, said)
            assert len(shares) >= (1 if folder == ROUNDS[2] else 2)
            assert min(shares.values()) >= CAUGHT
        assert {one.kind for one in said} == {"model"}


def test_written_questions_are_candidates_unchanged_but_for_the_place_of_the_key() -> None:
    candidates: dict[str, Question] = {}
    for line in (SETS / "candidates.jsonl").read_text().splitlines():
        candidate = Question.from_record(json.loads(line), "candidates")
        candidates[candidate.id] = candidate
    for question in WRITTEN:
        known = candidates[question.id]
        assert (question.stem, question.gold) == (known.stem, known.gold)
        assert sorted(question.options) == sorted(known.options)


def test_the_datasheet_begins_with_what_a_reader_must_know() -> None:
    data = resources.files("echoic.benchmarks") / "data"
    told = (data / "akb_open.md").read_text(encoding="utf-8")
    first = told.splitlines()[2]
    assert "these are not the authors' questions" in first
    assert "Human review: **none yet**" in first
    assert "filters out hard items" in first
    assert hashlib.sha256((data / "akb_open.jsonl").read_bytes()).hexdigest() in told


@pytest.mark.parametrize("letter", "ABCD")
def test_always_the_same_letter_is_chance(letter: str) -> None:
    assert share(SHIPPED, "ABCD".index(letter)) == 0.25


def share(questions: Sequence[Question], at: int) -> float:
    return sum(question.answer == at for question in questions) / len(questions)
