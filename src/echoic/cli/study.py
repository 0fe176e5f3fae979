"""`echoic study`: plan, run and watch a study."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from echoic.study_file import Study

folder = click.option("--out", type=click.Path(path_type=Path), required=True, help="Its folder.")
file = click.argument("study", type=click.Path(path_type=Path))
json_flag = click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
jobs_option = click.option(
    "--jobs",
    type=click.IntRange(min=1),
    default=4,
    show_default=True,
    help="Processes at once: one for this machine's models, the others wait for remote ones.",
)


@click.group()
def command() -> None:
    """Plan, run and watch a study."""


@command.command()
@file
@folder
@click.option("--calibrate", is_flag=True, help="First time each kind of local stage, in miniature "
              "(about a minute a backbone for the embedded ones).")  # fmt: skip
@json_flag
def plan(study: Path, out: Path, calibrate: bool, as_json: bool) -> None:
    """Tell what STUDY (a TOML file) will take, before anything is spent.

    Questions, calls, tokens, dollars, time and disk for each stage and in all, and what of it is
    there already in --out. Nothing is asked or fetched, unless with --calibrate.
    """
    import json

    from echoic.cli.progress import stage_line
    from echoic.cli.study_show import plan_lines
    from echoic.study.calibrate import calibrate as run_calibration
    from echoic.study.plan import make_plan
    from echoic.study_file import read_study

    read = read_study(study)
    if calibrate:
        run_calibration(read, out, stage_line)
    made = make_plan(read, out).to_record()
    click.echo(json.dumps(made, indent=2) if as_json else "\n".join(plan_lines(made)))


@command.command()
@file
@folder
@jobs_option
def run(study: Path, out: Path, jobs: int) -> None:
    """Do everything that is still missing of STUDY (a TOML file)."""
    from echoic.study_file import read_study

    run_visibly(read_study(study), out, jobs)


@command.command()
@file
@folder
@json_flag
def status(study: Path, out: Path, as_json: bool) -> None:
    """Show how far a study is, who runs it, and what it has cost."""
    import json

    from echoic.cli.study_show import status_lines
    from echoic.study.status import status as study_status
    from echoic.study_file import read_study

    found: dict[str, Any] = study_status(read_study(study), out)
    click.echo(json.dumps(found, indent=2) if as_json else "\n".join(status_lines(found)))


def run_visibly(study: "Study", out: Path, jobs: int = 1) -> None:
    """Run a study with a progress bar for each stage, then say where the report is."""
    from collections import defaultdict

    from echoic.cli.progress import stage_line
    from echoic.study.run import run_study
    from echoic.study.stages import stages
    from echoic.study.watch import rows_of, unanswered

    page = run_study(study, out, stage_line, jobs=jobs)
    spent: dict[str, float] = defaultdict(float)
    peak = 0
    for row in rows_of(out).values():
        spent[row["kind"]] += row["seconds"]
        peak = max(peak, row.get("peak_rss_mib", 0))
    whole = sum(spent.values()) or 1.0
    for kind, seconds in sorted(spent.items(), key=lambda item: -item[1]):
        click.echo(f"{kind:16} {seconds:8.1f} s {100 * seconds / whole:5.1f} %")
    disk = sum(path.stat().st_size for path in out.rglob("*") if path.is_file()) / 2**20
    click.echo(f"{'all':16} {whole:8.1f} s, peak memory {peak} MiB, {disk:.0f} MiB on disk")
    click.echo(f"report: {page}")
    failed = sum(len(unanswered(stage)) for stage in stages(study, out))
    if failed:
        told = (
            "1 request failed and counts" if failed == 1 else f"{failed} requests failed and count"
        )
        again = "it" if failed == 1 else "them"
        click.echo(f"{told} as wrong; the same command asks {again} again (run.json says which and "
                   "why)", err=True)  # fmt: skip
