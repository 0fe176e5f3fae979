"""What the numbers rest on: runs, rules, positions, training, stages, versions, hashes, prompts."""

from collections.abc import Mapping, Sequence
from typing import Any

from echoic.analysis.accuracy import by_question, by_rule, unparsed
from echoic.analysis.position import Position, bias, consistency, positions
from echoic.errors import NoData
from echoic.question import LETTERS
from echoic.records import canonical
from echoic.report import cells, labels
from echoic.report.cells import Cell, Column, Group, Table
from echoic.report.runs import Fidelity, Run, Stage, Training, merged

HASH_DIGITS = 12


def position_tables(runs: Sequence[Run]) -> list[Table]:
    """Per benchmark: which places are chosen, and how accurate each is, over shuffled options."""
    shuffled = [run for run in runs if run.control == "shuffled"]
    tables = []
    for benchmark, group in labels.grouped(shuffled, lambda run: run.benchmark).items():
        found = [
            (run, places)
            for run in sorted(group, key=labels.preference)
            if (places := _places(run))
        ]
        if found:
            tables += [_chosen_table(benchmark, found), _accuracy_table(benchmark, found)]
    return tables


def _places(run: Run) -> list[Position]:
    try:
        return positions(run.scored)
    except NoData:
        return []


def _chosen_table(benchmark: str, found: Sequence[tuple[Run, list[Position]]]) -> Table:
    width = max(len(places) for _, places in found)
    heads = [Column("System", False), *(Column(LETTERS[i]) for i in range(width))]
    heads += [Column("Bias"), Column("Same choice"), Column("Always right")]
    rows = tuple(
        (
            cells.text(_position_name(run)),
            *_padded([cells.share(place.chosen) for place in places], width),
            cells.number(100 * bias(places), "{:.1f}"),
            *_steadiness(run),
        )
        for run, places in found
    )
    blind = {", ".join(f"{100 * place.uniform:.3g}" for place in places) for _, places in found}
    groups = (Group("", rows),)
    return Table(
        key=f"positions-{benchmark}",
        caption=f"Position bias: places chosen over shuffled options ({benchmark})",
        columns=cells.with_counts(heads, groups),
        groups=groups,
        note=(
            f"In percent. A blind choice would take the places {'; '.join(sorted(blind))}% of the "
            "time. Bias is the total variation distance from it: 0 fair, 75 when one of four "
            "places is always taken. Same choice: questions that got the same option in every "
            "order; always right: those answered right in every order."
        ),
    )


def _accuracy_table(benchmark: str, found: Sequence[tuple[Run, list[Position]]]) -> Table:
    width = max(len(places) for _, places in found)
    heads = [Column("System", False), *(Column(LETTERS[i]) for i in range(width))]
    rows = tuple(
        (
            cells.text(_position_name(run)),
            *_padded([cells.share(place.accuracy) for place in places], width),
        )
        for run, places in found
    )
    groups = (Group("", rows),)
    return Table(
        key=f"position-accuracy-{benchmark}",
        caption=f"Accuracy by the place of the right option ({benchmark})",
        columns=cells.with_counts(heads, groups),
        groups=groups,
    )


def _padded(found: list[Cell], width: int) -> list[Cell]:
    return found + [cells.absent("no such place")] * (width - len(found))


def _position_name(run: Run) -> str:
    mode = labels.MODE_TITLES.get(run.mode, run.mode)
    return f"{mode}: {labels.system(run)}"


def _steadiness(run: Run) -> tuple[Cell, Cell]:
    try:
        found = consistency(run.scored)
    except NoData:
        return cells.absent("asked once"), cells.absent("asked once")
    return cells.share(found.same_share), cells.share(found.right_share)


def run_table(runs: Sequence[Run]) -> Table:
    """Every run with its size, result, failures, time and memory."""
    heads = ("System", "Benchmark", "Answering", "Rule")
    numbers = ("Accuracy", "Unparsed", "Failed", "Not asked", "Time (s)", "Peak memory (MiB)")
    groups = tuple(
        Group(title, tuple(_run_row(run, some) for run in sorted(some, key=labels.preference)))
        for title, some in labels.grouped(
            sorted(runs, key=_run_order), lambda run: _run_title(run)
        ).items()
    )
    columns = (*(Column(name, False) for name in heads), *(Column(name) for name in numbers))
    return Table(
        key="runs",
        caption="Every run",
        columns=cells.with_counts(columns, groups),
        groups=groups,
        labels=len(heads),
        note="Accuracy over all questions of the run, type-of-audio questions included. Not asked: "
        "questions that cannot be, as run.json says why; no accuracy counts them.",
        group_name="evaluation",
    )


def _run_order(run: Run) -> tuple[object, ...]:
    mode = list(labels.MODE_TITLES).index(run.mode) if run.mode in labels.MODE_TITLES else 9
    return (mode, bool(run.control), labels.control_order(run.control))


def _run_title(run: Run) -> str:
    mode = labels.MODE_TITLES.get(run.mode, run.mode)
    return f"{mode}, control: {labels.control(run.control).lower()}" if run.control else mode


