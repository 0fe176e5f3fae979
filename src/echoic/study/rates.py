"""How fast this machine is, from stages that were run: seconds a unit of a stage's work."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from echoic.evals.plan import PROVIDER_OPTIONS
from echoic.records import read_json
from echoic.study.estimate import Estimate
from echoic.study.foresight import CALIBRATION
from echoic.study.stage import Asking, Captioning, Distilling, Stage, Training


@dataclass(frozen=True)
class Rate:
    """Seconds to get ready (load a model), and by phase seconds a unit (`Estimate.units`)."""

    ready_s: float
    phases: Mapping[str, float] = field(default_factory=dict)


Rates = Mapping[str, Rate]
"""By what is alike fast (`pace`)."""


def pace(stage: Stage) -> str:
    """What stages have in common that are alike fast."""
    work = stage.work
    if isinstance(work, Asking):
        recipe = work.recipe.partition("-s")[0]
        return " ".join(p for p in (work.mode, work.answering, work.backbone, recipe) if p)
    if isinstance(work, Captioning):
        return f"caption {work.captioner}"
    if isinstance(work, Distilling):
        return f"distill {work.backbone}"
    if isinstance(work, Training):
        return f"train {work.recipe.name} {work.backbone}"
    return stage.kind


def measured(estimates: Iterable[Estimate], rows: Mapping[str, Mapping[str, Any]]) -> Rates:
    """Rates of the stages that have a row in the journal of stages, means over stages alike."""
    ready: dict[str, list[float]] = defaultdict(list)
    seconds: dict[tuple[str, str], float] = defaultdict(float)
    units: dict[tuple[str, str], float] = defaultdict(float)
    for estimate, opens in opening(estimates):
        row = rows.get(estimate.stage.name)
        if not row or "phases" not in row:
            continue
        name = pace(estimate.stage)
        if opens:
            ready[name].append(row["ready_s"])
        for phase, (took, done, total) in row["phases"].items():
            seconds[name, phase] += took
            units[name, phase] += estimate.units.get(phase, 0.0) * done / max(1, total)
    names = {*ready, *(name for name, _ in seconds)}
    return {
        name: Rate(
            sum(ready[name]) / max(1, len(ready[name])),
            {
                phase: took / units[key]
                for key, took in seconds.items()
                if key[0] == name and units[key]
                for phase in [key[1]]
            },
        )
        for name in names
    }


def opening(estimates: Iterable[Estimate]) -> Iterator[tuple[Estimate, bool]]:
    """Each estimate, and whether its stage loads a model: the last one asked stays loaded."""
    loaded: tuple[Any, ...] = ()
    for estimate in estimates:
        work = estimate.stage.work
        if not isinstance(work, Asking):
            yield estimate, True
            continue
        wanted = (work.model, work.answering, tuple(PROVIDER_OPTIONS.get(work.control, {})))
        yield estimate, wanted != loaded
        loaded = wanted


def seconds(estimate: Estimate, rates: Rates, *, opens: bool) -> float | None:
    """What a stage takes; None where nothing like it was timed."""
    if not estimate.units:
        return 0.0
    rate = rates.get(pace(estimate.stage))
    if rate is None:
        return None
    found = rate.ready_s if opens else 0.0
    for phase, units in estimate.units.items():
        if units and phase not in rate.phases:
            return None
        found += units * rate.phases.get(phase, 0.0)
    return found


def read_rates(root: Path) -> Rates:
    """The rates of the calibration run below `root`; none when there was none."""
    path = root / CALIBRATION
    if not path.exists():
        return {}
    return {name: Rate(**row) for name, row in read_json(path)["rates"].items()}
