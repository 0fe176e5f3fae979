"""Tables as LaTeX with booktabs, from the same cells as the page and the CSV files.

`to_latex` gives one table environment to `\\input`; it needs the packages in PACKAGES. `document`
is a file that inputs several and compiles as it stands, with Debian's texlive-latex-recommended.
Shading by rank is kept, intervals stand in small print below their numbers.
"""

import unicodedata
from collections.abc import Sequence

from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.plots import file_name

PACKAGES = ("booktabs", "longtable", "array", "graphicx", "textcomp", "[table]{xcolor}")
TINT, DARKEST = "teal", 30  # percent of the colour at rank 1
PROSE_CHARACTERS = 40  # a text column longer than this is set as a paragraph
MANY_ROWS = 32  # more do not fit a page
WIDE_COLUMNS, WIDE_ROWS = 8, 80  # wider ones are scaled to the line, and fit a page up to here
LETTER, GAP = 0.0085, 0.013  # of a page's line: a small letter, and the space between two columns
SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_",
    "{": r"\{", "}": r"\}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}",
    "<": r"\textless{}", ">": r"\textgreater{}", "|": r"\textbar{}", '"': "''",
    "−": r"$-$", "–": "--", "—": "---", "·": r"\textperiodcentered{}", "†": r"\textdagger{}",
    "“": "``", "”": "''", "‘": "`", "’": "'", "…": r"\dots{}", "→": r"$\rightarrow$",
    "×": r"$\times$", "≥": r"$\geq$", "≤": r"$\leq$", "±": r"$\pm$", "\u00a0": "~",
}  # fmt: skip
ACCENTS = {chr(code) for code in (0x300, 0x301, 0x302, 0x303, 0x308, 0x30A, 0x30C, 0x327)}
LIGATURES = "ßæÆœŒøØåÅłŁ"  # what the standard fonts hold beside accented letters


def to_latex(table: Table) -> str:
    """One table environment, caption and label: `longtable` where it would not fit a page, scaled
    to the line where it would be wider."""
    prose = [_prose(table, i) for i in range(len(table.columns))]
    kinds = "".join(
        rf">{{\raggedright\arraybackslash}}p{{{width:.2f}\linewidth}}" if width
        else "r" if column.numeric else "l"
        for column, width in zip(table.columns, _widths(table, prose), strict=True)
    )  # fmt: skip
    head = _head(table)
    name = rf"\caption{{{escape(table.caption)}}}\label{{tab:{file_name(table.key)}}}"
    body = "\n\\midrule\n".join(_group(group, table.columns) for group in table.groups)
    small = r"\scriptsize" if len(table.columns) > 6 or any(prose) else r"\small"
    note = rf"\par\smallskip\noindent{{\scriptsize {escape(table.note)}\par}}" if table.note else ""
    wide = len(table.columns) > WIDE_COLUMNS and len(table.rows) <= WIDE_ROWS
    if any(prose) or (len(table.rows) > MANY_ROWS and not wide):
        start = (
            rf"{{{small}\setlength{{\tabcolsep}}{{3pt}}" + "\n" + rf"\begin{{longtable}}{{{kinds}}}"
        )
        lines = [
            start, rf"{name} \\", r"\toprule", head, r"\midrule", r"\endfirsthead", r"\toprule",
            head, r"\midrule", r"\endhead", r"\bottomrule", r"\endlastfoot", body,
            r"\end{longtable}}", note,
        ]  # fmt: skip
    else:
        lines = [
            r"\begin{table}[htbp]", r"\centering", name, rf"{small}\setlength{{\tabcolsep}}{{3pt}}",
            *([r"\resizebox{\linewidth}{!}{%"] if wide else []),
            rf"\begin{{tabular}}{{{kinds}}}", r"\toprule", head, r"\midrule", body, r"\bottomrule",
            r"\end{tabular}" + "}" * wide, note, r"\end{table}",
        ]  # fmt: skip
    return "\n".join(filter(None, lines)) + "\n"


def _head(table: Table) -> str:
    """Column names, and below them the n that a column's cells share."""
    lines = [" & ".join(escape(column.name) for column in table.columns)]
    if any(column.n for column in table.columns):
        counts = [rf"{{\tiny $n$ = {c.n:,}}}" if c.n else "" for c in table.columns]
        lines.append(" & ".join(counts))
    return "\n".join(rf"{line} \\" for line in lines)


def document(names: Sequence[str]) -> str:
    """A file that inputs `names` (files beside it, without suffix) and compiles by itself."""
    packages = [p if p.startswith("[") else f"{{{p}}}" for p in PACKAGES]
    return "\n".join(
        [
            r"\documentclass[10pt]{article}",
            r"\usepackage[margin=15mm]{geometry}",
            *(rf"\usepackage{package}" for package in packages),
            r"\begin{document}",
            *(rf"\input{{{name}}}" + "\n" + r"\clearpage" for name in names),
            r"\end{document}",
            "",
        ]
    )


def escape(text: str) -> str:
    """Text for pdflatex. A letter it has no glyph for is named by its code, never dropped."""
    return "".join(_letter(letter) for letter in text)


def _letter(letter: str) -> str:
    if letter in SPECIAL:
        return SPECIAL[letter]
    parts = unicodedata.normalize("NFD", letter)
    plain = parts[0].isascii() and parts[0].isprintable()
    if (plain and set(parts[1:]) <= ACCENTS) or letter in LIGATURES:
        return letter
    return " " if letter.isspace() else rf"\texttt{{[U+{ord(letter):04X}]}}"


def _prose(table: Table, i: int) -> int:
    """Characters of the longest text of a paragraph column, 0 for any other."""
    longest = _longest(table, i)
    return longest if longest > PROSE_CHARACTERS and not table.columns[i].numeric else 0


def _longest(table: Table, i: int) -> int:
    return max([len(table.columns[i].name), *(len(row[i].text) for row in table.rows)])


def _widths(table: Table, prose: Sequence[int]) -> list[float]:
    """Shares of the line for paragraph columns, by the root of their length."""
    plain = sum(_longest(table, i) for i, length in enumerate(prose) if not length)
    free = max(0.3, 1 - LETTER * plain - GAP * len(prose))
    total = sum(length**0.5 for length in prose) or 1
    return [free * length**0.5 / total for length in prose]


def _group(group: Group, columns: Sequence[Column]) -> str:
    lines = []
    if group.title:
        title = rf"\textit{{{escape(group.title)}}}"
        lines.append(rf"\multicolumn{{{len(columns)}}}{{l}}{{{title}}} \\*")
    for row in group.rows:
        below = [_below(cell, column) for cell, column in zip(row, columns, strict=True)]
        star = "*" if any(below) else ""
        lines.append(" & ".join(map(_main, row)) + rf" \\{star}")
        if any(below):
            lines.append(" & ".join(map(_small, row, below)) + r" \\")
    return "\n".join(lines)


def _main(cell: Cell) -> str:
    words = escape(cell.text)
    return _tint(cell) + (rf"\textbf{{{words}}}" if cell.clear else words)


def _below(cell: Cell, column: Column) -> str:
    """The interval, and the count where the column's cells do not share it."""
    count = f", $n$={cell.n:,}" if cell.sub and cell.n and not column.n else ""
    return escape(cell.sub) + count


def _small(cell: Cell, words: str) -> str:
    return _tint(cell) + (rf"{{\tiny {words}}}" if words else "")


def _tint(cell: Cell) -> str:
    tint = cell.heat if cell.shade is None else cell.shade
    depth = round(DARKEST * (tint or 0))
    return rf"\cellcolor{{{TINT}!{depth}}}" if depth else ""
