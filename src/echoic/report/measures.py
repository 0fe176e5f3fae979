"""What `echoic analyse` prints of several runs: accuracies, the captioner grid, modes, controls.

Shares and differences are fractions; the numbers come from `echoic.analysis`, the matching of runs
is that of the report's tables.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from echoic.analysis.accuracy import by_question, unparsed
from echoic.analysis.intervals import Estimate, Proportion
from echoic.analysis.scores import WHOLE
from echoic.errors import NoData
from echoic.report import labels
from echoic.report.contrasts import cascade_audio_pairs, contrast, evaluations
from echoic.report.controls import above_floor, floors
from echoic.report.runs import Run


@dataclass(frozen=True)
class Accuracy:
    """A run in one category or subcategory (`group`), or in the whole ("Avg")."""

    run: str
    mode: str
    benchmark: str
    group: str
    right: Proportion
    unparsed: Proportion


@dataclass(frozen=True)
class GridCell:
    """A backbone that read one captioner's captions."""

    benchmark: str
    backbone: str
    captioner: str
    right: Proportion


@dataclass(frozen=True)
class Contrast:
    """First run minus second in a category; `estimate` is None where all hangs on one clip.

    `corrected` is the first score above its control, (score - control) / (1 - control), else None.
    """

    benchmark: str
    first: str
    second: str
    category: str
    estimate: Estimate | None
    corrected: Estimate | None = None


def accuracies(runs: Sequence[Run], by: str = "category") -> list[Accuracy]:
    """Every evaluation as a whole and by `by` ("category" or "subcategory")."""
    found = []
    for run in evaluations(runs):
        groups = {WHOLE: list(run.scored)}
        names = labels.places(run.scored)
        for verdict in run.scored:
            name = verdict.category if by == "category" else names[labels.place(verdict)]
            groups.setdefault(name, []).append(verdict)
        found += [
            Accuracy(_name(run, runs), run.mode, run.benchmark, name or "unnamed",
                     by_question(some), unparsed(some))
            for name, some in groups.items()
        ]  # fmt: skip
    if not found:
        raise NoData("only controls are below the folders; run the evaluation itself")
    return found


def caption_grid(runs: Sequence[Run]) -> list[GridCell]:
    """Every captioner with every backbone. Raises NoData when no cascade was run."""
    cascades = [run for run in evaluations(runs) if run.mode == "cascade"]
    if not cascades:
        raise NoData("no cascade run is below the folders; echoic eval cascade makes one")
    return [
        GridCell(
            run.benchmark,
            _row_name(run, cascades),
            run.captioner or "captioner not stated",
            by_question(run.scored),
        )
        for run in sorted(cascades, key=labels.preference)
    ]


def _row_name(run: Run, cascades: Sequence[Run]) -> str:
    """The backbone, with how it answered where it did so in several ways."""
    peers = [r for r in cascades if (r.benchmark, r.backbone) == (run.benchmark, run.backbone)]
    ways = {labels.details(peer, peers) for peer in peers}
    return labels.told_apart(run.backbone, run, peers if len(ways) > 1 else ())


def cascade_minus_audio(runs: Sequence[Run]) -> list[Contrast]:
    """Per benchmark, backbone and domain: captions against the model's own ear.

    Raises NoData when no backbone was run both ways on one benchmark.
    """
    found = []
    for benchmark, group in labels.grouped(evaluations(runs), lambda run: run.benchmark).items():
        for cascade, audio in cascade_audio_pairs(group):
            names = labels.in_order(
                {verdict.category for verdict in cascade.scored}
                & {verdict.category for verdict in audio.scored}
            )
            found += [
                Contrast(benchmark, _name(cascade, group), _name(audio, group), name,
                         contrast(cascade, audio, name if name == WHOLE else labels.category(name)))
                for name in (WHOLE, *names)
            ]  # fmt: skip
    if not found:
        raise NoData("no backbone was run both as cascade and as audio model on one benchmark")
    return found


def above_controls(runs: Sequence[Run]) -> list[Contrast]:
    """Every evaluation minus each of its controls (no audio, another clip, options only).

    Raises NoData when no evaluation has one.
    """
    found = [
        Contrast(run.benchmark, _name(run, runs), control, WHOLE, contrast(run, other),
                 above_floor(run, other))
        for run in evaluations(runs)
        for control, other in floors(run, runs).items()
    ]  # fmt: skip
    if not found:
        raise NoData("no run has a control beside it; echoic eval control makes one")
    return found


def _name(run: Run, among: Sequence[Run]) -> str:
    peers = [r for r in evaluations(among) if (r.mode, r.benchmark, labels.system(r))
             == (run.mode, run.benchmark, labels.system(run))]  # fmt: skip
    return labels.told_apart(labels.system(run), run, peers)
