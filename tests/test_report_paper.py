"""The paper's numbers rebuilt from the files that ship, and its claims checked against them."""

import csv
import html
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

import echoic.report.paper
from echoic.analysis.scores import backbones_only, correlations
from echoic.cli.analyse import command as analyse
from echoic.cli.report import command
from echoic.report.build import build
from echoic.report.paper.checks import FAILS, HOLDS, OURS, PARTLY, Check, Claim
from echoic.report.paper.numbers import FILES, Entry, Paper, read_paper
from echoic.report.paper.sections import check
from echoic.report.paper.shifted import shifted_panel
from echoic.report.scores import read_scores
from test_analysis_correlation import PUBLISHED
from test_report_build import write_run

DATA = Path(echoic.report.paper.__file__).parent / "data"
VERDICTS = {
    "families": HOLDS, "proprietary": HOLDS, "phonetic": PARTLY, "phonology": HOLDS,
    "hardest": FAILS, "order": PARTLY, "qwen": PARTLY, "llama": PARTLY, "olmo": PARTLY,
    "size": PARTLY, "near": PARTLY, "captioners": PARTLY, "transcripts": PARTLY, "spread": HOLDS,
    "cascade": PARTLY, "own-audio": PARTLY, "recipe": HOLDS, "proxy": PARTLY, "figure-2": PARTLY,
    "audio-r": PARTLY, "audio-audio": HOLDS, "figure-3": PARTLY, "counts": PARTLY, "sums": HOLDS,
}  # fmt: skip


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build([], tmp_path_factory.mktemp("paper"), paper=True).parent


@pytest.fixture(scope="module")
def paper() -> Paper:
    return read_paper()


