"""`echoic analyse`: statistics over score tables; those over runs are in `analyse_*`."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from echoic.cli import analyse_compare, analyse_runs
from echoic.cli.over_runs import difference_lines, json_option, write

if TYPE_CHECKING:
    from echoic.analysis.differences import Difference
    from echoic.analysis.scores import Pair

EACH = "each"


@click.group("analyse")
def command() -> None:
    """Statistics over score tables (CSV) and finished runs (folders)."""


for over_runs in (*analyse_compare.COMMANDS, *analyse_runs.COMMANDS):
    command.add_command(over_runs)


@command.command("correlations")
@click.argument("tables", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--groups",
    type=click.Choice(["backbones", "all"]),
    default="backbones",
    show_default=True,
    help="'all' also takes the rows of published systems, captioner comparisons and variants.",
)
@click.option(
    "--category",
    default="Avg",
    show_default=True,
    help="Over which category's scores; 'each' takes every category but Avg in turn.",
)
@click.option("--seed", default=0, show_default=True, help="Of the bootstrap and permutations.")
@json_option
def correlations_command(
    tables: tuple[Path, ...], groups: str, category: str, seed: int, out: Path | None
) -> None:
    """How metrics agree over the models they share.

    TABLES are CSV files with the columns model, group, benchmark, mode, category, accuracy and,
    if known, n. A metric is a benchmark and a mode over the category Avg. Under 4 shared models no
    coefficient is printed.
    """
    from echoic.analysis.scores import backbones_only, categories, correlations
    from echoic.report.scores import read_scores

    scores = read_scores(tables)
    kept = scores if groups == "all" else backbones_only(scores)
    each, records = category == EACH, []
    for name in categories(kept) if each else [category]:
        for pair in correlations(kept, seed=seed, category=name):
            click.echo(f"{name}: {line(pair)}" if each else line(pair))
            records.append(({"category": name} if each else {}) | pair.to_record())
    if not records:
        click.echo("one metric only: a correlation needs two")
    write(out, {"pairs": records})


def line(pair: "Pair") -> str:
    """One pair as one line of text."""
    head = f"{pair.a} ~ {pair.b}: n={pair.n}"
    if pair.correlation is None:
        return f"{head}  no coefficient: {pair.reason}"
    found = pair.correlation
    return (
        f"{head}  r={found.pearson:.3f}  "
        f"Fisher [{found.fisher_low:.2f}, {found.fisher_high:.2f}]  "
        f"BCa [{found.bca_low:.2f}, {found.bca_high:.2f}]  "
        f"rho={found.spearman:.3f}  tau={found.kendall:.3f}  p={found.p_permutation:.2g}"
    )


@command.command("robustness")
@click.argument("folders", nargs=-1, required=True, type=click.Path(path_type=Path))
@json_option
def robustness_command(folders: tuple[Path, ...], out: Path | None) -> None:
    """How answers move with the place of options, the wording and chance.

    FOLDERS hold runs at any depth. Shown are accuracy by place and consistency of every run over
    shuffled options, the spread of every run with repeats, and the spread over wordings of runs
    that differ in nothing but their prompt.
    """
    from echoic.evals.robust import position_lines, spread_lines
    from echoic.report.robust import findings
    from echoic.report.runs import read_material

    found = findings(read_material(folders).runs)
    for row in found:
        click.echo(row["run"])
        if "positions" in row:
            click.echo("\n".join(position_lines(row["positions"])))
        for what in ("repeat", "prompt"):
            if what in row:
                click.echo("\n".join(spread_lines(row[what], what)))
    if not found:
        click.echo(
            "no run over shuffled options, none with repeats, none that differ in prompt only"
        )
    write(out, {"runs": found})


@command.command("gap")
@click.argument("tables", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--reference", required=True, help="The model that all others are compared with.")
@click.option("--category", default="Avg", show_default=True)
@json_option
def gap_command(tables: tuple[Path, ...], reference: str, category: str, out: Path | None) -> None:
    """How far every model is from a reference model, in points."""
    from echoic.analysis.differences import gaps
    from echoic.report.scores import read_scores

    _show(gaps(read_scores(tables), reference, category), out)


@command.command("lineage")
@click.argument("tables", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--category", default="Avg", show_default=True)
@json_option
def lineage_command(tables: tuple[Path, ...], category: str, out: Path | None) -> None:
    """Models of one family where only the generation, the training stage or the size differs."""
    from echoic.analysis.differences import lineage
    from echoic.analysis.scores import backbones_only
    from echoic.models.backbone import facts
    from echoic.report.scores import read_scores

    scores = backbones_only(read_scores(tables))
    origins = {score.model: facts(score.model) for score in scores}
    _show(lineage(scores, origins, category), out)


def _show(found: "list[Difference]", out: Path | None) -> None:
    click.echo("\n".join(difference_lines(found)))
    write(out, {"differences": [asdict(one) for one in found]})
