"""Judgements, planted faults, and blind review by models."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from echoic.curation.judgements import Judgement, by_question, read_judgements, shown
from echoic.curation.model_review import parse, prompt_for, review
from echoic.curation.planted import (
    BROKEN_OPTIONS,
    WRONG_KEY,
    Batch,
    batches_for_people,
    caught,
    counting,
    found_share,
    make_batches,
)
from echoic.curation.review_folder import batch_record, open_batches
from echoic.engine.ask import Prompt, Reply
from echoic.errors import BadRecord, NoData, OutputRefused, ProviderFailed
from echoic.question import Question
from echoic.records import digest, write_json, write_jsonl


def asked(at: int) -> Question:
    options = tuple(f"sound {at} {kind}" for kind in "wxyz")
    return Question(f"q{at:03d}", f"Which sound is number {at}?", options, at % 4, "Sound", "Any")


QUESTIONS = [asked(at) for at in range(80)]


def judged(question: Question, **changes: Any) -> Judgement:
    good = Judgement(question.id, shown(question), "reader", "model", question.gold, True, True)
    return replace(good, **changes)


def test_a_judgement_outlives_moved_keys_but_no_changed_word() -> None:
    question = QUESTIONS[0]
    moved = replace(question, options=question.options[::-1], answer=3 - question.answer)
    reworded = replace(question, stem="Which sound is this?")
    judgement = judged(question)
    assert by_question([moved], [judgement]) == {question.id: [judgement]}
    assert by_question([reworded], [judgement]) == {}


def test_a_reviewers_last_word_counts() -> None:
    question = QUESTIONS[0]
    first, last, other = (
        judged(question, clear=False), judged(question), judged(question, reviewer="another"),
    )  # fmt: skip
    assert by_question([question], [first, other, last])[question.id] == [last, other]


@pytest.mark.parametrize(
    ("key", "value"), [("clear", "yes"), ("answer", None), ("kind", "robot"), ("extra", "x")]
)
def test_faulty_judgements_are_refused_by_line(tmp_path: Path, key: str, value: object) -> None:
    path = tmp_path / "j.jsonl"
    good = judged(QUESTIONS[0]).to_record()
    write_jsonl(path, [good, {**good, key: value}])
    with pytest.raises(BadRecord, match=rf"j\.jsonl:2: .*{value if key == 'kind' else key}"):
        read_judgements(path)


def test_batches_hold_every_question_once_and_enough_planted_faults() -> None:
    batches = make_batches(QUESTIONS, size=30, seed=1)
    assert batches == make_batches(QUESTIONS, size=30, seed=1)
    own = [q.id for batch in batches for q in batch.questions if q.id not in batch.plants]
    assert sorted(own) == [q.id for q in QUESTIONS]
    for batch in batches:
        assert len(batch.plants) / len(batch.questions) >= 0.05
        assert set(batch.plants.values()) == {WRONG_KEY, BROKEN_OPTIONS}
        stems = [question.stem for question in batch.questions]
        assert len(set(stems)) == len(stems)  # the sound twin is in another batch


def test_the_same_arguments_give_the_batches_of_the_shipped_reviews() -> None:
    """Their folders were made by this function; a change would make them batches of others."""
    rewordings = {question.id: f"also {question.gold}" for question in QUESTIONS[::3]}
    batches = make_batches(QUESTIONS, size=30, seed=1, rewordings=rewordings)
    assert digest([batch_record(batch) for batch in batches]) == (
        "2a78316787a1eed72f49ed497fe25de51522cd7c1f33d54425836594e0d68ae0"
    )


def test_people_meet_no_stem_twice_where_enough_can_be_held_out() -> None:
    batches, held = batches_for_people(QUESTIONS, size=30, seed=1)
    assert (batches, held) == batches_for_people(QUESTIONS, size=30, seed=1)
    asked_ = [question for batch in batches for question in batch.questions]
    assert sorted(question.stem for question in asked_) == sorted(q.stem for q in QUESTIONS)
    own = {q.id for batch in batches for q in batch.questions if q.id not in batch.plants}
    assert own | {question.id for question in held} == {question.id for question in QUESTIONS}
    assert len(held) == len(QUESTIONS) - len(own) == 6
    for batch in batches:
        assert len(batch.questions) <= 30
        assert len(batch.plants) / len(batch.questions) >= 0.06
        assert set(batch.plants.values()) == {WRONG_KEY, BROKEN_OPTIONS}


def test_in_small_batches_the_sound_twin_of_a_planted_fault_is_as_far_as_can_be() -> None:
    """Two of ten cannot be held out: copies come from two batches away, of five."""
    batches, held = batches_for_people(QUESTIONS[:50], size=10, seed=1)
    assert (len(batches), held) == (5, ())
    place = {
        question.stem: at
        for at, batch in enumerate(batches)
        for question in batch.questions
        if question.id not in batch.plants
    }
    assert len(place) == 50
    for at, batch in enumerate(batches):
        twins = [place[q.stem] for q in batch.questions if q.id in batch.plants]
        assert len(twins) == 2
        assert {abs(at - twin) for twin in twins} <= {2, 3}


def test_planted_faults_are_faults() -> None:
    rewordings = {question.id: f"also {question.gold}" for question in QUESTIONS}
    right = {question.stem: question for question in QUESTIONS}
    for told in ({}, rewordings):
        for batch in (
            *make_batches(QUESTIONS, size=30, seed=2, rewordings=told),
            *batches_for_people(QUESTIONS, size=30, seed=2, rewordings=told)[0],
        ):
            for plant in (q for q in batch.questions if q.id in batch.plants):
                sound = right[plant.stem]
                if batch.plants[plant.id] == WRONG_KEY:
                    assert plant.options == sound.options
                    assert plant.gold != sound.gold
                elif told:
                    assert {f"also {sound.gold}", sound.gold} < set(plant.options)
                else:
                    assert sound.gold not in plant.options
                    assert len(set(plant.options)) == 4


def test_a_fault_is_named_as_what_it_is_where_no_other_option_is_at_hand() -> None:
    """Questions alone in their subcategory cannot borrow a wrong option for a missing right one."""
    alone = [replace(question, subcategory=question.id) for question in QUESTIONS]
    for batch in make_batches(alone, size=30, seed=3):
        assert set(batch.plants.values()) == {WRONG_KEY}
        for plant in (q for q in batch.questions if q.id in batch.plants):
            right = next(q for q in alone if q.stem == plant.stem).gold
            assert caught(plant, batch.plants[plant.id], judged(plant, answer=right))


def test_batches_are_written_all_or_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(path: Path, value: object) -> None:
        if path.name == "batch-02.json":
            raise KeyboardInterrupt
        write_json(path, value)

    monkeypatch.setattr("echoic.curation.review_folder.write_json", stop)
    with pytest.raises(KeyboardInterrupt):
        open_batches(tmp_path, QUESTIONS, size=30)
    monkeypatch.undo()
    made = open_batches(tmp_path, QUESTIONS, size=30)
    assert made == make_batches(QUESTIONS, size=30, seed=0) == open_batches(tmp_path, QUESTIONS)
    with pytest.raises(OutputRefused, match="other questions"):
        open_batches(tmp_path, QUESTIONS[1:])


def test_too_few_questions_are_no_review() -> None:
    with pytest.raises(NoData, match="too few"):
        make_batches(QUESTIONS[:2], size=1, seed=0)


def test_a_fault_is_caught_by_another_answer_or_an_objection() -> None:
    sound = QUESTIONS[5]
    plant = replace(sound, answer=(sound.answer + 1) % 4)
    assert caught(plant, WRONG_KEY, judged(plant, answer=sound.gold))
    assert not caught(plant, WRONG_KEY, judged(plant))
    assert not caught(plant, BROKEN_OPTIONS, judged(plant, answer=sound.gold))
    for objection in ({"answer": ""}, {"clear": False}, {"distractors": False}):
        assert caught(plant, BROKEN_OPTIONS, judged(plant, **objection))


class Reader:
    """Answers every prompt by a function of the question's stem."""

    name = "reader"
    settings: Mapping[str, Any] = {}

    def __init__(self, said: Mapping[str, Sequence[str]]) -> None:
        self.said, self.asked = {stem: list(replies) for stem, replies in said.items()}, 0

    def replies(
        self, prompts: Sequence[Prompt], done: frozenset[int] = frozenset()
    ) -> Iterator[tuple[int, Reply]]:
        for at, prompt in enumerate(prompts):
            if at not in done:
                self.asked += 1
                text = self.said[prompt.user.splitlines()[0]].pop(0)
                failed = text == "fail"
                yield at, Reply("" if failed else text, "failed" if failed else "stop")


