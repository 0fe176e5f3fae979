"""`echoic analyse`: statistics over score tables, and over runs (`analyse_runs`)."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from echoic.cli.analyse_runs import COMMANDS

if TYPE_CHECKING:
    from echoic.analysis.differences import Difference
    from echoic.analysis.scores import Pair


@click.group("analyse")
def command() -> None:
    """Statistics over score tables (CSV) and finished runs (folders)."""


for over_runs in COMMANDS:
    command.add_command(over_runs)


@command.command("correlations")
@click.argument("tables", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--groups",
    type=click.Choice(["backbones", "all"]),
    default="backbones",
    show_default=True,
    help="'all' also takes the rows of published systems and captioner comparisons.",
)
@click.option("--category", default="Avg", show_default=True, help="Over which category's scores.")
@click.option("--seed", default=0, show_default=True, help="Of the bootstrap and permutations.")
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the pairs here.")
def correlations_command(
    tables: tuple[Path, ...], groups: str, category: str, seed: int, out: Path | None
) -> None:
    """How metrics agree over the models they share.

    TABLES are CSV files with the columns model, group, benchmark, mode, category, accuracy and,
    if known, n. A metric is a benchmark and a mode over the category Avg. Under 4 shared models no
    coefficient is printed.
    """
    from echoic.analysis.scores import backbones_only, correlations
    from echoic.records import write_json
    from echoic.report.scores import read_scores

    scores = read_scores(tables)
    kept = scores if groups == "all" else backbones_only(scores)
    pairs = correlations(kept, seed=seed, category=category)
    for pair in pairs:
        click.echo(line(pair))
    if not pairs:
        click.echo("one metric only: a correlation needs two")
    if out is not None:
        write_json(out, {"pairs": [pair.to_record() for pair in pairs]})


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
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write all of it here.")
def robustness_command(folders: tuple[Path, ...], out: Path | None) -> None:
    """How answers move with the place of options, the wording and chance.

    FOLDERS hold runs at any depth. Shown are accuracy by place and consistency of every run over
    shuffled options, the spread of every run with repeats, and the spread over wordings of runs
    that differ in nothing but their prompt.
    """
    from echoic.evals.robust import position_lines, spread_lines
    from echoic.records import write_json
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
    if out is not None:
        write_json(out, {"runs": found})


@command.command("gap")
@click.argument("tables", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--reference", required=True, help="The model that all others are compared with.")
@click.option("--category", default="Avg", show_default=True)
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the gaps here.")
def gap_command(tables: tuple[Path, ...], reference: str, category: str, out: Path | None) -> None:
    """How far every model is from a reference model, in points."""
    from echoic.analysis.differences import gaps
    from echoic.report.scores import read_scores

    _differences(gaps(read_scores(tables), reference, category), out)


@command.command("lineage")
@click.argument("tables", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--category", default="Avg", show_default=True)
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the contrasts here.")
def lineage_command(tables: tuple[Path, ...], category: str, out: Path | None) -> None:
    """Models of one family where only the generation, the training stage or the size differs."""
    from echoic.analysis.differences import lineage
    from echoic.analysis.scores import backbones_only
    from echoic.models.backbone import facts
    from echoic.report.scores import read_scores

    scores = backbones_only(read_scores(tables))
    origins = {score.model: facts(score.model) for score in scores}
    _differences(lineage(scores, origins, category), out)


def _differences(found: "list[Difference]", out: Path | None) -> None:
    from dataclasses import asdict

    from echoic.records import write_json

    for one in found:
        interval = "no interval: n not stated"
        if one.low is not None and one.high is not None:
            interval = f"[{one.low:+.1f}, {one.high:+.1f}]"
        click.echo(
            f"{one.metric}  {one.kind}: {one.first} - {one.second}  {one.points:+.1f} {interval}"
        )
    if out is not None:
        write_json(out, {"differences": [asdict(one) for one in found]})
