"""MMAR (ddlBoJack/MMAR): `MMAR-meta.jsonl`, or the older file that is one JSON list.

The category is the modality: three pure ones (speech, music, sound) and four mixes. The paper's
average is over all of them, its columns over the pure ones.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from echoic.benchmarks.base import Benchmark, Unasked, asked, benchmark_from, find_file
from echoic.benchmarks.mmau import answer_of, choices_of, clip_of, text_of
from echoic.benchmarks.rows import read_rows
from echoic.question import Question

FILES = ("MMAR-meta.jsonl", "MMAR-meta.json")


def load(name: str, path: Path) -> Benchmark:
    """Read an MMAR file, or the one in a folder. Clips are relative to the file's folder."""
    path = find_file(path, FILES)
    found = [_question(row, f"{path}:{line}") for line, row in read_rows(path)]
    return benchmark_from(name, path, found)


def _question(row: Mapping[str, Any], where: str) -> Question | Unasked:
    return asked(
        choices_of(row, where),
        answer_of(row, where),
        id=text_of(row, "id", where),
        stem=text_of(row, "question", where),
        category=text_of(row, "modality", where),
        subcategory=text_of(row, "sub-category", where),
        clip=clip_of(row, "audio_path", where),
        source="MMAR",
        evidence={
            key: row[source]
            for key, source in (("layer", "category"), ("language", "language"))
            if row.get(source)
        },
    )
