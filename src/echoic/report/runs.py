"""Reading back what the evaluations, the training and the stages left on disk.

A run folder holds `run.json` and `verdicts.jsonl`; it is found by its `run.json`, wherever it lies
below the folders given. A run without verdicts was not finished and is reported as such.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from echoic.errors import BadRecord, NoData
from echoic.models.backbone import family
from echoic.records import read_json, read_jsonl
from echoic.seed import read_targets
from echoic.verdict import Verdict, read_verdicts

TYPE_SUBCATEGORY = "type"  # "what kind of audio is this?": nearly every model answers it
TRAINING_SEED = re.compile(r"-s(\d+)$")
NEEDED = ("mode", "benchmark", "model", "answering", "rule")


@dataclass(frozen=True)
class Run:
    """One evaluation: what was asked, how, and the verdicts."""

    folder: Path
    facts: Mapping[str, Any]
    verdicts: tuple[Verdict, ...]

    def text(self, key: str) -> str:
        """A value of run.json as text, "" when absent."""
        value = self.facts.get(key)
        return "" if value is None else str(value)

    @property
    def mode(self) -> str:
        """text, cascade or audio."""
        return self.text("mode")

    @property
    def control(self) -> str:
        """ "" for the evaluation itself, else the name of the control."""
        return self.text("control")

    @property
    def benchmark(self) -> str:
        """The benchmark's name."""
        return self.text("benchmark")

    @property
    def backbone(self) -> str:
        """The text LLM under test: what links a model's three evaluations."""
        return self.text("backbone") or self.text("model")

    @property
    def related(self) -> bool:
        """Whether a model of the backbone's family wrote or reviewed questions of the benchmark."""
        return family(self.backbone) in self.facts.get("families", ())

    @property
    def recipe(self) -> str:
        """The training recipe of an LALM, else ""; without the seed it was trained with."""
        return TRAINING_SEED.sub("", self.text("recipe"))

    @property
    def training_seed(self) -> str:
        """The seed at the end of a recipe's label (`paper-s2`) in studies of several, else ""."""
        found = TRAINING_SEED.search(self.text("recipe"))
        return found[1] if found else ""

    @property
    def captioner(self) -> str:
        """Who wrote the captions of a cascade, else ""."""
        return self.text("captioner")

    @property
    def answering(self) -> str:
        """free or likelihood."""
        return self.text("answering")

    @property
    def rule(self) -> str:
        """The rule whose verdict counts."""
        return self.text("rule")

    @property
    def prompt(self) -> Mapping[str, Any]:
        """Name and hash of the prompt."""
        value = self.facts.get("prompt")
        return value if isinstance(value, Mapping) else {"name": value or ""}

    @property
    def prompt_name(self) -> str:
        """The prompt's name."""
        return str(self.prompt.get("name", ""))

    @property
    def seed(self) -> str:
        """The run's seed."""
        return self.text("seed")

    @cached_property
    def scored(self) -> tuple[Verdict, ...]:
        """The verdicts of the main average: with audio, type-of-audio questions are left out."""
        if self.mode == "text":
            return self.verdicts
        return tuple(v for v in self.verdicts if v.subcategory != TYPE_SUBCATEGORY)

    @cached_property
    def type_questions(self) -> tuple[Verdict, ...]:
        """The verdicts on type-of-audio questions; none in text mode."""
        if self.mode == "text":
            return ()
        return tuple(v for v in self.verdicts if v.subcategory == TYPE_SUBCATEGORY)


@dataclass(frozen=True)
class Training:
    """One training: loss by step, wall time in seconds, trainable parameters."""

    recipe: str
    backbone: str
    seed: str
    steps: tuple[int, ...]
    losses: tuple[float, ...]
    seconds: float | None
    parameters: int | None
    named: float | None


@dataclass(frozen=True)
class Stage:
    """One stage of the study: wall time in seconds, peak resident memory in MiB.

    Stages of one `kind` do the same for different models; it is the name where none is stated.
    """

    name: str
    kind: str
    seconds: float
    peak_rss_mib: float | None


@dataclass(frozen=True)
class Fidelity:
    """How much of the seeds a file of targets names: mean share over `n` targets, 0 to 1."""

    name: str
    n: int
    named: float


@dataclass(frozen=True)
class Material:
    """All that was found below the folders of a report."""

    runs: tuple[Run, ...]
    unfinished: tuple[Path, ...] = ()
    trainings: tuple[Training, ...] = ()
    stages: tuple[Stage, ...] = ()
    fidelity: tuple[Fidelity, ...] = field(default=())


