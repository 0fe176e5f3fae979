"""A plan and a status as text."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

UNKNOWN = "unknown"
HEAD = (f"{'stage':58} {'state':>6} {'questions':>9} {'calls':>8} {'tokens in':>11} {'out':>9} "
        f"{'dollars':>9} {'time':>9} {'disk':>9}")  # fmt: skip


def duration(seconds: float | None) -> str:
    """ "45 s", "12 min", "3.2 h"."""
    if seconds is None:
        return UNKNOWN
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f} h"


def size(mib: float) -> str:
    """ "12 MiB", "3.4 GiB", "7.0 TiB"."""
    for unit in ("MiB", "GiB"):
        if mib < 1000:
            return f"{mib:.0f} {unit}" if unit == "MiB" else f"{mib:.1f} {unit}"
        mib /= 1024
    return f"{mib:.1f} TiB"


def money(dollars: float | None) -> str:
    """ "12.34", "0" or "unknown"."""
    return UNKNOWN if dollars is None else f"{dollars:.2f}" if dollars else "0"


def plan_lines(plan: Mapping[str, Any]) -> Iterator[str]:
    """The table of stages, then the sums."""
    total = plan["total"]
    yield HEAD
    for row in plan["stages"]:
        yield (f"{row['stage']:58} {row['state']:>6} {row['questions']:9,} {row['calls']:8,} "
               f"{row['tokens_in']:11,} {row['tokens_out']:9,} {money(row['dollars']):>9} "
               f"{duration(row['seconds']):>9} {size(row['disk_mib']):>9}")  # fmt: skip
    yield ""
    yield (f"calls {total['calls']:,}, tokens {total['tokens_in']:,} in and "
           f"{total['tokens_out']:,} out, disk {size(total['disk_mib'])}")  # fmt: skip
    yield from _costs(total)
    yield from _times(total)
    if total["to_fetch_mib"]:
        yield f"embedded models to fetch: {size(total['to_fetch_mib'])}"
    if total["weights_gib"]:
        yield f"open weights, where they are not cached: {total['weights_gib']:,.0f} GiB"
    yield from (f"assumed: {guess}" for guess in plan["guesses"])


def _costs(total: Mapping[str, Any]) -> Iterator[str]:
    by_provider = ", ".join(f"{name} {money(value)}" for name, value in total["dollars"].items())
    priced = by_provider or not total["unpriced"]
    whole = money(sum(total["dollars"].values()) if priced else None)
    yield f"US dollars at list prices of {total['prices']}: {whole}" + (
        f" ({by_provider or 'no remote model'})" if priced else ""
    )
    if total["unpriced"]:
        yield (f"not in it, price unknown: {', '.join(total['unpriced'])}; a file of prices is "
               "named by the study's 'prices'")  # fmt: skip
    if total["dollars_spent"] or total["budget"] is not None:
        limit = "no budget" if total["budget"] is None else f"budget {total['budget']:.2f}"
        yield (f"spent {total['dollars_spent']:.2f}, still to be spent "
               f"{money(total['dollars_left'])}; {limit}")  # fmt: skip


def _times(total: Mapping[str, Any]) -> Iterator[str]:
    if total["seconds"] is None:
        yield "time: unknown; 'echoic study plan --calibrate' times each kind of stage here"
    else:
        yield (f"time on this machine, as timed so far: {duration(total['seconds'])}, still to do "
               f"{duration(total['seconds_left'])}{_untimed(total['untimed'])}")  # fmt: skip
    hours = {kind: value for kind, value in total["gpu_hours"].items() if value >= 0.1}
    if hours:
        parts = ", ".join(f"{kind} {value:,.1f}" for kind, value in hours.items())
        yield (f"GPU hours on one {total['gpu']}, by arithmetic and not measured: "
               f"{sum(hours.values()):,.0f} ({parts})")  # fmt: skip


def _untimed(stages: Sequence[str]) -> str:
    if not stages:
        return ""
    count = "1 stage" if len(stages) == 1 else f"{len(stages)} stages"
    return f"; not in it: {count} whose pace is unknown"


def status_lines(status: Mapping[str, Any]) -> Iterator[str]:
    """One line a stage, then what runs, what is left, what was spent."""
    for row in status["stages"]:
        took = f"{row['seconds']:8.1f} s" if row["seconds"] is not None else ""
        peak = f" {row['peak_rss_mib']:6d} MiB" if row["peak_rss_mib"] is not None else ""
        yield f"{row['state']:>6} {row['stage']:60} {took}{peak}"
    yield f"{status['done']} of {status['total']} stages done"
    for note in status["running"]:
        left = f", {duration(note['seconds_left'])} left" if note["seconds_left"] else ""
        took = duration(note["seconds"])
        yield f"now: {note['stage']}: {note['done']}/{note['total']} in {took}{left}"
    if status["held_by"]:
        yield f"process {status['held_by']['pid']} on {status['held_by']['host']} runs it"
    elif status["left_by"]:
        gone = status["left_by"]
        yield (f"nobody runs it; process {gone['pid']} on {gone['host']} ended without saying so "
               f"in {gone['stage']!r}; the same 'study run' goes on")  # fmt: skip
    else:
        yield "nobody runs it"
    untimed = _untimed(status["untimed"]) if status["seconds_left"] is not None else ""
    yield f"time left: {duration(status['seconds_left'])}{untimed}"
    budget = "" if status["budget"] is None else f" of a budget of {status['budget']:.2f}"
    yield f"spent: {status['dollars_spent']:.2f} US dollars at list prices{budget}"
