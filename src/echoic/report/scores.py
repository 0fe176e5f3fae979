"""SCORES.csv: the table that runs, studies and other people's papers exchange.

Columns `model,group,benchmark,mode,category,accuracy[,n]`, accuracy in percent. Columns beyond
these (such as a count `k`) are read over. Benchmarks whose names differ in capitals only are one:
runs say `mmau` where published tables say `MMAU`.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from echoic.analysis.scores import Score
from echoic.errors import BadRecord
from echoic.records import write_atomic

NEEDED = ("model", "group", "benchmark", "mode", "category", "accuracy")


def read_scores(paths: Sequence[Path]) -> list[Score]:
    """All scores of several CSV files, in order; a benchmark's first spelling counts.

    Raises BadRecord naming file, line and value. Rows without an accuracy (a gap in a published
    table) hold no score and are skipped.
    """
    spelt: dict[str, str] = {}
    return [
        replace(score, benchmark=spelt.setdefault(score.benchmark.casefold(), score.benchmark))
        for path in paths
        for score in _read_one(path)
    ]


def _read_one(path: Path) -> list[Score]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise BadRecord(f"{path}: no such file; check the path") from error
    except IsADirectoryError as error:
        raise BadRecord(
            f"{path}: a folder; give a score table, as tables/SCORES.csv of a report"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise BadRecord(f"{path}: cannot be read as UTF-8 text: {error}") from error
    if not text.strip():
        raise BadRecord(f"{path}: empty; a score table has {', '.join(NEEDED)} and may have n")
    reader = csv.DictReader(io.StringIO(text), strict=True)
    try:
        missing = [name for name in NEEDED if name not in (reader.fieldnames or ())]
        if missing:
            raise BadRecord(
                f"{path}:1: no column {missing[0]!r}; a score table has {', '.join(NEEDED)} and "
                "may have n"
            )
        scores = [
            _score(row, f"{path}:{reader.line_num}")
            for row in reader
            if (row["accuracy"] or "").strip()
        ]
    except csv.Error as error:
        raise BadRecord(f"{path}:{reader.line_num + 1}: no CSV: {error}") from error
    if not scores:
        raise BadRecord(f"{path}: no row has an accuracy")
    return scores


def _score(row: dict[str, str], where: str) -> Score:
    try:
        count = (row.get("n") or "").strip()
        return Score(
            **{name: (row[name] or "").strip() for name in NEEDED[:-1]},
            accuracy=float(row["accuracy"]),
            n=int(count) if count else None,
        )
    except ValueError as error:
        raise BadRecord(f"{where}: not a number: {error}") from error
    except BadRecord as error:
        raise BadRecord(f"{where}: {error}") from error


def write_scores(path: Path, scores: Iterable[Score]) -> None:
    """Write the contract's columns, accuracy with two decimals."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow([*NEEDED, "n"])
    for score in scores:
        row = [getattr(score, name) for name in NEEDED[:-1]]
        writer.writerow([*row, f"{score.accuracy:.2f}", "" if score.n is None else score.n])
    write_atomic(path, stream.getvalue())
