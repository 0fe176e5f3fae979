"""Which study a folder belongs to."""

import json
from pathlib import Path
from typing import Any

from echoic.errors import OutputRefused
from echoic.records import canonical, digest, read_json, write_json
from echoic.study.foresight import CALIBRATION
from echoic.study_file import Study

NOTE = "study.json"


def check(study: Study, out: Path) -> None:
    """Raise OutputRefused, naming the first difference, when `out` holds another study."""
    note = out / NOTE
    if not note.exists() or (held := read_json(note))["hash"] == digest(study.to_record()):
        return
    wanted = json.loads(canonical(study.to_record()))
    where, there, here = _first_difference(held["study"], wanted)
    raise OutputRefused(f"{out}: holds another study: {where} is {there!r} there and {here!r} in "
                        "the file; choose another --out, or change it back")  # fmt: skip


def claim(study: Study, out: Path) -> None:
    """Take `out` for the study. Raises OutputRefused when it holds anything else."""
    check(study, out)
    if not (out / NOTE).exists():
        ours = (f".{NOTE}.", CALIBRATION, f".{CALIBRATION}.")
        if any(not path.name.startswith(ours) for path in out.iterdir()):
            raise OutputRefused(f"{out}: is not empty and no study's; choose another --out")
        record = study.to_record()
        write_json(out / NOTE, {"study": record, "hash": digest(record)})


def _first_difference(held: Any, wanted: Any, where: str = "") -> tuple[str, Any, Any]:
    """The first key whose values differ, with both; None stands for a key that is not there."""
    if not isinstance(held, dict) or not isinstance(wanted, dict) or held == wanted:
        return where, held, wanted
    key = next(key for key in {**held, **wanted} if held.get(key) != wanted.get(key))
    inner = f"{where}.{key}" if where else key
    return _first_difference(held.get(key), wanted.get(key), inner)
