"""`echoic report`: tables, figures and one offline page."""

from pathlib import Path

import click


@click.command("report")
@click.argument("dirs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Folder of the report.")
def command(dirs: tuple[Path, ...], out: Path) -> None:
    """Tables, figures and one offline HTML file.

    DIRS are folders of studies or runs; every finished run below them is taken. Prints the path of
    the page.
    """
    from echoic.report.build import build

    click.echo(build(dirs, out))