def right_reply(question: Question) -> str:
    letter = "ABCD"[question.answer]
    return json.dumps({"answer": letter, "clear": True, "distractors": True, "comment": ""})


def test_only_batches_whose_faults_are_found_count() -> None:
    batch = make_batches(QUESTIONS, size=30, seed=1)[0]
    nodding = [judged(q, reviewer="nods", batch=batch.name) for q in batch.questions]
    careful = [
        judged(q, reviewer="reads", batch=batch.name, distractors=q.id not in batch.plants)
        for q in batch.questions
    ]
    assert found_share(batch, nodding + careful) == {"nods": 0.0, "reads": 1.0}
    kept = counting([batch], nodding + careful)
    assert {judgement.reviewer for judgement in kept} == {"reads"}
    assert len(kept) == len(batch.questions) - len(batch.plants)
    half = careful[: len(careful) // 2]
    assert found_share(batch, half)["reads"] < 1  # what was not read was not found


def test_a_reviewer_sees_neither_key_nor_origin() -> None:
    question = replace(QUESTIONS[7], source="a book", evidence={"rationale": "secret"})
    prompt = prompt_for(question)
    shown_text = prompt.system + prompt.user
    assert all(option in shown_text for option in question.options)
    assert prompt.user.splitlines()[0] == question.stem
    assert prompt == prompt_for(replace(question, answer=0, source="", evidence={}))


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ('{"answer": "B", "clear": true, "distractors": false, "comment": "two fit"}', "x"),
        ('Sure:\n```json\n{"answer": "(d)", "clear": true, "distractors": true}\n```', "z"),
        ('{"answer": "none", "clear": true, "distractors": true}', ""),
        ('{"answer": "E", "clear": true, "distractors": true}', None),
        ('{"answer": "B", "clear": "yes", "distractors": true}', None),
        ('{"answer": 2, "clear": true, "distractors": true}', None),
        ('{"clear": true, "distractors": true}', None),
        ("B", None),
        ('{"answer": "B", "clear"', None),
    ],
)
def test_replies_are_read_strictly(text: str, answer: str | None) -> None:
    question = QUESTIONS[0]
    judgement = parse(text, question, "m", "b")
    if answer is None:
        assert judgement is None
    else:
        assert judgement is not None
        assert judgement.answer == (f"sound 0 {answer}" if answer else "")


