"""`echoic export`: results for other tools."""

from pathlib import Path

import click

FORMATS = ("lm-eval", "inspect", "parquet")


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--to", "target", type=click.Choice(FORMATS), required=True)
@click.option("--out", type=click.Path(path_type=Path), help="The new folder.  "
              "[default: DIR/export/<format>]")  # fmt: skip
def command(folder: Path, target: str, out: Path | None) -> None:
    """The runs at or below DIR, for other tools.

    lm-eval: a task folder for the lm-evaluation-harness with exactly the prompts that were asked.
    inspect: one log a run, for 'inspect view'. parquet: one table of all graded replies.
    """
    from echoic.evals.exchange.runs import find_runs
    from echoic.records import atomic_folder

    runs = find_runs(folder)
    place = out or folder / "export" / target
    with atomic_folder(place) as work:
        if target == "lm-eval":
            from echoic.evals.exchange.lm_eval import write_tasks as write
        elif target == "inspect":
            from echoic.evals.exchange.inspect_log import write_logs as write
        else:
            from echoic.evals.exchange.parquet import write_parquet as write
        lines = write(runs, work)
    click.echo("\n".join(lines))
    click.echo(f"written to {place}")
