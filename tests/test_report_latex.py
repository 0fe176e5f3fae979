"""LaTeX from the report's cells: nothing is dropped, and pdflatex takes whatever a name holds."""

import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.latex import document, escape, to_latex

ODD = 'a_b & 50% {#1} ~^\\ "q" <x> | − – † “é” Łódź 模型 ą'


def table(*rows: tuple[Cell, ...]) -> Table:
    columns = (Column("Model", False), Column("Avg", n=10))
    return Table("my table", "Caption & more", columns, (Group("block_1", rows),))


def test_special_letters_are_escaped_and_unknown_ones_named_by_their_code() -> None:
    assert escape("a_b & 50% of {1}") == r"a\_b \& 50\% of \{1\}"
    assert escape("−1 – é") == "$-$1 -- é"
    assert escape("模ą") == r"\texttt{[U+6A21]}\texttt{[U+0105]}"


def test_values_intervals_shading_and_bold_are_kept() -> None:
    cell = Cell("70.0", sub="40–89", value=70.0, shade=1.0, clear=True)
    text = to_latex(table((Cell("m"), cell)))
    assert r"\cellcolor{teal!30}\textbf{70.0}" in text
    assert r"{\tiny 40--89}" in text
    assert r"\textit{block\_1}" in text
    assert r"{\tiny $n$ = 10}" in text
    assert r"\caption{Caption \& more}\label{tab:my-table}" in text


def test_long_tables_and_prose_break_over_pages() -> None:
    assert r"\begin{tabular}" in to_latex(table((Cell("m"), Cell("1"))))
    assert r"\begin{longtable}" in to_latex(table(*[(Cell("m"), Cell("1"))] * 40))
    assert r"p{0.95\linewidth}" in to_latex(table((Cell("word " * 30), Cell("1"))))


def test_the_note_stands_below_the_table() -> None:
    for rows in (1, 40):
        noted = replace(table(*[(Cell("m"), Cell("1"))] * rows), note="† by a & b")
        text = to_latex(noted)
        assert text.index(r"\textdagger{} by a \& b") > text.index(r"\end{")


def test_wide_tables_are_scaled_to_the_line() -> None:
    columns = (Column("Subcategory", False), *(Column(f"model {i}") for i in range(20)))
    row = (Cell("a"), *(Cell("50.0", value=50.0, heat=0.5) for _ in range(20)))
    text = to_latex(Table("wide", "Wide", columns, (Group("", (row,) * 48),)))
    assert r"\resizebox{\linewidth}{!}{%" in text
    assert text.count(r"\cellcolor{teal!15}50.0") == 20 * 48
    assert "longtable" not in text


def test_odd_names_compile(tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex on the path: install Debian's texlive-latex-recommended")
    (tmp_path / "odd.tex").write_text(to_latex(table((Cell(ODD), Cell("1", sub=ODD)))))
    (tmp_path / "long.tex").write_text(to_latex(table(*[(Cell(ODD * 3), Cell("1"))] * 40)))
    wide = Table(
        "wide", "Wide", (Column("m", False),) * 20, (Group("", ((Cell("a_b%"),) * 20,) * 48),)
    )
    (tmp_path / "wide.tex").write_text(to_latex(wide))
    (tmp_path / "all.tex").write_text(document(["odd", "long", "wide"]))
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
