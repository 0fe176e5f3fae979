"""Does a study that is killed again and again end with the results of one that was not?

    python benchmarks/kill_resume.py [--kills 5] [--seed 0] [--work DIR] [--study STUDY.toml]

Runs `echoic study run` (or `echoic demo --quick`) undisturbed once, then in another folder, killing
it (SIGKILL, with its children) at random moments and starting it again; compares all verdicts,
sorted by question, and the numbers of the report's tables. Times and memory, which differ between
any two runs, are left out of the tables. A finished run in
`DIR/whole` is taken as the undisturbed one.
"""

import argparse
import os
import random
import re
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from echoic.records import canonical, read_jsonl
from echoic.study.watch import rows_of

MEASURED = re.compile(r",(?:Time \((?:s|min)\)|Share of time|Peak memory \(MiB\)),")


def start(out: Path, study: Path | None) -> subprocess.Popen[bytes]:
    asked = ["study", "run", str(study)] if study else ["demo", "--quick"]
    command = [sys.executable, "-m", "echoic", *asked, "--out", str(out)]
    return subprocess.Popen(command, start_new_session=True, stderr=subprocess.DEVNULL)


def verdicts(out: Path) -> dict[str, list[str]]:
    """Run folder -> its verdicts as sorted lines."""
    return {
        str(file.relative_to(out)): sorted(canonical(row) for _, row in read_jsonl(file))
        for file in sorted(out.rglob("verdicts.jsonl"))
    }


def tables(out: Path) -> dict[str, list[str]]:
    """CSV of the report -> its lines, but for those about time and memory."""
    return {
        file.name: sorted(
            line for line in file.read_text().splitlines() if not MEASURED.search(line)
        )
        for file in sorted((out / "report").rglob("*.csv"))
    }


def differing(ours: Path, theirs: Path, read: Callable[[Path], dict[str, list[str]]]) -> list[str]:
    """The files whose contents differ between two study folders."""
    one, other = read(ours), read(theirs)
    print(f"{read.__name__}: {len(one)} files, {sum(map(len, one.values()))} lines")
    return [name for name in one | other if one.get(name) != other.get(name)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--study", type=Path)
    parser.add_argument("--work", type=Path, default=Path("runs/kill"))
    options = parser.parse_args()
    rng = random.Random(options.seed)
    if start(options.work / "whole", options.study).wait() != 0:
        print("the undisturbed run failed")
        return 1
    whole_s = sum(row["seconds"] for row in rows_of(options.work / "whole").values())
    print(f"undisturbed: {whole_s:.0f} s of stages", flush=True)
    for kill in range(options.kills):
        process = start(options.work / "killed", options.study)
        wait_s = rng.uniform(0.02, 0.19) * whole_s  # five fit into one run
        try:
            process.wait(wait_s)
            print(f"ended by itself before kill {kill + 1}")
            break
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            print(f"killed after {wait_s:.0f} s", flush=True)
    if start(options.work / "killed", options.study).wait() != 0:
        print("the killed study did not go on")
        return 1
    whole, killed = options.work / "whole", options.work / "killed"
    found = differing(whole, killed, verdicts) + differing(whole, killed, tables)
    print(f"differing: {found or 'none'}")
    return 1 if found or not verdicts(whole) else 0


if __name__ == "__main__":
    sys.exit(main())
