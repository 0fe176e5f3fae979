"""What a folder of runs tells about places, wordings and repeats."""

from collections.abc import Sequence
from typing import Any

from echoic.analysis.spread import repeats, spread
from echoic.errors import NoData
from echoic.evals.robust import position_record, spread_record
from echoic.report.runs import Run

# What two runs must share for their wordings to be compared.
SAME = ("model", "recipe", "benchmark", "benchmark_hash", "mode", "control", "captioner",
        "answering", "rule", "settings", "repeats")  # fmt: skip


def findings(runs: Sequence[Run]) -> list[dict[str, Any]]:
    """One row for every run over shuffled options or with repeats, and every set of wordings.

    Rows hold `run` (what it was), and `positions`, `repeat` or `prompt` (records of
    `evals.robust`).
    """
    rows: list[dict[str, Any]] = []
    for run in runs:
        if run.control == "shuffled":
            rows.append({"run": _name(run), "positions": position_record(run.verdicts)})
        if len(rounds := repeats(run.verdicts)) > 1:
            rows.append({"run": _name(run), "repeat": spread_record(spread(rounds))})
    groups: dict[str, list[Run]] = {}
    for run in runs:
        key = repr([run.study, *(run.facts.get(name) for name in SAME)])
        groups.setdefault(key, []).append(run)
    for group in groups.values():
        wordings = {run.prompt_name: run.verdicts for run in group}
        if len(wordings) > 1:
            rows.append(_over_wordings(group[0], wordings))
    return rows


def _over_wordings(run: Run, wordings: dict[str, Any]) -> dict[str, Any]:
    name = _name(run, wording=False)
    try:
        return {"run": name, "prompt": spread_record(spread(wordings))}
    except NoData as error:  # subsets drawn apart
        raise NoData(f"{name}, prompts {', '.join(wordings)}: {error}") from error


def _name(run: Run, *, wording: bool = True) -> str:
    parts = [run.mode, run.control, run.captioner, run.answering]
    prompt = f", prompt {run.prompt_name}" if wording else ""
    what = " ".join(part for part in parts if part)
    study = f" [{run.study}]" if run.study else ""
    return f"{run.text('model')}{study} on {run.benchmark}: {what}{prompt}"
