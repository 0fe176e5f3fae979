"""What `echoic eval` tells of a finished run: on the screen and as JSON."""

from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Mapping

    from echoic.evals.tasks import Summary


def _edition(run: "Mapping[str, Any]") -> str:
    """The known edition's name; else its hash."""
    if (known := run["benchmark_version"]) != "unknown":
        return str(known)
    return f"version {run['benchmark_hash'][:12]}"


def as_json(summary: "Summary") -> dict[str, Any]:
    """Run, folder and, with a key, scores by category."""
    from dataclasses import asdict

    from echoic.evals.scores import score, scores_by_category

    told = {"run": dict(summary.run), "folder": str(summary.folder)}
    if not summary.verdicts:
        return told
    return {
        **told,
        **asdict(score(summary.verdicts)),
        "by_category": {
            name: asdict(row) for name, row in scores_by_category(summary.verdicts).items()
        },
    }


def show(summary: "Summary") -> None:
    """Print it."""
    from echoic.engine.accounting import described
    from echoic.evals.compare import agreement_lines
    from echoic.evals.run_folder import PREDICTIONS
    from echoic.evals.scores import table

    run, counts = summary.run, summary.run["counts"]
    what = f"{run['mode']}, control {run['control']}" if run["control"] else run["mode"]
    limit = f", a subset of {run['n']} drawn by category with seed {run['seed']}"
    click.echo(
        f"{run['model']} on {run['benchmark']} ({_edition(run)}"
        f"{limit if run['limit'] else ''}): {what}"
    )
    for reason, ids in run["not_asked"].items():
        click.echo(f"not asked {len(ids)}: {reason} ({', '.join(ids[:3])}{', …' * (len(ids) > 3)})")
    if (window := run.get("window")) and window["longer"]:
        click.echo(
            f"{window['longer']} of {window['clips']} clips are longer than the "
            f"{window['seconds']:g} s that the model hears"
        )
    if not run["keyed"]:
        click.echo(
            f"{counts['asked']} replies, {counts['failed']} failed; the benchmark has no key, so "
            f"nothing is scored: see {summary.folder / PREDICTIONS} and 'echoic score --submission'"
        )
        return
    click.echo(f"answering {run['answering']}, rule {run['rule']}; 95% Wilson intervals")
    click.echo("\n".join(table(summary.verdicts)))
    _show_robustness(run)
    click.echo(f"unparsed {counts['unparsed']}, failed {counts['failed']} of {counts['asked']}")
    grading = run["grading"]
    if twins := grading["twins"].get(run["rule"]):
        click.echo(f"{twins} right by choosing an option that repeats the right one")
    if judge := run.get("judge"):
        click.echo(f"judge {judge['model']}; {grading['judge_unreadable']} answers unreadable")
        click.echo("\n".join(agreement_lines(grading["agreement"])))
    click.echo(described(run["model"], run["usage"]))
    if counts["failed"]:
        click.echo("the same command asks the failed ones again", err=True)
    click.echo(f"kept in {summary.folder}")


def _show_robustness(run: "Mapping[str, Any]") -> None:
    """Accuracy by place for shuffled options, the spread of repeats."""
    from echoic.evals.robust import position_lines, spread_lines

    if "positions" in run:
        click.echo("\n".join(position_lines(run["positions"])))
    if "spread" in run:
        click.echo("\n".join(spread_lines(run["spread"], "repeat")))