def source(name: str) -> list[dict[str, str]]:
    with (DATA / FILES[name]).open(newline="", encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


def cells_of(page: str, table: str) -> Iterator[tuple[str, str, list[str]]]:
    """Group, row head and the shown numbers of every row of a table on the page."""
    body = page[page.index(f'id="t-{table}"') :].split("</table>")[0]
    group = ""
    for row in re.findall(r"<tr.*?</tr>", body, flags=re.DOTALL)[1:]:
        if 'class="group"' in row:
            group = re.sub(r"<[^>]+>", "", row).strip()
            continue
        head = re.search(r'<th scope="row">(.*?)</th>', row)
        assert head
        yield group, html.unescape(head[1]), re.findall(r'<span class="main">(.*?)</span>', row)


@pytest.mark.parametrize("name", ["Table 1", "Table 3", "Table 4", "Figure 3"])
def test_tables_equal_the_files_cell_by_cell(report: Path, name: str) -> None:
    wanted: dict[tuple[str, str], list[str]] = {}
    for row in source(name):
        wanted.setdefault((row["group"], row["model"]), []).append(row["accuracy"])
    table = name.lower().replace(" ", "-")
    found = {
        (group, model): shown
        for group, model, shown in cells_of((report / "index.html").read_text(), f"paper-{table}")
    }
    assert found == wanted
    with (report / "tables" / f"paper-{table}.csv").open(newline="") as stream:
        values = [(row["Model"], float(row["value"])) for row in csv.DictReader(stream)]
    assert sorted(values) == sorted((r["model"], float(r["accuracy"])) for r in source(name))
    latex = (report / "tables" / f"paper-{table}.tex").read_text()
    for digits in (row["accuracy"] for row in source(name)):
        assert digits in latex


def test_table_2_shows_the_five_hardest_without_an_interval(report: Path) -> None:
    rows = list(cells_of((report / "index.html").read_text(), "paper-table-2"))
    assert [(name, shown) for _, name, shown in rows] == [
        (row["category"], [row["accuracy"]]) for row in source("Table 2")
    ]
    assert "–" not in (report / "tables" / "paper-table-2.csv").read_text()


def test_a_gap_is_said_and_not_filled(report: Path, paper: Paper) -> None:
    from echoic.report.paper.tables import paper_table

    entries = paper.tables["Table 4"]
    holed = replace(paper, tables=paper.tables | {"Table 4": entries[:-1]})
    last = paper_table(holed, "Table 4").rows[-1]
    assert [cell.text for cell in last] == ["Phi-4-mini-4B", "61.00", "not printed"]
    assert last[-1].value is None


def test_the_one_percentage_that_is_no_count_has_no_interval(report: Path) -> None:
    with (report / "tables" / "paper-table-3.csv").open(newline="") as stream:
        bare = [row for row in csv.DictReader(stream) if not row["low"]]
    assert [(row["Model"], row["column"], row["value"]) for row in bare] == [
        ("Official Baselines†", "MMAU Sound", "57.35")
    ]


def test_the_command_gives_the_papers_coefficients_from_the_files() -> None:
    files = [str(DATA / FILES[name]) for name in ("Table 1", "Table 3", "Table 4")]
    found = {
        (p.a, p.b): (p.n, round(p.correlation.pearson, 3))
        for p in correlations(backbones_only(read_scores([Path(file) for file in files])))
        if p.correlation
    }
    assert found == PUBLISHED
    result = CliRunner().invoke(analyse, ["correlations", *files])
    assert result.exit_code == 0, result.output
    for (a, b), (n, r) in PUBLISHED.items():
        assert re.search(rf"{a} ~ {b}: n={n}  r={r:.3f}  Fisher \[.*\]  BCa \[", result.output)


def test_figure_3_within_a_domain_and_its_shifted_x(paper: Paper) -> None:
    found = {
        key: round(pair.correlation.pearson, 2)
        for key, pair in paper.domain_pairs.items()
        if pair.correlation
    }
    assert (found["MMAR", "Sound"], found["MMAR", "Music"]) == (0.48, 0.46)
    for domain, r in (("Sound", 0.25), ("Music", 0.26)):
        panel = shifted_panel(paper, "MMAR", domain)
        assert panel is not None
        assert round(panel.r, 2) == r
        assert set(panel.moved) == {"Phi-4-14B", "Phi-4-mini-4B"}
    assert shifted_panel(paper, "MMAR", "Speech") is None


def test_every_claim_has_its_verdict_from_the_numbers(paper: Paper) -> None:
    claims = [claim for some in check(paper).values() for claim in some]
    assert {claim.key: claim.verdict for claim in claims} == VERDICTS
    assert all(re.search(r"\d", c.numbers) for claim in claims for c in claim.checks)


def altered(paper: Paper, name: str, accuracy: float, **where: str) -> Paper:
    """The paper with one number changed."""

    def change(entry: Entry) -> Entry:
        if any(getattr(entry.score, key) != value for key, value in where.items()):
            return entry
        right = round(accuracy * (entry.score.n or 1) / 100)
        return Entry(replace(entry.score, accuracy=accuracy), f"{accuracy:.2f}", right)

    return Paper(paper.tables | {name: tuple(map(change, paper.tables[name]))}, paper.printed)


@pytest.mark.parametrize(
    ("key", "before", "after", "name", "accuracy", "where"),
    [
        ("spread", HOLDS, PARTLY, "Table 4", 57.0, {"model": "Llama-3.1-8B", "benchmark": "MMAU"}),
        ("olmo", PARTLY, HOLDS, "Table 3", 58.1, {"model": "OLMo-3-7B", "benchmark": "MMAU"}),
        ("llama", PARTLY, HOLDS, "Table 3", 53.0, {"model": "Llama-3.1-8B", "benchmark": "MMAU"}),
        ("counts", PARTLY, HOLDS, "Table 3", 57.36,
         {"model": "Official Baselines†", "benchmark": "MMAU", "category": "Sound"}),
        ("sums", HOLDS, PARTLY, "Table 1", 50.0, {"model": "GPT-5", "category": "Music"}),
    ],
)  # fmt: skip
def test_a_changed_number_changes_the_verdict(
    paper: Paper, key: str, before: str, after: str, name: str, accuracy: float,
    where: dict[str, str],
) -> None:  # fmt: skip
    whole = where if "category" in where else where | {"category": "Avg"}
    rule = next(
        rule for rule in _rules() if rule(paper).key == key and rule(paper).verdict == before
    )
    assert rule(altered(paper, name, accuracy, **whole)).verdict == after


def _rules() -> list[Any]:
    from echoic.report.paper.sections import CLAIMS

    return [rule for rules in CLAIMS.values() for rule in rules]


def test_a_claim_holds_with_all_checks_partly_with_some_and_not_with_none() -> None:
    def verdict(*held: bool) -> str:
        return Claim("k", "s", OURS, "w", tuple(Check("1", one) for one in held)).verdict

    assert [verdict(True, True), verdict(True, False), verdict(False)] == [HOLDS, PARTLY, FAILS]


RIGHT = [(str(i), "sound", "count", i < 7) for i in range(10)]


def test_runs_stand_beside_the_paper_on_the_same_benchmark_only(tmp_path: Path) -> None:
    common = {"backbone": "Qwen3-8B", "recipe": ""}
    write_run(tmp_path / "a", RIGHT, **common, mode="cascade", benchmark="mmau",
              captioner="acoustic")  # fmt: skip
    write_run(tmp_path / "b", RIGHT, **common, mode="text", benchmark="akb-open")
    write_run(tmp_path / "c", RIGHT, **common, mode="text", benchmark="mmau")
    page = build([tmp_path], tmp_path / "out", paper=True)
    text = page.read_text()
    groups = {
        table: {group for group, _, _ in cells_of(text, f"paper-table-{table}")}
        for table in (1, 3, 4)
    }
    own = {k: [g for g in some if g.startswith("This study")] for k, some in groups.items()}
    assert own == {1: [], 3: ["This study: acoustic captions + LLM"], 4: []}
    row = next(
        shown for group, _, shown in cells_of(text, "paper-table-3") if group.startswith("This")
    )
    assert row[:2] == ["70.0", "70.0"]  # Avg and Sound; nothing else was asked
    assert set(row[2:]) == {"not run"}
    scores = read_scores([tmp_path / "out" / "tables" / "SCORES.csv"])
    assert {score.metric for score in scores} == {"akb-open text", "mmau cascade", "mmau text"}
    published = read_scores([tmp_path / "out" / "tables" / "PAPER-SCORES.csv"])
    assert "akb-open" not in {score.benchmark.lower() for score in published}
    assert "akb-open text ~ AKB-2000" not in text


def test_own_akb_2000_scores_join_table_1_and_figure_2_but_not_r(tmp_path: Path) -> None:
    common = {"backbone": "mine", "recipe": ""}
    rows = [("1", "Audio Quality", "noise", True), ("2", "Sound", "bells", False)]
    write_run(tmp_path / "a", rows, **common, mode="text", benchmark="akb-2000")
    write_run(tmp_path / "b", RIGHT, **common, mode="cascade", benchmark="mmau",
              captioner="acoustic")  # fmt: skip
    text = build([tmp_path], tmp_path / "out", paper=True).read_text()
    found = {model: shown for _, model, shown in cells_of(text, "paper-table-1")}
    assert found["mine"] == ["50.0", "0.0", "not run", "not run", "not run", "100.0", "not run"]
    label = next(
        said
        for said in re.findall(r'aria-label="([^"]*)"', text)
        if said.startswith("AKB-2000 text against MMAU cascade")
    )
    assert "n = 17" in label
    assert "This study, not in r: mine: 50.0%, 70.0%" in label


def test_the_command_wants_a_folder_or_the_paper(tmp_path: Path) -> None:
    out = ["--out", str(tmp_path / "out")]
    refused = CliRunner().invoke(command, out)
    assert refused.exit_code == 2
    assert "--paper" in refused.output
    result = CliRunner().invoke(command, ["--paper", *out])
    assert result.exit_code == 0, result.output
    assert result.output.strip() == str(tmp_path / "out" / "index.html")
    scores = read_scores([tmp_path / "out" / "tables" / "SCORES.csv"])
    assert len(scores) == sum(len(source(n)) for n in ("Table 1", "Table 3", "Table 4", "Figure 3"))


def test_figures_2_and_3_are_there_at_column_width(report: Path) -> None:
    drawn = sorted(path.name for path in (report / "figures").glob("*.svg"))
    assert sum(name.startswith("paper-figure-2") for name in drawn) == len(PUBLISHED)
    assert sum(name.startswith("paper-figure-3") for name in drawn) == 6
    for name in drawn:
        assert f'width="{3.4 * 72:g}pt"' in (report / "figures" / name).read_text()
        assert (report / "figures" / name).with_suffix(".pdf").read_bytes().startswith(b"%PDF")


def test_the_latex_compiles(report: Path, tmp_path: Path) -> None:
    if shutil.which("pdflatex") is None:
        pytest.skip("no pdflatex on the path: install Debian's texlive-latex-recommended")
    shutil.copytree(report / "tables", tmp_path / "tables")
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"],
        cwd=tmp_path / "tables", capture_output=True, text=True, errors="replace", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:]
    assert (tmp_path / "tables" / "all.pdf").read_bytes().startswith(b"%PDF")
