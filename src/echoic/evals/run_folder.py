"""The folder of one run.

`task.json` says what is asked; it is written first and keeps another run out. `replies.jsonl` is
the runner's journal, `judge.jsonl` a judge's, `transcripts.jsonl` what an LALM understood,
`prompts.jsonl` what each question looked like (see `asked`), `verdicts.jsonl` one Verdict a line.
`run.json` repeats `task.json` and adds counts, times and versions; it is written last, so a folder
that has one is complete.
"""

import json
import platform
import sys
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from echoic.errors import OutputRefused
from echoic.records import canonical, make_folder, read_json, write_json

TASK, REPLIES, VERDICTS, RUN = "task.json", "replies.jsonl", "verdicts.jsonl", "run.json"
PREDICTIONS = "predictions.jsonl"  # in place of verdicts, where the benchmark has no key
PROMPTS = "prompts.jsonl"
JUDGED = "judge.jsonl"
TRANSCRIPTS = "transcripts.jsonl"
# What a key meant before it was written: folders of earlier versions can go on.
BEFORE = {"repeats": 1}
PACKAGES = ("echoic", "inspect_ai", "numpy", "torch", "transformers", "vllm")


def claim(out: Path, identity: Mapping[str, Any]) -> None:
    """Take `out` for the run that `identity` describes.

    Raises OutputRefused when it cannot be written, or holds another run, naming the first
    difference.
    """
    make_folder(out)
    wanted = json.loads(canonical(identity))
    for name in (TASK, RUN):
        if (out / name).exists():
            held = read_json(out / name)
            held = held if isinstance(held, dict) else {}
            for key, value in wanted.items():
                there = held.get(key, BEFORE.get(key))
                if there != value:
                    raise OutputRefused(
                        f"{out}: holds another run: {key} is {there!r} there and {value!r} "
                        "here; choose another folder"
                    )
    if not (out / TASK).exists():
        write_json(out / TASK, wanted)


def finished(out: Path) -> dict[str, Any] | None:
    """The `run.json` of a complete run, or None."""
    return read_json(out / RUN) if (out / RUN).exists() else None


def versions() -> dict[str, str]:
    """Versions of Python and of the packages that took part (those that are loaded)."""
    found = {"python": platform.python_version()}
    for name in PACKAGES:
        if name in sys.modules:
            try:
                found[name] = version(name)
            except PackageNotFoundError:
                continue
    return found
