"""What a study will take and what of it is there already, before anything is spent."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echoic.models.catalogue import embedded
from echoic.models.prices import Prices
from echoic.models.store import store
from echoic.study import arithmetic, identity, money
from echoic.study.assumptions import assumed
from echoic.study.estimate import Estimate, Estimator, Load
from echoic.study.foresight import Foresight
from echoic.study.names import weights_of
from echoic.study.rates import Rates, measured, opening, read_rates, seconds
from echoic.study.stage import Captioning, Rendering, Stage, Training
from echoic.study.stages import embedded_names, stages
from echoic.study.watch import is_done, rows_of
from echoic.study_file import Study
from echoic.training.progress import steps_done

MIB, HOUR_S = 2**20, 3600
BYTES_A_PARAMETER = 2  # open weights as they are published


@dataclass(frozen=True)
class Row:
    """A stage of the plan: what it takes in all, and the share (0 to 1) that is there already.

    `dollars` and `seconds` are None where they are unknown.
    """

    estimate: Estimate
    share: float
    dollars: float | None
    seconds: float | None

    @property
    def state(self) -> str:
        """ "done", "to do", or how much of it is there."""
        if self.share in (0.0, 1.0):
            return "done" if self.share else "to do"
        return f"{100 * self.share:.0f} %"

    def to_record(self) -> dict[str, Any]:
        """As a JSON object."""
        e = self.estimate
        return {
            "stage": e.stage.name,
            "kind": e.stage.kind,
            "state": self.state,
            "share_done": round(self.share, 4),
            "questions": e.questions,
            "calls": sum(load.calls for load in e.loads),
            "tokens_in": round(sum(load.tokens_in for load in e.loads)),
            "tokens_out": round(sum(load.tokens_out for load in e.loads)),
            "models": [load.call.model for load in e.loads],
            "dollars": None if self.dollars is None else round(self.dollars, 4),
            "seconds": None if self.seconds is None else round(self.seconds, 1),
            "gpu_hours": round(e.gpu_s / HOUR_S, 3),
            "disk_mib": round(e.disk_bytes / MIB, 1),
        }


@dataclass(frozen=True)
class Plan:
    """All rows, what they add up to, and what was taken for want of knowledge."""

    rows: Sequence[Row]
    guesses: Sequence[str]
    timed: bool
    to_fetch_mib: float
    weights_gib: float
    spent: float
    prices: Prices
    budget: float | None

    def dollars(self, *, left: bool = False) -> dict[str, float]:
        """Dollars by provider; with `left` those that are still to be spent."""
        found: dict[str, float] = defaultdict(float)
        for row in self.rows:
            for load in row.estimate.loads:
                cost = load_dollars(load, self.prices)
                if load.call.remote and cost is not None:
                    found[load.call.provider] += cost * (1 - row.share if left else 1)
        return dict(found)

    @property
    def unpriced(self) -> list[str]:
        """Remote models without a known price."""
        loads = [load for row in self.rows for load in row.estimate.loads]
        return sorted(
            {load.call.model for load in loads if load_dollars(load, self.prices) is None}
        )

    def seconds(self, *, left: bool = False) -> float:
        """Seconds of all stages whose pace is known, one after the other."""
        return sum((row.seconds or 0.0) * (1 - row.share if left else 1) for row in self.rows)

    def untimed(self, *, left: bool = False) -> list[str]:
        """Stages whose pace is not known; with `left` those that are not done yet."""
        rows = [row for row in self.rows if row.seconds is None]
        return [row.estimate.stage.name for row in rows if not (left and row.share == 1.0)]

    def to_record(self) -> dict[str, Any]:
        """As a JSON object."""
        rows = [row.to_record() for row in self.rows]
        gpu: dict[str, float] = defaultdict(float)
        for row in self.rows:
            gpu[row.estimate.stage.kind] += row.estimate.gpu_s / HOUR_S
        summed = ("calls", "tokens_in", "tokens_out", "disk_mib")
        totals = {key: sum(row[key] for row in rows) for key in summed}
        return {
            "stages": rows,
            "total": {
                **totals,
                "dollars": {name: round(value, 2) for name, value in self.dollars().items()},
                "dollars_left": round(sum(self.dollars(left=True).values()), 2),
                "dollars_spent": round(self.spent, 4),
                "budget": self.budget,
                "unpriced": self.unpriced,
                "prices": self.prices.date,
                "seconds": round(self.seconds(), 1) if self.timed else None,
                "seconds_left": round(self.seconds(left=True), 1) if self.timed else None,
                "untimed": self.untimed(),
                "gpu": assumed()["gpu"]["name"],
                "gpu_hours": {kind: round(value, 2) for kind, value in gpu.items() if value},
                "to_fetch_mib": self.to_fetch_mib,
                "weights_gib": round(self.weights_gib, 1),
            },
            "guesses": list(self.guesses),
        }


def load_dollars(load: Load, prices: Prices) -> float | None:
    """What a load costs at list prices; 0 for what runs here, None where no price is known."""
    if not load.call.remote:
        return 0.0
    listed = prices.of(load.call.model)
    if listed is None:
        return None
    return listed.dollars(round(load.tokens_in), round(load.tokens_out), audio=load.audio)


def make_plan(study: Study, root: Path) -> Plan:
    """The plan of a study whose folder is (or will be) `root`; nothing is written or fetched.

    Raises OutputRefused when `root` holds another study, whose replies are none of this one's.
    """
    identity.check(study, root)
    foresight = Foresight(study, root)
    estimator = Estimator(foresight)
    estimates = [estimator.of(stage) for stage in stages(study, root)]
    rates, prices = known_rates(study, root, estimates), money.prices(study)
    rows = rows_of(root)
    found = [
        Row(estimate, share_done(estimate, rows), stage_dollars(estimate, prices),
            seconds(estimate, rates, opens=opens))
        for estimate, opens in opening(estimates)
    ]  # fmt: skip
    missing = [embedded()[name] for name in embedded_names(study) if not store().has(name)]
    open_weights = {weights_of(name) for name in study.backbones} - set(embedded())
    return Plan(
        rows=found,
        guesses=sorted(foresight.guesses),
        timed=bool(rates),
        to_fetch_mib=sum(item.size_mb for item in missing),
        weights_gib=sum(map(arithmetic.parameters, open_weights)) * BYTES_A_PARAMETER / 2**30,
        spent=money.spent(study, (estimate.stage for estimate in estimates)),
        prices=prices,
        budget=study.budget,
    )


def known_rates(study: Study, root: Path, estimates: Sequence[Estimate]) -> Rates:
    """Rates of the calibration run, and over them those of the study's own stages."""
    return {**read_rates(root), **measured(estimates, rows_of(root))}


