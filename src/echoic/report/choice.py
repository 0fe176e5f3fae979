"""Runs of one evaluation side by side, for statistics that need models on equal questions."""

from collections.abc import Sequence
from pathlib import Path

from echoic.errors import NoData, UnknownName
from echoic.report import labels
from echoic.report.contrasts import evaluations
from echoic.report.runs import Run, read_material


def chosen(
    dirs: Sequence[Path],
    benchmark: str | None = None,
    mode: str | None = None,
    answering: str | None = None,
) -> list[Run]:
    """The finished runs below `dirs` of a benchmark, mode and way of answering, controls too.

    None takes all.

    Raises NoData when there is none.
    """
    runs = [
        run
        for run in read_material(dirs).runs
        if benchmark in (None, run.benchmark)
        and mode in (None, run.mode)
        and answering in (None, run.answering)
    ]
    if not runs:
        raise NoData("no finished run of this benchmark, mode and answering is below the folders")
    return runs


def one_evaluation(
    dirs: Sequence[Path],
    benchmark: str | None = None,
    mode: str | None = None,
    answering: str | None = None,
) -> dict[str, Run]:
    """The finished runs below `dirs` of one benchmark and mode, controls left out, by their name.

    The name is the model's (with captioner or recipe), and how it was asked where two would share
    it. Raises UnknownName when several evaluations remain, naming the choices; NoData when none
    does.
    """
    runs = evaluations(chosen(dirs, benchmark, mode, answering))
    kinds = sorted({(run.benchmark, run.mode) for run in runs})
    if not kinds:
        raise NoData("only controls are below the folders; run the evaluation itself")
    if len(kinds) > 1:
        choices = "; ".join(f"--benchmark {b} --mode {m}" for b, m in kinds)
        raise UnknownName(f"runs of several evaluations: choose one of {choices}")
    named: dict[str, list[Run]] = labels.grouped(runs, labels.system)
    found: dict[str, Run] = {}
    for name, some in named.items():
        for run in some:
            key = labels.told_apart(name, run, some)
            if key in found:
                raise UnknownName(f"{found[key].folder} and {run.folder} hold the same run twice")
            found[key] = run
    return found
