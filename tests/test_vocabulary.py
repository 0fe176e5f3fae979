"""Questions, captions, verdicts, seeds and targets: checked at birth, whole through a file."""

from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echoic.caption import Caption, read_captions
from echoic.errors import BadQuestion, BadRecord, NoData
from echoic.question import Question, check_unique, read_questions
from echoic.records import write_jsonl
from echoic.seed import Seed, Target, read_seeds, read_targets
from echoic.verdict import Verdict, read_verdicts

ROW: dict[str, Any] = {
    "id": "q1",
    "stem": "Which rhymes with cat?",
    "options": ["hat", "dog", "car", "sun"],
    "answer": 0,
    "category": "Phonetic",
    "subcategory": "Rhyme",
}


def question(**changes: object) -> Question:
    return Question.from_record(ROW | changes, "here:1")


def test_a_question_knows_its_gold_and_survives_a_round_trip() -> None:
    full = question(
        answer=2, clip="a.wav", lead="Word:", source="test", evidence={"rhyme": ["AE", "T"]}
    )
    assert full.gold == "car"
    assert Question.from_record(full.to_record(), "there:1") == full
    assert question().to_record() == ROW  # empty optional fields are left out


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": ""}, "here:1: a question without an id"),
        ({"id": 1}, "here:1: 'id' must be text, not 1"),
        ({"stem": None}, "here:1: 'stem' must be text"),
        ({"category": ["Music"]}, "here:1: 'category' must be text"),
        ({"stem": "  "}, "here:1: q1: the stem is empty"),
        ({"options": ["one"]}, "here:1: q1: 1 options"),
        ({"options": [str(i) for i in range(27)]}, "q1: 27 options"),
        ({"answer": 4}, "q1: answer 4 is no index into 4 options"),
        ({"answer": -1}, "q1: answer -1"),
        ({"answer": "A"}, "here:1: 'answer' must be an index from 0, not 'A'"),
        ({"answer": True}, "here:1: 'answer' must be an index"),
        ({"answer": 1.0}, "here:1: 'answer' must be an index"),
        ({"options": "hat"}, "here:1: 'options' must be a list of strings"),
        ({"options": ["hat", 3]}, "here:1: 'options' must be a list of strings"),
        ({"anwser": 1}, "here:1: unknown key 'anwser'"),
    ],
)
def test_a_question_that_contradicts_itself_is_refused(
    changes: dict[str, object], told: str
) -> None:
    with pytest.raises(BadQuestion, match=told):
        question(**changes)


@pytest.mark.parametrize("key", sorted(ROW))
def test_a_question_without_a_needed_key_is_refused(key: str) -> None:
    row = {name: value for name, value in ROW.items() if name != key}
    with pytest.raises(BadQuestion, match=f"here:1: no key '{key}'"):
        Question.from_record(row, "here:1")


def test_twenty_six_options_are_possible() -> None:
    assert question(options=[str(i) for i in range(26)], answer=25).gold == "25"


def test_a_questions_hash_is_what_is_asked_and_nothing_else() -> None:
    base = question()
    for same in ({"id": "q2"}, {"category": "x"}, {"subcategory": "x"}, {"source": "x"}):
        assert question(**same).hash == base.hash
    for other in (
        {"stem": "Which does not rhyme?"},
        {"options": ["hat", "dog", "sun", "car"]},
        {"answer": 1},
        {"clip": "a.wav"},
        {"lead": "Word:"},
    ):
        assert question(**other).hash != base.hash
    assert len(base.hash) == 64


def test_records_cannot_be_changed() -> None:
    seed = Seed("s1", "a.wav", "(Type: noise)")
    for record, name in ((question(), "answer"), (seed, "audio")):
        with pytest.raises(FrozenInstanceError):
            setattr(record, name, 1)


