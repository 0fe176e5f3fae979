"""Do everything that is still missing of a study; the same call goes on after a crash."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from echoic.engine.memory import peak_rss_mib, reset_peak
from echoic.errors import OutputRefused
from echoic.records import Journal, digest, make_folder, read_json, read_jsonl, write_json
from echoic.study.stages import Draw, stages
from echoic.study_file import Study

NOTE = "study.json"
STAGES = "stages.jsonl"


def run_study(study: Study, out: Path, announce: Callable[[int, int, str], Draw]) -> Path:
    """Run all stages of `study` in `out`; returns the report's page.

    `announce` is told (stage number, stages, name) and gives what draws the stage's progress. What
    each stage took (seconds, peak resident memory in MiB) goes to `stages.jsonl`. Raises
    OutputRefused when `out` holds another study or another process runs it.
    """
    make_folder(out)
    todo = list(stages(study, out))  # first: it finds what the file names wrongly
    identity = {"study": study.to_record(), "hash": digest(study.to_record())}
    note = out / NOTE
    if note.exists() and read_json(note)["hash"] != identity["hash"]:
        raise OutputRefused(f"{out}: holds another study; choose another --out or remove it")
    if not note.exists():
        if any(not path.name.startswith(f".{NOTE}.") for path in out.iterdir()):
            raise OutputRefused(f"{out}: is not empty and no study's; choose another --out")
        write_json(note, identity)
    with Journal(out / STAGES) as journal:
        finished = {row["stage"] for row in journal.records()}
        for number, stage in enumerate(todo, 1):
            if stage.name in finished and stage.makes.exists():
                continue
            draw = announce(number, len(todo), stage.name)
            reset_peak()
            began = time.monotonic()
            stage.do(draw)
            if stage.kind != "report":
                spent = round(time.monotonic() - began, 1)
                journal.append({"stage": stage.name, "kind": stage.kind, "seconds": spent,
                                "peak_rss_mib": peak_rss_mib()})  # fmt: skip
    return out / "report" / "index.html"


def status(study: Study, out: Path) -> list[dict[str, Any]]:
    """Every stage with its state ("done" or "to do") and what it took."""
    rows: dict[str, dict[str, Any]] = {}
    if (out / STAGES).exists():
        rows = {row["stage"]: row for _, row in read_jsonl(out / STAGES)}
    return [
        {"stage": stage.name, "state": "done" if stage.makes.exists() else "to do"}
        | {key: value for key, value in rows.get(stage.name, {}).items() if key != "stage"}
        for stage in stages(study, out)
    ]
