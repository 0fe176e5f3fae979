"""What the commands of `echoic analyse` share: which runs, where JSON goes, how numbers look."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from echoic.analysis.differences import Difference
    from echoic.analysis.intervals import Estimate, Proportion
    from echoic.analysis.responses import Responses
    from echoic.report.runs import Run
    from echoic.verdict import Verdict


class NewFile(click.Path):
    """A file to be written, refused before any work when it exists: nothing is overwritten."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        """The path. Raises OutputRefused when something is there."""
        from echoic.errors import OutputRefused

        path = Path(value)
        if path.exists():
            raise OutputRefused(f"{path}: exists already; remove it or choose another place")
        return path


json_option = click.option("--json", "out", type=NewFile(), help="Write the results here.")
benchmark_option = click.option("--benchmark", help="Which benchmark's, where there are several.")


def write(out: Path | None, record: Mapping[str, Any]) -> None:
    """Write the JSON where one is wanted."""
    from echoic.records import write_json

    if out is not None:
        write_json(out, record)


@dataclass(frozen=True)
class Asked:
    """What the commands over runs are asked: which runs, and where JSON goes."""

    dirs: tuple[Path, ...]
    benchmark: str | None
    mode: str | None
    answering: str | None
    out: Path | None

    def one_evaluation(self) -> "dict[str, tuple[Verdict, ...]]":
        """Verdicts of each run of the one evaluation, by name."""
        from echoic.report.choice import one_evaluation

        found = one_evaluation(self.dirs, self.benchmark, self.mode, self.answering)
        if len({run.answering for run in found.values()}) > 1:
            click.echo(
                "answered in words and by likelihood: each is a system of its own; --answering "
                "takes one of them",
                err=True,
            )
        return {name: run.scored for name, run in found.items()}

    def table(self) -> "Responses":
        """The same as systems by questions, and how many of each there are."""
        from echoic.analysis.responses import responses
        from echoic.report.labels import place, places

        runs = self.one_evaluation()
        names = places(verdict for some in runs.values() for verdict in some)
        found = responses(
            {
                run: [replace(verdict, subcategory=names[place(verdict)]) for verdict in some]
                for run, some in runs.items()
            }
        )
        most = max(len({verdict.question for verdict in some}) for some in runs.values())
        if (shared := len(found.questions)) < most:
            click.echo(
                f"only the {shared} questions that all {len(runs)} systems were asked count, of "
                f"{most}",
                err=True,
            )
        return found

    def all_runs(self) -> "list[Run]":
        """Every finished run of what was chosen (all, when nothing was), controls too."""
        from echoic.report.choice import chosen

        return chosen(self.dirs, self.benchmark, self.mode, self.answering)

    def write(self, record: Mapping[str, Any]) -> None:
        """Write the JSON where one is wanted."""
        write(self.out, record)


def over_runs(function: Callable[..., None]) -> Callable[..., None]:
    """The arguments and options of a command over finished runs."""
    for option in (
        json_option,
        click.option("--answering", type=click.Choice(["free", "likelihood"])),
        click.option("--mode", type=click.Choice(["text", "cascade", "audio"])),
        benchmark_option,
        click.argument("dirs", nargs=-1, required=True, type=click.Path(path_type=Path)),
    ):
        function = option(function)
    return function


def percent(share: "Proportion") -> str:
    """A share with its Wilson interval."""
    from echoic.analysis.intervals import tenths

    low, high = share.interval()
    return f"{tenths(share.share)}% [{tenths(low)}, {tenths(high)}]"


def points(estimate: "Estimate | None") -> str:
    """A difference with its interval, or why there is none."""
    if estimate is None:
        return "all questions on one clip: no interval"
    value = _signed(estimate.value)
    if estimate.low == estimate.high:
        return f"{value} points, all alike: no interval"
    return f"{value} points [{_signed(estimate.low)}, {_signed(estimate.high)}]"


def _signed(share: float) -> str:
    from echoic.analysis.intervals import tenths

    text = tenths(share)
    return text if text.startswith("-") else f"+{text}"


def difference_lines(found: "Sequence[Difference]") -> list[str]:
    """Differences between scores of tables, one line each."""
    lines = []
    for one in found:
        interval = "no interval: n not stated"
        if one.low is not None and one.high is not None:
            interval = f"[{one.low:+.1f}, {one.high:+.1f}]"
        lines.append(
            f"{one.metric}  {one.kind}: {one.first} - {one.second}  {one.points:+.1f} {interval}"
        )
    return lines


def counted(share: "Proportion") -> dict[str, float]:
    """A share as JSON: fractions, with the counts behind them."""
    low, high = share.interval()
    return {"n": share.n, "correct": share.correct, "accuracy": share.share, "low": low,
            "high": high}  # fmt: skip
