import csv
import json
from pathlib import Path

import numpy as np
import pytest

from echoic.benchmarks.audit import audit_clips
from echoic.benchmarks.base import GOLD_ABSENT
from echoic.benchmarks.registry import load
from echoic.benchmarks.sakura import split_options
from echoic.clip import write_wav
from echoic.errors import BadQuestion, BadRecord

COLUMNS = ("file", "attribute_label", "single_instruction", "single_answer", "multi_instruction",
           "multi_answer")  # fmt: skip
DOG = ("dog1.wav", "dog", "Which animal? (a) dog (b) crow", "(a) dog",
       "How does it  move? (a) By wing (b) On   four legs", " (b) On four legs")  # fmt: skip
ANGRY = ("x.wav", "angry", "Which emotion? (a) sad (b) angry", " (b) angry",
         "A reply? (a) Oh (b) No", "(a) No")  # fmt: skip


def write_track(root: Path, track: str, *rows: tuple[str, ...], as_json: bool = False) -> None:
    folder = root / "data" / track
    (folder / "audio").mkdir(parents=True)
    for row in rows:
        write_wav(folder / "audio" / row[0], np.zeros(160, dtype=np.float32))
    if as_json:
        table = {
            f"data/{track}/audio/{r[0]}": dict(zip(COLUMNS[1:], r[1:], strict=True)) for r in rows
        }
        (folder / "metadata.json").write_text(json.dumps(table))
        return
    with (folder / "metadata.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([COLUMNS, *rows])


@pytest.mark.parametrize("as_json", [False, True])
@pytest.mark.parametrize("inside", ["", "data", "data/Animal"])
def test_a_row_is_a_single_hop_and_a_multi_hop_question(
    tmp_path: Path, as_json: bool, inside: str
) -> None:
    write_track(tmp_path, "Animal", DOG, as_json=as_json)
    benchmark = load("sakura", tmp_path / inside)
    single, multi = benchmark.questions
    assert (single.id, single.stem, single.gold) == ("Animal/dog1/single", "Which animal?", "dog")
    assert (multi.options, multi.answer) == (("By wing", "On four legs"), 1)
    assert (single.category, multi.category) == ("Animal single", "Animal multi")
    assert {single.subcategory, multi.subcategory} == {"dog"}
    assert benchmark.clip_path(single.clip).is_file()
    assert audit_clips(benchmark) == []


def test_all_tracks_are_read_and_the_hash_tells_their_content(tmp_path: Path) -> None:
    write_track(tmp_path, "Animal", DOG)
    write_track(tmp_path, "Emotion", DOG)
    both = load("sakura", tmp_path)
    assert len(both.questions) == 4
    assert both.version_hash == load("sakura", tmp_path / "data").version_hash
    assert both.version_hash != load("sakura", tmp_path / "data" / "Animal").version_hash


def test_an_answer_whose_letter_and_text_disagree_is_not_asked(tmp_path: Path) -> None:
    write_track(tmp_path, "Emotion", ANGRY)
    benchmark = load("sakura", tmp_path)
    assert [question.gold for question in benchmark.questions] == ["angry"]
    (lost,) = benchmark.unasked
    assert (lost.id, lost.reason) == ("Emotion/x/multi", GOLD_ABSENT)


@pytest.mark.parametrize(
    ("instruction", "stem", "options"),
    [
        ("Who? (a) One (b) Two (c) Three", "Who?", ["One", "Two", "Three"]),
        ("Who? (a) plan (a) (b) plan (z)", "Who?", ["plan (a)", "plan (z)"]),
        ("Nothing to choose", "Nothing to choose", []),
    ],
)
def test_options_begin_with_their_letters_in_order(
    instruction: str, stem: str, options: list[str]
) -> None:
    assert split_options(instruction) == (stem, options)


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadRecord, match=r"holds no metadata\.csv or metadata\.json in a folder"):
        load("sakura", tmp_path)
    write_track(tmp_path, "Gender", (*DOG[:2], "", *DOG[3:]))
    with pytest.raises(BadQuestion, match=r"dog1\.wav: 'single_instruction' must be a text"):
        load("sakura", tmp_path)
    (tmp_path / "data" / "Gender" / "metadata.csv").write_text("file,single_answer\n")
    with pytest.raises(BadRecord, match=r"metadata\.csv:1: no column 'multi_answer'"):
        load("sakura", tmp_path)
