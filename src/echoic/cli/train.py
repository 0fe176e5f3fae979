"""`echoic train`: train the connector of an LALM."""

from pathlib import Path

import click


@click.command()
@click.argument("recipe", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Checkpoint folder.")
def command(recipe: Path, out: Path) -> None:
    """Train by RECIPE, a TOML file that names a recipe (base) and its data ([data])."""
    from echoic.cli.progress import progress_line
    from echoic.training.job import read_job, train

    job, features = read_job(recipe)
    lines = {}

    def report(stage: str, done: int, total: int) -> None:
        if stage not in lines:
            lines[stage] = progress_line(stage)
        lines[stage](done, total)

    click.echo(str(train(job, out, features or out / "features", report)))
