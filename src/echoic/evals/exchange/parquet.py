"""Runs as one Parquet table: a row for each graded reply, with the facts of its run."""

from collections.abc import Iterable, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from echoic.evals.exchange.runs import RunFolder
from echoic.models.needs import need
from echoic.records import canonical
from echoic.verdict import Verdict

ROWS = 20_000  # in memory at once, and in a row group
FILE = "verdicts.parquet"
RUN_COLUMNS = ("model", "backbone", "recipe", "benchmark", "benchmark_hash", "mode", "control",
               "captioner", "answering")  # fmt: skip
COLUMNS = {
    "run": "string", **dict.fromkeys(RUN_COLUMNS, "string"), "prompt": "string", "seed": "int64",
    "question": "string", "category": "string", "subcategory": "string", "clip": "string",
    "variant": "int32", "repeat": "int32", "answer": "int32", "chosen": "int32", "correct": "bool_",
    "rule": "string", "rules": "string", "order": "list", "scores": "floats", "reply": "string",
}  # fmt: skip
FACTS = ("run", *RUN_COLUMNS, "prompt", "seed")
VERDICT_COLUMNS = tuple(name for name in COLUMNS if name not in (*FACTS, "rules"))


def write_parquet(runs: Iterable[RunFolder], folder: Path) -> list[str]:
    """Write `verdicts.parquet` into `folder`; what was written, a line each.

    `chosen` is null where no option could be read; `rules` is JSON (rule -> chosen, correct).
    Raises MissingExtra without pyarrow.
    """
    arrow, parquet = need("pyarrow", extra="export"), need("pyarrow.parquet", extra="export")
    kinds = {"list": arrow.list_(arrow.int32()), "floats": arrow.list_(arrow.float64())}
    schema = arrow.schema(
        [(name, kinds.get(kind) or getattr(arrow, kind)()) for name, kind in COLUMNS.items()]
    )
    pairs = ((run, verdict) for run in runs for verdict in run.graded())
    count = 0
    with parquet.ParquetWriter(folder / FILE, schema, compression="zstd") as writer:
        while chunk := list(islice(pairs, ROWS)):
            writer.write_table(arrow.table(columns(chunk), schema=schema))
            count += len(chunk)
    return [f"{FILE}: {count} graded replies"]


def columns(pairs: Sequence[tuple[RunFolder, Verdict]]) -> dict[str, list[Any]]:
    """Graded replies with the facts of their runs, by the names in COLUMNS."""
    runs = {id(run): run for run, _ in pairs}
    facts = {key: _facts(run) for key, run in runs.items()}
    places = [facts[id(run)] for run, _ in pairs]
    rules: dict[str, str] = {}  # many verdicts say the same
    texts = [
        rules.get(key := repr(verdict.rules)) or rules.setdefault(key, canonical(verdict.rules))
        for _, verdict in pairs
    ]
    return {
        **{name: [place[name] for place in places] for name in FACTS},
        **{name: [getattr(verdict, name) for _, verdict in pairs] for name in VERDICT_COLUMNS},
        "rules": texts,
    }


def _facts(run: RunFolder) -> dict[str, Any]:
    known = {name: run.text(name) for name in RUN_COLUMNS}
    return {
        "run": run.label, **known, "prompt": run.prompt_name, "seed": run.facts.get("seed"),
    }  # fmt: skip
