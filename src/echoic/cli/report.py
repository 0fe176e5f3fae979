"""`echoic report`: tables, figures and one offline page."""

from pathlib import Path

import click


@click.command("report")
@click.argument("dirs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the report.")
@click.option(
    "--paper",
    is_flag=True,
    help="Rebuild the tables and figures of arXiv 2603.19195 and check its claims; with DIRS, show "
    "their runs beside it where the benchmark is the same.",
)
def command(dirs: tuple[Path, ...], out: Path, paper: bool) -> None:
    """Tables, figures and one offline HTML file.

    DIRS are folders of studies or runs; every finished run below them is taken. Several studies
    are laid side by side. Prints the path of the page.
    """
    if not dirs and not paper:
        raise click.UsageError("give the folder of a study or of runs, or --paper")
    from echoic.report.build import build

    click.echo(build(dirs, out, paper=paper))
