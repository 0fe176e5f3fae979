"""Progress of long steps: a bar on a terminal, plain lines elsewhere."""

import sys
import time
from collections.abc import Callable
from multiprocessing import parent_process

LINE_PERIOD_S = 10.0
BAR_WIDTH = 30


def progress_line(label: str) -> Callable[[int, int], None]:
    """A function to be told (done, total); it draws on standard error."""
    began = time.monotonic()
    drawn_at = [0.0]
    # Processes beside the main one write lines: two bars would overwrite each other.
    terminal = sys.stderr.isatty() and parent_process() is None

    def draw(done: int, total: int) -> None:
        now = time.monotonic()
        if done < total and now - drawn_at[0] < (0.2 if terminal else LINE_PERIOD_S):
            return
        drawn_at[0] = now
        spent = now - began
        left = f", {spent / done * (total - done):.0f} s left" if 0 < done < total else ""
        text = f"{label}: {done}/{total} in {spent:.0f} s{left}"
        if terminal:
            filled = BAR_WIDTH * done // max(1, total)
            bar = "█" * filled + "·" * (BAR_WIDTH - filled)
            print(f"\r\x1b[K{bar} {text}", end="\n" if done >= total else "", file=sys.stderr)  # noqa: T201
        else:
            print(text, file=sys.stderr, flush=True)  # noqa: T201

    return draw


def stage_line(number: int, total: int, name: str) -> Callable[[int, int], None]:
    """`progress_line` for one stage of several."""
    return progress_line(f"[{number}/{total}] {name}")
