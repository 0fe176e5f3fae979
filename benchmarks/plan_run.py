"""Does a study take what its plan said?

    python benchmarks/plan_run.py STUDY.toml [--out DIR]

Plans the study, calibrates, plans again, runs it in DIR, and prints tokens and seconds as planned
over as recorded: tokens from the replies' journals, seconds from the journal of stages (without the
report, which no plan counts). A folder in which the study was already planned by this script and
run is only compared. Nothing else should run beside: a calibration holds for the load under which
it was made.
"""

import argparse
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from echoic.records import read_json, write_json
from echoic.study.money import replies
from echoic.study.stages import stages
from echoic.study.watch import rows_of
from echoic.study_file import read_study

ECHOIC = (sys.executable, "-m", "echoic", "study")


def plan(study: Path, out: Path, *options: str) -> dict[str, Any]:
    command = [*ECHOIC, "plan", str(study), "--out", str(out), "--json", *options]
    found: dict[str, Any] = json.loads(subprocess.check_output(command, stderr=subprocess.DEVNULL))
    return found


def recorded(study: Path, out: Path) -> tuple[Counter[str], Counter[str]]:
    """Tokens in and out of all calls; seconds by kind of stage."""
    tokens: Counter[str] = Counter()
    for stage in stages(read_study(study), out):
        for call in stage.calls:
            for reply in replies(call):
                tokens["tokens_in"] += reply["tokens_in"]
                tokens["tokens_out"] += reply["tokens_out"]
    seconds: Counter[str] = Counter()
    for row in rows_of(out).values():
        seconds[row["kind"]] += row["seconds"]
    return tokens, seconds


def line(name: str, planned: float | None, found: float) -> None:
    if planned is None:
        print(f"{name:24} unknown before, {found:,.0f} recorded")
    else:
        print(f"{name:24} {planned:12,.0f} planned {found:12,.0f} recorded  "
              f"ratio {planned / found if found else float('nan'):.3f}")  # fmt: skip


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study", type=Path)
    parser.add_argument("--out", type=Path, default=Path("runs/planned"))
    options = parser.parse_args()
    out: Path = options.out
    kept = out.with_name(out.name + "-plan.json")
    if not kept.exists():
        plans = [plan(options.study, out), plan(options.study, out, "--calibrate")]
        write_json(kept, {"before": plans[0], "after": plans[1]})
    run = [*ECHOIC, "run", str(options.study), "--out", str(out)]
    if subprocess.run(run, stderr=subprocess.DEVNULL, check=False).returncode:
        print("the study failed")
        return 1
    tokens, seconds = recorded(options.study, out)
    for when, record in read_json(kept).items():
        total = record["total"]
        untimed = len(total["untimed"])
        print(f"planned {when} calibration: {total['calls']:,} calls, {untimed} stages untimed")
        for key in ("tokens_in", "tokens_out"):
            line(key, total[key], tokens[key])
        line("seconds", total["seconds"], sum(seconds.values()))
    kinds: Counter[str] = Counter()
    for row in record["stages"]:
        kinds[row["kind"]] += row["seconds"] or 0.0
    for kind in filter(seconds.get, seconds):
        line(f"seconds, {kind}", kinds[kind], seconds[kind])
    return 0


if __name__ == "__main__":
    sys.exit(main())
