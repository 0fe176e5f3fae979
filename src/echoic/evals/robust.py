"""Robustness as `run.json` states it and the terminal shows it.

Shares are in percent with two decimals, as everywhere in results.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from echoic.analysis.position import bias, bias_by_chance, consistency, positions
from echoic.analysis.spread import Spread, repeats, spread
from echoic.errors import NoData
from echoic.question import LETTERS
from echoic.verdict import Verdict

DECIMALS = 2


def robustness(verdicts: Sequence[Verdict], *, shuffled: bool) -> dict[str, Any]:
    """`positions` of a run over shuffled options, `spread` of one with repeats; else nothing."""
    found: dict[str, Any] = {}
    if shuffled:
        found["positions"] = position_record(verdicts)
    if len(rounds := repeats(verdicts)) > 1:
        found["spread"] = spread_record(spread(rounds))
    return found


def position_record(verdicts: Sequence[Verdict]) -> dict[str, Any]:
    """Places with choice share and accuracy, bias and consistency; what has no data is null."""
    try:
        places = positions(verdicts)
        steady = consistency(verdicts)
    except NoData as error:
        return {"reason": str(error)}
    return {
        "places": [
            {
                "place": LETTERS[place.index],
                "chosen": percent(place.chosen.share),
                "blind": percent(place.uniform),
                "accuracy": percent(place.accuracy.share) if place.accuracy else None,
                "n": place.accuracy.n if place.accuracy else 0,
            }
            for place in places
        ],
        "bias": percent(bias(places)),
        "bias_by_chance": percent(bias_by_chance(places)),
        "same_choice": percent(steady.same_share.share),
        "always_right": percent(steady.right_share.share),
        "questions": steady.n,
    }


def spread_record(found: Spread) -> dict[str, Any]:
    """Accuracies by round, their mean and sd, and how steady single questions are."""
    return {
        "rounds": {name: percent(share) for name, share in found.accuracies.items()},
        "mean": percent(found.mean),
        "sd": percent(found.sd),
        "low": percent(found.low),
        "high": percent(found.high),
        "same_choice": percent(found.steady.same_share.share),
        "always_right": percent(found.steady.right_share.share),
        "never_right": percent(found.steady.wrong / found.steady.n),
        "agreement": percent(found.steady.agreement),
        "questions": found.steady.n,
    }


def position_lines(record: Mapping[str, Any]) -> list[str]:
    """A `positions` record for a terminal."""
    if "reason" in record:
        return [f"places: {record['reason']}"]
    lines = ["place  chosen   blind   right when the answer stands there"]
    for place in record["places"]:
        right = "-" if place["accuracy"] is None else f"{place['accuracy']:.2f}% of {place['n']}"
        lines.append(
            f"  {place['place']}   {place['chosen']:6.2f}%  {place['blind']:6.2f}%  {right}"
        )
    lines.append(
        f"bias {record['bias']:.2f}%, about {record['bias_by_chance']:.2f}% by chance alone; "
        f"of {record['questions']} questions "
        f"{record['same_choice']:.2f}% got the same option in every order, "
        f"{record['always_right']:.2f}% were right in every order"
    )
    return lines


def spread_lines(record: Mapping[str, Any], what: str) -> list[str]:
    """A `spread` record for a terminal; `what` names a round ("repeat", "prompt")."""
    lines = [f"  {what} {name}: {share:.2f}%" for name, share in record["rounds"].items()]
    lines.append(
        f"over {len(record['rounds'])} {what}s: mean {record['mean']:.2f}%, sd {record['sd']:.2f}, "
        f"from {record['low']:.2f} to {record['high']:.2f}"
    )
    lines.append(
        f"of {record['questions']} questions {record['same_choice']:.2f}% got the same option in "
        f"every {what}, {record['always_right']:.2f}% were always right, "
        f"{record['never_right']:.2f}% never; two {what}s agree on {record['agreement']:.2f}%"
    )
    return lines


def percent(share: float) -> float:
    """A fraction in percent, rounded as results are."""
    return round(100 * share, DECIMALS)