def stage_dollars(estimate: Estimate, prices: Prices) -> float | None:
    """What a stage costs at list prices; None where a price is unknown."""
    costs = [load_dollars(load, prices) for load in estimate.loads]
    return None if None in costs else sum(cost or 0.0 for cost in costs)


def share_done(estimate: Estimate, rows: Mapping[str, Any]) -> float:
    """The share of a stage, 0 to 1, that is there already."""
    stage = estimate.stage
    if is_done(stage, rows):
        return 1.0
    if estimate.loads:
        wanted = sum(load.calls for load in estimate.loads)
        there = sum(min(load.calls, len(money.replies(load.call))) for load in estimate.loads)
        return min(there / max(1, wanted), 0.99)  # what is left is grading and writing
    there = _pieces(stage)
    key = "train" if isinstance(stage.work, Training) else ""
    return min(there / max(1.0, estimate.units.get(key, 0.0)), 0.99)


def _pieces(stage: Stage) -> int:
    """Clips rendered or captioned, steps trained."""
    work = stage.work
    if isinstance(work, Rendering):
        return sum(1 for _ in stage.makes.parent.glob("*-audios/*.wav"))
    if isinstance(work, Captioning) and work.out.exists():
        return work.out.read_bytes().count(b"\n")
    if isinstance(work, Training):
        return steps_done(work.out)
    return 0
