"""Every reply and every number of the report as files for other programs.

Parquet where pyarrow is installed (the extra `export`); else JSON lines of the same columns for the
replies, and the tables as CSV alone.
"""

import importlib.util
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from echoic.evals.exchange.parquet import FILE, columns, write_parquet
from echoic.models.needs import need
from echoic.records import write_jsonl
from echoic.report.cells import Table, to_rows
from echoic.report.runs import Run

LINES = "verdicts.jsonl"


def has_parquet() -> bool:
    """Whether Parquet can be written here."""
    return importlib.util.find_spec("pyarrow") is not None


def write_replies(runs: Sequence[Run], out: Path) -> str:
    """Write all replies of all runs, controls too, into `out`; returns the name of the file."""
    if not has_parquet():
        write_jsonl(out / LINES, _rows(runs))
        return LINES
    write_parquet(runs, out)
    return FILE


def _rows(runs: Iterable[Run]) -> Iterator[dict[str, Any]]:
    for run in runs:
        for verdict in run.graded():
            yield {name: found for name, (found,) in columns([(run, verdict)]).items()}


def write_tables(tables: Iterable[tuple[str, Table]], folder: Path) -> None:
    """Each named table as NAME.parquet in its tidy form; nothing without pyarrow."""
    if not has_parquet():
        return
    arrow, parquet = need("pyarrow", extra="export"), need("pyarrow.parquet", extra="export")
    for name, table in tables:
        heads, rows = to_rows(table)
        columns = [[line[i] for line in rows] for i in range(len(heads))]
        parquet.write_table(arrow.table(columns, names=heads), folder / f"{name}.parquet")
