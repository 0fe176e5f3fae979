"""Any JSONL, JSON or CSV file of questions, with a mapping file that says which column is what.

    id = "uid"                    # optional; else the row's number, from 1
    stem = "question"
    options = "choices"           # one column: a list, or a text that holds one (see `separator`),
                                  # or the columns in their order: ["choice_a", "choice_b"]
    separator = "|"               # optional: parts an options text; else it must be a JSON list
    answer = "answer"             # optional: left out, the questions have no key
    answer_as = "text"            # text, letter ("B", "(b)"), index (from 0) or number (from 1)
    clip = "audio"                # optional: path beside the file, or a list of one
    category = "task"             # optional
    subcategory = "sub"           # optional

Known benchmarks that are only a mapping are in `mappings/`.
"""

import csv
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from echoic.benchmarks.base import (
    GOLD_ABSENT,
    SEVERAL_CLIPS,
    Benchmark,
    Unasked,
    asked,
    benchmark_from,
    only_file,
)
from echoic.benchmarks.rows import read_rows
from echoic.errors import BadQuestion, BadRecipe, BadRecord
from echoic.question import LETTERS, Question
from echoic.study_file import build_part, read_toml

LETTER = re.compile(r"\(?([A-Za-z])\)?[.:]?")
TEXT, BY_LETTER, INDEX, NUMBER = "text", "letter", "index", "number"
WHOLE = "all"  # the category of a file without categories
SUFFIXES = (".jsonl", ".json", ".csv", ".tsv")


@dataclass(frozen=True)
class Columns:
    """Which column holds what; "" for what a file does not have."""

    stem: str
    options: Any
    id: str = ""
    separator: str = ""
    answer: str = ""
    answer_as: str = TEXT
    clip: str = ""
    category: str = ""
    subcategory: str = ""

    def __post_init__(self) -> None:
        known = (TEXT, BY_LETTER, INDEX, NUMBER)
        if self.answer_as not in known:
            raise BadRecipe(f"answer_as {self.answer_as!r} is none of {', '.join(known)}")
        listed = isinstance(self.options, list) and all(isinstance(c, str) for c in self.options)
        if not listed and not isinstance(self.options, str):
            raise BadRecipe(f"options must be a column or a list of columns, not {self.options!r}")


def read_mapping(path: Path) -> Columns:
    """A mapping file. Raises BadRecipe on unknown or missing keys."""
    try:
        return build_part(Columns, read_toml(path), str(path))
    except BadRecipe as error:
        text = str(error)
        raise BadRecipe(text if text.startswith(str(path)) else f"{path}: {text}") from error


def shipped(mapping: str) -> Columns:
    """A mapping that comes with this package."""
    with as_file(files("echoic.benchmarks").joinpath("mappings", f"{mapping}.toml")) as path:
        return read_mapping(path)


def load(name: str, path: Path, columns: Columns) -> Benchmark:
    """Read a file, or the only question file in a folder. Clips lie beside it.

    Raises BadRecord or BadQuestion naming file and line.
    """
    path = only_file(path, SUFFIXES)
    found = [
        _question(row, columns, number, name, f"{path}:{line}")
        for number, (line, row) in enumerate(_rows(path), 1)
    ]
    return benchmark_from(name, path, found)


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """(line number from 1, row) of a JSON, JSONL, CSV or TSV file."""
    if path.suffix not in (".csv", ".tsv"):
        yield from read_rows(path)
        return
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream, delimiter="," if path.suffix == ".csv" else "\t")
            for row in reader:
                yield reader.line_num, row
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadRecord(f"{path}: cannot be read as a table: {error}; check the path") from error


def _question(
    row: Mapping[str, Any], columns: Columns, number: int, name: str, where: str
) -> Question | Unasked:
    id_ = _text(row, columns.id, where) if columns.id else str(number)
    options = _options(row, columns, where)
    clips = _list(row[_held(row, columns.clip, where)]) if columns.clip else []
    if len(clips) > 1:
        return Unasked(id_, SEVERAL_CLIPS, ", ".join(map(str, clips)))
    gold = row[_held(row, columns.answer, where)] if columns.answer else None
    if gold is not None and str(gold).strip():
        text = _gold(gold, options, columns.answer_as)
        if text is None:
            return Unasked(id_, GOLD_ABSENT, f"{gold!r} as {columns.answer_as} in {options!r}")
        gold = text
    return asked(
        options,
        gold,
        id=id_,
        stem=_text(row, columns.stem, where),
        category=_label(row, columns.category, where) or WHOLE,
        subcategory=_label(row, columns.subcategory, where),
        clip=str(clips[0]).removeprefix("./") if clips else "",
        source=name,
    )


def _options(row: Mapping[str, Any], columns: Columns, where: str) -> list[str]:
    """The options' texts; of a list of columns the empty ones at its end are no options."""
    if not isinstance(columns.options, str):
        texts = [str(row[_held(row, key, where)] or "") for key in columns.options]
        while texts and not texts[-1].strip():
            texts.pop()
        return texts
    value = row[_held(row, columns.options, where)]
    if value is None or value == "":
        return []
    if isinstance(value, str) and columns.separator:
        return value.split(columns.separator)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except json.JSONDecodeError as error:
            raise BadQuestion(
                f"{where}: {columns.options!r} is no JSON list: {value[:60]!r}; name the separator "
                "of its parts in the mapping"
            ) from error
    if not isinstance(value, list) or not all(
        isinstance(text, str | int | float) for text in value
    ):
        raise BadQuestion(f"{where}: {columns.options!r} must be a list of texts, not {value!r}")
    return [str(text) for text in value]


def _gold(value: object, options: list[str], kind: str) -> str | None:
    """The right option's text, None when `value` names none."""
    if kind == TEXT:
        return str(value)
    said = str(value).strip()
    if kind == BY_LETTER:
        found = LETTER.fullmatch(said)
        at = LETTERS.index(found[1].upper()) if found else -1
    else:
        at = int(said) - (kind == NUMBER) if re.fullmatch(r"\d+", said) else -1
    return options[at] if 0 <= at < len(options) else None


def _list(value: object) -> list[object]:
    if value is None or value == "":
        return []
    return value if isinstance(value, list) else [value]


def _label(row: Mapping[str, Any], column: str, where: str) -> str:
    value = row[_held(row, column, where)] if column else None
    return "" if value is None else str(value).strip()


def _text(row: Mapping[str, Any], column: str, where: str) -> str:
    value = row[_held(row, column, where)]
    if value is None or not str(value).strip():
        raise BadQuestion(f"{where}: {column!r} is empty")
    return str(value).strip()


def _held(row: Mapping[str, Any], column: str, where: str) -> str:
    """`column`. Raises BadQuestion when the row has none of that name."""
    if column not in row:
        raise BadQuestion(f"{where}: no column {column!r}; there are {', '.join(map(str, row))}")
    return column
