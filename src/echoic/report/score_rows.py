"""The rows of SCORES.csv: which model, group and name each run is there."""

from collections.abc import Sequence

from echoic.analysis.accuracy import by_group, by_question
from echoic.analysis.scores import WHOLE, Score
from echoic.report import labels
from echoic.report.runs import Run


def scores(runs: Sequence[Run]) -> list[Score]:
    """SCORES.csv: one model name for the run that stands for a backbone, longer names for the rest.

    Cascades with other captioners go to a captioner comparison, as in the paper's Table 3. Other
    recipes and ways of answering get names of their own, so that no correlation mixes them.
    """
    real = [run for run in runs if not run.control and run.scored]
    found: list[Score] = []
    for run in sorted(real, key=_score_order):
        peers = [other for other in real if other.benchmark == run.benchmark]
        model, group = _place(run, peers)
        shares = {WHOLE: by_question(run.scored)} | by_group(
            run.scored, lambda verdict: labels.category(verdict.category)
        )
        found += [
            Score(
                model,
                group,
                run.benchmark,
                run.mode,
                name,
                100 * shares[name].share,
                shares[name].n,
            )
            for name in (WHOLE, *labels.in_order(name for name in shares if name != WHOLE))
        ]
    return found


def _score_order(run: Run) -> tuple[object, ...]:
    return list(labels.MODE_TITLES).index(run.mode), run.benchmark, labels.preference(run)


def _place(run: Run, peers: Sequence[Run]) -> tuple[str, str]:
    """The model and group columns of a run among all of its benchmark."""
    name = labels.backbone(run)
    first = standing(peers, run.mode, name)
    assert first is not None  # `run` itself is one
    family = {"text": "Text LLMs", "cascade": f"{run.captioner} captions + LLM",
              "audio": f"LALM, recipe {run.recipe}"}[run.mode]  # fmt: skip
    if run is first:
        return name, family
    rivals = [o for o in peers if (o.mode, labels.backbone(o)) == (run.mode, name)]
    way = (
        labels.details(run, rivals) if len({labels.details(r, rivals) for r in rivals}) > 1 else ""
    )
    if run.mode == "cascade" and run.captioner != first.captioner:
        other = f"{run.captioner} + {name}" + (f" ({way})" if way else "")
        return other, f"Captioner Comparison (LLM: {name})"
    return f"{labels.system(run)}" + (f" ({way})" if way else ""), f"Variants ({family})"


def standing(runs: Sequence[Run], mode: str, backbone: str) -> Run | None:
    """The run that stands for a backbone in a mode; see `labels.preference`."""
    found = [run for run in runs if (run.mode, labels.backbone(run)) == (mode, backbone)]
    return min(found, key=labels.preference, default=None)
