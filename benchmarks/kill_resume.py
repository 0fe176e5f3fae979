"""Does a study that is killed again and again end with the verdicts of one that was not?

    python benchmarks/kill_resume.py [--kills 5] [--seed 0] [--work DIR]

Runs `echoic demo --quick` undisturbed once, then in another folder, killing it (SIGKILL, with its
children) at random moments and starting it again; compares all verdicts, sorted by question.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

from echoic.records import canonical, read_jsonl


def start(out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "echoic", "demo", "--quick", "--out", str(out)]
    return subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)


def verdicts(out: Path) -> dict[str, list[str]]:
    """Run folder -> its verdicts as sorted lines."""
    return {
        str(file.relative_to(out)): sorted(canonical(row) for _, row in read_jsonl(file))
        for file in sorted(out.rglob("verdicts.jsonl"))
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--work", type=Path, default=Path("runs/kill"))
    options = parser.parse_args()
    rng = random.Random(options.seed)
    began = time.monotonic()
    if start(options.work / "whole").wait() != 0:
        print("the undisturbed run failed")
        return 1
    whole_s = time.monotonic() - began
    print(f"undisturbed: {whole_s:.0f} s", flush=True)
    for kill in range(options.kills):
        process = start(options.work / "killed")
        wait_s = rng.uniform(0.02, 0.19) * whole_s  # five fit into one run
        try:
            process.wait(wait_s)
            print(f"ended by itself before kill {kill + 1}")
            break
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            print(f"killed after {wait_s:.0f} s", flush=True)
    if start(options.work / "killed").wait() != 0:
        print("the killed study did not go on")
        return 1
    ours, theirs = verdicts(options.work / "whole"), verdicts(options.work / "killed")
    differing = [name for name in ours | theirs if ours.get(name) != theirs.get(name)]
    count = sum(map(len, ours.values()))
    print(f"{len(ours)} runs, {count} verdicts; differing: {differing or 'none'}")
    return 1 if differing or not ours else 0


if __name__ == "__main__":
    sys.exit(main())
