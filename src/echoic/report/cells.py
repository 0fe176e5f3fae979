"""Tables as data: what the page renders and what tables/*.csv hold, from the same cells.

A cell keeps its number (percent) with interval and count beside the text shown, so that the CSV
files are tidy: one line a cell, `column,value,low,high,n` after the row's labels.
"""

import csv
import io
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from echoic.analysis.intervals import Estimate, Proportion, tenths

NOT_RUN = "not run"
ALIKE = "all alike"  # in place of an interval
SURE_FROM = 6  # clips that all say the same: two-sided p is 2 / 2**6, below 0.05


@dataclass(frozen=True)
class Cell:
    """One cell. `shade` is the rank among models, 1 best to 0 last; `clear` marks a difference
    whose interval leaves out zero; `bar` asks for a drawn interval on 0 to 100; `heat` is a tint by
    the value itself, 0 to 1."""

    text: str
    sub: str = ""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    shade: float | None = None
    clear: bool = False
    bar: bool = False
    heat: float | None = None


@dataclass(frozen=True)
class Column:
    """A heading. `n` is set when all cells below share it."""

    name: str
    numeric: bool = True
    n: int | None = None


@dataclass(frozen=True)
class Group:
    """Rows that belong together, under a title of their own ("" for none)."""

    title: str
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True)
class Table:
    """`labels` counts the leading text columns; the first cell of a row names it."""

    key: str
    caption: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    labels: int = 1
    note: str = ""
    group_name: str = "group"

    @property
    def rows(self) -> list[tuple[Cell, ...]]:
        """All rows of all groups."""
        return [row for group in self.groups for row in group.rows]


def text(value: object) -> Cell:
    """A label."""
    return Cell(str(value))


def absent(why: str = NOT_RUN) -> Cell:
    """A cell without a number, which says why."""
    return Cell(why)


def share(proportion: Proportion | None, *, bar: bool = False) -> Cell:
    """A percentage with its Wilson interval."""
    if proportion is None:
        return absent()
    low, high = proportion.interval()
    return Cell(
        text=tenths(proportion.share),
        sub=f"{tenths(low)}–{tenths(high)}",
        value=100 * proportion.share,
        low=100 * low,
        high=100 * high,
        n=proportion.n,
        bar=bar,
    )


def rate(proportion: Proportion | None) -> Cell:
    """A percentage whose interval nobody needs, such as the unparsed rate."""
    if proportion is None:
        return absent()
    return Cell(f"{tenths(proportion.share)}%", value=100 * proportion.share, n=proportion.n)


def difference(estimate: Estimate | None, why: str = NOT_RUN) -> Cell:
    """A signed difference in points with its interval."""
    if estimate is None:
        return absent(why)
    return replace(_estimated(estimate, signed), clear=sign(estimate) != 0)


def gain(estimate: Estimate | None, why: str = NOT_RUN) -> Cell:
    """A corrected score in percent with its interval."""
    return absent(why) if estimate is None else _estimated(estimate, unsigned)


def _estimated(estimate: Estimate, shown: Callable[[float], str]) -> Cell:
    """Where all clips say the same, resampling finds no width: no interval is shown then."""
    cell = Cell(shown(estimate.value), ALIKE, value=100 * estimate.value, n=estimate.n)
    if estimate.low == estimate.high:
        return cell
    return replace(
        cell,
        sub=f"{shown(estimate.low)} to {shown(estimate.high)}",
        low=100 * estimate.low,
        high=100 * estimate.high,
    )


def sign(estimate: Estimate) -> int:
    """1 or -1 for a difference whose interval leaves out zero, else 0.

    Where all clips say the same there is no width: their number decides, by the exact sign test.
    """
    if estimate.low == estimate.high and estimate.clusters < SURE_FROM:
        return 0
    return (estimate.low > 0) - (estimate.high < 0)


def number(value: float | None, pattern: str = "{:,.0f}", why: str = "not known") -> Cell:
    """Any other number."""
    return absent(why) if value is None else Cell(pattern.format(value), value=float(value))


def percentage(share: float | None, why: str = "not known") -> Cell:
    """A percentage without interval."""
    return absent(why) if share is None else Cell(unsigned(share), value=100 * share)


def signed(value: float) -> str:
    """A share as points with its sign; a true minus, and no sign at zero."""
    text = unsigned(value)
    return text if text == "0.0" or value < 0 else f"+{text}"


def unsigned(value: float) -> str:
    """The same without a plus."""
    return tenths(value).replace("-", "−")


def ranked(rows: Sequence[Sequence[Cell]], start: int) -> list[tuple[Cell, ...]]:
    """Shade each column's values by rank among the rows (the paper's style); ties share a rank.

    A single row is not shaded: there is nothing to rank.
    """
    shaded = [list(row) for row in rows]
    for column in range(start, len(rows[0]) if rows else 0):
        values = sorted({value for row in rows if (value := row[column].value) is not None})
        if len(values) < 2:
            continue
        for row in shaded:
            if (value := row[column].value) is not None:
                row[column] = replace(row[column], shade=values.index(value) / (len(values) - 1))
    return [tuple(row) for row in shaded]


def with_counts(columns: Sequence[Column], groups: Iterable[Group]) -> tuple[Column, ...]:
    """Columns whose intervals all rest on one n carry it in the heading."""
    rows = [row for group in groups for row in group.rows]
    counts = [{row[i].n for row in rows if row[i].sub} for i in range(len(columns))]
    return tuple(
        replace(column, n=next(iter(found))) if len(found) == 1 else column
        for column, found in zip(columns, counts, strict=True)
    )


def to_rows(table: Table) -> tuple[list[str], list[list[str | float | int | None]]]:
    """The tidy form: column names, and one line for each cell that holds a number."""
    grouped = any(group.title for group in table.groups)
    heads = [column.name for column in table.columns[: table.labels]]
    lines: list[list[str | float | int | None]] = []
    for group in table.groups:
        for row in group.rows:
            labels = [*([group.title] if grouped else []), *map(_label, row[: table.labels])]
            for column, cell in zip(
                table.columns[table.labels :], row[table.labels :], strict=True
            ):
                if cell.value is not None:
                    numbers = (cell.value, cell.low, cell.high, cell.n)
                    lines.append([*labels, column.name, *numbers])
    names = [table.group_name] if grouped else []
    return [*names, *heads, "column", "value", "low", "high", "n"], lines


def to_csv(table: Table) -> str:
    """The tidy form as CSV, numbers with up to four decimals."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    heads, lines = to_rows(table)
    writer.writerow(heads)
    writer.writerows([map(_plain, line) for line in lines])
    return stream.getvalue()


def _label(cell: Cell) -> str:
    return " ".join(cell.text.split("\n"))


def _plain(value: str | float | int | None) -> str:
    if isinstance(value, float):
        return f"{value:.4f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)
