"""MMAU (Sakshi113/MMAU): test-mini and test in their official JSON lists, and files of that format.

The benchmark is edited in place; the version hash tells which edition a result is about. The
answers of the test set are "": its questions have no key and are scored by the authors only.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echoic.benchmarks.base import Benchmark, Unasked, asked, benchmark_from, find_file
from echoic.benchmarks.rows import read_rows
from echoic.errors import BadQuestion
from echoic.question import Question

FILES = ("mmau-test-mini.json", "questions.json")
TEST_FILES = ("mmau-test.json",)
EVIDENCE = ("category", "difficulty", "dataset")


def load(name: str, path: Path) -> Benchmark:
    """Read an MMAU file, or test-mini in a folder. Clips are relative to the file's folder."""
    return _load(name, find_file(path, FILES))


def load_test(name: str, path: Path) -> Benchmark:
    """Read the test set's file, or the one in a folder."""
    return _load(name, find_file(path, TEST_FILES))


def _load(name: str, path: Path) -> Benchmark:
    found = [mmau_question(row, f"{path}:{line}") for line, row in read_rows(path)]
    return benchmark_from(name, path, found)


def mmau_question(row: Mapping[str, Any], where: str) -> Question | Unasked:
    """One row in MMAU's fields (plus `lead`) as a Question.

    The domain (`task`) becomes the category; `category` and `difficulty` go to the evidence.
    Raises BadQuestion naming `where` and the faulty key.
    """
    return asked(
        choices_of(row, where),
        answer_of(row, where),
        id=text_of(row, "id", where),
        stem=text_of(row, "question", where),
        category=text_of(row, "task", where),
        subcategory=text_of(row, "sub-category", where),
        clip=clip_of(row, "audio_id", where),
        source="MMAU" if "split" in row else "",
        lead=str(row.get("lead") or ""),
        evidence={key: _first(row[key]) for key in EVIDENCE if row.get(key)},
    )


def text_of(row: Mapping[str, Any], key: str, where: str) -> str:
    """A text that must be there. One row of MMAU holds it in a list of one: taken out."""
    value = _first(row.get(key))
    if not isinstance(value, str) or not value.strip():
        raise BadQuestion(f"{where}: {key!r} must be a text, not {value!r}")
    return value.strip()


def clip_of(row: Mapping[str, Any], key: str, where: str) -> str:
    """The clip's path, without a leading "./"."""
    return text_of(row, key, where).removeprefix("./")


def choices_of(row: Mapping[str, Any], where: str) -> list[str]:
    """`choices` as they stand. Raises BadQuestion when they are no list of texts."""
    choices = row.get("choices")
    if not isinstance(choices, list) or not all(isinstance(text, str) for text in choices):
        raise BadQuestion(f"{where}: 'choices' must be a list of texts, not {choices!r}")
    return choices


def answer_of(row: Mapping[str, Any], where: str) -> str | None:
    """`answer`, the right option's text; None or "" where it is withheld. Raises BadQuestion."""
    answer = row.get("answer")
    if answer is not None and not isinstance(answer, str):
        raise BadQuestion(f"{where}: 'answer' must be an option's text, not {answer!r}")
    return answer


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
