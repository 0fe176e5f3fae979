"""`echoic study`: run and watch a study."""

from pathlib import Path

import click

folder = click.option("--out", type=click.Path(path_type=Path), required=True, help="Its folder.")
file = click.argument("study", type=click.Path(path_type=Path))


@click.group()
def command() -> None:
    """Run and watch a study."""


@command.command()
@file
@folder
def run(study: Path, out: Path) -> None:
    """Do everything that is still missing of STUDY (a TOML file)."""
    from echoic.study_file import read_study

    run_visibly(read_study(study), out)


@command.command()
@file
@folder
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def status(study: Path, out: Path, as_json: bool) -> None:
    """Show which stages are done, and what they took."""
    import json

    from echoic.study.run import status as study_status
    from echoic.study_file import read_study

    rows = study_status(read_study(study), out)
    if as_json:
        click.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        took = f"{row['seconds']:8.1f} s {row['peak_rss_mib']:6d} MiB" if "seconds" in row else ""
        click.echo(f"{row['state']:5} {row['stage']:60} {took}")


def run_visibly(study: "Study", out: Path) -> None:  # type: ignore[name-defined]  # noqa: F821
    """Run a study with a progress bar for each stage, then say where the report is."""
    from collections import defaultdict

    from echoic.cli.progress import progress_line
    from echoic.records import read_jsonl
    from echoic.study.run import STAGES, run_study

    page = run_study(
        study, out, lambda number, total, name: progress_line(f"[{number}/{total}] {name}")
    )
    spent: dict[str, float] = defaultdict(float)
    peak = 0
    for _, row in read_jsonl(out / STAGES):
        spent[row["kind"]] += row["seconds"]
        peak = max(peak, row["peak_rss_mib"])
    whole = sum(spent.values()) or 1.0
    for kind, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        click.echo(f"{kind:16} {seconds:8.1f} s {100 * seconds / whole:5.1f} %")
    disk = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 2**20
    click.echo(f"{'all':16} {whole:8.1f} s, peak memory {peak} MiB, {disk:.0f} MiB on disk")
    click.echo(f"report: {page}")
