"""`echoic demo`: the whole embedded study, offline."""

from pathlib import Path

import click


@click.command()
@click.option("--out", type=click.Path(path_type=Path), help="[default: runs/demo or runs/quick]")
@click.option("--quick", is_flag=True, help="A few minutes: every part, too small to learn much.")
def command(out: Path | None, quick: bool) -> None:
    """Run all three evaluations on small embedded models and write a report.

    Fetches the models, renders clips with known truth, asks both backbones (knowledge, cascade),
    trains an LALM from each and asks that too. Kill it anywhere; the same command goes on. At full
    scale the backbones are 4 to 14 billion parameters, the encoder is Whisper-large-v3, the clips
    are real recordings, and training takes GPU days.
    """
    import echoic.study
    from echoic.cli.study import run_visibly
    from echoic.study_file import read_study

    study = read_study(Path(echoic.study.__path__[0], "quick.toml" if quick else "embedded.toml"))
    run_visibly(study, out or Path("runs", "quick" if quick else "demo"))
