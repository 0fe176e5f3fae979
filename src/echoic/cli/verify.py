"""`echoic verify`: do stored results follow from the replies stored beside them?"""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from echoic.errors import NotReproduced, OutputRefused

if TYPE_CHECKING:
    from echoic.evals.verify import Check


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("--json", "json_out", type=click.Path(path_type=Path), help="Write what was found.")
def command(folder: Path, json_out: Path | None) -> None:
    """Grade the stored replies of all runs at or below DIR again, and compare.

    Nothing is asked and nothing is changed. Prompts, settings and replies must belong together by
    their hashes, verdicts must be what the rules give, counts what the verdicts give. Ends with 1
    when something differs.
    """
    from echoic.evals.exchange.runs import find_runs
    from echoic.evals.verify import verify
    from echoic.records import write_json

    if json_out is not None and json_out.exists():
        raise OutputRefused(f"{json_out}: exists already; remove it or choose another place")
    checks = [verify(run) for run in find_runs(folder)]
    for check in checks:
        click.echo("\n".join(lines(check)))
    if json_out is not None:
        write_json(json_out, [check.to_record() for check in checks])
    differing = sum(bool(check.faults) for check in checks)
    if differing:
        raise NotReproduced(
            f"{folder}: {differing} of {len(checks)} runs differ from what is stored beside them, "
            "as listed; a changed file or another version of echoic may be why"
        )
    unseen = sum(not check.graded for check in checks)
    more = f"; {unseen} could not be graded again" if unseen else ""
    same = len(checks) - unseen
    click.echo(f"{same} {'run is' if same == 1 else 'runs are'} the same again{more}")


def lines(check: "Check") -> list[str]:
    """The run, its accuracy as stored, and what was found."""
    from echoic.evals.scores import score

    word = "DIFFERS" if check.faults else "same" if check.graded else "unseen"
    line = f"{word:<8} {check.run.label}"
    if check.verdicts:
        found = score(check.verdicts)
        line += f": {found.accuracy:.2f}% of {found.n} [{found.low:.2f}, {found.high:.2f}]"
    faults = [f"{'':<8} - {fault}" for fault in check.faults]
    return [line, *faults, *(f"{'':<8} ({note})" for note in check.notes)]
