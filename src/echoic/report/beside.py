"""What training, stages and distillation left on disk beside the runs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from echoic.errors import BadRecord
from echoic.records import read_json, read_jsonl
from echoic.seed import read_targets


@dataclass(frozen=True)
class Training:
    """One training: loss by step, wall time of these steps in seconds, trainable parameters.

    `warmup` counts the steps of the connector alone that came before, `cut` of `targets` the
    responses that did not fit; None where the record does not say.
    """

    recipe: str
    backbone: str
    seed: str
    steps: tuple[int, ...]
    losses: tuple[float, ...]
    seconds: float | None
    parameters: int | None
    named: float | None
    warmup: int | None
    targets: int | None
    cut: int | None


@dataclass(frozen=True)
class Stage:
    """One stage of the study: wall time in seconds, peak resident memory in MiB.

    Stages of one `kind` do the same for different models; it is the name where none is stated.
    `usage` is what chat models that wrote captions took, by model (`engine.accounting.usage`).
    """

    name: str
    kind: str
    seconds: float
    peak_rss_mib: float | None
    usage: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Fidelity:
    """How much of the seeds a file of targets names: mean share over `n` targets, 0 to 1."""

    name: str
    n: int
    named: float


def of_study(name: str, study: str) -> str:
    """A name with the study it belongs to behind it, "" for the only one."""
    return f"{name} [{study}]" if study else name


def read_training(path: Path, study: str = "") -> Training:
    """A `train.json`. Raises BadRecord."""
    facts = read_json(path)
    try:
        curve = [(int(point["step"]), float(point["loss"])) for point in facts["steps"]]
        return Training(
            recipe=str(facts["recipe"]),
            backbone=of_study(str(facts["backbone"]), study),
            seed="" if facts.get("seed") is None else str(facts["seed"]),
            steps=tuple(step for step, _ in curve),
            losses=tuple(loss for _, loss in curve),
            seconds=_optional(facts, "seconds"),
            parameters=_count(facts, "parameters"),
            named=_optional(facts, "named"),
            warmup=_count(facts, "warmup_steps"),
            targets=_count(facts, "examples"),
            cut=_count(facts, "cut"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRecord(f"{path}: no training record: {error!r}; train again") from error


def read_stages(path: Path, study: str = "") -> list[Stage]:
    """The stages of one file; a stage that was taken up again has its times added."""
    stages: dict[str, Stage] = {}
    for number, row in read_jsonl(path):
        try:
            name, seconds = str(row["stage"]), float(row["seconds"])
            kind = of_study(str(row.get("kind") or name), study)
            name = of_study(name, study)
            peak = _optional(row, "peak_rss_mib")
            used = {of_study(model, study): told for model, told in row.get("usage", {}).items()}
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise BadRecord(f"{path}:{number}: no stage: {error!r}") from error
        before = stages.get(name, Stage(name, kind, 0.0, None))
        stages[name] = merged(name, kind, [before, Stage(name, kind, seconds, peak, used)])
    return list(stages.values())


def merged(name: str, kind: str, stages: Sequence[Stage]) -> Stage:
    """Several stages as one: times added, the highest peak, the last usage of each model."""
    peaks = [stage.peak_rss_mib for stage in stages if stage.peak_rss_mib is not None]
    used = {model: told for stage in stages for model, told in stage.usage.items()}
    seconds = sum(stage.seconds for stage in stages)
    return Stage(name, kind, seconds, max(peaks, default=None), used)


def _optional(row: Mapping[str, Any], key: str) -> float | None:
    return None if row.get(key) is None else float(row[key])


def _count(row: Mapping[str, Any], key: str) -> int | None:
    return None if row.get(key) is None else int(row[key])


def read_fidelity(path: Path, study: str = "") -> Fidelity | None:
    """Share of seed attributes named in a file of targets; None for a journal of replies."""
    first = next(read_jsonl(path), (0, {}))[1]
    if "named" not in first or "response" not in first:
        return None
    shares = [target.named for target in read_targets(path)]
    name = path.with_suffix("").as_posix().rpartition("targets/")[2]
    return Fidelity(of_study(name, study), len(shares), sum(shares) / len(shares))
