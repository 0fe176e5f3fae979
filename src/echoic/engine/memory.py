"""How much memory this process took at its peak, and how often it is searched for garbage."""

import contextlib
import gc
import resource
import sys
from collections.abc import Iterator
from pathlib import Path

STATUS = Path("/proc/self/status")
RESET = Path("/proc/self/clear_refs")


def reset_peak() -> None:
    """Start counting the peak anew, where the kernel allows it (Linux)."""
    try:
        RESET.write_text("5")
    except OSError:
        return


def peak_rss_mib() -> int:
    """Peak resident memory in MiB since the last `reset_peak`, or since the start."""
    try:
        lines = STATUS.read_text().splitlines()
    except OSError:
        lines = []
    for line in lines:
        if line.startswith("VmHWM"):
            return int(line.split()[1]) // 1024
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # KiB, but bytes on macOS
    return peak // (2**20 if sys.platform == "darwin" else 2**10)


@contextlib.contextmanager
def garbage_among_the_new() -> Iterator[None]:
    """Within, what was there before is not searched for garbage again and again.

    A few thousand modules are loaded by then; to walk through them took a fifth of a run's time.
    """
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()