def read_material(dirs: Sequence[Path]) -> Material:
    """Everything below `dirs`. Raises BadRecord on a faulty file, NoData when no run is there."""
    for folder in dirs:
        if not folder.is_dir():
            raise BadRecord(f"{folder}: no such folder; give the folder of a study or of a run")
    runs: list[Run] = []
    unfinished: list[Path] = []
    for path in _below(dirs, "run.json"):
        facts = _facts(path)
        if facts.get("keyed") is False:  # complete, and nothing to report: no key, no verdicts
            continue
        verdicts = path.with_name("verdicts.jsonl")
        found = tuple(read_verdicts(verdicts)) if verdicts.exists() else ()
        if found:
            runs.append(Run(path.parent, facts, found))
        else:
            unfinished.append(path.parent)
    begun = [path.parent for path in _below(dirs, "task.json")]
    unfinished += [folder for folder in begun if not (folder / "run.json").exists()]
    if not runs:
        places = ", ".join(map(str, dirs))
        raise NoData(f"{places}: no finished run (run.json with verdicts.jsonl) below; run one")
    return Material(
        runs=tuple(runs),
        unfinished=tuple(unfinished),
        trainings=tuple(map(_training, _below(dirs, "train.json"))),
        stages=tuple(stage for path in _below(dirs, "stages.jsonl") for stage in _stages(path)),
        fidelity=_fidelity(dirs),
    )


def _below(dirs: Sequence[Path], pattern: str) -> list[Path]:
    """Matching files below all folders, each once; hidden (half-written) folders are left out."""
    found = {
        path.resolve(): path
        for folder in dirs
        for path in folder.rglob(pattern)
        if not any(part.startswith(".") for part in path.relative_to(folder).parts)
    }
    return [found[key] for key in sorted(found)]


def _facts(path: Path) -> Mapping[str, Any]:
    facts = read_json(path)
    if not isinstance(facts, dict):
        raise BadRecord(f"{path}: a {type(facts).__name__}, not the JSON object of a run")
    missing = [key for key in NEEDED if not facts.get(key)]
    if missing:
        raise BadRecord(f"{path}: no {missing[0]!r}; run this evaluation again")
    return facts


def _training(path: Path) -> Training:
    facts = read_json(path)
    try:
        curve = [(int(point["step"]), float(point["loss"])) for point in facts["steps"]]
        return Training(
            recipe=str(facts["recipe"]),
            backbone=str(facts["backbone"]),
            seed="" if facts.get("seed") is None else str(facts["seed"]),
            steps=tuple(step for step, _ in curve),
            losses=tuple(loss for _, loss in curve),
            seconds=_optional(facts, "seconds"),
            parameters=None if facts.get("parameters") is None else int(facts["parameters"]),
            named=_optional(facts, "named"),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BadRecord(f"{path}: no training record: {error!r}; train again") from error


def _stages(path: Path) -> list[Stage]:
    """The stages of one file; a stage that was taken up again has its times added."""
    stages: dict[str, Stage] = {}
    for number, row in read_jsonl(path):
        try:
            name, seconds = str(row["stage"]), float(row["seconds"])
            kind = str(row.get("kind") or name)
            peak = _optional(row, "peak_rss_mib")
        except (KeyError, TypeError, ValueError) as error:
            raise BadRecord(f"{path}:{number}: no stage: {error!r}") from error
        before = stages.get(name, Stage(name, kind, 0.0, None))
        stages[name] = merged(name, kind, [before, Stage(name, kind, seconds, peak)])
    return list(stages.values())


def merged(name: str, kind: str, stages: Sequence[Stage]) -> Stage:
    """Several stages as one: times added, the highest peak."""
    peaks = [stage.peak_rss_mib for stage in stages if stage.peak_rss_mib is not None]
    return Stage(name, kind, sum(stage.seconds for stage in stages), max(peaks, default=None))


def _optional(row: Mapping[str, Any], key: str) -> float | None:
    return None if row.get(key) is None else float(row[key])


def _fidelity(dirs: Sequence[Path]) -> tuple[Fidelity, ...]:
    """Share of seed attributes named, for every file of targets below a folder `targets`."""
    found = []
    for path in _below(dirs, "targets/**/*.jsonl"):
        first = next(read_jsonl(path), (0, {}))[1]
        if "named" not in first or "response" not in first:
            continue  # a journal of replies beside the targets
        shares = [target.named for target in read_targets(path)]
        name = path.with_suffix("").as_posix().rpartition("targets/")[2]
        found.append(Fidelity(name, len(shares), sum(shares) / len(shares)))
    return tuple(found)
