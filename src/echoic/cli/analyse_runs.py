"""`echoic analyse pairs|hardest|items|reliability|rules|chance`: statistics over verdicts."""

from dataclasses import asdict
from typing import Any

import click

from echoic.cli.over_runs import Asked, over_runs, percent, points

LISTED = 20


@click.command("pairs")
@over_runs
@click.option("--seed", default=0, show_default=True, help="Of the bootstrap.")
def pairs_command(seed: int, **asked: Any) -> None:
    """Every two models on the same questions: paired bootstrap, exact McNemar, Holm."""
    import numpy as np

    from echoic.analysis.paired import compare_all

    request = Asked(**asked)
    found = compare_all(request.one_evaluation(), rng=np.random.default_rng(seed))
    for pair in found:
        head = f"{pair.first} - {pair.second}: n={pair.n}  {points(pair.difference)}"
        if pair.test is None:
            click.echo(f"{head}  no McNemar test: a question was asked in several variants")
            continue
        click.echo(
            f"{head}  only first {pair.test.only_first}, only second {pair.test.only_second}, "
            f"p={pair.test.p:.2g}, after Holm {pair.p_holm:.2g}"
        )
    told = [pair.difference for pair in found if pair.difference]
    if any(one.clusters < one.n for one in told):
        click.echo(
            "McNemar's p takes questions as independent, yet some share a clip: where the two "
            "disagree trust the interval, which resamples whole clips"
        )
    request.write({"pairs": [asdict(pair) for pair in found]})


@click.command("hardest")
@over_runs
@click.option("--seed", default=0, show_default=True, help="Of the bootstrap.")
def hardest_command(seed: int, **asked: Any) -> None:
    """Subcategories by mean accuracy over the models, hardest first."""
    import numpy as np

    from echoic.analysis.hardest import hardest
    from echoic.analysis.intervals import tenths

    request = Asked(**asked)
    subcategories = hardest(request.table(), rng=np.random.default_rng(seed))
    for hard in subcategories:
        low_high = "one question or clip: no interval"
        if (found := hard.estimate) is not None:
            alike = found.low == found.high
            low_high = f"[{tenths(found.low)}, {tenths(found.high)}]"
            low_high = "all alike: no interval" if alike else low_high
        click.echo(f"{tenths(hard.mean):>5}  {low_high}  n={hard.questions}  {hard.subcategory}")
    request.write({"subcategories": [asdict(hard) for hard in subcategories]})


@click.command("items")
@over_runs
def items_command(**asked: Any) -> None:
    """Difficulty (Rasch), item-rest correlation, and the questions that look wrong."""
    from echoic.analysis.items import analyse

    request = Asked(**asked)
    table = request.table()
    found = analyse(table)
    click.echo(
        f"{len(table.questions)} questions, {len(table.models)} systems; {len(found.suspicious)} "
        f"suspicious, {found.expected_by_chance:.0f} negative correlations expected by chance"
    )
    for item in found.suspicious[:LISTED]:
        r = "undefined" if item.item_rest is None else f"{item.item_rest:.2f}"
        click.echo(
            f"{item.question}  right {100 * item.right:.0f}%  item-rest {r}  {item.suspicion}"
        )
    if len(found.suspicious) > LISTED:
        click.echo(f"... and {len(found.suspicious) - LISTED} more; all are in --json")
    rows = [_finite(asdict(item)) for item in found.items]
    request.write({"expected_by_chance": found.expected_by_chance, "items": rows})


@click.command("reliability")
@over_runs
@click.option("--seed", default=0, show_default=True, help="Of the splits.")
def reliability_command(seed: int, **asked: Any) -> None:
    """Split-half with Spearman-Brown, Cronbach's alpha, and agreement of repeats."""
    import numpy as np

    from echoic.analysis.intervals import tenths
    from echoic.analysis.reliability import cronbach_alpha, repeated, split_half
    from echoic.analysis.responses import responses
    from echoic.errors import NoData

    request = Asked(**asked)
    runs = request.one_evaluation()
    record: dict[str, Any] = {"models": len(runs), "repeats": {}}
    try:
        right = responses(runs).right
        halves, alpha = split_half(right, rng=np.random.default_rng(seed)), cronbach_alpha(right)
        record |= {"split_half": asdict(halves), "cronbach_alpha": alpha}
        click.echo(
            f"split-half {halves.half:.3f} [{halves.low:.3f}, {halves.high:.3f}] over "
            f"{halves.defined} of {halves.splits} splits, Spearman-Brown {halves.full:.3f}; "
            f"Cronbach's alpha {alpha:.3f}; {right.shape[0]} systems, {right.shape[1]} questions"
        )
    except NoData as error:
        record["reason"] = str(error)
        click.echo(f"between models: {error}")
    for name, verdicts in runs.items():
        try:
            again = repeated(verdicts)
        except NoData:
            click.echo(f"{name}: each question asked once, no repeats")
            continue
        record["repeats"][name] = asdict(again)
        click.echo(
            f"{name}: {again.n} questions asked again, same option every time "
            f"{percent(again.same_share)}, two replies agree {tenths(again.agreement)}%"
        )
    request.write(record)


@click.command("rules")
@over_runs
def rules_command(**asked: Any) -> None:
    """Judge against rules: how two ways of grading the same replies agree."""
    from echoic.analysis.rules import compare_rules
    from echoic.errors import NoData

    request = Asked(**asked)
    record = {}
    for name, verdicts in request.one_evaluation().items():
        try:
            pairs = compare_rules(verdicts)
        except NoData as error:
            click.echo(f"{name}: {error}")
            continue
        record[name] = [asdict(pair) for pair in pairs]
        for pair in pairs:
            kappa = "undefined" if pair.kappa is None else f"{pair.kappa:.3f}"
            click.echo(
                f"{name}: {pair.first} {percent(pair.first_right)}, {pair.second} "
                f"{percent(pair.second_right)}, agree {percent(pair.agree)}, kappa {kappa}, only "
                f"{pair.first} {pair.only_first}, only {pair.second} {pair.only_second}, "
                f"p={pair.p:.2g}"
            )
    request.write({"runs": record})


@click.command("chance")
@over_runs
def chance_command(**asked: Any) -> None:
    """Accuracy with what blind guessing gives taken off; the control runs are in the report."""
    from echoic.analysis.accuracy import by_question
    from echoic.analysis.controls import chance, chance_corrected
    from echoic.analysis.intervals import tenths
    from echoic.errors import NoData

    request = Asked(**asked)
    record = {}
    for name, verdicts in request.one_evaluation().items():
        options = [len(verdict.order) or len(verdict.scores) for verdict in verdicts]
        if 0 in options:
            raise NoData(f"{name}: a verdict does not say how many options it had; run it again")
        floor, score = chance(options), by_question(verdicts)
        value, low, high = chance_corrected(score, floor)
        record[name] = {"accuracy": score.share, "chance": floor, "corrected": value,
                        "low": low, "high": high, "n": score.n}  # fmt: skip
        click.echo(
            f"{name}: {percent(score)}, chance {tenths(floor)}%, above chance "
            f"{tenths(value)}% [{tenths(low)}, {tenths(high)}] of what is left"
        )
    request.write({"runs": record})


COMMANDS = (
    pairs_command,
    hardest_command,
    items_command,
    reliability_command,
    rules_command,
    chance_command,
)


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no infinity: a difficulty beyond all models becomes null."""
    infinite = abs(row["difficulty"]) == float("inf")
    return row | ({"difficulty": None} if infinite else {})
