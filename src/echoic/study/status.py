"""How far a study is, whoever runs it: from its files alone."""

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from echoic.study.plan import make_plan
from echoic.study.watch import Note, held, notes, rows_of
from echoic.study_file import Study


def status(study: Study, root: Path) -> dict[str, Any]:
    """Stages with their state, what runs now, time left in seconds, dollars spent, who holds it.

    `seconds_left` is None as long as nothing tells how fast this machine is; it leaves out the
    stages in `untimed`, whose pace is not known yet.
    """
    plan = make_plan(study, root)
    took = rows_of(root)
    saying = list(notes(root))
    holder = next((note for note in saying if held(root, note)), None)
    stages = [
        {key: row.to_record()[key] for key in ("stage", "state", "share_done")}
        | {key: took.get(row.estimate.stage.name, {}).get(key)
           for key in ("seconds", "peak_rss_mib")}
        for row in plan.rows
    ]  # fmt: skip
    return {
        "stages": stages,
        "done": sum(row.share == 1.0 for row in plan.rows),
        "total": len(plan.rows),
        "running": [_said(note) for note in saying] if holder else [],
        "seconds_left": round(plan.seconds(left=True), 1) if plan.timed else None,
        "untimed": plan.untimed(left=True),
        "dollars_spent": round(plan.spent, 4),
        "budget": study.budget,
        "held_by": {"pid": holder.pid, "host": holder.host} if holder else None,
        "left_by": None if holder or not saying else asdict(saying[0]),
    }


def _said(note: Note) -> dict[str, Any]:
    """A note with the time its stage will take at the pace so far."""
    row: dict[str, Any] = asdict(note)
    spent = time.time() - note.since
    left = spent / note.done * (note.total - note.done) if note.done else None
    return row | {"seconds": round(spent, 1), "seconds_left": left and round(left, 1)}