def test_a_model_is_asked_again_for_what_cannot_be_read_and_never_twice(tmp_path: Path) -> None:
    mine = tuple(QUESTIONS[:4])
    batch = Batch("batch-01", mine, {})
    said = {question.stem: [right_reply(question)] for question in mine}
    said[mine[1].stem] = ["hm", right_reply(mine[1])]
    said[mine[2].stem] = ["hm", "hm", "hm"]
    reader = Reader(said)
    judgements = review(batch, reader, tmp_path)
    assert [judgement.question for judgement in judgements] == ["q000", "q001", "q003"]
    assert all(judgement.passes(q) for judgement, q in
               zip(judgements, (mine[0], mine[1], mine[3]), strict=True))  # fmt: skip
    assert reader.asked == 4 + 2 + 1
    assert review(batch, Reader({}), tmp_path) == judgements


def test_a_failed_request_is_told_and_asked_again(tmp_path: Path) -> None:
    batch = Batch("batch-01", tuple(QUESTIONS[:2]), {})
    one, two = batch.questions
    with pytest.raises(ProviderFailed, match="1 of 2"):
        review(batch, Reader({one.stem: [right_reply(one)], two.stem: ["fail"]}), tmp_path)
    again = Reader({two.stem: [right_reply(two)]})
    assert len(review(batch, again, tmp_path)) == 2
    assert again.asked == 1