def _run_row(run: Run, among: Sequence[Run]) -> tuple[Cell, ...]:
    counts = run.facts.get("counts")
    failed = counts.get("failed") if isinstance(counts, Mapping) else None
    return (
        cells.text(labels.system(run)),
        cells.text(run.benchmark),
        cells.text(labels.details(run, among)),
        cells.text(run.rule),
        cells.share(by_question(run.verdicts)),
        cells.rate(unparsed(run.verdicts)),
        cells.number(failed),
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
    return Table(
        key="rules",
        caption="The same replies under every rule",
        columns=cells.with_counts(columns, groups),
        groups=groups,
        labels=2,
        note="A reply that a rule cannot read counts as wrong; no letter is ever guessed.",
        group_name="evaluation",
    )


def training_table(trainings: Sequence[Training]) -> Table | None:
    """Steps, loss, time and size of every training."""
    if not trainings:
        return None
    names = ("Steps", "First loss", "Last loss", "Time (min)", "Trained parameters (M)")
    groups = tuple(
        Group(
            backbone,
            tuple(
                (
                    cells.text(labels.training(t, some)),
                    cells.number(t.steps[-1] if t.steps else None),
                    cells.number(t.losses[0] if t.losses else None, "{:.3f}"),
                    cells.number(t.losses[-1] if t.losses else None, "{:.3f}"),
                    cells.number(None if t.seconds is None else t.seconds / 60, "{:.1f}"),
                    cells.number(None if t.parameters is None else t.parameters / 1e6, "{:.2f}"),
                )
                for t in some
            ),
        )
        for backbone, some in labels.grouped(trainings, lambda t: t.backbone).items()
    )
    return Table(
        key="training",
        caption="Training",
        columns=(Column("Recipe", False), *(Column(name) for name in names)),
        groups=groups,
        note=(
            "Losses of different recipes are on different scales (cross-entropy to text, or to a "
            "teacher's distribution): compare the shapes, never the heights."
        ),
        group_name="backbone",
    )


def fidelity_table(files: Sequence[Fidelity], trainings: Sequence[Training]) -> Table | None:
    """The share of seed attributes that the training targets name."""
    found = [(item.name, item.named, item.n) for item in files]
    if not found:
        found = [
            (f"{t.backbone}, {labels.training(t, trainings)}", t.named, 0)
            for t in trainings
            if t.named is not None
        ]
    if not found:
        return None
    rows = tuple(
        (
            cells.text(name),
            cells.number(100 * named, "{:.1f}%"),
            cells.number(n or None, why="not stated"),
        )
        for name, named, n in found
    )
    return Table(
        key="fidelity",
        caption="How much of the seed the training targets name",
        columns=(Column("Targets", False), Column("Attributes named"), Column("Targets written")),
        groups=(Group("", rows),),
        note="A target that does not name what is to be heard cannot teach it.",
    )


def stage_tables(stages: Sequence[Stage]) -> tuple[list[Table], list[Table]]:
    """Time, its share and peak memory: by kind of stage, and (to be folded) of every stage."""
    if not stages:
        return [], []
    total = sum(stage.seconds for stage in stages)
    minutes = f"{total / 60:.1f} minutes in all"
    kinds = [
        merged(kind, kind, some)
        for kind, some in labels.grouped(stages, lambda stage: stage.kind).items()
    ]
    shown = [_stage_table("stages", f"Time and memory: {minutes}", kinds, total)]
    if len(kinds) == len(stages):
        return shown, []
    return shown, [_stage_table("every-stage", f"Every stage: {minutes}", stages, total)]


def _stage_table(key: str, caption: str, stages: Sequence[Stage], total: float) -> Table:
    shares = [stage.seconds / total if total else 0.0 for stage in stages]
    rows = tuple(
        (
            cells.text(stage.name),
            cells.number(stage.seconds / 60, "{:.1f}"),
            Cell(f"{100 * share:.0f}%", value=100 * share, bar=True),
            cells.number(stage.peak_rss_mib),
        )
        for stage, share in zip(stages, shares, strict=True)
    )
    heads = ("Time (min)", "Share of time", "Peak memory (MiB)")
    return Table(
        key=key,
        caption=caption,
        columns=(Column("Stage", False), *map(Column, heads)),
        groups=(Group("", rows),),
        note="A peak is that of the whole process up to the end of the stage.",
    )


def configuration(runs: Sequence[Run]) -> list[tuple[str, list[tuple[str, str]]]]:
    """Titles with (name, value) lines: benchmarks, prompts, seeds, settings, versions."""
    return [
        (title, lines)
        for title, lines in (
            ("Benchmarks (content hash)", _distinct(runs, _benchmark_line)),
            ("Prompts (hash)", _distinct(runs, _prompt_line)),
            ("Models asked", _distinct(runs, lambda run: (labels.system(run), run.text("model")))),
            ("Seeds", _distinct(runs, lambda run: (_run_title(run), run.seed))),
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


def _settings_line(run: Run) -> tuple[str, str]:
    settings = run.facts.get("settings")
    return labels.system(run), canonical(settings) if settings else ""


def _versions(run: Run) -> list[tuple[str, str]]:
    found = run.facts.get("versions")
    return [(str(k), str(v)) for k, v in found.items()] if isinstance(found, Mapping) else []
