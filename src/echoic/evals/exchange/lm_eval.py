"""Runs as tasks of the lm-evaluation-harness (0.4.9 or later), with exactly their prompts.

A task is what was asked, not who answered: runs of several models with the same prompts are one.
Free answering becomes `generate_until` with two metrics, MMAU's official rule and a strict reading
of the letter; likelihood answering becomes `multiple_choice`. The folder needs nothing of echoic;
for echoic's own rules score the harness's sample files (`--log_samples`) with `echoic score`.
"""

from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from typing import Any

from echoic.errors import NoData
from echoic.evals.asked import Asked
from echoic.evals.exchange.runs import RunFolder
from echoic.evals.render import LIKELIHOOD
from echoic.question import LETTERS
from echoic.records import canonical, plain_name, write_atomic, write_jsonl

UTILS = "echoic_docs.py"
MAX_TOKENS = 256

GENERATE = """\
task: {name}
tag: echoic
custom_dataset: !function echoic_docs.docs
dataset_kwargs:
  file: {file}
test_split: test
output_type: generate_until
description: {system}
doc_to_text: "{{{{prompt}}}}"
doc_to_target: "{{{{letter}}}}"
process_results: !function echoic_docs.process_results
generation_kwargs:
  until: []
  max_gen_toks: {tokens}
metric_list:
  - metric: letter
    aggregation: mean
    higher_is_better: true
  - metric: official
    aggregation: mean
    higher_is_better: true
metadata:
  version: {version}
"""
CHOOSE = """\
task: {name}
tag: echoic
custom_dataset: !function echoic_docs.docs
dataset_kwargs:
  file: {file}
test_split: test
output_type: multiple_choice
description: {system}
doc_to_text: "{{{{prompt}}}}"
doc_to_target: gold
doc_to_choice: choices
target_delimiter: " "
metric_list:
  - metric: acc
    aggregation: mean
    higher_is_better: true
  - metric: acc_norm
    aggregation: mean
    higher_is_better: true
metadata:
  version: {version}
"""


def write_tasks(runs: Iterable[RunFolder], folder: Path) -> list[str]:
    """Write the task folder; what was written, and what could not be and why, a line each.

    Left out are audio (the harness reads text) and shuffled options (one document would stand for
    several). Raises NoData when nothing is left.
    """
    lines: list[str] = []
    left: list[str] = []
    done: set[str] = set()
    for run in runs:
        if reason := _unfit(run):
            left.append(f"{run.label}: left out, {reason}")
            continue
        if (key := run.text("prompts_hash")) in done:
            continue
        done.add(key)
        name = _task_name(run, taken=[line.split(".")[0] for line in lines])
        asked = list(run.asked())
        write_jsonl(folder / f"{name}.jsonl", map(_doc, asked))
        write_atomic(folder / f"{name}.yaml", _yaml(run, name, asked[0].system))
        lines.append(f"{name}.yaml: {len(asked)} documents")
    if not lines:
        raise NoData(f"nothing that lm-eval could ask: {'; '.join(left)}")
    text = files("echoic.evals.exchange").joinpath("echoic_docs.txt").read_text(encoding="utf-8")
    write_atomic(folder / UTILS, text)
    return lines + left


def _unfit(run: RunFolder) -> str:
    if run.text("mode") == "audio" and run.text("control") not in ("no-audio", "options-only"):
        return "lm-eval reads text only"
    return "its options are shuffled" if run.text("control") == "shuffled" else ""


def _task_name(run: RunFolder, taken: Iterable[str]) -> str:
    parts = ["echoic", run.text("benchmark"), run.text("mode"), run.text("control")]
    parts += [run.text("captioner"), run.prompt_name, run.text("answering")]
    name = plain_name("_".join(part for part in parts if part)).replace(".", "-")
    used = sum(other == name or other.startswith(f"{name}-v") for other in taken)
    return f"{name}-v{used + 1}" if used else name


def _yaml(run: RunFolder, name: str, system: str) -> str:
    scored = run.text("answering") == LIKELIHOOD
    return (CHOOSE if scored else GENERATE).format(
        name=name,
        file=f"{name}.jsonl",
        system=canonical(f"{system}\n\n" if system else ""),  # a JSON string is a YAML string
        tokens=MAX_TOKENS,
        version=canonical(run.text("benchmark_hash")[:12] or "0"),
    )


def _doc(asked: Asked) -> dict[str, Any]:
    return {
        "id": asked.question.id,
        "prompt": "\n".join(part for part in (asked.user, asked.prefill) if part),
        "choices": asked.options,
        "gold": asked.answer,
        "letter": LETTERS[asked.answer],
        "category": asked.question.category,
        "subcategory": asked.question.subcategory,
    }
