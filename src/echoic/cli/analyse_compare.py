"""`echoic analyse accuracy|grid|cascade-minus-audio|controls`: runs of a study side by side."""

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from echoic.cli.over_runs import (
    Asked,
    benchmark_option,
    counted,
    difference_lines,
    json_option,
    over_runs,
    percent,
    points,
    write,
)

if TYPE_CHECKING:
    from echoic.report.measures import Contrast, GridCell


@click.command("accuracy")
@over_runs
@click.option(
    "--by", type=click.Choice(["category", "subcategory"]), default="category", show_default=True
)
def accuracy_command(by: str, **asked: Any) -> None:
    """Accuracy of every run with its Wilson interval and counts, whole and by category."""
    from echoic.report.measures import accuracies

    request = Asked(**asked)
    found = accuracies(request.all_runs(), by)
    for row in found:
        click.echo(
            f"{row.run}  {row.benchmark} {row.mode}  {row.group}: {percent(row.right)}  "
            f"{row.right.correct:.10g} of {row.right.n}, unparsed {row.unparsed.correct}"
        )
    request.write(
        {
            "accuracies": [
                {"run": row.run, "benchmark": row.benchmark, "mode": row.mode, "group": row.group,
                 **counted(row.right), "unparsed": row.unparsed.correct}
                for row in found
            ]
        }
    )  # fmt: skip


@click.command("grid")
@benchmark_option
@json_option
@click.argument("dirs", nargs=-1, required=True, type=click.Path(path_type=Path))
def grid_command(dirs: tuple[Path, ...], benchmark: str | None, out: Path | None) -> None:
    """Every captioner with every backbone: accuracy of the cascades."""
    from echoic.report.measures import caption_grid

    found = caption_grid(Asked(dirs, benchmark, "cascade", None, out).all_runs())
    for name in dict.fromkeys(cell.benchmark for cell in found):
        click.echo("\n".join(_grid([cell for cell in found if cell.benchmark == name])))
    cells = [
        {"benchmark": cell.benchmark, "backbone": cell.backbone, "captioner": cell.captioner,
         **counted(cell.right)}
        for cell in found
    ]  # fmt: skip
    write(out, {"cells": cells})


def _grid(cells: "Sequence[GridCell]") -> list[str]:
    """Backbones as rows, captioners as columns."""
    captioners = sorted({cell.captioner for cell in cells})
    rows = [(cells[0].benchmark, *captioners)]
    for backbone in sorted({cell.backbone for cell in cells}):
        own = {cell.captioner: cell for cell in cells if cell.backbone == backbone}
        rows.append(
            (backbone, *(f"{percent(own[c].right)} n={own[c].right.n}" if c in own else "-"
                         for c in captioners))
        )  # fmt: skip
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)).rstrip()
            for row in rows]  # fmt: skip


@click.command("cascade-minus-audio")
@benchmark_option
@json_option
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
def cascade_minus_audio_command(
    paths: tuple[Path, ...], benchmark: str | None, out: Path | None
) -> None:
    """What captions bring over the model's own ear, by model and domain.

    PATHS are folders of runs, compared question by question, or score tables (CSV), whose intervals
    take the two scores as independent.
    """
    if not all(path.is_dir() for path in paths):
        _over_tables(paths, benchmark, out)
        return
    from echoic.report.measures import cascade_minus_audio

    found = cascade_minus_audio(Asked(paths, benchmark, None, None, None).all_runs())
    for row in found:
        click.echo(f"{row.benchmark} {row.category}: {_contrast(row)}")
    write(out, {"differences": [asdict(row) for row in found]})


def _over_tables(paths: tuple[Path, ...], benchmark: str | None, out: Path | None) -> None:
    from echoic.analysis.differences import cascade_minus_audio
    from echoic.analysis.scores import backbones_only
    from echoic.report.scores import read_scores

    scores = backbones_only(read_scores(paths))
    found = cascade_minus_audio([score for score in scores if benchmark in (None, score.benchmark)])
    click.echo("\n".join(difference_lines(found)))
    write(out, {"differences": [asdict(one) for one in found]})


@click.command("controls")
@over_runs
def controls_command(**asked: Any) -> None:
    """Every run above its controls (no audio, another clip, options only), on shared questions."""
    from echoic.analysis.intervals import tenths
    from echoic.report.measures import above_controls

    request = Asked(**asked)
    found = above_controls(request.all_runs())
    for row in found:
        corrected = ""
        if row.corrected is not None:
            low, high = tenths(row.corrected.low), tenths(row.corrected.high)
            corrected = f"; above it {tenths(row.corrected.value)}% [{low}, {high}] of what is left"
        click.echo(f"{row.benchmark}  {_contrast(row)}{corrected}")
    request.write({"differences": [asdict(row) for row in found]})


def _contrast(row: "Contrast") -> str:
    n = "" if row.estimate is None else f" n={row.estimate.n}"
    return f"{row.first} - {row.second}{n}  {points(row.estimate)}"


COMMANDS = (accuracy_command, grid_command, cascade_minus_audio_command, controls_command)
