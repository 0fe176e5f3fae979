"""Ways of doing the same work, timed in turns so that a busy machine disturbs all alike."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

Thing = TypeVar("Thing")


@dataclass
class Spent:
    """Seconds of one way over all parts: on the clock, and of CPU in this process."""

    wall_s: float = 0.0
    cpu_s: float = 0.0


def in_turns(
    ways: Mapping[str, Callable[[list[Thing]], object]], parts: Sequence[list[Thing]]
) -> dict[str, Spent]:
    """Do every part in every way, in turns, after one thing in every way that is not timed."""
    for way in ways.values():
        way(parts[0][:1])
    spent = {name: Spent() for name in ways}
    for part in parts:
        for name, way in ways.items():
            wall, cpu = time.perf_counter(), time.process_time()
            way(part)
            spent[name].wall_s += time.perf_counter() - wall
            spent[name].cpu_s += time.process_time() - cpu
    return spent


def report(spent: Mapping[str, Spent], questions: int) -> None:
    """Print questions per second and how many times the first way is faster than each."""
    first = next(iter(spent.values()))
    print(f"{'way':<34}{'questions/s':>12}{'per CPU-s':>12}{'times, wall':>13}{'times, CPU':>12}")
    for name, way in spent.items():
        print(
            f"{name:<34}{questions / way.wall_s:>12.2f}{questions / way.cpu_s:>12.2f}"
            f"{way.wall_s / first.wall_s:>13.2f}{way.cpu_s / first.cpu_s:>12.2f}"
        )
