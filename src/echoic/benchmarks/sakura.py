"""SAKURA (ckyang1124/SAKURA): four tracks, each clip with a single-hop and a multi-hop question.

A track's folder holds `metadata.csv` (or `metadata.json`, the same content) and `audio/`. Options
stand inline, "(a) dog (b) crow"; answers repeat one with its letter, "(a) dog". As the published
tables have a column for each track and number of hops, the categories are "Animal single", "Animal
multi" and so on. The subcategory is the attribute to be heard ("dog").
"""

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from echoic.benchmarks.base import GOLD_ABSENT, Benchmark, Unasked, asked, benchmark_from
from echoic.errors import BadQuestion, BadRecord
from echoic.question import Question
from echoic.records import digest, file_digest, read_json

TRACKS = ("Animal", "Emotion", "Gender", "Language")
HOPS = ("single", "multi")
FILES = ("metadata.csv", "metadata.json")
LETTER = re.compile(r"\(([a-z])\)")
ANSWER = re.compile(r"\s*\(([a-z])\)(.*)", re.DOTALL)


def load(name: str, path: Path) -> Benchmark:
    """Read all tracks below a folder (the repository or its `data`), or the folder of one track.

    The version hash is that of the tracks' file hashes, by track. Raises BadRecord when there is no
    track, or a file does not hold what its format promises.
    """
    tracks = _tracks(path)
    files = {track: _metadata(folder) for track, folder in tracks.items()}
    root = next(iter(tracks.values())).parent
    found = [
        _question(row, track, hop, f"{file}: {row['file']}")
        for track, file in files.items()
        for row in _rows(file)
        for hop in HOPS
    ]
    version_hash = digest({track: file_digest(file) for track, file in files.items()})
    return benchmark_from(name, root, found, version_hash)


def _tracks(path: Path) -> dict[str, Path]:
    """Track -> its folder."""
    if path.name in TRACKS and _has_metadata(path):
        return {path.name: path}
    for root in (path / "data", path):
        held = {track: root / track for track in TRACKS if _has_metadata(root / track)}
        if held:
            return held
    raise BadRecord(
        f"{path}: holds no {' or '.join(FILES)} in a folder {', '.join(TRACKS)}; give SAKURA's "
        "repository, its data folder or a track's folder"
    )


def _has_metadata(folder: Path) -> bool:
    return any((folder / name).is_file() for name in FILES)


def _metadata(folder: Path) -> Path:
    return next(folder / name for name in FILES if (folder / name).is_file())


def _rows(file: Path) -> Iterator[Mapping[str, Any]]:
    """The rows with the clip's bare file name under `file`."""
    if file.suffix == ".json":
        table = read_json(file)
        if not isinstance(table, dict) or not all(isinstance(row, dict) for row in table.values()):
            raise BadRecord(f"{file}: must be one object with an object for each clip")
        for clip, row in table.items():
            yield {**row, "file": Path(clip).name}
        return
    with file.open(encoding="utf-8-sig", newline="") as stream:
        reader = csv.DictReader(stream)
        wanted = {"file", *(f"{hop}_{part}" for hop in HOPS for part in ("instruction", "answer"))}
        if lacking := wanted - set(reader.fieldnames or ()):
            raise BadRecord(f"{file}:1: no column {min(lacking)!r}")
        yield from reader


def _question(row: Mapping[str, Any], track: str, hop: str, where: str) -> Question | Unasked:
    instruction, answer = (
        _text(row, f"{hop}_instruction", where),
        _text(row, f"{hop}_answer", where),
    )
    id_ = f"{track}/{Path(row['file']).stem}/{hop}"
    stem, options = split_options(instruction)
    said = ANSWER.fullmatch(answer)
    if said is None or not _agrees(said[1], said[2], options):
        return Unasked(id_, GOLD_ABSENT, f"{answer!r} in {instruction!r}")
    return asked(
        options,
        options[ord(said[1]) - ord("a")],
        id=id_,
        stem=stem,
        category=f"{track} {hop}",
        subcategory=str(row.get("attribute_label") or track),
        clip=f"{track}/audio/{row['file']}",
        source="SAKURA",
        evidence={"track": track, "hops": hop},
    )


def split_options(instruction: str) -> tuple[str, list[str]]:
    """The stem and the options of "stem (a) one (b) two", runs of white space made one space.

    Only letters in their order, from (a), begin an option; any others belong to the text.
    """
    starts: list[re.Match[str]] = []
    for match in LETTER.finditer(instruction):
        if ord(match[1]) == ord("a") + len(starts):
            starts.append(match)
    ends = [*(match.start() for match in starts[1:]), len(instruction)][: len(starts)]
    options = [instruction[m.end() : end] for m, end in zip(starts, ends, strict=True)]
    stem = instruction[: starts[0].start()] if starts else instruction
    return _plain(stem), [_plain(option) for option in options]


def _agrees(letter: str, text: str, options: list[str]) -> bool:
    """Whether the letter's option has this very text."""
    at = ord(letter) - ord("a")
    return at < len(options) and options[at] == _plain(text)


def _plain(text: str) -> str:
    return " ".join(text.split())


def _text(row: Mapping[str, Any], key: str, where: str) -> str:
    value = row.get(key)
    if not isinstance(value, str) or not value.strip():
        raise BadQuestion(f"{where}: {key!r} must be a text, not {value!r}")
    return value
