"""One offline page, tables, figures, replies and a model card from the run folders of a study."""

import shutil
from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path

import jinja2
from markupsafe import Markup

from echoic import __version__
from echoic.analysis.intervals import tenths
from echoic.analysis.scores import backbones_only, correlations
from echoic.errors import OutputRefused
from echoic.records import make_folder, write_atomic
from echoic.report import browse, ledger, sections
from echoic.report.card import card
from echoic.report.cells import to_csv
from echoic.report.latex import document, to_latex
from echoic.report.paper.mine import beside
from echoic.report.paper.numbers import read_paper
from echoic.report.paper.sections import paper_sections, paper_summary
from echoic.report.plots import file_name
from echoic.report.questions import QuestionBook
from echoic.report.replies import has_parquet, write_replies
from echoic.report.replies import write_tables as write_parquet_tables
from echoic.report.runs import Material, read_material
from echoic.report.score_rows import scores
from echoic.report.scores import write_scores
from echoic.report.summary import Summary, summarise

PAGE = "index.html"
CARD = "summary.md"
PARTS = (CARD, "tables", "figures", "replies")
PAPER_SCORES = "PAPER-SCORES.csv"  # beside a study's: the same model may have scores in both
MARK = '<meta name="generator" content="echoic report">'


def build(dirs: Sequence[Path], out: Path, *, paper: bool = False) -> Path:
    """Write out/index.html with all that the docs name beside it; return the page's path.

    Reads every run folder below `dirs`; several studies are laid side by side. With `paper` the
    published numbers of arXiv 2603.19195 join: alone when no folder is given, else beside the runs
    on the same benchmarks. An earlier report in `out` is replaced as a whole. Raises NoData when no
    finished run is found, BadRecord on a faulty file, OutputRefused when `out` cannot be written or
    holds something of a report's name that no report wrote.
    """
    material = read_material(dirs) if dirs or not paper else Material(())
    claim(out)
    book = QuestionBook()
    published = read_paper() if paper else None
    parts: list[sections.Section] = []
    if material.runs:
        rows = scores(material.runs)
        pairs = [] if material.studies else correlations(backbones_only(rows))
        parts += sections.results(material, book, pairs, out / "figures")
        write_scores(out / "tables" / "SCORES.csv", rows)
    if published:
        parts += paper_sections(published, beside(published, material.runs), out / "figures")
        name = PAPER_SCORES if material.runs else "SCORES.csv"
        write_scores(out / "tables" / name, published.scores)
    if material.runs or not published:
        parts += sections.bookkeeping(material)
    _write_tables(parts, out / "tables")
    summary = (
        summarise(material.runs, book)
        if material.runs or not published
        else paper_summary(published)
    )
    write_atomic(out / CARD, card(summary, material.runs))
    shelved = browse.shelves(material.runs, book, out)
    replies = write_replies(material.runs, make_folder(out / "replies")) if material.runs else ""
    page = _render(
        material, book, parts, summary, shelves=shelved, replies=replies, parquet=has_parquet()
    )
    write_atomic(out / PAGE, page)
    return out / PAGE


def _write_tables(parts: Sequence[sections.Section], folder: Path) -> None:
    """Every table as CSV and LaTeX, and one document that shows all of the latter."""
    tables = [table for part in parts for table in part.all_tables]
    for table in tables:
        write_atomic(folder / f"{file_name(table.key)}.csv", to_csv(table))
        write_atomic(folder / f"{file_name(table.key)}.tex", to_latex(table))
    write_parquet_tables([(file_name(table.key), table) for table in tables], folder)
    write_atomic(folder / "all.tex", document([file_name(table.key) for table in tables]))


def claim(out: Path) -> None:
    """Make `out` ours: empty of an earlier report, and marked so that a killed one can go on.

    Raises OutputRefused rather than replacing anything that no report wrote.
    """
    make_folder(out)
    page = out / PAGE
    ours = page.is_file() and MARK in page.read_text(encoding="utf-8", errors="replace")
    taken = [name for name in (PAGE, *PARTS) if (out / name).exists()]
    if taken and not ours:
        raise OutputRefused(
            f"{out / taken[0]}: exists already and is no echoic report; choose another --out"
        )
    write_atomic(page, f"<!doctype html>{MARK}<title>Report</title><p>This report is being made.")
    for part in PARTS:
        if (out / part).is_dir():
            shutil.rmtree(out / part, ignore_errors=True)
        (out / part).unlink(missing_ok=True)


def _render(
    material: Material,
    book: QuestionBook,
    parts: Sequence[sections.Section],
    summary: Summary,
    **more: object,
) -> str:
    folder = files("echoic.report") / "template"
    environment = jinja2.Environment(
        loader=jinja2.FunctionLoader(lambda name: (folder / name).read_text(encoding="utf-8")),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["ident"] = file_name
    environment.filters["tenths"] = tenths
    return environment.get_template("page.html.j2").render(
        mark=Markup(MARK),
        style=Markup((folder / "page.css").read_text(encoding="utf-8")),
        script=Markup((folder / "page.js").read_text(encoding="utf-8")),
        version=__version__,
        summary=summary,
        parts=parts,
        browser=Markup((folder / "browser.js").read_text(encoding="utf-8")),
        **more,
        configuration=ledger.configuration(material.runs),
        problems=sorted(book.problems.items()),
        safe=Markup,
    )
