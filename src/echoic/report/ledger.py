"""What the numbers rest on: runs, rules, benchmarks, prompts, seeds, settings, versions."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from echoic.analysis.accuracy import by_question, by_rule, unparsed
from echoic.analysis.agreement import kappa_of_counts
from echoic.analysis.intervals import Proportion
from echoic.errors import NoData
from echoic.evals.grade import JUDGE, LETTER
from echoic.records import canonical
from echoic.report import cells, labels
from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.runs import Run

HASH_DIGITS = 12


def run_table(runs: Sequence[Run]) -> Table:
    """Every run with its size, result, failures, time and memory."""
    heads = ("System", "Benchmark", "Answering", "Rule")
    numbers = ("Accuracy", "Unparsed", "Failed", "Not asked", "Time (s)", "Peak memory (MiB)")
    groups = tuple(
        Group(title, tuple(_run_row(run, some) for run in some))
        for title, some in labels.grouped(in_order(runs), labels.evaluation).items()
    )
    columns = (*(Column(name, False) for name in heads), *(Column(name) for name in numbers))
    return Table(
        key="runs",
        caption="Every run",
        columns=cells.with_counts(columns, groups),
        groups=groups,
        labels=len(heads),
        note="Accuracy over all questions of the run, type-of-audio questions included. Unparsed: "
        "replies in which the rule read no option, failed requests included; failed: those alone. "
        "Not asked: questions that cannot be, as run.json says why; no accuracy counts them.",
        group_name="evaluation",
    )


def in_order(runs: Sequence[Run]) -> list[Run]:
    """Runs by evaluation, controls behind it; within one those that stand for a model first."""
    return sorted(sorted(runs, key=labels.preference), key=_run_order)


def _run_order(run: Run) -> tuple[object, ...]:
    mode = list(labels.MODE_TITLES).index(run.mode) if run.mode in labels.MODE_TITLES else 9
    return (mode, bool(run.control), labels.control_order(run.control))


def _run_row(run: Run, among: Sequence[Run]) -> tuple[Cell, ...]:
    return (
        cells.text(labels.system(run)),
        cells.text(run.benchmark),
        cells.text(labels.details(run, among)),
        cells.text(run.rule),
        cells.share(by_question(run.verdicts)),
        cells.rate(unparsed(run.verdicts)),
        cells.number(run.failed if "counts" in run.facts else None),
        cells.number(_not_asked(run)),
        cells.number(run.facts.get("seconds")),
        cells.number(run.facts.get("peak_rss_mib")),
    )


def _not_asked(run: Run) -> int | None:
    """How many questions could not be asked; None in a run that does not say."""
    reasons = run.facts.get("not_asked")
    return sum(map(len, reasons.values())) if isinstance(reasons, Mapping) else None


def rule_table(runs: Sequence[Run]) -> Table | None:
    """The same replies under every rule, where more than one rule judged them."""
    judged = [(run, by_rule(run.scored)) for run in runs if not run.control and run.scored]
    several = [(run, shares) for run, shares in judged if len(shares) > 1]
    names = sorted({name for _, shares in several for name in shares})
    if not several:
        return None
    rows = [
        (
            labels.MODE_TITLES.get(run.mode, run.mode),
            (
                cells.text(labels.system(run)),
                cells.text(labels.details(run, [o for o, _ in several if o.mode == run.mode])),
                *(cells.share(shares.get(name)) for name in names),
                *(_agreement(run) if JUDGE in names else ()),
            ),
        )
        for run, shares in sorted(several, key=lambda item: _run_order(item[0]))
    ]
    groups = tuple(
        Group(title, tuple(row for _, row in some))
        for title, some in labels.grouped(rows, lambda row: row[0]).items()
    )
    columns = [Column("System", False), Column("Answering", False)]
    columns += [Column(f"{name.capitalize()} rule") for name in names]
    note = "A reply that a rule cannot read counts as wrong; no letter is ever guessed."
    if JUDGE in names:
        columns += [Column("Judge and letter agree"), Column("Kappa")]
        note += (
            " Judge and letter agree where they read the same option, or none, from a reply; kappa "
            "(Cohen 1960) takes off what chance alone would give."
        )
    return Table(
        key="rules",
        caption="The same replies under every rule",
        columns=cells.with_counts(columns, groups),
        groups=groups,
        labels=2,
        note=note,
        group_name="evaluation",
    )


def _agreement(run: Run) -> tuple[Cell, Cell]:
    """How often judge and letter rule read the same option, and kappa."""
    read = Counter(
        (verdict.rules[JUDGE]["chosen"], verdict.rules[LETTER]["chosen"])
        for verdict in run.scored
        if verdict.rules.keys() >= {JUDGE, LETTER}
    )
    if not read:
        return cells.absent("no judge"), cells.absent("no judge")
    same = sum(count for (one, other), count in read.items() if one == other)
    try:
        kappa = kappa_of_counts(read)
    except NoData:
        kappa = None
    found = cells.share(Proportion(same, read.total()))
    return found, cells.number(kappa, "{:.2f}", "not defined")


def configuration(runs: Sequence[Run]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Titles with (name, value) lines: benchmarks, prompts, seeds, settings, versions."""
    return [
        (title, lines)
        for title, lines in (
            ("Benchmarks (content hash)", _distinct(runs, _benchmark_line)),
            ("Prompts (hash)", _distinct(runs, _prompt_line)),
            ("Models asked", _distinct(runs, _model_line)),
            ("Judge", _distinct(runs, _judge_line)),
            ("Seeds", _distinct(runs, lambda run: (labels.evaluation(run), run.seed))),
            ("Settings", _distinct(runs, _settings_line)),
            ("Versions", sorted({line for run in runs for line in _versions(run)})),
        )
        if lines
    ]


def _distinct(runs: Sequence[Run], line: Any) -> list[tuple[str, str]]:
    """Each name once, with all its values."""
    values: dict[str, dict[str, None]] = {}
    for run in runs:
        name, value = line(run)
        if name and value:
            values.setdefault(name, {})[value] = None
    return [(name, ", ".join(found)) for name, found in sorted(values.items())]


def _benchmark_line(run: Run) -> tuple[str, str]:
    return run.benchmark, run.text("benchmark_hash")[:HASH_DIGITS]


def _prompt_line(run: Run) -> tuple[str, str]:
    return run.prompt_name, str(run.prompt.get("hash", ""))[:HASH_DIGITS]


def _model_line(run: Run) -> tuple[str, str]:
    """The model string; behind it what the provider says that answered, where that differs."""
    applied = run.facts.get("applied")
    served = applied.get("served", []) if isinstance(applied, Mapping) else []
    model = run.text("model")
    others = [str(name) for name in served if name != model]
    return labels.system(run), f"{model} (answered: {', '.join(others)})" if others else model


def _judge_line(run: Run) -> tuple[str, str]:
    judge = run.facts.get("judge")
    if not isinstance(judge, Mapping):
        return "", ""
    told = f"prompt {judge['prompt']['hash'][:HASH_DIGITS]}, {canonical(judge['settings'])}"
    return str(judge["model"]), told


def _settings_line(run: Run) -> tuple[str, str]:
    settings = run.facts.get("settings")
    return labels.system(run), canonical(settings) if settings else ""


def _versions(run: Run) -> list[tuple[str, str]]:
    found = run.facts.get("versions")
    return [(str(k), str(v)) for k, v in found.items()] if isinstance(found, Mapping) else []