def test_a_file_of_questions_is_read_in_order(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    write_jsonl(path, [ROW | {"id": f"q{i}"} for i in (2, 1, 3)])
    assert [q.id for q in read_questions(path)] == ["q2", "q1", "q3"]


def test_a_repeated_id_and_an_empty_file_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    write_jsonl(path, [ROW, ROW])
    with pytest.raises(BadQuestion, match=r"q\.jsonl: two questions have the id 'q1'"):
        read_questions(path)
    path.write_text("\n")
    with pytest.raises(NoData, match=r"q\.jsonl: holds no question"):
        read_questions(path)
    with pytest.raises(NoData):
        check_unique([], "nowhere")


def test_a_bad_question_in_a_file_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "q.jsonl"
    write_jsonl(path, [ROW, ROW | {"id": "q2", "options": "none"}])
    with pytest.raises(BadQuestion, match=r"q\.jsonl:2: 'options'"):
        read_questions(path)


def test_of_two_captions_of_a_clip_the_later_counts(tmp_path: Path) -> None:
    path = tmp_path / "c.jsonl"
    captions = [
        Caption("a.wav", "0" * 64, "oracle", "p", "old"),
        Caption("b.wav", "1" * 64, "oracle", "p", "other"),
        Caption("a.wav", "2" * 64, "oracle", "p", "new"),
    ]
    write_jsonl(path, [caption.to_record() for caption in captions])
    assert read_captions(path) == {"a.wav": captions[2], "b.wav": captions[1]}


@pytest.mark.parametrize(
    "row",
    [
        {"clip": "a.wav"},
        {"clip": "a", "clip_hash": "", "captioner": "c", "prompt_hash": "", "text": "", "x": 1},
        {"clip": "", "clip_hash": "", "captioner": "c", "prompt_hash": "", "text": ""},
        {"clip": "a", "clip_hash": "", "captioner": "", "prompt_hash": "", "text": ""},
    ],
)
def test_a_faulty_caption_is_refused(tmp_path: Path, row: dict[str, Any]) -> None:
    path = tmp_path / "c.jsonl"
    write_jsonl(path, [row])
    with pytest.raises(BadRecord, match=r"c\.jsonl:1: .*caption"):
        read_captions(path)


def test_a_verdict_survives_a_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    verdicts = [
        Verdict("q1", "Music", "Tempo", 2, True, "letter", "(C)", answer=2),
        Verdict(
            "q2", "Music", "Tempo", None, False, "likelihood", "", clip="a.wav", variant=3,
            rules={"official": {"chosen": None, "correct": False}}, scores=(-1.5, -0.25),
        ),
    ]  # fmt: skip
    write_jsonl(path, [verdict.to_record() for verdict in verdicts])
    assert read_verdicts(path) == verdicts


@pytest.mark.parametrize(("question_id", "rule"), [("", "letter"), ("q1", "")])
def test_a_verdict_needs_a_question_and_a_rule(question_id: str, rule: str) -> None:
    with pytest.raises(BadRecord, match="a verdict needs"):
        Verdict(question_id, "c", "s", 0, True, rule, "A")


@pytest.mark.parametrize(
    "change",
    [
        {"question": ["q"]}, {"category": None}, {"chosen": "A"}, {"correct": "yes"},
        {"correct": 1}, {"clip": {}}, {"repeat": None}, {"rules": [1]}, {"rules": {"letter": 1}},
        {"order": 3}, {"scores": None},
    ],
)  # fmt: skip
def test_a_verdict_of_the_wrong_kind_is_refused_where_it_is_read(change: dict[str, Any]) -> None:
    row = Verdict("q", "c", "s", 0, True, "letter", "A").to_record()
    with pytest.raises(BadRecord, match=f"here:1: .*{next(iter(change))}|here:1: no verdict"):
        Verdict.from_record(row | change, "here:1")


def test_a_choice_that_was_not_among_the_options_has_no_place() -> None:
    with pytest.raises(BadRecord, match="is not among the options"):
        Verdict("q", "c", "s", 7, False, "letter", "A", answer=0, order=(0, 1)).as_shown()


def test_a_faulty_verdict_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "v.jsonl"
    write_jsonl(path, [Verdict("q1", "c", "s", 0, True, "letter", "A").to_record(), {"q": 1}])
    with pytest.raises(BadRecord, match=r"v\.jsonl:2: no verdict"):
        read_verdicts(path)


@given(st.text(min_size=1), st.dictionaries(st.text(), st.text(), max_size=3), st.text())
def test_a_seed_survives_a_round_trip(
    description: str, attributes: dict[str, str], text: str
) -> None:
    seed = Seed("s1", "a.wav", description, attributes, text)
    assert Seed(**seed.to_record()) == seed


def test_files_of_seeds_and_targets_are_read_in_order(tmp_path: Path) -> None:
    seeds = [Seed(f"s{i}", "a.wav", "(Type: noise)", {"Type": "noise"}) for i in (2, 1)]
    targets = [
        Target(f"t{i}", "a.wav", "(Type: noise)", "Describe.", "Noise.", named=0.5) for i in (2, 1)
    ]
    write_jsonl(tmp_path / "s.jsonl", [seed.to_record() for seed in seeds])
    write_jsonl(tmp_path / "t.jsonl", [target.to_record() for target in targets])
    assert read_seeds(tmp_path / "s.jsonl") == seeds
    assert read_targets(tmp_path / "t.jsonl") == targets


@pytest.mark.parametrize("gap", ["id", "audio", "description"])
def test_a_seed_with_a_gap_is_refused(gap: str) -> None:
    values = {"id": "s1", "audio": "a.wav", "description": "noise"} | {gap: ""}
    with pytest.raises(BadRecord, match="must not be empty"):
        Seed(**values)


@pytest.mark.parametrize("gap", ["id", "audio", "prompt"])
def test_a_target_with_a_gap_is_refused(gap: str) -> None:
    values = {"id": "t1", "audio": "a.wav", "prompt": "Describe."} | {gap: ""}
    with pytest.raises(BadRecord, match="must not be empty"):
        Target(seed_description="noise", response="Noise.", **values)


def test_a_faulty_seed_or_target_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    good = Seed("s1", "a.wav", "noise").to_record()
    for bad in ({"id": "s2"}, good | {"colour": "pink"}):
        write_jsonl(path, [good, bad])
        with pytest.raises(BadRecord, match=r"s\.jsonl:2: no seed"):
            read_seeds(path)
    with pytest.raises(BadRecord, match=r"s\.jsonl:1: no target"):
        read_targets(path)


def test_a_seed_with_an_empty_field_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    good = Seed("s1", "a.wav", "noise").to_record()
    write_jsonl(path, [good, good | {"id": ""}])
    with pytest.raises(BadRecord, match=r"s\.jsonl:2"):
        read_seeds(path)
