"""Reading back the runs that the evaluations left on disk, and what lies beside them.

A run folder holds `run.json` and `verdicts.jsonl`; it is found by its `run.json`, wherever it lies
below the folders given. A run without verdicts was not finished and is reported as such. Replies
stay on disk: a verdict here has none, and `Run.graded` reads them again.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from echoic.analysis.scores import MODES
from echoic.errors import BadRecord, NoData
from echoic.evals.exchange.runs import RunFolder, files_below, run_label
from echoic.evals.run_folder import PREDICTIONS, RUN, TASK, VERDICTS
from echoic.models.backbone import family
from echoic.records import plain_name, read_json, read_jsonl
from echoic.report.beside import (
    Fidelity,
    Stage,
    Training,
    read_fidelity,
    read_stages,
    read_training,
)
from echoic.verdict import Verdict

TYPE_SUBCATEGORY = "type"  # "what kind of audio is this?": nearly every model answers it
TRAINING_SEED = re.compile(r"-s(\d+)$")
NEEDED = ("mode", "benchmark", "model", "answering", "rule")


@dataclass(frozen=True)
class Run(RunFolder):
    """One evaluation: what was asked, how, and the verdicts without their replies.

    `study` names the folder it came from where several studies are laid side by side, else "".
    """

    verdicts: tuple[Verdict, ...]
    study: str = ""

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
    def seed(self) -> str:
        """The run's seed."""
        return self.text("seed")

    @property
    def failed(self) -> int:
        """How many requests got no reply; they count as wrong, and as unparsed."""
        counts = self.facts.get("counts")
        return int(counts.get("failed") or 0) if isinstance(counts, Mapping) else 0

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
class Material:
    """All that was found below the folders of a report."""

    runs: tuple[Run, ...]
    unfinished: tuple[Path, ...] = ()
    keyless: tuple[Path, ...] = ()
    trainings: tuple[Training, ...] = ()
    stages: tuple[Stage, ...] = ()
    fidelity: tuple[Fidelity, ...] = ()

    @property
    def studies(self) -> list[str]:
        """The studies laid side by side, in the order given; none where there is one."""
        return list(dict.fromkeys(run.study for run in self.runs if run.study))


def read_material(dirs: Sequence[Path]) -> Material:
    """Everything below `dirs`. Raises BadRecord on a faulty file, NoData when no run is there.

    Several folders that are no runs themselves are studies to lay side by side.
    """
    for folder in dirs:
        if not folder.is_dir():
            raise BadRecord(f"{folder}: no such folder; give the folder of a study or of a run")
    runs: list[Run] = []
    unfinished: list[Path] = []
    keyless: list[Path] = []
    names, once = _study_names(dirs), _keeper()
    for path, folder in _below(dirs, RUN):
        facts = _facts(path)
        if facts.get("keyed") is False:  # complete, and without a key nothing can be scored
            keyless.append(path.parent)
            continue
        verdicts = path.with_name(VERDICTS)
        found = tuple(_slim(verdicts, once)) if verdicts.exists() else ()
        if found:
            label = run_label(path.parent, folder)
            runs.append(Run(path.parent, facts, label, found, names[folder]))
        else:
            unfinished.append(path.parent)
    begun = [path.parent for path, _ in _below(dirs, TASK)]
    unfinished += [folder for folder in begun if not (folder / RUN).exists()]
    if not runs:
        places = ", ".join(map(str, dirs))
        if keyless:
            raise NoData(
                f"{places}: only runs without a key are below, which cannot be scored; their "
                f"replies are in {keyless[0] / PREDICTIONS}"
            )
        raise NoData(f"{places}: no finished run (run.json with verdicts.jsonl) below; run one")
    if len({run.study for run in runs}) == 1:
        runs = [replace(run, study="") for run in runs]
        names = dict.fromkeys(dirs, "")
    else:
        runs = [replace(run, label=plain_name(f"{run.study}_{run.label}")) for run in runs]
    return Material(
        runs=tuple(runs),
        unfinished=tuple(unfinished),
        keyless=tuple(keyless),
        trainings=tuple(
            read_training(path, names[folder]) for path, folder in _below(dirs, "train.json")
        ),
        stages=tuple(
            stage
            for path, folder in _below(dirs, "stages.jsonl")
            for stage in read_stages(path, names[folder])
        ),
        fidelity=tuple(
            named
            for path, folder in _below(dirs, "targets/**/*.jsonl")
            if (named := read_fidelity(path, names[folder]))
        ),
    )


def _study_names(dirs: Sequence[Path]) -> dict[Path, str]:
    """Folder -> its name as a study, with as many parents as tell it from the others; "" where the
    folders are one study, or hold a run at their top."""
    if len(dirs) < 2 or any((folder / RUN).exists() for folder in dirs):
        return dict.fromkeys(dirs, "")
    parts = {folder: folder.resolve().parts for folder in dirs}
    for depth in range(1, max(map(len, parts.values())) + 1):
        names = {folder: "/".join(some[-depth:]) for folder, some in parts.items()}
        if len(set(names.values())) == len(set(parts.values())):
            break
    return names


def _below(dirs: Sequence[Path], pattern: str) -> list[tuple[Path, Path]]:
    """Matching files below all folders, each once, with the folder it was found below."""
    found: dict[Path, tuple[Path, Path]] = {}
    for folder in dirs:
        for path in files_below(folder, pattern):
            found.setdefault(path.resolve(), (path, folder))
    return list(found.values())


def _slim(path: Path, once: Callable[[Any], Any]) -> Iterator[Verdict]:
    """The verdicts of a file without replies; what repeats itself is held once."""
    for number, row in read_jsonl(path):
        if isinstance(row.get("reply"), str):
            row["reply"] = ""
        values = {key: once(value) for key, value in row.items()}
        yield Verdict.from_record(values, f"{path}:{number}")


def _keeper() -> Callable[[Any], Any]:
    """A function that returns the first value like its argument: equal texts are held once."""
    texts: dict[str, str] = {}
    rules: dict[str, Any] = {}

    def once(value: Any) -> Any:
        if isinstance(value, str):
            return texts.setdefault(value, value)
        return rules.setdefault(repr(value), value) if isinstance(value, dict) else value

    return once


def _facts(path: Path) -> Mapping[str, Any]:
    facts = read_json(path)
    if not isinstance(facts, dict):
        raise BadRecord(f"{path}: a {type(facts).__name__}, not the JSON object of a run")
    missing = [key for key in NEEDED if not facts.get(key)]
    if missing:
        raise BadRecord(f"{path}: no {missing[0]!r}; run this evaluation again")
    if facts["mode"] not in MODES:
        raise BadRecord(f"{path}: mode {facts['mode']!r} is none of {', '.join(MODES)}")
    return facts
