"""`echoic recommend`: which backbone to train, from text-only scores."""

import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from echoic.cli.over_runs import json_option, write

if TYPE_CHECKING:
    from echoic.analysis.recommend import Recommendation

SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([KMBT]?)", re.IGNORECASE)
FACTOR = {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9, "T": 1e12}
STEPS_SHOWN = 3


class Parameters(click.ParamType):  # type: ignore[type-arg]  # not generic before click 8.4
    """A number of parameters: 8000000000, 8B, 1.5b."""

    name = "parameters"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """The number, or a usage error."""
        found = SIZE.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no number of parameters; write 8B or 8000000000", param, ctx)
        return float(found[1]) * FACTOR[found[2].upper()]


@click.command()
@click.argument("tables", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--target", help="The metric to predict, as 'MMAU audio'.  [default: the only one]")
@click.option(
    "--licence",
    "licences",
    multiple=True,
    help="Only backbones whose licence has a word that begins so; may be repeated.  "
    "[default: any open]",
)
@click.option(
    "--max-parameters", type=Parameters(), help="Only backbones of known size up to this: 8B."
)
@click.option("--pairs", is_flag=True, help="Print P(A beats B) for every two candidates.")
@click.option("--seed", default=0, show_default=True, help="Of the draws behind P(best).")
@json_option
def command(
    tables: tuple[Path, ...],
    target: str | None,
    licences: tuple[str, ...],
    max_parameters: float | None,
    pairs: bool,
    seed: int,
    out: Path | None,
) -> None:
    """Which backbone should be trained, and how sure can one be?

    TABLES are CSV files as for `echoic analyse correlations`: text-only scores (text, cascade) of
    all backbones, audio scores of at least 5. Prints each candidate's predicted or measured audio
    accuracy with a 95% interval, the errors on models and families left out, the candidates that
    cannot be told apart, and which further measurement would settle most for its cost.
    """
    from dataclasses import replace

    import numpy as np

    from echoic.analysis.filters import Filters
    from echoic.analysis.recommend import recommend
    from echoic.analysis.scores import backbones_only
    from echoic.models.backbone import facts, family
    from echoic.report.scores import read_scores

    scores = backbones_only(read_scores(tables))
    traits = {s.model: replace(facts(s.model), family=family(s.model)) for s in scores}
    found = recommend(
        scores,
        target,
        traits,
        Filters(licences, max_parameters),
        rng=np.random.default_rng(seed),
    )
    click.echo("\n".join(lines(found)))
    if pairs:
        click.echo("\n".join(pair_lines(found)))
    write(out, found.to_record())


def lines(found: "Recommendation") -> list[str]:
    """The whole answer as lines of text: errors, candidates, verdict, next measurement."""
    return [
        *error_lines(found),
        "",
        *candidate_lines(found),
        "",
        *verdict_lines(found),
        *step_lines(found),
        *(f"left out: {model} ({why})" for model, why in found.left_out.items()),
    ]


def error_lines(found: "Recommendation") -> list[str]:
    """Errors on models and families left out, each beside the plain mean's."""
    from echoic.analysis.effort import QUESTIONS

    n, families = len(found.chosen.models), len(set(found.chosen.rows.families))
    rows: list[tuple[str, ...]] = [
        ("n", "model left out", "(mean only)", "family left out", "(mean only)", "metrics")
    ]
    for fit in found.fits:
        errors = (fit.by_model, fit.mean_by_model, fit.by_family, fit.mean_by_family)
        mark = "  <- chosen" if fit is found.chosen else ""
        rows.append((str(len(fit.models)), *map(_points, errors), fit.name + mark))
    text = [
        f"{found.target} from text-only scores, {n} models of {families} "
        f"{'family' if families == 1 else 'families'} behind it.",
        "Root mean square error in points on what was left out:",
        *_aligned(rows),
    ]
    if found.repeated is not None:
        error, mean = found.repeated
        text.append(
            f"With the metrics chosen anew without each model left out: {error:.1f} (mean only "
            f"{mean:.1f})."
        )
    if not any(fit.metrics for fit in found.fits):
        text.append(
            f"No text-only metric varies over 5 models with {found.target}: the mean is the "
            "prediction."
        )
    elif not found.chosen.metrics:
        text.append(
            "No text-only metric predicts a left-out model better than the mean does: the mean is "
            "the prediction."
        )
    elif found.chosen.by_family is None:
        text.append(
            "Too few families to test the chosen metrics on one left out: do not trust the order "
            "of new families."
        )
    elif _worse(found.chosen.by_family, found.chosen.mean_by_family):
        text.append(
            "For a family left out the chosen metrics are no better than the mean: do not trust "
            "the order of new families."
        )
    if found.repeated is not None and _worse(*found.repeated):
        text.append("With the metrics chosen anew, the prediction is no better than the mean.")
    if found.uncounted:
        text.append(
            f"n not stated on {found.target}, taken as {QUESTIONS:,} questions: "
            f"{', '.join(found.uncounted)}."
        )
    return text


def _worse(error: float | None, mean: float | None) -> bool:
    return error is not None and mean is not None and error >= mean


def candidate_lines(found: "Recommendation") -> list[str]:
    """One line a candidate, its width first."""
    rows: list[tuple[str, ...]] = [
        ("width", "95% interval", "points", "how", "P(best)", "P(first beats it)", "backbone")
    ]
    for i, c in enumerate(found.candidates):
        beats = "-" if i == 0 else f"{c.p_leader_beats:.2f}"
        interval = f"[{c.low:.1f}, {c.high:.1f}]"
        rows.append(
            (f"{c.width:.1f}", interval, f"{c.accuracy:.1f}", c.source, f"{c.p_best:.2f}", beats,
             c.model)
        )  # fmt: skip
    return _aligned(rows)


def verdict_lines(found: "Recommendation") -> list[str]:
    """The recommendation, or that there is none."""
    first, tied = found.candidates[0], found.tied
    if len(found.candidates) == 1:
        return [f"Only one candidate: {first.model}."]
    if len(tied) > 1:
        return [f"Cannot tell these apart (first beats the other with less than 95%): "
                f"{', '.join(tied)}."]  # fmt: skip
    if first.source != "measured":
        return [f"{first.model} is first by prediction alone, best with {first.p_best:.0%}: one "
                "that far ahead of all measured models is often wrong, so measure it."]  # fmt: skip
    if found.sure:
        return [f"{first.model} is the best of all candidates with at least 95%."]
    return [f"{first.model} beats each other candidate with at least 95%, but all of them at once "
            f"only with {first.p_best:.0%}."]  # fmt: skip


def step_lines(found: "Recommendation") -> list[str]:
    """The measurements that would settle most for their cost."""
    if not found.steps:
        return ["No single further measurement is expected to change the choice."]
    text = ["What one more measurement is expected to gain over choosing now (rough GPU-hours):"]
    rows: list[tuple[str, ...]] = [
        (f"  {step.gain:.2f} points", f"{step.hours:,.2g} h" if step.hours < 10 else
         f"{step.hours:,.0f} h", f"widths x {step.width_left:.2f}", f"{step.model}: {step.metric}")
        for step in found.steps[:STEPS_SHOWN]
    ]  # fmt: skip
    return text + _aligned(rows)


def pair_lines(found: "Recommendation") -> list[str]:
    """P(A beats B) for every two candidates, one line each."""
    names = [candidate.model for candidate in found.candidates]
    return [
        f"P({a} beats {b}) = {found.beats[i, j]:.2f}"
        for i, a in enumerate(names)
        for j, b in enumerate(names)
        if i < j
    ]


def _points(value: float | None) -> str:
    return "too few" if value is None else f"{value:.1f}"


def _aligned(rows: list[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([*(cell.rjust(w) for cell, w in zip(row[:-1], widths, strict=False)), row[-1]])
        for row in rows
    ]
