"""`echoic world`: clips with known truth."""

from pathlib import Path

import click

TEST_SHARE = 6  # one clip in six is a test clip


@click.group()
def command() -> None:
    """Render clips with known truth."""


@command.command()
@click.option("--out", type=click.Path(path_type=Path), required=True, help="Folder to write.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option(
    "--size",
    type=click.IntRange(min=12),
    default=1800,
    show_default=True,
    help="Clips in all; a sixth of them is the test split.",
)
@click.option("--multilingual", is_flag=True, help="Also speak and ask about other languages.")
def render(out: Path, seed: int, size: int, multilingual: bool) -> None:
    """Render speech, music and sound with seeds and questions; go on if interrupted."""
    from echoic.cli.progress import progress_line
    from echoic.world.render import render as render_world

    test = size // TEST_SHARE
    render_world(
        out,
        seed=seed,
        train=size - test,
        test=test,
        multilingual=multilingual,
        progress=progress_line("rendering clips"),
    )
    click.echo(f"{out}: {size - test} training and {test} test clips")
