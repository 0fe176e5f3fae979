"""MMAU (Sakshi113/MMAU): test-mini in its official JSON list, and other files of that format.

The benchmark is edited in place; the version hash tells which edition a result is about.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echoic.benchmarks.base import Benchmark, benchmark_from, find_file
from echoic.benchmarks.rows import read_rows
from echoic.errors import BadQuestion
from echoic.question import Question

FILES = ("mmau-test-mini.json", "questions.json")
EVIDENCE = ("category", "difficulty", "dataset")


def load(name: str, path: Path) -> Benchmark:
    """Read an MMAU file, or the one in a folder. Clips are relative to the file's folder."""
    path = find_file(path, FILES)
    questions = [mmau_question(row, f"{path}:{line}") for line, row in read_rows(path)]
    return benchmark_from(name, path, questions)


def mmau_question(row: Mapping[str, Any], where: str) -> Question:
    """One row in MMAU's fields (plus `lead`) as a Question.

    The domain (`task`) becomes the category; `category` and `difficulty` go to the evidence.
    Raises BadQuestion naming `where` and the faulty key.
    """
    options, answer = options_and_answer(row, where)
    evidence = {key: _first(row[key]) for key in EVIDENCE if row.get(key)}
    return Question(
        id=text_of(row, "id", where),
        stem=text_of(row, "question", where),
        options=options,
        answer=answer,
        category=text_of(row, "task", where),
        subcategory=text_of(row, "sub-category", where),
        clip=clip_of(row, "audio_id", where),
        source="MMAU" if "split" in row else "",
        lead=str(row.get("lead") or ""),
        evidence=evidence,
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


def options_and_answer(row: Mapping[str, Any], where: str) -> tuple[tuple[str, ...], int]:
    """`choices` without surrounding white space, and the index of the one that `answer` repeats.

    Of equal options the first counts. Raises BadQuestion when `answer` is none of them.
    """
    choices, answer = row.get("choices"), row.get("answer")
    if not isinstance(choices, list) or not all(isinstance(text, str) for text in choices):
        raise BadQuestion(f"{where}: 'choices' must be a list of texts, not {choices!r}")
    if not isinstance(answer, str):
        raise BadQuestion(
            f"{where}: 'answer' must be an option's text, not {answer!r}; "
            "a file without answers cannot be scored here"
        )
    options = tuple(text.strip() for text in choices)
    if answer.strip() not in options:
        raise BadQuestion(f"{where}: the answer {answer!r} is none of the choices {choices!r}")
    return options, options.index(answer.strip())


def _first(value: object) -> object:
    return value[0] if isinstance(value, list) and len(value) == 1 else value
